//! The relations of a statement: each becomes the table, view or `WITH` name that it means.

use std::ops::ControlFlow;

use arrow::datatypes::SchemaRef;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, ObjectNamePart, ObjectType, Query, Spanned,
    Statement as Ast, TableFactor, TableObject, Value, VisitMut, VisitorMut, With,
};

use super::identifier::column_proposal;
use super::respell::respell;
use super::snapshot_names::{SnapshotNames, several};
use crate::engine::failure::mistake;
use crate::error::{Error, Result};
use crate::nearest::{Lookup, find, proposal, same};

/// Gives every relation of the statement, and the columns that an INSERT names, the spelling of the catalog.
///
/// # Errors
/// `Invalid`, with a proposal and the place, for what is not there.
pub(in crate::engine) fn resolve(state: &SessionState, statement: &mut Statement) -> Result<()> {
    match statement {
        Statement::Statement(ast) => resolve_ast(state, ast),
        Statement::Explain(explain) => resolve(state, &mut explain.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => Ok(()),
    }
}

/// The spelling of a schema that is there.
///
/// # Errors
/// `Invalid`, with a proposal and the place.
pub(in crate::engine) fn schema(state: &SessionState, typed: &Ident) -> Result<String> {
    SnapshotNames::of(state).schema(typed)
}

/// The columns of a table by its resolved name, if it is one of the snapshot's.
pub(in crate::engine) fn table_columns(state: &SessionState, name: &ObjectName) -> Option<SchemaRef> {
    SnapshotNames::of(state).columns(&idents(name))
}

fn resolve_ast(state: &SessionState, ast: &mut Ast) -> Result<()> {
    let mut resolver = Resolver::new(state);
    match ast {
        Ast::Explain { statement, .. } => resolve_ast(state, statement),
        Ast::Query(_) | Ast::ExplainTable { .. } | Ast::ShowCreate { .. } => resolver.visit(ast),
        Ast::ShowColumns { show_options, .. } => {
            let parent = show_options
                .show_in
                .as_mut()
                .and_then(|parent| parent.parent_name.as_mut());
            parent.map_or(Ok(()), |table| resolver.whole_name(table))
        }
        Ast::Insert(insert) => {
            if let TableObject::TableName(table) = &mut insert.table {
                resolver.relation(table)?;
                resolver.target_columns(table, &mut insert.columns)?;
            }
            resolver.visit(&mut insert.source)
        }
        Ast::CreateTable(create) => {
            resolver.new_name(&mut create.name);
            resolver.visit(&mut create.query)
        }
        Ast::CreateView(create) => {
            resolver.new_name(&mut create.name);
            resolver.visit(&mut create.query)
        }
        Ast::Drop {
            object_type: ObjectType::Table | ObjectType::View,
            names,
            if_exists,
            ..
        } => names.iter_mut().try_for_each(|name| {
            if *if_exists {
                resolver.new_name(name);
                Ok(())
            } else {
                resolver.relation(name)
            }
        }),
        // The rest is refused, or names no relation.
        _ => Ok(()),
    }
}

struct Resolver<'a> {
    state: &'a SessionState,
    known: SnapshotNames,
    /// The `WITH` names that are in scope, innermost last.
    with_names: Vec<String>,
    /// What was taken out of the queries around, and how many names were in scope there.
    withs: Vec<(Option<With>, usize)>,
    /// The next relation is the name of a table function.
    function: bool,
}

impl<'a> Resolver<'a> {
    fn new(state: &'a SessionState) -> Self {
        Self {
            state,
            known: SnapshotNames::of(state),
            with_names: Vec::new(),
            withs: Vec::new(),
            function: false,
        }
    }

