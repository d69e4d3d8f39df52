//! Understands a file from a sample of it: encoding, dialect, header, columns. Always answers.
//!
//! The steps are those of the whole file's survey, on less text: find the encoding (`encoding`) and transcode, find the
//! dialect (`scoring`), decide on the header (`header`), and survey the rest for the types.

use crate::boundaries::RecordCutter;
use crate::dialect::{Dialect, HeaderMode, Overrides};
use crate::encoding::{self, Encoding, Transcoder};
use crate::header::{self, Names};
use crate::schema::{Column, ColumnType, CsvProfile};
use crate::scoring;
use crate::survey::Survey;
use crate::tokenize::{self, Syntax};
use crate::types::Evidence;

/// Pieces of a file, as they are stored (not transcoded).
#[derive(Debug, Clone, Default)]
pub struct Sample<'a> {
    /// The start of the file. More is better; 64 KiB to 1 MiB are usual.
    pub head: &'a [u8],
    /// Pieces from the middle and the end, at any offsets.
    ///
    /// Their first and last lines may be partial and are not used, and one that starts inside quotes may be read wrongly;
    /// so they only make types wider and point to an encoding, and never decide on delimiter or number of columns.
    pub blocks: Vec<&'a [u8]>,
    /// Whether `head` is the whole file.
    pub complete: bool,
}

/// Infers how to read a file from a sample of it and what the caller knows.
///
/// Always answers, with warnings about what looks odd: an empty file has no columns; bytes that are no text are a text
/// column. If the sample is complete, a [`Survey`] of the same text with the answer finds nothing to change.
pub fn infer(sample: &Sample<'_>, overrides: &Overrides) -> CsvProfile {
    let encoding = encoding::detect(sample.head, &sample.blocks, sample.complete);
    let head = transcode(encoding, sample.head, sample.complete);
    let mut warnings = Vec::new();
    let overrides = checked(overrides, &mut warnings);
    let dialect = scoring::dialect(&head, sample.complete, &overrides);
    let text = whole_records(&head, &dialect, sample.complete);
    let mut profile = CsvProfile {
        encoding,
        dialect,
        columns: Vec::new(),
        warnings,
    };
    name_columns(&mut profile, text, overrides.header);
    if profile.columns.is_empty() {
        profile.warn("the file is empty".to_owned());
    }
    let mut survey = Survey::unbiased(&profile);
    survey.observe(text, 1, true);
    for block in sample
        .blocks
        .iter()
        .filter(|_| matches!(encoding, Encoding::Utf8 | Encoding::Windows1252))
    {
        let block = transcode(encoding, block, false);
        survey.observe_block(whole_lines(&block));
    }
    let mut inferred = survey.finish().profile;
    inferred.encoding = encoding;
    inferred
}

fn transcode(encoding: Encoding, bytes: &[u8], last: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    Transcoder::new(encoding).push(bytes, last, &mut out);
    out
}

/// The overrides without those that cannot be meant.
fn checked(overrides: &Overrides, warnings: &mut Vec<String>) -> Overrides {
    let mut overrides = overrides.clone();
    if matches!(overrides.delimiter, Some(b'\n' | b'\r')) {
        warnings.push("a line end cannot be the delimiter; it was detected instead".to_owned());
        overrides.delimiter = None;
    }
    overrides
}

/// The text without its last record, if that is cut off; all of it, if there is nothing else.
fn whole_records<'a>(text: &'a [u8], dialect: &Dialect, complete: bool) -> &'a [u8] {
    let end = if complete {
        None
    } else {
        RecordCutter::new(dialect).scan(text)
    };
    &text[..end.unwrap_or(text.len())]
}

/// The text of a piece without its first and its last line, which may be partial.
fn whole_lines(text: &[u8]) -> &[u8] {
    let (first, last) = (
        memchr::memchr2(b'\n', b'\r', text),
        memchr::memrchr2(b'\n', b'\r', text),
    );
    match (first, last) {
        (Some(first), Some(last)) => &text[first..=last],
        _ => &[],
    }
}

