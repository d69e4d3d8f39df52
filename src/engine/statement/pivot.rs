//! `PIVOT` and `UNPIVOT`, as queries that the engine knows: values of a column become columns, and columns become rows.
//!
//! `t PIVOT (sum(n) FOR month IN ('jan', 'feb'))` is `SELECT * EXCLUDE (month, n), sum(n) FILTER (WHERE month = 'jan') AS jan, …
//! FROM t GROUP BY ALL`; `t UNPIVOT (n FOR month IN (jan, feb))` lists names and values beside each other and unnests both.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, ExcludeSelectItem, Expr, ExprWithAlias, Function, Ident, NullInclusion, ObjectName,
    PivotValueSource, Query, SelectItem, SetExpr, Spanned, Statement as Ast, TableAlias, TableFactor, Value, VisitMut,
    VisitorMut, WildcardAdditionalOptions, visit_expressions,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Span;

use super::call::call;
use crate::engine::failure::mistake;
use crate::error::{Error, Result};

/// Each value has a copy of the aggregates, which could make much of little: the copies of a statement are so long at most, in
/// bytes of its text.
const MOST_BYTES: usize = 4 << 20;

/// Writes them out; says whether there were any.
///
/// # Errors
/// `Invalid` where the values or columns are not listed, where there are too many, or what is between `PIVOT (` and `FOR` is no call of a function.
pub(super) fn write_out(ast: &mut Ast) -> Result<bool> {
    let mut pivots = Pivots {
        left: MOST_BYTES,
        any: false,
    };
    match VisitMut::visit(ast, &mut pivots) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(pivots.any),
    }
}

struct Pivots {
    /// So much may still be copied.
    left: usize,
    /// There was one.
    any: bool,
}

