//! Flight SQL's lists: catalogs, schemas, tables, keys, types, and what the server is.

mod ingest;
mod keys;
mod metadata;
mod prepared;
mod sql_info;
mod type_info;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::sql::{
    Any, Command, CommandGetCatalogs, CommandGetDbSchemas, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables,
    CommandGetXdbcTypeInfo, ProstMessageExt,
};

use keys::Keys;

use crate::catalog::Snapshot;
use crate::error::{Error, Result};
use crate::session::Types;

/// A command whose answer is a list that Flight SQL defines.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Metadata {
    Catalogs(CommandGetCatalogs),
    Schemas(CommandGetDbSchemas),
    Tables(CommandGetTables),
    TableTypes(CommandGetTableTypes),
    SqlInfo(CommandGetSqlInfo),
    TypeInfo(CommandGetXdbcTypeInfo),
    Keys(Keys),
}

/// A list, of which each batch is made when it is asked for.
pub(super) struct List {
    /// Its columns.
    pub(super) schema: SchemaRef,
    /// Its rows.
    pub(super) batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
}

impl List {
    /// One that is there.
    pub(super) fn of(batch: RecordBatch) -> Self {
        Self {
            schema: batch.schema(),
            batches: Box::new(std::iter::once(Ok(batch))),
        }
    }
}

impl Metadata {
    /// The list that `command` asks for, if it asks for one.
    pub(super) fn of(command: Command) -> Option<Self> {
        match command {
            Command::CommandGetCatalogs(command) => Some(Self::Catalogs(command)),
            Command::CommandGetDbSchemas(command) => Some(Self::Schemas(command)),
            Command::CommandGetTables(command) => Some(Self::Tables(command)),
            Command::CommandGetTableTypes(command) => Some(Self::TableTypes(command)),
            Command::CommandGetSqlInfo(command) => Some(Self::SqlInfo(command)),
            Command::CommandGetXdbcTypeInfo(command) => Some(Self::TypeInfo(command)),
            other => Keys::of(other).map(Self::Keys),
        }
    }

    /// The command again, for a ticket.
    pub(super) fn to_any(&self) -> Any {
        match self {
            Self::Catalogs(command) => command.as_any(),
            Self::Schemas(command) => command.as_any(),
            Self::Tables(command) => command.as_any(),
            Self::TableTypes(command) => command.as_any(),
            Self::SqlInfo(command) => command.as_any(),
            Self::TypeInfo(command) => command.as_any(),
            Self::Keys(keys) => keys.to_any(),
        }
    }

    /// The list, over the tables of `snapshot` with columns of these types, on a server that clients can write to or not, and
    /// that sends no message of more than `limit` bytes.
    pub(super) fn list(&self, snapshot: &Arc<Snapshot>, types: Types, writable: bool, limit: usize) -> Result<List> {
        let built = match self {
            Self::Catalogs(command) => metadata::catalogs(*command),
            Self::Schemas(command) => metadata::schemas(command.clone(), snapshot),
            Self::Tables(command) => return metadata::tables(command.clone(), snapshot, types, limit),
            Self::TableTypes(command) => metadata::table_types(*command),
            Self::SqlInfo(command) => sql_info::sql_info(command.clone(), writable),
            Self::TypeInfo(command) => type_info::type_info(*command),
            Self::Keys(keys) => Ok(keys.batch()),
        };
        built.map(List::of).map_err(refused)
    }
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::invalid("the command's patterns cannot be applied").with_source(error)
}
