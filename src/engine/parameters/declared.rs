//! The types of a statement's parameters, from where they stand in its plan. Every use counts: one that says nothing takes
//! nothing back, and uses that differ meet in a type that holds both, else in text.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::expr::{Placeholder, ScalarFunction};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{
    BinaryExpr, Case, Distinct, DmlStatement, Expr, ExprSchemable, Join, LogicalPlan, Operator, TypeSignature,
    TypeSignatureClass,
};

use crate::engine::failure::failed;
use crate::error::Result;
use crate::session::Parameter;

/// The parameters in the order of their numbers; their type is text where the plan does not say.
///
/// # Errors
/// What the engine says about the plan.
pub(crate) fn declared(plan: &LogicalPlan) -> Result<Vec<Parameter>> {
    let mut types = Types::default();
    plan.apply_with_subqueries(|node| {
        types.node(node)?;
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(failed)?;
    let last = types.found.last_key_value().map_or(0, |(ordinal, _)| *ordinal);
    Ok((1..=last).map(|ordinal| types.take(ordinal)).collect())
}

/// The type that a client is asked for where the plan wants `data_type`: one that every client can make.
pub(crate) fn asked(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Time32(_) | DataType::Time64(_) => DataType::Time32(TimeUnit::Millisecond),
        other => other.clone(),
    }
}

/// A plain type for what the plan wants. Times of day stay what they are: the engine compares only like with like.
fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        DataType::Null | DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Millisecond, zone.clone()),
        other => other.clone(),
    }
}

#[derive(Default)]
struct Types {
    found: BTreeMap<usize, UsedType>,
}

#[derive(Default)]
struct UsedType {
    /// What the uses say.
    used: Option<DataType>,
    /// What the engine wrote on the parameter itself.
    written: Option<DataType>,
    /// Some use is not a comparison.
    otherwise: bool,
}

impl Types {
    fn take(&mut self, ordinal: usize) -> Parameter {
        let found = self.found.remove(&ordinal).unwrap_or_default();
        Parameter {
            data_type: found.used.or(found.written).unwrap_or(DataType::Utf8),
            is_compared: !found.otherwise,
        }
    }

    fn note(&mut self, placeholder: &Placeholder, expected: Option<&DataType>) {
        self.note_use(placeholder, expected, false);
    }

    fn note_use(&mut self, placeholder: &Placeholder, expected: Option<&DataType>, is_compared: bool) {
        let number = placeholder.id.strip_prefix('$').and_then(|number| number.parse().ok());
        let Some(number) = number else {
            return;
        };
        let found = self.found.entry(number).or_default();
        found.otherwise |= !is_compared;
        let written = placeholder.field.as_ref().map(|field| field.data_type());
        if let Some(written) = written.filter(|data_type| !data_type.is_null()) {
            found.written.get_or_insert_with(|| plain(written));
        }
        if let Some(expected) = expected.filter(|data_type| !data_type.is_null()) {
            let expected = plain(expected);
            found.used = Some(match found.used.take() {
                None => expected,
                Some(used) if used == expected => used,
                // The engine would make numbers of text, and fail on most.
                Some(used) if used == DataType::Utf8 || expected == DataType::Utf8 => DataType::Utf8,
                Some(used) => {
                    let both = type_union_resolution(&[used, expected]);
                    both.as_ref().map_or(DataType::Utf8, plain)
                }
            });
        }
    }

    fn node(&mut self, node: &LogicalPlan) -> Result<(), DataFusionError> {
        match node {
            LogicalPlan::Limit(limit) => {
                for count in [&limit.skip, &limit.fetch].into_iter().flatten() {
                    self.expr(count, Some(&DataType::Int64), &DFSchema::empty());
                }
                return Ok(());
            }
            LogicalPlan::Values(values) => return self.values(&values.values),
            LogicalPlan::Union(union) => {
                let columns = union.schema.fields().len();
                let types: Vec<_> = (0..columns).map(|at| first_type(&union.inputs, at)).collect();
                union.inputs.iter().for_each(|input| self.outputs(input, &types));
            }
            LogicalPlan::Dml(DmlStatement { input, .. }) => {
                let types = input.schema().fields().iter();
                let types: Vec<_> = types.map(|field| Some(field.data_type().clone())).collect();
                self.outputs(input, &types);
            }
            _ => {}
        }
        self.expressions(node)
    }

