//! Pinned reads: the bytes of one version of an object, in order, in large blocks.

use std::fs::File;
use std::iter;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use datafusion::object_store::{GetOptions, GetRange, GetResultPayload, ObjectMeta, ObjectStore};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use rustix::buffer::spare_capacity;

use super::object_error;
use crate::error::{Error, Result};

const BLOCK_BYTES: usize = 1 << 20;

/// How much room there is in front of a block: for what is left of a record that a block has not got whole.
const ROOM_BYTES: usize = 16 << 10;

/// Bytes that were read, perhaps with room in front for those that were left of others.
#[derive(Debug, Default)]
pub struct Block {
    bytes: Vec<u8>,
    start: usize,
}

impl Block {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Gives up the first `size` bytes, which makes room.
    pub fn advance(&mut self, size: usize) {
        self.start += size;
    }

    /// Keeps no more than the first `size` bytes.
    pub fn truncate(&mut self, size: usize) {
        self.bytes.truncate(self.start + size);
    }

    /// The block with `before` in front of its bytes; the block as it was if there is no room for them.
    ///
    /// # Errors
    /// Gives the block back if it has too little room.
    pub fn behind(mut self, before: &[u8]) -> Result<Block, Block> {
        let Some(start) = self.start.checked_sub(before.len()) else {
            return Err(self);
        };
        self.bytes[start..self.start].copy_from_slice(before);
        self.start = start;
        Ok(self)
    }

    /// Puts bytes behind those that are there.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A vector to put bytes in, behind those that are there.
    pub fn end(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl From<Vec<u8>> for Block {
    fn from(bytes: Vec<u8>) -> Self {
        Block { bytes, start: 0 }
    }
}

impl From<Block> for Bytes {
    fn from(Block { bytes, start }: Block) -> Self {
        Bytes::from(bytes).slice(start..)
    }
}

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
    let blocks = read_blocks(store, meta, range, BLOCK_BYTES..BLOCK_BYTES).await?;
    Ok(blocks.map_ok(Bytes::from).boxed())
}

/// The same, in blocks that may have room in front: of a local file, the first one of `sizes.start` bytes and each next one
/// twice as large, up to `sizes.end`; of others as they come.
///
/// # Errors
/// As of [`read`].
pub async fn read_blocks(
    store: Arc<dyn ObjectStore>,
    meta: &ObjectMeta,
    range: Range<u64>,
    sizes: Range<usize>,
) -> Result<BoxStream<'static, Result<Block>>> {
    if range.is_empty() {
        return Ok(stream::empty().boxed());
    }
    Ok(match open(store.as_ref(), meta, range.clone()).await? {
        Opened::File(file) => file.blocks(parts(range, sizes), ROOM_BYTES),
        Opened::Stream(bytes) => bytes.map_ok(|bytes| Vec::from(bytes).into()).boxed(),
    })
}

/// The bytes of `parts` of the object that `meta` pins, a block each; together they are those of `range`, in order.
///
/// # Errors
/// As of [`read`].
pub async fn read_parts(
    store: Arc<dyn ObjectStore>,
    meta: &ObjectMeta,
    range: Range<u64>,
    parts: impl Iterator<Item = Range<u64>> + Send + 'static,
) -> Result<BoxStream<'static, Result<Block>>> {
    if range.is_empty() {
        return Ok(stream::empty().boxed());
    }
    Ok(match open(store.as_ref(), meta, range).await? {
        Opened::File(file) => file.blocks(parts, 0),
        Opened::Stream(bytes) => stream::try_unfold((parts, bytes, Bytes::new()), next_part).boxed(),
    })
}

