//! Chooses the type and the notation of a column from the candidates that its values allow.
//!
//! A notation counts only if no other reads the same values differently: where one is left, that is a proof, and where two
//! are left, the column is text and the [`Doubt`] says why.

use crate::column::candidates::{Candidates, Number};
use crate::column::tally::Tally;
use crate::value::kind::{ColumnType, MAX_DIGITS};
use crate::value::notation::{Clock, DateForm, Marks, Notation, Words};

/// Why a column is text although types could hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// Day and month are told apart by no value.
    DayOrMonth,
    /// A comma may be a thousands separator or a decimal mark.
    Comma,
    /// Groups of digits may be numbers or identifiers.
    Groups,
    /// Digits, `e` and digits may be numbers or codes.
    Codes,
    /// There are numbers with more digits than any type of the others holds.
    Digits,
    /// Years have two digits, so that their century is unknown.
    ShortYear,
}

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) kind: ColumnType,
    pub(crate) notation: Notation,
    pub(crate) doubt: Option<Doubt>,
}

impl Decision {
    /// A decision without any doubt.
    pub(crate) fn sure(kind: ColumnType, notation: Notation) -> Self {
        Decision {
            kind,
            notation,
            doubt: None,
        }
    }
}

/// The types with a time of day, in order of preference.
const CLOCKED: [ColumnType; 5] = [
    ColumnType::Timestamp,
    ColumnType::TimestampNs,
    ColumnType::TimestampUtc,
    ColumnType::TimestampUtcNs,
    ColumnType::Time,
];

/// The types of numbers, in order of preference.
const NUMBERS: [ColumnType; 4] = [
    ColumnType::Int64,
    ColumnType::UInt64,
    ColumnType::Decimal(MAX_DIGITS, 0),
    ColumnType::Float64,
];

/// The first candidate of `set`, which values have made, in the order of the table of `column`.
pub(crate) fn first_of(set: Candidates, tally: &Tally) -> Result<Option<(ColumnType, Notation)>, Doubt> {
    let plain = Notation::default();
    // One word alone proves nothing: a column of `NO` may be the country code of Norway, and `n` may mean anything.
    if let Some(words) = words(set).filter(|&words| words == Words::TrueFalse || tally.has_both_words()) {
        return Ok(Some((ColumnType::Boolean, Notation { words, ..plain })));
    }
    if let Some(marks) = marks(set, Number::Any)? {
        let kind = number(set, marks).ok_or(Doubt::Digits)?;
        let notation = number_notation(set, tally, kind, marks)?;
        return Ok((kind != ColumnType::Float64 || tally.number).then_some((kind, notation)));
    }
    let date = form(set, Candidates::moment)?;
    let notation = Notation {
        date: date.unwrap_or_default(),
        ..plain
    };
    if date.is_some_and(|form| set.holds(Candidates::date(form))) {
        return Ok(Some((ColumnType::Date32, notation)));
    }
    let clocked = |kind| with_clock(set, kind, notation).map(|notation| (kind, notation));
    Ok(CLOCKED.into_iter().find_map(clocked))
}

/// The notation of numbers of type `kind` with these marks; a doubt if they may be something else than numbers.
fn number_notation(set: Candidates, tally: &Tally, kind: ColumnType, marks: Marks) -> Result<Notation, Doubt> {
    let is_proven = tally.proves_numbers(marks);
    if !is_proven && !tally.proves_groups(marks) {
        return Err(Doubt::Groups);
    }
    floats(set, kind, marks, is_proven).ok_or(Doubt::Codes)
}

/// The notation of numbers; `None` if there are floats that may be codes.
fn floats(set: Candidates, kind: ColumnType, marks: Marks, is_proven: bool) -> Option<Notation> {
    let code_free = kind == ColumnType::Float64 && !is_proven;
    (!code_free || set.holds(Candidates::CODE_FREE)).then(|| Notation {
        marks,
        code_free,
        ..Notation::default()
    })
}

/// What numbers `set` has if they are written with `marks`, as those of other columns are.
pub(crate) fn number_with(set: Candidates, tally: &Tally, marks: Marks) -> Option<(ColumnType, Notation)> {
    let is_number = set.holds(Candidates::number(Number::Any, marks));
    let kind = number(set, marks).filter(|_| is_number)?;
    let is_proven = tally.proves_numbers(marks);
    let is_address = kind != ColumnType::Float64 && marks == Marks::DotComma && tally.may_be_addresses();
    // `103,132` may be a list of codes, as commas stand between the parts of lists. Dots do not: `103.132` is no list.
    let is_list = !is_proven && marks == Marks::Comma && tally.may_be_codes(marks);
    let notation = floats(set, kind, marks, is_proven)?;
    (!is_address && !is_list).then_some((kind, notation))
}

