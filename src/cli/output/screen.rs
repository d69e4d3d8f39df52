//! A table on a terminal: as wide as that, of as many rows as somebody reads; and what was left out, and how to get it.

use std::io::Write;

use arrow::array::RecordBatch;
use terminal_size::{Width, terminal_size};

use super::format::Format;

/// Nobody reads more rows than this on a terminal, and a table of millions pushes away what stood there before.
const MOST_ROWS: u64 = 1000;

/// So many names are told of the columns that are left out.
const TOLD: usize = 20;

/// Where a result is shown.
#[derive(Debug)]
pub(super) struct Screen {
    /// The terminal's width, if it is a terminal that a table goes to.
    terminal: Option<usize>,
    /// There were more rows than are shown.
    pub(super) is_full: bool,
    /// The columns that had no room.
    pub(super) left_out: Vec<String>,
}

impl Screen {
    /// The terminal, or whatever takes all there is.
    pub(super) fn of(format: Format, to_terminal: bool) -> Self {
        let is_table = to_terminal && format == Format::Table;
        // A terminal that does not say how wide it is shows all.
        let width = || terminal_size().map_or(usize::MAX, |(Width(width), _)| usize::from(width).max(1));
        Self::with(is_table.then(width))
    }

    fn with(terminal: Option<usize>) -> Self {
        Self {
            terminal,
            is_full: false,
            left_out: Vec::new(),
        }
    }

    /// How many characters a line has room for.
    pub(super) fn width(&self) -> Option<usize> {
        self.terminal.filter(|width| *width < usize::MAX)
    }

    /// The rows of `batch` that are shown behind `before` others.
    pub(super) fn rows(&self, batch: &RecordBatch, before: u64) -> RecordBatch {
        let left = MOST_ROWS.saturating_sub(before);
        match usize::try_from(left) {
            Ok(left) if self.terminal.is_some() && left < batch.num_rows() => batch.slice(0, left),
            _ => batch.clone(),
        }
    }

    /// Says what is not shown.
    pub(super) fn tell(&self) {
        if let Some(note) = self.note() {
            // Nobody is left to tell if the terminal is gone.
            let _ = writeln!(std::io::stderr().lock(), "{note}");
        }
    }

    fn note(&self) -> Option<String> {
        let columns = (!self.left_out.is_empty()).then(|| {
            let names = self.left_out.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
            let more = match self.left_out.len().saturating_sub(TOLD) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let noun = if self.left_out.len() == 1 {
                "column has"
            } else {
                "columns have"
            };
            format!("… {} {noun} no room here: {names}{more}", self.left_out.len())
        });
        let rows = self
            .is_full
            .then(|| format!("… more rows follow the first {MOST_ROWS}"));
        let what: Vec<String> = rows.into_iter().chain(columns).collect();
        (!what.is_empty()).then(|| format!("{}\n  all of it: --format csv, or --output FILE", what.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    #[test]
    fn rows_are_cut_on_a_terminal_alone() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..800));
        let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
        let shown = |screen: &Screen, before| screen.rows(&batch, before).num_rows();
        let terminal = Screen::with(Some(80));
        assert_eq!(
            [0, 200, 300, 1000].map(|before| shown(&terminal, before)),
            [800, 800, 700, 0]
        );
        assert_eq!(shown(&Screen::with(None), 5000), 800);
        assert_eq!(shown(&Screen::with(Some(usize::MAX)), 1000), 0, "of unknown width");
    }

    #[test]
    fn what_is_left_out_is_told() {
        let mut screen = Screen::with(Some(80));
        assert_eq!(screen.note(), None);
        screen.left_out = vec!["b".into()];
        assert_eq!(
            screen.note().unwrap(),
            "… 1 column has no room here: b\n  all of it: --format csv, or --output FILE"
        );
        screen.is_full = true;
        screen.left_out = (0..22).map(|n| format!("c{n}")).collect();
        let note = screen.note().unwrap();
        let begins = "… more rows follow the first 1000\n… 22 columns have no room here: c0, c1,";
        assert!(note.starts_with(begins), "{note}");
        assert!(note.contains("c19 and 2 more\n"), "{note}");
    }
}
