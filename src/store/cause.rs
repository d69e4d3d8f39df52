//! Why bytes cannot be had or put: what a store or the system said, as what the caller can do about it. No text of theirs
//! comes out, for it names places of the server's disk.

use std::error::Error as StdError;
use std::io::{self, ErrorKind as IoKind};
use std::iter;

use datafusion::object_store::Error as StoreError;
#[cfg(feature = "s3")]
use datafusion::object_store::client::{HttpError, HttpErrorKind};
use rustix::io::Errno;
use tokio::task::JoinError;
use tokio::time::error::Elapsed;

use crate::error::{Error, ErrorKind};

/// Why a file cannot be read, or a place cannot be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// There is nothing of that name any more.
    Gone,
    /// It is another one than was listed.
    Changed,
    /// A folder is where a file was.
    Folder,
    /// The server may not.
    Denied,
    /// The store does not know the server.
    Unknown,
    /// The store cannot do what is asked.
    Unsupported,
    /// The store has no such names.
    Name,
    /// Something is there already.
    Exists,
    /// No answer came in time, or none at all.
    Unanswered,
    /// The server has too many files open.
    Busy,
    /// The server has too little memory.
    Memory,
    /// There is no room left.
    Full,
    /// The disk is broken.
    Disk,
    /// The server stops.
    Stopped,
    /// The server's own fault.
    Defect,
    /// None of these.
    Other,
}

