//! A server that is killed while clients write: every table is as it was before a statement or after it.

use std::path::Path;

use crate::gateway::Binary;
use crate::s3::Bucket;
use crate::wire;

/// Rows of one INSERT: a count that is not a multiple of it was cut in two.
const ROWS: usize = 1000;

#[test]
fn a_killed_server_finds_every_table_before_or_after_a_statement() {
    let (data, written) = (numbers(), tempfile::tempdir().unwrap());
    let written = written.path().to_str().unwrap();
    kill(6, || Binary::serve(&arguments(data.path(), written)));
}

/// Twice only: each start waits until the lock of the dead server has run out.
#[test]
fn a_killed_server_finds_every_table_in_a_bucket_before_or_after_a_statement() {
    let Some(bucket) = Bucket::start() else { return };
    let data = numbers();
    kill(2, || bucket.serve(&arguments(data.path(), "s3://tables/killed")));
}

fn numbers() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let numbers: String = (0..ROWS).map(|number| format!("{number}\n")).collect();
    std::fs::write(data.path().join("numbers.csv"), format!("n\n{numbers}")).unwrap();
    data
}

fn arguments<'a>(data: &'a Path, written: &'a str) -> [&'a str; 5] {
    let data = data.to_str().unwrap();
    [data, "--writable", written, "--log-level", "error"]
}

/// Several clients insert and make tables anew; the process is killed at some moment, again and again. No acknowledged row
/// is lost, no statement is half there, and what is there can be read.
fn kill(rounds: usize, serve: impl Fn() -> Binary) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut acknowledged = [0; 3];
    for round in 0..rounds {
        let server = serve();
        runtime.block_on(async {
            check(&server, &acknowledged, rounds).await;
            let writers = (0..3).map(|table| write(server.url().to_owned(), table));
            let killer = async {
                // A different number of statements each round, so that the moment differs too.
                wire::until("some rows are written", || {
                    count_reaches(&server, acknowledged[0], 1 + round)
                })
                .await;
                server.signal("KILL");
            };
            let (added, ()) = futures::future::join(futures::future::join_all(writers), killer).await;
            for (table, added) in added.into_iter().enumerate() {
                acknowledged[table] += added;
            }
        });
        drop(server);
    }
    let server = serve();
    runtime.block_on(check(&server, &acknowledged, rounds));
    assert!(acknowledged[0] >= rounds, "{acknowledged:?}");
}

/// Inserts until the server is gone; how many statements were acknowledged.
async fn write(url: String, table: usize) -> usize {
    let mut flight = wire::connect(&url).await;
    let create = format!("CREATE TABLE IF NOT EXISTS t{table} AS SELECT n FROM numbers WHERE false");
    let mut done = 0;
    if flight.get_flight_info(wire::sql(&create)).await.is_err() {
        return done;
    }
    loop {
        let insert = format!("INSERT INTO t{table} SELECT n FROM numbers");
        if flight.get_flight_info(wire::sql(&insert)).await.is_err() {
            return done;
        }
        done += 1;
        let anew = format!("CREATE OR REPLACE TABLE anew{table} AS SELECT n FROM numbers");
        drop(flight.get_flight_info(wire::sql(&anew)).await);
    }
}

async fn count_reaches(server: &Binary, before: usize, more: usize) -> Option<()> {
    let mut flight = wire::connect(server.url()).await;
    let counted = wire::ask(&mut flight, wire::sql("SELECT count(*) FROM t0"))
        .await
        .ok()?;
    let count: usize = counted.first()?.parse().ok()?;
    (count >= (before + more) * ROWS).then_some(())
}

/// Each table has whole statements, at least those that were acknowledged and at most one more a kill.
async fn check(server: &Binary, acknowledged: &[usize; 3], rounds: usize) {
    let mut flight = wire::connect(server.url()).await;
    for (table, acknowledged) in acknowledged.iter().enumerate() {
        if *acknowledged == 0 {
            continue;
        }
        let query = format!("SELECT count(*), sum(n), count(DISTINCT n) FROM t{table}");
        let row = wire::ask(&mut flight, wire::sql(&query)).await.unwrap().remove(0);
        let cells: Vec<usize> = row.split('|').map(|cell| cell.parse().unwrap()).collect();
        let statements = cells[0] / ROWS;
        assert_eq!(cells, [statements * ROWS, statements * (ROWS * (ROWS - 1) / 2), ROWS]);
        assert!(
            statements >= *acknowledged && statements <= acknowledged + rounds,
            "{statements} of {acknowledged}"
        );
        let anew = format!("SELECT count(*) FROM anew{table}");
        if let Ok(counted) = wire::ask(&mut flight, wire::sql(&anew)).await {
            assert_eq!(counted, [ROWS.to_string()]);
        }
    }
}
