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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short() {
        assert_eq!(shorten("é".repeat(60).as_bytes()), "é".repeat(60));
        assert_eq!(shorten("é".repeat(61).as_bytes()), format!("{}…", "é".repeat(60)));
        assert_eq!(shorten(&[0xFF; 3]), "\u{FFFD}".repeat(3));
    }
}
