//! Batches → messages: the schema first, also when there are no rows. Cast strictly before they are encoded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::gather::gathered;
use super::message::{Message, MessageEncoder, cut};
use super::wire_types::conform;
use crate::error::Result;

/// Messages aim at this size: half of what a plain gRPC client takes by default.
const MESSAGE_BYTES: usize = 2 << 20;

/// The size that messages aim at where none may be longer than `limit`: what stands around the rows has room, too.
pub(super) fn message_bytes(limit: usize) -> usize {
    MESSAGE_BYTES.min(limit / 2).max(1)
}

/// Encodes batches in the types of `schema`, small ones put together to at most `batch_rows`, and counts their rows.
/// Messages aim at `message_bytes`.
pub(super) fn rows(
    batches: BoxStream<'static, Result<RecordBatch>>,
    schema: SchemaRef,
    batch_rows: usize,
    message_bytes: usize,
    counted: Arc<AtomicU64>,
) -> BoxStream<'static, Result<Message>> {
    let wire = Arc::clone(&schema);
    let conforming = batches.map(move |batch| {
        let batch = conform(&batch?, &wire)?;
        counted.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        Ok(batch)
    });
    let gathered = gathered(conforming.boxed(), Arc::clone(&schema), batch_rows);
    encode(gathered.boxed(), schema, message_bytes)
}

/// Encodes batches as they are, in messages that aim at `message_bytes`.
pub(super) fn encode(
    batches: BoxStream<'static, Result<RecordBatch>>,
    schema: SchemaRef,
    message_bytes: usize,
) -> BoxStream<'static, Result<Message>> {
    let (encoder, first) = match MessageEncoder::new(&schema) {
        Ok(made) => made,
        Err(error) => return stream::iter([Err(error)]).boxed(),
    };
    let messages = stream::try_unfold(
        (batches, encoder, Vec::new()),
        move |(mut batches, mut encoder, mut parts)| async move {
            loop {
                if let Some(part) = parts.pop() {
                    let message = encoder.encode(&part)?;
                    return Ok(Some((message, (batches, encoder, parts))));
                }
                match batches.try_next().await? {
                    None => return Ok(None),
                    Some(batch) if batch.num_rows() == 0 => {}
                    Some(batch) => {
                        cut(batch, message_bytes, &mut parts);
                        parts.reverse();
                    }
                }
            }
        },
    );
    stream::iter([Ok(first)]).chain(messages).boxed()
}
