//! The command line of `flightstream serve`. Each doc comment is the flag's help; each flag that the original
//! FlightStream had as an environment variable keeps that variable.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::DEFAULT_BATCH_SIZE;
use super::csv::CsvArgs;
use super::value::{ByteSize, Timeout, parse_batch_size, parse_count};

const DEFAULT_LOCATION: &str = "./data";

/// What `flightstream serve` takes.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Folders (or files) to serve, sub-folders included: .csv .tsv .txt, compressed with .gz .bz2 .xz .zst, and .parquet
    #[arg(value_name = "LOCATION", env = "DATA_DIRECTORY", default_value = DEFAULT_LOCATION)]
    pub locations: Vec<PathBuf>,

    /// A folder of saved queries (*.sql, one SELECT each), served as views [default: ./queries beside the default location]
    #[arg(long, value_name = "DIR", env = "QUERIES_DIRECTORY")]
    pub queries: Option<PathBuf>,

    /// A folder for the tables that clients create, fill and drop, made if it is missing, or a bucket's prefix
    /// (s3://bucket/prefix, reached as AWS_REGION, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, … say) [default: none, clients only read]
    #[arg(long, value_name = "PLACE", env = "WRITABLE_DIRECTORY")]
    pub writable: Option<PathBuf>,

    /// Address to listen on; 0.0.0.0 for every network
    #[arg(
        long,
        value_name = "HOST",
        env = "FLIGHT_HOST",
        default_value = "127.0.0.1",
        help_heading = "Network"
    )]
    pub host: String,

    /// Port to listen on; 0 takes any free one
    #[arg(
        long,
        value_name = "PORT",
        env = "FLIGHT_PORT",
        default_value_t = 8080,
        help_heading = "Network"
    )]
    pub port: u16,

    /// Largest message that a client may send
    #[arg(
        long,
        value_name = "SIZE",
        env = "MAX_RECEIVE_MESSAGE_LENGTH",
        default_value = "100MiB",
        help_heading = "Network"
    )]
    pub max_receive_message_length: ByteSize,

    /// Largest message that the server sends
    #[arg(
        long,
        value_name = "SIZE",
        env = "MAX_SEND_MESSAGE_LENGTH",
        default_value = "100MiB",
        help_heading = "Network"
    )]
    pub max_send_message_length: ByteSize,

    /// Requests that may run at the same time, streams included; more are refused
    #[arg(long, value_name = "N", env = "MAX_CONCURRENT_REQUESTS", default_value = "100", value_parser = parse_count, help_heading = "Network")]
    pub max_concurrent_requests: usize,

    /// Longest time that a request may take, its stream included; 0 for no limit (30s, 2m; a bare number is milliseconds)
    #[arg(
        long,
        value_name = "TIME",
        env = "REQUEST_TIMEOUT",
        default_value = "0",
        help_heading = "Network"
    )]
    pub request_timeout: Timeout,

    /// How long the tickets of a query can be redeemed; clients can renew them
    #[arg(
        long,
        value_name = "TIME",
        env = "TICKET_LIFETIME",
        default_value = "1h",
        help_heading = "Network"
    )]
    pub ticket_lifetime: Timeout,

    /// How long running streams may go on after SIGINT or SIGTERM
    #[arg(
        long,
        value_name = "TIME",
        env = "SHUTDOWN_GRACE",
        default_value = "30s",
        help_heading = "Network"
    )]
    pub shutdown_grace: Timeout,

    /// Rows in a record batch
    #[arg(long, value_name = "ROWS", env = "CSV_BATCH_SIZE", default_value_t = DEFAULT_BATCH_SIZE, value_parser = parse_batch_size, help_heading = "CSV")]
    pub batch_size: usize,

    #[expect(missing_docs, reason = "a doc comment would be the help of every flag in it")]
    #[command(flatten)]
    pub csv: CsvArgs,

    /// How much to log: error, warn, info, debug, trace, or a filter such as flightstream=debug,warn
    #[arg(
        long,
        value_name = "LEVEL",
        env = "LOG_LEVEL",
        default_value = "info",
        help_heading = "Logging"
    )]
    pub log_level: String,

    /// How log lines are written
    #[arg(
        long,
        value_name = "FORMAT",
        env = "LOG_FORMAT",
        default_value = "pretty",
        help_heading = "Logging"
    )]
    pub log_format: LogFormat,
}

impl ServeArgs {
    /// True when no location was named: the default folder, and beside it the default folder of queries.
    pub fn serves_default(&self) -> bool {
        matches!(self.locations.as_slice(), [only] if only == Path::new(DEFAULT_LOCATION))
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}