    fn expressions(&mut self, node: &LogicalPlan) -> Result<(), DataFusionError> {
        let mut any = false;
        node.apply_expressions(|expr| {
            any |= has_placeholder(expr);
            Ok(TreeNodeRecursion::Continue)
        })?;
        if !any {
            return Ok(());
        }
        let mut schema = DFSchema::empty();
        for input in node.inputs() {
            schema.merge(input.schema());
        }
        let expected = matches!(node, LogicalPlan::Filter(_)).then_some(DataType::Boolean);
        match node {
            LogicalPlan::Join(Join { on, filter, .. }) => {
                on.iter()
                    .for_each(|(left, right)| self.compared(&[left, right], &schema));
                filter
                    .iter()
                    .for_each(|filter| self.expr(filter, Some(&DataType::Boolean), &schema));
            }
            _ => {
                node.apply_expressions(|expr| {
                    self.expr(expr, expected.as_ref(), &schema);
                    Ok(TreeNodeRecursion::Continue)
                })?;
            }
        }
        Ok(())
    }

    fn values(&mut self, rows: &[Vec<Expr>]) -> Result<(), DataFusionError> {
        let schema = DFSchema::empty();
        for column in 0..rows.first().map_or(0, Vec::len) {
            let cells: Vec<&Expr> = rows.iter().filter_map(|row| row.get(column)).collect();
            self.alike(&cells, None, &schema);
        }
        Ok(())
    }

    /// Says what the columns that `plan` gives are to be, where a parameter is one of them.
    fn outputs(&mut self, plan: &LogicalPlan, types: &[Option<DataType>]) {
        match plan {
            LogicalPlan::Projection(projection) => {
                let input = &projection.input;
                let mut inner = vec![None; input.schema().fields().len()];
                for (expr, data_type) in projection.expr.iter().zip(types) {
                    let (expr, data_type) = match bare(expr) {
                        Expr::Cast(cast) => (bare(&cast.expr), Some(cast.field.data_type().clone())),
                        expr => (expr, data_type.clone()),
                    };
                    match expr {
                        Expr::Placeholder(placeholder) => self.note(placeholder, data_type.as_ref()),
                        Expr::Column(column) => {
                            if let Some(at) = input.schema().maybe_index_of_column(column) {
                                inner[at] = data_type;
                            }
                        }
                        _ => {}
                    }
                }
                self.outputs(input, &inner);
            }
            LogicalPlan::Values(values) => {
                for row in &values.values {
                    for (cell, data_type) in row.iter().zip(types) {
                        if let Expr::Placeholder(placeholder) = bare(cell) {
                            self.note(placeholder, data_type.as_ref());
                        }
                    }
                }
            }
            LogicalPlan::Union(union) => union.inputs.iter().for_each(|input| self.outputs(input, types)),
            LogicalPlan::SubqueryAlias(alias) => self.outputs(&alias.input, types),
            LogicalPlan::Sort(sort) => self.outputs(&sort.input, types),
            LogicalPlan::Limit(limit) => self.outputs(&limit.input, types),
            LogicalPlan::Filter(filter) => self.outputs(&filter.input, types),
            LogicalPlan::Distinct(Distinct::All(input)) => self.outputs(input, types),
            _ => {}
        }
    }

    fn expr(&mut self, expr: &Expr, expected: Option<&DataType>, schema: &DFSchema) {
        let boolean = Some(&DataType::Boolean);
        let text = Some(&DataType::Utf8);
        match expr {
            Expr::Placeholder(placeholder) => self.note(placeholder, expected),
            Expr::Alias(alias) => self.expr(&alias.expr, expected, schema),
            Expr::Negative(inner) => self.expr(inner, expected, schema),
            Expr::Cast(cast) => self.expr(&cast.expr, Some(cast.field.data_type()), schema),
            Expr::TryCast(cast) => self.expr(&cast.expr, Some(cast.field.data_type()), schema),
            Expr::BinaryExpr(binary) => self.binary(binary, expected, schema),
            Expr::Not(inner)
            | Expr::IsTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsNotUnknown(inner) => self.expr(inner, boolean, schema),
            Expr::Like(like) | Expr::SimilarTo(like) => {
                self.expr(&like.expr, text, schema);
                self.expr(&like.pattern, text, schema);
            }
            Expr::Between(between) => self.compared(&[&between.expr, &between.low, &between.high], schema),
            Expr::InList(list) => {
                let all: Vec<&Expr> = std::iter::once(list.expr.as_ref()).chain(&list.list).collect();
                self.compared(&all, schema);
            }
            Expr::InSubquery(within) => {
                let given = within.subquery.subquery.schema().fields().first().cloned();
                self.expr(&within.expr, given.as_ref().map(|field| field.data_type()), schema);
            }
            Expr::SetComparison(within) => {
                let given = within.subquery.subquery.schema().fields().first().cloned();
                self.expr(&within.expr, given.as_ref().map(|field| field.data_type()), schema);
            }
            Expr::Case(case) => self.case(case, expected, schema),
            Expr::ScalarFunction(function) => self.function(function, expected, schema),
            Expr::AggregateFunction(function) => {
                let signature = &function.func.signature().type_signature;
                self.arguments(signature, &function.params.args, schema);
                if let Some(filter) = &function.params.filter {
                    self.expr(filter, boolean, schema);
                }
            }
            other => {
                // Never an error: nothing in it is one.
                let _ = other.apply_children(|child| {
                    self.expr(child, None, schema);
                    Ok(TreeNodeRecursion::Continue)
                });
            }
        }
    }

