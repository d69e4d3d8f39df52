//! Understands a file from a sample of it: encoding, dialect, table, header, columns. Always answers.
//!
//! The steps are those of the whole file's survey, on less text: find the encoding (`encoding`) and transcode, find the
//! dialect (`table::scoring`) and the table in it (`table::find`), and survey the rest for the types.

pub(crate) mod sample;

use crate::finding::Finding;
use crate::infer::sample::{Sample, transcode, whole_blocks, whole_records};
use crate::profile::CsvProfile;
use crate::survey::Survey;
use crate::table::draft::{Draft, Excerpt};
use crate::table::find;
use crate::table::overrides::Overrides;
use crate::table::scoring;
use crate::table::trial::TriedDialect;
use crate::text::chunk::Chunk;
use crate::text::dialect::{Dialect, Mark};
use crate::text::encoding::detect::detect;
use crate::text::encoding::detected::Detected;
use crate::value::kind::ColumnType;

/// How often types are looked for that have a say in what the rows are.
const MOST_PASSES: usize = 5;

/// Infers how to read a file from a sample of it and what the caller knows.
///
/// Always answers, with warnings about what looks odd: an empty file has no columns; bytes that are no text are a text
/// column. If the sample is complete, a [`Survey`] of the same text with the answer finds nothing to change.
pub fn infer(sample: &Sample<'_>, overrides: &Overrides) -> CsvProfile {
    explain(sample, overrides).profile
}

/// How a file is read, and why so.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// How it is read.
    pub profile: CsvProfile,
    /// The encoding, and what speaks for it.
    pub encoding: Detected,
    /// The table that is served, and those beside it.
    pub table: FoundTable,
    /// The dialects that were tried, the chosen one first, then the best.
    pub dialects: Vec<TriedDialect>,
}

/// Where the table is in a file, as far as the sample shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTable {
    /// How many lines come before it.
    pub preamble_lines: usize,
    /// How many records name its columns.
    pub header_rows: usize,
    /// No record but the comment in front of it names them.
    pub named_by_comment: bool,
    /// How many cells its records have.
    pub cells: usize,
    /// How many cells they usually have, at most that.
    pub usual_cells: usize,
}

/// As [`infer`], with the evidence.
pub fn explain(sample: &Sample<'_>, overrides: &Overrides) -> Explanation {
    let detected = match overrides.encoding {
        Some(encoding) => Detected {
            encoding,
            evidence: "it was asked for".to_owned(),
            confidence: 1.0,
            rival: None,
            has_controls: false,
        },
        None => detect(sample.head, &sample.blocks, sample.complete),
    };
    let encoding = detected.encoding;
    let head = transcode(encoding, sample.head, sample.complete);
    let found = scoring::dialect(&head, sample.complete, overrides);
    let text = whole_records(&head, &found.dialect, sample.complete);
    let blocks = whole_blocks(encoding, &sample.blocks);
    let excerpt = Excerpt {
        text,
        blocks: &blocks,
        complete: sample.complete,
        overrides,
    };
    let (mut draft, mut around) = find::table(excerpt, &found.dialect);
    if draft.columns.is_empty() && draft.has_broken_quotes() && overrides.quote == Mark::Detect {
        // No record can be parted by its quotes: then they are text, and no record is lost.
        let unquoted = Dialect {
            quote: None,
            ..found.dialect.clone()
        };
        (draft, around) = find::table(excerpt, &unquoted);
    }
    let mut profile = CsvProfile {
        encoding,
        encoding_asked: overrides.encoding.is_some(),
        dialect: draft.dialect.clone(),
        quoted_numbers: overrides.quoted_numbers,
        usual_cells: draft.usual_cells().min(draft.columns.len()),
        columns: draft.columns.clone(),
        others: draft.others.clone(),
        findings: Finding::rival(&detected).into_iter().collect(),
    };
    around.into_iter().for_each(|finding| profile.tell(finding));
    profile.ask(&overrides.types);
    profile.ask_nulls(&overrides.nulls);
    if profile.columns.is_empty() && !draft.has_broken_quotes() {
        profile.tell(Finding::Empty);
    }
    let mut inferred = survey(&profile, &mut draft, excerpt);
    if inferred.dialect.repeated_header.is_some() && is_of_words(&inferred) {
        draft.is_of_words = true;
        inferred = survey(&profile, &mut draft, excerpt);
    }
    inferred.encoding = encoding;
    // Of the whole file it is known where the header stands again: what looks like it may lie inside a cell.
    if inferred.dialect.repeated_header.is_some() && !sample.complete {
        inferred.tell(Finding::RepeatedHeader);
    }
    let table = FoundTable {
        preamble_lines: draft.dialect.preamble_lines,
        header_rows: draft.dialect.header_rows,
        named_by_comment: draft.is_named_by_comment(),
        cells: draft.width(),
        usual_cells: profile.usual_cells,
    };
    Explanation {
        profile: inferred,
        encoding: detected,
        table,
        dialects: found.tried,
    }
}

