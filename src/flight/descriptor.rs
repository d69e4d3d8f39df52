//! Everything that a descriptor can ask. This page is the protocol's specification on the way in:
//!
//! * `PATH ["sales/2024"]` or `["sales", "2024"]`: the dataset of that id.
//! * `CMD` with JSON `{"dataset": "sales/2024"}` (or `"table"`, or `"path"`), and optionally `"columns": ["a", "b"]`,
//!   `"filter": "a > 1"` (an SQL expression), `"limit": 10`, `"partitions": 4`.
//! * `CMD` with a Flight SQL command, packed in a `google.protobuf.Any`.
//! * `CMD` with the descriptor that a `PollFlightInfo` gave: what became of that request.
//! * `CMD` with any other text: a dataset id.

use arrow::error::ArrowError;
use arrow_flight::FlightDescriptor;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::sql::{Any, Command};
use bytes::Bytes;
use prost::Message;
use serde::Deserialize;

use super::sql::Metadata;
use crate::engine::{DatasetQuery, Query};
use crate::error::{Error, ErrorKind, Result};

const SQL_TYPE_URL: &str = "type.googleapis.com/arrow.flight.protocol.sql.";

const POLLED_TYPE_URL: &str = "type.googleapis.com/flightstream.Polled";

/// What a descriptor asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    /// Rows; `partitions`: in up to this many parts.
    Query { query: Query, partitions: Option<usize> },
    /// The rows of a prepared statement, by its handle.
    Prepared(Bytes),
    /// What became of a request that is being polled for.
    Polled(uuid::Uuid),
    /// A list that Flight SQL defines.
    Metadata(Metadata),
}

impl Request {
    fn dataset(id: impl Into<String>) -> Self {
        Self::Query {
            query: Query::Dataset(DatasetQuery::all(id)),
            partitions: None,
        }
    }
}

/// Decodes a descriptor.
///
/// # Errors
/// `Invalid` when it names nothing, is malformed, or carries a command that cannot be asked for.
pub(super) fn decode(descriptor: &FlightDescriptor) -> Result<Request> {
    // As in the original, a path wins whatever the type says.
    if !descriptor.path.is_empty() || descriptor.r#type() == DescriptorType::Path {
        let parts: Vec<_> = descriptor
            .path
            .iter()
            .map(String::as_str)
            .filter(|part| !part.is_empty())
            .collect();
        return match parts.is_empty() {
            true => Err(Unreadable::EmptyPath.into()),
            false => Ok(Request::dataset(parts.join("/"))),
        };
    }
    if descriptor.cmd.is_empty() {
        return Err(Unreadable::Empty.into());
    }
    match sql_command(&descriptor.cmd)? {
        Some(command) => of_command(command),
        None => match polled(&descriptor.cmd) {
            Some(id) => Ok(Request::Polled(id)),
            None => of_text(&descriptor.cmd),
        },
    }
}

/// The descriptor by which a client asks again what became of a request.
pub(super) fn of_polled(id: uuid::Uuid) -> FlightDescriptor {
    let any = Any {
        type_url: POLLED_TYPE_URL.into(),
        value: Bytes::copy_from_slice(id.as_bytes()),
    };
    FlightDescriptor::new_cmd(any.encode_to_vec())
}

fn polled(bytes: &Bytes) -> Option<uuid::Uuid> {
    let any = Any::decode(bytes.clone()).ok()?;
    let value = (any.type_url == POLLED_TYPE_URL).then_some(any.value)?;
    uuid::Uuid::from_slice(&value).ok()
}

/// The Flight SQL command in these bytes, if that is what they are. The type's prefix decides: a dataset id may well
/// parse as protobuf.
pub(super) fn sql_command(bytes: &Bytes) -> Result<Option<Command>> {
    let Ok(any) = Any::decode(bytes.clone()) else {
        return Ok(None);
    };
    if !any.type_url.starts_with(SQL_TYPE_URL) {
        return Ok(None);
    }
    Ok(Some(Command::try_from(any).map_err(Unreadable::Command)?))
}

fn of_command(command: Command) -> Result<Request> {
    match command {
        Command::CommandStatementQuery(statement) if statement.transaction_id.is_some() => Err(no_transactions()),
        Command::CommandStatementQuery(statement) => Ok(Request::Query {
            query: Query::sql(statement.query),
            partitions: None,
        }),
        Command::CommandStatementSubstraitPlan(statement) if statement.transaction_id.is_some() => {
            Err(no_transactions())
        }
        Command::CommandStatementSubstraitPlan(statement) => Ok(Request::Query {
            query: Query::Substrait(statement.plan.unwrap_or_default().plan),
            partitions: None,
        }),
        Command::CommandPreparedStatementQuery(prepared) => Ok(Request::Prepared(prepared.prepared_statement_handle)),
        other => {
            let name = other.type_url().trim_start_matches(SQL_TYPE_URL).to_owned();
            match Metadata::of(other) {
                Some(metadata) => Ok(Request::Metadata(metadata)),
                None => Err(Unreadable::Rowless(name).into()),
            }
        }
    }
}

/// What to say to a request inside a transaction.
pub(super) fn no_transactions() -> Error {
    Unreadable::Transaction.into()
}

