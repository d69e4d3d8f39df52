//! Finds the bytes that end cells and records in a chunk of regular text, 64 of them at a time.
//!
//! Regular is text in which every quote is where a careful writer puts it: at the start of a cell, at its end, or doubled
//! within. Then the quotes before a byte tell by their number whether it is quoted, and no byte has to be looked at alone.
//! Text that is not regular has no index, and the tokenizer reads it; where there is an index both find the same cells.

use memchr::memchr;
use pulp::{Arch, Simd, WithSimd};
use wide::u8x16;

use crate::tokenize::{Cell, Syntax};

/// How many bytes are looked at together: as many as a mask has bits.
const BLOCK: usize = 64;
/// How many bytes are indexed before it is looked again whether there is room for what ends in them.
const STRIPE: usize = 64 * BLOCK;

/// Where cells and records end in a text.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    text: &'a [u8],
    syntax: &'a Syntax,
    columns: usize,
    /// The offsets of the delimiters and line ends outside of quotes. In front of them is one for the start of the text,
    /// one less than its offset, so that each cell lies between two.
    stops: Vec<u32>,
    /// For each record the place in `stops` of its end.
    ends: Vec<u32>,
    /// There are quotes.
    quoted: bool,
}

/// Successive records with a cell for each column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid<'a> {
    pub(crate) text: &'a [u8],
    /// The stop before the first cell, and the one behind each cell, row by row.
    stops: &'a [u32],
    columns: usize,
    /// The byte that cells may be quoted with, if any is.
    quote: Option<u8>,
}

impl<'a> Index<'a> {
    /// The index of what is in `text` from `start` on, where a record starts, for a table of `columns`; `None` if it is
    /// not regular.
    pub(crate) fn of(syntax: &'a Syntax, text: &'a [u8], start: usize, columns: usize) -> Option<Self> {
        let delimiter = syntax.delimiter.single().filter(u8::is_ascii)?;
        let may_quote = |quote: u8| quote.is_ascii() && quote != b' ' && quote != b'\t';
        if columns == 0 || text.len() >= u32::MAX as usize || !syntax.quote.is_none_or(may_quote) {
            return None;
        }
        if syntax
            .escape
            .is_some_and(|escape| memchr(escape, &text[start..]).is_some())
        {
            return None;
        }
        let marks = Marks {
            delimiter,
            quote: syntax.quote,
            carriage: memchr(b'\r', &text[start..]).is_some(),
        };
        let scan = Scan {
            text,
            start,
            marks,
            found: Found::new(start, text.len()),
        };
        let Found {
            stops, ends, quoted, ..
        } = Arch::new().dispatch(scan)?;
        Some(Index {
            text,
            syntax,
            columns,
            stops,
            ends,
            quoted,
        })
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> usize {
        self.ends.len()
    }

    /// The record that starts at `at`, which is the start of one or the end of the text.
    pub(crate) fn record_at(&self, at: usize) -> usize {
        let end = |end: u32| behind(self.stops[end as usize]).min(self.text.len());
        self.ends.partition_point(|&record| end(record) <= at)
    }

    /// The rows from `record` on that have a cell for each column and can be nothing else, at most `limit`.
    pub(crate) fn grid(&self, record: usize, limit: usize) -> Grid<'_> {
        let first = self.end_before(record);
        let mut last = first;
        let ends = self.ends.iter().skip(record).take(limit);
        for &end in ends {
            let end = end as usize;
            if end != last + self.columns || self.may_be_other(last, end) {
                break;
            }
            last = end;
        }
        Grid {
            text: self.text,
            stops: &self.stops[first..=last],
            columns: self.columns,
            quote: self.syntax.quote.filter(|_| self.quoted),
        }
    }

    fn end_before(&self, record: usize) -> usize {
        record.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }

    /// Whether the record between two stops may be a comment or a note.
    #[inline]
    fn may_be_other(&self, first: usize, last: usize) -> bool {
        if self.syntax.comment.is_some() && self.syntax.is_comment(self.text, behind(self.stops[first])) {
            return true;
        }
        // All cells but the first may be empty, if each of them has no more bytes than two quotes and a delimiter.
        let others = || (self.stops[last] - self.stops[first + 1]) as usize;
        self.syntax.notes && others() <= 3 * self.columns
    }
}

impl<'a> Grid<'a> {
    pub(crate) fn rows(&self) -> usize {
        (self.stops.len() - 1) / self.columns
    }

    /// How many bytes of the text the rows take.
    pub(crate) fn span(&self) -> usize {
        self.end() - self.start(0)
    }

