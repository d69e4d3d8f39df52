//! The ways to part a record in cells whose quotes are not where a careful writer puts them.
//!
//! A quote at the start of a cell opens it, or is text. What it opens is closed by any quote in front of a delimiter or of
//! the record's end; all quotes between them are text, and a doubled one is one. A record is a row if there is exactly one
//! choice of delimiters between its cells with which number and types of the cells are those of the table.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::{memchr, memmem};

use crate::text::cell::{Cell, Form};
use crate::text::frame::{Frame, Opinion};
use crate::text::lines::{behind_mark, has_line_end, line_end};
use crate::text::quotes::Any;
use crate::text::record::{Record, RecordKind};
use crate::text::syntax::Syntax;

/// How many steps a search may take. A record that asks for more is no row.
const MOST_STEPS: usize = 20_000;
/// The longest record that is looked at.
const LONGEST: usize = 1 << 20;
/// The place behind the last cell.
const END: usize = usize::MAX;

/// How a record is parted in cells.
#[derive(Debug)]
pub(crate) enum Parting {
    /// In no way that fits the table.
    None,
    /// In this way alone.
    One(Parts),
    /// In several, or in too many to look at.
    Many,
}

/// The cells of a record.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) cells: Vec<Cell>,
    /// How many quotes are text at the start of a cell or in quotes.
    pub(crate) strays: u32,
}

impl Parts {
    /// `record` with these cells, of which the first `limit` are appended to `cells`.
    fn make(self, bytes: &[u8], record: Record, limit: usize, cells: &mut Vec<Cell>) -> Record {
        let filled = self.cells.iter().rposition(|cell| !cell.is_blank(bytes));
        cells.extend(self.cells.iter().take(limit));
        Record {
            kind: RecordKind::Cells,
            cells: self.cells.len(),
            filled: filled.map_or(0, |last| last + 1),
            stray: self.strays,
            ..record
        }
    }

    /// The quote at the start of the last cell, if it is read as text.
    fn open_end(&self, syntax: &Syntax, bytes: &[u8]) -> Option<usize> {
        let last = self.cells.last().filter(|cell| !cell.is_quoted())?;
        syntax.opens(bytes, last.start())
    }

    /// Whether a cell behind the quote at `open` is a value of its column's type: if a text began with the quote, only
    /// by chance.
    pub(crate) fn are_proven(&self, frame: &Frame, bytes: &[u8], open: usize) -> bool {
        let mut behind = self.cells.iter().enumerate().filter(|(_, cell)| cell.start() > open);
        behind.any(|(column, cell)| frame.opinion(column, bytes, *cell) == Opinion::Fit)
    }
}

/// A cell that begins somewhere, and what it costs.
#[derive(Debug, Clone, Copy)]
struct Choice {
    cell: Cell,
    /// Where it ends, with quotes and blanks.
    end: usize,
    strays: u32,
}

/// The best way to a place, and whether it is the only one.
#[derive(Debug, Clone, Copy)]
struct Way {
    is_only: bool,
    strays: u32,
    /// The place of the last cell, and that cell; none at the start.
    last: Option<(Place, Cell)>,
}

/// Where a cell begins, and how many come before it.
type Place = (usize, usize);

impl Syntax {
    /// Whether a record may be parted in other cells than it was, or is the end of one.
    pub(crate) fn is_doubtful(&self, frame: &Frame, bytes: &[u8], record: &Record) -> bool {
        match record.kind {
            RecordKind::Broken { .. } => true,
            RecordKind::Cells if frame.takes_record(record) => {
                record.stray > 0 || self.holds_torn_value(frame, bytes, record)
            }
            RecordKind::Cells if record.opened > 0 => true,
            // An odd number of quotes: the last line of a cell that a line above has opened, such as `end of the text",5`.
            RecordKind::Cells if frame.lacks_value(record.cells) => {
                self.count_quotes(&bytes[record.start..record.end]) % 2 == 1
            }
            _ => false,
        }
    }

