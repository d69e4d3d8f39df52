//! Finds out where the columns of an aligned or drawn table stand, if some of its lines need that to be parted: those with
//! an empty cell between blanks, or with a `|` in a cell of a frame.

use std::ops::Range;
use std::sync::Arc;

use crate::text::cell::Cell;
use crate::text::dialect::{Delimiter, Dialect, Spacing};
use crate::text::places::columns_of;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;

/// How many lines an aligned table has at least that have all cells.
const FULL: usize = 3;

/// From how many columns on it is no chance that cells stand below each other in some lines.
const SEVERAL: usize = 3;

/// A line and its cells.
struct Parted<'a> {
    line: &'a [u8],
    cells: Vec<Cell>,
}

/// The places of the columns, if the delimiter has spacing, the other lines show them without a doubt, and all lines that
/// need them can be parted by them. `frame` is a line that draws the frame, if there is one.
pub(super) fn places(lines: &[&[u8]], frame: Option<&[u8]>, delimiter: Delimiter) -> Option<Arc<[Range<usize>]>> {
    if delimiter.is_exact() {
        return None;
    }
    let syntax = Syntax::new(&Dialect {
        delimiter,
        ..Dialect::default()
    });
    let all = all_parted(&syntax, lines);
    let places = match delimiter.spacing() {
        Spacing::Exact => None,
        Spacing::Runs => aligned(&syntax, &all, delimiter),
        Spacing::Padded | Spacing::Framed => drawn(&syntax, &all, frame?),
    };
    let places: Arc<[Range<usize>]> = places?.into();
    let syntax = Syntax::new(&Dialect {
        delimiter,
        places: Some(Arc::clone(&places)),
        ..Dialect::default()
    });
    let needs = |parted: &&Parted<'_>| match delimiter.spacing() {
        Spacing::Runs => parted.cells.len() < places.len(),
        _ => parted.cells.len() > places.len(),
    };
    let mut needing = all.iter().filter(needs).peekable();
    let is_needed = needing.peek().is_some();
    (is_needed && needing.all(|parted| syntax.placed(parted.line, 0, &parted.cells).is_some())).then_some(places)
}

/// The lines that are records of cells.
fn all_parted<'a>(syntax: &Syntax, lines: &[&'a [u8]]) -> Vec<Parted<'a>> {
    let parted = |line: &&'a [u8]| {
        let mut cells = Vec::new();
        let record = syntax.record(line, 0, usize::MAX, &mut cells)?;
        (record.kind == RecordKind::Cells).then_some(Parted { line, cells })
    };
    lines.iter().filter_map(parted).collect()
}

/// Whether all lines have as many cells, and those of one column do not reach into the place of another.
pub(super) fn are_in_columns(lines: &[&[u8]], delimiter: Delimiter) -> bool {
    let syntax = Syntax::new(&Dialect {
        delimiter,
        ..Dialect::default()
    });
    let all = all_parted(&syntax, lines);
    let width = all.first().map_or(0, |parted| parted.cells.len());
    let is_full = |parted: &&Parted<'_>| parted.cells.len() == width;
    let full: Vec<&Parted<'_>> = all.iter().filter(is_full).collect();
    width > 1 && full.len() == all.len() && full.len() >= FULL && shared_places(&syntax, &full).is_some()
}

