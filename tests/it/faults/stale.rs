//! Answers from what is known of a file, without a look at its rows: they too are of its present version, or an error.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow_flight::Ticket;
use flightstream::config::Config;
use parquet::arrow::ArrowWriter;
use tonic::{Code, Status};

use crate::gateway::TestGateway;
use crate::wire::{Flight, ask, connect, counted, get, lines, refresh, sql, tickets};

const ROWS: i64 = 30_000;

fn csv(rows: i64) -> Vec<u8> {
    let text: String = (0..rows).map(|n| format!("{n},text {n}\n")).collect();
    format!("n,s\n{text}").into_bytes()
}

fn parquet(rows: i64) -> Vec<u8> {
    let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn write(folder: &Path, rows: i64) {
    std::fs::write(folder.join("c.csv"), csv(rows)).unwrap();
    std::fs::write(folder.join("p.parquet"), parquet(rows)).unwrap();
}

/// Questions about `t` that need none of its rows, and what they give while it is as it was.
const QUESTIONS: [(&str, &[&str]); 12] = [
    ("SELECT count(*) FROM t", &["30000"]),
    ("SELECT count(n) FROM t", &["30000"]),
    ("SELECT min(n), max(n) FROM t", &["0|29999"]),
    ("SELECT count(*) FROM t WHERE n > 1000000", &["0"]),
    ("SELECT n FROM t WHERE n > 1000000", &[]),
    ("SELECT n FROM t WHERE 1 = 0", &[]),
    ("SELECT n FROM t LIMIT 0", &[]),
    ("SELECT a.c FROM (SELECT count(*) AS c FROM t) a", &["30000"]),
    ("SELECT (SELECT count(*) FROM t) AS c", &["30000"]),
    (
        "SELECT count(*) FROM t UNION ALL SELECT n FROM t WHERE n = 7 ORDER BY 1",
        &["7", "30000"],
    ),
    ("SELECT c FROM view_of_t", &["30000"]),
    ("SELECT 1 WHERE EXISTS (SELECT 1 FROM t)", &["1"]),
];

/// The question about one of the tables.
fn about(question: &str, table: &str) -> String {
    let question = question.replace("FROM t", &format!("FROM {table}"));
    question.replace("view_of_t", &format!("view_of_{table}"))
}

fn gateway(folder: &Path) -> TestGateway {
    for place in ["data", "queries", "tables"] {
        std::fs::create_dir(folder.join(place)).unwrap();
    }
    for table in ["c", "p"] {
        let query = format!("SELECT count(*) AS c FROM {table}");
        std::fs::write(folder.join(format!("queries/view_of_{table}.sql")), query).unwrap();
    }
    std::fs::write(folder.join("data/other.csv"), "n\n1\n").unwrap();
    write(&folder.join("data"), ROWS);
    TestGateway::start(Config {
        locations: vec![folder.join("data")],
        queries: Some(folder.join("queries")),
        writable: Some(folder.join("tables").into()),
        ..Config::default()
    })
}

fn assert_stale(outcome: Result<Vec<String>, Status>, file: &str, case: &str) {
    let status = outcome.expect_err(case);
    assert_eq!(status.code(), Code::Unavailable, "{case}: {status}");
    assert!(status.message().contains("refresh and ask again"), "{case}: {status}");
    let names_it = status.message().contains(file) || status.message().starts_with("a file");
    assert!(names_it, "{case}: {status}");
}

async fn redeem(flight: &mut Flight, ticket: Ticket) -> Result<Vec<String>, Status> {
    get(flight, ticket).await.map(|(_, batches)| lines(&batches))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_file_is_no_answer_once_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway(folder.path());
    let mut flight = connect(gateway.url()).await;
    let data = folder.path().join("data");
    for (table, file) in [("c", "c.csv"), ("p", "p.parquet")] {
        assert_eq!(counted(&flight, table).await, ROWS);
        let mut kept = Vec::new();
        for (question, expected) in QUESTIONS {
            let question = about(question, table);
            assert_eq!(ask(&mut flight, sql(&question)).await.unwrap(), expected, "{question}");
            // A ticket whose plan is kept.
            let info = flight.get_flight_info(sql(&question)).await.unwrap().into_inner();
            kept.push((question, tickets(&info).remove(0)));
        }
        let old = std::fs::read(data.join(file)).unwrap();
        for change in ["changed", "gone"] {
            match change {
                "changed" => std::fs::write(data.join(file), [&old[..], b"1,x\n"].concat()).unwrap(),
                _ => std::fs::remove_file(data.join(file)).unwrap(),
            }
            for (question, ticket) in kept.drain(..) {
                let case = format!("kept, {change}: {question}");
                assert_stale(redeem(&mut flight, ticket).await, file, &case);
            }
            for (question, _) in QUESTIONS {
                let question = about(question, table);
                let outcome = ask(&mut flight, sql(&question)).await;
                assert_stale(outcome, file, &format!("{change}: {question}"));
            }
            let create = format!("CREATE TABLE copy AS SELECT count(*) AS c FROM {table}");
            let outcome = ask(&mut flight, sql(&create)).await;
            assert_stale(outcome, file, &create);
        }
        // Nothing else waits for that file.
        let others = [
            ("SELECT count(*) FROM other", "1"),
            ("SELECT count(*) > 0 FROM flightstream.files", "true"),
            ("SELECT 1", "1"),
        ];
        for (question, expected) in others {
            assert_eq!(ask(&mut flight, sql(question)).await.unwrap(), [expected], "{question}");
        }
    }
    write(&data, ROWS + 1);
    refresh(&mut flight).await;
    for table in ["c", "p"] {
        assert_eq!(counted(&flight, table).await, ROWS + 1);
        let question = format!("SELECT count(*), max(n) FROM {table}");
        assert_eq!(ask(&mut flight, sql(&question)).await.unwrap(), ["30001|30000"]);
    }
}

/// Of what clients wrote, a version stays what it is.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_counted_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway(folder.path());
    let mut flight = connect(gateway.url()).await;
    assert_eq!(counted(&flight, "c").await, ROWS);
    for statement in [
        "CREATE TABLE w AS SELECT n FROM c",
        "INSERT INTO w SELECT count(*) FROM c",
    ] {
        ask(&mut flight, sql(statement)).await.unwrap();
    }
    let question = "SELECT count(*), min(n), max(n) FROM w";
    assert_eq!(ask(&mut flight, sql(question)).await.unwrap(), ["30001|0|30000"]);
    let count = "SELECT count(*) FROM w";
    assert_eq!(ask(&mut flight, sql(count)).await.unwrap(), ["30001"]);
    for object in std::fs::read_dir(folder.path().join("tables/public.w")).unwrap() {
        let object = object.unwrap().path();
        if object.extension().is_some_and(|suffix| suffix == "parquet") {
            std::fs::remove_file(object).unwrap();
        }
    }
    let status = ask(&mut flight, sql(count)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}
