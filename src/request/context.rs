//! What a request is answered for.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::{Headers, StatementProgress, Subject};
use crate::auth::Identity;
use crate::error::{Error, Result};
use crate::session::{Options, Owner, Session, SessionKey, Sessions, Types};

/// The header that asks for several endpoints.
const PARTITIONS_HEADER: &str = "x-flightstream-partitions";

/// The header that asks for the types that every client reads (`client`), that every program behind one reads (`plain`), or
/// for the engine's own (`native`).
const TYPES_HEADER: &str = "x-flightstream-types";

/// The header that says what an upload does to its table.
const MODE_HEADER: &str = "x-flightstream-mode";

/// Who asks, in which session, until when, and what the headers want. Clones are the same request.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Who asks.
    pub identity: Identity,
    /// What the headers ask for.
    pub options: RequestOptions,
    /// Where a statement that changes data says how far it is.
    pub progress: StatementProgress,
    /// What it is about, for the log.
    pub subject: Subject,
    /// When work for the request must end, if it has a limit: also what goes on behind its answer.
    pub deadline: Option<Instant>,
    pub(super) session: Option<SessionOf>,
    /// The other end of the connection.
    pub(super) from: Option<SocketAddr>,
    /// The request's place, which is another's once nobody has it any more.
    pub(super) _place: Option<Arc<OwnedSemaphorePermit>>,
}

/// Which session a request is in.
#[derive(Debug, Clone)]
pub(super) struct SessionOf {
    pub(super) sessions: Arc<Sessions>,
    pub(super) key: SessionKey,
    /// The client was seen to keep what identifies its session: what is put there will be found again.
    pub(super) is_kept: bool,
}

/// What the headers of a request ask for. `None` is as the session says, else the server's default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestOptions {
    /// In how many parts rows are wanted, at least 1.
    pub partitions: Option<usize>,
    /// In which types rows are wanted.
    pub types: Option<Types>,
    /// What an upload does to its table.
    pub mode: Option<String>,
}

impl RequestOptions {
    /// Reads the headers that ask for something.
    ///
    /// # Errors
    /// `Invalid` for a value that its header does not take.
    pub(super) fn of(headers: &Headers) -> Result<Self> {
        Ok(Self {
            partitions: headers.get(PARTITIONS_HEADER).map(partitions).transpose()?,
            types: headers.get(TYPES_HEADER).map(types).transpose()?,
            mode: headers.get(MODE_HEADER).map(str::to_owned),
        })
    }
}

impl RequestContext {
    /// The context of what the server does by itself, such as to plan the views that it serves: it has no session and no
    /// limit of time.
    pub fn of_server() -> Self {
        Self {
            identity: Identity { name: "server".into() },
            options: RequestOptions::default(),
            progress: StatementProgress::default(),
            subject: Subject::default(),
            deadline: None,
            session: None,
            from: None,
            _place: None,
        }
    }

    /// In whose share things are counted that are kept for this client.
    pub fn owner(&self) -> Owner {
        match &self.session {
            Some(session) if session.is_kept => Owner::Session(self.identity.clone(), session.key.clone()),
            _ => Owner::Connection(self.identity.clone(), self.from),
        }
    }

    /// The session, if something is kept in it.
    pub fn session(&self) -> Option<Arc<Session>> {
        let SessionOf { sessions, key, .. } = self.session.as_ref()?;
        sessions.get(&self.identity, key)
    }

    /// The session, to keep something in; `None` for a client that would not find it again.
    pub fn kept_session(&self) -> Option<Arc<Session>> {
        self.opened(self.session.as_ref().filter(|session| session.is_kept)?)
    }

    /// The session, to set options in: also for a client that may not come back with what identifies it.
    pub fn open_session(&self) -> Option<Arc<Session>> {
        self.opened(self.session.as_ref()?)
    }

    fn opened(&self, SessionOf { sessions, key, .. }: &SessionOf) -> Option<Arc<Session>> {
        Some(sessions.open(&self.identity, key, self.owner()))
    }

    /// Forgets the session, with its temporary tables.
    pub fn close_session(&self) {
        if let Some(SessionOf { sessions, key, .. }) = &self.session {
            sessions.close(&self.identity, key);
        }
    }

    /// The options of the session; those of one in which nothing was set if there is none.
    pub fn session_options(&self) -> Options {
        self.session().map(|session| session.options()).unwrap_or_default()
    }

    /// The types that rows are sent in: as the headers say, else the session, else those that every client reads.
    pub fn types(&self) -> Types {
        let of_session = || self.session_options().types;
        self.options.types.or_else(of_session).unwrap_or_default()
    }
}

fn types(text: &str) -> Result<Types> {
    let wrong = || {
        Error::invalid(format!(
            "{TYPES_HEADER}: '{text}' is none of 'client', 'plain', 'native'"
        ))
    };
    Types::parse(text).ok_or_else(wrong)
}

fn partitions(text: &str) -> Result<usize> {
    let wrong = || Error::invalid(format!("{PARTITIONS_HEADER}: '{text}' is not a number of at least 1"));
    text.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_is_wanted() {
        let options = |name: &str, value: &str| RequestOptions::of(&Headers::from_iter([(name, value)]));
        assert_eq!(options(PARTITIONS_HEADER, "4").unwrap().partitions, Some(4));
        assert_eq!(options(TYPES_HEADER, "NATIVE").unwrap().types, Some(Types::Native));
        assert_eq!(options(MODE_HEADER, "append").unwrap().mode.as_deref(), Some("append"));
        assert_eq!(options("x-other", "1").unwrap(), RequestOptions::default());
        assert_eq!(
            options(PARTITIONS_HEADER, "0").unwrap_err().message(),
            "x-flightstream-partitions: '0' is not a number of at least 1"
        );
        assert_eq!(
            options(TYPES_HEADER, "odd").unwrap_err().message(),
            "x-flightstream-types: 'odd' is none of 'client', 'plain', 'native'"
        );
    }
}
