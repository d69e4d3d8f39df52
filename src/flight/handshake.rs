//! Handshake: credentials → a bearer token in the initial metadata, where every driver looks for it. The messages
//! themselves mean nothing: drivers send one, none, or an empty one. The original's reply to each is kept.

use arrow_flight::{HandshakeRequest, HandshakeResponse};
use futures::StreamExt;
use tonic::{Request, Response, Streaming};

use super::{FlightGateway, Reply, ReplyStream};
use crate::auth::Credentials;

impl FlightGateway {
    pub(super) async fn shake_hands(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Reply<ReplyStream<HandshakeResponse>> {
        let header = request
            .metadata()
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        let credentials = Credentials::parse(header);
        let token = match credentials {
            Credentials::None => None,
            Credentials::Basic { .. } | Credentials::Bearer(_) => {
                Some(self.front.admission.authenticator().grant(&credentials).await?)
            }
        };
        let replies = request.into_inner().map(|message| {
            message.map(|message| HandshakeResponse {
                protocol_version: message.protocol_version.max(1),
                payload: "handshake-response".into(),
            })
        });
        let mut response = Response::new(replies.boxed());
        if let Some(bearer) = token.and_then(|token| format!("Bearer {token}").parse().ok()) {
            response.metadata_mut().insert("authorization", bearer);
        }
        Ok(response)
    }
}
