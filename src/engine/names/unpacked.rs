//! The way back from a list that was planned as one value: its columns in the place of the value.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::FieldRef;
use datafusion::common::{
    Column, DFSchema, DataFusionError, Result, SchemaError, Span, TableReference, plan_datafusion_err,
};
use datafusion::logical_expr::logical_plan::builder::validate_unique_names;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, PlanType, Projection, ToStringifiedPlan};
use datafusion::sql::sqlparser::ast::Ident;

use super::item::{Item, PACKED};

/// A plan with columns in the place of the value.
pub(super) struct Unpacked {
    pub(super) plan: LogicalPlan,
    /// How many columns are of the list: they come first.
    count: usize,
}

/// Puts the columns of a list in the place of the value; `None` if only the engine can say what one of them means.
///
/// # Errors
/// A column that there is not.
pub(super) fn unpack(plan: LogicalPlan, items: &[Item]) -> Result<Option<Unpacked>> {
    match plan {
        LogicalPlan::Projection(projection) => match projection.expr.iter().find_map(packed) {
            Some(others) => projected(&projection, others, items),
            // It takes away the columns that the rows were put in order by, if they are not in the list.
            None => unpack(Arc::unwrap_or_clone(projection.input), items)?
                .map(Unpacked::without_keys)
                .transpose(),
        },
        LogicalPlan::Explain(mut explain) => {
            let Some(Unpacked { plan, count }) = unpack(Arc::unwrap_or_clone(explain.plan), items)? else {
                return Ok(None);
            };
            explain.stringified_plans = vec![plan.to_stringified(PlanType::InitialLogicalPlan)];
            explain.plan = Arc::new(plan);
            let plan = LogicalPlan::Explain(explain);
            Ok(Some(Unpacked { plan, count }))
        }
        plan => {
            let [input] = plan.inputs()[..] else {
                return Err(plan_datafusion_err!("{PACKED} is not in the plan"));
            };
            let Some(Unpacked { plan: input, count }) = unpack(input.clone(), items)? else {
                return Ok(None);
            };
            let plan = plan.with_new_exprs(plan.expressions(), vec![input])?;
            Ok(Some(Unpacked { plan, count }))
        }
    }
}

impl Unpacked {
    /// The columns of the list alone.
    fn without_keys(self) -> Result<Self> {
        let Unpacked { plan, count } = self;
        let schema = Arc::clone(plan.schema());
        if schema.fields().len() == count {
            return Ok(Unpacked { plan, count });
        }
        let mut list = List::default();
        for (qualifier, field) in schema.iter().take(count) {
            list.push(Column::from((qualifier, field)), (qualifier, field), None);
        }
        let plan = list.of(Arc::new(plan))?;
        Ok(Unpacked { plan, count })
    }
}

/// The items of a list that are packed in a column of a projection.
fn packed(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Alias(alias) if alias.name == PACKED => match alias.expr.as_ref() {
            Expr::ScalarFunction(call) => Some(&call.args),
            _ => None,
        },
        _ => None,
    }
}

/// The projection with the columns of its list.
fn projected(projection: &Projection, others: &[Expr], items: &[Item]) -> Result<Option<Unpacked>> {
    let input = &projection.input;
    let relation = read(input).schema();
    // A sort key is one of all columns, too.
    if let [Item::All] = items {
        return Ok(Some(Unpacked {
            plan: LogicalPlan::clone(input),
            count: relation.fields().len(),
        }));
    }
    let (columns, mut others) = (Columns::of(relation), others.iter());
    let mut list = List::default();
    for item in items {
        match item {
            Item::All => {
                for (qualifier, field) in relation.iter() {
                    list.push(Column::from((qualifier, field)), (qualifier, field), None);
                }
            }
            Item::Column { parts, name } => {
                let Some(found) = columns.find(parts)? else {
                    return Ok(None);
                };
                let mut column = Column::from(found);
                spans(parts)
                    .into_iter()
                    .for_each(|span| column.spans_mut().add_span(span));
                list.push(column, found, name.as_deref());
            }
            Item::Other { name } => {
                let expr = others
                    .next()
                    .ok_or_else(|| plan_datafusion_err!("{PACKED} has too few items"))?;
                let expr = match name {
                    Some(name) => expr.clone().alias(name),
                    None => expr.clone(),
                };
                list.push_expr(expr, input.schema())?;
            }
        }
    }
    validate_unique_names("Projections", &list.exprs)?;
    let count = list.exprs.len();
    for key in projection.expr.iter().filter(|expr| packed(expr).is_none()) {
        if !list.exprs[..count].contains(key) {
            list.push_expr(key.clone(), input.schema())?;
        }
    }
    let plan = list.of(Arc::clone(input))?;
    Ok(Some(Unpacked { plan, count }))
}

