//! Commits to a bucket whose requests go wrong: a table is what its manifest says, and no file that it may name is removed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Int64Array};
use arrow::record_batch::RecordBatch;
use datafusion::object_store::ObjectStore;
use futures::TryStreamExt;

use super::tests::{name, put, values};
use super::{Change, Mode, RelationKind, WritableTables};
use crate::error::{Error, ErrorKind};
use crate::store::WritableRoot;
use crate::store::faulty::{Fault, Faulty, Request};

const MANIFEST: &str = "manifest.json";

fn open(store: &Arc<Faulty>) -> WritableTables {
    let root = WritableRoot::over(Arc::clone(store) as Arc<dyn ObjectStore>).unwrap();
    WritableTables::at(root).unwrap()
}

fn numbers(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let column: ArrayRef = Arc::new(values.into_iter().collect::<Int64Array>());
    RecordBatch::try_from_iter([("n", column)]).unwrap()
}

/// How many files of rows there are.
async fn files(store: &Faulty) -> usize {
    let objects: Vec<_> = store.inner.list(None).try_collect().await.unwrap();
    let is_rows = |object: &&datafusion::object_store::ObjectMeta| object.location.as_ref().ends_with(".parquet");
    objects.iter().filter(is_rows).count()
}

/// Waits until there are so many: files that nobody needs are removed behind a commit.
async fn until_files(store: &Faulty, count: usize) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while files(store).await != count {
        assert!(
            Instant::now() < deadline,
            "there are {}, not {count}",
            files(store).await
        );
        tokio::task::yield_now().await;
    }
}

fn is_unknown(error: &Error) -> bool {
    error
        .message()
        .starts_with("it is not known whether 'public.t' was changed: ")
        || error.message().starts_with("it is not known whether 't' was changed: ")
}

/// A table of one row in a store that works.
async fn table() -> (Arc<Faulty>, WritableTables) {
    let store = Arc::new(Faulty::default());
    let tables = open(&store);
    put(&tables, "t", Mode::Create, numbers([1])).await.unwrap();
    (store, tables)
}

#[tokio::test]
async fn a_manifest_that_was_put_counts_whatever_the_answer_was() {
    for fault in [Fault::DoneAndRefused, Fault::DoneUnanswered] {
        for (mode, then) in [(Mode::Append, vec![1, 2]), (Mode::Replace, vec![2])] {
            let (store, tables) = table().await;
            store.fail(Request::Put, MANIFEST, fault);
            put(&tables, "t", mode, numbers([2])).await.unwrap();
            assert_eq!(store.left(), 0);
            assert_eq!(values(&tables, "t").await, then, "{fault:?}, {mode:?}");
            drop(tables);
            assert_eq!(
                values(&open(&store), "t").await,
                then,
                "{fault:?}, {mode:?}, opened again"
            );
        }
    }
}

#[tokio::test]
async fn a_manifest_that_was_not_put_leaves_the_table_and_no_file() {
    for mode in [Mode::Append, Mode::Replace] {
        let (store, tables) = table().await;
        store.fail(Request::Put, MANIFEST, Fault::Refused);
        let error = put(&tables, "t", mode, numbers([2])).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Unavailable, "the server's place for tables cannot be used")
        );
        assert_eq!(values(&tables, "t").await, [1]);
        until_files(&store, 1).await;
        drop(tables);
        assert_eq!(values(&open(&store), "t").await, [1]);
    }
}

#[tokio::test]
async fn a_manifest_of_which_nobody_knows_loses_no_file() {
    // What is done, whether it can be read back, and what is there when it is opened again.
    let cases = [
        (Fault::DoneUnanswered, Some(Fault::Unanswered), [2]),
        (Fault::DoneAndRefused, Some(Fault::Refused), [2]),
        (Fault::Refused, Some(Fault::Unanswered), [1]),
        // It may arrive yet.
        (Fault::Unanswered, None, [1]),
    ];
    for (put_fault, read_back, then) in cases {
        let (store, tables) = table().await;
        store.fail(Request::Put, MANIFEST, put_fault);
        if let Some(fault) = read_back {
            store.fail(Request::Get, MANIFEST, fault);
        }
        let error = put(&tables, "t", Mode::Replace, numbers([2])).await.unwrap_err();
        assert!(is_unknown(&error), "{put_fault:?}: {error}");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!((store.left(), files(&store).await), (0, 2), "{put_fault:?}");
        assert_eq!(values(&tables, "t").await, [1], "{put_fault:?}");
        drop(tables);
        // And what is not needed is swept.
        assert_eq!(values(&open(&store), "t").await, then, "{put_fault:?}, opened again");
        assert_eq!(files(&store).await, 1, "{put_fault:?}");
    }
}

#[tokio::test]
async fn what_comes_after_a_commit_of_which_nobody_knows_decides() {
    let (store, tables) = table().await;
    store.fail(Request::Put, MANIFEST, Fault::DoneUnanswered);
    store.fail(Request::Get, MANIFEST, Fault::Unanswered);
    put(&tables, "t", Mode::Append, numbers([2])).await.unwrap_err();
    put(&tables, "t", Mode::Append, numbers([2])).await.unwrap();
    assert_eq!(values(&tables, "t").await, [1, 2]);
    drop(tables);
    assert_eq!(values(&open(&store), "t").await, [1, 2], "no row is there twice");
}

#[tokio::test]
async fn a_table_is_dropped_when_its_manifest_is_gone() {
    let drop_table = || Change::Drop {
        name: name("t"),
        kind: RelationKind::Table,
    };
    for fault in [Fault::DoneAndRefused, Fault::DoneUnanswered] {
        let (store, tables) = table().await;
        store.fail(Request::Delete, MANIFEST, fault);
        tables.commit(drop_table()).await.unwrap();
        assert!(tables.get(&name("t")).is_none());
        until_files(&store, 0).await;
    }
    // It was not deleted, or nobody knows.
    for (fault, read_back, unknown) in [
        (Fault::Refused, None, false),
        (Fault::Unanswered, None, true),
        (Fault::DoneUnanswered, Some(Fault::Unanswered), true),
    ] {
        let (store, tables) = table().await;
        store.fail(Request::Delete, MANIFEST, fault);
        if let Some(fault) = read_back {
            store.fail(Request::Get, MANIFEST, fault);
        }
        let error = tables.commit(drop_table()).await.unwrap_err();
        assert_eq!(is_unknown(&error), unknown, "{fault:?}: {error}");
        assert_eq!((store.left(), files(&store).await), (0, 1));
        assert_eq!(values(&tables, "t").await, [1], "{fault:?}");
        put(&tables, "t", Mode::Append, numbers([2])).await.unwrap();
        drop(tables);
        assert_eq!(values(&open(&store), "t").await, [1, 2], "{fault:?}, opened again");
    }
}

#[tokio::test]
async fn a_view_that_was_put_is_there_whatever_the_answer_was() {
    for (fault, is_there) in [(Fault::DoneUnanswered, true), (Fault::Refused, false)] {
        let (store, tables) = table().await;
        store.fail(Request::Put, MANIFEST, fault);
        let made = tables
            .commit(Change::View {
                name: name("v"),
                sql: "SELECT 1".into(),
                replace: false,
            })
            .await;
        assert_eq!(made.is_ok(), is_there, "{fault:?}");
        assert_eq!(tables.get(&name("v")).is_some(), is_there);
        drop(tables);
        assert_eq!(open(&store).get(&name("v")).is_some(), is_there, "{fault:?}");
    }
}
