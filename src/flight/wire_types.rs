//! The engine's types → types that every client reads, the same in all four schemas of a query; and the one strict cast.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use crate::error::{Error, Result};
use crate::session::Types;

/// The schema that clients are told and sent: every column nullable, no metadata, and of types that every client reads
/// (no views, no large or run-end encoded types, no dictionaries, no 16-bit floats, no short decimals), unless plainer ones or
/// the engine's own were asked for.
///
/// # Errors
/// `Unsupported` for a column whose type has no such counterpart.
pub(super) fn wire_schema(schema: &Schema, types: Types) -> Result<SchemaRef> {
    let fields = schema.fields().iter().map(|field| {
        let wire = match types {
            Types::Client => client_type(field.data_type()),
            Types::Plain => plain_type(field.data_type()),
            Types::Native => native_type(field.data_type()),
        };
        if wire != *field.data_type() && !can_cast_types(field.data_type(), &wire) {
            let (name, from) = (field.name(), field.data_type());
            return Err(Error::unsupported(format!(
                "column '{name}' has type {from}, which cannot be sent"
            )));
        }
        Ok(Field::new(field.name(), wire, true))
    });
    Ok(Arc::new(Schema::new(fields.collect::<Result<Fields>>()?)))
}

fn client_type(from: &DataType) -> DataType {
    mapped(from, &client_type)
}

/// A client's type without what some programs behind a client do not read: the moment of a time zone in UTC, a number without a
/// sign as the next wider one with it, more digits than a decimal has there as text.
fn plain_type(from: &DataType) -> DataType {
    match from {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, None),
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Decimal256(precision, scale) if *precision <= DECIMAL128_MAX_PRECISION => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Decimal256(..) | DataType::Null => DataType::Utf8,
        other => mapped(other, &plain_type),
    }
}

/// The client's type, in which nested and encoded ones are as `inner` has them.
fn mapped(from: &DataType, inner: &dyn Fn(&DataType) -> DataType) -> DataType {
    let field = |field: &FieldRef| Arc::new(Field::new(field.name(), inner(field.data_type()), field.is_nullable()));
    match from {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Float16 => DataType::Float32,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Dictionary(_, value) => inner(value),
        DataType::RunEndEncoded(_, values) => inner(values.data_type()),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            DataType::List(field(item))
        }
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        other => other.clone(),
    }
}

/// The engine's type, unless the encoder cannot write it as it is: it sends the values of a dictionary and calls a
/// large list a list.
fn native_type(from: &DataType) -> DataType {
    match from {
        DataType::Dictionary(_, value) => native_type(value),
        DataType::RunEndEncoded(_, values) => native_type(values.data_type()),
        plain if !plain.is_nested() => plain.clone(),
        nested => client_type(nested),
    }
}

/// The batch in exactly these types. A value that does not fit is an error, never a NULL.
pub(super) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() {
            return Ok(Arc::clone(column));
        }
        cast_with_options(column, field.data_type(), &strict)
            .map_err(|error| Error::invalid(format!("column '{}': {error}", field.name())))
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_>>()?, &options)
        .map_err(|error| Error::internal("a batch does not have the columns of its plan").with_source(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        Array, ArrayRef, Decimal256Array, DictionaryArray, Int64Array, LargeStringArray, NullArray, StringArray,
        StringViewArray, TimestampMicrosecondArray, UInt8Array, UInt64Array,
    };
    use arrow::datatypes::{Int32Type, i256};
    use arrow::util::display::array_value_to_string;

    #[test]
    fn strings_of_every_kind_arrive_as_utf8() {
        let dictionary: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
        let columns: [(&str, ArrayRef); 3] = [
            (
                "view",
                Arc::new(StringViewArray::from(vec![
                    Some("a"),
                    None,
                    Some("a string that is not inlined"),
                ])),
            ),
            (
                "large",
                Arc::new(LargeStringArray::from(vec![Some("x"), None, Some("z")])),
            ),
            ("dictionary", Arc::new(dictionary)),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let schema = wire_schema(&batch.schema(), Types::Client).unwrap();
        assert!(
            schema
                .fields()
                .iter()
                .all(|field| *field.data_type() == DataType::Utf8 && field.is_nullable())
        );
        let wire = conform(&batch, &schema).unwrap();
        let expected = StringArray::from(vec![Some("a"), None, Some("a string that is not inlined")]);
        assert_eq!(wire.column(0).to_data(), expected.to_data());
        assert_eq!(
            wire.column(1).to_data(),
            StringArray::from(vec![Some("x"), None, Some("z")]).to_data()
        );
        assert_eq!(
            wire.column(2).to_data(),
            StringArray::from(vec!["a", "b", "a"]).to_data()
        );
    }

    #[test]
    fn nested_types_are_mapped_inside() {
        let item = |data_type| Arc::new(Field::new("item", data_type, true));
        let nested = DataType::LargeList(item(DataType::Struct(
            vec![Field::new("s", DataType::Utf8View, true)].into(),
        )));
        let expected = DataType::List(item(DataType::Struct(
            vec![Field::new("s", DataType::Utf8, true)].into(),
        )));
        assert_eq!(client_type(&nested), expected);
        assert_eq!(client_type(&DataType::Decimal64(10, 2)), DataType::Decimal128(10, 2));
        assert_eq!(native_type(&DataType::Utf8View), DataType::Utf8View);
        assert_eq!(native_type(&nested), expected);
    }

    #[test]
    fn plain_types_hold_every_value() {
        let moments = TimestampMicrosecondArray::from(vec![Some(1_714_521_600_000_000), None]);
        let most = i256::from_string(&"9".repeat(76)).unwrap();
        let wide = Decimal256Array::from(vec![Some(most), None]);
        let columns: [(&str, ArrayRef); 5] = [
            ("moment", Arc::new(moments.with_timezone("Europe/Athens"))),
            ("u8", Arc::new(UInt8Array::from(vec![Some(u8::MAX), None]))),
            ("u64", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None]))),
            ("wide", Arc::new(wide.with_precision_and_scale(76, 2).unwrap())),
            ("nothing", Arc::new(NullArray::new(2))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let schema = wire_schema(&batch.schema(), Types::Plain).unwrap();
        let plain = conform(&batch, &schema).unwrap();
        let shown: Vec<_> = (plain.columns().iter())
            .map(|column| {
                let value = array_value_to_string(column, 0).unwrap();
                assert!(column.is_null(1) || column.logical_nulls().is_some_and(|nulls| nulls.is_null(1)));
                format!("{}: {value}", column.data_type())
            })
            .collect();
        let expected = [
            "Timestamp(µs): 2024-05-01T00:00:00".to_owned(),
            "Int16: 255".to_owned(),
            "Decimal128(20, 0): 18446744073709551615".to_owned(),
            format!("Utf8: {}.99", "9".repeat(74)),
            "Utf8: ".to_owned(),
        ];
        assert_eq!(shown, expected);
        let list = DataType::List(Arc::new(Field::new("item", DataType::UInt32, true)));
        let expected = DataType::List(Arc::new(Field::new("item", DataType::Int64, true)));
        assert_eq!(plain_type(&list), expected);
    }

    #[test]
    fn a_value_that_does_not_fit_is_an_error() {
        let batch =
            RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![i64::MAX])) as ArrayRef)]).unwrap();
        let narrow = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, true)]));
        assert!(
            conform(&batch, &narrow)
                .unwrap_err()
                .message()
                .starts_with("column 'n': ")
        );
    }
}
