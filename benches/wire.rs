//! Rows over the wire: the real binary serves a generated CSV file (850,000 rows, about 45 MB), our own client reads it
//! through a loopback connection. Prints rows/s, MB/s of CSV, the time to the first batch and the server's peak memory,
//! for several batch sizes (the reason for the default), and the ratio to arrow-csv, a reader in process on one core that
//! is told the schema and sends nothing anywhere.
//!
//! ```sh
//! cargo bench --bench wire
//! ```
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and stops when something is wrong"
)]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use flightstream::client::Client;
use futures::TryStreamExt;

const ROWS: usize = 850_000;
const RUNS: usize = 5;
const BATCH_SIZES: [usize; 5] = [1024, 8192, 16_384, 32_768, 65_536];

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trips.csv");
    std::fs::write(&file, generated(ROWS)).unwrap();
    let megabytes = std::fs::metadata(&file).unwrap().len() as f64 / 1e6;
    println!("{ROWS} rows, {megabytes:.1} MB of CSV, best of {RUNS} runs\n");

    let rival = best(|| arrow_csv(&file));
    println!("arrow-csv, in process, one core   {}", speed(rival, megabytes));
    println!("\nbatch size   over the wire                          first batch   peak memory   arrow-csv = 1");
    for batch_size in BATCH_SIZES {
        let server = Serving::start(folder.path(), batch_size);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(Client::connect(&server.url)).unwrap();
        runtime.block_on(checked(&client));
        let mut first = Duration::MAX;
        let whole = best(|| {
            let read = runtime.block_on(read(&client));
            first = first.min(read);
        });
        println!(
            "{batch_size:>10}   {}   {:>8.1} ms   {:>8.1} MB   {:>10.2}",
            speed(whole, megabytes),
            first.as_secs_f64() * 1e3,
            server.peak_bytes() as f64 / 1e6,
            rival.as_secs_f64() / whole.as_secs_f64(),
        );
    }
}

fn best(mut run: impl FnMut()) -> Duration {
    let timed = (0..RUNS).map(|_| {
        let started = Instant::now();
        run();
        started.elapsed()
    });
    timed.min().unwrap()
}

fn speed(time: Duration, megabytes: f64) -> String {
    let seconds = time.as_secs_f64();
    format!(
        "{:>5.0} ms {:>6.2} M rows/s {:>6.0} MB/s",
        seconds * 1e3,
        ROWS as f64 / seconds / 1e6,
        megabytes / seconds
    )
}

/// Eight short columns: ids, a time, a date, names, numbers, flags, some of them empty.
fn generated(rows: usize) -> String {
    let mut text = String::from("id,started,day,station,minutes,fare,member,note\n");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for id in 0..rows {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = state >> 33;
        let (hour, minute, day) = (random % 24, random % 60, random % 28 + 1);
        let (station, fare) = (random % 400, random % 5000);
        let note = if random.is_multiple_of(7) { "late" } else { "" };
        let member = random.is_multiple_of(2);
        writeln!(
            text,
            "{id},2024-05-{day:02} {hour:02}:{minute:02},2024-05-{day:02},{station},{minute},{}.{:02},{member},{note}",
            fare / 100,
            fare % 100,
        )
        .unwrap();
    }
    text
}

/// The rival: told the schema by a first look at the file, as its users do.
fn arrow_csv(file: &Path) {
    let format = Format::default().with_header(true);
    let (schema, _) = format.infer_schema(File::open(file).unwrap(), Some(1000)).unwrap();
    let reader = ReaderBuilder::new(Arc::new(schema))
        .with_header(true)
        .with_batch_size(8192);
    let rows: usize = reader
        .build(File::open(file).unwrap())
        .unwrap()
        .map(|batch| batch.unwrap().num_rows())
        .sum();
    assert_eq!(rows, ROWS);
}

/// Waits until the server has read the whole file once, which it does in the background after its start.
async fn checked(client: &Client) {
    while client.info("trips").await.unwrap().rows.is_none() {}
}

/// Reads the whole dataset; returns the time to its first batch.
async fn read(client: &Client) -> Duration {
    let started = Instant::now();
    let mut batches = client.stream("trips").await.unwrap();
    let (mut rows, mut first) = (0, None);
    while let Some(batch) = batches.try_next().await.unwrap() {
        first.get_or_insert_with(|| started.elapsed());
        rows += batch.num_rows();
    }
    assert_eq!(rows, ROWS);
    first.unwrap()
}

struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    fn start(folder: &Path, batch_size: usize) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flightstream"))
            .args([
                "serve",
                "--port",
                "0",
                "--log-level",
                "warn",
                "--batch-size",
                &batch_size.to_string(),
            ])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }

    /// The most memory that the server has had resident, where the system tells it.
    fn peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kilobytes.unwrap_or_default() * 1024
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
