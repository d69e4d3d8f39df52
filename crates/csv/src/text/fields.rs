//! Comments that name the fields of a log: `#Fields: date time` of web servers, `#fields` of network monitors.

/// What stands behind `#Fields:` or `#fields` in a comment that begins so, any case.
pub(crate) fn fields_in(comment: &[u8]) -> Option<&[u8]> {
    let text = comment.strip_prefix(b"#")?.trim_ascii_start();
    let (word, rest) = text.split_at_checked(WORD.len())?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let is_named = word.eq_ignore_ascii_case(WORD) && rest.first().is_some_and(u8::is_ascii_whitespace);
    is_named.then(|| rest.trim_ascii())
}

const WORD: &[u8] = b"fields";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_logs() {
        let cases = [
            ("#Fields: date time", Some("date time")),
            ("# fields: a b ", Some("a b")),
            ("#fields\tts\tuid", Some("ts\tuid")),
            ("#Fieldset: a b", None),
            ("#Fields:", None),
            ("#fields", None),
            ("Fields: a b", None),
            ("#f", None),
        ];
        for (comment, expected) in cases {
            assert_eq!(
                fields_in(comment.as_bytes()),
                expected.map(str::as_bytes),
                "{comment:?}"
            );
        }
    }
}
