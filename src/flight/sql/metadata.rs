//! Catalogs, schemas, tables and table types, filtered as the commands ask.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryBuilder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_flight::error::Result as FlightResult;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables};

use super::type_info::type_name;
use super::{List, refused};
use crate::catalog::{CATALOG, Snapshot, Source, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::flight::encode::message_bytes;
use crate::flight::get_flight_info::encapsulated;
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

pub(super) fn tables(command: CommandGetTables, snapshot: &Arc<Snapshot>, types: Types, limit: usize) -> Result<List> {
    let schema = command.clone().into_builder().schema();
    let include_schema = command.include_schema;
    let names = table_names(command, snapshot).map_err(refused)?;
    if !include_schema {
        return Ok(List::of(names));
    }
    let batches = WithSchemas {
        snapshot: Arc::clone(snapshot),
        schema: Arc::clone(&schema),
        names,
        next: 0,
        types,
        limit,
    };
    Ok(List {
        schema,
        batches: Box::new(batches),
    })
}

/// The tables that are asked for, without their schemas.
fn table_names(mut command: CommandGetTables, snapshot: &Snapshot) -> FlightResult<RecordBatch> {
    command.table_types = command.table_types.iter().map(|wanted| known_type(wanted)).collect();
    command.include_schema = false;
    let (mut builder, no_schema) = (command.into_builder(), Schema::empty());
    for table in snapshot.tables() {
        let kind = match table.source {
            Source::Files(_) | Source::System(_) => TABLE,
            Source::View(_) => VIEW,
        };
        builder.append(CATALOG, &table.name.schema, &table.name.table, kind, &no_schema)?;
    }
    builder.build()
}

/// Tables with their schemas, which take much more than their names: encoded for one message at a time.
struct WithSchemas {
    snapshot: Arc<Snapshot>,
    schema: SchemaRef,
    names: RecordBatch,
    next: usize,
    types: Types,
    limit: usize,
}

impl WithSchemas {
    /// The rows from `start` on, at least one, until they fill half a message: the next may be a long one.
    fn batch(&self, start: usize) -> Result<RecordBatch> {
        let (schemas, names) = (
            self.names.column(1).as_string::<i32>(),
            self.names.column(2).as_string::<i32>(),
        );
        let mut encoded = BinaryBuilder::new();
        let mut row = start;
        while row < self.names.num_rows() && encoded.values_slice().len() < message_bytes(self.limit) / 2 {
            encoded.append_value(self.encoded(schemas.value(row), names.value(row))?);
            row += 1;
        }
        let mut columns = self.names.slice(start, row - start).columns().to_vec();
        columns.push(Arc::new(encoded.finish()) as ArrayRef);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        batch.map_err(|error| Error::internal("the list of tables could not be made").with_source(error))
    }

    /// The schema of a table, encoded.
    fn encoded(&self, schema: &str, name: &str) -> Result<bytes::Bytes> {
        let table = self.snapshot.find(schema, name);
        let table = table.ok_or_else(|| Error::internal("a listed table is not there"))?;
        let encoded = encapsulated(&described(table, self.types)?)?.0;
        // What stands around it takes little, but not nothing.
        if encoded.len() > self.limit - self.limit / 16 {
            return Err(Error::new(
                ErrorKind::Exhausted,
                format!(
                    "the schema of the table '{schema}.{name}' takes {} bytes, too many for a message of at most {}: ask \
                     for the tables without their schemas, or start the server with a larger --max-send-message-length",
                    encoded.len(),
                    self.limit
                ),
            ));
        }
        Ok(encoded)
    }
}

impl Iterator for WithSchemas {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.names.num_rows() {
            return None;
        }
        let batch = self.batch(self.next);
        // Nothing follows an error.
        self.next += batch.as_ref().map_or(usize::MAX - self.next, RecordBatch::num_rows);
        Some(batch)
    }
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
fn described(table: &Table, types: Types) -> Result<Schema> {
    let schema = wire_schema(&table.schema, types)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::SavedQuery;
    use crate::discovery::naming::DatasetName;
    use crate::flight::message::Message;
    use arrow::compute::concat_batches;
    use arrow_flight::FlightData;
    use arrow_flight::utils::flight_data_to_batches;
    use futures::{StreamExt, TryStreamExt, stream};

    /// `count` tables in ten schemas, not in the order of their names, with so many columns each.
    fn tables_of(count: usize, columns: usize) -> Arc<Snapshot> {
        let fields = (0..columns).map(|column| Field::new(format!("column_{column}"), DataType::Int64, true));
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let tables = (0..count).rev().map(|number| {
            let name = DatasetName {
                id: format!("{number}"),
                schema: format!("s{}", number % 10),
                table: format!("t_{number}"),
            };
            let query = SavedQuery {
                name,
                file: String::new(),
                description: None,
                sql: String::new(),
            };
            Arc::new(Table::view(query, Arc::clone(&schema), false))
        });
        Arc::new(Snapshot::new(tables, Vec::new()))
    }

    fn with_schemas() -> CommandGetTables {
        CommandGetTables {
            include_schema: true,
            ..CommandGetTables::default()
        }
    }

    /// The list as `arrow-flight` alone makes it.
    fn at_once(command: CommandGetTables, snapshot: &Snapshot) -> RecordBatch {
        let mut builder = command.into_builder();
        for table in snapshot.tables() {
            let (name, schema) = (&table.name, described(table, Types::Client).unwrap());
            builder
                .append(CATALOG, &name.schema, &name.table, VIEW, &schema)
                .unwrap();
        }
        builder.build().unwrap()
    }

    async fn messages(list: List, limit: usize) -> Result<Vec<Message>> {
        let batches = stream::iter(list.batches).boxed();
        let messages = crate::flight::encode::encode(batches, list.schema, message_bytes(limit));
        messages.try_collect().await
    }

    async fn assert_same(command: &CommandGetTables, snapshot: &Arc<Snapshot>, limit: usize, least: usize) {
        let expected = at_once(command.clone(), snapshot);
        let list = tables(command.clone(), snapshot, Types::Client, limit).unwrap();
        let schema = Arc::clone(&list.schema);
        assert_eq!(schema, expected.schema());
        let messages = messages(list, limit).await.unwrap();
        assert!(messages.len() >= least, "{} messages", messages.len());
        let largest = messages.iter().map(Message::bytes).max().unwrap();
        assert!(largest <= limit.min(4 << 20), "{largest} of at most {limit} bytes");
        let data: Vec<_> = messages
            .into_iter()
            .map(|message| {
                message.clone().framed(limit).unwrap();
                FlightData::from(message)
            })
            .collect();
        let batches = flight_data_to_batches(&data).unwrap();
        assert_eq!(concat_batches(&schema, &batches).unwrap(), expected);
    }

    #[tokio::test]
    async fn tables_with_schemas_come_in_messages_below_the_limit_and_are_the_same() {
        let many = tables_of(400, 50);
        assert_same(&with_schemas(), &many, 100 << 20, 5).await;
        let snapshot = tables_of(100, 50);
        let narrow = CommandGetTables {
            db_schema_filter_pattern: Some("s_".into()),
            table_name_filter_pattern: Some("t\\_1%".into()),
            ..with_schemas()
        };
        assert_same(&with_schemas(), &snapshot, 256 << 10, 8).await;
        assert_same(&narrow, &snapshot, 256 << 10, 2).await;
        assert_same(&narrow, &snapshot, 100 << 20, 2).await;
    }

    #[test]
    fn schemas_are_encoded_only_for_the_message_that_is_asked_for() {
        let list = tables(with_schemas(), &tables_of(1_000, 50), Types::Client, 1 << 20).unwrap();
        let mut batches = list.batches;
        let first = batches.next().unwrap().unwrap();
        assert!(first.num_rows() < 100, "{} rows", first.num_rows());
    }

    #[tokio::test]
    async fn a_schema_longer_than_a_message_is_an_error_that_names_its_table() {
        let (small, wide) = (tables_of(3, 50), tables_of(1, 2_000));
        let wide = wide.tables().map(|table| {
            let mut table = Table::clone(table);
            table.name.schema = "s1".into();
            table.name.table = "wide".into();
            Arc::new(table)
        });
        let both = Arc::new(Snapshot::new(
            small.tables().map(Arc::clone).skip(1).chain(wide),
            Vec::new(),
        ));
        let limit = 256 << 10;
        let error = messages(tables(with_schemas(), &both, Types::Client, limit).unwrap(), limit)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exhausted);
        for said in ["'s1.wide'", "without their schemas", "--max-send-message-length"] {
            assert!(error.message().contains(said), "{error}");
        }
        let names = CommandGetTables::default();
        let names = messages(tables(names, &both, Types::Client, limit).unwrap(), limit)
            .await
            .unwrap();
        assert_eq!(names.len(), 2, "without schemas it is listed");
        assert!(
            messages(tables(with_schemas(), &both, Types::Client, 4 << 20).unwrap(), 4 << 20)
                .await
                .is_ok()
        );
    }

    #[test]
    fn no_tables_have_the_same_columns() {
        let list = tables(with_schemas(), &Arc::default(), Types::Client, 1 << 20).unwrap();
        assert_eq!(list.schema, at_once(with_schemas(), &Snapshot::default()).schema());
        assert_eq!(list.batches.count(), 0);
    }
}
