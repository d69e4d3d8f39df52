//! What comes before the first row of a file: its preamble and its header.

use crate::text::lines::line_end;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;

/// What comes before the first row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lead {
    /// Where the first row may start.
    pub(crate) end: usize,
    /// How many lines the preamble has.
    pub(crate) preamble: u64,
    /// How many records name the columns.
    pub(crate) header: u64,
    /// How many blank lines are in front of the first row.
    pub(crate) blank: u64,
    /// How many comments are.
    pub(crate) comment: u64,
    /// How many records with a broken quote are.
    pub(crate) broken: u64,
    /// Where the preamble ends.
    pub(crate) table: usize,
    /// More text would not change this.
    pub(crate) whole: bool,
}

impl Syntax {
    /// Reads over the preamble and the header at the start of a file. `complete` says that the text does not go on.
    pub(crate) fn lead(&self, text: &[u8], complete: bool) -> Lead {
        let mut lead = Lead::default();
        while lead.preamble < self.preamble_lines as u64 && lead.end < text.len() {
            lead.end = line_end(text, lead.end).1;
            lead.preamble += 1;
        }
        let skipped = lead.preamble == self.preamble_lines as u64;
        lead.whole = complete || (skipped && (lead.end == 0 || is_line_end(text, lead.end)));
        lead.table = lead.end;
        while lead.header < self.header_rows as u64 && lead.whole {
            let Some(record) = self.any_record(text, lead.end) else {
                lead.whole = complete;
                return lead;
            };
            lead.end = record.next;
            lead.whole = complete || (is_line_end(text, record.next) && !record.open);
            match record.kind {
                RecordKind::Blank => lead.blank += 1,
                RecordKind::Comment => lead.comment += 1,
                RecordKind::Broken { .. } | RecordKind::Unclear => lead.broken += 1,
                RecordKind::Cells | RecordKind::Note | RecordKind::Header => lead.header += 1,
            }
        }
        lead
    }
}

/// Whether the text before `at` ends with a line end that more text would not change.
fn is_line_end(text: &[u8], at: usize) -> bool {
    match at.checked_sub(1).map(|last| text[last]) {
        Some(b'\n') => true,
        Some(b'\r') => at < text.len(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::dialect::Dialect;

    #[test]
    fn what_comes_before_the_rows() {
        let dialect = Dialect {
            preamble_lines: 2,
            header_rows: 1,
            comment: Some(b'#'),
            ..Dialect::default()
        };
        let cases = [
            ("", 0, true, (0, 0, 0, 0)),
            ("t\n\"u\n", 5, false, (2, 0, 0, 0)),
            ("t\n\"u\n\n#c\na,b\n1,2\n", 13, true, (2, 1, 1, 1)),
            ("t\n\"u\na,b", 8, false, (2, 1, 0, 0)),
            ("t\n\"u\na,b\r", 9, false, (2, 1, 0, 0)),
            ("t\n\"u\na,\"b\n", 10, false, (2, 0, 0, 0)),
            ("t\n\"u\na,\"b\nc\"\n1\n", 13, true, (2, 1, 0, 0)),
        ];
        for (text, end, whole, (preamble, header, blank, comment)) in cases {
            let lead = Syntax::new(&dialect).lead(text.as_bytes(), false);
            let counts = (lead.preamble, lead.header, lead.blank, lead.comment);
            assert_eq!(
                (lead.end, counts),
                (end, (preamble, header, blank, comment)),
                "{text:?}"
            );
            assert_eq!(lead.whole, whole && !text.is_empty(), "{text:?}");
        }
    }
}