/// Where the cells of lines stand that have as many, if those of one column do not reach into the place of another.
fn shared_places(syntax: &Syntax, full: &[&Parted<'_>]) -> Option<Vec<Range<usize>>> {
    let (first, rest) = full.split_first()?;
    let mut places: Vec<Range<usize>> = syntax.spans(first.line, 0, &first.cells)?;
    for parted in rest {
        let spans = syntax.spans(parted.line, 0, &parted.cells)?;
        for (place, span) in places.iter_mut().zip(spans) {
            *place = place.start.min(span.start)..place.end.max(span.end);
        }
    }
    let are_apart = places.windows(2).all(|pair| pair[0].end < pair[1].start);
    are_apart.then_some(places)
}

/// Where the columns of a table stand that blanks align. Some lines, most of those of two columns, have a cell in each, cells of one column do not reach into
/// the place of another, and in one of the other lines there is a hole: what only ends earlier may be prose.
fn aligned(syntax: &Syntax, all: &[Parted<'_>], delimiter: Delimiter) -> Option<Vec<Range<usize>>> {
    let width = all.iter().map(|parted| parted.cells.len()).max()?;
    let (full, others): (Vec<_>, Vec<_>) = all.iter().partition(|parted| parted.cells.len() == width);
    let are_wide = delimiter != Delimiter::WIDE_BLANKS || full.iter().all(|parted| is_wide(parted.line));
    let are_few = width < SEVERAL && full.len() <= others.len();
    if full.len() < FULL || are_few || !are_wide {
        return None;
    }
    let places = shared_places(syntax, &full)?;
    let has_hole = |parted: &&Parted<'_>| {
        let spans = syntax.spans(parted.line, 0, &parted.cells);
        let columns = spans.and_then(|spans| columns_of(&spans, &places));
        columns.is_some_and(|columns| columns.last().is_some_and(|last| *last >= columns.len()))
    };
    others.iter().any(has_hole).then_some(places)
}

/// Where the columns of a frame are, if the sign between cells stands where the frame says on all lines that have as many.
fn drawn(syntax: &Syntax, all: &[Parted<'_>], frame: &[u8]) -> Option<Vec<Range<usize>>> {
    let is_bar = |byte: &u8| b"+|".contains(byte);
    let bars = frame
        .iter()
        .enumerate()
        .filter(|(_, byte)| is_bar(byte))
        .map(|(at, _)| at);
    let (mut places, mut start) = (Vec::new(), 0);
    for bar in bars.chain([frame.len()]) {
        if !frame[start..bar].trim_ascii().is_empty() {
            places.push(start..bar);
        }
        start = bar + 1;
    }
    let expected: Vec<usize> = places.split_last()?.1.iter().map(|place| place.end).collect();
    // The first line loses its blank where a table is copied from a terminal.
    let full = all.iter().skip(1);
    let mut full = full.filter(|parted| parted.cells.len() == places.len()).peekable();
    let is_drawn = |parted: &Parted<'_>| syntax.bars(parted.line, 0, &parted.cells).as_ref() == Some(&expected);
    (places.len() > 1 && full.peek().is_some() && full.all(is_drawn)).then_some(places)
}

/// Whether a run of two blanks or more stands in a line, not only behind the end of a sentence.
pub(super) fn is_wide(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    memchr::memmem::find_iter(text, b"  ").any(|at| at > 0 && !b".!?:;".contains(&text[at - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_columns() {
        let cases: [(&[&str], bool); 5] = [
            (&["ab  c   d", "a   bc  d", "a    b  d"], true),
            (&["ab  c   d", "a   bc  d"], false),
            (&["ab  c   d", "abcdef  bc  d", "a    b  d"], false),
            (&["ab  c   d", "a   bc", "a    b  d"], false),
            (&["a", "b", "c"], false),
        ];
        for (lines, expected) in cases {
            let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            assert_eq!(are_in_columns(&bytes, Delimiter::WIDE_BLANKS), expected, "{lines:?}");
        }
    }

    #[test]
    fn places_of_columns() {
        let (wide, blanks) = (Delimiter::WIDE_BLANKS, Delimiter::BLANKS);
        let (padded, framed) = (Delimiter::PADDED_PIPE, Delimiter::FRAMED_PIPE);
        let drawn = Some(&b"---+---"[..]);
        /// The delimiter, a line of the frame, the lines, and the places.
        type Case<'a> = (Delimiter, Option<&'a [u8]>, &'a [&'a str], &'a [Range<usize>]);
        let cases: [Case<'_>; 18] = [
            (
                wide,
                None,
                &["ab   c  d", "a    b  c", "abc     e", "a    b  d"],
                &[0..2, 5..6, 8..9],
            ),
            (
                blanks,
                None,
                &["ab c d", "a  b c", "ab   e", "a  b d"],
                &[0..2, 3..4, 5..6],
            ),
            (wide, None, &["ab   c", "     d", "a    e", "ab   f"], &[0..2, 5..6]),
            (padded, drawn, &[" a | b", " x | y|z", " u | "], &[0..3, 4..7]),
            (padded, drawn, &["a | b", " x | y|z", " u | "], &[0..3, 4..7]),
            (
                framed,
                Some(b"+---+--+"),
                &["| a |b |", "| xx|y |", "| x||y |"],
                &[1..4, 5..7],
            ),
            // All have all cells, or only the last ones are missing.
            (wide, None, &["ab   c  d", "a    b  c", "a    b  d"], &[]),
            (wide, None, &["ab   c  d", "a    b  c", "a    b  d", "abc  e"], &[]),
            (blanks, None, &["a cat", "a dog", "an ox", "ants"], &[]),
            (padded, drawn, &[" a | b", " x | y", " u | v"], &[]),
            // Too few have all cells, or they are not aligned.
            (wide, None, &["ab   c  d", "a    b  c", "abc     e"], &[]),
            (
                wide,
                None,
                &["ab   c", "     d", "a    e", "     f", "ab   f", "     g"],
                &[],
            ),
            (
                wide,
                None,
                &["ab   c  d", "abcdef    b  c", "a    b  d", "a       e"],
                &[],
            ),
            (
                wide,
                None,
                &[
                    "It is.  And so  on.",
                    "It was.  So it went.",
                    "Is it?  Yes it is.",
                    "           But no.",
                ],
                &[],
            ),
            (
                wide,
                None,
                &["ab   c  d", "a    b  c", "a    b  d", "a   bcd e   f"],
                &[],
            ),
            // The frame says something else.
            (padded, Some(b"--+---"), &[" a | b", " x | y|z", " u | "], &[]),
            (padded, None, &[" a | b", " x | y|z", " u | "], &[]),
            (padded, drawn, &[" a | b", " x y|y|z", " u | "], &[]),
        ];
        for (delimiter, frame, lines, expected) in cases {
            let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
            let found = places(&bytes, frame, delimiter);
            assert_eq!(found.as_deref().unwrap_or_default(), expected, "{lines:?}");
        }
    }
}
