//! Files as tables: one file format a folder or file. Turns a pinned file into a `TableProvider` and what is known of
//! it. DataFusion's own readers and ours stay behind [`TableFormat`].

pub mod csv;
mod parquet;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path;
use datafusion::object_store::{ObjectMeta, ObjectStore};

pub use csv::CsvFormat;
use flightstream_csv::Lineage;
pub use flightstream_csv::{Ledger, Reject};
pub use parquet::{ParquetFormat, ParquetTable};

use crate::error::Result;
use crate::store::{Compression, check_version};

/// One version of one file, and the store that reads it.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The store that the file lies in.
    pub store: Arc<dyn ObjectStore>,
    /// The URL of that store in plans.
    pub url: ObjectStoreUrl,
    /// Path, size in bytes, time of change and e-tag: every read is pinned to them.
    pub meta: ObjectMeta,
    /// How the file's bytes are compressed.
    pub compression: Compression,
}

impl SourceFile {
    /// The file's path below its root: its name in messages.
    pub fn name(&self) -> &str {
        self.meta.location.as_ref()
    }
}

/// A file that has become a table.
#[derive(Debug, Clone)]
pub struct OpenTable {
    /// What plans scan. Its schema is [`Self::schema`].
    pub provider: Arc<dyn TableProvider>,
    /// The same rows with further columns that say where each comes from, for queries that name one of them.
    pub lineage: Option<Arc<dyn TableProvider>>,
    /// What became of the file's records, once all of it has been read, if it has such.
    pub account: Option<Arc<Account>>,
    /// The table's columns, all nullable.
    pub schema: SchemaRef,
    /// The number of rows, once it is known for certain.
    pub rows: Option<u64>,
    /// How the file is written, for people: `csv, comma, header`.
    pub description: String,
    /// A number that stands for how the values are read: see [`crate::fingerprint`].
    pub reading: u64,
    /// What a person should know about this file.
    pub warnings: Vec<String>,
    /// The schema is known to fit every row of the file. Until then a scan may end with an error that says which row
    /// does not fit, and [`TableFormat::check`] finds the schema that does.
    pub checked: bool,
}

/// The columns of [`OpenTable::lineage`] that say where a row comes from.
pub const LINEAGE: [&str; 4] = [
    Lineage::File.name(),
    Lineage::Line.name(),
    Lineage::Record.name(),
    Lineage::Offset.name(),
];

/// One version of one file that a table reads.
#[derive(Debug, Clone)]
pub struct Version {
    store: Arc<dyn ObjectStore>,
    url: ObjectStoreUrl,
    meta: ObjectMeta,
}

impl Version {
    /// The version that `meta` pins in `store`, which plans know as `url`.
    pub(crate) fn new((store, url): (&Arc<dyn ObjectStore>, &ObjectStoreUrl), meta: &ObjectMeta) -> Self {
        Self {
            store: Arc::clone(store),
            url: url.clone(),
            meta: meta.clone(),
        }
    }

    /// The store and the path of the file, as plans have them.
    pub fn place(&self) -> (&ObjectStoreUrl, &Path) {
        (&self.url, &self.meta.location)
    }

    /// Asks the store whether this is the file's present version.
    ///
    /// # Errors
    /// As those of a read: `Unavailable` when it changed or is gone.
    pub async fn check(&self) -> Result<()> {
        check_version(self.store.as_ref(), &self.meta).await
    }
}

/// The files that a table reads, each in the version that it was listed in.
pub fn versions(table: &dyn TableProvider) -> Vec<Version> {
    if let Some(csv) = table.downcast_ref::<csv::CsvTable>() {
        return vec![csv.version()];
    }
    let parquet = table.downcast_ref::<ParquetTable>();
    parquet.map(ParquetTable::versions).unwrap_or_default()
}

/// What became of the records of a file.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// How many there are of each kind.
    pub ledger: Ledger,
    /// The first of those that are no rows.
    pub rejects: Vec<Reject>,
}

/// A kind of file that can be served.
#[async_trait]
pub trait TableFormat: std::fmt::Debug + Send + Sync {
    /// Opens a file after a look at a bounded part of it.
    ///
    /// # Errors
    /// `BadData` when it is not a file of this kind, `Unavailable` when it changed or cannot be read.
    async fn open(&self, file: &SourceFile) -> Result<OpenTable>;

    /// Reads the whole file that `open` opened, once, and returns the table whose schema fits every row.
    ///
    /// # Errors
    /// As [`Self::open`].
    async fn check(&self, file: &SourceFile, open: &OpenTable) -> Result<OpenTable>;
}
