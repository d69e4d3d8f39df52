//! Headers that come again further down, as where files were put one behind the other.

use crate::column::field::Column;
use crate::column::ruling::RuledOut;
use crate::table::draft::{Detector, Draft};
use crate::text::lines::line_end;
use crate::text::record::RecordKind;
use crate::text::syntax::{HeaderAgain, Syntax};
use crate::value::kind::ColumnType;
use crate::wording;

/// Finds records that repeat the header. Among columns of words the same words again may be a row.
pub(super) struct RepeatedHeader;

impl Detector for RepeatedHeader {
    fn look_behind(&self, draft: &mut Draft<'_>) {
        let (text, syntax) = (draft.excerpt.text, Syntax::new(&draft.dialect));
        let told = draft
            .told
            .as_ref()
            .map(|told| told.names.join(draft.dialect.delimiter.as_bytes()));
        let header = header(&syntax, text).or(told.as_deref());
        let Some(header) = header.filter(|_| !draft.is_of_words) else {
            draft.dialect.repeated_header = None;
            return;
        };
        let rows = &text[syntax.lead(text, true).end..];
        let mut parts = draft.excerpt.blocks.iter().map(Vec::as_slice).chain([rows]);
        let again = syntax.header_again(header);
        let is_again = parts.any(|part| is_repeated(&syntax, &again, part));
        draft.dialect.repeated_header = is_again.then(|| header.into());
    }
}

/// The text of the header of a file that begins with `text`, if its records have several cells.
pub(crate) fn header<'a>(syntax: &Syntax, text: &'a [u8]) -> Option<&'a [u8]> {
    let lead = syntax.lead(text, true);
    let (mut at, mut start, mut end) = (lead.table, None, lead.table);
    while at < lead.end
        && let Some(record) = syntax.any_record(text, at)
    {
        if matches!(record.kind, RecordKind::Cells | RecordKind::Header) {
            if record.cells < 2 {
                return None;
            }
            start.get_or_insert(record.start);
            end = record.end;
        }
        at = record.next;
    }
    start.map(|start| &text[start..end])
}

/// Whether records of `text` are the header again.
fn is_repeated(syntax: &Syntax, header: &HeaderAgain, text: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        let (end, next) = line_end(text, at);
        if syntax.repeats(header, &text[at..end]) {
            return true;
        }
        at = next;
    }
    false
}

/// Whether the first value of each column with a type that does not fit it is its name, all in the same record.
pub(crate) fn are_names<'a>(misfits: impl Iterator<Item = (&'a Column, Option<RuledOut>)>) -> bool {
    let typed = misfits.filter(|(column, _)| column.kind != ColumnType::Utf8);
    let lines = typed.map(|(column, misfit)| {
        let RuledOut { line, value } = misfit?;
        let said = column.original.as_ref().unwrap_or(&column.name);
        let is_name = value.trim_start_matches('\u{FEFF}') == wording::shorten(said.as_bytes());
        line.filter(|_| is_name)
    });
    let lines: Option<Vec<u64>> = lines.collect();
    lines.is_some_and(|lines| !lines.is_empty() && lines.windows(2).all(|pair| pair[0] == pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::dialect::Dialect;

    #[test]
    fn the_text_of_a_header() {
        let cases = [
            ("t\n\na,\"b\nc\"\r\n1,2\n", Some("a,\"b\nc\"")),
            ("t\na\n1\n", None),
            ("t\n", None),
        ];
        for (text, expected) in cases {
            let dialect = Dialect {
                preamble_lines: 1,
                ..Dialect::default()
            };
            let found = header(&Syntax::new(&dialect), text.as_bytes());
            assert_eq!(found, expected.map(str::as_bytes), "{text:?}");
        }
        let two = Dialect {
            header_rows: 2,
            ..Dialect::default()
        };
        assert_eq!(
            header(&Syntax::new(&two), b"a,b\n\nc,d\n1,2\n"),
            Some(&b"a,b\n\nc,d"[..])
        );
    }

    #[test]
    fn only_whole_lines_repeat_it() {
        for (text, expected) in [
            ("1,2\na,b\n", true),
            ("1,2\r\na,b", true),
            ("1,2\n\u{FEFF}a,b\n", true),
            ("1,2\n\"a\",b,\n", true),
            ("xa,b\na,bc\n", false),
        ] {
            let syntax = Syntax::new(&Dialect::default());
            let header = syntax.header_again(b"a,b");
            assert_eq!(is_repeated(&syntax, &header, text.as_bytes()), expected, "{text:?}");
        }
    }
}
