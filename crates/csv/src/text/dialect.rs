//! How a file separates and quotes its cells and where its table begins.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use crate::wording;

/// The names of bytes that are hard to type or to see.
const NAMES: [(&str, u8); 8] = [
    ("comma", b','),
    ("semicolon", b';'),
    ("tab", b'\t'),
    ("pipe", b'|'),
    ("colon", b':'),
    ("space", b' '),
    ("caret", b'^'),
    ("tilde", b'~'),
];

/// What stands between two cells: one to four bytes, none of them a line end.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiter {
    bytes: [u8; Self::LONGEST],
    len: u8,
    spacing: Spacing,
}

/// What blanks around a delimiter, and a delimiter at the start or end of a line, are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Spacing {
    /// A part of cells, and the end of an empty one.
    Exact,
    /// All of it is one delimiter, and none at the start and end of a line: columns are aligned.
    Runs,
    /// Padding of the cells.
    Padded,
    /// Padding of the cells, and a frame around them.
    Framed,
}

/// Delimiters with spacing, by their names.
const SPACED: [(&str, Delimiter); 4] = [
    ("blanks", Delimiter::BLANKS),
    ("wide-blanks", Delimiter::WIDE_BLANKS),
    ("padded-pipe", Delimiter::PADDED_PIPE),
    ("framed-pipe", Delimiter::FRAMED_PIPE),
];

impl Delimiter {
    const LONGEST: usize = 4;

    /// A comma.
    pub const COMMA: Delimiter = Delimiter::byte(b',');

    /// One or more blanks: columns are aligned by them, and no cell holds one.
    pub const BLANKS: Delimiter = Delimiter::spaced([b' ', 0, 0, 0], 1, Spacing::Runs);

    /// Two or more blanks: columns are aligned by them, and cells hold single ones.
    pub const WIDE_BLANKS: Delimiter = Delimiter::spaced([b' ', b' ', 0, 0], 2, Spacing::Runs);

    /// A `|`; blanks around it pad the cells.
    pub const PADDED_PIPE: Delimiter = Delimiter::spaced([b'|', 0, 0, 0], 1, Spacing::Padded);

    /// A `|`, also at the start and end of each line; blanks around it pad the cells.
    pub const FRAMED_PIPE: Delimiter = Delimiter::spaced([b'|', 0, 0, 0], 1, Spacing::Framed);

    const fn spaced(bytes: [u8; Self::LONGEST], len: u8, spacing: Spacing) -> Self {
        Delimiter { bytes, len, spacing }
    }

    /// One byte, which is not LF or CR.
    ///
    /// # Panics
    /// If it is; see [`Delimiter::new`] for bytes that come from outside.
    pub const fn byte(byte: u8) -> Self {
        assert!(
            byte != b'\n' && byte != b'\r',
            "a line end separates records, not cells"
        );
        Delimiter::spaced([byte, 0, 0, 0], 1, Spacing::Exact)
    }

    /// These bytes; `None` if there are none, more than four, or a line end among them.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let line_end = bytes.iter().any(|b| matches!(b, b'\n' | b'\r'));
        if bytes.is_empty() || bytes.len() > Self::LONGEST || line_end {
            return None;
        }
        let mut delimiter = Delimiter::spaced([0; Self::LONGEST], bytes.len() as u8, Spacing::Exact);
        delimiter.bytes[..bytes.len()].copy_from_slice(bytes);
        Some(delimiter)
    }

    /// Its bytes.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Its first byte.
    #[inline]
    pub(crate) fn first(&self) -> u8 {
        self.bytes[0]
    }

    /// The byte, if it is only one, and blanks around it are parts of cells.
    #[inline]
    pub(crate) fn single(&self) -> Option<u8> {
        (self.len == 1 && self.is_exact()).then_some(self.bytes[0])
    }

    /// What blanks around it are.
    #[inline]
    pub(crate) fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// Whether blanks around it are parts of cells.
    #[inline]
    pub(crate) fn is_exact(&self) -> bool {
        self.spacing == Spacing::Exact
    }
}

impl fmt::Debug for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delimiter({self})")
    }
}

impl fmt::Display for Delimiter {
    /// Writes like `comma`, or like `'||'`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = SPACED.iter().find(|(_, spaced)| spaced == self) {
            return f.write_str(name);
        }
        let name = NAMES.iter().find(|(_, byte)| self.single() == Some(*byte));
        match name {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "'{}'", self.as_bytes().escape_ascii()),
        }
    }
}

/// Why a text is no delimiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADelimiter {
    /// The name that may have been meant.
    meant: Option<&'static str>,
}

impl fmt::Display for NotADelimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.meant {
            write!(f, "is {name} meant? ")?;
        }
        f.write_str(
            "expected one to four characters without line ends, or comma, semicolon, tab, pipe, colon, space or blanks",
        )
    }
}

impl std::error::Error for NotADelimiter {}

impl FromStr for Delimiter {
    type Err = NotADelimiter;

