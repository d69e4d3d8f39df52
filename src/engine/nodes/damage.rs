//! Files that turn out to be damaged while they are read. A reader that meets bytes which nobody thought of may panic, or say
//! what is of use to nobody: both become an error of the query that names the file.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use futures::StreamExt;

use super::through::ThroughExec;
use crate::engine::failure::{failed, said, too_large};
use crate::error::{Error, ErrorKind};

/// The files that a node of a plan reads, if it does.
pub(in crate::engine) fn scan(node: &dyn ExecutionPlan) -> Option<&FileScanConfig> {
    node.downcast_ref::<DataSourceExec>()?.data_source().downcast_ref()
}

/// The same plan, whose scans say which file is damaged.
pub(in crate::engine) fn naming_damage(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let named = plan.transform_up(|node| {
        let Some((name, computes)) = scan(node.as_ref()).map(|scan| (name(scan), computes(scan))) else {
            return Ok(Transformed::no(node));
        };
        let way = Arc::new(move |rows| named(rows, &name, computes));
        Ok(Transformed::yes(
            Arc::new(ThroughExec::new("NamingDamageExec", node, way)) as _,
        ))
    });
    named.map(|named| named.data)
}

/// The file that is read, or the folder of those that are read.
fn name(scan: &FileScanConfig) -> Arc<str> {
    let mut files = scan.file_groups.iter().flat_map(|group| group.iter());
    let first = files
        .next()
        .map(|file| file.object_meta.location.as_ref())
        .unwrap_or_default();
    let is_first =
        |file: &datafusion::datasource::listing::PartitionedFile| file.object_meta.location.as_ref() == first;
    match (files.all(is_first), first.rsplit_once('/')) {
        (false, Some((folder, _))) => format!("a file of '{folder}'").into(),
        _ => format!("file '{first}'").into(),
    }
}

/// Whether more is done in a scan than to read columns: functions may run there as well.
fn computes(scan: &FileScanConfig) -> bool {
    let mut projected = scan.file_source().projection().into_iter().flat_map(|all| all.iter());
    projected.any(|projected| !projected.expr.is::<Column>())
}

fn named(rows: SendableRecordBatchStream, name: &Arc<str>, computes: bool) -> SendableRecordBatchStream {
    let (schema, name) = (rows.schema(), Arc::clone(name));
    let rows = AssertUnwindSafe(rows).catch_unwind().map(move |batch| match batch {
        Ok(batch) => batch.map_err(|error| damaged(error, &name)),
        Err(panic) => match too_large(said(panic.as_ref())).filter(|_| computes) {
            Some(error) => Err(DataFusionError::External(Box::new(error))),
            None => Err(external(format!("{name} is damaged: its reader gives up on it"))),
        },
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// The error, with the name of the file if it is about that.
fn damaged(error: DataFusionError, name: &str) -> DataFusionError {
    let of_reader = matches!(
        error.find_root(),
        DataFusionError::ParquetError(_) | DataFusionError::ArrowError(..)
    );
    if !of_reader {
        return error;
    }
    let error = failed(error);
    match error.kind() {
        ErrorKind::BadData => external(format!("{name}: {error}")),
        _ => DataFusionError::External(Box::new(error)),
    }
}

fn external(message: String) -> DataFusionError {
    DataFusionError::External(Box::new(Error::bad_data(message)))
}

#[cfg(test)]
mod tests;
