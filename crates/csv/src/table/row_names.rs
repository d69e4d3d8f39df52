//! Rows that have names of their own in front, for which the header has no cell: as R writes tables.

use std::collections::HashSet;

use crate::finding::Finding;
use crate::table::draft::{Beginning, Detector, Draft};
use crate::table::labels::is_value;
use crate::table::shape::Shape;
use crate::text::cell;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;
use crate::value::numbers;

/// Finds names of rows, and the header over them.
pub(super) struct RowNames;

impl RowNames {
    /// Whether a table that begins so has them.
    fn are_in(draft: &Draft<'_>, beginning: &Beginning) -> bool {
        has_row_names(&draft.syntax, draft.body(), &beginning.own[..beginning.once])
    }
}

impl Detector for RowNames {
    fn look_around(&self, draft: &mut Draft<'_>) {
        // One that names a single column may be a title, if no row has a name.
        if let Some(beginning) = draft.header_in_front()
            && Self::are_in(draft, &beginning)
        {
            draft.beginning = beginning;
        }
        draft.row_names = Self::are_in(draft, &draft.beginning);
    }

    fn tell_around(&self, draft: &Draft<'_>) -> Vec<Finding> {
        let told = draft.names_rows().then_some(Finding::RowNames);
        told.into_iter().collect()
    }
}

/// Whether `shapes`, of which the first is the header, are of a table with names of rows: all records have one cell more
/// than the header, and their first cells are all different, and words or, in quotes, the numbers from 1 on.
///
/// Any other header of too few cells leaves it open which column it does not name.
fn has_row_names(syntax: &Syntax, text: &[u8], shapes: &[Shape]) -> bool {
    let mut records = shapes.iter().filter(|shape| shape.kind != RecordKind::Blank);
    let Some(header) = records.next() else { return false };
    let is_wider = |shape: &Shape| shape.kind == RecordKind::Cells && shape.cells == header.cells + 1;
    let rows: Vec<&Shape> = records.collect();
    if header.filled != header.cells || rows.len() < 2 || !rows.iter().all(|shape| is_wider(shape)) {
        return false;
    }
    // `1,2,` under `a,b` ends with a delimiter, and has no name in front.
    if rows.iter().filter(|shape| shape.filled == shape.cells).count() * 2 <= rows.len() {
        return false;
    }
    let (mut cells, mut scratch) = (Vec::new(), Vec::new());
    let mut first = |shape: &Shape| {
        cells.clear();
        syntax.record(text, shape.start, 1, &mut cells);
        let cell = cells.first().copied();
        cell.map_or_else(Vec::new, |cell| cell::text(text, cell, &mut scratch).to_vec())
    };
    let is_quoted = |shape: &&Shape| syntax.quote.is_some() && text.get(shape.start).copied() == syntax.quote;
    let are_quoted = rows.iter().all(is_quoted);
    let names: Vec<Vec<u8>> = rows.into_iter().map(&mut first).collect();
    let are_words = names.iter().all(|name| !name.is_empty() && !is_value(name));
    let are_numbered = are_quoted
        && (1..)
            .zip(&names)
            .all(|(number, name)| numbers::parse_int64(name) == Some(number));
    let different: HashSet<&Vec<u8>> = names.iter().collect();
    different.len() == names.len() && (are_words || are_numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::shape::shapes;
    use crate::text::dialect::Dialect;

    #[test]
    fn what_stands_in_front_of_rows() {
        let cases = [
            ("mpg,cyl\nMazda,21,6\nFiat,32,4\n", true),
            ("mpg,cyl\n\"1\",21,6\n\"2\",32,4\n", true),
            ("id,name\n1,x,6\n2,y,4\n", false),
            ("x\n\"1\",21\n\"2\",32\n", true),
            ("mpg,cyl\n1,21,6\n1,32,4\n", false),
            ("mpg,cyl\n7,21,6\n9,32,4\n", false),
            ("mpg,cyl\nMazda,21,6\nMazda,32,4\n", false),
            ("mpg,cyl\nMazda,21,6\nFiat,32\n", false),
            ("mpg,cyl,x\nMazda,21,6\nFiat,32,4\n", false),
            ("mpg,cyl\nMazda,21,6\n", false),
            ("mpg,cyl\nMazda,21,\nFiat,32,\n", false),
            ("mpg,\nMazda,21,6\nFiat,32,4\n", false),
        ];
        for (text, expected) in cases {
            let syntax = Syntax::new(&Dialect::default());
            let shapes = shapes(&syntax, text.as_bytes(), true, 100, |_, _| ());
            assert_eq!(has_row_names(&syntax, text.as_bytes(), &shapes), expected, "{text:?}");
        }
    }
}