    /// Reads a name such as `tab`, an escape such as `\t` or `\x1f`, or the bytes themselves; quotes around them are
    /// no part of it. A word that is almost a name, such as `semi`, is a delimiter only in quotes.
    fn from_str(text: &str) -> Result<Self, NotADelimiter> {
        if let Some((_, byte)) = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(Delimiter::byte(*byte));
        }
        if let Some((_, spaced)) = SPACED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Ok(*spaced);
        }
        let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        let meant = if quoted.is_some() { None } else { meant(text) };
        let text = quoted.filter(|text| !text.is_empty()).unwrap_or(text);
        let delimiter = unescape(text).as_deref().and_then(Delimiter::new);
        delimiter.filter(|_| meant.is_none()).ok_or(NotADelimiter { meant })
    }
}

/// The name that a word is almost.
fn meant(text: &str) -> Option<&'static str> {
    let names = NAMES.iter().map(|(name, _)| *name);
    let names = names.chain(SPACED.iter().map(|(name, _)| *name));
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    let nearest = || wording::nearest(&text.to_ascii_lowercase(), names);
    is_word.then(nearest)?
}

/// The bytes of a text with `\t`, `\\`, `\'` and `\xNN` in it.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        (bytes, rest) = match (first, behind) {
            (b'\\', [b't', rest @ ..]) => (pushed(bytes, b'\t'), rest),
            (b'\\', [b'\\', rest @ ..]) => (pushed(bytes, b'\\'), rest),
            (b'\\', [b'\'', rest @ ..]) => (pushed(bytes, b'\''), rest),
            (b'\\', [b'"', rest @ ..]) => (pushed(bytes, b'"'), rest),
            (b'\\', [b'x', high, low, rest @ ..]) => {
                let digits = [*high, *low];
                let byte = std::str::from_utf8(&digits).ok()?;
                (pushed(bytes, u8::from_str_radix(byte, 16).ok()?), rest)
            }
            (&byte, rest) => (pushed(bytes, byte), rest),
        };
    }
    Some(bytes)
}

fn pushed(mut bytes: Vec<u8>, byte: u8) -> Vec<u8> {
    bytes.push(byte);
    bytes
}

/// The punctuation of a CSV file, and where its table begins.
///
/// Line ends are no part of it: LF, CRLF and CR end a record in every dialect. A doubled quote inside quotes is one quote
/// in every dialect.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dialect {
    /// What stands between two cells.
    pub delimiter: Delimiter,
    /// The byte that, at the start of a cell, opens a quoted cell; `None` reads quotes as text.
    pub quote: Option<u8>,
    /// The byte that inside quotes takes its meaning from the next byte, if there is one.
    pub escape: Option<u8>,
    /// The byte that at the start of a line makes it a comment, if there are such lines.
    pub comment: Option<u8>,
    /// How many lines, from the first of the file, are not part of the table: titles, notes, `sep=;`.
    pub preamble_lines: usize,
    /// How many records, behind the preamble, name the columns.
    pub header_rows: usize,
    /// Which records that begin with a word such as `total` or `source` are notes, not rows.
    pub notes: Notes,
    /// The text of the header, if records behind it repeat it, as where files were put one behind the other: such a record
    /// is not a row.
    pub repeated_header: Option<Arc<[u8]>>,
    /// Records of delimiters alone are blank, not rows, as where a sheet was saved with empty lines.
    pub blank_records: bool,
    /// Lines of dashes draw the frame of the table, as clients of databases do.
    pub frames: bool,
    /// Where the cells of each column stand on a line, counted in characters, if they stand below each other and that is
    /// needed: where blanks align them it tells which one is empty, and in a frame which `|` is text.
    pub places: Option<Arc<[Range<usize>]>>,
}

impl Default for Dialect {
    /// Commas, double quotes, one header row, and nothing else.
    fn default() -> Self {
        Dialect {
            delimiter: Delimiter::COMMA,
            quote: Some(b'"'),
            escape: None,
            comment: None,
            preamble_lines: 0,
            header_rows: 1,
            notes: Notes::None,
            repeated_header: None,
            blank_records: false,
            frames: false,
            places: None,
        }
    }
}

impl fmt::Display for Dialect {
    /// Writes like `comma, quote ", header` or `tab, no quote, comment #, 2 lines before, no header`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.delimiter)?;
        match self.quote {
            Some(quote) => write!(f, ", quote {}", char::from(quote))?,
            None => f.write_str(", no quote")?,
        }
        if let Some(escape) = self.escape {
            write!(f, ", escape {}", char::from(escape))?;
        }
        if let Some(comment) = self.comment {
            write!(f, ", comment {}", char::from(comment))?;
        }
        match self.preamble_lines {
            0 => {}
            1 => f.write_str(", 1 line before")?,
            lines => write!(f, ", {lines} lines before")?,
        }
        match self.header_rows {
            0 => f.write_str(", no header")?,
            1 => f.write_str(", header")?,
            rows => write!(f, ", {rows} header rows")?,
        }
        f.write_str(if self.repeated_header.is_some() {
            ", repeated"
        } else {
            ""
        })?;
        f.write_str(if self.notes == Notes::None { "" } else { ", notes" })?;
        f.write_str(if self.blank_records { ", blank records" } else { "" })?;
        f.write_str(if self.frames { ", frames" } else { "" })?;
        f.write_str(if self.places.is_some() { ", by places" } else { "" })
    }
}

