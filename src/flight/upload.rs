//! What a client sends with DoPut: a descriptor in the first message, then (perhaps) a schema and batches. Reads whatever
//! drivers make of "nothing": no header at all, a schema without fields, a batch without columns.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow_flight::decode::{DecodedFlightData, DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, FlightDescriptor};
use bytes::Bytes;
use datafusion::common::utils::memory::RecordBatchMemoryCounter;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use tonic::Status;

use crate::engine::QueryRuntime;
use crate::error::{Error, ErrorKind, Result};
use crate::session::too_many_parameters;

/// An upload whose first message was read.
pub(super) struct Upload {
    /// What it is for.
    pub(super) descriptor: FlightDescriptor,
    /// What the first message says beside its data.
    pub(super) app_metadata: Bytes,
    batches: Batches,
}

/// The data of an upload.
pub(super) struct Batches {
    messages: BoxStream<'static, Result<FlightData>>,
}

impl Upload {
    /// Reads the first message of `messages`.
    ///
    /// # Errors
    /// `Invalid` when there is none, or it has no descriptor.
    pub(super) async fn open(
        messages: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
    ) -> Result<Self> {
        let mut messages = messages.map_err(|status| broken(&status)).boxed();
        let first = messages.next().await.transpose()?;
        let first = first.ok_or(Garbled::Empty)?;
        let Some(descriptor) = first.flight_descriptor.clone() else {
            return Err(Garbled::Undescribed.into());
        };
        Ok(Self {
            descriptor,
            app_metadata: first.app_metadata.clone(),
            batches: Batches {
                messages: stream::iter([Ok(first)]).chain(messages).boxed(),
            },
        })
    }

    /// The data.
    pub(super) fn batches(self) -> Batches {
        self.batches
    }
}

impl Batches {
    /// Runs `work` over the data on the query runtime: to decode and to cast them takes time that the network has not.
    /// The messages come across a bounded channel. When the returned future is dropped, the work ends.
    ///
    /// # Errors
    /// That of the work. What a client sends may be made to trip whoever reads it: that is an error of the client's.
    pub(super) async fn on<T, F>(
        self,
        runtime: &QueryRuntime,
        work: impl FnOnce(Self) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send,
    {
        let work = |messages| async move {
            let done = AssertUnwindSafe(work(Self { messages })).catch_unwind().await;
            done.unwrap_or_else(|_| Err(Garbled::Data.into()))
        };
        runtime.feed(self.messages, work).await
    }

    /// The schema of the data, and the data, batch by batch. `None` when no schema was sent: there are no data.
    ///
    /// # Errors
    /// `Invalid` for bytes that are not Arrow data.
    pub(super) async fn decode(self) -> Result<Option<(SchemaRef, BoxStream<'static, Result<RecordBatch>>)>> {
        // A message without a header holds no data: the descriptor alone, or metadata.
        let data = self
            .messages
            .try_filter(|data| std::future::ready(!data.data_header.is_empty()));
        let mut decoder = FlightDataDecoder::new(data.map_err(|error| FlightError::ExternalError(Box::new(error))));
        let first = next(&mut decoder).await?;
        let Some(payload) = first else { return Ok(None) };
        let DecodedPayload::Schema(schema) = payload else {
            return Err(Garbled::Early.into());
        };
        let expected = SchemaRef::clone(&schema);
        let batches = stream::try_unfold(decoder, move |mut decoder| {
            let expected = SchemaRef::clone(&expected);
            async move {
                loop {
                    match next(&mut decoder).await? {
                        None => return Ok(None),
                        Some(DecodedPayload::RecordBatch(batch)) => return Ok(Some((batch, decoder))),
                        Some(DecodedPayload::None) => {}
                        Some(DecodedPayload::Schema(schema)) if schema == expected => {}
                        Some(DecodedPayload::Schema(_)) => return Err(Garbled::Twice.into()),
                    }
                }
            }
        });
        Ok(Some((schema, batches.boxed())))
    }

    /// All rows in one batch: parameters, of at most `limit` bytes. `None` when there is no schema, or one without columns.
    ///
    /// # Errors
    /// As [`Self::decode`]; `Exhausted` as soon as they are more.
    pub(super) async fn collect(self, limit: usize) -> Result<Option<RecordBatch>> {
        let Some((schema, mut received)) = self.decode().await? else {
            return Ok(None);
        };
        let (mut batches, mut counter) = (Vec::new(), RecordBatchMemoryCounter::new());
        while let Some(batch) = received.try_next().await? {
            counter.count_batch(&batch);
            if counter.memory_usage() > limit {
                return Err(too_many_parameters(limit));
            }
            batches.push(batch);
        }
        if schema.fields().is_empty() {
            return Ok(None);
        }
        let all = arrow::compute::concat_batches(&schema, &batches);
        Ok(Some(all.map_err(Garbled::Batches)?))
    }
}

/// The next message, decoded. The decoder may panic on what a hostile client sends: that must end the upload alone.
async fn next(decoder: &mut FlightDataDecoder) -> Result<Option<DecodedPayload>> {
    let polled = std::future::poll_fn(|context| {
        let poll = std::panic::AssertUnwindSafe(|| {
            let polled = Pin::new(&mut *decoder).poll_next(context);
            polled.map(|next| next.map(|decoded| decoded.and_then(valid)))
        });
        std::panic::catch_unwind(poll).unwrap_or_else(|_| {
            let error = Error::from(Garbled::Message);
            std::task::Poll::Ready(Some(Err(FlightError::ExternalError(Box::new(error)))))
        })
    });
    match polled.await {
        None => Ok(None),
        Some(Ok(decoded)) => Ok(Some(decoded.payload)),
        Some(Err(error)) => Err(decoding(error)),
    }
}

/// The message, if its arrays are what they say: whoever reads them later does not ask again.
fn valid(decoded: DecodedFlightData) -> Result<DecodedFlightData, FlightError> {
    if let DecodedPayload::RecordBatch(batch) = &decoded.payload {
        batch
            .columns()
            .iter()
            .try_for_each(|column| column.to_data().validate_full())?;
    }
    Ok(decoded)
}

fn decoding(error: FlightError) -> Error {
    match error {
        FlightError::ExternalError(inner) => match inner.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => Garbled::Unread(other).into(),
        },
        FlightError::Arrow(_)
        | FlightError::NotYetImplemented(_)
        | FlightError::Tonic(_)
        | FlightError::ProtocolError(_)
        | FlightError::DecodeError(_) => {
            // Said on one line, and not at a length that only the sender of such bytes decides.
            let said: String = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            Garbled::Said(said.chars().take(200).collect()).into()
        }
    }
}

