//! Quotes that were read as text in places where quotes are not text, and those that may be text: how many rows have some,
//! and which is the first.

use crate::profile::CsvProfile;
use crate::survey::columns::is_usual;
use crate::text::record::Record;
use crate::wording::count;

/// The end of the warning about quotes that are text.
const AS_TEXT: &str = ": they are read as text";

/// The end of the warning about quotes that may be text.
const AS_CELLS: &str = ": they are read as text with line ends";

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
        let text = self.text.told(
            "has quotes that open or close nothing",
            "have quotes that open or close nothing",
        );
        profile.warn_instead(AS_TEXT, text);
        // Where such cells are usual, they are what the file is about: code, letters, tables.
        let unsure = (!is_usual(self.unsure.rows, rows)).then_some(self.unsure);
        let unsure = unsure.and_then(|unsure| {
            unsure.told(
                "has quotes around lines that might be rows",
                "have quotes around lines that might be rows",
            )
        });
        profile.warn_instead(AS_CELLS, unsure);
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

    /// How many rows have it, and where the first is.
    fn told(&self, one: &str, several: &str) -> Option<String> {
        let line = self.first?;
        Some(match self.rows {
            1 => format!("1 row {one}, on line {line}"),
            rows => format!("{} {several}, the first on line {line}", count(rows, "row")),
        })
    }
}
