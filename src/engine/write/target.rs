//! The table that a statement or an upload writes to, and whether it may.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::widening::widens;
use crate::catalog::{CATALOG, Snapshot, Source, Table};
use crate::discovery::DatasetName;
use crate::engine::{Engine, overlaid};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::writable::{RelationKind, by_name, check_columns};

/// What an upload does to its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IngestMode {
    /// Makes it: there must be none.
    Create,
    /// Adds rows to it: there must be one.
    Append,
    /// Makes it anew, whatever was there.
    Replace,
    /// Makes it anew: there must be one.
    ReplaceExisting,
    /// Makes it or adds rows to it.
    CreateOrAppend,
}

/// A table that is to be written, made or dropped.
#[derive(Debug)]
pub(in crate::engine) struct Target {
    /// Its name, as what exists spells it.
    pub(in crate::engine) name: DatasetName,
    /// What exists under that name.
    pub(in crate::engine) existing: Option<Arc<Table>>,
    /// It is, or will be, one of the session's own.
    pub(in crate::engine) temporary: bool,
    /// Whose, then.
    pub(in crate::engine) session: Option<Arc<Session>>,
}

impl Target {
    /// The table of a name in one, two or three parts. One that is to be temporary is looked for in the session alone.
    pub(in crate::engine) fn of(
        engine: &Engine,
        session: Option<Arc<Session>>,
        schema: &str,
        parts: &[&str],
        temporary: bool,
    ) -> Result<Self> {
        let (schema, table) = match parts {
            [table] => (schema, *table),
            [schema, table] => (*schema, *table),
            [catalog, schema, table] if catalog.eq_ignore_ascii_case(CATALOG) => (*schema, *table),
            [catalog, ..] => {
                return Err(Obstacle::Catalog((*catalog).to_owned()).into());
            }
            [] => return Err(Obstacle::Unnamed.into()),
        };
        check_name(schema, table)?;
        if temporary && session.is_none() {
            return Err(no_session());
        }
        let snapshot = overlaid(engine.snapshot(), session.as_deref());
        let existing = find(&snapshot, schema, table)?;
        let of_session = |table: &Arc<Table>| {
            let found = session
                .as_ref()
                .and_then(|session| session.temporary_table(&table.name.id));
            found.is_some_and(|found| Arc::ptr_eq(&found, table))
        };
        let existing = existing.filter(|table| !temporary || of_session(table));
        let name = match &existing {
            Some(table) => table.name.clone(),
            None => DatasetName::in_schema(&spelled(&snapshot, schema), table),
        };
        Ok(Self {
            temporary: temporary || existing.as_ref().is_some_and(of_session),
            name,
            existing,
            session,
        })
    }

    /// Whether CREATE may go on; a count when there is nothing to do.
    pub(in crate::engine) fn check_create(
        &self,
        if_not_exists: bool,
        or_replace: bool,
        kind: RelationKind,
    ) -> Result<Option<u64>> {
        let Some(existing) = &self.existing else {
            return Ok(None);
        };
        if if_not_exists {
            return Ok(Some(0));
        }
        match or_replace {
            false => Err(self.exists()),
            true => written(existing, kind).map(|()| None),
        }
    }

    /// Whether rows may be added.
    pub(in crate::engine) fn check_append(&self) -> Result<()> {
        match &self.existing {
            Some(existing) => written(existing, RelationKind::Table),
            None => Err(self.missing("table")),
        }
    }

    /// Whether it may be dropped.
    pub(in crate::engine) fn check_drop(&self, kind: RelationKind) -> Result<()> {
        match &self.existing {
            Some(existing) => written(existing, kind),
            None => Err(self.missing(match kind {
                RelationKind::Table => "table",
                RelationKind::View => "view",
            })),
        }
    }

    /// Whether an upload may go on.
    pub(in crate::engine) fn check_ingest(&self, mode: IngestMode) -> Result<()> {
        match (&self.existing, mode) {
            (Some(_), IngestMode::Create) => Err(self.exists()),
            (None, IngestMode::Append | IngestMode::ReplaceExisting) => Err(self.missing("table")),
            (Some(existing), _) => written(existing, RelationKind::Table),
            (None, _) => Ok(()),
        }
    }

    /// The columns of the table that exists.
    pub(in crate::engine) fn existing_columns(&self) -> Result<SchemaRef> {
        let existing = self.existing.as_ref().ok_or_else(|| self.missing("table"))?;
        Ok(Arc::clone(&existing.schema))
    }

    /// The columns that uploaded rows are written in: the table's own when rows are added to it.
    pub(in crate::engine) fn ingest_columns(&self, uploaded: &SchemaRef, mode: IngestMode) -> Result<SchemaRef> {
        match (&self.existing, mode) {
            (Some(existing), IngestMode::Append | IngestMode::CreateOrAppend) => {
                // Every value of what is sent must have its like in the table.
                check_columns(&existing.schema, uploaded, |have, given| widens(given, have))?;
                Ok(Arc::clone(&existing.schema))
            }
            _ => Ok(Arc::clone(uploaded)),
        }
    }

