//! The endpoints of a `FlightInfo` as one stream of record batches.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{FlightData, FlightInfo, Ticket};
use futures::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use tonic::transport::Channel;

use super::dataset::schema_of;
use super::error::{Error, Result};
use super::retry::RetryPolicy;

/// The rows of a dataset or of a query, batch by batch.
///
/// Batches are asked for as they are read: what is not polled is held back by HTTP/2's flow control, and the next
/// endpoint is opened only when the one before is done. **The stream is complete if and only if it ends without an
/// error item**; after an error it ends. Dropping it cancels the work on the server.
pub struct RecordStream {
    schema: SchemaRef,
    received: Arc<AtomicU64>,
    batches: BoxStream<'static, Result<RecordBatch>>,
}

impl RecordStream {
    /// Opens the first endpoint of `info` and reads its schema.
    pub(super) async fn open(connection: Connection, info: FlightInfo) -> Result<Self> {
        let advertised = schema_of(&info)?;
        let mut tickets = Vec::with_capacity(info.endpoint.len());
        for endpoint in info.endpoint {
            let ticket = endpoint.ticket;
            tickets.push(ticket.ok_or_else(|| Error::Protocol("an endpoint has no ticket".into()))?);
        }
        let mut tickets = tickets.into_iter();
        let received = Arc::new(AtomicU64::new(0));
        let (schema, current) = match tickets.next() {
            None => (advertised, None),
            Some(ticket) => {
                let (schema, part) = open_part(&connection, ticket, &received).await?;
                if let Some(advertised) = advertised {
                    check_same_columns(&advertised, &schema)?;
                }
                (Some(schema), Some(part))
            }
        };
        let schema = schema.ok_or_else(|| Error::Protocol("neither a schema nor an endpoint in the answer".into()))?;
        let parts = Parts {
            connection,
            tickets,
            current,
            schema: Arc::clone(&schema),
            received: Arc::clone(&received),
        };
        Ok(Self {
            schema,
            received,
            batches: futures::stream::try_unfold(parts, Parts::next_batch).boxed(),
        })
    }

    /// The columns of every batch.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The Arrow bytes received so far, headers and bodies, without the framing of HTTP/2.
    pub fn bytes_received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Stream for RecordStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.batches.poll_next_unpin(cx)
    }
}

impl std::fmt::Debug for RecordStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordStream")
            .field("schema", &self.schema)
            .field("bytes_received", &self.bytes_received())
            .finish_non_exhaustive()
    }
}

/// What it takes to redeem a ticket.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) flight: FlightServiceClient<Channel>,
    pub(super) retry: RetryPolicy,
}

/// The endpoints that are still to be read, the first of them open.
struct Parts {
    connection: Connection,
    tickets: std::vec::IntoIter<Ticket>,
    current: Option<FlightDataDecoder>,
    schema: SchemaRef,
    received: Arc<AtomicU64>,
}

impl Parts {
    async fn next_batch(mut self) -> Result<Option<(RecordBatch, Self)>> {
        loop {
            let Some(part) = &mut self.current else {
                let Some(ticket) = self.tickets.next() else {
                    return Ok(None);
                };
                let (schema, part) = open_part(&self.connection, ticket, &self.received).await?;
                check_same_columns(&self.schema, &schema)?;
                self.current = Some(part);
                continue;
            };
            match part.try_next().await?.map(|decoded| decoded.payload) {
                None => self.current = None,
                Some(DecodedPayload::None) => {}
                Some(DecodedPayload::RecordBatch(batch)) => {
                    let batch = with_schema(batch, &self.schema)?;
                    return Ok(Some((batch, self)));
                }
                Some(DecodedPayload::Schema(_)) => {
                    return Err(Error::Protocol("a second schema in one stream".into()));
                }
            }
        }
    }
}

/// Redeems a ticket and reads up to the schema. Nothing has been handed on by then, so all of it may be done again.
async fn open_part(
    connection: &Connection,
    ticket: Ticket,
    received: &Arc<AtomicU64>,
) -> Result<(SchemaRef, FlightDataDecoder)> {
    let open = || {
        let (mut flight, ticket) = (connection.flight.clone(), ticket.clone());
        let received = Arc::clone(received);
        async move {
            let messages = flight.do_get(ticket).await?.into_inner();
            let messages = messages
                .map_err(FlightError::from)
                .inspect_ok(move |message| count(message, &received))
                // A message of application metadata only has no Arrow header to decode.
                .try_filter(|message| std::future::ready(!message.data_header.is_empty()));
            let mut part = FlightDataDecoder::new(messages);
            loop {
                match part.try_next().await?.map(|decoded| decoded.payload) {
                    Some(DecodedPayload::Schema(schema)) => return Ok((schema, part)),
                    Some(DecodedPayload::None) => {}
                    Some(DecodedPayload::RecordBatch(_)) => {
                        return Err(Error::Protocol("a batch before the schema".into()));
                    }
                    None => return Err(Error::Protocol("the stream ended before its schema".into())),
                }
            }
        }
    };
    connection.retry.run(open).await
}

fn count(message: &FlightData, received: &AtomicU64) {
    let bytes = message.data_header.len() + message.data_body.len() + message.app_metadata.len();
    received.fetch_add(bytes as u64, Ordering::Relaxed);
}

/// Names, types and nullability must be those that were advertised; metadata may differ.
fn check_same_columns(advertised: &Schema, sent: &Schema) -> Result<()> {
    let same = advertised.fields().len() == sent.fields().len()
        && advertised.fields().iter().zip(sent.fields()).all(|(a, b)| {
            a.name() == b.name() && a.is_nullable() == b.is_nullable() && a.data_type().equals_datatype(b.data_type())
        });
    if same {
        return Ok(());
    }
    let columns = |schema: &Schema| {
        let columns = schema.fields().iter().map(|field| {
            let not_null = if field.is_nullable() { "" } else { " not null" };
            format!("{} {}{not_null}", field.name(), field.data_type())
        });
        columns.collect::<Vec<_>>().join(", ")
    };
    Err(Error::Protocol(format!(
        "it promised the columns ({}) and sent ({})",
        columns(advertised),
        columns(sent)
    )))
}

/// The batch under the stream's one schema, which may differ from its part's in metadata.
fn with_schema(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if batch.schema_ref() == schema {
        return Ok(batch);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns = batch.columns().to_vec();
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}