/// The stream of the client broke: it went away, or sent more in a message than is allowed.
fn broken(status: &Status) -> Error {
    match status.code() {
        tonic::Code::OutOfRange | tonic::Code::ResourceExhausted => Garbled::Large(status.message().to_owned()).into(),
        tonic::Code::Cancelled => Error::cancelled(),
        _ => Garbled::Broken(status.message().to_owned()).into(),
    }
}

/// What is wrong with what a client sends.
#[derive(Debug, thiserror::Error)]
enum Garbled {
    #[error("the upload is empty: a driver that is given no batch sends nothing, so give it an empty one")]
    Empty,
    #[error("the first message of an upload has no descriptor")]
    Undescribed,
    #[error("the upload is not an Arrow stream: data come before their schema")]
    Early,
    #[error("the upload is not an Arrow stream: a second schema follows")]
    Twice,
    #[error("the upload is not an Arrow stream: batches do not fit together")]
    Batches(#[source] ArrowError),
    /// It trips the decoder.
    #[error("the upload is not an Arrow stream: a message contradicts itself")]
    Message,
    /// They trip whoever works on them.
    #[error("the upload is not an Arrow stream: its data contradict themselves")]
    Data,
    #[error("the upload is not an Arrow stream: a message cannot be read")]
    Unread(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// As the decoder says.
    #[error("the upload is not an Arrow stream: {0}")]
    Said(String),
    /// As the transport says.
    #[error("{0}")]
    Large(String),
    #[error("the upload broke off: {0}")]
    Broken(String),
}

impl From<Garbled> for Error {
    fn from(garbled: Garbled) -> Self {
        let kind = match &garbled {
            Garbled::Empty
            | Garbled::Undescribed
            | Garbled::Early
            | Garbled::Twice
            | Garbled::Batches(_)
            | Garbled::Message
            | Garbled::Data
            | Garbled::Unread(_)
            | Garbled::Said(_)
            | Garbled::Broken(_) => ErrorKind::Invalid,
            Garbled::Large(_) => ErrorKind::Exhausted,
        };
        let error = Self::new(kind, garbled.to_string());
        match garbled {
            Garbled::Batches(source) => error.with_source(source),
            Garbled::Unread(source) => error.with_source(source),
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, StringArray};
    use arrow_flight::encode::FlightDataEncoderBuilder;
    use std::sync::Arc;

    /// Batches of one text of so many bytes each.
    async fn batches(count: usize, bytes: usize) -> Batches {
        let column: ArrayRef = Arc::new(StringArray::from_iter_values(["x".repeat(bytes)]));
        let batch = RecordBatch::try_from_iter([("$1", column)]).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a client encodes too")]
        let encoder = FlightDataEncoderBuilder::new().with_schema(batch.schema());
        let messages = encoder.build(stream::iter(vec![batch; count]).map(Ok));
        let messages: Vec<_> = messages.try_collect().await.unwrap();
        Batches {
            messages: stream::iter(messages.into_iter().map(Ok)).boxed(),
        }
    }

    #[tokio::test]
    async fn parameters_are_collected_up_to_a_limit() {
        let fitting = batches(9, 1 << 20).await.collect(10 << 20).await.unwrap().unwrap();
        assert_eq!(fitting.num_rows(), 9);
        let mut surplus = batches(11, 1 << 20).await;
        // The end never comes: they are refused before.
        surplus.messages = surplus.messages.chain(stream::pending()).boxed();
        let refused = surplus.collect(10 << 20).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Exhausted);
        assert!(refused.message().contains("more than 10 MiB"), "{refused}");
    }

    #[tokio::test]
    async fn what_trips_its_reader_is_an_error_of_the_client() {
        let runtime = QueryRuntime::new().unwrap();
        let tripped = batches(1, 1).await.on(&runtime, |batches| async move {
            let first = batches.collect(1 << 20).await?;
            assert_eq!(std::thread::current().name(), Some("query"));
            match first {
                Some(_) => panic!("defect"),
                None => Ok(()),
            }
        });
        let error = tripped.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(
            error.message(),
            "the upload is not an Arrow stream: its data contradict themselves"
        );
    }
}
