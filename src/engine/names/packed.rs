//! Long SELECT lists, planned as one value: the engine compares the text of each column of a list with those of all before
//! it, which takes minutes for ten thousand.
//!
//! `SELECT a, b, c + 1 FROM t` is planned as `SELECT struct(c + 1) FROM t`, and the columns are put in the place of the
//! value afterwards.

use std::ops::ControlFlow;

use datafusion::common::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Distinct, Expr as AstExpr, GroupByExpr, Ident, OrderBy, OrderByKind, Select, SelectItem, SetExpr, Statement as Ast,
    TableFactor, Value, WildcardAdditionalOptions, visit_expressions,
};

use super::item::{Item, PACKED};
use super::missing::is_missing;
use super::respell::ast_mut;
use super::snapshot_names::SnapshotNames;
use super::unpacked::{Unpacked, unpack};
use crate::engine::statement::call::call;
use crate::nearest::same;

/// Lists up to here are planned as they are.
const MANY: usize = 256;

/// The plan of a statement that can be packed, or what is wrong with it first.
pub(super) async fn plan(state: &SessionState, statement: &Statement) -> Result<LogicalPlan> {
    let mut list = statement.clone();
    let items = pack(&mut list);
    let plan = state.statement_to_plan(list).await;
    match plan.and_then(|plan| unpack(plan, &items)) {
        Ok(Some(Unpacked { plan, .. })) => Ok(plan),
        // What a name means is for the engine to say.
        Ok(None) => state.statement_to_plan(statement.clone()).await,
        // It speaks of something that the person has not typed.
        Err(error) if !is_missing(&error) && error.to_string().contains(PACKED) => {
            state.statement_to_plan(statement.clone()).await
        }
        Err(error) => Err(error),
    }
}

/// Whether a statement has a long list that can be packed.
pub(super) fn is_packable(state: &SessionState, statement: &Statement) -> bool {
    let ast = match statement {
        Statement::Statement(ast) => ast,
        Statement::Explain(explain) => return is_packable(state, &explain.statement),
        _ => return false,
    };
    let Ast::Query(query) = ast.as_ref() else {
        return false;
    };
    let SetExpr::Select(select) = query.body.as_ref() else {
        return false;
    };
    is_long(state, select) && is_simple(state, select) && is_apart(state, query.order_by.as_ref(), select)
}

/// Packs the list of a statement, and says what was in it.
fn pack(statement: &mut Statement) -> Vec<Item> {
    let Some(Ast::Query(query)) = ast_mut(statement) else {
        return Vec::new();
    };
    let SetExpr::Select(select) = query.body.as_mut() else {
        return Vec::new();
    };
    let (mut items, mut others) = (Vec::new(), Vec::new());
    for item in std::mem::take(&mut select.projection) {
        let (expr, name) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias.value)),
            _ => {
                items.push(Item::All);
                continue;
            }
        };
        items.push(match expr {
            AstExpr::Identifier(ident) if !is_variable(&ident) => Item::Column {
                parts: vec![ident],
                name,
            },
            AstExpr::CompoundIdentifier(parts) if parts.len() == 2 && !is_variable(&parts[0]) => {
                Item::Column { parts, name }
            }
            expr => {
                others.push(expr);
                Item::Other { name }
            }
        });
    }
    if others.is_empty() {
        others.push(AstExpr::value(Value::Null));
    }
    select.projection.push(SelectItem::ExprWithAlias {
        expr: call("struct", others),
        alias: Ident::with_quote('"', PACKED),
    });
    items
}

/// `@name` is no column.
fn is_variable(ident: &Ident) -> bool {
    ident.quote_style.is_none() && ident.value.starts_with('@')
}

