//! What every protocol shares of a request: who asks, in which session, until when and with which options
//! ([`RequestContext`]); who may enter, and the line that the log gets when a request ends ([`Admission`], [`Call`]); and what
//! the server remembers between requests ([`Front`]).
//!
//! No type of any wire is here: headers come in as [`Headers`], errors go out as our own. A protocol makes an [`Arrival`] of
//! what it received and its own answer of a [`Reply`].

mod admission;
mod call;
mod context;
mod front;
mod headers;
mod progress;
mod subject;

pub use admission::{Admission, Arrival, REQUEST_ID_HEADER};
pub use call::{Call, Reply, Rows, overdue};
pub use context::{RequestContext, RequestOptions};
pub use front::Front;
pub use headers::Headers;
pub use progress::StatementProgress;
pub use subject::Subject;