    /// The offset behind the rows.
    pub(crate) fn end(&self) -> usize {
        let last = self.stops.last().copied().unwrap_or_default();
        behind(last).min(self.text.len())
    }

    /// Where a row starts.
    #[inline]
    pub(crate) fn start(&self, row: usize) -> usize {
        behind(self.stops[row * self.columns])
    }

    /// The cell in a column of a row.
    #[inline]
    pub(crate) fn cell(&self, row: usize, column: usize) -> Cell {
        let (start, end) = self.raw(row, column);
        match self.quote {
            Some(quote) if self.text.get(start) == Some(&quote) && start < end => {
                Cell::in_quotes(self.text, start, end, quote)
            }
            _ => Cell::plain(start, end),
        }
    }

    /// The cells of a column, from top to bottom.
    #[inline]
    pub(crate) fn column(self, column: usize) -> impl ExactSizeIterator<Item = Cell> + 'a {
        (0..self.rows()).map(move |row| self.cell(row, column))
    }

    /// The place of every cell in a column of a text without quotes.
    #[inline]
    pub(crate) fn unquoted(self, column: usize) -> impl ExactSizeIterator<Item = (usize, usize)> + Clone + 'a {
        (0..self.rows()).map(move |row| self.raw(row, column))
    }

    /// The place of every cell in a column, without the quotes around it.
    #[inline]
    pub(crate) fn spans(self, column: usize) -> impl ExactSizeIterator<Item = (usize, usize)> + Clone + 'a {
        let quote = self.quote;
        self.unquoted(column).map(move |(start, end)| match quote {
            Some(quote) if start < end && self.text[start] == quote => (start + 1, end - 1),
            _ => (start, end),
        })
    }

    /// Whether there are quotes within the cells of a column.
    pub(crate) fn has_doubled(self, column: usize, quote: u8) -> bool {
        self.spans(column)
            .any(|(start, end)| memchr(quote, &self.text[start..end]).is_some())
    }

    /// The byte that cells may be quoted with, if any is.
    pub(crate) fn quote(&self) -> Option<u8> {
        self.quote
    }

    /// The place of a cell with what is around it.
    #[inline]
    fn raw(&self, row: usize, column: usize) -> (usize, usize) {
        let at = row * self.columns + column;
        let pair = &self.stops[at..at + 2];
        let (start, mut end) = (behind(pair[0]), pair[1] as usize);
        // Within a record a CR in front of its line end is a part of that.
        if column + 1 == self.columns && end > start && self.text[end - 1] == b'\r' {
            end -= 1;
        }
        (start, end)
    }
}

/// The offset behind a stop.
#[inline]
fn behind(stop: u32) -> usize {
    stop.wrapping_add(1) as usize
}

/// The bytes that end cells and records or keep them from ending.
#[derive(Debug, Clone, Copy)]
struct Marks {
    delimiter: u8,
    quote: Option<u8>,
    /// There are CRs.
    carriage: bool,
}

/// What a scan has found.
struct Found {
    stops: Vec<u32>,
    /// How many of the stops are found, not room for more.
    count: usize,
    ends: Vec<u32>,
    quoted: bool,
}

impl Found {
    fn new(start: usize, end: usize) -> Self {
        let mut stops = vec![0; (end - start) / 8 + 2 * STRIPE];
        // Of the text's first byte it is the largest number, which is one less than 0.
        stops[0] = (start as u32).wrapping_sub(1);
        Found {
            stops,
            count: 1,
            ends: Vec::with_capacity((end - start) / 64 + 16),
            quoted: false,
        }
    }

    /// Makes room for as many stops as a stripe may have.
    fn reserve(&mut self) {
        if self.stops.len() < self.count + STRIPE + BLOCK {
            self.stops.resize(2 * self.stops.len(), 0);
        }
    }

    /// Takes in the stops of a block, and which of them end a record.
    #[inline(always)]
    fn push(&mut self, base: usize, stops: u64, lines: u64) {
        let mut line = lines;
        while line != 0 {
            let below = stops & ((line & line.wrapping_neg()) - 1);
            self.ends.push(self.count as u32 + below.count_ones());
            line &= line - 1;
        }
        let room: &mut [u32; BLOCK] = (&mut self.stops[self.count..self.count + BLOCK])
            .try_into()
            .expect("it is as long");
        let (base, mut rest) = (base as u32, stops);
        // Eight at once without asking whether there are as many: the next block writes over what are none.
        for slots in room.chunks_exact_mut(8) {
            for slot in slots {
                *slot = base.wrapping_add(rest.trailing_zeros());
                rest &= rest.wrapping_sub(1);
            }
            if rest == 0 {
                break;
            }
        }
        self.count += stops.count_ones() as usize;
    }
}

