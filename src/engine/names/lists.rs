//! Long lists of columns that cannot be planned as one value, planned piece by piece: the engine gathers an error for each
//! column of a list that it does not find, and each of them has all the columns that there are.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Select, SelectItem, Value, Visit, VisitMut, Visitor, VisitorMut, visit_expressions,
};

use super::labels::labelled;
use super::missing::is_missing;
use super::packed;
use super::respell::{StatementNames, ast_mut};
use crate::engine::functions::written_out;

/// So many columns that the engine may not find are planned at first; then twice as many, and so on.
const FEW: usize = 16;

/// More are not planned at all, if they cannot be planned piece by piece.
const MANY: usize = 256;

/// The plan of a statement, or what the engine finds wrong with the first columns that it does not find.
pub(super) async fn plan(state: &SessionState, statement: &Statement) -> Result<LogicalPlan> {
    let labelled = labelled(statement);
    let statement = labelled.as_ref().unwrap_or(statement);
    let written = written_out(statement).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let statement = written.as_ref().unwrap_or(statement);
    if packed::is_packable(state, statement) {
        return packed::plan(state, statement).await;
    }
    let doubtful = doubtful(state, statement).await;
    let mut count = FEW;
    while count < doubtful.len() {
        let later = doubtful.iter().skip(count).map(String::as_str).collect();
        match state.statement_to_plan(without(statement, later)).await {
            Ok(_) => count *= 2,
            Err(error) if is_missing(&error) || doubtful.len() > MANY => return Err(error),
            // What stands in the place of columns may be wrong there.
            Err(_) => break,
        }
    }
    state.statement_to_plan(statement.clone()).await
}

/// The different columns in long lists that mean nothing as they are typed, as far as the relations of the statement tell.
async fn doubtful(state: &SessionState, statement: &Statement) -> Vec<String> {
    let ast = match statement {
        Statement::Statement(ast) => ast,
        Statement::Explain(explain) => return Box::pin(doubtful(state, &explain.statement)).await,
        _ => return Vec::new(),
    };
    if ast.visit(&mut IsLong).is_continue() {
        return Vec::new();
    }
    let mut found = Doubtful {
        names: StatementNames::of(state, ast).await,
        seen: HashSet::new(),
        columns: Vec::new(),
    };
    let _: ControlFlow<()> = ast.visit(&mut found);
    found.columns
}

/// The same statement with NULL in the place of these columns in its lists.
fn without(statement: &Statement, columns: HashSet<&str>) -> Statement {
    let mut copy = statement.clone();
    if let Some(ast) = ast_mut(&mut copy) {
        let _: ControlFlow<()> = ast.visit(&mut Without(columns));
    }
    copy
}

/// Breaks at a list that is long.
struct IsLong;

impl Visitor for IsLong {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        if select.projection.len() > FEW {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

struct Doubtful {
    names: StatementNames,
    seen: HashSet<String>,
    columns: Vec<String>,
}

impl Visitor for Doubtful {
    type Break = ();

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in select.projection.iter().filter(|_| select.projection.len() > FEW) {
            let _: ControlFlow<()> = visit_columns(item, |parts| {
                let column = dotted(parts);
                if self.names.is_doubtful(parts) && self.seen.insert(column.clone()) {
                    self.columns.push(column);
                }
                ControlFlow::Continue(())
            });
        }
        ControlFlow::Continue(())
    }
}

struct Without<'a>(HashSet<&'a str>);

impl VisitorMut for Without<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in select.projection.iter_mut() {
            let is_of = |parts: &[Ident]| match self.0.contains(dotted(parts).as_str()) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            if visit_columns(item, is_of).is_break()
                && let Some(alias) = name(item)
            {
                let expr = Expr::value(Value::Null);
                *item = SelectItem::ExprWithAlias { expr, alias };
            }
        }
        ControlFlow::Continue(())
    }
}

/// What a column of a list is called in the result.
fn name(item: &SelectItem) -> Option<Ident> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(ident.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().cloned(),
        SelectItem::UnnamedExpr(expr) => Some(Ident::with_quote('"', expr.to_string())),
        _ => None,
    }
}

fn visit_columns<B>(item: &SelectItem, mut visit: impl FnMut(&[Ident]) -> ControlFlow<B>) -> ControlFlow<B> {
    visit_expressions(item, |expr| match expr {
        Expr::Identifier(ident) => visit(std::slice::from_ref(ident)),
        Expr::CompoundIdentifier(parts) => visit(parts),
        _ => ControlFlow::Continue(()),
    })
}

