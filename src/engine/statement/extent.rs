//! How much a statement asks for, found on its text: what the engine would make of it is in some places a multiple of that, or
//! its square, and it cannot be stopped while it does.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArguments, JoinOperator, ObjectName, Query, Select, Statement, Visit, Visitor,
};

use crate::error::{Error, Result};

/// Most tables in a statement, a `WITH` query counted with its own tables wherever it is used, since there it is planned anew.
/// Each join, union and `WITH` is a level of the plan, which is walked by recursion.
const MAX_TABLES: u64 = 500;

/// Most columns of a SELECT, as they are listed. The engine compares each with all before it.
const MAX_SELECTED: usize = 10_000;

/// Most tables of a SELECT that are joined without a condition, with commas or CROSS JOIN. The engine looks for conditions between
/// any two of them, anew for each.
const MAX_CROSSED: usize = 64;

/// Most arguments of a function.
const MAX_ARGUMENTS: usize = 4096;

/// Most columns of a `CUBE`. The engine makes a list of all sets of them: 4096.
const MAX_CUBE: usize = 12;

/// Most columns of a `ROLLUP`, of which the engine makes a list of sets too.
const MAX_ROLLUP: usize = 256;

/// Refuses a statement that asks for too much.
///
/// # Errors
/// `Invalid`, with what is too much and how much is allowed.
pub(in crate::engine) fn check(ast: &Statement) -> Result<()> {
    match ast.visit(&mut Extent::default()) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// What was seen of a statement.
#[derive(Default)]
struct Extent {
    /// The queries around the place that is visited, the innermost last.
    queries: Vec<Tables>,
    /// The names of tables so far, each as often as it is written.
    written: u64,
}

/// The tables of one query.
#[derive(Default)]
struct Tables {
    count: u64,
    /// What the names that its `WITH` gives stand for: how many tables each.
    named: HashMap<String, u64>,
    /// The queries of its `WITH` that are still to come, the last first.
    coming: Vec<String>,
}

impl Extent {
    /// How many tables a name stands for.
    fn tables_of(&self, name: &ObjectName) -> u64 {
        let [part] = name.0.as_slice() else { return 1 };
        let Some(ident) = part.as_ident() else { return 1 };
        let name = ident.value.to_lowercase();
        let named = self.queries.iter().rev().find_map(|query| query.named.get(&name));
        named.map_or(1, |count| (*count).max(1))
    }

    fn add(&mut self, count: u64) -> ControlFlow<Error> {
        let Some(query) = self.queries.last_mut() else {
            return ControlFlow::Continue(());
        };
        query.count = query.count.saturating_add(count);
        at_most(query.count > MAX_TABLES, || {
            format!(
                "the statement names more than {MAX_TABLES} tables, those of its WITH queries wherever they are used"
            )
        })
    }
}

fn at_most(exceeded: bool, message: impl FnOnce() -> String) -> ControlFlow<Error> {
    match exceeded {
        true => ControlFlow::Break(Error::invalid(message())),
        false => ControlFlow::Continue(()),
    }
}

impl Visitor for Extent {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        let with = query.with.iter().flat_map(|with| with.cte_tables.iter().rev());
        self.queries.push(Tables {
            coming: with.map(|cte| cte.alias.name.value.to_lowercase()).collect(),
            ..Tables::default()
        });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Error> {
        let Some(done) = self.queries.pop() else {
            return ControlFlow::Continue(());
        };
        // The queries of a WITH are visited first, in their order.
        if let Some(around) = self.queries.last_mut()
            && let Some(name) = around.coming.pop()
        {
            around.named.insert(name, done.count);
            return ControlFlow::Continue(());
        }
        self.add(done.count)
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Error> {
        self.written += 1;
        at_most(self.written > MAX_TABLES, || {
            format!("the statement names more than {MAX_TABLES} tables")
        })?;
        self.add(self.tables_of(relation))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        let count = select.projection.len();
        at_most(count > MAX_SELECTED, || {
            format!("{count} columns are selected; at most {MAX_SELECTED} are allowed")
        })?;
        let joins = select.from.iter().flat_map(|table| &table.joins);
        let crossed = joins.filter(|join| matches!(join.join_operator, JoinOperator::CrossJoin(_)));
        let count = select.from.len() + crossed.count();
        at_most(count > MAX_CROSSED, || {
            format!("{count} tables are joined without a condition; at most {MAX_CROSSED} are allowed: write JOIN … ON")
        })
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
        let (what, count, most) = match expr {
            Expr::Cube(columns) => ("columns of CUBE", columns.len(), MAX_CUBE),
            Expr::Rollup(columns) => ("columns of ROLLUP", columns.len(), MAX_ROLLUP),
            Expr::Function(Function {
                args: FunctionArguments::List(list),
                ..
            }) => ("arguments of a function", list.args.len(), MAX_ARGUMENTS),
            _ => return ControlFlow::Continue(()),
        };
        at_most(count > most, || {
            format!("there are {count} {what}; at most {most} are allowed")
        })
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::GenericDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    fn said(sql: &str) -> String {
        let statements = Parser::parse_sql(&GenericDialect {}, sql).unwrap();
        match check(&statements[0]) {
            Ok(()) => "nothing".to_owned(),
            Err(error) => error.message().to_owned(),
        }
    }

    /// Queries each of which uses the one before twice.
    fn doubling(count: usize) -> String {
        let queries = (1..=count).map(|at| format!("C{at} AS (SELECT 1 FROM c{} a, c{} b)", at - 1, at - 1));
        let queries: Vec<_> = ["c0 AS (SELECT * FROM t)".to_owned()]
            .into_iter()
            .chain(queries)
            .collect();
        format!("WITH {} SELECT * FROM c{count}", queries.join(", "))
    }

    #[test]
    fn what_is_used_again_counts_again() {
        let tables = "the statement names more than 500 tables, those of its WITH queries wherever they are used";
        let list = |count: usize| vec!["t"; count].join(" JOIN ");
        let chain = |count: usize| {
            let link = |at: usize| format!("a{} AS (SELECT * FROM a{at})", at + 1);
            (0..count).map(link).collect::<Vec<_>>().join(", ")
        };
        let nested = "WITH a AS (WITH b AS (SELECT * FROM t, t, t) SELECT * FROM b, b, b, b, b, b, b, b, b, b) \
             SELECT * FROM a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a";
        for (sql, message) in [
            (doubling(8), "nothing"),
            (doubling(9), tables),
            (doubling(64), tables),
            (format!("SELECT * FROM {}", list(500)), "nothing"),
            (
                format!("SELECT * FROM {}", list(501)),
                "the statement names more than 500 tables",
            ),
            // Each of them is one table, and a level of the plan.
            (
                format!("WITH a0 AS (SELECT 1), {} SELECT 1", chain(501)),
                "the statement names more than 500 tables",
            ),
            (format!("WITH a0 AS (SELECT 1), {} SELECT 1", chain(500)), "nothing"),
            (nested.to_owned(), tables),
            (nested.replace("t, t, t", "t, t"), "nothing"),
            // A name that is not used costs nothing, and one of another query is a table.
            (format!("WITH a AS (SELECT * FROM {}) SELECT 1", list(400)), "nothing"),
            (
                format!(
                    "SELECT (WITH a AS (SELECT * FROM {}) SELECT max(n) FROM a) FROM a, a, a",
                    list(400)
                ),
                "nothing",
            ),
            // A constant query is worth a table wherever it is used.
            ("WITH a AS (SELECT 1) SELECT * FROM a, a".to_owned(), "nothing"),
        ] {
            assert_eq!(said(&sql), message, "{sql:.100}");
        }
    }

    #[test]
    fn lists_that_the_engine_multiplies_are_bounded() {
        let columns = |count: usize| (0..count).map(|at| format!("c{at}")).collect::<Vec<_>>().join(", ");
        for (sql, message) in [
            (
                format!("SELECT {} FROM t", columns(10_001)),
                "10001 columns are selected; at most 10000 are allowed",
            ),
            (format!("SELECT {} FROM t", columns(10_000)), "nothing"),
            (
                format!("SELECT concat({}) FROM t", columns(5000)),
                "there are 5000 arguments of a function; at most 4096 are allowed",
            ),
            (
                format!("SELECT 1 FROM t GROUP BY CUBE({})", columns(20)),
                "there are 20 columns of CUBE; at most 12 are allowed",
            ),
            (
                format!("SELECT 1 FROM t GROUP BY ROLLUP({})", columns(300)),
                "there are 300 columns of ROLLUP; at most 256 are allowed",
            ),
            (format!("SELECT 1 FROM t GROUP BY CUBE({})", columns(12)), "nothing"),
            (format!("SELECT 1 FROM t WHERE n IN ({})", columns(50_000)), "nothing"),
            (
                format!("SELECT 1 FROM {}", columns(65)),
                "65 tables are joined without a condition; at most 64 are allowed: write JOIN … ON",
            ),
            (
                format!("SELECT 1 FROM t, {}", columns(64).replace(", ", " CROSS JOIN ")),
                "65 tables are joined without a condition; at most 64 are allowed: write JOIN … ON",
            ),
            (format!("SELECT 1 FROM {}", columns(64)), "nothing"),
            (
                format!("SELECT 1 FROM {}", columns(400).replace(", ", " JOIN ")),
                "nothing",
            ),
        ] {
            assert_eq!(said(&sql), message, "{sql:.60}");
        }
    }
}
