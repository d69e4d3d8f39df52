//! Catalogs, schemas, tables and table types, filtered as the commands ask.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow_flight::error::Result as FlightResult;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables};

use super::type_info::type_name;
use crate::catalog::{CATALOG, Snapshot, Source, Table};
use crate::error::{Error, Result};
use crate::flight::wire_types::wire_schema;
use crate::session::Types;

const TABLE: &str = "TABLE";
const VIEW: &str = "VIEW";

pub(super) fn catalogs(command: CommandGetCatalogs) -> FlightResult<RecordBatch> {
    let mut builder = command.into_builder();
    builder.append(CATALOG);
    builder.build()
}

pub(super) fn schemas(command: CommandGetDbSchemas, snapshot: &Snapshot) -> FlightResult<RecordBatch> {
    let mut builder = command.into_builder();
    for schema in snapshot.schemas() {
        builder.append(CATALOG, schema);
    }
    builder.build()
}

pub(super) fn table_types(command: CommandGetTableTypes) -> FlightResult<RecordBatch> {
    let mut builder = command.into_builder();
    builder.append(TABLE);
    builder.append(VIEW);
    builder.build()
}

pub(super) fn tables(mut command: CommandGetTables, snapshot: &Snapshot) -> Result<RecordBatch> {
    command.table_types = command.table_types.iter().map(|wanted| known_type(wanted)).collect();
    let refused = |error| Error::invalid("the command's patterns cannot be applied").with_source(error);
    let include_schema = command.include_schema;
    let mut builder = command.into_builder();
    for table in snapshot.tables() {
        let kind = match table.source {
            Source::File { .. } | Source::Written { .. } | Source::System(_) => TABLE,
            Source::View(_) => VIEW,
        };
        let schema = if include_schema {
            described(table)?
        } else {
            Schema::empty()
        };
        builder
            .append(CATALOG, &table.name.schema, &table.name.table, kind, &schema)
            .map_err(refused)?;
    }
    builder.build().map_err(refused)
}

/// The type of table that is meant: Grafana asks for `BASE TABLE` and `table`, which is how other databases say it.
fn known_type(wanted: &str) -> String {
    match wanted.to_uppercase().as_str() {
        TABLE | "BASE TABLE" => TABLE.to_owned(),
        VIEW => VIEW.to_owned(),
        _ => wanted.to_owned(),
    }
}

/// A table's schema on the wire, each field with the metadata that drivers show as column properties.
fn described(table: &Table) -> Result<Schema> {
    let schema = wire_schema(&table.schema, Types::Client)?;
    let fields = schema.fields().iter().map(|field| {
        let metadata = column_metadata(table, field);
        Field::clone(field).with_metadata(metadata.into_iter().collect())
    });
    Ok(Schema::new(fields.collect::<Vec<_>>()))
}

fn column_metadata(table: &Table, field: &Field) -> Vec<(String, String)> {
    let mut properties = vec![
        ("CATALOG_NAME", CATALOG.to_owned()),
        // The specification says the first, the drivers read the second.
        ("DB_SCHEMA_NAME", table.name.schema.clone()),
        ("SCHEMA_NAME", table.name.schema.clone()),
        ("TABLE_NAME", table.name.table.clone()),
        ("TYPE_NAME", type_name(field.data_type()).to_owned()),
        ("IS_AUTO_INCREMENT", "0".to_owned()),
        (
            "IS_CASE_SENSITIVE",
            u8::from(*field.data_type() == DataType::Utf8).to_string(),
        ),
        ("IS_READ_ONLY", "1".to_owned()),
        ("IS_SEARCHABLE", "1".to_owned()),
    ];
    if let Some((precision, scale)) = precision_and_scale(field.data_type()) {
        properties.push(("PRECISION", precision.to_string()));
        properties.push(("SCALE", scale.to_string()));
    }
    properties
        .into_iter()
        .map(|(name, value)| (format!("ARROW:FLIGHT:SQL:{name}"), value))
        .collect()
}

fn precision_and_scale(data_type: &DataType) -> Option<(i32, i32)> {
    match data_type {
        DataType::Int8 | DataType::UInt8 => Some((3, 0)),
        DataType::Int16 | DataType::UInt16 => Some((5, 0)),
        DataType::Int32 | DataType::UInt32 => Some((10, 0)),
        DataType::Int64 => Some((19, 0)),
        DataType::UInt64 => Some((20, 0)),
        DataType::Float32 => Some((7, 0)),
        DataType::Float64 => Some((15, 0)),
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            Some((i32::from(*precision), i32::from(*scale)))
        }
        _ => None,
    }
}
