//! Record batches to bytes, and the bytes to where they belong.
//!
//! Everything is written batch by batch; nothing but data goes to standard output; and a file appears under its name only
//! when it is complete.

mod encode;
mod format;
mod screen;
mod table;
mod target;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::Context;
use arrow::array::RecordBatch;
use clap::Args;
use clap::error::ErrorKind;
use futures::TryStreamExt;

use super::progress::TransferProgress;
use crate::client::RecordStream;
use encode::Encoder;
use screen::Screen;
use target::Target;

pub(super) use format::Format;
pub(super) use target::StdoutClosed;

/// The user pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(super) struct Interrupted;

/// Where the data goes, and in which form.
#[derive(Debug, Args)]
pub(super) struct OutputArgs {
    /// Write to a file instead of standard output; it appears when it is complete
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Form of the data; by default the file's suffix says it, and on standard output it is a table
    #[arg(short, long, value_enum)]
    format: Option<Format>,
}

impl OutputArgs {
    /// Settles where and how to write, before there is anything to write.
    ///
    /// A format that cannot be told, or that would spoil the terminal, is a usage error.
    pub(super) fn destination(&self) -> anyhow::Result<Destination> {
        let file = self.output.as_deref().filter(|path| *path != Path::new("-"));
        let format = match (self.format, file) {
            (Some(format), _) => format,
            (None, None) => Format::Table,
            (None, Some(file)) => Format::of_file(file).ok_or_else(|| {
                usage_error(format!(
                    "cannot tell a format from the name {}; say it with --format",
                    file.display()
                ))
            })?,
        };
        let Some(file) = file else {
            if format.is_binary() && std::io::stdout().is_terminal() {
                let advice = "is not for a terminal; name a file with --output, or redirect";
                return Err(usage_error(format!("{format} {advice}")));
            }
            return Ok(Destination {
                format: format.on_a_pipe(),
                file: None,
            });
        };
        target::check_parent(file)?;
        Ok(Destination {
            format,
            file: Some(file.to_owned()),
        })
    }
}

fn usage_error(message: String) -> anyhow::Error {
    clap::Error::raw(ErrorKind::ValueValidation, message + "\n").into()
}

/// A settled format and place.
#[derive(Debug)]
pub(super) struct Destination {
    format: Format,
    file: Option<PathBuf>,
}

impl Destination {
    /// Standard output, for text.
    pub(super) fn stdout() -> Self {
        Self {
            format: Format::Table,
            file: None,
        }
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Writes a stream to its end. If it breaks there is no file, and what standard output already has is followed by an error.
    pub(super) async fn write_stream(self, mut stream: RecordStream) -> anyhow::Result<()> {
        let to_terminal = self.file.is_none() && std::io::stdout().is_terminal();
        let mut progress = TransferProgress::start(to_terminal);
        let mut screen = Screen::of(self.format, to_terminal);
        let mut encoder = Encoder::new(self.format, &stream.schema(), "NULL", screen.width())?;
        let mut target = Target::open(self.file.as_deref())?;
        // Standard output needs no cleaning up: there, the signal may end the process.
        let interrupted = async {
            match &self.file {
                Some(_) => tokio::signal::ctrl_c().await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(interrupted);
        loop {
            let batch = tokio::select! {
                batch = stream.try_next() => batch?,
                signal = &mut interrupted => {
                    signal.context("cannot listen for signals")?;
                    return Err(Interrupted.into());
                }
            };
            let Some(batch) = batch else { break };
            let shown = screen.rows(&batch, progress.rows());
            target.write(&encoder.encode(&shown)?)?;
            progress.advance(shown.num_rows(), stream.bytes_received());
            if shown.num_rows() < batch.num_rows() {
                screen.is_full = true;
                break;
            }
        }
        // Nobody needs the rest.
        drop(stream);
        let last = encoder.finish(&mut screen.left_out)?;
        target.write(&last)?;
        target.commit()?;
        progress.finish();
        screen.tell();
        Ok(())
    }

    /// Writes one batch that this program made itself; in a table its nulls are left blank.
    pub(super) fn write_batch(self, batch: &RecordBatch) -> anyhow::Result<()> {
        let mut screen = Screen::of(self.format, self.file.is_none() && std::io::stdout().is_terminal());
        let mut encoder = Encoder::new(self.format, batch.schema_ref(), "", screen.width())?;
        let mut target = Target::open(self.file.as_deref())?;
        target.write(&encoder.encode(batch)?)?;
        target.write(&encoder.finish(&mut screen.left_out)?)?;
        target.commit()?;
        screen.tell();
        Ok(())
    }

    /// Writes text as it is.
    pub(super) fn write_text(self, text: &str) -> anyhow::Result<()> {
        let mut target = Target::open(self.file.as_deref())?;
        target.write(text.as_bytes())?;
        target.commit()
    }
}

/// One batch as a table, its nulls left blank.
pub(super) fn encode_table(batch: &RecordBatch) -> anyhow::Result<String> {
    let mut encoder = Encoder::new(Format::Table, batch.schema_ref(), "", None)?;
    let mut bytes = encoder.encode(batch)?;
    bytes.extend(encoder.finish(&mut Vec::new())?);
    Ok(String::from_utf8(bytes)?)
}

#[cfg(test)]
mod tests;
