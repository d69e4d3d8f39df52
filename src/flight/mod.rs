//! Arrow Flight on the wire: decodes a request once, asks the engine, writes the answer. [`FlightGateway`] is our own
//! `FlightService`, one line an RPC: the blanket implementation over `FlightSqlService` cannot answer `ListFlights`,
//! `GetSchema`, `PollFlightInfo`, nor a ticket that is not an `Any`.

mod context;
mod do_action;
mod do_get;
mod encode;
mod get_flight_info;
mod handshake;
mod list_flights;
mod request;
pub mod sql;
mod status;
mod ticket;
mod wire_types;

use std::sync::Arc;

use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse,
    PollInfo, PutResult, SchemaResult, Ticket,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use context::Admission;

use crate::config::Limits;
use crate::engine::Engine;
use crate::session::PreparedStatements;

type Reply<T> = Result<Response<T>, Status>;
type ReplyStream<T> = BoxStream<'static, Result<T, Status>>;

/// The Flight and Flight SQL service over one engine.
#[derive(Debug)]
pub struct FlightGateway {
    engine: Arc<Engine>,
    prepared: PreparedStatements,
    admission: Admission,
    limits: Limits,
}

impl FlightGateway {
    /// A gateway over `engine`. When `closing` is cancelled new calls are refused; when `abort` is, running streams end
    /// with UNAVAILABLE.
    pub fn new(engine: Arc<Engine>, limits: Limits, closing: CancellationToken, abort: CancellationToken) -> Self {
        Self {
            engine,
            prepared: PreparedStatements::default(),
            admission: Admission::new(limits, closing, abort),
            limits,
        }
    }

    /// The gateway as a gRPC service with its message limits.
    pub fn into_service(self) -> FlightServiceServer<Self> {
        let (receive, send) = (self.limits.max_receive_bytes, self.limits.max_send_bytes);
        FlightServiceServer::new(self)
            .max_decoding_message_size(receive)
            .max_encoding_message_size(send)
    }
}

#[tonic::async_trait]
impl FlightService for FlightGateway {
    type HandshakeStream = ReplyStream<HandshakeResponse>;
    type ListFlightsStream = ReplyStream<FlightInfo>;
    type DoGetStream = ReplyStream<FlightData>;
    type DoPutStream = ReplyStream<PutResult>;
    type DoExchangeStream = ReplyStream<FlightData>;
    type DoActionStream = ReplyStream<arrow_flight::Result>;
    type ListActionsStream = ReplyStream<ActionType>;

    async fn handshake(&self, request: Request<Streaming<HandshakeRequest>>) -> Reply<Self::HandshakeStream> {
        handshake::handshake(request)
    }

    async fn list_flights(&self, request: Request<Criteria>) -> Reply<Self::ListFlightsStream> {
        self.admission
            .admit("list_flights", &request)?
            .run(list_flights::list_flights(&self.engine, request.get_ref()))
            .await
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Reply<FlightInfo> {
        let call = self.admission.admit("get_flight_info", &request)?;
        let partitions = call.partitions;
        call.run(self.flight_info(request.into_inner(), partitions)).await
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Reply<PollInfo> {
        let call = self.admission.admit("poll_flight_info", &request)?;
        let partitions = call.partitions;
        call.run(self.poll_info(request.into_inner(), partitions)).await
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Reply<SchemaResult> {
        let call = self.admission.admit("get_schema", &request)?;
        call.run(self.schema_result(request.into_inner())).await
    }

    async fn do_get(&self, request: Request<Ticket>) -> Reply<Self::DoGetStream> {
        let call = self.admission.admit("do_get", &request)?;
        call.stream(self.redeem(request.into_inner())).await
    }

    async fn do_put(&self, _request: Request<Streaming<FlightData>>) -> Reply<Self::DoPutStream> {
        Err(Status::unimplemented(
            "this server only reads: it takes no data (DoPut) and no statement parameters yet",
        ))
    }

    async fn do_exchange(&self, _request: Request<Streaming<FlightData>>) -> Reply<Self::DoExchangeStream> {
        Err(Status::unimplemented(
            "this server does not exchange data (DoExchange); use DoGet to read a dataset",
        ))
    }

    async fn do_action(&self, request: Request<Action>) -> Reply<Self::DoActionStream> {
        let call = self.admission.admit("do_action", &request)?;
        call.run(self.act(request.into_inner())).await
    }

    async fn list_actions(&self, _request: Request<Empty>) -> Reply<Self::ListActionsStream> {
        let actions = do_action::ACTIONS.iter().map(|(r#type, description)| {
            Ok(ActionType {
                r#type: (*r#type).into(),
                description: (*description).into(),
            })
        });
        Ok(Response::new(stream::iter(actions).boxed()))
    }
}
