//! A dialect on trial: how much a text that is read in it looks like a table.

use crate::column::allowed::is_typed;
use crate::table::foreign_header::has_foreign_header;
use crate::table::layout::Layout;
use crate::table::separators::Beside;
use crate::table::shape::{Shape, shapes};
use crate::text::dialect::{Delimiter, Dialect};
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;
use crate::text::{cell, lines};
use crate::value::words;

/// Delimiters that are tried always.
pub(super) const USUAL: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many records are read in every dialect.
const MOST_RECORDS: usize = 2_000;

/// The least advantage of reading comments: without it, lines that begin so are data.
const COMMENTS: f64 = 1.02;

/// Of how many records the cells are looked at, and of how many cells in each.
const LOOKED_AT: (usize, usize) = (300, 64);

/// The quality of a cell of plain words.
const WORDS: f64 = 0.8;

/// How much of a fault is a quoted cell with quotes in it that are not doubled.
const LOOSE: f64 = 0.1;

/// The longest text that may be one number.
const LONGEST_NUMBER: usize = 64;

/// What a delimiter is worth that seems to be punctuation.
const PUNCTUATION: f64 = 0.2;

/// The fewest cells on a line that prose does not have.
const PROSE: usize = 5;

/// What a table is worth whose names are garbled.
const GARBLED: f64 = 0.1;

/// What a table behind titles is worth if another delimiter makes a table of them, too.
const SECOND: f64 = 0.5;

/// Below which consistency garbled names speak against a table.
const GARBLED_CONSISTENCY: f64 = 0.9;

/// A dialect that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct TriedDialect {
    /// The dialect; its header is not decided.
    pub dialect: Dialect,
    /// How much the text looks like a table in it, from 0 to 1.
    pub score: f64,
    /// How many cells its records usually have.
    pub width: usize,
    /// How well the records fit that width, from 0 to 1.
    pub consistency: f64,
    /// How much the cells look like values, from 0 to 1.
    pub quality: f64,
}

/// How a text looks when it is read in one dialect.
pub(super) struct Trial {
    pub(super) dialect: Dialect,
    pub(super) shapes: Vec<Shape>,
    pub(super) layout: Layout,
    /// How much the cells of the table look like values on their own, from 0 to 1.
    pub(super) quality: f64,
    /// How many cells are quoted.
    pub(super) quoted: usize,
    /// How many of the quoted cells are empty.
    pub(super) empty: usize,
    /// The delimiters are where punctuation is, and the text is not one even table.
    pub(super) is_punctuation: bool,
    /// All delimiters are parts of numbers.
    pub(super) is_in_numbers: bool,
    /// Another delimiter parts all of the lines, also those that would be titles here.
    pub(super) is_second: bool,
    /// There are control characters in what would be its names, and many of its records do not fit.
    pub(super) is_garbled: bool,
}

impl Trial {
    pub(super) fn of(text: &[u8], complete: bool, dialect: Dialect) -> Self {
        let syntax = Syntax::new(&dialect);
        let lead = syntax.lead(text, true).end;
        let text = &text[lead..];
        let mut qualities = Vec::new();
        let (mut quoted, mut empty, mut scratch) = (0, 0, Vec::new());
        let shapes = shapes(&syntax, text, complete, MOST_RECORDS, |record, cells| {
            if record.opened > 0 {
                quoted += cells.iter().filter(|cell| cell.is_quoted()).count();
                empty += cells.iter().filter(|cell| cell.is_quoted() && cell.is_empty()).count();
            }
            if qualities.len() < LOOKED_AT.0 {
                let looked_at = cells.iter().take(LOOKED_AT.1);
                let sum: f64 = looked_at
                    .clone()
                    .map(|&cell| cell_quality(cell::text(text, cell, &mut scratch), cell.is_quoted(), &dialect))
                    .sum();
                qualities.push((sum, looked_at.count()));
            }
        });
        let layout = Layout::of(&shapes);
        let records = shapes.iter().filter(|shape| shape.kind == RecordKind::Cells);
        let fewest = records.map(|shape| shape.cells).min().unwrap_or(0);
        let is_punctuation = dialect
            .delimiter
            .single()
            .is_some_and(|byte| punctuates(text, byte, &layout, fewest));
        let is_in_numbers = dialect.delimiter.single().is_some_and(|byte| {
            b",:".contains(&byte) && memchr::memchr_iter(byte, text).all(|at| is_in_number(text, at))
        });
        let is_uneven = layout.width > 1 && layout.consistency < GARBLED_CONSISTENCY;
        let is_garbled = is_uneven && holds_controls(first_lines(text, &shapes, &layout));
        let is_headed = is_in_numbers
            && dialect.delimiter.single() == Some(b',')
            && has_foreign_header(text, &shapes, &layout, b',');
        let of_table = qualities.iter().skip(layout.first);
        let (sum, count) = of_table.fold((0.0, 0), |(sum, count), (s, c)| (sum + s, count + c));
        Trial {
            dialect,
            shapes,
            layout,
            is_punctuation: is_punctuation && !is_headed,
            is_in_numbers: is_in_numbers && !is_headed,
            is_second: false,
            is_garbled,
            quality: sum / count.max(1) as f64,
            quoted,
            empty,
        }
    }

