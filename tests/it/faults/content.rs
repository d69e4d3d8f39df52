//! Files that are odd inside: what can be read is read, what was odd is said, and no cell is lost or made up.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow_flight::{FlightDescriptor, Ticket};
use flightstream::catalog::Snapshot;
use flightstream::config::Config;
use flightstream::server::Server;
use tonic::Code;

use crate::gateway::TestGateway;
use crate::wire::{ask, connect, counted, get, path, refresh, rows, schema_of, sql, tickets, until};

/// What a gateway over `folder` would serve, and what it warns of.
async fn look(folder: &Path) -> Arc<Snapshot> {
    let config = Config {
        port: 0,
        locations: vec![folder.into()],
        ..Config::default()
    };
    Server::bind(config, |_| ()).await.unwrap().snapshot()
}

fn warnings(snapshot: &Snapshot, id: &str) -> Vec<String> {
    snapshot.get(id).expect("the dataset is served").warnings().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_not_utf8_are_a_warning_and_no_row_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    // Latin-1, and no sign of UTF-8 anywhere; then UTF-8 with one stray byte.
    std::fs::write(
        folder.path().join("latin.csv"),
        b"city,n\nK\xf6ln,1\nM\xfcnchen,2\nBonn,3\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("stray.csv"),
        b"city,n\nK\xc3\xb6ln,1\nM\xff,2\nBonn,3\n",
    )
    .unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(
        rows(&mut flight, "latin").await.unwrap(),
        ["Köln|1", "München|2", "Bonn|3"]
    );
    assert_eq!(
        rows(&mut flight, "stray").await.unwrap(),
        ["Köln|1", "M\u{fffd}|2", "Bonn|3"]
    );

    let snapshot = look(folder.path()).await;
    let latin = snapshot.get("latin").unwrap().description();
    assert!(latin.ends_with(", Windows-1252"), "{latin}");
    let stray = warnings(&snapshot, "stray");
    assert_eq!(
        stray,
        ["1 sequence of bytes is not UTF-8, on line 3 at byte 16: read as U+FFFD"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_a_table_without_columns_until_it_has_content() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("later.csv"), "").unwrap();
    std::fs::write(folder.path().join("other.csv"), "a\n1\n").unwrap();
    let snapshot = look(folder.path()).await;
    assert_eq!(snapshot.warnings(), [""; 0]);

    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(rows(&mut flight, "other").await.unwrap(), ["1"]);
    let info = flight.get_flight_info(path("later")).await.unwrap().into_inner();
    assert_eq!((schema_of(&info), info.total_records), (Schema::empty(), 0));
    let (schema, batches) = get(&mut flight, Ticket::new("later")).await.unwrap();
    assert_eq!(*schema, Schema::empty());
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 0);
    for statement in [
        "SELECT count(*) FROM later",
        "SELECT count(*) FROM (SELECT * FROM later)",
    ] {
        assert_eq!(ask(&mut flight, sql(statement)).await.unwrap(), ["0"], "{statement}");
    }
    std::fs::write(folder.path().join("later.csv"), "b\n2\n").unwrap();
    assert_eq!(
        refresh(&mut flight).await["datasets"],
        serde_json::json!(["later", "other"])
    );
    assert_eq!(rows(&mut flight, "later").await.unwrap(), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_alone_is_a_table_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "id,name,größe\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let text = |name| Field::new(name, DataType::Utf8, true);
    let expected = Schema::new(vec![text("id"), text("name"), text("größe")]);
    let info = flight.get_flight_info(path("t")).await.unwrap().into_inner();
    assert_eq!(schema_of(&info), expected);
    assert_eq!(info.total_records, 0);
    let (schema, batches) = get(&mut flight, Ticket::new("t")).await.unwrap();
    assert_eq!(*schema, expected);
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 0);
}

/// A table of `columns` columns and two rows: numbers and one word, and NULLs under the numbers.
fn write_wide(file: &Path, columns: usize) {
    let record = |cell: fn(usize) -> String| (0..columns).map(cell).collect::<Vec<_>>().join(",");
    let text = [
        record(|column| format!("c{column}")),
        record(|column| column.to_string()),
        record(|column| if column == 777 { "x".into() } else { String::new() }),
    ];
    std::fs::write(file, text.join("\n")).unwrap();
}

fn assert_wide(schema: &Schema, batches: &[RecordBatch], columns: usize) {
    assert_eq!(schema.fields().len(), columns);
    let [batch] = batches else {
        panic!("{} batches", batches.len())
    };
    assert_eq!(batch.num_rows(), 2);
    for (column, field) in schema.fields().iter().enumerate() {
        assert_eq!(*field.name(), format!("c{column}"));
        if column == 777 {
            let cells = batch.column(column).as_string::<i32>();
            assert_eq!((cells.value(0), cells.value(1)), ("777", "x"));
        } else {
            let cells = batch.column(column).as_primitive::<Int64Type>();
            assert_eq!((cells.value(0), cells.is_null(1)), (column as i64, true), "c{column}");
        }
    }
}