    /// Expressions that are compared with each other.
    fn compared(&mut self, exprs: &[&Expr], schema: &DFSchema) {
        let typed = exprs.iter().find_map(|expr| type_of(expr, schema));
        for expr in exprs {
            match expr {
                Expr::Placeholder(placeholder) => self.note_use(placeholder, typed.as_ref(), true),
                expr => self.expr(expr, typed.as_ref(), schema),
            }
        }
    }

    /// Expressions of which one is the result, or that are reckoned with each other.
    fn alike(&mut self, exprs: &[&Expr], expected: Option<&DataType>, schema: &DFSchema) {
        let typed = exprs.iter().find_map(|expr| type_of(expr, schema));
        let common = typed.as_ref().or(expected);
        exprs.iter().for_each(|expr| self.expr(expr, common, schema));
    }

    fn binary(&mut self, BinaryExpr { left, op, right }: &BinaryExpr, expected: Option<&DataType>, schema: &DFSchema) {
        use Operator as O;
        let sides = [left.as_ref(), right.as_ref()];
        let both = |types: &mut Self, data_type: Option<&DataType>| {
            sides.into_iter().for_each(|side| types.expr(side, data_type, schema));
        };
        match op {
            O::And | O::Or => both(self, Some(&DataType::Boolean)),
            O::StringConcat
            | O::RegexMatch
            | O::RegexIMatch
            | O::RegexNotMatch
            | O::RegexNotIMatch
            | O::LikeMatch
            | O::ILikeMatch
            | O::NotLikeMatch
            | O::NotILikeMatch => both(self, Some(&DataType::Utf8)),
            O::Plus | O::Minus => {
                let (left_type, right_type) = (type_of(left, schema), type_of(right, schema));
                let wanted = |other: Option<&DataType>, is_left: bool| beside(*op, other, expected, is_left);
                self.expr(left, wanted(right_type.as_ref(), true).as_ref(), schema);
                self.expr(right, wanted(left_type.as_ref(), false).as_ref(), schema);
            }
            op if compares(*op) => self.compared(&sides, schema),
            _ => self.alike(&sides, expected, schema),
        }
    }

    fn case(&mut self, case: &Case, expected: Option<&DataType>, schema: &DFSchema) {
        let conditions = case.when_then_expr.iter().map(|(when, _)| when.as_ref());
        match &case.expr {
            Some(expr) => {
                let all: Vec<&Expr> = std::iter::once(expr.as_ref()).chain(conditions).collect();
                self.compared(&all, schema);
            }
            None => conditions.for_each(|when| self.expr(when, Some(&DataType::Boolean), schema)),
        }
        let results = case.when_then_expr.iter().map(|(_, then)| then.as_ref());
        let results: Vec<&Expr> = results.chain(case.else_expr.as_deref()).collect();
        self.alike(&results, expected, schema);
    }

    fn function(&mut self, function: &ScalarFunction, expected: Option<&DataType>, schema: &DFSchema) {
        let args: Vec<&Expr> = function.args.iter().collect();
        match function.func.name() {
            "coalesce" | "nullif" | "nvl" | "greatest" | "least" => self.alike(&args, expected, schema),
            "make_array" => {
                let inner = match expected {
                    Some(DataType::List(field) | DataType::LargeList(field)) => Some(field.data_type()),
                    _ => None,
                };
                self.alike(&args, inner, schema);
            }
            _ => self.arguments(&function.func.signature().type_signature, &function.args, schema),
        }
    }

    fn arguments(&mut self, signature: &TypeSignature, args: &[Expr], schema: &DFSchema) {
        for (at, arg) in args.iter().enumerate() {
            self.expr(arg, wanted(signature, at, args.len()).as_ref(), schema);
        }
    }
}

fn has_placeholder(expr: &Expr) -> bool {
    expr.exists(|expr| Ok(matches!(expr, Expr::Placeholder(_))))
        .unwrap_or_default()
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        other => other,
    }
}

fn first_type(inputs: &[Arc<LogicalPlan>], column: usize) -> Option<DataType> {
    let types = inputs.iter().filter_map(|input| input.schema().fields().get(column));
    types
        .map(|field| field.data_type())
        .find(|data_type| !data_type.is_null())
        .cloned()
}