/// Whether a list is long, as it is typed or with the columns that `*` stands for.
fn is_long(state: &SessionState, select: &Select) -> bool {
    if select.projection.len() > MANY {
        return true;
    }
    let has_all = || {
        select
            .projection
            .iter()
            .any(|item| matches!(item, SelectItem::Wildcard(_)))
    };
    match select.from.as_slice() {
        [from] if from.joins.is_empty() && has_all() => match &from.relation {
            TableFactor::Table { name, args: None, .. } => {
                let parts: Vec<Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
                let columns = SnapshotNames::of(state).columns(&parts);
                columns.is_some_and(|columns| columns.fields().len() > MANY)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether the order of the rows and the list have nothing to do with each other: no key means one of the list's names or
/// places, and none is an aggregate, with which the engine would refuse the columns of the list.
fn is_apart(state: &SessionState, order: Option<&OrderBy>, select: &Select) -> bool {
    let Some(order) = order else { return true };
    let OrderByKind::Expressions(keys) = &order.kind else {
        return false;
    };
    let is_named = |ident: &Ident| {
        let mut items = select.projection.iter();
        items.any(|item| matches!(item, SelectItem::ExprWithAlias { alias, .. } if same(&alias.value, &ident.value)))
    };
    let means_item = |expr: &AstExpr| match expr {
        AstExpr::Value(_) => ControlFlow::Break(()),
        AstExpr::Identifier(ident) if is_named(ident) => ControlFlow::Break(()),
        AstExpr::Function(call) if is_aggregate(state, &call.name.to_string()) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let mut means = keys.iter().map(|key| visit_expressions(key, means_item));
    select.distinct.is_none() && !means.any(|found| found.is_break())
}

/// Whether each row that is read gives one of the result, and each item one column, or those of the one relation.
fn is_simple(state: &SessionState, select: &Select) -> bool {
    let is_one_relation = matches!(select.from.as_slice(), [from] if from.joins.is_empty());
    let is_of_several = |name: &str| same(name, "unnest") || is_aggregate(state, name);
    let is_one = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => !calls(expr, is_of_several),
        SelectItem::Wildcard(options) => is_one_relation && *options == WildcardAdditionalOptions::default(),
        _ => false,
    };
    let is_grouped = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(keys, modifiers) => !keys.is_empty() || !modifiers.is_empty(),
    };
    let is_filtered = select.having.is_some() || select.qualify.is_some() || select.exclude.is_some();
    let is_distinct_on = matches!(select.distinct, Some(Distinct::On(_)));
    !is_grouped && !is_filtered && !is_distinct_on && select.projection.iter().all(is_one)
}

fn is_aggregate(state: &SessionState, name: &str) -> bool {
    state.aggregate_functions().contains_key(&name.to_lowercase())
}

/// Whether a function with such a name is called in an expression, and not over a window.
fn calls(expr: &AstExpr, is_such: impl Fn(&str) -> bool) -> bool {
    let found = visit_expressions(expr, |expr| match expr {
        AstExpr::Function(call) if call.over.is_none() && is_such(&call.name.to_string()) => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::mock::Tables;
    use crate::engine::names;
    use crate::engine::statement::guard::parse;

    /// A table with columns `c0`, `c1` and so on, of two rows.
    async fn wide(columns: usize) -> Tables {
        let row = |cell: &dyn Fn(usize) -> usize, name: &str| {
            let cells: Vec<String> = (0..columns).map(|at| format!("{name}{}", cell(at))).collect();
            cells.join(",") + "\n"
        };
        let text = row(&|at| at, "c") + &row(&|at| at, "") + &row(&|at| columns - at, "");
        Tables::of(&[("wide.csv", &text)]).await
    }

    fn list(count: usize, item: impl Fn(usize) -> String) -> String {
        (0..count).map(item).collect::<Vec<_>>().join(", ")
    }

    /// The schema of a plan, and what it is once it is optimized; or what the engine says.
    fn told(state: &SessionState, plan: Result<LogicalPlan>) -> Result<String, String> {
        let told = plan.and_then(|plan| {
            let optimized = match state.optimize(&plan)? {
                LogicalPlan::Explain(explain) => explain.plan.display_indent_schema().to_string(),
                plan => plan.display_indent_schema().to_string(),
            };
            Ok(format!("{optimized}\n{:?}", plan.schema()))
        });
        told.map_err(|error| error.strip_backtrace())
    }

    #[tokio::test]
    async fn a_packed_list_has_the_plan_that_it_has_as_it_is() {
        let tables = wide(258).await;
        let state = tables.state();
        let statements = [
            "SELECT {} FROM wide",
            "SELECT {} FROM wide WHERE c1 > 1 LIMIT 3 OFFSET 1",
            "SELECT {} FROM wide w ORDER BY w.c1 DESC NULLS LAST LIMIT 1",
            "SELECT {} FROM wide ORDER BY c1 % 2, c0",
            "SELECT {}, c1 + 1 AS more FROM wide ORDER BY more",
            "SELECT {}, c1 + 1 AS more FROM wide ORDER BY c1 + 1",
            "SELECT {} FROM wide ORDER BY 2",
            "SELECT {} FROM wide ORDER BY count(*)",
            "SELECT {} FROM wide ORDER BY c1, max(c2)",
            "SELECT {}, c1 AS c9000 FROM wide",
            "SELECT {}, sum(c2) OVER (ORDER BY c1) FROM wide",
            "SELECT {}, (SELECT max(c2) FROM wide) FROM wide",
            "SELECT DISTINCT {} FROM wide",
            "SELECT DISTINCT {} FROM wide ORDER BY c1",
            "SELECT {}, unnest([1, 2]) FROM wide",
            "SELECT {} FROM wide, (SELECT 1 AS x)",
            "SELECT {} FROM wide JOIN wide w USING (c1)",
            "SELECT {} FROM (SELECT * FROM wide) t WHERE c1 = 1",
            "WITH t AS (SELECT c0, c1, c2, c3 FROM wide) SELECT {} FROM t",
            "SELECT {} FROM wide GROUP BY c1",
            "SELECT {} FROM wide HAVING count(*) > 1",
            "SELECT {} FROM wide WHERE c1 = $1",
            "SELECT {}, $1 + c1 AS bound FROM wide",
            "SELECT {}, zzz FROM wide",
            "SELECT {} FROM wide UNION ALL SELECT {} FROM wide",
            "EXPLAIN SELECT {} FROM wide WHERE c1 > 1",
            "EXPLAIN ANALYZE SELECT {} FROM wide ORDER BY c1",
        ];
        let lists = [
            "*".to_owned(),
            list(258, |at| format!("c{at}")),
            format!("*, {}", list(258, |at| format!("c0 AS d{at}"))),
            list(258, |at| format!("c1 + {at}")),
            list(258, |at| format!("sum(c{at}) AS s{at}")),
            list(258, |at| format!("wide.c{at}")),
            list(258, |at| format!("c{}", at % 257)),
            list(258, |at| format!("c{at} AS c{at}")),
        ];
        let mut packed = 0;
        for items in &lists {
            for statement in statements {
                let mut parsed = parse(&state, &statement.replace("{}", items)).unwrap();
                names::resolve(&state, &mut parsed).unwrap();
                if !is_packable(&state, &parsed) {
                    continue;
                }
                packed += 1;
                let expected = told(&state, state.statement_to_plan(parsed.clone()).await);
                let found = told(&state, plan(&state, &parsed).await);
                let is_same = match (&found, &expected) {
                    (Ok(found), Ok(expected)) => found == expected,
                    (Err(found), Err(_)) => !found.contains('\u{1}') || found.contains("No field named zzz"),
                    _ => false,
                };
                assert!(is_same, "{statement} of {items:.40}\n{found:.1999?}\n{expected:.1999?}");
            }
        }
        assert!(packed > 80, "only {packed} are packed");
    }

    /// What stands for the list in the plan is not seen.
    #[tokio::test]
    async fn a_packed_list_is_not_in_messages() {
        let tables = wide(300).await;
        for (statement, expected) in [
            ("SELECT * FROM wide ORDER BY zzz", "there is no column 'zzz' in wide; "),
            (
                "SELECT * FROM wide ORDER BY C1, c299x",
                "there is no column 'c299x' in wide; did you mean 'c299'?",
            ),
            (
                "SELECT *, C1 AS a FROM wide WHERE zzz = 1",
                "there is no column 'zzz' in wide; ",
            ),
        ] {
            let said = tables.said(statement).await;
            assert!(said.starts_with(expected) && !said.contains('\u{1}'), "{said:?}");
        }
    }

    #[tokio::test]
    async fn a_packed_list_gives_its_columns() {
        let tables = wide(300).await;
        let upper = format!(
            "SELECT {} FROM Wide ORDER BY C299 LIMIT 1",
            list(300, |at| format!("C{at}"))
        );
        let names: Vec<String> = (0..300).map(|at| format!("c{at}")).collect();
        assert_eq!(tables.columns(&upper).await, names.join(" "));
        assert_eq!(
            tables.rows(&upper).await,
            tables.rows("SELECT * FROM wide WHERE c299 = 1").await
        );
    }
}
