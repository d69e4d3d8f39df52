//! Every Arrow type that a Parquet file can hold: the same schema wherever it is told, and the same values.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, FixedSizeBinaryArray, Float64Array, Int32Array, Int32Builder,
    Int64Array, IntervalDayTimeArray, IntervalYearMonthArray, ListArray, MapBuilder, NullArray, RecordBatch,
    StringArray, StringBuilder, StructArray,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Int32Type, IntervalDayTime, Schema, TimeUnit};
use arrow_flight::sql::{CommandGetTables, ProstMessageExt};
use arrow_flight::{FlightDescriptor, IpcMessage, Ticket};
use parquet::arrow::ArrowWriter;
use prost::Message;

use crate::gateway::TestGateway;
use crate::wire::{connect, get, path, prepare, schema_of, sql, tickets};

/// A column: its name, what lies in the file, and what arrives.
type Case = (String, ArrayRef, ArrayRef);

fn to(array: &ArrayRef, data_type: &DataType) -> ArrayRef {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(array, data_type, &strict).unwrap_or_else(|error| panic!("{data_type}: {error}"))
}

/// `base` stored as one type and sent as another.
fn case(base: &ArrayRef, stored: DataType, sent: DataType) -> Case {
    (format!("{stored}"), to(base, &stored), to(base, &sent))
}

fn same(base: &ArrayRef, data_type: DataType) -> Case {
    case(base, data_type.clone(), data_type)
}

fn item(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new_list_field(data_type, true))
}

fn numbers() -> Vec<Case> {
    use DataType as T;
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(77)]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(-1.5), None, Some(100.25)]));
    let mut cases: Vec<_> = [
        T::Int8,
        T::Int16,
        T::Int32,
        T::Int64,
        T::UInt8,
        T::UInt16,
        T::UInt32,
        T::UInt64,
    ]
    .into_iter()
    .map(|data_type| same(&ints, data_type))
    .collect();
    cases.extend([
        ("Boolean".into(), booleans(), booleans()),
        case(&floats, T::Float16, T::Float32),
        same(&floats, T::Float32),
        same(&floats, T::Float64),
        case(&floats, T::Decimal32(7, 2), T::Decimal128(7, 2)),
        case(&floats, T::Decimal64(15, 3), T::Decimal128(15, 3)),
        same(&floats, T::Decimal128(30, 4)),
        same(&floats, T::Decimal256(50, 5)),
        same(&ints, T::Decimal128(38, 0)),
    ]);
    cases
}

fn booleans() -> ArrayRef {
    Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))
}

fn times() -> Vec<Case> {
    use DataType as T;
    let days: ArrayRef = Arc::new(Int32Array::from(vec![Some(-1), None, Some(20_000)]));
    let long: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), None, Some(86_400_000 * 365)]));
    let clock: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), None, Some(86_399)]));
    let short_clock = to(&clock, &T::Int32);
    let mut cases = vec![
        same(&days, T::Date32),
        same(&long, T::Date64),
        same(&short_clock, T::Time32(TimeUnit::Second)),
        same(&short_clock, T::Time32(TimeUnit::Millisecond)),
        same(&clock, T::Time64(TimeUnit::Microsecond)),
        same(&clock, T::Time64(TimeUnit::Nanosecond)),
    ];
    for unit in [
        TimeUnit::Second,
        TimeUnit::Millisecond,
        TimeUnit::Microsecond,
        TimeUnit::Nanosecond,
    ] {
        for zone in [None, Some("UTC".into()), Some("+02:00".into())] {
            cases.push(same(&long, T::Timestamp(unit, zone)));
        }
        cases.push(same(&long, T::Duration(unit)));
    }
    let months: ArrayRef = Arc::new(IntervalYearMonthArray::from(vec![Some(14), None, Some(-1)]));
    let (day, other_day) = (IntervalDayTime::new(1, 2000), IntervalDayTime::new(-3, 0));
    let day_times: ArrayRef = Arc::new(IntervalDayTimeArray::from(vec![Some(day), None, Some(other_day)]));
    for interval in [months, day_times] {
        cases.push((format!("{}", interval.data_type()), Arc::clone(&interval), interval));
    }
    cases
}

fn texts() -> Vec<Case> {
    use DataType as T;
    let text: ArrayRef = Arc::new(StringArray::from(vec![
        Some("ü"),
        None,
        Some("longer than twelve bytes"),
    ]));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![Some(&b"\0\xff"[..]), None, Some(b"")]));
    let fixed = [Some(b"abc"), None, Some(b"\0\x01\x02")].into_iter();
    let fixed: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(fixed, 3).unwrap());
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(7)]));
    let dictionary = |key: T, value: T| T::Dictionary(Box::new(key), Box::new(value));
    let runs = T::RunEndEncoded(
        Arc::new(Field::new("run_ends", T::Int32, false)),
        Arc::new(Field::new("values", T::Utf8, true)),
    );
    vec![
        same(&text, T::Utf8),
        case(&text, T::LargeUtf8, T::Utf8),
        case(&text, T::Utf8View, T::Utf8),
        same(&bytes, T::Binary),
        case(&bytes, T::LargeBinary, T::Binary),
        case(&bytes, T::BinaryView, T::Binary),
        ("FixedSizeBinary".into(), Arc::clone(&fixed), fixed),
        case(&text, dictionary(T::Int32, T::Utf8), T::Utf8),
        case(&text, dictionary(T::UInt8, T::LargeUtf8), T::Utf8),
        case(&ints, dictionary(T::Int16, T::Int64), T::Int64),
        case(&text, runs, T::Utf8),
    ]
}

