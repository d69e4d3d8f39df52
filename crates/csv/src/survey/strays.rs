//! Quotes that were read as text in places where quotes are not text, and those that may be text: how many rows have some,
//! and which is the first.

use crate::finding::{Finding, Rows};
use crate::profile::CsvProfile;
use crate::survey::columns::is_usual;
use crate::text::record::Record;

/// What was seen of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StrayQuotes {
    /// Rows with quotes that are text.
    text: Sightings,
    /// Rows with a quoted cell over lines that might be rows.
    unsure: Sightings,
}

/// Rows in which something was seen.
#[derive(Debug, Clone, Copy, Default)]
struct Sightings {
    /// The line of the first.
    first: Option<u64>,
    rows: u64,
}

impl StrayQuotes {
    /// Takes in a row, which begins on this line.
    pub(crate) fn observe(&mut self, row: &Record, mut line: impl FnMut() -> u64) {
        if row.stray > 0 {
            self.text.observe(line());
        }
        if row.unsure {
            self.unsure.observe(line());
        }
    }

    /// Takes in what was seen elsewhere in the file.
    pub(crate) fn merge(&mut self, other: Self) {
        self.text.merge(other.text);
        self.unsure.merge(other.unsure);
    }

    /// Says so in the profile of so many rows, in the place of what a sample said.
    pub(crate) fn report(&self, profile: &mut CsvProfile, rows: u64) {
        let text = self.text.rows().map(Finding::StrayQuotes);
        profile.tell_instead(|old| matches!(old, Finding::StrayQuotes(_)), text);
        // If many rows have such cells, the file is about them (code, letters, tables in cells), and nothing is odd.
        let unsure = (!is_usual(self.unsure.rows, rows)).then_some(self.unsure);
        let unsure = unsure.and_then(Sightings::rows).map(Finding::RowsInQuotes);
        profile.tell_instead(|old| matches!(old, Finding::RowsInQuotes(_)), unsure);
    }
}

impl Sightings {
    fn observe(&mut self, line: u64) {
        self.merge(Sightings {
            first: Some(line),
            rows: 1,
        });
    }

    fn merge(&mut self, other: Self) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.rows += other.rows;
    }

    /// The rows that have it.
    fn rows(self) -> Option<Rows> {
        let (first_line, count) = (self.first?, self.rows);
        Some(Rows { count, first_line })
    }
}
