//! The one integration binary: each further one would link the engine again.

#![allow(
    unreachable_pub,
    reason = "nothing of a test is reachable; `pub` is for its other modules"
)]
#![allow(clippy::unwrap_used, reason = "the helpers of tests may, as the tests themselves")]

mod abuse;
mod architecture;
mod cli;
mod clients;
mod docs;
mod examples;
mod faults;
mod flight;
mod gateway;
mod lineage;
mod moments;
mod python;
mod readme;
mod rooms;
mod s3;
mod second_opinion;
mod skipping;
mod slt;
mod snippets;
mod tools;
mod wire;
