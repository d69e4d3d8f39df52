//! Who sees which version of the data: tickets, running streams, views and prepared statements around a refresh.

use std::fmt::Write as _;
use std::path::Path;

use arrow::datatypes::Schema;
use arrow_flight::sql::{ActionClosePreparedStatementRequest, ProstMessageExt};
use arrow_flight::{Action, FlightDescriptor, IpcMessage, Ticket};
use bytes::Bytes;
use flightstream::config::Config;
use prost::Message;
use tonic::Code;

use crate::gateway::TestGateway;
use crate::wire::{ask, connect, counted, get, lines, next, open, prepare, prepared, refresh, rows, sql, tickets};

/// Puts a new file in the place of an old one, as careful writers do.
fn replace(file: &Path, text: &str) {
    let aside = file.with_extension("aside");
    std::fs::write(&aside, text).unwrap();
    std::fs::rename(aside, file).unwrap();
}

const CHANGED: &str = "the data changed since the ticket was made; ask for flight info again";

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_for_the_data_it_was_made_for_and_an_id_for_those_of_now() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, "a,b\n1,x\n2,y\n").unwrap();
    std::fs::write(folder.path().join("other.csv"), "c\n3\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let mut ticket_of = Vec::new();
    for descriptor in [
        sql("SELECT b FROM t WHERE a > 1"),
        FlightDescriptor::new_cmd(r#"{"dataset": "t", "columns": ["b"], "filter": "a > 1"}"#),
        sql("SELECT c FROM other"),
    ] {
        let info = flight.get_flight_info(descriptor).await.unwrap().into_inner();
        ticket_of.push(tickets(&info)[0].clone());
    }
    let (of_t, of_other) = (&ticket_of[..2], &ticket_of[2]);

    // A refresh that finds nothing new changes nothing, and a ticket may be redeemed again.
    refresh(&mut flight).await;
    for ticket in of_t {
        for _ in 0..2 {
            assert_eq!(lines(&get(&mut flight, ticket.clone()).await.unwrap().1), ["y"]);
        }
    }
    replace(&file, "a,b\n1,x\n2,new\n3,new too\n");
    refresh(&mut flight).await;
    for ticket in of_t {
        let status = get(&mut flight, ticket.clone()).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unavailable, CHANGED));
    }
    assert_eq!(rows(&mut flight, "t").await.unwrap(), ["1|x", "2|new", "3|new too"]);
    let other = get(&mut flight, of_other.clone()).await.unwrap();
    assert_eq!(lines(&other.1), ["3"], "a ticket for other data is still good");
    // Nor is it good for data of the same name in other columns, or for none.
    std::fs::remove_file(&file).unwrap();
    refresh(&mut flight).await;
    for ticket in of_t {
        let status = get(&mut flight, ticket.clone()).await.unwrap_err();
        assert!(
            matches!(status.code(), Code::NotFound | Code::InvalidArgument),
            "{status}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_stream_keeps_the_old_rows_through_a_refresh() {
    const ROWS: usize = 60_000;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    let text = |version: &str| {
        let mut text = String::from("row,text\n");
        (0..ROWS).for_each(|row| writeln!(text, "{row},{version} {row}{:.<230}", "").unwrap());
        text
    };
    std::fs::write(&file, text("old")).unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(counted(&flight, "t").await, ROWS as i64);
    let slow = sql("SELECT text, row FROM t WHERE row >= 0");
    let info = flight.get_flight_info(slow).await.unwrap().into_inner();
    let mut running = Vec::new();
    for ticket in [Ticket::new("t"), tickets(&info)[0].clone()] {
        let mut stream = open(&mut flight, ticket).await.unwrap();
        let first = next(&mut stream).await.unwrap().unwrap();
        running.push((stream, vec![first]));
    }
    replace(&file, &text("new"));
    refresh(&mut flight).await;
    // The new rows are there already, beside the streams of the old ones.
    assert_eq!(
        ask(&mut flight, sql("SELECT substr(text, 1, 5) FROM t LIMIT 1"))
            .await
            .unwrap(),
        ["new 0"]
    );
    for (number, (mut stream, mut batches)) in running.into_iter().enumerate() {
        while let Some(batch) = next(&mut stream).await.unwrap() {
            batches.push(batch);
        }
        let rows = lines(&batches);
        assert_eq!(rows.len(), ROWS, "stream {number}");
        let old = |row: usize| format!("old {row}{:.<230}", "");
        let expected = |row: usize| match number {
            0 => format!("{row}|{}", old(row)),
            _ => format!("{}|{row}", old(row)),
        };
        let differs = rows.iter().enumerate().position(|(row, found)| *found != expected(row));
        assert_eq!(differs, None, "stream {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn views_see_the_data_of_each_moment() {
    let folder = tempfile::tempdir().unwrap();
    let queries = folder.path().join("queries");
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    std::fs::create_dir_all(&queries).unwrap();
    let file = folder.path().join("data/t.csv");
    std::fs::write(&file, "a,b\n1,x\n").unwrap();
    std::fs::write(queries.join("v.sql"), "SELECT * FROM t WHERE a > 0").unwrap();
    std::fs::write(queries.join("vv.sql"), "SELECT count(*) AS n FROM v").unwrap();
    let gateway = TestGateway::start(Config {
        locations: vec![folder.path().join("data")],
        queries: Some(queries.clone()),
        ..Config::default()
    });
    let mut flight = connect(gateway.url()).await;
    assert_eq!(rows(&mut flight, "v").await.unwrap(), ["1|x"]);
    let info = flight
        .get_flight_info(sql("SELECT n FROM vv"))
        .await
        .unwrap()
        .into_inner();
    let ticket = tickets(&info)[0].clone();
    assert_eq!(lines(&get(&mut flight, ticket.clone()).await.unwrap().1), ["1"]);

    replace(&file, "a,b,c\n1,x,true\n2,y,false\n");
    refresh(&mut flight).await;
    assert_eq!(rows(&mut flight, "v").await.unwrap(), ["1|x|true", "2|y|false"]);
    assert_eq!(rows(&mut flight, "vv").await.unwrap(), ["2"]);
    // The ticket names views of views of the file.
    let status = get(&mut flight, ticket).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, CHANGED));
    // A query that no longer fits its table goes; the one that is edited changes.
    replace(&file, "other\n1\n");
    std::fs::write(queries.join("vv.sql"), "SELECT other + 1 AS n FROM t").unwrap();
    assert_eq!(refresh(&mut flight).await["datasets"], serde_json::json!(["t", "vv"]));
    assert_eq!(rows(&mut flight, "vv").await.unwrap(), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepared_statement_sees_the_data_of_each_moment_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, "a\n1\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let statement = prepare(&mut flight, "SELECT * FROM t").await;
    let handle = statement.prepared_statement_handle;
    let schema = Schema::try_from(IpcMessage(statement.dataset_schema)).unwrap();
    assert_eq!(schema.field(0).name(), "a");
    assert_eq!(ask(&mut flight, prepared(&handle)).await.unwrap(), ["1"]);

    let info = flight.get_flight_info(prepared(&handle)).await.unwrap().into_inner();
    let old = tickets(&info)[0].clone();
    replace(&file, "a,b\n2,x\n3,y\n");
    refresh(&mut flight).await;
    assert_eq!(ask(&mut flight, prepared(&handle)).await.unwrap(), ["2|x", "3|y"]);
    let status = get(&mut flight, old).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, CHANGED));

    let request = ActionClosePreparedStatementRequest {
        prepared_statement_handle: handle.clone(),
    };
    let close = || Action::new("ClosePreparedStatement", request.as_any().encode_to_vec());
    for _ in 0..2 {
        let mut results = flight.do_action(close()).await.unwrap().into_inner();
        assert!(
            results.message().await.unwrap().is_none(),
            "closing has no result, and may be repeated"
        );
    }
    for closed in [prepared(&handle), prepared(&Bytes::from_static(b"never made"))] {
        let said = "the prepared statement is closed or unknown; prepare it again";
        let statuses = [
            flight.get_flight_info(closed.clone()).await.map(drop).unwrap_err(),
            flight.get_schema(closed).await.map(drop).unwrap_err(),
        ];
        for status in statuses {
            assert_eq!((status.code(), status.message()), (Code::NotFound, said));
        }
    }
}