/// The notation in which `set` has `kind`, without any doubt.
pub(crate) fn notation_for(set: Candidates, kind: ColumnType) -> Option<Notation> {
    let plain = Notation::default();
    let of_marks = |number| marks(set, number).ok()?.map(|marks| Notation { marks, ..plain });
    match kind {
        ColumnType::Boolean => words(set).map(|words| Notation { words, ..plain }),
        ColumnType::Int64 => of_marks(Number::Int64),
        ColumnType::UInt64 => of_marks(Number::UInt64),
        ColumnType::Decimal(..) => of_marks(Number::Any),
        ColumnType::Float64 => of_marks(Number::Float64),
        ColumnType::Date32 => form(set, Candidates::date).ok()?.map(|date| Notation { date, ..plain }),
        ColumnType::Timestamp | ColumnType::TimestampNs => {
            let date = form(set, Candidates::moment).ok()??;
            with_clock(set, kind, Notation { date, ..plain })
        }
        ColumnType::Time | ColumnType::TimestampUtc | ColumnType::TimestampUtcNs => with_clock(set, kind, plain),
        ColumnType::Utf8 => Some(plain),
    }
}

fn words(set: Candidates) -> Option<Words> {
    Words::ALL
        .into_iter()
        .find(|&words| set.holds(Candidates::words(words)))
}

/// The marks in which `set` has `number`; a doubt if they may be read in two ways.
///
/// Without a comma between them, the notations that are left read no text differently.
fn marks(set: Candidates, number: Number) -> Result<Option<Marks>, Doubt> {
    let has = |marks: &Marks| set.holds(Candidates::number(number, *marks));
    match Marks::ALL.into_iter().find(has) {
        Some(Marks::Comma) if [Marks::DotComma, Marks::BlankComma].iter().any(has) => Err(Doubt::Comma),
        first => Ok(first),
    }
}

fn number(set: Candidates, marks: Marks) -> Option<ColumnType> {
    let notation = Notation {
        marks,
        ..Notation::default()
    };
    NUMBERS
        .into_iter()
        .find(|&kind| set.holds(Candidates::required(kind, notation)))
}

/// The form in which `set` has a date; a doubt if day and month may be exchanged.
fn form(set: Candidates, candidate: impl Fn(DateForm) -> Candidates) -> Result<Option<DateForm>, Doubt> {
    let form = DateForm::ALL.into_iter().find(|&form| set.holds(candidate(form)));
    match form.and_then(DateForm::rival) {
        Some(rival) if set.holds(candidate(rival)) => Err(Doubt::DayOrMonth),
        _ => Ok(form),
    }
}