/// The scan of a text; what it runs on is chosen by the processor that is there.
struct Scan<'a> {
    text: &'a [u8],
    start: usize,
    marks: Marks,
    found: Found,
}

impl WithSimd for Scan<'_> {
    type Output = Option<Found>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<Found> {
        let Scan {
            text,
            start,
            marks,
            mut found,
        } = self;
        let mut quotes = Quotes::default();
        for (number, stripe) in text[start..].chunks(STRIPE).enumerate() {
            let base = start + number * STRIPE;
            found.reserve();
            let blocks = stripe.chunks_exact(BLOCK);
            let rest = blocks.remainder();
            for (number, block) in blocks.enumerate() {
                let block = block.try_into().expect("it is as long");
                let (stops, lines) = quotes.outside(block, marks, !0)?;
                found.push(base + number * BLOCK, stops, lines);
            }
            if !rest.is_empty() {
                let mut block = [0; BLOCK];
                block[..rest.len()].copy_from_slice(rest);
                let (stops, lines) = quotes.outside(&block, marks, (1 << rest.len()) - 1)?;
                found.push(base + stripe.len() - rest.len(), stops, lines);
            }
        }
        if quotes.inside != 0 || quotes.carriage != 0 {
            return None;
        }
        let last = found.ends.last().map_or(0, |&end| end as usize);
        if behind(found.stops[last]) < text.len() {
            found.reserve();
            found.push(text.len(), 1, 1);
        }
        found.quoted = quotes.seen;
        found.stops.truncate(found.count);
        Some(found)
    }
}

/// What the blocks before say of the next one.
#[derive(Debug, Clone, Copy)]
struct Quotes {
    /// All bits, if it starts within quotes.
    inside: u64,
    /// The first bit, if the byte before is a stop or a quote.
    may_open: u64,
    /// The first bit, if the byte before is a quote that closes or the first of a doubled one.
    closed: u64,
    /// The first bit, if the byte before is a CR outside of quotes.
    carriage: u64,
    seen: bool,
}

impl Default for Quotes {
    fn default() -> Self {
        Quotes {
            inside: 0,
            may_open: 1,
            closed: 0,
            carriage: 0,
            seen: false,
        }
    }
}

impl Quotes {
    /// The delimiters and line ends of a block outside of quotes, and the line ends among them; `None` if it is not regular.
    /// `live` are the bits of the bytes that are there.
    #[inline(always)]
    fn outside(&mut self, block: &[u8; BLOCK], marks: Marks, live: u64) -> Option<(u64, u64)> {
        let mut lines = equal(block, b'\n') & live;
        let mut stops = (equal(block, marks.delimiter) & live) | lines;
        let quotes = marks.quote.map_or(0, |quote| equal(block, quote) & live);
        let mut carriages = if marks.carriage { equal(block, b'\r') & live } else { 0 };
        let mut odd = 0;
        if quotes | self.inside | self.closed != 0 {
            let inside = parity(quotes) ^ self.inside;
            (stops, lines, carriages) = (stops & !inside, lines & !inside, carriages & !inside);
            let (opening, closing) = (quotes & inside, quotes & !inside);
            odd |= opening & !(((stops | quotes) << 1) | self.may_open);
            odd |= ((closing << 1) | self.closed) & !(stops | quotes | carriages) & live;
            self.closed = closing >> 63;
            self.inside = ((inside as i64) >> 63) as u64;
            self.seen |= quotes != 0;
        }
        self.may_open = (stops | quotes) >> 63;
        if carriages | self.carriage != 0 {
            odd |= ((carriages << 1) | self.carriage) & !lines;
            self.carriage = carriages >> 63;
        }
        (odd == 0).then_some((stops, lines))
    }
}

/// The bits of the bytes that are `byte`.
#[inline(always)]
fn equal(block: &[u8; BLOCK], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    let mut bits = 0;
    for (number, part) in block.chunks_exact(16).enumerate() {
        let part: [u8; 16] = part.try_into().expect("it is as long");
        let equal = u8x16::from(part).simd_eq(wanted).to_bitmask();
        bits |= u64::from(equal & 0xffff) << (16 * number);
    }
    bits
}

/// For each bit whether an odd number of bits are set up to it.
#[inline(always)]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}
