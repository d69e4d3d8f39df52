//! A table of a snapshot: a file, rows that clients wrote, or a view.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::System;
use crate::discovery::{DatasetName, Discovered, SavedQuery};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
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
    fingerprint: u64,
    /// Why the file could not be read whole, once that was tried in vain.
    unreadable: Option<Arc<Error>>,
}

/// What a table is made of.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are files, and each is behind an Arc with its table"
)]
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
        let schema = Arc::clone(&open.schema);
        let source = Source::File {
            file: found.file,
            format: found.format,
            open,
        };
        Self::new(found.name, source, schema, false)
    }

    pub(super) fn new(name: DatasetName, source: Source, schema: SchemaRef, written: bool) -> Self {
        Self {
            fingerprint: fingerprint(&name, &source),
            name,
            source,
            schema,
            written,
            unreadable: None,
        }
    }

    /// The same table, of which it is known that its file cannot be read whole.
    pub(super) fn unreadable_for(&self, error: Error) -> Self {
        let mut table = self.clone();
        if let Source::File { open, .. } = &mut table.source {
            open.warnings = match &self.unreadable {
                // Of the same sentence twice, one is enough.
                Some(_) => open.warnings.clone(),
                None => [&open.warnings[..], &[format!("it cannot be read whole: {error}")]].concat(),
            };
        }
        table.unreadable = Some(Arc::new(error));
        table
    }

    /// Rows that clients wrote; none for a view, whose columns its rows do not say.
    pub fn written(table: Arc<WrittenTable>) -> Option<Self> {
        let open = table.as_rows()?.open.clone();
        let (name, schema) = (table.name.clone(), Arc::clone(&open.schema));
        Some(Self::new(name, Source::Written { table, open }, schema, true))
    }

    /// A view of these columns. `written`: clients made it.
    pub fn view(query: SavedQuery, schema: SchemaRef, written: bool) -> Self {
        Self::new(query.name.clone(), Source::View(query), schema, written)
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

    /// Why the file could not be read whole, once that was tried in vain. The same version of it is not tried again unless
    /// something else than its content was the reason.
    pub fn unreadable(&self) -> Option<&Error> {
        self.unreadable.as_deref()
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
        self.fingerprint
    }
}

fn fingerprint(name: &DatasetName, source: &Source) -> u64 {
    let parts = Fingerprint::default().text(&name.id);
    let parts = match source {
        Source::File { file, open, .. } => {
            let changed = file.meta.last_modified.timestamp_micros();
            let parts = parts.text("file").number(file.meta.size);
            parts.number(changed.cast_unsigned()).number(open.reading)
        }
        Source::Written { table, .. } => parts.text("written").text(&table.generation),
        Source::View(query) => parts.text("view").text(&query.sql),
        // What it tells is of the moment.
        Source::System(_) => parts.text("system"),
    };
    parts.finish()
}

#[cfg(test)]
mod tests {
    use datafusion::execution::object_store::ObjectStoreUrl;
    use datafusion::object_store::ObjectMeta;
    use datafusion::object_store::memory::InMemory;
    use datafusion::object_store::path::Path;
    use datafusion::object_store::{ObjectStore, ObjectStoreExt};

    use super::*;
    use crate::format::CsvFormat;
    use crate::store::Compression;

    /// The table of a file with this text, last changed a second after 1970.
    async fn table(id: &str, text: &str, changed: i64) -> Table {
        let store = Arc::new(InMemory::new());
        let location = Path::from(format!("{id}.csv"));
        store.put(&location, text.to_owned().into()).await.unwrap();
        let listed = store.head(&location).await.unwrap();
        let mut file = SourceFile {
            store: Arc::clone(&store) as Arc<dyn ObjectStore>,
            url: ObjectStoreUrl::local_filesystem(),
            meta: listed,
            compression: Compression::None,
        };
        let format = Arc::new(CsvFormat::default());
        let open = format.open(&file).await.unwrap();
        let open = format.check(&file, &open).await.unwrap();
        file.meta = ObjectMeta {
            last_modified: chrono::DateTime::from_timestamp(changed, 0).unwrap(),
            ..file.meta
        };
        let name = DatasetName::in_schema("public", id);
        Table::file(Discovered { name, file, format }, open)
    }

    /// This number is in tickets that other servers made, perhaps of another version.
    #[tokio::test]
    async fn the_same_file_has_the_same_fingerprint_everywhere() {
        let known = table("t", "day;cost\n31/01/2024;1,5\n01/02/2024;2,25\n", 1).await;
        assert_eq!(known.fingerprint(), 0x0887_1a91_a0c6_d34d);
    }

    #[tokio::test]
    async fn what_decides_a_value_decides_the_fingerprint() {
        let text = "day,n\n31/01/2024,1\n01/02/2024,2\n";
        let known = table("t", text, 1).await.fingerprint();
        assert_eq!(table("t", text, 1).await.fingerprint(), known);
        assert_eq!(
            table("t", &text.replace(",1\n", ",7\n"), 1).await.fingerprint(),
            known,
            "a time tells of that"
        );
        let others = [
            table("u", text, 1).await,
            table("t", text, 2).await,
            table("t", &format!("{text}\n"), 1).await,
            // Of the same length and the same types. Only how they are written is another.
            table("t", &text.replace("31/01", "01/31").replace("01/02", "02/01"), 1).await,
        ];
        for other in others {
            assert_ne!(other.fingerprint(), known);
        }
        let schema = Arc::new(arrow::datatypes::Schema::empty());
        let query = |sql: &str| SavedQuery {
            name: DatasetName::in_schema("public", "q"),
            file: "q.sql".into(),
            description: None,
            sql: sql.into(),
        };
        let view = |sql: &str| Table::view(query(sql), Arc::clone(&schema), false).fingerprint();
        assert_eq!(view("SELECT 1"), view("SELECT 1"));
        assert_ne!(view("SELECT 1"), view("SELECT 2"));
    }
}
