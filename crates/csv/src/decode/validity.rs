//! Which rows of a column are NULL.

use arrow_buffer::NullBufferBuilder;

/// Appends `rows` of which those in `nulls` are NULL.
pub(crate) fn append_validity(validity: &mut NullBufferBuilder, rows: usize, nulls: &[u32]) {
    let before = validity.len();
    validity.append_n_non_nulls(rows);
    for &row in nulls {
        validity.set_bit(before + row as usize, false);
    }
}

/// The numbers of some rows, noted without a branch: which ones they are cannot be foretold.
pub(crate) struct Noted<'a> {
    rows: &'a mut [u32],
    count: usize,
}

impl<'a> Noted<'a> {
    /// Of at most so many rows; `room` is kept from one time to the next.
    pub(crate) fn new(room: &'a mut Vec<u32>, rows: usize) -> Self {
        // `note` writes behind the last number too, also when the row is not wanted.
        room.resize(rows + 1, 0);
        Noted { rows: room, count: 0 }
    }

    /// Notes a row, if it `is_wanted`.
    #[inline(always)]
    pub(crate) fn note(&mut self, row: usize, is_wanted: bool) {
        self.rows[self.count] = row as u32;
        self.count += usize::from(is_wanted);
    }

    /// The rows that were noted.
    pub(crate) fn rows(self) -> &'a [u32] {
        &self.rows[..self.count]
    }
}
