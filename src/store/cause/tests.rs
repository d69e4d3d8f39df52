//! Each thing that a store or the system can say, and what becomes of it.

use super::*;
use datafusion::object_store::path;

/// What the system says, in terms of one that no client may see.
fn said(what: impl Into<Box<dyn StdError + Send + Sync>>) -> Box<dyn StdError + Send + Sync> {
    what.into()
}

fn generic(source: impl Into<Box<dyn StdError + Send + Sync>>) -> StoreError {
    StoreError::Generic {
        store: "LocalFileSystem",
        source: source.into(),
    }
}

fn system(number: Errno) -> StoreError {
    generic(io::Error::from(number))
}

/// The errors that a store has, all but the one that passes on what it heard.
fn of_stores() -> Vec<(StoreError, Cause)> {
    let (path, source) = (
        || "/srv/secret/t.csv".to_owned(),
        || said("no such thing as /srv/secret/t.csv"),
    );
    let invalid = path::Error::EmptySegment { path: path() };
    vec![
        (
            StoreError::NotFound {
                path: path(),
                source: source(),
            },
            Cause::Gone,
        ),
        (
            StoreError::Precondition {
                path: path(),
                source: source(),
            },
            Cause::Changed,
        ),
        (
            StoreError::NotModified {
                path: path(),
                source: source(),
            },
            Cause::Changed,
        ),
        (
            StoreError::PermissionDenied {
                path: path(),
                source: source(),
            },
            Cause::Denied,
        ),
        (
            StoreError::Unauthenticated {
                path: path(),
                source: source(),
            },
            Cause::Unknown,
        ),
        (
            StoreError::AlreadyExists {
                path: path(),
                source: source(),
            },
            Cause::Exists,
        ),
        (StoreError::NotSupported { source: source() }, Cause::Unsupported),
        (StoreError::InvalidPath { source: invalid }, Cause::Name),
        (
            StoreError::NotImplemented {
                operation: "get".into(),
                implementer: "/srv/secret".into(),
            },
            Cause::Unsupported,
        ),
    ]
}

/// What the system says, through a store that passes it on.
fn of_systems() -> Vec<(StoreError, Cause)> {
    vec![
        (system(Errno::NOENT), Cause::Gone),
        (system(Errno::NOTDIR), Cause::Gone),
        (system(Errno::STALE), Cause::Changed),
        (system(Errno::ISDIR), Cause::Folder),
        (system(Errno::ACCESS), Cause::Denied),
        (system(Errno::PERM), Cause::Denied),
        (system(Errno::ROFS), Cause::Denied),
        (system(Errno::MFILE), Cause::Busy),
        (system(Errno::NFILE), Cause::Busy),
        (system(Errno::NOMEM), Cause::Memory),
        (system(Errno::IO), Cause::Disk),
        (system(Errno::NOSPC), Cause::Full),
        (system(Errno::TIMEDOUT), Cause::Unanswered),
        (system(Errno::CONNREFUSED), Cause::Unanswered),
        (system(Errno::CONNRESET), Cause::Unanswered),
        (system(Errno::NETUNREACH), Cause::Unanswered),
        (system(Errno::LOOP), Cause::Other),
        (generic("the stars are wrong"), Cause::Other),
        (generic(io::Error::other(system(Errno::MFILE))), Cause::Busy),
    ]
}

#[test]
fn each_kind_of_error_has_its_cause() {
    for (error, cause) in of_stores().into_iter().chain(of_systems()) {
        let shown = error.to_string();
        assert_eq!(Cause::of(&error), cause, "{shown}");
        let ours = object_error("t.csv", error);
        assert_eq!(ours.kind(), cause.of_file().0, "{shown}");
        assert_eq!(ours.message(), format!("file 't.csv' {}", cause.of_file().1));
        assert!(!ours.message().contains("secret"), "{ours}");
    }
}

#[test]
fn what_a_retry_cannot_help_is_not_called_unavailable() {
    use Cause as C;
    let kinds = |causes: &[Cause]| causes.iter().map(|cause| cause.of_file().0).collect::<Vec<_>>();
    for kind in kinds(&[C::Gone, C::Changed, C::Folder, C::Unanswered, C::Disk, C::Stopped]) {
        assert_eq!(kind, ErrorKind::Unavailable);
    }
    assert_eq!(kinds(&[C::Denied, C::Unknown]), [ErrorKind::Denied; 2]);
    assert_eq!(kinds(&[C::Unsupported, C::Name]), [ErrorKind::Unsupported; 2]);
    assert_eq!(kinds(&[C::Busy, C::Memory, C::Full]), [ErrorKind::Exhausted; 3]);
    assert_eq!(kinds(&[C::Exists, C::Defect]), [ErrorKind::Exists, ErrorKind::Internal]);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "what becomes of a task is what is asked")]
async fn a_read_that_was_given_up_is_no_defect_and_one_that_panicked_is() {
    let stopped = tokio::spawn(std::future::pending::<()>());
    stopped.abort();
    let panicked = tokio::spawn(async { panic!("a test's own") });
    for (task, cause) in [(stopped, Cause::Stopped), (panicked, Cause::Defect)] {
        let source = task.await.unwrap_err();
        assert_eq!(Cause::of(&StoreError::JoinError { source }), cause);
    }
    let late = tokio::time::timeout(std::time::Duration::ZERO, std::future::pending::<()>());
    assert_eq!(Cause::of(&generic(late.await.unwrap_err())), Cause::Unanswered);
}

#[cfg(feature = "s3")]
#[test]
fn a_store_that_cannot_be_reached_does_not_answer() {
    for kind in [
        HttpErrorKind::Connect,
        HttpErrorKind::Timeout,
        HttpErrorKind::Interrupted,
    ] {
        let error = generic(HttpError::new(kind, io::Error::other("of https://secret:9000/")));
        assert_eq!(Cause::of(&error), Cause::Unanswered);
    }
}

#[test]
fn an_error_of_ours_is_not_said_twice() {
    let wrapped: [StoreError; 2] = [
        generic(Error::bad_data("row 7 is damaged")),
        StoreError::Precondition {
            path: "t.csv".into(),
            source: said(io::Error::other(Error::bad_data("row 7 is damaged"))),
        },
    ];
    for error in wrapped.map(|error| object_error("other.csv", error)) {
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::BadData, "row 7 is damaged")
        );
    }
}
