//! The scan of a CSV file inside DataFusion: ordered chunks, decoded in parallel, batches in the order of the file.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::object_store::ObjectStore;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::projection::ProjectionExprs;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr, apply_expression_roots};
use flightstream_csv::{CsvProfile, Decoded, Decoder, Misfit, MisfitKind};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::chunk::{Boundary, ChunkPlan, pieces};
use crate::cores::cores;
use crate::error::Error;
use crate::format::SourceFile;

/// Reads one CSV file as its profile says.
#[derive(Debug, Clone)]
pub(super) struct CsvSource {
    file: SourceFile,
    profile: Arc<CsvProfile>,
    boundaries: Arc<[Boundary]>,
    checked: bool,
    batch_size: usize,
    table_schema: TableSchema,
    projection: SplitProjection,
    metrics: ExecutionPlanMetricsSet,
}

impl CsvSource {
    /// The columns are those of `schema`, the profile's own or its wide one. `checked`: it is known to fit every row.
    pub(super) fn new(
        file: SourceFile,
        profile: Arc<CsvProfile>,
        schema: SchemaRef,
        boundaries: Arc<[Boundary]>,
        checked: bool,
    ) -> Self {
        let table_schema = TableSchema::from(schema);
        Self {
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            file,
            profile,
            boundaries,
            checked,
            batch_size: 8192,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The part of the file, and how many records come before it.
    fn chunk_plan(&self, part: &PartitionedFile) -> Result<(ChunkPlan, u64)> {
        let Some(range) = &part.range else {
            return Ok((ChunkPlan::whole(&self.file), 0));
        };
        let (start, end) = (range.start as u64, range.end as u64);
        let from = match self.boundaries.binary_search_by_key(&start, |boundary| boundary.offset) {
            Ok(at) => self.boundaries[at],
            Err(_) if start == 0 => return Ok((ChunkPlan::first(end), 0)),
            Err(_) => {
                return Err(DataFusionError::Internal(format!(
                    "no record is known to start at byte {start}"
                )));
            }
        };
        Ok((ChunkPlan::part(from, end), from.record))
    }
}

impl FileSource for CsvSource {
    fn create_file_opener(
        &self,
        _store: Arc<dyn ObjectStore>,
        _config: &FileScanConfig,
        _partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(CsvOpener(self.clone())), file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_size: usize) -> Arc<dyn FileSource> {
        Arc::new(Self {
            batch_size,
            ..self.clone()
        })
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        Ok(Some(Arc::new(Self {
            projection: SplitProjection::new(self.table_schema.file_schema(), &merged),
            ..self.clone()
        })))
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        "csv"
    }

    /// Parts are made where records are known to start, by the table; the optimizer's byte ranges are not such places.
    fn supports_repartitioning(&self) -> bool {
        false
    }

    fn fmt_extra(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ", dialect={}", self.profile.dialect)
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        apply_expression_roots(self.projection.source.iter(), visit)
    }
}

struct CsvOpener(CsvSource);

impl FileOpener for CsvOpener {
    fn open(&self, part: PartitionedFile) -> Result<FileOpenFuture> {
        let source = self.0.clone();
        let (plan, records_before) = source.chunk_plan(&part)?;
        let name: Arc<str> = source.file.name().into();
        let projection = Some(source.projection.file_indices.as_slice());
        let decoder = Arc::new(Decoder::new(&source.profile, projection, source.batch_size).of_file(&name));
        let open = async move {
            let (profile, checked) = (Arc::clone(&source.profile), source.checked);
            let pieces = pieces(&source.file, &source.profile, plan).await.map_err(external)?;
            let numbering = Arc::clone(&decoder);
            let mut before = records_before;
            let batches = pieces
                .map(move |piece| {
                    let (decoder, name) = (Arc::clone(&decoder), Arc::clone(&name));
                    let profile = Arc::clone(&profile);
                    async move {
                        let piece = piece.map_err(external)?;
                        let decode = SpawnedTask::spawn(async move { decoder.decode(&piece.chunk()) });
                        let decoded = decode
                            .join_unwind()
                            .await
                            .map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
                        decoded.map_err(|misfit| external(explain(&name, &misfit, &profile, checked)))
                    }
                })
                .buffered(cores())
                .map_ok(move |decoded: Decoded| {
                    let batches = numbering.renumbered(decoded.batches, before);
                    before += decoded.ledger.counted();
                    stream::iter(batches.into_iter().map(Ok))
                })
                .try_flatten();
            Ok(batches.boxed())
        };
        Ok(open.boxed())
    }
}

fn explain(file: &str, misfit: &Misfit, profile: &CsvProfile, checked: bool) -> Error {
    let asked = match &misfit.kind {
        MisfitKind::Value { column, .. } => profile.columns.iter().any(|known| known.asked && known.name == *column),
        MisfitKind::TooLong { .. } => false,
    };
    let message = format!("file '{file}': {misfit}");
    match (asked, checked) {
        (true, _) => Error::bad_data(format!("{message}, which is the type that the server was told to read")),
        (false, true) => Error::unavailable(format!("{message}; the file changed, refresh and ask again")),
        (false, false) => Error::unavailable(format!(
            "{message}; its types come from a sample until the whole file has been read, which is under way: ask again"
        )),
    }
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
