//! Calls of functions that are other ways to write an expression: `year(d)` for `date_part('year', d)`. A statement is planned
//! with these written out; its columns are called as they were typed.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType as SqlType, ExactNumberInfo, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, ObjectName, ObjectNamePart, Spanned,
    Statement as Ast, TimezoneInfo, Value, ValueWithSpan, Visit, VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Span, Tokenizer};

use crate::engine::failure::mistake;
use crate::error::{Error, Result};

/// All of them: `name(argument, …) = expression` a line.
const LIST: &str = include_str!("synonyms.sql");

/// Most expressions that a statement may have more when its synonyms are written out: an argument may stand several times in
/// what a synonym means, and calls may be nested.
const MAX_WRITTEN_OUT: usize = 50_000;

/// An argument called so may be a bare word, `dateadd(day, 3, d)`, and becomes a text.
const UNIT: &str = "unit";

static SYNONYMS: LazyLock<HashMap<String, Vec<Synonym>>> = LazyLock::new(|| {
    let mut synonyms: HashMap<String, Vec<Synonym>> = HashMap::new();
    for line in LIST.lines().filter(|line| !line.is_empty() && !line.starts_with("--")) {
        let synonym = Synonym::parse(line).unwrap_or_else(|| panic!("a synonym that is none: {line}"));
        synonyms.entry(synonym.name.clone()).or_default().push(synonym);
    }
    synonyms
});

/// A function that is another way to write an expression.
#[derive(Debug)]
pub(super) struct Synonym {
    name: String,
    parameters: Vec<String>,
    meaning: Expr,
    /// How many expressions `meaning` has.
    size: usize,
}

impl Synonym {
    fn parse(line: &str) -> Option<Self> {
        let (call, meaning) = line.split_once(") = ")?;
        let (name, parameters) = call.split_once('(')?;
        // Without places: those of the call count.
        let tokens = Tokenizer::new(&GenericDialect {}, meaning).tokenize().ok()?;
        let meaning = Parser::new(&GenericDialect {}).with_tokens(tokens).parse_expr().ok()?;
        Some(Self {
            name: name.to_owned(),
            parameters: parameters
                .split(", ")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            size: size(&meaning),
            meaning,
        })
    }

    /// How it is called: `year(moment)`.
    fn signature(&self) -> String {
        format!("{}({})", self.name, self.parameters.join(", "))
    }
}

/// The ways to call a function that is a synonym; none for another.
pub(super) fn synonyms(name: &str) -> &'static [Synonym] {
    SYNONYMS.get(&name.to_lowercase()).map_or(&[], Vec::as_slice)
}

/// The names of all synonyms.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SYNONYMS.keys().map(String::as_str)
}

/// The same statement with its synonyms written out, if it has any.
///
/// # Errors
/// `Invalid` for a call with arguments that the synonym does not take, and for a statement that would grow too large.
pub(in crate::engine) fn written_out(statement: &Statement) -> Result<Option<Statement>> {
    match statement {
        Statement::Statement(ast) => {
            let written = write_out::<Ast>(ast)?;
            Ok(written.map(|ast| Statement::Statement(Box::new(ast))))
        }
        Statement::Explain(explain) => Ok(written_out(&explain.statement)?.map(|inner| {
            let mut explain = explain.clone();
            explain.statement = Box::new(inner);
            Statement::Explain(explain)
        })),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => Ok(None),
    }
}

/// As [`written_out`], of an expression that stands alone.
///
/// # Errors
/// As there.
pub(in crate::engine) fn written_out_expression(expr: &mut Expr) -> Result<()> {
    if let Some(written) = write_out(expr)? {
        *expr = written;
    }
    Ok(())
}

fn write_out<T: Visit + VisitMut + Clone>(ast: &T) -> Result<Option<T>> {
    if ast.visit(&mut HasSynonyms).is_continue() {
        return Ok(None);
    }
    let mut copy = ast.clone();
    let mut writer = Writer { left: MAX_WRITTEN_OUT };
    match VisitMut::visit(&mut copy, &mut writer) {
        ControlFlow::Continue(()) => Ok(Some(copy)),
        ControlFlow::Break(error) => Err(error),
    }
}

/// Breaks at what is to be written out.
struct HasSynonyms;

