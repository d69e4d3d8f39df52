//! The scan of a CSV file inside DataFusion: ordered chunks, decoded in parallel, batches in the order of the file.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::config::ConfigOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::object_store::ObjectStore;
use datafusion::physical_expr::conjunction;
use datafusion::physical_plan::filter_pushdown::{FilterPushdownPropagation, PushedDown};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricBuilder};
use datafusion::physical_plan::projection::ProjectionExprs;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr, apply_expression_roots};
use flightstream_csv::{CsvProfile, Decoded, Decoder, Misfit, MisfitKind};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, stream};

use super::chunk::{FileChunk, LARGEST_BYTES, chunks, known_chunks};
use super::zones::{Runs, Zones};
use crate::cores::cores;
use crate::error::Error;
use crate::format::SourceFile;
use crate::store::check_version;

/// Reads one CSV file as its profile says.
#[derive(Debug, Clone)]
pub(super) struct CsvSource {
    file: SourceFile,
    profile: Arc<CsvProfile>,
    zones: Arc<Zones>,
    /// What rows must be that are wanted: those for which it is not true may come or not.
    predicate: Option<Arc<dyn PhysicalExpr>>,
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
        zones: Arc<Zones>,
        checked: bool,
    ) -> Self {
        let table_schema = TableSchema::from(schema);
        Self {
            projection: SplitProjection::unprojected(&table_schema),
            table_schema,
            file,
            profile,
            zones,
            predicate: None,
            checked,
            batch_size: 8192,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The zones of the part of the file.
    fn zones_of(&self, part: &PartitionedFile) -> Result<Range<usize>> {
        let starts = self.zones.starts();
        let Some(range) = &part.range else {
            return Ok(0..starts.len());
        };
        let zone = |at: i64| match starts.binary_search_by_key(&(at as u64), |start| start.offset) {
            Ok(zone) => Ok(zone),
            Err(0) if at == 0 => Ok(0),
            Err(zone) if zone == starts.len() && at as u64 == self.file.meta.size => Ok(zone),
            Err(_) => Err(DataFusionError::Internal(format!(
                "no record is known to start at byte {at}"
            ))),
        };
        Ok(zone(range.start)?..zone(range.end)?)
    }

    /// What is to be read of the part of the file, in order.
    fn parts_to_scan(
        &self,
        part: &PartitionedFile,
        partition: usize,
    ) -> Result<Box<dyn Iterator<Item = ScanPart> + Send>> {
        if self.zones.starts().is_empty() {
            return Ok(Box::new([ScanPart::Whole].into_iter()));
        }
        let skipped = MetricBuilder::new(&self.metrics).counter("zones_skipped", partition);
        let schema = self.table_schema.table_schema();
        let predicate = self.predicate.clone().map(|predicate| (predicate, Arc::clone(schema)));
        let runs = Runs::new(Arc::clone(&self.zones), self.zones_of(part)?, predicate, skipped);
        let zones = Arc::clone(&self.zones);
        let parts_to_scan = runs.map(move |run| ScanPart::Known(zones.chunks(run)));
        Ok(Box::new(parts_to_scan))
    }
}

/// A part of a file that is read from one end to the other.
enum ScanPart {
    /// All of the file; where its records end is to be found out.
    Whole,
    /// Chunks, by their numbers.
    Known(Range<usize>),
}

impl FileSource for CsvSource {
    fn create_file_opener(
        &self,
        _store: Arc<dyn ObjectStore>,
        _config: &FileScanConfig,
        partition: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        let source = self.clone();
        ProjectionOpener::try_new(
            self.projection.clone(),
            Arc::new(CsvOpener { source, partition }),
            file_schema,
        )
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

    fn filter(&self) -> Option<Arc<dyn PhysicalExpr>> {
        self.predicate.clone()
    }

    /// Keeps the filters to skip zones by, and leaves it to those above to look at rows.
    fn try_pushdown_filters(
        &self,
        filters: Vec<Arc<dyn PhysicalExpr>>,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn FileSource>>> {
        let answer = FilterPushdownPropagation::with_parent_pushdown_result(vec![PushedDown::No; filters.len()]);
        if filters.is_empty() || self.zones.starts().len() < 2 {
            return Ok(answer);
        }
        let predicate = Some(conjunction(self.predicate.iter().cloned().chain(filters)));
        Ok(answer.with_updated_node(Arc::new(Self {
            predicate,
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
        write!(f, ", dialect={}", self.profile.dialect)?;
        match &self.predicate {
            Some(predicate) => write!(f, ", predicate={predicate}"),
            None => Ok(()),
        }
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let projected = self.projection.source.iter().map(|projected| &projected.expr);
        apply_expression_roots(self.predicate.iter().chain(projected), visit)
    }
}

struct CsvOpener {
    source: CsvSource,
    partition: usize,
}

impl FileOpener for CsvOpener {
    fn open(&self, part: PartitionedFile) -> Result<FileOpenFuture> {
        let source = self.source.clone();
        let parts_to_scan = source.parts_to_scan(&part, self.partition)?;
        let name: Arc<str> = source.file.name().into();
        let projection = Some(source.projection.file_indices.as_slice());
        let decoder = Arc::new(Decoder::new(&source.profile, projection, source.batch_size).of_file(&name));
        let (numbering, mut before) = (Arc::clone(&decoder), 0);
        let batches = read(&source, parts_to_scan)
            .map(move |chunk| {
                let (decoder, name) = (Arc::clone(&decoder), Arc::clone(&name));
                let (profile, checked) = (Arc::clone(&source.profile), source.checked);
                async move {
                    let (chunk, from) = chunk.map_err(external)?;
                    let decode = SpawnedTask::spawn(async move { decoder.decode(&chunk.as_chunk()) });
                    let decoded = decode
                        .join_unwind()
                        .await
                        .map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?;
                    let decoded = decoded.map_err(|misfit| external(explain(&name, &misfit, &profile, checked)));
                    decoded.map(|decoded| (decoded, from))
                }
            })
            .buffered(cores())
            .map_ok(move |(decoded, from): (Decoded, Option<u64>)| {
                before = from.unwrap_or(before);
                let batches = numbering.renumbered(decoded.batches, before);
                before += decoded.ledger.counted();
                stream::iter(batches.into_iter().map(Ok))
            })
            .try_flatten();
        Ok(async move { Ok(batches.boxed()) }.boxed())
    }
}

/// The chunks of all `parts_to_scan`, in order; the first one of each with how many records come before it.
fn read(
    source: &CsvSource,
    parts_to_scan: impl Iterator<Item = ScanPart> + Send + 'static,
) -> impl Stream<Item = crate::error::Result<(FileChunk, Option<u64>)>> + Send + 'static {
    let (file, profile, zones) = (
        source.file.clone(),
        Arc::clone(&source.profile),
        Arc::clone(&source.zones),
    );
    let chunks_of = move |part_to_scan| {
        let (file, profile, zones) = (file.clone(), Arc::clone(&profile), Arc::clone(&zones));
        async move {
            let (chunks, records) = match part_to_scan {
                ScanPart::Whole => (chunks(&file, &profile, LARGEST_BYTES).await?, 0),
                ScanPart::Known(range) => {
                    let before = zones.chunk(range.start).0.record;
                    (known_chunks(&file, &zones, range).await?, before)
                }
            };
            let numbered = stream::iter([Some(records)]).chain(stream::repeat(None));
            Ok::<_, Error>(chunks.zip(numbered).map(|(chunk, from)| Ok((chunk?, from))))
        }
    };
    let file = source.file.clone();
    let read = stream::once(async move {
        let mut parts_to_scan = parts_to_scan.peekable();
        if parts_to_scan.peek().is_none() {
            // To open the file would have shown that it changed.
            check_version(file.store.as_ref(), &file.meta).await?;
        }
        Ok::<_, Error>(stream::iter(parts_to_scan).then(chunks_of).try_flatten())
    });
    read.try_flatten()
}

fn explain(file: &str, misfit: &Misfit, profile: &CsvProfile, checked: bool) -> Error {
    let asked = match &misfit.kind {
        MisfitKind::Value { column, .. } => profile.columns.iter().any(|known| known.asked && known.name == *column),
        MisfitKind::TooLong { .. } | MisfitKind::OpenTable { .. } => false,
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
