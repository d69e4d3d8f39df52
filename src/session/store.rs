//! Sessions, by what identifies a client.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::Session;
use crate::auth::Identity;

/// A session that nobody uses is forgotten after this long,
const IDLE: Duration = Duration::from_secs(3600);

/// and beyond this number the least used ones are.
const MAX_SESSIONS: u64 = 10_000;

/// What identifies the session of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SessionKey {
    /// The session cookie that this server gave.
    Cookie(String),
    /// The bearer token, for clients that keep no cookies.
    Bearer(String),
}

/// The sessions of all clients, each of one identity: to know another's cookie opens nothing. One exists from the first time that something is kept in it.
#[derive(Debug)]
pub struct Sessions {
    sessions: Cache<(Identity, SessionKey), Arc<Session>>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            sessions: Cache::builder().max_capacity(MAX_SESSIONS).time_to_idle(IDLE).build(),
        }
    }
}

impl Sessions {
    /// The session, if something was kept in it.
    pub fn get(&self, identity: &Identity, key: &SessionKey) -> Option<Arc<Session>> {
        self.sessions.get(&(identity.clone(), key.clone()))
    }

    /// The session; a new one if there is none.
    pub fn open(&self, identity: &Identity, key: &SessionKey) -> Arc<Session> {
        self.sessions.get_with((identity.clone(), key.clone()), Arc::default)
    }

    /// How many sessions are kept.
    pub fn count(&self) -> u64 {
        self.sessions.run_pending_tasks();
        self.sessions.entry_count()
    }

    /// Forgets a session, with its temporary tables.
    pub fn close(&self, identity: &Identity, key: &SessionKey) {
        self.sessions.invalidate(&(identity.clone(), key.clone()));
        self.sessions.run_pending_tasks();
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
        assert!(sessions.get(&me, &key).is_none());
        sessions
            .open(&me, &key)
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
}
