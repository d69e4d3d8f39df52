//! Answers that are never stale. A file that is read shows when it changed. But counts, least and greatest values come from
//! what is known of a file, and a condition that is never true asks for no row: then the files of a query are asked, before
//! the first row, whether they still are as they were.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::LogicalPlan;
use datafusion::object_store::path::Path;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt, stream};
use tokio::sync::OnceCell;

use super::damage::scan;
use super::through::ThroughExec;
use crate::catalog::SourceFile;
use crate::engine::file_table::FileTable;
use crate::error::Error;

/// Most files of one query that are asked at once.
const AT_ONCE: usize = 16;

/// The files that a query is about, whether or not it comes to read them. `plan` is not optimized.
pub(in crate::engine) fn files(plan: &LogicalPlan) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let table = source_as_provider(&scan.source)?;
            files.extend(FileTable::files(table.as_ref()).iter().cloned());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(place(file)));
    Ok(files)
}

/// The plan of a query about `files`, whose rows come once those are known to be current that it does not read.
pub(in crate::engine) fn current(
    plan: Arc<dyn ExecutionPlan>,
    mut files: Vec<SourceFile>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut reads = Reads::default();
    plan.apply(|node| {
        reads.note(node.as_ref());
        Ok(TreeNodeRecursion::Continue)
    })?;
    // What is there without a file may be known from any of them.
    if !reads.knows {
        files.retain(|file| !reads.files.contains(&place(file)));
    }
    if files.is_empty() {
        return Ok(plan);
    }
    let check = Arc::new(Check {
        files,
        outcome: OnceCell::new(),
    });
    let way = Arc::new(move |rows| checked(rows, Arc::clone(&check)));
    Ok(Arc::new(ThroughExec::new("CurrentExec", plan, way)))
}

fn place(file: &SourceFile) -> (ObjectStoreUrl, Path) {
    let (url, path) = file.place();
    (url.clone(), path.clone())
}

/// What a plan reads.
#[derive(Default)]
struct Reads {
    files: HashSet<(ObjectStoreUrl, Path)>,
    /// Rows that are there before anything is read.
    knows: bool,
}

impl Reads {
    fn note(&mut self, node: &dyn ExecutionPlan) {
        match scan(node) {
            Some(scan) => {
                let files = scan.file_groups.iter().flat_map(|group| group.iter());
                let place = |path: &Path| (scan.object_store_url.clone(), path.clone());
                self.files.extend(files.map(|file| place(&file.object_meta.location)));
            }
            None => self.knows |= node.children().is_empty(),
        }
    }
}

/// The files that are to be asked, once, whichever part of the plan runs first.
struct Check {
    files: Vec<SourceFile>,
    outcome: OnceCell<()>,
}

impl Check {
    async fn run(&self) -> Result<(), Error> {
        let ask = || async {
            let asked = stream::iter(self.files.clone()).map(|file| async move { file.check_version().await });
            asked.buffer_unordered(AT_ONCE).try_collect::<()>().await
        };
        self.outcome.get_or_try_init(ask).await?;
        Ok(())
    }
}

fn checked(rows: SendableRecordBatchStream, check: Arc<Check>) -> SendableRecordBatchStream {
    let schema = rows.schema();
    let checked = async move {
        let outcome = check.run().await;
        outcome.map_err(|error| datafusion::common::DataFusionError::External(Box::new(error)))?;
        Ok(rows)
    };
    let rows = checked.boxed().try_flatten_stream();
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::Schema;
    use datafusion::execution::TaskContext;
    use datafusion::object_store::{ObjectStore, ObjectStoreExt};
    use datafusion::physical_plan::empty::EmptyExec;

    use super::*;
    use crate::engine::mock::Tables;
    use crate::store::Compression;
    use crate::store::faulty::{Faulty, Request};

    #[tokio::test]
    async fn a_file_is_asked_once_for_all_partitions() {
        let faulty = Arc::new(Faulty::default());
        let store: Arc<dyn ObjectStore> = Arc::clone(&faulty) as _;
        let url = ObjectStoreUrl::local_filesystem();
        let mut files = Vec::new();
        for name in ["a.csv", "b.csv"] {
            let path = Path::from(name);
            store.put(&path, "n\n1\n".into()).await.unwrap();
            files.push(SourceFile {
                store: Arc::clone(&store),
                url: url.clone(),
                meta: store.head(&path).await.unwrap(),
                compression: Compression::None,
            });
        }
        let before = faulty.asked(Request::Get);
        let known = Arc::new(EmptyExec::new(Arc::new(Schema::empty())).with_partitions(8));
        let plan = current(known, files).unwrap();
        for _ in 0..2 {
            let run = |partition| plan.execute(partition, Arc::new(TaskContext::default())).unwrap();
            let rows: Vec<_> = stream::iter(0..8).map(run).flatten_unordered(8).collect().await;
            assert!(rows.iter().all(Result::is_ok));
        }
        assert_eq!(faulty.asked(Request::Get) - before, 2);
    }

    #[tokio::test]
    async fn a_file_that_is_named_twice_is_one() {
        let tables = Tables::new().await;
        for (sql, expected) in [
            ("SELECT count(*) FROM trips", 1),
            ("SELECT count(*) FROM trips UNION ALL SELECT count(*) FROM trips", 1),
            (
                "SELECT max(fare) FROM trips WHERE trip_id IN (SELECT trip_id FROM \"Stations\")",
                2,
            ),
            ("SELECT (SELECT count(*) FROM twins) AS n, count(*) FROM \"Paid\"", 2),
            ("SELECT 1", 0),
        ] {
            let plan = tables.plan(sql).await.unwrap();
            assert_eq!(files(&plan).unwrap().len(), expected, "{sql}");
        }
    }
}
