//! Understands and decodes CSV text: bytes to a profile, bytes to Arrow batches.
//!
//! The way through it: [`infer()`] looks at a [`Sample`] of a file and answers with a [`CsvProfile`] (encoding, dialect,
//! columns); a [`Transcoder`] turns the file's bytes into UTF-8; a [`RecordCutter`] finds where that stream may be cut in
//! [`Chunk`]s of whole records; a [`Survey`] checks every cell against the profile, widens it, and gives account of every
//! record in a [`Ledger`]; a [`Decoder`] turns chunks into record batches, many at a time if the caller likes.
//!
//! Invariants:
//! 1. Pure: no I/O, no clock, no threads, no global state.
//! 2. Total: any bytes get an answer, none a panic. What looks wrong becomes a finding in the profile.
//! 3. One tokenizer (`text::tokenize`), one judgement of what is a row (`reject`), one walk over the records (`walk`) and one
//!    set of value parsers (`value`) serve inference, survey and decoding, so that they never disagree on what a cell is or
//!    what type can hold it. Where text is regular (`structure`) and values are common (`value::swar`)
//!    there is a quicker way, which a property test holds to the same answers.
//! 4. Nothing is lost: a column has a type only if that type holds every value of it, else it is text, byte for byte. A
//!    record is served, or it is in the ledger under what it is instead.
//! 5. Nothing is guessed: where the values of a column leave two ways to read them, it is text, and a warning says so.
//!
//! Rooms in the order of the way, each of which imports only those above it (a test has the table):
//! * `wording`: numbers and texts in sentences
//! * `text`: bytes to records of cells
//! * `value`: a cell to a value
//! * `column`: the cells of a column to its type, with the evidence
//! * `finding`: what was noticed, as data
//! * `reject`, `ledger`: what becomes of a record
//! * `table`: where the table is among records, and what its columns are called
//! * `profile`: what all of that comes to
//! * `walk`: over the records of a chunk, with a visitor
//! * `survey`, `decode`: visitors, one of which checks and widens, the other builds arrays
//! * `infer`: from a sample to a profile
//!
//! An item has one path inside of the crate. What callers use is exported here, and nowhere else.

mod column;
mod decode;
mod finding;
mod infer;
mod ledger;
mod profile;
mod reject;
mod survey;
mod table;
mod text;
mod value;
mod walk;
mod wording;

pub use column::asked::AskedType;
pub use column::decide::Doubt;
pub use column::field::Column;
pub use column::ruling::RuledOut;
pub use column::tally::Bound;
pub use decode::misfit::{Misfit, MisfitKind};
pub use decode::{Decoded, Decoder};
pub use finding::{Fate, Finding, Rows, Written};
pub use infer::sample::Sample;
pub use infer::{Explanation, FoundTable, explain, infer};
pub use ledger::Ledger;
pub use profile::CsvProfile;
pub use profile::lineage::Lineage;
pub use reject::{MAX_REJECTS, Reject};
pub use survey::Survey;
pub use survey::columns::Extent;
pub use survey::report::{CandidateReport, ColumnReport, Surveyed};
pub use table::asides::{Beside, OtherTable};
pub use table::names::MAX_COLUMNS;
pub use table::overrides::{HeaderMode, NotANullWord, NullWord, Overrides, QuotedNumbers};
pub use table::trial::TriedDialect;
pub use text::boundaries::RecordCutter;
pub use text::chunk::Chunk;
pub use text::dialect::{Delimiter, Dialect, Mark, NotADelimiter, NotAMark, Notes};
pub use text::encoding::detect::detect as detect_encoding;
pub use text::encoding::detected::Detected;
pub use text::encoding::malformed::Malformed;
pub use text::encoding::name::{Encoding, Legacy, UnknownEncoding};
pub use text::encoding::transcoder::{LineStart, Transcoder};
pub use text::lines::count_lines;
pub use value::kind::{ColumnType, UnknownType};
pub use value::notation::{Clock, DateForm, Marks, Notation, Signs, Words};
pub use value::nulls::NullWords;
pub use value::units::Unit;
