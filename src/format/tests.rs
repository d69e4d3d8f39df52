//! What holds of every table that a format makes, and of the registry of formats.

use ::parquet::arrow::ArrowWriter;
use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::Schema;
use datafusion::common::stats::Precision;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::{SendableRecordBatchStream, execute_stream};
use flightstream_csv::Overrides;
use futures::TryStreamExt;

use super::*;
use crate::store::{Compression, Registry, Root};

/// A state whose plans read these roots, in one partition.
pub(crate) fn state(roots: &[Root]) -> SessionState {
    let runtime = RuntimeEnvBuilder::new()
        .with_object_store_registry(Arc::new(Registry::new(roots)))
        .build_arc()
        .unwrap();
    let mut state = SessionStateBuilder::new()
        .with_runtime_env(runtime)
        .with_default_features()
        .build();
    let options = state.config_mut().options_mut();
    options.execution.target_partitions = 1;
    options.execution.parquet.schema_force_view_types = false;
    state
}

/// All rows of a table.
pub(crate) async fn scan(state: &SessionState, provider: Arc<dyn TableProvider>) -> SendableRecordBatchStream {
    let plan = provider.scan(state, None, &[], None).await.unwrap();
    execute_stream(plan, state.task_ctx()).unwrap()
}

async fn rows(state: &SessionState, provider: Arc<dyn TableProvider>) -> Vec<RecordBatch> {
    scan(state, provider).await.try_collect().await.unwrap()
}

fn names(schema: &Schema) -> Vec<&str> {
    schema.fields().iter().map(|field| field.name().as_str()).collect()
}

/// What a table says of itself is so: its columns, its rows, and what it is after it has been read whole.
pub(crate) async fn conforms(root: &Root, table: Arc<dyn FormatTable>) {
    let state = state(std::slice::from_ref(root));
    let checked = Arc::clone(&table).check().await.unwrap();
    assert!(checked.is_checked());
    let again = Arc::clone(&checked).check().await.unwrap();
    assert_eq!(
        (again.schema(), again.reading()),
        (checked.schema(), checked.reading()),
        "a second look finds the same"
    );
    for table in [table, checked] {
        let (schema, provider) = (table.schema(), table.provider());
        assert_eq!(provider.schema(), schema);
        assert!(!table.description().is_empty());
        let batches = rows(&state, provider).await;
        for (at, field) in schema.fields().iter().enumerate() {
            assert!(field.is_nullable() || batches.iter().all(|batch| batch.column(at).null_count() == 0));
        }
        let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
        assert!(table.rows().is_none_or(|rows| rows == count as u64));
        let statistics = table.statistics();
        assert_eq!(statistics.column_statistics.len(), schema.fields().len());
        match table.rows() {
            Some(rows) => assert_eq!(statistics.num_rows, Precision::Exact(rows as usize)),
            None => assert!(!table.is_checked() && !matches!(statistics.num_rows, Precision::Exact(_))),
        }
        if let Some(account) = table.account() {
            assert_eq!(account.ledger.served, count as u64);
        }
        if let Some(lineage) = table.lineage() {
            let wide = lineage.schema();
            assert_eq!(names(&wide), [&names(&schema)[..], &LINEAGE].concat());
            let project = |batch: &RecordBatch| batch.project(&(0..schema.fields().len()).collect::<Vec<_>>()).unwrap();
            let narrow: Vec<_> = rows(&state, lineage).await.iter().map(project).collect();
            assert_eq!(narrow, batches);
        }
    }
}

/// A file of one column, which it says is never NULL.
fn parquet(values: impl IntoIterator<Item = i64>, name: &str) -> Vec<u8> {
    parquet_of(values.into_iter().collect::<Int64Array>(), name)
}

