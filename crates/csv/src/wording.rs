//! How numbers and texts are put in a sentence for people.

/// `1 cell`, `2 cells`.
pub(crate) fn count(n: u64, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `text` for a message: lossy UTF-8, at most 60 characters.
pub(crate) fn shorten(text: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * LONGEST + 4)]);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// The name that a person may have meant who wrote `typed`, lower-case letters: one that begins so, or that is a letter or two away.
pub(crate) fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// So many letters at least say something.
    const SHORTEST: usize = 3;
    let most = if typed.len() > 5 { 2 } else { 1 };
    let distance = |name: &str| match name.starts_with(typed) || typed.starts_with(name) {
        true => 0,
        false => edits(typed.as_bytes(), name.as_bytes()),
    };
    let names = names.into_iter().map(|name| (distance(name), name));
    let nearest = names.min_by_key(|(distance, _)| *distance);
    let near = nearest.filter(|(distance, _)| *distance <= most && typed.len() >= SHORTEST);
    near.map(|(_, name)| name)
}

/// How many letters must be put in, left out or exchanged to make one word of another.
fn edits(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (place, wanted) in other.iter().enumerate() {
            let exchanged = before + usize::from(letter != wanted);
            before = row[place + 1];
            row[place + 1] = exchanged.min(before + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_meant() {
        let names = ["comma", "semicolon", "tab", "pipe"];
        let cases = [
            ("semi", Some("semicolon")),
            ("semicolons", Some("semicolon")),
            ("semmicolen", Some("semicolon")),
            ("tabs", Some("tab")),
            ("coma", Some("comma")),
            ("pip", Some("pipe")),
            ("papa", None),
            ("ta", None),
            ("", None),
        ];
        for (typed, expected) in cases {
            assert_eq!(nearest(typed, names), expected, "{typed:?}");
        }
        assert_eq!(nearest("semi", []), None);
        assert_eq!(
            (edits(b"kitten", b"sitting"), edits(b"", b"ab"), edits(b"ab", b"ab")),
            (3, 2, 0)
        );
    }

    #[test]
    fn short() {
        assert_eq!(shorten("é".repeat(60).as_bytes()), "é".repeat(60));
        assert_eq!(shorten("é".repeat(61).as_bytes()), format!("{}…", "é".repeat(60)));
        assert_eq!(shorten(&[0xFF; 3]), "\u{FFFD}".repeat(3));
    }
}
