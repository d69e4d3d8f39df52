//! The scan of a CSV file inside DataFusion: ordered chunks, decoded in parallel, batches in the order of the file.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
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
use flightstream_csv::{CsvProfile, Decoder, Misfit};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::chunk::{Boundary, ChunkPlan, chunks};
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
    /// `checked`: the profile is known to fit every row.
    pub(super) fn new(file: SourceFile, profile: Arc<CsvProfile>, boundaries: Arc<[Boundary]>, checked: bool) -> Self {
        let table_schema = TableSchema::from(profile.schema());
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

    fn chunk_plan(&self, part: &PartitionedFile) -> Result<ChunkPlan> {
        let Some(range) = &part.range else {
            return Ok(ChunkPlan::whole(&self.file));
        };
        let (start, end) = (range.start as u64, range.end as u64);
        let from = match self.boundaries.binary_search_by_key(&start, |boundary| boundary.offset) {
            Ok(at) => self.boundaries[at],
            Err(_) if start == 0 => Boundary { offset: 0, line: 1 },
            Err(_) => {
                return Err(DataFusionError::Internal(format!(
                    "no record is known to start at byte {start}"
                )));
            }
        };
        Ok(ChunkPlan::part(from, end))
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
        let plan = source.chunk_plan(&part)?;
        let decoder = Arc::new(Decoder::new(
            &source.profile,
            Some(&source.projection.file_indices),
            source.batch_size,
        ));
        let open = async move {
            let name: Arc<str> = source.file.name().into();
            let checked = source.checked;
            let chunks = chunks(&source.file, &source.profile, plan).await.map_err(external)?;
            let batches = chunks
                .map(move |chunk| {
                    let (decoder, name) = (Arc::clone(&decoder), Arc::clone(&name));
                    async move {
                        let chunk = chunk.map_err(external)?;
                        let decode = SpawnedTask::spawn(async move {
                            decoder.decode(&chunk.bytes, chunk.first_line, chunk.starts_file)
                        });
                        let batches = decode
                            .join_unwind()
                            .await
                            .map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
                        batches.map_err(|misfit| external(explain(&name, &misfit, checked)))
                    }
                })
                .buffered(cores())
                .map_ok(|batches: Vec<RecordBatch>| stream::iter(batches.into_iter().map(Ok)))
                .try_flatten();
            Ok(batches.boxed())
        };
        Ok(open.boxed())
    }
}

fn explain(file: &str, misfit: &Misfit, checked: bool) -> Error {
    if checked {
        return Error::unavailable(format!(
            "file '{file}': {misfit}; the file changed, refresh and ask again"
        ));
    }
    Error::unavailable(format!(
        "file '{file}': {misfit}; its types come from a sample until the whole file has been read, which is under way: ask again"
    ))
}

fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
