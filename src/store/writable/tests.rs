//! What both kinds of places do, and what one of them does for itself.

use std::io;
use std::path::Path as FsPath;

use super::*;
use crate::error::ErrorKind;

fn folder(location: &FsPath) -> WritableRoot {
    WritableRoot::open(0, &WritablePlace::Folder(location.to_path_buf())).unwrap()
}

fn writes_replaces_and_removes(place: &dyn Objects) {
    let mut new = place.create("t/data").unwrap();
    new.write_all(b"rows").unwrap();
    new.finish().unwrap();
    drop(place.create("t/given up").unwrap());
    for text in ["one", "two"] {
        place.replace("t/manifest", "t/manifest.tmp", text.as_bytes()).unwrap();
        assert_eq!(place.read("t/manifest").unwrap().unwrap(), text);
    }
    place.remove("t/given up").unwrap();
    assert_eq!(place.folders("").unwrap(), ["t"]);
    assert_eq!(place.objects("t").unwrap(), ["data", "manifest"]);
    assert_eq!(place.meta("t/data").unwrap().unwrap().size, 4);
    place.remove_empty("t");
    assert_eq!(place.folders("").unwrap(), ["t"]);
    for object in ["t/data", "t/manifest", "t/none"] {
        place.remove(object).unwrap();
    }
    place.remove_empty("t");
    assert!(place.folders("").unwrap().is_empty());
    assert!(place.read("t/data").unwrap().is_none() && place.meta("t/data").unwrap().is_none());
    place.replace("all/of/it", "all/of/it.tmp", b"x").unwrap();
    place.remove_all("all").unwrap();
    place.remove_all("all").unwrap();
    assert!(place.folders("").unwrap().is_empty());
    for name in ["../x", "a/../../x"] {
        assert!(place.create(name).is_err() && place.read(name).is_err(), "{name}");
    }
}

#[test]
fn a_folder_takes_objects() {
    let dir = tempfile::tempdir().unwrap();
    let root = folder(&dir.path().join("made/here"));
    let _lock = root.lock().unwrap();
    writes_replaces_and_removes(&*root);
    root.create("t/data").unwrap();
    assert!(
        root.create("t/data").is_err(),
        "a file that is there is not written over"
    );
    assert!(root.create("/etc/x").is_err() && root.read("/etc/x").is_err());
}

#[test]
fn one_server_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let root = folder(dir.path());
    let lock = root.lock().unwrap();
    let error = folder(dir.path()).lock().unwrap_err();
    assert!(error.message().starts_with("another server writes to '"), "{error}");
    drop(lock);
    root.lock().unwrap();
}

#[test]
fn a_full_disk_is_a_limit() {
    let error = refused(io::Error::from(io::ErrorKind::StorageFull));
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Exhausted, "the server's disk is full")
    );
}

#[cfg(feature = "s3")]
mod in_a_bucket {
    use super::super::bucket::Bucket;
    use super::super::faulty::{Fault, Faulty, Request};
    use super::*;
    use datafusion::object_store::memory::InMemory;
    use datafusion::object_store::path::Path;
    use datafusion::object_store::{Error as StoreError, ObjectStore, ObjectStoreExt};
    use futures::executor::block_on;

    fn over(store: &Arc<Faulty>) -> Bucket {
        Bucket::over("s3://tables/here", Arc::clone(store) as Arc<dyn ObjectStore>).unwrap()
    }

    fn bucket(store: &Arc<InMemory>) -> Bucket {
        Bucket::over("s3://tables/here", Arc::clone(store) as Arc<dyn ObjectStore>).unwrap()
    }

