//! Titles and notes in front of a table that are as wide as it, or that begin where it seems to.

use crate::table::draft::{Detector, Draft};
use crate::table::layout::Layout;
use crate::table::overrides::HeaderMode;
use crate::table::shape::Shape;
use crate::text::record::RecordKind;

/// Lets the table begin behind titles, if there is a header.
pub(super) struct Titles;

impl Detector for Titles {
    fn look_around(&self, draft: &mut Draft<'_>) {
        if draft.has_given_start() || draft.excerpt.overrides.header != HeaderMode::Detect {
            return;
        }
        if let Some(behind) = behind_titles(&draft.shapes, &draft.layout) {
            let beginning = draft.beginning_at(behind);
            if draft.has_header(&beginning) {
                draft.beginning = beginning;
            }
        }
    }
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
