//! A Flight server for tests, in this process, whose datasets misbehave by name.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Schema;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::sql::{Any, CommandStatementQuery};
use arrow_flight::utils::batches_to_flight_data;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest,
    HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaAsIpc, SchemaResult, Ticket,
};
use futures::stream::{self, BoxStream, StreamExt};
use parking_lot::Mutex;
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

/// The batch that every good stream begins with.
pub(crate) fn batch() -> RecordBatch {
    let columns: [(&str, ArrayRef); 2] = [
        ("n", Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]))),
        (
            "name",
            Arc::new(StringArray::from(vec![Some("Zoë"), Some("a,b"), None])),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

/// What the server does beside its datasets, and what it has seen.
#[derive(Debug, Default)]
pub(crate) struct Mock {
    /// So many of the next calls are answered with `UNAVAILABLE`.
    refusals: AtomicU32,
    /// Every call, as `rpc argument`.
    calls: Mutex<Vec<String>>,
    /// Notified when the stream of `hangs` is dropped.
    pub(crate) dropped: Arc<Notify>,
}

/// Tells about its end.
struct Alarm(Arc<Notify>);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Mock {
    pub(crate) fn refuse(&self, calls: u32) {
        self.refusals.store(calls, Ordering::SeqCst);
    }

    /// The calls since the last time this was asked.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock())
    }

    fn enter(&self, rpc: &str, argument: &str) -> Result<(), Status> {
        self.calls
            .lock()
            .push(format!("{rpc} {argument}").trim_end().to_owned());
        let refused = self
            .refusals
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match refused {
            Ok(_) => Err(Status::unavailable("still loading")),
            Err(_) => Ok(()),
        }
    }
}

/// A [`Mock`] that listens on a port of its own, until dropped.
pub(crate) struct MockServer {
    pub(crate) address: String,
    pub(crate) mock: Arc<Mock>,
    _serving: JoinSet<()>,
}

impl MockServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("grpc://{}", listener.local_addr().unwrap());
        let mock = Arc::new(Mock::default());
        let service = FlightServiceServer::new(Handle(Arc::clone(&mock)));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let incoming = TcpIncoming::from(listener);
            Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
        Self {
            address,
            mock,
            _serving: serving,
        }
    }

    /// The address of a wire to this server, which is cut when the set is dropped.
    pub(crate) async fn wire(&self) -> (String, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("grpc://{}", listener.local_addr().unwrap());
        let server: SocketAddr = self.address.trim_start_matches("grpc://").parse().unwrap();
        let mut wire = JoinSet::new();
        wire.spawn(async move {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(server).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
        (address, wire)
    }
}

struct Handle(Arc<Mock>);

fn advertise(id: &str) -> Result<FlightInfo, Status> {
    let tickets: &[&str] = match id {
        "large" => {
            let endpoint = FlightEndpoint::new().with_ticket(Ticket::new("large"));
            return Ok(FlightInfo::new().with_endpoint(endpoint));
        }
        "two parts" => &["good", "good"],
        "late loss" => &["good", "gone"],
        "nothing" => &[],
        "good" | "breaks" | "fades" | "hangs" | "liar" | "silent" | "empty" => &[id],
        _ => return Err(Status::not_found(format!("no dataset named {id:?}"))),
    };
    let endpoints = tickets.iter().map(|ticket| {
        let ticket = Ticket::new(ticket.as_bytes().to_vec());
        FlightEndpoint::new().with_ticket(ticket)
    });
    Ok(FlightInfo::new()
        .try_with_schema(&batch().schema())
        .unwrap()
        .with_descriptor(FlightDescriptor::new_path(vec![id.to_owned()]))
        .with_endpoints(endpoints.collect())
        .with_total_records(3))
}

fn redeem(mock: &Mock, ticket: &str) -> Result<BoxStream<'static, Result<FlightData, Status>>, Status> {
    let encode = |batch: RecordBatch| batches_to_flight_data(&batch.schema(), vec![batch]).unwrap();
    let good: Vec<_> = encode(batch()).into_iter().map(Ok).collect();
    let then = |end: Status| {
        stream::iter(good.clone())
            .chain(stream::once(async { Err(end) }))
            .boxed()
    };
    Ok(match ticket {
        "good" => stream::iter(good).boxed(),
        "breaks" => then(Status::data_loss("disk on fire")),
        "fades" => then(Status::unavailable("going down")),
        "hangs" => {
            let alarm = Alarm(Arc::clone(&mock.dropped));
            let for_ever = stream::once(async move {
                let _alarm = alarm;
                std::future::pending().await
            });
            stream::iter(good).chain(for_ever).boxed()
        }
        "large" => {
            let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1_000_000));
            stream::iter(encode(RecordBatch::try_from_iter([("n", column)]).unwrap()))
                .map(Ok)
                .boxed()
        }
        "liar" => stream::iter(encode(batch().project(&[1]).unwrap())).map(Ok).boxed(),
        "silent" => stream::empty().boxed(),
        "empty" => stream::iter(good.into_iter().take(1)).boxed(),
        sql if sql.starts_with("sql ") => {
            let text: ArrayRef = Arc::new(StringArray::from(vec![&sql[4..]]));
            stream::iter(encode(RecordBatch::try_from_iter([("sql", text)]).unwrap()))
                .map(Ok)
                .boxed()
        }
        _ => return Err(Status::not_found(format!("no ticket {ticket:?}"))),
    })
}

