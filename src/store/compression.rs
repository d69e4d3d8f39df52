//! Compressed files as streams of plain bytes, all members of a multi-member file.

use std::io::{self, BufRead, Read};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use datafusion::common::runtime::SpawnedTask;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use crate::error::{Error, Result};

const BLOCK_BYTES: usize = 256 << 10;

/// The kind of error of a file that is not compressed at all.
const NOT_COMPRESSED: io::ErrorKind = io::ErrorKind::Unsupported;

/// How a file's bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// `.gz`
    Gzip,
    /// `.bz2`
    Bzip2,
    /// `.xz`
    Xz,
    /// `.zst`
    Zstd,
}

impl Compression {
    /// Splits a file name into its stem and the compression that its suffix names, whatever the case.
    pub fn of(name: &str) -> (&str, Self) {
        let suffixes = [
            (".gz", Self::Gzip),
            (".bz2", Self::Bzip2),
            (".xz", Self::Xz),
            (".zst", Self::Zstd),
        ];
        for (suffix, compression) in suffixes {
            let at = name.len().saturating_sub(suffix.len());
            if name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(suffix)) {
                return (&name[..at], compression);
            }
        }
        (name, Self::None)
    }

    /// Whether a file that begins so may be compressed so.
    fn may_begin(self, start: &[u8]) -> bool {
        let magic: &[u8] = match self {
            Self::None => b"",
            Self::Gzip => b"\x1f\x8b",
            Self::Bzip2 => b"BZh",
            Self::Xz => b"\xfd7zXZ\0",
            // A frame that is to be skipped may come first.
            Self::Zstd if matches!(start, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) => b"",
            Self::Zstd => b"\x28\xb5\x2f\xfd",
        };
        start.iter().zip(magic).all(|(byte, magic)| byte == magic)
    }
}

/// The plain bytes of a compressed stream. `name` is the file in error messages. Decoding is a task of its own, which stays
/// at most two blocks ahead, holds no thread while it waits, and ends when the stream is dropped.
pub fn decompress(
    compression: Compression,
    name: &str,
    mut input: BoxStream<'static, Result<Bytes>>,
) -> BoxStream<'static, Result<Bytes>> {
    if compression == Compression::None {
        return input;
    }
    let (sender, receiver) = mpsc::channel(2);
    let name = name.to_owned();
    let task = SpawnedTask::spawn(async move {
        // A panic must not look like the end of the file.
        let decoded = AssertUnwindSafe(decode(compression, &mut input, &sender)).catch_unwind();
        let error = match decoded.await {
            Ok(Ok(())) => return,
            Ok(Err(Failure::Input(error))) => error,
            Ok(Err(Failure::Data(error))) if error.kind() == NOT_COMPRESSED => Error::bad_data(format!(
                "file '{name}' is not compressed as its name says: take that ending off its name, or compress it"
            )),
            Ok(Err(Failure::Data(error))) => damaged(&name).with_source(error),
            Err(_) => damaged(&name),
        };
        // A receiver that is gone has no use for the error either.
        let _ = sender.send(Err(error)).await;
    });
    stream::unfold((receiver, task), |(mut receiver, task)| async move {
        receiver.recv().await.map(|block| (block, (receiver, task)))
    })
    .boxed()
}

fn damaged(name: &str) -> Error {
    Error::bad_data(format!("file '{name}' is damaged: its compressed data cannot be read"))
}

/// Why a file cannot be decompressed.
enum Failure {
    /// It cannot be read.
    Input(Error),
    /// What is in it is wrong.
    Data(io::Error),
}

