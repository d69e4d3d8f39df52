//! The guess how a file is encoded, from pieces of it.
//!
//! A byte-order mark decides, unless it is that of UTF-8 and what follows is not. Then come the encodings that
//! bytes are hardly in by accident: UTF-16 and UTF-32 (`wide`) and UTF-8. What is left is older (`legacy`).

use super::detected::Detected;
use super::name::{Encoding, UTF8_MARK};
use super::utf8::{Utf8Evidence, count_multibyte, without_continuation};
use super::{legacy, wide};
use crate::wording::count;

/// The encoding that `head` (the start of a file) and `blocks` (pieces from further on, cut anywhere) point to;
/// `complete` says that `head` is all of the file.
///
/// Always answers. A byte-order mark decides, but for that of UTF-8 in front of a legacy encoding. Valid UTF-8 is UTF-8,
/// and so is text with no more invalid sequences than characters of more than one byte that stand apart from them; bytes
/// that are no text in any encoding are UTF-8 or Windows-1252.
pub fn detect(head: &[u8], blocks: &[&[u8]], complete: bool) -> Detected {
    let narrow = |head| utf8(head, blocks, complete).unwrap_or_else(|| legacy::detect(head, blocks, complete));
    match (marked(head), head.strip_prefix(UTF8_MARK)) {
        (Some(_), Some(rest)) if is_foreign(rest, blocks, complete) => narrow(rest),
        (Some(marked), _) => marked,
        (None, _) => wide::detect(head, complete).unwrap_or_else(|| narrow(head)),
    }
}

/// Whether there are bytes that are not UTF-8, and no valid character beyond ASCII. A survey says Windows-1252 then.
fn is_foreign(head: &[u8], blocks: &[&[u8]], complete: bool) -> bool {
    let (multibyte, _, invalid) = counts(head, blocks, complete);
    multibyte == 0 && invalid > 0
}

/// The encoding whose byte-order mark the file starts with.
fn marked(head: &[u8]) -> Option<Detected> {
    // The mark of UTF-32LE begins with that of UTF-16LE.
    let unicode = [
        Encoding::Utf32Le,
        Encoding::Utf32Be,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
    ];
    let gb18030 = Encoding::standard(encoding_rs::GB18030);
    let mut all = unicode.into_iter().chain([Encoding::Utf8, gb18030]);
    let encoding = all.find(|encoding| head.starts_with(encoding.mark()))?;
    let evidence = format!("the file starts with the byte-order mark of {encoding}");
    Some(Detected::new(encoding, 1.0, evidence))
}

/// UTF-8, if the sample is that with at most a few errors, or no text at all.
fn utf8(head: &[u8], blocks: &[&[u8]], complete: bool) -> Option<Detected> {
    let (multibyte, apart, invalid) = counts(head, blocks, complete);
    let is = |confidence, evidence: String| Some(Detected::new(Encoding::Utf8, confidence, evidence));
    match (multibyte, invalid) {
        (0, 0) => is(0.9, "the sample is ASCII".to_owned()),
        (_, 0) => is(0.99, format!("the sample is valid UTF-8 with {}", beyond(multibyte))),
        _ if invalid <= apart => {
            let errors = count(invalid, "sequence");
            let evidence = format!("but for {errors} the sample is valid UTF-8 with {}", beyond(multibyte));
            is(if invalid * 10 <= apart { 0.9 } else { 0.6 }, evidence)
        }
        // The survey of a file without a valid character beyond ASCII takes it for Windows-1252, so this must too.
        _ if is_binary(head) && multibyte > 0 => is(0.1, "the sample is no text".to_owned()),
        _ if is_binary(head) => Some(Detected::new(Encoding::Windows1252, 0.1, "the sample is no text")),
        _ => None,
    }
}

