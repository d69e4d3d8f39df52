//! The session cookie: `arrow_flight_session_id`, as the specification of Flight SQL names it.

use tonic::metadata::{Ascii, MetadataValue};

use crate::request::Headers;

const NAME: &str = "arrow_flight_session_id";

/// The session that a client sent, if it is one that this server could have given.
pub(super) fn sent(headers: &Headers) -> Option<String> {
    let pairs = headers.all("cookie").flat_map(|header| header.split(';'));
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == NAME)?;
    let id = uuid::Uuid::parse_str(value.trim_matches('"')).ok()?;
    Some(id.to_string())
}

/// The cookie that offers a session to a client.
pub(super) fn set(session: &str) -> Option<MetadataValue<Ascii>> {
    format!("{NAME}={session}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_of_this_server_is_found_among_others() {
        const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let of = |cookies: &[&str]| sent(&cookies.iter().map(|cookie| ("cookie", *cookie)).collect());
        let cookie = format!("a=b; {NAME}={ID}");
        assert_eq!(of(&[&cookie]).as_deref(), Some(ID));
        assert_eq!(of(&["x=y", &cookie]).as_deref(), Some(ID));
        assert_eq!(of(&[&format!("{NAME}=\"{ID}\"")]).as_deref(), Some(ID));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[&format!("{NAME}=made-up")]), None);
        assert_eq!(set(ID).unwrap(), format!("{NAME}={ID}"));
    }
}
