//! A folder of the server's file system as the place of written objects.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path as FsPath, PathBuf};

use bytes::Bytes;
use datafusion::object_store::ObjectMeta;
use datafusion::object_store::path::{Error as PathError, Path};

use super::{Lock, NewObject, Objects, refused};
use crate::error::{Error, ErrorKind, Result};

const LOCK: &str = ".lock";
const BUFFER_BYTES: usize = 256 << 10;

/// A folder that is written to.
#[derive(Debug)]
pub(super) struct Folder {
    location: PathBuf,
}

impl Folder {
    /// The folder at `location`, made if it is missing.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be made or written to.
    pub(super) fn open(location: &FsPath) -> Result<Self> {
        let unwritable = |why| Unusable::Unwritable(location.to_owned(), why);
        fs::create_dir_all(location).map_err(unwritable)?;
        let location = location.canonicalize().map_err(unwritable)?;
        Ok(Self { location })
    }

    pub(super) fn location(&self) -> &FsPath {
        &self.location
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

    /// The place of an object. Its name comes from this server, and still leads nowhere else.
    fn path(&self, object: &str) -> Result<PathBuf> {
        let relative = FsPath::new(object);
        let is_below = relative.components().all(|part| matches!(part, Component::Normal(_)));
        match is_below {
            true => Ok(self.location.join(relative)),
            false => Err(Unusable::Name(object.to_owned()).into()),
        }
    }
}

impl Objects for Folder {
    /// The system gives the lock up when the process dies.
    fn lock(&self) -> Result<Lock> {
        let options = OpenOptions::new().create(true).truncate(false).write(true).to_owned();
        let file = options.open(self.location.join(LOCK));
        let location = || self.location.clone();
        let file = file.map_err(|why| Unusable::Unwritable(location(), why))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock::new(file)),
            Err(TryLockError::WouldBlock) => Err(Unusable::Taken(location()).into()),
            Err(TryLockError::Error(why)) => Err(Unusable::Unlocked(location(), why).into()),
        }
    }

    fn folders(&self, folder: &str) -> Result<Vec<String>> {
        self.names(folder, |entry| entry.is_dir())
    }

    fn objects(&self, folder: &str) -> Result<Vec<String>> {
        self.names(folder, |entry| entry.is_file())
    }

    fn read(&self, object: &str) -> Result<Option<Bytes>> {
        match fs::read(self.path(object)?) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    fn meta(&self, object: &str) -> Result<Option<ObjectMeta>> {
        let found = match fs::metadata(self.path(object)?) {
            Ok(found) if found.is_file() => found,
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refused(error)),
        };
        Ok(Some(ObjectMeta {
            location: Path::parse(object).map_err(Unusable::Path)?,
            last_modified: found.modified().map_err(refused)?.into(),
            size: found.len(),
            e_tag: None,
            version: None,
        }))
    }

    fn create(&self, object: &str) -> Result<Box<dyn NewObject>> {
        let path = self.path(object)?;
        let file = in_folder(&path, || OpenOptions::new().write(true).create_new(true).open(&path));
        Ok(Box::new(NewFile {
            folder: parent(&path).to_path_buf(),
            file: BufWriter::with_capacity(BUFFER_BYTES, file.map_err(refused)?),
        }))
    }

    fn replace(&self, object: &str, temporary: &str, bytes: &[u8]) -> Result<()> {
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

    fn remove(&self, object: &str) -> Result<()> {
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

    fn discard(&self, object: &str) {
        let Ok(path) = self.path(object) else { return };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, object, "a file that is no longer needed could not be removed");
            }
            // It is refused when the folder is not empty.
            _ => drop(fs::remove_dir(parent(&path))),
        }
    }

    fn remove_empty(&self, folder: &str) {
        if let Ok(path) = self.path(folder) {
            // It is refused when the folder is not empty.
            drop(fs::remove_dir(path));
        }
    }

    fn remove_all(&self, folder: &str) -> Result<()> {
        match fs::remove_dir_all(self.path(folder)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error)),
            _ => Ok(()),
        }
    }
}

/// An object that is being written, in blocks of some hundred KiB.
#[derive(Debug)]
struct NewFile {
    folder: PathBuf,
    file: BufWriter<File>,
}

impl NewObject for NewFile {
    fn close(&mut self) -> Result<()> {
        self.file.flush().map_err(refused)
    }

    fn finish(&mut self) -> Result<()> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.and_then(|()| sync_folder(&self.folder)).map_err(refused)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
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

/// Why a folder, or a name in it, cannot be used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("'{place}' cannot be written: {1}", place = .0.display())]
    Unwritable(PathBuf, #[source] io::Error),
    #[error("another server writes to '{place}': each needs a folder of its own", place = .0.display())]
    Taken(PathBuf),
    #[error("'{place}' cannot be locked: {1}", place = .0.display())]
    Unlocked(PathBuf, #[source] io::Error),
    #[error("'{0}' is no object's name")]
    Name(String),
    #[error("an object's name is none")]
    Path(#[source] PathError),
}

impl From<Unusable> for Error {
    fn from(unusable: Unusable) -> Self {
        let kind = match &unusable {
            Unusable::Unwritable(..) | Unusable::Taken(_) | Unusable::Unlocked(..) => ErrorKind::Unavailable,
            Unusable::Name(_) | Unusable::Path(_) => ErrorKind::Internal,
        };
        let error = Self::new(kind, unusable.to_string());
        match unusable {
            Unusable::Unwritable(_, source) | Unusable::Unlocked(_, source) => error.with_source(source),
            Unusable::Path(source) => error.with_source(source),
            Unusable::Taken(_) | Unusable::Name(_) => error,
        }
    }
}
