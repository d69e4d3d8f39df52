//! Connects to a server, looks around and reads the first rows of a dataset.
//!
//! ```sh
//! cargo run --example client -- grpc://127.0.0.1:8080 [DATASET]
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use arrow::util::pretty::pretty_format_batches;
use flightstream::client::{Client, DatasetQuery};
use futures::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "grpc://127.0.0.1:8080".into());
    let client = Client::connect(&address).await?;
    println!("connected to {address}");

    for body in client.action("get-server-info", "").await? {
        println!("server info: {}", String::from_utf8_lossy(&body));
    }

    let datasets = client.datasets().await?;
    println!("{} datasets:", datasets.len());
    for dataset in &datasets {
        println!("  {} ({} columns)", dataset.id, dataset.schema.fields().len());
    }
    let Some(id) = arguments.next().or_else(|| Some(datasets.first()?.id.clone())) else {
        return Ok(());
    };

    println!("columns of {id}:");
    for field in client.schema(&id).await?.fields() {
        println!("  {} {}", field.name(), field.data_type());
    }

    // A stream is complete if it ends without an error; `?` makes an end of a broken one impossible to miss.
    let mut batches = client.stream_with(DatasetQuery::new(&id).limit(3)).await?;
    while let Some(batch) = batches.try_next().await? {
        println!("{}", pretty_format_batches(&[batch])?);
    }
    println!("done: {} bytes received", batches.bytes_received());
    Ok(())
}
