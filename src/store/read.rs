//! Pinned reads: the bytes of one version of an object, in order, in large blocks.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use datafusion::object_store::{GetOptions, GetRange, GetResultPayload, ObjectMeta, ObjectStore};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::object_error;
use crate::error::{Error, Result};

const BLOCK_BYTES: u64 = 1 << 20;

/// Streams the bytes of `range` of the object that `meta` pins, in order, in blocks of at most 1 MiB.
///
/// A file that is rewritten, truncated or replaced meanwhile ends the stream with an error before a byte of the new
/// version is given: a local file is asked for its size and time of change after each block. Dropping the
/// stream closes the file.
pub async fn read(
    store: Arc<dyn ObjectStore>,
    meta: &ObjectMeta,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    if range.is_empty() {
        return Ok(stream::empty().boxed());
    }
    let name = meta.location.to_string();
    let options = GetOptions::new()
        .with_range(Some(GetRange::Bounded(range.clone())))
        .with_if_match(meta.e_tag.clone());
    let result = store.get_opts(&meta.location, options).await;
    let result = result.map_err(|error| object_error(&name, error))?;
    match result.payload {
        GetResultPayload::File(file, _) => Ok(file_blocks(Arc::new(file), name, result.meta, range)),
        GetResultPayload::Stream(bytes) => Ok(bytes
            .map(move |part| part.map_err(|error| object_error(&name, error)))
            .boxed()),
    }
}

/// The bytes of `range` of the object that `meta` pins, as one piece.
pub async fn read_range(store: Arc<dyn ObjectStore>, meta: &ObjectMeta, range: Range<u64>) -> Result<Bytes> {
    let mut blocks = read(store, meta, range.clone()).await?;
    let mut whole = Vec::with_capacity((range.end - range.start) as usize);
    while let Some(block) = blocks.next().await {
        whole.extend_from_slice(&block?);
    }
    Ok(whole.into())
}

/// The bytes of `range` of an open file, which is asked after each block whether it still is as `meta` says.
pub(super) fn file_blocks(
    file: Arc<File>,
    name: String,
    meta: ObjectMeta,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes>> {
    let (step, end) = (BLOCK_BYTES as usize, range.end);
    let blocks = stream::iter(range.step_by(step)).map(move |at| {
        let (file, name, meta) = (Arc::clone(&file), name.clone(), meta.clone());
        let next = end.min(at + BLOCK_BYTES);
        let read = tokio::task::spawn_blocking(move || file_block(&file, &name, &meta, at..next));
        async move {
            read.await
                .map_err(|error| Error::internal("a read was abandoned").with_source(error))?
        }
    });
    // The next block is read while this one is looked at.
    blocks.buffered(2).boxed()
}

fn file_block(file: &File, name: &str, meta: &ObjectMeta, range: Range<u64>) -> Result<Bytes> {
    let mut block = vec![0; (range.end - range.start) as usize];
    let read = file
        .read_exact_at(&mut block, range.start)
        .and_then(|()| file.metadata());
    let unchanged = |now: &std::fs::Metadata| {
        now.len() == meta.size
            && now
                .modified()
                .is_ok_and(|time| meta.last_modified == DateTime::<Utc>::from(time))
    };
    match read {
        Ok(now) if unchanged(&now) => Ok(block.into()),
        Ok(_) => Err(changed(name)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(changed(name).with_source(error)),
        Err(error) => Err(Error::unavailable(format!("file '{name}' cannot be read")).with_source(error)),
    }
}

fn changed(name: &str) -> Error {
    Error::unavailable(format!(
        "file '{name}' changed while it was being read; refresh and ask again"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Root;
    use std::io::Write;

    async fn listed(dir: &std::path::Path) -> (Root, ObjectMeta) {
        let root = Root::new(0, dir);
        let listing = root.list(|_| true).await;
        (root, listing.entries[0].meta.clone())
    }

    #[tokio::test]
    async fn blocks_cover_the_range_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(dir.path().join("f.csv"), &content).unwrap();
        let (root, meta) = listed(dir.path()).await;
        let part = read_range(root.store(), &meta, 5..2_500_000).await.unwrap();
        assert!(part == content[5..2_500_000]);
        let mut blocks = read(root.store(), &meta, 0..meta.size).await.unwrap();
        let mut sizes = Vec::new();
        while let Some(block) = blocks.next().await {
            sizes.push(block.unwrap().len());
        }
        assert_eq!(sizes, [1 << 20, 1 << 20, 902_848]);
    }

    #[tokio::test]
    async fn a_change_is_an_error_and_a_replaced_file_keeps_its_old_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f.csv");
        std::fs::write(&path, vec![b'x'; 3 << 20]).unwrap();
        let (root, meta) = listed(dir.path()).await;

        let mut replaced = read(root.store(), &meta, 0..meta.size).await.unwrap();
        replaced.next().await.unwrap().unwrap();
        std::fs::write(dir.path().join("new"), "new").unwrap();
        std::fs::rename(dir.path().join("new"), &path).unwrap();
        while let Some(block) = replaced.next().await {
            assert!(block.unwrap().iter().all(|byte| *byte == b'x'));
        }
        let gone = read(root.store(), &meta, 0..meta.size).await.err().unwrap();
        assert_eq!(
            gone.message(),
            "file 'f.csv' changed since it was listed; refresh and ask again"
        );

        std::fs::write(&path, vec![b'y'; 3 << 20]).unwrap();
        let (root, meta) = listed(dir.path()).await;
        let mut rewritten = read(root.store(), &meta, 0..meta.size).await.unwrap();
        rewritten.next().await.unwrap().unwrap();
        std::fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(&path)
            .unwrap()
            .write_all(b"z")
            .unwrap();
        // The second block may have been read and checked before that, but no byte of the new version comes.
        let error = loop {
            match rewritten.next().await.expect("the third block cannot be read") {
                Ok(block) => assert!(block.iter().all(|byte| *byte == b'y')),
                Err(error) => break error,
            }
        };
        assert_eq!(
            error.message(),
            "file 'f.csv' changed while it was being read; refresh and ask again"
        );
    }
}