impl VisitorMut for Pivots {
    type Break = Error;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        let written = match factor {
            TableFactor::Pivot { .. } => pivoted(factor, &mut self.left),
            TableFactor::Unpivot { .. } => unpivoted(factor),
            _ => return ControlFlow::Continue(()),
        };
        self.any = true;
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

fn pivoted(factor: &mut TableFactor, left: &mut usize) -> Result<()> {
    let TableFactor::Pivot {
        table,
        aggregate_functions,
        value_column,
        value_source,
        default_on_null,
        alias,
    } = factor
    else {
        return Ok(());
    };
    let column = match (value_column.as_slice(), &default_on_null) {
        ([column], None) => column,
        ([_, other, ..], _) => return Err(mistake("PIVOT goes by one column: … FOR column IN (…)", other.span())),
        ([], _) | (_, Some(_)) => {
            let place = default_on_null.as_ref().map_or_else(Span::empty, Spanned::span);
            return Err(mistake("PIVOT has no DEFAULT ON NULL: use coalesce around it", place));
        }
    };
    let PivotValueSource::List(values) = value_source else {
        let message = "PIVOT takes a list of values, as its columns must be known: … IN ('a', 'b')";
        return Err(mistake(message, column.span()));
    };
    let copied: usize = aggregate_functions
        .iter()
        .map(|function| function.to_string().len())
        .sum();
    let copied = (copied + column.to_string().len()).saturating_mul(values.len());
    let Some(rest) = left.checked_sub(copied) else {
        return Err(mistake(
            "PIVOT has too many values for aggregates of this length",
            column.span(),
        ));
    };
    *left = rest;
    let mut used = names(column);
    aggregate_functions
        .iter()
        .for_each(|function| used.extend(names(&function.expr)));
    let mut items = vec![others(used)];
    for value in values.iter() {
        let is_it = equal(column.clone(), value.expr.clone());
        for aggregate in aggregate_functions.iter() {
            let Expr::Function(function) = &aggregate.expr else {
                return Err(mistake(
                    "PIVOT takes calls of aggregates, such as sum(n)",
                    aggregate.expr.span(),
                ));
            };
            let filter = match &function.filter {
                Some(filter) => both(is_it.clone(), filter.as_ref().clone()),
                None => is_it.clone(),
            };
            let call = Function {
                filter: Some(Box::new(filter)),
                ..function.clone()
            };
            items.push(SelectItem::ExprWithAlias {
                expr: Expr::Function(call),
                alias: label(value, aggregate, aggregate_functions.len()),
            });
        }
    }
    let query = query("SELECT 1 FROM t GROUP BY ALL", items, *table.clone())?;
    *factor = derived(query, alias.take());
    Ok(())
}

/// What the column of a value is called: as the value says, and where there are several aggregates, as each of them, too.
fn label(value: &ExprWithAlias, aggregate: &ExprWithAlias, aggregates: usize) -> Ident {
    let said = match (&value.alias, &value.expr) {
        (Some(alias), _) => alias.value.clone(),
        (None, Expr::Value(literal)) => match &literal.value {
            Value::SingleQuotedString(text) => text.clone(),
            other => other.to_string(),
        },
        (None, other) => other.to_string(),
    };
    let of_it = match (&aggregate.alias, aggregates) {
        (Some(alias), _) => format!("{said}_{}", alias.value),
        (None, 1) => said,
        (None, _) => format!("{said}_{}", aggregate.expr),
    };
    Ident::with_quote('"', of_it)
}

fn unpivoted(factor: &mut TableFactor) -> Result<()> {
    let TableFactor::Unpivot {
        table,
        value,
        name,
        columns,
        null_inclusion,
        alias,
    } = factor
    else {
        return Ok(());
    };
    let Expr::Identifier(value) = value else {
        return Err(mistake(
            "UNPIVOT takes a name for the values: (value FOR name IN (…))",
            value.span(),
        ));
    };
    let mut used = Vec::new();
    columns.iter().for_each(|column| used.extend(names(&column.expr)));
    let labels = columns.iter().map(|column| {
        let label = column.alias.as_ref().map(|alias| alias.value.clone());
        let label = label.unwrap_or_else(|| match &column.expr {
            Expr::Identifier(ident) => ident.value.clone(),
            other => other.to_string(),
        });
        Expr::Value(Value::SingleQuotedString(label).into())
    });
    let values = columns.iter().map(|column| column.expr.clone());
    let unnested = |list: Vec<Expr>, alias: &Ident| SelectItem::ExprWithAlias {
        expr: call("unnest", vec![call("make_array", list)]),
        alias: alias.clone(),
    };
    let items = vec![
        others(used),
        unnested(labels.collect(), name),
        unnested(values.collect(), value),
    ];
    let mut rows = query("SELECT 1 FROM t", items, *table.clone())?;
    if *null_inclusion != Some(NullInclusion::IncludeNulls) {
        let all = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        let known = Expr::IsNotNull(Box::new(Expr::Identifier(value.clone())));
        rows = query("SELECT 1 FROM t", all, derived(rows, None))?;
        if let SetExpr::Select(select) = rows.body.as_mut() {
            select.selection = Some(known);
        }
    }
    *factor = derived(rows, alias.take());
    Ok(())
}

/// All columns but these.
fn others(used: Vec<Ident>) -> SelectItem {
    let mut once: Vec<Ident> = Vec::with_capacity(used.len());
    for ident in used {
        if !once.iter().any(|known| known.value == ident.value) {
            once.push(ident);
        }
    }
    let excluded = once.into_iter().map(|ident| ObjectName::from(vec![ident])).collect();
    SelectItem::Wildcard(WildcardAdditionalOptions {
        opt_exclude: Some(ExcludeSelectItem::Multiple(excluded)),
        ..WildcardAdditionalOptions::default()
    })
}

/// The columns that an expression names.
fn names(expr: &Expr) -> Vec<Ident> {
    let mut found = Vec::new();
    let _ = visit_expressions(expr, |expr| {
        match expr {
            Expr::Identifier(ident) => found.push(ident.clone()),
            Expr::CompoundIdentifier(parts) => found.extend(parts.last().cloned()),
            _ => {}
        }
        ControlFlow::<()>::Continue(())
    });
    found
}

fn equal(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::Eq,
        right: Box::new(right),
    }
}

fn both(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp {
        left: Box::new(left),
        op: BinaryOperator::And,
        right: Box::new(Expr::Nested(Box::new(right))),
    }
}

