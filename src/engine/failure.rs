//! The engine's errors in our terms: what kind each is, and a text without a path of the server's disk.

use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Span};
use parquet::errors::ParquetError;

use crate::error::{Error, ErrorKind};

/// What a failure of the engine means to the caller. An error of ours that travelled inside comes out as it went in.
pub(super) fn failed(error: DataFusionError) -> Error {
    let error = match unwrapped(error) {
        Ok(ours) => return ours,
        Err(error) => error,
    };
    let (kind, message) = {
        let root = error.find_root();
        match kind_of(root) {
            // The text may hold a path, or is of use to nobody but us.
            Kind::Hidden(kind, message) => (kind, message.to_owned()),
            Kind::Shown(kind) => (kind, at(text(&error), position(&error))),
        }
    };
    Error::new(kind, message).with_source(error)
}

/// A mistake in the text of a statement, and where in it that is.
pub(super) fn mistake(message: impl Into<String>, span: Span) -> Error {
    Error::invalid(at(message.into(), known(span.start.line, span.start.column)))
}

/// The message with the place that it is about, once.
fn at(message: String, place: Option<Location>) -> String {
    match place {
        Some(place) => format!("{message} (line {}, column {})", place.line, place.column),
        None => message,
    }
}

/// Where in the statement the engine says that the error is. What it read in a column's name comes before what it found
/// out afterwards.
pub(super) fn position(error: &DataFusionError) -> Option<Location> {
    let named = match error.find_root() {
        DataFusionError::SQL(parser, _) => return said_position(&parser.to_string()).map(|(_, place)| place),
        DataFusionError::SchemaError(error, _) => match error.as_ref() {
            SchemaError::FieldNotFound { field, .. } | SchemaError::AmbiguousReference { field } => {
                field.spans().first()
            }
            _ => None,
        },
        _ => None,
    };
    let span = named.or_else(|| diagnosed(error))?;
    known(span.start.line, span.start.column)
}

fn diagnosed(error: &DataFusionError) -> Option<datafusion::common::Span> {
    if let Some(span) = error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        return Some(span);
    }
    match error {
        DataFusionError::Collection(errors) => errors.first().and_then(diagnosed),
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => diagnosed(inner),
        DataFusionError::Shared(inner) => diagnosed(inner),
        _ => None,
    }
}

/// Lines and columns count from 1; 0 is no place.
fn known(line: u64, column: u64) -> Option<Location> {
    (line > 0).then_some(Location { line, column })
}

/// The parser says the place at the end of its message: `Expected: …, found: x at Line: 1, Column: 8`.
fn said_position(said: &str) -> Option<(&str, Location)> {
    let (message, place) = said.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    Some((message, known(line.parse().ok()?, column.parse().ok()?)?))
}

/// Takes our own error out of the layers that the engine put around it.
fn unwrapped(error: DataFusionError) -> Result<Error, DataFusionError> {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(ours) => Ok(*ours),
            Err(inner) => match inner.downcast::<DataFusionError>() {
                Ok(inner) => unwrapped(*inner),
                Err(inner) => Err(DataFusionError::External(inner)),
            },
        },
        DataFusionError::Context(_, inner) if is_ours(&inner) => unwrapped(*inner),
        DataFusionError::Diagnostic(_, inner) if is_ours(&inner) => unwrapped(*inner),
        DataFusionError::ArrowError(inner, text) => match *inner {
            ArrowError::ExternalError(inner) => unwrapped(DataFusionError::External(inner)),
            other => Err(DataFusionError::ArrowError(Box::new(other), text)),
        },
        DataFusionError::Shared(inner) => match ours(&inner) {
            Some(ours) => Ok(Error::new(ours.kind(), ours.message())),
            None => Err(DataFusionError::Shared(inner)),
        },
        other => Err(other),
    }
}

fn is_ours(error: &DataFusionError) -> bool {
    ours(error).is_some()
}

fn ours(error: &DataFusionError) -> Option<&Error> {
    match error.find_root() {
        DataFusionError::External(inner) => inner.downcast_ref(),
        _ => None,
    }
}