fn dotted(parts: &[Ident]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use datafusion::common::DataFusionError;

    use super::*;
    use crate::engine::mock::Tables;
    use crate::engine::names;
    use crate::engine::statement::guard::parse;

    /// A table with columns `c0`, `c1` and so on.
    async fn wide(columns: usize) -> Tables {
        let row = |cell: &dyn Fn(usize) -> String| (0..columns).map(cell).collect::<Vec<_>>().join(",");
        let text = format!("{}\n{}\n", row(&|at| format!("c{at}")), row(&|at| at.to_string()));
        Tables::of(&[("wide.csv", &text)]).await
    }

    fn select(count: usize, column: impl Fn(usize) -> String, from: &str) -> String {
        let columns: Vec<String> = (0..count).map(column).collect();
        format!("SELECT {} FROM {from}", columns.join(", "))
    }

    /// How many errors the engine gathers for a statement as it is typed.
    async fn errors(tables: &Tables, sql: &str) -> usize {
        let state = tables.state();
        let mut statement = parse(&state, sql).unwrap();
        names::resolve(&state, &mut statement).unwrap();
        match plan(&state, &statement).await {
            Ok(_) => 0,
            Err(DataFusionError::Collection(errors)) => errors.len(),
            Err(_) => 1,
        }
    }

    #[tokio::test]
    async fn few_errors_are_gathered_however_many_names_are_wrong() {
        let tables = wide(300).await;
        let upper = |at: usize| format!("C{at}");
        let unknown = |at: usize| format!("x{at}");
        let cases = [
            (select(10, upper, "wide"), 10),
            (select(300, upper, "wide"), 1),
            (select(3000, unknown, "wide"), 1),
            (select(300, |at| format!("abs(C{at}) + 1 AS a{at}"), "wide"), 1),
            (select(300, |at| format!("w.C{at}"), "wide w"), 1),
            (select(300, |at| format!("C{at}"), "wide, generate_series(1, 2)"), 1),
            (
                select(300, |at| format!("(SELECT C{at} FROM wide LIMIT 1) AS b{at}"), "wide"),
                1,
            ),
            (format!("EXPLAIN {}", select(300, upper, "wide")), 1),
            (select(300, upper, "wide GROUP BY c1"), FEW),
            (format!("SELECT * FROM ({})", select(300, upper, "wide")), FEW),
            (format!("SELECT 1 UNION ALL {}", select(3000, unknown, "wide")), FEW),
            (select(300, |at| format!("c{at}"), "wide"), 0),
        ];
        for (sql, expected) in cases {
            assert_eq!(errors(&tables, &sql).await, expected, "{:.80}", sql);
        }
    }

    #[tokio::test]
    async fn long_lists_are_respelled_and_the_first_unknown_name_is_told() {
        let tables = wide(300).await;
        let names: Vec<String> = (0..300).map(|at| format!("c{at}")).collect();
        let upper = select(300, |at| format!("C{at}"), "wide");
        assert_eq!(tables.columns(&upper).await, names.join(" "));
        let one = upper.replace("C150,", "d150,");
        let place = upper.find("C150,").unwrap() + 1;
        let expected = format!("there is no column 'd150' in wide; did you mean 'c150'? (line 1, column {place})");
        assert_eq!(tables.said(&one).await, expected);
        let all = select(300, |at| format!("zzz{at}"), "wide");
        let said = tables.said(&all).await;
        assert!(said.starts_with("there is no column 'zzz0' in wide; "), "{said}");
        assert!(said.ends_with("(line 1, column 8)"), "{said}");
    }

    /// What only the engine knows: names that the statement makes, and those of functions.
    #[tokio::test]
    async fn names_that_only_the_engine_knows_are_planned_as_typed() {
        let tables = wide(3).await;
        let made = (0..40)
            .map(|at| format!("'F{at}', {at}"))
            .collect::<Vec<_>>()
            .join(", ");
        let made = format!("(SELECT named_struct({made}) AS s, c0 FROM wide)");
        let fields = select(40, |at| format!("s['F{at}'] AS g{at}"), &made);
        assert_eq!(tables.said(&fields).await, "nothing");
        let series = select(40, |at| format!("value + {at} AS v{at}"), "generate_series(1, 2)");
        assert_eq!(tables.said(&series).await, "nothing");
        let derived = (0..40)
            .map(|at| format!("abs(c0 + {at})"))
            .collect::<Vec<_>>()
            .join(", ");
        let derived = format!("(SELECT {derived} FROM wide) d");
        let quoted = select(40, |at| format!("\"abs(c0 + {at})\""), &derived);
        assert_eq!(tables.said(&quoted).await, "nothing");
    }
}
