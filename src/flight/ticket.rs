//! Ticket bytes ⇄ what they redeem; the only encoder and decoder. A ticket needs no memory of the server: it says what
//! to run, and which data it was made for.
//!
//! * The bytes of a dataset id, as in the original: the whole dataset, as it is when the ticket is redeemed.
//! * `Any(TicketStatementQuery)` whose handle is [`Handle`]: a query, or one part of it, over data with a fingerprint; or
//!   the number of rows that a statement changed.
//! * `Any` of a Flight SQL metadata command: that list.

use std::time::Duration;

use arrow_flight::Ticket;
use arrow_flight::sql::{Command, ProstMessageExt, TicketStatementQuery};
use bytes::Bytes;
use prost::Message;

use super::descriptor::sql_command;
use super::parameters;
use super::sql::Metadata;
use crate::engine::{DatasetQuery, PlanOptions, Query, SqlQuery};
use crate::error::{Error, Result};
use crate::session::{QueryId, Types};

/// What a ticket redeems.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Redeemable {
    /// A dataset by its id, whatever its data are now.
    Dataset(String),
    /// A query that was planned.
    Query(Box<QueryTicket>),
    /// The number of rows that a statement changed, when it was run.
    Count(u64),
    /// A list that Flight SQL defines.
    Metadata(Metadata),
}

/// A query that was planned, or one part of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QueryTicket {
    /// What to run.
    pub(super) query: Query,
    /// How it was planned.
    pub(super) options: PlanOptions,
    /// The types that its rows are sent in.
    pub(super) types: Types,
    /// The data that it was planned for.
    pub(super) fingerprint: u64,
    /// The snapshot that it was planned for, on the server that did.
    pub(super) version: u64,
    /// Which of how many parts; the whole when absent.
    pub(super) part: Option<(usize, usize)>,
    /// What the query is cancelled by. All parts have the same.
    pub(super) id: QueryId,
    /// When the ticket expires, in seconds since 1970.
    pub(super) expires_s: i64,
}

impl QueryTicket {
    /// Whether it has expired by now.
    pub(super) fn is_expired(&self) -> bool {
        self.expires_s <= chrono::Utc::now().timestamp()
    }

    /// The same ticket for so long from now on, and longer than before.
    pub(super) fn renewed(self, lifetime: Duration) -> Self {
        Self {
            expires_s: expires_s(lifetime).max(self.expires_s.saturating_add(1)),
            ..self
        }
    }
}

/// When a ticket that is made now expires, in seconds since 1970.
pub(super) fn expires_s(lifetime: Duration) -> i64 {
    let now = chrono::Utc::now().timestamp();
    now.saturating_add_unsigned(lifetime.as_secs())
}

