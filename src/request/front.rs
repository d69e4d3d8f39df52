//! What stands before the engine, whatever protocol a request comes by.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Admission;
use crate::auth::Authenticator;
use crate::config::Limits;
use crate::session::{PreparedStatements, RunningQueries, Sessions};

/// Who lets requests in, and what is remembered between them. Clones are the same front.
#[derive(Debug, Clone)]
pub struct Front {
    /// Lets requests in.
    pub admission: Arc<Admission>,
    /// The sessions of all clients.
    pub sessions: Arc<Sessions>,
    /// The prepared statements of all clients.
    pub prepared: Arc<PreparedStatements>,
    /// The queries that run, and those that may not run any more.
    pub running: Arc<RunningQueries>,
}

impl Front {
    /// A front for those whom `authenticator` lets in. When `closing` is cancelled new requests are refused; when `abort` is,
    /// running ones end with `Unavailable`.
    pub fn new(
        authenticator: Arc<dyn Authenticator>,
        limits: Limits,
        closing: CancellationToken,
        abort: CancellationToken,
    ) -> Self {
        let sessions: Arc<Sessions> = Arc::default();
        let admission = Admission::new(authenticator, Arc::clone(&sessions), limits, closing, abort);
        Self {
            admission: Arc::new(admission),
            sessions,
            prepared: Arc::default(),
            running: Arc::default(),
        }
    }
}
