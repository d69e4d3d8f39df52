//! A client for Arrow Flight servers that publish datasets by name and answer SQL.
//!
//! It turns addresses, dataset ids and SQL text into streams of record batches. It speaks the standard protocol only and
//! knows nothing of the server's insides, so it works with any server that does the same. It does not cache, does not
//! reconnect a stream that broke (that is an error of the stream), and does not follow endpoints to other servers: every
//! ticket is redeemed where it was issued.
//!
//! ```no_run
//! # async fn example() -> flightstream::client::Result<()> {
//! use futures::TryStreamExt;
//!
//! let client = flightstream::client::Client::connect("grpc://127.0.0.1:8080").await?;
//! let mut batches = client.sql("SELECT 1 AS one").await?;
//! while let Some(batch) = batches.try_next().await? {
//!     assert_eq!(batch.num_columns(), 1);
//! }
//! # Ok(())
//! # }
//! ```

mod address;
mod dataset;
mod error;
#[cfg(test)]
pub(crate) mod mock;
mod retry;
mod stream;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use arrow_flight::{Action, Criteria, Empty, FlightDescriptor, FlightInfo};
use bytes::Bytes;
use futures::TryStreamExt;
use prost::Message;
use tonic::transport::{Channel, Endpoint};

pub use tonic::Code;

pub use address::DEFAULT_PORT;
pub use dataset::{Dataset, DatasetQuery};
pub use error::{Error, Result};
pub use retry::RetryPolicy;
pub use stream::RecordStream;

use stream::Connection;

/// How often an idle connection under a call is checked, and how long it may take to answer: a server that vanished
/// without closing the connection ends the call instead of letting it wait for ever.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// How much a server may send ahead of the reader: two messages of the usual size. HTTP/2's own 64 KiB make a fast
/// server wait for the reader's permission many times a message.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;

/// How to connect, and how patient to be.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientOptions {
    /// How long connecting may take, all attempts and the waits between them included; 5 s by default.
    pub connect_timeout: Duration,
    /// When a call that finds the server unavailable is made again.
    pub retry: RetryPolicy,
    /// The largest message that is accepted from the server; no limit by default, since a batch is one message.
    pub max_message_bytes: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            retry: RetryPolicy::default(),
            max_message_bytes: usize::MAX,
        }
    }
}

/// A connection to one server. Clones share it.
#[derive(Clone, Debug)]
pub struct Client {
    connection: Connection,
}

impl Client {
    /// Connects with the default [`ClientOptions`].
    ///
    /// `address` is `grpc://host:port` (also `grpc+tcp://`, `http://` or none of them; the port defaults to
    /// [`DEFAULT_PORT`]). TLS is not offered yet.
    pub async fn connect(address: &str) -> Result<Self> {
        Self::connect_with(address, ClientOptions::default()).await
    }

    /// Connects, which means: dials, and waits until a Flight server answers.
    ///
    /// Failed attempts are repeated by the policy until one succeeds or `connect_timeout` is over.
    pub async fn connect_with(address: &str, options: ClientOptions) -> Result<Self> {
        let within = options.connect_timeout;
        let endpoint = Endpoint::from(address::parse(address)?)
            .user_agent(concat!("flightstream/", env!("CARGO_PKG_VERSION")))
            .expect("a package version is a valid header value")
            .connect_timeout(within)
            .tcp_nodelay(true)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(2 * STREAM_WINDOW_BYTES)
            .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
        let last_reason = Mutex::new("no answer".to_owned());
        let attempt = || async {
            let outcome = dial(&endpoint, options.max_message_bytes).await;
            outcome.map_err(|reason| {
                last_reason
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone_from(&reason);
                Error::Connect {
                    address: address.to_owned(),
                    reason,
                }
            })
        };
        match tokio::time::timeout(within, options.retry.run(attempt)).await {
            Ok(flight) => Ok(Self {
                connection: Connection {
                    flight: flight?,
                    retry: options.retry,
                },
            }),
            Err(_elapsed) => Err(Error::ConnectTimeout {
                address: address.to_owned(),
                within,
                reason: last_reason.into_inner().unwrap_or_else(PoisonError::into_inner),
            }),
        }
    }

