//! Nothing outside the locations is opened, by no request, ticket or SQL, and no answer tells where the locations are.

use std::os::unix::fs::symlink;
use std::path::Path;

use arrow_flight::{FlightDescriptor, Ticket};
use tempfile::TempDir;
use tonic::{Code, Status};

use crate::gateway::TestGateway;
use crate::wire::{ask, connect, get, path, refresh, rows, sql};

const SECRET: &str = "the secret of the house";

/// A folder to serve, and beside it a file that is none of the clients' business.
fn house() -> TempDir {
    let house = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(house.path().join("data/sub")).unwrap();
    std::fs::create_dir_all(house.path().join("outside")).unwrap();
    for file in ["outside/t.csv", "secret.csv", "data/.hidden.csv"] {
        std::fs::write(house.path().join(file), format!("word\n{SECRET}\n")).unwrap();
    }
    for file in ["data/t.csv", "data/sub/t.csv"] {
        std::fs::write(house.path().join(file), "word\nfine\n").unwrap();
    }
    house
}

/// The refusal; it must not tell where on the server's disk anything is.
#[track_caller]
fn refusal(answer: Result<Vec<String>, Status>, request: &str, house: &Path) -> Status {
    let status = match answer {
        Ok(rows) => panic!("{request:?} was answered: {rows:?}"),
        Err(status) => status,
    };
    let said = status.message();
    let house = house.canonicalize().unwrap();
    // What the client itself wrote may come back to it.
    let tells = said.contains(house.to_str().unwrap()) && !request.contains(house.to_str().unwrap());
    assert!(!tells && !said.contains(SECRET), "{request:?}: {said}");
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_location() {
    let house = house();
    let gateway = TestGateway::serve(&house.path().join("data"));
    let mut flight = connect(gateway.url()).await;
    let absolute = house.path().join("secret");
    let paths = [
        "../secret",
        "../secret.csv",
        "sub/../../secret",
        "sub/../t",
        "./t",
        "/t",
        "..",
        ".",
        "/",
        "..\\secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "%2e%2e%2fsecret.csv",
        "t.csv",
        "t\0",
        "../secret\0.csv",
        ".hidden",
        "/etc/passwd",
        "file:///etc/passwd",
        "root://r0/t.csv",
        absolute.to_str().unwrap(),
    ];
    for outside in paths {
        let parts = outside.split('/').map(str::to_owned).collect();
        let json = serde_json::json!({ "dataset": outside }).to_string();
        let answers = [
            ask(&mut flight, path(outside)).await,
            ask(&mut flight, FlightDescriptor::new_cmd(outside.to_owned())).await,
            ask(&mut flight, FlightDescriptor::new_cmd(json)).await,
            rows(&mut flight, outside).await,
        ];
        for answer in answers {
            let status = refusal(answer, outside, house.path());
            assert_eq!(status.code(), Code::NotFound, "{outside:?}: {status}");
        }
        // A path in parts, empty parts left out as in the original: only "/t" is a dataset then.
        let answer = ask(&mut flight, FlightDescriptor::new_path(parts)).await;
        if outside == "/t" {
            assert_eq!(answer.unwrap(), ["fine"]);
        } else {
            let code = refusal(answer, outside, house.path()).code();
            assert!(
                matches!(code, Code::NotFound | Code::InvalidArgument),
                "{outside:?}: {code:?}"
            );
        }
    }
    assert_eq!(rows(&mut flight, "t").await.unwrap(), ["fine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_leads_out_of_the_catalog() {
    let house = house();
    let gateway = TestGateway::serve(&house.path().join("data"));
    let mut flight = connect(gateway.url()).await;
    let refused = [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT * FROM '../secret.csv'",
        "SELECT * FROM 'secret.csv'",
        "SELECT * FROM 'file:///etc/passwd'",
        "SELECT * FROM 'root://r0/t.csv'",
        "SELECT * FROM 'http://127.0.0.1:1/x.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT read_text('/etc/passwd')",
        "COPY t TO '/tmp/stolen.csv'",
        "COPY (SELECT * FROM t) TO 'stolen.csv' STORED AS CSV",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '../secret.csv'",
        "CREATE TABLE x AS SELECT * FROM t",
        "CREATE VIEW x AS SELECT * FROM t",
        "CREATE SCHEMA x",
        "CREATE DATABASE x",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "DROP TABLE t",
        "INSERT INTO t VALUES ('x')",
        "UPDATE t SET word = 'x'",
        "DELETE FROM t",
        "TRUNCATE TABLE t",
        "SET datafusion.catalog.location = '/'",
        "RESET datafusion.catalog.location",
        "EXPLAIN COPY t TO '/tmp/stolen.csv'",
        "EXPLAIN ANALYZE INSERT INTO t VALUES ('x')",
        "EXPLAIN CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "PREPARE p AS COPY t TO '/tmp/stolen.csv'",
        "SELECT 1; COPY t TO '/tmp/stolen.csv'",
        "WITH x AS (INSERT INTO t VALUES ('x')) SELECT * FROM x",
    ];
    for statement in refused {
        let status = refusal(ask(&mut flight, sql(statement)).await, statement, house.path());
        let expected = matches!(status.code(), Code::InvalidArgument | Code::PermissionDenied);
        assert!(expected, "{statement}: {status}");
        assert!(!status.message().is_empty(), "{statement}: a refusal says why");
        let filter = serde_json::json!({ "dataset": "t", "filter": format!("word IN ({statement})") });
        let answer = ask(&mut flight, FlightDescriptor::new_cmd(filter.to_string())).await;
        refusal(answer, statement, house.path());
    }
    assert!(!Path::new("/tmp/stolen.csv").exists());
    assert!(!house.path().join("data/stolen.csv").exists());
    assert_eq!(rows(&mut flight, "t").await.unwrap(), ["fine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_out_of_the_location_are_not_followed_whenever_they_are_made() {
    let house = house();
    let data = house.path().join("data");
    symlink("../secret.csv", data.join("before.csv")).unwrap();
    symlink("../outside", data.join("folder")).unwrap();
    symlink(house.path().join("secret.csv"), data.join("absolute.csv")).unwrap();
    symlink("t.csv", data.join("within.csv")).unwrap();
    let gateway = TestGateway::serve(&data);
    let mut flight = connect(gateway.url()).await;
    for id in ["before", "folder/t", "absolute"] {
        let status = refusal(rows(&mut flight, id).await, id, house.path());
        assert_eq!(status.code(), Code::NotFound, "{id}");
    }
    assert_eq!(rows(&mut flight, "within").await.unwrap(), ["fine"]);

    // After the listing: a file and a whole folder give way to links of their names.
    std::fs::remove_file(data.join("t.csv")).unwrap();
    symlink("../secret.csv", data.join("t.csv")).unwrap();
    std::fs::remove_dir_all(data.join("sub")).unwrap();
    symlink("../outside", data.join("sub")).unwrap();
    for id in ["t", "sub/t", "within"] {
        let answers = [
            rows(&mut flight, id).await,
            ask(&mut flight, sql(&format!("SELECT * FROM {}", id.replace('/', ".")))).await,
        ];
        for answer in answers {
            let status = refusal(answer, id, house.path());
            assert_eq!(status.code(), Code::Unavailable, "{id}: {status}");
        }
    }
    assert_eq!(refresh(&mut flight).await["datasets"], serde_json::json!([]));
    assert_eq!(rows(&mut flight, "t").await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_tells_where_the_files_are() {
    let house = house();
    let gateway = TestGateway::serve(&house.path().join("data"));
    let mut flight = connect(gateway.url()).await;
    let place = house.path().canonicalize().unwrap();
    let questions = [
        "EXPLAIN SELECT * FROM t",
        "EXPLAIN VERBOSE SELECT * FROM t JOIN sub.t AS u USING (word)",
        "EXPLAIN ANALYZE SELECT * FROM t WHERE word = 'fine'",
        "EXPLAIN FORMAT TREE SELECT * FROM t",
        "SHOW TABLES",
        "SHOW ALL",
        "DESCRIBE t",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM information_schema.views",
        "SELECT * FROM information_schema.df_settings",
    ];
    for question in questions {
        let answer = ask(&mut flight, sql(question))
            .await
            .unwrap_or_else(|status| panic!("{question}: {status}"));
        let text = answer.join("\n");
        assert!(!text.is_empty(), "{question}");
        assert!(!text.contains(place.to_str().unwrap()), "{question}: {text}");
    }
    // Failures of every kind, in the middle of a read too.
    std::fs::write(house.path().join("data/t.csv"), "word\nanother length\n").unwrap();
    std::fs::remove_dir_all(house.path().join("data/sub")).unwrap();
    for id in ["t", "sub/t"] {
        let status = refusal(rows(&mut flight, id).await, id, house.path());
        assert!(status.message().contains(&format!("file '{id}.csv'")), "{status}");
    }
    let status = get(&mut flight, Ticket::new("nothing")).await.unwrap_err();
    assert_eq!(status.message(), "Dataset not found: nothing");
}
