//! The command line of the real binary: here its help and wrong values; below, what it prints and how it stops as a
//! server, and the client commands.

mod client;
mod infer;
mod serve;
mod signals;

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use flightstream::client::RecordStream;
use futures::TryStreamExt;

use crate::gateway::flightstream;

/// A command that ended: its exit code, its standard output and its standard error.
struct Ended {
    code: Option<i32>,
    out: Bytes,
    err: String,
}

impl Ended {
    fn of(command: &mut Command) -> Self {
        let done = command.output().unwrap();
        let err = String::from_utf8(done.stderr).unwrap();
        Self {
            code: done.status.code(),
            out: done.stdout.into(),
            err,
        }
    }

    /// Standard output of a command that succeeded and said nothing else.
    fn output(self) -> Bytes {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""));
        self.out
    }

    fn text(self) -> String {
        String::from_utf8(self.output().into()).unwrap()
    }

    /// The one line of a command that failed with this code and printed nothing else.
    fn error(self, code: i32) -> String {
        assert_eq!((self.code, self.out.len()), (Some(code), 0), "{}", self.err);
        let line = self.err.strip_suffix('\n').unwrap_or(&self.err);
        assert!(
            line.starts_with("error: ") && !line.contains('\n'),
            "not one line: {:?}",
            self.err
        );
        line.to_owned()
    }
}

fn run(args: &[&str]) -> Ended {
    Ended::of(flightstream().args(args))
}

/// A folder with one file, `numbers.csv`: a column `n` from 1 to `rows`.
fn numbers(rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (1..=rows).map(|n| format!("{n}\n")).collect();
    std::fs::write(folder.path().join("numbers.csv"), format!("n\n{text}")).unwrap();
    folder
}

fn utf8(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn rows_of(stream: RecordStream) -> Result<usize, flightstream::client::Error> {
    stream
        .try_fold(0, |rows, batch| async move { Ok(rows + batch.num_rows()) })
        .await
}

/// On a pipe there is no terminal to ask, and the variable decides.
fn help(args: &[&str]) -> String {
    Ended::of(flightstream().args(args).env("COLUMNS", "100")).text()
}

#[test]
fn help_of_the_program() {
    insta::assert_snapshot!(help(&["--help"]));
}

#[test]
fn help_of_serve() {
    insta::assert_snapshot!(help(&["serve", "--help"]));
}

#[test]
fn a_bad_value_is_one_line_that_names_the_flag() {
    let values: &[(&str, &str, &[&str])] = &[
        ("--port <PORT>", "FLIGHT_PORT", &["x", "-1", "65536", "80 80"]),
        (
            "--max-receive-message-length <SIZE>",
            "MAX_RECEIVE_MESSAGE_LENGTH",
            &["0", "1.5MiB", "big"],
        ),
        (
            "--max-send-message-length <SIZE>",
            "MAX_SEND_MESSAGE_LENGTH",
            &["-1", "99999999999999999999"],
        ),
        (
            "--max-concurrent-requests <N>",
            "MAX_CONCURRENT_REQUESTS",
            &["0", "-5", "many"],
        ),
        (
            "--request-timeout <TIME>",
            "REQUEST_TIMEOUT",
            &["soon", "-1s", "3 weeks"],
        ),
        ("--shutdown-grace <TIME>", "SHUTDOWN_GRACE", &["later", "1.5s"]),
        ("--batch-size <ROWS>", "CSV_BATCH_SIZE", &["0", "-1", "1048577", "1\n2"]),
        ("--delimiter <CHAR>", "CSV_DELIMITER", &["fiver", "\\x0a", ""]),
        ("--headers <WHEN>", "CSV_HEADERS", &["maybe", "TRUE"]),
        ("--log-format <FORMAT>", "LOG_FORMAT", &["xml"]),
        (
            "--log-level",
            "LOG_LEVEL",
            &["loud", "flightstream=loud", "info,chatty"],
        ),
        ("--queries", "QUERIES_DIRECTORY", &["no/such/folder"]),
    ];
    for (flag, variable, values) in values {
        for value in *values {
            // Should the value be taken, this address is not, and the process ends all the same.
            let mut serve = flightstream();
            serve.args(["serve", "--host", "192.0.2.1"]);
            let name = flag.split(' ').next().unwrap();
            for command in [
                serve.arg(format!("{name}={value}")),
                flightstream().arg("serve").env(variable, value),
            ] {
                let line = Ended::of(command.env("FLIGHT_HOST", "192.0.2.1")).error(2);
                assert!(line.contains(flag), "{flag} is not in {line:?}");
            }
        }
    }
}

#[test]
fn a_bad_value_says_what_is_expected() {
    assert_eq!(
        run(&["serve", "--log-format", "xml"]).error(2),
        "error: invalid value 'xml' for '--log-format <FORMAT>': expected pretty, json"
    );
    assert_eq!(
        run(&["serve", "--log-level", "loud"]).error(2),
        "error: --log-level: 'loud' is not a level: expected error, warn, info, debug, trace or TARGET=LEVEL,…"
    );
    assert_eq!(
        run(&["get", "trips", "--retries", "0"]).error(2),
        "error: invalid value '0' for '--retry-attempts <N>': 0 is not in 1..=4294967295"
    );
    assert_eq!(
        run(&["get", "trips", "-o", "trips.xlsx"]).error(2),
        "error: cannot tell a format from the name trips.xlsx; say it with --format"
    );
    for host in ["192.0.2.1", "a..b"] {
        let line = run(&["serve", "--host", host]).error(2);
        assert!(
            line.starts_with(&format!("error: --host: cannot listen on {host}:8080: ")),
            "{line}"
        );
    }
    let line = run(&["datasets", "--server", "ftp://example.org"]).error(2);
    assert!(line.contains("ftp://example.org"), "{line}");
}
