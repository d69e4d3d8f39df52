//! A CSV file as a stream of chunks that hold whole records: read, decompressed, transcoded and cut, in order.

use std::ops::Range;

use bytes::Bytes;
use flightstream_csv::{CsvProfile, RecordCutter, Transcoder, count_lines};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use crate::error::{Error, Result};
use crate::format::SourceFile;
use crate::store::{decompress, read};

const TARGET_BYTES: usize = 1 << 20;

/// A record may be this large, and no larger: beyond it a quote was left open, and memory must stay bounded.
const MAX_RECORD_BYTES: usize = 256 << 20;

/// Whole records, in the order of the file.
#[derive(Debug)]
pub(super) struct Chunk {
    /// UTF-8 text of whole records.
    pub(super) bytes: Vec<u8>,
    /// The file's byte at which the chunk starts; of use only where text and file are the same bytes.
    pub(super) offset: u64,
    /// The line, counted from 1, on which the chunk starts.
    pub(super) first_line: u64,
    /// The chunk is the beginning of the file, so it holds the header if there is one.
    pub(super) starts_file: bool,
}

impl Chunk {
    pub(super) fn boundary(&self) -> Boundary {
        Boundary {
            offset: self.offset,
            line: self.first_line,
        }
    }
}

/// A place in a file where a record starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Boundary {
    /// Offset of the record's first byte.
    pub(super) offset: u64,
    /// The line, counted from 1, that the byte is on.
    pub(super) line: u64,
}

/// Which part of a file to cut, and how finely.
#[derive(Debug, Clone)]
pub(super) struct ChunkPlan {
    range: Range<u64>,
    first_line: u64,
    target_bytes: usize,
}

impl ChunkPlan {
    /// The whole file.
    pub(super) fn whole(file: &SourceFile) -> Self {
        Self {
            range: 0..file.meta.size,
            first_line: 1,
            target_bytes: TARGET_BYTES,
        }
    }

    /// From one boundary to the byte `end`, itself a boundary or the end of the file.
    pub(super) fn part(from: Boundary, end: u64) -> Self {
        Self {
            range: from.offset..end,
            first_line: from.line,
            target_bytes: TARGET_BYTES,
        }
    }

    /// Cuts as soon as a chunk has this many bytes.
    pub(super) fn with_target_bytes(mut self, target_bytes: usize) -> Self {
        self.target_bytes = target_bytes;
        self
    }
}

/// The chunks of the planned part of a file. Dropping the stream stops the reading.
pub(super) async fn chunks(
    file: &SourceFile,
    profile: &CsvProfile,
    plan: ChunkPlan,
) -> Result<BoxStream<'static, Result<Chunk>>> {
    let bytes = read(std::sync::Arc::clone(&file.store), &file.meta, plan.range.clone()).await?;
    let blocks = decompress(file.compression, file.name(), bytes);
    let starts_file = plan.range.start == 0;
    let cutter = Cutter {
        blocks: Some(blocks),
        pending: Bytes::new(),
        name: file.name().to_owned(),
        // Inside a file there is no byte-order mark to strip.
        transcoder: (starts_file || !profile.encoding.is_identity()).then(|| Transcoder::new(profile.encoding)),
        records: RecordCutter::new(&profile.dialect),
        text: Vec::new(),
        whole: 0,
        offset: plan.range.start,
        taken: plan.range.start,
        line: plan.first_line,
        starts_file,
        target_bytes: plan.target_bytes,
    };
    Ok(stream::try_unfold(cutter, Cutter::next).boxed())
}

struct Cutter {
    blocks: Option<BoxStream<'static, Result<Bytes>>>,
    /// What was read and not yet taken in.
    pending: Bytes,
    name: String,
    transcoder: Option<Transcoder>,
    records: RecordCutter,
    /// Text that is not yet in a chunk; its first `whole` bytes are whole records.
    text: Vec<u8>,
    whole: usize,
    /// Where the next chunk starts in the file, and how much of the file has been taken in.
    offset: u64,
    taken: u64,
    line: u64,
    starts_file: bool,
    target_bytes: usize,
}

impl Cutter {
    async fn next(mut self) -> Result<Option<(Chunk, Self)>> {
        while self.text.len() < self.target_bytes || self.whole == 0 {
            if self.pending.is_empty() {
                let Some(blocks) = &mut self.blocks else { break };
                match blocks.next().await {
                    Some(block) => self.pending = block?,
                    None => self.end(),
                }
                continue;
            }
            let piece = self.pending.split_to(self.pending.len().min(self.target_bytes));
            self.take(&piece)?;
        }
        Ok(self.cut().map(|chunk| (chunk, self)))
    }

    fn take(&mut self, block: &[u8]) -> Result<()> {
        self.taken += block.len() as u64;
        self.append(block, false);
        if self.whole == 0 && self.text.len() > MAX_RECORD_BYTES {
            let (name, line, mib) = (&self.name, self.line, MAX_RECORD_BYTES >> 20);
            return Err(Error::bad_data(format!(
                "file '{name}': the record on line {line} is larger than {mib} MiB; is a quote left open?"
            )));
        }
        Ok(())
    }

    fn end(&mut self) {
        self.blocks = None;
        self.append(&[], true);
        self.whole = self.text.len();
    }

    fn append(&mut self, block: &[u8], last: bool) {
        let from = self.text.len();
        match &mut self.transcoder {
            Some(transcoder) => transcoder.push(block, last, &mut self.text),
            None => self.text.extend_from_slice(block),
        }
        if let Some(end) = self.records.scan(&self.text[from..]) {
            self.whole = from + end;
        }
    }

    /// Takes the whole records out of the text. At the end of the file the rest is the last record.
    fn cut(&mut self) -> Option<Chunk> {
        if self.whole == 0 {
            return None;
        }
        let rest = self.text.split_off(self.whole);
        let bytes = std::mem::replace(&mut self.text, rest);
        self.text.reserve(self.target_bytes);
        self.whole = 0;
        let chunk = Chunk {
            offset: self.offset,
            first_line: self.line,
            starts_file: self.starts_file,
            bytes,
        };
        self.line += count_lines(&chunk.bytes);
        self.offset = self.taken - self.text.len() as u64;
        self.starts_file = false;
        Some(chunk)
    }
}
