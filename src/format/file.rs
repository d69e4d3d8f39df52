//! One version of one file that a table reads.

use std::sync::Arc;

use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::path::Path;
use datafusion::object_store::{ObjectMeta, ObjectStore};

use crate::error::Result;
use crate::store::{Compression, check_version};

/// One version of one file, and the store that reads it.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The store that the file lies in.
    pub store: Arc<dyn ObjectStore>,
    /// The URL of that store in plans.
    pub url: ObjectStoreUrl,
    /// Path, size in bytes, time of change and e-tag: every read is pinned to them.
    pub meta: ObjectMeta,
    /// How the file's bytes are compressed.
    pub compression: Compression,
}

impl SourceFile {
    /// The file's path below its root: its name in messages.
    pub fn name(&self) -> &str {
        self.meta.location.as_ref()
    }

    /// The store and the path of the file, as plans have them.
    pub fn place(&self) -> (&ObjectStoreUrl, &Path) {
        (&self.url, &self.meta.location)
    }

    /// Whether both are the same version of the same file.
    pub fn is_same_version(&self, other: &Self) -> bool {
        self.url == other.url && self.meta == other.meta
    }

    /// Asks the store whether this is the file's present version.
    ///
    /// # Errors
    /// As those of a read: `Unavailable` when it changed or is gone.
    pub async fn check_version(&self) -> Result<()> {
        check_version(self.store.as_ref(), &self.meta).await
    }
}
