//! The walk over the records of a chunk.

pub(crate) mod beside;
