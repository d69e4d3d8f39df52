//! A legacy encoding: one that `encoding_rs` knows, or a code page of our own.

#[cfg(test)]
use std::borrow::Cow;
use std::fmt;

use encoding_rs::Encoding as Standard;

use super::pages::{CodePage, Upper};

/// What a legacy encoding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Charset {
    Standard(&'static Standard),
    Page(CodePage),
}

impl Charset {
    /// What the bytes from 0x80 on stand for, each alone; U+FFFD stands where one stands for nothing.
    pub(super) fn upper(self) -> Upper {
        match self {
            Charset::Standard(standard) => std::array::from_fn(|at| {
                let byte = [0x80 + at as u8];
                let (text, _) = standard.decode_without_bom_handling(&byte);
                text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
            }),
            Charset::Page(page) => *page.upper(),
        }
    }

    /// Whether a character may have several bytes.
    pub(super) fn is_multibyte(self) -> bool {
        matches!(self, Charset::Standard(standard) if !standard.is_single_byte())
    }

    /// The text of `bytes`.
    #[cfg(test)]
    pub(super) fn read(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Charset::Standard(standard) => standard.decode_without_bom_handling(bytes).0,
            Charset::Page(page) => Cow::Owned(bytes.iter().map(|&byte| char_of(byte, page.upper())).collect()),
        }
    }
}

/// What a byte stands for in a code page with these upper characters.
pub(super) fn char_of(byte: u8, upper: &Upper) -> char {
    match byte.checked_sub(0x80) {
        Some(at) => upper[usize::from(at)],
        None => char::from(byte),
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Charset::Standard(standard) => standard.name(),
            Charset::Page(page) => page.name(),
        };
        match name {
            "macintosh" => f.write_str("Mac Roman"),
            "x-mac-cyrillic" => f.write_str("Mac Cyrillic"),
            "gb18030" => f.write_str("GB18030"),
            name => match name.strip_prefix("windows-") {
                Some(page) => write!(f, "Windows-{page}"),
                None => f.write_str(name),
            },
        }
    }
}
