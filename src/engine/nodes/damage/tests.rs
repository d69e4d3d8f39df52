//! Folders of damaged files: each is a table, a warning, or an error of the query that reads it, and the others are served.

use std::io::Write;
use std::path::Path;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{StreamExt, TryStreamExt, stream};
use parquet::arrow::ArrowWriter;

use super::*;
use crate::config::Config;
use crate::engine::{DatasetQuery, Engine, PlanOptions, Query};

/// A small Parquet file of two columns.
fn parquet() -> Vec<u8> {
    let columns: [(&str, ArrayRef); 2] = [
        (
            "n",
            Arc::new(Int64Array::from_iter((0..20).map(|n| (n % 7 > 0).then_some(n)))),
        ),
        (
            "s",
            Arc::new(StringArray::from_iter_values(
                (0..20).map(|n| format!("text {}", n % 3)),
            )),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn footer_bytes(file: &[u8]) -> usize {
    let tail = &file[file.len() - 8..];
    8 + u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize
}

async fn engine(folder: &Path) -> Arc<Engine> {
    let config = Config {
        locations: vec![folder.to_owned()],
        ..Config::default()
    };
    let engine = Engine::new(&config).unwrap();
    engine.refresh(|_| ()).await.unwrap();
    engine
}

/// How many rows a dataset has, or what is said instead.
async fn rows(engine: &Engine, query: Query) -> crate::error::Result<usize> {
    let plan = engine
        .plan_over(engine.snapshot(), query, PlanOptions::default())
        .await?;
    let rows = engine.runtime().pipe(async move { plan.stream(None) });
    let counts = rows.map_ok(|batch| batch.num_rows());
    counts.try_fold(0, async |sum, count| Ok(sum + count)).await
}

fn whole(id: &str) -> Query {
    Query::Dataset(DatasetQuery::all(id))
}

/// Serves `files` beside two that are whole. Each is served or skipped as damaged, and to read one ends with rows, or with an
/// error that says so: never with one of the server, or of a file that changed. Returns how many are served.
async fn assert_withstood(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.csv"), "n\n1\n2\n").unwrap();
    std::fs::write(folder.path().join("good_too.parquet"), parquet()).unwrap();
    let mut count = 0;
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        count += 1;
    }
    let engine = engine(folder.path()).await;
    let snapshot = engine.snapshot();
    for warning in snapshot.warnings() {
        let is_of_damage =
            !warning.contains("changed") && !warning.contains("gone") && !warning.contains("cannot be read;");
        assert!(warning.contains("' is skipped: ") && is_of_damage, "{warning}");
    }
    assert_eq!(snapshot.tables().count() + snapshot.warnings().len(), count + 2);
    assert_eq!(rows(&engine, whole("good")).await.unwrap(), 2);
    assert_eq!(rows(&engine, whole("good_too")).await.unwrap(), 20);
    for table in snapshot.tables() {
        if let Err(error) = rows(&engine, whole(&table.name.id)).await {
            let said = (error.kind(), error.message());
            assert_eq!(error.kind(), ErrorKind::BadData, "{}: {said:?}", table.name.id);
            assert!(said.1.contains(&table.name.table), "{}: {said:?}", table.name.id);
        }
    }
    snapshot.tables().count() - 2
}

#[tokio::test]
async fn any_bit_of_a_footer_may_be_another() {
    let file = parquet();
    let footer = file.len() - footer_bytes(&file)..file.len();
    let flipped = footer.flat_map(|at| (0..8).map(move |bit| (at, bit))).map(|(at, bit)| {
        let mut bytes = file.clone();
        bytes[at] ^= 1 << bit;
        (format!("f{at}_{bit}.parquet"), bytes)
    });
    let served = assert_withstood(flipped).await;
    assert!(served > 100, "names and statistics may be anything: {served}");
}

#[tokio::test]
async fn any_byte_of_the_pages_may_be_another() {
    let file = parquet();
    let pages = 4..file.len() - footer_bytes(&file);
    let flipped = pages.map(|at| {
        let mut bytes = file.clone();
        bytes[at] ^= 1 << (at % 8);
        (format!("p{at}.parquet"), bytes)
    });
    let count = flipped.len();
    assert_eq!(
        assert_withstood(flipped).await,
        count,
        "the pages are read by queries alone"
    );
}

#[tokio::test]
async fn a_file_may_end_anywhere() {
    let file = parquet();
    let cut = (0..file.len()).map(|end| (format!("c{end}.parquet"), file[..end].to_vec()));
    assert_eq!(assert_withstood(cut).await, 0);
}

#[tokio::test]
async fn a_footer_may_be_said_to_be_of_any_length() {
    let lengths = [0u32, 1, 3, 4, 5, 12, 100, 0x7fff_ffff, 0x8000_0000, u32::MAX];
    let bare = lengths.map(|length| [b"PAR1", &length.to_le_bytes()[..], b"PAR1"].concat());
    let file = parquet();
    let of_file = lengths.map(|length| {
        let mut bytes = file.clone();
        let at = bytes.len() - 8;
        bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
        bytes
    });
    let texts = [
        "PAR1junkPAR1",
        "PAR1PAR1",
        "PAR1\0\0\0\0PARE",
        "PAR1",
        "",
        "junk",
        "junkjunkjunkPAR1",
        "PAR1junkPAR1junkPAR1",
    ];
    let texts = texts.map(|text| text.as_bytes().to_vec());
    let all = bare.into_iter().chain(of_file).chain(texts);
    let named = all
        .enumerate()
        .map(|(number, bytes)| (format!("l{number}.parquet"), bytes));
    assert_eq!(assert_withstood(named).await, 0);
}

#[tokio::test]
async fn a_folder_that_is_called_like_a_file_is_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("x.parquet")).unwrap();
    std::fs::create_dir(folder.path().join("y.csv")).unwrap();
    std::fs::write(folder.path().join("x.parquet/in.parquet"), parquet()).unwrap();
    std::fs::write(folder.path().join("good.csv"), "n\n1\n").unwrap();
    let engine = engine(folder.path()).await;
    let ids: Vec<_> = engine.snapshot().tables().map(|table| table.name.id.clone()).collect();
    assert_eq!(ids, ["good", "x.parquet/in"]);
    assert_eq!(rows(&engine, whole("x.parquet/in")).await.unwrap(), 20);
}