    /// How many records have quotes that are not closed, or cells that go on behind their closing quote.
    pub(super) fn faults(&self) -> usize {
        let broken = self
            .shapes
            .iter()
            .filter(|shape| matches!(shape.kind, RecordKind::Broken { .. } | RecordKind::Unclear))
            .count();
        broken + self.unclosed()
    }

    /// How many quoted cells do not end with a quote, or have others in them, if there are no delimiters to show their end.
    pub(super) fn unclosed(&self) -> usize {
        let strays: usize = self.shapes.iter().map(|shape| shape.stray as usize).sum();
        strays + if self.layout.width > 1 { 0 } else { self.loose() }
    }

    /// How many quoted cells with text are closed, as far as that can be said.
    pub(super) fn closed(&self) -> usize {
        self.quoted.saturating_sub(self.empty + self.unclosed())
    }

    /// How many quoted cells have quotes in them that nobody doubled.
    pub(super) fn loose(&self) -> usize {
        self.shapes.iter().map(|shape| shape.loose as usize).sum()
    }

    /// Whether a quote opens and closes, or there are too many records to say that none does. If none does in all of a
    /// text, its quotes are text, and cost no record.
    pub(super) fn closes_a_quote(&self) -> bool {
        self.quoted > 0 || self.shapes.len() >= MOST_RECORDS
    }

    pub(super) fn score(&self) -> f64 {
        let faults = self.faults() as f64 + LOOSE * self.loose() as f64;
        let faulty = faults / self.shapes.len().max(1) as f64;
        let quoting = 1.0 - 0.8 * faulty.min(1.0);
        let comments = if self.dialect.comment.is_some() {
            1.0 / COMMENTS
        } else {
            1.0
        };
        let marks = if self.is_punctuation { PUNCTUATION } else { 1.0 };
        let names = if self.is_garbled { GARBLED } else { 1.0 };
        let second = if self.is_second { SECOND } else { 1.0 };
        self.layout.worth() * quoting * comments * marks * names * second * (0.4 + 0.6 * self.quality)
    }

    /// Whether the delimiter, which few files have, is surely one.
    pub(super) fn is_convincing(&self, quality: f64) -> bool {
        let layout = &self.layout;
        layout.width > 1 && layout.full > 1 && layout.consistency == 1.0 && self.quality > quality.max(WORDS) + 0.01
    }

    /// Whether the delimiter parts every line of the text in as many cells, two or more.
    pub(super) fn is_whole(&self) -> bool {
        let layout = &self.layout;
        layout.width > 1 && layout.full > 1 && layout.consistency == 1.0 && layout.coverage == 1.0
    }

    /// Whether all records are alike, of several columns.
    pub(super) fn is_even(&self) -> bool {
        let layout = &self.layout;
        layout.width > 1 && layout.full > 2 && layout.consistency == 1.0
    }

    /// Whether all records are alike, of three columns or more.
    pub(super) fn is_regular(&self) -> bool {
        self.is_even() && self.layout.width > 2
    }

