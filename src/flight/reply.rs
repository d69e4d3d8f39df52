//! A request as gRPC brings it → an [`Arrival`]; what it is answered with → a response, with its headers.

use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use tonic::metadata::{KeyAndValueRef, MetadataMap};
use tonic::{Response, Status};

use super::{Reply, ReplyStream, cookie};
use crate::error::{Error, Result};
use crate::request::{self, Arrival, Headers, REQUEST_ID_HEADER};

/// What came, by the name that logs show. Headers that are not text are none of ours.
pub(super) fn arrival(name: &'static str, metadata: &MetadataMap, from: Option<SocketAddr>) -> Arrival {
    let text = metadata.iter().filter_map(|header| match header {
        KeyAndValueRef::Ascii(name, value) => Some((name.as_str(), value.to_str().ok()?)),
        KeyAndValueRef::Binary(..) => None,
    });
    let headers: Headers = text.collect();
    Arrival {
        name,
        from,
        session: cookie::sent(&headers),
        timeout: headers.get("grpc-timeout").and_then(grpc_timeout),
        headers,
    }
}

/// The time in a `grpc-timeout` header: at most eight digits and a unit.
fn grpc_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u64 = Some(digits).filter(|digits| digits.len() <= 8)?.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// The response of one message (or of a short stream that is ready).
pub(super) fn response<T>(reply: request::Reply<T>) -> Reply<T> {
    let mut response = Response::new(reply.outcome.map_err(|error| status(error, &reply.id))?);
    if let Ok(id) = reply.id.parse() {
        response.metadata_mut().insert(REQUEST_ID_HEADER, id);
    }
    if let Some(cookie) = reply.new_session.as_deref().and_then(cookie::set) {
        response.metadata_mut().insert("set-cookie", cookie);
    }
    Ok(response)
}

/// The response of a stream.
pub(super) fn streamed<T: Send + 'static>(
    reply: request::Reply<BoxStream<'static, Result<T>>>,
) -> Reply<ReplyStream<T>> {
    let id = reply.id.clone();
    let named = response(reply)?;
    Ok(named.map(|messages| {
        messages
            .map(move |message| message.map_err(|error| status(error, &id)))
            .boxed()
    }))
}

/// The error with the request's id, by which the log knows more of it.
fn status(error: Error, id: &str) -> Status {
    let mut status = Status::from(error);
    if let Ok(id) = id.parse() {
        status.metadata_mut().insert(REQUEST_ID_HEADER, id);
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_of_grpc() {
        assert_eq!(grpc_timeout("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(grpc_timeout("2S"), Some(Duration::from_secs(2)));
        for bad in ["", "S", "5", "5x", "ä", "999999999H"] {
            assert_eq!(grpc_timeout(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_text_arrives() {
        let mut metadata = MetadataMap::new();
        metadata.insert("x-request-id", "7".parse().unwrap());
        metadata.insert("grpc-timeout", "2S".parse().unwrap());
        metadata.insert_bin("trace-bin", tonic::metadata::MetadataValue::from_bytes(b"\xff"));
        let arrival = arrival("do_get", &metadata, None);
        assert_eq!(arrival.headers.get(REQUEST_ID_HEADER), Some("7"));
        assert_eq!(arrival.headers.get("trace-bin"), None);
        assert_eq!(arrival.timeout, Some(Duration::from_secs(2)));
    }
}
