//! A lock in a bucket: an object that its holder renews. One that is not renewed any more is a dead server's and runs out.
//!
//! No clocks are compared. Whoever finds the object watches it: a change within [`LEASE`] is a holder that lives. Each write
//! of it names the e-tag that it replaces, so of two that try one fails.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::object_store::path::Path;
use datafusion::object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, Result as StoreResult, UpdateVersion,
};
use parking_lot::Mutex;
use uuid::Uuid;

const LOCK: &str = ".lock";

/// A lock that was not renewed for this long is nobody's.
const LEASE: Duration = Duration::from_secs(20);

/// How often its holder renews it.
const RENEWED: Duration = Duration::from_secs(3);

/// Its holder writes no more when it could not renew it for this long, and a write that began before ends this long after
/// it began: both together are less than the lease.
const TRUSTED: Duration = Duration::from_secs(8);

/// How often somebody who waits for a lock looks at it.
const WATCHED: Duration = Duration::from_secs(1);

/// The lock of one place, held or not.
#[derive(Debug)]
pub(super) struct Lease {
    store: Arc<dyn ObjectStore>,
    /// What the object begins with when it is ours.
    owner: String,
    held: Mutex<Option<Hold>>,
}

#[derive(Debug, Clone)]
struct Hold {
    version: UpdateVersion,
    renewed: Instant,
}

impl Lease {
    pub(super) fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            owner: Uuid::new_v4().to_string(),
            held: Mutex::default(),
        }
    }

    /// Takes the lock; false when another server has it.
    pub(super) async fn acquire(&self) -> StoreResult<bool> {
        let mut found: Option<(UpdateVersion, Instant)> = None;
        loop {
            match self.put(PutMode::Create).await {
                Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => {}
                put => return put.map(|()| true),
            }
            let now = match self.store.head(&lock()).await {
                Ok(now) => UpdateVersion {
                    e_tag: now.e_tag,
                    version: None,
                },
                Err(StoreError::NotFound { .. }) => {
                    found = None;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match found.take() {
                None => {
                    tracing::info!("there is a lock: waiting whether its server still lives");
                    found = Some((now, Instant::now()));
                }
                Some((before, _)) if before.e_tag != now.e_tag => return Ok(false),
                Some((before, since)) if since.elapsed() >= LEASE => {
                    return match self.put(PutMode::Update(before)).await {
                        Err(StoreError::Precondition { .. }) => Ok(false),
                        put => put.map(|()| true),
                    };
                }
                same => found = same,
            }
            tokio::time::sleep(WATCHED).await;
        }
    }

    /// Renews the lock until this is dropped, or another server has it.
    pub(super) async fn renew(self: Arc<Self>) {
        loop {
            tokio::time::sleep(RENEWED).await;
            let Some(Hold { version, .. }) = self.held.lock().clone() else {
                return;
            };
            match self.put(PutMode::Update(version)).await {
                Ok(()) => {}
                Err(StoreError::Precondition { .. }) if self.adopted().await => {}
                Err(error @ StoreError::Precondition { .. }) => {
                    tracing::error!(%error, "another server took the lock of the bucket: nothing more is written");
                    *self.held.lock() = None;
                    return;
                }
                Err(error) => tracing::warn!(%error, "the lock of the bucket could not be renewed"),
            }
        }
    }

    /// Whether the object is ours after all: a renewal before may have arrived whose answer did not.
    async fn adopted(&self) -> bool {
        let found = self.found(&self.owner).await;
        if let (Some(e_tag), Some(held)) = (&found, self.held.lock().as_mut()) {
            held.version.e_tag.clone_from(e_tag);
        }
        found.is_some()
    }

    /// Gives the lock up, if it is still ours: another server may have taken it meanwhile.
    pub(super) async fn release(&self) {
        if self.held.lock().take().is_none() || self.found(&self.owner).await.is_none() {
            return;
        }
        if let Err(error) = timely(self.store.delete(&lock())).await {
            tracing::warn!(%error, "the lock of the bucket could not be removed; it runs out");
        }
    }

    /// Refuses to go on without the lock.
    pub(super) fn check(&self) -> StoreResult<()> {
        let held = self.held.lock();
        match held.as_ref() {
            Some(held) if held.renewed.elapsed() < TRUSTED => Ok(()),
            _ => Err(StoreError::Generic {
                store: "bucket",
                source: "this server may have lost the lock of the bucket".into(),
            }),
        }
    }

    async fn put(&self, mode: PutMode) -> StoreResult<()> {
        // Before it is sent: the lease of others runs from when it arrives.
        let renewed = Instant::now();
        let options = PutOptions {
            mode,
            ..PutOptions::default()
        };
        // Differs each time, and with it the e-tag.
        let content = format!("{} {}", self.owner, Uuid::new_v4());
        let lock = lock();
        let put = self.store.put_opts(&lock, content.clone().into(), options);
        let version = match timely(put).await {
            Ok(put) => UpdateVersion::from(put),
            // It may have arrived, and only the answer did not; a repetition of it then fails for what it finds.
            Err(error) => match self.found(&content).await {
                Some(e_tag) => UpdateVersion { e_tag, version: None },
                None => return Err(error),
            },
        };
        *self.held.lock() = Some(Hold { version, renewed });
        Ok(())
    }

    /// The e-tag of the object, if what is in it begins so.
    async fn found(&self, content: &str) -> Option<Option<String>> {
        let read = async {
            let found = self.store.get(&lock()).await?;
            let e_tag = found.meta.e_tag.clone();
            Ok((found.bytes().await?, e_tag))
        };
        let (bytes, e_tag) = timely(read).await.ok()?;
        bytes.starts_with(content.as_bytes()).then_some(e_tag)
    }
}

/// What the store answers within [`TRUSTED`].
pub(super) async fn timely<T: Send>(request: impl Future<Output = StoreResult<T>> + Send) -> StoreResult<T> {
    let answered = tokio::time::timeout(TRUSTED, request).await;
    answered.unwrap_or_else(|error| {
        Err(StoreError::Generic {
            store: "bucket",
            source: error.into(),
        })
    })
}

fn lock() -> Path {
    Path::from(LOCK)
}