    /// Whether a cell would be a value of its column's type without the quotes in it.
    fn holds_torn_value(&self, frame: &Frame, bytes: &[u8], record: &Record) -> bool {
        if !frame.has_values() || !self.has_loose_quotes(bytes, record) {
            return false;
        }
        let mut cells = Vec::new();
        self.read(Any, bytes, record.start, frame.width(), &mut cells);
        let mut plain = cells.iter().enumerate().filter(|(_, cell)| !cell.is_quoted());
        plain.any(|(column, cell)| frame.takes_torn(column, cell.span(bytes), self.quote))
    }

    /// A doubtful record with the cells that the table leaves it, if it leaves no doubt.
    #[cold]
    pub(crate) fn parted(
        &self,
        frame: &Frame,
        bytes: &[u8],
        record: Record,
        limit: usize,
        cells: &mut Vec<Cell>,
    ) -> Record {
        let record = Record { judged: true, ..record };
        let parting = self.parting(frame, bytes, behind_mark(bytes, record.start)..record.end);
        let is_in_place = record.stray == 0 && (frame.takes_record(&record) || !self.has_loose_quotes(bytes, &record));
        let unclear = Record {
            kind: RecordKind::Unclear,
            cells: 0,
            filled: 0,
            ..record
        };
        match (record.kind, parting) {
            (RecordKind::Broken { open, is_text }, Parting::One(parts)) => {
                match is_text || parts.are_proven(frame, bytes, open) {
                    true => parts.make(bytes, record, limit, cells),
                    false => record,
                }
            }
            (RecordKind::Broken { .. }, _) => record,
            _ if !is_in_place && self.may_close_before(bytes, &record) => unclear,
            // A quote at the start of the last cell may open a cell that goes on in the next lines.
            (_, Parting::One(parts)) if !is_in_place => match parts.open_end(self, bytes) {
                Some(open) => Record {
                    kind: RecordKind::Broken { open, is_text: false },
                    ..unclear
                },
                None => parts.make(bytes, record, limit, cells),
            },
            _ if !is_in_place => unclear,
            // A record whose quotes are all in their places is read as they say: `"a,b",c` has two cells. But if the table asks for
            // three, the delimiter in quotes may be the one that is missing.
            _ if frame.takes_record(&record) => unclear,
            _ if frame.lacks_value(record.cells) && self.holds_the_rest(frame, bytes, &record) => unclear,
            (_, Parting::One(_) | Parting::Many) if self.holds_border(bytes, &record) => unclear,
            _ => self
                .read(Any, bytes, record.start, limit, cells)
                .map_or(record, |read| Record { judged: true, ..read }),
        }
    }

    /// Whether there are quotes in unquoted cells of a record.
    fn has_loose_quotes(&self, bytes: &[u8], record: &Record) -> bool {
        self.count_quotes(&bytes[record.start..record.end]) != record.quotes
    }

    /// Whether the first quote of a record may close what lines above have opened.
    fn may_close_before(&self, bytes: &[u8], record: &Record) -> bool {
        let text = &bytes[behind_mark(bytes, record.start)..record.end];
        let Some(first) = self.quote.and_then(|quote| memchr(quote, text)) else {
            return false;
        };
        let before = text[..first].trim_ascii_end();
        let opens = before.is_empty() || before.ends_with(self.delimiter.as_bytes());
        !opens && self.ends_here(text, self.skip_blanks(text, first + 1))
    }

    /// How many cells the text of a record has whose quotes are not in their places: all that come before the first such quote,
    /// and as many more as there are delimiters behind it.
    pub(crate) fn most_cells(&self, text: &[u8]) -> usize {
        let mut at = behind_mark(text, 0);
        let (mut record, mut cells) = (Record::line_at(at, RecordKind::Cells), 1);
        loop {
            match self.cell(Any, text, at, &mut record) {
                Ok((_, end)) if matches!(text.get(end), None | Some(b'\n' | b'\r')) => return cells,
                Ok((_, end)) => (cells, at) = (cells + 1, self.behind_delimiter(text, end)),
                Err(_) => return cells + self.count_delimiters(&text[at..]),
            }
        }
    }

