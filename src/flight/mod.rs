//! Arrow Flight on the wire: decodes a request once, asks the engine, writes the answer. [`FlightGateway`] is our own
//! `FlightService`, one line an RPC: the blanket implementation over `FlightSqlService` cannot answer `ListFlights`,
//! `GetSchema`, `PollFlightInfo`, nor a ticket that is not an `Any`.

mod cancel;
mod cookie;
mod descriptor;
mod do_action;
mod do_get;
mod do_put;
mod encode;
mod gather;
mod get_flight_info;
mod handshake;
mod list_flights;
mod message;
mod parameters;
mod poll_flight_info;
pub(crate) mod reflection;
mod reply;
mod serve;
mod session_options;
pub mod sql;
mod status;
mod ticket;
mod upload;
mod wire_types;

use std::sync::Arc;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse,
    PollInfo, PutResult, SchemaResult, Ticket,
};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use tonic::{Request, Response, Status, Streaming};

use message::Message;
use poll_flight_info::Polls;
pub use serve::FlightServer;

use crate::config::Limits;
use crate::engine::Engine;
use crate::request::{Call, Front, RequestContext};

type Reply<T> = Result<Response<T>, Status>;
type ReplyStream<T> = BoxStream<'static, Result<T, Status>>;

/// The Flight and Flight SQL service over one engine. Clones are the same service.
#[derive(Debug, Clone)]
pub struct FlightGateway {
    engine: Arc<Engine>,
    front: Front,
    polls: Arc<Polls>,
    limits: Limits,
}

impl FlightGateway {
    /// A gateway over `engine` for those whom `front` lets in.
    pub fn new(engine: Arc<Engine>, front: Front, limits: Limits) -> Self {
        Self {
            engine,
            front,
            polls: Arc::default(),
            limits,
        }
    }

    /// Lets a request in, or says why not.
    async fn admit<T>(&self, name: &'static str, request: Request<T>) -> Result<(Call, RequestContext, T), Status> {
        let from = request.remote_addr();
        let (headers, _, message) = request.into_parts();
        let arrival = reply::arrival(name, &headers, from);
        let (call, context) = self.front.admission.admit(arrival).await?;
        Ok((call, context, message))
    }

    /// The gateway as a gRPC service with its message limits.
    pub fn into_service(self) -> FlightServer {
        FlightServer::new(self)
    }

    /// The rows that a ticket stands for.
    async fn get_rows(&self, request: Request<Ticket>) -> Reply<ReplyStream<Message>> {
        let (call, context, message) = self.admit("do_get", request).await?;
        reply::streamed(call.stream(self.redeem(message, &context)).await)
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
        self.shake_hands(request).await
    }

    async fn list_flights(&self, request: Request<Criteria>) -> Reply<Self::ListFlightsStream> {
        let (call, context, message) = self.admit("list_flights", request).await?;
        let snapshot = self.engine.visible(&context);
        let limit = self.limits.max_send_bytes;
        reply::response(
            call.run(list_flights::list_flights(&snapshot, &message, context.types(), limit))
                .await,
        )
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Reply<FlightInfo> {
        let (call, context, message) = self.admit("get_flight_info", request).await?;
        reply::response(call.run(self.flight_info(message, &context)).await)
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Reply<PollInfo> {
        let (call, context, message) = self.admit("poll_flight_info", request).await?;
        reply::response(call.run(self.poll_info(message, &context)).await)
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Reply<SchemaResult> {
        let (call, context, message) = self.admit("get_schema", request).await?;
        reply::response(call.run(self.schema_result(message, &context)).await)
    }

    async fn do_get(&self, request: Request<Ticket>) -> Reply<Self::DoGetStream> {
        let rows = self.get_rows(request).await?;
        Ok(rows.map(|messages| messages.map_ok(FlightData::from).boxed()))
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Reply<Self::DoPutStream> {
        let (call, context, message) = self.admit("do_put", request).await?;
        reply::response(call.run(self.put(message, &context)).await)
    }

    async fn do_exchange(&self, _request: Request<Streaming<FlightData>>) -> Reply<Self::DoExchangeStream> {
        Err(Status::unimplemented(
            "this server does not exchange data (DoExchange); use DoGet to read a dataset",
        ))
    }

    async fn do_action(&self, request: Request<Action>) -> Reply<Self::DoActionStream> {
        let (call, context, message) = self.admit("do_action", request).await?;
        reply::response(call.run(self.act(message, &context)).await)
    }

    async fn list_actions(&self, request: Request<Empty>) -> Reply<Self::ListActionsStream> {
        let (call, ..) = self.admit("list_actions", request).await?;
        let actions = do_action::ACTIONS.iter().map(|(r#type, description)| {
            Ok(ActionType {
                r#type: (*r#type).into(),
                description: (*description).into(),
            })
        });
        reply::response(call.run(async { Ok(stream::iter(actions).boxed()) }).await)
    }
}
