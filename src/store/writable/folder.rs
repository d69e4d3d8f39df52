//! A folder that the server itself writes to: whole small objects that are replaced at once, large ones that are written
//! once and never changed, and a lock that keeps other servers out.
//!
//! An object is named by its path below the folder. What is asked of the folder can be asked of a bucket's prefix too:
//! nothing is appended to, nothing is changed in place. Everything here blocks on the file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path as FsPath, PathBuf};

use bytes::Bytes;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::object_store::ObjectMeta;
use datafusion::object_store::path::Path;

use super::Root;
use crate::error::{Error, ErrorKind, Result};

const LOCK: &str = ".lock";
const BUFFER_BYTES: usize = 256 << 10;

/// A folder that is written to, and the read-only root through which plans read it.
#[derive(Debug, Clone)]
pub struct WritableRoot {
    root: Root,
    location: PathBuf,
}

/// Keeps other servers from writing to a folder, as long as it lives; the system gives it up when the process dies.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "the lock ends when the file is closed")] File);

impl WritableRoot {
    /// The folder at `location`, the `index`-th of its kind, made if it is missing.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be made or written to.
    pub fn open(index: usize, location: &FsPath) -> Result<Self> {
        let refused = |error: io::Error| {
            Error::unavailable(format!("'{}' cannot be written: {error}", location.display())).with_source(error)
        };
        fs::create_dir_all(location).map_err(refused)?;
        let absolute = location.canonicalize().map_err(refused)?;
        let url = ObjectStoreUrl::parse(format!("written://w{index}")).expect("scheme and host form a URL");
        Ok(Self {
            root: Root::at(url, absolute.clone()),
            location: absolute,
        })
    }

    /// The folder for this process alone.
    ///
    /// # Errors
    /// `Unavailable` when another process has it.
    pub fn lock(&self) -> Result<FolderLock> {
        let shown = self.location.display();
        let options = OpenOptions::new().create(true).truncate(false).write(true).to_owned();
        let file = options.open(self.location.join(LOCK));
        let file = file.map_err(|error| Error::unavailable(format!("'{shown}' cannot be written: {error}")))?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock(file)),
            Err(TryLockError::WouldBlock) => Err(Error::unavailable(format!(
                "another server writes to '{shown}': each needs a folder of its own"
            ))),
            Err(TryLockError::Error(error)) => Err(Error::unavailable(format!("'{shown}' cannot be locked: {error}"))),
        }
    }

    /// What plans read from.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The names of the folders in `folder`, in order; `""` is the root. None of them when there is no such folder.
    pub fn folders(&self, folder: &str) -> Result<Vec<String>> {
        self.names(folder, |entry| entry.is_dir())
    }

    /// The names of the objects in `folder`, in order. None of them when there is no such folder.
    pub fn objects(&self, folder: &str) -> Result<Vec<String>> {
        self.names(folder, |entry| entry.is_file())
    }

    fn names(&self, folder: &str, wanted: fn(&fs::FileType) -> bool) -> Result<Vec<String>> {
        let entries = match fs::read_dir(self.path(folder)?) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(refused(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(refused)?;
            if wanted(&entry.file_type().map_err(refused)?) {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort();
        Ok(names)
    }

    /// A whole object, if it is there.
    pub fn read(&self, object: &str) -> Result<Option<Bytes>> {
        match fs::read(self.path(object)?) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    /// What pins later reads of an object, if it is there. Objects of this kind never change, so there is no e-tag.
    pub fn meta(&self, object: &str) -> Result<Option<ObjectMeta>> {
        let found = match fs::metadata(self.path(object)?) {
            Ok(found) if found.is_file() => found,
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refused(error)),
        };
        Ok(Some(ObjectMeta {
            location: Path::parse(object)
                .map_err(|error| Error::internal("an object's name is none").with_source(error))?,
            last_modified: found.modified().map_err(refused)?.into(),
            size: found.len(),
            e_tag: None,
            version: None,
        }))
    }

    /// A new object to write, in a folder that is made if it is missing. It is whole and durable after
    /// [`NewObject::finish`], and not before.
    pub fn create(&self, object: &str) -> Result<NewObject> {
        let path = self.path(object)?;
        let file = in_folder(&path, || OpenOptions::new().write(true).create_new(true).open(&path));
        Ok(NewObject {
            folder: parent(&path).to_path_buf(),
            file: BufWriter::with_capacity(BUFFER_BYTES, file.map_err(refused)?),
        })
    }

    /// Makes `bytes` the whole of an object, at once: whoever looks, at whatever moment the process or the machine
    /// stops, finds what was there before or all of `bytes`. `temporary` is the name of an object beside it that is in
    /// the way of nobody; a process that is killed may leave it.
    pub fn replace(&self, object: &str, temporary: &str, bytes: &[u8]) -> Result<()> {
        let (path, temporary) = (self.path(object)?, self.path(temporary)?);
        let written = in_folder(&path, || {
            let mut file = File::create(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        });
        if let Err(error) = written {
            // It is swept at the next start otherwise.
            let _ = fs::remove_file(&temporary);
            return Err(refused(error));
        }
        // From here on it has happened. To say otherwise would be wrong, and nothing can be done about it here.
        if let Err(error) = sync_folder(parent(&path)) {
            tracing::error!(%error, "a change may not survive a loss of power");
        }
        Ok(())
    }

    /// Removes an object; one that is gone already is fine.
    pub fn remove(&self, object: &str) -> Result<()> {
        let path = self.path(object)?;
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(refused(error)),
        }
        if let Err(error) = sync_folder(parent(&path)) {
            tracing::error!(%error, "a change may not survive a loss of power");
        }
        Ok(())
    }

    /// Removes an object that nothing refers to, and its folder if that was the last one in it. What cannot be removed
    /// stays: the next start sweeps it.
    pub fn discard(&self, object: &str) {
        let Ok(path) = self.path(object) else { return };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, object, "a file that is no longer needed could not be removed");
            }
            // It is refused when the folder is not empty.
            _ => drop(fs::remove_dir(parent(&path))),
        }
    }

    /// Removes a folder if it is empty; true if it is gone.
    pub fn remove_empty(&self, folder: &str) -> bool {
        self.path(folder).is_ok_and(|path| fs::remove_dir(path).is_ok())
    }

    /// Removes a folder and all that is in it; one that is gone already is fine.
    pub fn remove_all(&self, folder: &str) -> Result<()> {
        match fs::remove_dir_all(self.path(folder)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error)),
            _ => Ok(()),
        }
    }

    /// The place of an object. Its name comes from this server, and still leads nowhere else.
    fn path(&self, object: &str) -> Result<PathBuf> {
        let relative = FsPath::new(object);
        let is_below = relative.components().all(|part| matches!(part, Component::Normal(_)));
        match is_below {
            true => Ok(self.location.join(relative)),
            false => Err(Error::internal(format!("'{object}' is no object's name"))),
        }
    }
}

