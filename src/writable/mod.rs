//! Tables that clients write: batches → Parquet files → a manifest that names them.
//!
//! A table is a folder: data files that never change, and a manifest that is replaced at once. The replacement is the
//! commit: before it the new files belong to nobody, after it the old ones do. So a process that is killed leaves each
//! table as it was before a statement or after it, and [`WritableTables::open`] sweeps what nobody owns. Whoever reads
//! holds the version that it reads, and with it the files.

mod columns;
mod commit;
mod folder;
mod manifest;
mod merge;
mod open;
mod table;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::Schema;
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

pub use columns::{by_name, check_columns, stored_schema};
pub use commit::{Change, Mode, RelationKind};
pub use table::{WrittenContent, WrittenRows, WrittenTable};
pub use writer::{PendingRows, TableWriter};

use crate::discovery::DatasetName;
use crate::discovery::naming::INFORMATION_SCHEMA;
use crate::error::{Error, Result};
use crate::store::{Lock, Root, WritableRoot};

/// The tables below one folder or prefix, which this process alone writes. Clones are the same.
#[derive(Debug, Clone)]
pub struct WritableTables(Arc<Area>);

/// What is behind [`WritableTables`]: tables that are to stay, or the temporary ones of one owner.
#[derive(Debug)]
struct Area {
    root: WritableRoot,
    /// The folder of all these tables' files, if they are temporary.
    temporary: Option<String>,
    /// One commit at a time.
    commits: Mutex<()>,
    tables: RwLock<BTreeMap<DatasetName, Arc<WrittenTable>>>,
    /// Folders that hold something which could not be read: nothing may be written over it.
    damaged: BTreeSet<String>,
    warnings: Vec<String>,
    lock: Arc<Lock>,
}

impl WritableTables {
    /// The tables as they are now, views included, by name.
    pub fn tables(&self) -> Vec<Arc<WrittenTable>> {
        self.0.tables.read().values().map(Arc::clone).collect()
    }

    /// The table or view of this name.
    pub fn get(&self, name: &DatasetName) -> Option<Arc<WrittenTable>> {
        self.0.tables.read().get(name).map(Arc::clone)
    }

    /// What could not be read when the folder was opened, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// What plans read these tables from.
    pub fn root(&self) -> &Root {
        self.0.root.root()
    }

    /// Begins to write rows of `schema`'s columns for a table, which need not exist yet.
    ///
    /// # Errors
    /// `Invalid` for a name or columns that no table can have.
    pub fn writer(&self, name: &DatasetName, schema: &Schema) -> Result<TableWriter> {
        check_name(name)?;
        let schema = stored_schema(schema)?;
        let area = &self.0;
        let (root, durable) = (area.root.clone(), area.temporary.is_none());
        let files = writer::Files::new(root, area.folder_of(name), Arc::clone(&schema), durable);
        Ok(TableWriter::new(name.clone(), schema, files))
    }

    /// Applies a change, at once and for good, and gives the table as it is then: none once it was dropped. Commits happen
    /// one after the other. Once one has begun it goes on to its end, also when the returned future is dropped.
    ///
    /// # Errors
    /// `Exists`, `NotFound`, and `Invalid` when the change does not fit the table that is there.
    pub async fn commit(&self, change: Change) -> Result<Option<Arc<WrittenTable>>> {
        let area = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || area.commit(change))
            .await
            .map_err(|error| Error::internal("a commit ended early").with_source(error))?
    }

    /// Tables of the same kind that live as long as what is returned and its clones, and are gone after a restart.
    pub fn temporary(&self) -> Self {
        Self(Arc::new(Area {
            root: self.0.root.clone(),
            temporary: Some(format!("{}/{}", folder::TEMPORARY, Uuid::new_v4().simple())),
            commits: Mutex::default(),
            tables: RwLock::default(),
            damaged: BTreeSet::new(),
            warnings: Vec::new(),
            lock: Arc::clone(&self.0.lock),
        }))
    }
}

impl Area {
    fn folder_of(&self, name: &DatasetName) -> String {
        match &self.temporary {
            Some(folder) => folder.clone(),
            None => folder::folder_of(name),
        }
    }
}

impl Drop for Area {
    fn drop(&mut self) {
        let Some(folder) = &self.temporary else { return };
        let tables = std::mem::take(self.tables.get_mut());
        tables
            .values()
            .flat_map(|table| table.files())
            .for_each(|file| file.retire());
        drop(tables);
        self.root.remove_empty(folder);
    }
}

/// The engine makes up a schema of its own, and plain Flight has no way to ask for nothing.
fn check_name(name: &DatasetName) -> Result<()> {
    if name.schema.is_empty() || name.table.is_empty() {
        return Err(Error::invalid("a table and its schema need a name"));
    }
    match name.schema.eq_ignore_ascii_case(INFORMATION_SCHEMA) {
        true => Err(Error::invalid(
            "nothing can be created in the schema 'information_schema'",
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
#[cfg(feature = "s3")]
mod faults;
#[cfg(test)]
mod tests;
