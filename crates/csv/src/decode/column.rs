//! Builds one Arrow array from the cells of one column.
//!
//! The type is looked at once a block, not once a cell; nothing is allocated per cell.

use std::sync::Arc;

use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64NanosecondType, TimestampMicrosecondType,
    TimestampNanosecondType, UInt64Type,
};
use arrow_array::{ArrayRef, BooleanArray};
use arrow_buffer::BooleanBuffer;
use pulp::{Arch, Simd, WithSimd};

use super::source::Source;
use super::strings::Text;
use super::typed::{Cells, Column, Typed};
use crate::text::cell::{self, Cell};
use crate::text::index::Grid;
use crate::value::kind::{ColumnType, MAX_DIGITS};
use crate::value::notation::{Clock, DateForm, Marks, Notation, Signs, Words};
use crate::value::nulls::NullWords;
use crate::value::parse;
use crate::value::swar;
use crate::value::units::Room;

/// The array of a column, as far as it is built.
pub(crate) struct ColumnBuilder {
    kind: ColumnType,
    notation: Notation,
    nulls: NullWords,
    values: Values,
}

/// The values of a column, by how they are kept.
enum Values {
    Boolean(Typed<bool>),
    Int32(Typed<i32>),
    Int64(Typed<i64>),
    UInt64(Typed<u64>),
    Int128(Typed<i128>),
    Float64(Typed<f64>),
    Text(Text),
}

impl ColumnBuilder {
    /// A builder with room for so many `rows`.
    pub(crate) fn new(kind: ColumnType, notation: Notation, nulls: NullWords, rows: usize) -> Self {
        let values = match kind {
            ColumnType::Boolean => Values::Boolean(Typed::new(rows)),
            ColumnType::UInt64 => Values::UInt64(Typed::new(rows)),
            ColumnType::Decimal(..) => Values::Int128(Typed::new(rows)),
            ColumnType::Float64 => Values::Float64(Typed::new(rows)),
            ColumnType::Date32 => Values::Int32(Typed::new(rows)),
            ColumnType::Utf8 => Values::Text(Text::new(rows)),
            _ => Values::Int64(Typed::new(rows)),
        };
        ColumnBuilder {
            kind,
            notation,
            nulls,
            values,
        }
    }

    /// Appends `cells`; the error is the index among them of the first that does not fit.
    pub(crate) fn append(&mut self, source: Source<'_>, cells: impl Iterator<Item = Cell>) -> Result<(), usize> {
        if self.nulls.is_empty() {
            return self.append_values(source, cells);
        }
        let (nulls, mut scratch) = (self.nulls.clone(), Vec::new());
        let cells = cells.map(|cell| match nulls.hold(cell::text(source.chunk, cell, &mut scratch)) {
            true => Cell::MISSING,
            false => cell,
        });
        self.append_values(source, cells)
    }

    /// Appends cells of which none is a word that the caller names.
    fn append_values(&mut self, source: Source<'_>, cells: impl Iterator<Item = Cell>) -> Result<(), usize> {
        let (kind, notation) = (self.kind, self.notation);
        let code_free = notation.code_free;
        let column = Cells {
            source,
            cells,
            notation,
        };
        match &mut self.values {
            Values::Boolean(b) => append_booleans(b, column),
            Values::Int32(b) => append_dates(b, column),
            Values::Int64(b) if kind == ColumnType::Int64 => append_numbers(b, column, parse::int64),
            Values::Int64(b) => append_clocked(b, column, kind),
            Values::UInt64(b) => append_numbers(b, column, parse::uint64),
            Values::Int128(b) => append_decimals(b, column, kind),
            Values::Float64(b) => append_numbers(b, column, move |text, marks| parse::float64(text, marks, code_free)),
            Values::Text(b) => {
                b.append(column.source, column.cells);
                Ok(())
            }
        }
    }

    /// Appends a column of a grid; the error is the first row whose cell does not fit.
    ///
    /// The common notations have a quick way, which leaves what it cannot read to the other one.
    pub(crate) fn append_regular(&mut self, grid: Grid<'_>, column: usize) -> Result<(), usize> {
        if !self.nulls.is_empty() {
            return self.append(Source::of(grid), grid.column(column));
        }
        Arch::new().dispatch(Appending {
            builder: self,
            grid,
            column,
        })
    }

