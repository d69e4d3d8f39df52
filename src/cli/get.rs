//! `flightstream get`: a dataset, or a part of it, into a file or to standard output.

use clap::Args;

use super::connection::ConnectionArgs;
use super::output::OutputArgs;
use crate::client::DatasetQuery;

/// What to fetch.
#[derive(Debug, Args)]
pub(super) struct GetArgs {
    /// Name of the dataset
    id: String,

    /// Only these columns, in this order
    #[arg(short, long, value_name = "NAME,…", value_delimiter = ',')]
    columns: Vec<String>,

    /// Only the rows for which this SQL expression is true
    #[arg(long, value_name = "SQL")]
    filter: Option<String>,

    /// At most this many rows
    #[arg(short = 'n', long, value_name = "ROWS")]
    limit: Option<u64>,

    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Fetches it.
pub(super) async fn run(args: GetArgs) -> anyhow::Result<()> {
    let destination = args.output.destination()?;
    let client = args.connection.connect().await?;
    let mut query = DatasetQuery::new(args.id);
    if !args.columns.is_empty() {
        query = query.columns(args.columns);
    }
    if let Some(filter) = args.filter {
        query = query.filter(filter);
    }
    if let Some(limit) = args.limit {
        query = query.limit(limit);
    }
    destination.write_stream(client.stream_with(query).await?).await
}
