//! A table that is being found, and those who find out what is odd about it.

use crate::column::field::Column;
use crate::finding::Finding;
use crate::table::asides::OtherTable;
use crate::table::head::{Head, MOST_HEADER_ROWS};
use crate::table::layout::Layout;
use crate::table::overrides::{HeaderMode, Overrides};
use crate::table::shape::{MOST_RECORDS, Shape, shapes};
use crate::text::cell;
use crate::text::dialect::Dialect;
use crate::text::frame::Frame;
use crate::text::lines::{count_lines, line_end};
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;
use crate::value::kind::ColumnType;

/// Finds one kind of mess, and says what it makes of a table. Detectors look one after the other, and each builds on what
/// those before it have found.
pub(crate) trait Detector: Sync {
    /// Whether a record names the columns although its cells look like values.
    fn names_columns(&self, _cells: &[Vec<u8>]) -> bool {
        false
    }

    /// Looks where the table begins, what is around it, and what names its columns.
    fn look_around(&self, _draft: &mut Draft<'_>) {}

    /// Looks behind the header for records that are no rows.
    fn look_behind(&self, _draft: &mut Draft<'_>) {}

    /// What a person should know of what it has found around the table.
    fn tell_around(&self, _draft: &Draft<'_>) -> Vec<Finding> {
        Vec::new()
    }

    /// What a person should know of what it has found behind the header.
    fn tell_behind(&self, _draft: &Draft<'_>) -> Option<Finding> {
        None
    }
}

/// What there is to look at.
#[derive(Clone, Copy)]
pub(crate) struct Excerpt<'a> {
    /// Whole records from the start of a file.
    pub(crate) text: &'a [u8],
    /// Whole lines from elsewhere.
    pub(crate) blocks: &'a [Vec<u8>],
    /// The text is all of the file.
    pub(crate) complete: bool,
    /// What the caller says.
    pub(crate) overrides: &'a Overrides,
}

/// A table, as far as it is found.
pub(crate) struct Draft<'a> {
    pub(super) excerpt: Excerpt<'a>,
    detectors: &'static [&'static dyn Detector],
    /// The dialect; preamble and header are found when all have looked around.
    pub(crate) dialect: Dialect,
    /// The same without a header, with the width of the table for its frame where quotes leave cells in doubt.
    pub(super) syntax: Syntax,
    /// How many lines are preamble in any case.
    given_lines: usize,
    /// Where these lines end.
    pub(super) start: usize,
    /// All records behind these lines.
    pub(super) all: Vec<Shape>,
    /// Those that are of no other table.
    pub(super) shapes: Vec<Shape>,
    pub(super) layout: Layout,
    /// Where the table begins.
    pub(super) beginning: Beginning,
    /// The tables that are not it.
    pub(crate) others: Vec<OtherTable>,
    /// The rows have names of their own, which the header does not count.
    pub(super) row_names: bool,
    /// How many records of its own name the columns.
    names_of: usize,
    /// The names that a line in front of the first row tells.
    pub(super) told: Option<ToldNames>,
    /// The columns, which are all text so far.
    pub(crate) columns: Vec<Column>,
    /// All columns are text: then words that come again may be a row.
    pub(crate) is_of_words: bool,
}

/// Names of columns that no record of the table tells.
pub(super) struct ToldNames {
    /// The line that does.
    pub(super) line: u64,
    pub(super) names: Vec<Vec<u8>>,
    pub(super) by: Teller,
}

/// What kind of line names columns in front of the first row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teller {
    /// A comment: what seems to be a header is one all the same.
    Comment,
    /// A comment that says that it names the fields.
    Fields,
    /// A header that is not written as the rows are.
    DamagedHeader,
}

/// Where a table begins, and with what.
#[derive(Default)]
pub(super) struct Beginning {
    /// The index of its first record, among those that are of no other table.
    pub(super) first: usize,
    /// Its records. A header that comes again says nothing of the columns, and is none of them.
    pub(super) own: Vec<Shape>,
    /// How many of these come before a header that comes again.
    pub(super) once: usize,
    pub(super) head: Head,
}

