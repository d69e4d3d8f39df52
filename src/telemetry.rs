//! Log lines: who writes them and where. They go to stderr, so that stdout holds nothing but what scripts parse.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::args::LogFormat;
use crate::error::{Error, Result};

/// Starts logging for the process at `level` (a level or a filter in `EnvFilter`'s terms).
///
/// # Errors
/// `Invalid`, naming the flag, when `level` is neither.
pub fn init(level: &str, format: LogFormat) -> Result<()> {
    let filter = EnvFilter::try_new(level).map_err(|error| Error::invalid(format!("--log-level: {error}")))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Pretty => builder
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // A program that embeds the gateway may have its own subscriber: then that one stays.
    drop(started);
    Ok(())
}