    #[inline(always)]
    fn append_grid(&mut self, grid: Grid<'_>, column: usize) -> Result<(), usize> {
        let Notation {
            marks,
            date,
            clock,
            code_free,
            signs,
            ..
        } = self.notation;
        let (kind, is_plain) = (self.kind, (marks, signs) == (Marks::Plain, Signs::Minus));
        let (is_iso, is_usual) = (date == DateForm::Iso, clock == Clock::Hours24);
        let cells = Column {
            grid,
            index: column,
            notation: self.notation,
        };
        match &mut self.values {
            Values::Text(b) => {
                b.append_regular(grid, column);
                Ok(())
            }
            Values::Int64(b) if kind == ColumnType::Int64 && is_plain => {
                b.append_in_lanes(cells, swar::int64, plain_int64)
            }
            Values::Float64(b) if is_plain => b.append_in_lanes(cells, swar::float64, move |text| {
                parse::float64(text, Marks::Plain, code_free)
            }),
            Values::Int32(b) if is_iso => b.append_in_lanes(cells, swar::date32, iso_date),
            Values::Int64(b) if kind == ColumnType::Timestamp && is_iso && is_usual => {
                b.append_quickly(cells, swar::timestamp, naive_micros)
            }
            Values::Int64(b) if kind == ColumnType::TimestampUtc && is_usual => {
                b.append_quickly(cells, swar::timestamp_utc, utc_micros)
            }
            _ => self.append_values(Source::of(grid), grid.column(column)),
        }
    }

    /// The array; `None` if it is of text that is not UTF-8, for a source that was taken to be.
    pub(crate) fn finish(self) -> Option<ArrayRef> {
        Some(match self.values {
            Values::Boolean(b) => {
                let (values, nulls) = b.finish();
                Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls))
            }
            Values::Int32(b) => b.array::<Date32Type>(self.kind),
            Values::Int64(b) => match self.kind {
                ColumnType::Time => b.array::<Time64NanosecondType>(self.kind),
                ColumnType::Timestamp | ColumnType::TimestampUtc => b.array::<TimestampMicrosecondType>(self.kind),
                ColumnType::TimestampNs | ColumnType::TimestampUtcNs => b.array::<TimestampNanosecondType>(self.kind),
                _ => b.array::<Int64Type>(self.kind),
            },
            Values::UInt64(b) => b.array::<UInt64Type>(self.kind),
            Values::Int128(b) => b.array::<Decimal128Type>(self.kind),
            Values::Float64(b) => b.array::<Float64Type>(self.kind),
            Values::Text(b) => return b.finish(),
        })
    }
}

/// The work of appending a column of a grid; what it runs on is chosen by the processor that is there.
struct Appending<'a> {
    builder: &'a mut ColumnBuilder,
    grid: Grid<'a>,
    column: usize,
}

impl WithSimd for Appending<'_> {
    type Output = Result<(), usize>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Result<(), usize> {
        self.builder.append_grid(self.grid, self.column)
    }
}

fn append_booleans(b: &mut Typed<bool>, column: Cells<'_, impl Iterator<Item = Cell>>) -> Result<(), usize> {
    match column.notation.words {
        Words::TrueFalse => b.append(column, |text| parse::boolean(text, Words::TrueFalse)),
        words => b.append(column, move |text| parse::boolean(text, words)),
    }
}

fn append_dates(b: &mut Typed<i32>, column: Cells<'_, impl Iterator<Item = Cell>>) -> Result<(), usize> {
    match column.notation.date {
        DateForm::Iso => b.append(column, iso_date),
        form => b.append(column, move |text| parse::date32(text, form)),
    }
}

/// Appends numbers, which `parse` reads in the marks that it is told, without the signs around them.
fn append_numbers<T: Copy + Default>(
    b: &mut Typed<T>,
    column: Cells<'_, impl Iterator<Item = Cell>>,
    parse: impl Fn(&[u8], Marks) -> Option<T>,
) -> Result<(), usize> {
    match (column.notation.marks, column.notation.signs) {
        (Marks::Plain, Signs::Minus) => b.append(column, |text| parse(text, Marks::Plain)),
        (marks, Signs::Minus) => b.append(column, |text| parse(text, marks)),
        (marks, signs) => b.append(column, move |text| parse(signs.strip(text, &mut Room::new())?, marks)),
    }
}

