//! Records to a table: where it is among them, and what its columns are called.

pub(crate) mod asides;
pub(crate) mod header;
pub(crate) mod labels;
pub(crate) mod layout;
pub(crate) mod names;
pub(crate) mod notes;
pub(crate) mod overrides;
pub(crate) mod repeated;
pub(crate) mod row_names;
pub(crate) mod scoring;
pub(crate) mod separators;
pub(crate) mod shape;
pub(crate) mod titles;
pub(crate) mod trial;
