//! How the values of a column are written: what a reader has to know besides their type.
//!
//! A notation is found by elimination (`column`): it is that of a column if it reads every value, and every other that
//! would read them all too reads them the same. The texts are in the table of `column`.

use crate::value::kind::ColumnType;
use crate::value::units::{Figure, Room, Unit};

/// How the values of a column are written.
///
/// What does not concern the type of the column has its default. The default as a whole is what programs write: `true`
/// and `false`, numbers without thousands separators, ISO dates, and nothing but empty cells for NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Notation {
    /// The words of truth values.
    pub words: Words,
    /// The marks within numbers.
    pub marks: Marks,
    /// The signs around numbers.
    pub signs: Signs,
    /// The form of dates, alone or in front of a time.
    pub date: DateForm,
    /// The clock of times.
    pub clock: Clock,
    /// Whether words such as `NA` stand for NULL.
    pub null_words: bool,
    /// Whether floats such as `12e3` are no values, because they may be codes as well: nothing proves that the column has
    /// numbers.
    pub code_free: bool,
}

/// The two words for true and false, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Words {
    /// `true` and `false`.
    #[default]
    TrueFalse,
    /// `yes` and `no`.
    YesNo,
    /// `t` and `f`.
    TF,
    /// `y` and `n`.
    YN,
}

impl Words {
    /// All of them, in order of preference.
    pub const ALL: [Words; 4] = [Words::TrueFalse, Words::YesNo, Words::TF, Words::YN];
}

/// The thousands separator and the decimal mark of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Marks {
    /// `1234.5`
    #[default]
    Plain,
    /// `1,234.5`
    Comma,
    /// `1'234.5`
    Apostrophe,
    /// `1 234.5`
    BlankDot,
    /// `1.234,5`
    DotComma,
    /// `1 234,5`
    BlankComma,
}

impl Marks {
    /// All of them, in order of preference.
    pub const ALL: [Marks; 6] = [
        Marks::Plain,
        Marks::Comma,
        Marks::Apostrophe,
        Marks::BlankDot,
        Marks::DotComma,
        Marks::BlankComma,
    ];

    /// The byte in front of the fraction.
    ///
    /// It is all that a value depends on: two notations with the same decimal mark never read a text differently.
    pub(crate) const fn decimal(self) -> u8 {
        match self {
            Marks::Plain | Marks::Comma | Marks::Apostrophe | Marks::BlankDot => b'.',
            Marks::DotComma | Marks::BlankComma => b',',
        }
    }

    pub(crate) fn example(self) -> &'static str {
        match self {
            Marks::Plain => "1234.5",
            Marks::Comma => "1,234.5",
            Marks::Apostrophe => "1'234.5",
            Marks::BlankDot => "1 234.5",
            Marks::DotComma => "1.234,5",
            Marks::BlankComma => "1 234,5",
        }
    }
}

/// What may stand around the digits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Signs {
    /// A minus in front of them: `-1234.5`.
    #[default]
    Minus,
    /// What accounts have as well: parentheses around a negative number, or its minus behind it. `(1234.5)`, `1234.5-`
    Accounts,
    /// All of that, and this unit beside every number: `€ 1234.5`, `1234.5 %`. It is no factor: `12 %` is 12.
    Unit(Unit),
}

impl Signs {
    /// A number without these signs, as programs write it but for its marks. Texts that are no numbers may stay as they are,
    /// for parsers that know better; `None` if a number has other signs.
    pub(crate) fn strip<'a>(self, text: &'a [u8], room: &'a mut Room) -> Option<&'a [u8]> {
        if self == Signs::Minus {
            return Some(text);
        }
        match (Figure::of(text), self) {
            (Some(figure), Signs::Unit(unit)) => (figure.unit == Some(unit)).then(|| figure.plain(room)),
            (Some(figure), _) => figure.unit.is_none().then(|| figure.plain(room)),
            // What is not a number at all has no unit.
            (None, Signs::Unit(_)) => text.eq_ignore_ascii_case(b"nan").then_some(text),
            (None, _) => Some(text),
        }
    }

    /// A number with these signs.
    fn around(self, number: &str) -> String {
        match self {
            Signs::Minus => number.to_owned(),
            Signs::Accounts => format!("({number})"),
            Signs::Unit(unit) if unit.is_sign_of_money() => format!("{unit} {number}"),
            Signs::Unit(unit) => format!("{number} {unit}"),
        }
    }
}

/// The order and the separator of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateForm {
    /// `2024-01-31`
    #[default]
    Iso,
    /// `2024/01/31`
    YearSlash,
    /// `2024.01.31`
    YearDot,
    /// `31 Jan 2024` or `31-Jan-2024`
    DayName,
    /// `Jan 31, 2024`
    NameDay,
    /// `31/01/2024`
    DaySlash,
    /// `31-01-2024`
    DayDash,
    /// `31.01.2024`
    DayDot,
    /// `01/31/2024`
    MonthSlash,
    /// `01-31-2024`
    MonthDash,
    /// `01.31.2024`
    MonthDot,
}

impl DateForm {
    /// All of them, in order of preference.
    pub const ALL: [DateForm; 11] = [
        DateForm::Iso,
        DateForm::YearSlash,
        DateForm::YearDot,
        DateForm::DayName,
        DateForm::NameDay,
        DateForm::DaySlash,
        DateForm::DayDash,
        DateForm::DayDot,
        DateForm::MonthSlash,
        DateForm::MonthDash,
        DateForm::MonthDot,
    ];

