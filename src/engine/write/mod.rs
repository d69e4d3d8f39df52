//! Statements and uploads → changes of tables: where they may write, which columns fit, and the one commit at the end.

mod by_name;
pub(super) mod change;
pub(super) mod ingest;
pub(super) mod target;
pub(super) mod widening;
