//! Names respelled: all those of a statement at once, as far as there is no doubt, or one that the engine did not find.

use std::ops::ControlFlow;

use arrow::datatypes::{DataType, Field};
use datafusion::common::TableReference;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Expr, Ident, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Query, Select,
    SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Spanned, Statement as Ast, TableAlias, TableFactor,
    TableWithJoins, Visit, VisitMut, Visitor, VisitorMut, WildcardAdditionalOptions, WindowType, visit_expressions,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::snapshot_names::SnapshotNames;
use crate::discovery::naming::INFORMATION_SCHEMA;
use crate::nearest::{Spellings, same};

/// Gives `ident` another spelling; says whether that changed it.
pub(super) fn respell(ident: &mut Ident, spelling: &str) -> bool {
    let changes = ident.value != spelling;
    if changes {
        spelling.clone_into(&mut ident.value);
    }
    changes
}

/// Respells each name that means nothing as it is typed, and can mean but one thing if case is ignored. Says whether it
/// changed any. A name that is known as typed, anywhere in the statement, is left as it is: it may mean that.
pub(super) async fn all(state: &SessionState, statement: &mut Statement) -> bool {
    let Some(ast) = ast_mut(statement) else {
        return false;
    };
    let names = StatementNames::of(state, ast).await;
    if names.others {
        return false;
    }
    change(ast, |part, ident| match names.spelling(part, &ident.value) {
        Some(spelling) => respell(ident, &spelling),
        None => false,
    })
}

/// A column as it is typed, and the spelling of its parts from the last to the first.
pub(super) struct Repair<'a> {
    pub(super) qualifier: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) place: Option<Location>,
    pub(super) spelling: &'a [String],
}

/// Respells one column: where the engine says it is, else wherever that name is typed. Says whether it changed it.
pub(super) fn one(statement: &mut Statement, repair: &Repair<'_>) -> bool {
    let Some(ast) = ast_mut(statement) else {
        return false;
    };
    let mut changed = false;
    let _: ControlFlow<()> = ast.visit(&mut Changer(&mut |parts: &mut [&mut Ident], _: Part| {
        if repair.is_of(parts) {
            for (ident, spelling) in parts.iter_mut().rev().zip(repair.spelling) {
                changed |= respell(ident, spelling);
            }
        }
    }));
    changed
}

/// Where a column of this name is typed first, and whether it is in double quotes there.
pub(super) fn place_of(statement: &Statement, wanted: &Repair<'_>) -> Option<(Location, bool)> {
    let mut copy = statement.clone();
    let mut found: Option<(Location, bool)> = None;
    let _: ControlFlow<()> = ast_mut(&mut copy)?.visit(&mut Changer(&mut |parts: &mut [&mut Ident], _: Part| {
        let Some((first, last)) = parts.first().zip(parts.last()) else {
            return;
        };
        let place = first.span.start;
        if wanted.is_of(parts) && found.is_none_or(|(found, _)| place < found) {
            found = Some((place, last.quote_style == Some('"')));
        }
    }));
    found.filter(|(place, _)| place.line > 0)
}

/// Where a function is called first.
pub(super) fn place_of_call(statement: &Statement, function: &str) -> Option<Location> {
    let ast = match statement {
        Statement::Statement(ast) => ast,
        Statement::Explain(explain) => return place_of_call(&explain.statement, function),
        _ => return None,
    };
    let found = visit_expressions(ast, |expr| match expr {
        Expr::Function(call) if same(&call.name.to_string(), function) => ControlFlow::Break(call.name.span().start),
        _ => ControlFlow::Continue(()),
    });
    found.break_value().filter(|place| place.line > 0)
}

/// True when a wildcard of the statement replaces columns: the engine ignores those that it does not find.
pub(super) fn replaces(statement: &Statement) -> bool {
    struct Replaces;
    impl Visitor for Replaces {
        type Break = ();

        fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
            let replaces = select.projection.iter().any(|item| match item {
                SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
                    options.opt_replace.is_some()
                }
                _ => false,
            });
            if replaces {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
    match statement {
        Statement::Statement(ast) => ast.visit(&mut Replaces).is_break(),
        Statement::Explain(explain) => replaces(&explain.statement),
        _ => false,
    }
}

pub(super) fn ast_mut(statement: &mut Statement) -> Option<&mut Ast> {
    match statement {
        Statement::Statement(ast) => Some(ast),
        Statement::Explain(explain) => ast_mut(&mut explain.statement),
        _ => None,
    }
}

impl Repair<'_> {
    fn is_of(&self, parts: &[&mut Ident]) -> bool {
        let Some((last, before)) = parts.split_last() else {
            return false;
        };
        let here = self.place.is_none_or(|place| parts[0].span.start == place);
        let qualified = self.qualifier.is_none_or(|qualifier| {
            let typed: Vec<&str> = before.iter().map(|ident| ident.value.as_str()).collect();
            typed.join(".") == qualifier
        });
        here && last.value == self.name && (qualified || before.is_empty())
    }
}

