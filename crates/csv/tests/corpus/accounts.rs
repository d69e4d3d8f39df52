//! Every file of the corpus is read in time, the account of its records balances however it is cut, and both ways through
//! it find the same.

use std::path::Path;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use flightstream_csv::{
    Chunk, CsvProfile, Decoder, Dialect, Ledger, Overrides, RecordCutter, Sample, Survey, Surveyed, Transcoder,
    count_lines, infer,
};

use crate::folder;

/// How many files there are.
const FILES: usize = 750;
/// How long a file may take: to infer, to survey and to decode.
const LONGEST: Duration = Duration::from_secs(5);
const HEAD: usize = 512 << 10;

/// Reads records as the rules of the tokenizer say, byte by byte and without its code.
struct Reader<'a> {
    text: &'a [u8],
    delimiter: &'a [u8],
    quote: Option<u8>,
    escape: Option<u8>,
    comment: Option<u8>,
}

impl<'a> Reader<'a> {
    fn new(dialect: &'a Dialect, text: &'a [u8]) -> Self {
        let delimiter = dialect.delimiter.as_bytes();
        let usable = |byte: &u8| !b"\r\n".contains(byte) && !delimiter.contains(byte);
        let quote = dialect.quote.filter(usable);
        Reader {
            text,
            delimiter,
            quote,
            escape: dialect.escape.filter(|byte| usable(byte) && Some(*byte) != quote),
            comment: dialect.comment.filter(|byte| usable(byte) && Some(*byte) != quote),
        }
    }

    fn is_line_end(&self, at: usize) -> bool {
        matches!(self.text.get(at), Some(b'\r' | b'\n'))
    }

    fn ends_cell(&self, at: usize) -> bool {
        at >= self.text.len() || self.is_line_end(at) || self.text[at..].starts_with(self.delimiter)
    }

    fn behind_blanks(&self, mut at: usize) -> usize {
        while at < self.text.len() && b" \t".contains(&self.text[at]) && self.text[at] != self.delimiter[0] {
            at += 1;
        }
        at
    }

    fn behind_line(&self, mut at: usize) -> usize {
        while at < self.text.len() && !self.is_line_end(at) {
            at += 1;
        }
        match self.text[at..] {
            [b'\r', b'\n', ..] => at + 2,
            [_, ..] => at + 1,
            [] => at,
        }
    }

    fn behind_plain(&self, mut at: usize) -> usize {
        while !self.ends_cell(at) {
            at += 1;
        }
        at
    }

    /// The quote that closes what is quoted from `at` on.
    fn close(&self, quote: u8, mut at: usize) -> Option<usize> {
        while at < self.text.len() {
            let next = self.text.get(at + 1).copied();
            let is_special = next == Some(quote) || (self.escape.is_some() && next == self.escape);
            if Some(self.text[at]) == self.escape {
                at += if is_special { 2 } else { 1 };
            } else if self.text[at] != quote {
                at += 1;
            } else if next == Some(quote) {
                at += 2;
            } else {
                return Some(at);
            }
        }
        None
    }

    /// Where the cell ends that starts at `at`; the error is where its line goes on to a record of its own.
    fn cell(&self, at: usize) -> Result<usize, usize> {
        let open = self.behind_blanks(at);
        let Some(quote) = self.quote.filter(|quote| self.text.get(open) == Some(quote)) else {
            return Ok(self.behind_plain(at));
        };
        let close = self.close(quote, open + 1);
        if let Some(close) = close {
            let end = self.behind_blanks(close + 1);
            if self.ends_cell(end) {
                return Ok(end);
            }
        }
        if open > at {
            return Ok(self.behind_plain(at));
        }
        let line = self.behind_line(open);
        match close {
            Some(close) if close < line => Ok(self.behind_plain(close + 1)),
            _ => Err(line),
        }
    }

    /// Where the record ends that starts at `at`, line end and all, and whether it is blank or a comment.
    fn record(&self, at: usize) -> (usize, bool, bool) {
        let content = self.behind_blanks(at);
        if content >= self.text.len() || self.is_line_end(content) {
            return (self.behind_line(content), true, false);
        }
        if self.comment.is_some() && self.text.get(self.behind_blanks(at)).copied() == self.comment {
            return (self.behind_line(at), false, true);
        }
        let mut cell = at;
        loop {
            match self.cell(cell) {
                Err(next) => return (next, false, false),
                Ok(end) if end >= self.text.len() || self.is_line_end(end) => {
                    return (self.behind_line(end), false, false);
                }
                Ok(end) => cell = end + self.delimiter.len(),
            }
        }
    }

    /// All records, the lines in front of the table, the blank ones and the comments.
    fn count(&self, preamble_lines: usize) -> [u64; 4] {
        let (mut counts, mut at) = ([0; 4], 0);
        while at < self.text.len() {
            let in_front = counts[0] < preamble_lines as u64;
            let (next, blank, comment) = match in_front {
                true => (self.behind_line(at), false, false),
                false => self.record(at),
            };
            at = next;
            let is = [true, in_front, blank, comment];
            counts
                .iter_mut()
                .zip(is)
                .for_each(|(count, is)| *count += u64::from(is));
        }
        counts
    }
}

