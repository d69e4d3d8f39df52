//! A table of a snapshot: files, which are served or which clients wrote, or a view.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use super::System;
use crate::discovery::{DatasetName, SavedQuery};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::format::{FormatTable, SourceFile};
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
pub enum Source {
    /// One version of files; those that clients wrote are kept for as long as this is.
    Files(Arc<dyn FormatTable>),
    /// SQL text, planned for each query against the snapshot that the query sees.
    View(SavedQuery),
    /// Rows about the tables of the snapshot.
    System(System),
}

impl Table {
    /// The table of files that are served.
    pub fn served(name: DatasetName, files: Arc<dyn FormatTable>) -> Self {
        let versions = files.files().iter().fold(named(&name).text("file"), |parts, file| {
            let changed = file.meta.last_modified.timestamp_micros();
            parts.number(file.meta.size).number(changed.cast_unsigned())
        });
        let fingerprint = versions.number(files.reading());
        Self::new(name, Source::Files(files), fingerprint, false)
    }

    /// Rows that clients wrote; none for a view, whose columns its rows do not say.
    pub fn written(table: &WrittenTable) -> Option<Self> {
        let files = Arc::clone(&table.as_rows()?.table);
        let fingerprint = named(&table.name).text("written").text(&table.generation);
        Some(Self::new(table.name.clone(), Source::Files(files), fingerprint, true))
    }

    /// A view of these columns. `written`: clients made it.
    pub fn view(query: SavedQuery, schema: SchemaRef, written: bool) -> Self {
        let fingerprint = named(&query.name).text("view").text(&query.sql);
        Self {
            schema,
            ..Self::new(query.name.clone(), Source::View(query), fingerprint, written)
        }
    }

    /// Rows about tables. What they tell is of the moment, so every such table of a name has one fingerprint.
    pub(super) fn system(name: DatasetName, system: System) -> Self {
        let fingerprint = named(&name).text("system");
        Self::new(name, Source::System(system), fingerprint, false)
    }

    fn new(name: DatasetName, source: Source, fingerprint: Fingerprint, written: bool) -> Self {
        let schema = match &source {
            Source::Files(files) => files.schema(),
            Source::View(_) => Arc::new(Schema::empty()),
            Source::System(system) => system.schema(),
        };
        Self {
            fingerprint: fingerprint.finish(),
            name,
            source,
            schema,
            written,
            unreadable: None,
        }
    }

    /// The same table, of which it is known that its files cannot be read whole.
    pub(super) fn unreadable_for(&self, error: Error) -> Self {
        Self {
            unreadable: Some(Arc::new(error)),
            ..self.clone()
        }
    }

    /// The files as a table, unless it is made of something else.
    pub fn as_files(&self) -> Option<&Arc<dyn FormatTable>> {
        match &self.source {
            Source::Files(files) => Some(files),
            Source::View(_) | Source::System(_) => None,
        }
    }

    /// The files that are served; none of what clients wrote.
    pub(super) fn served_files(&self) -> &[SourceFile] {
        match self.as_files() {
            Some(files) if !self.written => files.files(),
            _ => &[],
        }
    }

    /// What clients cannot change here, as the end of a sentence.
    pub fn kind(&self) -> &'static str {
        match &self.source {
            Source::Files(_) if self.written => "a client has written it",
            Source::Files(_) => "it is a file that is served",
            Source::View(_) => "it is a saved query",
            Source::System(_) => "it tells about the files that are served",
        }
    }

    /// Where it comes from, for messages.
    pub fn source_name(&self) -> &str {
        match &self.source {
            Source::View(query) => &query.file,
            Source::Files(_) | Source::System(_) => match self.served_files() {
                [first, ..] => first.name(),
                [] => &self.name.id,
            },
        }
    }

    /// The number of rows, once it is known for certain.
    pub fn rows(&self) -> Option<u64> {
        self.as_files().and_then(|files| files.rows())
    }

    /// The size of the files in bytes, compressed as they are.
    pub fn size_bytes(&self) -> Option<u64> {
        let files = self.as_files()?.files();
        Some(files.iter().map(|file| file.meta.size).sum())
    }

    /// How the table is made, for people: `csv, comma, header`, or a view's description.
    pub fn description(&self) -> &str {
        match &self.source {
            Source::Files(files) => files.description(),
            Source::View(query) => query.description.as_deref().unwrap_or("view"),
            Source::System(_) => "about the files that are served",
        }
    }

    /// What a person should know about this table.
    pub fn warnings(&self) -> Vec<String> {
        let known = self.as_files().map_or(&[][..], |files| files.warnings());
        let unreadable = self.unreadable.iter();
        let unreadable = unreadable.map(|error| format!("it cannot be read whole: {error}"));
        known.iter().cloned().chain(unreadable).collect()
    }

    /// True when the schema is known to fit every row.
    pub fn is_checked(&self) -> bool {
        self.as_files().is_none_or(|files| files.is_checked())
    }

    /// Why the files could not be read whole, once that was tried in vain. The same version of them is not tried again unless
    /// something else than its content was the reason.
    pub fn unreadable(&self) -> Option<&Error> {
        self.unreadable.as_deref()
    }

    /// Whether both read the same versions of the same files, whatever is known of them.
    pub fn is_same_file(&self, other: &Self) -> bool {
        are_same(self.served_files(), other.served_files())
    }

    /// A number that changes when the table's data or the way to read them changes. The same files give the same
    /// number on every server: it is made of size and time of change, not of an inode.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// Whether there are files, and both are the same versions of the same.
pub(super) fn are_same(ones: &[SourceFile], others: &[SourceFile]) -> bool {
    let mut pairs = ones.iter().zip(others);
    !ones.is_empty() && ones.len() == others.len() && pairs.all(|(one, other)| one.is_same_version(other))
}

fn named(name: &DatasetName) -> Fingerprint {
    Fingerprint::default().text(&name.id)
}

#[cfg(test)]
mod tests {
    use datafusion::execution::object_store::ObjectStoreUrl;
    use datafusion::object_store::ObjectMeta;
    use datafusion::object_store::memory::InMemory;
    use datafusion::object_store::path::Path;
    use datafusion::object_store::{ObjectStore, ObjectStoreExt};

    use super::*;
    use crate::format::{CsvFormat, TableFormat};
    use crate::store::Compression;

    /// The table of a file with this text, last changed a second after 1970.
    async fn table(id: &str, text: &str, changed: i64) -> Table {
        let store = Arc::new(InMemory::new());
        let location = Path::from(format!("{id}.csv"));
        store.put(&location, text.to_owned().into()).await.unwrap();
        let listed = store.head(&location).await.unwrap();
        let file = SourceFile {
            store: Arc::clone(&store) as Arc<dyn ObjectStore>,
            url: ObjectStoreUrl::local_filesystem(),
            meta: ObjectMeta {
                last_modified: chrono::DateTime::from_timestamp(changed, 0).unwrap(),
                ..listed
            },
            compression: Compression::None,
        };
        let sampled = CsvFormat::default().open(&[file]).await.unwrap();
        let checked = sampled.check().await.unwrap();
        Table::served(DatasetName::in_schema("public", id), checked)
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