/// Which records are notes behind a table, of those that begin with a word such as `total` or `source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Notes {
    /// None.
    #[default]
    None,
    /// Those of a single cell; two or more empty ones may follow.
    Alone,
    /// All: the first column has a type, and such a word is no value of it.
    Leading,
}

/// A character that a file may have or not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mark {
    /// Decide by the contents.
    #[default]
    Detect,
    /// There is none.
    None,
    /// It is this byte.
    Byte(u8),
}

impl FromStr for Mark {
    type Err = NotAMark;

    /// Reads `detect`, `none`, or one ASCII character, which may be escaped as in a [`Delimiter`].
    fn from_str(text: &str) -> Result<Self, NotAMark> {
        match text {
            "detect" => return Ok(Mark::Detect),
            "none" => return Ok(Mark::None),
            _ => {}
        }
        match unescape(text).as_deref() {
            Some(&[byte]) if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(Mark::Byte(byte)),
            _ => Err(NotAMark),
        }
    }
}

/// Why a text is no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAMark;

impl fmt::Display for NotAMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected one ASCII character, none or detect")
    }
}

impl std::error::Error for NotAMark {}

impl Mark {
    /// The bytes to try, of those that would be tried anyway.
    pub(crate) fn candidates(self, usual: &[Option<u8>]) -> Vec<Option<u8>> {
        match self {
            Mark::Detect => usual.to_vec(),
            Mark::None => vec![None],
            Mark::Byte(byte) => vec![Some(byte)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display() {
        let plain = Dialect::default();
        let odd = Dialect {
            delimiter: Delimiter::byte(b'\x01'),
            quote: Some(b'\''),
            escape: Some(b'\\'),
            comment: Some(b'#'),
            preamble_lines: 2,
            header_rows: 2,
            notes: Notes::Alone,
            repeated_header: Some((*b"a").into()),
            blank_records: true,
            frames: true,
            places: Some([0..1, 2..3].into()),
        };
        let bare = Dialect {
            delimiter: Delimiter::new(b"||").unwrap(),
            quote: None,
            preamble_lines: 1,
            header_rows: 0,
            ..Dialect::default()
        };
        let cases = [
            (plain, "comma, quote \", header"),
            (
                odd,
                "'\\x01', quote ', escape \\, comment #, 2 lines before, 2 header rows, repeated, notes, blank records, frames, by places",
            ),
            (bare, "'||', no quote, 1 line before, no header"),
        ];
        for (dialect, expected) in cases {
            assert_eq!(dialect.to_string(), expected);
        }
    }

    #[test]
    fn marks() {
        let cases = [
            ("detect", Ok(Mark::Detect)),
            ("none", Ok(Mark::None)),
            ("\"", Ok(Mark::Byte(b'"'))),
            ("\\", Ok(Mark::Byte(b'\\'))),
            ("\\\\", Ok(Mark::Byte(b'\\'))),
            ("\\t", Ok(Mark::Byte(b'\t'))),
            ("##", Err(NotAMark)),
            ("", Err(NotAMark)),
            ("é", Err(NotAMark)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse(), expected, "{text:?}");
        }
    }

    #[test]
    fn delimiters_are_read_as_they_are_written() {
        for bytes in [
            &b","[..],
            b"\t",
            b"||",
            b", ",
            b"\x1f",
            b"'",
            b"\\",
            "¦".as_bytes(),
            b"a",
        ] {
            let delimiter = Delimiter::new(bytes).unwrap();
            assert_eq!(delimiter.to_string().parse(), Ok(delimiter), "{delimiter}");
            assert_eq!(delimiter.as_bytes(), bytes);
        }
        for (name, spaced) in SPACED {
            assert_eq!((name.parse(), spaced.to_string().as_str()), (Ok(spaced), name));
        }
        let cases = [
            ("\\t", &b"\t"[..]),
            ("Tab", b"\t"),
            (";", b";"),
            ("\\x1F", b"\x1f"),
            ("' '", b" "),
        ];
        for (text, bytes) in cases {
            assert_eq!(text.parse(), Ok(Delimiter::new(bytes).unwrap()), "{text}");
        }
        for text in ["", "\n", "a\rb", "five!", "\\x0a", "\\xzz"] {
            assert_eq!(
                text.parse::<Delimiter>(),
                Err(NotADelimiter { meant: None }),
                "{text:?}"
            );
        }
        for (text, name) in [
            ("semi", "semicolon"),
            ("TABS", "tab"),
            ("komma", "comma"),
            ("blank", "blanks"),
        ] {
            let error = text.parse::<Delimiter>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("is {name} meant? expected one")), "{error}");
        }
        assert_eq!("'semi'".parse(), Ok(Delimiter::new(b"semi").unwrap()));
        assert_eq!("---".parse(), Ok(Delimiter::new(b"---").unwrap()));
    }
}
