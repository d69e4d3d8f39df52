//! The text of a cell as a value: used by the inference, the survey and the decoder, so that they never disagree.
//!
//! Modules: `kind` (the types), `notation` (how their values are written), `words` (blanks, truth and NULL), `nulls`
//! (further words for it), `numbers` and
//! `floats` with `marks` (separators), `calendar`, `dates` and `times` with `temporal` (moments), `units` (what stands
//! around the digits), `parse` (which of them reads which type), `swar` (the common forms, a machine word at a time).

pub(crate) mod calendar;
pub(crate) mod dates;
pub(crate) mod floats;
pub(crate) mod kind;
pub(crate) mod marks;
pub(crate) mod notation;
pub(crate) mod nulls;
pub(crate) mod numbers;
pub(crate) mod parse;
pub(crate) mod swar;
pub(crate) mod temporal;
pub(crate) mod times;
pub(crate) mod units;
pub(crate) mod words;
