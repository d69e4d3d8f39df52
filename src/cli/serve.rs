//! `flightstream serve`: start a gateway, say what it serves and how to reach it, stop it when asked.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::signal::unix::{SignalKind, signal};

use crate::catalog::{RefreshProgress, Snapshot, Table};
use crate::config::Config;
pub use crate::config::ServeArgs;
use crate::config::args::LogFormat;
use crate::error::{Error, ErrorKind, Result};
use crate::server::Server;
use crate::telemetry::{self, escaped};

/// The exit code of a value that makes no sense, as clap has it.
const USAGE: u8 = 2;

/// The exit code of a process that a second signal ended.
const INTERRUPTED: i32 = 130;

/// Lists of tables and warnings are cut here; clients list all of them.
const SHOWN: usize = 100;

/// Serves until SIGINT or SIGTERM. 0 after a drain, 1 when it could not start, 2 for a value that makes no sense.
pub fn run(args: &ServeArgs) -> ExitCode {
    let started = telemetry::init(&args.log_level, args.log_format).and_then(|()| Config::try_from(args));
    let outcome = started.and_then(|config| {
        let runtime = tokio::runtime::Runtime::new();
        let runtime = runtime.map_err(|error| Error::internal(format!("no runtime: {error}")))?;
        runtime.block_on(serve(config, args.log_format))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {}", escaped(&error.to_string()));
            ExitCode::from(if error.kind() == ErrorKind::Invalid { USAGE } else { 1 })
        }
    }
}

async fn serve(config: Config, format: LogFormat) -> Result<()> {
    let signals = Signals::listen()?;
    let locations: Vec<_> = config
        .locations
        .iter()
        .map(|location| location.display().to_string())
        .collect();
    let bar = progress_bar();
    let shown = bar.clone();
    let server = Server::bind(config, move |progress: RefreshProgress| {
        shown.set_length(progress.total as u64);
        shown.set_position(progress.done as u64);
    })
    .await?;
    bar.finish_and_clear();
    let url = server.url();
    // Nobody may be reading either stream: that is no reason to stop.
    match format {
        LogFormat::Pretty => {
            let mut notice = tables(&server.snapshot(), &locations.join(", "));
            notice.push_str(&how_to_connect(&url, &server.snapshot()));
            let _ = write!(std::io::stderr(), "{notice}");
        }
        LogFormat::Json => log_start(&server.snapshot(), &url),
    }
    let mut out = std::io::stdout();
    let _ = writeln!(out, "listening on grpc://{}", server.address()).and_then(|()| out.flush());
    server.run(signals.stop()).await
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("reading files {bar:30} {pos}/{len}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What is served, as a table, and what is not and why.
fn tables(snapshot: &Snapshot, locations: &str) -> String {
    let count = snapshot.tables().count();
    if count == 0 {
        let mut text =
            format!("nothing to serve in {locations} yet: add .csv, .tsv, .txt or .parquet files and refresh\n");
        text.push_str(&warnings(snapshot));
        return text;
    }
    let rows: Vec<_> = snapshot.tables().take(SHOWN).map(|table| row(table)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0).max(7), width(1).max(4), width(2).max(7), width(3).max(4)];
    let line = |cells: [&str; 5]| {
        let [name, rows, columns, size, made] = cells;
        let [a, b, c, d] = widths;
        format!("  {name:<a$}  {rows:>b$}  {columns:>c$}  {size:>d$}  {made}\n")
    };
    let noun = if count == 1 { "dataset" } else { "datasets" };
    let mut text = format!("serving {count} {noun} from {locations}\n\n");
    text.push_str(&line(["dataset", "rows", "columns", "size", "format"]));
    for row in &rows {
        text.push_str(&line(row.each_ref().map(String::as_str)));
    }
    if count > SHOWN {
        text.push_str(&format!("  … and {} more: flightstream datasets\n", count - SHOWN));
    }
    text.push_str(&warnings(snapshot));
    text
}

fn row(table: &Table) -> [String; 5] {
    let rows = table.rows().map_or_else(|| "?".into(), |rows| rows.to_string());
    let size = table
        .size_bytes()
        .map_or_else(|| "-".into(), |bytes| indicatif::DecimalBytes(bytes).to_string());
    [
        escaped(&table.name.id).into_owned(),
        rows,
        table.schema.fields().len().to_string(),
        size,
        table.description().into(),
    ]
}

/// The same for a program that reads the log.
fn log_start(snapshot: &Snapshot, url: &str) {
    tracing::info!(url, datasets = snapshot.tables().count(), "serving");
    for warning in all_warnings(snapshot) {
        tracing::warn!("{warning}");
    }
}

fn all_warnings(snapshot: &Snapshot) -> Vec<String> {
    let of_tables = snapshot.tables().flat_map(|table| {
        let id = &table.name.id;
        table
            .warnings()
            .into_iter()
            .map(move |warning| format!("'{id}': {warning}"))
    });
    snapshot.warnings().iter().cloned().chain(of_tables).collect()
}

fn warnings(snapshot: &Snapshot) -> String {
    let all = all_warnings(snapshot);
    if all.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n");
    for warning in all.iter().take(SHOWN) {
        text.push_str(&format!("  warning: {}\n", escaped(warning)));
    }
    if all.len() > SHOWN {
        text.push_str(&format!("  … and {} more warnings\n", all.len() - SHOWN));
    }
    text
}

fn how_to_connect(url: &str, snapshot: &Snapshot) -> String {
    let example = snapshot.tables().next();
    let id = example.map_or("ID", |table| table.name.id.as_str());
    let name = example.map_or_else(|| "\"TABLE\"".into(), |table| table.name.quoted());
    let name = escaped(&name);
    let address = url.trim_start_matches("grpc://");
    format!(
        r#"
connect with
  CLI      flightstream sql 'SELECT * FROM {name} LIMIT 10' --server {url}
  Python   pyarrow.flight.connect("{url}").do_get(pyarrow.flight.Ticket({id:?}.encode())).read_pandas()
  ADBC     adbc_driver_flightsql.dbapi.connect("{url}")
  JDBC     jdbc:arrow-flight-sql://{address}/?useEncryption=false

"#
    )
}

struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(|error| Error::internal(format!("no signals: {error}")));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Resolves at the first signal. The second ends the process at once.
    async fn stop(mut self) {
        self.next().await;
        tracing::info!("shutting down: running streams may finish; a second signal ends them");
        // A thread of the runtime: it ends with the process, whichever comes first.
        #[expect(clippy::disallowed_methods, reason = "lives as long as the process")]
        tokio::spawn(async move {
            self.next().await;
            std::process::exit(INTERRUPTED);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }
}
