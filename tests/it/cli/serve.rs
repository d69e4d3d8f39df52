//! What `flightstream serve` prints, and what it takes from the environment.

use std::net::{Ipv4Addr, TcpListener};

use flightstream::client::Client;
use futures::TryStreamExt;
use serde_json::{Value, json};

use super::{Ended, numbers, rows_of, utf8};
use crate::gateway::{Binary, flightstream};

#[test]
fn a_port_in_use_is_one_line() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let line = Ended::of(flightstream().arg("serve").env("FLIGHT_PORT", port.to_string())).error(1);
    let advice = "the port is in use; choose another with --port, or 0 for any";
    assert_eq!(line, format!("error: cannot listen on 127.0.0.1:{port}: {advice}"));
}

#[test]
fn the_start_says_what_is_served_and_how_to_reach_it() {
    let server = Binary::serve(&[]);
    let url = server.url().to_owned();
    server.signal("TERM");
    let (status, out, err) = server.wait();
    assert_eq!(status.code(), Some(0), "{err}");
    assert_eq!(out, "", "the line with the address is all that goes to stdout");

    let row = |id: &str| {
        let lines = err.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines
            .into_iter()
            .find(|words| words.first() == Some(&id))
            .unwrap_or_else(|| panic!("no {id} in\n{err}"))
    };
    let found = |id: &str| row(id).join(" ");
    assert_eq!(
        found("readings"),
        "readings 300 6 12.82 kB csv, comma, quote \", header"
    );
    assert_eq!(
        found("messy/tab-separated"),
        "messy/tab-separated 3 3 65 B csv, tab, quote \", header"
    );
    assert!(found("messy/utf-16").ends_with("header, UTF-16LE"), "{err}");
    assert!(found("messy/types").ends_with("parquet"), "{err}");
    for text in [
        "serving 56 datasets from ./data".to_owned(),
        "warning: 'messy/ragged-long-rows': 2 of 6 records are rejected, the first on line 4: it has 5 cells where the table \
         has 3 columns"
            .to_owned(),
        format!("--server {url}"),
        format!("pyarrow.flight.connect(\"{url}\")"),
        format!("adbc_driver_flightsql.dbapi.connect(\"{url}\")"),
        format!("jdbc:arrow-flight-sql://{}/", url.trim_start_matches("grpc://")),
    ] {
        assert!(err.contains(&text), "{text:?} is not in\n{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_comes_later_is_found_by_a_refresh() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("later");
    let server = Binary::serve(&[utf8(&folder)]);
    let client = Client::connect(server.url()).await.unwrap();
    assert_eq!(client.datasets().await.unwrap(), []);

    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("t.csv"), "a,b\n1,x\n2,y\n").unwrap();
    let answer = client.action("refresh-datasets", "").await.unwrap();
    let answer: Value = serde_json::from_slice(&answer[0]).unwrap();
    assert_eq!(
        answer,
        json!({"status": "success", "message": "Refreshed 1 datasets", "datasets": ["t"]})
    );
    let datasets = client.datasets().await.unwrap();
    assert_eq!((datasets[0].id.as_str(), datasets[0].rows), ("t", Some(2)));

    server.signal("TERM");
    let (_, _, err) = server.wait();
    assert!(
        err.contains(&format!("nothing to serve in {}", folder.display())),
        "{err}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_the_original_are_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "1;x|2\n".repeat(20)).unwrap();
    let server = Binary::start(flightstream().arg("serve").envs([
        ("FLIGHT_HOST", "0.0.0.0"),
        ("FLIGHT_PORT", "0"),
        ("DATA_DIRECTORY", utf8(folder.path())),
        ("CSV_BATCH_SIZE", "7"),
        ("CSV_DELIMITER", "|"),
        ("CSV_HEADERS", "false"),
        ("LOG_LEVEL", "info"),
        ("LOG_FORMAT", "json"),
    ]));
    assert!(server.url().starts_with("grpc://0.0.0.0:"), "{}", server.url());
    let client = Client::connect(server.url()).await.unwrap();
    let batches: Vec<_> = client.stream("t").await.unwrap().try_collect().await.unwrap();
    let names: Vec<_> = batches[0]
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["column_1", "column_2"]);
    let rows: Vec<_> = batches.iter().map(|batch| batch.num_rows()).collect();
    assert_eq!(rows, [7, 7, 6]);

    server.signal("TERM");
    let (_, _, err) = server.wait();
    let logged: Vec<Value> = err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(logged[0]["message"], "serving");
    assert_eq!(logged[0]["datasets"], 1);
    let ended = logged.iter().find(|line| line["message"] == "do_get ended").unwrap();
    assert_eq!(
        (&ended["level"], &ended["rows"], &ended["code"]),
        (&json!("INFO"), &json!(20), &json!("Ok"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_level_decides_what_is_logged() {
    let folder = numbers(3);
    for (level, logged) in [("error", false), ("info", true), ("flightstream=info,error", true)] {
        let server = Binary::serve(&[utf8(folder.path()), "--log-level", level, "--log-format", "json"]);
        let client = Client::connect(server.url()).await.unwrap();
        assert_eq!(rows_of(client.stream("numbers").await.unwrap()).await.unwrap(), 3);
        server.signal("TERM");
        let (_, _, err) = server.wait();
        assert_eq!(err.contains("do_get ended"), logged, "{level}: {err}");
    }
}

#[test]
fn a_line_of_the_log_says_what_it_is_about() {
    let folder = numbers(3);
    let asked = |level: &str| {
        let server = Binary::serve(&[utf8(folder.path()), "--log-level", level]);
        for words in [
            &["sql", "SELECT n, 'secret' FROM numbers"][..],
            &["get", "numbers"],
            &["get", "nubmers"],
            &["datasets"],
        ] {
            let _ = Ended::of(flightstream().args(words).args(["--server", server.url()]));
        }
        server.signal("TERM");
        let (_, _, err) = server.wait();
        let lines = err.lines().filter(|line| line.contains(" ended "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let lines = asked("info");
    let begins: Vec<_> = lines
        .iter()
        .filter_map(|line| line.split(" ended ").next()?.split_whitespace().last())
        .collect();
    let expected = [
        "get_flight_info",
        "do_get",
        "get_flight_info",
        "do_get",
        "get_flight_info",
        "list_flights",
    ];
    assert_eq!(begins, expected, "{lines:#?}");
    assert!(lines[0].contains("statement=\"SELECT "), "{}", lines[0]);
    assert!(lines.iter().all(|line| !line.contains("secret")), "{lines:#?}");
    assert!(
        lines[3].contains("dataset=\"numbers\"") && lines[3].contains("rows=3"),
        "{}",
        lines[3]
    );
    let said = "error=\"Dataset not found: nubmers; did you mean 'numbers'?\"";
    assert!(
        lines[4].contains("code=NotFound") && lines[4].contains(said),
        "{}",
        lines[4]
    );
    let lines = asked("flightstream=debug,info");
    let text = "statement=\"SELECT n, 'secret' FROM numbers\"";
    assert_eq!(lines.iter().filter(|line| line.contains(text)).count(), 2, "{lines:#?}");
}

#[test]
fn a_files_name_cannot_steer_the_terminal() {
    let folder = numbers(3);
    std::fs::write(folder.path().join("bad\u{1b}[31m\nname.csv"), "a,b\n1,2\n1,2,3\n3,4\n").unwrap();
    std::fs::write(folder.path().join("no\u{7}t.parquet"), "PAR1junkPAR1").unwrap();
    for format in ["pretty", "json"] {
        let server = Binary::serve(&[utf8(folder.path()), "--log-format", format]);
        let refreshed = Ended::of(flightstream().args(["refresh", "--server", server.url()]));
        assert_eq!(refreshed.code, Some(0), "{}", refreshed.err);
        server.signal("TERM");
        let (_, _, err) = server.wait();
        assert!(err.contains("bad\\u") && err.contains("no\\u"), "{err}");
        let steers: Vec<char> = err.chars().filter(|c| c.is_control() && *c != '\n').collect();
        assert!(steers.is_empty(), "{steers:?} in {err}");
    }
}

#[test]
fn a_type_for_a_column_that_no_file_has_is_an_error_at_the_start() {
    let folder = numbers(3);
    std::fs::write(folder.path().join("sales.csv"), "product,price\nx,1\n").unwrap();
    let started = |wanted: &str| {
        let mut command = flightstream();
        command.args(["serve", "--port", "0", "--type", wanted, utf8(folder.path())]);
        Ended::of(&mut command).error(2)
    };
    assert_eq!(
        started("prduct=text"),
        "error: --type prduct=…: no CSV file has a column 'prduct'; did you mean 'product'?"
    );
    assert_eq!(
        started("weather=text"),
        "error: --type weather=…: no CSV file has a column 'weather'; there is 'n', 'price', 'product'"
    );
    let mut command = flightstream();
    command.args([
        "serve",
        "--port",
        "0",
        "--null",
        "prise:k.A.",
        "--null",
        "n/a:b",
        utf8(folder.path()),
    ]);
    assert_eq!(
        Ended::of(&mut command).error(2),
        "error: --null prise:…: no CSV file has a column 'prise'; did you mean 'price'?"
    );
    drop(Binary::serve(&[
        "--type",
        "price=decimal(9,2)",
        "--null",
        "price:k.A.",
        utf8(folder.path()),
    ]));
    let empty = tempfile::tempdir().unwrap();
    drop(Binary::serve(&["--type", "price=decimal(9,2)", utf8(empty.path())]));
}
