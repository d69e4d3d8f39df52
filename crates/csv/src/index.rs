//! Finds the bytes that end cells and records in a chunk of regular text, 64 of them at a time.
//!
//! Regular is text in which every quote is where a careful writer puts it: at the start of a cell, at its end, or doubled
//! within. Then the quotes before a byte tell by their number whether it is quoted, and no byte has to be looked at alone.
//! Text that is not regular has no index, and the tokenizer reads it; where there is an index both find the same cells.
//!
//! A chunk is indexed in windows that stay in the processor's cache until their cells are decoded.

use memchr::memchr;
use pulp::{Arch, Simd, WithSimd};
use wide::u8x16;

use crate::tokenize::{Cell, Syntax};

/// How much is indexed at once: what stays in the processor's cache until its cells are decoded.
pub(crate) const WINDOW_BYTES: usize = 256 << 10;
/// The least rows for which it is worth to leave the tokenizer.
const FEWEST: usize = 8;
/// How many bytes are looked at together: as many as a mask has bits.
const BLOCK: usize = 64;
/// How many bytes are indexed before it is looked again whether there is room for what ends in them.
const STRIPE: usize = 16 * BLOCK;

/// The bit of a stop that says that the cell in front of it may have doubled quotes in it. The others are its offset.
const DOUBLED: u32 = 1 << 31;

/// Where cells and records end in a text.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    text: &'a [u8],
    syntax: &'a Syntax,
    columns: usize,
    /// The offsets of the delimiters and line ends outside of quotes, with [`DOUBLED`]. In front of them is one for the
    /// start of the text, one less than its offset, so that each cell lies between two.
    stops: Vec<u32>,
    /// For each record the place in `stops` of its end.
    ends: Vec<u32>,
    /// There are quotes.
    quoted: bool,
}

/// A part of what an index covers.
#[derive(Debug)]
pub(crate) enum Part<'a> {
    /// Rows of the table.
    Rows(Grid<'a>),
    /// Records up to this offset that have to be looked at one by one.
    Others(usize),
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
    /// The index of the records that end in the next `window` bytes of `text`, or of the first one if that is longer, for a
    /// table of `columns`. A record starts at `start`, which is not the end. If they are not regular, or nothing is to be
    /// indexed, the offset before which that is.
    pub(crate) fn next(
        syntax: &'a Syntax,
        text: &'a [u8],
        start: usize,
        window: usize,
        columns: usize,
    ) -> Result<Self, usize> {
        if window == 0 {
            return Err(text.len());
        }
        let mut end = text.len().min(start.saturating_add(window));
        loop {
            let window = &text[..end];
            let is_last = end == text.len();
            let marks = Marks::of(syntax, &window[start..]).filter(|_| columns > 0 && end < DOUBLED as usize);
            let found = marks
                .and_then(|marks| Found::of(window, start, marks, is_last))
                .ok_or(end)?;
            if !found.ends.is_empty() {
                return Ok(Index {
                    text,
                    syntax,
                    columns,
                    stops: found.stops,
                    ends: found.ends,
                    quoted: found.quoted,
                });
            }
            if is_last {
                return Err(end);
            }
            end = text.len().min(start + 4 * (end - start));
        }
    }

    /// The offset behind the records.
    pub(crate) fn end(&self) -> usize {
        self.end_of(self.ends.len())
    }

    /// The offset behind the first so many records, or behind all.
    fn end_of(&self, records: usize) -> usize {
        let last = self.stops[self.end_before(records.min(self.ends.len()))];
        behind(last).min(self.text.len())
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> usize {
        self.ends.len()
    }

    /// What comes at `at`, where a record starts: at most `limit` rows, or records that may be anything.
    pub(crate) fn part(&self, at: usize, limit: usize) -> Part<'_> {
        let end = |end: u32| behind(self.stops[end as usize]).min(self.text.len());
        let record = self.ends.partition_point(|&record| end(record) <= at);
        let grid = self.grid(record, limit);
        if grid.rows() >= FEWEST.min(limit) || record + grid.rows() == self.records() {
            Part::Rows(grid)
        } else {
            Part::Others(self.end_of(record + FEWEST))
        }
    }

    /// The rows from `record` on that have a cell for each column and can be nothing else, at most `limit`.
    fn grid(&self, record: usize, limit: usize) -> Grid<'_> {
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
        let others = || offset(self.stops[last]) - offset(self.stops[first + 1]);
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
        let Span { start, end, doubled } = self.raw(row, column);
        match self.quote {
            Some(quote) if start < end && self.text[start] == quote => {
                Cell::in_quotes(start, end, doubled.then_some(quote))
            }
            _ => Cell::plain(start, end),
        }
    }

    /// The cells of a column, from top to bottom.
    #[inline]
    pub(crate) fn column(self, column: usize) -> impl ExactSizeIterator<Item = Cell> + 'a {
        (0..self.rows()).map(move |row| self.cell(row, column))
    }

    /// The place of every cell in a column, without the quotes around it.
    #[inline]
    pub(crate) fn spans(self, column: usize) -> impl ExactSizeIterator<Item = Span> + Clone + 'a {
        let quote = self.quote;
        (0..self.rows()).map(move |row| {
            let span = self.raw(row, column);
            match quote {
                Some(quote) if span.start < span.end && self.text[span.start] == quote => Span {
                    start: span.start + 1,
                    end: span.end - 1,
                    ..span
                },
                _ => span,
            }
        })
    }

    /// The place of a cell with what is around it.
    #[inline]
    fn raw(&self, row: usize, column: usize) -> Span {
        let at = row * self.columns + column;
        let pair = &self.stops[at..at + 2];
        let (start, mut end) = (behind(pair[0]), offset(pair[1]));
        // Within a record a CR in front of its line end is a part of that.
        if column + 1 == self.columns && end > start && self.text[end - 1] == b'\r' {
            end -= 1;
        }
        Span {
            start,
            end,
            doubled: pair[1] & DOUBLED != 0,
        }
    }
}

