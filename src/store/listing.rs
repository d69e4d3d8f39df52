//! What lies below a root: every readable file with its pinned metadata, and a warning for each that was left out.

use std::collections::HashSet;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use datafusion::object_store::path::Path;
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use futures::stream::{self, StreamExt};

use super::{Cause, Root};

/// The files below one root, sorted by path, and what was skipped and why.
#[derive(Debug, Default)]
pub struct Listing {
    /// Path below the root, size in bytes, time of change and e-tag of each: what later reads are pinned to.
    pub files: Vec<ObjectMeta>,
    /// One sentence for each thing that the operator may have meant to be served and is not.
    pub warnings: Vec<String>,
}

impl Root {
    /// Lists the files below this root whose names `wanted` accepts, hidden ones excluded. A location that is
    /// missing or unreadable gives an empty list and a warning: a later listing may find more.
    pub async fn list(&self, wanted: impl Fn(&str) -> bool + Send + Sync + 'static) -> Listing {
        match &self.folder {
            Some(folder) => self.walked(folder.clone(), wanted).await,
            None => self.asked(wanted).await,
        }
    }

    /// What a walk over the folder finds.
    async fn walked(&self, folder: PathBuf, wanted: impl Fn(&str) -> bool + Send + 'static) -> Listing {
        let walked = tokio::task::spawn_blocking(move || Walk::run(&folder, &wanted)).await;
        let Ok((paths, warnings)) = walked else {
            return Listing {
                files: Vec::new(),
                warnings: vec![format!("'{}' could not be listed", self.shown())],
            };
        };
        let store = self.store();
        let heads = stream::iter(paths).map(|path| {
            let store = Arc::clone(&store);
            async move { head(store.as_ref(), path).await }
        });
        let heads: Vec<_> = heads.buffered(16).collect().await;
        let mut listing = Listing {
            files: Vec::with_capacity(heads.len()),
            warnings,
        };
        for head in heads {
            match head {
                Ok(meta) => listing.files.push(meta),
                Err(warning) => listing.warnings.push(warning),
            }
        }
        listing
    }

    /// What the store says that it holds.
    async fn asked(&self, wanted: impl Fn(&str) -> bool) -> Listing {
        let mut listing = Listing::default();
        let mut objects = self.store().list(None);
        while let Some(object) = objects.next().await {
            match object {
                Ok(meta) => {
                    let is_hidden = meta.location.parts().any(|part| part.as_ref().starts_with('.'));
                    if !is_hidden && meta.location.filename().is_some_and(&wanted) {
                        listing.files.push(meta);
                    }
                }
                Err(error) => {
                    let (shown, (_, what)) = (self.shown(), Cause::of(&error).of_file());
                    listing.warnings.push(format!("'{shown}' {what}"));
                    break;
                }
            }
        }
        listing.files.sort_by(|one, other| one.location.cmp(&other.location));
        listing
    }
}

async fn head(store: &dyn ObjectStore, path: Path) -> Result<ObjectMeta, String> {
    let meta = store.head(&path).await;
    meta.map_err(|error| match error {
        datafusion::object_store::Error::NotFound { .. } => format!("'{path}' vanished while it was being listed"),
        _ => format!("'{path}' may not be read"),
    })
}

/// A walk over a folder tree. Symbolic links are followed as long as they stay below the root; folders are
/// remembered by their canonical path, so a loop of links ends.
struct Walk<'a> {
    root: PathBuf,
    wanted: &'a dyn Fn(&str) -> bool,
    seen: HashSet<PathBuf>,
    files: Vec<Path>,
    warnings: Vec<String>,
}

impl<'a> Walk<'a> {
    /// The paths of the files, in order, and what was left out.
    fn run(location: &FsPath, wanted: &'a dyn Fn(&str) -> bool) -> (Vec<Path>, Vec<String>) {
        let mut walk = Self {
            root: PathBuf::new(),
            wanted,
            seen: HashSet::new(),
            files: Vec::new(),
            warnings: Vec::new(),
        };
        match location.canonicalize() {
            Ok(root) => walk.start(root),
            Err(error) => walk
                .warnings
                .push(format!("'{}' cannot be opened: {error}", location.display())),
        }
        walk.files.sort();
        (walk.files, walk.warnings)
    }

