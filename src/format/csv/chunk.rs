//! A CSV file as a stream of chunks that hold whole records: read, decompressed, transcoded and cut, in order.

use std::ops::Range;
use std::sync::Arc;

use flightstream_csv::{Chunk, CsvProfile, LineStart, Malformed, RecordCutter, Transcoder, count_lines};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::zones::{Boundary, Zones};
use crate::error::{Error, Result};
use crate::format::SourceFile;
use crate::store::{Block, Compression, decompress, read, read_blocks, read_parts};

/// How large a chunk is at most.
pub(super) const LARGEST_BYTES: usize = 512 << 10;

/// How large the first chunk of a file is, so that the first rows leave at once. Each next one is twice as large.
const FIRST_BYTES: usize = 64 << 10;

/// No byte-order mark is longer.
const LONGEST_MARK: u64 = 4;

/// A record may be this large, and no larger: beyond it a quote was left open, and memory must stay bounded.
const MAX_RECORD_BYTES: usize = 256 << 20;

/// Whole records, in the order of the file.
#[derive(Debug)]
pub(super) struct FileChunk {
    /// UTF-8 text of whole records.
    text: Block,
    /// The file's byte at which the text starts; of use only where text and file are the same bytes.
    offset: u64,
    /// Where the lines of the text come from, if text and file are not the same bytes.
    origins: Vec<LineStart>,
    /// The line, counted from 1, on which it starts.
    first_line: u64,
    /// It is the beginning of the file, so it holds the header if there is one.
    starts_file: bool,
    /// It is the end of the file, and this was malformed in its encoding.
    malformed: Option<Malformed>,
}

impl FileChunk {
    /// What in the file was malformed in its encoding; the last chunk knows.
    pub(super) fn malformed(&self) -> Option<&Malformed> {
        self.malformed.as_ref()
    }

    /// The chunk as the crate takes it.
    pub(super) fn as_chunk(&self) -> Chunk<'_> {
        Chunk {
            text: self.text.as_slice(),
            first_line: self.first_line,
            offset: self.offset,
            origins: &self.origins,
            // Nobody knows before the chunks in front of it have been read.
            first_record: 0,
            starts_file: self.starts_file,
        }
    }

    /// The place where it starts; `record` records come before it.
    pub(super) fn boundary(&self, record: u64) -> Boundary {
        Boundary {
            offset: self.offset,
            line: self.first_line,
            record,
        }
    }
}

/// All of a file in chunks, the largest of about so many bytes. Dropping the stream stops the reading.
pub(super) async fn chunks(
    file: &SourceFile,
    profile: &CsvProfile,
    largest: usize,
) -> Result<BoxStream<'static, Result<FileChunk>>> {
    let (store, range) = (Arc::clone(&file.store), 0..file.meta.size);
    let blocks = match file.compression {
        Compression::None => {
            let sizes = FIRST_BYTES..largest.max(FIRST_BYTES);
            read_blocks(store, &file.meta, range, sizes).await?
        }
        compression => {
            let bytes = read(store, &file.meta, range).await?;
            let plain = decompress(compression, file.name(), bytes);
            plain.map_ok(|bytes| Block::from(Vec::from(bytes))).boxed()
        }
    };
    let cutter = Cutter {
        blocks: Some(blocks),
        pending: Block::default(),
        name: file.name().to_owned(),
        text: Text::new(profile),
        records: RecordCutter::new(&profile.dialect),
        whole: 0,
        line: 1,
        starts_file: true,
        target_bytes: largest.min(FIRST_BYTES)..largest,
    };
    Ok(stream::try_unfold(cutter, Cutter::next).boxed())
}

/// The chunks of these numbers of a file where it is known where they start; there are some. Small neighbours are one.
pub(super) async fn known_chunks(
    file: &SourceFile,
    zones: &Arc<Zones>,
    numbers: Range<usize>,
) -> Result<BoxStream<'static, Result<FileChunk>>> {
    let range = zones.chunk(numbers.start).0.offset..zones.chunk(numbers.end - 1).1;
    let joined = zones.joined(numbers, FIRST_BYTES as u64..LARGEST_BYTES as u64);
    let known = {
        let zones = Arc::clone(zones);
        joined.map(move |chunks| {
            let (start, end) = (zones.chunk(chunks.start).0, zones.chunk(chunks.end - 1).1);
            (chunks.start, (start, end))
        })
    };
    let parts = known.clone().map(|(_, (start, end))| start.offset..end);
    let blocks = read_parts(Arc::clone(&file.store), &file.meta, range, parts).await?;
    let chunks = blocks.zip(stream::iter(known)).map(|(text, (number, (start, _)))| {
        Ok(FileChunk {
            text: text?,
            offset: start.offset,
            origins: Vec::new(),
            first_line: start.line,
            starts_file: number == 0,
            malformed: None,
        })
    });
    Ok(chunks.boxed())
}

/// The text that was read and is in no chunk yet, and where it comes from.
struct Text {
    rest: Block,
    /// How much text is expected to come before some of it is taken out.
    expected: usize,
    /// Absent for UTF-8 once there can be no byte-order mark to strip.
    transcoder: Option<Transcoder>,
    /// How much of the file has been taken in.
    taken: u64,
    /// How much text came before `rest`, and where its lines come from, if text and file are not the same bytes.
    before: u64,
    origins: Option<Vec<LineStart>>,
}

