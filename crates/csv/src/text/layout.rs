//! Lines that only lay out a table: records of delimiters alone, and frames drawn of dashes.

use crate::text::lines::line_end;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;

impl Syntax {
    /// What the line at `at` is if it only lays out the table, where there are such lines.
    #[inline]
    pub(crate) fn laid_out(&self, bytes: &[u8], at: usize) -> Option<RecordKind> {
        let first = *bytes.get(at)?;
        let may_be_blank = self.blank_records && first == self.delimiter.first();
        let may_be_frame = self.frames && b"+-|= ".contains(&first);
        if !may_be_blank && !may_be_frame {
            return None;
        }
        let line = &bytes[at..line_end(bytes, at).0];
        let is_frame = |line: &[u8]| is_frame(line) || is_rule(line);
        match (
            may_be_blank && self.is_blank_record(line),
            may_be_frame && is_frame(line),
        ) {
            (true, _) => Some(RecordKind::Blank),
            (_, true) => Some(RecordKind::Comment),
            _ => None,
        }
    }

    /// Whether a line is nothing but delimiters.
    pub(crate) fn is_blank_record(&self, line: &[u8]) -> bool {
        let delimiter = self.delimiter.as_bytes();
        !line.is_empty() && line.chunks(delimiter.len()).all(|part| part == delimiter)
    }
}

/// Whether a line draws a part of a table's frame: dashes in rows, with `+` or `|` where columns meet, or with blanks between
/// two rows or more of three dashes each.
pub(crate) fn is_frame(line: &[u8]) -> bool {
    let is_drawn = line.iter().all(|byte| b"+-|=: ".contains(byte));
    let meets = line.iter().any(|byte| b"+|".contains(byte));
    let is_dash = |byte: &u8| b"-=".contains(byte);
    let mut parts = line.split(|byte| *byte == b' ').filter(|part| !part.is_empty());
    let mut are_rules = || parts.clone().count() > 1 && parts.all(is_rule);
    is_drawn && ((meets && line.windows(2).any(|pair| pair.iter().all(is_dash))) || are_rules())
}

/// Whether a text is nothing but three dashes or more.
fn is_rule(text: &[u8]) -> bool {
    text.len() > 2 && (text.iter().all(|byte| *byte == b'-') || text.iter().all(|byte| *byte == b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        let cases = [
            ("+----+------+", true),
            ("----+------", true),
            ("|---|:-:|", true),
            ("--|----|", true),
            (" |----------|--|", true),
            ("+====+", true),
            ("----- ---", true),
            ("-- --", false),
            ("-----", false),
            ("-|-|-", false),
            ("+-+", false),
            ("--,---", false),
            ("+49 30--1", false),
            ("", false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_frame(line.as_bytes()), expected, "{line:?}");
        }
    }
}
