//! Batches to bytes, one encoder for every format; no I/O.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::{Context, bail};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use arrow::{csv, json};
use parking_lot::Mutex;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::format::Format;
use super::table::TableEncoder;

/// A row group of a Parquet file is closed at this size, since it stays in memory until then.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

/// Encodes one result.
pub(super) struct Encoder {
    format: Format,
    kind: Kind,
    encoded: Buffer,
}

enum Kind {
    Table(TableEncoder),
    Csv(Box<csv::Writer<Buffer>>),
    Json(json::ArrayWriter<Buffer>),
    Ndjson(json::LineDelimitedWriter<Buffer>),
    Parquet(Box<ArrowWriter<Buffer>>),
    ArrowFile(Box<FileWriter<Buffer>>),
    ArrowStream(Box<StreamWriter<Buffer>>),
}

impl Encoder {
    /// An encoder for batches of `schema`; `null` is how a table shows a null, and `room` the length of its lines.
    ///
    /// Fails if the format has no form for a column.
    pub(super) fn new(
        format: Format,
        schema: &SchemaRef,
        null: &'static str,
        room: Option<usize>,
    ) -> anyhow::Result<Self> {
        let encoded = Buffer::default();
        let nulls = json::WriterBuilder::new().with_explicit_nulls(true);
        let kind = match format {
            Format::Table => Kind::Table(TableEncoder::new(Arc::clone(schema), null, room)),
            Format::Csv => {
                let mut writer = csv::Writer::new(encoded.clone());
                check_flat(schema)?;
                // No rows write the header, which an empty result must have, too.
                writer.write(&RecordBatch::new_empty(Arc::clone(schema)))?;
                Kind::Csv(Box::new(writer))
            }
            Format::Json => Kind::Json(nulls.build(encoded.clone())),
            Format::Ndjson => Kind::Ndjson(nulls.build(encoded.clone())),
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .build();
                let writer = ArrowWriter::try_new(encoded.clone(), Arc::clone(schema), Some(properties));
                Kind::Parquet(Box::new(writer.context(CANNOT_WRITE_PARQUET)?))
            }
            Format::Arrow => Kind::ArrowFile(Box::new(FileWriter::try_new(encoded.clone(), schema)?)),
            Format::Arrows => Kind::ArrowStream(Box::new(StreamWriter::try_new(encoded.clone(), schema)?)),
        };
        Ok(Self { format, kind, encoded })
    }

    /// The bytes that are ready with `batch`; a Parquet file holds rows back until a row group is full.
    pub(super) fn encode(&mut self, batch: &RecordBatch) -> anyhow::Result<Vec<u8>> {
        self.append(batch)
            .with_context(|| format!("cannot write {}", self.format))?;
        Ok(self.encoded.take())
    }

    fn append(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        match &mut self.kind {
            Kind::Table(table) => table.encode(batch, &mut self.encoded.0.lock())?,
            Kind::Csv(writer) => writer.write(batch)?,
            Kind::Json(writer) => writer.write(batch)?,
            Kind::Ndjson(writer) => writer.write(batch)?,
            Kind::Parquet(writer) => {
                writer.write(batch)?;
                if writer.in_progress_size() >= ROW_GROUP_BYTES {
                    writer.flush()?;
                }
            }
            Kind::ArrowFile(writer) => writer.write(batch)?,
            Kind::ArrowStream(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// The last bytes; `left_out` gets the columns that a table had no room for.
    pub(super) fn finish(mut self, left_out: &mut Vec<String>) -> anyhow::Result<Vec<u8>> {
        match self.kind {
            Kind::Table(mut table) => {
                table.finish(&mut self.encoded.0.lock())?;
                *left_out = table.left_out();
            }
            Kind::Csv(_) => {}
            Kind::Json(mut writer) => {
                writer.finish()?;
                self.encoded.write_all(b"\n")?;
            }
            Kind::Ndjson(mut writer) => writer.finish()?,
            Kind::Parquet(writer) => {
                writer.close().context(CANNOT_WRITE_PARQUET)?;
            }
            Kind::ArrowFile(mut writer) => writer.finish()?,
            Kind::ArrowStream(mut writer) => writer.finish()?,
        }
        Ok(self.encoded.take())
    }
}

const CANNOT_WRITE_PARQUET: &str = "cannot write parquet";

/// A field of a CSV file is a text; lists and structures have none that readers agree on.
fn check_flat(schema: &SchemaRef) -> anyhow::Result<()> {
    if let Some(field) = schema.fields().iter().find(|field| field.data_type().is_nested()) {
        bail!(
            "csv has no form for the column {:?} of type {}; choose json, parquet or arrow",
            field.name(),
            field.data_type()
        );
    }
    Ok(())
}

/// Where the writers of the formats write to, and from where the bytes are taken after each batch: the writers own their
/// end, and some of them never give it back.
#[derive(Clone, Debug, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock())
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
