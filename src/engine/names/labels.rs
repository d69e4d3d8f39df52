//! What a column without a name is called: its text as one would type it over the one table, `sum(clicks)`. The engine has
//! a text of its own, `sum(trips.clicks)` and `Int64(1)`, that nobody types.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr as Logical, LogicalPlan, Projection};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Function, Ident, ObjectNamePart, OrderByKind, Query, Select, SelectItem, SetExpr, Statement as Ast, Visit,
    VisitMut, Visitor, VisitorMut,
};

/// The same statement with a name for each column of a list that has none, if there is such a one.
pub(super) fn labelled(statement: &Statement) -> Option<Statement> {
    let Statement::Statement(ast) = statement else {
        return None;
    };
    if !matches!(ast.as_ref(), Ast::Query(_)) || ast.visit(&mut HasUnlabelled).is_continue() {
        return None;
    }
    let mut ast = ast.clone();
    if let Ast::Query(query) = ast.as_mut()
        && let SetExpr::Select(select) = query.body.as_mut()
    {
        mark_beside_all(select);
    }
    let _: ControlFlow<()> = VisitMut::visit(&mut ast, &mut Labels);
    Some(Statement::Statement(ast))
}

/// In front of the name of a column that `*` brings too: the engine takes no list with a column twice. Nobody types that.
const BESIDE_ALL: char = '\u{2}';

/// Gives the columns of a list that has `*` as well a name that none of `*` has; [`distinct`] gives it back.
fn mark_beside_all(select: &mut Select) {
    let is_all = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    if !select.projection.iter().any(is_all) {
        return;
    }
    for item in &mut select.projection {
        if let (Some(name), SelectItem::UnnamedExpr(expr)) = (name(item), &*item)
            && is_column(expr)
        {
            *item = SelectItem::ExprWithAlias {
                expr: expr.clone(),
                alias: Ident::with_quote('"', format!("{BESIDE_ALL}{name}")),
            };
        }
    }
}

/// The same rows with each column's name once: of two of one name the second gets `_1`.
pub(in crate::engine) fn distinct(plan: LogicalPlan) -> Result<LogicalPlan> {
    let schema = plan.schema();
    let mut names = Taken::new(schema.fields().iter().map(|field| own_name(field.name())));
    let columns: Vec<_> = schema
        .iter()
        .map(|(qualifier, field)| {
            let column = Logical::Column(Column::new(qualifier.cloned(), field.name()));
            let name = own_name(field.name());
            match names.free(name) {
                Some(free) => column.alias(free),
                None if name != field.name() => column.alias(name),
                None => column,
            }
        })
        .collect();
    match columns.iter().any(|column| matches!(column, Logical::Alias(_))) {
        true => Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?)),
        false => Ok(plan),
    }
}

/// A column's name without the mark that [`mark_beside_all`] puts in front.
fn own_name(name: &str) -> &str {
    name.strip_prefix(BESIDE_ALL).unwrap_or(name)
}

/// Names of one list of columns.
struct Taken<'a> {
    /// All that the list has of itself: none of them is given to another column.
    own: HashSet<&'a str>,
    given: HashSet<String>,
}

impl<'a> Taken<'a> {
    fn new(own: impl Iterator<Item = &'a str>) -> Self {
        Self {
            own: own.collect(),
            given: HashSet::new(),
        }
    }

    /// Another name for the next column, if one before it has this one.
    fn free(&mut self, name: &str) -> Option<String> {
        if self.given.insert(name.to_owned()) {
            return None;
        }
        let numbered = (1..).map(|number| format!("{name}_{number}"));
        let mut free = numbered.filter(|name| !self.own.contains(name.as_str()) && !self.given.contains(name));
        let free = free.next()?;
        self.given.insert(free.clone());
        Some(free)
    }
}

/// Breaks at a column without a name.
struct HasUnlabelled;

impl Visitor for HasUnlabelled {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let mut seen = HashSet::new();
        let is_unlabelled =
            |item: &SelectItem| label(item).is_some() || name(item).is_some_and(|name| !seen.insert(name));
        let mut items = select.projection.iter();
        let has_all = items.any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
        match select.projection.iter().any(is_unlabelled) || has_all && select.projection.len() > 1 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

struct Labels;

impl VisitorMut for Labels {
    type Break = ();