/// What an identifier can name.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Column,
    /// A relation, or a column with fields.
    Qualifier,
    Window,
}

/// Every name that the relations of a statement bring in, and that it makes itself.
#[derive(Default)]
pub(super) struct StatementNames {
    columns: Spellings,
    relations: Spellings,
    windows: Spellings,
    tables: Vec<Vec<Ident>>,
    /// There are names that only the engine knows: those of table functions, `UNNEST` and `VALUES`.
    others: bool,
}

impl StatementNames {
    pub(super) async fn of(state: &SessionState, ast: &Ast) -> Self {
        let mut names = Self::default();
        let _: ControlFlow<()> = ast.visit(&mut names);
        names.add_columns(state).await;
        names
    }

    /// Whether a column of these parts has one that means nothing as it is typed.
    pub(super) fn is_doubtful(&self, parts: &[Ident]) -> bool {
        let Some((last, before)) = parts.split_last() else {
            return false;
        };
        let is_known = |part: &Ident| self.columns.has(&part.value);
        let is_qualifier = |part: &Ident| self.relations.has(&part.value) || is_known(part);
        !is_known(last) || !before.iter().all(is_qualifier)
    }

    fn spelling(&self, part: Part, typed: &str) -> Option<String> {
        let kinds: &[&Spellings] = match part {
            Part::Column => &[&self.columns],
            Part::Qualifier => &[&self.relations, &self.columns],
            Part::Window => &[&self.windows],
        };
        if kinds.iter().any(|names| names.has(typed)) {
            return None;
        }
        kinds.iter().find_map(|names| names.only(typed)).cloned()
    }

    async fn add_columns(&mut self, state: &SessionState) {
        let known = SnapshotNames::of(state);
        for table in std::mem::take(&mut self.tables) {
            let mut schema = known.columns(&table);
            if schema.is_none() {
                schema = information(state, &known.whole(&table)).await;
            }
            for field in schema.iter().flat_map(|schema| schema.fields()) {
                self.add_field(field);
            }
        }
    }

    fn add_field(&mut self, field: &Field) {
        self.columns.add(field.name());
        let mut data_type = field.data_type();
        while let DataType::List(inner) | DataType::LargeList(inner) = data_type {
            data_type = inner.data_type();
        }
        if let DataType::Struct(fields) = data_type {
            fields.iter().for_each(|field| self.add_field(field));
        }
    }

    fn add_alias(&mut self, alias: Option<&TableAlias>) {
        if let Some(alias) = alias {
            self.relations.add(&alias.name.value);
            alias
                .columns
                .iter()
                .for_each(|column| self.columns.add(&column.name.value));
        }
    }

    fn add_body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Values(values) => {
                self.others = true;
                let width = values.rows.first().map_or(0, |row| row.len());
                (1..=width).for_each(|at| self.columns.add(&format!("column{at}")));
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.add_body(left);
                self.add_body(right);
            }
            _ => {}
        }
    }
}

/// The columns of a table that the engine makes itself.
async fn information(state: &SessionState, [_, schema, table]: &[String; 3]) -> Option<arrow::datatypes::SchemaRef> {
    if schema != INFORMATION_SCHEMA {
        return None;
    }
    let name = TableReference::partial(schema.as_str(), table.as_str());
    let provider = state.schema_for_ref(name).ok()?.table(table).await.ok()??;
    Some(provider.schema())
}

impl Visitor for StatementNames {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.add_alias(Some(&cte.alias));
        }
        self.add_body(&query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.columns.add(&alias.value);
            }
        }
        for window in &select.named_window {
            self.windows.add(&window.0.value);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { alias, args, .. } => {
                self.others |= args.is_some();
                self.add_alias(alias.as_ref());
            }
            TableFactor::Derived { alias, .. } | TableFactor::NestedJoin { alias, .. } => {
                self.add_alias(alias.as_ref());
            }
            _ => self.others = true,
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        let parts = name.0.iter().filter_map(|part| part.as_ident().cloned());
        let parts: Vec<Ident> = parts.collect();
        parts.iter().for_each(|part| self.relations.add(&part.value));
        self.tables.push(parts);
        ControlFlow::Continue(())
    }
}

