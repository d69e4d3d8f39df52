//! Parquet files, read by DataFusion. The schema and the row count come from the footer, so they are never a guess.

mod flaw;
mod footer;
mod provider;
mod reader;
mod thrift;

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::object_store::ObjectMeta;
use parquet::arrow::parquet_to_arrow_schema;

use self::provider::ParquetProvider;
use super::{Account, FormatTable, SourceFile, TableFormat, one_store};
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::store::{Compression, Hold, PinnedStore, Root};

/// The format of `*.parquet`.
#[derive(Debug, Default)]
pub struct ParquetFormat;

#[async_trait]
impl TableFormat for ParquetFormat {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn suffixes(&self) -> &'static [&'static str] {
        &["parquet"]
    }

    /// The format's mark, and the first byte of a page's or the footer's header.
    fn first_bytes(&self) -> Option<&'static [u8]> {
        Some(b"PAR1\x15")
    }

    fn is_compressible(&self) -> bool {
        false
    }

    /// Files of the same columns, of the same types and in the same order.
    async fn open(&self, files: &[SourceFile]) -> Result<Arc<dyn FormatTable>> {
        let first = one_store(files)?;
        let (mut schema, statistics) = described(first).await?;
        let mut all = vec![statistics];
        for file in &files[1..] {
            let (columns, statistics) = described(file).await?;
            schema = common(&schema, &columns).ok_or_else(|| {
                let (name, first) = (file.name(), first.name());
                Error::unsupported(format!(
                    "file '{name}' has other columns than '{first}'; they do not make one table"
                ))
            })?;
            all.push(statistics);
        }
        let unmerged = |error| Error::internal("statistics of files cannot be put together").with_source(error);
        let statistics = Statistics::try_merge_iter(&all, &schema).map_err(unmerged)?;
        Ok(Arc::new(ParquetTable::new(files.to_vec(), first, schema, statistics)))
    }
}

/// The columns of a file, and what its footer says of them.
async fn described(file: &SourceFile) -> Result<(SchemaRef, Statistics)> {
    let read = footer::footer(file).await?;
    let footer = read.file_metadata();
    let rows = usize::try_from(footer.num_rows()).unwrap_or_default();
    let schema = parquet_to_arrow_schema(footer.schema_descr(), footer.key_value_metadata());
    let unreadable = || format!("file '{}' has columns that cannot be read", file.name());
    let schema = plain(&schema.map_err(|error| Error::bad_data(unreadable()).with_source(error))?);
    let statistics = DFParquetMetadata::statistics_from_parquet_metadata(&read, &schema);
    let statistics = statistics.unwrap_or_else(|_| Statistics::new_unknown(&schema));
    // What it says of columns is for estimates: nothing is answered from it.
    let statistics = statistics.to_inexact().with_num_rows(Precision::Exact(rows));
    Ok((schema, statistics))
}

/// A number that stands for the names and the types of columns. What can be NULL changes no value that is read.
fn reading(schema: &Schema) -> u64 {
    let parts = schema.fields().iter().fold(Fingerprint::default(), |parts, field| {
        parts.text(field.name()).text(&field.data_type().to_string())
    });
    parts.finish()
}

/// The file's schema without the metadata of whoever wrote it (pandas' alone can exceed a gRPC header). What the file requires is
/// never NULL: plans of `NOT IN` and the like are simpler then.
fn plain(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields: Vec<_> = fields
        .map(|field| Field::new(field.name(), field.data_type().clone(), field.is_nullable()))
        .collect();
    Arc::new(Schema::new(fields))
}

/// The columns of two files, if they are the same but for what can be NULL.
fn common(one: &Schema, other: &Schema) -> Option<SchemaRef> {
    let is_same = |one: &Field, other: &Field| one.name() == other.name() && one.data_type() == other.data_type();
    let pairs = || one.fields().iter().zip(other.fields());
    if one.fields().len() != other.fields().len() || !pairs().all(|(one, other)| is_same(one, other)) {
        return None;
    }
    let both = pairs().map(|(one, other)| {
        let is_nullable = one.is_nullable() || other.is_nullable();
        one.as_ref().clone().with_nullable(is_nullable)
    });
    Some(Arc::new(Schema::new(both.collect::<Vec<_>>())))
}

/// Parquet files of one schema as a table. They come in their order.
#[derive(Debug)]
pub struct ParquetTable {
    files: Vec<SourceFile>,
    provider: Arc<ParquetProvider>,
    description: &'static str,
    reading: u64,
}

impl ParquetTable {
    /// The table of `files`, which all lie where `place` does; each has the columns of `schema`.
    fn new(files: Vec<SourceFile>, place: &SourceFile, schema: SchemaRef, statistics: Statistics) -> Self {
        let metas: Vec<_> = files.iter().map(|file| file.meta.clone()).collect();
        let store = PinnedStore::new(Arc::clone(&place.store), &metas);
        let reading = reading(&schema);
        Self {
            provider: Arc::new(ParquetProvider::new(
                (store, place.url.clone()),
                metas,
                schema,
                statistics,
            )),
            files,
            description: "parquet",
            reading,
        }
    }

    /// The table of files in `root`'s store that the server wrote itself, with `rows` rows in all; each has the columns
    /// of `schema`. It and every scan of it keep `hold`. There may be no files.
    pub fn of_written(root: &Root, metas: Vec<ObjectMeta>, (schema, rows): (SchemaRef, u64), hold: Hold) -> Self {
        let store = PinnedStore::new(root.store(), &metas).holding(hold);
        let file = |meta: &ObjectMeta| SourceFile {
            store: root.store(),
            url: root.url().clone(),
            meta: meta.clone(),
            compression: Compression::None,
        };
        let rows = usize::try_from(rows).map_or(Precision::Absent, Precision::Exact);
        let statistics = Statistics::new_unknown(&schema).with_num_rows(rows);
        Self {
            files: metas.iter().map(file).collect(),
            provider: Arc::new(ParquetProvider::new(
                (store, root.url().clone()),
                metas,
                schema,
                statistics,
            )),
            description: "parquet, written",
            // Each version of a written table has a name of its own.
            reading: 0,
        }
    }
}

#[async_trait]
impl FormatTable for ParquetTable {
    fn files(&self) -> &[SourceFile] {
        &self.files
    }

    fn provider(&self) -> Arc<dyn TableProvider> {
        Arc::clone(&self.provider) as _
    }

    fn lineage(&self) -> Option<Arc<dyn TableProvider>> {
        None
    }

    fn account(&self) -> Option<Arc<Account>> {
        None
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.provider.schema)
    }

    fn statistics(&self) -> Statistics {
        self.provider.statistics.clone()
    }

    fn rows(&self) -> Option<u64> {
        let rows = self.provider.statistics.num_rows.get_value();
        rows.map(|rows| *rows as u64)
    }

    fn description(&self) -> &str {
        self.description
    }

    fn reading(&self) -> u64 {
        self.reading
    }

    fn warnings(&self) -> &[String] {
        &[]
    }

    /// The footers say what the columns are.
    fn is_checked(&self) -> bool {
        true
    }

    async fn check(self: Arc<Self>) -> Result<Arc<dyn FormatTable>> {
        Ok(self)
    }
}
