//! Functions of moments and units: `dateadd(unit, number, moment)`, `datediff(unit, first, last)` and
//! `timestampdiff(unit, first, last)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, IntervalMonthDayNanoArray};
use arrow::compute::kernels::numeric::add;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Field, FieldRef, Int64Type, IntervalMonthDayNano, TimeUnit, TimestampMicrosecondType,
};
use chrono::{DateTime, Datelike, Timelike};
use datafusion::common::{Result, ScalarValue, exec_datafusion_err, plan_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

const MICROS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Days from a Monday to 1970-01-01, which was a Thursday.
const FIRST_WEEKDAY: i64 = 3;

/// The functions.
pub(super) fn functions() -> impl Iterator<Item = ScalarUDF> {
    let all = [Reckoning::Add, Reckoning::Boundaries, Reckoning::Complete].into_iter();
    all.map(|reckoning| {
        ScalarUDF::new_from_impl(Moments {
            reckoning,
            signature: Signature::any(3, Volatility::Immutable),
        })
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Reckoning {
    /// A number of units later: a day of a day and whole days, else a timestamp.
    Add,
    /// How many boundaries of the unit lie between two moments, as SQL Server and DuckDB count: from 23:59 to 00:01 is a day.
    Boundaries,
    /// How many whole units lie between them, as JDBC and MySQL count.
    Complete,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Moments {
    reckoning: Reckoning,
    signature: Signature,
}

impl ScalarUDFImpl for Moments {
    fn name(&self) -> &'static str {
        match self.reckoning {
            Reckoning::Add => "dateadd",
            Reckoning::Boundaries => "datediff",
            Reckoning::Complete => "timestampdiff",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Err(plan_datafusion_err!("the type of {} depends on its unit", self.name()))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let taken = self.taken(&types)?;
        let unit = self.unit(args.scalar_arguments.first().copied().flatten())?;
        let data_type = match (self.reckoning, taken.last()) {
            (Reckoning::Add, Some(moment)) => unit.sum(moment),
            _ => DataType::Int64,
        };
        Ok(Arc::new(Field::new(self.name(), data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ColumnarValue::Scalar(unit), second, third] = args.args.as_slice() else {
            return Err(self.unknown(None));
        };
        let unit = self.unit(Some(unit))?;
        let is_one = [second, third]
            .iter()
            .all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if is_one { 1 } else { args.number_rows };
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let taken = self.taken(&types)?;
        let (second, third) = (
            strictly(&second.to_array(rows)?, &taken[1])?,
            strictly(&third.to_array(rows)?, &taken[2])?,
        );
        let result = match self.reckoning {
            Reckoning::Add => unit.add(&second, &third)?,
            Reckoning::Boundaries => between(&second, &third, |first, last| {
                unit.ordinal(last)?.checked_sub(unit.ordinal(first)?)
            })?,
            Reckoning::Complete => between(&second, &third, |first, last| unit.complete(first, last))?,
        };
        Ok(match is_one {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?),
            false => ColumnarValue::Array(result),
        })
    }
}

impl Moments {
    /// The types that the arguments are cast to.
    ///
    /// # Errors
    /// Which arguments it takes, where these are others.
    fn taken(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let takes = || {
            let (second, third) = match self.reckoning {
                Reckoning::Add => ("number", "moment"),
                Reckoning::Boundaries | Reckoning::Complete => ("first", "last"),
            };
            plan_datafusion_err!("there is {}(unit, {second}, {third})", self.name())
        };
        let [unit, second, third] = types else {
            return Err(takes());
        };
        let is_moment = |data_type: &DataType| {
            matches!(
                data_type,
                DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Null
            ) || data_type.is_string()
        };
        let is_second = match self.reckoning {
            Reckoning::Add => second.is_numeric() || second.is_null(),
            Reckoning::Boundaries | Reckoning::Complete => is_moment(second),
        };
        if !(unit.is_string() && is_second && is_moment(third)) {
            return Err(takes());
        }
        Ok(match self.reckoning {
            Reckoning::Add => vec![DataType::Utf8, DataType::Int64, added_to(third)],
            Reckoning::Boundaries | Reckoning::Complete => vec![DataType::Utf8, MICROS, MICROS],
        })
    }

    fn unit(&self, given: Option<&ScalarValue>) -> Result<Unit> {
        let name = given.and_then(|unit| unit.try_as_str().flatten());
        name.and_then(Unit::parse).ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: Option<&str>) -> datafusion::common::DataFusionError {
        let units = "year, quarter, month, week, day, hour, minute, second, millisecond or microsecond";
        match name {
            Some(name) => plan_datafusion_err!("'{name}' is no unit of {}: it is {units}", self.name()),
            None => plan_datafusion_err!("the unit of {} is a constant: {units}", self.name()),
        }
    }
}

/// The values in a type; one that is none of it is an error.
fn strictly(values: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    Ok(cast_with_options(values, data_type, &options)?)
}

/// The type that a unit is added to.
fn added_to(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Date64 => DataType::Date32,
        text if text.is_string() || text.is_null() => MICROS,
        other => other.clone(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// So many months.
    Months(i64),
    /// So many days.
    Days(i64),
    /// So many microseconds.
    Micros(i64),
}

impl Unit {
    /// As people, JDBC (`SQL_TSI_DAY`) and SQL Server (`dd`) call it, singular or plural.
    fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        let name = name.strip_prefix("sql_tsi_").unwrap_or(&name);
        let one = match name.len() {
            0..=3 => name,
            _ => name.strip_suffix('s').unwrap_or(name),
        };
        Some(match one {
            "year" | "yy" | "yyyy" | "y" => Self::Months(12),
            "quarter" | "qq" | "q" => Self::Months(3),
            "month" | "mm" | "mon" => Self::Months(1),
            "week" | "wk" | "ww" | "w" => Self::Days(7),
            "day" | "dd" | "d" => Self::Days(1),
            "hour" | "hh" | "h" => Self::Micros(3600 * SECOND),
            "minute" | "mi" | "min" => Self::Micros(60 * SECOND),
            "second" | "ss" | "s" | "sec" => Self::Micros(SECOND),
            "millisecond" | "ms" => Self::Micros(1000),
            "microsecond" | "us" | "mcs" | "frac_second" => Self::Micros(1),
            _ => return None,
        })
    }

    /// What a moment of this type and so many units make.
    fn sum(self, moment: &DataType) -> DataType {
        match (self, moment) {
            (Self::Micros(_), DataType::Date32) => MICROS,
            (_, other) => other.clone(),
        }
    }

    fn add(self, numbers: &ArrayRef, moments: &ArrayRef) -> Result<ArrayRef> {
        let numbers = numbers.as_primitive::<Int64Type>();
        let spans = numbers
            .iter()
            .map(|number| number.map(|number| self.span(number)).transpose());
        let spans = spans.collect::<Result<IntervalMonthDayNanoArray>>()?;
        let moments = strictly(moments, &self.sum(moments.data_type()))?;
        Ok(add(&moments, &spans)?)
    }

    fn span(self, number: i64) -> Result<IntervalMonthDayNano> {
        let far = || exec_datafusion_err!("{number} is too far from the moment that it is added to");
        let days = |number: i64, each: i64| number.checked_mul(each).and_then(|days| i32::try_from(days).ok());
        Ok(match self {
            Self::Months(each) => IntervalMonthDayNano::new(days(number, each).ok_or_else(far)?, 0, 0),
            Self::Days(each) => IntervalMonthDayNano::new(0, days(number, each).ok_or_else(far)?, 0),
            Self::Micros(each) => {
                let micros = i128::from(number) * i128::from(each);
                let (days, rest) = (micros.div_euclid(DAY.into()), micros.rem_euclid(DAY.into()));
                let days = i32::try_from(days).map_err(|_| far())?;
                IntervalMonthDayNano::new(0, days, i64::try_from(rest * 1000).map_err(|_| far())?)
            }
        })
    }

    /// Which unit of all since 1970 a moment, in microseconds, lies in. None beyond the calendar.
    fn ordinal(self, micros: i64) -> Option<i64> {
        match self {
            Self::Months(each) => Some(month(micros)?.div_euclid(each)),
            Self::Days(7) => Some((micros.div_euclid(DAY) + FIRST_WEEKDAY).div_euclid(7)),
            Self::Days(each) => Some(micros.div_euclid(DAY * each)),
            Self::Micros(each) => Some(micros.div_euclid(each)),
        }
    }

    /// How many whole units lie between two moments; fewer than 0 if the last is before the first.
    fn complete(self, first: i64, last: i64) -> Option<i64> {
        let Self::Months(each) = self else {
            let each = match self {
                Self::Days(days) => DAY * days,
                Self::Months(each) | Self::Micros(each) => each,
            };
            return Some(last.checked_sub(first)? / each);
        };
        let months = month(last)? - month(first)?;
        let (begun, ended) = (within_month(first)?, within_month(last)?);
        let whole = match months {
            1.. if ended < begun => months - 1,
            ..=-1 if ended > begun => months + 1,
            months => months,
        };
        Some(whole / each)
    }
}

/// The months since the year 0 of a moment.
fn month(micros: i64) -> Option<i64> {
    let moment = DateTime::from_timestamp_micros(micros)?;
    Some(i64::from(moment.year()) * 12 + i64::from(moment.month0()))
}

/// How far a moment is in its month.
fn within_month(micros: i64) -> Option<(u32, u32, u32)> {
    let moment = DateTime::from_timestamp_micros(micros)?;
    Some((moment.day(), moment.num_seconds_from_midnight(), moment.nanosecond()))
}

fn between(first: &ArrayRef, last: &ArrayRef, count: impl Fn(i64, i64) -> Option<i64>) -> Result<ArrayRef> {
    let (first, last) = (
        first.as_primitive::<TimestampMicrosecondType>(),
        last.as_primitive::<TimestampMicrosecondType>(),
    );
    let far = || exec_datafusion_err!("two moments are too far from each other to be counted");
    let pairs = first.iter().zip(last.iter()).map(|(first, last)| first.zip(last));
    let counts = pairs.map(|pair| pair.map(|(first, last)| count(first, last).ok_or_else(far)).transpose());
    Ok(Arc::new(counts.collect::<Result<Int64Array>>()?))
}
