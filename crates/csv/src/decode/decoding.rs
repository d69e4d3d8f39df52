//! A chunk that is being decoded: rows go into blocks, and blocks into batches.

use arrow_array::RecordBatch;

use crate::decode::batch::Batch;
use crate::decode::gathered::{self, Gathered};
use crate::decode::misfit::{Failure, Misfit, MisfitKind};
use crate::decode::rows::{Regular, Rows};
use crate::decode::source::Source;
use crate::decode::target::Target;
use crate::reject::Verdict;
use crate::text::cell::Cell;
use crate::text::chunk::{Chunk, LineCounter};
use crate::text::index::{Grid, Index};
use crate::text::record::Record;
use crate::walk::Visitor;
use crate::walk::beside::Foreign;

/// The most text a string array can address.
const MAX_TEXT: usize = i32::MAX as usize;

/// A chunk that is being decoded.
pub(super) struct Decoding<'a> {
    target: &'a Target,
    chunk: &'a Chunk<'a>,
    source: Source<'a>,
    lines: LineCounter<'a>,
    /// For the rows that come record by record.
    gathered: Gathered,
    /// How many rows go through all columns at a time.
    rows_at_once: usize,
    /// How many rows a batch of this chunk has, once there is an idea of how many there are in all.
    batch_size: Option<usize>,
    batch: Batch,
    batches: Vec<RecordBatch>,
}

impl<'a> Decoding<'a> {
    /// `lossy` says that cells may not be UTF-8.
    pub(super) fn new(target: &'a Target, chunk: &'a Chunk<'a>, lossy: bool) -> Self {
        let wanted = target.wanted();
        Decoding {
            target,
            chunk,
            source: Source {
                chunk: chunk.text,
                lossy,
            },
            lines: chunk.lines(),
            gathered: Gathered::new(wanted),
            rows_at_once: gathered::rows(wanted),
            batch_size: None,
            batch: Batch::new(target, 0),
            batches: Vec::new(),
        }
    }

    /// The batches of the chunk.
    pub(super) fn finish(mut self) -> Result<Vec<RecordBatch>, Failure> {
        self.flush()?;
        Ok(self.batches)
    }

    /// How many more rows the batch takes.
    fn batch_room(&self) -> usize {
        self.batch_size.unwrap_or(self.target.batch_size) - self.batch.rows
    }

    /// Takes in the next rows, which the batch has room for.
    fn append(&mut self, rows: &impl Rows) -> Result<(), Failure> {
        if rows.rows() == 0 {
            return Ok(());
        }
        let text_bytes = rows.span() * if self.source.lossy { 3 } else { 1 };
        if text_bytes > MAX_TEXT {
            let size_bytes = rows.span();
            return Err(self.misfit(rows.start(0), MisfitKind::TooLong { size_bytes }));
        }
        if self.batch.text_bytes + text_bytes > MAX_TEXT {
            self.flush()?;
        }
        if let Err((row, kind)) = self.batch.append(self.target, self.source, rows) {
            return Err(self.misfit(rows.start(row), kind));
        }
        self.batch.append_lineage(self.chunk, rows, &mut self.lines);
        self.batch.text_bytes += text_bytes;
        if self.batch_room() == 0 { self.flush() } else { Ok(()) }
    }

    /// Takes in the rows of the block, and empties it.
    fn append_gathered(&mut self) -> Result<(), Failure> {
        let mut gathered = std::mem::take(&mut self.gathered);
        self.append(&gathered)?;
        gathered.clear();
        self.gathered = gathered;
        Ok(())
    }

    /// Ends the batch, if it has rows.
    fn flush(&mut self) -> Result<(), Failure> {
        if self.batch.rows > 0 {
            let next = Batch::new(self.target, self.batch_size.unwrap_or(0));
            let batch = std::mem::replace(&mut self.batch, next);
            self.batches.push(batch.finish(self.target)?);
        }
        Ok(())
    }

    fn misfit(&self, start: usize, kind: MisfitKind) -> Failure {
        let line = self.chunk.lines().at(start);
        Failure::Misfit(Misfit { line, kind })
    }
}

impl Visitor for Decoding<'_> {
    type Stop = Failure;

    fn wanted(&self) -> usize {
        self.gathered.columns
    }

    /// Plans batches of about the same size, by the first index that there is.
    fn index(&mut self, index: &Index<'_>, at: usize) {
        if self.batch_size.is_some() {
            return;
        }
        let rows = index.records() as u128 * (self.chunk.text.len() - at) as u128 / (index.end() - at) as u128;
        // Rows that came record by record may be there already.
        let rows = evenly(rows as usize, self.target.batch_size).max(self.batch.rows + 1);
        self.batch_size = Some(rows);
        if self.batch.rows == 0 {
            self.batch = Batch::new(self.target, rows);
        }
    }

    fn room(&self) -> usize {
        self.batch_room().min(self.rows_at_once)
    }

    fn rows(&mut self, grid: Grid<'_>, before: u64) -> Result<(), Failure> {
        self.append(&Regular::new(grid, before))
    }

    fn cells(&mut self) -> &mut Vec<Cell> {
        &mut self.gathered.cells
    }

    fn record(&mut self, record: &Record, first: usize, verdict: Verdict<'_>, before: u64) -> Result<(), Failure> {
        self.gathered.take(record, first, verdict == Verdict::Row, before);
        if self.gathered.rows() >= self.room() || self.gathered.is_long() {
            self.append_gathered()?;
        }
        Ok(())
    }

    fn pause(&mut self) -> Result<(), Failure> {
        self.append_gathered()
    }

    fn leave(&mut self, foreign: Foreign, at: usize) -> Result<(), Failure> {
        if foreign.is_open {
            let first_line = foreign.line;
            return Err(self.misfit(at, MisfitKind::OpenTable { first_line }));
        }
        Ok(())
    }
}

/// How many rows a batch should have, at most `limit`, so that none of those that about `rows` make is much smaller.
fn evenly(rows: usize, limit: usize) -> usize {
    let batches = rows.div_ceil(limit).max(1);
    let rows = rows.div_ceil(batches);
    // The number of rows is an estimate: a little room keeps a few more rows out of a batch of their own.
    limit.min(rows + rows / 16 + 1)
}
