//! Where bytes come from: turns the locations that the operator named into object stores, lists them, and reads
//! pinned objects from them; writes below the one that is for writing. The only module that opens files, and only below
//! those locations.

mod cause;
mod compression;
mod listing;
mod pinned;
mod ranges;
mod read;
mod registry;
mod root;
mod sample;
mod writable;

pub(crate) use cause::{Cause, is_unanswered, object_error, ours};
pub use compression::{Compression, decompress};
pub use listing::Listing;
pub use pinned::{Hold, PinnedStore};
pub use ranges::{RangeReader, read_range, read_ranges};
pub use read::{Block, check_version, read, read_blocks, read_parts};
pub use registry::Registry;
pub use root::Root;
pub use sample::{Sampled, sample};
#[cfg(test)]
#[cfg(feature = "s3")]
pub(crate) use writable::faulty;
pub(crate) use writable::refused;
pub use writable::{Lock, NewObject, Objects, WritableRoot};
