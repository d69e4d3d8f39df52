//! What a byte string says for and against being UTF-8.

/// What a byte string says about its encoding.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Utf8Evidence {
    /// It holds a valid character of more than one byte.
    pub(crate) multibyte: bool,
    /// The offset of the first byte that is not UTF-8.
    pub(crate) invalid: Option<usize>,
    /// How many sequences are not UTF-8: as many as U+FFFD replace them.
    pub(crate) invalid_count: u64,
}

impl Utf8Evidence {
    /// Examines `bytes`; `whole` is false when the piece may end (not begin) inside a character.
    pub(crate) fn of(bytes: &[u8], whole: bool) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Utf8Evidence {
                multibyte: !text.is_ascii(),
                ..Utf8Evidence::default()
            },
            Err(_) => Self::of_invalid(bytes, whole),
        }
    }

    fn of_invalid(bytes: &[u8], whole: bool) -> Self {
        let mut evidence = Utf8Evidence::default();
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            evidence.multibyte |= !chunk.valid().is_ascii();
            at += chunk.valid().len();
            let cut_off = !whole && at + chunk.invalid().len() == bytes.len() && is_prefix(chunk.invalid());
            if !chunk.invalid().is_empty() && !cut_off {
                evidence.invalid = evidence.invalid.or(Some(at));
                evidence.invalid_count += 1;
            }
            at += chunk.invalid().len();
        }
        evidence
    }
}

/// How many characters of more than one byte valid text holds.
fn count_leads(text: &[u8]) -> u64 {
    // Few enough at a time that their sum fits a byte, and whole vectors of them, which is quicker.
    let count = |part: &[u8]| {
        let leads = part.iter().map(|byte| u8::from(*byte >= 0xC0));
        leads.fold(0u8, u8::wrapping_add)
    };
    text.chunks(224).map(|part| u64::from(count(part))).sum()
}

/// How many characters of more than one byte `bytes` holds, and how many of them touch nothing invalid.
///
/// In other encodings of several bytes a character, pieces of characters look like UTF-8 beside pieces that do not.
pub(crate) fn count_multibyte(bytes: &[u8]) -> (u64, u64) {
    if std::str::from_utf8(bytes).is_ok() {
        let all = count_leads(bytes);
        return (all, all);
    }
    let (mut all, mut apart, mut behind_invalid) = (0, 0, false);
    for chunk in bytes.utf8_chunks() {
        let (text, invalid) = (chunk.valid(), !chunk.invalid().is_empty());
        let count = count_leads(text.as_bytes());
        let first = behind_invalid && text.starts_with(|c: char| !c.is_ascii());
        let last = invalid && text.ends_with(|c: char| !c.is_ascii());
        all += count;
        apart += count.saturating_sub(u64::from(first) + u64::from(last));
        behind_invalid = invalid;
    }
    (all, apart)
}

/// A piece from the middle of a file, without the end of a character that began before it.
pub(super) fn without_continuation(block: &[u8]) -> &[u8] {
    let continuation = block.iter().take(3).take_while(|&&b| b & 0xC0 == 0x80).count();
    &block[continuation..]
}

/// Whether `bytes` could be the beginning of a character that goes on.
fn is_prefix(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|e| e.valid_up_to() == 0 && e.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes, whether they are whole, the first invalid one, how many sequences are invalid, and the multi-byte characters.
    type Case<'a> = (&'a [u8], bool, Option<usize>, u64, (u64, u64));

    #[test]
    fn evidence() {
        let cases: [Case<'_>; 7] = [
            (b"a,b", true, None, 0, (0, 0)),
            ("é€".as_bytes(), true, None, 0, (2, 2)),
            (b"caf\xC3", false, None, 0, (0, 0)),
            (b"caf\xC3", true, Some(3), 1, (0, 0)),
            (b"\xFFa\xC3\xA9\xE2\x82", true, Some(0), 2, (1, 0)),
            (b"\xC3\xA9a\xFF,\xC3\xA9\xC3\xA9\xFF", true, Some(3), 2, (3, 2)),
            (b"a\xE2\x82b\xFF\xFF", false, Some(1), 3, (0, 0)),
        ];
        for (bytes, whole, invalid, invalid_count, count) in cases {
            let expected = Utf8Evidence {
                multibyte: count.0 > 0,
                invalid,
                invalid_count,
            };
            assert_eq!(Utf8Evidence::of(bytes, whole), expected, "{bytes:?}");
            assert_eq!(count_multibyte(bytes), count, "{bytes:?}");
        }
    }

    #[test]
    fn a_piece_from_the_middle() {
        assert_eq!(without_continuation(b"\x82\xACa"), b"a");
        assert_eq!(without_continuation(b"\x82\x82\x82\x82"), b"\x82");
    }
}
