//! A lock in a bucket: an object that its holder renews. One that is not renewed any more is a dead server's and runs out.
//!
//! No clocks are compared. Whoever finds the object watches it: a change within [`LEASE`] is a holder that lives. Each write
//! of it names the e-tag that it replaces, so of two that try one fails.

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
pub(super) const TRUSTED: Duration = Duration::from_secs(8);

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

    /// Whether the object is ours after all: a renewal may arrive whose answer did not.
    async fn adopted(&self) -> bool {
        let Ok(found) = self.store.get(&lock()).await else {
            return false;
        };
        let e_tag = found.meta.e_tag.clone();
        let is_ours = found
            .bytes()
            .await
            .is_ok_and(|bytes| bytes.starts_with(self.owner.as_bytes()));
        if let (true, Some(held)) = (is_ours, self.held.lock().as_mut()) {
            held.version.e_tag = e_tag;
        }
        is_ours
    }

    /// Gives the lock up.
    pub(super) async fn release(&self) {
        if self.held.lock().take().is_some()
            && let Err(error) = self.store.delete(&lock()).await
        {
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
        let put = self.store.put_opts(&lock, content.into(), options);
        let put = tokio::time::timeout(TRUSTED, put)
            .await
            .map_err(|error| StoreError::Generic {
                store: "bucket",
                source: error.into(),
            })??;
        let version = UpdateVersion::from(put);
        *self.held.lock() = Some(Hold { version, renewed });
        Ok(())
    }
}

fn lock() -> Path {
    Path::from(LOCK)
}
