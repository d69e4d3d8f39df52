//! What the tests of the wire share: a bare Flight client that hides nothing, and rows as text.

use std::future::Future;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, Any, CommandPreparedStatementQuery,
    CommandStatementQuery, ProstMessageExt,
};
use arrow_flight::{Action, FlightDescriptor, FlightInfo, IpcMessage, Ticket};
use bytes::Bytes;
use futures::TryStreamExt;
use prost::Message;
use tonic::transport::Channel;
use tonic::{IntoRequest, Status};

/// The generated client: no retries, no checks, no limits on messages.
pub(crate) type Flight = FlightServiceClient<Channel>;

/// Connects to a gateway's URL.
pub(crate) async fn connect(url: &str) -> Flight {
    let address = url.replacen("grpc://", "http://", 1);
    let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
    Flight::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX)
}

/// The descriptor of an SQL statement.
pub(crate) fn sql(query: &str) -> FlightDescriptor {
    let command = CommandStatementQuery {
        query: query.to_owned(),
        transaction_id: None,
    };
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}

/// The descriptor of a dataset.
pub(crate) fn path(id: &str) -> FlightDescriptor {
    FlightDescriptor::new_path(vec![id.to_owned()])
}

/// The tickets of an answer, in its order.
pub(crate) fn tickets(info: &FlightInfo) -> Vec<Ticket> {
    let tickets = info.endpoint.iter().map(|endpoint| endpoint.ticket.clone());
    tickets
        .map(|ticket| ticket.expect("an endpoint has a ticket"))
        .collect()
}

/// The schema of an answer.
pub(crate) fn schema_of(info: &FlightInfo) -> Schema {
    Schema::try_from(IpcMessage(info.schema.clone())).unwrap()
}

/// Opens a ticket as a stream of batches.
pub(crate) async fn open(
    flight: &mut Flight,
    ticket: impl IntoRequest<Ticket>,
) -> Result<FlightRecordBatchStream, Status> {
    let messages = flight.do_get(ticket).await?.into_inner();
    Ok(FlightRecordBatchStream::new_from_flight_data(
        messages.map_err(FlightError::from),
    ))
}

/// The next batch of a stream.
pub(crate) async fn next(stream: &mut FlightRecordBatchStream) -> Result<Option<RecordBatch>, Status> {
    stream.try_next().await.map_err(|error| match error {
        FlightError::Tonic(status) => *status,
        other => panic!("the server broke the protocol: {other}"),
    })
}

/// All batches of a ticket, and their schema.
pub(crate) async fn get(flight: &mut Flight, ticket: Ticket) -> Result<(SchemaRef, Vec<RecordBatch>), Status> {
    let mut stream = open(flight, ticket).await?;
    let mut batches = Vec::new();
    while let Some(batch) = next(&mut stream).await? {
        batches.push(batch);
    }
    let schema = stream.schema().cloned().expect("a stream begins with its schema");
    Ok((schema, batches))
}

/// All rows of a dataset by its bare id, as [`lines`].
pub(crate) async fn rows(flight: &mut Flight, id: &str) -> Result<Vec<String>, Status> {
    Ok(lines(&get(flight, Ticket::new(id.to_owned())).await?.1))
}

/// All rows that a descriptor's endpoints give, one after the other, as [`lines`].
pub(crate) async fn ask(flight: &mut Flight, descriptor: FlightDescriptor) -> Result<Vec<String>, Status> {
    let info = flight.get_flight_info(descriptor).await?.into_inner();
    let mut all = Vec::new();
    for ticket in tickets(&info) {
        all.extend(lines(&get(flight, ticket).await?.1));
    }
    Ok(all)
}

/// A line a row, its cells parted by `|`, NULL as such.
pub(crate) fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let mut lines = Vec::new();
    for batch in batches {
        let columns = batch.columns().iter();
        let columns: Vec<_> = columns
            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        lines.extend((0..batch.num_rows()).map(|row| {
            let cells: Vec<_> = columns.iter().map(|column| column.value(row).to_string()).collect();
            cells.join("|")
        }));
    }
    lines
}

/// Asks again until there is an answer. A minute of none fails the test.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let answered = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    let bounded = tokio::time::timeout(Duration::from_secs(60), answered).await;
    bounded.unwrap_or_else(|_| panic!("a minute has passed without this: {what}"))
}

/// Waits until the server has read the whole of a dataset, and returns its number of rows.
pub(crate) async fn counted(flight: &Flight, id: &str) -> i64 {
    until(&format!("the rows of '{id}' are counted"), || {
        let mut flight = flight.clone();
        async move {
            let info = flight.get_flight_info(path(id)).await.unwrap().into_inner();
            (info.total_records >= 0).then_some(info.total_records)
        }
    })
    .await
}

/// Makes the server look at its locations again.
pub(crate) async fn refresh(flight: &mut Flight) -> serde_json::Value {
    let action = arrow_flight::Action::new("refresh-datasets", "");
    let mut results = flight.do_action(action).await.unwrap().into_inner();
    let result = results.message().await.unwrap().expect("the action has a result");
    serde_json::from_slice(&result.body).unwrap()
}

/// Prepares a statement, as drivers do before each execution.
pub(crate) async fn prepare(flight: &mut Flight, query: &str) -> ActionCreatePreparedStatementResult {
    let request = ActionCreatePreparedStatementRequest {
        query: query.to_owned(),
        transaction_id: None,
    };
    let action = Action::new("CreatePreparedStatement", request.as_any().encode_to_vec());
    let mut results = flight.do_action(action).await.unwrap().into_inner();
    let body = results.message().await.unwrap().expect("a handle").body;
    Any::decode(body)
        .unwrap()
        .unpack()
        .unwrap()
        .expect("an ActionCreatePreparedStatementResult")
}

/// The execution of a prepared statement.
pub(crate) fn prepared(handle: &Bytes) -> FlightDescriptor {
    let command = CommandPreparedStatementQuery {
        prepared_statement_handle: handle.clone(),
    };
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}
