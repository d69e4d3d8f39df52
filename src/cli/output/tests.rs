//! Every format on values that are easy to get wrong.

use std::fs;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, StringArray,
    TimestampMicrosecondArray, UInt64Array,
};
use arrow::compute::concat_batches;
use arrow::datatypes::Int32Type;
use arrow::ipc::reader::{FileReader, StreamReader};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::client::Client;
use crate::client::mock::MockServer;

/// Nulls, quotes, line ends, scripts that are not Latin, numbers at the edge, times with and without a zone.
fn values() -> RecordBatch {
    let columns: [(&str, ArrayRef); 7] = [
        ("id", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None]))),
        (
            "text",
            Arc::new(StringArray::from(vec![Some("a,\"b\"\nZoë 東京"), None])),
        ),
        ("share", Arc::new(Float64Array::from(vec![Some(0.1), Some(-1e300)]))),
        (
            "paid",
            Arc::new(
                Decimal128Array::from(vec![Some(-105), None])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("day", Arc::new(Date32Array::from(vec![Some(19_782), None]))),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from(vec![Some(1_709_210_096_789_000), None]).with_timezone("UTC")),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

fn encode(format: Format, batches: &[RecordBatch]) -> Vec<u8> {
    let mut encoder = Encoder::new(format, batches[0].schema_ref(), "NULL", None).unwrap();
    let mut bytes = Vec::new();
    for batch in batches {
        bytes.extend(encoder.encode(batch).unwrap());
    }
    bytes.extend(encoder.finish(&mut Vec::new()).unwrap());
    bytes
}

fn encode_text(format: Format, batches: &[RecordBatch]) -> String {
    String::from_utf8(encode(format, batches)).unwrap()
}

#[test]
fn a_table_aligns_by_the_width_on_the_screen() {
    let cells: [(&str, ArrayRef); 2] = [
        ("n", Arc::new(Int64Array::from(vec![Some(1), Some(-20), None]))),
        (
            "text",
            Arc::new(StringArray::from(vec![Some("東京"), Some("a\tb\u{1b}[0m"), Some("")])),
        ),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(cells.map(|(name, array)| (name, array, true))).unwrap();
    let swapped = batch.project(&[1, 0]).unwrap();
    assert_eq!(
        encode_text(Format::Table, &[swapped]),
        "text          |    n\n\
         --------------+-----\n\
         東京          |    1\n\
         a\\tb\\u{1b}[0m |  -20\n\
         \x20             | NULL\n"
    );
}

#[test]
fn a_table_streams_with_one_header_and_lets_later_cells_stick_out() {
    let batch = |text: &str| {
        let column: ArrayRef = Arc::new(StringArray::from(vec![text]));
        RecordBatch::try_from_iter([("a", column), ("b", Arc::new(Int64Array::from(vec![7])))]).unwrap()
    };
    let table = encode_text(
        Format::Table,
        &[batch("x"), batch("wider"), batch("y").slice(0, 0), batch("z")],
    );
    assert_eq!(table, "a | b\n--+--\nx | 7\nwider | 7\nz | 7\n");
}

#[test]
fn text_formats_write_what_was_sent() {
    let batches = [values()];
    assert_eq!(
        encode_text(Format::Csv, &batches),
        "id,text,share,paid,ok,day,at\n\
         18446744073709551615,\"a,\"\"b\"\"\nZoë 東京\",0.1,-1.05,true,2024-02-29,2024-02-29T12:34:56.789Z\n\
         ,,-1e300,,,,\n"
    );
    let first = concat!(
        r#"{"id":18446744073709551615,"text":"a,\"b\"\nZoë 東京","share":0.1,"paid":-1.05,"ok":true,"#,
        r#""day":"2024-02-29","at":"2024-02-29T12:34:56.789Z"}"#
    );
    let second = r#"{"id":null,"text":null,"share":-1.0e300,"paid":null,"ok":null,"day":null,"at":null}"#;
    assert_eq!(encode_text(Format::Ndjson, &batches), format!("{first}\n{second}\n"));
    assert_eq!(encode_text(Format::Json, &batches), format!("[{first},{second}]\n"));
}

#[test]
fn binary_formats_read_back_as_sent() {
    let batches = [values(), values().slice(1, 1)];
    let sent = concat_batches(batches[0].schema_ref(), &batches).unwrap();
    let same = |read: Vec<RecordBatch>| assert_eq!(concat_batches(sent.schema_ref(), &read).unwrap(), sent);

    let bytes = Bytes::from(encode(Format::Parquet, &batches));
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .unwrap()
        .build()
        .unwrap();
    same(reader.map(Result::unwrap).collect());
    let bytes = encode(Format::Arrow, &batches);
    same(
        FileReader::try_new(std::io::Cursor::new(bytes), None)
            .unwrap()
            .map(Result::unwrap)
            .collect(),
    );
    let bytes = encode(Format::Arrows, &batches);
    same(
        StreamReader::try_new(bytes.as_slice(), None)
            .unwrap()
            .map(Result::unwrap)
            .collect(),
    );
}

#[test]
fn no_rows_are_a_valid_document() {
    let none = [values().project(&[0, 1]).unwrap().slice(0, 0)];
    assert_eq!(encode_text(Format::Table, &none), "id | text\n---+-----\n");
    assert_eq!(encode_text(Format::Csv, &none), "id,text\n");
    assert_eq!(encode_text(Format::Json, &none), "[]\n");
    assert_eq!(encode_text(Format::Ndjson, &none), "");
    let bytes = Bytes::from(encode(Format::Parquet, &none));
    assert_eq!(
        ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().schema(),
        &none[0].schema()
    );
    let bytes = encode(Format::Arrows, &none);
    assert_eq!(
        StreamReader::try_new(bytes.as_slice(), None).unwrap().schema(),
        none[0].schema()
    );
}

#[test]
fn lists_have_no_form_in_csv_and_one_in_json() {
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some([Some(1), None]),
        None,
    ]));
    let batch = RecordBatch::try_from_iter_with_nullable([("l", lists, true)]).unwrap();
    let error = Encoder::new(Format::Csv, &batch.schema(), "NULL", None).err().unwrap();
    assert!(
        error.to_string().starts_with("csv has no form for the column \"l\""),
        "{error}"
    );
    assert_eq!(
        encode_text(Format::Ndjson, &[batch]),
        "{\"l\":[1,null]}\n{\"l\":null}\n"
    );
}

