//! A profile as bytes that stand for how a file's values are read: two profiles that read any file differently have other
//! bytes, on every machine and in every version. Every field is named here, so that a new one asks to be thought of.

use crate::column::field::Column;
use crate::profile::CsvProfile;
use crate::table::asides::{Beside, OtherTable};
use crate::table::overrides::QuotedNumbers;
use crate::text::dialect::{Delimiter, Dialect, Notes, Spacing};
use crate::value::kind::ColumnType;
use crate::value::notation::{Clock, DateForm, Marks, Notation, Signs, Words};

impl CsvProfile {
    /// The bytes that stand for how this profile reads a file.
    pub fn identity(&self) -> Vec<u8> {
        let CsvProfile {
            encoding,
            encoding_asked,
            dialect,
            quoted_numbers,
            columns,
            usual_cells,
            others,
            // Findings say what was odd, and change no value.
            findings: _,
        } = self;
        let mut identity = Identity::default();
        identity.text(encoding.to_string().as_bytes());
        identity.flag(*encoding_asked);
        identity.dialect(dialect);
        identity.name(match quoted_numbers {
            QuotedNumbers::Values => "values",
            QuotedNumbers::Text => "text",
        });
        identity.number(columns.len() as u64);
        columns.iter().for_each(|column| identity.column(column));
        identity.number(*usual_cells as u64);
        identity.number(others.len() as u64);
        others.iter().for_each(|other| identity.other(other));
        identity.later(dialect);
        for (index, column) in columns.iter().enumerate() {
            identity.later_of_column(index, column);
        }
        identity.0
    }
}

/// What is known of a profile so far. Each part says where it ends, so that no two orders of parts look alike.
#[derive(Default)]
struct Identity(Vec<u8>);

