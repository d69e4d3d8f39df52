//! Understands and decodes CSV text: bytes to a profile, bytes to Arrow batches.
//!
//! The way through it: [`infer`] looks at a [`Sample`] of a file and answers with a [`CsvProfile`] (encoding, dialect,
//! columns); a [`Transcoder`] turns the file's bytes into UTF-8; a [`RecordCutter`] finds where that stream may be cut in
//! chunks of whole records; a [`Survey`] checks every cell against the profile and widens it; a [`Decoder`] turns chunks
//! into record batches, many at a time if the caller likes.
//!
//! Invariants:
//! 1. Pure: no I/O, no clock, no threads, no global state.
//! 2. Total: any bytes get an answer, none a panic. What looks wrong becomes a warning in the profile.
//! 3. One tokenizer (`tokenize`) and one set of value parsers (`decode::numbers`, `decode::temporal`, `decode::text`)
//!    serve inference, survey and decoding, so that they never disagree on what a cell is or what type can hold it.
//! 4. Nothing is lost: a column has a type only if that type holds every cell of it, else it is text, byte for byte.
//!
//! Modules in reading order: `encoding`, `dialect`, `tokenize`, `boundaries`, `types`, `schema`, `header`, `scoring`,
//! `sniffer`, `survey`, `decode`.

mod boundaries;
mod decode;
mod dialect;
mod encoding;
mod header;
mod schema;
mod scoring;
mod sniffer;
mod survey;
mod tokenize;
mod types;

pub use boundaries::{RecordCutter, count_lines};
pub use decode::{Decoder, Misfit, MisfitKind};
pub use dialect::{Dialect, HeaderMode, Overrides};
pub use encoding::{Encoding, Transcoder};
pub use schema::{Column, ColumnType, CsvProfile};
pub use sniffer::{Sample, infer};
pub use survey::{Survey, Surveyed};

/// The number of columns beyond which rows that are wider than the header add no more columns: 16,384.
///
/// A wider record keeps its rest as raw text in the last column. Only a header that names more columns itself raises the
/// cap. Without a cap one broken line in a large file could ask for millions of columns.
pub const MAX_COLUMNS: usize = 16_384;
