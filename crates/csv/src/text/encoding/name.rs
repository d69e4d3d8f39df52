//! The encodings that a file may be in, and their names.

use std::fmt;
use std::str::FromStr;

use crate::text::encoding::charset::Charset;
use crate::text::encoding::pages::CodePage;
use crate::wording;

pub(super) const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How the bytes of a file stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
    /// One of the encodings from before Unicode.
    Legacy(Legacy),
}

/// An encoding from before Unicode, as web browsers know it or as DOS and the Macintosh had it; [`Encoding::from_str`]
/// gives it for a label.
///
/// Each contains ASCII, and the bytes of a line feed and of a carriage return are part of no other character in it.
/// ISO-8859-1 is Windows-1252 and GBK is GB18030, which contain them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Legacy(pub(super) Charset);

impl Encoding {
    /// Windows code page 1252, the superset of Latin-1 that older software writes.
    ///
    /// Every byte string is valid in it, so it is what remains when nothing else speaks for another encoding.
    #[allow(non_upper_case_globals, reason = "it reads like the variants it stands beside")]
    pub const Windows1252: Encoding = Encoding::standard(&encoding_rs::WINDOWS_1252_INIT);

    /// Whether a character may have several bytes, some of which are those of ASCII characters.
    pub(crate) fn is_multibyte(self) -> bool {
        matches!(self, Encoding::Legacy(Legacy(charset)) if charset.is_multibyte())
    }

    /// Whether text in this encoding is UTF-8 already, so that a [`Transcoder`](crate::Transcoder) only removes a byte-order mark.
    ///
    /// Callers that read such a file at an offset behind its first three bytes need no transcoder.
    pub fn is_identity(self) -> bool {
        self == Encoding::Utf8
    }

    /// Whether ASCII text is the same bytes in this encoding, and a byte 0x0A or 0x0D always ends a line.
    ///
    /// A file in such an encoding can be cut at those bytes, and a zero byte in it means that it is no text.
    pub fn is_byte_oriented(self) -> bool {
        self.unit() == 1
    }

    /// How many bytes make a code unit, of which each character has one or more.
    pub(super) fn unit(self) -> usize {
        match self {
            Encoding::Utf8 | Encoding::Legacy(_) => 1,
            Encoding::Utf16Le | Encoding::Utf16Be => 2,
            Encoding::Utf32Le | Encoding::Utf32Be => 4,
        }
    }

    /// The byte-order mark that a file may start with.
    ///
    /// Software that mixes encodings has put the mark of UTF-8 in front of legacy ones.
    pub(super) fn mark(self) -> &'static [u8] {
        match self {
            Encoding::Legacy(Legacy(Charset::Standard(known))) if known == encoding_rs::GB18030 => b"\x84\x31\x95\x33",
            Encoding::Utf8 | Encoding::Legacy(_) => UTF8_MARK,
            Encoding::Utf16Le => b"\xFF\xFE",
            Encoding::Utf16Be => b"\xFE\xFF",
            Encoding::Utf32Le => b"\xFF\xFE\0\0",
            Encoding::Utf32Be => b"\0\0\xFE\xFF",
        }
    }

    /// The offset behind the first line feed or carriage return in `units`.
    pub(super) fn line_end(self, units: &[u8]) -> Option<usize> {
        let unit = self.unit();
        if unit == 1 {
            return memchr::memchr2(b'\n', b'\r', units).map(|at| at + 1);
        }
        let is_end = |unit: &[u8]| matches!(self.ascii(unit), Some(b'\n' | b'\r'));
        units.chunks_exact(unit).position(is_end).map(|at| (at + 1) * unit)
    }

    /// The character that a code unit stands for, if it is an ASCII one.
    pub(super) fn ascii(self, unit: &[u8]) -> Option<u8> {
        let (zeros, low) = match self {
            Encoding::Utf16Le | Encoding::Utf32Le => unit.split_first().map(|(low, zeros)| (zeros, low))?,
            _ => unit.split_last().map(|(low, zeros)| (zeros, low))?,
        };
        (low.is_ascii() && zeros.iter().all(|&b| b == 0)).then_some(*low)
    }

    /// A legacy encoding of `encoding_rs`.
    pub(super) const fn standard(encoding: &'static encoding_rs::Encoding) -> Encoding {
        Encoding::Legacy(Legacy(Charset::Standard(encoding)))
    }

    /// The encoding by its name in `encoding_rs`, if it is one of text whose lines stand alone.
    pub(super) fn from_standard(encoding: &'static encoding_rs::Encoding) -> Option<Encoding> {
        let stateful = [
            encoding_rs::ISO_2022_JP,
            encoding_rs::REPLACEMENT,
            encoding_rs::X_USER_DEFINED,
        ];
        Some(match encoding {
            _ if encoding == encoding_rs::UTF_8 => Encoding::Utf8,
            _ if encoding == encoding_rs::UTF_16LE => Encoding::Utf16Le,
            _ if encoding == encoding_rs::UTF_16BE => Encoding::Utf16Be,
            _ if encoding == encoding_rs::GBK => Encoding::standard(encoding_rs::GB18030),
            _ if stateful.contains(&encoding) => return None,
            _ => Encoding::standard(encoding),
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Encoding::Utf8 => f.write_str("UTF-8"),
            Encoding::Utf16Le => f.write_str("UTF-16LE"),
            Encoding::Utf16Be => f.write_str("UTF-16BE"),
            Encoding::Utf32Le => f.write_str("UTF-32LE"),
            Encoding::Utf32Be => f.write_str("UTF-32BE"),
            Encoding::Legacy(legacy) => legacy.fmt(f),
        }
    }
}

