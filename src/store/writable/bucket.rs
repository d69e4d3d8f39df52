//! A prefix of an S3-compatible bucket as the place of written objects.

use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use datafusion::object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use datafusion::object_store::path::{Error as PathError, Path};
use datafusion::object_store::prefix::PrefixStore;
use datafusion::object_store::{
    ClientConfigKey, Error as StoreError, ObjectMeta, ObjectStore, ObjectStoreExt, Result as StoreResult, RetryConfig,
    WriteMultipart,
};
use futures::{StreamExt, TryStreamExt};
use tokio::runtime::{Builder, Handle, Runtime};
use url::Url;

use super::lease::{Lease, timely};
use super::{Lock, NewObject, Objects};
use crate::error::{Error, ErrorKind, Result};

/// How large a part of an upload is. A file may have 10,000 parts.
const PART_BYTES: usize = 8 << 20;

/// How many parts are on their way at once.
const PARTS_AHEAD: usize = 2;

/// How long a request may take, its repetitions included. What the lock guards is given less, see [`timely`].
const TIMEOUT: Duration = Duration::from_secs(30);

/// A prefix of a bucket that is written to.
#[derive(Debug)]
pub(super) struct Bucket {
    shown: String,
    store: Arc<dyn ObjectStore>,
    io: Arc<Io>,
    lease: Arc<Lease>,
}

/// The threads that talk with the bucket: callers block, on whatever thread they are.
#[derive(Debug)]
struct Io(Option<Runtime>);

