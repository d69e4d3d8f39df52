//! Columns as clients send them → columns as tables keep them, and what keeps two schemas from being one.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, DataType as T, Field, FieldRef, IntervalUnit, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use crate::error::{Error, ErrorKind, Result};
use crate::nearest::listed;

/// The columns of the table that keeps rows of `schema`: the same names and types, but values instead of dictionaries and
/// runs, plain text and bytes instead of views of them, everything nullable, no metadata.
///
/// # Errors
/// `Invalid` when there is no column, two have one name, or a type cannot be kept.
pub fn stored_schema(schema: &Schema) -> Result<SchemaRef> {
    if schema.fields().is_empty() {
        return Err(Mismatch::Columnless.into());
    }
    let mut names = HashSet::new();
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if !names.insert(field.name()) {
            return Err(Mismatch::Twice(field.name().clone()).into());
        }
        let Some(kept) = stored(field.data_type()) else {
            return Err(Mismatch::Kept(Arc::clone(field)).into());
        };
        fields.push(Field::new(field.name(), kept, true));
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Whether rows of `data` can be appended to a table of `table`, both as tables keep them.
///
/// # Errors
/// `Invalid`, naming the first difference.
pub(super) fn check_same(table: &Schema, data: &Schema) -> Result<()> {
    check_columns(table, data, |have, given| have == given)
}

/// Whether `data` has the columns of `table`: the same names in the same order, and types that `fits` (the table's first)
/// says are right.
///
/// # Errors
/// `Invalid`, naming the first difference.
pub fn check_columns(table: &Schema, data: &Schema, fits: impl Fn(&DataType, &DataType) -> bool) -> Result<()> {
    for (number, (have, given)) in table.fields().iter().zip(data.fields()).enumerate() {
        if have.name() != given.name() || !fits(have.data_type(), given.data_type()) {
            return Err(Mismatch::Column {
                number: number + 1,
                given: Arc::clone(given),
                have: Arc::clone(have),
                both: both(table, data),
            }
            .into());
        }
    }
    let (have, given) = (table.fields().len(), data.fields().len());
    match have == given {
        true => Ok(()),
        false => {
            let both = both(table, data);
            Err(Mismatch::Count { given, have, both }.into())
        }
    }
}

/// The names of the columns on both sides, where they are not the same: `; the data has 'a', 'c'; the table has 'a', 'b'`.
fn both(table: &Schema, data: &Schema) -> String {
    let names = |schema: &Schema| {
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect::<Vec<_>>()
    };
    let (table, data) = (names(table), names(data));
    if table == data {
        return String::new();
    }
    let listed = |names: &[String]| listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
    format!("; the data has {}; the table has {}", listed(&data), listed(&table))
}

/// Where in `data` each column of `table` is, if both have the same names; those that are in order already are not told.
pub fn by_name(table: &Schema, data: &Schema) -> Option<Vec<usize>> {
    let places = table.fields().iter().map(|field| data.index_of(field.name()).ok());
    let places: Vec<usize> = places.collect::<Option<_>>()?;
    (places.len() == data.fields().len() && !places.is_sorted()).then_some(places)
}

/// A batch in the types that its table keeps.
pub(super) fn stored_batch(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch> {
    if check_same(schema, batch.schema_ref()).is_err() {
        check_same(schema, stored_schema(batch.schema_ref())?.as_ref())?;
    }
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| stored_column(column, field.data_type()));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_, Mismatch>>()?, &options)
        .map_err(|source| Mismatch::Batch(source).into())
}

fn stored_column(column: &ArrayRef, kept: &DataType) -> Result<ArrayRef, Mismatch> {
    if column.data_type() == kept {
        return Ok(Arc::clone(column));
    }
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(column, kept, &strict).map_err(|source| Mismatch::Values {
        given: column.data_type().clone(),
        kept: kept.clone(),
        source,
    })
}

fn stored(kind: &DataType) -> Option<DataType> {
    Some(match kind {
        T::Utf8View => T::Utf8,
        T::BinaryView => T::Binary,
        T::Dictionary(_, values) => stored(values)?,
        T::RunEndEncoded(_, values) => stored(values.data_type())?,
        T::List(item) | T::ListView(item) => T::List(child("item", item)?),
        T::LargeList(item) | T::LargeListView(item) => T::LargeList(child("item", item)?),
        T::FixedSizeList(item, size) => T::FixedSizeList(child("item", item)?, *size),
        T::Struct(fields) if fields.is_empty() => return None,
        T::Struct(fields) => T::Struct(
            fields
                .iter()
                .map(|field| child(field.name(), field))
                .collect::<Option<_>>()?,
        ),
        T::Map(entries, sorted) => T::Map(stored_entries(entries)?, *sorted),
        T::Union(..) | T::Interval(IntervalUnit::MonthDayNano) => return None,
        plain => plain.clone(),
    })
}

