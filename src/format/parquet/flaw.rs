//! What is wrong with a Parquet file, as its footer shows.

use crate::error::Error;

/// Why a Parquet file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("it is too short")]
    Short,
    #[error("its end is missing")]
    Endless,
    #[error("it is encrypted")]
    Encrypted,
    #[error("its footer would be longer than the file")]
    Long,
    #[error("its footer is larger than 256 MiB")]
    Large,
    #[error("its footer is damaged")]
    Footer,
    #[error("its columns are nested more than {0} levels deep")]
    Deep(usize),
    #[error("a part of it would have less than no rows")]
    Negative,
    #[error("its footer names places that are not in the file")]
    Outside,
    #[error("its footer counts other rows than its parts have")]
    Rows,
}

impl Flaw {
    /// The error of whoever reads the file of this name.
    pub(super) fn of(self, name: &str) -> Error {
        Error::bad_data(format!("file '{name}' is not a Parquet file that can be read: {self}"))
    }
}
