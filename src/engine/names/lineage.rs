//! Queries that ask where rows come from. The tables of files have further columns for that, `_file`, `_line`, `_record`
//! and `_offset`, which nobody sees who does not name one: they are no part of `*`.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow::datatypes::SchemaRef;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, ExcludeSelectItem, Expr, Ident, ObjectName, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Statement as Ast, TableFactor, TableWithJoins, Visit, VisitMut, Visitor,
    VisitorMut, WildcardAdditionalOptions,
};

use super::snapshot_names::SnapshotNames;
use crate::catalog::LINEAGE;
use crate::engine::failure::mistake;
use crate::engine::tables;
use crate::error::{Error, Result};
use crate::nearest::same;

/// The state to plan the statement with, if it names a column that says where rows come from: its tables have such
/// columns. The statement's wildcards leave them out.
///
/// # Errors
/// `Invalid` for a `*` over several such tables: each has columns of these names.
pub(super) fn widened(state: &SessionState, statement: &mut Statement) -> Result<Option<SessionState>> {
    let Some(ast) = ast_mut(statement) else { return Ok(None) };
    if !is_asked(ast) {
        return Ok(None);
    }
    let Some(wide) = tables::with_lineage(state) else {
        return Ok(None);
    };
    let mut hider = Hider {
        known: SnapshotNames::of(state),
        with_names: Vec::new(),
    };
    match ast.visit(&mut hider) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(Some(wide)),
    }
}

/// Whether a name is that of such a column.
pub(in crate::engine) fn is_lineage(name: &str) -> bool {
    // Where a file has a column of the name itself, the other has more underscores.
    let bare = name.trim_start_matches('_');
    bare.len() < name.len() && LINEAGE.iter().any(|lineage| same(&lineage[1..], bare))
}

fn ast_mut(statement: &mut Statement) -> Option<&mut Ast> {
    match statement {
        Statement::Statement(ast) => Some(ast),
        Statement::Explain(explain) => ast_mut(&mut explain.statement),
        _ => None,
    }
}

/// Whether an expression of the statement names one of the columns.
fn is_asked(ast: &Ast) -> bool {
    struct Looker;
    impl Visitor for Looker {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let name = match expr {
                Expr::Identifier(name) => Some(name),
                Expr::CompoundIdentifier(parts) => parts.last(),
                _ => None,
            };
            match name.is_some_and(|name| is_lineage(&name.value)) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        }
    }
    ast.visit(&mut Looker).is_break()
}

/// Takes the columns out of every wildcard.
struct Hider {
    known: SnapshotNames,
    /// What `WITH` names hides the tables of these names. Those of the whole statement: a table that has the name of one
    /// elsewhere is not known to be wide, and shows its columns.
    with_names: Vec<String>,
}

impl VisitorMut for Hider {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        let names = query.with.iter().flat_map(|with| &with.cte_tables);
        self.with_names.extend(names.map(|cte| cte.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        let wide = self.wide(&select.from);
        if wide.is_empty() {
            return ControlFlow::Continue(());
        }
        for item in &mut select.projection {
            match item {
                SelectItem::Wildcard(options) if wide.len() > 1 => {
                    let message = "'*' of several files does not go with '_line' and the like: write 't.*' for each";
                    return ControlFlow::Break(mistake(message.to_owned(), options.wildcard_token.0.span));
                }
                SelectItem::Wildcard(options) => wide.values().for_each(|names| leave_out(options, names)),
                SelectItem::QualifiedWildcard(kind, options) => {
                    let Some(typed) = qualifier(kind) else { continue };
                    let meant = wide.iter().filter(|(name, _)| same(name, &typed));
                    meant.for_each(|(_, names)| leave_out(options, names));
                }
                _ => {}
            }
        }
        ControlFlow::Continue(())
    }
}

impl Hider {
    /// The relations of a FROM that have the columns, as they are called there, and which ones they have.
    fn wide(&self, from: &[TableWithJoins]) -> BTreeMap<String, Vec<String>> {
        let mut wide = BTreeMap::new();
        for factor in factors(from) {
            let TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } = factor
            else {
                continue;
            };
            let idents: Vec<Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
            let [.., last] = idents.as_slice() else { continue };
            if idents.len() == 1 && self.with_names.contains(&last.value) {
                continue;
            }
            let Some((narrow, lineage)) = self.known.lineage(&idents) else {
                continue;
            };
            let called = alias.as_ref().map_or(&last.value, |alias| &alias.name.value);
            wide.insert(called.clone(), added(&narrow, &lineage));
        }
        wide
    }
}

fn factors(from: &[TableWithJoins]) -> impl Iterator<Item = &TableFactor> {
    from.iter().flat_map(of_one)
}

fn of_one(table: &TableWithJoins) -> impl Iterator<Item = &TableFactor> {
    let joined = table.joins.iter().map(|join| &join.relation);
    std::iter::once(&table.relation).chain(joined)
}

/// The columns that the wide schema has more.
fn added(narrow: &SchemaRef, wide: &SchemaRef) -> Vec<String> {
    let more = wide.fields().iter().skip(narrow.fields().len());
    more.map(|field| field.name().clone()).collect()
}

/// The last part of what is before `.*`.
fn qualifier(kind: &SelectItemQualifiedWildcardKind) -> Option<String> {
    match kind {
        SelectItemQualifiedWildcardKind::ObjectName(name) => {
            let last = name.0.last()?.as_ident()?;
            Some(last.value.clone())
        }
        SelectItemQualifiedWildcardKind::Expr(_) => None,
    }
}

/// Adds columns to what a wildcard leaves out.
fn leave_out(options: &mut WildcardAdditionalOptions, names: &[String]) {
    let mut idents: Vec<Ident> = names.iter().map(|name| Ident::with_quote('"', name)).collect();
    if let Some(ExcludeSelectItem::Multiple(excluded)) = &mut options.opt_exclude {
        excluded.extend(idents.into_iter().map(|ident| ObjectName::from(vec![ident])));
        return;
    }
    if let Some(except) = &mut options.opt_except {
        except.additional_elements.append(&mut idents);
        return;
    }
    let mut idents = idents.into_iter();
    options.opt_except = idents.next().map(|first_element| ExceptSelectItem {
        first_element,
        additional_elements: idents.collect(),
    });
}
