//! The bounds of a column as values of Arrow.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, Time64NanosecondArray,
    TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array,
};

use crate::column::tally::Bound;
use crate::value::kind::ColumnType;

impl Bound {
    /// An array of this one value, as a column of type `kind` has it.
    pub fn to_array(self, kind: ColumnType) -> ArrayRef {
        let whole = match self {
            Bound::Float(number) => return Arc::new(Float64Array::from(vec![number])),
            Bound::Whole(whole) => whole,
        };
        // A bound is a value of its column, and fits the array.
        let long = i64::try_from(whole).unwrap_or_default();
        match kind {
            ColumnType::Boolean => Arc::new(BooleanArray::from(vec![whole != 0])),
            ColumnType::UInt64 => Arc::new(UInt64Array::from(vec![u64::try_from(whole).unwrap_or_default()])),
            ColumnType::Decimal(precision, scale) => {
                let decimal = Decimal128Array::from(vec![whole])
                    .with_precision_and_scale(precision, i8::try_from(scale).unwrap_or_default());
                decimal.map_or_else(
                    |_| Arc::new(Int64Array::from(vec![long])) as ArrayRef,
                    |array| Arc::new(array),
                )
            }
            ColumnType::Date32 => Arc::new(Date32Array::from(vec![i32::try_from(whole).unwrap_or_default()])),
            ColumnType::Time => Arc::new(Time64NanosecondArray::from(vec![long])),
            ColumnType::Timestamp => Arc::new(TimestampMicrosecondArray::from(vec![long])),
            ColumnType::TimestampUtc => Arc::new(TimestampMicrosecondArray::from(vec![long]).with_timezone("UTC")),
            ColumnType::TimestampNs => Arc::new(TimestampNanosecondArray::from(vec![long])),
            ColumnType::TimestampUtcNs => Arc::new(TimestampNanosecondArray::from(vec![long]).with_timezone("UTC")),
            ColumnType::Int64 | ColumnType::Float64 | ColumnType::Utf8 => Arc::new(Int64Array::from(vec![long])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_of_the_columns_type() {
        let kinds = [
            ColumnType::Boolean,
            ColumnType::Int64,
            ColumnType::UInt64,
            ColumnType::Decimal(9, 2),
            ColumnType::Date32,
            ColumnType::Time,
            ColumnType::Timestamp,
            ColumnType::TimestampNs,
            ColumnType::TimestampUtc,
            ColumnType::TimestampUtcNs,
        ];
        for kind in kinds {
            let array = Bound::Whole(1).to_array(kind);
            assert_eq!((array.data_type(), array.len()), (&kind.data_type(), 1));
        }
        let half = Bound::Float(0.5).to_array(ColumnType::Float64);
        assert_eq!(half.as_ref(), &Float64Array::from(vec![0.5]) as &dyn arrow_array::Array);
    }
}
