//! Batches → messages of rows as the protocol has them, whose buffers are the batch's own: nothing is copied until the
//! network takes it.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::{IpcWriteOptions, StreamEncoder};
use arrow_flight::{FlightData, SchemaAsIpc};
use bytes::{BufMut, Bytes, BytesMut};

use crate::error::{Error, ErrorKind, Result};

/// Buffers below this are copied next to their neighbours: that costs less than an HTTP/2 frame of their own.
const SMALL_BYTES: usize = 16 << 10;

/// What stands in front of a message in a gRPC stream: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;

/// Room for the prefix, and for the tags and lengths of both fields.
const HEAD_BYTES: usize = 32;

/// The tags of `FlightData.data_header` and `FlightData.data_body`: the fields 2 and 1000, both of bytes.
const HEADER_TAG: &[u8] = &[0x12];
const BODY_TAG: &[u8] = &[0xc2, 0x3e];

/// What stands in front of an IPC message: a marker, and the length of its metadata.
const IPC_PREFIX_BYTES: usize = 8;

/// A schema or rows, as one `FlightData` whose body is not put together yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    header: Bytes,
    body: Vec<Buffer>,
}

impl Message {
    /// Its length in bytes: of header and body, without what `FlightData` adds to tell one from the other.
    pub(super) fn bytes(&self) -> usize {
        self.header.len() + self.body_bytes()
    }

    fn body_bytes(&self) -> usize {
        self.body.iter().map(Buffer::len).sum()
    }

    /// The message as it stands in a gRPC stream, in pieces: small buffers together, large ones as they are.
    ///
    /// # Errors
    /// `Exhausted` when it is longer than `limit` bytes.
    pub(super) fn framed(self, limit: usize) -> Result<Vec<Bytes>> {
        let body_bytes = self.body_bytes();
        let mut head = BytesMut::with_capacity(HEAD_BYTES + self.header.len());
        head.put_bytes(0, PREFIX_BYTES);
        put_field(&mut head, HEADER_TAG, self.header.len())?;
        head.extend_from_slice(&self.header);
        if body_bytes > 0 {
            put_field(&mut head, BODY_TAG, body_bytes)?;
        }
        let bytes = head.len() - PREFIX_BYTES + body_bytes;
        let length = u32::try_from(bytes).ok().filter(|_| bytes <= limit);
        let length = length.ok_or_else(|| too_long(bytes, limit))?;
        // The first byte says that the message is not compressed.
        head[1..PREFIX_BYTES].copy_from_slice(&length.to_be_bytes());
        let (mut small, mut pieces) = (head, Vec::new());
        for buffer in self.body {
            if buffer.len() < SMALL_BYTES {
                small.extend_from_slice(&buffer);
                continue;
            }
            if !small.is_empty() {
                pieces.push(small.split().freeze());
            }
            pieces.push(Bytes::from_owner(Shared(buffer)));
        }
        if !small.is_empty() {
            pieces.push(small.freeze());
        }
        Ok(pieces)
    }
}

impl From<Message> for FlightData {
    fn from(message: Message) -> Self {
        let body: Vec<u8> = message
            .body
            .iter()
            .flat_map(|buffer| buffer.as_slice())
            .copied()
            .collect();
        Self::new().with_data_header(message.header).with_data_body(body)
    }
}

/// What stands in front of a field's bytes.
fn put_field(out: &mut BytesMut, tag: &[u8], length: usize) -> Result<()> {
    out.extend_from_slice(tag);
    prost::encode_length_delimiter(length, out)
        .map_err(|error| Error::internal("a message could not be encoded").with_source(error))
}

fn too_long(bytes: usize, limit: usize) -> Error {
    Error::new(
        ErrorKind::Exhausted,
        format!(
            "a message of {bytes} bytes is longer than {} bytes, the most that this server sends: select fewer columns, or \
             start it with a larger --max-send-message-length",
            limit.min(u32::MAX as usize)
        ),
    )
}

/// A buffer that several messages may be part of.
struct Shared(Buffer);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Makes the messages of one stream.
pub(super) struct MessageEncoder {
    encoder: StreamEncoder,
}

impl MessageEncoder {
    /// An encoder of batches of `schema`, and the message that comes first.
    ///
    /// # Errors
    /// `Internal` for a schema that IPC does not have.
    pub(super) fn new(schema: &SchemaRef) -> Result<(Self, Message)> {
        let options = IpcWriteOptions::default();
        let first = FlightData::from(SchemaAsIpc::new(schema, &options));
        let mut encoder = StreamEncoder::try_new_with_options(schema, options).map_err(failed)?;
        // It writes the schema in front of its first batch, which is this one.
        encoder
            .encode(&RecordBatch::new_empty(Arc::clone(schema)))
            .map_err(failed)?;
        let first = Message {
            header: first.data_header,
            body: Vec::new(),
        };
        Ok((Self { encoder }, first))
    }

