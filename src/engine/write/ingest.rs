//! Rows that a client uploads → a table.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::change::fitted;
use super::target::{IngestMode, Target};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::request::RequestContext;
use crate::writable::Mode;

/// The table of an upload.
#[derive(Debug, Clone)]
pub struct IngestTarget {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// What becomes of it.
    pub mode: IngestMode,
    /// Only the session sees it, and as long as it lives.
    pub temporary: bool,
}

impl Engine {
    /// Puts rows into a table, all or none. Rows for a table that is there are matched by the names of their columns, if both
    /// have the same ones. Returns how many they were. Casts and encodes them where it is polled, which
    /// should be on [`Engine::runtime`].
    ///
    /// # Errors
    /// `Denied` on a server that only reads and for a table that is a file of the sources; `Exists`, `NotFound` and
    /// `Invalid` when the table is not as the mode wants it.
    pub async fn ingest(
        &self,
        context: &RequestContext,
        target: IngestTarget,
        schema: SchemaRef,
        mut batches: BoxStream<'static, Result<RecordBatch>>,
    ) -> Result<u64> {
        self.check_writable("an upload")?;
        let session = context.kept_session();
        let target_table = Target::of(self, session, &target.schema, &[&target.table], target.temporary)?;
        context.subject.set_dataset(&target_table.name.id);
        target_table.check_ingest(target.mode)?;
        let order = target_table.ingest_order(&schema, target.mode);
        let schema = match &order {
            Some(order) => Arc::new(schema.project(order).map_err(unordered)?),
            None => schema,
        };
        let columns = target_table.ingest_columns(&schema, target.mode)?;
        let mut writer = self.writer(&target_table, &columns)?;
        while let Some(batch) = batches.next().await.transpose()? {
            let batch = match &order {
                Some(order) => batch.project(order).map_err(unordered)?,
                None => batch,
            };
            let batch = fitted(&batch, &columns)?;
            writer.write(&batch).await?;
        }
        let written = writer.finish().await?;
        let mode = match target.mode {
            IngestMode::Create => Mode::Create,
            IngestMode::Append => Mode::Append,
            IngestMode::Replace | IngestMode::ReplaceExisting => Mode::Replace,
            IngestMode::CreateOrAppend => Mode::CreateOrAppend,
        };
        self.commit_rows(&target_table, written, mode).await
    }
}

fn unordered(error: ArrowError) -> Error {
    Error::internal("the uploaded columns cannot be put in order").with_source(error)
}