/// The parts that are still to come, the bytes of them as they come, and those that have come.
type Coming<I> = (I, BoxStream<'static, Result<Bytes>>, Bytes);

async fn next_part<I: Iterator<Item = Range<u64>>>(
    (mut parts, mut bytes, mut left): Coming<I>,
) -> Result<Option<(Block, Coming<I>)>> {
    let Some(part) = parts.next() else { return Ok(None) };
    let size = (part.end - part.start) as usize;
    let mut block = Vec::with_capacity(size);
    while block.len() < size {
        if left.is_empty() {
            let next = bytes.next().await.transpose()?;
            left = next
                .ok_or_else(|| Error::unavailable("a file ended before all of it was read; refresh and ask again"))?;
        }
        block.extend_from_slice(&left.split_to(left.len().min(size - block.len())));
    }
    Ok(Some((block.into(), (parts, bytes, left))))
}

/// Asks whether an object still is as `meta` pins it, and reads nothing of it.
///
/// # Errors
/// As of [`read`].
pub async fn check_version(store: &dyn ObjectStore, meta: &ObjectMeta) -> Result<()> {
    let name = meta.location.as_ref();
    let options = GetOptions::new().with_head(true).with_if_match(meta.e_tag.clone());
    let now = store.get_opts(&meta.location, options).await;
    let now = now.map_err(|error| object_error(name, error))?.meta;
    match (now.size, now.last_modified) == (meta.size, meta.last_modified) {
        true => Ok(()),
        false => Err(Error::unavailable(format!(
            "file '{name}' changed since it was listed; refresh and ask again"
        ))),
    }
}

/// An object that is open to be read.
pub(super) enum Opened {
    File(OpenFile),
    Stream(BoxStream<'static, Result<Bytes>>),
}

pub(super) async fn open(store: &dyn ObjectStore, meta: &ObjectMeta, range: Range<u64>) -> Result<Opened> {
    let name = meta.location.to_string();
    let options = GetOptions::new()
        .with_range(Some(GetRange::Bounded(range)))
        .with_if_match(meta.e_tag.clone());
    let result = store.get_opts(&meta.location, options).await;
    let result = result.map_err(|error| object_error(&name, error))?;
    Ok(match result.payload {
        GetResultPayload::File(file, _) => Opened::File(OpenFile {
            file: Arc::new(file),
            name,
            meta: result.meta,
        }),
        GetResultPayload::Stream(bytes) => {
            Opened::Stream(bytes.map_err(move |error| object_error(&name, error)).boxed())
        }
    })
}

/// A local file, which is asked after each block whether it still is as it was.
#[derive(Debug, Clone)]
pub(super) struct OpenFile {
    pub(super) file: Arc<File>,
    pub(super) name: String,
    pub(super) meta: ObjectMeta,
}

impl OpenFile {
    /// The bytes of `range`.
    pub(super) fn read(self, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
        let blocks = self.blocks(parts(range, BLOCK_BYTES..BLOCK_BYTES), 0);
        blocks.map_ok(Bytes::from).boxed()
    }

    /// The bytes of each of `ranges`, one after the other, each read at one go.
    pub(super) async fn runs(self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        let name = self.name.clone();
        let read = move || {
            let blocks = ranges.into_iter().map(|range| self.block(range, 0));
            blocks.map(|block| block.map(Bytes::from)).collect()
        };
        let read = tokio::task::spawn_blocking(read);
        read.await.unwrap_or_else(|error| Err(object_error(&name, error)))
    }

    /// A block of each range, with so many bytes of room in front of it.
    fn blocks(
        self,
        ranges: impl Iterator<Item = Range<u64>> + Send + 'static,
        room: usize,
    ) -> BoxStream<'static, Result<Block>> {
        let blocks = stream::iter(ranges).map(move |range| {
            let file = self.clone();
            let read = tokio::task::spawn_blocking(move || file.block(range, room));
            let name = self.name.clone();
            async move { read.await.unwrap_or_else(|error| Err(object_error(&name, error))) }
        });
        // The next block is read while this one is looked at.
        blocks.buffered(2).boxed()
    }

    fn block(&self, range: Range<u64>, room: usize) -> Result<Block> {
        let Self { file, name, meta } = self;
        let size = (range.end - range.start) as usize;
        let mut bytes = Vec::with_capacity(room + size);
        bytes.resize(room, 0);
        let read = fill(file, range.start, &mut bytes, size).and_then(|()| file.metadata());
        let unchanged = |now: &std::fs::Metadata| {
            now.len() == meta.size
                && now
                    .modified()
                    .is_ok_and(|time| meta.last_modified == DateTime::<Utc>::from(time))
        };
        match read {
            Ok(now) if unchanged(&now) => Ok(Block { bytes, start: room }),
            Ok(_) => Err(changed(name)),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(changed(name).with_source(error)),
            Err(error) => Err(object_error(name, error)),
        }
    }
}

/// A range in parts, as [`read_blocks`] says.
fn parts(range: Range<u64>, sizes: Range<usize>) -> impl Iterator<Item = Range<u64>> {
    let part = move |at: u64, size: u64| (at < range.end).then(|| at..range.end.min(at + size));
    let first = part(range.start, sizes.start as u64);
    iter::successors(first, move |before| {
        part(before.end, (2 * (before.end - before.start)).min(sizes.end as u64))
    })
}

/// Puts `size` bytes of the file, from `offset` on, behind those that are there, into memory that nothing has been put in.
fn fill(file: &File, offset: u64, bytes: &mut Vec<u8>, size: usize) -> std::io::Result<()> {
    let (before, mut read) = (bytes.len(), 0);
    bytes.reserve_exact(size);
    while read < size {
        match rustix::io::pread(file, spare_capacity(bytes), offset + read as u64) {
            Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(more) => read += more,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The room may be larger than was asked for.
    bytes.truncate(before + size);
    Ok(())
}

pub(super) fn changed(name: &str) -> Error {
    Error::unavailable(format!(
        "file '{name}' changed while it was being read; refresh and ask again"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{PinnedStore, Root, read_range};
    use std::io::Write;

    #[test]
    fn parts_grow_and_cover_the_range() {
        let sizes = |range: Range<u64>, sizes: Range<usize>| -> Vec<u64> {
            let parts: Vec<_> = parts(range.clone(), sizes).collect();
            let covered = parts.iter().fold(range.start, |at, part| {
                assert_eq!(part.start, at);
                part.end
            });
            assert_eq!(covered, range.end);
            parts.iter().map(|part| part.end - part.start).collect()
        };
        assert_eq!(sizes(5..105, 10..30), [10, 20, 30, 30, 10]);
        assert_eq!(sizes(5..9, 10..30), [4]);
        assert_eq!(sizes(0..9, 4..4), [4, 4, 1]);
        assert_eq!(sizes(7..7, 4..4), [0; 0]);
    }

    #[test]
    fn a_block_goes_behind_what_it_has_room_for() {
        let mut block = Block::from(b"0123456789".to_vec());
        block.advance(3);
        let mut block = block.behind(b"ab").unwrap();
        assert_eq!(block.as_slice(), b"ab3456789");
        block.truncate(4);
        let block = block.behind(b"xyz").unwrap_err();
        assert_eq!(Bytes::from(block), b"ab34".as_slice());
    }

    async fn listed(dir: &std::path::Path) -> (Root, ObjectMeta) {
        let root = Root::new(0, dir);
        let listing = root.list(|_| true).await;
        (root, listing.files[0].clone())
    }

    #[tokio::test]
    async fn blocks_cover_the_range_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(dir.path().join("f.csv"), &content).unwrap();
        let (root, meta) = listed(dir.path()).await;
        let part = read_range(&root.store(), &meta, 5..2_500_000).await.unwrap();
        assert!(part == content[5..2_500_000]);
        let mut blocks = read(root.store(), &meta, 0..meta.size).await.unwrap();
        let mut sizes = Vec::new();
        while let Some(block) = blocks.next().await {
            sizes.push(block.unwrap().len());
        }
        assert_eq!(sizes, [1 << 20, 1 << 20, 902_848]);
    }

    #[tokio::test]
    async fn parts_of_a_file_and_of_an_object_are_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(dir.path().join("f.csv"), &content).unwrap();
        let (root, meta) = listed(dir.path()).await;
        // A pinned store gives the same file as a stream of blocks that know nothing of the parts.
        let pinned: Arc<dyn ObjectStore> = Arc::new(PinnedStore::new(root.store(), [&meta]));
        for store in [root.store(), pinned] {
            let places = [7, 8, 900_000, 2_100_000, 3_000_000];
            let parts = (1..places.len()).map(move |next| places[next - 1]..places[next]);
            let mut blocks = read_parts(store, &meta, 7..3_000_000, parts.clone()).await.unwrap();
            for part in parts {
                let block = blocks.next().await.unwrap().unwrap();
                assert!(block.as_slice() == &content[part.start as usize..part.end as usize]);
            }
            assert!(blocks.next().await.is_none());
        }
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
