//! How much memory a plan takes, about: caches are bounded by it.

/// What the smallest plan takes, about.
const PLAN_BYTES: usize = 4 << 10;

/// What each column of the result adds to a plan.
const COLUMN_BYTES: usize = 1 << 10;

/// What each byte of the text adds to a plan.
const BYTES_PER_BYTE: usize = 100;

/// What a plan takes, about: by the length of its text and the number of its columns.
pub(super) fn bytes(text: usize, columns: usize) -> usize {
    PLAN_BYTES + COLUMN_BYTES * columns + BYTES_PER_BYTE * text
}
