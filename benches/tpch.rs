//! The 22 queries of TPC-H over Parquet, planned and run by the engine as a server does it, beside DataFusion as it comes over
//! the same files. By turns, in one process; the answers are compared.
//!
//!     cargo bench --workspace --bench tpch -- FOLDER [--json] [--plan] [--runs=N] [NUMBER]...
//!
//! The folder holds `lineitem.parquet` and the others (`tpchgen-cli parquet -s 1 --output-dir=FOLDER`). A ratio above 1
//! is for the gateway: how many times the processor's time it takes DataFusion. `--plan` prints both plans and runs nothing.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the engine as it comes is the rival; a bench prints, and stops when something is wrong"
)]

#[path = "../crates/csv/benches/files/measure.rs"]
mod measure;

use std::path::Path;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use flightstream::config::Config;
use flightstream::engine::{Engine, Executor, LocalExecutor, PlanOptions, Query};
use flightstream::request::RequestContext;
use futures::TryStreamExt;
use measure::by_turns;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const QUERIES: &str = include_str!("tpch/queries.sql");

const TABLES: [&str; 8] = [
    "customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier",
];

fn main() {
    // As the binary does. With huge pages the two differ by whose memory was given back and taken anew, by up to a fifth.
    #[cfg(target_os = "linux")]
    rustix::thread::disable_transparent_huge_pages(true).unwrap_or_default();
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let given = |name: &str| arguments.iter().find_map(|argument| argument.strip_prefix(name));
    let (numbers, folders): (Vec<_>, Vec<_>) = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .partition(|argument| argument.parse::<usize>().is_ok());
    let [folder] = folders[..] else {
        return println!("name one folder of TPC-H's tables as Parquet files");
    };
    let wanted = |number: usize| numbers.is_empty() || numbers.iter().any(|wanted| **wanted == number.to_string());
    let both = Both::new(Path::new(folder));
    let queries = (1..).zip(QUERIES.split(";\n").map(without_notes).filter(|sql| !sql.is_empty()));
    let queries = queries.filter(|(number, _)| wanted(*number));
    if has("--plan") {
        return queries.for_each(|(number, sql)| both.explain(number, &sql));
    }
    let runs = given("--runs=").map_or(7, |runs| runs.parse().unwrap());
    let figures: Vec<_> = queries
        .map(|(number, sql)| both.compare(number, &sql, runs, has("--json")))
        .collect();
    match has("--json") {
        true => println!("{}", Value::from(figures)),
        false => summarize(&figures),
    }
}

fn without_notes(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("--"));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn summarize(figures: &[Value]) {
    let mut ratios: Vec<f64> = figures.iter().filter_map(|figure| figure["ratio"].as_f64()).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let (least, middle) = (ratios[0], ratios[ratios.len() / 2]);
    println!("ratio {middle:.2} in the middle, {least:.2} the least");
}

/// The same files in both.
struct Both {
    runtime: Runtime,
    ours: Arc<Engine>,
    theirs: SessionContext,
}

impl Both {
    fn new(folder: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let config = Config {
            locations: vec![folder.into()],
            ..Config::default()
        };
        let ours = Engine::new(&config).unwrap();
        let theirs = SessionContext::new();
        runtime.block_on(async {
            ours.refresh(|_| ()).await.unwrap();
            for table in TABLES {
                let path = folder.join(format!("{table}.parquet"));
                let options = ParquetReadOptions::default();
                theirs
                    .register_parquet(table, path.to_str().unwrap(), options)
                    .await
                    .unwrap();
            }
        });
        Self { runtime, ours, theirs }
    }

    fn compare(&self, number: usize, sql: &str, runs: usize, json: bool) -> Value {
        assert_eq!(lines(&self.ours(sql)), lines(&self.theirs(sql)), "query {number}");
        let (ours, theirs) = by_turns(runs, || drop(self.ours(sql)), || drop(self.theirs(sql)));
        let (ratio, wall) = (theirs.cpu_ms() / ours.cpu_ms(), theirs.wall_ms() / ours.wall_ms());
        if !json {
            println!(
                "Q{number}\n    engine      {ours}\n    DataFusion  {theirs}\n    ratio       {ratio:.2} ({wall:.2} of the wall time)"
            );
        }
        json!({"query": number, "engine": ours.figures(), "datafusion": theirs.figures(), "ratio": ratio})
    }

    fn explain(&self, number: usize, sql: &str) {
        let sql = format!("EXPLAIN FORMAT INDENT {sql}");
        println!("Q{number}\n{}", pretty_format_batches(&self.ours(&sql)).unwrap());
        println!("{}", pretty_format_batches(&self.theirs(&sql)).unwrap());
    }

    fn ours(&self, sql: &str) -> Vec<RecordBatch> {
        self.runtime.block_on(async {
            let context = RequestContext::of_server();
            let plan = self.ours.plan(&context, Query::sql(sql), PlanOptions::default());
            let plan = plan.await.unwrap();
            let batches = self
                .ours
                .runtime()
                .pipe(async move { LocalExecutor.execute(plan, None) });
            batches.try_collect().await.unwrap()
        })
    }

    fn theirs(&self, sql: &str) -> Vec<RecordBatch> {
        self.runtime.block_on(async {
            let frame = self.theirs.sql(sql).await.unwrap();
            frame.execute_stream().await.unwrap().try_collect().await.unwrap()
        })
    }
}

/// The rows as text, in no order: rows that are equal in what they are sorted by come as they like. Without the names of columns:
/// where a statement gives none, the two call them otherwise.
fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let text = pretty_format_batches(&batches.iter().map(numbered).collect::<Vec<_>>())
        .unwrap()
        .to_string();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// The batch with numbers as the names of its columns.
fn numbered(batch: &RecordBatch) -> RecordBatch {
    let columns = (0..).zip(batch.columns());
    let named = columns.map(|(at, column): (u32, _)| (at.to_string(), Arc::clone(column), true));
    RecordBatch::try_from_iter_with_nullable(named).unwrap()
}
