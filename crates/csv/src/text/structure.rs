//! Finds the bytes that end cells and records in regular text, 64 of them at a time.
//!
//! Regular is text in which every quote is where a careful writer puts it: at the start of a cell, at its end, or doubled
//! within, every CR outside of quotes is in front of an LF, and there is neither an escape nor a comment byte. Then the quotes before a byte tell by their number whether
//! it is quoted, and no byte has to be looked at alone.

use memchr::memchr;
use pulp::{Arch, Simd, WithSimd};
use wide::u8x16;

use crate::text::syntax::Syntax;

/// How many bytes are looked at together: as many as a mask has bits.
pub(crate) const BLOCK: usize = 64;
/// How many bytes are indexed before it is looked again whether there is room for what ends in them.
const STRIPE: usize = 16 * BLOCK;

/// The bit of a stop that says that the cell in front of it may have doubled quotes in it. The others are its offset.
pub(crate) const DOUBLED: u32 = 1 << 31;

/// The offset of a stop.
#[inline]
pub(crate) fn offset(stop: u32) -> usize {
    (stop & !DOUBLED) as usize
}

/// The offset behind a stop.
#[inline]
pub(crate) fn behind(stop: u32) -> usize {
    offset(stop.wrapping_add(1))
}

/// The bytes that end cells and records or keep them from ending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpecialBytes {
    delimiter: u8,
    quote: Option<u8>,
    /// There are CRs.
    carriage: bool,
}

impl SpecialBytes {
    /// Those of a text; `None` if it cannot be regular.
    pub(crate) fn of(syntax: &Syntax, text: &[u8]) -> Option<Self> {
        let delimiter = syntax.delimiter.single().filter(u8::is_ascii)?;
        let may_quote = |quote: u8| quote.is_ascii() && quote != b' ' && quote != b'\t';
        // Quotes in comments and escaped quotes would have to be told from others one by one.
        let mut others = syntax.escape.into_iter().chain(syntax.comment);
        let mut escapes = || others.any(|byte| memchr(byte, text).is_some());
        (syntax.quote.is_none_or(may_quote) && !escapes()).then(|| SpecialBytes {
            delimiter,
            quote: syntax.quote,
            carriage: memchr(b'\r', text).is_some(),
        })
    }
}

/// Where the last record ends that ends in `text`, from `start` on, where a record starts. `None` if there is none, or if
/// the text, which may end anywhere, is not regular.
pub(crate) fn last_end(syntax: &Syntax, text: &[u8], start: usize) -> Option<usize> {
    let special = SpecialBytes::of(syntax, &text[start..])?;
    Arch::new().dispatch(LastEnd { text, start, special })
}

/// The scan for the last end of a record.
struct LastEnd<'a> {
    text: &'a [u8],
    start: usize,
    special: SpecialBytes,
}

