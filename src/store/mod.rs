//! Where bytes come from: turns the locations that the operator named into object stores, lists them, and reads
//! pinned objects from them; writes below the one that is for writing. The only module that opens files, and only below
//! those locations.

mod compression;
mod listing;
mod pinned;
mod read;
mod registry;
mod root;
mod sample;
mod writable;

pub use compression::{Compression, decompress};
pub use listing::{Entry, Listing};
pub use pinned::{Hold, PinnedStore};
pub use read::{Block, read, read_blocks, read_parts, read_range};
pub use registry::Registry;
pub use root::Root;
pub use sample::{Sampled, sample};
pub(crate) use writable::refused;
pub use writable::{Lock, NewObject, Objects, WritableRoot};

use datafusion::object_store;

use crate::error::{Error, ErrorKind};

/// What went wrong with an object, said by its name in the client's view: `name` is a dataset's file below its root.
pub(crate) fn object_error(name: &str, error: object_store::Error) -> Error {
    let (kind, what) = match &error {
        object_store::Error::NotFound { .. } => (ErrorKind::Unavailable, "is gone; refresh and ask again"),
        object_store::Error::Precondition { .. } | object_store::Error::NotModified { .. } => (
            ErrorKind::Unavailable,
            "changed since it was listed; refresh and ask again",
        ),
        error if is_denied(error) => (ErrorKind::Denied, "may not be read by the server"),
        _ => (ErrorKind::Unavailable, "cannot be read"),
    };
    Error::new(kind, format!("file '{name}' {what}")).with_source(error)
}

/// A local store hides the system's refusal in a cause.
fn is_denied(error: &object_store::Error) -> bool {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.any(|cause| {
        let refused = cause.downcast_ref().map(std::io::Error::kind);
        refused == Some(std::io::ErrorKind::PermissionDenied)
    }) || matches!(error, object_store::Error::PermissionDenied { .. })
}
