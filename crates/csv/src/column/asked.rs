//! A type that the caller asks for, and perhaps how its values are written.

use std::fmt;
use std::str::FromStr;

use crate::value::kind::{ColumnType, UnknownType};
use crate::value::notation::{Clock, DateForm, Marks, Notation, Signs, Words};
use crate::value::units::Figure;

/// What stands between a type and how its values are written.
const AS: &str = " as ";
/// What stands behind it for times of the twelve-hour clock.
const WITH: &str = " with ";

/// A type that a column is to have, whatever its cells say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AskedType {
    /// The type.
    pub kind: ColumnType,
    /// How the values are written; without it, as fits them.
    pub notation: Option<Notation>,
}

impl From<ColumnType> for AskedType {
    fn from(kind: ColumnType) -> Self {
        AskedType { kind, notation: None }
    }
}

impl fmt::Display for AskedType {
    /// Writes what is read back: `Decimal(12,2) as € 1.234,5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.notation.unwrap_or_default().describe(self.kind))
    }
}

impl FromStr for AskedType {
    type Err = UnknownType;

    /// Reads a type as [`ColumnType`] does, and what [`Notation::describe`] writes of one: `date as DD/MM/YYYY`, `float64 as
    /// 1.234,5`, `int64 as € 1.234,5`, `boolean as yes/no`, `time with AM/PM`.
    fn from_str(text: &str) -> Result<Self, UnknownType> {
        // ASCII letters alone change, so the places stay.
        let lower = text.to_ascii_lowercase();
        let Some(at) = lower.find(AS).or_else(|| lower.find(WITH)) else {
            return text.parse().map(|kind: ColumnType| kind.into());
        };
        let kind: ColumnType = text[..at].parse()?;
        let wanted = format!("{kind}{}", &text[at..]);
        let notation = notations().find(|notation| notation.describe(kind).eq_ignore_ascii_case(&wanted));
        let example = || lower[at..].starts_with(AS).then(|| &text[at + AS.len()..]);
        let notation = notation.or_else(|| signed(kind, example()?));
        let notation = notation.ok_or_else(|| UnknownType::written(text, &ways(kind)))?;
        Ok(AskedType {
            kind,
            notation: Some(notation),
        })
    }
}

/// The notation of numbers of which this is an example, with signs around it: `€ 1.234,5`, `1,234.5 %`, `(1234.5)`.
fn signed(kind: ColumnType, example: &str) -> Option<Notation> {
    let figure = Figure::of(example.trim().as_bytes()).filter(|figure| kind.is_number() && !figure.is_plain)?;
    let marks = Marks::ALL.into_iter().find(|marks| marks.example() == figure.body)?;
    let signs = figure.unit.map_or(Signs::Accounts, Signs::Unit);
    let plain = Notation::default();
    Some(Notation { marks, signs, ..plain })
}

/// How values of this type may be written.
fn ways(kind: ColumnType) -> Vec<String> {
    let mut ways: Vec<String> = notations().map(|notation| notation.describe(kind)).collect();
    if kind.is_number() {
        ways.extend(["€ 1.234,5", "1234.5 %", "(1,234.5)"].map(|example| format!("{kind} as {example}")));
    }
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Every notation that differs from the default in one thing, or in a date and its clock.
fn notations() -> impl Iterator<Item = Notation> {
    let plain = Notation::default();
    let words = Words::ALL.into_iter().map(move |words| Notation { words, ..plain });
    let marks = Marks::ALL.into_iter().map(move |marks| Notation { marks, ..plain });
    let dates = DateForm::ALL
        .into_iter()
        .flat_map(move |date| [Clock::Hours24, Clock::Hours12].map(|clock| Notation { date, clock, ..plain }));
    words.chain(marks).chain(dates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::units::Unit;

    #[test]
    fn what_is_described_can_be_asked_for() {
        let kinds = [
            ColumnType::Boolean,
            ColumnType::Int64,
            ColumnType::Decimal(9, 2),
            ColumnType::Float64,
            ColumnType::Date32,
            ColumnType::Time,
            ColumnType::TimestampUtcNs,
            ColumnType::Utf8,
        ];
        for kind in kinds {
            let units = ["€", "EUR", "%", "km/h", "Fr."].map(|name| Signs::Unit(Unit::new(name).unwrap()));
            let signed = [Signs::Accounts].into_iter().chain(units).flat_map(|signs| {
                let plain = Notation::default();
                Marks::ALL.map(|marks| Notation { marks, signs, ..plain })
            });
            for notation in notations().chain(signed) {
                let described = notation.describe(kind);
                let asked: AskedType = described.parse().unwrap();
                let read = asked.notation.unwrap_or_default();
                assert_eq!((asked.kind, read.describe(kind)), (kind, described));
            }
        }
    }

    #[test]
    fn what_would_be_right_is_said() {
        let said = |text: &str| text.parse::<AskedType>().unwrap_err().to_string();
        assert_eq!(
            said("boolean as on/off"),
            "'boolean as on/off' is no type of a column: use Boolean, Boolean as t/f, Boolean as y/n, Boolean as yes/no"
        );
        let date = said("date as %d/%m/%Y");
        assert!(
            date.contains("Date32 as DD/MM/YYYY") && date.contains("Date32 as MM-DD-YYYY"),
            "{date}"
        );
        assert_eq!(
            said("decimal(39,2)"),
            "'decimal(39,2)' is no type of a column: decimal(digits,scale) has up to 38 digits, and no more behind the \
             point than that"
        );
    }

    #[test]
    fn types_with_and_without_a_notation() {
        let dates = |date| Notation {
            date,
            ..Notation::default()
        };
        let signs = |name: &str, marks| Notation {
            signs: Signs::Unit(Unit::new(name).unwrap()),
            marks,
            ..Notation::default()
        };
        let accounts = Notation {
            signs: Signs::Accounts,
            ..Notation::default()
        };
        let cases = [
            ("bigint", Some((ColumnType::Int64, None))),
            (
                "Date as dd/mm/yyyy",
                Some((ColumnType::Date32, Some(dates(DateForm::DaySlash)))),
            ),
            (
                "decimal(12,2) as € 1.234,5",
                Some((ColumnType::Decimal(12, 2), Some(signs("€", Marks::DotComma)))),
            ),
            (
                "decimal(12,2) as 1.234,5€",
                Some((ColumnType::Decimal(12, 2), Some(signs("€", Marks::DotComma)))),
            ),
            (
                "INT64 AS 1,234.5 kg",
                Some((ColumnType::Int64, Some(signs("kg", Marks::Comma)))),
            ),
            (
                "float64 as 1 234.5 KG",
                Some((ColumnType::Float64, Some(signs("KG", Marks::BlankDot)))),
            ),
            ("float64 as (1234.5)", Some((ColumnType::Float64, Some(accounts)))),
            ("float64 as 1234.5-", Some((ColumnType::Float64, Some(accounts)))),
            ("float64 with 1234.5 €", None),
            ("float64 as 12 €", None),
            ("float64 as 1234.5 kg netto", None),
            ("date as € 1234.5", None),
            ("date as never", None),
            ("int64 as DD/MM/YYYY", None),
            ("nothing as 1.234,5", None),
        ];
        for (text, expected) in cases {
            let asked = text.parse::<AskedType>().ok().map(|asked| (asked.kind, asked.notation));
            assert_eq!(asked, expected, "{text}");
        }
    }
}
