//! Delimiters that nobody would try first: rare characters, pairs, and what always stands beside a usual one.

use std::ops::Range;
use std::sync::Arc;

use crate::column::allowed::is_typed;
use crate::table::places::{are_in_columns, is_wide, places};
use crate::text::dialect::Delimiter;
use crate::text::layout::is_frame;

/// How many lines are looked at.
const MOST_LINES: usize = 200;
/// What may stand beside a delimiter as part of it.
const BESIDE: &[u8] = b" ~|;:^=<>*&";
/// What stands once in values of lists, as in `order#1`, `a=1`, `user@host`.
const TAGS: &[u8] = b"#%=@&?!*$~<>\\";
/// Signs that are in hardly any value more than twice.
const SIGNS: &[u8] = b"#^~*!$\\<>";
/// How many lines at the start may have a frame.
const HEAD: usize = 6;

/// Lines in which something unusual may be the delimiter: what stands equally often on all of them.
pub(crate) struct Lines<'a> {
    lines: Vec<&'a [u8]>,
    /// One of the first that draws a frame; such lines are none of these.
    frame: Option<&'a [u8]>,
}

impl<'a> Lines<'a> {
    /// Some of the lines of a text; the last one may be cut off if it is not `complete`, and is none of them then.
    pub(crate) fn of(text: &'a [u8], complete: bool) -> Self {
        let mut lines: Vec<&[u8]> = text.split(|byte| b"\r\n".contains(byte)).take(MOST_LINES).collect();
        if !complete && lines.len() < MOST_LINES {
            lines.pop();
        }
        lines.retain(|line| !line.is_empty());
        let frame = lines.iter().take(HEAD).find(|line| is_frame(line)).copied();
        lines.retain(|line| frame.is_none() || !is_frame(line));
        // Comments are no lines of a table, unless all are that.
        let is_comment = |line: &&[u8]| line.first() == Some(&b'#');
        if !lines.iter().all(is_comment) {
            lines.retain(|line| !is_comment(line));
        }
        Lines { lines, frame }
    }

    /// Whether there are lines that draw a frame.
    pub(crate) fn have_frames(&self) -> bool {
        self.frame.is_some()
    }

    /// Where the columns stand, if some lines need that to be parted by a delimiter with spacing.
    pub(crate) fn places(&self, delimiter: Delimiter) -> Option<Arc<[Range<usize>]>> {
        places(&self.lines, self.frame, delimiter)
    }

    /// Whether a character that stands so often on each line may be a delimiter, and is no part of values that look alike, as
    /// in a list of one column: `order#1`, `10%`, `user@host`, `+49 30 123`, addresses.
    pub(crate) fn may_part(&self, delimiter: Delimiter) -> bool {
        let Some(byte) = delimiter.single() else { return true };
        let parts = |line: &'a [u8]| line.split(move |other| *other == byte);
        let count = self.lines.first().map_or(0, |line| count_unquoted(byte, line));
        let all = |is: &dyn Fn(&[u8]) -> bool| self.lines.iter().all(|line| is(line));
        let is_address = |line: &[u8]| memchr::memmem::find(line, b"://").is_some();
        let is_call = |line: &[u8]| matches!(line, [b'+' | b'(', b'0'..=b'9', ..]);
        let is_hexadecimal = |part: &[u8]| part.len() <= 4 && part.iter().all(u8::is_ascii_hexdigit);
        match byte {
            _ if all(&|line| line.first() == Some(&byte)) || all(&|line| line.last() == Some(&byte)) => count > 2,
            b' ' if all(&is_call) => false,
            b' ' if count == 1 => self.is_headed(byte) || self.lines.iter().all(|line| parts(line).all(is_plain_value)),
            b' ' => true,
            _ if all(&is_address) => false,
            b'=' | b'&' if all(&|line| line.contains(&b'=') && line.contains(&b'&')) => false,
            b':' if count >= 5 => !self.lines.iter().all(|line| parts(line).all(is_hexadecimal)),
            _ if count == 1 && TAGS.contains(&byte) => self.is_headed(byte),
            _ => true,
        }
    }

    /// Whether the first line has words where all others have digits in one of their parts, and so is a header.
    fn is_headed(&self, byte: u8) -> bool {
        let Some((header, rows)) = self.lines.split_first() else {
            return false;
        };
        let part = |line: &'a [u8], at: usize| line.split(|other| *other == byte).nth(at).unwrap_or_default();
        let has_digits = |text: &[u8]| text.iter().any(u8::is_ascii_digit);
        let is_over = |at: usize| rows.iter().all(|row| is_plain_value(part(row, at)));
        !has_digits(header) && !rows.is_empty() && (0..2).any(is_over)
    }

    /// Whether blanks align columns on all lines, as far as that can be seen.
    pub(crate) fn are_in_columns(&self, delimiter: Delimiter) -> bool {
        are_in_columns(&self.lines, delimiter)
    }

    /// Whether runs of two blanks or more stand on all lines, and there are some lines.
    pub(crate) fn are_aligned(&self) -> bool {
        self.lines.len() > 2 && self.lines.iter().all(|line| is_wide(line))
    }

    /// Whether there are two blanks in succession, or one at the start of a line.
    pub(crate) fn have_runs(&self) -> bool {
        let has_run = |line: &&[u8]| line.first() == Some(&b' ') || memchr::memmem::find(line, b"  ").is_some();
        self.lines.iter().any(has_run)
    }

