//! The client commands against a real gateway.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use arrow::array::RecordBatchReader;
use arrow::ipc::reader::{FileReader, StreamReader};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use serde_json::{Value, json};

use super::{Ended, utf8};
use crate::gateway::{TestGateway, flightstream, project};

fn sample() -> TestGateway {
    TestGateway::serve(&project().join("data"))
}

/// A client command against `gateway`, named by the variable.
fn ask(gateway: &TestGateway, args: &[&str]) -> Ended {
    Ended::of(flightstream().args(args).env("FLIGHTSTREAM_SERVER", gateway.url()))
}

#[test]
fn datasets_are_listed_for_people_and_for_programs() {
    let gateway = sample();
    let table = ask(&gateway, &["datasets"]).text();
    assert!(table.starts_with("dataset "), "{table}");
    let trips = table.lines().find(|line| line.starts_with("trips ")).unwrap();
    let cells: Vec<_> = trips.split('|').map(str::trim).collect();
    assert_eq!(cells[..3], ["trips", "240", "9"]);

    let rows: Vec<Value> = serde_json::from_str(&ask(&gateway, &["datasets", "-f", "json"]).text()).unwrap();
    assert_eq!(rows.len(), table.lines().count() - 2, "a header and a rule more");
    let cities = rows.iter().find(|row| row["dataset"] == "Cities-2025").unwrap();
    let bytes = std::fs::metadata(project().join("data/Cities-2025.csv")).unwrap().len();
    assert_eq!(
        (&cities["rows"], &cities["columns"], &cities["bytes"]),
        (&json!(14), &json!(7), &json!(bytes))
    );
}

#[test]
fn info_tells_about_the_server_and_about_a_dataset() {
    let gateway = sample();
    let server = ask(&gateway, &["info"]).text();
    let fact = |name: &str| server.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    assert_eq!(
        (fact("address"), fact("server")),
        (Some(gateway.url()), Some("FlightStream"))
    );
    assert_eq!(fact("version"), Some(env!("CARGO_PKG_VERSION")));

    let dataset: Value = serde_json::from_str(&ask(&gateway, &["info", "sales/2024", "--json"]).text()).unwrap();
    assert_eq!(
        (&dataset["dataset"], &dataset["rows"]),
        (&json!("sales/2024"), &json!(120))
    );
    assert_eq!(
        dataset["columns"][1],
        json!({"name": "ordered_on", "type": "Date32", "nullable": true})
    );
    let text = ask(&gateway, &["info", "sales/2024"]).text();
    assert!(text.lines().any(|line| line == "ordered_on | Date32  | true"), "{text}");
}

/// Rows and columns of what `get` wrote, by the format's own reader.
fn shape(format: &str, bytes: Bytes) -> (usize, usize) {
    fn count(reader: impl RecordBatchReader) -> (usize, usize) {
        let columns = reader.schema().fields().len();
        (reader.map(|batch| batch.unwrap().num_rows()).sum(), columns)
    }
    let text = || std::str::from_utf8(&bytes).unwrap();
    let objects = |rows: Vec<Value>| (rows.len(), rows[0].as_object().unwrap().len());
    match format {
        "table" => (
            text().lines().count() - 2,
            text().lines().next().unwrap().split('|').count(),
        ),
        "csv" => {
            let header = arrow::csv::reader::Format::default().with_header(true);
            let (schema, _) = header.infer_schema(&bytes[..], None).unwrap();
            let reader = arrow::csv::ReaderBuilder::new(Arc::new(schema)).with_header(true);
            count(reader.build(&bytes[..]).unwrap())
        }
        "json" => objects(serde_json::from_str(text()).unwrap()),
        "ndjson" => objects(text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()),
        "parquet" => count(ParquetRecordBatchReader::try_new(bytes, 1024).unwrap()),
        "arrow file" => count(FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap()),
        "arrow stream" => count(StreamReader::try_new(&bytes[..], None).unwrap()),
        other => panic!("no reader for {other}"),
    }
}

