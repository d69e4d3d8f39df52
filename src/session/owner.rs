//! In whose share of the server's memory a thing is counted that is kept between requests.

use std::net::SocketAddr;

use super::SessionKey;
use crate::auth::Identity;

/// A client, as far as one can be told from another: what one leaves lying about pushes out its own first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// One that comes back with what identifies its session, over whatever connection.
    Session(Identity, SessionKey),
    /// One that does not, by its connection.
    Connection(Identity, Option<SocketAddr>),
}
