//! What the engine says of a part of a statement that it does not know: a dump of that part, as its syntax tree has it, pages
//! long. A person gets the name of the part, and the place of the first thing in it.

use super::fragments::{PLACE, UNKNOWN_NODE};

/// The message without the dump, if there is one in it.
pub(super) fn undumped(line: &str) -> Option<String> {
    if !line.contains(PLACE) && !line.starts_with(UNKNOWN_NODE) {
        return None;
    }
    let (before, part) = parts(line)?;
    let part = spaced(part);
    Some(match before.strip_prefix(UNKNOWN_NODE) {
        Some(_) => format!("{part} is not supported"),
        None => format!("{} {part}", before.trim_end()),
    })
}

/// What is said in front of a dump, and the name of what it is a dump of: `MatchRecognize { table: …`, `Named(…`.
fn parts(line: &str) -> Option<(&str, &str)> {
    let mut starts = line.match_indices(|c: char| c.is_ascii_uppercase()).map(|(at, _)| at);
    starts.find_map(|at| {
        let (before, rest) = line.split_at(at);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
        let (name, behind) = rest.split_at(end);
        let begins = before.ends_with(' ') && (behind.starts_with(" {") || behind.starts_with('('));
        begins.then_some((before, name))
    })
}

/// `MatchRecognize` as `MATCH RECOGNIZE`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_uppercase());
    }
    words
}
