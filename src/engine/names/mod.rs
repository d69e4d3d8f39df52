//! Names as people type them. The engine knows names exactly; people write `Trips`, `TRIPS` or `'trips'`. The rule: as
//! typed first, else the one name that differs by case alone; what comes out has the spelling of the data.
//!
//! Relations are resolved on the parsed statement, before it is planned. Columns, aliases and fields are not: which of
//! them a name may mean is the engine's own scoping. A statement is planned as it is typed, and only when that fails
//! are names respelled ([`respell`]) and is it planned again, so that a statement with exact names costs nothing.

mod expression;
mod identifier;
mod item;
mod labels;
mod lineage;
mod lists;
mod missing;
mod packed;
mod relations;
mod repair;
mod respell;
mod snapshot_names;
mod unknown;
mod unpacked;

pub(super) use expression::{asks_lineage, columns, expression};
pub(super) use labels::distinct;
pub(super) use lineage::is_lineage;
pub(super) use relations::{resolve, schema, table_columns};
pub(super) use repair::plan;
pub(super) use unknown::{Unknown, unknown_dataset};

#[cfg(test)]
mod tests;