#[test]
fn the_format_is_given_or_told_by_the_file() {
    let destination = |output: Option<&str>, format| {
        let output = output.map(PathBuf::from);
        OutputArgs { output, format }
            .destination()
            .map(|destination| (destination.format, destination.file))
    };
    assert_eq!(destination(None, None).unwrap(), (Format::Table, None));
    assert_eq!(destination(Some("-"), None).unwrap(), (Format::Table, None));
    assert_eq!(
        destination(Some("a.json"), None).unwrap(),
        (Format::Json, Some("a.json".into()))
    );
    assert_eq!(
        destination(Some("a.json"), Some(Format::Csv)).unwrap(),
        (Format::Csv, Some("a.json".into()))
    );
    assert_eq!(destination(Some("a.arrow"), None).unwrap().0, Format::Arrow);
    let error = destination(Some("a.xyz"), None).unwrap_err();
    assert_eq!(error.downcast_ref::<clap::Error>().unwrap().exit_code(), 2, "{error}");
}

/// What `get ID -o FILE` leaves in a folder: the file's content, or the error and that there is nothing.
async fn fetch(id: &str, name: &str) -> Result<Vec<u8>, String> {
    let server = MockServer::start().await;
    let client = Client::connect(&server.address).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let arguments = OutputArgs {
        output: Some(path.clone()),
        format: None,
    };
    let stream = client.stream(id).await.unwrap();
    match arguments.destination().unwrap().write_stream(stream).await {
        Ok(()) => Ok(fs::read(path).unwrap()),
        Err(error) => {
            assert_eq!(
                fs::read_dir(folder.path()).unwrap().count(),
                0,
                "a broken stream left a file"
            );
            Err(error.to_string())
        }
    }
}

#[tokio::test]
async fn a_stream_becomes_a_file() {
    assert_eq!(
        fetch("good", "a.csv").await.unwrap(),
        "n,name\n1,Zoë\n,\"a,b\"\n3,\n".as_bytes()
    );
    assert_eq!(fetch("empty", "a.csv").await.unwrap(), b"n,name\n");
}

#[tokio::test]
async fn a_broken_stream_leaves_no_file() {
    for name in ["a.csv", "a.json", "a.parquet", "a.arrow"] {
        assert_eq!(fetch("breaks", name).await.unwrap_err(), "disk on fire");
    }
}

#[test]
fn a_table_on_a_terminal_is_as_wide_as_that() {
    let texts = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
    let batch = RecordBatch::try_from_iter([
        ("first", texts("東京東京東京東京")),
        ("second", texts("b")),
        ("third", texts("a text of some length")),
    ])
    .unwrap();
    let shown = |room: usize| {
        let mut encoder = Encoder::new(Format::Table, batch.schema_ref(), "NULL", Some(room)).unwrap();
        let mut left_out = Vec::new();
        let mut bytes = encoder.encode(&batch).unwrap();
        bytes.extend(encoder.finish(&mut left_out).unwrap());
        (String::from_utf8(bytes).unwrap(), left_out.join(","))
    };
    let whole = encode_text(Format::Table, std::slice::from_ref(&batch));
    assert_eq!(shown(80), (whole.clone(), String::new()));
    assert_eq!(shown(49), (whole, String::new()), "it just fits");
    let (text, left_out) = shown(48);
    assert_eq!(left_out, "third");
    let lines = [
        "first            | second | …",
        "-----------------+--------+--",
        "東京東京東京東京 | b      | …",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    let (text, left_out) = shown(10);
    assert_eq!(left_out, "second,third");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["first  | …", "-------+--", "東京…  | …"]
    );
}
