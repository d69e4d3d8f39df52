//! Ticket bytes ⇄ what they redeem; the only encoder and decoder. A ticket needs no memory of the server: it says what
//! to run, and which data it was made for.
//!
//! * The bytes of a dataset id, as in the original: the whole dataset, as it is when the ticket is redeemed.
//! * `Any(TicketStatementQuery)` whose handle is [`Handle`]: a query, or one part of it, over data with a fingerprint.
//! * `Any` of a Flight SQL metadata command: that list.

use arrow_flight::Ticket;
use arrow_flight::sql::{Command, ProstMessageExt, TicketStatementQuery};
use bytes::Bytes;
use prost::Message;

use super::request::sql_command;
use super::sql::Metadata;
use crate::engine::{DatasetQuery, PlanOptions, Query};
use crate::error::{Error, Result};

/// What a ticket redeems.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Redeemable {
    /// A dataset by its id, whatever its data are now.
    Dataset(String),
    /// A query that was planned.
    Query(QueryTicket),
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
    /// The data that it was planned for.
    pub(super) fingerprint: u64,
    /// Which of how many parts; the whole when absent.
    pub(super) part: Option<(usize, usize)>,
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
pub(super) fn of_query(ticket: &QueryTicket) -> Ticket {
    let (sql, dataset) = match ticket.query.clone() {
        Query::Sql(sql) => (Some(sql), DatasetQuery::default()),
        Query::Dataset(dataset) => (None, dataset),
    };
    let handle = Handle {
        dataset: sql.is_none().then_some(dataset.id),
        sql,
        columns: dataset.columns.map(|names| Columns { names }),
        filter: dataset.filter,
        limit: dataset.limit,
        start_time_ns: ticket.options.start_time_ns,
        fingerprint: ticket.fingerprint,
        planned_partitions: ticket.options.partitions as u32,
        part: ticket.part.map(|(part, _)| part as u32),
        parts: ticket.part.map_or(1, |(_, parts)| parts as u32),
    };
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
        Some(Command::TicketStatementQuery(statement)) => {
            decode_handle(&statement.statement_handle).map(Redeemable::Query)
        }
        Some(command) => Metadata::of(command).map(Redeemable::Metadata).ok_or_else(invalid),
        None => match String::from_utf8(ticket.ticket.to_vec()) {
            Ok(id) if !id.is_empty() => Ok(Redeemable::Dataset(id)),
            _ => Err(invalid()),
        },
    }
}

fn decode_handle(bytes: &Bytes) -> Result<QueryTicket> {
    let handle = Handle::decode(bytes.clone()).map_err(|error| invalid().with_source(error))?;
    let query = match (handle.sql, handle.dataset) {
        (Some(sql), None) => Query::Sql(sql),
        (None, Some(id)) => Query::Dataset(DatasetQuery {
            id,
            columns: handle.columns.map(|columns| columns.names),
            filter: handle.filter,
            limit: handle.limit,
        }),
        _ => return Err(invalid()),
    };
    Ok(QueryTicket {
        query,
        options: PlanOptions {
            partitions: (handle.planned_partitions as usize).clamp(1, MAX_PARTITIONS),
            start_time_ns: handle.start_time_ns,
        },
        fingerprint: handle.fingerprint,
        part: handle.part.map(|part| (part as usize, handle.parts as usize)),
    })
}

/// More parts than this serve nobody, and a plan of millions would hurt.
pub(super) const MAX_PARTITIONS: usize = 1024;

fn invalid() -> Error {
    Error::invalid("the ticket is not one of this server's, nor a dataset id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ticket_comes_back_as_it_went() {
        let dataset = DatasetQuery {
            id: "sales/2024".into(),
            columns: Some(vec![]),
            filter: Some("a > 1".into()),
            limit: Some(0),
        };
        for query in [
            Query::Sql("SELECT 'é'".into()),
            Query::Dataset(dataset),
            Query::Dataset(DatasetQuery::all("x")),
        ] {
            let ticket = QueryTicket {
                query,
                options: PlanOptions {
                    partitions: 4,
                    start_time_ns: -7,
                },
                fingerprint: u64::MAX,
                part: Some((3, 4)),
            };
            assert_eq!(decode(of_query(&ticket)).unwrap(), Redeemable::Query(ticket));
        }
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
