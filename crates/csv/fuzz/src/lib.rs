//! What the targets share: a dialect, cuts and types out of arbitrary bytes, and the way of a text through the core.
//!
//! An input is [`CHOICES`] bytes of choices and a text. Zeros choose the usual dialect, so a CSV file with zeros in front
//! of it is a good seed, for every target:
//!
//! ```sh
//! mkdir -p corpus/decode
//! for file in FOLDER/*.csv; do
//!     { head -c 32 /dev/zero; head -c 4000 "$file"; } >"corpus/decode/$(basename "$file")"
//! done
//! cargo +nightly fuzz run -s none decode -- -max_len=4096
//! ```
//!
//! Without a sanitizer it runs many times as fast, and code without `unsafe` gives one nothing to find.


use arbitrary::Arbitrary;
use flightstream_csv::{
    Beside, Chunk, Clock, Column, ColumnType, CsvProfile, DateForm, Delimiter, Dialect, Encoding, HeaderMode, Marks,
    Notation, Notes, NullWords, OtherTable, Overrides, QuotedNumbers, RecordCutter, Signs, Survey, Surveyed, Unit,
    Words, count_lines,
};

/// How many bytes of choices there are.
pub const CHOICES: usize = 32;

const _: () = assert!(size_of::<Choices>() == CHOICES);

/// What a target is run with.
#[derive(Debug, Arbitrary)]
pub struct Input<'a> {
    /// How to read the text.
    pub choices: Choices,
    /// The text, which need not be any.
    pub text: &'a [u8],
}

/// How to read a text: numbers of which each stands for a choice, zero for the most usual one.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub struct Choices {
    delimiter: [u8; 4],
    longer: u8,
    quote: (u8, u8),
    escape: (u8, u8),
    comment: (u8, u8),
    preamble_lines: u8,
    header_rows: u8,
    width: u8,
    batch: u8,
    encoding: u8,
    quotes_mean_text: u8,
    /// Whether the head of a sample is all of the file.
    pub complete: u8,
    /// How much of a file the head of a sample has, in 256ths, counted from all of it.
    pub left_out: u8,
    pieces: [u8; 8],
    asked: u8,
    kinds: [u8; 3],
    /// Where a block of a sample begins, in 256ths.
    pub block: u8,
}

impl Choices {
    /// Any dialect that can be written down, those included that contradict themselves.
    pub fn dialect(&self) -> Dialect {
        let bytes = self.delimiter.map(|byte| byte ^ b',');
        let delimiter = Delimiter::new(&bytes[..1 + usize::from(self.longer % 4)]);
        Dialect {
            delimiter: delimiter.unwrap_or(Delimiter::COMMA),
            quote: self.quote.0.is_multiple_of(2).then_some(self.quote.1 ^ b'"'),
            escape: (self.escape.0 % 2 == 1).then_some(self.escape.1 ^ b'\\'),
            comment: (self.comment.0 % 2 == 1).then_some(self.comment.1 ^ b'#'),
            preamble_lines: usize::from(self.preamble_lines % 4),
            header_rows: usize::from(self.header_rows.wrapping_add(1) % 4),
            notes: [Notes::None, Notes::Alone, Notes::Leading][usize::from(self.header_rows / 8 % 3)],
            repeated_header: (self.header_rows & 16 == 16).then(|| (*b"a").into()),
            blank_records: self.header_rows & 32 == 32,
            frames: self.header_rows & 64 == 64,
            places: (self.header_rows & 128 == 128).then(|| [0..2, 3..5].into()),
        }
    }

    /// Nothing asked for, or some of what can be.
    pub fn overrides(&self) -> Overrides {
        let headers = [
            HeaderMode::Detect,
            HeaderMode::Present,
            HeaderMode::Absent,
            HeaderMode::Rows(2),
        ];
        Overrides {
            encoding: (self.asked & 1 == 1).then(|| self.encoding()),
            delimiter: (self.asked & 2 == 2).then(|| self.dialect().delimiter),
            preamble_lines: (self.asked & 4 == 4).then(|| self.dialect().preamble_lines),
            header: headers[usize::from(self.header_rows % 4)],
            quoted_numbers: self.quoted_numbers(),
            ..Overrides::default()
        }
    }

    /// Any encoding.
    pub fn encoding(&self) -> Encoding {
        const LABELS: [&str; 18] = [
            "utf-8",
            "utf-16le",
            "utf-16be",
            "utf-32le",
            "utf-32be",
            "windows-1252",
            "gb18030",
            "big5",
            "euc-jp",
            "shift_jis",
            "euc-kr",
            "koi8-r",
            "macintosh",
            "iso-8859-15",
            "ibm850",
            "ibm857",
            "windows-1251",
            "windows-874",
        ];
        let label = LABELS[usize::from(self.encoding) % LABELS.len()];
        label.parse().expect("it is a label of an encoding")
    }

    /// The profile of a table of up to five text columns.
    pub fn profile(&self) -> CsvProfile {
        let width = usize::from(self.width.wrapping_add(2) % 6);
        let column = |i| Column::new(format!("c{i}"), ColumnType::Utf8);
        CsvProfile {
            encoding: Encoding::Utf8,
            encoding_asked: false,
            dialect: self.dialect(),
            quoted_numbers: self.quoted_numbers(),
            columns: (0..width).map(column).collect(),
            usual_cells: width,
            others: self.others(),
            findings: Vec::new(),
        }
    }