    /// Whether a blank stands beside this on all lines that hold it.
    pub(crate) fn are_padded(&self, byte: u8) -> bool {
        let is_padded = |pair: &[u8]| pair.contains(&byte) && pair.contains(&b' ');
        let mut lines = self.lines.iter().filter(|line| line.contains(&byte));
        lines.all(|line| line.windows(2).any(is_padded))
    }

    /// Whether all lines that hold this begin and end with it.
    pub(crate) fn are_framed(&self, byte: u8) -> bool {
        let lines = self.lines.iter().map(|line| line.trim_ascii());
        let mut lines = lines.filter(|line| line.contains(&byte));
        lines.all(|line| line.len() > 1 && line.first() == Some(&byte) && line.last() == Some(&byte))
    }

    /// Single characters that are no part of words and numbers.
    pub(crate) fn delimiters(&self) -> Vec<Delimiter> {
        let bytes = self.regular().filter_map(|byte| whole_character(byte, &self.lines));
        bytes.take(4).collect()
    }

    /// Such characters that stand in pairs only, as pairs: `::`.
    pub(crate) fn doubled_delimiters(&self) -> Vec<Delimiter> {
        let is_pair = |run: &[u8]| run.len().is_multiple_of(2);
        let in_pairs = |byte: u8, line: &[u8]| line.chunk_by(|a, b| a == b).all(|run| run[0] != byte || is_pair(run));
        let doubled = self
            .regular()
            .filter(|&byte| self.lines.iter().all(|line| in_pairs(byte, line)));
        doubled
            .filter_map(|byte| Delimiter::new(&[byte, byte]).filter(|_| byte.is_ascii()))
            .collect()
    }

    /// Whether a delimiter is a sign that stands three times or more on each of three lines or more.
    pub(crate) fn are_parted_often(&self, delimiter: Delimiter) -> bool {
        let is_sign = delimiter.single().is_none_or(|byte| SIGNS.contains(&byte));
        let count = self
            .lines
            .first()
            .map_or(0, |line| count_unquoted(delimiter.first(), line));
        is_sign && delimiter.is_exact() && count > 2 && self.lines.len() > 2
    }

    /// The bytes that stand equally often on all lines, those of words, numbers and brackets left out.
    fn regular(&self) -> impl Iterator<Item = u8> + '_ {
        let counts = |byte: u8| self.lines.iter().map(move |line| count_unquoted(byte, line));
        let part_of_values = |byte: u8| byte.is_ascii_alphanumeric() || b"\n\r\"'.-_/+,;\t|()[]{}".contains(&byte);
        let candidates = (1..=255u8).filter(move |byte| !part_of_values(*byte));
        candidates.filter(move |&byte| {
            let first = counts(byte).next().unwrap_or(0);
            first > 0 && counts(byte).all(|count| count == first)
        })
    }
}

/// How often a byte is in a line outside of double quotes; one behind a backslash is none of these.
fn count_unquoted(byte: u8, line: &[u8]) -> usize {
    let (mut is_quoted, mut count, mut before) = (false, 0, 0);
    for &next in line {
        is_quoted ^= next == b'"' && !(is_quoted && before == b'\\');
        count += usize::from(next == byte && !is_quoted);
        before = next;
    }
    count
}

/// Whether a text is a number or the like.
fn is_plain_value(text: &[u8]) -> bool {
    !text.is_empty() && is_typed(text)
}

/// The delimiter that `byte` is, or is the first byte of.
fn whole_character(byte: u8, lines: &[&[u8]]) -> Option<Delimiter> {
    if byte.is_ascii() {
        return Some(Delimiter::byte(byte));
    }
    let text = lines.first()?;
    let at = memchr::memchr(byte, text)?;
    let character = text[at..].utf8_chunks().next()?.valid().chars().next()?;
    // Signs such as § and ¦; letters and emoji are parts of words.
    if character > '\u{BF}' {
        return None;
    }
    let mut buffer = [0; 4];
    Delimiter::new(character.encode_utf8(&mut buffer).as_bytes())
}

/// The bytes before and behind the delimiters of a text, as long as they are always the same.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    before: Sight,
    behind: Sight,
}

/// What was seen in one place again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Sight {
    #[default]
    Nothing,
    Always(u8),
    Various,
}

impl Sight {
    fn see(&mut self, byte: Option<&u8>) {
        *self = match (*self, byte) {
            (Sight::Nothing, Some(&byte)) if BESIDE.contains(&byte) => Sight::Always(byte),
            (Sight::Always(seen), Some(&byte)) if seen == byte => Sight::Always(seen),
            _ => Sight::Various,
        };
    }

    fn byte(self) -> Option<u8> {
        match self {
            Sight::Always(byte) => Some(byte),
            _ => None,
        }
    }
}

impl Beside {
    /// Takes in the delimiter, a single byte, at `at`.
    pub(crate) fn see(&mut self, text: &[u8], at: usize) {
        self.before.see(at.checked_sub(1).and_then(|before| text.get(before)));
        self.behind.see(text.get(at + 1));
    }

    /// Whether nothing is always beside the delimiter, whatever comes.
    pub(crate) fn is_various(&self) -> bool {
        self.before == Sight::Various && self.behind == Sight::Various
    }

    /// The delimiter with what always stands beside it. A blank in front of it alone is padding.
    pub(crate) fn delimiter(&self, single: u8) -> Option<Delimiter> {
        let (before, behind) = (self.before.byte(), self.behind.byte());
        let before = before.filter(|byte| *byte != b' ' || behind == Some(b' '));
        let bytes: Vec<u8> = before.into_iter().chain([single]).chain(behind).collect();
        Delimiter::new(&bytes).filter(|_| bytes.len() > 1)
    }
}