/// An object that is being written, in blocks of some hundred KiB.
#[derive(Debug)]
pub struct NewObject {
    folder: PathBuf,
    file: BufWriter<File>,
}

impl NewObject {
    /// Makes what was written whole, for as long as the process lives.
    pub fn close(&mut self) -> Result<()> {
        self.file.flush().map_err(refused)
    }

    /// Makes what was written durable, and its name too.
    pub fn finish(&mut self) -> Result<()> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.and_then(|()| sync_folder(&self.folder)).map_err(refused)
    }
}

impl Write for NewObject {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What the system's refusal means for the caller, in words that name no place on the disk.
pub(crate) fn refused(error: io::Error) -> Error {
    let (kind, what) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            (ErrorKind::Exhausted, "the server's disk is full")
        }
        _ => (ErrorKind::Unavailable, "the server's folder of tables cannot be used"),
    };
    Error::new(kind, what).with_source(error)
}

/// Does what needs `path`'s folder. The folder may be made by this, and removed, empty, by somebody else meanwhile.
fn in_folder<T>(path: &FsPath, mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..8 {
        match work() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_folder(parent(path))?,
            done => return done,
        }
    }
    work()
}

fn make_folder(folder: &FsPath) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    make_folder(parent(folder))?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(parent(folder)),
    }
}

fn parent(path: &FsPath) -> &FsPath {
    path.parent().unwrap_or(path)
}

fn sync_folder(folder: &FsPath) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(dir: &tempfile::TempDir) -> WritableRoot {
        WritableRoot::open(0, &dir.path().join("made/here")).unwrap()
    }

    #[test]
    fn objects_are_written_replaced_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let root = opened(&dir);
        let mut new = root.create("t/data").unwrap();
        new.write_all(b"rows").unwrap();
        new.finish().unwrap();
        assert!(root.create("t/data").is_err());
        for text in ["one", "two"] {
            root.replace("t/manifest", "t/manifest.tmp", text.as_bytes()).unwrap();
            assert_eq!(root.read("t/manifest").unwrap().unwrap(), text);
        }
        assert_eq!(root.folders("").unwrap(), ["t"]);
        assert_eq!(root.objects("t").unwrap(), ["data", "manifest"]);
        assert_eq!(root.meta("t/data").unwrap().unwrap().size, 4);
        assert!(!root.remove_empty("t"));
        for object in ["t/data", "t/manifest", "t/none"] {
            root.remove(object).unwrap();
        }
        assert!(root.remove_empty("t") && root.folders("").unwrap().is_empty());
        assert!(root.read("t/data").unwrap().is_none() && root.meta("t/data").unwrap().is_none());
    }

    #[test]
    fn names_do_not_lead_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = opened(&dir);
        for name in ["../x", "/etc/x", "a/../../x"] {
            assert!(root.create(name).is_err() && root.read(name).is_err(), "{name}");
        }
    }

    #[test]
    fn one_server_a_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = opened(&dir);
        let lock = root.lock().unwrap();
        let error = opened(&dir).lock().unwrap_err();
        assert!(error.message().starts_with("another server writes to '"), "{error}");
        drop(lock);
        root.lock().unwrap();
    }

    #[test]
    fn a_full_disk_is_a_limit() {
        let error = refused(io::ErrorKind::StorageFull.into());
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Exhausted, "the server's disk is full")
        );
    }
}