/// What a descriptor asks for: an id, `sql …` or a JSON command.
fn asked(descriptor: &FlightDescriptor) -> String {
    if let Some(id) = descriptor.path.first() {
        return id.clone();
    }
    let statement = Any::decode(descriptor.cmd.clone())
        .ok()
        .and_then(|any| any.unpack::<CommandStatementQuery>().ok().flatten());
    match statement {
        Some(statement) => format!("sql {}", statement.query),
        None => String::from_utf8(descriptor.cmd.to_vec()).unwrap(),
    }
}

#[tonic::async_trait]
impl FlightService for Handle {
    type HandshakeStream = BoxStream<'static, Result<HandshakeResponse, Status>>;
    type ListFlightsStream = BoxStream<'static, Result<FlightInfo, Status>>;
    type DoGetStream = BoxStream<'static, Result<FlightData, Status>>;
    type DoPutStream = BoxStream<'static, Result<PutResult, Status>>;
    type DoExchangeStream = BoxStream<'static, Result<FlightData, Status>>;
    type DoActionStream = BoxStream<'static, Result<ActionResult, Status>>;
    type ListActionsStream = BoxStream<'static, Result<ActionType, Status>>;

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        self.0.enter("list_flights", "")?;
        Ok(Response::new(stream::iter(["good", "empty"].map(advertise)).boxed()))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        let asked = asked(request.get_ref());
        self.0.enter("get_flight_info", &asked)?;
        if asked.starts_with("sql ") {
            let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(asked));
            return Ok(Response::new(FlightInfo::new().with_endpoint(endpoint)));
        }
        if asked.starts_with('{') {
            return Ok(Response::new(advertise("good")?));
        }
        Ok(Response::new(advertise(&asked)?))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        let asked = asked(request.get_ref());
        self.0.enter("get_schema", &asked)?;
        let schema: Schema = advertise(&asked)?.try_decode_schema().unwrap();
        let options = IpcWriteOptions::default();
        Ok(Response::new(SchemaAsIpc::new(&schema, &options).try_into().unwrap()))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        let ticket = String::from_utf8(request.into_inner().ticket.to_vec()).unwrap();
        self.0.enter("do_get", &ticket)?;
        Ok(Response::new(redeem(&self.0, &ticket)?))
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        let action = request.into_inner();
        self.0.enter("do_action", &action.r#type)?;
        let body = match action.r#type.as_str() {
            "get-server-info" => br#"{"server":"Mock","version":"0","datasets":{"count":2}}"#.as_slice().into(),
            _ => action.body,
        };
        Ok(Response::new(stream::iter([Ok(ActionResult { body })]).boxed()))
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        self.0.enter("list_actions", "")?;
        let action = ActionType {
            r#type: "echo".into(),
            description: "says it again".into(),
        };
        Ok(Response::new(stream::iter([Ok(action)]).boxed()))
    }

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        Err(Status::unimplemented("handshake"))
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        Err(Status::unimplemented("poll_flight_info"))
    }

    async fn do_put(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        Err(Status::unimplemented("do_put"))
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(Status::unimplemented("do_exchange"))
    }
}
