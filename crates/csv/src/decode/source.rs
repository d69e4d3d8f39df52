//! Where the cells come from that a column is built of.

/// The text of a chunk, and what has to be done about it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) chunk: &'a [u8],
    /// A cell may not be UTF-8: replace what is not.
    pub(crate) lossy: bool,
}
