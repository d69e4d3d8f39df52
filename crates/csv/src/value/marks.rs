//! Numbers with thousands separators or a decimal comma, rewritten as plain ones: `-1.234,5` becomes `-1234.5`.
//!
//! The result is for the parsers of `numbers`, which have the last word; what they read then follows their rules, on
//! leading zeros and signs too. Separators stand between groups of exactly three digits, all of them or none.

use crate::value::notation::Marks;

/// The longest number that is rewritten, in bytes.
const LONGEST: usize = 64;

/// Space for a rewritten number.
pub(crate) struct Rewriter {
    bytes: [u8; LONGEST],
    used: usize,
}

impl Rewriter {
    pub(crate) fn new() -> Self {
        Rewriter {
            bytes: [0; LONGEST],
            used: 0,
        }
    }

    /// The plain form of a number with `marks`; words such as `nan` are the same with any marks.
    ///
    /// `None` if the marks are others, or in the wrong places.
    #[inline]
    pub(crate) fn plain<'a>(&'a mut self, text: &'a [u8], marks: Marks) -> Option<&'a [u8]> {
        if marks == Marks::Plain {
            return Some(text);
        }
        self.rewrite(text, marks)
    }

    fn rewrite(&mut self, text: &[u8], marks: Marks) -> Option<&[u8]> {
        if text.len() > LONGEST {
            return None;
        }
        self.used = 0;
        let body = match text.split_first() {
            Some((b'-', body)) => {
                self.push(b"-");
                body
            }
            _ => text,
        };
        let rest = if body.first()?.is_ascii_alphabetic() {
            body
        } else {
            self.number(body, marks)?
        };
        self.push(rest);
        Some(&self.bytes[..self.used])
    }

    /// Takes the digits and marks of a number; returns what is behind, nothing or an exponent.
    fn number<'t>(&mut self, body: &'t [u8], marks: Marks) -> Option<&'t [u8]> {
        let (grouped, rest) = self.whole(body, marks)?;
        let Some((&mark, behind)) = rest.split_first().filter(|(mark, _)| **mark == marks.decimal()) else {
            return tail(rest, grouped);
        };
        let (fraction, rest) = digits(behind);
        if fraction.is_empty() && (mark == b',' || grouped) {
            return None;
        }
        self.push(b".");
        self.push(fraction);
        tail(rest, grouped)
    }

    /// Takes the digits in front of the decimal mark; also says whether they come in groups.
    fn whole<'t>(&mut self, body: &'t [u8], marks: Marks) -> Option<(bool, &'t [u8])> {
        let (first, mut rest) = digits(body);
        self.push(first);
        let mut grouped = false;
        while let Some(behind) = separator(rest, marks) {
            let sound = grouped || ((1..=3).contains(&first.len()) && first[0] != b'0');
            let (group, next) = digits(behind);
            if !sound || group.len() != 3 {
                return None;
            }
            self.push(group);
            (grouped, rest) = (true, next);
        }
        Some((grouped, rest))
    }

    fn push(&mut self, text: &[u8]) {
        let end = self.used + text.len();
        self.bytes[self.used..end].copy_from_slice(text); // no longer than the text, which fits
        self.used = end;
    }
}

/// What is behind a number: nothing, or an exponent if the digits come in no groups.
fn tail(rest: &[u8], grouped: bool) -> Option<&[u8]> {
    let sound = match rest.first() {
        None => true,
        Some(b'e' | b'E') => !grouped,
        Some(_) => false,
    };
    sound.then_some(rest)
}

/// Parts `text` behind its leading digits.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    text.split_at(count)
}

/// What is behind the thousands separator that `text` begins with.
fn separator(text: &[u8], marks: Marks) -> Option<&[u8]> {
    match (marks, text) {
        (Marks::Comma, [b',', rest @ ..])
        | (Marks::DotComma, [b'.', rest @ ..])
        | (Marks::Apostrophe, [b'\'', rest @ ..] | [0xE2, 0x80, 0x99, rest @ ..]) // also U+2019
        | (Marks::BlankDot | Marks::BlankComma, [b' ', rest @ ..])
        | (Marks::BlankDot | Marks::BlankComma, [0xC2, 0xA0, rest @ ..]) // U+00A0
        | (Marks::BlankDot | Marks::BlankComma, [0xE2, 0x80, 0xAF | 0x89, rest @ ..]) => Some(rest), // U+202F, U+2009
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewriting() {
        use Marks::{Apostrophe, BlankComma, BlankDot, Comma, DotComma, Plain};
        let cases: [(Marks, &str, Option<&str>); 44] = [
            (Plain, "1,x", Some("1,x")),
            (Comma, "1,234", Some("1234")),
            (Comma, "-1,234,567.50", Some("-1234567.50")),
            (Comma, "1234.5", Some("1234.5")),
            (Comma, "12", Some("12")),
            (Comma, ".5", Some(".5")),
            (Comma, "5.", Some("5.")),
            (Comma, "1e5", Some("1e5")),
            (Comma, "nan", Some("nan")),
            (Comma, "-inf", Some("-inf")),
            (Comma, "1,234e5", None),
            (Comma, "1,234.", None),
            (Comma, "1,23", None),
            (Comma, "1,2345", None),
            (Comma, "1234,567", None),
            (Comma, "0,123", None),
            (Comma, ",123", None),
            (Comma, "1,,234", None),
            (Comma, "1,234 567", None),
            (Comma, "1.234,5", None),
            (Comma, "", None),
            (Comma, "-", None),
            (Apostrophe, "1'234'567.5", Some("1234567.5")),
            (Apostrophe, "1’234’567", Some("1234567")),
            (Apostrophe, "1'234,5", None),
            (BlankDot, "1 234.5", Some("1234.5")),
            (BlankDot, "1\u{A0}234\u{202F}567", Some("1234567")),
            (BlankDot, "1\u{2009}234", Some("1234")),
            (BlankDot, "1  234", None),
            (BlankDot, "1 234,5", None),
            (BlankComma, "1 234,5", Some("1234.5")),
            (BlankComma, "1,234", Some("1.234")),
            (BlankComma, "1.5", None),
            (DotComma, "1,5", Some("1.5")),
            (DotComma, "0,5", Some("0.5")),
            (DotComma, ",5", Some(".5")),
            (DotComma, "5,", None),
            (DotComma, "1,5e3", Some("1.5e3")),
            (DotComma, "1.234,5", Some("1234.5")),
            (DotComma, "1.234.567", Some("1234567")),
            (DotComma, "1.5", None),
            (DotComma, "1234.567", None),
            (DotComma, "1,5,5", None),
            (DotComma, "12.05.2024", None),
        ];
        for (marks, text, expected) in cases {
            let mut rewriter = Rewriter::new();
            let plain = rewriter.plain(text.as_bytes(), marks);
            assert_eq!(plain, expected.map(str::as_bytes), "{text:?} with {marks:?}");
        }
        let long = "1".repeat(LONGEST + 1);
        assert_eq!(Rewriter::new().plain(long.as_bytes(), Marks::Comma), None);
    }
}
