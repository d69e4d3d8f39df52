//! The client against a server over a real socket.

use std::time::Duration;

use arrow::array::AsArray;
use futures::{StreamExt, TryStreamExt};
use tokio::net::TcpListener;

use super::mock::{MockServer, batch};
use super::*;

/// Retries without waiting.
fn at_once() -> ClientOptions {
    ClientOptions {
        retry: RetryPolicy {
            first_delay: Duration::ZERO,
            ..RetryPolicy::default()
        },
        ..ClientOptions::default()
    }
}

async fn start() -> (MockServer, Client) {
    let server = MockServer::start().await;
    let client = Client::connect_with(&server.address, at_once()).await.unwrap();
    server.mock.take_calls();
    (server, client)
}

#[tokio::test]
async fn datasets_info_and_schema_say_what_the_server_says() {
    let (_server, client) = start().await;
    let datasets = client.datasets().await.unwrap();
    let ids: Vec<_> = datasets.iter().map(|dataset| dataset.id.as_str()).collect();
    assert_eq!(ids, ["good", "empty"]);

    let info = client.info("good").await.unwrap();
    assert_eq!(info, datasets[0]);
    assert_eq!((info.rows, info.bytes), (Some(3), None));
    assert_eq!(client.schema("good").await.unwrap(), batch().schema());
}

#[tokio::test]
async fn a_stream_knows_its_schema_first_and_counts_what_it_receives() {
    let (_server, client) = start().await;
    let mut stream = client.stream("good").await.unwrap();
    assert_eq!(stream.schema(), batch().schema());
    let after_schema = stream.bytes_received();
    assert!(after_schema > 0);
    assert_eq!(stream.next().await.unwrap().unwrap(), batch());
    assert!(stream.next().await.is_none());
    assert!(stream.bytes_received() > after_schema);
}

#[tokio::test]
async fn endpoints_are_read_in_order_and_opened_one_at_a_time() {
    let (server, client) = start().await;
    let mut stream = client.stream("two parts").await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), batch());
    assert_eq!(server.mock.take_calls(), ["get_flight_info two parts", "do_get good"]);
    assert_eq!(stream.next().await.unwrap().unwrap(), batch());
    assert_eq!(server.mock.take_calls(), ["do_get good"]);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn no_rows_are_a_success_with_a_schema() {
    let (_server, client) = start().await;
    for id in ["empty", "nothing"] {
        let stream = client.stream(id).await.unwrap();
        assert_eq!(stream.schema(), batch().schema());
        assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap(), []);
    }
}

#[tokio::test]
async fn sql_and_parts_of_datasets_reach_the_server_as_written() {
    let (server, client) = start().await;
    let mut stream = client.sql("SELECT 'é'").await.unwrap();
    let answer = stream.try_next().await.unwrap().unwrap();
    assert_eq!(answer.column(0).as_string::<i32>().value(0), "SELECT 'é'");

    client.stream_with(DatasetQuery::new("good").limit(1)).await.unwrap();
    let calls = server.mock.take_calls();
    assert!(
        calls.contains(&r#"get_flight_info {"dataset":"good","limit":1}"#.to_owned()),
        "{calls:?}"
    );
}

#[tokio::test]
async fn actions_are_listed_and_performed() {
    let (_server, client) = start().await;
    assert_eq!(
        client.actions().await.unwrap(),
        [("echo".to_owned(), "says it again".to_owned())]
    );
    assert_eq!(client.action("echo", "hello").await.unwrap(), ["hello"]);
}

#[tokio::test]
async fn a_stream_that_the_server_breaks_is_an_error_after_the_batches_before_it() {
    let (server, client) = start().await;
    for (id, code, message) in [
        ("breaks", Code::DataLoss, "disk on fire"),
        ("fades", Code::Unavailable, "going down"),
        ("late loss", Code::NotFound, "no ticket \"gone\""),
    ] {
        let mut stream = client.stream(id).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), batch());
        let error = stream.next().await.expect("an error, not an end").unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), (Some(code), message));
        assert!(stream.next().await.is_none());
    }
    // Rows were handed out: reading "fades" again would repeat them.
    let calls = server.mock.take_calls();
    assert_eq!(calls.iter().filter(|call| *call == "do_get fades").count(), 1);
}

#[tokio::test]
async fn a_connection_that_is_cut_is_an_error_of_the_stream() {
    let server = MockServer::start().await;
    let (address, wire) = server.wire().await;
    let client = Client::connect_with(&address, at_once()).await.unwrap();
    let mut stream = client.stream("hangs").await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), batch());
    drop(wire);
    let error = stream.next().await.expect("an error, not an end").unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error:?}");
}

#[tokio::test]
async fn dropping_a_stream_cancels_it_on_the_server() {
    let (server, client) = start().await;
    let mut stream = client.stream("hangs").await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), batch());
    drop(stream);
    server.mock.dropped.notified().await;
}

#[tokio::test]
async fn a_batch_may_be_larger_than_a_usual_message() {
    let (server, client) = start().await;
    let batches: Vec<_> = client.stream("large").await.unwrap().try_collect().await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1_000_000);

    let options = ClientOptions {
        max_message_bytes: 1 << 20,
        ..at_once()
    };
    let client = Client::connect_with(&server.address, options).await.unwrap();
    let outcome = client.stream("large").await.unwrap().try_collect::<Vec<_>>().await;
    assert_eq!(outcome.unwrap_err().code(), Some(Code::OutOfRange));
}

#[tokio::test]
async fn a_stream_must_keep_what_its_flight_info_promised() {
    let (_server, client) = start().await;
    let error = client.stream("liar").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server broke the protocol: it promised the columns (n Int64, name Utf8) and sent (name Utf8)"
    );
    let error = client.stream("silent").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server broke the protocol: the stream ended before its schema"
    );
}

#[tokio::test]
async fn an_unavailable_server_is_asked_again_and_any_other_answer_is_not() {
    let (server, client) = start().await;
    server.mock.refuse(2);
    client.stream("good").await.unwrap();
    assert_eq!(server.mock.take_calls().len(), 4, "three times the info, one ticket");

    server.mock.refuse(3);
    let error = client.info("good").await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (Some(Code::Unavailable), "still loading")
    );
    assert_eq!(server.mock.take_calls().len(), 3);

    let error = client.info("missing").await.unwrap_err();
    assert_eq!(error.to_string(), "no dataset named \"missing\"");
    assert_eq!(server.mock.take_calls().len(), 1);
}

#[tokio::test]
async fn connecting_waits_for_a_server_that_is_still_loading() {
    let server = MockServer::start().await;
    server.mock.refuse(2);
    let client = Client::connect_with(&server.address, at_once()).await.unwrap();
    assert_eq!(server.mock.take_calls().len(), 3);
    client.datasets().await.unwrap();
}

#[tokio::test]
async fn where_nobody_listens_the_reason_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("grpc://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::connect_with(&address, at_once()).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    let message = error.to_string();
    assert!(
        message.starts_with(&format!("cannot connect to {address}: ")),
        "{message}"
    );
    assert!(message.to_lowercase().contains("refused"), "{message}");
}

#[tokio::test]
async fn where_somebody_listens_and_says_nothing_the_deadline_ends_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("grpc://{}", listener.local_addr().unwrap());
    let options = ClientOptions {
        connect_timeout: Duration::from_millis(1),
        ..at_once()
    };
    let error = Client::connect_with(&address, options).await.unwrap_err();
    assert_eq!(error.code(), Some(Code::DeadlineExceeded), "{error:?}");
}