impl WithSimd for LastEnd<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<usize> {
        let (mut quotes, mut last) = (Quotes::default(), None);
        let mut take = |base: usize, block: &[u8; BLOCK], live: u64| {
            let structure = quotes.outside(block, self.special, live)?;
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
pub(crate) struct Scanned {
    /// The offsets of the delimiters and line ends outside of quotes, with [`DOUBLED`]; in front of them one for the start of
    /// the text.
    pub(crate) stops: Vec<u32>,
    /// How many of the stops are found, not room for more.
    count: usize,
    pub(crate) ends: Vec<u32>,
    /// How many of the ends are found.
    records: usize,
    pub(crate) quoted: bool,
    /// There are line ends in quotes.
    pub(crate) broken: bool,
    /// Behind the last stop are doubled quotes.
    doubled: bool,
}

impl Scanned {
    /// What is in `text` from `start` on, which is its last part if it `is_last`; `None` if that is not regular.
    pub(crate) fn of(text: &[u8], start: usize, special: SpecialBytes, is_last: bool) -> Option<Self> {
        let found = Scanned::new(start, text.len());
        let scan = Scan {
            text,
            start,
            special,
            found,
            is_last,
        };
        Arch::new().dispatch(scan)
    }

    fn new(start: usize, end: usize) -> Self {
        let mut stops = vec![0; (end - start) / 8 + 2 * STRIPE];
        // For a text that starts at 0 this wraps around to the largest number, which `behind` makes 0 again.
        stops[0] = (start as u32).wrapping_sub(1);
        Scanned {
            stops,
            count: 1,
            ends: vec![0; (end - start) / 64 + 2 * STRIPE],
            records: 0,
            quoted: false,
            broken: false,
            doubled: false,
        }
    }

    /// Makes room for as many stops as a stripe may have.
    fn reserve(&mut self) {
        if self.stops.len() < self.count + STRIPE + BLOCK {
            self.stops.resize(2 * self.stops.len(), 0);
        }
        if self.ends.len() < self.records + STRIPE + BLOCK {
            self.ends.resize(2 * self.ends.len(), 0);
        }
    }

    /// Takes in the stops of a block.
    #[inline(always)]
    fn push(&mut self, base: usize, structure: Structure) {
        let Structure { stops, lines, doubled } = structure;
        let (mut line, mut records) = (lines, self.records);
        while line != 0 {
            let below = stops & ((line & line.wrapping_neg()) - 1);
            self.ends[records] = self.count as u32 + below.count_ones();
            records += 1;
            line &= line - 1;
        }
        self.records = records;
        let room: &mut [u32; BLOCK] = (&mut self.stops[self.count..self.count + BLOCK])
            .try_into()
            .expect("it is as long");
        let (base, mut rest) = (base as u32, stops);
        // Eight at a time, even if fewer are left: what is too much is written over by the next block.
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
    special: SpecialBytes,
    found: Scanned,
    /// No text comes behind this.
    is_last: bool,
}

impl WithSimd for Scan<'_> {
    type Output = Option<Scanned>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Option<Scanned> {
        let Scan {
            text,
            start,
            special,
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
                found.push(base + number * BLOCK, quotes.outside(block, special, !0)?);
            }
            if !rest.is_empty() {
                let (block, live) = partial(rest);
                found.push(base + stripe.len() - rest.len(), quotes.outside(&block, special, live)?);
            }
        }
        let last = found.records.checked_sub(1).map_or(0, |last| found.ends[last] as usize);
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
        found.broken = quotes.broken != 0;
        found.stops.truncate(found.count);
        found.ends.truncate(found.records);
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
    /// Any bit, if there are line ends within quotes.
    broken: u64,
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
            broken: 0,
        }
    }
}