    /// Where in what is sent each column of the table is, if it has the same ones in another order.
    pub(in crate::engine) fn ingest_order(&self, uploaded: &SchemaRef, mode: IngestMode) -> Option<Vec<usize>> {
        match (&self.existing, mode) {
            (Some(existing), IngestMode::Append | IngestMode::CreateOrAppend) => by_name(&existing.schema, uploaded),
            _ => None,
        }
    }

    fn exists(&self) -> Error {
        Obstacle::Exists(self.name.id.clone()).into()
    }

    fn missing(&self, what: &'static str) -> Error {
        let id = self.name.id.clone();
        Obstacle::Missing { what, id }.into()
    }
}

/// A name of more bytes is nobody's wish.
const MAX_NAME_BYTES: usize = 255;

/// A name is part of an id, which is a path: it must not be one that leads elsewhere.
fn check_name(schema: &str, table: &str) -> Result<()> {
    if table.is_empty() || table.contains('/') {
        return Err(Obstacle::Slashed.into());
    }
    let mut parts = schema.split('/').chain([table]);
    let is_wrong = |part: &str| part.is_empty() || part == "." || part == ".." || part.chars().any(char::is_control);
    if parts.any(is_wrong) || schema.len() + table.len() > MAX_NAME_BYTES {
        return Err(Obstacle::Misnamed.into());
    }
    Ok(())
}

/// The table of this name: the exact one, else the only one that differs in case alone.
fn find(snapshot: &Snapshot, schema: &str, table: &str) -> Result<Option<Arc<Table>>> {
    let schema = spelled(snapshot, schema);
    if let Some(found) = snapshot.find(&schema, table) {
        return Ok(Some(Arc::clone(found)));
    }
    let names: Vec<_> = snapshot
        .table_names(&schema)
        .filter(|name| name.to_lowercase() == table.to_lowercase())
        .collect();
    match names.as_slice() {
        [] => Ok(None),
        [one] => Ok(snapshot.find(&schema, one).map(Arc::clone)),
        several => Err(Obstacle::Ambiguous {
            typed: table.to_owned(),
            names: several.iter().map(|name| (*name).to_owned()).collect(),
        }
        .into()),
    }
}

/// The schema as it is spelled, if one exists that differs in case at most.
fn spelled(snapshot: &Snapshot, schema: &str) -> String {
    let schemas = snapshot.schemas();
    if schemas.contains(schema) {
        return schema.to_owned();
    }
    let same = schemas.iter().find(|name| name.to_lowercase() == schema.to_lowercase());
    same.map_or_else(|| schema.to_owned(), |name| (*name).to_owned())
}

/// Whether clients made this, and it is what the statement takes it for.
fn written(table: &Table, wanted: RelationKind) -> Result<()> {
    let id = table.name.id.clone();
    if !table.written {
        let kind = table.kind();
        return Err(Obstacle::Unwritten { id, kind }.into());
    }
    match (&table.source, wanted) {
        (Source::View(_), RelationKind::Table) => Err(Obstacle::View(id).into()),
        (Source::Files(_), RelationKind::View) => Err(Obstacle::Table(id).into()),
        _ => Ok(()),
    }
}

/// What to say to a client whose session would not be found again.
pub(in crate::engine) fn no_session() -> Error {
    Obstacle::Sessionless.into()
}

/// What keeps a table from being written, made or dropped.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    #[error("there is no catalog '{0}': the only one is '{only}'", only = CATALOG)]
    Catalog(String),
    #[error("a table needs a name")]
    Unnamed,
    #[error("a table needs a name, without '/'")]
    Slashed,
    #[error(
        "this cannot be the name of a table and its schema: no part may be empty, '.' or '..' or have control characters, and both have at most {most} bytes",
        most = MAX_NAME_BYTES
    )]
    Misnamed,
    /// Several names differ in case alone, and none is the one that was typed.
    #[error("'{typed}' could be any of: {}", .names.join(", "))]
    Ambiguous { typed: String, names: Vec<String> },
    #[error("'{0}' exists already")]
    Exists(String),
    #[error("there is no {what} '{id}'")]
    Missing { what: &'static str, id: String },
    /// No client made it.
    #[error("'{id}' cannot be changed: {kind}")]
    Unwritten { id: String, kind: &'static str },
    #[error("'{0}' is a view, not a table")]
    View(String),
    #[error("'{0}' is a table, not a view")]
    Table(String),
    #[error("there is no session to keep this in: connect with a user and a password, or let the client keep cookies")]
    Sessionless,
}

impl From<Obstacle> for Error {
    fn from(obstacle: Obstacle) -> Self {
        let kind = match &obstacle {
            Obstacle::Unnamed
            | Obstacle::Slashed
            | Obstacle::Misnamed
            | Obstacle::Ambiguous { .. }
            | Obstacle::View(_)
            | Obstacle::Table(_)
            | Obstacle::Sessionless => ErrorKind::Invalid,
            Obstacle::Catalog(_) | Obstacle::Missing { .. } => ErrorKind::NotFound,
            Obstacle::Exists(_) => ErrorKind::Exists,
            Obstacle::Unwritten { .. } => ErrorKind::Denied,
        };
        Self::new(kind, obstacle.to_string())
    }
}
