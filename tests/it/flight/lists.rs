//! Lists that are longer than a message may be.

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetDbSchemas, CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes,
    CommandGetTables, CommandGetXdbcTypeInfo, ProstMessageExt,
};
use arrow_flight::utils::flight_data_to_batches;
use arrow_flight::{Criteria, FlightData, FlightDescriptor};
use flightstream::config::{Config, Limits};
use futures::TryStreamExt;
use prost::Message;
use tonic::{Code, Status};

use crate::gateway::TestGateway;
use crate::wire::{Flight, connect, sql, tickets};

/// No message is longer.
const LIMIT: usize = 128 << 10;

/// A gateway over 400 tables of 30 columns, which sends no message of more than `limit` bytes.
fn gateway(limit: usize, wide: bool) -> (TestGateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let row = |columns: usize| format!("{}1\n", "1,".repeat(columns - 1));
    let header = |columns: usize| {
        (0..columns)
            .map(|n| format!("column_{n}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    for table in 0..400 {
        let folder = folder.path().join(format!("s{}", table % 7));
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("{}\n{}", header(30), row(30));
        std::fs::write(folder.join(format!("t{table}.csv")), text).unwrap();
    }
    if wide {
        std::fs::write(
            folder.path().join("wide.csv"),
            format!("{}\n{}", header(4000), row(4000)),
        )
        .unwrap();
    }
    let gateway = TestGateway::start(Config {
        locations: vec![folder.path().into()],
        limits: Limits {
            max_send_bytes: limit,
            ..Limits::default()
        },
        ..Config::default()
    });
    (gateway, folder)
}

/// The messages of an answer.
async fn messages(flight: &mut Flight, descriptor: FlightDescriptor) -> Result<Vec<FlightData>, Status> {
    let info = flight.get_flight_info(descriptor).await?.into_inner();
    let stream = flight.do_get(tickets(&info).remove(0)).await?.into_inner();
    stream.try_collect().await
}

fn rows(messages: &[FlightData]) -> Option<RecordBatch> {
    let batches = flight_data_to_batches(messages).unwrap();
    let schema = batches.first()?.schema();
    Some(concat_batches(&schema, &batches).unwrap())
}

fn commands() -> Vec<(&'static str, FlightDescriptor)> {
    let descriptor = |command: arrow_flight::sql::Any| FlightDescriptor::new_cmd(command.encode_to_vec());
    let tables = |include_schema| CommandGetTables {
        include_schema,
        ..CommandGetTables::default()
    };
    vec![
        ("tables with schemas", descriptor(tables(true).as_any())),
        ("tables", descriptor(tables(false).as_any())),
        ("schemas", descriptor(CommandGetDbSchemas::default().as_any())),
        ("catalogs", descriptor(CommandGetCatalogs {}.as_any())),
        ("table types", descriptor(CommandGetTableTypes {}.as_any())),
        ("what the server is", descriptor(CommandGetSqlInfo::default().as_any())),
        ("types", descriptor(CommandGetXdbcTypeInfo::default().as_any())),
        ("keys", descriptor(CommandGetPrimaryKeys::default().as_any())),
        (
            "columns",
            sql("SELECT table_name, column_name FROM information_schema.columns ORDER BY table_name, ordinal_position"),
        ),
        (
            "values",
            sql("SELECT repeat('x', 1000) AS x FROM generate_series(1, 1000)"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_comes_in_messages_below_the_limit_and_is_the_same() {
    let ((small, _one), (large, _other)) = (gateway(LIMIT, false), gateway(100 << 20, false));
    let (mut small, mut large) = (connect(small.url()).await, connect(large.url()).await);
    for (what, descriptor) in commands() {
        let parts = messages(&mut small, descriptor.clone()).await.unwrap();
        let whole = messages(&mut large, descriptor).await.unwrap();
        assert_eq!(rows(&parts), rows(&whole), "{what}");
        let largest = parts.iter().map(Message::encoded_len).max().unwrap();
        assert!(largest <= LIMIT, "{what}: {largest} bytes");
        if ["tables with schemas", "columns", "values"].contains(&what) {
            assert!(parts.len() > 4, "{what}: {} messages", parts.len());
        }
    }
    let list = async |flight: &mut Flight| {
        let infos = flight.list_flights(Criteria::default()).await.unwrap().into_inner();
        infos.try_collect::<Vec<_>>().await.unwrap()
    };
    assert_eq!(list(&mut small).await, list(&mut large).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_longer_than_a_message_is_an_error_that_says_so() {
    let (gateway, _folder) = gateway(LIMIT, true);
    let mut flight = connect(gateway.url()).await;
    let commands = commands();
    let descriptor = |what: &str| commands.iter().find(|(name, _)| *name == what).unwrap().1.clone();

    let error = messages(&mut flight, descriptor("tables with schemas"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert!(error.message().contains("'public.wide'"), "{error}");
    assert!(error.message().contains("--max-send-message-length"), "{error}");
    assert!(messages(&mut flight, descriptor("tables")).await.is_ok());

    let infos = flight.list_flights(Criteria::default()).await.unwrap().into_inner();
    let listed = infos.try_collect::<Vec<_>>().await;
    let error = listed.map(drop).unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert!(error.message().contains("'wide'"), "{error}");

    let long = sql("SELECT repeat('x', 200000) AS x");
    let error = messages(&mut flight, long).await.map(drop).unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    assert!(error.message().contains("--max-send-message-length"), "{error}");
}
