//! The service as the transport calls it. Rows go past tonic's encoder, which would copy each message into a buffer of
//! its own: [`Rows`] gives their buffers to the network as they are.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arrow_flight::Ticket;
use arrow_flight::flight_service_server::FlightServiceServer;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use http_body::Frame;
use tonic::body::Body;
use tonic::codec::{Codec, Streaming};
use tonic::server::NamedService;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower_service::Service;

use super::message::Message;
use super::{FlightGateway, Reply, ReplyStream};

/// The path of the calls that give rows.
const DO_GET: &str = "/arrow.flight.protocol.FlightService/DoGet";

/// The header that says how messages are compressed.
const ENCODING: &str = "grpc-encoding";

/// The gateway's gRPC service. Clones are the same service.
#[derive(Debug, Clone)]
pub struct FlightServer {
    gateway: FlightGateway,
    others: FlightServiceServer<FlightGateway>,
}

impl FlightServer {
    pub(super) fn new(gateway: FlightGateway) -> Self {
        let limits = gateway.limits;
        let others = FlightServiceServer::new(gateway.clone())
            .max_decoding_message_size(limits.max_receive_bytes)
            .max_encoding_message_size(limits.max_send_bytes);
        Self { gateway, others }
    }
}

impl NamedService for FlightServer {
    const NAME: &'static str = FlightServiceServer::<FlightGateway>::NAME;
}

impl Service<http::Request<Body>> for FlightServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        // Compressed requests are refused there, in the words of the protocol.
        if request.uri().path() != DO_GET || request.headers().contains_key(ENCODING) {
            return self.others.call(request);
        }
        let gateway = self.gateway.clone();
        Box::pin(async move {
            let limits = gateway.limits;
            let rows = async { gateway.get_rows(ticket(request, limits.max_receive_bytes).await?).await };
            Ok(reply(rows.await, limits.max_send_bytes))
        })
    }
}

/// The only message of a request.
async fn ticket(request: http::Request<Body>, limit: usize) -> Result<Request<Ticket>, Status> {
    let (parts, body) = request.into_parts();
    let decoder = ProstCodec::<Ticket, Ticket>::default().decoder();
    let mut messages = Streaming::new_request(decoder, body, None, Some(limit));
    let ticket = messages.message().await?;
    let ticket = ticket.ok_or_else(|| Status::internal("the request has no message"))?;
    Ok(Request::from_http(http::Request::from_parts(parts, ticket)))
}

fn reply(rows: Reply<ReplyStream<Message>>, limit: usize) -> http::Response<Body> {
    let rows: Response<_> = match rows {
        Ok(rows) => rows,
        Err(status) => return status.into_http(),
    };
    let (metadata, messages, extensions) = rows.into_parts();
    let mut response = http::Response::new(Body::new(Rows::new(messages, limit)));
    *response.headers_mut() = metadata.into_headers();
    *response.extensions_mut() = extensions;
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(CONTENT_TYPE, grpc);
    response
}

/// Messages as the body of a response, and how they ended as its trailers.
struct Rows {
    messages: ReplyStream<Message>,
    /// The longest message, in bytes.
    limit: usize,
    /// What is left of the message before.
    pieces: std::vec::IntoIter<Bytes>,
    ended: bool,
}

impl Rows {
    fn new(messages: ReplyStream<Message>, limit: usize) -> Self {
        Self {
            messages,
            limit,
            pieces: Vec::new().into_iter(),
            ended: false,
        }
    }

    /// The last frame. What made the messages is given up.
    fn end(&mut self, status: &Status) -> Result<Frame<Bytes>, Status> {
        self.ended = true;
        self.messages = stream::empty().boxed();
        let mut trailers = HeaderMap::new();
        status.add_header(&mut trailers)?;
        Ok(Frame::trailers(trailers))
    }
}

impl http_body::Body for Rows {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        loop {
            if let Some(piece) = self.pieces.next() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let message = ready!(self.messages.poll_next_unpin(context));
            let pieces = match message {
                Some(Ok(message)) => message.framed(self.limit).map_err(Status::from),
                Some(Err(status)) => Err(status),
                None => Err(Status::ok("")),
            };
            match pieces {
                Ok(pieces) => self.pieces = pieces.into_iter(),
                Err(status) => return Poll::Ready(Some(self.end(&status))),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}
