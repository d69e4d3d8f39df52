//! The `flightstream` command line: arguments to a command, and its outcome to an exit code.
//!
//! `serve` is the gateway; `infer` looks at a file; every other command is a client of a running server and knows only
//! what [`crate::client`] says. Data goes to standard output and nothing else does; messages and progress go to standard error.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done, or the reader of standard output had enough |
//! | 1 | failed: one line on standard error says why |
//! | 2 | wrong arguments |
//! | 130 | interrupted |

mod connection;
mod datasets;
mod get;
mod infer;
mod info;
mod output;
mod progress;
mod refresh;
pub mod serve;
mod sql;

use std::error::Error as _;
use std::io::Write;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};

use crate::client;
use crate::telemetry::escaped;
use output::{Interrupted, StdoutClosed};

/// Serves folders of tables over Arrow Flight and Flight SQL, and reads from such servers.
#[derive(Debug, Parser)]
#[command(name = "flightstream", version, about, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  flightstream serve                          serve the tables of a folder
  flightstream datasets                       what a server has
  flightstream info sales                     the columns of one dataset
  flightstream get sales -o sales.parquet     a dataset into a file, the format by its suffix
  flightstream sql 'SELECT region, sum(amount) FROM sales GROUP BY region'
  flightstream infer sales.csv                how a CSV file is understood, and why
  echo 'SELECT 1' | flightstream sql - --format json

`flightstream help COMMAND` tells more about a command.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve tables
    Serve(Box<serve::ServeArgs>),
    /// List the datasets of a server
    Datasets(datasets::DatasetsArgs),
    /// Fetch a dataset, or a part of it
    Get(get::GetArgs),
    /// Run an SQL statement on a server
    Sql(sql::SqlArgs),
    /// Tell about a server, or about one of its datasets
    Info(info::InfoArgs),
    /// Tell how a CSV file is understood, and why
    Infer(Box<infer::InferArgs>),
    /// Have a server look at its files again
    Refresh(refresh::RefreshArgs),
}

/// Parses the process's arguments and runs the command: all of `main`.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) => usage_error(&error),
    }
}

/// Runs a parsed command line to its end.
pub fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Serve(args) => return serve::run(&args),
        Command::Datasets(args) => client_command(datasets::run(args)),
        Command::Get(args) => client_command(get::run(args)),
        Command::Sql(args) => client_command(sql::run(args)),
        Command::Info(args) => client_command(info::run(args)),
        Command::Infer(args) => client_command(infer::run(*args)),
        Command::Refresh(args) => client_command(refresh::run(args)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure(&error),
    }
}

/// Runs a client's command on a runtime of its own.
///
/// The command itself runs on this thread, and the connection on the worker: while standard output blocks (a pager that
/// waits for a key), the connection goes on answering the server's keep-alives.
fn client_command(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(command)
}

fn failure(error: &anyhow::Error) -> ExitCode {
    if error.is::<StdoutClosed>() {
        return ExitCode::SUCCESS;
    }
    if let Some(error) = error.downcast_ref::<clap::Error>() {
        return usage_error(error);
    }
    // Nothing is left to do if standard error is gone.
    let _ = writeln!(std::io::stderr().lock(), "error: {}", one_line(&format!("{error:#}")));
    let wrong_address = matches!(error.downcast_ref(), Some(client::Error::Address { .. }));
    ExitCode::from(if error.is::<Interrupted>() {
        130
    } else if wrong_address {
        2
    } else {
        1
    })
}

fn usage_error(error: &clap::Error) -> ExitCode {
    // Nothing is left to do if the terminal is gone.
    let _ = match bad_value(error) {
        Some(line) => writeln!(std::io::stderr().lock(), "{line}"),
        None => error.print(),
    };
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A value that a flag does not take, as one line that names the flag and what it takes; also when the environment gave it.
fn bad_value(error: &clap::Error) -> Option<String> {
    if !matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
        return None;
    }
    let said = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        _ => None,
    };
    // What this program found out itself, after clap, has only a message.
    let Some((flag, value)) = said(ContextKind::InvalidArg).zip(said(ContextKind::InvalidValue)) else {
        return Some(one_line(&error.render().to_string()));
    };
    let expected = match (error.source(), said(ContextKind::ValidValue)) {
        (Some(reason), _) => reason.to_string(),
        (None, values) => {
            let values = values.filter(|values| !values.is_empty());
            format!("expected {}", values.as_deref().unwrap_or("a value"))
        }
    };
    Some(one_line(&format!(
        "error: invalid value '{}' for '{flag}': {expected}",
        escaped(&value)
    )))
}

/// What a server wrote stays on one line and cannot steer the terminal.
fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    escaped(&lines.collect::<Vec<_>>().join(" ")).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_arguments_are_a_usage_error() {
        for arguments in [
            &["flightstream"][..],
            &["flightstream", "get"],
            &["flightstream", "sql"],
            &["flightstream", "sql", "SELECT 1", "--file", "q.sql"],
            &["flightstream", "get", "x", "--format", "xlsx"],
            &["flightstream", "get", "x", "--connect-timeout", "soon"],
            &["flightstream", "get", "x", "--retry-attempts", "0"],
        ] {
            let error = Cli::try_parse_from(arguments).expect_err(&arguments.join(" "));
            assert_eq!(error.exit_code(), 2, "{arguments:?}");
        }
    }

    #[test]
    fn a_bad_value_is_one_line_that_names_the_flag() {
        for (arguments, line) in [
            (
                &["serve", "--port", "70000"][..],
                "error: invalid value '70000' for '--port <PORT>': 70000 is not in 0..=65535",
            ),
            (
                &["get", "x", "--format", "xlsx"],
                "error: invalid value 'xlsx' for '--format <FORMAT>': expected table, csv, json, ndjson, parquet, arrow, arrows",
            ),
            (
                &["serve", "--batch-size", "1\n2"],
                "error: invalid value '1\\n2' for '--batch-size <ROWS>': expected a number of rows from 1 to 1048576",
            ),
        ] {
            let error = Cli::try_parse_from([&["flightstream"], arguments].concat()).unwrap_err();
            assert_eq!(bad_value(&error).as_deref(), Some(line));
        }
        let error = Cli::try_parse_from(["flightstream", "serve", "--no-such"]).unwrap_err();
        assert_eq!(bad_value(&error), None);
    }

    #[test]
    fn an_error_is_one_line_without_control_characters() {
        assert_eq!(
            one_line("Parser error:\n  unexpected\u{1b}[31m X\n"),
            "Parser error: unexpected\\u{1b}[31m X"
        );
    }
}