impl Text {
    fn new(profile: &CsvProfile) -> Self {
        let identity = profile.encoding.is_identity();
        Self {
            rest: Block::default(),
            expected: FIRST_BYTES,
            transcoder: Some(Transcoder::new(profile.encoding)),
            taken: 0,
            before: 0,
            origins: (!identity).then(|| vec![LineStart::default()]),
        }
    }

    fn len(&self) -> usize {
        self.rest.as_slice().len()
    }

    /// Takes in a block, without a copy if it is text as it is and has room for what is there.
    fn take_in(&mut self, block: Block) {
        if self.transcoder.is_some() {
            return self.push(block.as_slice(), false);
        }
        match block.behind(self.rest.as_slice()) {
            Ok(block) => {
                self.taken += (block.as_slice().len() - self.len()) as u64;
                self.rest = block;
            }
            Err(block) => self.push(block.as_slice(), false),
        }
    }

    fn push(&mut self, block: &[u8], last: bool) {
        self.taken += block.len() as u64;
        let text = self.rest.end();
        if text.capacity() - text.len() < block.len() {
            text.reserve(self.expected.max(block.len()));
        }
        match (&mut self.transcoder, &mut self.origins) {
            (Some(transcoder), Some(origins)) => transcoder.push_lines(block, last, self.rest.end(), origins),
            (Some(transcoder), None) => {
                transcoder.push(block, last, self.rest.end());
                // Whether the file begins with a mark is known after a few bytes, and it was all that was to be done.
                if self.taken >= LONGEST_MARK {
                    self.transcoder = None;
                }
            }
            (None, _) => self.rest.extend(block),
        }
    }

    /// What has been malformed so far, if anything was.
    fn malformed(&self) -> Option<Malformed> {
        let malformed = self.transcoder.as_ref()?.malformed();
        (malformed.count > 0).then(|| malformed.clone())
    }

    /// Takes the first `size` bytes: with where they start in the file, and where their lines do.
    fn take(&mut self, size: usize) -> (Block, u64, Vec<LineStart>) {
        // Of no use where text and file are not the same bytes: there the lines say where they come from.
        let offset = self.taken.saturating_sub(self.len() as u64);
        let rest = self.rest.as_slice()[size..].to_vec();
        let mut text = std::mem::replace(&mut self.rest, rest.into());
        text.truncate(size);
        let end = self.before + size as u64;
        let origins = self.origins.as_mut().map_or_else(Vec::new, |origins| {
            let split = origins.partition_point(|line| line.text < end);
            let later = origins.split_off(split);
            std::mem::replace(origins, later)
        });
        let here = origins.into_iter().map(|line| LineStart {
            text: line.text - self.before,
            ..line
        });
        let origins = here.collect();
        self.before = end;
        (text, offset, origins)
    }
}

struct Cutter {
    blocks: Option<BoxStream<'static, Result<Block>>>,
    /// What was read and not yet taken in.
    pending: Block,
    name: String,
    text: Text,
    records: RecordCutter,
    /// How much of the text is whole records.
    whole: usize,
    line: u64,
    starts_file: bool,
    /// How large the next chunk is to be, and how large they become.
    target_bytes: Range<usize>,
}

impl Cutter {
    async fn next(mut self) -> Result<Option<(FileChunk, Self)>> {
        while self.text.len() < self.target_bytes.start || self.whole == 0 {
            if self.pending.as_slice().is_empty() {
                let Some(blocks) = &mut self.blocks else { break };
                match blocks.next().await {
                    Some(block) => self.pending = block?,
                    None => self.end(),
                }
                continue;
            }
            self.take()?;
        }
        Ok(self.cut().map(|chunk| (chunk, self)))
    }

    /// Takes in what is pending, as much of it as a chunk is to have.
    fn take(&mut self) -> Result<()> {
        let size = self.target_bytes.start;
        if self.pending.as_slice().len() <= size {
            self.text.take_in(std::mem::take(&mut self.pending));
        } else {
            self.text.push(&self.pending.as_slice()[..size], false);
            self.pending.advance(size);
        }
        self.whole = self.records.scan(self.text.rest.as_slice(), false);
        if self.whole > 0 || self.text.len() <= MAX_RECORD_BYTES {
            return Ok(());
        }
        if self.records.give_up(self.text.rest.as_slice()) {
            self.whole = self.records.scan(self.text.rest.as_slice(), false);
            return Ok(());
        }
        let (name, line, mib) = (&self.name, self.line, MAX_RECORD_BYTES >> 20);
        Err(Error::bad_data(format!(
            "file '{name}': the record on line {line} is larger than {mib} MiB"
        )))
    }

    fn end(&mut self) {
        self.blocks = None;
        self.text.push(&[], true);
        self.whole = self.records.scan(self.text.rest.as_slice(), true);
    }

    /// Takes the whole records out of the text.
    fn cut(&mut self) -> Option<FileChunk> {
        if self.whole == 0 {
            return None;
        }
        self.records.cut(self.whole);
        let (text, offset, origins) = self.text.take(self.whole);
        self.target_bytes.start = self.target_bytes.end.min(2 * self.target_bytes.start);
        self.text.expected = self.target_bytes.start;
        self.whole = 0;
        let chunk = FileChunk {
            offset,
            origins,
            first_line: self.line,
            starts_file: self.starts_file,
            malformed: self.blocks.is_none().then(|| self.text.malformed()).flatten(),
            text,
        };
        self.line += count_lines(chunk.text.as_slice());
        self.starts_file = false;
        Some(chunk)
    }
}
