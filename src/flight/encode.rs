//! Batches → `FlightData`: the schema first, also when there are no rows. Cast strictly before the encoder, whose own
//! cast would turn a value that does not fit into NULL.
#![expect(clippy::disallowed_methods, reason = "this is the file that encodes")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::FlightData;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::gather::gathered;
use super::wire_types::conform;
use crate::error::{Error, Result};

/// Messages aim at this size: half of what a plain gRPC client takes by default.
const MESSAGE_BYTES: usize = 2 << 20;

/// Encodes batches in the types of `schema`, small ones put together to at most `batch_rows`, and counts their rows.
pub(super) fn rows(
    batches: BoxStream<'static, Result<RecordBatch>>,
    schema: SchemaRef,
    batch_rows: usize,
    counted: Arc<AtomicU64>,
) -> BoxStream<'static, Result<FlightData>> {
    let wire = Arc::clone(&schema);
    let conforming = batches.map(move |batch| {
        let batch = conform(&batch?, &wire)?;
        counted.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
        Ok(batch)
    });
    let gathered = gathered(conforming.boxed(), Arc::clone(&schema), batch_rows);
    encode(gathered, schema, MESSAGE_BYTES)
}

/// Encodes one batch as one message: ADBC reads only the first batch of `GetTables`.
pub(super) fn whole(batch: RecordBatch) -> BoxStream<'static, Result<FlightData>> {
    let schema = batch.schema();
    encode(futures::stream::iter([Ok(batch)]), schema, usize::MAX)
}

fn encode(
    batches: impl futures::Stream<Item = Result<RecordBatch>> + Send + 'static,
    schema: SchemaRef,
    message_bytes: usize,
) -> BoxStream<'static, Result<FlightData>> {
    FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_max_flight_data_size(message_bytes)
        .build(batches.map_err(|error| FlightError::ExternalError(Box::new(error))))
        .map_err(ours)
        .boxed()
}

fn ours(error: FlightError) -> Error {
    match error {
        FlightError::ExternalError(inner) => match inner.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Error::internal("a batch could not be encoded").with_source(other),
        },
        FlightError::Arrow(_)
        | FlightError::NotYetImplemented(_)
        | FlightError::Tonic(_)
        | FlightError::ProtocolError(_)
        | FlightError::DecodeError(_) => Error::internal("a batch could not be encoded").with_source(error),
    }
}
