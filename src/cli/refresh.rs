//! `flightstream refresh`: has a server look at its files again.

use anyhow::Context;
use clap::Args;
use serde_json::Value;

use super::connection::ConnectionArgs;
use super::output::Destination;
use crate::telemetry::escaped;

/// The action by which a server looks at its files again.
const REFRESH: &str = "refresh-datasets";

/// Which server.
#[derive(Debug, Args)]
pub(super) struct RefreshArgs {
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Refreshes, and tells what the server says of it.
pub(super) async fn run(args: RefreshArgs) -> anyhow::Result<()> {
    let client = args.connection.connect().await?;
    let results = client.action(REFRESH, "").await?;
    let body = results.first().context("the server says nothing of its refresh")?;
    let outcome: Value = serde_json::from_slice(body).context("what the server says of its refresh is not JSON")?;
    let message = outcome
        .get("message")
        .and_then(Value::as_str)
        .context("the refresh failed")?;
    Destination::stdout().write_text(&format!("{}\n", escaped(message)))
}