    /// The batch as one message.
    ///
    /// # Errors
    /// `Internal` for a batch that is not of the schema, or has dictionaries: they would be messages of their own.
    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Message> {
        let mut buffers = self.encoder.encode(batch).map_err(failed)?.into_iter();
        let prefix = buffers.next().filter(|prefix| prefix.len() == IPC_PREFIX_BYTES);
        let length = prefix.and_then(|prefix| prefix[4..].try_into().ok().map(u32::from_le_bytes));
        let length = length.ok_or_else(|| failed(ArrowError::IpcError("a message without a prefix".into())))?;
        let mut header = BytesMut::with_capacity(length as usize);
        while header.len() < length as usize
            && let Some(part) = buffers.next()
        {
            header.extend_from_slice(&part);
        }
        Ok(Message {
            header: header.freeze(),
            body: buffers.collect(),
        })
    }
}

/// Cuts a batch into batches of at most `limit` bytes, or of one row.
pub(super) fn cut(batch: RecordBatch, limit: usize, parts: &mut Vec<RecordBatch>) {
    let bytes = sent_bytes(&batch);
    let rows = batch.num_rows();
    let count = bytes.div_ceil(limit).clamp(1, rows.max(1));
    if count == 1 {
        return parts.push(batch);
    }
    let most = rows.div_ceil(count);
    for start in (0..rows).step_by(most) {
        let part = batch.slice(start, most.min(rows - start));
        // A few long rows may be next to each other. Of what slices share, all is counted for each.
        if sent_bytes(&part) < bytes {
            cut(part, limit, parts);
        } else {
            parts.push(part);
        }
    }
}

/// The length of what a batch is sent as. Of nested columns it counts what the batch holds, not what it shows.
fn sent_bytes(batch: &RecordBatch) -> usize {
    let sizes = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View | DataType::BinaryView => column.get_buffer_memory_size(),
        _ => column
            .to_data()
            .get_slice_memory_size()
            .unwrap_or_else(|_| column.get_buffer_memory_size()),
    });
    sizes.sum()
}

