//! How far a transfer has come, on standard error, for the one who watches.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressStyle};

/// A line with rows, bytes and rate; on a terminal only.
#[derive(Debug)]
pub(super) struct TransferProgress {
    bar: ProgressBar,
    started: Instant,
    rows: u64,
    bytes: u64,
    on_terminal: bool,
}

impl TransferProgress {
    /// Starts the clock. The line moves unless the data itself goes to the terminal; its last state is shown anyway.
    pub(super) fn start(data_to_terminal: bool) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        let bar = if on_terminal && !data_to_terminal {
            let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is valid");
            let bar = ProgressBar::new_spinner().with_style(style);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        } else {
            ProgressBar::hidden()
        };
        Self {
            bar,
            started: Instant::now(),
            rows: 0,
            bytes: 0,
            on_terminal,
        }
    }

    /// Rows that have been written.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// `rows` more rows have been written; `bytes` in all have been received.
    pub(super) fn advance(&mut self, rows: usize, bytes: u64) {
        self.rows += rows as u64;
        self.bytes = bytes;
        if !self.bar.is_hidden() {
            self.bar
                .set_message(summary(self.rows, self.bytes, self.started.elapsed()));
        }
    }

    /// Everything has been written.
    pub(super) fn finish(self) {
        self.bar.finish_and_clear();
        if self.on_terminal {
            let line = summary(self.rows, self.bytes, self.started.elapsed());
            // Nobody is left to tell if the terminal is gone.
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }
}

/// An error message must not end up behind a line that still moves.
impl Drop for TransferProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn summary(rows: u64, bytes: u64, elapsed: Duration) -> String {
    let noun = if rows == 1 { "row" } else { "rows" };
    let text = format!("{} {noun}, {}", HumanCount(rows), DecimalBytes(bytes));
    // A rate over a blink says nothing.
    if elapsed < Duration::from_millis(100) {
        return text;
    }
    let rate = (bytes as f64 / elapsed.as_secs_f64()) as u64;
    format!("{text} in {:.1} s ({}/s)", elapsed.as_secs_f64(), DecimalBytes(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_rows_bytes_and_rate() {
        for (rows, bytes, elapsed_ms, text) in [
            (0, 0, 0, "0 rows, 0 B"),
            (1, 512, 5, "1 row, 512 B"),
            (
                1_234_567,
                45_200_000,
                4000,
                "1,234,567 rows, 45.20 MB in 4.0 s (11.30 MB/s)",
            ),
        ] {
            assert_eq!(summary(rows, bytes, Duration::from_millis(elapsed_ms)), text);
        }
    }
}