impl fmt::Display for Legacy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A label that names no encoding that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEncoding {
    label: String,
    /// The encoding that may have been meant.
    meant: Option<&'static str>,
}

/// The names among which the one is looked for that may have been meant.
const KNOWN: [&str; 40] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "utf-32le",
    "utf-32be",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "latin-1",
    "iso-8859-1",
    "iso-8859-15",
    "iso-8859-2",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-9",
    "iso-8859-16",
    "cp850",
    "cp437",
    "cp852",
    "cp866",
    "cp1252",
    "macintosh",
    "mac-roman",
    "koi8-r",
    "koi8-u",
    "gb18030",
    "gbk",
    "big5",
    "shift_jis",
    "cp932",
    "euc-jp",
    "euc-kr",
    "ansi",
];

impl UnknownEncoding {
    fn of(label: &str) -> Self {
        let names = KNOWN.map(squeezed);
        let nearest = wording::nearest(&squeezed(label), names.iter().map(String::as_str));
        let meant = nearest.and_then(|nearest| KNOWN.into_iter().find(|name| squeezed(name) == nearest));
        UnknownEncoding {
            label: label.to_owned(),
            meant,
        }
    }
}

/// A label in lower case and without punctuation.
fn squeezed(label: &str) -> String {
    let kept = label.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

impl fmt::Display for UnknownEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not an encoding that can be read; ", self.label)?;
        if let Some(name) = self.meant {
            write!(f, "is {name} meant? ")?;
        }
        f.write_str(
            "some that can are utf-8, utf-16le, utf-32be, windows-1252, iso-8859-15, cp437, cp850, macintosh, koi8-r, \
             gb18030, big5, shift_jis, euc-jp and euc-kr",
        )
    }
}

impl std::error::Error for UnknownEncoding {}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    /// Takes the labels of the WHATWG standard, the names that [`Display`](fmt::Display) gives, and the usual
    /// spellings of them, in any case.
    fn from_str(label: &str) -> Result<Self, Self::Err> {
        let plain = label.trim().to_ascii_lowercase();
        let squeezed = squeezed(&plain);
        match squeezed.as_str() {
            "utf32" | "utf32le" | "ucs4" | "ucs4le" => return Ok(Encoding::Utf32Le),
            "utf32be" | "ucs4be" => return Ok(Encoding::Utf32Be),
            _ => {}
        }
        [&plain, &squeezed, &standard_label(&squeezed)]
            .into_iter()
            .find_map(|label| encoding_rs::Encoding::for_label(label.as_bytes()))
            .and_then(Encoding::from_standard)
            .or_else(|| CodePage::named(&squeezed).map(|page| Encoding::Legacy(Legacy(Charset::Page(page)))))
            .ok_or_else(|| UnknownEncoding::of(label))
    }
}

