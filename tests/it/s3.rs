//! Tables that clients write, in a bucket of an S3-compatible server (`tests/s3/server.py`).

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::gateway::{Binary, flightstream, project};
use crate::python::python_s3;
use crate::wire;

/// A server with the bucket `tables`, in memory. It ends with this.
pub struct Bucket {
    server: Child,
    url: String,
}

impl Bucket {
    /// `None`, with a line that names the test, where there is no python3; a panic then if `CI` is true.
    pub fn start() -> Option<Self> {
        let mut server = Command::new(python_s3()?)
            .arg(project().join("tests/s3/server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let mut said = BufReader::new(server.stdout.take().unwrap());
        said.read_line(&mut url).unwrap();
        assert!(url.starts_with("http://"), "it did not start: {url:?}");
        Some(Self {
            server,
            url: url.trim_end().into(),
        })
    }

    /// `flightstream serve --port 0 ARGS…`, told where the bucket is.
    pub fn serve(&self, args: &[&str]) -> Binary {
        Binary::start(self.command().args(args))
    }

    fn command(&self) -> Command {
        let mut command = flightstream();
        command
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", "id")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "us-east-1")
            .args(["serve", "--port", "0"]);
        command
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

async fn said(url: &str, statement: &str) -> Vec<String> {
    let mut flight = wire::connect(url).await;
    wire::ask(&mut flight, wire::sql(statement)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_in_a_bucket_last() {
    let Some(bucket) = Bucket::start() else { return };
    let place = "s3://tables/kept/here";
    let arguments = ["data", "--writable", place, "--shutdown-grace", "1s"];
    let server = bucket.serve(&arguments);
    assert_eq!(
        said(server.url(), "CREATE TABLE t AS VALUES (1, 'one'), (2, 'two')").await,
        ["2"]
    );
    assert_eq!(said(server.url(), "INSERT INTO t VALUES (3, 'three')").await, ["1"]);
    said(server.url(), "CREATE VIEW v AS SELECT sum(column1) AS total FROM t").await;
    said(server.url(), "CREATE TABLE gone AS SELECT 1 AS n").await;
    said(server.url(), "DROP TABLE gone").await;

    // Each server needs a prefix of its own.
    let other = bucket.command().args(arguments).output().unwrap();
    let refused = String::from_utf8_lossy(&other.stderr);
    assert!(
        refused.contains(&format!(
            "another server writes to '{place}': each needs a prefix of its own"
        )),
        "{refused}"
    );

    // A server that ends gives the lock up: the next one does not wait.
    server.signal("TERM");
    let (status, _, stderr) = server.wait();
    assert!(status.success(), "{stderr}");
    let started = std::time::Instant::now();
    let server = bucket.serve(&arguments);
    assert!(
        started.elapsed() < std::time::Duration::from_secs(15),
        "it waited for the lock"
    );
    assert_eq!(said(server.url(), "SELECT * FROM v").await, ["6"]);
    assert_eq!(
        said(server.url(), "SELECT column2 FROM t ORDER BY column1").await,
        ["one", "two", "three"]
    );
    let mut flight = wire::connect(server.url()).await;
    let gone = wire::ask(&mut flight, wire::sql("SELECT * FROM gone"))
        .await
        .unwrap_err();
    assert!(gone.message().contains("gone"), "{gone:?}");
}

#[test]
fn a_bucket_that_is_not_there_is_said() {
    let Some(bucket) = Bucket::start() else { return };
    let done = bucket
        .command()
        .args(["data", "--writable", "s3://nobody-has-this/prefix"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(!done.status.success());
    assert!(
        said.contains("'s3://nobody-has-this/prefix' cannot be written"),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
}
