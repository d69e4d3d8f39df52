//! Queries over CSV files, planned and run by the engine as a server does it, beside DataFusion's own CSV table, which is
//! told the schema: all rows, the sum of a column, and of lineitem the queries 1 and 6 of TPC-H. By turns, on generated
//! files of four shapes.
//! Then how long it takes until files can be queried: each of these, and a folder of a thousand small ones.
//!
//!     cargo bench --workspace --bench scan -- [--quick] [--json] [NAME | FILE.csv]...
//!
//! `crates/csv/benches/decode.rs` does the same without an engine, on one thread, beside arrow-csv.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the engine as it comes is the rival; a bench prints, and stops when something is wrong"
)]

#[path = "../crates/csv/benches/files/mod.rs"]
mod files;
#[path = "../crates/csv/benches/files/measure.rs"]
mod measure;

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::prelude::{CsvReadOptions, SessionConfig, SessionContext};
use files::File;
use flightstream::config::Config;
use flightstream::engine::{Engine, Executor, LocalExecutor, PlanOptions, Query};
use flightstream::request::RequestContext;
use futures::{Stream, TryStreamExt};
use measure::{Times, by_turns};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SMALL_FILES: usize = 1000;

/// Sums and averages of nearly all rows, by two flags.
const Q1: &str = "SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), \
    sum(l_extendedprice * (1 - l_discount)), sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), avg(l_quantity), \
    avg(l_extendedprice), avg(l_discount), count(*) FROM lineitem WHERE l_shipdate <= DATE '1998-09-02' \
    GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus";

/// A sum of the few rows that three columns let through, rounded: it may be added up in any order.
const Q6: &str = "SELECT round(sum(l_extendedprice * l_discount)) FROM lineitem WHERE l_shipdate >= DATE '1994-01-01' \
    AND l_shipdate < DATE '1995-01-01' AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24";

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let (part, runs) = if has("--quick") { (0.1, 3) } else { (1.0, 7) };
    let (runtime, json) = (Runtime::new().unwrap(), has("--json"));
    let files = files::all(part);
    let mut figures: Vec<Value> = files.iter().map(|file| one_file(&runtime, file, runs, json)).collect();
    if std::env::args().skip(1).all(|argument| argument.starts_with("--")) {
        figures.push(small_files(&runtime, runs, json));
    }
    if json {
        println!("{}", Value::from(figures));
    }
}

fn say(json: bool, line: &str) {
    if !json {
        println!("{line}");
    }
}

fn one_file(runtime: &Runtime, file: &File, runs: usize, json: bool) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{}.csv", file.name));
    std::fs::write(&path, &file.text).unwrap();
    let opening = opening(runtime, folder.path(), runs);
    let megabytes = file.text.len() as f64 / 1e6;
    say(
        json,
        &format!("{}, {megabytes:.1} MB\n    opened      {opening}", file.name),
    );
    let both = Both::new(runtime, folder.path(), &path, &file.name);
    let queries = both.queries(&file.name);
    let queries: Vec<Value> = queries.iter().map(|sql| both.compare(sql, runs, json)).collect();
    json!({"file": file.name, "bytes": file.text.len(), "open": opening.figures(), "queries": queries})
}

fn small_files(runtime: &Runtime, runs: usize, json: bool) -> Value {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..SMALL_FILES {
        std::fs::write(folder.path().join(format!("f{number}.csv")), files::small(number)).unwrap();
    }
    let opening = opening(runtime, folder.path(), runs);
    say(json, &format!("{SMALL_FILES} small files\n    opened      {opening}"));
    json!({"small_files": SMALL_FILES, "open": opening.figures()})
}

/// How long it takes from nothing to tables that can be queried. Large files are checked behind that.
fn opening(runtime: &Runtime, folder: &Path, runs: usize) -> Times {
    let mut times = Times::default();
    for _ in 0..runs {
        times.time(|| opened(runtime, folder));
    }
    times
}