fn nested() -> Vec<Case> {
    use DataType as T;
    let lists = [Some(vec![Some(1), None, Some(3)]), None, Some(vec![])];
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists));
    let words = to(&lists, &T::List(item(T::Utf8)));
    let pairs = [Some(vec![Some(1), Some(2)]), None, Some(vec![None, Some(4)])];
    let pairs: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(pairs));
    let text: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None]));
    let structure = |kind: &T| -> ArrayRef {
        let field = |name: &str, array: ArrayRef| (Arc::new(Field::new(name, array.data_type().clone(), true)), array);
        Arc::new(StructArray::from(vec![
            field("word", to(&text, kind)),
            field("numbers", Arc::clone(&lists)),
        ]))
    };
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    maps.keys().append_value("k");
    maps.values().append_value(5);
    maps.append(true).unwrap();
    maps.append(false).unwrap();
    maps.append(true).unwrap();
    let maps: ArrayRef = Arc::new(maps.finish());
    vec![
        same(&lists, T::List(item(T::Int32))),
        case(&lists, T::LargeList(item(T::Int64)), T::List(item(T::Int64))),
        same(&pairs, T::FixedSizeList(item(T::Int32), 2)),
        case(&words, T::List(item(T::Utf8View)), T::List(item(T::Utf8))),
        case(&words, T::LargeList(item(T::LargeUtf8)), T::List(item(T::Utf8))),
        ("Struct".into(), structure(&T::Utf8), structure(&T::Utf8)),
        ("Struct of views".into(), structure(&T::Utf8View), structure(&T::Utf8)),
        ("Map".into(), Arc::clone(&maps), maps),
        ("Null".into(), Arc::new(NullArray::new(3)), Arc::new(NullArray::new(3))),
    ]
}

fn write(file: &Path, cases: &[Case]) {
    let fields = cases
        .iter()
        .map(|(name, stored, _)| Field::new(name, stored.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = cases.iter().map(|(_, stored, _)| Arc::clone(stored)).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(file).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_parquet_arrives_in_the_types_that_were_told() {
    let cases = [numbers(), times(), texts(), nested()].concat();
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("t.parquet"), &cases);
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let select = "SELECT * FROM t";

    let fields = cases
        .iter()
        .map(|(name, _, sent)| Field::new(name, sent.data_type().clone(), true));
    let expected = Schema::new(fields.collect::<Vec<_>>());
    let mut told = Vec::new();
    for descriptor in [path("t"), FlightDescriptor::new_cmd(r#"{"table": "t"}"#), sql(select)] {
        let schema = flight.get_schema(descriptor.clone()).await.unwrap().into_inner();
        told.push(("GetSchema", Schema::try_from(schema).unwrap()));
        let info = flight.get_flight_info(descriptor).await.unwrap().into_inner();
        told.push(("FlightInfo", schema_of(&info)));
        let (schema, batches) = get(&mut flight, tickets(&info)[0].clone()).await.unwrap();
        told.push(("DoGet", Schema::clone(&schema)));
        let [batch] = batches.as_slice() else {
            panic!("{} batches", batches.len())
        };
        for ((name, _, sent), column) in cases.iter().zip(batch.columns()) {
            assert!(
                column.to_data() == sent.to_data(),
                "{name}: {column:?} instead of {sent:?}"
            );
        }
    }
    told.push(("CreatePreparedStatement", prepared_schema(&mut flight, select).await));
    told.push(("GetTables", table_schema(&mut flight).await));
    for (by, schema) in told {
        assert_eq!(schema.fields().len(), expected.fields().len(), "{by}");
        for (field, expected) in schema.fields().iter().zip(expected.fields()) {
            assert_eq!(
                (field.name(), field.data_type(), field.is_nullable()),
                (expected.name(), expected.data_type(), true),
                "{by}"
            );
        }
    }
}

async fn prepared_schema(flight: &mut crate::wire::Flight, query: &str) -> Schema {
    Schema::try_from(IpcMessage(prepare(flight, query).await.dataset_schema)).unwrap()
}

async fn table_schema(flight: &mut crate::wire::Flight) -> Schema {
    let command = CommandGetTables {
        include_schema: true,
        ..CommandGetTables::default()
    };
    let (_, batches) = get(flight, Ticket::new(command.as_any().encode_to_vec()))
        .await
        .unwrap();
    let bytes = batches[0]
        .column_by_name("table_schema")
        .unwrap()
        .as_binary::<i32>()
        .value(0);
    Schema::try_from(IpcMessage(bytes.to_vec().into())).unwrap()
}
