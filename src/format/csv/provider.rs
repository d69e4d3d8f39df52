//! What plans scan of a CSV file: one ordered partition, or parts that start where a record is known to start.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use flightstream_csv::{Bound, ColumnReport, ColumnType, CsvProfile};

use super::source::CsvSource;
use super::zones::Zones;
use crate::format::SourceFile;

/// The rows of one CSV file.
#[derive(Debug)]
pub(super) struct CsvProvider {
    file: SourceFile,
    profile: Arc<CsvProfile>,
    schema: SchemaRef,
    whole: Option<WholeFile>,
}

/// What is known once the whole file has been read.
#[derive(Debug, Clone)]
pub(super) struct WholeFile {
    pub(super) rows: u64,
    /// What was found in each column of the file.
    pub(super) columns: Arc<[ColumnReport]>,
    /// The parts of it; none where text and file are not the same bytes.
    pub(super) zones: Arc<Zones>,
}

impl CsvProvider {
    pub(super) fn new(file: SourceFile, profile: Arc<CsvProfile>, whole: Option<WholeFile>) -> Self {
        Self {
            schema: profile.schema(),
            file,
            profile,
            whole,
        }
    }

    /// The same rows with the columns that say where a row comes from.
    pub(super) fn with_lineage(&self) -> Self {
        Self {
            file: self.file.clone(),
            profile: Arc::clone(&self.profile),
            schema: self.profile.wide_schema(),
            whole: self.whole.clone(),
        }
    }

    /// The number of rows, once all of the file has been read.
    pub(super) fn rows(&self) -> Option<u64> {
        self.whole.as_ref().map(|whole| whole.rows)
    }

    /// What was understood of the file.
    pub(super) fn profile(&self) -> &Arc<CsvProfile> {
        &self.profile
    }

    fn zones(&self) -> Arc<Zones> {
        let whole = self.whole.as_ref().map(|whole| Arc::clone(&whole.zones));
        whole.unwrap_or_default()
    }

    /// What is known of the rows: how many there are, and of columns, if that is wanted, the NULLs and the bounds.
    pub(super) fn statistics(&self, of_columns: bool) -> Statistics {
        let mut statistics = Statistics::new_unknown(&self.schema);
        let Some(whole) = &self.whole else { return statistics };
        let exact = |number: u64| usize::try_from(number).map_or(Precision::Absent, Precision::Exact);
        statistics.num_rows = exact(whole.rows);
        let columns = self
            .profile
            .columns
            .iter()
            .zip(whole.columns.iter())
            .filter(|_| of_columns);
        for (statistics, (column, report)) in statistics.column_statistics.iter_mut().zip(columns) {
            if report.misfit.is_some() {
                // It was asked for a type that does not hold every value.
                continue;
            }
            statistics.null_count = exact(report.nulls);
            let bound = |bound: Bound| {
                let value = ScalarValue::try_from_array(&bound.to_array(column.kind), 0);
                value.map_or(Precision::Absent, Precision::Exact)
            };
            // What is the greatest of floats, NaN and infinities among them, is for the engine to say.
            if let (Some((least, greatest)), true) = (report.bounds, column.kind != ColumnType::Float64) {
                (statistics.min_value, statistics.max_value) = (bound(least), bound(greatest));
            }
        }
        statistics
    }

    /// Up to `count` parts of about equal size that together hold every record once.
    fn groups(&self, count: usize) -> Vec<FileGroup> {
        let size = self.file.meta.size;
        let zones = self.zones();
        let boundaries = zones.starts();
        let mut starts: Vec<u64> = (1..count as u64)
            .filter_map(|part| {
                let wanted = (u128::from(size) * u128::from(part) / count as u128) as u64;
                let at = boundaries.partition_point(|boundary| boundary.offset < wanted);
                boundaries.get(at).map(|boundary| boundary.offset)
            })
            .filter(|offset| *offset > 0)
            .collect();
        starts.dedup();
        let ends = starts.iter().copied().chain([size]);
        let whole = PartitionedFile::new_from_meta(self.file.meta.clone());
        if starts.is_empty() {
            return vec![FileGroup::new(vec![whole])];
        }
        [0].into_iter()
            .chain(starts.iter().copied())
            .zip(ends)
            .map(|(start, end)| FileGroup::new(vec![whole.clone().with_range(start as i64, end as i64)]))
            .collect()
    }
}

#[async_trait]
impl TableProvider for CsvProvider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let source = CsvSource::new(
            self.file.clone(),
            Arc::clone(&self.profile),
            Arc::clone(&self.schema),
            self.zones(),
            self.whole.is_some(),
        );
        let config = FileScanConfigBuilder::new(self.file.url.clone(), Arc::new(source))
            .with_file_groups(self.groups(state.config().target_partitions()))
            .with_statistics(self.statistics(state.config_options().execution.collect_statistics))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
