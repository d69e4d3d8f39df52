//! Tables over the wire: the real binary, and beside it the shortest server that one can write over the same engine:
//! DataFusion's CSV table, which is told the schema, behind arrow-flight's encoder as it comes. The same client reads all
//! rows from both through a loopback connection, by turns, the file from the page cache.
//!
//!     cargo bench --workspace --bench wire -- [--quick] [--json] [NAME | FILE.csv]...
//!
//! Prints the wall time, the time to the first batch and the processor's time of the server, each with its least and
//! greatest, and the most memory that it had. Then the same of Parquet, where decoding costs less; what the short server
//! gives from memory: the encoder alone; and what both give of numbers that cost nothing to make.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the engine as it comes is the rival; a bench prints, and stops when something is wrong"
)]

#[path = "../crates/csv/benches/files/mod.rs"]
#[allow(dead_code, reason = "small files are for another bench")]
mod files;
#[path = "wire/rival.rs"]
mod rival;
#[path = "wire/serving.rs"]
mod serving;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use arrow::record_batch::RecordBatch;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use arrow_flight::{FlightDescriptor, Ticket};
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{CsvReadOptions, SessionContext};
use futures::TryStreamExt;
use prost::Message;
use serde_json::{Value, json};
use serving::{Serving, checked};
use tokio::runtime::Runtime;
use tonic::transport::Channel;

/// That of the binary, for all three.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a server is asked for.
const SOURCES: [&str; 2] = ["csv", "parquet"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if let Some(folder) = arguments.iter().find_map(|argument| argument.strip_prefix("--serve=")) {
        return rival::serve(Path::new(folder), |url| println!("listening on {url}"));
    }
    let (part, runs) = if has("--quick") { (0.1, 3) } else { (1.0, 7) };
    let files = files::all(part);
    let named = arguments.iter().any(|argument| !argument.starts_with("--"));
    let files = files
        .into_iter()
        .filter(|file| named || ["lineitem", "short"].contains(&file.name.as_str()));
    let mut figures: Vec<Value> = files.map(|file| one_file(&file, runs, has("--json"))).collect();
    figures.push(numbers((3e6 * part) as usize, runs, has("--json")));
    if has("--json") {
        println!("{}", Value::from(figures));
    }
}

fn one_file(file: &files::File, runs: usize, quiet: bool) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    for source in SOURCES {
        std::fs::create_dir(folder.path().join(source)).unwrap();
    }
    let csv = folder.path().join("csv").join(format!("{}.csv", file.name));
    std::fs::write(&csv, &file.text).unwrap();
    runtime.block_on(to_parquet(&csv, &folder.path().join("parquet")));
    let say = |line: String| {
        if !quiet {
            println!("{line}");
        }
    };
    say(format!("{}, {:.1} MB of CSV", file.name, file.text.len() as f64 / 1e6));
    let mut figures = serde_json::Map::new();
    for source in SOURCES {
        let (ours, theirs) = (Serving::ours(&folder.path().join(source)), rival_of(folder.path()));
        runtime.block_on(checked(&ours.url, &file.name));
        let asked = [file.name.clone(), format!("{source}/{}", file.name)].map(Asked::Table);
        let [ours, theirs] = by_turns(&runtime, runs, [(&ours, &asked[0]), (&theirs, &asked[1])]);
        say(format!("    {source}: {} rows, the same from both", ours.rows));
        say(format!("      FlightStream  {}", ours.line()));
        say(format!("      DataFusion    {}", theirs.line()));
        let ratio = theirs.wall.middle() / ours.wall.middle();
        say(format!("      {ratio:.2} times as fast"));
        figures.insert(
            source.into(),
            json!({"flightstream": ours.figures(), "datafusion": theirs.figures(), "times": ratio}),
        );
    }
    let memory = rival_of(folder.path());
    let asked = Asked::Table(format!("memory/{}", file.name));
    let [memory] = by_turns(&runtime, runs, [(&memory, &asked)]);
    say(format!(
        "    from memory, the encoder alone\n      DataFusion    {}\n",
        memory.line()
    ));
    json!({"file": file.name, "bytes": file.text.len(), "sources": figures, "memory": memory.figures()})
}

/// Sixteen columns of whole numbers from no file: what it costs to send them, and little else.
fn numbers(rows: usize, runs: usize, quiet: bool) -> Value {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let columns: Vec<_> = (1..=16).map(|column| format!("value AS c{column}")).collect();
    let query = format!("SELECT {} FROM generate_series(1, {rows})", columns.join(", "));
    let command = CommandStatementQuery {
        query: query.clone(),
        transaction_id: None,
    };
    let asked = [command.as_any().encode_to_vec(), query.into_bytes()].map(Asked::Command);
    let (ours, theirs) = (Serving::ours(folder.path()), rival_of(folder.path()));
    let [ours, theirs] = by_turns(&runtime, runs, [(&ours, &asked[0]), (&theirs, &asked[1])]);
    let ratio = theirs.wall.middle() / ours.wall.middle();
    if !quiet {
        println!("numbers from no file, {:.1} MB in Arrow", (rows * 16 * 8) as f64 / 1e6);
        println!("      FlightStream  {}", ours.line());
        println!("      DataFusion    {}", theirs.line());
        println!("      {ratio:.2} times as fast");
    }
    json!({"numbers": {"flightstream": ours.figures(), "datafusion": theirs.figures(), "times": ratio}})
}

