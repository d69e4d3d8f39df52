//! A location that the operator named, as a read-only object store that never leaves it. Any object store can be one.

use std::fmt;
use std::ops::Range;
use std::path::{Component, Path as FsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult,
};
use futures::stream::{self, BoxStream, StreamExt};

/// A place that files are read from: a folder or one file, or what some other object store holds.
#[derive(Debug, Clone)]
pub struct Root {
    shown: Arc<str>,
    url: ObjectStoreUrl,
    store: Arc<dyn ObjectStore>,
    /// The folder or file, if it is one: it is walked to be listed, so that what is left out can be told.
    pub(super) folder: Option<PathBuf>,
}

impl Root {
    /// The root for the operator's `index`-th location. It need not exist yet: each listing looks anew.
    pub fn new(index: usize, location: impl Into<PathBuf>) -> Self {
        Self::of_folder(Self::url_of(index), location.into())
    }

    /// The operator's `index`-th root, which is what `store` holds; the operator knows it as `shown`.
    pub fn over(index: usize, shown: &str, store: Arc<dyn ObjectStore>) -> Self {
        Self::at(Self::url_of(index), shown, store)
    }

    /// The folder that plans know under `url`.
    pub(super) fn of_folder(url: ObjectStoreUrl, location: PathBuf) -> Self {
        let store = Arc::new(RootedStore {
            location: location.clone(),
            inner: LocalFileSystem::new(),
        });
        Self {
            folder: Some(location.clone()),
            ..Self::at(url, &location.to_string_lossy(), store)
        }
    }

    /// What `store` holds, which plans know under `url`.
    pub(super) fn at(url: ObjectStoreUrl, shown: &str, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            shown: shown.into(),
            url,
            store,
            folder: None,
        }
    }

    fn url_of(index: usize) -> ObjectStoreUrl {
        ObjectStoreUrl::parse(format!("root://r{index}")).expect("scheme and host form a URL")
    }

    /// The location as the operator wrote it: for the operator's eyes (log, console), never for a client's.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The URL under which plans refer to this root. It says nothing of the disk.
    pub fn url(&self) -> &ObjectStoreUrl {
        &self.url
    }

    /// The store that reads below this root.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }
}

/// Reads files below one location. Every path is made canonical when it is opened and must still lie below the
/// canonical location, so neither `..` nor a symbolic link leads out, not even one made after the listing.
///
/// Why not `LocalFileSystem::new_with_prefix`: it follows symbolic links out of its prefix.
struct RootedStore {
    location: PathBuf,
    inner: LocalFileSystem,
}

impl RootedStore {
    /// The absolute path of an object in the terms of the inner store. Blocks on the file system.
    fn resolve(location: &FsPath, object: &Path) -> StoreResult<Path> {
        let refused = |source: std::io::Error| refused(object, source);
        let not_found = || refused(std::io::ErrorKind::NotFound.into());
        let root = location.canonicalize().map_err(refused)?;
        let relative = FsPath::new(object.as_ref());
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(not_found());
        }
        // A location that is a single file serves just that file, under its own name.
        let (base, wanted) = match root.is_file() {
            true => (root.clone(), root.parent().map(|parent| parent.join(relative))),
            false => (root.clone(), Some(root.join(relative))),
        };
        let file = wanted.ok_or_else(not_found)?.canonicalize().map_err(refused)?;
        // To open a pipe would wait for its writer.
        if !file.starts_with(&base) || !file.is_file() {
            return Err(not_found());
        }
        Ok(Path::from_absolute_path(file)?)
    }

    fn read_only<T>() -> StoreResult<T> {
        Err(StoreError::NotImplemented {
            operation: "write".into(),
            implementer: "a read-only root".into(),
        })
    }
}

/// What the system says of a path, as what a store says of an object.
fn refused(object: &Path, source: std::io::Error) -> StoreError {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    let (path, kind) = (object.to_string(), source.kind());
    let source = Box::new(source);
    match kind {
        NotFound | NotADirectory => StoreError::NotFound { path, source },
        PermissionDenied => StoreError::PermissionDenied { path, source },
        _ => StoreError::Generic { store: "root", source },
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl ObjectStore for RootedStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let (root, object) = (self.location.clone(), location.clone());
        let absolute = tokio::task::spawn_blocking(move || Self::resolve(&root, &object)).await??;
        let mut result = self.inner.get_opts(&absolute, options).await?;
        result.meta.location = location.clone();
        Ok(result)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        let (root, object) = (self.location.clone(), location.clone());
        let absolute = tokio::task::spawn_blocking(move || Self::resolve(&root, &object)).await??;
        self.inner.get_ranges(&absolute, ranges).await
    }

    /// Lists nothing: what is served comes from [`Root::list`], and a plan's file list is frozen.
    fn list(&self, _prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        stream::empty().boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, _offset: &Path) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.list(prefix)
    }

    async fn list_with_delimiter(&self, _prefix: Option<&Path>) -> StoreResult<ListResult> {
        Ok(ListResult {
            common_prefixes: Vec::new(),
            objects: Vec::new(),
        })
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> StoreResult<PutResult> {
        Self::read_only()
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> StoreResult<Box<dyn MultipartUpload>> {
        Self::read_only()
    }

    fn delete_stream(&self, locations: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        locations.map(|_| Self::read_only()).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> StoreResult<()> {
        Self::read_only()
    }

    async fn rename_opts(&self, _: &Path, _: &Path, _: RenameOptions) -> StoreResult<()> {
        Self::read_only()
    }
}

impl fmt::Debug for RootedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootedStore")
    }
}

impl fmt::Display for RootedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootedStore")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::object_store::ObjectStoreExt;

    async fn text(root: &Root, object: &str) -> StoreResult<Bytes> {
        root.store().get(&Path::parse(object).unwrap()).await?.bytes().await
    }

    #[tokio::test]
    async fn reads_below_the_location_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let served = dir.path().join("served");
        std::fs::create_dir_all(served.join("sub folder")).unwrap();
        std::fs::write(served.join("sub folder/ä b%20.csv"), "in").unwrap();
        std::fs::write(dir.path().join("secret.csv"), "out").unwrap();
        std::os::unix::fs::symlink("../secret.csv", served.join("link.csv")).unwrap();
        std::os::unix::fs::symlink("sub folder/ä b%20.csv", served.join("inner.csv")).unwrap();
        let root = Root::new(0, &served);
        assert_eq!(text(&root, "sub folder/ä b%20.csv").await.unwrap(), "in");
        assert_eq!(text(&root, "inner.csv").await.unwrap(), "in");
        for outside in ["link.csv", "none.csv", "served/../../secret.csv"] {
            let Ok(path) = Path::parse(outside) else { continue };
            assert!(
                matches!(root.store().get(&path).await, Err(StoreError::NotFound { .. })),
                "{outside} was opened"
            );
        }
    }

    #[tokio::test]
    async fn a_file_as_location_serves_that_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("one.csv"), "1").unwrap();
        std::fs::write(dir.path().join("two.csv"), "2").unwrap();
        let root = Root::new(0, dir.path().join("one.csv"));
        assert_eq!(text(&root, "one.csv").await.unwrap(), "1");
        assert!(text(&root, "two.csv").await.is_err());
    }
}
