//! Errors → gRPC status codes: the only place where that is decided.

use tonic::{Code, Status};

use crate::error::{Error, ErrorKind};

/// Longest message in bytes once it is percent-encoded. C++ clients refuse headers of 16 KiB and then lose the real error.
const MAX_ENCODED_BYTES: usize = 4000;

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let code = code(error.kind());
        if code == Code::Internal {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(
                error = error.message(),
                cause,
                "a request failed for a defect of the server"
            );
        }
        Status::new(code, shortened(error.message()))
    }
}

fn code(kind: ErrorKind) -> Code {
    match kind {
        ErrorKind::Invalid => Code::InvalidArgument,
        ErrorKind::NotFound => Code::NotFound,
        ErrorKind::Exists => Code::AlreadyExists,
        ErrorKind::Denied => Code::PermissionDenied,
        ErrorKind::Unauthenticated => Code::Unauthenticated,
        ErrorKind::Exhausted => Code::ResourceExhausted,
        ErrorKind::Unsupported => Code::Unimplemented,
        ErrorKind::Unavailable => Code::Unavailable,
        ErrorKind::Cancelled => Code::Cancelled,
        ErrorKind::Deadline => Code::DeadlineExceeded,
        ErrorKind::BadData => Code::DataLoss,
        ErrorKind::Internal => Code::Internal,
    }
}

fn shortened(message: &str) -> String {
    let mut encoded = 0;
    for (at, character) in message.char_indices() {
        let mut utf8 = [0; 4];
        let bytes = character.encode_utf8(&mut utf8).bytes();
        encoded += bytes
            .map(|byte| {
                if matches!(byte, b' '..=b'~') && byte != b'%' {
                    1
                } else {
                    3
                }
            })
            .sum::<usize>();
        if encoded > MAX_ENCODED_BYTES {
            return format!("{}…", &message[..at]);
        }
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stay_below_the_limit_of_headers() {
        assert_eq!(shortened("short é"), "short é");
        assert_eq!(shortened(&"a".repeat(100_000)).len(), MAX_ENCODED_BYTES + "…".len());
        let wide = shortened(&"é%".repeat(10_000));
        assert!(wide.ends_with('…') && wide.len() < MAX_ENCODED_BYTES);
    }
}