    /// Whether the first cell with a quote in it on the line at `start` begins with something else and ends with a quote, which may
    /// close what lines above have opened.
    pub(crate) fn closes_before(&self, bytes: &[u8], start: usize) -> bool {
        let start = behind_mark(bytes, start);
        let line = &bytes[start..line_end(bytes, start).0];
        let Some(first) = self.quote.and_then(|quote| memchr(quote, line)) else {
            return false;
        };
        // A blank may be the delimiter, and is none of those around quotes then.
        let blanks = line[..first]
            .iter()
            .rev()
            .take_while(|byte| self.is_blank(**byte))
            .count();
        let before = &line[..first - blanks];
        let opens = before.is_empty() || before.ends_with(self.delimiter.as_bytes());
        let cell = line[first..self.cell_end(line, first)].trim_ascii_end();
        !opens && cell.last().copied() == self.quote
    }

    /// Whether there are delimiters in quotes that would make whole rows of a short record, and they are not those of prose,
    /// which blanks follow.
    fn holds_the_rest(&self, frame: &Frame, bytes: &[u8], record: &Record) -> bool {
        let (delimiter, text) = (self.delimiter.as_bytes(), &bytes[record.start..record.end]);
        let all = memmem::find_iter(text, delimiter);
        let cells = self.count_delimiters(text) + 1;
        let blank = all.filter(|at| text.get(at + delimiter.len()) == Some(&b' ')).count();
        cells >= frame.width() && cells.saturating_sub(record.cells) != blank
    }

    /// Whether there is a delimiter beside a doubled quote, which a stray quote makes of one that closes or opens: `a"",b`.
    fn holds_border(&self, bytes: &[u8], record: &Record) -> bool {
        let (delimiter, text) = (self.delimiter.as_bytes(), &bytes[record.start..record.end]);
        let is_doubled = |text: &[u8]| matches!(text, [a, b] if a == b && Some(*a) == self.quote);
        let mut all = memmem::find_iter(text, delimiter).map(|at| (at, at + delimiter.len()));
        all.any(|(at, behind)| {
            let before = at.checked_sub(2).map(|start| &text[start..at]);
            before.is_some_and(is_doubled) || text.get(behind..behind + 2).is_some_and(is_doubled)
        })
    }

    /// The ways to part the record at `range` in the cells of a row.
    pub(crate) fn parting(&self, frame: &Frame, bytes: &[u8], range: Range<usize>) -> Parting {
        if range.len() > LONGEST {
            return Parting::Many;
        }
        if !frame.may_take(self.count_delimiters(&bytes[range.clone()]) + 1) {
            return Parting::None;
        }
        let start = Way {
            is_only: true,
            strays: 0,
            last: None,
        };
        // Every step leads to a later place, so no further way can come to the first place of those ahead.
        let mut ahead = BTreeMap::from([((range.start, 0), start)]);
        let (mut ways, mut steps) = (BTreeMap::new(), 0);
        while let Some((place, way)) = ahead.pop_first() {
            ways.insert(place, way);
            let (at, before) = place;
            if at == END {
                continue;
            }
            let choices = self.choices(bytes, at..range.end, &mut steps);
            if steps > MOST_STEPS {
                return Parting::Many;
            }
            let fits = |choice: &&Choice| frame.opinion(before, bytes, choice.cell) != Opinion::Misfit;
            let mut reached = None;
            for choice in choices.iter().filter(fits) {
                // Choices that end in the same place come in order of their stray quotes, the fewest first.
                if reached.replace(choice.end) == Some(choice.end) {
                    continue;
                }
                let behind = choice.end + self.delimiter.as_bytes().len();
                let next = (if choice.end == range.end { END } else { behind }, before + 1);
                let next_way = Way {
                    is_only: way.is_only,
                    strays: way.strays + choice.strays,
                    last: Some((place, choice.cell)),
                };
                let other = ahead.entry(next).or_insert(next_way);
                if other.last != next_way.last {
                    let best = if next_way.strays < other.strays {
                        next_way
                    } else {
                        *other
                    };
                    *other = Way { is_only: false, ..best };
                }
            }
        }
        Self::only(frame, &ways)
    }

