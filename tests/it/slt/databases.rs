//! The two that a statement is sent to: the engine as it comes, and this server.
#![expect(clippy::disallowed_methods, reason = "the engine as it comes is the oracle")]

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::{SessionConfig, SessionContext};
use flightstream::config::Config;
use tempfile::TempDir;

use crate::gateway::TestGateway;
use crate::wire::{self, Flight};

/// What a statement gave.
pub(super) enum Answer {
    /// Column names in lower case, and rows as text, sorted.
    Rows { names: Vec<String>, rows: Vec<String> },
    /// It changed something.
    Done,
}

/// The engine in this process, with the settings of the server that its results depend on.
pub(super) struct InProcess(SessionContext);

impl InProcess {
    pub(super) fn new() -> Self {
        let mut config = SessionConfig::new().with_information_schema(true);
        config.options_mut().sql_parser.map_string_types_to_utf8view = false;
        Self(SessionContext::new_with_config(config))
    }

    pub(super) async fn run(&mut self, sql: &str) -> Result<Answer, String> {
        let frame = self.0.sql(sql).await.map_err(|error| error.to_string())?;
        let schema = frame.schema().as_arrow().clone();
        let batches = frame.collect().await.map_err(|error| error.to_string())?;
        if is_change(sql) {
            return Ok(Answer::Done);
        }
        rows(&schema, &batches)
    }
}

/// This server, with an area of its own to write to.
pub(super) struct OverTheWire {
    flight: Flight,
    _gateway: TestGateway,
    _folders: [TempDir; 2],
}

impl OverTheWire {
    pub(super) async fn new() -> Self {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let gateway = TestGateway::start(Config {
            locations: vec![folders[0].path().into()],
            writable: Some(folders[1].path().into()),
            ..Config::default()
        });
        Self {
            flight: wire::connect(gateway.url()).await,
            _gateway: gateway,
            _folders: folders,
        }
    }

    pub(super) async fn run(&mut self, sql: &str) -> Result<Answer, String> {
        let info = self.flight.get_flight_info(wire::sql(sql)).await;
        let info = info.map_err(|status| status.message().to_owned())?.into_inner();
        if is_change(sql) {
            return Ok(Answer::Done);
        }
        let mut batches = Vec::new();
        for ticket in wire::tickets(&info) {
            let got = wire::get(&mut self.flight, ticket).await;
            batches.extend(got.map_err(|status| status.message().to_owned())?.1);
        }
        rows(&wire::schema_of(&info), &batches)
    }
}

fn is_change(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default();
    ["create", "drop", "insert"]
        .iter()
        .any(|verb| first.eq_ignore_ascii_case(verb))
}

fn rows(schema: &Schema, batches: &[RecordBatch]) -> Result<Answer, String> {
    let names = schema
        .fields()
        .iter()
        .map(|field| field.name().to_lowercase())
        .collect();
    let mut rows: Vec<String> = batches.iter().flat_map(text).collect();
    rows.sort_unstable();
    Ok(Answer::Rows { names, rows })
}

/// Rows as text. Floating-point numbers to twelve digits: sums depend on the order of their terms.
fn text(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let columns = batch.columns().iter();
    let columns: Vec<_> = columns
        .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
        .collect();
    let floats: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| is_float(column.data_type()))
        .collect();
    let cell = |row: usize, column: usize| {
        let text = columns[column]
            .value(row)
            .try_to_string()
            .unwrap_or_else(|error| error.to_string());
        match text.parse::<f64>() {
            Ok(number) if floats[column] => format!("{number:.11e}"),
            _ => text,
        }
    };
    let width = columns.len();
    (0..batch.num_rows())
        .map(|row| (0..width).map(|column| cell(row, column)).collect::<Vec<_>>().join("|"))
        .collect()
}

fn is_float(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float16 | DataType::Float32 | DataType::Float64)
}
