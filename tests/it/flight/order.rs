//! The order of rows: that of the file, or the one that was asked for, over all batches.

use std::fmt::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use arrow_flight::Ticket;
use flightstream::config::Config;

use crate::gateway::TestGateway;
use crate::wire::{ask, connect, counted, get, path, sql, tickets};

/// Numbers whose order is not that of the rows.
fn shuffled(row: i64) -> i64 {
    row * 7_919 % 100_003
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_the_order_of_the_file_or_as_they_are_asked_for() {
    const ROWS: i64 = 100_003;
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("row,key,filling\n");
    for row in 0..ROWS {
        // Lines of very different lengths, so that chunks end anywhere.
        let filling = "abcdefghij".repeat((row % 13) as usize);
        writeln!(csv, "{row},{},\"{filling}\n{row}\"", shuffled(row)).unwrap();
    }
    assert!(csv.len() > 5 << 20, "several chunks");
    std::fs::write(folder.path().join("t.csv"), csv).unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(counted(&flight, "t").await, ROWS);

    let (_, batches) = get(&mut flight, Ticket::new("t")).await.unwrap();
    assert!(batches.len() > 5, "{} batches", batches.len());
    let mut row = 0;
    for batch in &batches {
        let (rows, keys) = (
            batch.column(0).as_primitive::<Int64Type>(),
            batch.column(1).as_primitive::<Int64Type>(),
        );
        let fillings = batch.column(2).as_string::<i32>();
        for at in 0..batch.num_rows() {
            assert_eq!((rows.value(at), keys.value(at)), (row, shuffled(row)));
            let filling = fillings.value(at);
            assert_eq!(
                filling.len(),
                (row % 13) as usize * 10 + 1 + row.to_string().len(),
                "row {row}: {filling:?}"
            );
            row += 1;
        }
    }
    assert_eq!(row, ROWS);

    let plain = numbers(&mut flight, "SELECT row FROM t WHERE key % 2 = 0").await;
    assert!(
        plain.windows(2).all(|pair| pair[0] < pair[1]),
        "a filtered scan keeps the order of the file"
    );
    assert_eq!(
        plain.len() as i64,
        (0..ROWS).filter(|row| shuffled(*row) % 2 == 0).count() as i64
    );
    let sorted = numbers(&mut flight, "SELECT key FROM t ORDER BY key").await;
    assert!(sorted.iter().copied().eq(0..ROWS), "ORDER BY holds over all batches");
    let down = numbers(&mut flight, "SELECT key FROM t ORDER BY key DESC LIMIT 20000").await;
    assert!(down.iter().copied().eq((0..ROWS).rev().take(20_000)));
    let top = ask(&mut flight, sql("SELECT row, key FROM t ORDER BY key OFFSET 5 LIMIT 2"))
        .await
        .unwrap();
    let row_of = |key| (0..ROWS).find(|row| shuffled(*row) == key).unwrap();
    assert_eq!(top, [format!("{}|5", row_of(5)), format!("{}|6", row_of(6))]);
}

async fn numbers(flight: &mut crate::wire::Flight, statement: &str) -> Vec<i64> {
    let info = flight.get_flight_info(sql(statement)).await.unwrap().into_inner();
    let tickets = tickets(&info);
    assert_eq!(tickets.len(), 1);
    let (_, batches) = get(flight, tickets[0].clone()).await.unwrap();
    let values = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
    batches.iter().flat_map(values).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_batch_is_larger_than_configured() {
    let folder = tempfile::tempdir().unwrap();
    let csv: String = (0..5000).map(|row| format!("{row},{}\n", row % 10)).collect();
    std::fs::write(folder.path().join("t.csv"), format!("row,digit\n{csv}")).unwrap();
    let gateway = TestGateway::start(Config {
        locations: vec![folder.path().into()],
        batch_size: 128,
        ..Config::default()
    });
    let mut flight = connect(gateway.url()).await;
    let statements = [
        ("SELECT * FROM t", 5000),
        ("SELECT row FROM t WHERE digit < 5", 2500),
        ("SELECT * FROM t ORDER BY digit, row", 5000),
        ("SELECT row, count(*) FROM t GROUP BY row", 5000),
        (
            "SELECT a.row FROM t AS a JOIN t AS b ON a.digit = b.digit WHERE b.row < 3",
            1500,
        ),
    ];
    let mut asked = vec![(path("t"), "the dataset", 5000)];
    asked.extend(statements.map(|(statement, count)| (sql(statement), statement, count)));
    for (descriptor, case, expected) in asked {
        let info = flight.get_flight_info(descriptor).await.unwrap().into_inner();
        let (_, batches) = get(&mut flight, tickets(&info)[0].clone()).await.unwrap();
        let sizes: Vec<_> = batches.iter().map(RecordBatch::num_rows).collect();
        assert_eq!(sizes.iter().sum::<usize>(), expected, "{case}");
        assert!(sizes.iter().all(|size| (1..=128).contains(size)), "{case}: {sizes:?}");
        assert!(
            batches
                .iter()
                .all(|batch| batch.columns().iter().all(|column| column.len() == batch.num_rows()))
        );
    }
}
