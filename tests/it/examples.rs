//! The programs in `examples/`, as their readers run them.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::gateway::{TestGateway, project};

/// An example that `cargo test` built: `target/debug/examples/NAME`, beside the folder of this test's own binary.
fn example(name: &str) -> PathBuf {
    let path = std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .join("../examples")
        .join(name);
    assert!(
        path.exists(),
        "no example {name}: build it with `cargo build --examples` (`cargo test` does)"
    );
    path
}

fn run(command: &mut Command) -> (Output, String) {
    let done = command.current_dir(project()).output().unwrap();
    let out = String::from_utf8(done.stdout.clone()).unwrap();
    (done, out)
}

#[test]
fn the_client_looks_around_and_reads_a_dataset() {
    let gateway = TestGateway::serve(&project().join("data"));
    let (done, out) = run(Command::new(example("client")).args([gateway.url(), "trips"]));
    assert!(done.status.success(), "{done:?}");
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[0], format!("connected to {}", gateway.url()));
    for line in [
        r#"  "server": "FlightStream","#,
        "  trips (9 columns)",
        "  sales/2024 (8 columns)",
    ] {
        assert!(lines.contains(&line), "{line:?} is not in\n{out}");
    }
    let columns = lines.iter().position(|line| *line == "columns of trips:").unwrap();
    assert_eq!(
        lines[columns + 1..columns + 3],
        ["  trip_id Int64", "  from_station Utf8"]
    );
    let ids = ["1001", "1002", "1003"].map(|id| {
        lines
            .iter()
            .filter(|line| line.starts_with(&format!("| {id} ")))
            .count()
    });
    assert_eq!(ids, [1, 1, 1], "{out}");
    assert!(lines.last().unwrap().starts_with("done: "), "{out}");
}

#[test]
fn the_client_names_a_dataset_that_is_not_there() {
    let gateway = TestGateway::serve(&project().join("data/sales"));
    let (done, _) = run(Command::new(example("client")).args([gateway.url(), "no-such"]));
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("no-such"), "{done:?}");
}

#[test]
fn a_gateway_runs_inside_another_program_and_stops() {
    let (done, out) = run(&mut Command::new(example("embedded")));
    assert!(done.status.success(), "{done:?}");
    let lines: Vec<_> = out.lines().collect();
    let (first, rest) = lines.split_first().unwrap();
    assert!(first.starts_with("serving data/sales at grpc://127.0.0.1:"), "{out}");
    assert_eq!(
        rest,
        [
            "+-------+--------+",
            "| table | orders |",
            "+-------+--------+",
            "| 2024  | 120    |",
            "| 2025  | 90     |",
            "+-------+--------+",
            "stopped",
        ]
    );
}