/// A file of one column, which may be NULL if a value is.
fn parquet_of(column: Int64Array, name: &str) -> Vec<u8> {
    let column: ArrayRef = Arc::new(column);
    let batch = RecordBatch::try_from_iter([(name, column)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The files of a folder, in order.
async fn files(root: &Root) -> Vec<SourceFile> {
    let listing = root.list(|_| true).await;
    let file = |meta| SourceFile {
        store: root.store(),
        url: root.url().clone(),
        meta,
        compression: Compression::None,
    };
    listing.files.into_iter().map(file).collect()
}

#[tokio::test]
async fn tables_are_what_they_say() {
    let dir = tempfile::tempdir().unwrap();
    // What comes after a sample makes another type of the column.
    let late = format!("n,s\n{}x,y\n", "1,a\n".repeat(400_000));
    for (name, content) in [
        ("a.csv", b"n,s\n1,a\n2,b\n3\n".to_vec()),
        ("b.csv", late.into_bytes()),
        ("c.csv", b"n,s\n".to_vec()),
        ("d.parquet", parquet(0..10, "n")),
        ("e.parquet", parquet(10..25, "n")),
        ("f.parquet", parquet([], "n")),
    ] {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    let root = Root::new(0, dir.path());
    let formats = Formats::new(&Overrides::default());
    let files = files(&root).await;
    for file in &files {
        let format = formats.of_name(file.name()).unwrap().format;
        conforms(&root, format.open(std::slice::from_ref(file)).await.unwrap()).await;
    }
    let several = ParquetFormat.open(&files[3..]).await.unwrap();
    assert_eq!((several.files().len(), several.rows()), (3, Some(25)));
    let read = rows(&state(std::slice::from_ref(&root)), several.provider()).await;
    let read = arrow::compute::concat_batches(&several.schema(), &read).unwrap();
    let expected: ArrayRef = Arc::new((0..25).collect::<Int64Array>());
    assert_eq!(read.column(0), &expected, "in the order of the files");
    conforms(&root, several).await;
}

#[tokio::test]
async fn a_column_is_never_null_if_every_file_says_so() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("a.parquet", parquet([1], "n")),
        ("b.parquet", parquet([2, 3], "n")),
        ("c.parquet", parquet_of(vec![Some(4), None].into(), "n")),
    ] {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    let root = Root::new(0, dir.path());
    let files = files(&root).await;
    for (range, is_nullable) in [(0..1, false), (0..2, false), (2..3, true), (0..3, true), (1..3, true)] {
        let table = ParquetFormat.open(&files[range.clone()]).await.unwrap();
        assert_eq!(table.schema().field(0).is_nullable(), is_nullable, "{range:?}");
        conforms(&root, table).await;
    }
    let backwards = [files[2].clone(), files[0].clone()];
    let table = ParquetFormat.open(&backwards).await.unwrap();
    assert!(table.schema().field(0).is_nullable());
    conforms(&root, table).await;
}

#[tokio::test]
async fn files_that_make_no_table_together() {
    let dir = tempfile::tempdir().unwrap();
    for (folder, name, content) in [
        ("one", "a.parquet", parquet([1], "n")),
        ("one", "b.parquet", parquet([1], "m")),
        ("two", "c.csv", b"n\n1\n".to_vec()),
        ("two", "d.csv", b"n\n1\n".to_vec()),
    ] {
        std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        std::fs::write(dir.path().join(folder).join(name), content).unwrap();
    }
    let one = files(&Root::new(0, dir.path().join("one"))).await;
    let two = files(&Root::new(1, dir.path().join("two"))).await;
    let apart = [one[0].clone(), two[0].clone()];
    let csv = CsvFormat::default();
    let (parquet, csv): (&dyn TableFormat, &dyn TableFormat) = (&ParquetFormat, &csv);
    for (format, files, expected) in [
        (
            parquet,
            &one[..],
            "file 'b.parquet' has other columns than 'a.parquet'; they do not make one table",
        ),
        (
            parquet,
            &apart[..],
            "the files of one table must lie below one location",
        ),
        (parquet, &[], "a table of no files has no columns"),
        (csv, &two[..], "each CSV file is a table of its own"),
    ] {
        let error = format.open(files).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (crate::error::ErrorKind::Unsupported, expected)
        );
    }
}

#[tokio::test]
async fn the_first_bytes_say_what_a_file_is() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("a.csv", parquet([1], "n")),
        // A text that begins with the same letters.
        ("b.csv", b"PAR1,PAR2\n1,2\n".to_vec()),
        ("c.csv", Vec::new()),
    ] {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    let formats = Formats::new(&Overrides::default());
    for (file, expected) in files(&Root::new(0, dir.path()))
        .await
        .iter()
        .zip([Some("parquet"), None, None])
    {
        let format = formats.of_content(file).await.unwrap();
        assert_eq!(format.as_ref().map(|format| format.name()), expected, "{}", file.name());
    }
}
