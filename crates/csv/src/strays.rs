//! Quotes that were read as text in places where quotes are not text: how many rows have some, and which is the first.

use crate::decode::count;
use crate::schema::CsvProfile;

/// The end of the warning about them.
const AS_TEXT: &str = ": they are read as text";

/// What was seen of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StrayQuotes {
    /// The line of the first row with some.
    first: Option<u64>,
    rows: u64,
}

impl StrayQuotes {
    /// Takes in the line of a row that has some.
    pub(crate) fn observe(&mut self, line: u64) {
        self.merge(StrayQuotes {
            first: Some(line),
            rows: 1,
        });
    }

    /// Takes in what was seen elsewhere in the file.
    pub(crate) fn merge(&mut self, other: Self) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.rows += other.rows;
    }

    /// Says so in the profile, in the place of what a sample said.
    pub(crate) fn report(&self, profile: &mut CsvProfile) {
        let said = profile.warnings.iter().position(|warning| warning.ends_with(AS_TEXT));
        if let Some(at) = said {
            profile.warnings.remove(at);
        }
        let Some(line) = self.first else { return };
        let what = match self.rows {
            1 => format!("1 row has quotes that open or close nothing, on line {line}"),
            rows => format!(
                "{} have quotes that open or close nothing, the first on line {line}",
                count(rows, "row")
            ),
        };
        let at = said.unwrap_or(profile.warnings.len());
        profile.warnings.insert(at, what + AS_TEXT);
    }
}