fn failed(error: ArrowError) -> Error {
    Error::internal("a batch could not be encoded").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, BooleanArray, Decimal128Array, Int64Array, ListArray, NullArray, RecordBatchOptions, StringArray,
        StringViewArray, StructArray,
    };
    use arrow::compute::concat_batches;
    use arrow::datatypes::{Field, Int32Type, Schema};
    use arrow_flight::encode::FlightDataEncoderBuilder;
    use futures::{StreamExt, TryStreamExt, stream};
    use prost::Message as _;

    /// What arrow-flight's own encoder makes of a batch: its schema and its only message.
    #[expect(clippy::disallowed_methods, reason = "the encoder that ours is compared with")]
    async fn by_arrow_flight(batch: &RecordBatch) -> Vec<FlightData> {
        let encoder = FlightDataEncoderBuilder::new()
            .with_schema(batch.schema())
            .with_max_flight_data_size(usize::MAX);
        let messages = encoder.build(stream::iter([Ok(batch.clone())])).boxed();
        messages.try_collect().await.unwrap()
    }

    fn by_us(batch: &RecordBatch) -> Vec<Message> {
        let (mut encoder, first) = MessageEncoder::new(&batch.schema()).unwrap();
        vec![first, encoder.encode(batch).unwrap()]
    }

    fn parse(pieces: &[Bytes]) -> FlightData {
        let bytes = pieces.concat();
        assert_eq!(bytes[0], 0, "not compressed");
        let length = u32::from_be_bytes(bytes[1..PREFIX_BYTES].try_into().unwrap());
        assert_eq!(length as usize, bytes.len() - PREFIX_BYTES);
        FlightData::decode(&bytes[PREFIX_BYTES..]).unwrap()
    }

    fn every_kind(rows: i64) -> RecordBatch {
        let some = |row: i64| (row % 7 != 3).then_some(row);
        let texts: StringArray = (0..rows)
            .map(|row| some(row).map(|row| "é".repeat(row as usize % 40)))
            .collect();
        let numbers: Int64Array = (0..rows).map(some).collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("number", Arc::new(numbers.clone())),
            ("text", Arc::new(texts.clone())),
            ("view", Arc::new(texts.iter().collect::<StringViewArray>())),
            (
                "flag",
                Arc::new(
                    (0..rows)
                        .map(|row| some(row).map(|row| row % 2 == 0))
                        .collect::<BooleanArray>(),
                ),
            ),
            (
                "money",
                Arc::new(
                    (0..rows)
                        .map(|row| some(row).map(i128::from))
                        .collect::<Decimal128Array>(),
                ),
            ),
            ("nothing", Arc::new(NullArray::new(rows as usize))),
            (
                "list",
                Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>((0..rows).map(
                    |row| some(row).map(|row| (0..row as i32 % 5).map(Some).collect::<Vec<_>>()),
                ))),
            ),
            (
                "pair",
                Arc::new(StructArray::from(vec![
                    (
                        Arc::new(Field::new("a", DataType::Int64, true)),
                        Arc::new(numbers) as ArrayRef,
                    ),
                    (
                        Arc::new(Field::new("b", DataType::Utf8, true)),
                        Arc::new(texts) as ArrayRef,
                    ),
                ])),
            ),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[tokio::test]
    async fn messages_are_those_of_arrow_flight() {
        let large = every_kind(10_000);
        let columnless = RecordBatch::try_new_with_options(
            Arc::new(Schema::empty()),
            vec![],
            &RecordBatchOptions::new().with_row_count(Some(3)),
        );
        let batches = [
            every_kind(1),
            large.slice(13, 70),
            large.slice(4321, 5000),
            large,
            columnless.unwrap(),
        ];
        for batch in batches {
            let theirs = by_arrow_flight(&batch).await;
            let ours = by_us(&batch);
            assert_eq!(theirs.len(), ours.len());
            for (theirs, ours) in theirs.into_iter().zip(ours) {
                let parsed = parse(&ours.clone().framed(usize::MAX).unwrap());
                assert_eq!(ours.bytes(), parsed.data_header.len() + parsed.data_body.len());
                assert_eq!(FlightData::from(ours), parsed);
                assert!(parsed.data_body == theirs.data_body, "{} rows", batch.num_rows());
                let (header, padding) = parsed.data_header.split_at(theirs.data_header.len());
                assert_eq!(header, &theirs.data_header[..]);
                assert!(padding.len() < 64 && padding.iter().all(|byte| *byte == 0));
            }
        }
    }

    #[test]
    fn large_buffers_are_sent_as_they_are() {
        let numbers = Int64Array::from_iter_values(0..100_000);
        let at = numbers.values().as_ptr().cast::<u8>();
        let batch = RecordBatch::try_from_iter([("n", Arc::new(numbers) as ArrayRef)]).unwrap();
        let pieces = by_us(&batch).pop().unwrap().framed(usize::MAX).unwrap();
        let large: Vec<_> = pieces.iter().filter(|piece| piece.len() >= SMALL_BYTES).collect();
        assert_eq!(large.len(), 1);
        assert_eq!((large[0].as_ptr(), large[0].len()), (at, 800_000));
    }

    #[test]
    fn a_message_above_the_limit_is_refused() {
        let message = by_us(&every_kind(1000)).pop().unwrap();
        let bytes = message.clone().framed(usize::MAX).unwrap().concat().len() - PREFIX_BYTES;
        assert!(message.clone().framed(bytes).is_ok());
        let refused = message.framed(bytes - 1).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Exhausted);
        assert!(refused.message().contains("--max-send-message-length"), "{refused}");
    }

    #[test]
    fn rows_are_cut_where_their_bytes_are() {
        let lengths = [10, 10, 600, 700, 10, 3000, 10]
            .into_iter()
            .chain(std::iter::repeat_n(10, 500));
        let texts = StringArray::from_iter_values(lengths.map(|length| "x".repeat(length)));
        let batch = RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap();
        let mut parts = Vec::new();
        cut(batch.clone(), 1000, &mut parts);
        for part in &parts {
            assert!(
                sent_bytes(part) <= 1000 || part.num_rows() == 1,
                "{} rows",
                part.num_rows()
            );
        }
        assert!(parts.len() < 40, "{}", parts.len());
        assert_eq!(concat_batches(&batch.schema(), &parts).unwrap(), batch);
    }

    #[test]
    fn columns_that_slices_share_are_cut_once() {
        let texts = StringViewArray::from_iter_values((0..100).map(|row| row.to_string().repeat(100)));
        let batch = RecordBatch::try_from_iter([("text", Arc::new(texts) as ArrayRef)]).unwrap();
        let (bytes, mut parts) = (sent_bytes(&batch), Vec::new());
        cut(batch, bytes / 4 + 1, &mut parts);
        assert_eq!(parts.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [25; 4]);
    }
}
