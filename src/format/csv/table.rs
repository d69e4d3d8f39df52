//! A CSV file as a table: one ordered partition, or parts that start where a record is known to start.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use flightstream_csv::CsvProfile;

use super::chunk::Boundary;
use super::source::CsvSource;
use crate::format::SourceFile;

/// One CSV file as a table.
#[derive(Debug)]
pub(super) struct CsvTable {
    file: SourceFile,
    profile: Arc<CsvProfile>,
    schema: SchemaRef,
    rows: Option<u64>,
    boundaries: Arc<[Boundary]>,
}

impl CsvTable {
    pub(super) fn new(
        file: SourceFile,
        profile: Arc<CsvProfile>,
        rows: Option<u64>,
        boundaries: Arc<[Boundary]>,
    ) -> Self {
        Self {
            schema: profile.schema(),
            file,
            profile,
            rows,
            boundaries,
        }
    }

    pub(super) fn profile(&self) -> &Arc<CsvProfile> {
        &self.profile
    }

    /// Up to `count` parts of about equal size that together hold every record once.
    fn groups(&self, count: usize) -> Vec<FileGroup> {
        let size = self.file.meta.size;
        let mut starts: Vec<u64> = (1..count as u64)
            .filter_map(|part| {
                let wanted = (u128::from(size) * u128::from(part) / count as u128) as u64;
                let at = self.boundaries.partition_point(|boundary| boundary.offset < wanted);
                self.boundaries.get(at).map(|boundary| boundary.offset)
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
impl TableProvider for CsvTable {
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
            Arc::clone(&self.boundaries),
            self.rows.is_some(),
        );
        let rows = self.rows.and_then(|rows| usize::try_from(rows).ok());
        let statistics =
            Statistics::new_unknown(&self.schema).with_num_rows(rows.map_or(Precision::Absent, Precision::Exact));
        let config = FileScanConfigBuilder::new(self.file.url.clone(), Arc::new(source))
            .with_file_groups(self.groups(state.config().target_partitions()))
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
