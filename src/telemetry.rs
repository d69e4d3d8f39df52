//! Log lines: who writes them and where. They go to stderr, so that stdout holds nothing but what scripts parse.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::args::LogFormat;
use crate::error::{Error, Result};

/// Starts logging for the process at `level` (a level or a filter in `EnvFilter`'s terms).
///
/// # Errors
/// `Invalid`, naming the flag, when `level` is neither.
pub fn init(level: &str, format: LogFormat) -> Result<()> {
    let filter = filter(level).map_err(|said| Error::invalid(format!("--log-level: {said}")))?;
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
    log_panics();
    Ok(())
}

/// A panic is one line of the log, not a page: what a client sends may cause one at will, and it ends that request alone.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, "a request hit a defect: {said}");
    }));
}

/// `EnvFilter` takes a lone word that is no level for a target, and logs nothing else: a misspelt level must not.
fn filter(level: &str) -> Result<EnvFilter, String> {
    let words = level.split(',').filter(|directive| !directive.contains(['=', '[']));
    for word in words.map(str::trim) {
        if word.parse::<LevelFilter>().is_err() {
            let expected = "error, warn, info, debug, trace or TARGET=LEVEL,…";
            return Err(format!("'{word}' is not a level: expected {expected}"));
        }
    }
    EnvFilter::try_new(level).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_level_or_a_filter() {
        for (level, means) in [
            ("info", "info"),
            ("WARN", "warn"),
            ("off", "off"),
            ("flightstream=debug,warn", "flightstream=debug,warn"),
        ] {
            assert_eq!(filter(level).unwrap().to_string(), means);
        }
        for bad in ["loud", "info,chatty", "flightstream", "flightstream=loud"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