enum Kind {
    Shown(ErrorKind),
    Hidden(ErrorKind, &'static str),
}

/// Exhaustive, so that a new kind of error asks for a decision.
fn kind_of(error: &DataFusionError) -> Kind {
    use DataFusionError as E;
    match error {
        E::SQL(..) | E::Plan(_) | E::SchemaError(..) | E::Configuration(_) => Kind::Shown(ErrorKind::Invalid),
        // Not `Unsupported`: a driver that reads UNIMPLEMENTED swallows it and sends the statement another way.
        E::NotImplemented(_) | E::Execution(_) | E::Substrait(_) => Kind::Shown(ErrorKind::Invalid),
        E::ArrowError(error, _) => arrow_kind(error),
        E::ResourcesExhausted(_) => Kind::Shown(ErrorKind::Exhausted),
        E::ParquetError(error) if is_changed(error) => changed(),
        E::ParquetError(_) => Kind::Hidden(
            ErrorKind::BadData,
            "a Parquet file is damaged or changed while it was being read",
        ),
        E::ObjectStore(_) => changed(),
        E::IoError(_) => Kind::Hidden(ErrorKind::Unavailable, "a file cannot be read"),
        E::ExecutionJoin(_) => Kind::Hidden(ErrorKind::Internal, "the query ended early"),
        E::Internal(_) | E::Ffi(_) => Kind::Hidden(ErrorKind::Internal, "the query hit a defect of the engine"),
        E::External(_) => Kind::Hidden(ErrorKind::Internal, "the query failed"),
        // `find_root` ends behind these.
        E::Context(..) | E::Diagnostic(..) | E::Collection(_) | E::Shared(_) => Kind::Shown(ErrorKind::Invalid),
    }
}

fn changed() -> Kind {
    Kind::Hidden(
        ErrorKind::Unavailable,
        "a file changed or is gone; refresh and ask again",
    )
}

/// The Parquet reader wraps what the store says (the file is another one, or gone), for the footer even in mere text. That
/// the footer could be read once is why there is a table.
fn is_changed(error: &ParquetError) -> bool {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.any(|cause| cause.is::<datafusion::object_store::Error>())
        || matches!(error, ParquetError::General(text) if text.starts_with("Failed to fetch metadata for file"))
}

fn arrow_kind(error: &ArrowError) -> Kind {
    use ArrowError as E;
    match error {
        E::DivideByZero
        | E::ArithmeticOverflow(_)
        | E::CastError(_)
        | E::ComputeError(_)
        | E::ParseError(_)
        | E::InvalidArgumentError(_)
        | E::NotYetImplemented(_)
        | E::OffsetOverflowError(_)
        | E::DictionaryKeyOverflowError
        | E::RunEndIndexOverflowError => Kind::Shown(ErrorKind::Invalid),
        E::MemoryError(_) => Kind::Shown(ErrorKind::Exhausted),
        E::CsvError(_) | E::JsonError(_) | E::AvroError(_) | E::IpcError(_) | E::ParquetError(_) => {
            Kind::Hidden(ErrorKind::BadData, "a file is not what its format promises")
        }
        E::IoError(..) => Kind::Hidden(ErrorKind::Unavailable, "a file cannot be read"),
        E::SchemaError(_) | E::CDataInterface(_) | E::ExternalError(_) => {
            Kind::Hidden(ErrorKind::Internal, "the query failed")
        }
    }
}

/// The message on one line, without what says nothing to a person: the engine's prefixes, its rules, its settings.
fn text(error: &DataFusionError) -> String {
    let root = error.find_root();
    if let DataFusionError::SQL(parser, _) = root {
        return match parser.as_ref() {
            ParserError::ParserError(said) | ParserError::TokenizerError(said) => said_position(said)
                .map_or(said.as_str(), |(message, _)| message)
                .to_owned(),
            ParserError::RecursionLimitExceeded => "the statement is nested too deeply".into(),
        };
    }
    let whole = root.strip_backtrace();
    let prefixes = [
        "Error during planning: ",
        "Schema error: ",
        "Execution error: ",
        "Arrow error: ",
        "This feature is not implemented: ",
    ];
    let mut rest = whole.as_str();
    while let Some(shorter) = prefixes.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        rest = shorter;
    }
    let line = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    plainer(root, &line).unwrap_or(line)
}

/// The engine's words for the commonest mistakes, in ours.
fn plainer(error: &DataFusionError, line: &str) -> Option<String> {
    if let DataFusionError::SchemaError(error, _) = error {
        return match error.as_ref() {
            SchemaError::AmbiguousReference { field } => {
                let name = &field.name;
                Some(format!("the column '{name}' is in several tables; write table.{name}"))
            }
            _ => None,
        };
    }
    let known = [
        ungrouped,
        unknown_call,
        named_twice,
        unknown_function,
        not_comparable,
        no_moment,
    ];
    known.iter().find_map(|plain| plain(line))
}

fn ungrouped(line: &str) -> Option<String> {
    let (column, rest) = line.split_once("column \"")?.1.split_once('"')?;
    rest.starts_with(" must appear in the GROUP BY clause or must be part of an aggregate function")
        .then(|| format!("the column '{column}' must be in GROUP BY or in an aggregate function"))
}