/// The type of an expression as far as it does not depend on a parameter.
fn type_of(expr: &Expr, schema: &DFSchema) -> Option<DataType> {
    let known = match expr {
        Expr::Placeholder(_) => None,
        Expr::Alias(alias) => type_of(&alias.expr, schema),
        Expr::Negative(inner) => type_of(inner, schema),
        Expr::BinaryExpr(binary) if matches!(binary.op, Operator::Plus | Operator::Minus) && has_placeholder(expr) => {
            let sides = [&binary.left, &binary.right].map(|side| type_of(side, schema));
            // A moment plus an unknown span is a moment, minus an unknown moment a span; what stands beside a span can
            // be either.
            let vague =
                |data_type: &DataType| is_span(data_type) || is_moment(data_type) && binary.op == Operator::Minus;
            sides.into_iter().flatten().find(|data_type| !vague(data_type))
        }
        Expr::BinaryExpr(binary) if has_placeholder(expr) && !compares(binary.op) => {
            let mut sides = [&binary.left, &binary.right].into_iter();
            sides.find_map(|side| type_of(side, schema))
        }
        Expr::Case(case) if has_placeholder(expr) => {
            let results = case.when_then_expr.iter().map(|(_, then)| then).chain(&case.else_expr);
            results.into_iter().find_map(|result| type_of(result, schema))
        }
        Expr::ScalarFunction(function)
            if matches!(
                function.func.name(),
                "coalesce" | "nullif" | "nvl" | "greatest" | "least"
            ) =>
        {
            function.args.iter().find_map(|arg| type_of(arg, schema))
        }
        other => other.get_type(schema).ok(),
    };
    known.filter(|data_type| !data_type.is_null())
}

fn compares(op: Operator) -> bool {
    use Operator as O;
    matches!(
        op,
        O::Eq | O::NotEq | O::Lt | O::LtEq | O::Gt | O::GtEq | O::IsDistinctFrom | O::IsNotDistinctFrom
    )
}

fn is_span(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Interval(_) | DataType::Duration(_))
}

fn is_moment(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Time32(_) | DataType::Time64(_)
    )
}

/// What stands beside `other` in a sum or a difference whose result is to be `expected`.
fn beside(op: Operator, other: Option<&DataType>, expected: Option<&DataType>, is_left: bool) -> Option<DataType> {
    let span = DataType::Interval(IntervalUnit::MonthDayNano);
    match other {
        Some(other) if is_span(other) => match expected {
            Some(expected) if is_moment(expected) || is_span(expected) => Some(expected.clone()),
            _ => Some(DataType::Timestamp(TimeUnit::Millisecond, None)),
        },
        Some(other) if is_moment(other) => {
            let between = op == Operator::Minus && !expected.is_some_and(is_moment);
            Some(if between { other.clone() } else { span })
        }
        Some(other) => Some(other.clone()),
        None => match expected {
            Some(expected) if is_moment(expected) && !is_left => Some(span),
            other => other.cloned(),
        },
    }
}

/// What a function takes in the place `at` of `count`.
fn wanted(signature: &TypeSignature, at: usize, count: usize) -> Option<DataType> {
    match signature {
        TypeSignature::Exact(types) if types.len() == count => types.get(at).cloned(),
        TypeSignature::Uniform(number, types) if *number == count => types.first().cloned(),
        TypeSignature::Variadic(types) => types.first().cloned(),
        TypeSignature::Numeric(number) if *number == count => Some(DataType::Float64),
        TypeSignature::String(number) if *number == count => Some(DataType::Utf8),
        TypeSignature::Coercible(coercions) if coercions.len() == count => {
            coercions.get(at).and_then(|coercion| of_class(coercion.desired_type()))
        }
        TypeSignature::OneOf(signatures) => signatures.iter().find_map(|one| wanted(one, at, count)),
        _ => None,
    }
}

fn of_class(class: &TypeSignatureClass) -> Option<DataType> {
    match class {
        TypeSignatureClass::Timestamp => Some(DataType::Timestamp(TimeUnit::Millisecond, None)),
        TypeSignatureClass::Time => Some(DataType::Time32(TimeUnit::Millisecond)),
        TypeSignatureClass::Interval => Some(DataType::Interval(IntervalUnit::MonthDayNano)),
        TypeSignatureClass::Integer => Some(DataType::Int64),
        TypeSignatureClass::Float | TypeSignatureClass::Numeric | TypeSignatureClass::Decimal => {
            Some(DataType::Float64)
        }
        TypeSignatureClass::Binary => Some(DataType::Binary),
        TypeSignatureClass::Native(native) => native.default_cast_for(&DataType::Null).ok(),
        TypeSignatureClass::Any | TypeSignatureClass::Duration => None,
    }
}
