//! `mode(value)`: the value that comes most often; of several that come as often, the least.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::common::utils::SingleRowListArrayBuilder;
use datafusion::common::{Result, ScalarValue, internal_datafusion_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Mode {
    signature: Signature,
}

impl Default for Mode {
    fn default() -> Self {
        Self {
            signature: Signature::any(1, Volatility::Immutable),
        }
    }
}

impl AggregateUDFImpl for Mode {
    fn name(&self) -> &'static str {
        "mode"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [data_type] = types else {
            return Err(internal_datafusion_err!(
                "mode is called with {} arguments",
                types.len()
            ));
        };
        Ok(data_type.clone())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let data_type = args.return_field.data_type().clone();
        Ok(Box::new(Counts {
            converter: RowConverter::new(vec![SortField::new(data_type.clone())])?,
            data_type,
            counts: HashMap::new(),
            bytes: 0,
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let list = |name: &str, data_type: DataType| {
            let inner = Arc::new(Field::new_list_field(data_type, true));
            Arc::new(Field::new(
                format!("{}[{name}]", args.name),
                DataType::List(inner),
                true,
            ))
        };
        Ok(vec![
            list("values", args.return_field.data_type().clone()),
            list("counts", DataType::Int64),
        ])
    }
}

/// How often each value comes.
#[derive(Debug)]
struct Counts {
    data_type: DataType,
    converter: RowConverter,
    /// By a text of bytes that sorts as the value does.
    counts: HashMap<Box<[u8]>, i64>,
    bytes: usize,
}

impl Counts {
    fn add(&mut self, values: &ArrayRef, times: impl Fn(usize) -> i64) -> Result<()> {
        let rows = self.converter.convert_columns(&[Arc::clone(values)])?;
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| values.is_valid(*at)) {
            let key: &[u8] = row.as_ref();
            match self.counts.get_mut(key) {
                Some(count) => *count += times(at),
                None => {
                    self.bytes += key.len();
                    self.counts.insert(key.into(), times(at));
                }
            }
        }
        Ok(())
    }

    fn values<'a>(&self, keys: impl Iterator<Item = &'a Box<[u8]>>) -> Result<ArrayRef> {
        let parser = self.converter.parser();
        let rows: Vec<_> = keys.map(|key| parser.parse(key)).collect();
        let mut columns = self.converter.convert_rows(rows)?;
        columns
            .pop()
            .ok_or_else(|| internal_datafusion_err!("rows of one column have none"))
    }
}

impl Accumulator for Counts {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], |_| 1)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let most = self
            .counts
            .iter()
            .max_by(|(one, count), (other, more)| count.cmp(more).then_with(|| other.cmp(one)));
        match most {
            Some((key, _)) => ScalarValue::try_from_array(&self.values(std::iter::once(key))?, 0),
            None => ScalarValue::try_from(&self.data_type),
        }
    }

    fn size(&self) -> usize {
        let entry = size_of::<(Box<[u8]>, i64)>();
        size_of::<Self>() + self.converter.size() + self.counts.capacity() * entry + self.bytes
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values = self.values(self.counts.keys())?;
        let counts: ArrayRef = Arc::new(Int64Array::from_iter_values(self.counts.values().copied()));
        let list = |array: ArrayRef| SingleRowListArrayBuilder::new(array).build_list_scalar();
        Ok(vec![list(values), list(counts)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (values, counts) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for (values, counts) in values.iter().zip(counts.iter()) {
            if let (Some(values), Some(counts)) = (values, counts) {
                let counts = counts.as_primitive::<Int64Type>();
                self.add(&values, |at| counts.value(at))?;
            }
        }
        Ok(())
    }
}
