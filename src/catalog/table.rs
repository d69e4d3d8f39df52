//! A table of a snapshot: a file, or a view.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use crate::discovery::{DatasetName, Discovered, SavedQuery};
use crate::format::{OpenTable, SourceFile, TableFormat};

/// A table, with what is known of it.
#[derive(Debug, Clone)]
pub struct Table {
    /// The dataset's id, and its schema and table in SQL.
    pub name: DatasetName,
    /// What it is made of.
    pub source: Source,
    /// Its columns.
    pub schema: SchemaRef,
}

/// What a table is made of.
#[derive(Debug, Clone)]
pub enum Source {
    /// One version of one file.
    File {
        /// The version.
        file: SourceFile,
        /// What reads it.
        format: Arc<dyn TableFormat>,
        /// The file as a table.
        open: OpenTable,
    },
    /// SQL text, planned for each query against the snapshot that the query sees.
    View(SavedQuery),
}

impl Table {
    pub(super) fn file(found: Discovered, open: OpenTable) -> Self {
        Self {
            name: found.name,
            schema: Arc::clone(&open.schema),
            source: Source::File {
                file: found.file,
                format: found.format,
                open,
            },
        }
    }

    pub(super) fn view(query: SavedQuery, schema: SchemaRef) -> Self {
        Self {
            name: query.name.clone(),
            schema,
            source: Source::View(query),
        }
    }

    /// The file as a table, unless this is a view.
    pub fn open(&self) -> Option<&OpenTable> {
        match &self.source {
            Source::File { open, .. } => Some(open),
            Source::View(_) => None,
        }
    }

    /// The number of rows, once it is known for certain.
    pub fn rows(&self) -> Option<u64> {
        self.open().and_then(|open| open.rows)
    }

    /// The size of the file in bytes, compressed as it is.
    pub fn size_bytes(&self) -> Option<u64> {
        match &self.source {
            Source::File { file, .. } => Some(file.meta.size),
            Source::View(_) => None,
        }
    }

    /// How the table is made, for people: `csv, comma, header`, or a view's description.
    pub fn description(&self) -> &str {
        match &self.source {
            Source::File { open, .. } => &open.description,
            Source::View(query) => query.description.as_deref().unwrap_or("view"),
        }
    }

    /// What a person should know about this table.
    pub fn warnings(&self) -> &[String] {
        self.open().map_or(&[], |open| &open.warnings)
    }

    /// True when the schema is known to fit every row.
    pub fn is_checked(&self) -> bool {
        self.open().is_none_or(|open| open.checked)
    }

    /// A number that changes when the table's data or the way to read them changes. The same files give the same
    /// number on every server: it is made of size and time of change, not of an inode.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.name.id.hash(&mut hasher);
        match &self.source {
            Source::File { file, open, .. } => {
                (file.meta.size, file.meta.last_modified.timestamp_micros()).hash(&mut hasher);
                open.description.hash(&mut hasher);
                open.schema.hash(&mut hasher);
            }
            Source::View(query) => query.sql.hash(&mut hasher),
        }
        hasher.finish()
    }
}
