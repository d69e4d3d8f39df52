//! Records to a table: where it is among them, and what its columns are called.
//!
//! Modules: `overrides` (what the caller says), `scoring` with `trial`, `separators` and `places` (the dialect that fits best), `shape`,
//! `layout` and `asides` (where tables are among records), `labels`, `head`, `groups`, `mend`, `foreign_header` and `names` (the header), `draft` (a table that is
//! being found, and what a detector is), `find` (the list of detectors), and a file for each kind of mess.

pub(crate) mod asides;
mod blank_records;
mod commented;
mod damaged_header;
pub(crate) mod draft;
pub(crate) mod find;
mod foreign_header;
mod groups;
mod head;
mod json_lines;
mod labels;
mod layout;
mod mend;
pub(crate) mod names;
mod notes;
mod other_tables;
pub(crate) mod overrides;
mod partial_header;
mod pivots;
mod places;
pub(crate) mod repeated;
mod row_names;
pub(crate) mod scoring;
mod separators;
pub(crate) mod shape;
mod titles;
pub(crate) mod trial;
