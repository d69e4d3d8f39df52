//! The SQL names of the types on the wire, and `GetXdbcTypeInfo`, which describes them.

use std::sync::LazyLock;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use arrow_flight::error::Result as FlightResult;
use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{CommandGetXdbcTypeInfo, Nullable, Searchable, XdbcDataType};

/// The SQL name of a type on the wire, as columns' metadata and the list of types have it.
pub(super) fn type_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 | DataType::UInt8 => "TINYINT",
        DataType::Int16 | DataType::UInt16 => "SMALLINT",
        DataType::Int32 | DataType::UInt32 => "INTEGER",
        DataType::Int64 | DataType::UInt64 => "BIGINT",
        DataType::Float16 | DataType::Float32 => "REAL",
        DataType::Float64 => "DOUBLE",
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            "DECIMAL"
        }
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Time32(_) | DataType::Time64(_) => "TIME",
        DataType::Timestamp(..) => "TIMESTAMP",
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) | DataType::BinaryView => "VARBINARY",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => "VARCHAR",
        DataType::Duration(_) | DataType::Interval(_) => "INTERVAL",
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => "ARRAY",
        DataType::Struct(_) | DataType::Map(..) | DataType::Union(..) => "STRUCT",
        DataType::Dictionary(_, value) => type_name(value),
        DataType::RunEndEncoded(_, values) => type_name(values.data_type()),
    }
}

/// Name, type code and size; the quotes around a literal; and for numbers the radix.
type Row = (
    &'static str,
    XdbcDataType,
    Option<i32>,
    Option<&'static str>,
    Option<i32>,
);

/// In the order that the specification asks for: by type code, then by name.
const TYPES: [Row; 16] = [
    ("TINYINT", XdbcDataType::XdbcTinyint, Some(3), None, Some(10)),
    ("BIGINT", XdbcDataType::XdbcBigint, Some(19), None, Some(10)),
    (
        "VARBINARY",
        XdbcDataType::XdbcVarbinary,
        Some(i32::MAX),
        Some("X'"),
        None,
    ),
    ("BOOLEAN", XdbcDataType::XdbcBit, Some(1), None, None),
    ("ARRAY", XdbcDataType::XdbcUnknownType, None, None, None),
    ("STRUCT", XdbcDataType::XdbcUnknownType, None, None, None),
    ("DECIMAL", XdbcDataType::XdbcDecimal, Some(38), None, Some(10)),
    ("INTEGER", XdbcDataType::XdbcInteger, Some(10), None, Some(10)),
    ("SMALLINT", XdbcDataType::XdbcSmallint, Some(5), None, Some(10)),
    ("REAL", XdbcDataType::XdbcReal, Some(7), None, Some(10)),
    ("DOUBLE", XdbcDataType::XdbcDouble, Some(15), None, Some(10)),
    ("INTERVAL", XdbcDataType::XdbcInterval, None, Some("INTERVAL '"), None),
    ("VARCHAR", XdbcDataType::XdbcVarchar, Some(i32::MAX), Some("'"), None),
    ("DATE", XdbcDataType::XdbcDate, Some(10), Some("DATE '"), None),
    ("TIME", XdbcDataType::XdbcTime, Some(15), Some("TIME '"), None),
    (
        "TIMESTAMP",
        XdbcDataType::XdbcTimestamp,
        Some(26),
        Some("TIMESTAMP '"),
        None,
    ),
];

static TYPE_INFO: LazyLock<XdbcTypeInfoData> = LazyLock::new(|| {
    let mut builder = XdbcTypeInfoDataBuilder::new();
    TYPES.into_iter().map(info).for_each(|info| builder.append(info));
    builder.build().expect("a fixed list of types is valid")
});

pub(super) fn type_info(command: CommandGetXdbcTypeInfo) -> FlightResult<RecordBatch> {
    command.into_builder(&TYPE_INFO).build()
}

fn info((name, data_type, size, literal_prefix, radix): Row) -> XdbcTypeInfo {
    XdbcTypeInfo {
        type_name: name.into(),
        data_type,
        column_size: size,
        literal_prefix: literal_prefix.map(Into::into),
        literal_suffix: literal_prefix.map(|_| "'".into()),
        create_params: (name == "DECIMAL").then(|| vec!["precision".into(), "scale".into()]),
        nullable: Nullable::NullabilityNullable,
        case_sensitive: name == "VARCHAR",
        searchable: Searchable::Full,
        unsigned_attribute: radix.map(|_| false),
        fixed_prec_scale: false,
        auto_increment: Some(false),
        local_type_name: Some(name.into()),
        minimum_scale: (name == "DECIMAL").then_some(0),
        maximum_scale: (name == "DECIMAL").then_some(38),
        sql_data_type: data_type,
        datetime_subcode: None,
        num_prec_radix: radix,
        interval_precision: None,
    }
}
