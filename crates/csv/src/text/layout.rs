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

/// Whether a line draws a part of a table's frame: dashes in rows, with `+` or `|` where columns meet.
pub(crate) fn is_frame(line: &[u8]) -> bool {
    let is_drawn = line.iter().all(|byte| b"+-|=: ".contains(byte));
    let meets = line.iter().any(|byte| b"+|".contains(byte));
    let is_dash = |byte: &u8| b"-=".contains(byte);
    is_drawn && meets && line.windows(2).any(|pair| pair.iter().all(is_dash))
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