/// Of each compression: with a bit changed at many places, and cut short there.
#[tokio::test]
async fn compressed_text_may_be_damaged_anywhere() {
    let text: String = (0..400).map(|n| format!("{n},{:x}\n", n * 2_654_435_761u64)).collect();
    let text = format!("n,s\n{text}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(text.as_bytes()).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(text.as_bytes()).unwrap();
    let whole = [
        ("gz", gzip.finish().unwrap()),
        ("bz2", bzip2.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
        ("zst", zstd::encode_all(text.as_bytes(), 1).unwrap()),
    ];
    let files = whole.into_iter().flat_map(|(suffix, whole)| {
        let step = whole.len() / 40;
        (1..40).flat_map(move |part| {
            let at = part * step;
            let mut flipped = whole.clone();
            flipped[at] ^= 0x10;
            let cut = whole[..at].to_vec();
            [("flipped", flipped), ("cut", cut)]
                .map(|(what, bytes)| (format!("{what}{at}_{suffix}.csv.{suffix}"), bytes))
        })
    });
    assert_withstood(files).await;
}

#[tokio::test]
async fn a_panic_of_a_reader_is_an_error_that_names_the_file() {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
    let batch = RecordBatch::new_empty(Arc::clone(&schema));
    let batches = stream::iter(0..3).map(move |at| if at == 1 { panic!("a defect") } else { Ok(batch.clone()) });
    let rows = Box::pin(RecordBatchStreamAdapter::new(schema, batches));
    let batches: Vec<_> = named(rows, &"file 'x.parquet'".into(), false).collect().await;
    assert!(batches[0].is_ok() && batches.len() == 2);
    let error = failed(batches.into_iter().nth(1).unwrap().unwrap_err());
    assert_eq!(
        (error.kind(), error.message()),
        (
            ErrorKind::BadData,
            "file 'x.parquet' is damaged: its reader gives up on it"
        )
    );
}

/// Functions of a list run where its columns are read.
#[tokio::test]
async fn a_function_that_has_no_room_is_no_damage_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "x,i\na,-1\nb,-2\n").unwrap();
    let engine = engine(folder.path()).await;
    for text in ["SELECT lpad(x, i) FROM t", "SELECT rpad(x, i) AS y FROM t WHERE i < 0"] {
        let error = rows(&engine, Query::sql(text)).await.unwrap_err();
        let said = (error.kind(), error.message());
        let expected = "a result is too large: the texts of a column can be 2 GiB long together";
        assert_eq!(said, (ErrorKind::Invalid, expected), "{text}");
    }
}