fn append_decimals(
    b: &mut Typed<i128>,
    column: Cells<'_, impl Iterator<Item = Cell>>,
    kind: ColumnType,
) -> Result<(), usize> {
    let (digits, scale) = match kind {
        ColumnType::Decimal(digits, scale) => (digits, scale),
        _ => (MAX_DIGITS, 0),
    };
    append_numbers(b, column, move |text, marks| {
        parse::decimal128(text, marks, digits, scale)
    })
}

fn append_clocked(
    b: &mut Typed<i64>,
    column: Cells<'_, impl Iterator<Item = Cell>>,
    kind: ColumnType,
) -> Result<(), usize> {
    let notation = column.notation;
    let is_usual = notation.clock == Clock::Hours24;
    match kind {
        ColumnType::Timestamp if is_usual && notation.date == DateForm::Iso => b.append(column, naive_micros),
        ColumnType::TimestampUtc if is_usual => b.append(column, utc_micros),
        _ => b.append(column, move |text| parse::clocked(text, kind, notation)),
    }
}

/// An ISO moment without a zone, on the usual clock, in microseconds.
#[inline]
fn naive_micros(text: &[u8]) -> Option<i64> {
    parse::clocked(text, ColumnType::Timestamp, Notation::default())
}

/// An ISO moment with a zone, on the usual clock, in microseconds.
#[inline]
fn utc_micros(text: &[u8]) -> Option<i64> {
    parse::clocked(text, ColumnType::TimestampUtc, Notation::default())
}

fn iso_date(text: &[u8]) -> Option<i32> {
    parse::date32(text, DateForm::Iso)
}

