//! Titles and notes in front of a table that are as wide as it, or that begin where it seems to.

use crate::table::draft::{Beginning, Detector, Draft};
use crate::table::labels::is_value;
use crate::table::layout::Layout;
use crate::table::overrides::HeaderMode;
use crate::table::shape::Shape;
use crate::text::record::RecordKind;
use crate::value::words;

/// The most records in front of a header that are as wide as it.
const MOST: usize = 8;

/// Lets the table begin behind titles, if there is a header.
pub(super) struct Titles;

impl Detector for Titles {
    fn look_around(&self, draft: &mut Draft<'_>) {
        if draft.has_given_start() || draft.excerpt.overrides.header != HeaderMode::Detect {
            return;
        }
        // What a header that comes again with a name more stands behind are rows.
        let behind = behind_titles(&draft.shapes, &draft.layout);
        if let Some(behind) = behind.filter(|&behind| draft.same_header_before(behind).is_none()) {
            let beginning = draft.beginning_at(behind);
            if draft.has_header(&beginning) {
                draft.beginning = beginning;
            }
        }
        if let Some(beginning) = behind_wide_titles(draft) {
            draft.layout = draft.layout.among(&draft.shapes[beginning.first..]);
            draft.beginning = draft.beginning_at(beginning.first);
        }
    }
}

/// The beginning behind records that seem to be of the table and are titles: what is behind them is a header for sure, and
/// each of them has nothing but its first cell, is a pair above a table of four columns or more, or has a value among words where
/// its header would be.
fn behind_wide_titles(draft: &Draft<'_>) -> Option<Beginning> {
    let first = draft.beginning.first;
    let mut titles: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut is_apart = false;
    for at in first..draft.shapes.len().min(first + MOST + 1) {
        let shape = &draft.shapes[at];
        if shape.kind != RecordKind::Cells || shape.filled == 0 {
            is_apart = true;
            continue;
        }
        let cells = draft.cells(shape);
        if draft.layout.width < 2
            || shape.cells < draft.usual_cells().min(draft.beginning.head.widest()) && !is_pair(shape)
        {
            return None;
        }
        if at > first {
            let beginning = draft.beginning_at(at);
            let is_narrow = |title: &[Vec<u8>]| title.len() < 3 && draft.layout.width > 3 && titles.len() > 1;
            let is_title =
                |title: &Vec<Vec<u8>>| is_alone(title) || is_narrow(title) || beginning.head.contradicts(title);
            let are_alone = !is_alone(&cells) && titles.iter().all(|title| is_alone(title));
            let is_named = beginning.head.is_sure() || (are_alone && (is_apart || beginning.head.depth() > 1));
            if is_named && draft.has_header(&beginning) && titles.iter().all(is_title) {
                return Some(beginning);
            }
        }
        let is_pair = is_pair(shape) && draft.layout.width > 3;
        if !is_alone(&cells) && !is_pair && (draft.names_columns(&cells) || !cells.iter().any(|cell| is_value(cell))) {
            return None;
        }
        titles.push(cells);
    }
    None
}

/// Whether a record is a name and a value, and has no more cells.
fn is_pair(shape: &Shape) -> bool {
    shape.cells == 2
}

/// Whether only the first cell of several has something in it.
fn is_alone(cells: &[Vec<u8>]) -> bool {
    let is_filled = |cell: &Vec<u8>| !words::trim(cell).is_empty();
    cells.len() > 1 && is_filled(&cells[0]) && !cells[1..].iter().any(is_filled)
}

/// The first record with as many values as any, if what comes before it in the layout is nothing but titles: of one
/// cell each, or narrower than the table with a blank line behind, or at least two of a name and a value.
fn behind_titles(shapes: &[Shape], layout: &Layout) -> Option<usize> {
    let is_full = |shape: &&Shape| shape.kind == RecordKind::Cells && shape.cells == layout.width;
    let widest = shapes.iter().filter(is_full).map(|shape| shape.filled).max()?;
    let is_filled = |shape: &Shape| is_full(&shape) && shape.filled == widest;
    let behind = layout.first + shapes[layout.first..].iter().position(is_filled)?;
    let before = &shapes[layout.first..behind];
    let records = || before.iter().filter(|shape| shape.kind == RecordKind::Cells);
    let padded = records().all(|shape| shape.filled <= 1);
    let narrow = records().all(|shape| shape.cells < layout.width);
    let apart = before.last().is_some_and(|shape| shape.kind == RecordKind::Blank);
    let paired = records().count() > 1 && records().all(|shape| shape.filled <= 2);
    let rows = shapes[behind..].iter().filter(is_full).count();
    let few = padded && records().count() < rows;
    let are_titles = !before.is_empty() && rows > 1 && (few || (narrow && apart) || paired);
    (layout.width > 2 && are_titles).then_some(behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::shape::shapes;
    use crate::text::dialect::Dialect;
    use crate::text::syntax::Syntax;

    #[test]
    fn what_comes_before_the_first_full_record() {
        let cases = [
            ("title,,\nid,n,m\n1,2,3\n4,5,6\n", Some(1)),
            ("by,me\n\nid,n,m\n1,2,3\n4,5,6\n", Some(2)),
            ("by,me\non,1\nid,n,m\n1,2,3\n4,5,6\n", Some(2)),
            ("by,me,\non,1,\n,,\nid,n,m\n1,2,3\n4,5,6\n", Some(3)),
            ("by,me\nid,n,m\n1,2,3\n4,5,6\n", None),
            ("a,b,c\n1,2,3\n4,5,6\n", None),
            ("by,me\non,1\nid,n\n1,2\n", None),
        ];
        for (text, expected) in cases {
            let shapes = shapes(&Syntax::new(&Dialect::default()), text.as_bytes(), true, 100, |_, _| ());
            let layout = Layout {
                first: 0,
                ..Layout::of(&shapes)
            };
            assert_eq!(behind_titles(&shapes, &layout), expected, "{text:?}");
        }
    }
}