    fn start(&mut self, root: PathBuf) {
        self.root.clone_from(&root);
        match (root.is_file(), root.file_name().and_then(|name| name.to_str())) {
            (true, Some(name)) => match Path::parse(name) {
                Ok(path) => self.files.push(path),
                Err(error) => self.warnings.push(format!("'{name}' cannot be served: {error}")),
            },
            _ => self.folder(&root, ""),
        }
    }

    fn folder(&mut self, folder: &FsPath, prefix: &str) {
        if !self.seen.insert(folder.to_path_buf()) {
            return;
        }
        let shown = if prefix.is_empty() { "the location" } else { prefix };
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.warnings.push(format!("folder '{shown}' cannot be read: {error}"));
                return;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry.path(), prefix),
                Err(error) => self.warnings.push(format!("folder '{shown}' cannot be read: {error}")),
            }
        }
    }

    fn entry(&mut self, path: &FsPath, prefix: &str) {
        let Some(name) = path.file_name() else { return };
        let Some(name) = name.to_str() else {
            let shown = name.to_string_lossy();
            self.warnings
                .push(format!("'{prefix}{shown}' is skipped: its name is not UTF-8"));
            return;
        };
        if name.starts_with('.') {
            return;
        }
        let relative = format!("{prefix}{name}");
        let Ok(target) = path.canonicalize() else {
            if (self.wanted)(name) {
                self.warnings.push(format!("'{relative}' is skipped: it leads nowhere"));
            }
            return;
        };
        if !target.starts_with(&self.root) {
            if target.is_dir() || (self.wanted)(name) {
                self.warnings
                    .push(format!("'{relative}' is skipped: the link leaves the location"));
            }
        } else if target.is_dir() {
            self.folder(&target, &format!("{relative}/"));
        } else if (self.wanted)(name) {
            self.file(&target, relative);
        }
    }

    fn file(&mut self, target: &FsPath, relative: String) {
        if !target.is_file() {
            self.warnings
                .push(format!("'{relative}' is skipped: it is not a regular file"));
            return;
        }
        match Path::parse(&relative) {
            Ok(path) => self.files.push(path),
            Err(error) => self.warnings.push(format!("'{relative}' is skipped: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::object_store::memory::InMemory;

    use super::*;

    #[tokio::test]
    async fn lists_what_is_meant_and_says_what_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data");
        std::fs::create_dir_all(root.join("sub/deep")).unwrap();
        std::fs::create_dir_all(root.join(".hidden")).unwrap();
        for file in [
            "b.csv",
            "a.csv",
            ".h.csv",
            "notes.md",
            "sub/deep/c.csv",
            ".hidden/d.csv",
            "../out.csv",
        ] {
            std::fs::write(root.join(file), "x\n").unwrap();
        }
        std::os::unix::fs::symlink("../out.csv", root.join("leaves.csv")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.join("broken.csv")).unwrap();
        std::os::unix::fs::symlink("..", root.join("sub/up")).unwrap();
        let listing = Root::new(0, &root).list(|name| name.ends_with(".csv")).await;
        let names: Vec<_> = listing.files.iter().map(|meta| meta.location.to_string()).collect();
        assert_eq!(names, ["a.csv", "b.csv", "sub/deep/c.csv"]);
        let mut warnings = listing.warnings;
        warnings.sort();
        assert_eq!(
            warnings,
            [
                "'broken.csv' is skipped: it leads nowhere",
                "'leaves.csv' is skipped: the link leaves the location"
            ]
        );
    }

    #[tokio::test]
    async fn a_missing_location_is_a_warning() {
        let listing = Root::new(0, "/nonexistent/data").list(|_| true).await;
        assert!(listing.files.is_empty());
        assert!(listing.warnings[0].starts_with("'/nonexistent/data' cannot be opened"));
    }

    #[tokio::test]
    async fn any_store_is_a_root() {
        let store = Arc::new(InMemory::new());
        for object in ["b.csv", "a/c.csv", "a/.h.csv", ".hidden/d.csv", "notes.md"] {
            store.put(&Path::from(object), "x\n".into()).await.unwrap();
        }
        let listing = Root::over(0, "memory", store).list(|name| name.ends_with(".csv")).await;
        let names: Vec<_> = listing.files.iter().map(|meta| meta.location.as_ref()).collect();
        assert_eq!((names, listing.warnings), (vec!["a/c.csv", "b.csv"], vec![]));
    }
}
