//! Where in a statement the engine says that an error is, in the text of a message.

use datafusion::sql::sqlparser::tokenizer::Location;

use super::fragments::{COLUMN, LINE, PLACE};

/// The parser says the place at the end of its message: `Expected: …, found: x at Line: 1, Column: 8`.
pub(super) fn said_position(said: &str) -> Option<(&str, Location)> {
    let (message, place) = said.rsplit_once(LINE)?;
    let (line, column) = place.split_once(COLUMN)?;
    Some((message, known(line.parse().ok()?, column.parse().ok()?)?))
}

/// Lines and columns count from 1; 0 is no place.
pub(super) fn known(line: u64, column: u64) -> Option<Location> {
    (line > 0).then_some(Location { line, column })
}

/// The first place in the statement that a dump names.
pub(super) fn dumped_position(message: &str) -> Option<Location> {
    let (_, place) = message.split_once(PLACE)?;
    let (place, _) = place.split_once(')')?;
    let (line, column) = place.split_once(',')?;
    known(line.parse().ok()?, column.parse().ok()?)
}
