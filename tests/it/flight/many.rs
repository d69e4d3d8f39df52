//! Many clients with many statements: none gets another's values, and nothing is left behind.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
    Any, CommandPreparedStatementQuery, ProstMessageExt,
};
use arrow_flight::{Action, FlightDescriptor};
use bytes::Bytes;
use flightstream::config::{Config, Limits};
use futures::{StreamExt, TryStreamExt};
use prost::Message;
use tonic::Code;

use crate::gateway::TestGateway;
use crate::wire::{self, Flight};

const CLIENTS: usize = 8;
const ROUNDS: usize = 1000;

/// Eight clients at once prepare, bind, execute and close again and again: each reads its own value, and at the end the
/// server keeps no handle, no session and no query.
#[test]
fn f82_many_statements_at_once_stay_apart_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a\n1\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let clients = (0..CLIENTS).map(|client| {
            let url = gateway.url().to_owned();
            async move {
                let mut flight = wire::connect(&url).await;
                for round in 0..ROUNDS {
                    round_trip(&mut flight, (client * ROUNDS + round) as i64).await;
                }
            }
        });
        futures::future::join_all(clients).await;
        let mut flight = wire::connect(gateway.url()).await;
        let left = wire::until("nothing is left", || {
            let mut flight = flight.clone();
            async move {
                let kept = kept(&mut flight).await;
                kept.values().all(|count| count == 0).then_some(kept)
            }
        });
        assert_eq!(left.await.len(), 3);
        assert_eq!(wire::rows(&mut flight, "t").await.unwrap(), ["1"]);
    });
}

/// 256 connections at the same time, each with a statement of its own.
#[test]
fn f82_256_connections_at_once_get_their_own_values() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a\n1\n").unwrap();
    let gateway = TestGateway::start(Config {
        locations: vec![folder.path().into()],
        limits: Limits {
            max_concurrent_requests: 1024,
            ..Limits::default()
        },
        ..Config::default()
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let clients = (0..256).map(|client| {
            let url = gateway.url().to_owned();
            async move { round_trip(&mut wire::connect(&url).await, client).await }
        });
        futures::future::join_all(clients).await;
        let kept = kept(&mut wire::connect(gateway.url()).await).await;
        assert_eq!(kept["prepared_statements"], 0);
    });
}

/// A client that closes nothing: its newest handle works, and only its own oldest ones are gone, which is said.
#[test]
fn handles_that_one_client_leaks_are_its_own_loss() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a\n1\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut honest = wire::connect(gateway.url()).await;
        let kept_on = prepare(&mut honest, "SELECT 7").await;
        let mut leaks = wire::connect(gateway.url()).await;
        let first = prepare(&mut leaks, "SELECT 8").await;
        for _ in 0..20 {
            let at_once = (0..130).map(|_| {
                let mut flight = leaks.clone();
                async move { prepare(&mut flight, "SELECT 9").await }
            });
            let handles: Vec<_> = futures::stream::iter(at_once).buffered(8).collect().await;
            let newest = executed(handles.last().unwrap());
            assert_eq!(wire::ask(&mut leaks, newest).await.unwrap(), ["9"]);
        }
        assert_eq!(wire::ask(&mut honest, executed(&kept_on)).await.unwrap(), ["7"]);
        let status = wire::ask(&mut leaks, executed(&first)).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        for said in ["closed or unknown: its client has prepared so many", "prepare it again"] {
            assert!(status.message().contains(said), "{status}");
        }
        let kept = kept(&mut honest).await;
        assert_eq!(kept["prepared_statements"], 2500 + 1);
    });
}

fn executed(handle: &Bytes) -> FlightDescriptor {
    let command = CommandPreparedStatementQuery {
        prepared_statement_handle: handle.clone(),
    };
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}

async fn round_trip(flight: &mut Flight, value: i64) {
    let handle = prepare(flight, "SELECT $1 + 1 AS sum").await;
    let descriptor = executed(&handle);
    bind(flight, descriptor.clone(), value).await;
    assert_eq!(wire::ask(flight, descriptor).await.unwrap(), [(value + 1).to_string()]);
    let close = ActionClosePreparedStatementRequest {
        prepared_statement_handle: handle,
    };
    let action = Action::new("ClosePreparedStatement", close.as_any().encode_to_vec());
    let mut results = flight.do_action(action).await.unwrap().into_inner();
    assert!(results.message().await.unwrap().is_none());
}

async fn prepare(flight: &mut Flight, query: &str) -> Bytes {
    let request = ActionCreatePreparedStatementRequest {
        query: query.into(),
        transaction_id: None,
    };
    let action = Action::new("CreatePreparedStatement", request.as_any().encode_to_vec());
    let mut results = flight.do_action(action).await.unwrap().into_inner();
    let body = results.message().await.unwrap().expect("one result").body;
    let result: ActionCreatePreparedStatementResult = Any::decode(body).unwrap().unpack().unwrap().unwrap();
    result.prepared_statement_handle
}

async fn bind(flight: &mut Flight, descriptor: FlightDescriptor, value: i64) {
    let schema = Arc::new(Schema::new(vec![Field::new("0", DataType::Int64, true)]));
    let values: ArrayRef = Arc::new(Int64Array::from(vec![value]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![values]).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a client encodes too")]
    let messages = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_flight_descriptor(Some(descriptor))
        .build(futures::stream::iter([Ok(batch)]));
    let messages: Vec<_> = messages.try_collect().await.unwrap();
    let replies = flight
        .do_put(futures::stream::iter(messages))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(replies.count().await, 1);
}

/// What the server says that it keeps.
async fn kept(flight: &mut Flight) -> serde_json::Map<String, serde_json::Value> {
    let mut results = flight
        .do_action(Action::new("get-server-info", ""))
        .await
        .unwrap()
        .into_inner();
    let body = results.message().await.unwrap().expect("one result").body;
    let info: serde_json::Value = serde_json::from_slice(&body).unwrap();
    info["kept"].as_object().unwrap().clone()
}