impl Quotes {
    /// The structure of the next block; `None` if it is not regular. `live` are the bits of the bytes that are there.
    #[inline(always)]
    fn outside(&mut self, block: &[u8; BLOCK], special: SpecialBytes, live: u64) -> Option<Structure> {
        let mut lines = equal(block, b'\n') & live;
        let mut stops = (equal(block, special.delimiter) & live) | lines;
        let quotes = special.quote.map_or(0, |quote| equal(block, quote) & live);
        let mut carriages = if special.carriage {
            equal(block, b'\r') & live
        } else {
            0
        };
        let (mut odd, mut doubled) = (0, 0);
        if quotes | self.inside | self.closed != 0 {
            let inside = parity(quotes) ^ self.inside;
            self.broken |= (lines | carriages) & inside;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::dialect::Dialect;

    fn found(text: &str, is_last: bool) -> Option<(Vec<usize>, Vec<usize>)> {
        let syntax = Syntax::new(&Dialect::default());
        let special = SpecialBytes::of(&syntax, text.as_bytes())?;
        let Scanned { stops, ends, .. } = Scanned::of(text.as_bytes(), 0, special, is_last)?;
        let ends = ends.iter().map(|&end| offset(stops[end as usize])).collect();
        Some((stops[1..].iter().map(|&stop| offset(stop)).collect(), ends))
    }

    /// A text, and where its cells and records end if it is regular.
    type Case<'a> = (&'a str, Option<(&'a [usize], &'a [usize])>);

    #[test]
    fn regular_text_and_other() {
        let cases: [Case<'_>; 19] = [
            ("a,b\nc", Some((&[1, 3, 5], &[3, 5]))),
            ("a,b\r\nc,\r\n", Some((&[1, 4, 6, 8], &[4, 8]))),
            ("\n\n", Some((&[0, 1], &[0, 1]))),
            ("\"a,\nb\",c\n", Some((&[6, 8], &[8]))),
            ("\"a\"\"b\",\"\"\n", Some((&[6, 9], &[9]))),
            ("\"\"\"\",\"a\rb\"\n", Some((&[4, 10], &[10]))),
            ("a,\"b\"", Some((&[1, 5], &[5]))),
            ("a\"b,c\n", None),
            ("a,\"b\"c\n", None),
            ("a, \"b\"\n", None),
            ("a,\"b\" \n", None),
            ("a,\"\"b\n", None),
            ("a\rb\n", None),
            ("a\n\r", None),
            ("a,\"b\n", None),
            ("\"", None),
            ("a,\"b\"\r\n", Some((&[1, 6], &[6]))),
            ("\"a\r\n\"\n", Some((&[5], &[5]))),
            ("\"a\"\r", None),
        ];
        // At each place within a block and over its border.
        for pad in [0, 30, 57, 58, 59, 60, 61, 62, 63, 64, 1020, 1023] {
            for (text, expected) in cases {
                let padding = "x".repeat(pad) + "\n";
                let shifted = |places: &[usize]| {
                    let own = places.iter().map(|place| place + pad + 1);
                    std::iter::once(pad).chain(own).collect::<Vec<usize>>()
                };
                let expected = expected.map(|(stops, ends)| (shifted(stops), shifted(ends)));
                assert_eq!(found(&(padding + text), true), expected, "{text:?} behind {pad}");
            }
        }
    }

    #[test]
    fn text_that_goes_on() {
        assert_eq!(found("a,b\nc,\"d\n", false), Some((vec![1, 3, 5], vec![3])));
        assert_eq!(found("a\n\r", false), None);
        let syntax = Syntax::new(&Dialect::default());
        let cases = [
            ("a\nb\nc", Some(4)),
            ("a\n\"b\nc", Some(2)),
            ("a", None),
            ("", None),
            ("a\"\n", None),
            ("\"a\n\"\nb", Some(5)),
        ];
        for (text, expected) in cases {
            assert_eq!(last_end(&syntax, text.as_bytes(), 0), expected, "{text:?}");
        }
    }

    #[test]
    fn dialects_without_structure() {
        let dialect = |delimiter: &str| Dialect {
            delimiter: crate::Delimiter::new(delimiter.as_bytes()).unwrap(),
            ..Dialect::default()
        };
        let escaping = Dialect {
            escape: Some(b'\\'),
            ..Dialect::default()
        };
        let cases = [
            (dialect(","), true),
            (dialect("\t"), true),
            (dialect("||"), false),
            (
                Dialect {
                    quote: Some(b' '),
                    ..dialect(",")
                },
                false,
            ),
            (
                Dialect {
                    quote: None,
                    ..dialect(",")
                },
                true,
            ),
            (escaping, false),
        ];
        for (dialect, expected) in cases {
            let special = SpecialBytes::of(&Syntax::new(&dialect), b"a\\b\n");
            assert_eq!(special.is_some(), expected, "{dialect}");
        }
        let commenting = Syntax::new(&Dialect {
            comment: Some(b'#'),
            ..Dialect::default()
        });
        assert!(SpecialBytes::of(&commenting, b"a,b\n").is_some());
        assert!(
            SpecialBytes::of(&commenting, b"#a,\"\n1,2\n\",3\n").is_none(),
            "a quote in a comment is none"
        );
    }
}