fn is_of_words(profile: &CsvProfile) -> bool {
    profile.columns.iter().all(|column| column.kind == ColumnType::Utf8)
}

/// The profile with what is behind the header of its table, and with the types of its columns.
fn survey(profile: &CsvProfile, draft: &mut Draft<'_>, excerpt: Excerpt<'_>) -> CsvProfile {
    let mut profile = profile.clone();
    let behind = find::behind(draft);
    profile.dialect.clone_from(&draft.dialect);
    behind.into_iter().for_each(|finding| profile.tell(finding));
    find_types(&profile, excerpt.text, excerpt.blocks)
}

/// The profile with the types of its columns. They have a say in how quotes are read, and so in the rows that make them.
fn find_types(profile: &CsvProfile, text: &[u8], blocks: &[Vec<u8>]) -> CsvProfile {
    let look = |mut survey: Survey| {
        survey.observe(&Chunk::whole(text));
        blocks.iter().for_each(|block| survey.observe_block(block));
        (survey.is_judged(), survey.into_profile())
    };
    // At first a column that is text may turn out to be of another type.
    let first = profile.frame().before_types();
    let (mut is_judged, mut found) = look(Survey::unbiased(profile, first));
    for _ in 1..MOST_PASSES {
        if !is_judged {
            break;
        }
        let typed = CsvProfile {
            columns: found.columns.clone(),
            others: found.others.clone(),
            ..profile.clone()
        };
        let (judged, next) = look(Survey::unbiased(&typed, typed.frame()));
        is_judged = judged && (next.columns != found.columns || next.others != found.others);
        found = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::overrides::HeaderMode;
    use crate::text::dialect::Delimiter;
    use crate::text::dialect::Notes;
    use crate::text::encoding::name::Encoding;
    use ColumnType::{Float64, Int64, Utf8};

    fn whole(head: &[u8]) -> CsvProfile {
        infer(
            &Sample {
                head,
                blocks: vec![],
                complete: true,
            },
            &Overrides::default(),
        )
    }

    fn columns(profile: &CsvProfile) -> Vec<(&str, ColumnType)> {
        profile
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.kind))
            .collect()
    }

    #[test]
    fn an_empty_file() {
        for head in ["", "\n\r\n", "\u{FEFF}"] {
            let profile = whole(head.as_bytes());
            assert_eq!(profile.columns, []);
            assert_eq!(profile.warnings(), ["the file is empty"]);
        }
    }

    #[test]
    fn a_header_inside_a_cell_is_not_there_again() {
        let text = b"name,age,current_day, barks\noogie boogie,3, 2023-01-01 ,2\noogie boogie,3, 2023-01-02, 5\n\
            oogie boogieoogie boogie\n1\n199\"\n;a \"\"\n10;\"a \"\"\n;a \"\"\n1\r\"\n;a \"\",9568\"\n152";
        let profile = whole(text);
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(text));
        assert_eq!(survey.finish().profile, profile);
    }

    #[test]
    fn a_plain_file() {
        let profile = whole(b"id,name\n1,x\n2,\n");
        assert_eq!(columns(&profile), [("id", Int64), ("name", Utf8)]);
        assert_eq!(profile.dialect.to_string(), "comma, quote \", header");
        assert_eq!((profile.encoding, profile.warnings().len()), (Encoding::Utf8, 0));
    }

    #[test]
    fn other_encodings() {
        let utf16: Vec<u8> = "\u{FEFF}né;v\r\nx;1\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let profile = whole(&utf16);
        assert_eq!(
            (profile.encoding, columns(&profile)),
            (Encoding::Utf16Le, vec![("né", Utf8), ("v", Int64)])
        );
        let profile = whole(b"n\xE9,v\nx,1\n");
        assert_eq!(
            (profile.encoding, columns(&profile)),
            (Encoding::Windows1252, vec![("né", Utf8), ("v", Int64)])
        );
        let profile = whole(b"n\xC3\xA9,v\nx\xFF,1\n");
        assert_eq!(profile.encoding, Encoding::Utf8);
        assert_eq!(
            profile.warnings(),
            ["1 sequence of bytes is not UTF-8, on line 2 at byte 7: read as U+FFFD"]
        );
    }

    #[test]
    fn wide_rows_are_no_reason_for_columns() {
        let profile = whole(b"a,b\n1,2\n1,2,,\n1,2,3,column\n");
        assert_eq!(columns(&profile), [("a", Int64), ("b", Int64)]);
        assert_eq!(profile.warnings().len(), 0);
    }

    #[test]
    fn short_rows_do_not_decide_on_types() {
        let profile = whole(b"id,n,t\n1,2,x\n3,4,y\nTotal: 2\n");
        assert_eq!(columns(&profile), [("id", Int64), ("n", Int64), ("t", Utf8)]);
        let profile = whole(b"id,n,t\n1,2\n3,4\n");
        assert_eq!(columns(&profile), [("id", Int64), ("n", Int64), ("t", Utf8)]);
        assert_eq!(profile.usual_cells, 2);
    }

    #[test]
    fn the_largest_table_is_served() {
        let head = b"x,y,z\n1,2,3\n\na,b\n1,2\n3,4\n5,6\n7,8\n9,0\n\nu,v,w\n1,2,3\n4,5,6\n";
        let sample = Sample {
            head,
            blocks: vec![],
            complete: true,
        };
        let explained = explain(&sample, &Overrides::default());
        assert_eq!(columns(&explained.profile), [("a", Int64), ("b", Int64)]);
        let others = explained.profile.others.iter();
        let others: Vec<_> = others.map(|o| (o.first_line, o.last_line, o.columns)).collect();
        assert_eq!(others, [(1, Some(2), 3), (11, Some(13), 3)]);
        let warnings = [
            "lines 1 to 2 are another table, of 3 columns, in front of the one that is served",
            "lines 11 to 13 are another table, of 3 columns, which is not served: its records are rejected",
        ];
        assert_eq!(explained.profile.warnings(), warnings);
    }

    #[test]
    fn notes_come_behind_the_table() {
        let profile = whole(b"name,city\nx,y\nz,w\n\nTotal: 2 rows\n");
        assert_eq!(profile.dialect.notes, Notes::Alone);
        assert_eq!(profile.warnings().len(), 1);
        let profile = whole(b"name,city\nx,y\nz,w\n\nZoe\n");
        assert_eq!(profile.dialect.notes, Notes::None);
    }

    #[test]
    fn titles_come_before_the_table() {
        let profile = whole(b"Report \"x\n\nid;n\n1;2\n3;4\n");
        assert_eq!(columns(&profile), [("id", Int64), ("n", Int64)]);
        assert_eq!(
            profile.dialect.to_string(),
            "semicolon, quote \", 2 lines before, header"
        );
    }

    #[test]
    fn a_cut_off_record_does_not_count() {
        let sample = Sample {
            head: b"a,b\n1,2\n3,x",
            blocks: vec![],
            complete: false,
        };
        assert_eq!(
            columns(&infer(&sample, &Overrides::default())),
            [("a", Int64), ("b", Int64)]
        );
    }

    #[test]
    fn blocks_widen_types_and_nothing_else() {
        let blocks: Vec<&[u8]> = vec![b"zz,x\n5,2.5\n6,7,8\n9,zz", b"no line end"];
        let sample = Sample {
            head: b"a,b\n1,2\n3,4\n",
            blocks,
            complete: false,
        };
        let profile = infer(&sample, &Overrides::default());
        assert_eq!(columns(&profile), [("a", Int64), ("b", Float64)]);
        assert_eq!(profile.warnings().len(), 0);
    }

    #[test]
    fn overrides_win() {
        let head = b"1;2\n3;4\n";
        let sample = Sample {
            head,
            blocks: vec![],
            complete: true,
        };
        let with = |delimiter: Option<u8>, header| {
            let delimiter = delimiter.map(Delimiter::byte);
            infer(
                &sample,
                &Overrides {
                    delimiter,
                    header,
                    ..Overrides::default()
                },
            )
        };
        assert_eq!(columns(&with(None, HeaderMode::Present)), [("1", Int64), ("2", Int64)]);
        assert_eq!(
            columns(&with(None, HeaderMode::Absent)),
            [("column_1", Int64), ("column_2", Int64)]
        );
        assert_eq!(columns(&with(Some(b','), HeaderMode::Detect)), [("column_1", Utf8)]);
    }

    #[test]
    fn types_and_quotes_by_order_of_the_caller() {
        let sample = Sample {
            head: b"a;b;c\n1,5;\"1\";x\n2,25;\"2\";y\n",
            blocks: vec![],
            complete: true,
        };
        let overrides = Overrides {
            quoted_numbers: crate::QuotedNumbers::Text,
            types: vec![
                ("a".to_owned(), ColumnType::Decimal(9, 2).into()),
                ("c".to_owned(), ColumnType::Date32.into()),
                ("d".to_owned(), Int64.into()),
            ],
            ..Overrides::default()
        };
        let profile = infer(&sample, &overrides);
        let kinds = [("a", ColumnType::Decimal(9, 2)), ("b", Utf8), ("c", ColumnType::Date32)];
        assert_eq!(columns(&profile), kinds);
        assert_eq!(profile.columns[0].notation.marks, crate::Marks::DotComma);
        let warnings = ["line 2, column \"c\": 'x' is not a Date32, the type that was asked for"];
        assert_eq!(profile.warnings(), warnings);
    }

    #[test]
    fn a_single_record() {
        let (names, values) = (whole(b"name,city"), whole(b"1,x\n"));
        assert_eq!(columns(&names), [("name", Utf8), ("city", Utf8)]);
        assert_eq!(names.dialect.header_rows, 1);
        assert_eq!(columns(&values), [("column_1", Int64), ("column_2", Utf8)]);
        assert_eq!(values.dialect.header_rows, 0);
    }

    #[test]
    fn a_notation_by_order_of_the_caller() {
        let head = b"day,n\n01/02/2024,\"1,234\"\n03/04/2024,5\n";
        let sample = Sample {
            head,
            blocks: vec![],
            complete: true,
        };
        let ask = |day: &str, n: &str| {
            let types = [("day", day), ("n", n)].map(|(name, kind)| (name.to_owned(), kind.parse().unwrap()));
            let overrides = Overrides {
                types: types.to_vec(),
                ..Overrides::default()
            };
            let profile = infer(&sample, &overrides);
            let decoded = crate::Decoder::new(&profile, None, 10).decode(&Chunk::whole(head));
            let batch = decoded.map(|decoded| decoded.batches[0].clone());
            (profile, batch.map_err(|misfit| misfit.to_string()))
        };
        let days = |day: &str| {
            let batch = ask(day, "text").1.unwrap();
            let days = arrow_array::cast::AsArray::as_primitive::<arrow_array::types::Date32Type>(batch.column(0));
            days.values().to_vec()
        };
        // The first of February and the second of January.
        assert_eq!(days("date as DD/MM/YYYY"), [19_754, 19_816]);
        assert_eq!(days("date as MM/DD/YYYY"), [19_724, 19_786]);
        let (profile, batch) = ask("text", "float64 as 1.234,5");
        assert_eq!(profile.warnings(), [""; 0]);
        let numbers = batch.unwrap();
        let numbers = arrow_array::cast::AsArray::as_primitive::<arrow_array::types::Float64Type>(numbers.column(1));
        assert_eq!(numbers.values(), &[1.234, 5.0]);
        assert!(ask("date as YYYY/MM/DD", "text").1.is_err());
    }
}
