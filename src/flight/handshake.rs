//! Handshake: the server is open, so whoever asks is let in. A driver that sends a user and a password insists on a
//! bearer token in the initial metadata: it gets one. The original's reply to each message is kept.

use arrow_flight::{HandshakeRequest, HandshakeResponse};
use futures::StreamExt;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Streaming};

use super::{Reply, ReplyStream};

pub(super) fn handshake(request: Request<Streaming<HandshakeRequest>>) -> Reply<ReplyStream<HandshakeResponse>> {
    let authorization = request.metadata().get("authorization").cloned();
    let replies = request.into_inner().map(|message| {
        message.map(|message| HandshakeResponse {
            protocol_version: message.protocol_version.max(1),
            payload: "handshake-response".into(),
        })
    });
    let mut response = Response::new(replies.boxed());
    let bearer = match authorization {
        Some(sent)
            if sent
                .as_bytes()
                .get(..7)
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer ")) =>
        {
            Some(sent)
        }
        Some(_) => MetadataValue::try_from(format!("Bearer {}", uuid::Uuid::new_v4().simple())).ok(),
        None => None,
    };
    if let Some(bearer) = bearer {
        response.metadata_mut().insert("authorization", bearer);
    }
    Ok(response)
}