fn change(ast: &mut Ast, mut respelled: impl FnMut(Part, &mut Ident) -> bool) -> bool {
    let mut changed = false;
    let _: ControlFlow<()> = ast.visit(&mut Changer(&mut |parts: &mut [&mut Ident], last: Part| {
        let end = parts.len() - 1;
        for (at, ident) in parts.iter_mut().enumerate() {
            changed |= respelled(if at == end { last } else { Part::Qualifier }, ident);
        }
    }));
    changed
}

/// Shows each name of a statement that is not a relation, with what its last part can be.
struct Changer<'a>(&'a mut dyn FnMut(&mut [&mut Ident], Part));

impl Changer<'_> {
    fn show(&mut self, idents: &mut [Ident], last: Part) {
        let mut parts: Vec<&mut Ident> = idents.iter_mut().collect();
        if !parts.is_empty() {
            (self.0)(&mut parts, last);
        }
    }

    fn show_name(&mut self, name: &mut ObjectName, last: Part) {
        let parts = name.0.iter_mut().filter_map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(ident),
            ObjectNamePart::Function(_) => None,
        });
        let mut parts: Vec<&mut Ident> = parts.collect();
        if !parts.is_empty() {
            (self.0)(&mut parts, last);
        }
    }

    fn wildcard(&mut self, options: &mut WildcardAdditionalOptions) {
        match &mut options.opt_exclude {
            Some(ExcludeSelectItem::Single(name)) => self.show_name(name, Part::Column),
            Some(ExcludeSelectItem::Multiple(names)) => {
                names.iter_mut().for_each(|name| self.show_name(name, Part::Column));
            }
            None => {}
        }
        if let Some(except) = &mut options.opt_except {
            self.show(std::slice::from_mut(&mut except.first_element), Part::Column);
            for ident in &mut except.additional_elements {
                self.show(std::slice::from_mut(ident), Part::Column);
            }
        }
        for item in options.opt_replace.iter_mut().flat_map(|replace| &mut replace.items) {
            self.show(std::slice::from_mut(&mut item.column_name), Part::Column);
        }
    }

    fn joins(&mut self, table: &mut TableWithJoins) {
        for join in &mut table.joins {
            if let Some(JoinConstraint::Using(names)) = constraint(&mut join.join_operator) {
                names.iter_mut().for_each(|name| self.show_name(name, Part::Column));
            }
        }
    }
}

fn constraint(operator: &mut JoinOperator) -> Option<&mut JoinConstraint> {
    use JoinOperator as J;
    match operator {
        J::Join(constraint)
        | J::Inner(constraint)
        | J::Left(constraint)
        | J::LeftOuter(constraint)
        | J::Right(constraint)
        | J::RightOuter(constraint)
        | J::FullOuter(constraint)
        | J::CrossJoin(constraint)
        | J::Semi(constraint)
        | J::LeftSemi(constraint)
        | J::RightSemi(constraint)
        | J::Anti(constraint)
        | J::LeftAnti(constraint)
        | J::RightAnti(constraint) => Some(constraint),
        _ => None,
    }
}

impl VisitorMut for Changer<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            match item {
                SelectItem::Wildcard(options) => self.wildcard(options),
                SelectItem::QualifiedWildcard(kind, options) => {
                    if let SelectItemQualifiedWildcardKind::ObjectName(name) = kind {
                        self.show_name(name, Part::Qualifier);
                    }
                    self.wildcard(options);
                }
                _ => {}
            }
        }
        select.from.iter_mut().for_each(|table| self.joins(table));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::NestedJoin { table_with_joins, .. } = factor {
            self.joins(table_with_joins);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => self.show(std::slice::from_mut(ident), Part::Column),
            Expr::CompoundIdentifier(idents) => self.show(idents, Part::Column),
            Expr::QualifiedWildcard(name, _) => self.show_name(name, Part::Qualifier),
            Expr::Function(function) => match &mut function.over {
                Some(WindowType::NamedWindow(window)) => self.show(std::slice::from_mut(window), Part::Window),
                Some(WindowType::WindowSpec(window)) => {
                    if let Some(window) = &mut window.window_name {
                        self.show(std::slice::from_mut(window), Part::Window);
                    }
                }
                None => {}
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
