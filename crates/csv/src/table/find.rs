//! Finds the table in a text, whatever mess it is in.

use crate::finding::Finding;
use crate::table::blank_records::BlankRecords;
use crate::table::commented::CommentedNames;
use crate::table::damaged_header::DamagedHeader;
use crate::table::draft::{Detector, Draft, Excerpt};
use crate::table::json_lines::JsonLines;
use crate::table::notes::NotesBehind;
use crate::table::other_tables::OtherTables;
use crate::table::partial_header::PartialHeader;
use crate::table::pivots::Pivots;
use crate::table::repeated::RepeatedHeader;
use crate::table::row_names::RowNames;
use crate::table::titles::Titles;
use crate::text::dialect::Dialect;

/// The kinds of mess, in the order in which they are looked for: other tables say which records are the table's own, titles
/// and headers in front where it begins, and what names its columns is asked then. What repeats the header is no note,
/// and beside a note a record of delimiters alone is blank.
const DETECTORS: &[&dyn Detector] = &[
    &OtherTables,
    &Pivots,
    &Titles,
    &PartialHeader,
    &RowNames,
    &CommentedNames,
    &DamagedHeader,
    &RepeatedHeader,
    &NotesBehind,
    &BlankRecords,
    &JsonLines,
];

/// The table in a text that is read as `dialect` says, and what a person should know of what is around it, from its names
/// outwards.
pub(crate) fn table<'a>(excerpt: Excerpt<'a>, dialect: &Dialect) -> (Draft<'a>, Vec<Finding>) {
    let mut draft = Draft::new(excerpt, dialect, DETECTORS);
    DETECTORS.iter().for_each(|detector| detector.look_around(&mut draft));
    draft.settle();
    let told = DETECTORS.iter().rev().flat_map(|detector| detector.tell_around(&draft));
    let told = told.collect();
    (draft, told)
}

/// Looks behind the header of a table for records that are no rows; says what a person should know of them.
pub(crate) fn behind(draft: &mut Draft<'_>) -> Vec<Finding> {
    DETECTORS.iter().for_each(|detector| detector.look_behind(draft));
    let told = DETECTORS.iter().filter_map(|detector| detector.tell_behind(draft));
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::overrides::{HeaderMode, Overrides};

    /// The table in a text, and what its columns are called.
    fn found(dialect: &Dialect, text: &str, header: HeaderMode) -> (usize, usize, String, Vec<Finding>) {
        let overrides = Overrides {
            header,
            ..Overrides::default()
        };
        let excerpt = Excerpt {
            text: text.as_bytes(),
            blocks: &[],
            complete: true,
            overrides: &overrides,
        };
        let (draft, told) = table(excerpt, dialect);
        let names: Vec<String> = draft.columns.into_iter().map(|column| column.name).collect();
        (
            draft.dialect.preamble_lines,
            draft.dialect.header_rows,
            names.join(" "),
            told,
        )
    }

    #[test]
    fn what_the_caller_says_of_the_header_goes_before_titles() {
        let cases = [
            (HeaderMode::Detect, 1, "b c d"),
            (HeaderMode::Present, 0, "a column_2 column_3"),
            (HeaderMode::Absent, 0, "column_1 column_2 column_3"),
        ];
        for (header, preamble, expected) in cases {
            let (lines, _, names, _) = found(&Dialect::default(), "a,,\nb,c,d\ne,f,g\n", header);
            assert_eq!((lines, names.as_str()), (preamble, expected), "{header:?}");
        }
    }

    #[test]
    fn a_comment_may_tell_the_names() {
        let dialect = Dialect {
            comment: Some(b'#'),
            ..Dialect::default()
        };
        let cases = [
            ("#id,name\n1,x\n2,y\n", Some(1), "id name"),
            ("##v=1,2\n# id,name\n1,x\n2,y\n", Some(2), "id name"),
            ("#id,name\na,b\n1,x\n2,y\n", None, "a b"),
            ("#id,name,more\n1,x\n2,y\n", None, "column_1 column_2"),
            ("#id,2\n1,x\n2,y\n", None, "column_1 column_2"),
            ("#id,name\n\n1,x\n2,y\n", None, "column_1 column_2"),
        ];
        for (text, line, expected) in cases {
            let (_, _, names, told) = found(&dialect, text, HeaderMode::Detect);
            assert_eq!(names, expected, "{text:?}");
            let finding = line.map(|line| Finding::NamesInComment { line });
            assert_eq!(told.first(), finding.as_ref(), "{text:?}");
        }
    }

    #[test]
    fn headers() {
        let cases: [(&str, usize, &str); 26] = [
            ("id,name\n1,x\n", 1, "id name"),
            ("1,x\n2,y\n", 0, "column_1 column_2"),
            ("name,city\nx,y\n", 1, "name city"),
            ("name,city", 1, "name city"),
            ("1,x", 0, "column_1 column_2"),
            ("2019,2020,name\na,b,3\n", 1, "2019 2020 name"),
            ("2019,name\n1,x\n", 0, "column_1 column_2"),
            ("id,\n1,2\n", 1, "id column_2"),
            (",\n1,2\n", 1, "column_1 column_2"),
            ("05/06/2019\n06/06/2019\n", 0, "column_1"),
            ("when\n2024-01-01\n", 1, "when"),
            ("2023-01-01\n2024-01-01 10:00\n", 0, "column_1"),
            ("id,n,m\nint,km,s\n1,2,3\n4,5,6\n", 2, "id_int n_km m_s"),
            ("id,n\nx,NA\ny,2\n", 1, "id n"),
            ("a,b\n1,2,3\n4,5,6\n", 1, "a b column_3"),
            ("a,b,c\n1,2\n4,5\n", 1, "a b c"),
            ("a,b\n1,2,\n4,5,\n", 1, "a b"),
            ("title\n\na,b\n1,2\n4,5\n", 1, "a b"),
            ("country,2019,2020\nx,1,2\n", 1, "country 2019 2020"),
            ("x,2019,2019\ny,1,2\n", 0, "column_1 column_2 column_3"),
            ("by:,me\n\nid,n,m\n1,2,3\n4,5,6\n", 1, "id n m"),
            ("title,,\n,,\nid,n,m\n1,2,3\n4,5,6\n7,8,9\n", 1, "id n m"),
            ("id,,\n1,2,3\n4,5,6\n", 1, "id column_2 column_3"),
            ("id,n\n\n1,2,3\n4,5,6\n", 1, "id n column_3"),
            ("title\n1,2\n4,5\n", 0, "column_1 column_2"),
            ("", 0, ""),
        ];
        for (text, rows, expected) in cases {
            let (_, header_rows, names, _) = found(&Dialect::default(), text, HeaderMode::Detect);
            assert_eq!((header_rows, names.as_str()), (rows, expected), "{text:?}");
        }
    }
}
