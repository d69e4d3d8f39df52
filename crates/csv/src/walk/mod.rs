//! The walk over the records of a chunk, which serves the survey and the decoder.
//!
//! Where text is regular, an index gives rows by the hundred; everything else goes record by record through the tokenizer,
//! and is judged: it is a row, or it is in the ledger under what it is instead. Records of other tables go beside. What is to
//! be done with all of them a [`Visitor`] knows.

pub(crate) mod beside;

use crate::ledger::Ledger;
use crate::profile::CsvProfile;
use crate::reject::{Judge, Verdict};
use crate::table::asides::OtherTable;
use crate::text::cell::Cell;
use crate::text::chunk::Chunk;
use crate::text::frame::Frame;
use crate::text::index::{Grid, Index, Part};
use crate::text::lead::Lead;
use crate::text::record::Record;
use crate::text::syntax::Syntax;
use crate::walk::beside::{Apart, Foreign, judge_foreign};

/// How to walk over the records of a file.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    pub(crate) syntax: Syntax,
    pub(crate) judge: Judge,
    others: Vec<OtherTable>,
}

/// Takes in the records of a chunk, in the order of the file.
pub(crate) trait Visitor {
    /// Why a walk ends before its chunk does.
    type Stop;

    /// How many cells of a record it wants to see, of those that have a column.
    fn wanted(&self) -> usize;

    /// Takes in what comes before the first row of a file.
    #[inline]
    fn lead(&mut self, _lead: &Lead) {}

    /// Takes notice of an index, of which the part from `at` on comes next.
    #[inline]
    fn index(&mut self, _index: &Index<'_>, _at: usize) {}

    /// How many rows it takes in next, at most: one or more.
    fn room(&self) -> usize;

    /// Takes in rows with a cell for each column; so many rows and rejected records come before them in the chunk.
    fn rows(&mut self, grid: Grid<'_>, before: u64) -> Result<(), Self::Stop>;

    /// Where the cells of the next record go, behind those that are there.
    fn cells(&mut self) -> &mut Vec<Cell>;

    /// Takes in a record whose cells are there from `first` on; so many rows and rejected records come before it.
    fn record(&mut self, record: &Record, first: usize, verdict: Verdict<'_>, before: u64) -> Result<(), Self::Stop>;

    /// Takes notice that a run of records which came one by one is over: what follows is regular text, another table or the
    /// end.
    #[inline]
    fn pause(&mut self) -> Result<(), Self::Stop> {
        Ok(())
    }

    /// Takes notice that records of another table come from `at` on.
    #[inline]
    fn leave(&mut self, _foreign: Foreign, _at: usize) -> Result<(), Self::Stop> {
        Ok(())
    }

    /// Takes in a record that is none of the table.
    #[inline]
    fn beside(&mut self, _record: &Record, _foreign: Foreign, _verdict: Verdict<'_>) {}
}

impl Walk {
    /// A walk over the records of a file of this profile; `frame` is what is known of its table.
    pub(crate) fn new(profile: &CsvProfile, frame: Frame) -> Self {
        Walk {
            syntax: Syntax::new(&profile.dialect).within(frame),
            judge: Judge::new(&profile.columns, profile.usual_cells, profile.dialect.delimiter),
            others: profile.others.clone(),
        }
    }

    /// Takes a visitor through a chunk, and puts every record in the ledger. An index covers `window_bytes`; with 0 every
    /// record is taken by itself.
    pub(crate) fn over<V: Visitor>(
        &self,
        chunk: &Chunk<'_>,
        window_bytes: usize,
        ledger: &mut Ledger,
        visitor: &mut V,
    ) -> Result<(), V::Stop> {
        let text = chunk.text;
        let mut at = self.skip_lead(chunk, ledger, visitor);
        let apart = Apart::of(&self.others, chunk);
        while at < text.len() {
            let section = apart.section(at, text.len());
            if let Some(foreign) = section.foreign {
                at = self.beside(text, foreign, at, section.end, ledger, visitor)?;
                continue;
            }
            let own = &text[..section.end];
            at = match Index::next(&self.syntax, own, at, window_bytes, self.judge.columns.len()) {
                Ok(index) => self.indexed(text, &index, at, ledger, visitor)?,
                Err(end) => self.one_by_one(text, at, end, ledger, visitor)?,
            };
        }
        Ok(())
    }

    /// The offset behind preamble and header.
    fn skip_lead<V: Visitor>(&self, chunk: &Chunk<'_>, ledger: &mut Ledger, visitor: &mut V) -> usize {
        if !chunk.starts_file {
            return 0;
        }
        let lead = self.syntax.lead(chunk.text, true);
        ledger.add(Ledger::of(&lead));
        visitor.lead(&lead);
        lead.end
    }

    /// Goes through what an index has found, from `at` on; returns the offset behind it.
    fn indexed<V: Visitor>(
        &self,
        text: &[u8],
        index: &Index<'_>,
        mut at: usize,
        ledger: &mut Ledger,
        visitor: &mut V,
    ) -> Result<usize, V::Stop> {
        visitor.index(index, at);
        while at < index.end() {
            match index.part(at, visitor.room()) {
                Part::Rows(grid) => {
                    at = grid.end();
                    let before = ledger.counted();
                    ledger.served += grid.rows() as u64;
                    visitor.rows(grid, before)?;
                }
                Part::Others(end) => {
                    at = self.one_by_one(text, at, end, ledger, visitor)?;
                    if !index.reaches(at) {
                        break;
                    }
                }
            }
        }
        Ok(at)
    }

    /// Goes through the records from `at` on that start before `end`; returns the offset behind them.
    fn one_by_one<V: Visitor>(
        &self,
        text: &[u8],
        mut at: usize,
        end: usize,
        ledger: &mut Ledger,
        visitor: &mut V,
    ) -> Result<usize, V::Stop> {
        let (columns, wanted, mut all) = (self.judge.columns.len(), visitor.wanted(), Vec::new());
        while at < end {
            let cells = visitor.cells();
            let first = cells.len();
            let Some(record) = self.syntax.record(text, at, wanted, cells) else {
                break;
            };
            at = record.next;
            // Whether a short record is a row depends on all of its cells: those that are not wanted are read, too.
            let verdict = if record.cells < columns && wanted < columns {
                all.clear();
                self.syntax.record(text, record.start, columns, &mut all);
                self.judge.judge(text, &record, &all)
            } else {
                self.judge.judge(text, &record, &cells[first..])
            };
            let before = ledger.counted();
            ledger.count(&verdict);
            visitor.record(&record, first, verdict, before)?;
        }
        visitor.pause()?;
        Ok(at)
    }

    /// Goes through the records from `at` on that start before `end`, which are none of the table; returns the offset behind
    /// them.
    fn beside<V: Visitor>(
        &self,
        text: &[u8],
        foreign: Foreign,
        mut at: usize,
        end: usize,
        ledger: &mut Ledger,
        visitor: &mut V,
    ) -> Result<usize, V::Stop> {
        visitor.leave(foreign, at)?;
        while at < end
            && let Some(record) = self.syntax.any_record(text, at)
        {
            at = record.next;
            let verdict = judge_foreign(&record, foreign);
            ledger.count(&verdict);
            visitor.beside(&record, foreign, verdict);
        }
        Ok(at)
    }
}