/// A dataset as JSON. The first of the three names that is there counts, as in the original.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatasetCommand {
    dataset: Option<String>,
    table: Option<String>,
    path: Option<String>,
    columns: Option<Vec<String>>,
    filter: Option<String>,
    limit: Option<u64>,
    partitions: Option<usize>,
}

fn of_text(cmd: &[u8]) -> Result<Request> {
    let text = std::str::from_utf8(cmd).map_err(|_| Unreadable::Bytes)?;
    if !text.trim_start().starts_with('{') {
        return Ok(Request::dataset(text));
    }
    let command: DatasetCommand = serde_json::from_str(text).map_err(Unreadable::Json)?;
    let id = command.dataset.or(command.table).or(command.path);
    let id = id.ok_or(Unreadable::Unnamed)?;
    if command.partitions == Some(0) {
        return Err(Unreadable::Partless.into());
    }
    Ok(Request::Query {
        query: Query::Dataset(DatasetQuery {
            id,
            columns: command.columns,
            filter: command.filter,
            limit: command.limit,
        }),
        partitions: command.partitions,
    })
}

/// What keeps a descriptor from being a request.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("Invalid FlightDescriptor: the path is empty")]
    EmptyPath,
    #[error("Invalid FlightDescriptor: no path or cmd specified")]
    Empty,
    #[error("the command is malformed")]
    Command(#[source] ArrowError),
    /// A command of this name gives no rows, or is not known.
    #[error("{0} is not a request for rows that this server answers")]
    Rowless(String),
    #[error("unknown transaction: this server has none")]
    Transaction,
    #[error("the command is neither a Flight SQL command, nor JSON, nor a dataset id")]
    Bytes,
    #[error("the JSON command: {0}")]
    Json(serde_json::Error),
    #[error("the JSON command names no \"dataset\", \"table\" or \"path\"")]
    Unnamed,
    #[error("the JSON command: \"partitions\" must be at least 1")]
    Partless,
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        let kind = match &unreadable {
            Unreadable::EmptyPath
            | Unreadable::Empty
            | Unreadable::Command(_)
            | Unreadable::Transaction
            | Unreadable::Bytes
            | Unreadable::Json(_)
            | Unreadable::Unnamed
            | Unreadable::Partless => ErrorKind::Invalid,
            Unreadable::Rowless(_) => ErrorKind::Unsupported,
        };
        let error = Self::new(kind, unreadable.to_string());
        match unreadable {
            Unreadable::Command(source) => error.with_source(source),
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_flight::sql::{CommandGetTableTypes, CommandStatementQuery, CommandStatementUpdate, ProstMessageExt};

    fn cmd(bytes: impl Into<Bytes>) -> Result<Request> {
        decode(&FlightDescriptor::new_cmd(bytes.into()))
    }

    #[test]
    fn paths_and_commands() {
        let path = |parts: &[&str]| FlightDescriptor::new_path(parts.iter().map(|part| (*part).into()).collect());
        assert_eq!(decode(&path(&["a b"])).unwrap(), Request::dataset("a b"));
        assert_eq!(
            decode(&path(&["sales", "2024"])).unwrap(),
            Request::dataset("sales/2024")
        );
        assert_eq!(cmd("sales/2024").unwrap(), Request::dataset("sales/2024"));
        for name in ["dataset", "table", "path"] {
            assert_eq!(cmd(format!("{{\"{name}\": \"x\"}}")).unwrap(), Request::dataset("x"));
        }
        let full = r#"{"dataset": "x", "columns": ["a"], "filter": "a > 1", "limit": 3, "partitions": 2}"#;
        let query = DatasetQuery {
            id: "x".into(),
            columns: Some(vec!["a".into()]),
            filter: Some("a > 1".into()),
            limit: Some(3),
        };
        assert_eq!(
            cmd(full).unwrap(),
            Request::Query {
                query: Query::Dataset(query),
                partitions: Some(2)
            }
        );
    }

    #[test]
    fn flight_sql_commands() {
        let select = CommandStatementQuery {
            query: "SELECT 1".into(),
            transaction_id: None,
        };
        let query = Request::Query {
            query: Query::sql("SELECT 1"),
            partitions: None,
        };
        assert_eq!(cmd(select.as_any().encode_to_vec()).unwrap(), query);
        let types = CommandGetTableTypes {};
        assert!(matches!(
            cmd(types.as_any().encode_to_vec()).unwrap(),
            Request::Metadata(_)
        ));
        let update = CommandStatementUpdate::default().as_any().encode_to_vec();
        assert_eq!(cmd(update).unwrap_err().kind(), crate::error::ErrorKind::Unsupported);
    }

    #[test]
    fn what_names_nothing_is_refused() {
        let refused: [&[u8]; 6] = [
            b"",
            b"{",
            b"{\"limit\": 1}",
            b"{\"dataset\": \"x\", \"colums\": []}",
            b"\xff\xfe",
            b"{\"table\":\"x\",\"partitions\":0}",
        ];
        for bytes in refused {
            assert_eq!(
                cmd(Bytes::from_static(bytes)).unwrap_err().kind(),
                crate::error::ErrorKind::Invalid
            );
        }
        assert!(decode(&FlightDescriptor::new_path(vec![])).is_err());
    }
}