fn opened(runtime: &Runtime, folder: &Path) -> Arc<Engine> {
    let config = Config {
        locations: vec![folder.into()],
        ..Config::default()
    };
    let engine = Engine::new(&config).unwrap();
    runtime.block_on(engine.refresh(|_| ())).unwrap();
    engine
}

/// A file, and the two that read it.
struct Both<'a> {
    runtime: &'a Runtime,
    ours: Arc<Engine>,
    theirs: SessionContext,
    schema: SchemaRef,
}

/// How many rows an answer has; and its columns, if it is one row.
type Answer = (usize, Vec<ArrayRef>);

impl<'a> Both<'a> {
    fn new(runtime: &'a Runtime, folder: &Path, file: &Path, table: &str) -> Self {
        let ours = opened(runtime, folder);
        runtime.block_on(ours.checked(table)).unwrap();
        let query = Query::sql(format!("SELECT * FROM {table}"));
        let plan = runtime.block_on(ours.plan(&RequestContext::of_server(), query, PlanOptions::default()));
        let schema = Arc::clone(plan.unwrap().schema());
        let theirs = SessionContext::new_with_config(SessionConfig::new().with_batch_size(ours.batch_size()));
        // Its reader works on several parts of a file only if it may believe every line end.
        let options = CsvReadOptions::new()
            .newlines_in_values(table == "wide")
            .schema(&schema);
        runtime
            .block_on(theirs.register_csv(table, file.to_str().unwrap(), options))
            .unwrap();
        Self {
            runtime,
            ours,
            theirs,
            schema,
        }
    }

    /// All rows, and the sum of the first column of whole numbers, which is the same in any order; of lineitem more.
    fn queries(&self, table: &str) -> Vec<String> {
        let mut whole = self
            .schema
            .fields()
            .iter()
            .filter(|field| field.data_type() == &DataType::Int64);
        let column = whole.next().unwrap().name();
        let mut queries = vec![
            format!("SELECT * FROM {table}"),
            format!("SELECT count(*), sum({column}) FROM {table}"),
        ];
        if table == "lineitem" {
            queries.extend([Q1, Q6].map(str::to_owned));
        }
        queries
    }

    fn compare(&self, sql: &str, runs: usize, json: bool) -> Value {
        let answer = self.ours(sql);
        assert_eq!(answer, self.theirs(sql), "{sql}");
        let (ours, theirs) = by_turns(runs, || drop(self.ours(sql)), || drop(self.theirs(sql)));
        let (ratio, rows) = (ours.cpu_ms() / theirs.cpu_ms(), answer.0);
        say(json, &format!("    {sql}: {rows} rows, the same from both"));
        say(
            json,
            &format!("    engine      {ours}\n    DataFusion  {theirs}\n    ratio       {ratio:.2}"),
        );
        json!({"sql": sql, "rows": rows, "engine": ours.figures(), "datafusion": theirs.figures(), "ratio": ratio})
    }

    fn ours(&self, sql: &str) -> Answer {
        self.runtime.block_on(async {
            let context = RequestContext::of_server();
            let plan = self.ours.plan(&context, Query::sql(sql), PlanOptions::default());
            let plan = plan.await.unwrap();
            read(
                self.ours
                    .runtime()
                    .pipe(async move { LocalExecutor.execute(plan, None) }),
            )
            .await
        })
    }

    fn theirs(&self, sql: &str) -> Answer {
        self.runtime.block_on(async {
            let frame = self.theirs.sql(sql).await.unwrap();
            read(frame.execute_stream().await.unwrap()).await
        })
    }
}

async fn read<E: std::fmt::Debug>(batches: impl Stream<Item = Result<RecordBatch, E>>) -> Answer {
    let mut batches = std::pin::pin!(batches);
    let (mut rows, mut one) = (0, Vec::new());
    while let Some(batch) = batches.try_next().await.unwrap() {
        rows += batch.num_rows();
        if rows == 1 {
            one = batch.columns().to_vec();
        }
    }
    (rows, one)
}
