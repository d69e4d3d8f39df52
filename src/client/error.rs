//! What can go wrong between this client and a server.

use std::error::Error as StdError;
use std::time::Duration;

use arrow::error::ArrowError;
use arrow_flight::error::FlightError;
use tonic::{Code, Status};

/// A [`std::result::Result`] with this module's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call or a stream failed.
///
/// `Display` is one sentence for a person; for an answer of the server it is the server's own message and nothing else.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is not one that this client can connect to.
    #[error("invalid server address {address:?}: {reason}")]
    Address {
        /// The address as it was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No attempt to connect succeeded.
    #[error("cannot connect to {address}: {reason}")]
    Connect {
        /// The address as it was given.
        address: String,
        /// What the last attempt failed with.
        reason: String,
    },
    /// The deadline for connecting passed.
    #[error("cannot connect to {address} within {within:?}: {reason}")]
    ConnectTimeout {
        /// The address as it was given.
        address: String,
        /// The deadline that passed.
        within: Duration,
        /// What the last attempt failed with, or that there was no answer.
        reason: String,
    },
    /// The server answered the call, or ended the stream, with an error.
    #[error("{}", server_message(.0))]
    Server(Box<Status>),
    /// The connection failed under a call or a stream.
    #[error("the connection failed: {reason}")]
    Transport {
        /// The gRPC code that stands for this failure.
        code: Code,
        /// The innermost cause.
        reason: String,
    },
    /// The server sent something that the protocol does not allow, or bytes that cannot be decoded.
    #[error("the server broke the protocol: {0}")]
    Protocol(String),
}

impl Error {
    /// The gRPC code of the failure; `None` for a wrong address and for a broken protocol.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Server(status) => Some(status.code()),
            Self::Transport { code, .. } => Some(*code),
            Self::Connect { .. } => Some(Code::Unavailable),
            Self::ConnectTimeout { .. } => Some(Code::DeadlineExceeded),
            Self::Address { .. } | Self::Protocol(_) => None,
        }
    }

    /// Whether the same call may succeed a little later.
    pub(super) fn is_unavailable(&self) -> bool {
        self.code() == Some(Code::Unavailable)
    }
}

/// A status that the server sent has no source; one that the transport made up has the failure itself.
impl From<Status> for Error {
    fn from(status: Status) -> Self {
        match status.source() {
            Some(source) => Self::Transport {
                code: status.code(),
                reason: root_cause(source),
            },
            None => Self::Server(Box::new(status)),
        }
    }
}

impl From<FlightError> for Error {
    fn from(error: FlightError) -> Self {
        match error {
            FlightError::Tonic(status) => Self::from(*status),
            FlightError::Arrow(error) => Self::from(error),
            FlightError::ProtocolError(message)
            | FlightError::DecodeError(message)
            | FlightError::NotYetImplemented(message) => Self::Protocol(message),
            FlightError::ExternalError(error) => Self::Protocol(root_cause(error.as_ref())),
        }
    }
}

/// The client meets Arrow errors only in bytes that the server sent.
impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Self::Protocol(error.to_string())
    }
}

/// The innermost error of a chain: the outer ones only say "transport error".
pub(super) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn server_message(status: &Status) -> &str {
    match status.message() {
        "" => status.code().description(),
        message => message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_answer_is_shown_as_the_server_wrote_it() {
        let error = Error::from(Status::not_found("no dataset named \"x\""));
        assert_eq!(error.to_string(), "no dataset named \"x\"");
        assert_eq!(error.code(), Some(Code::NotFound));
        assert!(format!("{error:?}").contains("NotFound"));
    }

    #[test]
    fn an_answer_without_a_message_is_shown_as_its_code() {
        let error = Error::from(Status::new(Code::PermissionDenied, ""));
        assert_eq!(error.to_string(), Code::PermissionDenied.description());
    }

    #[test]
    fn a_failure_of_the_transport_is_told_apart_from_an_answer() {
        let cause = std::io::Error::other("wire cut");
        let error = Error::from(Status::from_error(Box::new(cause)));
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        assert_eq!(error.to_string(), "the connection failed: wire cut");
    }
}
