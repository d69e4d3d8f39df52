//! What a stock client cannot show: parts of one answer on several servers, snapshots under running readers, every
//! type, limits at their edge, order row by row.

mod limits;
mod lists;
mod many;
mod order;
mod parts;
mod snapshots;
mod sources;
mod types;