    /// The form with day and month exchanged, which reads many of the same texts as other days.
    pub(crate) const fn rival(self) -> Option<DateForm> {
        match self {
            DateForm::DaySlash => Some(DateForm::MonthSlash),
            DateForm::DayDash => Some(DateForm::MonthDash),
            DateForm::DayDot => Some(DateForm::MonthDot),
            DateForm::MonthSlash => Some(DateForm::DaySlash),
            DateForm::MonthDash => Some(DateForm::DayDash),
            DateForm::MonthDot => Some(DateForm::DayDot),
            _ => None,
        }
    }

    /// Whether the month comes first, in digits.
    pub(crate) const fn is_month_first(self) -> bool {
        matches!(self, DateForm::MonthSlash | DateForm::MonthDash | DateForm::MonthDot)
    }

    fn pattern(self) -> &'static str {
        match self {
            DateForm::Iso => "YYYY-MM-DD",
            DateForm::YearSlash => "YYYY/MM/DD",
            DateForm::YearDot => "YYYY.MM.DD",
            DateForm::DayName => "DD Mon YYYY",
            DateForm::NameDay => "Mon DD, YYYY",
            DateForm::DaySlash => "DD/MM/YYYY",
            DateForm::DayDash => "DD-MM-YYYY",
            DateForm::DayDot => "DD.MM.YYYY",
            DateForm::MonthSlash => "MM/DD/YYYY",
            DateForm::MonthDash => "MM-DD-YYYY",
            DateForm::MonthDot => "MM.DD.YYYY",
        }
    }
}

/// How the hours of a day are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Clock {
    /// From 0 to 23.
    #[default]
    Hours24,
    /// From 1 to 12, with `AM` or `PM` behind the time.
    Hours12,
}

impl Notation {
    /// Itself, with words such as `NA` for NULL.
    #[must_use]
    pub fn with_null_words(self) -> Self {
        Notation {
            null_words: true,
            ..self
        }
    }

    /// A type in this notation, for people: its bare name if the notation is the default, `Date32 as DD/MM/YYYY`, `Int64 as €
    /// 1.234,5`. A sign of money stands in front of the number, every other unit behind it, as they may in the values too.
    pub fn describe(self, kind: ColumnType) -> String {
        let example = match kind {
            ColumnType::Boolean => self.words_example().map(str::to_owned),
            kind if kind.is_number() => {
                let is_plain = (self.marks, self.signs) == (Marks::Plain, Signs::Minus);
                (!is_plain).then(|| self.signs.around(self.marks.example()))
            }
            ColumnType::Utf8 => None,
            _ => (self.date != DateForm::Iso).then(|| self.date.pattern().to_owned()),
        };
        let clock = match self.clock {
            Clock::Hours12 if kind.has_clock() => " with AM/PM",
            _ => "",
        };
        match example {
            Some(example) => format!("{kind} as {example}{clock}"),
            None => format!("{kind}{clock}"),
        }
    }

    fn words_example(self) -> Option<&'static str> {
        match self.words {
            Words::TrueFalse => None,
            Words::YesNo => Some("yes/no"),
            Words::TF => Some("t/f"),
            Words::YN => Some("y/n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions() {
        let plain = Notation::default();
        let dates = |date, clock| Notation { date, clock, ..plain };
        let signs = |signs| Notation { signs, ..plain };
        let unit = |name| Signs::Unit(Unit::new(name).unwrap());
        let cases = [
            (ColumnType::Int64, plain, "Int64"),
            (
                ColumnType::Float64,
                Notation {
                    marks: Marks::DotComma,
                    ..plain
                },
                "Float64 as 1.234,5",
            ),
            (ColumnType::Int64, signs(Signs::Accounts), "Int64 as (1234.5)"),
            (ColumnType::Float64, signs(unit("%")), "Float64 as 1234.5 %"),
            (
                ColumnType::Decimal(12, 2),
                signs(unit("US$")),
                "Decimal(12,2) as US$ 1234.5",
            ),
            (
                ColumnType::Decimal(12, 2),
                Notation {
                    marks: Marks::DotComma,
                    ..signs(unit("€"))
                },
                "Decimal(12,2) as € 1.234,5",
            ),
            (ColumnType::Utf8, signs(Signs::Accounts), "Utf8"),
            (ColumnType::Date32, signs(unit("EUR")), "Date32"),
            (
                ColumnType::Boolean,
                Notation {
                    words: Words::YesNo,
                    ..plain
                },
                "Boolean as yes/no",
            ),
            (
                ColumnType::Date32,
                dates(DateForm::DaySlash, Clock::Hours24),
                "Date32 as DD/MM/YYYY",
            ),
            (
                ColumnType::Timestamp,
                dates(DateForm::MonthSlash, Clock::Hours12),
                "Timestamp as MM/DD/YYYY with AM/PM",
            ),
            (
                ColumnType::Time,
                dates(DateForm::Iso, Clock::Hours12),
                "Time with AM/PM",
            ),
        ];
        for (kind, notation, expected) in cases {
            assert_eq!(notation.describe(kind), expected);
        }
    }

    #[test]
    fn rivals_are_mutual() {
        for form in DateForm::ALL {
            assert!(form.rival().is_none_or(|rival| rival.rival() == Some(form)));
            assert!(!form.is_month_first() || form.rival().is_some());
        }
    }
}
