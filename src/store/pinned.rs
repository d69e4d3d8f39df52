//! A store that reads one version of its objects, or fails.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::read::OpenFile;
use super::{Cause, RangeReader, object_error, read_ranges};

/// Wraps a store so that every read of an object carries the e-tag of its `meta`: a file that was replaced since it was
/// listed, or is rewritten while it is read, gives `Precondition`, never bytes of another version. Other objects than
/// those are not there. What goes wrong is an error of ours inside the store's, with the object's name in the client's view.
#[derive(Debug, Clone)]
pub struct PinnedStore {
    inner: Arc<dyn ObjectStore>,
    versions: Arc<HashMap<Path, ObjectMeta>>,
    hold: Option<Hold>,
}

/// Keeps something, such as files on the disk, for as long as somebody may read it.
pub type Hold = Arc<dyn Any + Send + Sync>;

impl PinnedStore {
    /// Pins reads through `inner` to the versions that `metas` describe.
    pub fn new<'a>(inner: Arc<dyn ObjectStore>, metas: impl IntoIterator<Item = &'a ObjectMeta>) -> Self {
        let versions = metas.into_iter().map(|meta| (meta.location.clone(), meta.clone()));
        Self {
            inner,
            versions: Arc::new(versions.collect()),
            hold: None,
        }
    }

    /// The same, keeping `hold` until the last reader is gone.
    #[must_use]
    pub fn holding(mut self, hold: Hold) -> Self {
        self.hold = Some(hold);
        self
    }

    /// A reader of many parts of an object, which opens it once.
    ///
    /// # Errors
    /// `NotFound` for another object than those of this store.
    pub fn reader(&self, location: &Path) -> StoreResult<RangeReader> {
        let version = self.version(location)?.clone();
        Ok(RangeReader::new(Arc::clone(&self.inner), version))
    }

    /// The version of an object that reads are pinned to.
    fn version(&self, location: &Path) -> StoreResult<&ObjectMeta> {
        self.versions.get(location).ok_or_else(|| StoreError::NotFound {
            path: location.to_string(),
            source: "not one of the files that were listed".into(),
        })
    }

    async fn open(&self, location: &Path, mut options: GetOptions) -> StoreResult<GetResult> {
        options.if_match.clone_from(&self.version(location)?.e_tag);
        let opened = self.inner.get_opts(location, options).await;
        opened.map_err(|error| named(location, error))
    }
}

/// What the inner store does, but for reads.
#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ObjectStore for PinnedStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let mut result = self.open(location, options).await?;
        let location = location.clone();
        result.payload = GetResultPayload::Stream(match result.payload {
            GetResultPayload::File(file, _) => {
                let file = OpenFile {
                    file: Arc::new(file),
                    name: location.to_string(),
                    meta: result.meta.clone(),
                };
                let blocks = file.read(result.range.clone());
                blocks.map_err(move |error| named(&location, error)).boxed()
            }
            GetResultPayload::Stream(bytes) => bytes.map_err(move |error| named(&location, error)).boxed(),
        });
        Ok(result)
    }

    /// `ObjectStore::get_ranges` has no place for a precondition, so each part is asked for by itself.
    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let parts = read_ranges(&self.inner, self.version(location)?, ranges).await;
        parts.map_err(|error| named(location, error))
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

    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        self.inner.delete_stream(locations)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> StoreResult<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

/// What went wrong with an object, as the store's error with one of ours inside.
fn named(location: &Path, error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    let cause = Cause::of(&error);
    let (path, source) = (location.to_string(), Box::new(object_error(location.as_ref(), error)));
    match cause {
        Cause::Gone => StoreError::NotFound { path, source },
        Cause::Changed => StoreError::Precondition { path, source },
        _ => StoreError::Generic { store: "files", source },
    }
}

impl fmt::Display for PinnedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned({})", self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Root;
    use datafusion::object_store::ObjectStoreExt;
    use datafusion::object_store::memory::InMemory;

    const RANGES: [Range<u64>; 4] = [0..4, 100..1_200_000, 1_200_000..1_200_001, 2_000_000..2_000_010];

    fn parts(content: &[u8]) -> Vec<&[u8]> {
        let part = |range: Range<u64>| &content[range.start as usize..range.end as usize];
        RANGES.map(part).to_vec()
    }

    #[tokio::test]
    async fn ranges_of_a_file_and_of_an_object_are_the_same() {
        let content: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), &content).unwrap();
        let (memory, location) = (InMemory::new(), Path::from("f"));
        memory.put(&location, content.clone().into()).await.unwrap();
        let stores: [Arc<dyn ObjectStore>; 2] = [Root::new(0, dir.path()).store(), Arc::new(memory)];
        for store in stores {
            let meta = store.head(&location).await.unwrap();
            let pinned = PinnedStore::new(store, [&meta]);
            assert_eq!(pinned.get_ranges(&location, &RANGES).await.unwrap(), parts(&content));
            assert!(pinned.get_ranges(&location, &[]).await.unwrap().is_empty());
            let beyond = pinned.get_ranges(&location, &[0..4, 3_000_001..3_000_002]).await;
            assert!(beyond.is_err_and(|error| error.to_string().contains("file 'f' ")));
        }
    }

    #[tokio::test]
    async fn ranges_of_another_version_are_none() {
        let dir = tempfile::tempdir().unwrap();
        let (path, location) = (dir.path().join("f"), Path::from("f"));
        std::fs::write(&path, vec![1; 3_000_000]).unwrap();
        let store = Root::new(0, dir.path()).store();
        let meta = store.head(&location).await.unwrap();
        let pinned = PinnedStore::new(store, [&meta]);
        std::fs::write(&path, vec![2; 3_000_001]).unwrap();
        let error = pinned.get_ranges(&location, &RANGES).await.unwrap_err();
        assert!(matches!(error, StoreError::Precondition { .. }), "{error}");
        std::fs::remove_file(&path).unwrap();
        let error = pinned.get_ranges(&location, &RANGES).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    }
}