fn child(name: &str, field: &Field) -> Option<FieldRef> {
    Some(Arc::new(Field::new(name, stored(field.data_type())?, true)))
}

/// A map's keys are never null: its format says so.
fn stored_entries(entries: &Field) -> Option<FieldRef> {
    let T::Struct(fields) = entries.data_type() else {
        return None;
    };
    let [key, value] = fields.as_ref() else { return None };
    let key = Field::new("keys", stored(key.data_type())?, false);
    let value = Field::new("values", stored(value.data_type())?, true);
    let both = T::Struct(vec![key, value].into());
    Some(Arc::new(Field::new("entries", both, false)))
}

/// What keeps columns from being those of a table.
#[derive(Debug, thiserror::Error)]
enum Mismatch {
    #[error("a table needs at least one column")]
    Columnless,
    #[error("two columns are called '{0}'")]
    Twice(String),
    #[error("column '{}' has the type {}, which a table cannot keep", .0.name(), .0.data_type())]
    Kept(FieldRef),
    #[error(
        "column {number} of the data is '{}' of type {}, and the table's is '{}' of type {}{both}",
        .given.name(), .given.data_type(), .have.name(), .have.data_type()
    )]
    Column {
        number: usize,
        given: FieldRef,
        have: FieldRef,
        both: String,
    },
    #[error("the data has {given} columns, and the table {have}{both}")]
    Count { given: usize, have: usize, both: String },
    #[error("values of the type {given} cannot be kept as {kept}")]
    Values {
        given: DataType,
        kept: DataType,
        source: ArrowError,
    },
    #[error("a batch is not what its schema promises")]
    Batch(#[source] ArrowError),
}

impl From<Mismatch> for Error {
    fn from(mismatch: Mismatch) -> Self {
        let kind = match &mismatch {
            Mismatch::Columnless
            | Mismatch::Twice(_)
            | Mismatch::Kept(_)
            | Mismatch::Column { .. }
            | Mismatch::Count { .. }
            | Mismatch::Values { .. } => ErrorKind::Invalid,
            Mismatch::Batch(_) => ErrorKind::Internal,
        };
        let error = Self::new(kind, mismatch.to_string());
        match mismatch {
            Mismatch::Values { source, .. } | Mismatch::Batch(source) => error.with_source(source),
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: &[(&str, DataType)]) -> Schema {
        let fields = fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), false));
        Schema::new(fields.collect::<Vec<_>>())
    }

    #[test]
    fn the_first_difference_is_named() {
        let table = schema(&[("a", T::Int64), ("b", T::Utf8)]);
        check_same(&table, &table).unwrap();
        let cases = [
            (
                schema(&[("a", T::Int64), ("c", T::Int32)]),
                "column 2 of the data is 'c' of type Int32, and the table's is 'b' of type Utf8; the data has 'a', 'c'; the table \
                 has 'a', 'b'",
            ),
            (
                schema(&[("a", T::Int64)]),
                "the data has 1 columns, and the table 2; the data has 'a'; the table has 'a', 'b'",
            ),
            (
                schema(&[("a", T::Utf8), ("b", T::Utf8)]),
                "column 1 of the data is 'a' of type Utf8, and the table's is 'a' of type Int64",
            ),
        ];
        for (data, message) in cases {
            assert_eq!(check_same(&table, &data).unwrap_err().message(), message);
        }
    }

    #[test]
    fn what_cannot_be_a_table_is_said_at_once() {
        let cases = [
            (schema(&[]), "a table needs at least one column"),
            (schema(&[("a", T::Int8), ("a", T::Int8)]), "two columns are called 'a'"),
            (
                schema(&[("i", T::Interval(IntervalUnit::MonthDayNano))]),
                "column 'i' has the type Interval(MonthDayNano), which a table cannot keep",
            ),
            (
                schema(&[("s", T::Struct(Vec::<Field>::new().into()))]),
                "column 's' has the type Struct(), which a table cannot keep",
            ),
        ];
        for (schema, message) in cases {
            assert_eq!(stored_schema(&schema).unwrap_err().message(), message);
        }
    }
}
