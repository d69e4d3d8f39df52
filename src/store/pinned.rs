//! A store that reads one version of its objects, or fails.

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

use super::read::file_blocks;
use crate::error::Error;

/// Wraps a store so that every read of `meta`'s object carries its e-tag: a file that was replaced since it was
/// listed, or is rewritten while it is read, gives `Precondition`, never bytes of another version.
#[derive(Debug, Clone)]
pub struct PinnedStore {
    inner: Arc<dyn ObjectStore>,
    e_tag: Option<String>,
}

impl PinnedStore {
    /// Pins reads through `inner` to the version that `meta` describes.
    pub fn new(inner: Arc<dyn ObjectStore>, meta: &ObjectMeta) -> Self {
        Self {
            inner,
            e_tag: meta.e_tag.clone(),
        }
    }
}

#[async_trait]
impl ObjectStore for PinnedStore {
    async fn get_opts(&self, location: &Path, mut options: GetOptions) -> StoreResult<GetResult> {
        options.if_match.clone_from(&self.e_tag);
        let mut result = self.inner.get_opts(location, options).await?;
        result.payload = match result.payload {
            GetResultPayload::File(file, _) => {
                let (name, meta) = (location.to_string(), result.meta.clone());
                let blocks = file_blocks(Arc::new(file), name.clone(), meta, result.range.clone());
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
