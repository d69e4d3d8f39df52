//! Lines behind a table that are none of it: totals, sources, notes.
//!
//! In a table whose first column is text such a line could be a short row, and one with further cells a row. Only the end of
//! the file can tell, and only if all else speaks for it: then the dialect says so, and a record is a note wherever it
//! stands, however the file is cut.

use crate::column::evidence::Evidence;
use crate::finding::Finding;
use crate::table::draft::{Detector, Draft, Excerpt};
use crate::table::shape::{MOST_RECORDS, Shape, shapes};
use crate::text::cell;
use crate::text::dialect::{Dialect, Notes};
use crate::text::notes::is_note;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;
use crate::value::kind::ColumnType;

/// The most notes at the end of a file.
const MOST: usize = 10;
/// The least records of the table, its header among them, that must all be as wide as it.
const FEWEST_FULL: usize = 3;
/// How much text at the end of a part is looked at first.
const TAIL: usize = 4 << 10;

/// Finds out whether the file ends with notes.
pub(super) struct NotesBehind;

impl Detector for NotesBehind {
    fn look_behind(&self, draft: &mut Draft<'_>) {
        let Excerpt {
            text, complete, blocks, ..
        } = draft.excerpt;
        let table = Syntax::new(&draft.dialect).lead(text, true).table;
        draft.dialect.notes = end(&draft.dialect, draft.columns.len(), &text[table..], complete, blocks);
    }

    fn tell_behind(&self, draft: &Draft<'_>) -> Option<Finding> {
        let notes = draft.dialect.notes;
        (notes != Notes::None).then_some(Finding::NotesBehind(notes))
    }
}

/// With which notes a file of this dialect and width ends: `head` begins with its table and is all of it if it is
/// `complete`, the `blocks` are whole lines from elsewhere.
fn end(dialect: &Dialect, width: usize, head: &[u8], complete: bool, blocks: &[Vec<u8>]) -> Notes {
    let mut parts = blocks.iter().map(Vec::as_slice).chain(complete.then_some(head));
    if width < 2 || !parts.any(|part| may_end(dialect, part)) {
        return Notes::None;
    }
    let kinds = [Notes::Leading, Notes::Alone].into_iter();
    let mut found = kinds.filter(|&notes| {
        let dialect = Dialect {
            notes,
            preamble_lines: 0,
            ..dialect.clone()
        };
        ends_with_notes(&dialect, width, head, complete, blocks)
    });
    found.next().unwrap_or_default()
}

/// Whether a file of this dialect, which has notes, ends with some.
fn ends_with_notes(dialect: &Dialect, width: usize, head: &[u8], complete: bool, blocks: &[Vec<u8>]) -> bool {
    let parts = blocks.iter().map(Vec::as_slice).chain(complete.then_some(head));
    let syntax = Syntax::new(dialect);
    let read = |text: &[u8]| shapes(&syntax, text, true, MOST_RECORDS, |_, _| ());
    let table = read(head);
    let (rows, behind) = parted(&table);
    let full = rows.iter().filter(is_record).count();
    // If the first column has a type, `Total` is no value of it, and short rows are no reason for doubt.
    let is_leading = dialect.notes == Notes::Leading;
    let are_rows = |shapes: &[Shape]| is_full(shapes, width, is_leading);
    let is_whole = full >= FEWEST_FULL && are_rows(rows) && (complete || are_rows(behind));
    let ended = |part: &[u8]| {
        let shapes = read(part);
        let (rows, behind) = parted(&shapes);
        let notes = behind.iter().filter(|shape| shape.kind == RecordKind::Note).count();
        (1..=MOST).contains(&notes) && are_rows(rows)
    };
    is_whole && (!is_leading || begins_with_values(&syntax, head, rows)) && parts.into_iter().any(ended)
}

fn is_record(shape: &&Shape) -> bool {
    matches!(shape.kind, RecordKind::Cells | RecordKind::Header)
}

/// Whether the first cells of the rows behind the header are of a type.
fn begins_with_values(syntax: &Syntax, text: &[u8], rows: &[Shape]) -> bool {
    let (mut column, mut cells, mut scratch) = (Evidence::NONE, Vec::new(), Vec::new());
    let records = rows.iter().filter(is_record).skip(syntax.header_rows);
    for shape in records.filter(|shape| shape.kind == RecordKind::Cells) {
        cells.clear();
        syntax.record(text, shape.start, 1, &mut cells);
        let first = cells.first();
        first
            .into_iter()
            .for_each(|&cell| column.observe(cell::text(text, cell, &mut scratch), false));
    }
    column.kind() != ColumnType::Utf8
}