    fn visit(&mut self, part: &mut impl VisitMut) -> Result<()> {
        match part.visit(self) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    fn relation(&self, name: &mut ObjectName) -> Result<()> {
        if let [part] = name.0.as_slice() {
            let typed = part.as_ident().map_or("", |ident| ident.value.as_str());
            let mut visible = self.with_names.iter().rev();
            let with = visible
                .clone()
                .find(|name| *name == typed)
                .or_else(|| visible.find(|name| same(name, typed)));
            if let Some(with) = with {
                set(name, &[with]);
                return Ok(());
            }
        }
        set(name, &self.known.relation(&idents(name))?);
        Ok(())
    }

    /// A relation with its catalog and schema, for statements that look names up in the information schema.
    fn whole_name(&self, name: &mut ObjectName) -> Result<()> {
        self.relation(name)?;
        let [catalog, schema, table] = self.known.whole(&idents(name));
        *name = ObjectName::from(
            [catalog, schema, table]
                .map(|part| Ident::with_quote('"', part))
                .to_vec(),
        );
        Ok(())
    }

    /// What is created or replaced takes the name of what is there already, if it differs by case alone.
    fn new_name(&self, name: &mut ObjectName) {
        if let Ok(parts) = self.known.relation(&idents(name)) {
            set(name, &parts);
        } else if let Ok(Some(schema)) = self.known.schema_of(&idents(name)) {
            let at = name.0.len() - 2;
            let mut parts: Vec<String> = idents(name).into_iter().map(|ident| ident.value).collect();
            parts[at] = schema;
            set(name, &parts);
        }
    }

    fn target_columns(&self, table: &ObjectName, columns: &mut [ObjectName]) -> Result<()> {
        let Some(schema) = self.known.columns(&idents(table)) else {
            return Ok(());
        };
        for column in columns {
            let names = schema.fields().iter().map(|field| field.name().as_str());
            let typed = idents(column);
            let [ident] = typed.as_slice() else {
                continue;
            };
            match find(&ident.value, names.clone()) {
                Lookup::One(name) => set(column, &[name]),
                Lookup::Several(names) => return Err(several("columns", ident, &names)),
                Lookup::Nothing => {
                    let proposed = column_proposal(&ident.value, names);
                    let message = format!("there is no column '{}' in {table}{proposed}", ident.value);
                    return Err(mistake(message, ident.span));
                }
            }
        }
        Ok(())
    }

    /// The engine runs table functions while it plans, when parameters have no values yet.
    fn table_function(&mut self, name: &mut ObjectName, args: &[FunctionArg]) -> Result<()> {
        self.function = true;
        let Some(typed) = idents(name).into_iter().next() else {
            return Ok(());
        };
        let functions = self.state.table_functions();
        match find(&typed.value, functions.keys().map(String::as_str)) {
            Lookup::One(function) => set(name, &[function]),
            _ => {
                let mut names: Vec<&str> = functions.keys().map(String::as_str).collect();
                names.sort_unstable();
                let proposed = proposal(&typed.value, names);
                let message = format!("there is no table function '{}'{proposed}", typed.value);
                return Err(mistake(message, typed.span));
            }
        }
        let parameter = args.iter().find_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) => {
                matches!(value.value, Value::Placeholder(_)).then_some(value.span)
            }
            _ => None,
        });
        match parameter {
            Some(span) => Err(mistake(
                format!("a parameter cannot be an argument of the table function '{name}'"),
                span,
            )),
            None => Ok(()),
        }
    }
}

impl VisitorMut for Resolver<'_> {
    type Break = Error;

    /// `WITH` names are visited here, one after the other, since each is in scope only behind its own query.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        let before = self.with_names.len();
        let mut with = query.with.take();
        for cte in with.iter_mut().flat_map(|with| {
            let recursive = with.recursive;
            with.cte_tables.iter_mut().map(move |cte| (recursive, cte))
        }) {
            let (recursive, cte) = cte;
            let name = cte.alias.name.value.clone();
            if recursive {
                self.with_names.push(name);
                cte.query.visit(self)?;
            } else {
                cte.query.visit(self)?;
                self.with_names.push(name);
            }
        }
        self.withs.push((with, before));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        if let Some((with, before)) = self.withs.pop() {
            query.with = with;
            self.with_names.truncate(before);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        let TableFactor::Table {
            name, args: Some(args), ..
        } = factor
        else {
            return ControlFlow::Continue(());
        };
        match self.table_function(name, &args.args) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<Error> {
        if std::mem::take(&mut self.function) {
            return ControlFlow::Continue(());
        }
        match self.relation(name) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The parts of a name, as typed; a part that is made by a function is left out.
fn idents(name: &ObjectName) -> Vec<Ident> {
    name.0.iter().filter_map(|part| part.as_ident().cloned()).collect()
}

/// Respells a name; where it is made of other parts than before, it gets these.
fn set(name: &mut ObjectName, parts: &[impl AsRef<str>]) {
    if name.0.len() == parts.len() {
        for (part, spelling) in name.0.iter_mut().zip(parts) {
            if let ObjectNamePart::Identifier(ident) = part {
                respell(ident, spelling.as_ref());
            }
        }
    } else {
        let span = name.span();
        let ident = |part: &_| Ident::with_quote_and_span('"', span, AsRef::<str>::as_ref(part));
        *name = ObjectName::from(parts.iter().map(ident).collect::<Vec<_>>());
    }
}