fn plain_int64(text: &[u8]) -> Option<i64> {
    parse::int64(text, Marks::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::units::Unit;
    use ColumnType::{
        Boolean, Date32, Decimal, Float64, Int64, Time, Timestamp, TimestampNs, TimestampUtc, TimestampUtcNs, UInt64,
        Utf8,
    };
    use arrow_array::cast::AsArray;

    /// The value of the only cell; NULL is `None`, a misfit an error.
    fn decode(kind: ColumnType, notation: Notation, text: &str) -> Result<Option<f64>, usize> {
        let mut builder = ColumnBuilder::new(kind, notation, NullWords::default(), 1);
        let source = Source {
            chunk: text.as_bytes(),
            lossy: false,
        };
        builder.append(source, std::iter::once(Cell::whole(text.as_bytes())))?;
        let array = builder.finish().unwrap();
        assert_eq!((array.len(), array.data_type()), (1, &kind.data_type()));
        Ok(array.is_valid(0).then(|| number(&array, kind)))
    }

    fn number(array: &ArrayRef, kind: ColumnType) -> f64 {
        match kind {
            Boolean => f64::from(u8::from(array.as_boolean().value(0))),
            Int64 => array.as_primitive::<Int64Type>().value(0) as f64,
            UInt64 => array.as_primitive::<UInt64Type>().value(0) as f64,
            Decimal(..) => array.as_primitive::<Decimal128Type>().value(0) as f64,
            Float64 => array.as_primitive::<Float64Type>().value(0),
            Date32 => f64::from(array.as_primitive::<Date32Type>().value(0)),
            Time => array.as_primitive::<Time64NanosecondType>().value(0) as f64,
            Timestamp | TimestampUtc => array.as_primitive::<TimestampMicrosecondType>().value(0) as f64,
            TimestampNs | TimestampUtcNs => array.as_primitive::<TimestampNanosecondType>().value(0) as f64,
            Utf8 => array.as_string::<i32>().value(0).len() as f64,
        }
    }

    const PLAIN: Notation = Notation {
        words: Words::TrueFalse,
        marks: Marks::Plain,
        date: DateForm::Iso,
        clock: Clock::Hours24,
        null_words: false,
        code_free: false,
        signs: Signs::Minus,
    };

    const ACCOUNTS: Notation = Notation {
        signs: Signs::Accounts,
        ..PLAIN
    };

    #[test]
    fn every_type_in_every_notation() {
        let code_free = Notation {
            code_free: true,
            ..PLAIN
        };
        let words = |words| Notation { words, ..PLAIN };
        let marks = |marks| Notation { marks, ..PLAIN };
        let date = |date| Notation { date, ..PLAIN };
        let unit = |name, marks| Notation {
            signs: Signs::Unit(Unit::new(name).unwrap()),
            marks,
            ..PLAIN
        };
        let hours = |date| Notation {
            date,
            clock: Clock::Hours12,
            ..PLAIN
        };
        let cases = [
            (Boolean, PLAIN, "TRUE", 1.0),
            (Boolean, words(Words::YesNo), "no", 0.0),
            (Boolean, words(Words::TF), "t", 1.0),
            (Boolean, words(Words::YN), "N", 0.0),
            (Int64, PLAIN, " -7 ", -7.0),
            (Int64, marks(Marks::Comma), "1,234,567", 1_234_567.0),
            (Int64, marks(Marks::Apostrophe), "1’234", 1234.0),
            (Int64, marks(Marks::BlankDot), "-1\u{A0}234", -1234.0),
            (Int64, marks(Marks::DotComma), "1.234", 1234.0),
            (Int64, marks(Marks::BlankComma), "1 234", 1234.0),
            (UInt64, PLAIN, "18446744073709551615", 18_446_744_073_709_551_615.0),
            (
                UInt64,
                marks(Marks::Comma),
                "18,446,744,073,709,551,615",
                18_446_744_073_709_551_615.0,
            ),
            (Decimal(38, 0), PLAIN, "99999999999999999999", 1e20),
            (Decimal(18, 2), PLAIN, "1.5", 150.0),
            (Decimal(18, 2), PLAIN, "12", 1200.0),
            (Decimal(18, 2), marks(Marks::DotComma), "-1.234,50", -123_450.0),
            (Float64, PLAIN, "1.5", 1.5),
            (Float64, PLAIN, "12e3", 12e3),
            (Float64, code_free, "1e5", 1e5),
            (Float64, code_free, "-12e3", -12e3),
            (Float64, marks(Marks::Comma), "1,234.5", 1234.5),
            (Float64, marks(Marks::Apostrophe), "1'234.5", 1234.5),
            (Float64, marks(Marks::BlankDot), "1 234.5", 1234.5),
            (Float64, marks(Marks::DotComma), "1.234,5", 1234.5),
            (Float64, marks(Marks::DotComma), "1.234", 1234.0),
            (Float64, marks(Marks::DotComma), "-inf", f64::NEG_INFINITY),
            (Float64, marks(Marks::BlankComma), "1 234,5", 1234.5),
            (Int64, ACCOUNTS, "(7)", -7.0),
            (Int64, ACCOUNTS, "7", 7.0),
            (UInt64, ACCOUNTS, "(0)", 0.0),
            (Decimal(18, 2), ACCOUNTS, "123.00-", -12_300.0),
            (Float64, ACCOUNTS, "-inf", f64::NEG_INFINITY),
            (Int64, unit("%", Marks::Plain), "12 %", 12.0),
            (Decimal(18, 2), unit("€", Marks::DotComma), "3.500,00 €", 350_000.0),
            (Decimal(18, 2), unit("$", Marks::Comma), "($1,204.50)", -120_450.0),
            (Float64, unit("kg", Marks::Plain), "1.5e3kg", 1500.0),
            (Date32, PLAIN, "1970-02-01", 31.0),
            (Date32, date(DateForm::YearSlash), "1970/2/1", 31.0),
            (Date32, date(DateForm::YearDot), "1970.02.01", 31.0),
            (Date32, date(DateForm::DayName), "1 Feb 1970", 31.0),
            (Date32, date(DateForm::NameDay), "February 1, 1970", 31.0),
            (Date32, date(DateForm::DaySlash), "01/02/1970", 31.0),
            (Date32, date(DateForm::DayDash), "01-02-1970", 31.0),
            (Date32, date(DateForm::DayDot), "1.2.1970", 31.0),
            (Date32, date(DateForm::MonthSlash), "02/01/1970", 31.0),
            (Date32, date(DateForm::MonthDash), "02-01-1970", 31.0),
            (Date32, date(DateForm::MonthDot), "2.1.1970", 31.0),
            (Time, PLAIN, "00:00:01.5", 1.5e9),
            (Time, hours(DateForm::Iso), "12:00:01 AM", 1e9),
            (Time, PLAIN, "00:00:01", 1e9),
            (Timestamp, PLAIN, "1970-01-02", 86_400e6),
            (Timestamp, PLAIN, "1970-01-01 00:01", 60e6),
            (Timestamp, date(DateForm::DaySlash), "2/1/1970 0:01", 86_460e6),
            (Timestamp, hours(DateForm::MonthSlash), "1/2/1970 12:01 AM", 86_460e6),
            (Timestamp, hours(DateForm::MonthSlash), "1/2/1970", 86_400e6),
            (TimestampNs, PLAIN, "1970-01-01 00:00:00.000000001", 1.0),
            (TimestampUtc, PLAIN, "1970-01-01 01:00+01", 0.0),
            (TimestampUtc, hours(DateForm::Iso), "1970-01-01 1:00 AM +01:00", 0.0),
            (TimestampUtcNs, PLAIN, "1970-01-01T00:00:00.000000001Z", 1.0),
            (Utf8, PLAIN, " x ", 3.0),
        ];
        for (kind, notation, text, expected) in cases {
            assert_eq!(
                decode(kind, notation, text),
                Ok(Some(expected)),
                "{text:?} as {}",
                notation.describe(kind)
            );
            assert!(parse::reads(kind, notation, text.as_bytes()));
        }
    }

    #[test]
    fn misfits() {
        let code_free = Notation {
            code_free: true,
            ..PLAIN
        };
        let hours = Notation {
            clock: Clock::Hours12,
            ..PLAIN
        };
        let percent = Notation {
            signs: Signs::Unit(Unit::new("%").unwrap()),
            ..PLAIN
        };
        let cases = [
            (Boolean, PLAIN, "yes"),
            (Int64, PLAIN, "1,234"),
            (UInt64, PLAIN, "-1"),
            (Decimal(5, 2), PLAIN, "1000"),
            (Decimal(5, 2), PLAIN, "1.234"),
            (Float64, PLAIN, "1,5"),
            (Float64, PLAIN, "NA"),
            (Float64, code_free, "12e3"),
            (Float64, code_free, "5381E182"),
            (Int64, PLAIN, "(7)"),
            (Int64, ACCOUNTS, "12 %"),
            (Int64, ACCOUNTS, "x"),
            (Int64, percent, "12"),
            (Int64, percent, "12 kg"),
            (Float64, percent, "12.5"),
            (Float64, percent, "inf"),
            (Date32, PLAIN, "01/02/1970"),
            (Date32, PLAIN, "1970-01-01 00:00"),
            (Time, hours, "10:00"),
            (Time, PLAIN, "24:00"),
            (Timestamp, PLAIN, "1970-01-01 10:00 AM"),
            (Timestamp, PLAIN, "1970-01-01 00:00:00.0000001"),
            (Timestamp, PLAIN, "1970-01-01T00:00Z"),
            (TimestampNs, PLAIN, "9999-01-01"),
            (TimestampUtc, PLAIN, "1970-01-01T00:00"),
        ];
        for (kind, notation, text) in cases {
            assert_eq!(
                decode(kind, notation, text),
                Err(0),
                "{text:?} as {}",
                notation.describe(kind)
            );
            assert!(!parse::reads(kind, notation, text.as_bytes()));
        }
    }

    #[test]
    fn words_for_null() {
        let nulls = PLAIN.with_null_words();
        for word in ["NA", "-", "null", " \\N "] {
            for kind in [
                Boolean,
                Int64,
                UInt64,
                Decimal(9, 2),
                Float64,
                Date32,
                Time,
                Timestamp,
                TimestampUtc,
            ] {
                assert_eq!(decode(kind, nulls, word), Ok(None), "{word} as {kind}");
            }
            assert_eq!(decode(Utf8, nulls, word), Ok(Some(word.len() as f64)));
        }
        assert_eq!(decode(Int64, nulls, "nan"), Ok(None));
        assert!(decode(Float64, nulls, "nan").is_ok_and(|value| value.is_some_and(f64::is_nan)));
        assert_eq!(decode(Int64, nulls, "x"), Err(0));
    }
}
