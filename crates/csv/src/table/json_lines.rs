//! Files of JSON lines: an object on each line, which is no record of a table.
//!
//! They are served as what they are, text, a line a row, and a warning says so.

use crate::finding::Finding;
use crate::table::draft::{Detector, Draft};
use crate::text::json::is_object;

/// How many lines are looked at.
const MOST_LINES: usize = 200;

/// Tells of them; how they are read is decided with the dialect.
pub(super) struct JsonLines;

impl Detector for JsonLines {
    fn tell_around(&self, draft: &Draft<'_>) -> Vec<Finding> {
        match draft.width() == 1 && are_objects(draft.excerpt.text, draft.excerpt.complete) {
            true => vec![Finding::JsonLines],
            false => Vec::new(),
        }
    }
}

/// Whether all lines of a text, blank ones aside, are objects. The last one may be cut off if the text is not `complete`.
pub(super) fn are_objects(text: &[u8], complete: bool) -> bool {
    let text = text.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(text);
    let is_line_end = |byte: &u8| b"\r\n".contains(byte);
    let end = match complete {
        true => text.len(),
        false => text.iter().rposition(is_line_end).unwrap_or(0),
    };
    let lines = text[..end]
        .split(is_line_end)
        .filter(|line| !line.trim_ascii().is_empty());
    let mut lines = lines.take(MOST_LINES).peekable();
    lines.peek().is_some() && lines.all(is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_objects() {
        let cases = [
            ("{\"a\":1}\n{\"a\":2}\n", true, true),
            ("\u{FEFF}{\"a\":1}\r\n\r\n{\"a\":2}", true, true),
            ("{\"a\":1}\n{\"a", false, true),
            ("{\"a\":1}\n{\"a", true, false),
            ("payload\n{\"a\":1}\n", true, false),
            ("{\"a\":1},1\n{\"a\":2},2\n", true, false),
            ("\n", true, false),
            ("{\"a\":1}", false, false),
        ];
        for (text, complete, expected) in cases {
            assert_eq!(are_objects(text.as_bytes(), complete), expected, "{text:?}");
        }
    }
}