#[test]
fn a_dataset_is_fetched_in_every_format() {
    let gateway = sample();
    let folder = tempfile::tempdir().unwrap();
    for (format, on_a_pipe, in_a_file) in [
        ("table", "table", "table"),
        ("csv", "csv", "csv"),
        ("json", "json", "json"),
        ("ndjson", "ndjson", "ndjson"),
        ("parquet", "parquet", "parquet"),
        ("arrow", "arrow stream", "arrow file"),
        ("arrows", "arrow stream", "arrow stream"),
    ] {
        let piped = ask(&gateway, &["get", "Cities-2025", "--format", format]).output();
        assert_eq!(shape(on_a_pipe, piped), (14, 7), "{format}");
        let file = folder.path().join(format!("cities.{format}"));
        let said = if format == "table" {
            vec!["--format", format]
        } else {
            vec![]
        };
        let args = [&["get", "Cities-2025", "-o", utf8(&file)], said.as_slice()].concat();
        assert_eq!(ask(&gateway, &args).output(), "", "{format}");
        assert_eq!(
            shape(in_a_file, std::fs::read(&file).unwrap().into()),
            (14, 7),
            "{format}"
        );
    }
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(names.len(), 7, "no temporary file is left: {names:?}");
}

#[test]
fn a_part_of_a_dataset_and_a_statement() {
    let gateway = sample();
    let part = [
        "get",
        "trips",
        "-c",
        "trip_id,member",
        "--filter",
        "trip_id > 1100",
        "-n",
        "2",
        "-f",
        "csv",
    ];
    assert_eq!(ask(&gateway, &part).text().lines().next(), Some("trip_id,member"));
    assert_eq!(shape("csv", ask(&gateway, &part).output()), (2, 2));

    let sql = "SELECT count(*) AS trips, min(trip_id) AS first FROM trips";
    assert_eq!(
        ask(&gateway, &["sql", sql, "-f", "ndjson"]).text(),
        "{\"trips\":240,\"first\":1001}\n"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, sql).unwrap();
    let args = ["sql", "--file", utf8(file.path()), "-f", "csv"];
    assert_eq!(ask(&gateway, &args).text(), "trips,first\n240,1001\n");
}

#[test]
fn a_client_command_that_fails_says_why_in_one_line() {
    let gateway = sample();
    for (args, said) in [
        (&["get", "no-such"][..], "no-such"),
        (&["info", "no-such"], "no-such"),
        (&["get", "trips", "-c", "no_such_column"], "no_such_column"),
        (&["sql", "SELECT * FROM no_such_table"], "no_such_table"),
        (&["sql", "SELEC 1"], "SELEC"),
        (&["sql", "DROP TABLE trips"], "DROP"),
        (&["sql", "  "], "the statement is empty"),
        (&["get", "trips", "-o", "no/such/folder/trips.csv"], "no/such/folder"),
    ] {
        let line = ask(&gateway, args).error(1);
        assert!(line.to_lowercase().contains(&said.to_lowercase()), "{args:?}: {line}");
    }
}

#[test]
fn a_server_that_is_not_there_is_one_line() {
    // Nobody listens on a port that was free a moment ago.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("grpc://127.0.0.1:{port}");
    let variables = [
        ("FLIGHTSTREAM_SERVER", url.as_str()),
        ("FLIGHT_RETRY_ATTEMPTS", "2"),
        ("FLIGHT_RETRY_DELAY", "1"),
    ];
    let line = Ended::of(flightstream().arg("datasets").envs(variables)).error(1);
    assert!(line.starts_with(&format!("error: cannot connect to {url}: ")), "{line}");
}

/// Runs a command in a terminal of 40 columns, and prints what that shows and how the command ended.
const IN_A_TERMINAL: &str = "
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 40, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
shown = b''
while True:
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    shown += piece
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(shown.replace(b'\\r\\n', b'\\n'))
sys.exit(code)
";

#[test]
fn a_table_fits_the_terminal_and_says_what_is_left_out() {
    let Some(python) = crate::python::python() else { return };
    let gateway = sample();
    let shown = |args: &[&str]| {
        let mut command = std::process::Command::new(&python);
        command
            .args(["-c", IN_A_TERMINAL, utf8(&crate::gateway::binary())])
            .args(args);
        Ended::of(command.env("FLIGHTSTREAM_SERVER", gateway.url())).text()
    };
    let wide = shown(&[
        "sql",
        "SELECT trip_id, from_station, to_station, fare FROM trips ORDER BY trip_id LIMIT 2",
    ]);
    let lines: Vec<&str> = wide.lines().collect();
    assert_eq!(lines[0], "trip_id | from_station | to_station | …");
    assert!(lines[2].starts_with("   1001 | ATH-1 "), "{wide}");
    assert!(lines.iter().take(4).all(|line| line.chars().count() <= 40), "{wide}");
    assert!(
        wide.ends_with("… 1 column has no room here: fare\n  all of it: --format csv, or --output FILE\n"),
        "{wide}"
    );
    let long = shown(&["sql", "SELECT value FROM generate_series(1, 100000)"]);
    let rows: Vec<&str> = long
        .lines()
        .map(str::trim)
        .filter(|line| line.parse::<u32>().is_ok())
        .collect();
    assert_eq!((rows.len(), rows.last()), (1000, Some(&"1000")));
    assert!(long.contains("… more rows follow the first 1000\n"), "{long}");
    let whole = shown(&["sql", "SELECT value FROM generate_series(1, 1000)"]);
    assert!(!whole.contains('…'), "all rows are there");
}

