//! Where plans run, apart from the network, and how far they are.

pub(super) mod executor;
mod feed;
pub(super) mod progress;
pub(super) mod runtime;
