//! The engine's errors in our terms: what kind each is, and a text without a path of the server's disk.

mod dump;
pub(super) mod fragments;
mod place;
mod wording;

use std::any::Any;

use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use self::fragments::{CAPACITY, OFFSET};
use self::place::{dumped_position, known, said_position};
use self::wording::{is_users, text};
use crate::error::{Error, ErrorKind};
use crate::store::{Cause, ours};

/// What a failure of the engine means to the caller. An error of ours that travelled inside comes out as it went in.
pub(super) fn failed(error: DataFusionError) -> Error {
    let (kind, message) = match (ours(&error), exposure(error.find_root())) {
        (Some(ours), _) => (ours.kind(), ours.message().to_owned()),
        // The text may hold a path, or is of use to nobody but us.
        (None, Exposure::Hidden(kind, message)) => (kind, message),
        (None, Exposure::Shown(kind)) => (kind, at(text(&error), position(&error))),
    };
    Error::new(kind, message).with_source(error)
}

/// What a panic of the engine means to the caller, of which `said` tells. Some of its functions know no other way to say
/// that their result has no room.
pub(super) fn panicked(said: &str) -> Error {
    too_large(said).unwrap_or_else(|| Error::internal("the query ended early").with_source(said))
}

/// What a panic means that says of a result that it has no room; none of any other.
pub(super) fn too_large(said: &str) -> Option<Error> {
    let is_too_large = [CAPACITY, OFFSET].iter().any(|overflow| said.contains(overflow));
    let error = || Error::invalid("a result is too large: the texts of a column can be 2 GiB long together");
    is_too_large.then(|| error().with_source(said))
}

/// What a panic says.
pub(super) fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or_default()
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
    match named.or_else(|| diagnosed(error)) {
        Some(span) => known(span.start.line, span.start.column),
        None => dumped_position(&error.find_root().message()),
    }
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

/// How much of an error its caller hears.
enum Exposure {
    Shown(ErrorKind),
    Hidden(ErrorKind, String),
}

/// Exhaustive, so that a new kind of error asks for a decision.
fn exposure(error: &DataFusionError) -> Exposure {
    use DataFusionError as E;
    match error {
        E::SQL(..) | E::Plan(_) | E::SchemaError(..) | E::Configuration(_) => Exposure::Shown(ErrorKind::Invalid),
        // Not `Unsupported`: a driver that reads UNIMPLEMENTED swallows it and sends the statement another way.
        E::NotImplemented(_) | E::Execution(_) | E::Substrait(_) => Exposure::Shown(ErrorKind::Invalid),
        E::ArrowError(error, _) => arrow_kind(error),
        E::ResourcesExhausted(_) => Exposure::Shown(ErrorKind::Exhausted),
        E::ParquetError(error) => match Cause::of(error.as_ref()) {
            Cause::Other => Exposure::Hidden(ErrorKind::BadData, "a Parquet file is damaged".into()),
            cause => of_file(cause),
        },
        E::ObjectStore(error) => of_file(Cause::of(error.as_ref())),
        E::IoError(error) => of_file(Cause::of(error)),
        E::ExecutionJoin(error) => {
            let error = panicked(&error.to_string());
            Exposure::Hidden(error.kind(), error.message().into())
        }
        E::Internal(said) if is_users(said) => Exposure::Shown(ErrorKind::Invalid),
        E::Internal(_) | E::Ffi(_) => {
            Exposure::Hidden(ErrorKind::Internal, "the query hit a defect of the engine".into())
        }
        E::External(error) => external_kind(error.as_ref()),
        // `find_root` ends behind these.
        E::Context(..) | E::Diagnostic(..) | E::Collection(_) | E::Shared(_) => Exposure::Shown(ErrorKind::Invalid),
    }
}

/// What is said of a file whose name is not known here.
fn of_file(cause: Cause) -> Exposure {
    let (kind, what) = cause.of_file();
    Exposure::Hidden(kind, format!("a file {what}"))
}

fn external_kind(error: &(dyn std::error::Error + 'static)) -> Exposure {
    if is_users(&error.to_string()) {
        return Exposure::Shown(ErrorKind::Invalid);
    }
    match Cause::of(error) {
        Cause::Other => Exposure::Hidden(ErrorKind::Internal, "the query failed".into()),
        cause => of_file(cause),
    }
}

fn arrow_kind(error: &ArrowError) -> Exposure {
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
        | E::RunEndIndexOverflowError => Exposure::Shown(ErrorKind::Invalid),
        E::MemoryError(_) => Exposure::Shown(ErrorKind::Exhausted),
        E::CsvError(_) | E::JsonError(_) | E::AvroError(_) | E::IpcError(_) | E::ParquetError(_) => {
            Exposure::Hidden(ErrorKind::BadData, "a file is not what its format promises".into())
        }
        E::IoError(_, error) => of_file(Cause::of(error)),
        E::ExternalError(error) => external_kind(error.as_ref()),
        E::SchemaError(_) | E::CDataInterface(_) => Exposure::Hidden(ErrorKind::Internal, "the query failed".into()),
    }
}

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod tests;