impl Visitor for HasSynonyms {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let has = match expr {
            Expr::Function(call) => called(call).is_some_and(|name| !synonyms(&name.value).is_empty()),
            Expr::BinaryOp { op, .. } => *op == BinaryOperator::BitwiseXor,
            Expr::Convert { .. } => true,
            Expr::Like { escape_char, .. } | Expr::ILike { escape_char, .. } => has_sign(escape_char.as_ref()),
            _ => false,
        };
        if has {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

struct Writer {
    /// So many expressions may be added.
    left: usize,
}

impl VisitorMut for Writer {
    type Break = Error;

    /// From the inside out: an argument is written out before it is put into the meaning of the call around it.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        let written = match expr {
            Expr::Function(call) => self.call(call),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::BitwiseXor,
                right,
            } => Ok(Some(power(left, right))),
            Expr::Convert {
                is_try,
                expr,
                data_type: Some(data_type),
                ..
            } => Ok(Some(converted(*is_try, expr, data_type))),
            Expr::Like {
                pattern, escape_char, ..
            }
            | Expr::ILike {
                pattern, escape_char, ..
            } if has_sign(escape_char.as_ref()) => {
                with_backslash(pattern, escape_char);
                Ok(None)
            }
            _ => Ok(None),
        };
        match written {
            Ok(Some(written)) => *expr = written,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

impl Writer {
    fn call(&mut self, call: &Function) -> Result<Option<Expr>> {
        let Some(name) = called(call) else {
            return Ok(None);
        };
        let known = synonyms(&name.value);
        let Some(mut given) = Given::of(call) else {
            return Ok(None);
        };
        let Some(synonym) = known
            .iter()
            .find(|synonym| synonym.parameters.len() == given.arguments.len())
        else {
            // The engine may have a function of the name too.
            let is_ours = known.iter().any(|synonym| !calls(&synonym.meaning, &synonym.name));
            return match known.is_empty() || !is_ours {
                true => Ok(None),
                false => Err(mistake(wrong_count(known, given.arguments.len()), name.span)),
            };
        };
        let grows = given.arguments.iter().map(size).sum::<usize>() * synonym.parameters.len().max(1) + synonym.size;
        self.left = self.left.checked_sub(grows).ok_or_else(|| {
            let message = format!(
                "{}() makes the statement too large when it is written out; give what is inside it a name in a subquery",
                synonym.name
            );
            mistake(message, name.span)
        })?;
        for (parameter, argument) in synonym.parameters.iter().zip(&mut given.arguments) {
            if let (UNIT, Expr::Identifier(word)) = (parameter.as_str(), &*argument) {
                *argument = Expr::Value(Value::SingleQuotedString(word.value.clone()).with_span(word.span));
            }
        }
        let mut meaning = synonym.meaning.clone();
        let arguments = synonym
            .parameters
            .iter()
            .map(String::as_str)
            .zip(&given.arguments)
            .collect();
        let _: ControlFlow<()> = VisitMut::visit(
            &mut meaning,
            &mut Put {
                arguments,
                place: name.span,
            },
        );
        given.finish(meaning, synonym, call, name.span).map(Some)
    }
}

/// What is given to a function.
struct Given {
    arguments: Vec<Expr>,
    list: FunctionArgumentList,
}

impl Given {
    /// None where arguments are given by name, or in a way that no synonym takes.
    fn of(call: &Function) -> Option<Self> {
        let mut list = match &call.args {
            FunctionArguments::None => return None,
            FunctionArguments::Subquery(query) => FunctionArgumentList {
                duplicate_treatment: None,
                args: vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(
                    query.clone(),
                )))],
                clauses: Vec::new(),
            },
            FunctionArguments::List(list) => list.clone(),
        };
        let mut arguments = Vec::new();
        for argument in std::mem::take(&mut list.args) {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) = argument else {
                return None;
            };
            arguments.push(argument);
        }
        // `GROUP_CONCAT(x SEPARATOR '; ')`
        list.clauses.retain(|clause| match clause {
            FunctionArgumentClause::Separator(separator) => {
                arguments.push(Expr::Value(separator.clone()));
                false
            }
            _ => true,
        });
        Some(Self { arguments, list })
    }

    /// What stands in and behind the call besides its arguments goes to the function that it means: `FILTER`, `OVER`.
    fn finish(self, meaning: Expr, synonym: &Synonym, call: &Function, place: Span) -> Result<Expr> {
        let has_more = call.over.is_some()
            || call.filter.is_some()
            || call.null_treatment.is_some()
            || self.list.duplicate_treatment.is_some()
            || !self.list.clauses.is_empty();
        match meaning {
            Expr::Function(mut inner) => {
                inner.over.clone_from(&call.over);
                inner.filter.clone_from(&call.filter);
                inner.null_treatment = call.null_treatment;
                if let FunctionArguments::List(list) = &mut inner.args {
                    list.duplicate_treatment = self.list.duplicate_treatment;
                    list.clauses.extend(self.list.clauses);
                }
                Ok(Expr::Function(inner))
            }
            _ if has_more => Err(mistake(
                format!(
                    "{} is a function of one row: it takes no OVER, FILTER, DISTINCT or ORDER BY",
                    synonym.signature()
                ),
                place,
            )),
            meaning => Ok(Expr::Nested(Box::new(meaning))),
        }
    }
}

