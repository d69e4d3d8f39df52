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
    CopyOptions, Error as StoreError, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::read::OpenFile;
use crate::error::Error;

/// Wraps a store so that every read of an object carries the e-tag of its `meta`: a file that was replaced since it was
/// listed, or is rewritten while it is read, gives `Precondition`, never bytes of another version. Other objects than
/// those are not there.
#[derive(Debug, Clone)]
pub struct PinnedStore {
    inner: Arc<dyn ObjectStore>,
    e_tags: Arc<HashMap<Path, Option<String>>>,
    hold: Option<Hold>,
}

/// Keeps something, such as files on the disk, for as long as somebody may read it.
pub type Hold = Arc<dyn Any + Send + Sync>;

impl PinnedStore {
    /// Pins reads through `inner` to the versions that `metas` describe.
    pub fn new<'a>(inner: Arc<dyn ObjectStore>, metas: impl IntoIterator<Item = &'a ObjectMeta>) -> Self {
        let e_tags = metas
            .into_iter()
            .map(|meta| (meta.location.clone(), meta.e_tag.clone()));
        Self {
            inner,
            e_tags: Arc::new(e_tags.collect()),
            hold: None,
        }
    }

    /// The same, keeping `hold` until the last reader is gone.
    #[must_use]
    pub fn holding(mut self, hold: Option<Hold>) -> Self {
        self.hold = hold;
        self
    }
}

#[async_trait]
impl ObjectStore for PinnedStore {
    async fn get_opts(&self, location: &Path, mut options: GetOptions) -> StoreResult<GetResult> {
        let Some(e_tag) = self.e_tags.get(location) else {
            return Err(StoreError::NotFound {
                path: location.to_string(),
                source: "not one of the files that were listed".into(),
            });
        };
        options.if_match.clone_from(e_tag);
        let mut result = self.inner.get_opts(location, options).await?;
        result.payload = match result.payload {
            GetResultPayload::File(file, _) => {
                let name = location.to_string();
                let file = OpenFile {
                    file: Arc::new(file),
                    name: name.clone(),
                    meta: result.meta.clone(),
                };
                let blocks = file.read(result.range.clone());
                GetResultPayload::Stream(blocks.map_err(move |error| changed(&name, error)).boxed())
            }
            stream => stream,
        };
        Ok(result)
    }

    /// One pinned request a range: `ObjectStore::get_ranges` has no place for a precondition.
    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let mut parts = Vec::with_capacity(ranges.len());
        for range in ranges {
            let options = GetOptions::new().with_range(Some(GetRange::Bounded(range.clone())));
            parts.push(self.get_opts(location, options).await?.bytes().await?);
        }
        Ok(parts)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix)
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
}

fn changed(name: &str, error: Error) -> StoreError {
    StoreError::Precondition {
        path: name.to_owned(),
        source: Box::new(error),
    }
}

impl fmt::Display for PinnedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned({})", self.inner)
    }
}