/// Cuts `text` where a caller would who reads it in pieces.
fn chunks<'a>(text: &'a [u8], dialect: &Dialect, piece: usize) -> Vec<Chunk<'a>> {
    let mut cutter = RecordCutter::new(dialect);
    let (mut chunks, mut from, mut at, mut first_line) = (Vec::new(), 0, 0, 1);
    while from < text.len() {
        at = text.len().min(at + piece);
        let complete = at == text.len();
        let end = cutter.scan(&text[from..at], complete);
        if end > 0 {
            let chunk = Chunk {
                text: &text[from..from + end],
                first_line,
                offset: from as u64,
                starts_file: from == 0,
                ..Chunk::default()
            };
            first_line += count_lines(chunk.text);
            chunks.push(chunk);
            cutter.cut(end);
            from += end;
        }
    }
    chunks
}

/// The survey of chunks, each on its own, merged backwards.
fn survey_apart(profile: &CsvProfile, chunks: &[Chunk<'_>]) -> Surveyed {
    let mut all = Survey::new(profile);
    for chunk in chunks.iter().rev() {
        let mut survey = Survey::new(profile);
        survey.observe(chunk);
        all.merge(survey);
    }
    all.finish()
}

fn survey(profile: &CsvProfile, text: &[u8]) -> Surveyed {
    surveyed(Survey::new(profile), text)
}

fn surveyed(mut survey: Survey, text: &[u8]) -> Surveyed {
    survey.observe(&Chunk::whole(text));
    survey.finish()
}

/// All rows with where they come from, in one batch, and what else there is.
fn rows(decoder: &Decoder, text: &[u8]) -> (RecordBatch, Ledger) {
    let decoded = decoder.decode(&Chunk::whole(text)).expect("it was surveyed");
    let batch = concat_batches(&decoder.schema(), &decoded.batches).expect("they are of one schema");
    (batch, decoded.ledger)
}

/// Checks that a text is the same by its structure, in windows of several sizes, and record by record.
fn check_both_ways(name: &str, text: &[u8], profile: &CsvProfile, expected: &Surveyed) {
    let all: Vec<usize> = (0..expected.profile.wide_schema().fields().len()).collect();
    let decoder = Decoder::new(&expected.profile, Some(&all), 1024);
    let careful = rows(&decoder.clone().with_window_bytes(0), text);
    for window_bytes in [0, 1 << 10, 16 << 10] {
        let survey = Survey::new(profile).with_window_bytes(window_bytes);
        assert_eq!(&surveyed(survey, text), expected, "{name}, {window_bytes} at a time");
        let decoder = decoder.clone().with_window_bytes(window_bytes);
        assert_eq!(rows(&decoder, text), careful, "{name}, {window_bytes} at a time");
    }
    assert_eq!(rows(&decoder, text), careful, "{name}");
}

fn decode(profile: &CsvProfile, chunks: &[Chunk<'_>]) -> Ledger {
    let decoder = Decoder::new(profile, None, 1024);
    let mut ledger = Ledger::default();
    for chunk in chunks {
        let decoded = decoder.decode(chunk).expect("it was surveyed");
        let rows: usize = decoded.batches.iter().map(|batch| batch.num_rows()).sum();
        assert_eq!(rows as u64, decoded.ledger.served);
        ledger.add(decoded.ledger);
    }
    ledger
}

/// Reads a file as a server would; returns its text, how it is read, and what that is.
fn read(bytes: &[u8]) -> (Vec<u8>, CsvProfile, Surveyed) {
    let head = &bytes[..bytes.len().min(HEAD)];
    let sample = Sample {
        head,
        blocks: vec![],
        complete: head.len() == bytes.len(),
    };
    let mut profile = infer(&sample, &Overrides::default());
    let mut text = Vec::new();
    Transcoder::new(profile.encoding).push(bytes, true, &mut text);
    let mut surveyed = survey(&profile, &text);
    while !surveyed.settled {
        profile = surveyed.profile;
        surveyed = survey(&profile, &text);
    }
    (text, profile, surveyed)
}

fn check(path: &Path, bytes: &[u8]) {
    let name = path.display();
    let started = Instant::now();
    let (text, profile, surveyed) = read(bytes);
    let ledger = decode(&surveyed.profile, &[Chunk::whole(&text)]);
    assert!(started.elapsed() < LONGEST, "{name}: {:?}", started.elapsed());
    assert_eq!(ledger, surveyed.ledger, "{name}");
    let reader = Reader::new(&profile.dialect, &text);
    let [records, preamble, blank, comment] = reader.count(profile.dialect.preamble_lines);
    assert_eq!(ledger.records(), records, "{name}: {ledger}");
    assert_eq!(
        (ledger.preamble, ledger.comment),
        (preamble, comment),
        "{name}: {ledger}"
    );
    check_both_ways(&name.to_string(), &text, &profile, &surveyed);
    assert!(ledger.blank == blank || profile.columns.len() == 1, "{name}: {ledger}");
    for piece in [1 << 10, 64 << 10] {
        let chunks = chunks(&text, &profile.dialect, piece);
        assert_eq!(survey_apart(&profile, &chunks), surveyed, "{name} in pieces of {piece}");
        assert_eq!(
            decode(&surveyed.profile, &chunks),
            ledger,
            "{name} in pieces of {piece}"
        );
    }
}

#[test]
fn every_account_balances() {
    let Some(folder) = folder::duckdb_csv() else {
        return folder::skip("every_account_balances", "the shared corpora are not there");
    };
    let files = folder::files(&folder.join("csv"));
    assert_eq!(files.len(), FILES);
    for path in files {
        check(&path, &folder::read(&folder.join("csv").join(&path)));
    }
}
