//! `flightstream sql`: the result of a statement into a file or to standard output.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::connection::ConnectionArgs;
use super::output::OutputArgs;

/// What to run.
#[derive(Debug, Args)]
pub(super) struct SqlArgs {
    /// The statement; `-` reads it from standard input
    #[arg(value_name = "STATEMENT", required_unless_present = "file", conflicts_with = "file")]
    statement: Option<String>,

    /// Read the statement from a file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Runs it.
pub(super) async fn run(args: SqlArgs) -> anyhow::Result<()> {
    let destination = args.output.destination()?;
    let statement = statement(args.statement.as_deref(), args.file)?;
    let client = args.connection.connect().await?;
    destination.write_stream(client.sql(&statement).await?).await
}

fn statement(given: Option<&str>, file: Option<PathBuf>) -> anyhow::Result<String> {
    let text = match (given, file) {
        (_, Some(file)) => std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?,
        (Some("-"), None) => {
            let mut text = String::new();
            std::io::stdin()
                .lock()
                .read_to_string(&mut text)
                .context("cannot read standard input")?;
            text
        }
        (given, None) => given.unwrap_or_default().to_owned(),
    };
    match text.trim() {
        "" => bail!("the statement is empty"),
        statement => Ok(statement.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_comes_from_the_argument_or_from_a_file() {
        assert_eq!(statement(Some(" SELECT 1\n"), None).unwrap(), "SELECT 1");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("q.sql");
        std::fs::write(&file, "-- all\nSELECT 'é';\n").unwrap();
        assert_eq!(statement(None, Some(file)).unwrap(), "-- all\nSELECT 'é';");
    }

    #[test]
    fn nothing_to_run_is_an_error() {
        assert_eq!(
            statement(Some("  "), None).unwrap_err().to_string(),
            "the statement is empty"
        );
        let error = statement(None, Some("no/such.sql".into())).unwrap_err();
        assert!(
            format!("{error:#}").starts_with("cannot read no/such.sql: "),
            "{error:#}"
        );
    }
}
