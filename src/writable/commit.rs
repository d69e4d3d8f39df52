//! One change of one table: what was there and what is to be → a new manifest, and files that nobody needs any more.

use std::collections::HashSet;
use std::sync::Arc;

use super::columns::check_same;
use super::folder::{MANIFEST, temporary_manifest};
use super::merge::merged;
use super::table::{DataFile, WrittenContent, WrittenTable};
use super::writer::PendingRows;
use super::{Area, check_name};
use crate::discovery::DatasetName;
use crate::error::{Error, ErrorKind, Result};
use crate::store::is_unanswered;

/// What is to happen to a table or view.
#[derive(Debug)]
pub enum Change {
    /// Rows are to be a table, or part of one.
    Write {
        /// The rows.
        data: PendingRows,
        /// What becomes of rows that are there.
        mode: Mode,
    },
    /// SQL text is to be a view.
    View {
        /// The view's name.
        name: DatasetName,
        /// One SELECT; the caller has made sure of that.
        sql: String,
        /// A view of that name may be there.
        replace: bool,
    },
    /// A table or view is to go.
    Drop {
        /// Its name.
        name: DatasetName,
        /// What the caller thinks that it is.
        kind: RelationKind,
    },
}

/// How rows become a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A new one: there must be none.
    Create,
    /// The only rows of it, whatever was there.
    Replace,
    /// More rows of one that is there and has the same columns.
    Append,
    /// More rows of it, or a new one.
    CreateOrAppend,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    /// Rows.
    Table,
    /// SQL text.
    View,
}

impl Change {
    /// The table or view that it changes.
    pub fn name(&self) -> &DatasetName {
        match self {
            Self::Write { data, .. } => &data.name,
            Self::View { name, .. } | Self::Drop { name, .. } => name,
        }
    }

    /// Whether it says that nothing of this name exists yet.
    pub fn is_creation(&self) -> bool {
        matches!(
            self,
            Self::Write { mode: Mode::Create, .. } | Self::View { replace: false, .. }
        )
    }
}

impl RelationKind {
    /// What a written table is.
    pub fn of(table: &WrittenTable) -> Self {
        match table.content {
            WrittenContent::Rows(_) => Self::Table,
            WrittenContent::View(_) => Self::View,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
        }
    }
}

impl Area {
    pub(super) fn commit(&self, change: Change) -> Result<Option<Arc<WrittenTable>>> {
        let _one = self.commits.lock();
        let before = self.tables.read().get(change.name()).map(Arc::clone);
        match change {
            Change::Write { data, mode } => self.write(data, mode, before).map(Some),
            Change::View { name, sql, replace } => self.view(name, sql, replace, before).map(Some),
            Change::Drop { name, kind } => self.remove(&name, kind, before).map(|()| None),
        }
    }

    fn write(&self, data: PendingRows, mode: Mode, before: Option<Arc<WrittenTable>>) -> Result<Arc<WrittenTable>> {
        if mode == Mode::Create && before.is_some() {
            return Err(Conflict::exists(&data.name));
        }
        expect(before.as_deref(), RelationKind::Table)?;
        let (folder, durable) = (self.folder_of(&data.name), self.temporary.is_none());
        if !data.files.iter().all(|file| file.is_in(&folder)) {
            return Err(Conflict::Elsewhere.into());
        }
        let files = match (
            mode,
            before.as_ref().and_then(|before| Some((before, before.as_rows()?))),
        ) {
            (Mode::Append, None) => return Err(Conflict::missing(&data.name, RelationKind::Table)),
            (Mode::Append | Mode::CreateOrAppend, Some((before, rows))) => {
                check_same(&rows.table.schema(), &data.schema)?;
                if data.files.is_empty() {
                    return Ok(Arc::clone(before));
                }
                let all = [rows.files.as_slice(), &data.files].concat();
                merged(&self.root, &folder, &data.schema, all, durable)
            }
            _ => data.files,
        };
        self.publish(WrittenTable::rows(&self.root, data.name, data.schema, files), before)
    }

    fn view(
        &self,
        name: DatasetName,
        sql: String,
        replace: bool,
        before: Option<Arc<WrittenTable>>,
    ) -> Result<Arc<WrittenTable>> {
        check_name(&name)?;
        if before.is_some() && !replace {
            return Err(Conflict::exists(&name));
        }
        expect(before.as_deref(), RelationKind::View)?;
        self.publish(WrittenTable::view(name, sql), before)
    }

    fn remove(&self, name: &DatasetName, kind: RelationKind, before: Option<Arc<WrittenTable>>) -> Result<()> {
        let before = before.ok_or_else(|| Conflict::missing(name, kind))?;
        expect(Some(&before), kind)?;
        if self.temporary.is_none() {
            let folder = self.folder_of(name);
            let manifest = format!("{folder}/{MANIFEST}");
            self.settled(&manifest, None, self.root.remove(&manifest))
                .map_err(|failure| failure.of(name))?;
            self.root.remove_empty(&folder);
        }
        self.tables.write().remove(name);
        before.files().iter().for_each(|file| file.retire());
        Ok(())
    }

