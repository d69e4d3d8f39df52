//! Values as clients send them, as values of the declared types.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::compute::kernels::cmp::distinct;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;

use super::count_mismatch;
use crate::engine::failure::failed;
use crate::engine::numbers::Number;
use crate::error::{Error, Result};
use crate::session::Parameter;

/// The rows with columns of the declared types, named `$1`, `$2` …; columns are taken by position. What is only compared
/// keeps its own type where the declared one does not hold it: `n < 2.5` of a whole number `n`. A whole number that is too
/// large for a column of whole numbers is an error, as it is of no value there.
///
/// # Errors
/// `Invalid` when their number is another one, or a value does not fit; it names the parameter and the value.
pub(crate) fn rows(batch: &RecordBatch, declared: &[Parameter]) -> Result<RecordBatch> {
    if batch.num_columns() != declared.len() {
        return Err(count_mismatch(declared.len(), batch.num_columns()));
    }
    let columns = batch.columns().iter().zip(declared).enumerate();
    let columns = columns.map(|(at, (column, parameter))| cast(at + 1, column, parameter));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let fields = columns.iter().enumerate();
    let fields = fields.map(|(at, column)| Field::new(format!("${}", at + 1), column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema, columns, &options)
        .map_err(|error| Error::internal("parameters cannot be read").with_source(error))
}

/// The values of one row.
///
/// # Errors
/// `Invalid` when there is no such row.
pub(crate) fn scalars(batch: &RecordBatch, row: usize) -> Result<Vec<ScalarValue>> {
    if row >= batch.num_rows() {
        return Err(Error::invalid(format!("there is no row {row} of parameters")));
    }
    let values = batch
        .columns()
        .iter()
        .map(|column| ScalarValue::try_from_array(column, row));
    values.collect::<Result<_, _>>().map_err(failed)
}

fn cast(ordinal: usize, column: &ArrayRef, parameter: &Parameter) -> Result<ArrayRef> {
    let data_type = &parameter.data_type;
    if column.data_type() == data_type {
        return Ok(Arc::clone(column));
    }
    if column.data_type().is_null() {
        return Ok(new_null_array(data_type, column.len()));
    }
    // As `code = 17` compares: by the numbers that the texts say.
    if parameter.is_compared && data_type.is_string() && column.data_type().is_numeric() {
        return Ok(Arc::clone(column));
    }
    if let Some(moments) = written_moments(column, data_type) {
        return Ok(moments);
    }
    if let Ok(cast) = exact(column, data_type) {
        return Ok(cast);
    }
    // More precise moments than were asked for: they stay as they are.
    if let Some(precise) = precise(column.data_type(), data_type)
        && let Ok(cast) = exact(column, &precise)
    {
        return Ok(cast);
    }
    let both_whole = column.data_type().is_integer() && data_type.is_integer();
    if parameter.is_compared && is_comparable(column.data_type(), data_type) && !both_whole {
        return Ok(Arc::clone(column));
    }
    let misfit = (0..column.len()).find(|row| exact(&column.slice(*row, 1), data_type).is_err());
    let shown = shown(column, misfit.unwrap_or_default());
    let given = column.data_type();
    Err(Error::invalid(match sql_type(given) {
        Some(name) if is_comparable(given, data_type) => format!(
            "parameter ${ordinal}: '{shown}' of the type {given} does not fit {data_type}; CAST(? AS {name}) takes it as it is"
        ),
        _ => format!("parameter ${ordinal}: '{shown}' of the type {given} does not fit {data_type}"),
    }))
}

/// How SQL writes the type of a number or a moment.
fn sql_type(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        DataType::Date32 | DataType::Date64 => "DATE".to_owned(),
        DataType::UInt64 => "BIGINT UNSIGNED".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("DECIMAL({precision}, {scale})"),
        integer if integer.is_integer() => "BIGINT".to_owned(),
        float if float.is_floating() => "DOUBLE".to_owned(),
        _ => return None,
    })
}

/// Texts as moments, with all the digits that they have.
fn written_moments(column: &ArrayRef, data_type: &DataType) -> Option<ArrayRef> {
    let DataType::Timestamp(_, zone) = data_type else {
        return None;
    };
    let units = [TimeUnit::Nanosecond, TimeUnit::Microsecond].into_iter();
    let mut moments = units.filter_map(|unit| exact(column, &DataType::Timestamp(unit, zone.clone())).ok());
    column.data_type().is_string().then(|| moments.next()).flatten()
}

fn shown(column: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options);
    formatter
        .and_then(|formatter| formatter.value(row).try_to_string())
        .unwrap_or_else(|_| column.data_type().to_string())
}

/// A cast that loses nothing.
fn exact(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    if column.data_type().is_string() && *data_type == DataType::Date32 {
        // A text with a time of day would lose it.
        let moments = DataType::Timestamp(TimeUnit::Microsecond, None);
        return exact(&cast_with_options(column, &moments, &options)?, data_type);
    }
    if data_type.is_decimal() && (column.data_type().is_string() || column.data_type().is_floating()) {
        return decimals(column, data_type);
    }
    let cast = cast_with_options(column, data_type, &options)?;
    if may_round(column.data_type(), data_type) {
        let back = cast_with_options(&cast, column.data_type(), &options)?;
        if distinct(&back, column)?.true_count() > 0 {
            return Err(ArrowError::CastError("the value would be rounded".into()));
        }
    }
    Ok(cast)
}

/// Texts and floats as decimals by the digits that they are written with.
fn decimals(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let unfit = || ArrowError::CastError(format!("a value is no {data_type}"));
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let decimal = |row| {
        if column.is_null(row) {
            return Ok(ScalarValue::try_from(data_type)?);
        }
        let text = formatter.value(row).try_to_string()?;
        let number = Number::parse(text.trim()).ok_or_else(unfit)?;
        number.decimal(data_type).ok_or_else(unfit)
    };
    let decimals = (0..column.len()).map(decimal).collect::<Result<Vec<_>, ArrowError>>()?;
    if decimals.is_empty() {
        return Ok(new_null_array(data_type, 0));
    }
    Ok(ScalarValue::iter_to_array(decimals)?)
}

fn may_round(from: &DataType, to: &DataType) -> bool {
    let exact_number = to.is_integer() || to.is_decimal();
    let number = (from.is_floating() || from.is_decimal()) && exact_number;
    let times = is_time(from) && is_time(to);
    let day = matches!((from, to), (DataType::Timestamp(..), DataType::Date32));
    number || times || day || precise(from, to).is_some()
}

/// The engine compares values of the two types as they are.
fn is_comparable(given: &DataType, declared: &DataType) -> bool {
    let is_day_or_moment =
        |data_type: &DataType| matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..));
    given.is_numeric() && declared.is_numeric() || is_day_or_moment(given) && is_day_or_moment(declared)
}

fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Time32(_) | DataType::Time64(_))
}

/// Both are moments: the declared type in the unit that was given.
fn precise(given: &DataType, declared: &DataType) -> Option<DataType> {
    match (given, declared) {
        (DataType::Timestamp(unit, _), DataType::Timestamp(_, zone)) => Some(DataType::Timestamp(*unit, zone.clone())),
        _ => None,
    }
}