/// The label in the WHATWG standard for a name that people use instead, both without punctuation; else nothing.
fn standard_label(name: &str) -> String {
    const ALIASES: [(&str, &str); 24] = [
        ("utf8sig", "utf-8"),
        ("utf8bom", "utf-8"),
        ("utf16", "utf-16le"),
        ("utf16le", "utf-16le"),
        ("utf16be", "utf-16be"),
        ("ansi", "windows-1252"),
        ("latin7", "iso-8859-13"),
        ("latin8", "iso-8859-14"),
        ("latin9", "iso-8859-15"),
        ("latin10", "iso-8859-16"),
        ("macroman", "macintosh"),
        ("maccyrillic", "x-mac-cyrillic"),
        ("cp932", "shift_jis"),
        ("shiftjis", "shift_jis"),
        ("cp936", "gbk"),
        ("euccn", "gbk"),
        ("cp949", "euc-kr"),
        ("euckr", "euc-kr"),
        ("uhc", "euc-kr"),
        ("cp950", "big5"),
        ("big5hkscs", "big5"),
        ("eucjp", "euc-jp"),
        ("koi8r", "koi8-r"),
        ("koi8u", "koi8-u"),
    ];
    let alias = ALIASES.into_iter().find(|(alias, _)| *alias == name);
    let page = ["windows", "win", "cp"]
        .into_iter()
        .find_map(|prefix| name.strip_prefix(prefix));
    match (alias, page) {
        (Some((_, label)), _) => label.to_owned(),
        (None, Some(page)) => format!("windows-{page}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_names() {
        let cases = [
            ("utf-8", "UTF-8"),
            ("UTF8", "UTF-8"),
            ("utf-8-sig", "UTF-8"),
            ("utf-16", "UTF-16LE"),
            ("UTF-16LE", "UTF-16LE"),
            ("utf_16_be", "UTF-16BE"),
            ("utf-32", "UTF-32LE"),
            ("UTF-32BE", "UTF-32BE"),
            ("latin-1", "Windows-1252"),
            ("iso-8859-1", "Windows-1252"),
            ("windows-1252", "Windows-1252"),
            ("cp1252", "Windows-1252"),
            (" Win 1250 ", "Windows-1250"),
            ("latin-9", "ISO-8859-15"),
            ("ISO_8859-2", "ISO-8859-2"),
            ("shift_jis", "Shift_JIS"),
            ("cp932", "Shift_JIS"),
            ("gbk", "GB18030"),
            ("gb2312", "GB18030"),
            ("cp950", "Big5"),
            ("EUC-JP", "EUC-JP"),
            ("cp949", "EUC-KR"),
            ("macintosh", "Mac Roman"),
            ("mac-roman", "Mac Roman"),
            ("koi8-r", "KOI8-R"),
            ("koi8u", "KOI8-U"),
            ("cp866", "IBM866"),
            ("cp437", "IBM437"),
            ("ibm-850", "IBM850"),
            ("CP852", "IBM852"),
            ("dos_865", "IBM865"),
            ("866", "IBM866"),
            ("mac-latin2", "Mac Central European"),
            ("mac_cyrillic", "Mac Cyrillic"),
            ("mac greek", "Mac Greek"),
        ];
        for (label, name) in cases {
            let encoding: Encoding = label.parse().unwrap();
            assert_eq!(encoding.to_string(), name, "{label}");
            assert_eq!(name.parse(), Ok(encoding), "{name}");
        }
    }

    #[test]
    fn labels_of_nothing() {
        for label in [
            "",
            "utf-9",
            "iso-2022-jp",
            "replacement",
            "cp",
            "windows-",
            "x-user-defined",
        ] {
            let error = label.parse::<Encoding>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("'{label}' is not an encoding that can be read; ")),
                "{error}"
            );
        }
    }

    #[test]
    fn labels_that_are_meant() {
        let meant = |label: &str| label.parse::<Encoding>().unwrap_err().meant;
        let cases = [
            ("utf9", Some("utf-8")),
            ("utf-9", Some("utf-8")),
            ("UTF", Some("utf-8")),
            ("windows", Some("windows-1252")),
            ("shift-jiss", Some("shift_jis")),
            ("lattin1", Some("latin-1")),
            ("iso-2022-jp", None),
            ("cp", None),
            ("ebcdic", None),
        ];
        for (label, expected) in cases {
            assert_eq!(meant(label), expected, "{label}");
        }
        assert!(KNOWN.iter().all(|name| name.parse::<Encoding>().is_ok()));
    }

    #[test]
    fn kinds() {
        let encodings = [
            Encoding::Utf8,
            Encoding::Windows1252,
            Encoding::Utf16Le,
            Encoding::Utf32Be,
        ];
        assert_eq!(encodings.map(Encoding::is_identity), [true, false, false, false]);
        assert_eq!(encodings.map(Encoding::is_byte_oriented), [true, true, false, false]);
    }
}
