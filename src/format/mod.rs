//! Files as tables: what a file's name and first bytes say of its kind, and how files of that kind become a table.
//! DataFusion's own readers and ours stay behind [`TableFormat`] and [`FormatTable`].

pub mod csv;
mod file;
mod parquet;
mod registry;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::Statistics;

pub use csv::CsvFormat;
pub use file::SourceFile;
use flightstream_csv::Lineage;
pub use flightstream_csv::{Ledger, Reject};
pub use parquet::{ParquetFormat, ParquetTable};
pub use registry::{Formats, NamedFormat};

use crate::error::{Error, Result};

/// The columns of [`FormatTable::lineage`] that say where a row comes from.
pub const LINEAGE: [&str; 4] = [
    Lineage::File.name(),
    Lineage::Line.name(),
    Lineage::Record.name(),
    Lineage::Offset.name(),
];

/// A kind of file that can be served.
#[async_trait]
pub trait TableFormat: Debug + Send + Sync {
    /// What the kind is called: `csv`.
    fn name(&self) -> &'static str;

    /// How names of such files end, in lower case, without the dot.
    fn suffixes(&self) -> &'static [&'static str];

    /// What all such files begin with, if they do.
    fn first_bytes(&self) -> Option<&'static [u8]>;

    /// Whether such a file can be read while it is compressed as a whole (`a.csv.gz`).
    fn is_compressible(&self) -> bool;

    /// Makes one table of files of one store, after a look at a bounded part of each. One file is a set of one.
    ///
    /// # Errors
    /// `BadData` when one is not a file of this kind, `Unavailable` when one changed or cannot be read, `Unsupported` when
    /// files of this kind, or just these, do not make one table.
    async fn open(&self, files: &[SourceFile]) -> Result<Arc<dyn FormatTable>>;
}

/// Files, each in one version, that have become a table.
#[async_trait]
pub trait FormatTable: Debug + Send + Sync {
    /// The files, in the order of their rows.
    fn files(&self) -> &[SourceFile];

    /// What plans scan.
    fn provider(&self) -> Arc<dyn TableProvider>;

    /// The same rows with the columns [`LINEAGE`], for queries that name one of them; none if rows cannot say that.
    fn lineage(&self) -> Option<Arc<dyn TableProvider>>;

    /// What became of the files' records, once all of them have been read; none before, or if the files have no records.
    fn account(&self) -> Option<Arc<Account>>;

    /// The table's columns; nullable unless the format promises that no value is missing.
    fn schema(&self) -> SchemaRef;

    /// What is known of rows and columns, exact where it is known for certain.
    fn statistics(&self) -> Statistics;

    /// The number of rows, once it is known for certain; that of [`Self::statistics`].
    fn rows(&self) -> Option<u64>;

    /// How the files are written, for people: `csv, comma, header`.
    fn description(&self) -> &str;

    /// A number that stands for how the values are read: see [`crate::fingerprint`].
    fn reading(&self) -> u64;

    /// What a person should know about these files, a sentence each.
    fn warnings(&self) -> &[String];

    /// The schema is known to fit every row. Until then a scan may end with an error that says which row does not fit,
    /// and [`Self::check`] finds the schema that does.
    fn is_checked(&self) -> bool;

    /// Reads all of the files, once, and returns the table whose schema fits every row; this one, if it does.
    ///
    /// # Errors
    /// As [`TableFormat::open`].
    async fn check(self: Arc<Self>) -> Result<Arc<dyn FormatTable>>;
}

/// What became of the records of a file.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// How many there are of each kind.
    pub ledger: Ledger,
    /// The first of those that are no rows.
    pub rejects: Vec<Reject>,
}

/// The store that all of `files` lie in.
///
/// # Errors
/// `Unsupported` when they lie in several, or there are none.
fn one_store(files: &[SourceFile]) -> Result<&SourceFile> {
    let first = files.first();
    let first = first.ok_or_else(|| Error::unsupported("a table of no files has no columns"))?;
    match files.iter().all(|file| file.url == first.url) {
        true => Ok(first),
        false => Err(Error::unsupported("the files of one table must lie below one location")),
    }
}

#[cfg(test)]
pub(crate) mod tests;
