//! Files, saved queries and what clients write, under one roof.

use std::path::Path;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::object_store::ObjectStoreExt;
use datafusion::object_store::memory::InMemory;
use flightstream_csv::Overrides;
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;

use super::*;
use crate::config::Config;
use crate::discovery::DatasetName;
use crate::engine::{DatasetQuery, Engine, Executor, LocalExecutor, PlanOptions, Query};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Formats;
use crate::request::RequestContext;
use crate::writable::{Change, Mode, RelationKind};

/// A planner that knows one kind of query: all of a table, which is its last word.
async fn plan_view(snapshot: Arc<Snapshot>, query: SavedQuery) -> Result<SchemaRef> {
    let name = query.sql.trim().rsplit(' ').next().unwrap_or_default().to_owned();
    let table = snapshot.find("public", &name);
    table
        .map(|table| Arc::clone(&table.schema))
        .ok_or_else(|| Error::not_found(format!("no table '{name}'")))
}

fn config(dir: &Path) -> Config {
    for folder in ["data", "queries"] {
        std::fs::create_dir_all(dir.join(folder)).unwrap();
    }
    Config {
        locations: vec![dir.join("data")],
        queries: Some(dir.join("queries")),
        writable: Some(dir.join("tables").into()),
        ..Config::default()
    }
}

fn catalog(dir: &Path) -> Catalog {
    let config = config(dir);
    let writable = WritableTables::open(config.writable.as_ref().unwrap()).unwrap();
    Catalog::new(Sources::new(&config), Some(writable))
}

fn name(table: &str) -> DatasetName {
    DatasetName::in_schema("public", table)
}

fn numbers(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let column: ArrayRef = Arc::new(values.into_iter().collect::<Int64Array>());
    RecordBatch::try_from_iter([("n", column)]).unwrap()
}

async fn rows(tables: &WritableTables, table: &str, mode: Mode, batch: RecordBatch) -> Change {
    let mut writer = tables.writer(&name(table), &batch.schema()).unwrap();
    writer.write(&batch).await.unwrap();
    let data = writer.finish().await.unwrap();
    Change::Write { data, mode }
}

impl Catalog {
    async fn put(&self, table: &str, mode: Mode, batch: RecordBatch) -> Result<Arc<Snapshot>> {
        let change = rows(self.writable().unwrap(), table, mode, batch).await;
        self.commit(change, plan_view).await
    }

    async fn look(&self) -> Arc<Snapshot> {
        self.refresh(plan_view, &|_| ()).await
    }
}

fn view(table: &str, sql: &str) -> Change {
    Change::View {
        name: name(table),
        sql: sql.into(),
        replace: false,
    }
}

fn gone(table: &str, kind: RelationKind) -> Change {
    let name = name(table);
    Change::Drop { name, kind }
}

fn ids(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.tables().map(|table| table.name.id.as_str()).collect()
}

#[tokio::test]
async fn a_change_is_published_at_once_and_outlives_refresh_and_restart() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(dir.path());
    std::fs::write(dir.path().join("data/f.csv"), "x\n1\n").unwrap();
    catalog.look().await;
    let before = catalog.put("t", Mode::Create, numbers([1])).await.unwrap();
    assert_eq!((ids(&before), before.version()), (vec!["f", "t"], 2));
    let after = catalog.put("t", Mode::Append, numbers([2])).await.unwrap();
    let (old, new) = (before.get("t").unwrap(), after.get("t").unwrap());
    assert_eq!((old.rows(), new.rows()), (Some(1), Some(2)));
    assert!(old.fingerprint() != new.fingerprint() && new.written && !after.get("f").unwrap().written);
    assert!(new.size_bytes() > old.size_bytes() && new.description() == "parquet, written");
    assert_eq!(catalog.recent(2).unwrap().get("t").unwrap().rows(), Some(1));
    assert_eq!(catalog.recent(3).unwrap().version(), catalog.snapshot().version());
    assert!(catalog.recent(9).is_none());
    let fingerprint = new.fingerprint();
    assert_eq!(catalog.look().await.get("t").unwrap().fingerprint(), fingerprint);
    drop((catalog, before, after));
    let catalog = self::catalog(dir.path());
    let snapshot = catalog.look().await;
    assert_eq!(
        (ids(&snapshot), snapshot.get("t").unwrap().fingerprint()),
        (vec!["f", "t"], fingerprint)
    );
    assert_eq!(
        ids(&catalog.commit(gone("t", RelationKind::Table), plan_view).await.unwrap()),
        ["f"]
    );
    assert_eq!(ids(&*catalog.look().await), ["f"]);
}

