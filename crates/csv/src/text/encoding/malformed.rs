//! The sequences of a stream that stand for no character.

use std::fmt;

use crate::wording::count;

/// The sequences of a stream that stand for no character in its encoding.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// How many there are, each read as one U+FFFD.
    pub count: u64,
    /// The offsets in the input of the first of them, at most [`Malformed::KEPT`].
    pub offsets: Vec<u64>,
}

impl Malformed {
    /// How many offsets are kept.
    pub const KEPT: usize = 8;

    pub(super) fn add(&mut self, offset: u64) {
        self.count += 1;
        if self.offsets.len() < Self::KEPT {
            self.offsets.push(offset);
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offsets: Vec<String> = self.offsets.iter().map(u64::to_string).collect();
        let (sequences, offsets) = (count(self.count, "malformed sequence"), offsets.join(", "));
        match self.count {
            0 => f.write_str("no malformed sequences"),
            1 => write!(f, "{sequences}, at byte {offsets}"),
            n if n > self.offsets.len() as u64 => write!(f, "{sequences}, the first at bytes {offsets}"),
            _ => write!(f, "{sequences}, at bytes {offsets}"),
        }
    }
}
