//! Files that change while they are read, and between the listing and the read: the old rows or an error, never others.

use std::fs::{File, FileTimes, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Int64Type;
use arrow_flight::Ticket;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tonic::Code;

use crate::gateway::TestGateway;
use crate::wire::{Flight, connect, counted, next, open, refresh, rows};

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Deleted,
    RenamedOver,
    Truncated,
    RewrittenInPlace,
    AppendedTo,
}

const CHANGES: [Change; 5] = [
    Change::Deleted,
    Change::RenamedOver,
    Change::Truncated,
    Change::RewrittenInPlace,
    Change::AppendedTo,
];

impl Change {
    fn id(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// `other` are the bytes of another file of the same columns, with other rows, at least as long.
    fn happen(self, file: &Path, other: &[u8]) {
        let size = std::fs::metadata(file).unwrap().len();
        let write = |append| OpenOptions::new().write(true).append(append).open(file).unwrap();
        match self {
            Self::Deleted => std::fs::remove_file(file).unwrap(),
            Self::RenamedOver => {
                let aside = file.with_extension("aside");
                std::fs::write(&aside, other).unwrap();
                std::fs::rename(aside, file).unwrap();
            }
            Self::Truncated => write(false).set_len(size / 2).unwrap(),
            // Not even the size tells.
            Self::RewrittenInPlace => write(false).write_all(&other[..size as usize]).unwrap(),
            Self::AppendedTo => write(true).write_all(b"0,appended\n").unwrap(),
        }
    }

    /// An open file outlives its name, but not a change of its content.
    fn leaves_the_open_file_alone(self) -> bool {
        matches!(self, Self::Deleted | Self::RenamedOver)
    }
}

/// Rows `0..count`, 256 bytes each: their number, and a text that says which version of the file they are from.
fn numbered(version: &str, count: i64) -> Vec<u8> {
    let mut text = b"number,text\n".to_vec();
    for number in 0..count {
        writeln!(text, "{number},{}", cell(version, number)).unwrap();
    }
    text
}

fn cell(version: &str, number: i64) -> String {
    format!("{:.<246}", format!("{version} {number}"))
}

/// The same rows as a Parquet file of row groups of 1,000 rows.
fn numbered_parquet(version: &str, count: i64) -> Vec<u8> {
    let texts = (0..count).map(|number| format!("{}{}", cell(version, number), noise(number)));
    let columns: [(&str, ArrayRef); 2] = [
        ("number", Arc::new(Int64Array::from_iter_values(0..count))),
        ("text", Arc::new(StringArray::from_iter_values(texts))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let small_groups = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1000))
        .set_dictionary_enabled(false);
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(small_groups.build())).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Text that differs from row to row, so that both versions of a file have the same length.
fn noise(number: i64) -> String {
    format!("{:016x}", (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Writes a file that was last changed yesterday: clocks of file systems tick in milliseconds.
fn write_yesterday(file: &Path, bytes: &[u8]) {
    std::fs::write(file, bytes).unwrap();
    let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    let times = FileTimes::new().set_modified(yesterday);
    OpenOptions::new()
        .write(true)
        .open(file)
        .unwrap()
        .set_times(times)
        .unwrap();
}

/// Asserts that a batch holds the rows of the old version from `first` on, and returns how many.
fn old_rows(batch: &RecordBatch, first: i64, case: &str) -> i64 {
    let numbers = batch.column(0).as_primitive::<Int64Type>();
    let texts = batch.column(1).as_string::<i32>();
    for (row, expected) in (first..).take(batch.num_rows()).enumerate() {
        assert_eq!(numbers.value(row), expected, "{case}: rows are missing or out of order");
        assert!(
            texts.value(row).starts_with(&cell("old", expected)),
            "{case}: row {expected} is {:?}",
            texts.value(row)
        );
    }
    batch.num_rows() as i64
}

/// Reads a batch, lets `change` happen, and reads the rest: how many of the old rows came, and how it ended.
async fn read_across(flight: &mut Flight, file: &Path, change: Change, other: &[u8]) -> (i64, Option<tonic::Status>) {
    let case = format!("{change:?} {}", file.display());
    let mut stream = open(flight, Ticket::new(change.id())).await.unwrap();
    let first = next(&mut stream).await.unwrap().expect("the file has rows");
    let mut count = old_rows(&first, 0, &case);
    change.happen(file, other);
    loop {
        match next(&mut stream).await {
            Ok(Some(batch)) => count += old_rows(&batch, count, &case),
            Ok(None) => return (count, None),
            Err(status) => return (count, Some(status)),
        }
    }
}

/// 24 MB are much more than the server and the connection between them read ahead of a client that has one batch.
#[tokio::test(flavor = "multi_thread")]
async fn a_csv_file_that_changes_while_it_is_read_gives_its_old_rows_or_an_error() {
    const ROWS: i64 = 96_000;
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (numbered("old", ROWS), numbered("new", ROWS));
    let file = |change: Change| folder.path().join(format!("{}.csv", change.id()));
    for change in CHANGES {
        write_yesterday(&file(change), &old);
    }
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    for change in CHANGES {
        assert_eq!(counted(&flight, &change.id()).await, ROWS);
    }
    for change in CHANGES {
        let (count, end) = read_across(&mut flight, &file(change), change, &new).await;
        if change.leaves_the_open_file_alone() {
            assert!(end.is_none(), "{change:?}: {end:?}");
            assert_eq!(count, ROWS, "{change:?}: the stream ended well, and early");
            continue;
        }
        let end = end.unwrap_or_else(|| panic!("{change:?}: {count} rows and no error"));
        assert!(count < ROWS, "{change:?}: all rows and then an error");
        let said = format!(
            "file '{}.csv' changed while it was being read; refresh and ask again",
            change.id()
        );
        assert_eq!((end.code(), end.message()), (Code::Unavailable, said.as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parquet_file_that_changes_while_it_is_read_gives_its_old_rows_or_an_error() {
    const ROWS: i64 = 96_000;
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (numbered_parquet("old", ROWS), numbered_parquet("new", ROWS));
    assert_eq!(old.len(), new.len(), "a rewrite in place keeps the size");
    let file = |change: Change| folder.path().join(format!("{}.parquet", change.id()));
    for change in CHANGES {
        write_yesterday(&file(change), &old);
    }
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    for change in CHANGES {
        let (count, end) = read_across(&mut flight, &file(change), change, &new).await;
        if change.leaves_the_open_file_alone() {
            assert!(end.is_none(), "{change:?}: {end:?}");
            assert_eq!(count, ROWS, "{change:?}: the stream ended well, and early");
            continue;
        }
        let end = end.unwrap_or_else(|| panic!("{change:?}: {count} rows and no error"));
        assert!(count < ROWS, "{change:?}: all rows and then an error");
        assert_eq!(end.code(), Code::Unavailable, "{change:?}: {end}");
        assert!(
            end.message().contains("refresh and ask again"),
            "{change:?}: {}",
            end.message()
        );
    }
}

/// The listing is older than the change: the next read says so, and the first refresh mends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_since_it_was_listed_is_an_error_until_the_next_refresh() {
    let folder = tempfile::tempdir().unwrap();
    let versions = [
        ("csv", numbered("old", 20), numbered("new", 20)),
        ("parquet", numbered_parquet("old", 20), numbered_parquet("new", 20)),
    ];
    for (suffix, old, _) in &versions {
        for change in CHANGES {
            write_yesterday(&folder.path().join(format!("{suffix}-{}.{suffix}", change.id())), old);
        }
    }
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    for (suffix, _, new) in &versions {
        for change in CHANGES {
            let id = format!("{suffix}-{}", change.id());
            assert_eq!(rows(&mut flight, &id).await.unwrap().len(), 20, "{id}");
            change.happen(&folder.path().join(format!("{id}.{suffix}")), new);
            let status = rows(&mut flight, &id).await.unwrap_err();
            assert_eq!(status.code(), Code::Unavailable, "{id}: {status}");
            assert!(
                status.message().contains("refresh and ask again"),
                "{id}: {}",
                status.message()
            );
        }
    }
    let refreshed = refresh(&mut flight).await;
    let ids = refreshed["datasets"].as_array().unwrap();
    assert!(
        !ids.contains(&"csv-deleted".into()) && !ids.contains(&"parquet-deleted".into()),
        "{ids:?}"
    );
    for (id, first) in [
        ("csv-renamedover", "0|new 0..."),
        ("csv-rewritteninplace", "0|new 0..."),
        ("parquet-renamedover", "0|new 0..."),
        ("parquet-rewritteninplace", "0|new 0..."),
        ("csv-appendedto", "0|old 0..."),
    ] {
        let rows = rows(&mut flight, id).await.unwrap();
        assert!(rows[0].starts_with(first), "{id}: {}", rows[0]);
    }
    let appended = rows(&mut flight, "csv-appendedto").await.unwrap();
    assert_eq!((appended.len(), appended[20].as_str()), (21, "0|appended"));
    let gone = rows(&mut flight, "csv-deleted").await.unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let said = "Dataset not found: csv-deleted; did you mean 'csv-";
    assert!(gone.message().starts_with(said), "{gone}");
}

/// Opening a pipe waits for a writer, for ever if there is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_a_files_place_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    write_yesterday(&file, b"a\n1\n");
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    std::fs::remove_file(&file).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&file).status().unwrap();
    assert!(made.success());
    let read = tokio::time::timeout(Duration::from_secs(20), rows(&mut flight, "t")).await;
    // Lets whoever waits for a writer go on, so that the test ends whatever it finds.
    let writer = read
        .is_err()
        .then(|| File::options().read(true).write(true).open(&file));
    let status = read.expect("the read waits for a writer of the pipe").unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    assert_eq!(refresh(&mut flight).await["datasets"], serde_json::json!([]));
    drop(writer);
}