/// The bytes of a ticket for a query. Version 1; fields are only ever added.
#[derive(Clone, PartialEq, Message)]
struct Handle {
    #[prost(string, optional, tag = "1")]
    sql: Option<String>,
    #[prost(string, optional, tag = "2")]
    dataset: Option<String>,
    #[prost(message, optional, tag = "3")]
    columns: Option<Columns>,
    #[prost(string, optional, tag = "4")]
    filter: Option<String>,
    #[prost(uint64, optional, tag = "5")]
    limit: Option<u64>,
    #[prost(sfixed64, tag = "6")]
    start_time_ns: i64,
    #[prost(fixed64, tag = "7")]
    fingerprint: u64,
    #[prost(uint32, tag = "8")]
    planned_partitions: u32,
    #[prost(uint32, optional, tag = "9")]
    part: Option<u32>,
    #[prost(uint32, tag = "10")]
    parts: u32,
    #[prost(bytes = "bytes", tag = "11")]
    id: Bytes,
    #[prost(int64, tag = "12")]
    expires_s: i64,
    #[prost(string, tag = "13")]
    schema: String,
    #[prost(bool, tag = "14")]
    native: bool,
    /// An Arrow IPC stream of one batch.
    #[prost(bytes = "bytes", optional, tag = "15")]
    parameters: Option<Bytes>,
    #[prost(uint64, tag = "16")]
    version: u64,
    #[prost(bytes = "bytes", optional, tag = "17")]
    substrait: Option<Bytes>,
    #[prost(uint64, optional, tag = "18")]
    count: Option<u64>,
    #[prost(bool, tag = "19")]
    plain: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Columns {
    #[prost(string, repeated, tag = "1")]
    names: Vec<String>,
}

/// A ticket for a whole dataset: its id.
pub(super) fn of_dataset(id: &str) -> Ticket {
    Ticket::new(id.to_owned())
}

/// A ticket for a query or a part of it.
///
/// # Errors
/// `Exhausted` when the parameters are too many for a ticket.
pub(super) fn of_query(ticket: &QueryTicket) -> Result<Ticket> {
    let mut handle = Handle {
        start_time_ns: ticket.options.start_time_ns,
        fingerprint: ticket.fingerprint,
        planned_partitions: ticket.options.partitions as u32,
        part: ticket.part.map(|(part, _)| part as u32),
        parts: ticket.part.map_or(1, |(_, parts)| parts as u32),
        id: Bytes::copy_from_slice(ticket.id.as_bytes()),
        expires_s: ticket.expires_s,
        schema: ticket.options.schema.clone(),
        native: ticket.types == Types::Native,
        plain: ticket.types == Types::Plain,
        version: ticket.version,
        ..Handle::default()
    };
    match ticket.query.clone() {
        Query::Sql(query) => {
            handle.sql = Some(query.text);
            handle.parameters = query.parameters.as_ref().map(parameters::encode).transpose()?;
        }
        Query::Substrait(plan) => handle.substrait = Some(plan),
        Query::Dataset(dataset) => {
            handle.dataset = Some(dataset.id);
            handle.columns = dataset.columns.map(|names| Columns { names });
            handle.filter = dataset.filter;
            handle.limit = dataset.limit;
        }
    }
    Ok(of_handle(&handle))
}

/// A ticket for the number of rows that a statement changed. It never expires, since it holds the whole answer.
pub(super) fn of_count(count: u64) -> Ticket {
    of_handle(&Handle {
        count: Some(count),
        ..Handle::default()
    })
}

fn of_handle(handle: &Handle) -> Ticket {
    let statement = TicketStatementQuery {
        statement_handle: handle.encode_to_vec().into(),
    };
    Ticket::new(statement.as_any().encode_to_vec())
}

/// A ticket for a metadata command: the command.
pub(super) fn of_metadata(metadata: &Metadata) -> Ticket {
    Ticket::new(metadata.to_any().encode_to_vec())
}

/// Reads a ticket.
///
/// # Errors
/// `Invalid` for bytes that no server of this kind made.
pub(super) fn decode(ticket: Ticket) -> Result<Redeemable> {
    match sql_command(&ticket.ticket)? {
        Some(Command::TicketStatementQuery(statement)) => decode_handle(&statement.statement_handle),
        Some(command) => Metadata::of(command).map(Redeemable::Metadata).ok_or_else(invalid),
        None => match String::from_utf8(ticket.ticket.to_vec()) {
            Ok(id) if !id.is_empty() => Ok(Redeemable::Dataset(id)),
            _ => Err(invalid()),
        },
    }
}

fn decode_handle(bytes: &Bytes) -> Result<Redeemable> {
    let handle = Handle::decode(bytes.clone()).map_err(|error| invalid().with_source(error))?;
    if let Some(count) = handle.count {
        return Ok(Redeemable::Count(count));
    }
    let query = match (handle.sql, handle.dataset, handle.substrait) {
        (Some(text), None, None) => Query::Sql(SqlQuery {
            text,
            parameters: handle.parameters.as_ref().map(parameters::decode).transpose()?,
        }),
        (None, Some(id), None) => Query::Dataset(DatasetQuery {
            id,
            columns: handle.columns.map(|columns| columns.names),
            filter: handle.filter,
            limit: handle.limit,
        }),
        (None, None, Some(plan)) => Query::Substrait(plan),
        _ => return Err(invalid()),
    };
    Ok(Redeemable::Query(Box::new(QueryTicket {
        query,
        options: PlanOptions {
            partitions: (handle.planned_partitions as usize).clamp(1, MAX_PARTITIONS),
            start_time_ns: handle.start_time_ns,
            schema: handle.schema,
        },
        types: match (handle.native, handle.plain) {
            (true, _) => Types::Native,
            (false, true) => Types::Plain,
            (false, false) => Types::Client,
        },
        fingerprint: handle.fingerprint,
        version: handle.version,
        part: handle.part.map(|part| (part as usize, handle.parts as usize)),
        id: QueryId::from_slice(&handle.id).map_err(|error| invalid().with_source(error))?,
        expires_s: handle.expires_s,
    })))
}

/// More parts than this serve nobody, and a plan of millions would hurt.
pub(super) const MAX_PARTITIONS: usize = 1024;

fn invalid() -> Error {
    Error::invalid("the ticket is not one of this server's, nor a dataset id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use std::sync::Arc;

    #[test]
    fn every_ticket_comes_back_as_it_went() {
        let dataset = DatasetQuery {
            id: "sales/2024".into(),
            columns: Some(vec![]),
            filter: Some("a > 1".into()),
            limit: Some(0),
        };
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        let bound = SqlQuery {
            text: "SELECT $1".into(),
            parameters: Some(RecordBatch::try_from_iter_with_nullable([("$1", numbers, true)]).unwrap()),
        };
        for (query, types) in [
            (Query::sql("SELECT 'é'"), Types::Native),
            (Query::Sql(bound), Types::Plain),
            (Query::Substrait(Bytes::from_static(b"plan")), Types::Client),
            (Query::Dataset(dataset), Types::Plain),
            (Query::Dataset(DatasetQuery::all("x")), Types::Native),
        ] {
            let ticket = QueryTicket {
                query,
                options: PlanOptions {
                    partitions: 4,
                    start_time_ns: -7,
                    schema: "sales".into(),
                },
                types,
                fingerprint: u64::MAX,
                version: 3,
                part: Some((3, 4)),
                id: QueryId::new_v4(),
                expires_s: 1_000_000_000_000,
            };
            let decoded = decode(of_query(&ticket).unwrap()).unwrap();
            assert_eq!(decoded, Redeemable::Query(Box::new(ticket)));
        }
        assert_eq!(decode(of_count(0)).unwrap(), Redeemable::Count(0));
    }

    #[test]
    fn ids_are_tickets_even_when_they_parse_as_protobuf() {
        for id in ["taxi_1", "sales/2024", "ünï", "\n\u{3}abc", "\u{8}\u{1}"] {
            assert_eq!(decode(of_dataset(id)).unwrap(), Redeemable::Dataset(id.into()));
        }
        for bytes in [&b""[..], b"\xff\xff"] {
            assert!(decode(Ticket::new(bytes.to_vec())).is_err());
        }
        let garbled = TicketStatementQuery {
            statement_handle: Bytes::from_static(b"\xff\xff\xff"),
        };
        assert!(decode(Ticket::new(garbled.as_any().encode_to_vec())).is_err());
    }
}
