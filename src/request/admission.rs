//! Who may enter, and what surrounds a request from then on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::call::Record;
use super::context::SessionOf;
use super::{Call, Headers, RequestContext, RequestOptions, StatementProgress, Subject};
use crate::auth::{Authenticator, Credentials};
use crate::config::Limits;
use crate::error::{Error, Result};
use crate::session::{SessionKey, Sessions};

/// The header, in requests and replies, that names a request in logs.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// A request as it came, before anybody looked at who asks.
#[derive(Debug, Default)]
pub struct Arrival {
    /// What is asked, as logs show it: `do_get`.
    pub name: &'static str,
    /// Its headers.
    pub headers: Headers,
    /// The other end of the connection.
    pub from: Option<SocketAddr>,
    /// The session that the client says it is in, in the way of its protocol.
    pub session: Option<String>,
    /// How long the client waits.
    pub timeout: Option<Duration>,
}

/// Lets requests in.
#[derive(Debug)]
pub struct Admission {
    authenticator: Arc<dyn Authenticator>,
    sessions: Arc<Sessions>,
    permits: Arc<Semaphore>,
    limits: Limits,
    closing: CancellationToken,
    abort: CancellationToken,
}

impl Admission {
    pub(super) fn new(
        authenticator: Arc<dyn Authenticator>,
        sessions: Arc<Sessions>,
        limits: Limits,
        closing: CancellationToken,
        abort: CancellationToken,
    ) -> Self {
        Self {
            authenticator,
            sessions,
            permits: Arc::new(Semaphore::new(limits.max_concurrent_requests)),
            limits,
            closing,
            abort,
        }
    }

    /// Who lets requests in.
    pub fn authenticator(&self) -> &dyn Authenticator {
        self.authenticator.as_ref()
    }

    /// Lets a request in, or says why not. What it returns holds the request's place until it ends.
    ///
    /// # Errors
    /// `Unavailable` when the server is going away, `Exhausted` when as many requests run as may, `Unauthenticated` as the
    /// authenticator says, `Invalid` for a header with a value that it does not take.
    pub async fn admit(&self, arrival: Arrival) -> Result<(Call, RequestContext)> {
        if self.closing.is_cancelled() {
            return Err(going_away());
        }
        let place = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| {
            let limit = self.limits.max_concurrent_requests;
            Error::exhausted(format!("{limit} requests are running, which is the limit; try again"))
        })?;
        let place = Arc::new(place);
        let Arrival {
            name,
            headers,
            from,
            session,
            timeout,
        } = arrival;
        let credentials = Credentials::parse(headers.get("authorization"));
        let identity = self.authenticator.authenticate(&credentials).await?;
        let (key, new_session) = session_key(session, &credentials);
        let started = Instant::now();
        let context = RequestContext {
            identity: identity.clone(),
            options: RequestOptions::of(&headers)?,
            progress: StatementProgress::default(),
            subject: Subject::default(),
            deadline: self.limits.request_timeout.map(|timeout| started + timeout),
            session: Some(SessionOf {
                sessions: Arc::clone(&self.sessions),
                key,
                is_kept: new_session.is_none(),
            }),
            from,
            _place: Some(Arc::clone(&place)),
        };
        let timeouts = [self.limits.request_timeout, timeout];
        let deadline = timeouts.into_iter().flatten().min().map(|timeout| started + timeout);
        let id = headers.get(REQUEST_ID_HEADER).map(str::to_owned);
        let record = Record::new(name, identity, id, new_session, context.subject.clone(), started, place);
        Ok((Call::new(deadline, self.abort.clone(), record), context))
    }

    #[cfg(test)]
    pub(super) fn permits(&self) -> &Semaphore {
        &self.permits
    }
}

/// What a request is told that must end because the server does.
pub(super) fn going_away() -> Error {
    Error::unavailable("the server is shutting down")
}

/// What identifies the session of a request, and what the reply offers the client to come back with: then the key is new. What
/// was sent wins, then a bearer token. A client with neither is offered one: it costs the server nothing until something
/// is kept under it.
fn session_key(sent: Option<String>, credentials: &Credentials) -> (SessionKey, Option<String>) {
    let bearer = || credentials.token().map(|token| SessionKey::Bearer(token.to_owned()));
    match sent.map(SessionKey::Cookie).or_else(bearer) {
        Some(key) => (key, None),
        None => {
            let id = uuid::Uuid::new_v4().to_string();
            (SessionKey::Cookie(id.clone()), Some(id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f71_what_was_sent_wins_over_a_token_and_a_session_is_offered_without_either() {
        let token = Credentials::Bearer("t".into());
        let sent = |id: &str| Some(id.to_owned());
        assert_eq!(session_key(sent("a"), &token), (SessionKey::Cookie("a".into()), None));
        assert_eq!(
            session_key(sent("a"), &Credentials::None).0,
            SessionKey::Cookie("a".into())
        );
        assert_eq!(session_key(None, &token), (SessionKey::Bearer("t".into()), None));
        let (SessionKey::Cookie(id), Some(offered)) = session_key(None, &Credentials::None) else {
            panic!("nothing is offered")
        };
        assert_eq!(id, offered);
    }
}
