//! What lies in the folder at the start → tables. What a killed process left is swept; what cannot be read is kept.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::folder::{MANIFEST, TEMPORARY, folder_of, is_ours};
use super::manifest::{Content, File, Illegible, Manifest, decode_columns};
use super::table::{DataFile, Place, WrittenContent, WrittenRows, WrittenTable};
use super::{Area, WritableTables};
use crate::config::WritablePlace;
use crate::discovery::DatasetName;
use crate::error::{Error, Result};
use crate::store::WritableRoot;

impl WritableTables {
    /// The tables in `place`, which is this process' alone from now on; a folder is made if it is missing. A table that
    /// cannot be read is left out with a warning, and left alone.
    ///
    /// # Errors
    /// `Unavailable` when the place cannot be made, read or written, or another server has it.
    pub fn open(place: &WritablePlace) -> Result<Self> {
        Self::at(WritableRoot::open(0, place)?)
    }

    pub(super) fn at(root: WritableRoot) -> Result<Self> {
        let lock = Arc::new(root.lock()?);
        root.remove_all(TEMPORARY)?;
        let (mut tables, mut damaged, mut warnings) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        for folder in root.folders("")? {
            if folder.starts_with('.') {
                continue;
            }
            match read(&root, &folder) {
                Ok(table) => {
                    let table = table.map(|table| (table.name.clone(), Arc::new(table)));
                    sweep(&root, &folder, table.as_ref().map(|(_, table)| table.as_ref()))?;
                    tables.extend(table);
                }
                Err(why) => {
                    warnings.push(format!("the written table in '{folder}' is skipped: {why}"));
                    damaged.insert(folder);
                }
            }
        }
        Ok(Self(Arc::new(Area {
            root,
            temporary: None,
            commits: Mutex::default(),
            tables: RwLock::new(tables),
            damaged,
            warnings,
            lock,
        })))
    }
}

/// The table in a folder, if there is one.
fn read(root: &WritableRoot, folder: &str) -> Result<Option<WrittenTable>, Skipped> {
    let Some(text) = root.read(&format!("{folder}/{MANIFEST}"))? else {
        return Ok(None);
    };
    let manifest = Manifest::parse(&text).map_err(Skipped::Manifest)?;
    let name = DatasetName::in_schema(&manifest.schema, &manifest.table);
    if folder_of(&name) != folder {
        return Err(Skipped::Other(name.id));
    }
    let content = match manifest.content {
        Content::View { sql } => WrittenContent::View(sql),
        Content::Rows { columns, files } => {
            let schema = decode_columns(&columns).map_err(Skipped::Columns)?;
            let files = files.iter().map(|file| data_file(root, folder, file));
            WrittenContent::Rows(WrittenRows::new(root, schema, files.collect::<Result<_, _>>()?))
        }
    };
    Ok(Some(WrittenTable::new(name, manifest.generation, content)))
}

fn data_file(root: &WritableRoot, folder: &str, file: &File) -> Result<Arc<DataFile>, Skipped> {
    let object = format!("{folder}/{}", file.name);
    match root.meta(&object)? {
        Some(meta) if meta.size == file.bytes => {
            let file = DataFile::new(Place::new(root.clone(), object), meta, file.rows);
            file.keep();
            Ok(Arc::new(file))
        }
        Some(_) => Err(Skipped::Size(file.name.clone())),
        None => Err(Skipped::File(file.name.clone())),
    }
}

/// Removes what a process that was killed left in a folder: files of ours that the table does not name, or all of them.
fn sweep(root: &WritableRoot, folder: &str, table: Option<&WrittenTable>) -> Result<()> {
    let wanted: HashSet<_> = table
        .into_iter()
        .flat_map(WrittenTable::files)
        .map(|file| file.object())
        .collect();
    for name in root.objects(folder)? {
        let object = format!("{folder}/{name}");
        if is_ours(&name) && !wanted.contains(object.as_str()) {
            root.remove(&object)?;
        }
    }
    if table.is_none() {
        root.remove_empty(folder);
    }
    Ok(())
}

/// Why what lies in a folder is left out, for a warning.
#[derive(Debug, thiserror::Error)]
enum Skipped {
    #[error(transparent)]
    Place(#[from] Error),
    #[error("its manifest cannot be read: {0}")]
    Manifest(Illegible),
    /// It is that of the table of this id, which belongs in another folder.
    #[error("its manifest is that of '{0}'")]
    Other(String),
    #[error("its columns cannot be read: {0}")]
    Columns(Illegible),
    #[error("its file '{0}' has another size than it should")]
    Size(String),
    #[error("its file '{0}' is missing")]
    File(String),
}
