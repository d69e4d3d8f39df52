//! Bytes to records of cells: how a text is encoded, what separates and quotes its cells, and where its records end.
//!
//! Modules: `encoding` (bytes to UTF-8), `dialect` (the punctuation), `lines`, `cell` and `record` (places in a text),
//! `frame` (what a table says of its rows), `syntax` (a dialect, prepared), `quotes` and `spacing` (one cell), `places` (where cells stand on a line), `notes`, `fields`, `json`, `layout` (lines
//! that are no records of cells), `records` (one record by its text alone), `header` (records that repeat it), `partings` and `swallowed` (what a table says of stray quotes), `tokenize` (one record),
//! `structure` and `index` (many records of regular text at once), `lead` (what comes before the rows), `boundaries` (where a
//! stream may be cut) and `chunk` (what is cut off).

pub(crate) mod boundaries;
pub(crate) mod cell;
pub(crate) mod chunk;
pub(crate) mod dialect;
pub(crate) mod encoding;
pub(crate) mod fields;
pub(crate) mod frame;
mod header;
pub(crate) mod index;
pub(crate) mod json;
pub(crate) mod layout;
pub(crate) mod lead;
pub(crate) mod lines;
pub(crate) mod notes;
pub(crate) mod partings;
pub(crate) mod places;
pub(crate) mod quotes;
pub(crate) mod record;
pub(crate) mod records;
mod spacing;
pub(crate) mod structure;
pub(crate) mod swallowed;
pub(crate) mod syntax;
pub(crate) mod tokenize;