    /// What is ordered by must be in a list without repetitions; there it has a name now.
    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let (SetExpr::Select(select), Some(order)) = (query.body.as_ref(), &mut query.order_by) else {
            return ControlFlow::Continue(());
        };
        if let (Some(_), OrderByKind::Expressions(keys)) = (&select.distinct, &mut order.kind) {
            for key in keys {
                let named = |item: &SelectItem| match item {
                    SelectItem::ExprWithAlias { expr, alias } if *expr == key.expr => Some(alias.clone()),
                    _ => None,
                };
                if let Some(alias) = select.projection.iter().find_map(named) {
                    key.expr = Expr::Identifier(alias);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let own: Vec<String> = select.projection.iter().filter_map(name).collect();
        let mut taken = Taken::new(own.iter().map(String::as_str));
        for item in &mut select.projection {
            let Some(name) = name(item) else { continue };
            let free = taken.free(&name);
            match item {
                SelectItem::ExprWithAlias { alias, .. } => {
                    if let Some(free) = free {
                        *alias = Ident::with_quote('"', free);
                    }
                }
                SelectItem::UnnamedExpr(expr) if free.is_some() || !is_column(expr) => {
                    *item = SelectItem::ExprWithAlias {
                        expr: expr.clone(),
                        alias: Ident::with_quote('"', free.unwrap_or(name)),
                    };
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }
}

/// What an item of a list is called, if one can tell without its tables.
fn name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(ident.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().map(|last| last.value.clone()),
        _ => label(item),
    }
}

/// What is to be called what an item has no name for; none of a column, and of what becomes several.
fn label(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::UnnamedExpr(expr) if !is_column(expr) => of(expr),
        _ => None,
    }
}

fn is_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

fn of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => None,
        Expr::Function(call) if is_unnest(call) => None,
        // As its own column is called.
        Expr::Subquery(query) => first(query).or_else(|| Some(text(expr))),
        Expr::Nested(inner) => of(inner),
        _ => Some(text(expr)),
    }
}

/// What the first column of a query is called.
fn first(query: &Query) -> Option<String> {
    match query.body.as_ref() {
        SetExpr::Select(select) => select.projection.first().and_then(name),
        _ => None,
    }
}

/// A structure becomes a column for each of its fields.
fn is_unnest(call: &Function) -> bool {
    call.name.to_string().eq_ignore_ascii_case("unnest")
}

fn text(expr: &Expr) -> String {
    struct Plain;
    impl VisitorMut for Plain {
        type Break = ();

        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(ident) => ident.quote_style = None,
                Expr::CompoundIdentifier(parts) => {
                    if let Some(mut last) = parts.pop() {
                        last.quote_style = None;
                        *expr = Expr::Identifier(last);
                    }
                }
                Expr::Function(call) => {
                    for part in &mut call.name.0 {
                        if let ObjectNamePart::Identifier(ident) = part {
                            ident.value = ident.value.to_lowercase();
                        }
                    }
                }
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let mut plain = expr.clone();
    let _: ControlFlow<()> = VisitMut::visit(&mut plain, &mut Plain);
    plain.to_string()
}

#[cfg(test)]
mod tests {
    use crate::engine::mock::Tables;

    #[tokio::test]
    async fn columns_without_a_name_are_called_as_one_would_type_them() {
        let tables = Tables::new().await;
        for (sql, expected) in [
            ("SELECT 1, 'a', 1.5, true, NULL", "1 'a' 1.5 true NULL"),
            ("SELECT sum(t.fare), COUNT(*) FROM trips t", "sum(fare) count(*)"),
            ("SELECT SUM(T.FARE) FROM trips t", "sum(fare)"),
            ("SELECT fare * 2, (fare + 1) FROM trips", "fare * 2 fare + 1"),
            ("SELECT CAST(t.fare AS INT) FROM trips AS t", "CAST(fare AS INT)"),
            ("SELECT 1, 1, 1", "1 1_1 1_2"),
            ("SELECT name, * FROM stations", "Name Station_ID Name_1 trip_id"),
            (
                "SELECT s.*, s.trip_id FROM stations s",
                "Station_ID Name trip_id trip_id_1",
            ),
            (
                "SELECT *, trip_id FROM stations ORDER BY trip_id DESC",
                "Station_ID Name trip_id trip_id_1",
            ),
            ("SELECT fare, fare FROM trips", "fare fare_1"),
            ("SELECT fare AS x, 1 AS x, trip_id AS x_1 FROM trips", "x x_2 x_1"),
            ("SELECT (SELECT max(fare) FROM trips), 2", "max(fare) 2"),
            (
                "SELECT * FROM (SELECT count(*), min(t.fare) FROM trips t)",
                "count(*) min(fare)",
            ),
            (
                "WITH c AS (SELECT max(fare) FROM trips) SELECT \"max(fare)\" FROM c",
                "max(fare)",
            ),
            ("SELECT sum(fare) FROM trips UNION ALL SELECT 1", "sum(fare)"),
            (
                "SELECT a.trip_id, b.trip_id FROM trips a JOIN trips b ON a.trip_id = b.trip_id",
                "trip_id trip_id_1",
            ),
            (
                "SELECT row_number() OVER (ORDER BY t.fare) FROM trips t",
                "row_number() OVER (ORDER BY fare)",
            ),
            (
                "SELECT upper(s.name), count(*) FROM stations s GROUP BY upper(s.name) ORDER BY upper(s.name), count(*)",
                "upper(Name) count(*)",
            ),
            ("SELECT DISTINCT fare * 2 FROM trips ORDER BY fare * 2", "fare * 2"),
            (
                "SELECT fare % 2 FROM trips GROUP BY 1 HAVING count(*) > 0 ORDER BY 1",
                "fare % 2",
            ),
        ] {
            assert_eq!(tables.columns(sql).await, expected, "{sql}");
        }
    }
}
