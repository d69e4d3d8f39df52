//! Lines that are JSON: they are text, and no delimiter or quote in them is one of a table.

/// Whether a line is a JSON object and nothing else, as far as its brackets and strings tell; a comma may follow it.
pub(crate) fn is_object(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let line = line.strip_suffix(b",").unwrap_or(line);
    let Some(inside) = line.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else {
        return false;
    };
    inside == b"}" || (begins_with_key(inside) && ends_at_last_bracket(line))
}

/// Whether a text begins with a string and a colon behind it.
fn begins_with_key(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"\"") else {
        return false;
    };
    let mut is_escaped = false;
    let close = rest.iter().position(|&byte| {
        let closes = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        closes
    });
    close.is_some_and(|close| rest[close + 1..].trim_ascii_start().first() == Some(&b':'))
}

/// Whether the bracket that a text begins with is closed at its end, and not before.
fn ends_at_last_bracket(text: &[u8]) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for (at, &byte) in text.iter().enumerate() {
        if in_string {
            in_string = byte != b'"' || is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return at + 1 == text.len(),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        let cases = [
            (r#"{"a": 1, "b": "x, y"}"#, true),
            (r#" { "a" : [1, {"b": "}"}] } "#, true),
            (r#"{"a\"": "\\"},"#, true),
            ("{}", true),
            ("{", false),
            (r#"{"a": 1},x"#, false),
            (r#"{"a": 1};{"b": 2}"#, false),
            (r#"{"a": "}"#, false),
            (r#"{"a","b"}"#, false),
            ("{1,2}", false),
            (r#"{"a""#, false),
            (r#"[{"a": 1}]"#, false),
            ("", false),
        ];
        for (line, expected) in cases {
            assert_eq!(is_object(line.as_bytes()), expected, "{line}");
        }
    }
}
