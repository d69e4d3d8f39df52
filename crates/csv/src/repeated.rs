//! Headers that come again further down, as where files were put one behind the other.

use memchr::memmem;

use crate::decode::text;
use crate::report::RuledOut;
use crate::schema::{Column, ColumnType};
use crate::tokenize::{Kind, MARK, Syntax};

/// The text of the header of a file that begins with `text`, if it is a single record of several cells.
pub(crate) fn header<'a>(syntax: &Syntax, text: &'a [u8]) -> Option<&'a [u8]> {
    let lead = syntax.lead(text, true);
    let mut at = lead.table;
    while at < lead.end
        && lead.ledger.header == 1
        && let Some(record) = syntax.any_record(text, at)
    {
        if matches!(record.kind, Kind::Cells | Kind::Header) {
            return (record.cells > 1).then(|| &text[record.start..record.end]);
        }
        at = record.next;
    }
    None
}

/// Whether lines of `text`, which may begin with it, are the header again.
pub(crate) fn is_repeated(header: &[u8], text: &[u8]) -> bool {
    let ends = |byte: Option<&u8>| matches!(byte, None | Some(b'\n' | b'\r'));
    let found = memmem::find_iter(text, header);
    let before = |at: usize| text[..at].strip_suffix(MARK).unwrap_or(&text[..at]).last();
    let mut lines = found.filter(|&at| ends(before(at)) && ends(text.get(at + header.len())));
    lines.next().is_some()
}

/// Whether the first value of each column with a type that does not fit it is its name, all in the same record.
pub(crate) fn are_names<'a>(misfits: impl Iterator<Item = (&'a Column, Option<RuledOut>)>) -> bool {
    let typed = misfits.filter(|(column, _)| column.kind != ColumnType::Utf8);
    let lines = typed.map(|(column, misfit)| {
        let RuledOut { line, value } = misfit?;
        let said = column.original.as_ref().unwrap_or(&column.name);
        let is_name = value.trim_start_matches('\u{FEFF}') == text::shorten(said.as_bytes());
        line.filter(|_| is_name)
    });
    let lines: Option<Vec<u64>> = lines.collect();
    lines.is_some_and(|lines| !lines.is_empty() && lines.windows(2).all(|pair| pair[0] == pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, Overrides};
    use crate::{Chunk, Decoder, Sample, Survey, Surveyed, infer};

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
        assert_eq!(header(&Syntax::new(&two), b"a,b\nc,d\n1,2\n"), None);
    }

    /// What surveys find in the end, beginning with a profile of the first bytes.
    fn surveyed(text: &[u8], shown: usize) -> (Surveyed, usize) {
        let sample = Sample {
            head: &text[..shown],
            blocks: vec![],
            complete: shown == text.len(),
        };
        let mut profile = infer(&sample, &Overrides::default());
        for passes in 1.. {
            let mut survey = Survey::new(&profile);
            survey.observe(&Chunk::whole(text));
            let surveyed = survey.finish();
            if surveyed.settled {
                return (surveyed, passes);
            }
            profile = surveyed.profile;
        }
        unreachable!("a survey comes to an end")
    }

    #[test]
    fn a_header_that_comes_again_is_no_row() {
        let text = "id,name\n1,x\n2,y\n\u{FEFF}id,name\n3,z\nid,name\n".as_bytes();
        for (shown, passes) in [(text.len(), 1), (16, 2)] {
            let (surveyed, passed) = surveyed(text, shown);
            let kinds: Vec<_> = surveyed.profile.columns.iter().map(|column| column.kind).collect();
            assert_eq!((passed, kinds), (passes, vec![ColumnType::Int64, ColumnType::Utf8]));
            let rejects: Vec<_> = surveyed.rejects.iter().map(|reject| reject.line).collect();
            assert_eq!((surveyed.ledger.served, rejects), (3, vec![4, 6]));
            assert_eq!(surveyed.rejects[0].reason, "it is the header once more");
            let decoded = Decoder::new(&surveyed.profile, None, 8).decode(&Chunk::whole(text));
            assert_eq!(decoded.map(|decoded| decoded.ledger), Ok(surveyed.ledger));
        }
    }

    #[test]
    fn tables_of_r_may_be_put_one_behind_the_other() {
        let text = "\"x\",\"y\"\n\"1\",1,2\n\"2\",3,4\n\"x\",\"y\"\n\"1\",5,6\n";
        let (surveyed, _) = surveyed(text.as_bytes(), text.len());
        let columns = surveyed.profile.columns.iter();
        let columns: Vec<_> = columns.map(|column| (column.name.as_str(), column.kind)).collect();
        let int = ColumnType::Int64;
        assert_eq!(columns, [("column_1", int), ("x", int), ("y", int)]);
        assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (3, 1));
    }

    #[test]
    fn the_same_words_may_be_a_row() {
        for text in ["from,to\nhere,there\nfrom,to\n", "id,n\n1,2\nid,3\n"] {
            let (surveyed, _) = surveyed(text.as_bytes(), text.len());
            assert_eq!((surveyed.ledger.served, surveyed.ledger.rejected), (2, 0), "{text:?}");
        }
    }

    #[test]
    fn only_whole_lines_repeat_it() {
        for (text, expected) in [
            ("1,2\na,b\n", true),
            ("1,2\r\na,b", true),
            ("1,2\n\u{FEFF}a,b\n", true),
            ("xa,b\na,bc\n", false),
        ] {
            assert_eq!(is_repeated(b"a,b", text.as_bytes()), expected, "{text:?}");
        }
    }
}
