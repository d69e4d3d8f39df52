//! Runs a gateway inside another program, asks it something over the wire, and stops it.
//!
//! ```sh
//! cargo run --example embedded [FOLDER OF SALES]
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use arrow::util::pretty::pretty_format_batches;
use flightstream::client::Client;
use flightstream::config::Config;
use flightstream::server::Server;
use futures::TryStreamExt;
use tokio::sync::oneshot;

const ORDERS: &str = r#"
    SELECT '2024' AS "table", count(*) AS orders FROM "2024"
    UNION ALL SELECT '2025', count(*) FROM "2025"
    ORDER BY 1"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "data/sales".into());
    let config = Config {
        locations: vec![folder.clone().into()],
        port: 0, // any free one
        ..Config::default()
    };
    let server = Server::bind(config, |_progress| ()).await?;
    let url = server.url();
    println!("serving {folder} at {url}");

    let (stop, stopped) = oneshot::channel::<()>();
    #[expect(clippy::disallowed_methods, reason = "the task of this program, which waits for it")]
    let running = tokio::spawn(server.run(async { drop(stopped.await) }));

    let client = Client::connect(&url).await?;
    let batches: Vec<_> = client.sql(ORDERS).await?.try_collect().await?;
    println!("{}", pretty_format_batches(&batches)?);

    drop(stop);
    running.await??;
    println!("stopped");
    Ok(())
}
