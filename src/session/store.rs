//! Sessions, by what identifies a client.

use std::sync::Arc;
use std::time::Duration;

use super::{Owner, Session};
use crate::auth::Identity;
use crate::lru::{Bounds, Lru, Size};

/// What a session takes, about: its tables are files.
const SESSION_BYTES: usize = 4 << 10;

/// A session that nobody uses is forgotten after an hour, and the least recently used ones when there are more.
const BOUNDS: Bounds = Bounds {
    idle: Duration::from_secs(3600),
    owner: Size {
        entries: 5_000,
        bytes: 64 << 20,
    },
    all: Size {
        entries: 10_000,
        bytes: 64 << 20,
    },
    remembered: 0,
};

/// What identifies the session of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SessionKey {
    /// The session cookie that this server gave.
    Cookie(String),
    /// The bearer token, for clients that keep no cookies.
    Bearer(String),
}

impl SessionKey {
    fn text(&self) -> &str {
        match self {
            Self::Cookie(text) | Self::Bearer(text) => text,
        }
    }
}

/// The sessions of all clients, each of one identity: to know another's cookie opens nothing. One exists from the first time that something is kept in it.
#[derive(Debug)]
pub struct Sessions {
    sessions: Lru<(Identity, SessionKey), Arc<Session>, Owner>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            sessions: Lru::new(BOUNDS, |(identity, key), _| {
                SESSION_BYTES + identity.name.len() + key.text().len()
            }),
        }
    }
}

impl Sessions {
    /// The session, if something was kept in it.
    pub fn get(&self, identity: &Identity, key: &SessionKey) -> Option<Arc<Session>> {
        self.sessions.get(&(identity.clone(), key.clone()))
    }

    /// The session; a new one if there is none, which `owner` has to answer for.
    pub fn open(&self, identity: &Identity, key: &SessionKey, owner: Owner) -> Arc<Session> {
        let key = (identity.clone(), key.clone());
        self.sessions.get_or_insert(owner, key, Arc::default)
    }

    /// How many sessions are kept.
    pub fn count(&self) -> usize {
        self.sessions.size().entries
    }

    /// Forgets a session, with its temporary tables.
    pub fn close(&self, identity: &Identity, key: &SessionKey) {
        self.sessions.remove(&(identity.clone(), key.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Types;

    #[test]
    fn a_session_lives_until_it_is_closed() {
        let sessions = Sessions::default();
        let name = |name: &str| Identity { name: name.into() };
        let (me, key) = (name("me"), SessionKey::Cookie("a".into()));
        let owner = Owner::Connection(me.clone(), None);
        assert!(sessions.get(&me, &key).is_none());
        sessions
            .open(&me, &key, owner)
            .set(|options| options.types = Some(Types::Native));
        assert_eq!(sessions.get(&me, &key).unwrap().options().types, Some(Types::Native));
        assert!(
            sessions.get(&me, &SessionKey::Bearer("a".into())).is_none(),
            "a token is no cookie"
        );
        assert!(
            sessions.get(&name("you"), &key).is_none(),
            "another's cookie opens nothing"
        );
        sessions.close(&me, &key);
        sessions.close(&me, &key);
        assert!(sessions.get(&me, &key).is_none());
    }

    #[test]
    fn the_newest_session_is_kept_and_those_of_others() {
        let sessions = Sessions::default();
        let me = Identity {
            name: "anonymous".into(),
        };
        let from = |port: u16| Owner::Connection(me.clone(), Some(([127, 0, 0, 1], port).into()));
        let key = |n: usize| SessionKey::Cookie(n.to_string());
        let set = |n: usize, port: u16| {
            let session = sessions.open(&me, &key(n), from(port));
            session.set(|options| options.types = Some(Types::Native));
        };
        let is_kept = |n: usize| {
            let session = sessions.get(&me, &key(n));
            session.is_some_and(|session| session.options().types == Some(Types::Native))
        };
        set(0, 1);
        for n in 1..10_200 {
            set(n, 2);
            assert!(is_kept(n), "session {n} is lost");
        }
        assert!(is_kept(0), "another client's");
        assert_eq!(sessions.count(), BOUNDS.owner.entries + 1);
        for (n, port) in (10_200..).zip(3..u16::MAX).take(10_200) {
            set(n, port);
            assert!(is_kept(n), "session {n} is lost");
            assert!(is_kept(0), "one in use");
        }
        assert_eq!(sessions.count(), BOUNDS.all.entries);
    }
}
