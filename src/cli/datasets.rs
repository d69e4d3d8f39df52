//! `flightstream datasets`: what a server has, a row a dataset.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::error::ArrowError;
use clap::Args;
use indicatif::DecimalBytes;

use super::connection::ConnectionArgs;
use super::output::{Format, OutputArgs};
use crate::client::Dataset;

/// How to list.
#[derive(Debug, Args)]
pub(super) struct DatasetsArgs {
    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    connection: ConnectionArgs,
}

/// Lists them.
pub(super) async fn run(args: DatasetsArgs) -> anyhow::Result<()> {
    let destination = args.output.destination()?;
    let datasets = args.connection.connect().await?.datasets().await?;
    let for_people = destination.format() == Format::Table;
    destination.write_batch(&listing(&datasets, for_people)?)
}

/// What is unknown is null; a size for people is rounded, one for programs is in bytes.
fn listing(datasets: &[Dataset], for_people: bool) -> Result<RecordBatch, ArrowError> {
    let ids = datasets.iter().map(|dataset| dataset.id.as_str());
    let widths = datasets.iter().map(|dataset| dataset.schema.fields().len() as u64);
    let (size_name, sizes): (_, ArrayRef) = if for_people {
        let sizes = datasets
            .iter()
            .map(|dataset| dataset.bytes.map(|bytes| DecimalBytes(bytes).to_string()));
        ("size", Arc::new(sizes.collect::<StringArray>()))
    } else {
        (
            "bytes",
            Arc::new(datasets.iter().map(|dataset| dataset.bytes).collect::<UInt64Array>()),
        )
    };
    let rows = datasets.iter().map(|dataset| dataset.rows);
    let descriptions = datasets.iter().map(|dataset| dataset.description.as_deref());
    let described = datasets.iter().any(|dataset| dataset.description.is_some());
    let mut columns = vec![
        (
            "dataset",
            Arc::new(StringArray::from_iter_values(ids)) as ArrayRef,
            false,
        ),
        ("rows", Arc::new(rows.collect::<UInt64Array>()), true),
        ("columns", Arc::new(UInt64Array::from_iter_values(widths)), false),
        (size_name, sizes, true),
    ];
    // People need no empty column; programs need the same columns every time.
    if described || !for_people {
        columns.push(("description", Arc::new(descriptions.collect::<StringArray>()), true));
    }
    RecordBatch::try_from_iter_with_nullable(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::encode_table;
    use crate::client::Client;
    use crate::client::mock::MockServer;

    #[tokio::test]
    async fn a_listing_is_a_table() {
        let server = MockServer::start().await;
        let datasets = Client::connect(&server.address)
            .await
            .unwrap()
            .datasets()
            .await
            .unwrap();
        let table = encode_table(&listing(&datasets, true).unwrap()).unwrap();
        assert_eq!(
            table,
            "dataset | rows | columns | size\n\
             --------+------+---------+-----\n\
             good    |    3 |       2 |\n\
             empty   |    3 |       2 |\n"
        );
        let schema = listing(&datasets, false).unwrap().schema();
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["dataset", "rows", "columns", "bytes", "description"]);
    }
}