/// How many characters of more than one byte there are, how many of them apart from anything invalid, and how many
/// sequences are invalid.
fn counts(head: &[u8], blocks: &[&[u8]], complete: bool) -> (u64, u64, u64) {
    let pieces = || blocks.iter().map(|block| without_continuation(block));
    let of_blocks: u64 = pieces().map(|block| Utf8Evidence::of(block, false).invalid_count).sum();
    let invalid = of_blocks + Utf8Evidence::of(head, complete).invalid_count;
    let counts = pieces().chain([head]).map(count_multibyte);
    let (multibyte, apart) = counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    (multibyte, apart, invalid)
}

fn beyond(multibyte: u64) -> String {
    format!("{} beyond ASCII", count(multibyte, "character"))
}

/// Whether `bytes` has more control characters than any text.
fn is_binary(bytes: &[u8]) -> bool {
    let is_control = |b: &&u8| matches!(b, 0..=8 | 14..=25 | 27..=31 | 127);
    bytes.iter().filter(is_control).count() * 50 > bytes.len() || bytes.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Head, blocks, complete, and what is detected.
    type Detection<'a> = (&'a [u8], &'a [&'a [u8]], bool, Encoding);

    #[test]
    fn detection() {
        let cases: [Detection<'_>; 18] = [
            (b"a,b", &[], true, Encoding::Utf8),
            (b"", &[], true, Encoding::Utf8),
            (b"\xEF\xBB\xBFa\xFF\xC3\xA9", &[], true, Encoding::Utf8),
            (b"\xEF\xBB\xBFcaf\xE9", &[], true, Encoding::Windows1252),
            (b"\xFF\xFEa\0", &[], true, Encoding::Utf16Le),
            (b"\xFE\xFF\0a", &[], true, Encoding::Utf16Be),
            (b"\xFF\xFE\0\0a\0\0\0", &[], true, Encoding::Utf32Le),
            (b"\0\0\xFE\xFF\0\0\0a", &[], true, Encoding::Utf32Be),
            (b"a\0,\0b\0\n\0", &[], true, Encoding::Utf16Le),
            (b"caf\xE9,x", &[], true, Encoding::Windows1252),
            (b"caf\xC3\xA9,\xE9x", &[], true, Encoding::Utf8),
            (b"caf\xC4", &[], false, Encoding::Utf8),
            (b"caf\xC4", &[], true, Encoding::Windows1252),
            (b"plain", &[b"\xA9 then \xE9,"], false, Encoding::Windows1252),
            (b"plain", &[b"\xA9 then \xC3"], false, Encoding::Utf8),
            (b"\0\x01\x02\xFF\xC3\xA9\xFE\xFD", &[], true, Encoding::Utf8),
            (b"\0\x01\x02\xFF\xFE", &[], true, Encoding::Windows1252),
            (b"a\0b", &[], true, Encoding::Utf8),
        ];
        for (head, blocks, complete, expected) in cases {
            assert_eq!(detect(head, blocks, complete).encoding, expected, "{head:?}");
        }
    }

    #[test]
    fn evidence_is_for_people() {
        let cases: [(&[u8], &str, f32); 5] = [
            (
                b"\xFF\xFEa\0",
                "the file starts with the byte-order mark of UTF-16LE",
                1.0,
            ),
            (b"a,b", "the sample is ASCII", 0.9),
            (
                b"caf\xC3\xA9",
                "the sample is valid UTF-8 with 1 character beyond ASCII",
                0.99,
            ),
            (
                b"caf\xC3\xA9,\xE9x",
                "but for 1 sequence the sample is valid UTF-8 with 1 character beyond ASCII",
                0.6,
            ),
            (
                b"caf\xE9",
                "the sample is not UTF-8, and 1 character beyond ASCII reads best as Windows-1252",
                0.3,
            ),
        ];
        for (head, evidence, confidence) in cases {
            let detected = detect(head, &[], true);
            assert_eq!(
                (detected.evidence.as_str(), detected.confidence),
                (evidence, confidence)
            );
        }
    }
}
