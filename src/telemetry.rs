//! Log lines: who writes them and where. They go to stderr, so that stdout holds nothing but what scripts parse.

use std::borrow::Cow;
use std::fmt;
use std::io::IsTerminal;

use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use crate::config::no_color;

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
            .with_ansi(std::io::stderr().is_terminal() && !no_color())
            .with_target(false)
            .fmt_fields(debug_fn(write_field).delimited(" "))
            .try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // A program that embeds the gateway may have its own subscriber: then that one stays.
    drop(started);
    log_panics();
    Ok(())
}

/// A field of a log line: the message as it is, the others by name. What comes from outside, such as the name of a file, can
/// neither begin a line of its own nor steer the terminal.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let value = format!("{value:?}");
    match field.name() {
        "message" => writer.write_str(&escaped(&value)),
        name => write!(writer, "{}={}", name.trim_start_matches("r#"), escaped(&value)),
    }
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

/// The text with its control characters in Rust's notation: `\n`, `\t`, `\u{1b}`.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(escaped("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
        assert!(matches!(escaped("Zoë 東京"), Cow::Borrowed(_)));
    }

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
