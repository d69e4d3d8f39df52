//! The aggregate function behind `SUMMARIZE`: it takes all columns and gives a list with a row a column. It is made of
//! the engine's own aggregates, one a statistic and column.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{CastOptions, cast_with_options, sum};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type, Schema};
use datafusion::common::cast::as_primitive_array;
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::approx_distinct::approx_distinct_udaf;
use datafusion::functions_aggregate::approx_percentile_cont::approx_percentile_cont_udaf;
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::stddev::stddev_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::{Column, Literal};

/// The columns of a summary.
pub(super) fn row_fields() -> Fields {
    let first = [("column_name", DataType::Utf8), ("column_type", DataType::Utf8)];
    let shown = Statistic::SHOWN.map(|statistic| (statistic.name(), statistic.data_type()));
    let last = [("count", DataType::Int64), ("null_percentage", DataType::Float64)];
    let all = first.into_iter().chain(shown).chain(last);
    all.map(|(name, data_type)| Field::new(name, data_type, true)).collect()
}

/// The function, for columns of these names and types.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Summary {
    columns: Vec<(String, DataType)>,
    signature: Signature,
}

impl Summary {
    pub(super) fn new(fields: &Fields) -> Self {
        let columns = fields.iter();
        Self {
            columns: columns
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect(),
            signature: Signature::variadic_any(Volatility::Immutable),
        }
    }

    fn summarized(&self) -> Result<Vec<Summarized>> {
        let columns = self.columns.iter();
        columns
            .map(|(name, data_type)| Summarized::new(name, data_type))
            .collect()
    }
}

impl AggregateUDFImpl for Summary {
    fn name(&self) -> &'static str {
        "summarize"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(row_field()))
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Summarizing {
            rows: 0,
            columns: self.summarized()?,
        }))
    }

    fn state_fields(&self, _: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let mut types = vec![DataType::Int64];
        for (_, data_type) in &self.columns {
            for statistic in Statistic::of(data_type) {
                let fields = statistic.aggregate(data_type)?.state_fields()?;
                types.extend(fields.iter().map(|field| field.data_type().clone()));
            }
        }
        let fields = types.into_iter().enumerate();
        Ok(fields
            .map(|(at, data_type)| Arc::new(Field::new(format!("state_{at}"), data_type, true)))
            .collect())
    }
}

fn row_field() -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(row_fields()), true))
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Statistic {
    Min,
    Max,
    Unique,
    Average,
    Deviation,
    Quartile(u8),
    /// How many values there are; the rest is NULL.
    Filled,
}

impl Statistic {
    const SHOWN: [Self; 8] = [
        Self::Min,
        Self::Max,
        Self::Unique,
        Self::Average,
        Self::Deviation,
        Self::Quartile(1),
        Self::Quartile(2),
        Self::Quartile(3),
    ];

    /// Those that a column of this type has.
    fn of(data_type: &DataType) -> impl Iterator<Item = Self> + use<> {
        let data_type = plain(data_type).clone();
        let all = Self::SHOWN.into_iter().chain([Self::Filled]);
        all.filter(move |statistic| statistic.applies_to(&data_type))
    }

    fn applies_to(self, data_type: &DataType) -> bool {
        let plain = !data_type.is_nested() && !data_type.is_null();
        match self {
            Self::Filled => true,
            // Bytes have an order and no text.
            Self::Min | Self::Max => plain && !is_binary(data_type),
            Self::Unique => plain,
            Self::Average | Self::Deviation | Self::Quartile(_) => data_type.is_numeric(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Unique => "approx_unique",
            Self::Average => "avg",
            Self::Deviation => "std",
            Self::Quartile(1) => "q25",
            Self::Quartile(2) => "q50",
            Self::Quartile(_) => "q75",
            Self::Filled => "filled",
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Self::Min | Self::Max => DataType::Utf8,
            Self::Unique | Self::Filled => DataType::Int64,
            Self::Average | Self::Deviation | Self::Quartile(_) => DataType::Float64,
        }
    }

    /// What a column is cast to for the engine's aggregate.
    fn takes(self, data_type: &DataType) -> DataType {
        match self {
            Self::Average | Self::Deviation | Self::Quartile(_) => DataType::Float64,
            Self::Unique if data_type.is_floating() => DataType::Utf8,
            _ => plain(data_type).clone(),
        }
    }

    fn aggregate(self, data_type: &DataType) -> Result<AggregateFunctionExpr> {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new("value", 0));
        let mut args = vec![column];
        let function = match self {
            Self::Min => min_udaf(),
            Self::Max => max_udaf(),
            Self::Unique => approx_distinct_udaf(),
            Self::Average => avg_udaf(),
            Self::Deviation => stddev_udaf(),
            Self::Filled => count_udaf(),
            Self::Quartile(quarter) => {
                args.push(Arc::new(Literal::new(ScalarValue::from(f64::from(quarter) / 4.0))));
                approx_percentile_cont_udaf()
            }
        };
        let schema = Schema::new(vec![Field::new("value", self.takes(data_type), true)]);
        AggregateExprBuilder::new(function, args)
            .schema(Arc::new(schema))
            .alias(self.name())
            .build()
    }
}