/// Decodes block after block, until there are no more or nobody wants them.
async fn decode(
    compression: Compression,
    input: &mut BoxStream<'static, Result<Bytes>>,
    sender: &mpsc::Sender<Result<Bytes>>,
) -> Result<(), Failure> {
    let first = next_block(input).await.map_err(Failure::Input)?;
    if !compression.may_begin(&first) {
        return Err(Failure::Data(NOT_COMPRESSED.into()));
    }
    let supply = Supply::default();
    let source = Blocks {
        block: first,
        supply: Arc::clone(&supply),
    };
    let mut plain = decoder(compression, source).map_err(Failure::Data)?;
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    loop {
        let room = (BLOCK_BYTES - block.len()) as u64;
        match plain.by_ref().take(room).read_to_end(&mut block) {
            Ok(_) if block.is_empty() => return Ok(()),
            Ok(_) => {
                let full = std::mem::replace(&mut block, Vec::with_capacity(BLOCK_BYTES));
                if sender.send(Ok(full.into())).await.is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let next = next_block(input).await.map_err(Failure::Input)?;
                *supply.lock() = Some(next);
            }
            Err(error) => return Err(Failure::Data(error)),
        }
    }
}

/// The next block with something in it; an empty one at the end.
async fn next_block(input: &mut BoxStream<'static, Result<Bytes>>) -> Result<Bytes> {
    while let Some(block) = input.next().await.transpose()? {
        if !block.is_empty() {
            return Ok(block);
        }
    }
    Ok(Bytes::new())
}

fn decoder(compression: Compression, source: Blocks) -> io::Result<Box<dyn Read + Send>> {
    Ok(match compression {
        Compression::None => Box::new(source),
        Compression::Gzip => Box::new(GzipMembers::new(source)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(source)),
        Compression::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(source)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(source)?),
    })
}

/// The next block of the compressed file, once it is there; an empty one is its end.
type Supply = Arc<Mutex<Option<Bytes>>>;

/// The blocks of a compressed file as a reader, which says that it would block where the next one is not there yet. The
/// decoders go on from there.
struct Blocks {
    block: Bytes,
    supply: Supply,
}

impl BufRead for Blocks {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.block.is_empty() {
            let mut supply = self.supply.lock();
            // The end stays where it is.
            self.block = supply.clone().ok_or(io::ErrorKind::WouldBlock)?;
            supply.take_if(|block| !block.is_empty());
        }
        Ok(&self.block)
    }

    fn consume(&mut self, count: usize) {
        self.block.advance(count);
    }
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut block = self.fill_buf()?;
        let count = block.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// The plain bytes of a gzip file, member by member. Zeros behind the last one, with which tapes and disks fill their
/// blocks, are no part of it.
enum GzipMembers<R> {
    Member(Box<flate2::bufread::GzDecoder<R>>),
    /// Behind a member.
    Between(R),
    /// While one becomes the other.
    Neither,
}

impl<R: BufRead> GzipMembers<R> {
    fn new(source: R) -> Self {
        Self::Member(Box::new(flate2::bufread::GzDecoder::new(source)))
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self {
                Self::Member(member) => {
                    let count = member.read(buffer)?;
                    if count > 0 || buffer.is_empty() {
                        return Ok(count);
                    }
                }
                Self::Between(source) => {
                    if !skip_zeros(source)? {
                        return Ok(0);
                    }
                }
                Self::Neither => return Ok(0),
            }
            *self = match std::mem::replace(self, Self::Neither) {
                Self::Member(member) => Self::Between(member.into_inner()),
                Self::Between(source) => Self::new(source),
                Self::Neither => Self::Neither,
            };
        }
    }
}

