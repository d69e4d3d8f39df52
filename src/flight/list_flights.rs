//! ListFlights: every dataset, or those whose ids match a pattern.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::compute::like;
use arrow_flight::{Criteria, FlightDescriptor, FlightEndpoint, FlightInfo};
use futures::StreamExt;
use futures::stream;
use prost::Message;

use super::wire_types::wire_schema;
use super::{ReplyStream, ticket};
use crate::catalog::{Snapshot, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::session::Types;

/// One `FlightInfo` a dataset, by id. The criteria's expression is a pattern on ids: `%` and `_` as in SQL's LIKE, or
/// `*` and `?` as in a shell; empty means all.
/// Their columns are of these types. None is of more than `limit` bytes.
pub(super) async fn list_flights(
    snapshot: &Snapshot,
    criteria: &Criteria,
    types: Types,
    limit: usize,
) -> Result<ReplyStream<FlightInfo>> {
    let pattern = std::str::from_utf8(&criteria.expression)
        .map_err(|_| Error::invalid("the criteria's expression is not a pattern: it is not UTF-8"))?;
    let pattern = like_pattern(pattern);
    let tables: Vec<_> = snapshot.tables().map(Arc::clone).collect();
    let ids = StringArray::from_iter_values(tables.iter().map(|table| table.name.id.as_str()));
    let matching = like(&ids, &StringArray::new_scalar(pattern))
        .map_err(|error| Error::invalid("the criteria's expression is not a pattern").with_source(error))?;
    let infos = tables
        .into_iter()
        .zip(matching.values().iter().collect::<Vec<_>>())
        .filter(|(_, matches)| *matches);
    let infos = infos.map(move |(table, _)| {
        let info = flight_info(&table, types)?;
        match info.encoded_len() <= limit {
            true => Ok(info),
            false => Err(too_long(&table, limit).into()),
        }
    });
    Ok(stream::iter(infos).boxed())
}

fn too_long(table: &Table, limit: usize) -> Error {
    Error::new(
        ErrorKind::Exhausted,
        format!(
            "what there is to say of the dataset '{}' takes more than {limit} bytes, the most that this server sends in a \
             message: list others by a pattern, or start it with a larger --max-send-message-length",
            table.name.id
        ),
    )
}

/// The pattern as LIKE understands it; a shell's when it has a shell's wildcards.
fn like_pattern(pattern: &str) -> String {
    if pattern.is_empty() {
        return "%".into();
    }
    if !pattern.contains(['*', '?']) {
        return pattern.into();
    }
    let translated = pattern.chars().map(|character| match character {
        '*' => "%".into(),
        '?' => "_".into(),
        '%' | '_' | '\\' => format!("\\{character}"),
        other => other.to_string(),
    });
    translated.collect()
}

/// What a client needs to know of a dataset to read it.
fn flight_info(table: &Table, types: Types) -> Result<FlightInfo> {
    let info = FlightInfo::new()
        .try_with_schema(wire_schema(&table.schema, types)?.as_ref())
        .map_err(|error| Error::internal("a schema could not be encoded").with_source(error))?
        .with_descriptor(FlightDescriptor::new_path(vec![table.name.id.clone()]))
        .with_endpoint(FlightEndpoint::new().with_ticket(ticket::of_dataset(&table.name.id)));
    Ok(with_facts(info, table))
}

/// Adds what is known of the whole dataset: its rows, the size of its file as in the original, and as application
/// metadata a line on how it is made.
pub(super) fn with_facts(info: FlightInfo, table: &Table) -> FlightInfo {
    info.with_total_records(count(table.rows()))
        .with_total_bytes(count(table.size_bytes()))
        .with_app_metadata(table.description().to_owned())
}

/// A count as Flight writes it: -1 when it is not known.
fn count(count: Option<u64>) -> i64 {
    count.and_then(|count| i64::try_from(count).ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    use super::like_pattern;

    #[test]
    fn patterns() {
        let cases = [
            ("", "%"),
            ("sales/%", "sales/%"),
            ("sales/*", "sales/%"),
            ("t?x_1*", "t_x\\_1%"),
            ("x", "x"),
        ];
        for (given, expected) in cases {
            assert_eq!(like_pattern(given), expected);
        }
    }
}
