//! The four key commands. Files have no keys, and a driver that asks must get an empty list, never an error.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_flight::sql::{
    Any, Command, CommandGetCrossReference, CommandGetExportedKeys, CommandGetImportedKeys, CommandGetPrimaryKeys,
    ProstMessageExt,
};

/// A command that asks for keys.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::flight) enum Keys {
    Primary(CommandGetPrimaryKeys),
    Exported(CommandGetExportedKeys),
    Imported(CommandGetImportedKeys),
    CrossReference(CommandGetCrossReference),
}

impl Keys {
    pub(super) fn of(command: Command) -> Option<Self> {
        match command {
            Command::CommandGetPrimaryKeys(command) => Some(Self::Primary(command)),
            Command::CommandGetExportedKeys(command) => Some(Self::Exported(command)),
            Command::CommandGetImportedKeys(command) => Some(Self::Imported(command)),
            Command::CommandGetCrossReference(command) => Some(Self::CrossReference(command)),
            _ => None,
        }
    }

    pub(super) fn to_any(&self) -> Any {
        match self {
            Self::Primary(command) => command.as_any(),
            Self::Exported(command) => command.as_any(),
            Self::Imported(command) => command.as_any(),
            Self::CrossReference(command) => command.as_any(),
        }
    }

    pub(super) fn batch(&self) -> RecordBatch {
        let schema = match self {
            Self::Primary(_) => primary_schema(),
            Self::Exported(_) | Self::Imported(_) | Self::CrossReference(_) => foreign_schema(),
        };
        RecordBatch::new_empty(schema)
    }
}

/// The columns of `CommandGetPrimaryKeys` in FlightSql.proto.
fn primary_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        text("catalog_name", true),
        text("db_schema_name", true),
        text("table_name", false),
        text("column_name", false),
        text("key_name", true),
        Field::new("key_sequence", DataType::Int32, false),
    ]))
}

/// The columns of the other three commands in FlightSql.proto.
fn foreign_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        text("pk_catalog_name", true),
        text("pk_db_schema_name", true),
        text("pk_table_name", false),
        text("pk_column_name", false),
        text("fk_catalog_name", true),
        text("fk_db_schema_name", true),
        text("fk_table_name", false),
        text("fk_column_name", false),
        Field::new("key_sequence", DataType::Int32, false),
        text("fk_key_name", true),
        text("pk_key_name", true),
        Field::new("update_rule", DataType::UInt8, false),
        Field::new("delete_rule", DataType::UInt8, false),
    ]))
}

fn text(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Utf8, nullable)
}