fn unknown_call(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("No function matches the given name and argument types '")?;
    let (call, rest) = rest.split_once("'.")?;
    let takes = rest.split_once("Candidate functions: ").map(|(_, takes)| takes);
    let takes = takes.map(|takes| format!("; there is {}", takes.replace(") ", "), ")));
    Some(format!("there is no function {call}{}", takes.unwrap_or_default()))
}

fn named_twice(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("Projections require unique expression names but the expression \"")?;
    let name = rest.split_once('"').map_or(rest, |(name, _)| name);
    Some(format!("several columns are named '{name}'; name them with AS"))
}

fn unknown_function(line: &str) -> Option<String> {
    let (function, rest) = line.strip_prefix("Invalid function '")?.split_once('\'')?;
    let meant = rest.strip_prefix(". Did you mean '")?.strip_suffix("'?")?;
    Some(format!("there is no function '{function}'; did you mean '{meant}'?"))
}

fn not_comparable(line: &str) -> Option<String> {
    let types = line.strip_prefix("Cannot infer common argument type for comparison operation ")?;
    let remedy = match types.contains("Boolean") {
        true => "a Boolean is true or false, without quotes",
        false => "cast one side to the type of the other",
    };
    Some(format!("there is no {types}: {remedy}"))
}

fn no_moment(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("Error parsing timestamp from '")?;
    let (text, _) = rest.rsplit_once("': ")?;
    Some(format!(
        "'{text}' is no timestamp: write it as 2024-01-31 10:30:00, or say how it is written with to_timestamp(text, format)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_for_people() {
        let cause = DataFusionError::ArrowError(Box::new(ArrowError::DivideByZero), None);
        let context = "Optimizer rule 'simplify_expressions' failed".to_owned();
        let error = failed(DataFusionError::Context(context, Box::new(cause)));
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Invalid, "Divide by zero error")
        );
        let error = failed(DataFusionError::Plan("Two\n lines.".into()));
        assert_eq!(error.message(), "Two lines.");
        let error = failed(DataFusionError::Plan(
            "Invalid function 'summ'.\nDid you mean 'sum'?".into(),
        ));
        assert_eq!(error.message(), "there is no function 'summ'; did you mean 'sum'?");
    }

    #[test]
    fn a_comparison_that_does_not_work_says_what_would() {
        let said = "Cannot infer common argument type for comparison operation Boolean = Utf8";
        let error = failed(DataFusionError::Plan(said.into()));
        assert_eq!(
            error.message(),
            "there is no Boolean = Utf8: a Boolean is true or false, without quotes"
        );
        let said = "Parser error: Error parsing timestamp from '31/01/2024': error parsing date";
        let error = failed(DataFusionError::ArrowError(
            Box::new(ArrowError::ParseError(said.into())),
            None,
        ));
        assert_eq!(
            error.message(),
            "'31/01/2024' is no timestamp: write it as 2024-01-31 10:30:00, or say how it is written with \
             to_timestamp(text, format)"
        );
    }

    #[test]
    fn the_place_of_an_error_comes_last_and_once() {
        let said = "Expected: an expression, found: FROM at Line: 2, Column: 13";
        let parser = DataFusionError::SQL(Box::new(ParserError::ParserError(said.into())), None);
        let place = datafusion::common::Location { line: 3, column: 4 };
        let span = datafusion::common::Span::new(place, place);
        let diagnostic = datafusion::common::Diagnostic::new_error("here", Some(span));
        let planned = DataFusionError::Plan("Types differ".into()).with_diagnostic(diagnostic);
        let travelled = DataFusionError::External(Box::new(failed(planned)));
        for (error, message) in [
            (parser, "Expected: an expression, found: FROM (line 2, column 13)"),
            (travelled, "Types differ (line 3, column 4)"),
        ] {
            assert_eq!(failed(error).message(), message);
        }
    }

    #[test]
    fn an_error_of_ours_comes_out_as_it_went_in() {
        let ours = || DataFusionError::External(Box::new(Error::unavailable("file 't.csv' is gone")));
        let wrapped = [
            ours(),
            DataFusionError::Context("a rule".into(), Box::new(ours())),
            DataFusionError::Shared(std::sync::Arc::new(ours())),
            DataFusionError::ArrowError(Box::new(ArrowError::ExternalError(Box::new(ours()))), None),
        ];
        for error in wrapped.map(failed) {
            assert_eq!(
                (error.kind(), error.message()),
                (ErrorKind::Unavailable, "file 't.csv' is gone")
            );
        }
    }
}
