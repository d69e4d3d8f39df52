//! A store in memory whose requests go wrong as a test says.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store::memory::InMemory;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult,
};
use futures::StreamExt;
use futures::stream::BoxStream;
use parking_lot::Mutex;

/// What is asked of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    Put,
    Get,
    Delete,
}

/// How a request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is done, and the store says so.
    Refused,
    /// It is done, and the store says that it failed.
    DoneAndRefused,
    /// It is done, and no answer comes.
    DoneUnanswered,
    /// Nothing is done yet, and no answer comes.
    Unanswered,
}

impl Fault {
    fn is_done(self) -> bool {
        matches!(self, Self::DoneAndRefused | Self::DoneUnanswered)
    }

    async fn error(self) -> StoreError {
        let store = "faulty";
        match self {
            Self::Refused | Self::DoneAndRefused => StoreError::Generic {
                store,
                source: "500: we encountered an internal error".into(),
            },
            Self::DoneUnanswered | Self::Unanswered => {
                let late = tokio::time::timeout(Duration::ZERO, std::future::pending::<()>()).await;
                let source = Box::new(late.unwrap_err());
                StoreError::Generic { store, source }
            }
        }
    }
}

/// Requests that will go wrong, with how the paths of their objects end.
type Faults = Vec<(Request, &'static str, Fault)>;

/// The store. It does what it is asked for, but for the next requests that were said to fail.
#[derive(Debug, Default)]
pub(crate) struct Faulty {
    pub(crate) inner: InMemory,
    faults: Arc<Mutex<Faults>>,
    /// What was asked for, the faulty requests included.
    asked: Mutex<Vec<Request>>,
}

impl Faulty {
    /// The next such request on an object whose path ends so will go wrong.
    pub(crate) fn fail(&self, request: Request, object: &'static str, fault: Fault) {
        self.faults.lock().push((request, object, fault));
    }

    /// How many of those have not come yet.
    pub(crate) fn left(&self) -> usize {
        self.faults.lock().len()
    }

    /// How many such requests there were.
    pub(crate) fn asked(&self, request: Request) -> usize {
        self.asked.lock().iter().filter(|asked| **asked == request).count()
    }

    fn fault(&self, request: Request, location: &Path) -> Option<Fault> {
        self.asked.lock().push(request);
        next(&self.faults, request, location)
    }
}

fn next(faults: &Mutex<Vec<(Request, &'static str, Fault)>>, request: Request, location: &Path) -> Option<Fault> {
    let mut faults = faults.lock();
    let due = |(of, object, _): &(Request, &str, Fault)| *of == request && location.as_ref().ends_with(object);
    let at = faults.iter().position(due)?;
    Some(faults.remove(at).2)
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        let Some(fault) = self.fault(Request::Put, location) else {
            return self.inner.put_opts(location, payload, options).await;
        };
        if fault.is_done() {
            self.inner.put_opts(location, payload, options).await?;
        }
        Err(fault.error().await)
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        match self.fault(Request::Get, location) {
            Some(fault) => Err(fault.error().await),
            None => self.inner.get_opts(location, options).await,
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        match self.fault(Request::Get, location) {
            Some(fault) => Err(fault.error().await),
            None => self.inner.get_ranges(location, ranges).await,
        }
    }

    fn delete_stream(&self, locations: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        let (inner, faults) = (self.inner.clone(), Arc::clone(&self.faults));
        let deleted = locations.then(move |location| {
            let (inner, faults) = (inner.clone(), Arc::clone(&faults));
            async move {
                let location = location?;
                let fault = next(&faults, Request::Delete, &location);
                if fault.is_none_or(Fault::is_done) {
                    let one = futures::stream::iter([Ok(location.clone())]).boxed();
                    let mut deleted = inner.delete_stream(one);
                    deleted.next().await.transpose()?;
                }
                match fault {
                    Some(fault) => Err(fault.error().await),
                    None => Ok(location),
                }
            }
        });
        deleted.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> StoreResult<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faulty")
    }
}