#[tokio::test]
async fn files_and_saved_queries_cannot_be_changed_by_clients() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(dir.path());
    std::fs::write(dir.path().join("data/f.csv"), "x\n1\n").unwrap();
    std::fs::write(dir.path().join("queries/q.sql"), "SELECT * FROM f").unwrap();
    let before = catalog.look().await;
    for table in ["f", "q"] {
        for (mode, kind) in [
            (Mode::Create, ErrorKind::Exists),
            (Mode::Replace, ErrorKind::Denied),
            (Mode::Append, ErrorKind::Denied),
            (Mode::CreateOrAppend, ErrorKind::Denied),
        ] {
            let error = catalog.put(table, mode, numbers([1])).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{table} {mode:?}");
        }
        for change in [gone(table, RelationKind::Table), gone(table, RelationKind::View)] {
            assert_eq!(
                catalog.commit(change, plan_view).await.unwrap_err().kind(),
                ErrorKind::Denied
            );
        }
        let error = catalog
            .commit(view(table, "SELECT * FROM f"), plan_view)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exists);
    }
    assert_eq!(catalog.snapshot().version(), before.version());
    let readers = Catalog::new(Sources::new(&Config::default()), None);
    let change = rows(catalog.writable().unwrap(), "t", Mode::Create, numbers([1])).await;
    assert_eq!(
        readers.commit(change, plan_view).await.unwrap_err().kind(),
        ErrorKind::Denied
    );
}

#[tokio::test]
async fn what_clients_wrote_keeps_its_name_from_a_file_that_comes_later() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(dir.path());
    catalog.put("t", Mode::Create, numbers([1])).await.unwrap();
    std::fs::write(dir.path().join("data/t.csv"), "x\n1\n").unwrap();
    let snapshot = catalog.look().await;
    assert!(snapshot.get("t").unwrap().written);
    assert_eq!(snapshot.warnings(), ["'t.csv' is skipped: a client has written 't'"]);
    let after = catalog.commit(gone("t", RelationKind::Table), plan_view).await.unwrap();
    assert!(!after.get("t").unwrap().written && after.warnings().is_empty());
}

#[tokio::test]
async fn views_follow_the_tables_that_they_read() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(dir.path());
    std::fs::write(dir.path().join("queries/q.sql"), "SELECT * FROM v").unwrap();
    let snapshot = catalog.look().await;
    assert_eq!(snapshot.warnings(), ["query 'q.sql' is skipped: no table 'v'"]);
    catalog.put("t", Mode::Create, numbers([1])).await.unwrap();
    let snapshot = catalog.commit(view("v", "SELECT * FROM t"), plan_view).await.unwrap();
    assert_eq!((ids(&snapshot), snapshot.warnings()), (vec!["q", "t", "v"], &[][..]));
    assert!(snapshot.get("v").unwrap().written && !snapshot.get("q").unwrap().written);
    let text: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let text = RecordBatch::try_from_iter([("s", text)]).unwrap();
    let snapshot = catalog.put("t", Mode::Replace, text).await.unwrap();
    assert_eq!(snapshot.get("q").unwrap().schema.field(0).name(), "s");
    let snapshot = catalog.commit(gone("t", RelationKind::Table), plan_view).await.unwrap();
    assert_eq!(ids(&snapshot), [""; 0]);
    assert_eq!(
        snapshot.warnings(),
        [
            "query 'q.sql' is skipped: no table 'v'",
            "view 'v' is not listed: no table 't'"
        ]
    );
    drop((snapshot, catalog));
    let catalog = self::catalog(dir.path());
    assert_eq!(ids(&*catalog.look().await), [""; 0]);
    // A broken view is still there to be dropped.
    let snapshot = catalog.commit(gone("v", RelationKind::View), plan_view).await.unwrap();
    assert_eq!(snapshot.warnings(), ["query 'q.sql' is skipped: no table 'v'"]);
}

