//! Turns the bytes of a file into UTF-8 text, piece by piece, and guesses from a sample how they are encoded.
//!
//! It does not look at CSV structure, and UTF-8 input is passed through unchecked: invalid bytes in it are the decoder's
//! business, which replaces them.
//!
//! Modules: `name` (the encodings), `transcoder` (bytes to text by a `decoder`, where its lines start in the file, and
//! what is `malformed`), `utf8` (what is valid UTF-8), `detect`
//! (the guess, a `detected` encoding) with `wide` (UTF-16 and UTF-32 without a mark) and `legacy` (everything older than
//! Unicode). That one weighs readings: `alphabets` those of a byte a character by the pairs of them (`pairs`) and the words of languages (`language`),
//! `ideographs` those of several bytes. `foreign` keeps lines that need one. `charset` is a legacy encoding, `pages` has the tables of those that no browser knows.

mod alphabets;
mod charset;
mod decoder;
pub(crate) mod detect;
pub(crate) mod detected;
#[cfg(test)]
mod everyday;
pub(crate) mod foreign;
mod ideographs;
mod language;
pub(crate) mod legacy;
pub(crate) mod malformed;
pub(crate) mod name;
mod pages;
pub(crate) mod pairs;
#[cfg(test)]
mod samples;
pub(crate) mod transcoder;
pub(crate) mod utf8;
mod wide;
