//! Prints how often the crate and DuckDB agree on files that nobody here made, and every difference.
//!
//!     cargo run --release -p flightstream-csv --example score
//!
//! The files are found as the test of the same code finds them (`tests/corpus`).

#[path = "../tests/corpus/folder.rs"]
mod folder;
#[path = "../tests/corpus/score.rs"]
mod score;

use std::io::Write;

fn main() -> std::io::Result<()> {
    let Some(folder) = folder::duckdb_csv() else {
        return Err(std::io::Error::other("the shared corpora are not there"));
    };
    write!(std::io::stdout(), "{}", score::Score::of(&folder))
}