#[tokio::test]
async fn tables_in_front_hide_those_of_their_name() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = catalog(dir.path());
    let snapshot = catalog.put("t", Mode::Create, numbers([1])).await.unwrap();
    let mine = catalog.writable().unwrap().temporary();
    let change = rows(&mine, "t", Mode::Create, numbers([7, 8])).await;
    let table = Table::written(&mine.commit(change).await.unwrap().unwrap()).unwrap();
    let with = snapshot.with([Arc::new(table)]);
    assert_eq!((with.version(), ids(&with)), (snapshot.version(), vec!["t"]));
    assert_eq!(with.find("public", "t").unwrap().rows(), Some(2));
    assert_eq!(snapshot.find("public", "t").unwrap().rows(), Some(1));
}

async fn read(engine: &Engine, partitions: usize) -> Vec<Vec<i64>> {
    let options = PlanOptions {
        partitions,
        ..PlanOptions::default()
    };
    let context = RequestContext::of_server();
    let plan = || {
        let query = Query::Dataset(DatasetQuery::all("t"));
        engine.plan(&context, query, options.clone())
    };
    let mut parts = Vec::new();
    for part in 0..plan().await.unwrap().partitions() {
        let plan = plan().await.unwrap();
        let rows = engine
            .runtime()
            .pipe(async move { LocalExecutor.execute(plan, Some(part)) });
        let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
        let columns = rows
            .iter()
            .map(|batch| batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap());
        parts.push(columns.flat_map(|column| column.values().to_vec()).collect());
    }
    parts
}

#[tokio::test]
async fn the_engine_reads_what_was_written_in_parts_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::new(&config(dir.path())).unwrap();
    engine.refresh(|_| ()).await.unwrap();
    for start in [0, 5_000, 10_000] {
        let tables = engine.writable().unwrap();
        let change = rows(tables, "t", Mode::CreateOrAppend, numbers(start..start + 5_000)).await;
        engine.commit(change).await.unwrap();
    }
    engine.commit(view("v", "SELECT max(n) AS most FROM t")).await.unwrap();
    assert_eq!(engine.snapshot().get("v").unwrap().schema.field(0).name(), "most");
    let all: Vec<_> = (0..15_000).collect();
    assert_eq!(read(&engine, 1).await.concat(), all);
    for partitions in [2, 3, 7] {
        let parts = read(&engine, partitions).await;
        assert_eq!((parts.len(), parts.concat()), (partitions, all.clone()));
    }
    let change = rows(engine.writable().unwrap(), "t", Mode::Replace, numbers([])).await;
    let snapshot = engine.commit(change).await.unwrap();
    assert_eq!(read(&engine, 3).await.concat(), [0; 0]);
    assert!(
        engine
            .visible_at(snapshot.version() - 1, &RequestContext::of_server())
            .is_some()
    );
}

#[tokio::test]
async fn any_store_can_be_served_and_content_counts_more_than_a_name() {
    let store = Arc::new(InMemory::new());
    let mut parquet = ArrowWriter::try_new(Vec::new(), numbers([]).schema(), None).unwrap();
    parquet.write(&numbers([3, 4])).unwrap();
    let parquet = parquet.into_inner().unwrap();
    for (object, content) in [("sales/day.csv", b"n\n1\n2\n".to_vec()), ("named.csv", parquet)] {
        store.put(&object.into(), content.into()).await.unwrap();
    }
    let sources = Sources::over(
        vec![Root::over(0, "memory", store)],
        Formats::new(&Overrides::default()),
    );
    let catalog = Catalog::new(sources, None);
    let snapshot = catalog.look().await;
    assert_eq!(
        (ids(&snapshot), snapshot.warnings()),
        (vec!["named", "sales/day"], &[][..])
    );
    let state = crate::format::tests::state(&catalog.roots());
    for (id, description, expected) in [
        ("named", "parquet", numbers([3, 4])),
        ("sales/day", "csv, comma, quote \", header", numbers([1, 2])),
    ] {
        let table = snapshot.get(id).unwrap();
        let files = table.as_files().unwrap();
        assert_eq!((table.description(), table.rows()), (description, Some(2)));
        let rows = crate::format::tests::scan(&state, files.provider()).await;
        let rows: Vec<RecordBatch> = rows.try_collect().await.unwrap();
        assert_eq!(rows[0].columns(), expected.columns());
    }
}
