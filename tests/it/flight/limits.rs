//! Requests at the same time, and the limits on them.

use std::time::Duration;

use arrow_flight::{Criteria, Ticket};
use flightstream::config::{Config, Limits};
use futures::future::join_all;
use tonic::Code;

use crate::gateway::TestGateway;
use crate::wire::{Flight, ask, connect, next, open, path, rows, sql, until};

/// Ten thousand million pairs, a few thousand at a time: nobody waits for that, and it can be left at any moment.
const SLOW: &str = "SELECT sum(a.n * b.n) FROM many AS a CROSS JOIN many AS b";

/// A folder with a small table, the one of [`SLOW`], and one that is larger than what a connection takes in unread.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.csv"), "a\n1\n").unwrap();
    let numbers: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    std::fs::write(folder.path().join("many.csv"), format!("n\n{numbers}")).unwrap();
    let row = format!("{:x<999}\n", "");
    std::fs::write(folder.path().join("large.csv"), format!("text\n{}", row.repeat(16_000))).unwrap();
    folder
}

fn gateway(folder: &tempfile::TempDir, limits: Limits) -> TestGateway {
    TestGateway::start(Config {
        locations: vec![folder.path().into()],
        limits,
        ..Config::default()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn many_streams_at_once_on_one_connection_get_their_own_rows() {
    let folder = tempfile::tempdir().unwrap();
    let csv: String = (0..30_000).map(|row| format!("{row},word {row}\n")).collect();
    std::fs::write(folder.path().join("t.csv"), format!("row,word\n{csv}")).unwrap();
    let gateway = TestGateway::serve(folder.path());
    let flight = connect(gateway.url()).await;
    let reads = (0..32usize).map(|client| {
        let mut flight = flight.clone();
        async move {
            let query = format!("SELECT word, row FROM t WHERE row % 32 = {client}");
            let found = ask(&mut flight, sql(&query)).await.unwrap();
            let expected = (client..30_000).step_by(32).map(|row| format!("word {row}|{row}"));
            assert!(found.into_iter().eq(expected), "client {client} has other rows");
        }
    });
    join_all(reads).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_requests_than_allowed_are_refused_until_one_ends() {
    let folder = folder();
    let limits = Limits {
        max_concurrent_requests: 2,
        ..Limits::default()
    };
    let gateway = gateway(&folder, limits);
    let mut flight = connect(gateway.url()).await;
    let open_one = |mut flight: Flight| async move {
        let mut stream = open(&mut flight, Ticket::new("large")).await.unwrap();
        assert!(next(&mut stream).await.unwrap().is_some());
        stream
    };
    let first = open_one(flight.clone()).await;
    assert_eq!(
        rows(&mut flight, "small").await.unwrap(),
        ["1"],
        "there is room for one more"
    );
    let second = open_one(flight.clone()).await;
    let refusals = [
        rows(&mut flight, "small").await.map(drop),
        flight.get_flight_info(path("small")).await.map(drop),
        flight.get_schema(path("small")).await.map(drop),
        flight.list_flights(Criteria::default()).await.map(drop),
    ];
    for refusal in refusals {
        let status = refusal.unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(
            status.message(),
            "2 requests are running, which is the limit; try again"
        );
    }
    drop(first);
    let recovered = || {
        let mut flight = flight.clone();
        async move { rows(&mut flight, "small").await.ok() }
    };
    assert_eq!(until("there is room again", recovered).await, ["1"]);
    drop(second);
}

/// One request at a time, for two seconds.
fn one_at_a_time() -> Limits {
    Limits {
        max_concurrent_requests: 1,
        request_timeout: Some(Duration::from_secs(2)),
        ..Limits::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_takes_too_long_ends() {
    let folder = folder();
    let gateway = gateway(&folder, one_at_a_time());
    let mut flight = connect(gateway.url()).await;
    let status = until("the query is let in", || {
        let mut flight = flight.clone();
        async move {
            let status = ask(&mut flight, sql(SLOW)).await.expect_err("it takes hours");
            (status.code() != Code::ResourceExhausted).then_some(status)
        }
    })
    .await;
    assert_eq!(
        (status.code(), status.message()),
        (Code::DeadlineExceeded, "the request took longer than it may")
    );
    assert_eq!(
        rows(&mut flight, "small").await.unwrap(),
        ["1"],
        "its place is free again"
    );
}

/// HTTP/2 asks for no more of a stream whose client takes none of it, so nothing polls it: its time must end all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stops_reading_holds_its_place_no_longer_than_it_may() {
    let folder = folder();
    let gateway = gateway(&folder, one_at_a_time());
    let mut flight = connect(gateway.url()).await;
    let mut paused = open(&mut flight, Ticket::new("large")).await.unwrap();
    assert!(next(&mut paused).await.unwrap().is_some());
    let other = connect(gateway.url()).await;
    let let_in = || {
        let mut flight = other.clone();
        async move { rows(&mut flight, "small").await.ok() }
    };
    assert_eq!(until("the paused client's place is free", let_in).await, ["1"]);
    // The time of a request includes its stream: what was sent is still there, and then the reason.
    let ended = loop {
        match next(&mut paused).await {
            Ok(Some(_)) => continue,
            Ok(None) => panic!("the stream was complete"),
            Err(status) => break status,
        }
    };
    assert_eq!(ended.code(), Code::DeadlineExceeded, "{ended}");
}

/// The client's own deadline counts too.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_of_the_clients_ends_the_stream() {
    let folder = folder();
    let gateway = gateway(&folder, Limits::default());
    let mut flight = connect(gateway.url()).await;
    let slow = sql(SLOW);
    let info = flight.get_flight_info(slow).await.unwrap().into_inner();
    let mut request = tonic::Request::new(info.endpoint[0].ticket.clone().unwrap());
    request.metadata_mut().insert("grpc-timeout", "500m".parse().unwrap());
    let mut stream = open(&mut flight, request).await.unwrap();
    let status = next(&mut stream).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
}