impl<'a> Draft<'a> {
    /// A draft of the table in a text that is read as `dialect` says; its preamble is at least as long as there.
    pub(super) fn new(excerpt: Excerpt<'a>, dialect: &Dialect, detectors: &'static [&'static dyn Detector]) -> Self {
        let given_lines = excerpt.overrides.preamble_lines.unwrap_or(dialect.preamble_lines);
        let syntax = Syntax::new(&Dialect {
            preamble_lines: given_lines,
            header_rows: 0,
            ..dialect.clone()
        });
        let start = syntax.lead(excerpt.text, true).end;
        let (syntax, all) = framed(syntax, &excerpt.text[start..]);
        let mut draft = Draft {
            excerpt,
            detectors,
            dialect: dialect.clone(),
            syntax,
            given_lines,
            start,
            layout: Layout::of(&all),
            shapes: all.clone(),
            all,
            beginning: Beginning::default(),
            others: Vec::new(),
            row_names: false,
            names_of: 0,
            told: None,
            columns: Vec::new(),
            is_of_words: false,
        };
        draft.begin();
        draft
    }

    /// Lets the table begin where its layout does, or where the caller says.
    pub(super) fn begin(&mut self) {
        let first = if self.has_given_start() { 0 } else { self.layout.first };
        let first = self.same_header_before(first).unwrap_or(first);
        self.beginning = self.beginning_at(first);
    }

    /// The first record in front of this one that has several cells, if this one says its names again, perhaps with others
    /// behind: then it begins the table.
    pub(super) fn same_header_before(&self, first: usize) -> Option<usize> {
        let body = self.body();
        let line = |shape: &Shape| &body[shape.start..line_end(body, shape.start).0];
        let (before, behind) = self.shapes.split_at_checked(first)?;
        let own = before
            .iter()
            .position(|shape| shape.kind == RecordKind::Cells && shape.cells > 1)?;
        let header = self.syntax.header_again(line(&before[own]));
        self.syntax.repeats(&header, line(behind.first()?)).then_some(own)
    }

    /// Whether the caller says where the table begins.
    pub(super) fn has_given_start(&self) -> bool {
        self.excerpt.overrides.preamble_lines.is_some()
    }

    /// The text in front of the first record of the table.
    pub(super) fn text_in_front(&self) -> &'a [u8] {
        let first = self.shapes.get(self.beginning.first);
        let end = first.map_or(self.body().len(), |shape| shape.start);
        &self.excerpt.text[..self.start + end]
    }