/// Skips zeros; says whether anything comes behind them.
fn skip_zeros(source: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = source.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let (ended, found) = (bytes.is_empty(), zeros < bytes.len());
        source.consume(zeros);
        if ended || found {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn two_members(compression: Compression) -> Vec<u8> {
        let mut out = Vec::new();
        for text in ["first,", "second"] {
            match compression {
                Compression::None => out.extend_from_slice(text.as_bytes()),
                Compression::Gzip => {
                    let mut encoder = flate2::write::GzEncoder::new(&mut out, flate2::Compression::fast());
                    encoder.write_all(text.as_bytes()).unwrap();
                }
                Compression::Bzip2 => {
                    let mut encoder = bzip2::write::BzEncoder::new(&mut out, bzip2::Compression::fast());
                    encoder.write_all(text.as_bytes()).unwrap();
                }
                Compression::Xz => {
                    let mut encoder = liblzma::write::XzEncoder::new(&mut out, 1);
                    encoder.write_all(text.as_bytes()).unwrap();
                    encoder.finish().unwrap();
                }
                Compression::Zstd => out.extend(zstd::encode_all(text.as_bytes(), 1).unwrap()),
            }
        }
        out
    }

    async fn plain(compression: Compression, bytes: &[u8]) -> Result<Vec<u8>> {
        let pieces: Vec<_> = bytes.chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let mut blocks = decompress(compression, "f.csv", stream::iter(pieces).boxed());
        let mut out = Vec::new();
        while let Some(block) = blocks.next().await {
            out.extend_from_slice(&block?);
        }
        Ok(out)
    }

    #[tokio::test]
    async fn every_member_is_read_and_damage_is_an_error() {
        for compression in [
            Compression::None,
            Compression::Gzip,
            Compression::Bzip2,
            Compression::Xz,
            Compression::Zstd,
        ] {
            let bytes = two_members(compression);
            assert_eq!(
                plain(compression, &bytes).await.unwrap(),
                b"first,second",
                "{compression:?}"
            );
            if compression != Compression::None {
                let error = plain(compression, &bytes[..bytes.len() - 3]).await.unwrap_err();
                assert_eq!(
                    error.message(),
                    "file 'f.csv' is damaged: its compressed data cannot be read"
                );
            }
        }
    }

    /// Where each reader of a file holds a thread while it waits for blocks, which other threads read, none of many gets on.
    #[test]
    fn many_files_need_no_threads() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let files = async {
            let file = |_| {
                let bytes = Bytes::from(two_members(Compression::Gzip));
                let blocks = (0..bytes.len()).map(move |at| bytes.slice(at..=at));
                let read = |block| async move { tokio::task::spawn_blocking(move || Ok(block)).await.unwrap() };
                let blocks = stream::iter(blocks)
                    .flat_map(|block| stream::iter([Bytes::new(), block]))
                    .then(read);
                decompress(Compression::Gzip, "f.csv", blocks.boxed())
            };
            // All of them have begun before one is read on, and one is never read on.
            let mut files: Vec<_> = (0..20).map(file).collect();
            let _slow = files.pop();
            stream::iter(files)
                .flatten_unordered(None)
                .map(|block| block.unwrap().to_vec())
                .concat()
                .await
        };
        let timed = async { tokio::time::timeout(std::time::Duration::from_secs(60), files).await };
        let all = runtime.block_on(timed).expect("they get on");
        assert_eq!(all.len(), 19 * "first,second".len());
    }

    #[tokio::test]
    async fn zeros_behind_the_last_member_are_none() {
        let mut bytes = two_members(Compression::Gzip);
        bytes.extend([0; 600]);
        assert_eq!(plain(Compression::Gzip, &bytes).await.unwrap(), b"first,second");
        bytes.push(1);
        let error = plain(Compression::Gzip, &bytes).await.unwrap_err();
        assert_eq!(
            error.message(),
            "file 'f.csv' is damaged: its compressed data cannot be read"
        );
    }

    #[tokio::test]
    async fn text_under_the_name_of_a_compressed_file_is_told() {
        for compression in [
            Compression::Gzip,
            Compression::Bzip2,
            Compression::Xz,
            Compression::Zstd,
        ] {
            let error = plain(compression, b"a,b\n1,2\n").await.unwrap_err();
            assert_eq!(
                error.message(),
                "file 'f.csv' is not compressed as its name says: take that ending off its name, or compress it"
            );
        }
    }

    #[test]
    fn suffixes_name_the_compression_in_any_case() {
        assert_eq!(Compression::of("a.csv.GZ"), ("a.csv", Compression::Gzip));
        assert_eq!(Compression::of("a.tsv.zst"), ("a.tsv", Compression::Zstd));
        assert_eq!(Compression::of("gz"), ("gz", Compression::None));
        assert_eq!(Compression::of("ü.xz"), ("ü", Compression::Xz));
    }
}