/// Puts the arguments of a call in their places, and the call's place on the functions that it means.
struct Put<'a> {
    arguments: HashMap<&'a str, &'a Expr>,
    place: Span,
}

impl VisitorMut for Put<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => {
                if let Some(argument) = self.arguments.get(name.value.as_str()) {
                    *expr = Expr::Nested(Box::new((*argument).clone()));
                }
            }
            Expr::Function(call) => {
                for part in &mut call.name.0 {
                    if let ObjectNamePart::Identifier(name) = part {
                        name.span = self.place;
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The name of a function that is called by one word.
pub(super) fn called(call: &Function) -> Option<&Ident> {
    match call.name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => Some(name),
        _ => None,
    }
}

fn calls(expr: &Expr, function: &str) -> bool {
    matches!(expr, Expr::Function(call) if called(call).is_some_and(|name| name.value == function))
}

fn wrong_count(known: &[Synonym], given: usize) -> String {
    let signatures: Vec<_> = known.iter().map(Synonym::signature).collect();
    let noun = if given == 1 { "argument" } else { "arguments" };
    format!(
        "there is {}, which does not take {given} {noun}",
        signatures.join(" and ")
    )
}

fn size<T: Visit>(part: &T) -> usize {
    struct Count(usize);
    impl Visitor for Count {
        type Break = ();

        fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }
    }
    let mut count = Count(0);
    let _: ControlFlow<()> = part.visit(&mut count);
    count.0
}

/// `a ^ b` as PostgreSQL and DuckDB mean it: a power, a float.
fn power(base: &Expr, exponent: &Expr) -> Expr {
    let float = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(base.clone()),
        data_type: SqlType::DoublePrecision,
        array: false,
        format: None,
    };
    let args = [float, exponent.clone()].map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::with_span(base.span(), "power")]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.to_vec(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// Whether a sign other than the engine's own, the backslash, escapes `%` and `_` in a pattern: `LIKE 'a/_%' ESCAPE '/'`.
fn has_sign(escape_char: Option<&ValueWithSpan>) -> bool {
    let sign = escape_char.and_then(|sign| match &sign.value {
        Value::SingleQuotedString(sign) => Some(sign.as_str()),
        _ => None,
    });
    sign.is_some_and(|sign| sign != "\\" && sign.chars().count() == 1)
}

/// Writes a pattern with the backslash instead of its sign.
fn with_backslash(pattern: &mut Expr, escape_char: &mut Option<ValueWithSpan>) {
    let (Some(sign), [synonym]) = (escape_char.take(), synonyms("like_pattern")) else {
        return;
    };
    let (given, sign) = (pattern.clone(), Expr::Value(sign));
    *pattern = synonym.meaning.clone();
    let arguments = HashMap::from([("pattern", &given), ("sign", &sign)]);
    let place = Span::empty();
    let _: ControlFlow<()> = VisitMut::visit(pattern, &mut Put { arguments, place });
}

/// `CONVERT(x, SQL_INTEGER)` of JDBC and ODBC, and `CONVERT(x, INTEGER)`.
fn converted(is_try: bool, expr: &Expr, data_type: &SqlType) -> Expr {
    Expr::Cast {
        kind: if is_try { CastKind::TryCast } else { CastKind::Cast },
        expr: Box::new(expr.clone()),
        data_type: cli_type(data_type).unwrap_or_else(|| data_type.clone()),
        array: false,
        format: None,
    }
}

/// The type that JDBC and ODBC call `SQL_…`.
fn cli_type(data_type: &SqlType) -> Option<SqlType> {
    let SqlType::Custom(name, _) = data_type else {
        return None;
    };
    let name = name.to_string().to_uppercase();
    Some(match name.strip_prefix("SQL_")? {
        "BIT" | "BOOLEAN" => SqlType::Boolean,
        "TINYINT" => SqlType::TinyInt(None),
        "SMALLINT" => SqlType::SmallInt(None),
        "INTEGER" => SqlType::Integer(None),
        "BIGINT" => SqlType::BigInt(None),
        "REAL" => SqlType::Real,
        "FLOAT" | "DOUBLE" => SqlType::DoublePrecision,
        "DATE" | "TYPE_DATE" => SqlType::Date,
        "BINARY" | "VARBINARY" | "LONGVARBINARY" => SqlType::Bytea,
        "CHAR" | "VARCHAR" | "LONGVARCHAR" | "WCHAR" | "WVARCHAR" | "WLONGVARCHAR" | "GUID" => SqlType::Varchar(None),
        "DECIMAL" | "NUMERIC" => SqlType::Decimal(ExactNumberInfo::PrecisionAndScale(38, 10)),
        "TIME" | "TYPE_TIME" => SqlType::Time(None, TimezoneInfo::None),
        "TIMESTAMP" | "TYPE_TIMESTAMP" => SqlType::Timestamp(None, TimezoneInfo::None),
        _ => return None,
    })
}
