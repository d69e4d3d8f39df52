//! One version of a written table or view, and the files that it is made of.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use datafusion::object_store::ObjectMeta;
use uuid::Uuid;

use super::manifest::{self, Content, Manifest};
use crate::discovery::DatasetName;
use crate::error::Result;
use crate::format::{FormatTable, ParquetTable};
use crate::store::{Hold, WritableRoot};

/// One version of a table or view that clients wrote. Its files are on the disk for as long as it is held, or a scan of it
/// runs, also when it has been dropped or replaced.
#[derive(Debug)]
pub struct WrittenTable {
    /// Its name.
    pub name: DatasetName,
    /// Differs for each version, and stays the same over a restart.
    pub generation: String,
    /// What there is.
    pub content: WrittenContent,
}

/// What a written table consists of.
#[derive(Debug)]
pub enum WrittenContent {
    /// Rows in files.
    Rows(WrittenRows),
    /// SQL text.
    View(String),
}

/// The rows of a written table.
#[derive(Debug)]
pub struct WrittenRows {
    /// The files as a table; it keeps them on the disk.
    pub table: Arc<dyn FormatTable>,
    pub(super) files: Vec<Arc<DataFile>>,
}

impl WrittenTable {
    /// A new version with these rows.
    pub(super) fn rows(root: &WritableRoot, name: DatasetName, schema: SchemaRef, files: Vec<Arc<DataFile>>) -> Self {
        let content = WrittenContent::Rows(WrittenRows::new(root, schema, files));
        Self::new(name, Uuid::new_v4().simple().to_string(), content)
    }

    /// A new version of a view.
    pub(super) fn view(name: DatasetName, sql: String) -> Self {
        Self::new(name, Uuid::new_v4().simple().to_string(), WrittenContent::View(sql))
    }

    pub(super) fn new(name: DatasetName, generation: String, content: WrittenContent) -> Self {
        Self {
            name,
            generation,
            content,
        }
    }

    /// The rows, unless this is a view.
    pub fn as_rows(&self) -> Option<&WrittenRows> {
        match &self.content {
            WrittenContent::Rows(rows) => Some(rows),
            WrittenContent::View(_) => None,
        }
    }

    pub(super) fn files(&self) -> &[Arc<DataFile>] {
        self.as_rows().map_or(&[], |rows| &rows.files)
    }

    pub(super) fn manifest(&self) -> Result<Manifest> {
        let content = match &self.content {
            WrittenContent::View(sql) => Content::View { sql: sql.clone() },
            WrittenContent::Rows(rows) => Content::Rows {
                columns: manifest::encode_columns(&rows.table.schema())?,
                files: rows.files.iter().map(|file| file.entry()).collect(),
            },
        };
        let DatasetName { schema, table, .. } = &self.name;
        Ok(Manifest::new(schema, table, &self.generation, content))
    }
}

impl WrittenRows {
    pub(super) fn new(root: &WritableRoot, schema: SchemaRef, files: Vec<Arc<DataFile>>) -> Self {
        let rows = files.iter().map(|file| file.rows).sum();
        let metas = files.iter().map(|file| file.meta.clone()).collect();
        let hold: Hold = Arc::new(files.clone());
        let table = Arc::new(ParquetTable::of_written(root.root(), metas, (schema, rows), hold));
        Self { table, files }
    }
}

/// A file of rows, whole and never changed.
#[derive(Debug)]
pub(super) struct DataFile {
    place: Place,
    pub(super) meta: ObjectMeta,
    pub(super) rows: u64,
}

impl DataFile {
    pub(super) fn new(place: Place, meta: ObjectMeta, rows: u64) -> Self {
        Self { place, meta, rows }
    }

    /// It belongs to a table now: see [`Place`].
    pub(super) fn keep(&self) {
        self.place.unwanted.store(false, Ordering::Release);
    }

    /// It belongs to no table any more.
    pub(super) fn retire(&self) {
        self.place.unwanted.store(true, Ordering::Release);
    }

    /// Its path below the folder of tables.
    pub(super) fn object(&self) -> &str {
        &self.place.object
    }

    pub(super) fn is_in(&self, folder: &str) -> bool {
        self.object().rsplit_once('/').is_some_and(|(place, _)| place == folder)
    }

    fn entry(&self) -> manifest::File {
        let name = self.object().rsplit('/').next().unwrap_or_default();
        manifest::File {
            name: name.into(),
            rows: self.rows,
            bytes: self.meta.size,
        }
    }
}

/// Where a data file is, or is being written. The file is removed with the last one who knows of it, unless a table owns
/// it by then.
#[derive(Debug)]
pub(super) struct Place {
    root: WritableRoot,
    pub(super) object: String,
    unwanted: AtomicBool,
}

impl Place {
    pub(super) fn new(root: WritableRoot, object: String) -> Self {
        Self {
            root,
            object,
            unwanted: AtomicBool::new(true),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if *self.unwanted.get_mut() {
            self.root.discard(&self.object);
        }
    }
}
