//! Compressed files as streams of plain bytes, all members of a multi-member file.

use std::io::{self, Read};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use tokio::sync::mpsc;

use crate::error::{Error, Result};

const BLOCK_BYTES: usize = 256 << 10;

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
    let outcome = copy_blocks(compression, &mut source, sender);
    let error = match (source.failed.take(), outcome) {
        (Some(error), _) => error,
        (None, Ok(())) => return,
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
    let mut plain: Box<dyn Read + '_> = match compression {
        Compression::None => Box::new(source),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(source)),
        Compression::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(source)),
        Compression::Xz => Box::new(liblzma::read::XzDecoder::new_multi_decoder(source)),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(source)?),
    };
    loop {
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        plain.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut block)?;
        if block.is_empty() || sender.blocking_send(Ok(block.into())).is_err() {
            return Ok(());
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

    #[test]
    fn suffixes_name_the_compression_in_any_case() {
        assert_eq!(Compression::of("a.csv.GZ"), ("a.csv", Compression::Gzip));
        assert_eq!(Compression::of("a.tsv.zst"), ("a.tsv", Compression::Zstd));
        assert_eq!(Compression::of("gz"), ("gz", Compression::None));
        assert_eq!(Compression::of("ü.xz"), ("ü", Compression::Xz));
    }
}
