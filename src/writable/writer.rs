//! Batches → Parquet files that belong to no table yet.

use std::io;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use tokio::task::JoinError;

use super::columns::stored_batch;
use super::folder::data_file;
use super::table::{DataFile, Place};
use crate::discovery::DatasetName;
use crate::error::{Error, ErrorKind, Result};
use crate::store::{NewObject, WritableRoot, refused};

/// A file of this size is ended and another begun.
const FILE_BYTES: usize = 512 << 20;
/// What is encoded and not yet on the disk, at most.
const ROW_GROUP_BYTES: usize = 64 << 20;
const ROW_GROUP_ROWS: usize = 1 << 20;

/// Writes rows for a table. Nobody sees them before they are committed; dropped without that, they are removed.
#[derive(Debug)]
pub struct TableWriter {
    name: DatasetName,
    schema: SchemaRef,
    /// None while a thread has it, and for good once a write has failed or was abandoned.
    files: Option<Files>,
}

/// Rows that are on the disk and wait for [`super::WritableTables::commit`]. Dropped instead, they are removed.
#[derive(Debug)]
pub struct PendingRows {
    pub(super) name: DatasetName,
    pub(super) schema: SchemaRef,
    pub(super) files: Vec<Arc<DataFile>>,
}

impl PendingRows {
    /// The table that they are meant for.
    pub fn name(&self) -> &DatasetName {
        &self.name
    }

    /// The columns, as the table keeps them.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The number of rows.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// The number of files.
    pub fn files(&self) -> usize {
        self.files.len()
    }
}

impl TableWriter {
    pub(super) fn new(name: DatasetName, schema: SchemaRef, files: Files) -> Self {
        Self {
            name,
            schema,
            files: Some(files),
        }
    }

    /// The columns, as the table keeps them.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Writes a batch of the columns that the writer was made for. Memory is bounded by a row group.
    ///
    /// # Errors
    /// `Invalid` for other columns, `Exhausted` for a full disk. After an error the writer is of no more use.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let batch = batch.clone();
        let files = self.take()?;
        self.files = Some(apart(move || files.write(&batch)).await?);
        Ok(())
    }

    /// Makes the rows durable.
    pub async fn finish(mut self) -> Result<PendingRows> {
        let files = self.take()?;
        Ok(PendingRows {
            files: apart(move || files.finish()).await?,
            name: self.name,
            schema: self.schema,
        })
    }

    fn take(&mut self) -> Result<Files> {
        self.files.take().ok_or_else(|| Breakdown::Over.into())
    }
}

/// Encodes on a thread that may block and be busy.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Breakdown::Early)?
}

/// The files of one write: those that are whole, and the one that is open.
#[derive(Debug)]
pub(super) struct Files {
    root: WritableRoot,
    folder: String,
    schema: SchemaRef,
    durable: bool,
    whole: Vec<Arc<DataFile>>,
    open: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    writer: ArrowWriter<Box<dyn NewObject>>,
    rows: u64,
    place: Place,
}

impl Files {
    /// No files yet; they will lie in `folder`.
    pub(super) fn new(root: WritableRoot, folder: String, schema: SchemaRef, durable: bool) -> Self {
        Self {
            root,
            folder,
            schema,
            durable,
            whole: Vec::new(),
            open: None,
        }
    }

    /// Encodes a batch; the file is ended when it is large enough.
    pub(super) fn write(mut self, batch: &RecordBatch) -> Result<Self> {
        let batch = stored_batch(&self.schema, batch)?;
        let mut file = match self.open.take() {
            Some(file) => file,
            None => OpenFile::create(&self)?,
        };
        file.writer.write(&batch).map_err(failed)?;
        file.rows += batch.num_rows() as u64;
        if file.writer.bytes_written() + file.writer.in_progress_size() < FILE_BYTES {
            self.open = Some(file);
        } else {
            let whole = file.finish(&self)?;
            self.whole.push(whole);
        }
        Ok(self)
    }

    /// Ends the open file.
    pub(super) fn finish(mut self) -> Result<Vec<Arc<DataFile>>> {
        if let Some(file) = self.open.take() {
            let whole = file.finish(&self)?;
            self.whole.push(whole);
        }
        Ok(self.whole)
    }
}

impl OpenFile {
    fn create(files: &Files) -> Result<Self> {
        let place = Place::new(files.root.clone(), format!("{}/{}", files.folder, data_file()));
        let object = files.root.create(&place.object)?;
        let writer = ArrowWriter::try_new(object, Arc::clone(&files.schema), Some(properties()));
        Ok(Self {
            writer: writer.map_err(failed)?,
            rows: 0,
            place,
        })
    }

