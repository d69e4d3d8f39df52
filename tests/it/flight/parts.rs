//! One answer in parts, redeemed at servers that did not make the tickets: together every row once, in order.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_flight::{FlightDescriptor, FlightInfo, Ticket};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tonic::Request;

use crate::gateway::TestGateway;
use crate::wire::{Flight, connect, counted, get, lines, path, sql, tickets};

const ROWS: i64 = 20_000;

fn text(id: i64) -> String {
    match id % 4 {
        0 => format!("two\nlines, of \"{id}\""),
        1 => format!("{id}\r\n\r\nand an empty line"),
        _ => format!("plain {id}"),
    }
}

/// Every other record holds line ends: a server that cut at any line would find records that there are not.
fn write_csv(file: &Path, rows: i64) {
    let mut csv = String::from("id,text\n");
    for id in 0..rows {
        writeln!(csv, "{id},\"{}\"", text(id).replace('"', "\"\"")).unwrap();
    }
    std::fs::write(file, csv).unwrap();
}

fn write_parquet(file: &Path, rows: i64) {
    let columns: [(&str, ArrayRef); 2] = [
        ("id", Arc::new(Int64Array::from_iter_values(0..rows))),
        ("text", Arc::new(StringArray::from_iter_values((0..rows).map(text)))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let groups = WriterProperties::builder()
        .set_max_row_group_row_count(Some(1500))
        .build();
    let out = std::fs::File::create(file).unwrap();
    let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(groups)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Asks for flight info with the header that wishes for parts.
async fn info_in_parts(flight: &mut Flight, descriptor: FlightDescriptor, parts: usize) -> FlightInfo {
    let mut request = Request::new(descriptor);
    let wish = parts.to_string().parse().unwrap();
    request.metadata_mut().insert("x-flightstream-partitions", wish);
    flight.get_flight_info(request).await.unwrap().into_inner()
}

fn json(command: serde_json::Value) -> FlightDescriptor {
    FlightDescriptor::new_cmd(command.to_string())
}

async fn part(flight: &mut Flight, ticket: &Ticket) -> Vec<String> {
    lines(&get(flight, ticket.clone()).await.unwrap().1)
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_redeemed_at_another_server_and_make_up_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    write_csv(&folder.path().join("c.csv"), ROWS);
    write_parquet(&folder.path().join("p.parquet"), ROWS);
    let (one, other) = (TestGateway::serve(folder.path()), TestGateway::serve(folder.path()));
    let (mut one, mut other) = (connect(one.url()).await, connect(other.url()).await);

    let all = |filter: fn(i64) -> bool, row: fn(i64) -> String| -> Vec<String> {
        (0..ROWS).filter(|id| filter(*id)).map(row).collect()
    };
    let whole: fn(i64) -> String = |id| format!("{id}|{}", text(id));
    for table in ["c", "p"] {
        let asked = [
            (
                json(serde_json::json!({"dataset": table, "partitions": 4})),
                all(|_| true, whole),
            ),
            (
                json(
                    serde_json::json!({"dataset": table, "columns": ["text", "id"], "filter": "id % 3 = 1", "partitions": 5}),
                ),
                all(|id| id % 3 == 1, |id| format!("{}|{id}", text(id))),
            ),
            (
                json(serde_json::json!({"dataset": table, "columns": [], "partitions": 3})),
                vec![String::new(); ROWS as usize],
            ),
            (path(table), all(|_| true, whole)),
            (sql(&format!("SELECT * FROM {table}")), all(|_| true, whole)),
            (
                sql(&format!(
                    "SELECT id * 2 AS twice, upper(text) FROM {table} WHERE text LIKE '%,%'"
                )),
                all(|id| id % 4 == 0, |id| format!("{}|{}", id * 2, text(id).to_uppercase())),
            ),
        ];
        for (descriptor, expected) in asked {
            let case = format!("{table} {:?}", String::from_utf8_lossy(&descriptor.cmd));
            let info = info_in_parts(&mut one, descriptor, 6).await;
            let tickets = tickets(&info);
            assert!(tickets.len() >= 3, "{case}: {} parts", tickets.len());
            assert!(info.ordered, "{case}: the order of the parts is the order of the rows");
            let mut joined = Vec::new();
            for (number, ticket) in tickets.iter().enumerate() {
                let there = part(&mut other, ticket).await;
                assert!(there.len() < expected.len(), "{case}: part {number} is the whole");
                assert!(
                    there == part(&mut one, ticket).await,
                    "{case}: part {number} differs from server to server"
                );
                joined.extend(there);
            }
            assert_eq!(joined.len(), expected.len(), "{case}");
            let differs = joined
                .iter()
                .zip(&expected)
                .position(|(found, expected)| found != expected);
            assert_eq!(differs, None, "{case}");
        }
    }
}

/// The other server has only just started: where records start in a large file it must find out first.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_waits_for_a_server_that_still_checks_the_file() {
    let rows = 300_000;
    let folder = tempfile::tempdir().unwrap();
    write_csv(&folder.path().join("c.csv"), rows);
    assert!(folder.path().join("c.csv").metadata().unwrap().len() > 5 << 20);
    let one = TestGateway::serve(folder.path());
    let mut flight = connect(one.url()).await;
    assert_eq!(counted(&flight, "c").await, rows);
    let info = info_in_parts(&mut flight, path("c"), 3).await;
    let tickets = tickets(&info);
    assert_eq!(tickets.len(), 3);

    let other = TestGateway::serve(folder.path());
    let other = connect(other.url()).await;
    let reads = tickets.into_iter().map(|ticket| {
        let mut flight = other.clone();
        async move { part(&mut flight, &ticket).await }
    });
    let joined = futures::future::join_all(reads).await.concat();
    assert_eq!(joined.len() as i64, rows);
    let differs = joined
        .iter()
        .zip(0..)
        .position(|(found, id)| *found != format!("{id}|{}", text(id)));
    assert_eq!(differs, None);
}

/// A limit, an order, a total: no part of it can be told without the others.
#[tokio::test(flavor = "multi_thread")]
async fn what_needs_all_rows_has_one_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    write_csv(&folder.path().join("c.csv"), ROWS);
    write_parquet(&folder.path().join("p.parquet"), ROWS);
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    for table in ["c", "p"] {
        let asked: [(FlightDescriptor, usize); 11] = [
            (
                json(serde_json::json!({"dataset": table, "limit": 7, "partitions": 4})),
                7,
            ),
            (
                json(serde_json::json!({"dataset": table, "partitions": 1})),
                ROWS as usize,
            ),
            (sql(&format!("SELECT id FROM {table} LIMIT 12000")), 12_000),
            (sql(&format!("SELECT id FROM {table} OFFSET 19990")), 10),
            (sql(&format!("SELECT id FROM {table} ORDER BY id DESC")), ROWS as usize),
            (sql(&format!("SELECT id % 10, count(*) FROM {table} GROUP BY 1")), 10),
            (sql(&format!("SELECT count(*), sum(id) FROM {table}")), 1),
            (sql(&format!("SELECT DISTINCT id % 100 FROM {table}")), 100),
            (
                sql(&format!(
                    "SELECT a.id FROM {table} AS a JOIN {table} AS b ON a.id = b.id"
                )),
                ROWS as usize,
            ),
            (
                sql(&format!("SELECT row_number() OVER (ORDER BY id) FROM {table}")),
                ROWS as usize,
            ),
            (
                sql(&format!(
                    "SELECT id FROM {table} WHERE id > (SELECT avg(id) FROM {table})"
                )),
                ROWS as usize / 2,
            ),
        ];
        for (descriptor, expected) in asked {
            let case = format!("{table} {:?}", String::from_utf8_lossy(&descriptor.cmd));
            let info = info_in_parts(&mut flight, descriptor, 4).await;
            let tickets = tickets(&info);
            assert_eq!(tickets.len(), 1, "{case}");
            assert_eq!(part(&mut flight, &tickets[0]).await.len(), expected, "{case}");
        }
    }
}