/// The place of a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// There may be doubled quotes in it.
    pub(crate) doubled: bool,
}

/// The offset of a stop.
#[inline]
fn offset(stop: u32) -> usize {
    (stop & !DOUBLED) as usize
}

/// The offset behind a stop.
#[inline]
fn behind(stop: u32) -> usize {
    offset(stop.wrapping_add(1))
}

/// The bytes that end cells and records or keep them from ending.
#[derive(Debug, Clone, Copy)]
struct Marks {
    delimiter: u8,
    quote: Option<u8>,
    /// There are CRs.
    carriage: bool,
}

impl Marks {
    /// The marks of a text; `None` if it cannot be regular.
    fn of(syntax: &Syntax, text: &[u8]) -> Option<Self> {
        let delimiter = syntax.delimiter.single().filter(u8::is_ascii)?;
        let may_quote = |quote: u8| quote.is_ascii() && quote != b' ' && quote != b'\t';
        let escapes = || syntax.escape.is_some_and(|escape| memchr(escape, text).is_some());
        (syntax.quote.is_none_or(may_quote) && !escapes()).then(|| Marks {
            delimiter,
            quote: syntax.quote,
            carriage: memchr(b'\r', text).is_some(),
        })
    }
}

/// Where the last record ends that ends in `text`, from `start` on, where a record starts. `None` if there is none, or if
/// the text, which may end anywhere, is not regular.
pub(crate) fn last_end(syntax: &Syntax, text: &[u8], start: usize) -> Option<usize> {
    let marks = Marks::of(syntax, &text[start..])?;
    Arch::new().dispatch(LastEnd { text, start, marks })
}

/// The scan for the last end of a record.
struct LastEnd<'a> {
    text: &'a [u8],
    start: usize,
    marks: Marks,
}

impl WithSimd for LastEnd<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<usize> {
        let (mut quotes, mut last) = (Quotes::default(), None);
        let mut take = |base: usize, block: &[u8; BLOCK], live: u64| {
            let structure = quotes.outside(block, self.marks, live)?;
            if structure.lines != 0 {
                last = Some(base + BLOCK - structure.lines.leading_zeros() as usize);
            }
            Some(())
        };
        let blocks = self.text[self.start..].chunks_exact(BLOCK);
        let rest = blocks.remainder();
        for (number, block) in blocks.enumerate() {
            take(
                self.start + number * BLOCK,
                block.try_into().expect("it is as long"),
                !0,
            )?;
        }
        if !rest.is_empty() {
            let (block, live) = partial(rest);
            take(self.text.len() - rest.len(), &block, live)?;
        }
        last
    }
}

/// Less than a block as a block, and the bits of the bytes that are there.
#[inline(always)]
fn partial(rest: &[u8]) -> ([u8; BLOCK], u64) {
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    (block, (1 << rest.len()) - 1)
}

/// What a scan has found.
struct Found {
    stops: Vec<u32>,
    /// How many of the stops are found, not room for more.
    count: usize,
    ends: Vec<u32>,
    quoted: bool,
    /// Behind the last stop are doubled quotes.
    doubled: bool,
}

impl Found {
    /// What is in `text` from `start` on, which is its last part if it `is_last`; `None` if that is not regular.
    fn of(text: &[u8], start: usize, marks: Marks, is_last: bool) -> Option<Self> {
        let found = Found::new(start, text.len());
        let scan = Scan {
            text,
            start,
            marks,
            found,
            is_last,
        };
        Arch::new().dispatch(scan)
    }

    fn new(start: usize, end: usize) -> Self {
        let mut stops = vec![0; (end - start) / 8 + 2 * STRIPE];
        // Of the text's first byte it is the largest number, which is one less than 0.
        stops[0] = (start as u32).wrapping_sub(1);
        Found {
            stops,
            count: 1,
            ends: Vec::with_capacity((end - start) / 64 + 16),
            quoted: false,
            doubled: false,
        }
    }