/// A query like `pattern`, of these items over this table.
fn query(pattern: &str, items: Vec<SelectItem>, table: TableFactor) -> Result<Box<Query>> {
    let parsed = Parser::parse_sql(&GenericDialect {}, pattern)
        .ok()
        .and_then(|mut all| all.pop());
    let Some(Ast::Query(mut query)) = parsed else {
        return Err(Error::internal("the pattern of a query is none"));
    };
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.projection = items;
        if let Some(from) = select.from.first_mut() {
            from.relation = table;
        }
    }
    Ok(query)
}

fn derived(subquery: Box<Query>, alias: Option<TableAlias>) -> TableFactor {
    TableFactor::Derived {
        lateral: false,
        subquery,
        alias,
        sample: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::mock::{Tables, assert_same};

    const SALES: (&str, &str) = (
        "sold.csv",
        "shop,month,n,price\na,jan,1,1.5\na,feb,2,2.5\nb,jan,3,3.5\na,jan,4,0.5\n",
    );
    const WIDE: (&str, &str) = ("wide.csv", "shop,jan,feb\na,1,2\nb,3,\n");

    /// The rows as `a 5 2; b 3 `, behind the names of their columns.
    fn flat(printed: &str) -> String {
        let rows = printed.lines().filter(|line| line.starts_with('|'));
        let rows: Vec<String> = rows
            .map(|row| {
                row.trim_matches('|')
                    .split('|')
                    .map(str::trim)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        match rows.is_empty() {
            true => printed.to_owned(),
            false => rows.join("; "),
        }
    }

    #[tokio::test]
    async fn values_become_columns_and_columns_rows() {
        let tables = Tables::of(&[SALES, WIDE]).await;
        let mut cases = Vec::new();
        for (sql, expected) in [
            (
                "SELECT * FROM (SELECT shop, month, n FROM sold) PIVOT (sum(n) FOR month IN ('jan', 'feb')) ORDER BY shop",
                "shop jan feb; a 5 2; b 3 ",
            ),
            (
                "FROM sold PIVOT (SUM(N * price) AS total, count(*) AS sales FOR MONTH IN ('jan' AS january, 'mar')) AS p ORDER BY p.shop",
                "shop january_total january_sales mar_total mar_sales; a 3.5 2  0; b 10.5 1  0",
            ),
            (
                "SELECT p.jan FROM (SELECT month, n FROM sold) PIVOT (max(n) FILTER (WHERE n < 4) FOR month IN ('jan')) p",
                "jan; 3",
            ),
            (
                "SELECT * FROM wide UNPIVOT (n FOR month IN (jan, feb)) ORDER BY shop, month",
                "shop month n; a feb 2; a jan 1; b jan 3",
            ),
            (
                "SELECT u.month, u.n FROM WIDE UNPIVOT INCLUDE NULLS (n FOR month IN (JAN AS 'first', feb)) AS u WHERE shop = 'b' ORDER BY 1",
                "month n; feb ; first 3",
            ),
            (
                "SELECT * FROM sold PIVOT (sum(n) FOR month IN (ANY))",
                "PIVOT takes a list of values, as its columns must be known: … IN ('a', 'b') (line 1, column 38)",
            ),
            (
                "SELECT * FROM sold PIVOT (sum(n) FOR monat IN ('jan'))",
                "there is no column 'monat' in sold; did you mean 'month'? (line 1, column 38)",
            ),
        ] {
            cases.push((sql, flat(&tables.rows(sql).await), expected));
        }
        assert_same(&cases);
    }

    #[tokio::test]
    async fn what_is_copied_has_a_bound() {
        let tables = Tables::of(&[SALES]).await;
        let values: Vec<String> = (0..20_000).map(|value| format!("'{value}'")).collect();
        let aggregate = format!("max(concat({}))", vec!["n"; 200].join(", "));
        let sql = format!(
            "SELECT * FROM sold PIVOT ({aggregate} FOR month IN ({}))",
            values.join(", ")
        );
        let said = tables.rows(&sql).await;
        assert!(
            said.starts_with("PIVOT has too many values for aggregates of this length"),
            "{said}"
        );
    }
}
