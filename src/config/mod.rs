//! What the operator asked for: command line and environment, validated into a [`Config`] that the rest of the
//! gateway can take at its word. The only module that reads the environment.

pub mod args;
mod csv;
mod place;
mod value;

use std::path::PathBuf;
use std::time::Duration;

pub use args::ServeArgs;
pub use csv::CsvArgs;
pub use place::WritablePlace;
pub use value::{ByteSize, Timeout};

use flightstream_csv::Overrides;

use crate::error::{Error, Result};

/// Rows in a record batch unless the operator says otherwise; `benches/wire.rs` is the reason for the number.
pub const DEFAULT_BATCH_SIZE: usize = 8192;

const DEFAULT_TICKET_LIFETIME: Duration = Duration::from_secs(3600);

/// Whether the person at the terminal wants no colours: <https://no-color.org>.
#[expect(
    clippy::disallowed_methods,
    reason = "a convention of all programs, no option of this one"
)]
pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Everything that a gateway is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on: an IP address or a host name.
    pub host: String,
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Folders and files to serve.
    pub locations: Vec<PathBuf>,
    /// A folder of saved queries.
    pub queries: Option<PathBuf>,
    /// A place for the tables that clients write; without one they can write nothing.
    pub writable: Option<WritablePlace>,
    /// Rows in a record batch, at least 1.
    pub batch_size: usize,
    /// What overrides the detection of CSV dialects.
    pub csv: Overrides,
    /// What bounds requests.
    pub limits: Limits,
    /// How long running streams may go on after a request to stop.
    pub shutdown_grace: Duration,
}

/// Bounds on requests.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest message that a client may send, in bytes.
    pub max_receive_bytes: usize,
    /// Largest message that the server sends, in bytes.
    pub max_send_bytes: usize,
    /// Requests that may run at the same time, streams included.
    pub max_concurrent_requests: usize,
    /// Longest time that a request may take, its stream included.
    pub request_timeout: Option<Duration>,
    /// How long the tickets of a query are good for.
    pub ticket_lifetime: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 8080,
            locations: vec!["./data".into()],
            queries: None,
            writable: None,
            batch_size: DEFAULT_BATCH_SIZE,
            csv: Overrides::default(),
            limits: Limits::default(),
            shutdown_grace: Duration::from_secs(30),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_receive_bytes: 100 << 20,
            max_send_bytes: 100 << 20,
            max_concurrent_requests: 100,
            request_timeout: None,
            ticket_lifetime: DEFAULT_TICKET_LIFETIME,
        }
    }
}

impl TryFrom<&ServeArgs> for Config {
    type Error = Error;

    /// Checks what clap cannot: combinations. Errors name the flag.
    fn try_from(args: &ServeArgs) -> Result<Self> {
        let queries = match &args.queries {
            Some(folder) if !folder.is_dir() => {
                return Err(Error::invalid(format!(
                    "--queries: '{}' is not a folder",
                    folder.display()
                )));
            }
            Some(folder) => Some(folder.clone()),
            None => Some(PathBuf::from("./queries")).filter(|folder| args.serves_default() && folder.is_dir()),
        };
        let writable = args.writable.as_deref().map(WritablePlace::named);
        if let Some(WritablePlace::Folder(folder)) = &writable {
            place::check_apart(folder, args.locations.iter().chain(&queries))?;
        }
        Ok(Self {
            host: args.host.clone(),
            port: args.port,
            locations: args.locations.clone(),
            queries,
            writable,
            batch_size: args.batch_size,
            csv: Overrides::from(&args.csv),
            limits: Limits {
                max_receive_bytes: args.max_receive_message_length.bytes(),
                max_send_bytes: args.max_send_message_length.bytes(),
                max_concurrent_requests: args.max_concurrent_requests,
                request_timeout: args.request_timeout.duration(),
                ticket_lifetime: args.ticket_lifetime.duration().unwrap_or(DEFAULT_TICKET_LIFETIME),
            },
            shutdown_grace: args.shutdown_grace.duration().unwrap_or_default(),
        })
    }
}
