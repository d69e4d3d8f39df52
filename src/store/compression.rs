//! Compressed files as streams of plain bytes, all members of a multi-member file.

use std::io::{self, BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
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

/// The plain bytes of a compressed stream. `name` is the file in error messages. Decoding runs on a blocking thread
/// that stays at most two blocks ahead and ends when the stream is dropped.
pub fn decompress(
    compression: Compression,
    name: &str,
    input: BoxStream<'static, Result<Bytes>>,
) -> BoxStream<'static, Result<Bytes>> {
    if compression == Compression::None {
        return input;
    }
    let (sender, receiver) = mpsc::channel(2);
    let name = name.to_owned();
    let handle = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let source = StreamReader {
            input,
            handle,
            rest: Bytes::new(),
            failed: None,
        };
        pump(compression, &name, source, &sender);
    });
    stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|block| (block, receiver))
    })
    .boxed()
}

fn pump(compression: Compression, name: &str, mut source: StreamReader, sender: &mpsc::Sender<Result<Bytes>>) {
    // A panic must not look like the end of the file.
    let copied = AssertUnwindSafe(|| copy_blocks(compression, &mut source, sender));
    let outcome = catch_unwind(copied).unwrap_or_else(|_| Err(io::ErrorKind::InvalidData.into()));
    let error = match (source.failed.take(), outcome) {
        (Some(error), _) => error,
        (None, Ok(())) => return,
        (None, Err(error)) if error.kind() == NOT_COMPRESSED => Error::bad_data(format!(
            "file '{name}' is not compressed as its name says: take that ending off its name, or compress it"
        )),
        (None, Err(error)) => {
            Error::bad_data(format!("file '{name}' is damaged: its compressed data cannot be read")).with_source(error)
        }
    };
    // A receiver that is gone has no use for the error either.
    let _ = sender.blocking_send(Err(error));
}

fn copy_blocks(
    compression: Compression,
    source: &mut StreamReader,
    sender: &mpsc::Sender<Result<Bytes>>,
) -> io::Result<()> {
    let mut source = BufReader::new(source);
    if !compression.may_begin(source.fill_buf()?) {
        return Err(NOT_COMPRESSED.into());
    }
    let mut plain: Box<dyn Read + '_> = match compression {
        Compression::None => Box::new(source),
        Compression::Gzip => Box::new(GzipMembers::new(source)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(source)),
        Compression::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(source)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(source)?),
    };
    loop {
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        plain.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut block)?;
        if block.is_empty() || sender.blocking_send(Ok(block.into())).is_err() {
            return Ok(());
        }
    }
}

/// The plain bytes of a gzip file, member by member. Zeros behind the last one, with which tapes and disks fill their
/// blocks, are no part of it.
struct GzipMembers<R> {
    /// `None` behind the last member.
    member: Option<flate2::bufread::GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    fn new(source: R) -> Self {
        Self {
            member: Some(flate2::bufread::GzDecoder::new(source)),
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let ended = self.member.take().expect("it has been read");
            let mut source = ended.into_inner();
            if skip_zeros(&mut source)? {
                *self = Self::new(source);
            }
        }
        Ok(0)
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

/// A stream of bytes as a blocking reader, for a thread outside the runtime's workers.
struct StreamReader {
    input: BoxStream<'static, Result<Bytes>>,
    handle: tokio::runtime::Handle,
    rest: Bytes,
    failed: Option<Error>,
}

impl Read for StreamReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.handle.block_on(self.input.next()) {
                Some(Ok(block)) => self.rest = block,
                Some(Err(error)) => {
                    self.failed = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
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