    /// Every dataset that the server lists, in the server's order.
    pub async fn datasets(&self) -> Result<Vec<Dataset>> {
        let flights = self
            .call(|mut flight| async move { Ok(flight.list_flights(Criteria::default()).await?) })
            .await?
            .into_inner();
        let infos: Vec<FlightInfo> = flights.try_collect().await?;
        infos
            .iter()
            .filter_map(|info| dataset::listed_id(info).map(|id| Dataset::from_info(id, info)))
            .collect()
    }

    /// What the server says about the dataset `id`.
    pub async fn info(&self, id: &str) -> Result<Dataset> {
        let info = self.flight_info(DatasetQuery::new(id).descriptor()).await?;
        Dataset::from_info(id.to_owned(), &info)
    }

    /// The columns of the dataset `id`.
    pub async fn schema(&self, id: &str) -> Result<SchemaRef> {
        let descriptor = DatasetQuery::new(id).descriptor();
        let answer = self
            .call(|mut flight| {
                let descriptor = descriptor.clone();
                async move { Ok(flight.get_schema(descriptor).await?) }
            })
            .await?;
        Ok(Arc::new(Schema::try_from(answer.into_inner())?))
    }

    /// All rows of the dataset `id`.
    pub async fn stream(&self, id: &str) -> Result<RecordStream> {
        self.stream_with(DatasetQuery::new(id)).await
    }

    /// A part of a dataset.
    pub async fn stream_with(&self, query: DatasetQuery) -> Result<RecordStream> {
        self.open(query.descriptor()).await
    }

    /// The result of an SQL statement.
    pub async fn sql(&self, statement: &str) -> Result<RecordStream> {
        let command = CommandStatementQuery {
            query: statement.to_owned(),
            transaction_id: None,
        };
        self.open(FlightDescriptor::new_cmd(command.as_any().encode_to_vec()))
            .await
    }

    /// Performs an action of the server and returns the bodies of its results.
    pub async fn action(&self, kind: &str, body: impl Into<Bytes> + Send) -> Result<Vec<Bytes>> {
        let action = Action::new(kind, body);
        let results = self
            .call(|mut flight| {
                let action = action.clone();
                async move { Ok(flight.do_action(action).await?) }
            })
            .await?
            .into_inner();
        Ok(results.map_ok(|result| result.body).try_collect().await?)
    }

    /// The actions that the server offers: name and description.
    pub async fn actions(&self) -> Result<Vec<(String, String)>> {
        let actions = self
            .call(|mut flight| async move { Ok(flight.list_actions(Empty {}).await?) })
            .await?
            .into_inner();
        Ok(actions
            .map_ok(|action| (action.r#type, action.description))
            .try_collect()
            .await?)
    }

    async fn open(&self, descriptor: FlightDescriptor) -> Result<RecordStream> {
        let info = self.flight_info(descriptor).await?;
        RecordStream::open(self.connection.clone(), info).await
    }

    async fn flight_info(&self, descriptor: FlightDescriptor) -> Result<FlightInfo> {
        let answer = self
            .call(|mut flight| {
                let descriptor = descriptor.clone();
                async move { Ok(flight.get_flight_info(descriptor).await?) }
            })
            .await?;
        Ok(answer.into_inner())
    }

    /// Makes a call up to its first answer, again by the policy while the server is unavailable.
    async fn call<T, F>(&self, mut call: impl FnMut(FlightServiceClient<Channel>) -> F + Send) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T>> + Send,
    {
        let Connection { flight, retry } = &self.connection;
        retry.run(|| call(flight.clone())).await
    }
}

/// One attempt to connect; the error is the reason why it failed.
///
/// A TCP connection proves little: a listener's queue accepts it while the server is still loading. So one cheap call
/// must be answered, with whatever but `UNAVAILABLE`.
async fn dial(endpoint: &Endpoint, max_message_bytes: usize) -> Result<FlightServiceClient<Channel>, String> {
    let channel = endpoint.connect().await.map_err(|error| error::root_cause(&error))?;
    let mut flight = FlightServiceClient::new(channel).max_decoding_message_size(max_message_bytes);
    match flight.list_actions(Empty {}).await.map_err(Error::from) {
        Err(error @ Error::Transport { .. }) => Err(error.to_string()),
        Err(error) if error.is_unavailable() => Err(error.to_string()),
        Ok(_) | Err(_) => Ok(flight),
    }
}

#[cfg(test)]
mod tests;
