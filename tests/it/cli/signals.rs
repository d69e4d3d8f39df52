//! How `flightstream serve` stops.

use std::os::unix::process::ExitStatusExt;

use flightstream::client::{Client, ClientOptions, Code, RecordStream, RetryPolicy};
use futures::TryStreamExt;

use super::{numbers, rows_of, utf8};
use crate::gateway::Binary;

/// Of 1000 bytes a row: more than what waits in buffers when nobody reads.
const LONG: &str = "SELECT a.n, repeat('x', 1000) AS filler FROM numbers AS a CROSS JOIN numbers AS b";

/// A server over 1000 numbers with small batches, a stream of [`LONG`] of which one batch has been read, and its rows.
async fn streaming(limit: usize, args: &[&str]) -> (Binary, RecordStream, usize, tempfile::TempDir) {
    let folder = numbers(1000);
    let server = Binary::serve(&[&[utf8(folder.path()), "--batch-size", "100"], args].concat());
    let client = Client::connect(server.url()).await.unwrap();
    let mut stream = client.sql(&format!("{LONG} LIMIT {limit}")).await.unwrap();
    let first = stream.try_next().await.unwrap().unwrap();
    (server, stream, first.num_rows(), folder)
}

/// Returns when the server takes no new connections, as soon as it has heard the signal.
async fn refused(url: &str) {
    let once = RetryPolicy {
        attempts: 1,
        ..RetryPolicy::default()
    };
    let options = ClientOptions {
        retry: once,
        ..ClientOptions::default()
    };
    while let Ok(client) = Client::connect_with(url, options.clone()).await {
        drop(client);
    }
}

#[test]
fn an_idle_server_stops_at_either_signal() {
    let folder = numbers(1);
    for signal in ["TERM", "INT"] {
        let server = Binary::serve(&[utf8(folder.path())]);
        server.signal(signal);
        let (status, _, err) = server.wait();
        assert_eq!(status.code(), Some(0), "{signal}: {err}");
        assert!(err.contains("shutting down"), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_stream_finishes_while_new_calls_are_refused() {
    let rows = 20_000;
    let (server, stream, first, _folder) = streaming(rows, &[]).await;
    server.signal("TERM");
    refused(server.url()).await;
    assert_eq!(first + rows_of(stream).await.unwrap(), rows);
    let (status, _, err) = server.wait();
    assert_eq!(status.code(), Some(0), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_a_running_stream_at_once() {
    let (server, stream, _, _folder) = streaming(1_000_000, &[]).await;
    server.signal("TERM");
    refused(server.url()).await;
    server.signal("INT");
    let (status, _, err) = server.wait();
    assert_eq!((status.code(), status.signal()), (Some(130), None), "{err}");
    assert!(
        rows_of(stream).await.is_err(),
        "a stream that was cut off must not look complete"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_outlasts_the_grace_ends_with_an_error() {
    let (server, stream, _, _folder) = streaming(1_000_000, &["--shutdown-grace", "100ms"]).await;
    server.signal("TERM");
    let error = rows_of(stream).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (Some(Code::Unavailable), "the server is shutting down")
    );
    let (status, _, err) = server.wait();
    assert_eq!(status.code(), Some(0), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_does_not_keep_the_server_up() {
    let (server, stream, _, _folder) = streaming(1_000_000, &["--shutdown-grace", "100ms"]).await;
    server.signal("TERM");
    let (status, _, err) = server.wait();
    assert_eq!(status.code(), Some(0), "{err}");
    drop(stream);
}
