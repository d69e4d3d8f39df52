//! `flightstream info`: what a server says about itself, or about one dataset.

use std::fmt::Write;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use clap::Args;
use indicatif::{DecimalBytes, HumanCount};
use serde_json::{Value, json};

use super::connection::ConnectionArgs;
use super::output::{Destination, encode_table};
use crate::client::{Client, Dataset};
use crate::telemetry::escaped;

/// The action by which a server tells about itself.
const SERVER_INFO: &str = "get-server-info";

/// What to tell about.
#[derive(Debug, Args)]
pub(super) struct InfoArgs {
    /// Name of a dataset; without one it is the server that is told about
    id: Option<String>,

    /// The answer as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Tells.
pub(super) async fn run(args: InfoArgs) -> anyhow::Result<()> {
    let client = args.connection.connect().await?;
    let text = match (&args.id, args.json) {
        (None, true) => format!("{}\n", server_info(&client).await?.trim_end()),
        (None, false) => server_for_people(args.connection.server(), &server_info(&client).await?)?,
        (Some(id), true) => format!("{:#}\n", dataset_for_programs(&client.info(id).await?)),
        (Some(id), false) => dataset_for_people(&client.info(id).await?)?,
    };
    Destination::stdout().write_text(&text)
}

async fn server_info(client: &Client) -> anyhow::Result<String> {
    let results = client.action(SERVER_INFO, "").await?;
    let body = results.first().context("the server tells nothing about itself")?;
    let text = std::str::from_utf8(body).context("what the server tells about itself is not text")?;
    Ok(text.to_owned())
}

/// A line a fact: first those that every server tells, then what else is a plain value.
fn server_for_people(address: &str, info: &str) -> anyhow::Result<String> {
    let info: Value = serde_json::from_str(info).context("what the server tells about itself is not JSON")?;
    let mut facts = vec![("address".to_owned(), address.to_owned())];
    for key in ["server", "version"] {
        facts.extend(info.get(key).and_then(plain).map(|value| (key.to_owned(), value)));
    }
    if let Some(count) = info.pointer("/datasets/count").and_then(plain) {
        facts.push(("datasets".to_owned(), count));
    }
    for (key, value) in info.as_object().into_iter().flatten() {
        if !["server", "version"].contains(&key.as_str()) {
            facts.extend(plain(value).map(|value| (key.replace('_', " "), value)));
        }
    }
    Ok(lines(&facts))
}

/// A text, number or truth value; `None` for anything that does not fit on a line.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn dataset_for_people(dataset: &Dataset) -> anyhow::Result<String> {
    let mut facts = vec![("dataset".to_owned(), dataset.id.clone())];
    facts.extend(dataset.description.clone().map(|text| ("description".to_owned(), text)));
    let count = |count: u64| HumanCount(count).to_string();
    facts.push(("rows".to_owned(), dataset.rows.map_or("unknown".to_owned(), count)));
    let size = |bytes: u64| DecimalBytes(bytes).to_string();
    facts.push(("size".to_owned(), dataset.bytes.map_or("unknown".to_owned(), size)));
    Ok(format!("{}\n{}", lines(&facts), encode_table(&columns(dataset)?)?))
}

fn columns(dataset: &Dataset) -> anyhow::Result<RecordBatch> {
    let fields = dataset.schema.fields();
    let names = StringArray::from_iter_values(fields.iter().map(|field| field.name()));
    let types = StringArray::from_iter_values(fields.iter().map(|field| field.data_type().to_string()));
    let nullable: BooleanArray = fields.iter().map(|field| Some(field.is_nullable())).collect();
    let columns: [(&str, ArrayRef); 3] = [
        ("column", Arc::new(names)),
        ("type", Arc::new(types)),
        ("nullable", Arc::new(nullable)),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

fn dataset_for_programs(dataset: &Dataset) -> Value {
    let columns = dataset.schema.fields().iter().map(|field| {
        json!({
            "name": field.name(),
            "type": field.data_type().to_string(),
            "nullable": field.is_nullable(),
        })
    });
    json!({
        "dataset": dataset.id,
        "description": dataset.description,
        "rows": dataset.rows,
        "bytes": dataset.bytes,
        "columns": columns.collect::<Vec<_>>(),
    })
}

fn lines(facts: &[(String, String)]) -> String {
    let width = facts.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (key, value) in facts {
        let (key, value) = (escaped(key), escaped(value));
        writeln!(text, "{key:width$}  {value}").expect("a String takes everything");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::mock::MockServer;

    #[test]
    fn a_server_is_told_about_in_lines() {
        let info = json!({
            "server": "FlightStream\u{1b}[31m", "version": "0.1.0", "protocol_version": 1,
            "datasets": {"count": 2, "list": ["a", "b"]}, "capabilities": ["doGet"],
        });
        assert_eq!(
            server_for_people("grpc://h:1", &info.to_string()).unwrap(),
            "address           grpc://h:1\n\
             server            FlightStream\\u{1b}[31m\n\
             version           0.1.0\n\
             datasets          2\n\
             protocol version  1\n"
        );
    }

    #[tokio::test]
    async fn a_dataset_is_told_about_with_its_columns() {
        let server = MockServer::start().await;
        let client = Client::connect(&server.address).await.unwrap();
        let dataset = client.info("good").await.unwrap();
        assert_eq!(
            dataset_for_people(&dataset).unwrap(),
            "dataset  good\nrows     3\nsize     unknown\n\n\
             column | type  | nullable\n\
             -------+-------+---------\n\
             n      | Int64 | true\n\
             name   | Utf8  | true\n"
        );
        assert_eq!(
            dataset_for_programs(&dataset),
            json!({
                "dataset": "good", "description": null, "rows": 3, "bytes": null,
                "columns": [
                    {"name": "n", "type": "Int64", "nullable": true},
                    {"name": "name", "type": "Utf8", "nullable": true},
                ],
            })
        );
        assert!(server_info(&client).await.unwrap().starts_with(r#"{"server":"Mock""#));
    }
}
