//! What is served: several locations, single files, and saved queries of every kind.

use std::sync::Arc;

use flightstream::catalog::Snapshot;
use flightstream::config::Config;
use flightstream::server::Server;
use tonic::Code;

use crate::gateway::TestGateway;
use crate::wire::{ask, connect, path, refresh, rows, sql};

async fn look(config: &Config) -> Arc<Snapshot> {
    let config = Config {
        port: 0,
        ..config.clone()
    };
    Server::bind(config, |_| ()).await.unwrap().snapshot()
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_cannot_be_served_are_warnings_and_the_rest_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let (data, queries) = (folder.path().join("data"), folder.path().join("queries"));
    std::fs::create_dir_all(&data).unwrap();
    std::fs::create_dir_all(&queries).unwrap();
    std::fs::write(data.join("t.csv"), "a\n1\n2\n3\n").unwrap();
    std::fs::write(data.join("taken.csv"), "a\n0\n").unwrap();
    let served: [(&str, &str, &[&str]); 6] = [
        (
            "doubled",
            "-- Twice a.\n-- And no more.\nSELECT a * 2 AS b FROM t;\n",
            &["2", "4", "6"],
        ),
        // Later in the alphabet than what uses it.
        ("above", "SELECT sum(b) AS total FROM doubled", &["12"]),
        ("a_chain", "SELECT total + 1 AS n FROM above", &["13"]),
        ("with", "WITH x AS (SELECT max(a) AS m FROM t) SELECT m FROM x", &["3"]),
        ("constant", "SELECT 'fine' AS word", &["fine"]),
        ("taken.sql", "SELECT 9 AS nine", &["9"]),
    ];
    for (name, text, _) in served {
        std::fs::write(queries.join(format!("{}.sql", name.trim_end_matches(".sql"))), text).unwrap();
    }
    let skipped: [(&str, &[u8], &str); 11] = [
        ("broken", b"SELEC 1", "found: SELEC"),
        ("empty", b"", "there is no statement"),
        ("comment", b"-- nothing but this", "there is no statement"),
        ("unknown", b"SELECT * FROM nowhere", "nowhere"),
        ("column", b"SELECT nothing FROM t", "nothing"),
        ("circle_a", b"SELECT * FROM circle_b", "circle_b"),
        ("circle_b", b"SELECT * FROM circle_a", "circle_a"),
        ("itself", b"SELECT * FROM itself", "itself"),
        ("writes", b"COPY t TO 'x.csv'", "COPY is not allowed"),
        ("two", b"SELECT 1; SELECT 2", "several statements"),
        ("latin", b"SELECT '\xe4' AS x", "not UTF-8"),
    ];
    for (name, text, _) in skipped {
        std::fs::write(queries.join(format!("{name}.sql")), text).unwrap();
    }
    let config = Config {
        locations: vec![data],
        queries: Some(queries.clone()),
        ..Config::default()
    };
    let snapshot = look(&config).await;
    for (name, _, reason) in skipped {
        let start = format!("query '{name}.sql' is skipped: ");
        let said: Vec<_> = snapshot
            .warnings()
            .iter()
            .filter(|warning| warning.starts_with(&start))
            .collect();
        assert!(
            said.len() == 1 && said[0].contains(reason),
            "{name}, {reason:?}: {:?}",
            snapshot.warnings()
        );
    }
    assert_eq!(
        snapshot.warnings().len(),
        skipped.len() + 1,
        "{:?}",
        snapshot.warnings()
    );
    assert_eq!(snapshot.get("doubled").unwrap().description(), "Twice a. And no more.");

    let gateway = TestGateway::start(config);
    let mut flight = connect(gateway.url()).await;
    for (name, _, expected) in served {
        assert_eq!(rows(&mut flight, name).await.unwrap(), expected, "{name}");
        let select = format!("SELECT * FROM \"{name}\"");
        assert_eq!(ask(&mut flight, sql(&select)).await.unwrap(), expected, "{name}");
    }
    for (name, _, _) in skipped {
        assert_eq!(
            rows(&mut flight, name).await.unwrap_err().code(),
            Code::NotFound,
            "{name}"
        );
    }
    assert_eq!(
        rows(&mut flight, "taken").await.unwrap(),
        ["0"],
        "a file keeps its name before a query"
    );
    // What is mended is served.
    std::fs::write(queries.join("circle_b.sql"), "SELECT a FROM t WHERE a = 2").unwrap();
    refresh(&mut flight).await;
    assert_eq!(rows(&mut flight, "circle_a").await.unwrap(), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_locations_with_one_id_are_both_served() {
    let folder = tempfile::tempdir().unwrap();
    let location = |name: &str| folder.path().join(name);
    for (name, value) in [("one", 1), ("two", 2), ("three", 3)] {
        std::fs::create_dir_all(location(name).join("sub")).unwrap();
        std::fs::write(location(name).join("t.csv"), format!("a\n{value}\n")).unwrap();
        std::fs::write(
            location(name).join(format!("sub/of_{name}.csv")),
            format!("a\n{value}0\n"),
        )
        .unwrap();
    }
    let config = Config {
        locations: vec![location("one"), location("two"), location("three")],
        ..Config::default()
    };
    let snapshot = look(&config).await;
    assert_eq!(
        snapshot.warnings(),
        [
            "'t.csv' is served under its whole name: the name 't' is taken",
            "'t.csv' is served as 't.csv (2)': the name 't' is taken"
        ]
    );
    let gateway = TestGateway::start(config);
    let mut flight = connect(gateway.url()).await;
    for (id, table, expected) in [
        ("t", "t", "1"),
        ("t.csv", "\"t.csv\"", "2"),
        ("t.csv (2)", "\"t.csv (2)\"", "3"),
        ("sub/of_one", "sub.of_one", "10"),
        ("sub/of_two", "sub.of_two", "20"),
        ("sub/of_three", "\"sub\".\"of_three\"", "30"),
    ] {
        assert_eq!(rows(&mut flight, id).await.unwrap(), [expected], "{id}");
        assert_eq!(
            ask(&mut flight, sql(&format!("SELECT * FROM {table}"))).await.unwrap(),
            [expected],
            "{table}"
        );
    }
    // A refresh hands out the same names.
    let before = refresh(&mut flight).await;
    assert_eq!(before["datasets"], refresh(&mut flight).await["datasets"]);
    assert_eq!(rows(&mut flight, "t.csv").await.unwrap(), ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_location_may_be_one_file_or_may_not_be_there_yet() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.csv"), "a\n1\n").unwrap();
    std::fs::write(folder.path().join("beside.csv"), "a\n2\n").unwrap();
    let later = folder.path().join("later");
    let config = Config {
        locations: vec![folder.path().join("one.csv"), later.clone()],
        ..Config::default()
    };
    let snapshot = look(&config).await;
    let [warning] = snapshot.warnings() else {
        panic!("{:?}", snapshot.warnings())
    };
    assert!(warning.contains("later' cannot be opened"), "{warning}");

    let gateway = TestGateway::start(config);
    let mut flight = connect(gateway.url()).await;
    assert_eq!(rows(&mut flight, "one").await.unwrap(), ["1"]);
    assert_eq!(ask(&mut flight, path("one")).await.unwrap(), ["1"]);
    assert_eq!(rows(&mut flight, "beside").await.unwrap_err().code(), Code::NotFound);
    std::fs::create_dir(&later).unwrap();
    std::fs::write(later.join("new.csv"), "b\nx\n").unwrap();
    std::fs::write(folder.path().join("one.csv"), "a\n1\n3\n").unwrap();
    assert_eq!(
        refresh(&mut flight).await["datasets"],
        serde_json::json!(["new", "one"])
    );
    assert_eq!(rows(&mut flight, "one").await.unwrap(), ["1", "3"]);
    assert_eq!(rows(&mut flight, "new").await.unwrap(), ["x"]);
}