/// What a list is of, below the windows in it.
fn read(plan: &LogicalPlan) -> &LogicalPlan {
    match plan {
        LogicalPlan::Window(window) => read(&window.input),
        plan => plan,
    }
}

/// A column of a relation.
type Field<'a> = (Option<&'a TableReference>, &'a FieldRef);

/// The columns of a relation by name.
struct Columns<'a> {
    schema: &'a DFSchema,
    named: HashMap<&'a str, Vec<Field<'a>>>,
}

impl<'a> Columns<'a> {
    fn of(schema: &'a DFSchema) -> Self {
        let mut named: HashMap<&str, Vec<Field<'_>>> = HashMap::with_capacity(schema.fields().len());
        for (qualifier, field) in schema.iter() {
            named.entry(field.name()).or_default().push((qualifier, field));
        }
        Columns { schema, named }
    }

    /// The column that is typed so; `None` if there are several, or it may be a field of one.
    fn find(&self, parts: &[Ident]) -> Result<Option<Field<'a>>> {
        let (table, name) = match parts {
            [name] => (None, name),
            [table, name] => (Some(table), name),
            _ => return Ok(None),
        };
        let is_of = |(qualifier, _): &&Field<'_>| {
            table.is_none_or(|table| qualifier.is_some_and(|qualifier| qualifier.table() == table.value))
        };
        let named = self.named.get(name.value.as_str()).into_iter().flatten();
        let mut found = named.filter(is_of);
        match (found.next(), found.next()) {
            (Some(found), None) => Ok(Some(*found)),
            (None, _) if !table.is_some_and(|table| self.named.contains_key(table.value.as_str())) => {
                let table = table.map(|table| TableReference::bare(table.value.clone()));
                let mut column = Column::new(table, &name.value);
                spans(parts)
                    .into_iter()
                    .for_each(|span| column.spans_mut().add_span(span));
                let error = SchemaError::FieldNotFound {
                    field: Box::new(column),
                    valid_fields: self.schema.columns(),
                };
                Err(DataFusionError::SchemaError(Box::new(error), Box::new(None)))
            }
            _ => Ok(None),
        }
    }
}

/// Where something is typed.
fn spans(parts: &[Ident]) -> Option<Span> {
    Span::union_iter(parts.iter().filter_map(|part| Span::try_from_sqlparser_span(part.span)))
}

/// The list of a projection, and the columns that it gives.
#[derive(Default)]
struct List {
    exprs: Vec<Expr>,
    fields: Vec<(Option<TableReference>, FieldRef)>,
}

impl List {
    /// Puts a column at the end, and what it is called if that is not its name.
    fn push(&mut self, column: Column, (qualifier, field): Field<'_>, name: Option<&str>) {
        match name.filter(|name| column.name != *name) {
            None => {
                self.exprs.push(Expr::Column(column));
                self.fields.push((qualifier.cloned(), Arc::clone(field)));
            }
            Some(name) => {
                self.exprs.push(Expr::Column(column).alias(name));
                let renamed = field.as_ref().clone().with_name(name);
                self.fields.push((None, Arc::new(renamed)));
            }
        }
    }

    /// Puts any expression over what has this schema at the end.
    fn push_expr(&mut self, expr: Expr, schema: &DFSchema) -> Result<()> {
        self.fields.push(expr.to_field(schema)?);
        self.exprs.push(expr);
        Ok(())
    }

    /// The projection. Its schema is that of the list: the engine would go through all columns for each of them.
    fn of(self, input: Arc<LogicalPlan>) -> Result<LogicalPlan> {
        let schema = DFSchema::new_with_metadata(self.fields, input.schema().metadata().clone())?;
        Projection::try_new_with_schema(self.exprs, input, Arc::new(schema)).map(LogicalPlan::Projection)
    }
}
