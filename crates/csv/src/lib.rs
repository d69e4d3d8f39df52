//! Understands and decodes CSV text: bytes to a profile, bytes to Arrow batches.
//!
//! The way through it: [`infer`] looks at a [`Sample`] of a file and answers with a [`CsvProfile`] (encoding, dialect,
//! columns); a [`Transcoder`] turns the file's bytes into UTF-8; a [`RecordCutter`] finds where that stream may be cut in
//! [`Chunk`]s of whole records; a [`Survey`] checks every cell against the profile, widens it, and gives account of every
//! record in a [`Ledger`]; a [`Decoder`] turns chunks into record batches, many at a time if the caller likes.
//!
//! Invariants:
//! 1. Pure: no I/O, no clock, no threads, no global state.
//! 2. Total: any bytes get an answer, none a panic. What looks wrong becomes a warning in the profile.
//! 3. One tokenizer (`tokenize`), one judgement of what is a row (`reject`) and one set of value parsers (`decode::numbers`,
//!    `decode::marks`, `decode::temporal`, `decode::text`) serve inference, survey and decoding, so that they never disagree
//!    on what a cell is or what type can hold it. Where text is regular (`structure`) and values are common (`decode::swar`)
//!    there is a quicker way, which a property test holds to the same answers.
//! 4. Nothing is lost: a column has a type only if that type holds every value of it, else it is text, byte for byte. A
//!    record is served, or it is in the ledger under what it is instead.
//! 5. Nothing is guessed: where the values of a column leave two ways to read them, it is text, and a warning says so.
//!
//! Modules in reading order: `encoding`, `dialect`, `cell`, `frame`, `tokenize`, `quotes`, `partings`, `swallowed`,
//! `structure`, `index`, `lead`, `boundaries`,
//! `chunk`, `schema`, `notation`, `asked`, `types`, `candidates`, `tally`, `bounds`, `decide`, `asides`, `layout`,
//! `separators`, `scoring`, `labels`, `titles`, `row_names`, `header`, `notes`, `repeated`, `sniffer`, `ledger`,
//! `reject`, `reading`, `invalid`, `strays`, `survey`, `columns`, `numerals`, `report`, `decode`, `identity`.

mod asides;
mod asked;
mod boundaries;
mod bounds;
mod candidates;
mod cell;
mod chunk;
mod columns;
mod decide;
mod decode;
mod dialect;
mod encoding;
mod frame;
mod header;
mod identity;
mod index;
mod invalid;
mod labels;
mod layout;
mod lead;
mod ledger;
mod notation;
mod notes;
mod numerals;
mod partings;
mod quotes;
mod reading;
mod reject;
mod repeated;
mod report;
mod row_names;
mod schema;
mod scoring;
mod separators;
mod sniffer;
mod strays;
mod structure;
mod survey;
mod swallowed;
mod tally;
mod titles;
mod tokenize;
mod types;

pub use asides::{Beside, OtherTable};
pub use asked::AskedType;
pub use boundaries::{RecordCutter, count_lines};
pub use chunk::Chunk;
pub use columns::Extent;
pub use decode::{Decoded, Decoder, Misfit, MisfitKind};
pub use dialect::{Delimiter, Dialect, HeaderMode, Mark, NotADelimiter, NotAMark, Notes, Overrides, QuotedNumbers};
pub use encoding::{
    Detected, Encoding, Legacy, LineStart, Malformed, Transcoder, UnknownEncoding, detect as detect_encoding,
};
pub use ledger::Ledger;
pub use notation::{Clock, DateForm, Marks, Notation, Words};
pub use reject::{MAX_REJECTS, Reject};
pub use report::{CandidateReport, ColumnReport, RuledOut, Surveyed};
pub use schema::{Column, ColumnType, CsvProfile, Lineage, UnknownType};
pub use scoring::Candidate;
pub use sniffer::{Explanation, FoundTable, Sample, explain, infer};
pub use survey::Survey;
pub use tally::Bound;

/// The number of columns beyond which records that are wider than the header add no more columns: 16,384.
///
/// Wider records are rejected. Only a header that names more columns itself raises the cap. Without one a broken line in
/// a large file could ask for millions of columns.
pub const MAX_COLUMNS: usize = 16_384;