/// `notation` with the clock by which `set` has `kind`.
fn with_clock(set: Candidates, kind: ColumnType, notation: Notation) -> Option<Notation> {
    let clocks = [Clock::Hours24, Clock::Hours12].map(|clock| Notation { clock, ..notation });
    clocks
        .into_iter()
        .find(|&notation| set.holds(Candidates::required(kind, notation)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::evidence::Evidence;
    use ColumnType::{Boolean, Date32, Decimal, Float64, Int64, Time, Timestamp, TimestampNs, Utf8};

    fn gather(cells: &[&str]) -> Evidence {
        let mut evidence = Evidence::NONE;
        for cell in cells {
            evidence.observe(cell.as_bytes(), false);
        }
        evidence
    }

    #[test]
    fn doubts() {
        let cases: [(&[&str], Option<Doubt>); 20] = [
            (&["1 234"], Some(Doubt::Groups)),
            (&["29 123 456", "29 123 457", "NA"], Some(Doubt::Groups)),
            (&["29 123 456", "850"], None),
            (&["-29 123 456"], None),
            (&["1.234.567"], Some(Doubt::Groups)),
            (&["192.168.100.101", "10.100.100.100"], Some(Doubt::Groups)),
            (&["1.5", "9007199254740993"], Some(Doubt::Digits)),
            (&["9007199254740993.0"], Some(Doubt::Digits)),
            (&["01/02/2024", "NA"], Some(Doubt::DayOrMonth)),
            (&["01/02/2024", "13/02/2024"], None),
            (&["1,234"], Some(Doubt::Comma)),
            (&["1,234", "1,5"], None),
            (&["1,234", "x"], None),
            (&["5381e182"], Some(Doubt::Codes)),
            (&["1e5", "12E3", "NA"], Some(Doubt::Codes)),
            (&["1e5", "12E3", "2.5"], None),
            (&["101", "103 132"], Some(Doubt::Groups)),
            (&["101", "103'132"], Some(Doubt::Groups)),
            (&["101", "103 132", "12 345"], None),
            (&[], None),
        ];
        for (cells, expected) in cases {
            assert_eq!(gather(cells).decide().doubt, expected, "{cells:?}");
        }
    }

    /// The type and the notation of columns of these cells.
    fn check(cases: &[(&[&str], &str)]) {
        for (cells, expected) in cases {
            let Decision { kind, notation, .. } = gather(cells).decide();
            assert_eq!(&notation.describe(kind), expected, "{cells:?}");
        }
    }

    #[test]
    fn floats_or_codes() {
        check(&[
            (&["5381e182"], "Utf8"),
            (&["12E3", "14E2", "9E4"], "Utf8"),
            (&["89012e4", "1234567", ""], "Utf8"),
            (&["12e34", "1ab4"], "Utf8"),
            (&["00e5"], "Utf8"),
            (&["0e12345", "7"], "Utf8"),
            (&["nan", "12e3"], "Utf8"),
            (&["12e3", "inf"], "Utf8"),
            (&["1e999"], "Utf8"),
            (&["1.5", "1e999"], "Utf8"),
            (&["1e5"], "Float64"),
            (&["2.5E3"], "Float64"),
            (&["1.2e-4"], "Float64"),
            (&["1e5", "2E3", "0e0", "12"], "Float64"),
            (&["12e3", "2.5E3"], "Float64"),
            (&["12e3", "1e-4"], "Float64"),
            (&["12E+3"], "Float64"),
            (&["12e3", "-5"], "Float64"),
            (&["12e3", "0.5", "100"], "Float64"),
        ]);
    }

    #[test]
    fn thousands_or_codes() {
        check(&[
            (&["101", "103 132", "104 133"], "Utf8"),
            (&["101", "103\u{202F}132"], "Utf8"),
            (&["101", "103\u{A0}132 140"], "Utf8"),
            (&["103 132", "103 132 140"], "Utf8"),
            (&["101", "103'132"], "Utf8"),
            (&["101", "103’132’140"], "Utf8"),
            (&["101", "103.132.140"], "Utf8"),
            (&["101", "103,132,140"], "Utf8"),
            (&["101", "103 132", "nan"], "Utf8"),
            (&["29 123 456", "nan"], "Utf8"),
            (&["101", "103 132", "NA"], "Utf8"),
            (&["101", "103 132", "12"], "Int64 as 1 234.5"),
            (&["101", "103 132", "1 234"], "Int64 as 1 234.5"),
            (&["101", "103 132", "-104"], "Int64 as 1 234.5"),
            (&["101", "103 132", "0.5"], "Float64 as 1 234.5"),
            (&["101", "103 132,5"], "Float64 as 1 234,5"),
            (&["850", "29 123 456"], "Int64 as 1 234.5"),
            (&["120'000", "250'000"], "Int64 as 1'234.5"),
            (&["850", "1'234"], "Int64 as 1'234.5"),
            (&["850", "123,456,789", "1,234"], "Int64 as 1,234.5"),
            (&["1 234", "12 345", "12e3"], "Utf8"),
            (&["1 234,5", "12e3"], "Float64 as 1 234,5"),
        ]);
    }

    #[test]
    fn asked_types() {
        let plain = Notation::default();
        let marks = |marks| Notation { marks, ..plain };
        let day_first = Notation {
            date: DateForm::DaySlash,
            ..plain
        };
        let cases: [(&[&str], ColumnType, Notation, Option<&str>); 16] = [
            (&["1", "2.5"], Decimal(18, 2), plain, None),
            (&["1", "2,5"], Decimal(18, 2), marks(Marks::DotComma), None),
            (&["1", "x"], Decimal(18, 2), plain.with_null_words(), Some("x")),
            (&["1,234"], Int64, marks(Marks::Comma), None),
            (&["1,234"], Float64, plain.with_null_words(), Some("1,234")),
            (&["1", "2.5", "y"], Int64, plain.with_null_words(), Some("2.5")),
            (&["1", "NA"], Int64, plain.with_null_words(), None),
            (&["1"], Float64, plain, None),
            (&["31/01/2024"], Timestamp, day_first, None),
            (&["31/01/2024"], TimestampNs, day_first, None),
            (
                &["2024-01-01 10:00"],
                Date32,
                plain.with_null_words(),
                Some("2024-01-01 10:00"),
            ),
            (
                &["9:30 AM"],
                Time,
                Notation {
                    clock: Clock::Hours12,
                    ..plain
                },
                None,
            ),
            (
                &["F"],
                Boolean,
                Notation {
                    words: Words::TF,
                    ..plain
                },
                None,
            ),
            (&["1", "x"], Utf8, plain, None),
            (&["NA"], Utf8, plain, None),
            (&[], Date32, plain, None),
        ];
        for (cells, kind, notation, misfit) in cases {
            let evidence = gather(cells);
            let expected = Decision::sure(kind, notation);
            assert_eq!(evidence.decide_as(kind), expected, "{cells:?}");
            let found = evidence.misfit(kind, notation).map(|ruling| ruling.value.as_str());
            assert_eq!(found, misfit, "{cells:?}");
        }
    }
}