    /// The only way to the end, if there is one.
    fn only(frame: &Frame, ways: &BTreeMap<Place, Way>) -> Parting {
        let is_row = |cells: usize| frame.takes(cells) || cells > frame.width();
        let mut ends = ways.range((END, 0)..).filter(|((_, cells), _)| is_row(*cells));
        match (ends.next(), ends.next()) {
            (None, _) => Parting::None,
            (Some((_, way)), None) if way.is_only => {
                let mut parts = Parts {
                    cells: Vec::new(),
                    strays: way.strays,
                };
                let mut last = way.last;
                while let Some((place, cell)) = last {
                    parts.cells.push(cell);
                    last = ways[&place].last;
                }
                parts.cells.reverse();
                Parting::One(parts)
            }
            _ => Parting::Many,
        }
    }

    /// The cells that may begin where `range` does, those that end in the same place together, the better one first.
    fn choices(&self, bytes: &[u8], range: Range<usize>, steps: &mut usize) -> Vec<Choice> {
        *steps += 1;
        let opening = self.opens(bytes, range.start).filter(|&open| open < range.end);
        let mut choices = Vec::new();
        if let Some(open) = opening {
            self.closings(bytes, open, range.end, steps, |choice| choices.push(choice));
        }
        let end = self.cell_end(bytes, range.start).min(range.end);
        if self.goes_on(bytes, end, range.end) {
            let quotes = bytes[range.start..end].iter().filter(|byte| Some(**byte) == self.quote);
            let plain = Choice {
                cell: Cell::plain(range.start, end),
                end,
                strays: if opening.is_some() { quotes.count() as u32 } else { 0 },
            };
            let at = choices.partition_point(|choice| choice.end <= end);
            choices.insert(at, plain);
        }
        choices
    }

    /// Whether a cell can end at `at` in a record that ends at `end`.
    fn goes_on(&self, bytes: &[u8], at: usize, end: usize) -> bool {
        at == end || (at < end && bytes[at..].starts_with(self.delimiter.as_bytes()))
    }

    /// The cells that the quote at `open` may open in a record that ends at `end`, the shortest first.
    fn closings(&self, bytes: &[u8], open: usize, end: usize, steps: &mut usize, mut take: impl FnMut(Choice)) {
        let (mut at, mut strays, mut rebuilt) = (open + 1, 0, false);
        let escape = self.escape.unwrap_or(bytes[open]);
        let behind = |close: usize| {
            let behind = self.skip_blanks(bytes, close + 1).min(end);
            self.goes_on(bytes, behind, end).then_some(behind)
        };
        let form = |close: usize, strays: u32, rebuilt: bool| match (strays, rebuilt) {
            (0, false) => Cell::new(open + 1, close, Form::Quoted),
            (0, true) => Cell::new(open, close + 1, Form::Escaped(escape)),
            _ => Cell::new(open, close + 1, Form::Loose(escape)),
        };
        // A cell with line ends and stray quotes is rather two rows that these have joined.
        let may_hold = |close: usize, strays: u32| strays == 0 || !has_line_end(&bytes[open..close]);
        while at < end && *steps <= MOST_STEPS {
            let next = bytes.get(at + 1).filter(|_| at + 1 < end);
            let is_quote = Some(bytes[at]) == self.quote;
            if Some(bytes[at]) == self.escape
                && next.is_some_and(|next| next == &bytes[open] || Some(*next) == self.escape)
            {
                (at, rebuilt) = (at + 2, true);
                continue;
            }
            if !is_quote {
                at += 1;
                continue;
            }
            *steps += 1;
            if next == Some(&bytes[at]) {
                // In `a"",` the second quote may close the cell, and then the first one is text.
                if let Some(behind) = behind(at + 1).filter(|_| may_hold(at + 1, strays + 1)) {
                    take(Choice {
                        cell: form(at + 1, strays + 1, rebuilt),
                        end: behind,
                        strays: strays + 1,
                    });
                }
                (at, rebuilt) = (at + 2, true);
                continue;
            }
            if let Some(behind) = behind(at).filter(|_| may_hold(at, strays)) {
                take(Choice {
                    cell: form(at, strays, rebuilt),
                    end: behind,
                    strays,
                });
                // `"a","b"` is two cells: nobody writes one cell that looks so.
                if behind < end && self.opens(bytes, behind + self.delimiter.as_bytes().len()).is_some() {
                    return;
                }
            }
            strays += 1;
            at += 1;
        }
    }
}
