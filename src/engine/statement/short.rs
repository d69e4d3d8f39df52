//! Short ways to write a query, as the engine takes them: `FROM t` for `SELECT * FROM t`, `TOP 10` and `FETCH FIRST 10 ROWS
//! ONLY` for `LIMIT 10`, `ORDER BY ALL` for `ORDER BY 1, 2`.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, LimitClause, OrderBy, OrderByExpr, OrderByKind, Query, SelectFlavor, SelectItem, SetExpr, Spanned,
    Statement as Ast, TopQuantity, Value, VisitMut, VisitorMut, WildcardAdditionalOptions,
};

use crate::engine::failure::mistake;
use crate::error::{Error, Result};

/// Writes them out.
///
/// # Errors
/// `Invalid` for a part of the rows (`PERCENT`) and for `WITH TIES`.
pub(super) fn write_out(ast: &mut Ast) -> Result<()> {
    match VisitMut::visit(ast, &mut Short) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Short;

impl VisitorMut for Short {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        all_columns(&mut query.body);
        by_all_columns(query);
        match first_rows(query) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// `FROM t` has all columns, in each part of a UNION.
fn all_columns(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) if select.flavor == SelectFlavor::FromFirstNoSelect && select.projection.is_empty() => {
            select.flavor = SelectFlavor::Standard;
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        }
        SetExpr::SetOperation { left, right, .. } => {
            all_columns(left);
            all_columns(right);
        }
        _ => {}
    }
}

/// `ORDER BY ALL` goes by each column in turn. Where `*` stands in the list the engine knows how many there are.
fn by_all_columns(query: &mut Query) {
    let Some(OrderBy { kind, .. }) = &mut query.order_by else {
        return;
    };
    let (OrderByKind::All(options), SetExpr::Select(select)) = (&*kind, query.body.as_ref()) else {
        return;
    };
    let is_one = |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. });
    if select.projection.iter().all(is_one) {
        let keys = (1..=select.projection.len()).map(|place| OrderByExpr {
            expr: number(&place.to_string()),
            options: *options,
            with_fill: None,
        });
        *kind = OrderByKind::Expressions(keys.collect());
    }
}

fn number(digits: &str) -> Expr {
    Expr::Value(Value::Number(digits.into(), false).into())
}

fn first_rows(query: &mut Query) -> Result<()> {
    let place = query.span();
    let partly = |percent: bool, ties: bool| match (percent, ties) {
        (true, _) => Err(mistake("rows are limited by their number, not by PERCENT", place)),
        (_, true) => Err(mistake(
            "WITH TIES is not supported: rank() OVER (…) with QUALIFY gives such rows",
            place,
        )),
        _ => Ok(()),
    };
    let top = match query.body.as_mut() {
        SetExpr::Select(select) => select.top.take(),
        _ => None,
    };
    let mut rows = None;
    if let Some(top) = top {
        partly(top.percent, top.with_ties)?;
        rows = match top.quantity {
            Some(TopQuantity::Constant(rows)) => Some(number(&rows.to_string())),
            Some(TopQuantity::Expr(expr)) => Some(expr),
            None => None,
        };
    }
    if let Some(fetch) = query.fetch.take() {
        partly(fetch.percent, fetch.with_ties)?;
        rows = Some(fetch.quantity.unwrap_or_else(|| number("1")));
    }
    let Some(rows) = rows else {
        return Ok(());
    };
    match &mut query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) if limit.is_none() => *limit = Some(rows),
        Some(_) => return Err(mistake("the rows are limited twice", place)),
        none => {
            *none = Some(LimitClause::LimitOffset {
                limit: Some(rows),
                offset: None,
                limit_by: Vec::new(),
            });
        }
    }
    Ok(())
}
