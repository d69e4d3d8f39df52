//! Which columns of its table an INSERT writes to, where it does not say so: those of the same names, if the rows have all of
//! them in another order.

use std::collections::HashSet;

use arrow::datatypes::Schema;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{Ident, Insert, ObjectName, Query, SetExpr, Statement as Ast, TableObject};

use crate::engine::names;
use crate::error::{Error, Result};
use crate::nearest::{Lookup, Spellings, listed};

/// Names the columns of an INSERT whose relations are resolved, where its rows have the table's in another order: `INSERT INTO t
/// SELECT b, a FROM s` writes `(b, a)`. Rows of VALUES have no names, and go by their places.
///
/// # Errors
/// `Invalid`, with the columns on both sides, when the rows have more or fewer than there is room for.
pub(super) async fn name_columns(state: &SessionState, statement: &mut Parsed) -> Result<()> {
    let Parsed::Statement(ast) = statement else {
        return Ok(());
    };
    let Ast::Insert(insert) = ast.as_mut() else {
        return Ok(());
    };
    let (TableObject::TableName(table), Some(source)) = (&insert.table, &insert.source) else {
        return Ok(());
    };
    let Some(columns) = names::table_columns(state, table) else {
        return Ok(());
    };
    let (room, is_named) = room(insert, &columns);
    if let SetExpr::Values(values) = source.body.as_ref() {
        let wrong = values
            .rows
            .iter()
            .map(|row| row.content.len())
            .find(|width| *width != room.len());
        return wrong.map_or(Ok(()), |width| Err(uneven(&Given::Values(width), &room, is_named)));
    }
    let rows = rows_of(state, source).await?;
    let given: Vec<&str> = rows.fields().iter().map(|field| field.name().as_str()).collect();
    if given.len() != room.len() {
        return Err(uneven(&Given::Named(&given), &room, is_named));
    }
    if let Some(names) = in_order(&given, &room).filter(|_| !is_named) {
        let quoted = |name: &String| ObjectName::from(vec![Ident::with_quote('"', name)]);
        insert.columns = names.iter().map(quoted).collect();
    }
    Ok(())
}

/// The columns of `table`, as they are spelled there, in the order of `given`; none if it has not the same ones, or they are in
/// the table's order already.
fn in_order(given: &[&str], table: &[String]) -> Option<Vec<String>> {
    let known: Spellings = table.iter().map(String::as_str).collect();
    let found = |name: &&str| match known.find(name) {
        Lookup::One(name) => Some(name),
        _ => None,
    };
    let names: Vec<String> = given.iter().map(found).collect::<Option<_>>()?;
    let is_once = names.iter().collect::<HashSet<_>>().len() == names.len();
    (is_once && names != table).then_some(names)
}

/// The columns that rows are written to, and whether the statement names them.
fn room(insert: &Insert, table: &Schema) -> (Vec<String>, bool) {
    match insert.columns.as_slice() {
        [] => (table.fields().iter().map(|field| field.name().clone()).collect(), false),
        named => {
            let last = |name: &ObjectName| {
                name.0
                    .last()
                    .and_then(|part| part.as_ident())
                    .map(|ident| ident.value.clone())
            };
            (named.iter().filter_map(last).collect(), true)
        }
    }
}

/// The columns of the rows of a query.
async fn rows_of(state: &SessionState, source: &Query) -> Result<Schema> {
    let statement = Parsed::Statement(Box::new(Ast::Query(Box::new(source.clone()))));
    let plan = names::plan(state, statement).await?;
    Ok(plan.schema().as_arrow().clone())
}

/// The columns of rows: a row of VALUES has so many, without names.
enum Given<'a> {
    Named(&'a [&'a str]),
    Values(usize),
}

fn uneven(given: &Given<'_>, room: &[String], is_named: bool) -> Error {
    let room: Vec<&str> = room.iter().map(String::as_str).collect();
    let (count, names) = match given {
        Given::Named(names) => (names.len(), format!(" ({})", listed(names))),
        Given::Values(count) => (*count, String::new()),
    };
    let columns = if count == 1 { "column" } else { "columns" };
    let (there, advice) = match is_named {
        true => ("the statement names", ""),
        false => ("the table has", "; name those that are given: INSERT INTO … (…) …"),
    };
    Error::invalid(format!(
        "the rows have {count} {columns}{names}, and {there} {} ({}){advice}",
        room.len(),
        listed(&room)
    ))
}