    /// Makes `table` what its name stands for. The manifest's replacement decides.
    fn publish(&self, table: WrittenTable, before: Option<Arc<WrittenTable>>) -> Result<Arc<WrittenTable>> {
        if before.is_none() {
            self.check_free(&table.name)?;
        }
        let old = before.as_deref().map_or(&[][..], WrittenTable::files);
        let (added, gone) = (difference(table.files(), old), difference(old, table.files()));
        // Before the manifest names them: whatever happens from here on, they may be a table's.
        added.iter().for_each(|file| file.keep());
        if let Err(failure) = self.write_manifest(&table) {
            if let Failure::Undone(_) = failure {
                added.iter().for_each(|file| file.retire());
            }
            return Err(failure.of(&table.name));
        }
        let table = Arc::new(table);
        self.tables.write().insert(table.name.clone(), Arc::clone(&table));
        gone.iter().for_each(|file| file.retire());
        Ok(table)
    }

    fn write_manifest(&self, table: &WrittenTable) -> Result<(), Failure> {
        if self.temporary.is_some() {
            return Ok(());
        }
        let folder = self.folder_of(&table.name);
        let (manifest, temporary) = (
            format!("{folder}/{MANIFEST}"),
            format!("{folder}/{}", temporary_manifest()),
        );
        let bytes = table.manifest().and_then(|manifest| manifest.to_bytes());
        let bytes = bytes.map_err(Failure::Undone)?;
        self.settled(
            &manifest,
            Some(&bytes),
            self.root.replace(&manifest, &temporary, &bytes),
        )
    }

    /// What became of an object that was to be changed into `wanted`: when the answer is an error, or none came, it may
    /// have been changed all the same. No two manifests are equal.
    fn settled(&self, object: &str, wanted: Option<&[u8]>, change: Result<()>) -> Result<(), Failure> {
        let Err(error) = change else { return Ok(()) };
        match self.root.read(object) {
            Ok(found) if found.as_deref() == wanted => {
                tracing::warn!(%error, object, "a change was made, although the answer was an error");
                Ok(())
            }
            // What was answered is over.
            Ok(_) if !is_unanswered(&error) => Err(Failure::Undone(error)),
            _ => Err(Failure::Unknown(error)),
        }
    }

    /// A new table takes neither the folder of one that cannot be read, nor the id of another: `a/b` in `public` is
    /// `b` in `a` for plain Flight.
    fn check_free(&self, name: &DatasetName) -> Result<()> {
        let folder = self.folder_of(name);
        if self.damaged.contains(&folder) {
            return Err(Conflict::Damaged(name.id.clone()).into());
        }
        let tables = self.tables.read();
        let taken = tables
            .keys()
            .any(|other| other.id == name.id || self.temporary.is_none() && self.folder_of(other) == folder);
        if taken { Err(Conflict::exists(name)) } else { Ok(()) }
    }
}

/// Why a change was not made, as far as that is known.
enum Failure {
    /// All is as it was.
    Undone(Error),
    /// It may have been made, or may be yet: what it needs must stay. A start sweeps what it finds unneeded.
    Unknown(Error),
}

impl Failure {
    /// The error for whoever wanted to change this table.
    fn of(self, name: &DatasetName) -> Error {
        match self {
            Self::Undone(error) => error,
            Self::Unknown(error) => {
                let message = format!(
                    "it is not known whether '{}' was changed: {}; look before you repeat it",
                    name.id,
                    error.message()
                );
                Error::new(error.kind(), message).with_source(error)
            }
        }
    }
}

fn expect(before: Option<&WrittenTable>, wanted: RelationKind) -> Result<()> {
    match before {
        Some(before) if RelationKind::of(before) != wanted => Err(Conflict::Kind {
            id: before.name.id.clone(),
            is: RelationKind::of(before).noun(),
            wanted: wanted.noun(),
        }
        .into()),
        _ => Ok(()),
    }
}

/// What there is, or is not, against a change.
#[derive(Debug, thiserror::Error)]
enum Conflict {
    #[error("'{0}' exists already")]
    Exists(String),
    #[error("'{0}' exists already, and the server cannot read it")]
    Damaged(String),
    #[error("there is no {wanted} '{id}'")]
    Missing { id: String, wanted: &'static str },
    #[error("'{id}' is a {is}, not a {wanted}")]
    Kind {
        id: String,
        is: &'static str,
        wanted: &'static str,
    },
    #[error("rows that were written elsewhere cannot be a table here")]
    Elsewhere,
}

impl Conflict {
    fn exists(name: &DatasetName) -> Error {
        Self::Exists(name.id.clone()).into()
    }

    fn missing(name: &DatasetName, kind: RelationKind) -> Error {
        let (id, wanted) = (name.id.clone(), kind.noun());
        Self::Missing { id, wanted }.into()
    }
}

impl From<Conflict> for Error {
    fn from(conflict: Conflict) -> Self {
        let kind = match &conflict {
            Conflict::Exists(_) | Conflict::Damaged(_) => ErrorKind::Exists,
            Conflict::Missing { .. } => ErrorKind::NotFound,
            Conflict::Kind { .. } => ErrorKind::Invalid,
            Conflict::Elsewhere => ErrorKind::Internal,
        };
        Self::new(kind, conflict.to_string())
    }
}

/// The files of `one` that are not in `other`.
fn difference(one: &[Arc<DataFile>], other: &[Arc<DataFile>]) -> Vec<Arc<DataFile>> {
    let known: HashSet<_> = other.iter().map(|file| file.object()).collect();
    let new = one.iter().filter(|file| !known.contains(file.object()));
    new.map(Arc::clone).collect()
}
