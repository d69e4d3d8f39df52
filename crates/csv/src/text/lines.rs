//! Line ends and byte-order marks: where a line ends, how many there are, what comes in front of a record.

use memchr::{memchr_iter, memchr2};

/// The byte-order mark of UTF-8.
pub(crate) const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Counts the line ends in `bytes`: LF, CRLF and CR alone count one each, inside quotes too.
///
/// This is how misfits and warnings number lines: the line of a record is the chunk's `first_line` plus the line ends
/// before it. Sums are right over chunks that do not part a CR from its LF, as those of [`RecordCutter`](crate::RecordCutter).
pub fn count_lines(bytes: &[u8]) -> u64 {
    let feeds = memchr_iter(b'\n', bytes).count();
    let lone = memchr_iter(b'\r', bytes)
        .filter(|&i| bytes.get(i + 1) != Some(&b'\n'))
        .count();
    (feeds + lone) as u64
}

/// Where the line that `at` is on ends: the offsets before and behind its line end.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> (usize, usize) {
    let end = memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |i| at + i);
    (end, behind_line_end(bytes, end))
}

/// The offset behind the line end at `at`, or `at` at the end of the text.
pub(crate) fn behind_line_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => at + 2,
        Some(_) => at + 1,
        None => at,
    }
}

/// The offset behind the byte-order marks at `at`, or `at` if there are none.
#[inline]
pub(crate) fn behind_mark(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at) == Some(&MARK[0]) && bytes[at..].starts_with(MARK) {
        at += MARK.len();
    }
    at
}

/// Where the last line of `text` starts, if there is one.
pub(crate) fn last_line(text: &[u8]) -> Option<usize> {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let before = memchr::memrchr2(b'\n', b'\r', line);
    (!text.is_empty()).then_some(before.map_or(0, |before| before + 1))
}

pub(crate) fn has_line_end(bytes: &[u8]) -> bool {
    memchr2(b'\n', b'\r', bytes).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let cases: [(&str, u64); 6] = [
            ("", 0),
            ("a", 0),
            ("a\nb\r\nc\rd", 3),
            ("\r\r\n\n", 3),
            ("\r", 1),
            ("\"\n\"\n", 2),
        ];
        for (input, expected) in cases {
            assert_eq!(count_lines(input.as_bytes()), expected, "{input:?}");
        }
    }
}
