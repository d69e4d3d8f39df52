//! Files that nobody can read whole: each is a warning, or an error that names it, to whoever asks; nobody waits for them.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use flightstream::config::Config;
use flightstream::server::Server;
use tonic::{Code, Request, Status};

use crate::gateway::{Binary, TestGateway};
use crate::tools::corpora;
use crate::wire::{Flight, connect, get, path, refresh, rows, sql, tickets};

/// Files that made readers of Parquet crash, as others found them.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_readers_crash_on_are_withstood() {
    let Some(corpora) = corpora() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.csv"), "n\n1\n").unwrap();
    let mut count = 0;
    for file in std::fs::read_dir(corpora.join("malformed/parquet")).unwrap() {
        let file = file.unwrap();
        if file.file_name() != "README.md" {
            std::fs::copy(file.path(), folder.path().join(format!("c{count}.parquet"))).unwrap();
            count += 1;
        }
    }
    assert!(count > 100, "{count} files");
    let config = Config {
        port: 0,
        locations: vec![folder.path().into()],
        ..Config::default()
    };
    let snapshot = Server::bind(config, |_| ()).await.unwrap().snapshot();
    for warning in snapshot.warnings() {
        assert!(!warning.contains("changed") && !warning.contains("gone"), "{warning}");
    }
    assert_eq!(snapshot.tables().count() + snapshot.warnings().len(), count + 1);

    // The real binary: what ends the process would end this test if it were in it.
    let server = Binary::serve(&[folder.path().to_str().unwrap()]);
    let mut flight = connect(server.url()).await;
    for table in snapshot.tables() {
        let id = table.name.id.as_str();
        if let Err(status) = rows(&mut flight, id).await {
            assert_eq!(status.code(), Code::DataLoss, "{id}: {status}");
            assert!(status.message().contains(id), "{id}: {status}");
        }
    }
    assert_eq!(rows(&mut flight, "good").await.unwrap(), ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_becomes_junk_does_not_stop_a_refresh() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.parquet"), "PAR1junkPAR1").unwrap();
    std::fs::write(folder.path().join("good.csv"), "n\n1\n").unwrap();
    let server = Binary::serve(&[folder.path().to_str().unwrap()]);
    let mut flight = connect(server.url()).await;
    assert_eq!(rows(&mut flight, "good").await.unwrap(), ["1"]);
    assert_eq!(rows(&mut flight, "bad").await.unwrap_err().code(), Code::NotFound);
    std::fs::write(folder.path().join("worse.parquet"), "PAR1\0\0\0\u{7f}PAR1").unwrap();
    std::fs::write(folder.path().join("new.csv"), "n\n2\n").unwrap();
    let seen = refresh(&mut flight).await;
    assert_eq!(seen["datasets"], serde_json::json!(["good", "new"]));
    assert_eq!(rows(&mut flight, "new").await.unwrap(), ["2"]);
    server.signal("TERM");
    let (_, _, log) = server.wait();
    for name in ["bad.parquet", "worse.parquet"] {
        let expected = format!(
            "'{name}' is skipped: file '{name}' is not a Parquet file that can be read: its footer would be longer than the file"
        );
        assert!(log.contains(&expected), "{log}");
    }
}

/// Rows that no compression makes small.
fn compressed(rows: u64, cut: usize) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writeln!(gzip, "n,text").unwrap();
    let mut state = 1u64;
    for n in 0..rows {
        write!(gzip, "{n},").unwrap();
        for _ in 0..8 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            write!(gzip, "{:016x}", state ^ (state >> 29)).unwrap();
        }
        writeln!(gzip).unwrap();
    }
    let mut bytes = gzip.finish().unwrap();
    bytes.truncate(bytes.len() - cut);
    bytes
}

async fn in_parts(flight: &mut Flight, id: &str) -> Result<usize, Status> {
    let mut request = Request::new(path(id));
    request
        .metadata_mut()
        .insert("x-flightstream-partitions", "2".parse().unwrap());
    let answer = tokio::time::timeout(Duration::from_secs(120), flight.get_flight_info(request)).await;
    let info = answer.expect("nobody waits for what will not be")?.into_inner();
    let mut count = 0;
    for ticket in tickets(&info) {
        let (_, batches) = get(flight, ticket).await?;
        count += batches.iter().map(|batch| batch.num_rows()).sum::<usize>();
    }
    Ok(count)
}

fn write(folder: &Path, bytes: &[u8]) {
    std::fs::write(folder.join("t.csv.gz"), bytes).unwrap();
}

/// Such a file is checked in the background, since it is larger than 4 MiB.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_check_that_fails_is_told_and_all_that_come_later() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, damaged) = (compressed(90_000, 0), compressed(90_000, 1000));
    assert!(damaged.len() > 4 << 20);
    write(folder.path(), &damaged);
    let gateway = TestGateway::serve(folder.path());
    let mut flight = connect(gateway.url()).await;
    let mut other = connect(gateway.url()).await;
    let (first, second) = tokio::join!(in_parts(&mut flight, "t"), in_parts(&mut other, "t"));
    let later = in_parts(&mut flight, "t").await;
    for status in [first, second, later].map(Result::unwrap_err) {
        assert_eq!(
            (status.code(), status.message()),
            (
                Code::DataLoss,
                "'t' cannot be read in parts: file 't.csv.gz' is damaged: its compressed data cannot be read"
            )
        );
    }
    // It says so where the files are told of, too.
    let query = sql("SELECT checked, warnings FROM flightstream.files");
    let info = flight.get_flight_info(query).await.unwrap().into_inner();
    let (_, told) = get(&mut flight, tickets(&info).remove(0)).await.unwrap();
    assert_eq!(
        crate::wire::lines(&told),
        ["false|it cannot be read whole: file 't.csv.gz' is damaged: its compressed data cannot be read"]
    );
    // The same file is not read again for another look.
    refresh(&mut flight).await;
    assert_eq!(in_parts(&mut flight, "t").await.unwrap_err().code(), Code::DataLoss);

    write(folder.path(), &whole);
    refresh(&mut flight).await;
    assert_eq!(in_parts(&mut flight, "t").await.unwrap(), 90_000);
}
