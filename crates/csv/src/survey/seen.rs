//! What a survey keeps of the records that it walks over.

use std::convert::Infallible;
use std::ops::Range;

use crate::reject::{MAX_REJECTS, Reason, Reject, Verdict};
use crate::survey::columns::ColumnSurvey;
use crate::survey::passage::Passage;
use crate::survey::strays::StrayQuotes;
use crate::survey::torn::TornRecords;
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
    pub(super) torn: TornRecords,
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
            torn: TornRecords::default(),
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
        self.torn.merge(other.torn);
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
    /// Where the last row is.
    last_row: Option<Range<usize>>,
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
            last_row: None,
            cells: Vec::new(),
        }
    }

    /// Takes in a row that may be the end of a torn record.
    #[cold]
    fn observe_end(&mut self, start: usize) {
        let Walk { syntax, judge, .. } = self.walk;
        let text = self.passage.chunk.text;
        let closes = syntax.closes_before(text, start);
        if !closes && !self.seen.torn.may_end() {
            return;
        }
        let mut cells = Vec::new();
        let record = syntax.record(text, start, judge.columns.len(), &mut cells);
        let is_misfit = record.is_some() && judge.has_misfit(text, &cells);
        let quoted = if closes { self.quoted_row() } else { None };
        let line = self.passage.lines.at(start);
        self.seen.torn.observe_row(closes, is_misfit, line, quoted);
    }

    /// Takes in a rejected record, which may be a part of a torn one.
    #[cold]
    fn observe_torn(&mut self, record: &Record, reason: &Reason<'_>) {
        let closes = self.walk.syntax.closes_before(self.passage.chunk.text, record.start);
        let quoted = if closes { self.quoted_row() } else { None };
        let is_broken = matches!(reason, Reason::BrokenQuote | Reason::UnclearQuotes);
        // A line with more cells than a row is no part of one.
        let text = &self.passage.chunk.text[record.start..record.end];
        let is_torn = is_broken && self.walk.syntax.most_cells(text) <= self.seen.columns.len();
        self.seen.torn.observe_reject(is_torn, closes, quoted);
        self.last_row.take_if(|_| closes);
    }

    /// Whether a quote is the last byte of the last row.
    #[inline]
    fn is_behind_quote(&self) -> bool {
        let last = self.last_row.as_ref().and_then(|row| row.end.checked_sub(1));
        last.is_some_and(|last| Some(self.passage.chunk.text[last]) == self.walk.syntax.quote)
    }

    /// The line of the last row, if a quote closes its last cell.
    fn quoted_row(&self) -> Option<u64> {
        let row = self.last_row.clone()?;
        let text = self.passage.chunk.text[row.clone()].trim_ascii_end();
        let is_quoted = text.last().is_some_and(|last| Some(*last) == self.walk.syntax.quote);
        // A counter of its own, because the row comes before what was asked for.
        is_quoted.then(|| self.passage.chunk.lines().at(row.start))
    }

    /// Takes notice that the chunk ends.
    pub(super) fn end(self) {
        let quoted = self.quoted_row();
        self.seen.torn.end(quoted);
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
        if self.seen.torn.may_end() {
            self.observe_end(grid.start(0));
        }
        self.last_row = Some(grid.start(grid.rows() - 1)..grid.end());
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
        match &verdict {
            Verdict::Row => {
                if self.seen.torn.may_end() || self.is_behind_quote() {
                    self.observe_end(record.start);
                }
                self.last_row = Some(record.start..record.end);
                if self.walk.judge.is_short(record)
                    && let Some(line) = self.quoted_row()
                {
                    self.seen.torn.observe_short(line);
                }
            }
            Verdict::Reject(reason) => self.observe_torn(record, reason),
            Verdict::Blank | Verdict::Comment => {}
        }
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
        self.seen.torn.observe_row(false, false, 0, None);
        self.last_row = None;
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
