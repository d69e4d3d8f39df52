//! The address of a server, as a person writes it, to the one that the transport dials.

use tonic::transport::Uri;

use super::error::{Error, Result};

/// The port of a server whose address names none.
pub const DEFAULT_PORT: u16 = 8080;

/// Turns `grpc://host:port`, `grpc+tcp://…`, `http://…` or a bare `host:port` into an `http` URI with a port.
///
/// Everything that would be ignored is an error: credentials, a path, a query; and TLS, which this build does not have.
pub(super) fn parse(address: &str) -> Result<Uri> {
    let invalid = |reason: String| Error::Address {
        address: address.to_owned(),
        reason,
    };
    let text = address.trim();
    let authority = match text.split_once("://") {
        None => text,
        Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
            "grpc" | "grpc+tcp" | "http" => rest,
            "grpc+tls" | "grpcs" | "https" | "flightsql" => {
                return Err(invalid(format!(
                    "{scheme}:// needs TLS, which this build does not offer"
                )));
            }
            _ => {
                return Err(invalid(format!("unknown scheme {scheme:?}, expected grpc://host:port")));
            }
        },
    };
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    if authority.is_empty() {
        return Err(invalid("it names no host".into()));
    }
    if authority.contains(['/', '?', '#']) {
        return Err(invalid("only a host and a port may follow the scheme".into()));
    }
    if authority.contains('@') {
        return Err(invalid("credentials do not belong in the address".into()));
    }
    let uri: Uri = format!("http://{authority}")
        .parse()
        .map_err(|error| invalid(format!("{error}")))?;
    let host = uri.host().unwrap_or_default();
    if host.is_empty() {
        return Err(invalid("it names no host".into()));
    }
    let port = match uri.port() {
        Some(port) => port.as_u16(),
        // `host:` and `host:99999` parse as a host without a port.
        None if authority.len() > host.len() => return Err(invalid("the port is not a number".into())),
        None => DEFAULT_PORT,
    };
    format!("http://{host}:{port}")
        .parse()
        .map_err(|error| invalid(format!("{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_accepted_spelling_names_the_same_server() {
        for address in [
            "grpc://data.example:9000",
            "grpc+tcp://data.example:9000",
            "GRPC://data.example:9000/",
            "http://data.example:9000",
            " data.example:9000 ",
        ] {
            let uri = parse(address).unwrap();
            assert_eq!(uri.authority().unwrap(), "data.example:9000", "{address}");
            assert_eq!(uri.scheme_str(), Some("http"), "{address}");
        }
    }

    #[test]
    fn the_port_has_a_default() {
        for (address, authority) in [
            ("grpc://localhost", "localhost:8080"),
            ("127.0.0.1", "127.0.0.1:8080"),
            ("grpc://[::1]", "[::1]:8080"),
            ("grpc://[::1]:81", "[::1]:81"),
        ] {
            assert_eq!(parse(address).unwrap().authority().unwrap(), authority);
        }
    }

    #[test]
    fn what_would_be_ignored_is_refused() {
        for (address, reason) in [
            ("", "names no host"),
            ("grpc://", "names no host"),
            ("grpc://:8080", "names no host"),
            ("grpc+tls://host:1", "needs TLS"),
            ("https://host:1", "needs TLS"),
            ("ftp://host:1", "unknown scheme"),
            ("grpc://host:1/data", "only a host and a port"),
            ("grpc://me:secret@host:1", "credentials"),
            ("grpc://host:port", ""),
            ("grpc://host:99999", ""),
            ("grpc://host:", ""),
            ("grpc://two words", ""),
        ] {
            let error = parse(address).expect_err(address);
            assert!(matches!(error, Error::Address { .. }), "{address}: {error:?}");
            assert!(error.to_string().contains(reason), "{address}: {error}");
        }
    }
}