/// `SELECT *` is asked of fewer: the engine plans a list of columns in a time that grows with its square, which in a debug
/// build are minutes for ten thousand.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_columns_arrive() {
    let folder = tempfile::tempdir().unwrap();
    write_wide(&folder.path().join("wide.csv"), 10_000);
    write_wide(&folder.path().join("less.csv"), 1500);
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    for (descriptor, columns) in [(path("wide"), 10_000), (sql("SELECT * FROM less"), 1500)] {
        let info = flight.get_flight_info(descriptor).await.unwrap().into_inner();
        let (schema, batches) = get(&mut flight, tickets(&info)[0].clone()).await.unwrap();
        assert_wide(&schema, &batches, columns);
        assert_eq!(schema_of(&info).fields(), schema.fields());
    }
    let two = ask(&mut flight, sql("SELECT c9999, c777 FROM wide")).await.unwrap();
    assert_eq!(two, ["9999|777", "NULL|x"]);
    let part = FlightDescriptor::new_cmd(r#"{"dataset": "wide", "columns": ["c5000"]}"#);
    assert_eq!(ask(&mut flight, part).await.unwrap(), ["5000", "NULL"]);
    let listed = gateway.client().await.datasets().await.unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|dataset| dataset.schema.fields().len())
            .collect::<Vec<_>>(),
        [1500, 10_000]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_of_50_mb_arrives_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut cell = String::with_capacity(50 << 20);
    while cell.len() < 50_000_000 {
        let at = cell.len();
        writeln!(cell, "{at:08}, \u{1f600} still the same cell").unwrap();
    }
    std::fs::write(
        folder.path().join("big.csv"),
        format!("id,text\n1,small\n2,\"{cell}\"\n3,after\n"),
    )
    .unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(counted(&flight, "big").await, 3);
    let (_, batches) = get(&mut flight, Ticket::new("big")).await.unwrap();
    let texts = batches.iter().map(|batch| batch.column(1).as_string::<i32>());
    let texts: Vec<&str> = texts.flat_map(|texts| texts.iter().flatten()).collect();
    assert_eq!(
        texts.iter().map(|text| text.len()).collect::<Vec<_>>(),
        [5, cell.len(), 5]
    );
    assert!(texts[1] == cell, "the cell has the right length and other bytes");
    assert_eq!((texts[0], texts[2]), ("small", "after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_longer_than_the_header_is_rejected_and_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a,b\n1,x\n2,y,extra,4.5\n3,z\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(rows(&mut flight, "t").await.unwrap(), ["1|x", "3|z"]);
    let reason = "it has 4 cells where the table has 2 columns";
    let rejected = rows(&mut flight, "t$rejects").await.unwrap();
    assert_eq!(rejected, [format!("t.csv|3|8|NULL|2,y,extra,4.5|{reason}")]);
    let said = warnings(look(folder.path()).await.as_ref(), "t");
    assert_eq!(
        said,
        [format!("1 of 4 records are rejected, the first on line 3: {reason}")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_never_closes_costs_its_own_record() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a,b\n1,\"x, \"\"y\"\"\"\n2,\"z\n3,w\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(rows(&mut flight, "t").await.unwrap(), ["1|x, \"y\"", "3|w"]);
    let said = warnings(look(folder.path()).await.as_ref(), "t");
    assert_eq!(
        said,
        ["1 of 4 records are rejected, the first on line 3: a quote opens and is not closed"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_misfit_is_an_error_until_the_column_is_text() {
    const ROWS: usize = 120_000;
    const ODD: usize = 96_000;
    let folder = tempfile::tempdir().unwrap();
    let cell = |row: usize| {
        if row == ODD {
            "unknown".to_owned()
        } else {
            (row % 1000).to_string()
        }
    };
    let mut text = String::from("row,n,padding\n");
    for row in 0..ROWS {
        writeln!(text, "{row},{},{:-<40}", cell(row), "").unwrap();
    }
    assert!(
        text.len() > 5 << 20,
        "a file of up to 4 MiB is checked before it is served"
    );
    std::fs::write(folder.path().join("z.csv"), text).unwrap();
    std::fs::write(
        folder.path().join("a.csv"),
        format!("word\n{}", "many of them\n".repeat(1_500_000)),
    )
    .unwrap();
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;

    let kind = |schema: &Schema| schema.field_with_name("n").unwrap().data_type().clone();
    match get(&mut flight, Ticket::new("z")).await {
        Err(status) => {
            // The header is line 1.
            let said = format!(
                "file 'z.csv': line {}, column \"n\": 'unknown' is not an Int64",
                ODD + 2
            );
            assert_eq!(status.code(), Code::Unavailable, "{status}");
            assert!(status.message().starts_with(&said), "{}", status.message());
        }
        // The check was faster.
        Ok((schema, _)) => assert_eq!(kind(&schema), DataType::Utf8, "the misfit was swallowed"),
    }
    until("the column is text", || {
        let mut flight = flight.clone();
        async move {
            let answer = flight.get_schema(path("z")).await.unwrap().into_inner();
            (kind(&Schema::try_from(answer).unwrap()) == DataType::Utf8).then_some(())
        }
    })
    .await;
    let (_, batches) = get(&mut flight, Ticket::new("z")).await.unwrap();
    let cells = batches.iter().map(|batch| batch.column(1).as_string::<i32>());
    let cells: Vec<_> = cells.flat_map(|cells| cells.iter()).collect();
    assert_eq!(cells.len(), ROWS);
    for (row, found) in cells.into_iter().enumerate() {
        assert_eq!(found, Some(cell(row).as_str()), "row {row}");
    }
    let counted = ask(&mut flight, sql("SELECT count(*), count(n), count(DISTINCT n) FROM z")).await;
    assert_eq!(counted.unwrap(), [format!("{ROWS}|{ROWS}|1001")]);
}