/// What a client asks for.
enum Asked {
    /// A table by its name, which is the ticket.
    Table(String),
    /// A query, in the words of the server: the ticket is asked for first.
    Command(Vec<u8>),
}

/// The short server in a process of its own.
fn rival_of(folder: &Path) -> Serving {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(format!("--serve={}", folder.display()));
    Serving::start(command)
}

/// Reads from each server by turns, once more than is counted.
fn by_turns<const N: usize>(runtime: &Runtime, runs: usize, servers: [(&Serving, &Asked); N]) -> [Figures; N] {
    let mut figures: [Figures; N] = std::array::from_fn(|_| Figures::default());
    for run in 0..=runs {
        for ((server, asked), figures) in servers.iter().zip(&mut figures) {
            let (cpu, started) = (server.cpu(), Instant::now());
            let answer = runtime.block_on(read(&server.url, asked));
            let wall = started.elapsed();
            if run > 0 {
                figures.wall.push(wall);
                figures.first.push(answer.first);
                figures.cpu.push(server.cpu() - cpu);
            }
            (figures.rows, figures.sum) = (answer.rows, answer.sum);
        }
    }
    for ((server, _), figures) in servers.iter().zip(&mut figures) {
        figures.peak_mb = server.peak_mb();
    }
    let answers = figures.each_ref().map(|figures| (figures.rows, figures.sum));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    figures
}

/// What a client gets.
struct Answer {
    rows: usize,
    /// Of the first column of whole numbers.
    sum: i64,
    first: Duration,
}

async fn read(url: &str, asked: &Asked) -> Answer {
    let started = Instant::now();
    let address = url.replacen("grpc://", "http://", 1);
    let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
    let mut client = FlightServiceClient::new(channel).max_decoding_message_size(usize::MAX);
    let ticket = match asked {
        Asked::Table(name) => Ticket::new(name.clone()),
        Asked::Command(command) => {
            let descriptor = FlightDescriptor::new_cmd(command.clone());
            let info = client.get_flight_info(descriptor).await.unwrap().into_inner();
            info.endpoint[0].ticket.clone().unwrap()
        }
    };
    let messages = client.do_get(ticket).await.unwrap().into_inner();
    let mut batches = FlightRecordBatchStream::new_from_flight_data(messages.map_err(FlightError::from));
    let (mut rows, mut sum, mut first) = (0, 0, None);
    while let Some(batch) = batches.try_next().await.unwrap() {
        first.get_or_insert_with(|| started.elapsed());
        rows += batch.num_rows();
        sum += whole_numbers(&batch);
    }
    Answer {
        rows,
        sum,
        first: first.unwrap(),
    }
}

fn whole_numbers(batch: &RecordBatch) -> i64 {
    let column = batch
        .columns()
        .iter()
        .find(|column| column.data_type() == &DataType::Int64);
    column.map_or(0, |column| column.as_primitive::<Int64Type>().iter().flatten().sum())
}

/// Writes a CSV file as Parquet, too.
async fn to_parquet(csv: &Path, folder: &Path) {
    let context = SessionContext::new();
    let options = CsvReadOptions::new()
        .newlines_in_values(true)
        .schema_infer_max_records(10_000);
    let frame = context.read_csv(csv.to_str().unwrap(), options).await.unwrap();
    let path = folder.join(csv.with_extension("parquet").file_name().unwrap());
    let options = DataFrameWriteOptions::new().with_single_file_output(true);
    frame
        .write_parquet(path.to_str().unwrap(), options, None)
        .await
        .unwrap();
}

/// What was measured of one server.
#[derive(Default)]
struct Figures {
    rows: usize,
    sum: i64,
    wall: Times,
    first: Times,
    cpu: Times,
    peak_mb: f64,
}

impl Figures {
    fn line(&self) -> String {
        let (wall, first, cpu, peak) = (&self.wall, &self.first, &self.cpu, self.peak_mb);
        format!("{wall} ms, first batch after {first} ms, {cpu} ms CPU, at most {peak:.0} MB")
    }

    fn figures(&self) -> Value {
        json!({
            "rows": self.rows, "wall_ms": self.wall.three(), "first_batch_ms": self.first.three(),
            "cpu_ms": self.cpu.three(), "peak_mb": self.peak_mb,
        })
    }
}

/// How long something took, several times.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn push(&mut self, time: Duration) {
        self.0.push(time);
        self.0.sort_unstable();
    }

    /// In milliseconds.
    fn middle(&self) -> f64 {
        self.three()[0]
    }

    /// The median, the least and the greatest, in milliseconds.
    fn three(&self) -> [f64; 3] {
        [self.0.len() / 2, 0, self.0.len() - 1].map(|at| self.0[at].as_secs_f64() * 1e3)
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [middle, least, greatest] = self.three();
        write!(f, "{middle:.1} ({least:.1} to {greatest:.1})")
    }
}