impl Cause {
    /// What lies at the bottom of an error.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        Self::found(error).unwrap_or(Self::Other)
    }

    fn found(error: &(dyn StdError + 'static)) -> Option<Self> {
        chain(error).find_map(|error| {
            // The engine keeps a store's error in a box, and the box is what is among the causes.
            let boxed = error.downcast_ref::<Box<StoreError>>().map(Box::as_ref);
            if let Some(error) = boxed.or_else(|| error.downcast_ref()) {
                return Self::of_store(error);
            }
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Self::of_system(error);
            }
            if let Some(error) = error.downcast_ref::<JoinError>() {
                return Some(if error.is_panic() { Self::Defect } else { Self::Stopped });
            }
            #[cfg(feature = "s3")]
            if let Some(error) = error.downcast_ref::<HttpError>() {
                return Self::of_http(error);
            }
            error.is::<Elapsed>().then_some(Self::Unanswered)
        })
    }

    /// None where the store only passes on what it heard.
    fn of_store(error: &StoreError) -> Option<Self> {
        Some(match error {
            StoreError::NotFound { .. } => Self::Gone,
            StoreError::Precondition { .. } | StoreError::NotModified { .. } => Self::Changed,
            StoreError::PermissionDenied { .. } => Self::Denied,
            StoreError::Unauthenticated { .. } => Self::Unknown,
            StoreError::NotSupported { .. }
            | StoreError::NotImplemented { .. }
            | StoreError::UnknownConfigurationKey { .. } => Self::Unsupported,
            StoreError::InvalidPath { .. } => Self::Name,
            StoreError::AlreadyExists { .. } => Self::Exists,
            _ => return None,
        })
    }

    fn of_system(error: &io::Error) -> Option<Self> {
        match Errno::from_io_error(error) {
            Some(Errno::MFILE | Errno::NFILE) => return Some(Self::Busy),
            Some(Errno::IO) => return Some(Self::Disk),
            _ => {}
        }
        Some(match error.kind() {
            IoKind::NotFound | IoKind::NotADirectory => Self::Gone,
            IoKind::UnexpectedEof | IoKind::StaleNetworkFileHandle => Self::Changed,
            IoKind::IsADirectory => Self::Folder,
            IoKind::PermissionDenied | IoKind::ReadOnlyFilesystem => Self::Denied,
            IoKind::AlreadyExists => Self::Exists,
            IoKind::InvalidFilename => Self::Name,
            IoKind::Unsupported => Self::Unsupported,
            IoKind::OutOfMemory => Self::Memory,
            IoKind::StorageFull | IoKind::QuotaExceeded | IoKind::FileTooLarge => Self::Full,
            IoKind::TimedOut
            | IoKind::ConnectionRefused
            | IoKind::ConnectionReset
            | IoKind::ConnectionAborted
            | IoKind::NotConnected
            | IoKind::HostUnreachable
            | IoKind::NetworkUnreachable
            | IoKind::NetworkDown
            | IoKind::BrokenPipe => Self::Unanswered,
            // An error that travelled in one of the system's is not among its causes.
            _ => return error.get_ref().and_then(|inner| Self::found(inner)),
        })
    }

    #[cfg(feature = "s3")]
    fn of_http(error: &HttpError) -> Option<Self> {
        match error.kind() {
            HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Timeout | HttpErrorKind::Interrupted => {
                Some(Self::Unanswered)
            }
            _ => None,
        }
    }

    /// What this means to somebody who reads a file, as what is said of the file.
    pub(crate) fn of_file(self) -> (ErrorKind, &'static str) {
        use ErrorKind as E;
        match self {
            Self::Gone => (E::Unavailable, "is gone; refresh and ask again"),
            Self::Changed => (E::Unavailable, "changed since it was listed; refresh and ask again"),
            Self::Folder => (E::Unavailable, "is a folder now; refresh and ask again"),
            Self::Denied => (E::Denied, "may not be read by the server"),
            Self::Unknown => (
                E::Denied,
                "may not be read by the server: its store does not accept the server's credentials",
            ),
            Self::Unsupported => (E::Unsupported, "lies in a store that cannot read it as is needed"),
            Self::Name => (
                E::Unsupported,
                "has a name, or lies below one, that its store cannot read",
            ),
            Self::Exists => (E::Exists, "exists already"),
            Self::Unanswered => (
                E::Unavailable,
                "cannot be read: its store does not answer; ask again later",
            ),
            Self::Busy => (
                E::Exhausted,
                "cannot be read: the server has too many files open; ask again later",
            ),
            Self::Memory => (
                E::Exhausted,
                "cannot be read: the server has too little memory; ask again later",
            ),
            Self::Full => (E::Exhausted, "cannot be read: the server's disk is full"),
            Self::Disk => (E::Unavailable, "cannot be read: the server's disk reports an error"),
            Self::Stopped => (E::Unavailable, "cannot be read: the server is stopping"),
            Self::Defect => (E::Internal, "cannot be read: reading it hit a defect of the server"),
            Self::Other => (E::Unavailable, "cannot be read"),
        }
    }

    /// What this means to somebody who writes to the place for tables.
    pub(crate) fn of_place(self) -> (ErrorKind, &'static str) {
        use ErrorKind as E;
        match self {
            Self::Full => (E::Exhausted, "the server's disk is full"),
            Self::Busy => (E::Exhausted, "the server has too many files open; try again later"),
            Self::Memory => (E::Exhausted, "the server has too little memory; try again later"),
            Self::Denied => (E::Denied, "the server may not write to its place for tables"),
            Self::Unknown => (
                E::Denied,
                "the server's place for tables does not accept the server's credentials",
            ),
            Self::Unsupported => (
                E::Unsupported,
                "the server's place for tables cannot do what is needed to write there",
            ),
            Self::Unanswered => (
                E::Unavailable,
                "the server's place for tables does not answer; try again later",
            ),
            Self::Disk => (E::Unavailable, "the server's disk reports an error"),
            Self::Stopped => (E::Unavailable, "the server is stopping"),
            Self::Defect => (E::Internal, "writing hit a defect of the server"),
            Self::Gone | Self::Changed | Self::Folder | Self::Name | Self::Exists | Self::Other => {
                (E::Unavailable, "the server's place for tables cannot be used")
            }
        }
    }
}

/// What went wrong with an object, said by its name in the client's view: `name` is a dataset's file below its root. What
/// was said so already stays.
pub(crate) fn object_error(name: &str, error: impl StdError + Send + Sync + 'static) -> Error {
    let (kind, message) = match ours(&error) {
        Some(ours) => (ours.kind(), ours.message().to_owned()),
        None => {
            let (kind, what) = Cause::of(&error).of_file();
            (kind, format!("file '{name}' {what}"))
        }
    };
    Error::new(kind, message).with_source(error)
}

/// An error of ours among the causes of another one's.
pub(crate) fn ours<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    chain(error).find_map(|error| match error.downcast_ref::<io::Error>() {
        Some(system) => system.get_ref().and_then(|inner| ours(inner)),
        None => error.downcast_ref(),
    })
}

/// Whether what was asked for may still happen, for nobody said that it failed.
pub(crate) fn is_unanswered(error: &Error) -> bool {
    Cause::of(error) == Cause::Unanswered
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests;
