//! The options of every client command: which server, and how patiently.

use std::time::Duration;

use clap::Args;

use crate::client::{Client, ClientOptions, RetryPolicy};

/// Where the server is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionArgs {
    /// Address of the server
    #[arg(
        short,
        long,
        env = "FLIGHTSTREAM_SERVER",
        value_name = "URL",
        default_value = "grpc://127.0.0.1:8080"
    )]
    server: String,

    /// Milliseconds until connecting has failed, all attempts included
    #[arg(long, env = "FLIGHT_CONNECTION_TIMEOUT", value_name = "MS", default_value_t = 5000)]
    connect_timeout: u64,

    /// How often in all a call is made that finds the server unavailable
    #[arg(
        long, visible_alias = "retries", env = "FLIGHT_RETRY_ATTEMPTS", value_name = "N", default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    retry_attempts: u32,

    /// Milliseconds before the second attempt; doubled before each further one
    #[arg(long, env = "FLIGHT_RETRY_DELAY", value_name = "MS", default_value_t = 250)]
    retry_delay: u64,
}

impl ConnectionArgs {
    /// Connects as asked.
    pub(super) async fn connect(&self) -> anyhow::Result<Client> {
        let options = ClientOptions {
            connect_timeout: Duration::from_millis(self.connect_timeout),
            retry: RetryPolicy {
                attempts: self.retry_attempts,
                first_delay: Duration::from_millis(self.retry_delay),
                ..RetryPolicy::default()
            },
            ..ClientOptions::default()
        };
        Ok(Client::connect_with(&self.server, options).await?)
    }

    /// The address as it was given.
    pub(super) fn server(&self) -> &str {
        &self.server
    }
}
