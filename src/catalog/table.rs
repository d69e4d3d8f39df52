//! A table of a snapshot: a file, rows that clients wrote, or a view.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::System;
use crate::discovery::{DatasetName, Discovered, SavedQuery};
use crate::format::{OpenTable, SourceFile, TableFormat};
use crate::writable::WrittenTable;

/// A table, with what is known of it.
#[derive(Debug, Clone)]
pub struct Table {
    /// The dataset's id, and its schema and table in SQL.
    pub name: DatasetName,
    /// What it is made of.
    pub source: Source,
    /// Its columns.
    pub schema: SchemaRef,
    /// Clients made it: they may change and drop it.
    pub written: bool,
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
    /// One version of rows that clients wrote.
    Written {
        /// The version; it keeps its files.
        table: Arc<WrittenTable>,
        /// The files as a table.
        open: OpenTable,
    },
    /// SQL text, planned for each query against the snapshot that the query sees.
    View(SavedQuery),
    /// Rows about the tables of the snapshot.
    System(System),
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
            written: false,
        }
    }

    /// Rows that clients wrote; none for a view, whose columns its rows do not say.
    pub fn written(table: Arc<WrittenTable>) -> Option<Self> {
        let open = table.as_rows()?.open.clone();
        Some(Self {
            name: table.name.clone(),
            schema: Arc::clone(&open.schema),
            source: Source::Written { table, open },
            written: true,
        })
    }

    /// A view of these columns. `written`: clients made it.
    pub fn view(query: SavedQuery, schema: SchemaRef, written: bool) -> Self {
        Self {
            name: query.name.clone(),
            schema,
            source: Source::View(query),
            written,
        }
    }

    /// The rows as a table, unless this is a view.
    pub fn open(&self) -> Option<&OpenTable> {
        match &self.source {
            Source::File { open, .. } | Source::Written { open, .. } => Some(open),
            Source::View(_) | Source::System(_) => None,
        }
    }

    /// What clients cannot change here, as the end of a sentence.
    pub fn kind(&self) -> &'static str {
        match &self.source {
            Source::File { .. } => "it is a file that is served",
            Source::Written { .. } => "a client has written it",
            Source::View(_) => "it is a saved query",
            Source::System(_) => "it tells about the files that are served",
        }
    }

    /// Where it comes from, for messages.
    pub(super) fn source_name(&self) -> &str {
        match &self.source {
            Source::File { file, .. } => file.name(),
            Source::Written { table, .. } => &table.name.id,
            Source::View(query) => &query.file,
            Source::System(_) => &self.name.id,
        }
    }

    /// The number of rows, once it is known for certain.
    pub fn rows(&self) -> Option<u64> {
        self.open().and_then(|open| open.rows)
    }

    /// The size of the files in bytes, compressed as they are.
    pub fn size_bytes(&self) -> Option<u64> {
        match &self.source {
            Source::File { file, .. } => Some(file.meta.size),
            Source::Written { table, .. } => table.as_rows().map(|rows| rows.bytes),
            Source::View(_) | Source::System(_) => None,
        }
    }

    /// How the table is made, for people: `csv, comma, header`, or a view's description.
    pub fn description(&self) -> &str {
        match &self.source {
            Source::File { open, .. } | Source::Written { open, .. } => &open.description,
            Source::View(query) => query.description.as_deref().unwrap_or("view"),
            Source::System(_) => "about the files that are served",
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

    /// Whether both read the same version of the same file, whatever is known of it.
    pub fn is_same_file(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Source::File { file: mine, .. }, Source::File { file: theirs, .. }) => {
                mine.url == theirs.url && mine.meta == theirs.meta
            }
            _ => false,
        }
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
            Source::Written { table, .. } => table.generation.hash(&mut hasher),
            Source::View(query) => query.sql.hash(&mut hasher),
            // What it tells is of the moment.
            Source::System(_) => {}
        }
        hasher.finish()
    }
}