    fn finish(mut self, files: &Files) -> Result<Arc<DataFile>> {
        self.writer.finish().map_err(failed)?;
        let object = self.writer.inner_mut();
        match files.durable {
            true => object.finish()?,
            false => object.close()?,
        }
        let meta = files.root.meta(&self.place.object)?;
        let meta = meta.ok_or(Breakdown::Gone)?;
        Ok(Arc::new(DataFile::new(self.place, meta, self.rows)))
    }
}

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .build()
}

/// What the encoder refuses is the data's fault, unless the disk is behind it.
fn failed(error: ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) => refused(*error),
            Err(cause) => Breakdown::Encoder(cause).into(),
        },
        ParquetError::NYI(what) => Breakdown::Rows(what).into(),
        error => Breakdown::Encoder(error.into()).into(),
    }
}

/// Why a write does not go on.
#[derive(Debug, thiserror::Error)]
enum Breakdown {
    #[error("a write that failed cannot go on")]
    Over,
    #[error("a write ended early")]
    Early(#[source] JoinError),
    #[error("a file that was just written is gone")]
    Gone,
    /// The encoder does not know what is in them.
    #[error("the rows cannot be kept: {0}")]
    Rows(String),
    #[error("rows cannot be encoded")]
    Encoder(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Breakdown> for Error {
    fn from(breakdown: Breakdown) -> Self {
        let kind = match &breakdown {
            Breakdown::Over | Breakdown::Early(_) | Breakdown::Encoder(_) => ErrorKind::Internal,
            Breakdown::Gone => ErrorKind::Unavailable,
            Breakdown::Rows(_) => ErrorKind::Unsupported,
        };
        let error = Self::new(kind, breakdown.to_string());
        match breakdown {
            Breakdown::Early(source) => error.with_source(source),
            Breakdown::Encoder(source) => error.with_source(source),
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writable::tests::{batches, name, put};
    use crate::writable::{Mode, WritableTables, columns};
    use arrow::array::{
        Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array,
        DictionaryArray, DurationMicrosecondArray, FixedSizeBinaryArray, FixedSizeListArray, Float32Array, Int32Array,
        IntervalDayTimeArray, IntervalYearMonthArray, LargeStringArray, ListArray, ListViewArray, MapArray, NullArray,
        RunArray, StringArray, StringViewArray, StructArray, Time32MillisecondArray, Time32SecondArray,
        Time64NanosecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt8Array, UInt64Array,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{DataType, Field, Int8Type, Int32Type, IntervalDayTime, i256};

    fn every_type() -> RecordBatch {
        let item = |kind| Arc::new(Field::new("element", kind, true));
        let text = || Arc::new(StringArray::from(vec![Some("a"), None, Some("ü")])) as ArrayRef;
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
        let fixed = FixedSizeListArray::new(
            item(DataType::Int32),
            1,
            Arc::new(Int32Array::from(vec![1, 2, 3])),
            None,
        );
        let nested = ListArray::new(
            Arc::new(Field::new("x", DataType::Utf8View, true)),
            OffsetBuffer::from_lengths([1, 2, 0]),
            Arc::new(StringViewArray::from(vec![
                "p",
                "q",
                "a text that is too long to be inline",
            ])),
            None,
        );
        let fields = vec![
            (
                Arc::new(Field::new("s", DataType::Utf8, false)),
                Arc::new(StringArray::from(vec!["1", "2", "3"])) as ArrayRef,
            ),
            (
                Arc::new(Field::new("l", lists.data_type().clone(), true)),
                Arc::new(lists.clone()) as ArrayRef,
            ),
        ];
        let entries = StructArray::from(vec![
            (
                Arc::new(Field::new("key", DataType::Utf8, false)),
                Arc::new(StringArray::from(vec!["k", "l"])) as ArrayRef,
            ),
            (
                Arc::new(Field::new("value", DataType::Int32, true)),
                Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef,
            ),
        ]);
        let entries_field = Arc::new(Field::new("key_value", entries.data_type().clone(), false));
        let map = MapArray::new(
            entries_field,
            OffsetBuffer::from_lengths([1, 0, 1]),
            entries,
            None,
            false,
        );
        let dictionary: DictionaryArray<Int8Type> = [Some("x"), None, Some("x")].into_iter().collect();
        let runs = RunArray::try_new(&Int32Array::from(vec![2, 3]), &StringArray::from(vec![Some("r"), None])).unwrap();
        let list_view = ListViewArray::new(
            item(DataType::Int32),
            vec![1, 0, 0].into(),
            vec![2, 1, 0].into(),
            Arc::new(Int32Array::from(vec![1, 2, 3])),
            None,
        );
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("bool", Arc::new(BooleanArray::from(vec![true, false, true]))),
            ("u8", Arc::new(UInt8Array::from(vec![0, 1, 255]))),
            ("u64", Arc::new(UInt64Array::from(vec![0, 1, u64::MAX]))),
            ("f32", Arc::new(Float32Array::from(vec![0.5, f32::NAN, f32::INFINITY]))),
            ("date", Arc::new(Date32Array::from(vec![0, -1, 20_000]))),
            ("date64", Arc::new(Date64Array::from(vec![0, 86_400_000, -86_400_000]))),
            ("time_s", Arc::new(Time32SecondArray::from(vec![0, 1, 86_399]))),
            (
                "time_ms",
                Arc::new(Time32MillisecondArray::from(vec![0, 1, 86_399_999])),
            ),
            (
                "time_ns",
                Arc::new(Time64NanosecondArray::from(vec![0, 1, 86_399_999_999_999])),
            ),
            ("at_s", Arc::new(TimestampSecondArray::from(vec![0, 1, -1]))),
            (
                "at_ns",
                Arc::new(TimestampNanosecondArray::from(vec![0, 1, -1]).with_timezone("Europe/Berlin")),
            ),
            ("span", Arc::new(DurationMicrosecondArray::from(vec![0, 1, -1]))),
            (
                "d128",
                Arc::new(
                    Decimal128Array::from(vec![0, 1, -1])
                        .with_precision_and_scale(38, 10)
                        .unwrap(),
                ),
            ),
            (
                "d256",
                Arc::new(
                    Decimal256Array::from(vec![i256::ZERO, i256::ONE, i256::MINUS_ONE])
                        .with_precision_and_scale(76, 5)
                        .unwrap(),
                ),
            ),
            ("text", text()),
            (
                "large",
                Arc::new(LargeStringArray::from(vec![Some("a"), None, Some("")])),
            ),
            (
                "view",
                Arc::new(StringViewArray::from(vec![
                    Some("a"),
                    None,
                    Some("more than twelve bytes"),
                ])),
            ),
            (
                "bytes",
                Arc::new(BinaryArray::from(vec![Some(&b"\0"[..]), None, Some(b"")])),
            ),
            (
                "fixed",
                Arc::new(FixedSizeBinaryArray::try_from_iter([[1u8; 16]; 3].iter()).unwrap()),
            ),
            ("dict", Arc::new(dictionary)),
            ("list", Arc::new(lists)),
            ("fixed_list", Arc::new(fixed)),
            ("views", Arc::new(nested)),
            ("struct", Arc::new(StructArray::from(fields))),
            ("map", Arc::new(map)),
            ("months", Arc::new(IntervalYearMonthArray::from(vec![0, 1, -14]))),
            (
                "days",
                Arc::new(IntervalDayTimeArray::from(vec![
                    IntervalDayTime::new(0, 1),
                    IntervalDayTime::ZERO,
                    IntervalDayTime::new(-3, 7),
                ])),
            ),
            ("runs", Arc::new(runs)),
            ("list_view", Arc::new(list_view)),
            ("null", Arc::new(NullArray::new(3))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
            .unwrap()
    }

    #[tokio::test]
    async fn types_and_values_round_trip() {
        let dir = tempfile::tempdir().unwrap();
        let tables = WritableTables::open(&dir.path().into()).unwrap();
        let batch = every_type();
        put(&tables, "t", Mode::Create, batch.clone()).await.unwrap();
        drop(tables);
        let tables = WritableTables::open(&dir.path().into()).unwrap();
        let schema: SchemaRef = tables.get(&name("t")).unwrap().as_rows().unwrap().table.schema();
        let plain = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
        let kept = ["dict", "view", "views", "large", "runs"].map(plain);
        let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
        assert_eq!(
            kept,
            [
                DataType::Utf8,
                DataType::Utf8,
                list,
                DataType::LargeUtf8,
                DataType::Utf8
            ]
        );
        for (field, given) in schema.fields().iter().zip(batch.schema_ref().fields()) {
            if !field.data_type().is_nested() && !matches!(field.name().as_str(), "dict" | "view" | "runs") {
                assert_eq!(field.data_type(), given.data_type(), "{}", field.name());
            }
        }
        let stored = columns::stored_batch(&schema, &batch).unwrap();
        assert_eq!(batches(&tables, "t").await, [stored]);
        // The same columns once more, under the names that another writer gives to the items of lists.
        put(&tables, "t", Mode::Append, batch).await.unwrap();
        assert_eq!(
            batches(&tables, "t")
                .await
                .iter()
                .map(RecordBatch::num_rows)
                .sum::<usize>(),
            6
        );
    }
}
