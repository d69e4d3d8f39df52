//! Where bytes end up: standard output, or a file that appears when it is complete.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use uuid::Uuid;

/// The reader of standard output has gone, which is its right.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub(crate) struct StdoutClosed;

/// An open destination. One that is dropped without [`Target::commit`] leaves no file behind.
#[derive(Debug)]
pub(super) enum Target {
    /// Standard output.
    Stdout,
    /// A regular file: a temporary sibling that takes its name in the end.
    File {
        file: File,
        temporary: Temporary,
        path: PathBuf,
    },
    /// Something that cannot be replaced: a device or a named pipe.
    Device { file: File, path: PathBuf },
}

impl Target {
    /// Opens `path`, or standard output if there is none.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Stdout);
        };
        // Of a link it is the file behind it that is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => bail!("{} is a folder", path.display()),
            Ok(metadata) if !metadata.is_file() => {
                let file = File::options()
                    .write(true)
                    .open(&path)
                    .with_context(|| cannot_write(&path))?;
                Ok(Self::Device { file, path })
            }
            _ => {
                let (file, temporary) = Temporary::beside(&path).with_context(|| cannot_write(&path))?;
                Ok(Self::File { file, temporary, path })
            }
        }
    }

    /// Writes all of `bytes` and passes them on at once.
    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(StdoutClosed.into()),
                    outcome => outcome.context("cannot write to standard output"),
                }
            }
            Self::File { file, path, .. } | Self::Device { file, path } => {
                file.write_all(bytes).with_context(|| cannot_write(path))
            }
        }
    }

    /// Declares it complete: only now a file has its name.
    pub(super) fn commit(self) -> anyhow::Result<()> {
        if let Self::File { file, temporary, path } = self {
            file.sync_all()
                .and_then(|()| temporary.persist(&path))
                .with_context(|| cannot_write(&path))?;
        }
        Ok(())
    }
}

/// Fails if the folder for `path` does not exist, while it is still early.
pub(super) fn check_parent(path: &Path) -> anyhow::Result<()> {
    match path.parent() {
        Some(parent) if parent != Path::new("") && !parent.is_dir() => {
            bail!("there is no folder {}", parent.display())
        }
        _ => Ok(()),
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// A file that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    path: Option<PathBuf>,
}

impl Temporary {
    /// A new file in the folder of `path`, where renaming it to `path` is one step.
    fn beside(path: &Path) -> io::Result<(File, Self)> {
        let temporary = path.with_file_name(format!(".{}.part", Uuid::new_v4().simple()));
        let file = File::options().write(true).create_new(true).open(&temporary)?;
        Ok((file, Self { path: Some(temporary) }))
    }

    fn persist(mut self, path: &Path) -> io::Result<()> {
        if let Some(temporary) = &self.path {
            fs::rename(temporary, path)?;
            self.path = None;
        }
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // It may be gone already, and there is nobody to tell.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_appears_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut target = Target::open(Some(&path)).unwrap();
        target.write(b"a\n").unwrap();
        target.write(b"1\n").unwrap();
        assert!(!path.exists());
        target.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"a\n1\n");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[test]
    fn an_incomplete_file_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let mut target = Target::open(Some(&path)).unwrap();
        target.write(b"new").unwrap();
        drop(target);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let mut target = Target::open(Some(&link)).unwrap();
        target.write(b"new").unwrap();
        target.commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");

        let target = Target::open(Some(Path::new("/dev/null"))).unwrap();
        assert!(matches!(target, Target::Device { .. }), "{target:?}");
    }

    #[test]
    fn places_that_cannot_be_written_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Target::open(Some(folder.path())).unwrap_err();
        assert!(error.to_string().ends_with(" is a folder"), "{error}");
        let error = check_parent(&folder.path().join("no/out.csv")).unwrap_err();
        assert!(error.to_string().starts_with("there is no folder "), "{error}");
        check_parent(Path::new("out.csv")).unwrap();
    }
}