    /// No other table, or one on some of the first lines, or from one of them on.
    fn others(&self) -> Vec<OtherTable> {
        let first_line = u64::from(self.block % 8);
        let other = OtherTable {
            first_line,
            last_line: (self.block & 64 == 64).then_some(first_line + 2),
            columns: 2,
            kind: Beside::Other,
        };
        (self.block & 128 == 128).then_some(other).into_iter().collect()
    }

    /// The same with types that its columns need not have, in any notation.
    pub fn asked_profile(&self) -> CsvProfile {
        let mut profile = self.profile();
        for (column, choice) in profile.columns.iter_mut().zip(self.kinds) {
            (column.kind, column.notation, column.asked) = (kind(choice), self.notation(), true);
            column.holds_rows = choice / 13 % 2 == 1;
            let nulls = if choice / 26 % 4 == 1 { "0" } else { "" };
            column.nulls = NullWords::new([nulls]);
        }
        profile
    }

    /// How many rows a batch may have.
    pub fn batch_size(&self) -> usize {
        usize::from(self.batch) + 1
    }

    /// How long the pieces are in which a stream comes, again and again.
    pub fn pieces(&self) -> impl Iterator<Item = usize> {
        self.pieces.into_iter().cycle().map(|size| usize::from(size) + 1)
    }

    fn quoted_numbers(&self) -> QuotedNumbers {
        match self.quotes_mean_text % 2 {
            0 => QuotedNumbers::Values,
            _ => QuotedNumbers::Text,
        }
    }

    fn signs(&self) -> Signs {
        let unit = |name| Unit::new(name).map_or(Signs::Accounts, Signs::Unit);
        match self.asked / 8 % 4 {
            0 => Signs::Accounts,
            1 => unit("€"),
            2 => unit("kg"),
            _ => Signs::Minus,
        }
    }

    fn notation(&self) -> Notation {
        let choice = usize::from(self.asked);
        Notation {
            words: Words::ALL[choice % Words::ALL.len()],
            marks: Marks::ALL[choice % Marks::ALL.len()],
            date: DateForm::ALL[choice % DateForm::ALL.len()],
            clock: [Clock::Hours24, Clock::Hours12][choice / 64 % 2],
            null_words: choice / 128 == 1,
            code_free: choice / 32 % 2 == 1,
            signs: self.signs(),
        }
    }
}

fn kind(choice: u8) -> ColumnType {
    match choice % 13 {
        0 => ColumnType::Int64,
        1 => ColumnType::Boolean,
        2 => ColumnType::UInt64,
        3 => ColumnType::Decimal(1 + choice / 13 % 19 * 2, choice / 13 % 2),
        4 => ColumnType::Float64,
        5 => ColumnType::Date32,
        6 => ColumnType::Time,
        7 => ColumnType::Date32,
        8 => ColumnType::Timestamp,
        9 => ColumnType::TimestampNs,
        10 => ColumnType::TimestampUtc,
        11 => ColumnType::TimestampUtcNs,
        _ => ColumnType::Utf8,
    }
}

/// Cuts `text` at its record ends as they show when it comes piece by piece.
pub fn chunks<'a>(text: &'a [u8], choices: &Choices) -> Vec<&'a [u8]> {
    let mut cutter = RecordCutter::new(&choices.dialect());
    let (mut chunks, mut from, mut at) = (Vec::new(), 0, 0);
    for piece in choices.pieces() {
        at = text.len().min(at + piece);
        let complete = at == text.len();
        let end = cutter.scan(&text[from..at], complete);
        if end > 0 {
            chunks.push(&text[from..from + end]);
            cutter.cut(end);
            from += end;
        }
        if complete {
            break;
        }
    }
    chunks
}

/// The chunks with their places in the file; records are not counted.
pub fn placed<'a>(chunks: &[&'a [u8]]) -> Vec<Chunk<'a>> {
    let (mut first_line, mut offset) = (1, 0);
    let place = |(i, &text): (usize, &&'a [u8])| {
        let starts_file = i == 0;
        let chunk = Chunk {
            first_line,
            offset,
            starts_file,
            ..Chunk::whole(text)
        };
        first_line += count_lines(text);
        offset += text.len() as u64;
        chunk
    };
    chunks.iter().enumerate().map(place).collect()
}

/// How many surveys may find what they like, as in the server.
const FREE_PASSES: usize = 2;

/// What a survey finds; if that changes what it promised, what the last one finds.
///
/// # Panics
/// If there is no last one.
pub fn survey(profile: &CsvProfile, chunks: &[&[u8]]) -> Surveyed {
    let chunks = placed(chunks);
    let mut profile = profile.clone();
    for pass in 0..20 {
        let survey = Survey::new(&profile);
        let mut survey = if pass < FREE_PASSES { survey } else { survey.holding_types() };
        chunks.iter().for_each(|chunk| survey.observe(chunk));
        let surveyed = survey.finish();
        if surveyed.settled {
            return surveyed;
        }
        profile = surveyed.profile;
    }
    panic!("surveys come to no end")
}