    /// Makes room for as many stops as a stripe may have.
    fn reserve(&mut self) {
        if self.stops.len() < self.count + STRIPE + BLOCK {
            self.stops.resize(2 * self.stops.len(), 0);
        }
    }

    /// Takes in the stops of a block.
    #[inline(always)]
    fn push(&mut self, base: usize, structure: Structure) {
        let Structure { stops, lines, doubled } = structure;
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
        if doubled != 0 || self.doubled {
            self.mark_doubled(stops, doubled);
        }
        self.count += stops.count_ones() as usize;
    }

    /// Marks the stops of the last block that are the first ones behind doubled quotes.
    #[inline(always)]
    fn mark_doubled(&mut self, stops: u64, doubled: u64) {
        if self.doubled && stops != 0 {
            self.stops[self.count] |= DOUBLED;
            self.doubled = false;
        }
        let mut rest = doubled;
        while rest != 0 {
            let before = stops & ((rest & rest.wrapping_neg()) - 1);
            let at = before.count_ones();
            self.doubled = at == stops.count_ones();
            if self.doubled {
                return;
            }
            self.stops[self.count + at as usize] |= DOUBLED;
            rest &= rest - 1;
        }
    }
}

/// The scan of a text; what it runs on is chosen by the processor that is there.
struct Scan<'a> {
    text: &'a [u8],
    start: usize,
    marks: Marks,
    found: Found,
    /// No text comes behind this.
    is_last: bool,
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
            is_last,
        } = self;
        let mut quotes = Quotes::default();
        for (number, stripe) in text[start..].chunks(STRIPE).enumerate() {
            let base = start + number * STRIPE;
            found.reserve();
            let blocks = stripe.chunks_exact(BLOCK);
            let rest = blocks.remainder();
            for (number, block) in blocks.enumerate() {
                let block = block.try_into().expect("it is as long");
                found.push(base + number * BLOCK, quotes.outside(block, marks, !0)?);
            }
            if !rest.is_empty() {
                let (block, live) = partial(rest);
                found.push(base + stripe.len() - rest.len(), quotes.outside(&block, marks, live)?);
            }
        }
        let last = found.ends.last().map_or(0, |&end| end as usize);
        if is_last && (quotes.inside != 0 || quotes.carriage != 0) {
            return None;
        }
        if is_last && behind(found.stops[last]) < text.len() {
            found.reserve();
            let end = Structure {
                stops: 1,
                lines: 1,
                doubled: 0,
            };
            found.push(text.len(), end);
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
    /// The first bit, if the byte before is a quote.
    quote: u64,
    seen: bool,
}

/// The structure of a block, a bit for each byte.
#[derive(Debug, Clone, Copy)]
struct Structure {
    /// The delimiters and line ends outside of quotes.
    stops: u64,
    /// The line ends among them.
    lines: u64,
    /// The quotes that follow quotes: doubled ones, and the second of two that quote nothing.
    doubled: u64,
}

impl Default for Quotes {
    fn default() -> Self {
        Quotes {
            inside: 0,
            may_open: 1,
            closed: 0,
            carriage: 0,
            quote: 0,
            seen: false,
        }
    }
}

impl Quotes {
    /// The structure of the next block; `None` if it is not regular. `live` are the bits of the bytes that are there.
    #[inline(always)]
    fn outside(&mut self, block: &[u8; BLOCK], marks: Marks, live: u64) -> Option<Structure> {
        let mut lines = equal(block, b'\n') & live;
        let mut stops = (equal(block, marks.delimiter) & live) | lines;
        let quotes = marks.quote.map_or(0, |quote| equal(block, quote) & live);
        let mut carriages = if marks.carriage { equal(block, b'\r') & live } else { 0 };
        let (mut odd, mut doubled) = (0, 0);
        if quotes | self.inside | self.closed != 0 {
            let inside = parity(quotes) ^ self.inside;
            (stops, lines, carriages) = (stops & !inside, lines & !inside, carriages & !inside);
            let (opening, closing) = (quotes & inside, quotes & !inside);
            odd |= opening & !(((stops | quotes) << 1) | self.may_open);
            odd |= ((closing << 1) | self.closed) & !(stops | quotes | carriages) & live;
            self.closed = closing >> 63;
            self.inside = ((inside as i64) >> 63) as u64;
            doubled = quotes & ((quotes << 1) | self.quote);
            self.quote = quotes >> 63;
            self.seen |= quotes != 0;
        }
        self.may_open = (stops | quotes) >> 63;
        if carriages | self.carriage != 0 {
            odd |= ((carriages << 1) | self.carriage) & !lines;
            self.carriage = carriages >> 63;
        }
        (odd == 0).then_some(Structure { stops, lines, doubled })
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
