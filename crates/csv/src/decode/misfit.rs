//! The one way decoding can fail: the text is not what the profile says.

use std::fmt;

use crate::value::kind::{ColumnType, article};

/// A cell or a row that does not fit the profile.
///
/// A profile that a [`Survey`](crate::Survey) of the same text returned has none; one that [`infer`](crate::infer()) made
/// from a sample may meet some further on. The remedy is to survey the file and to decode with what that returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The line on which the record starts, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub kind: MisfitKind,
}

/// In which way text does not fit a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MisfitKind {
    /// A cell's text is no value of the column's type.
    Value {
        /// The column's name.
        column: String,
        /// The type that the profile says.
        expected: ColumnType,
        /// The text, at most 60 characters of it.
        value: String,
    },
    /// Another table begins in the sample and does not end in it: what of the file it is, a survey finds out.
    OpenTable {
        /// The line on which it begins.
        first_line: u64,
    },
    /// A single record may be more than an Arrow string array can address (2 GiB; a third of that if not UTF-8).
    TooLong {
        /// How long the record is.
        size_bytes: usize,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match &self.kind {
            MisfitKind::Value {
                column,
                expected,
                value,
            } => {
                write!(
                    f,
                    "line {line}, column \"{column}\": '{value}' is not {} {expected}",
                    article(*expected)
                )
            }
            MisfitKind::OpenTable { first_line } => {
                write!(
                    f,
                    "line {line} may be of another table, which begins on line {first_line}"
                )
            }
            MisfitKind::TooLong { size_bytes } => {
                write!(
                    f,
                    "line {line} starts a record of {size_bytes} bytes, more than a string array holds"
                )
            }
        }
    }
}

impl std::error::Error for Misfit {}

/// Why a chunk was not decoded.
pub(super) enum Failure {
    /// A value does not fit.
    Misfit(Misfit),
    /// A cell of text was taken to be UTF-8, and is not.
    NotUtf8,
}

impl Failure {
    pub(super) fn misfit(self) -> Misfit {
        match self {
            Failure::Misfit(misfit) => misfit,
            Failure::NotUtf8 => unreachable!("cells that may not be UTF-8 are made so"),
        }
    }
}