impl Identity {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(flag.into());
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.0.extend(text);
    }

    fn name(&mut self, name: &'static str) {
        self.text(name.as_bytes());
    }

    fn option<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            put(self, value);
        }
    }

    fn byte(&mut self, byte: Option<u8>) {
        self.option(byte, |identity, byte| identity.0.push(byte));
    }

    fn dialect(&mut self, dialect: &Dialect) {
        let Dialect {
            delimiter,
            quote,
            escape,
            comment,
            preamble_lines,
            header_rows,
            notes,
            repeated_header,
            // Of `later`.
            blank_records: _,
            frames: _,
            places: _,
        } = dialect;
        self.text(Delimiter::as_bytes(delimiter));
        self.byte(*quote);
        self.byte(*escape);
        self.byte(*comment);
        self.number(*preamble_lines as u64);
        self.number(*header_rows as u64);
        self.name(match notes {
            Notes::None => "none",
            Notes::Alone => "alone",
            Notes::Leading => "leading",
        });
        self.option(repeated_header.as_deref(), Self::text);
    }

    /// What came to a dialect later, and only if it is there: a file that needs none of it keeps the bytes that it had.
    /// Behind all else, so that it cannot be taken for anything before it.
    fn later(&mut self, dialect: &Dialect) {
        match dialect.delimiter.spacing() {
            Spacing::Exact => {}
            Spacing::Runs => self.name("runs"),
            Spacing::Padded => self.name("padded"),
            Spacing::Framed => self.name("framed"),
        }
        if dialect.blank_records {
            self.name("blank records");
        }
        if dialect.frames {
            self.name("frames");
        }
        if let Some(places) = dialect.places.as_deref() {
            self.name("places");
            self.number(places.len() as u64);
            let ends = places.iter().flat_map(|place| [place.start, place.end]);
            ends.for_each(|end| self.number(end as u64));
        }
    }

    /// What came to columns later, and only if it is there.
    fn later_of_column(&mut self, index: usize, column: &Column) {
        match column.notation.signs {
            Signs::Minus => {}
            Signs::Accounts => {
                self.name("accounts");
                self.number(index as u64);
            }
            Signs::Unit(unit) => {
                self.name("unit");
                self.number(index as u64);
                self.text(unit.as_str().as_bytes());
            }
        }
        if !column.nulls.is_empty() {
            self.name("nulls");
            self.number(index as u64);
            self.number(column.nulls.iter().count() as u64);
            column.nulls.iter().for_each(|word| self.text(word.as_bytes()));
        }
    }

    fn column(&mut self, column: &Column) {
        let Column {
            name,
            original,
            kind,
            notation,
            asked,
            notation_asked,
            holds_rows,
            // Of `later_of_column`.
            nulls: _,
        } = column;
        self.text(name.as_bytes());
        self.option(original.as_deref(), |identity, original| {
            identity.text(original.as_bytes());
        });
        self.kind(*kind);
        self.notation(*notation);
        self.flag(*asked);
        self.flag(*notation_asked);
        self.flag(*holds_rows);
    }

    fn kind(&mut self, kind: ColumnType) {
        self.name(match kind {
            ColumnType::Boolean => "boolean",
            ColumnType::Int64 => "int64",
            ColumnType::UInt64 => "uint64",
            ColumnType::Decimal(..) => "decimal",
            ColumnType::Float64 => "float64",
            ColumnType::Date32 => "date",
            ColumnType::Time => "time",
            ColumnType::Timestamp => "timestamp",
            ColumnType::TimestampNs => "timestamp_ns",
            ColumnType::TimestampUtc => "timestamptz",
            ColumnType::TimestampUtcNs => "timestamptz_ns",
            ColumnType::Utf8 => "text",
        });
        if let ColumnType::Decimal(digits, scale) = kind {
            self.0.extend([digits, scale]);
        }
    }

    fn notation(&mut self, notation: Notation) {
        let Notation {
            words,
            marks,
            date,
            clock,
            null_words,
            code_free,
            // Of `later_of_column`.
            signs: _,
        } = notation;
        self.name(match words {
            Words::TrueFalse => "true/false",
            Words::YesNo => "yes/no",
            Words::TF => "t/f",
            Words::YN => "y/n",
        });
        self.name(match marks {
            Marks::Plain => "1234.5",
            Marks::Comma => "1,234.5",
            Marks::Apostrophe => "1'234.5",
            Marks::BlankDot => "1 234.5",
            Marks::DotComma => "1.234,5",
            Marks::BlankComma => "1 234,5",
        });
        self.date(date);
        self.name(match clock {
            Clock::Hours24 => "24",
            Clock::Hours12 => "12",
        });
        self.flag(null_words);
        self.flag(code_free);
    }

    fn date(&mut self, date: DateForm) {
        self.name(match date {
            DateForm::Iso => "y-m-d",
            DateForm::YearSlash => "y/m/d",
            DateForm::YearDot => "y.m.d",
            DateForm::DayName => "d name y",
            DateForm::NameDay => "name d y",
            DateForm::DaySlash => "d/m/y",
            DateForm::DayDash => "d-m-y",
            DateForm::DayDot => "d.m.y",
            DateForm::MonthSlash => "m/d/y",
            DateForm::MonthDash => "m-d-y",
            DateForm::MonthDot => "m.d.y",
        });
    }

    fn other(&mut self, other: &OtherTable) {
        let OtherTable {
            first_line,
            last_line,
            columns,
            kind,
        } = other;
        self.number(*first_line);
        self.option(*last_line, Self::number);
        self.number(*columns as u64);
        self.name(match kind {
            Beside::Other => "other",
            Beside::Title => "title",
            Beside::Perhaps => "perhaps",
            Beside::Rest => "rest",
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;

    use super::*;
    use crate::finding::Finding;
    use crate::text::encoding::name::Encoding;
    use crate::value::nulls::NullWords;
    use crate::value::units::Unit;

    fn known() -> CsvProfile {
        CsvProfile {
            encoding: Encoding::Windows1252,
            encoding_asked: false,
            dialect: Dialect {
                repeated_header: Some(Arc::from(&b"a;b"[..])),
                ..Dialect::default()
            },
            quoted_numbers: QuotedNumbers::Values,
            columns: vec![
                Column {
                    original: Some("A ".into()),
                    ..Column::new("a", ColumnType::Decimal(18, 2))
                },
                Column::new("b", ColumnType::Date32),
            ],
            usual_cells: 2,
            others: vec![OtherTable {
                first_line: 7,
                last_line: Some(9),
                columns: 3,
                kind: Beside::Other,
            }],
            findings: Vec::new(),
        }
    }

    fn unit(name: &str) -> Signs {
        Signs::Unit(Unit::new(name).expect("it is a unit"))
    }

    type Change = fn(&mut CsvProfile);

    /// One change of each field, and of those in it.
    const CHANGES: [Change; 54] = [
        |p| p.encoding = Encoding::Utf8,
        |p| p.encoding = Encoding::Utf16Le,
        |p| p.encoding_asked = true,
        |p| p.dialect.delimiter = Delimiter::byte(b';'),
        |p| p.dialect.delimiter = Delimiter::new(b",,").expect("two commas"),
        |p| p.dialect.delimiter = Delimiter::byte(b'|'),
        |p| p.dialect.delimiter = Delimiter::PADDED_PIPE,
        |p| p.dialect.delimiter = Delimiter::FRAMED_PIPE,
        |p| p.dialect.quote = None,
        |p| p.dialect.quote = Some(b'\''),
        |p| p.dialect.escape = Some(b'\\'),
        |p| p.dialect.comment = Some(b'#'),
        |p| p.dialect.preamble_lines = 1,
        |p| p.dialect.header_rows = 0,
        |p| p.dialect.notes = Notes::Alone,
        |p| p.dialect.notes = Notes::Leading,
        |p| p.dialect.repeated_header = None,
        |p| p.dialect.blank_records = true,
        |p| p.dialect.frames = true,
        |p| p.dialect.places = Some([0..4, 5..9].into()),
        |p| p.dialect.places = Some([0..4, 6..9].into()),
        |p| p.quoted_numbers = QuotedNumbers::Text,
        |p| p.columns.truncate(1),
        |p| p.columns.swap(0, 1),
        |p| p.columns[0].name = "A".into(),
        |p| p.columns[0].original = None,
        |p| p.columns[0].kind = ColumnType::Decimal(18, 3),
        |p| p.columns[0].kind = ColumnType::Utf8,
        |p| p.columns[0].notation.words = Words::YesNo,
        |p| p.columns[0].notation.marks = Marks::DotComma,
        |p| p.columns[1].notation.date = DateForm::DaySlash,
        |p| p.columns[1].notation.date = DateForm::MonthSlash,
        |p| p.columns[1].notation.clock = Clock::Hours12,
        |p| p.columns[1].notation.null_words = true,
        |p| p.columns[0].asked = true,
        |p| p.columns[0].notation_asked = true,
        |p| p.columns[0].notation.code_free = true,
        |p| p.columns[0].holds_rows = true,
        |p| p.columns[0].notation.signs = Signs::Accounts,
        |p| p.columns[1].notation.signs = Signs::Accounts,
        |p| p.columns[0].notation.signs = unit("€"),
        |p| p.columns[1].notation.signs = unit("€"),
        |p| p.columns[0].notation.signs = unit("EUR"),
        |p| p.columns[0].nulls = NullWords::new(["k.A."]),
        |p| p.columns[1].nulls = NullWords::new(["k.A."]),
        |p| p.columns[0].nulls = NullWords::new(["k.A.", "-1"]),
        |p| p.columns[0].nulls = NullWords::new(["-1"]),
        |p| p.usual_cells = 1,
        |p| p.others.clear(),
        |p| p.others[0].first_line = 8,
        |p| p.others[0].last_line = None,
        |p| p.others[0].columns = 2,
        |p| p.others[0].kind = Beside::Perhaps,
        |p| p.others[0].kind = Beside::Rest,
    ];

    #[test]
    fn whatever_decides_a_value_changes_it() {
        let mut seen = HashSet::from([known().identity()]);
        for (number, change) in CHANGES.iter().enumerate() {
            let mut profile = known();
            change(&mut profile);
            assert_ne!(profile, known(), "change {number} changes nothing");
            assert!(seen.insert(profile.identity()), "change {number} is not seen");
        }
    }

    #[test]
    fn what_decides_nothing_does_not() {
        let mut profile = known();
        profile.tell(Finding::TitleBetween { line: 2 });
        assert_eq!(profile.identity(), known().identity());
    }

    #[test]
    fn every_name_is_another() {
        let of = |notation: Notation| {
            let mut identity = Identity::default();
            identity.notation(notation);
            identity.0
        };
        let plain = Notation::default();
        let dates: HashSet<_> = DateForm::ALL
            .iter()
            .map(|&date| of(Notation { date, ..plain }))
            .collect();
        let marks: HashSet<_> = Marks::ALL
            .iter()
            .map(|&marks| of(Notation { marks, ..plain }))
            .collect();
        let words: HashSet<_> = Words::ALL
            .iter()
            .map(|&words| of(Notation { words, ..plain }))
            .collect();
        assert_eq!(
            (dates.len(), marks.len(), words.len()),
            (DateForm::ALL.len(), Marks::ALL.len(), Words::ALL.len())
        );
    }
}
