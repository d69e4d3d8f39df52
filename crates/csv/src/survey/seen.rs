//! What a survey keeps of the records that it walks over.

use std::convert::Infallible;

use crate::reject::{MAX_REJECTS, Reason, Reject, Verdict};
use crate::survey::columns::ColumnSurvey;
use crate::survey::passage::Passage;
use crate::survey::strays::StrayQuotes;
use crate::table::repeated;
use crate::text::cell::{self, Cell};
use crate::text::chunk::Chunk;
use crate::text::index::Grid;
use crate::text::lead::Lead;
use crate::text::record::Record;
use crate::walk::beside::Foreign;
use crate::walk::{Visitor, Walk};

/// How many rows go through all columns at a time.
const ROWS: usize = 256;

/// What was seen of the records of a file.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) columns: Vec<ColumnSurvey>,
    /// The first records that are no rows, in file order.
    pub(super) rejects: Vec<Reject>,
    /// There were records that are judged by the columns' types: with fewer cells than usual, or with quotes in doubt.
    pub(super) judged: bool,
    pub(super) strays: StrayQuotes,
    /// Rows with stray quotes say nothing of the types.
    only_sound: bool,
    /// The text of the header, from the chunk that has it.
    pub(super) header: Option<Vec<u8>>,
    /// How many records were the header once more.
    pub(super) repeated: u64,
    /// The first blank line behind the start of a table that the sample does not show the end of.
    pub(super) gap: Option<u64>,
}

impl Seen {
    pub(super) fn new(columns: Vec<ColumnSurvey>, only_sound: bool) -> Self {
        Seen {
            columns,
            rejects: Vec::new(),
            judged: false,
            strays: StrayQuotes::default(),
            only_sound,
            header: None,
            repeated: 0,
            gap: None,
        }
    }

    /// Takes in what was seen elsewhere in the file.
    pub(super) fn merge(&mut self, other: Seen) {
        for (column, theirs) in self.columns.iter_mut().zip(other.columns) {
            column.merge(theirs);
        }
        self.rejects.extend(other.rejects);
        self.rejects.sort();
        self.rejects.truncate(MAX_REJECTS);
        self.judged |= other.judged;
        self.strays.merge(other.strays);
        self.header = self.header.take().or(other.header);
        self.repeated += other.repeated;
        self.gap = [self.gap, other.gap].into_iter().flatten().min();
    }
}

/// Sees the records of a chunk.
pub(super) struct Observer<'a> {
    walk: &'a Walk,
    seen: &'a mut Seen,
    passage: Passage<'a>,
    quotes_mean_text: bool,
    /// Those of the record that is being looked at.
    cells: Vec<Cell>,
}

impl<'a> Observer<'a> {
    pub(super) fn new(walk: &'a Walk, seen: &'a mut Seen, chunk: &Chunk<'a>, quotes_mean_text: bool) -> Self {
        Observer {
            walk,
            seen,
            passage: Passage::new(chunk),
            quotes_mean_text,
            cells: Vec::new(),
        }
    }

    /// Takes in the cells of a row.
    #[inline]
    fn observe_cells(&mut self, record: &Record) {
        let Observer { seen, passage, .. } = self;
        let is_fitted = self.walk.judge.is_short(record) || (seen.only_sound && record.stray > 0);
        for (column, &cell) in seen.columns.iter_mut().zip(&self.cells) {
            if column.is_settled() && !is_fitted {
                column.skip(cell.is_empty());
                continue;
            }
            let text = cell::text(passage.chunk.text, cell, &mut passage.scratch);
            let line = || passage.lines.at(record.start);
            if is_fitted {
                column.observe_short(text, line);
            } else {
                column.observe(text, self.quotes_mean_text && cell.is_quoted(), line);
            }
        }
    }
}

impl Visitor for Observer<'_> {
    type Stop = Infallible;

    fn wanted(&self) -> usize {
        self.seen.columns.len()
    }

    fn lead(&mut self, lead: &Lead) {
        let syntax = &self.walk.syntax;
        self.seen.header = repeated::header(syntax, self.passage.chunk.text).map(<[u8]>::to_vec);
        let broken = Passage::new(&self.passage.chunk).broken(syntax, lead.table..lead.end);
        self.seen.rejects.extend(broken);
        self.seen.rejects.truncate(MAX_REJECTS);
    }

    fn room(&self) -> usize {
        ROWS
    }

    /// Takes in one column after the other.
    fn rows(&mut self, grid: Grid<'_>, _: u64) -> Result<(), Infallible> {
        let (passage, quotes_mean_text) = (&mut self.passage, self.quotes_mean_text);
        passage.lines.at(grid.start(0));
        for (index, column) in self.seen.columns.iter_mut().enumerate() {
            for (row, cell) in grid.column(index).enumerate() {
                if column.is_settled() {
                    column.skip(cell.is_empty());
                    continue;
                }
                let text = cell::text(grid.text, cell, &mut passage.scratch);
                // A copy of the counter, because lines are asked for column by column, and so not in order.
                let line = || { passage.lines }.at(grid.start(row));
                column.observe(text, quotes_mean_text && cell.is_quoted(), line);
            }
        }
        Ok(())
    }

    fn cells(&mut self) -> &mut Vec<Cell> {
        &mut self.cells
    }

    fn record(&mut self, record: &Record, _: usize, verdict: Verdict<'_>, _: u64) -> Result<(), Infallible> {
        let seen = &mut *self.seen;
        seen.judged |= record.judged;
        if let Some(column) = record.torn.and_then(|column| seen.columns.get_mut(column as usize)) {
            column.observe_torn();
        }
        match verdict {
            Verdict::Row => {
                seen.judged |= self.walk.judge.is_short(record);
                seen.strays.observe(record, || self.passage.lines.at(record.start));
                self.observe_cells(record);
            }
            Verdict::Reject(reason) => {
                seen.judged |= matches!(reason, Reason::TooFewCells { .. });
                seen.repeated += u64::from(reason == Reason::Header);
                self.passage.keep(&mut seen.rejects, record, &reason);
            }
            Verdict::Blank | Verdict::Comment => {}
        }
        self.cells.clear();
        Ok(())
    }

    fn beside(&mut self, record: &Record, foreign: Foreign, verdict: Verdict<'_>) {
        match verdict {
            Verdict::Reject(reason) => self.passage.keep(&mut self.seen.rejects, record, &reason),
            // A table that the sample does not show the end of ends in front of the first blank line, or with the file.
            Verdict::Blank if foreign.is_open => {
                let line = self.passage.lines.at(record.start);
                self.seen.gap = Some(self.seen.gap.map_or(line, |gap| gap.min(line)));
            }
            _ => {}
        }
    }
}
