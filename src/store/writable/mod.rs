//! A place that the server itself writes to, a folder or a bucket's prefix: whole small objects that are replaced at once,
//! large ones that are written once and never changed, and a lock that keeps other servers out.
//!
//! An object is named by its path below the place. Nothing is appended to, nothing is changed in place, and a folder is
//! there when something is in it: so both kinds of places are asked for the same. Everything here blocks.

#[cfg(feature = "s3")]
mod bucket;
#[cfg(test)]
#[cfg(feature = "s3")]
pub(crate) mod faulty;
mod folder;
#[cfg(feature = "s3")]
mod lease;

use std::any::Any;
use std::fmt;
use std::io::Write;
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::ObjectMeta;

use self::folder::Folder;
use super::{Cause, Root};
use crate::config::WritablePlace;
use crate::error::{Error, Result};

/// A place that is written to, see [`Objects`], and the read-only root through which plans read it.
#[derive(Debug, Clone)]
pub struct WritableRoot {
    root: Root,
    objects: Arc<dyn Objects>,
}

impl WritableRoot {
    /// The `index`-th place of its kind; a folder is made if it is missing.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be written to, `Unsupported` for a bucket in a build without them.
    pub fn open(index: usize, place: &WritablePlace) -> Result<Self> {
        let url = ObjectStoreUrl::parse(format!("written://w{index}")).expect("scheme and host form a URL");
        match place {
            WritablePlace::Folder(location) => {
                let folder = Folder::open(location)?;
                let root = Root::of_folder(url, folder.location().to_path_buf());
                Ok(Self {
                    root,
                    objects: Arc::new(folder),
                })
            }
            #[cfg(feature = "s3")]
            WritablePlace::Bucket { url: shown, settings } => {
                let bucket = bucket::Bucket::open(shown, settings)?;
                let root = Root::at(url, shown, bucket.store());
                Ok(Self {
                    root,
                    objects: Arc::new(bucket),
                })
            }
            #[cfg(not(feature = "s3"))]
            WritablePlace::Bucket { .. } => Err(Error::unsupported(
                "this server was built without buckets (the feature 's3'); name a folder",
            )),
        }
    }

    /// A place over a bucket's store.
    #[cfg(test)]
    #[cfg(feature = "s3")]
    pub(crate) fn over(store: Arc<dyn datafusion::object_store::ObjectStore>) -> Result<Self> {
        let url = ObjectStoreUrl::parse("written://w0").expect("scheme and host form a URL");
        let bucket = bucket::Bucket::over("s3://tables", store)?;
        Ok(Self {
            root: Root::at(url, "s3://tables", bucket.store()),
            objects: Arc::new(bucket),
        })
    }

    /// What plans read from.
    pub fn root(&self) -> &Root {
        &self.root
    }
}

impl Deref for WritableRoot {
    type Target = dyn Objects;

    fn deref(&self) -> &Self::Target {
        self.objects.as_ref()
    }
}

/// What is asked of a place.
pub trait Objects: fmt::Debug + Send + Sync {
    /// The place for this process alone, as long as what is returned lives.
    ///
    /// # Errors
    /// `Unavailable` when another process has it.
    fn lock(&self) -> Result<Lock>;

    /// The names of the folders in `folder`, in order; `""` is the place itself. None of them when there is no such folder.
    fn folders(&self, folder: &str) -> Result<Vec<String>>;

    /// The names of the objects in `folder`, in order. None of them when there is no such folder.
    fn objects(&self, folder: &str) -> Result<Vec<String>>;

    /// A whole object, if it is there.
    fn read(&self, object: &str) -> Result<Option<Bytes>>;

    /// What pins later reads of an object, if it is there. Objects that are scanned never change, so there is no e-tag.
    fn meta(&self, object: &str) -> Result<Option<ObjectMeta>>;

    /// A new object to write. It is whole and durable after [`NewObject::finish`], and not before.
    fn create(&self, object: &str) -> Result<Box<dyn NewObject>>;

    /// Makes `bytes` the whole of an object, at once: whoever looks, at whatever moment the process or the machine
    /// stops, finds what was there before or all of `bytes`. `temporary` is the name of an object beside it that is in
    /// the way of nobody; a process that is killed may leave it.
    fn replace(&self, object: &str, temporary: &str, bytes: &[u8]) -> Result<()>;

    /// Removes an object; one that is gone already is fine.
    fn remove(&self, object: &str) -> Result<()>;

    /// Removes an object that nothing refers to, and its folder if that was the last one in it. What cannot be removed
    /// stays: the next start sweeps it.
    fn discard(&self, object: &str);

    /// Removes a folder if it is empty.
    fn remove_empty(&self, folder: &str);

    /// Removes a folder and all that is in it; one that is gone already is fine.
    fn remove_all(&self, folder: &str) -> Result<()>;
}

/// An object that is being written.
pub trait NewObject: fmt::Debug + Write + Send {
    /// Makes what was written whole, for as long as the process lives.
    fn close(&mut self) -> Result<()>;

    /// Makes what was written durable, and its name too.
    fn finish(&mut self) -> Result<()>;
}

/// Keeps other servers from writing to a place, as long as it lives.
pub struct Lock(#[expect(dead_code, reason = "the lock ends when this is dropped")] Box<dyn Any + Send + Sync>);

impl Lock {
    fn new(held: impl Any + Send + Sync) -> Self {
        Self(Box::new(held))
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

/// What a refusal of the system or of a bucket means for the caller, in words that name no place on the disk.
pub(crate) fn refused(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let (kind, what) = Cause::of(&error).of_place();
    Error::new(kind, what).with_source(error)
}

#[cfg(test)]
mod tests;
