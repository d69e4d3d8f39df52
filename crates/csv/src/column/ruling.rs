//! The cells that rule types out.

use crate::column::candidates::Candidates;
use crate::wording;

/// The line of a cell of which nobody knows where it is.
pub(crate) const NOWHERE: u64 = u64::MAX;

/// A cell that ruled candidates out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ruling {
    pub(crate) line: u64,
    pub(crate) value: String,
    /// The candidates for a column in which every word is a value.
    pub(super) strict: Candidates,
    /// The candidates for one in which `NA` and its like are NULL.
    pub(super) relaxed: Candidates,
}

impl Ruling {
    /// A value that is noted for something else than the candidates that it rules out.
    pub(super) fn of(value: &[u8], line: u64) -> Self {
        Ruling {
            line,
            value: wording::shorten(value),
            strict: Candidates::NONE,
            relaxed: Candidates::NONE,
        }
    }
}

/// A value that ruled a type out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledOut {
    /// The line on which its record starts, counted from 1; `None` if it comes from a block of a sample, which has no place.
    pub line: Option<u64>,
    /// The value, at most 60 characters of it.
    pub value: String,
}

impl From<&Ruling> for RuledOut {
    fn from(ruling: &Ruling) -> Self {
        RuledOut {
            line: (ruling.line != NOWHERE).then_some(ruling.line),
            value: ruling.value.clone(),
        }
    }
}