    /// The text behind the lines that are preamble in any case.
    pub(super) fn body(&self) -> &'a [u8] {
        &self.excerpt.text[self.start..]
    }

    /// The beginning of the table if that is at this record.
    pub(super) fn beginning_at(&self, first: usize) -> Beginning {
        let body = self.body();
        let line = |shape: &Shape| &body[shape.start..line_end(body, shape.start).0];
        let header = self.shapes.get(first).map_or(&b""[..], line);
        let header = self.syntax.header_again(header);
        let shapes = self.shapes.get(first..).unwrap_or_default();
        let further = shapes.iter().enumerate().take(MOST_HEADER_ROWS).skip(1);
        let further = further
            .filter(|(_, shape)| shape.cells > 1)
            .map(|(at, shape)| (at, line(shape)));
        let further: Vec<(usize, &[u8])> = further
            .filter(|(_, line)| !line.iter().any(u8::is_ascii_digit))
            .collect();
        let (mut own, mut once, mut again) = (Vec::with_capacity(shapes.len()), None, None);
        for (at, shape) in shapes.iter().enumerate() {
            let may_repeat = at > 0 && shape.cells > 1 && self.syntax.may_be_again(&header, &body[shape.start..]);
            if may_repeat && self.syntax.repeats(&header, line(shape)) {
                (once, again) = (once.or(Some(own.len())), Some(at));
                continue;
            }
            // A header of several records comes again with all of them.
            let behind = again
                .map(|again| at - again)
                .filter(|&behind| behind < MOST_HEADER_ROWS);
            let is_again = behind.is_some_and(|behind| line(shape) == line(&shapes[behind]));
            // Further records of a header may come again without the first.
            let is_further = |&(before, text): &(usize, &[u8])| {
                before < at && body[shape.start..].starts_with(text) && line(shape) == text
            };
            if !is_again && !further.iter().any(is_further) {
                own.push(*shape);
            }
        }
        Beginning {
            first,
            head: Head::of(&self.layout, &self.syntax, body, &own, self.excerpt.overrides),
            once: once.unwrap_or(own.len()),
            own,
        }
    }

    /// Whether there are records that their quotes leave without cells.
    pub(crate) fn has_broken_quotes(&self) -> bool {
        let is_broken = |shape: &Shape| matches!(shape.kind, RecordKind::Broken { .. } | RecordKind::Unclear);
        self.all.iter().any(is_broken)
    }

    /// Whether the table has a header if it begins so.
    pub(super) fn has_header(&self, beginning: &Beginning) -> bool {
        beginning.head.is_header(|cells| self.names_columns(cells))
    }

    /// Whether a record names the columns although its cells look like values.
    pub(super) fn names_columns(&self, cells: &[Vec<u8>]) -> bool {
        self.detectors.iter().any(|detector| detector.names_columns(cells))
    }

    /// The texts of the cells of a record.
    pub(super) fn cells(&self, shape: &Shape) -> Vec<Vec<u8>> {
        let (mut cells, mut scratch) = (Vec::new(), Vec::new());
        self.syntax.record(self.body(), shape.start, usize::MAX, &mut cells);
        let texts = cells
            .iter()
            .map(|&cell| cell::text(self.body(), cell, &mut scratch).to_vec());
        texts.collect()
    }

    /// The beginning at the record in front of the table, if that may name a part of the columns and is a header.
    pub(super) fn header_in_front(&self) -> Option<Beginning> {
        let before = self.beginning.first.checked_sub(1)?;
        if self.has_given_start() || self.has_header(&self.beginning) {
            return None;
        }
        let Shape { kind, filled, .. } = self.shapes[before];
        let may_name = kind == RecordKind::Cells && (2..=2 * filled).contains(&self.layout.width);
        let beginning = may_name.then(|| self.beginning_at(before))?;
        self.has_header(&beginning).then_some(beginning)
    }

    /// The line of the file that a record starts on.
    pub(super) fn line(&self, record: &Shape) -> u64 {
        count_lines(&self.excerpt.text[..self.start + record.start]) + 1
    }

    /// How many lines come before the table.
    pub(super) fn preamble_lines(&self) -> usize {
        match self.shapes[..self.beginning.first]
            .iter()
            .any(|shape| shape.kind != RecordKind::Blank)
        {
            true => usize::try_from(self.line(&self.shapes[self.beginning.first]) - 1).unwrap_or(usize::MAX),
            false => self.given_lines,
        }
    }

    /// Puts preamble and header in the dialect and names the columns, when all have looked around.
    pub(super) fn settle(&mut self) {
        let is_told = self.told.as_ref().is_some_and(|told| told.by != Teller::Comment);
        let is_header = self.has_header(&self.beginning) && !is_told;
        let mode = self.excerpt.overrides.header;
        self.dialect.preamble_lines = self.preamble_lines();
        let depth = self.beginning.head.header_rows(mode, is_header);
        self.names_of = depth;
        // A header that comes again between its own records is among them.
        let last = depth
            .checked_sub(1)
            .and_then(|last| self.beginning.own.iter().filter(counts).nth(last));
        let shapes = self.shapes.get(self.beginning.first..).unwrap_or_default();
        let until = |last: &Shape| {
            shapes
                .iter()
                .filter(|shape| counts(shape) && shape.start <= last.start)
                .count()
        };
        self.dialect.header_rows = match mode {
            HeaderMode::Detect => last.map_or(depth, until),
            _ => depth,
        };
        self.columns = self.named_columns();
    }

    /// Whether the first column, which the header does not name, has names of rows.
    pub(super) fn names_rows(&self) -> bool {
        self.row_names && self.names_of == 1
    }

    fn named_columns(&self) -> Vec<Column> {
        let told = self.told.as_ref().map(|told| &told.names);
        let names = self.beginning.head.names(self.names_of, told, self.names_rows());
        let column = |(name, original)| Column {
            original,
            ..Column::new(name, ColumnType::Utf8)
        };
        names.into_iter().map(column).collect()
    }

    /// How many cells the records have.
    pub(crate) fn width(&self) -> usize {
        self.layout.width
    }

    /// How many cells they usually have, at most that.
    pub(crate) fn usual_cells(&self) -> usize {
        self.beginning.head.usual
    }

    /// Whether a comment names the columns.
    pub(crate) fn is_named_by_comment(&self) -> bool {
        self.told.as_ref().is_some_and(|told| told.by != Teller::DamagedHeader)
    }
}

/// Whether a record may name columns.
fn counts(shape: &&Shape) -> bool {
    shape.kind == RecordKind::Cells
}

/// The records of a text. Those whose quotes are in doubt are parted as it fits the width that the others show.
fn framed(syntax: Syntax, text: &[u8]) -> (Syntax, Vec<Shape>) {
    let read = |syntax: &Syntax| shapes(syntax, text, true, MOST_RECORDS, |_, _| ());
    let all = read(&syntax);
    let is_doubtful = |shape: &Shape| shape.stray + shape.loose > 0 || matches!(shape.kind, RecordKind::Broken { .. });
    if !all.iter().any(is_doubtful) {
        return (syntax, all);
    }
    let layout = Layout::of(&all);
    let framed = syntax.within(Frame::of_text(layout.width, layout.usual));
    let all = read(&framed);
    (framed, all)
}