#[test]
fn a_file_that_is_not_served_yet_is_named() {
    let folder = super::numbers(3);
    let server = crate::gateway::Binary::serve(&[utf8(folder.path())]);
    let ask = |args: &[&str]| Ended::of(flightstream().args(args).args(["--server", server.url()]));
    std::fs::create_dir(folder.path().join("sales")).unwrap();
    std::fs::write(folder.path().join("sales/2024.csv"), "a,b\n1,2\n").unwrap();
    let refresh = "the file 'sales/2024.csv' is there and not served yet: refresh first (flightstream refresh)";
    assert_eq!(
        ask(&["get", "sales/2024"]).error(1),
        format!("error: Dataset not found: sales/2024; {refresh}")
    );
    assert_eq!(
        ask(&["sql", "SELECT * FROM 'sales/2024'"]).error(1),
        format!("error: there is no table 'sales/2024'; {refresh}")
    );
    std::fs::write(folder.path().join("bad.parquet"), "PAR1junkPAR1").unwrap();
    ask(&["refresh"]).text();
    assert_eq!(ask(&["get", "sales/2024", "-f", "csv"]).text(), "a,b\n1,2\n");
    let skipped = ask(&["sql", "SELECT * FROM bad"]).error(1);
    let says = "error: there is no table 'bad'; 'bad.parquet' is skipped: file 'bad.parquet' is not a Parquet file";
    assert!(
        skipped.starts_with(says) && skipped.ends_with("(line 1, column 15)"),
        "{skipped}"
    );
    let proposed = ask(&["get", "sales.2024"]).error(1);
    assert_eq!(
        proposed,
        "error: Dataset not found: sales.2024; did you mean 'sales/2024'?"
    );
}

#[test]
fn rows_are_inserted_by_the_names_of_their_columns() {
    let (folder, tables) = (super::numbers(3), tempfile::tempdir().unwrap());
    let server = crate::gateway::Binary::serve(&[utf8(folder.path()), "--writable", utf8(tables.path())]);
    let ask =
        |statement: &str| Ended::of(flightstream().args(["sql", statement, "-f", "csv", "--server", server.url()]));
    ask("CREATE TABLE t (a BIGINT, b BIGINT)").text();
    for (statement, rows) in [
        ("INSERT INTO t SELECT 2 AS b, 1 AS a", "1,2\n"),
        (
            "INSERT INTO T SELECT n + 1 AS B, n AS A FROM numbers WHERE n = 3",
            "3,4\n",
        ),
        ("INSERT INTO t SELECT 5, 6", "5,6\n"),
        ("INSERT INTO t SELECT 7 AS b, 8 AS c", "7,8\n"),
        ("INSERT INTO t (b, a) SELECT 10 AS a, 9 AS b", "9,10\n"),
        ("INSERT INTO t VALUES (11, 12)", "11,12\n"),
    ] {
        ask(statement).text();
        let last = ask("SELECT * FROM t ORDER BY a + b DESC LIMIT 1").text();
        assert_eq!(last, format!("a,b\n{rows}"), "{statement}");
    }
    for (statement, said) in [
        (
            "INSERT INTO t SELECT 1 AS a, 2 AS b, 3 AS c",
            "the rows have 3 columns ('a', 'b', 'c'), and the table has 2 ('a', 'b'); name those that are given: INSERT INTO … (…) …",
        ),
        (
            "INSERT INTO t VALUES (1)",
            "the rows have 1 column, and the table has 2 ('a', 'b'); name those that are given: INSERT INTO … (…) …",
        ),
        (
            "INSERT INTO t (b) SELECT 1 AS a, 2 AS b",
            "the rows have 2 columns ('a', 'b'), and the statement names 1 ('b')",
        ),
    ] {
        assert_eq!(ask(statement).error(1), format!("error: {said}"), "{statement}");
    }
}