/// Whether one of the last lines of a part begins like a note.
fn may_end(dialect: &Dialect, part: &[u8]) -> bool {
    let tail = &part[part.len().saturating_sub(TAIL)..];
    let mut lines = tail
        .rsplit(|byte| matches!(byte, b'\n' | b'\r'))
        .filter(|line| !line.is_empty());
    lines.by_ref().take(MOST).any(|line| is_note(line, dialect.quote))
}

/// The records up to the notes at the end, and these.
fn parted(shapes: &[Shape]) -> (&[Shape], &[Shape]) {
    let is_gap = |shape: &Shape| shape.kind == RecordKind::Cells && shape.filled == 0;
    let is_behind = |shape: &Shape| matches!(shape.kind, RecordKind::Note | RecordKind::Blank) || is_gap(shape);
    let rows = shapes
        .iter()
        .rposition(|shape| !is_behind(shape))
        .map_or(0, |last| last + 1);
    shapes.split_at(rows)
}

/// Whether all records are as wide as the table, or narrower if they may be `ragged`; comments and blank lines aside.
fn is_full(shapes: &[Shape], width: usize, ragged: bool) -> bool {
    let is_full = |shape: &Shape| match shape.kind {
        RecordKind::Cells if shape.cells > width => shape.filled <= width,
        RecordKind::Cells => shape.cells == width || shape.filled == 0 || (ragged && shape.cells < width),
        RecordKind::Blank | RecordKind::Comment | RecordKind::Header => true,
        RecordKind::Broken { .. } | RecordKind::Unclear | RecordKind::Note => false,
    };
    shapes.iter().all(is_full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_table_that_is_whole_tells() {
        use Notes::{Alone, Leading, None};
        let cases = [
            ("name,city\nx,y\nz,w\nTotal: 2 rows\n", Alone),
            ("name,city\nx,y\nz,w\n\nTotal: 2 rows\n\nSource: x\n\n", Alone),
            ("name,city\nx,y\nz,w\nTotal,\n", None),
            ("a,b,c\nx,y,z\nz,w,z\nTotal,,\n", Alone),
            ("day,n,m\n2024-01-01,1,1\n2024-01-02,2\nTotal,3,1\n", Leading),
            ("name,city\nx,y\nz,w\nTotal,2\n", None),
            ("name,city\nx,y\nTotal\nz,w\n", None),
            ("name,city\nx,y\nTotal\nz,w\nTotal\n", None),
            ("name,city\nx,y\nz\nTotal\n", None),
            ("name,city\nx,y\nTotal\n", None),
            ("name,city\nx,y\nz,w\nTotal\n* one\n* two\n(2 rows)\n", Alone),
            ("name\nx\ny\nTotal\n", None),
            (
                "day,n\n2024-01-01,1\n2024-01-02,2\nTotal,3\nSource: me, you, all\n",
                Leading,
            ),
            ("day,n\n2024-01-01,1\n2024-01-02,2\n\nTotal\n", Leading),
            ("day,n\n2024-01-01,1\nTotal,1\n2024-01-02,2\nTotal,3\n", None),
            ("day,n\n2024-01-01,1\nsoon,2\nTotal,3\n", None),
        ];
        for (text, expected) in cases {
            let width = text.lines().next().map_or(0, |line| line.split(',').count());
            let dialect = Dialect::default();
            let found =
                |head: &str, complete, blocks: &[Vec<u8>]| end(&dialect, width, head.as_bytes(), complete, blocks);
            assert_eq!(found(text, true, &[]), expected, "{text:?}");
            assert_eq!(found(text, false, &[]), None, "{text:?}");
        }
        let blocks = [b"\nu,v\nTotal\n".to_vec()];
        let found = |head: &[u8], blocks: &[Vec<u8>]| end(&Dialect::default(), 2, head, false, blocks);
        assert_eq!(found(b"a,b\nx,y\nz,w\n", &blocks), Alone);
        assert_eq!(found(b"a,b\nx,y\nz\n", &blocks), None);
        assert_eq!(found(b"a,b\n1,y\n2,w\n", &[b"\n3,v\nTotal,x\n".to_vec()]), Leading);
    }
}