    #[test]
    fn it_takes_objects_while_the_lock_is_held() {
        let bucket = bucket(&Arc::default());
        let error = bucket.replace("t/manifest", "", b"x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let lock = bucket.lock().unwrap();
        writes_replaces_and_removes(&bucket);
        drop(lock);
        assert!(bucket.replace("t/manifest", "", b"x").is_err());
    }

    #[test]
    fn a_large_object_goes_in_parts() {
        let bucket = bucket(&Arc::default());
        let bytes: Vec<u8> = (0..40 << 20).map(|at| (at % 251) as u8).collect();
        let mut new = bucket.create("large").unwrap();
        bytes.chunks(1 << 20).for_each(|chunk| new.write_all(chunk).unwrap());
        new.finish().unwrap();
        assert!(new.write_all(b"more").is_err() && new.finish().is_err());
        assert!(bucket.read("large").unwrap().unwrap() == bytes);
    }

    #[test]
    fn one_server_a_prefix_until_it_is_gone() {
        let store = Arc::default();
        let (one, other) = (bucket(&store), bucket(&store));
        let lock = one.lock().unwrap();
        let error = other.lock().unwrap_err();
        assert_eq!(
            error.message(),
            "another server writes to 's3://tables/here': each needs a prefix of its own"
        );
        drop(lock);
        let _held = other.lock().unwrap();
        assert!(one.replace("t/manifest", "", b"x").is_err());
    }

    #[test]
    fn a_lock_whose_answer_was_lost_is_held() {
        for fault in [Fault::DoneAndRefused, Fault::DoneUnanswered] {
            let store: Arc<Faulty> = Arc::default();
            store.fail(Request::Put, ".lock", fault);
            let bucket = over(&store);
            let lock = bucket.lock().unwrap();
            bucket.replace("t/manifest", "", b"x").unwrap();
            drop(lock);
            let gone = block_on(store.head(&Path::from(".lock"))).unwrap_err();
            assert!(matches!(gone, StoreError::NotFound { .. }), "{gone}");
        }
    }

    #[test]
    fn a_lock_that_was_not_taken_or_of_which_nobody_knows_is_not_held() {
        for (fault, read_back) in [(Fault::Refused, None), (Fault::DoneUnanswered, Some(Fault::Refused))] {
            let store: Arc<Faulty> = Arc::default();
            store.fail(Request::Put, ".lock", fault);
            if let Some(fault) = read_back {
                store.fail(Request::Get, ".lock", fault);
            }
            let bucket = over(&store);
            assert_eq!(bucket.lock().unwrap_err().kind(), ErrorKind::Unavailable);
            assert!(bucket.replace("t/manifest", "", b"x").is_err());
        }
    }

    #[test]
    fn another_servers_lock_is_left_alone() {
        let store: Arc<Faulty> = Arc::default();
        let bucket = over(&store);
        let lock = bucket.lock().unwrap();
        // It took ours for a dead server's.
        block_on(store.put(&Path::from(".lock"), "other".into())).unwrap();
        drop(lock);
        let kept = block_on(async { store.get(&Path::from(".lock")).await?.bytes().await });
        assert_eq!(kept.unwrap(), "other");
    }

    #[test]
    fn of_two_that_take_a_lock_at_once_one_has_it() {
        let store: Arc<Faulty> = Arc::default();
        let buckets = [over(&store), over(&store)];
        // The first answer is lost: whose lock it is says the object alone.
        store.fail(Request::Put, ".lock", Fault::DoneUnanswered);
        let locks: Vec<_> = std::thread::scope(|scope| {
            let taken = buckets.each_ref().map(|bucket| scope.spawn(|| bucket.lock()));
            taken.into_iter().map(|lock| lock.join().unwrap()).collect()
        });
        assert_eq!(locks.iter().filter(|lock| lock.is_ok()).count(), 1);
    }

    #[test]
    fn the_lock_of_a_dead_server_runs_out() {
        let store: Arc<InMemory> = Arc::default();
        block_on(store.put(&Path::from(".lock"), "nobody".into())).unwrap();
        let bucket = bucket(&store);
        let _held = bucket.lock().unwrap();
        bucket.replace("t/manifest", "", b"x").unwrap();
        // Another one thought the same, and was faster.
        block_on(store.put(&Path::from(".lock"), "other".into())).unwrap();
        let lost = || bucket.replace("t/manifest", "", b"y").is_err();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while !lost() {
            assert!(std::time::Instant::now() < deadline, "it still writes");
            std::thread::yield_now();
        }
    }
}