/// Decides on the header and gives the columns their names; they are all text so far.
fn name_columns(profile: &mut CsvProfile, text: &[u8], mode: HeaderMode) {
    let syntax = Syntax::new(&profile.dialect);
    let mut cells = Vec::new();
    let Some(record) = syntax.record(text, 0, usize::MAX, &mut cells) else {
        profile.dialect.header = mode == HeaderMode::Present;
        return;
    };
    let first: Vec<Vec<u8>> = cells
        .iter()
        .map(|&c| tokenize::text(text, c, &mut Vec::new()).to_vec())
        .collect();
    let first: Vec<&[u8]> = first.iter().map(Vec::as_slice).collect();
    profile.dialect.header = match mode {
        HeaderMode::Present => true,
        HeaderMode::Absent => false,
        HeaderMode::Detect => header::is_header(&first, &evidence(&syntax, text, record.next, first.len())),
    };
    let header = profile.dialect.header;
    let named = if header { record.filled } else { 0 };
    let width = first.len().min(crate::MAX_COLUMNS.max(named));
    let mut names = Names::default();
    for cell in &first[..width] {
        names.push(if header { cell } else { b"" });
    }
    let named = names.into_vec().into_iter();
    profile.columns = named
        .map(|name| Column {
            name,
            kind: ColumnType::Utf8,
        })
        .collect();
}

/// What the records from `at` on say of the first `width` columns.
fn evidence(syntax: &Syntax, text: &[u8], mut at: usize, width: usize) -> Vec<Evidence> {
    let mut columns = vec![Evidence::NONE; width];
    let (mut cells, mut scratch) = (Vec::new(), Vec::new());
    while let Some(record) = syntax.record(text, at, width, &mut cells) {
        at = record.next;
        for (column, cell) in columns.iter_mut().zip(cells.drain(..)) {
            column.observe(tokenize::text(text, cell, &mut scratch));
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
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
            assert_eq!(profile.warnings, ["the file is empty"]);
        }
    }

    #[test]
    fn a_plain_file() {
        let profile = whole(b"id,name\n1,x\n2,\n");
        assert_eq!(columns(&profile), [("id", Int64), ("name", Utf8)]);
        assert_eq!(profile.dialect.to_string(), "comma, quote \", header");
        assert_eq!((profile.encoding, profile.warnings.len()), (Encoding::Utf8, 0));
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
            profile.warnings,
            ["line 2 has bytes that are not UTF-8: read as U+FFFD"]
        );
    }

    #[test]
    fn wide_rows_add_columns() {
        let profile = whole(b"a,b\n1,2\n1,2,,\n1,2,3,column\n");
        assert_eq!(
            columns(&profile),
            [("a", Int64), ("b", Int64), ("column_3", Int64), ("column_4", Utf8)]
        );
        assert_eq!(
            profile.warnings,
            ["line 4 has 4 cells where the table had 2 columns: added 2 columns"]
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
        assert_eq!(profile.warnings.len(), 0);
    }

    #[test]
    fn overrides_win() {
        let head = b"1;2\n3;4\n";
        let sample = Sample {
            head,
            blocks: vec![],
            complete: true,
        };
        let with = |delimiter, header| infer(&sample, &Overrides { delimiter, header });
        assert_eq!(columns(&with(None, HeaderMode::Present)), [("1", Int64), ("2", Int64)]);
        assert_eq!(
            columns(&with(None, HeaderMode::Absent)),
            [("column_1", Int64), ("column_2", Int64)]
        );
        assert_eq!(columns(&with(Some(b','), HeaderMode::Detect)), [("column_1", Utf8)]);
        let odd = with(Some(b'\n'), HeaderMode::Detect);
        assert_eq!(odd.dialect.delimiter, b';');
        assert_eq!(
            odd.warnings,
            ["a line end cannot be the delimiter; it was detected instead"]
        );
    }

    #[test]
    fn a_single_record() {
        let (names, values) = (whole(b"name,city"), whole(b"1,x\n"));
        assert_eq!(columns(&names), [("name", Utf8), ("city", Utf8)]);
        assert!(names.dialect.header);
        assert_eq!(columns(&values), [("column_1", Int64), ("column_2", Utf8)]);
        assert!(!values.dialect.header);
    }
}
