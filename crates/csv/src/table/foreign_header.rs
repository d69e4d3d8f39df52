//! A header that is parted by another sign than the numbers below it: `id;n` above `1,200` and `3,4`.
//!
//! By themselves the numbers may be one each, with a decimal comma. The header says how many there are, and that its own sign
//! parts none of them.

use crate::table::labels::is_value;
use crate::table::layout::Layout;
use crate::table::shape::Shape;
use crate::text::lines::line_end;
use crate::text::record::RecordKind;
use crate::value::words;

/// The signs that part a header. Blanks and colons are in names too.
const SIGNS: &[u8] = b";\t|";

/// Whether the only record in front of a table of numbers is such a header, and parts in as many words as the records behind
/// it, which are all alike, have cells. `delimiter` parts these.
pub(super) fn has_foreign_header(text: &[u8], shapes: &[Shape], layout: &Layout, delimiter: u8) -> bool {
    let is_record = |shape: &&Shape| shape.kind == RecordKind::Cells;
    let mut before = shapes[..layout.first].iter().filter(is_record);
    let (Some(header), None) = (before.next(), before.next()) else {
        return false;
    };
    let mut rows = shapes[layout.first..].iter().filter(is_record);
    if layout.width < 2 || layout.full < 2 || !rows.all(|shape| shape.cells == layout.width) {
        return false;
    }
    let (end, next) = line_end(text, header.start);
    let (header, body) = (&text[header.start..end], &text[next..]);
    let parts = |sign: &&u8| {
        let names: Vec<&[u8]> = header.split(|byte| byte == *sign).map(words::trim).collect();
        let are_names = names.iter().all(|name| !name.is_empty() && !is_value(name));
        names.len() == layout.width && are_names && memchr::memchr(**sign, body).is_none()
    };
    SIGNS.iter().filter(|sign| **sign != delimiter).any(|sign| parts(&sign)) && !are_fractions(body, layout, delimiter)
}

/// Whether all numbers have as many digits behind their only comma, two or more, as prices and thousands have.
fn are_fractions(body: &[u8], layout: &Layout, delimiter: u8) -> bool {
    let lines = body.split(|byte| b"\r\n".contains(byte));
    let mut lengths = lines.filter_map(|line| {
        let at = memchr::memchr(delimiter, line)?;
        Some(words::trim(&line[at + 1..]).len())
    });
    let first = lengths.next();
    layout.width == 2 && first.is_some_and(|first| first > 1 && lengths.all(|length| length == first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::shape::shapes;
    use crate::text::dialect::Dialect;
    use crate::text::syntax::Syntax;

    #[test]
    fn headers_above_numbers() {
        let cases = [
            ("id;n\n1,2\n3,4\n5,6\n", true),
            ("a|b\n10,200\n30,4\n", true),
            ("a\tb\n10,200\n30,4\n", true),
            ("id;n;m\n1,2,3\n4,5,6\n", true),
            // Numbers with a decimal comma, prices, thousands.
            ("price;qty\n1,50\n2,75\n13,00\n", false),
            ("people;of\n1,500\n2,750\n", false),
            ("a;b\n1,5;2\n3,5\n", false),
            ("Net price\n1,5\n2,25\n", false),
            ("price: net\n1,5\n2,25\n", false),
            ("a;b;c\n1,2\n3,4\n", false),
            ("Title\na;b\n1,2\n3,4\n", false),
            ("1;2\n1,2\n3,4\n", false),
            ("id;n\n1,2\n", false),
            ("id;n\n1,2\n3\n", false),
        ];
        for (text, expected) in cases {
            let shapes = shapes(&Syntax::new(&Dialect::default()), text.as_bytes(), true, 100, |_, _| ());
            let first = shapes.iter().position(|shape| shape.cells == 2).unwrap_or(1);
            let layout = Layout {
                first,
                ..Layout::of(&shapes)
            };
            let found = has_foreign_header(text.as_bytes(), &shapes, &layout, b',');
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
