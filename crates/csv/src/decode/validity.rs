//! Which rows of a column are NULL.

use arrow_buffer::NullBufferBuilder;

/// Appends `rows` of which those in `nulls` are NULL.
pub(crate) fn append_validity(validity: &mut NullBufferBuilder, rows: usize, nulls: &[usize]) {
    let before = validity.len();
    validity.append_n_non_nulls(rows);
    for &row in nulls {
        validity.set_bit(before + row, false);
    }
}
