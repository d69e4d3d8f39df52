//! Many small files of a table → one, so that a table that grows by a row at a time does not become slow to read.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::table::DataFile;
use super::writer::Files;
use crate::error::{Error, Result};
use crate::store::WritableRoot;

/// This many small files in a row are left alone.
const SMALL_FILES: usize = 32;
/// What a small file is smaller than.
const SMALL_BYTES: u64 = 4 << 20;

/// The files of a table after an append: the small ones at its end as one, if they are many. Rows keep their order. What
/// cannot be merged stays as it is: the append is good without it.
pub(super) fn merged(
    root: &WritableRoot,
    folder: &str,
    schema: &SchemaRef,
    mut files: Vec<Arc<DataFile>>,
    durable: bool,
) -> Vec<Arc<DataFile>> {
    let small = files
        .iter()
        .rev()
        .take_while(|file| file.meta.size < SMALL_BYTES)
        .count();
    if small <= SMALL_FILES {
        return files;
    }
    let start = files.len() - small;
    let into = Files::new(root.clone(), folder.to_owned(), Arc::clone(schema), durable);
    match rewritten(root, &files[start..], into) {
        Ok(one) => {
            files.truncate(start);
            files.extend(one);
        }
        Err(error) => tracing::warn!(%error, folder, "small files could not be merged"),
    }
    files
}

fn rewritten(root: &WritableRoot, files: &[Arc<DataFile>], mut into: Files) -> Result<Vec<Arc<DataFile>>> {
    let damaged = |error| Error::bad_data("a written file cannot be read").with_source(error);
    for file in files {
        let bytes = root.read(file.object())?;
        let bytes = bytes.ok_or_else(|| Error::unavailable("a written file is gone"))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|builder| builder.build());
        for batch in reader.map_err(|error| damaged(error.into()))? {
            into = into.write(&batch.map_err(damaged)?)?;
        }
    }
    let merged = into.finish()?;
    let rows = |files: &[Arc<DataFile>]| files.iter().map(|file| file.rows).sum::<u64>();
    match rows(files) == rows(&merged) {
        true => Ok(merged),
        false => Err(Error::bad_data("written files have not the rows that they should have")),
    }
}