/// The type of the values themselves.
fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

fn is_binary(data_type: &DataType) -> bool {
    data_type.is_binary() || matches!(data_type, DataType::FixedSizeBinary(_))
}

/// What is known so far.
#[derive(Debug)]
struct Summarizing {
    rows: i64,
    columns: Vec<Summarized>,
}

#[derive(Debug)]
struct Summarized {
    name: String,
    column_type: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    statistic: Statistic,
    takes: DataType,
    states: usize,
    accumulator: Box<dyn Accumulator>,
}

impl Accumulator for Summarizing {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.rows += values
            .first()
            .map_or(0, |values| i64::try_from(values.len()).unwrap_or(0));
        for (column, values) in self.columns.iter_mut().zip(values) {
            column.update(values)?;
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let mut states = vec![ScalarValue::from(self.rows)];
        for part in self.columns.iter_mut().flat_map(|column| &mut column.parts) {
            states.extend(part.accumulator.state()?);
        }
        Ok(states)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some((rows, mut rest)) = states.split_first() else {
            return Ok(());
        };
        self.rows += sum(as_primitive_array::<Int64Type>(rows)?).unwrap_or(0);
        for part in self.columns.iter_mut().flat_map(|column| &mut column.parts) {
            let (own, others) = rest.split_at(part.states.min(rest.len()));
            part.accumulator.merge_batch(own)?;
            rest = others;
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let rows = self.rows;
        let rows = self.columns.iter_mut().map(|column| column.row(rows));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let fields = row_fields();
        let columns = (0..fields.len()).map(|at| ScalarValue::iter_to_array(rows.iter().map(|row| row[at].clone())));
        let table = StructArray::try_new(fields, columns.collect::<Result<_>>()?, None)?;
        let offsets = OffsetBuffer::from_lengths([table.len()]);
        let list = ListArray::try_new(row_field(), offsets, Arc::new(table), None)?;
        Ok(ScalarValue::List(Arc::new(list)))
    }

    fn size(&self) -> usize {
        let parts = self.columns.iter().flat_map(|column| &column.parts);
        size_of_val(self)
            + parts
                .map(|part| size_of::<Part>() + part.accumulator.size())
                .sum::<usize>()
    }
}

impl Summarized {
    fn new(name: &str, data_type: &DataType) -> Result<Self> {
        let parts = Statistic::of(data_type).map(|statistic| {
            let aggregate = statistic.aggregate(data_type)?;
            Ok(Part {
                statistic,
                takes: statistic.takes(data_type),
                states: aggregate.state_fields()?.len(),
                accumulator: aggregate.create_accumulator()?,
            })
        });
        Ok(Self {
            name: name.to_owned(),
            column_type: data_type.to_string(),
            parts: parts.collect::<Result<_>>()?,
        })
    }

    fn update(&mut self, values: &ArrayRef) -> Result<()> {
        let strict = CastOptions {
            safe: false,
            ..CastOptions::default()
        };
        // Several statistics take the same numbers.
        let mut made: Vec<ArrayRef> = vec![Arc::clone(values)];
        for part in &mut self.parts {
            let ready = made.iter().find(|array| *array.data_type() == part.takes).cloned();
            let array = match ready {
                Some(array) => array,
                None => {
                    let array = cast_with_options(values, &part.takes, &strict)?;
                    made.push(Arc::clone(&array));
                    array
                }
            };
            part.accumulator.update_batch(&[array])?;
        }
        Ok(())
    }

    fn row(&mut self, rows: i64) -> Result<Vec<ScalarValue>> {
        let mut row = vec![
            ScalarValue::from(self.name.as_str()),
            ScalarValue::from(self.column_type.as_str()),
        ];
        for statistic in Statistic::SHOWN {
            row.push(self.value(statistic)?);
        }
        row.push(ScalarValue::from(rows));
        let missing = match self.value(Statistic::Filled)? {
            ScalarValue::Int64(Some(filled)) if rows > 0 => (rows - filled) as f64 / rows as f64,
            _ => 0.0,
        };
        row.push(ScalarValue::from((missing * 10_000.0).round() / 100.0));
        Ok(row)
    }

    fn value(&mut self, statistic: Statistic) -> Result<ScalarValue> {
        let part = self.parts.iter_mut().find(|part| part.statistic == statistic);
        match part {
            Some(part) => part.accumulator.evaluate()?.cast_to(&statistic.data_type()),
            None => ScalarValue::try_from(&statistic.data_type()),
        }
    }
}