    /// The bytes that stand at every delimiter of the table, if they are more than the delimiter.
    pub(super) fn longer_delimiter(&self, text: &[u8]) -> Option<Delimiter> {
        let syntax = Syntax::new(&self.dialect);
        let text = &text[syntax.lead(text, true).end..];
        let (mut doubled, mut beside) = (true, Beside::default());
        let mut cells = Vec::new();
        for shape in self.shapes[self.layout.first..]
            .iter()
            .filter(|shape| shape.kind == RecordKind::Cells)
        {
            cells.clear();
            syntax.record(text, shape.start, usize::MAX, &mut cells);
            let between: Vec<usize> = cells
                .iter()
                .skip(1)
                .map(|cell| cell.delimited_at(text, syntax.delimiter))
                .collect();
            doubled &= cells.len() % 2 == 1 && cells.iter().skip(1).step_by(2).all(|cell| cell.is_missing());
            between.into_iter().for_each(|at| beside.see(text, at));
            // What has failed once is not mended by further records.
            if !doubled && beside.is_various() {
                return None;
            }
        }
        let single = self.dialect.delimiter.first();
        if doubled && self.layout.full > 1 {
            return Delimiter::new(&[single, single]);
        }
        beside.delimiter(single)
    }

    pub(super) fn tried(&self) -> TriedDialect {
        TriedDialect {
            dialect: self.dialect.clone(),
            score: self.score(),
            width: self.layout.width,
            consistency: self.layout.consistency,
            quality: self.quality,
        }
    }
}

/// Whether every `mark` is part of a number, or followed by a blank as in prose, and the records of the layout are not all
/// that there is. Where they are all alike, of more than two cells, a blank is padding.
fn punctuates(text: &[u8], mark: u8, layout: &Layout, fewest: usize) -> bool {
    // Prose has no four commas and more on every line.
    let is_uneven = layout.consistency < 1.0 && fewest < PROSE;
    if !b",;:".contains(&mark) || !(is_uneven || layout.coverage < 1.0) {
        return false;
    }
    let may_be_prose = is_uneven || layout.width == 2;
    let in_prose = |at: usize| may_be_prose && text.get(at + 1) == Some(&b' ');
    memchr::memchr_iter(mark, text).all(|at| in_prose(at) || is_in_number(text, at))
}

/// The text up to the end of the line on which the first record of the layout begins.
fn first_lines<'a>(text: &'a [u8], shapes: &[Shape], layout: &Layout) -> &'a [u8] {
    let start = shapes.get(layout.first).map_or(text.len(), |shape| shape.start);
    &text[..lines::line_end(text, start).0]
}

/// Whether text has characters in it that nobody writes: control characters but tabs and form feeds.
fn holds_controls(text: &[u8]) -> bool {
    text.iter()
        .any(|byte| byte.is_ascii_control() && !b"\t\r\n\x0C".contains(byte))
}

/// Whether the byte at `at` stands between digits of what is one value: `1,234,567` is, `10,100,1000` is not.
fn is_in_number(text: &[u8], at: usize) -> bool {
    let belongs = |byte: &u8| byte.is_ascii_digit() || b",.:".contains(byte);
    let start = text[..at]
        .iter()
        .rposition(|byte| !belongs(byte))
        .map_or(0, |before| before + 1);
    let end = text[at..]
        .iter()
        .position(|byte| !belongs(byte))
        .map_or(text.len(), |len| at + len);
    let inside = start < at && at + 1 < end && text[at - 1].is_ascii_digit() && text[at + 1].is_ascii_digit();
    inside && end - start <= LONGEST_NUMBER && is_typed(&text[start..end])
}

/// How much a cell looks like one value: text in which other delimiters are left hints at a wrong dialect.
fn cell_quality(value: &[u8], quoted: bool, dialect: &Dialect) -> f64 {
    let value = words::trim(value);
    if value.is_empty() {
        return WORDS;
    }
    if quoted || is_typed(value) {
        return 1.0;
    }
    let delimiter = dialect.delimiter.as_bytes();
    let suspicious = |b: &u8| !delimiter.contains(b) && USUAL.contains(b) || *b == b'"';
    match value {
        // Quotes around a cell are hardly ever part of it.
        [b'"', .., b'"'] => 0.15,
        _ if value.iter().any(suspicious) => 0.3,
        _ => WORDS,
    }
}
