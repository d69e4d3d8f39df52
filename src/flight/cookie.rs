//! The session cookie: `arrow_flight_session_id`, as the specification of Flight SQL names it.

use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

use crate::auth::Credentials;
use crate::session::SessionKey;

const NAME: &str = "arrow_flight_session_id";

/// What identifies the session of a request, and the cookie that the reply sets: then the key is new, and only a client
/// that keeps cookies will come back with it.
#[derive(Debug)]
pub(super) struct SessionCookie {
    pub(super) key: SessionKey,
    pub(super) set_cookie: Option<MetadataValue<Ascii>>,
}

/// A cookie that was sent wins, then a bearer token. A client with neither is offered a cookie: it costs the server
/// nothing until something is kept under it.
pub(super) fn session(headers: &MetadataMap, credentials: &Credentials) -> SessionCookie {
    let key = sent(headers).map(SessionKey::Cookie);
    let key = key.or_else(|| credentials.token().map(|token| SessionKey::Bearer(token.to_owned())));
    if let Some(key) = key {
        return SessionCookie { key, set_cookie: None };
    }
    let id = uuid::Uuid::new_v4().to_string();
    SessionCookie {
        set_cookie: format!("{NAME}={id}").parse().ok(),
        key: SessionKey::Cookie(id),
    }
}

/// The value that a client sent, if it is one that this server could have given.
fn sent(headers: &MetadataMap) -> Option<String> {
    let headers = headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    let mut pairs = headers.flat_map(|header| header.split(';').filter_map(|pair| pair.trim().split_once('=')));
    let (_, value) = pairs.find(|(name, _)| *name == NAME)?;
    let id = uuid::Uuid::parse_str(value.trim_matches('"')).ok()?;
    Some(id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

    fn of(cookies: &[&str], credentials: &Credentials) -> SessionCookie {
        let mut headers = MetadataMap::new();
        for cookie in cookies {
            headers.append("cookie", cookie.parse().unwrap());
        }
        session(&headers, credentials)
    }

    #[test]
    fn f71_a_cookie_wins_over_a_token_and_is_offered_without_either() {
        let token = Credentials::Bearer("t".into());
        let cookie = SessionKey::Cookie(ID.into());
        let sent = format!("a=b; {NAME}={ID}");
        assert_eq!(of(&[&sent], &token).key, cookie);
        assert_eq!(of(&["x=y", &sent], &Credentials::None).key, cookie);
        assert_eq!(of(&[], &token).key, SessionKey::Bearer("t".into()));
        let made_up = of(&[&format!("{NAME}=mine")], &Credentials::None);
        let SessionKey::Cookie(id) = made_up.key else {
            panic!("no cookie")
        };
        assert_eq!(made_up.set_cookie.unwrap(), format!("{NAME}={id}"));
        assert!(of(&[&sent], &token).set_cookie.is_none());
    }
}