impl Io {
    fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("bucket")
            .enable_all()
            .build();
        Ok(Self(Some(runtime.map_err(Unreachable::Threads)?)))
    }

    fn handle(&self) -> &Handle {
        self.0.as_ref().expect("it runs until it is dropped").handle()
    }

    /// Does `work` there and waits for it.
    fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> io::Result<T> {
        let (done, outcome) = mpsc::sync_channel(1);
        self.handle().spawn(async move { drop(done.send(work.await)) });
        outcome.recv().map_err(io::Error::other)
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        // A blocking shutdown would panic inside an async task, where the last table may be dropped.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Bucket {
    /// The prefix that `url` (`s3://bucket/prefix`) names, reached as `settings` say, which are named as the variables of
    /// the AWS tools are (`AWS_REGION`, …).
    ///
    /// # Errors
    /// `Invalid` for a URL or a setting that is none.
    pub(super) fn open(url: &str, settings: &[(String, String)]) -> Result<Self> {
        let shown = || url.to_owned();
        let wrong = |why| Unreachable::Setting(shown(), why);
        let parsed = Url::parse(url).map_err(|why| Unreachable::Url(shown(), why))?;
        let mut builder = AmazonS3Builder::new().with_url(url).with_retry(RetryConfig {
            max_retries: 3,
            retry_timeout: TIMEOUT,
            ..RetryConfig::default()
        });
        for (name, value) in settings {
            // The AWS tools have more variables than concern a store.
            let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() else {
                continue;
            };
            if key == AmazonS3ConfigKey::Endpoint && value.starts_with("http://") {
                builder = builder.with_allow_http(true);
            }
            builder = builder.with_config(key, value);
        }
        let timeout = format!("{}s", TIMEOUT.as_secs());
        builder = builder.with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), timeout);
        let prefix = Path::from_url_path(parsed.path()).map_err(|why| wrong(why.into()))?;
        let store = PrefixStore::new(builder.build().map_err(wrong)?, prefix);
        Self::over(url, Arc::new(store))
    }

    pub(super) fn over(shown: &str, store: Arc<dyn ObjectStore>) -> Result<Self> {
        Ok(Self {
            shown: shown.into(),
            lease: Arc::new(Lease::new(Arc::clone(&store))),
            store,
            io: Arc::new(Io::start()?),
        })
    }

    pub(super) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    fn wait<T, F>(&self, work: impl FnOnce(Arc<dyn ObjectStore>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = StoreResult<T>> + Send + 'static,
    {
        let done = self.io.wait(work(Arc::clone(&self.store)));
        done.map_err(super::refused)?.map_err(super::refused)
    }

    /// What is below a folder, and no deeper.
    fn listed(&self, folder: &str) -> Result<datafusion::object_store::ListResult> {
        let prefix = path(folder)?;
        self.wait(move |store| async move { store.list_with_delimiter(Some(&prefix)).await })
    }
}

impl Objects for Bucket {
    /// A lock that a killed server left is waited out.
    fn lock(&self) -> Result<Lock> {
        let lease = Arc::clone(&self.lease);
        let acquired = self.io.wait(async move { lease.acquire().await });
        let acquired = acquired.map_err(super::refused)?;
        let held = acquired.map_err(|why| Unreachable::Unwritable(self.shown.clone(), why))?;
        if !held {
            return Err(Unreachable::Taken(self.shown.clone()).into());
        }
        let renewing = self.io.handle().spawn(Arc::clone(&self.lease).renew());
        Ok(Lock::new(Held {
            io: Arc::clone(&self.io),
            lease: Arc::clone(&self.lease),
            renewing,
        }))
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>> {
        let listed = self.listed(folder)?;
        Ok(names(listed.common_prefixes.iter()))
    }

    fn objects(&self, folder: &str) -> Result<Vec<String>> {
        let listed = self.listed(folder)?;
        Ok(names(listed.objects.iter().map(|object| &object.location)))
    }

    fn read(&self, object: &str) -> Result<Option<Bytes>> {
        let object = path(object)?;
        self.wait(move |store| async move {
            match store.get(&object).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(StoreError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn meta(&self, object: &str) -> Result<Option<ObjectMeta>> {
        let object = path(object)?;
        self.wait(move |store| async move {
            match store.head(&object).await {
                Ok(found) => Ok(Some(ObjectMeta {
                    location: object,
                    e_tag: None,
                    version: None,
                    ..found
                })),
                Err(StoreError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn create(&self, object: &str) -> Result<Box<dyn NewObject>> {
        let object = path(object)?;
        let upload = self.wait(move |store| async move { store.put_multipart(&object).await })?;
        Ok(Box::new(Upload {
            parts: Some(WriteMultipart::new_with_chunk_size(upload, PART_BYTES)),
            io: Arc::clone(&self.io),
        }))
    }

    fn replace(&self, object: &str, _temporary: &str, bytes: &[u8]) -> Result<()> {
        let (object, bytes, lease) = (path(object)?, Bytes::copy_from_slice(bytes), Arc::clone(&self.lease));
        self.wait(move |store| async move {
            lease.check()?;
            // It must not arrive when another server has the lock.
            timely(store.put(&object, bytes.into())).await.map(drop)
        })
    }

    fn remove(&self, object: &str) -> Result<()> {
        let (object, lease) = (path(object)?, Arc::clone(&self.lease));
        self.wait(move |store| async move {
            lease.check()?;
            match timely(store.delete(&object)).await {
                Err(StoreError::NotFound { .. }) => Ok(()),
                deleted => deleted,
            }
        })
    }

    fn discard(&self, object: &str) {
        let Ok(object) = path(object) else { return };
        let (store, io) = (Arc::clone(&self.store), Arc::clone(&self.io));
        self.io.handle().spawn(async move {
            if let Err(error) = store.delete(&object).await {
                tracing::warn!(%error, %object, "a file that is no longer needed could not be removed");
            }
            // The last one to know of the threads must not be one of them while they work.
            drop(io);
        });
    }

    /// An empty prefix is gone already.
    fn remove_empty(&self, _folder: &str) {}

    fn remove_all(&self, folder: &str) -> Result<()> {
        let folder = path(folder)?;
        self.wait(move |store| async move {
            let objects = store.list(Some(&folder)).map_ok(|object| object.location).boxed();
            store.delete_stream(objects).try_for_each(async |_| Ok(())).await
        })
    }
}

/// The lock, and the task that renews it.
struct Held {
    io: Arc<Io>,
    lease: Arc<Lease>,
    renewing: tokio::task::JoinHandle<()>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.renewing.abort();
        let lease = Arc::clone(&self.lease);
        // Else the next server waits until it has run out.
        drop(self.io.wait(async move { lease.release().await }));
    }
}

/// An upload in parts. Nothing is there before it is finished.
struct Upload {
    parts: Option<WriteMultipart>,
    io: Arc<Io>,
}

impl Upload {
    fn ended() -> io::Error {
        io::Error::other("the upload has ended")
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut parts = self.parts.take().ok_or_else(Self::ended)?;
        let entered = self.io.handle().enter();
        parts.write(bytes);
        drop(entered);
        let (parts, room) = self.io.wait(async move {
            let room = parts.wait_for_capacity(PARTS_AHEAD).await;
            (parts, room)
        })?;
        self.parts = Some(parts);
        room.map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewObject for Upload {
    fn close(&mut self) -> Result<()> {
        self.finish()
    }

    fn finish(&mut self) -> Result<()> {
        let parts = self.parts.take().ok_or_else(Self::ended).map_err(super::refused)?;
        let finished = self.io.wait(parts.finish());
        finished.map_err(super::refused)?.map_err(super::refused)?;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            let io = Arc::clone(&self.io);
            self.io.handle().spawn(async move {
                if let Err(error) = parts.abort().await {
                    tracing::warn!(%error, "the parts of an upload that was given up could not be removed");
                }
                drop(io);
            });
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upload")
    }
}

fn path(object: &str) -> Result<Path> {
    Path::parse(object).map_err(|why| Unreachable::Name(object.to_owned(), why).into())
}

/// The last parts of paths, in order.
fn names<'a>(paths: impl Iterator<Item = &'a Path>) -> Vec<String> {
    let mut names: Vec<_> = paths.filter_map(|path| path.filename().map(str::to_owned)).collect();
    names.sort();
    names
}

/// Why a bucket, or a name in it, cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unreachable {
    #[error("the threads for the bucket did not start")]
    Threads(#[source] io::Error),
    #[error("--writable: '{0}': {1}")]
    Url(String, url::ParseError),
    #[error("--writable: '{0}': {1}")]
    Setting(String, #[source] StoreError),
    #[error("'{0}' cannot be written: {1}")]
    Unwritable(String, #[source] StoreError),
    #[error("another server writes to '{0}': each needs a prefix of its own")]
    Taken(String),
    #[error("'{0}' is no object's name")]
    Name(String, #[source] PathError),
}

impl From<Unreachable> for Error {
    fn from(unreachable: Unreachable) -> Self {
        let kind = match &unreachable {
            Unreachable::Url(..) | Unreachable::Setting(..) => ErrorKind::Invalid,
            Unreachable::Unwritable(..) | Unreachable::Taken(_) => ErrorKind::Unavailable,
            Unreachable::Threads(_) | Unreachable::Name(..) => ErrorKind::Internal,
        };
        let error = Self::new(kind, unreachable.to_string());
        match unreachable {
            Unreachable::Threads(source) => error.with_source(source),
            Unreachable::Setting(_, source) | Unreachable::Unwritable(_, source) => error.with_source(source),
            Unreachable::Name(_, source) => error.with_source(source),
            Unreachable::Url(..) | Unreachable::Taken(_) => error,
        }
    }
}
