//! Delimiters that nobody would try first: rare characters, pairs, and what always stands beside a usual one.

use crate::text::dialect::Delimiter;

/// How many lines are looked at.
const MOST_LINES: usize = 200;
/// What may stand beside a delimiter as part of it.
const BESIDE: &[u8] = b" ~|;:^=<>*&";

/// Lines in which something unusual may be the delimiter: what stands equally often on all of them.
pub(crate) struct Lines<'a>(Vec<&'a [u8]>);

impl<'a> Lines<'a> {
    /// Some of the lines of a text; the last one may be cut off if it is not `complete`, and is none of them then.
    pub(crate) fn of(text: &'a [u8], complete: bool) -> Self {
        let mut lines: Vec<&[u8]> = text.split(|byte| b"\r\n".contains(byte)).take(MOST_LINES).collect();
        if !complete && lines.len() < MOST_LINES {
            lines.pop();
        }
        lines.retain(|line| !line.is_empty());
        Lines(lines)
    }

    /// Single characters that are no part of words and numbers.
    pub(crate) fn delimiters(&self) -> Vec<Delimiter> {
        let bytes = self.regular().filter_map(|byte| whole_character(byte, &self.0));
        bytes.take(4).collect()
    }

    /// Such characters that stand in pairs only, as pairs: `::`.
    pub(crate) fn doubled_delimiters(&self) -> Vec<Delimiter> {
        let is_pair = |run: &[u8]| run.len().is_multiple_of(2);
        let in_pairs = |byte: u8, line: &[u8]| line.chunk_by(|a, b| a == b).all(|run| run[0] != byte || is_pair(run));
        let doubled = self
            .regular()
            .filter(|&byte| self.0.iter().all(|line| in_pairs(byte, line)));
        doubled
            .filter_map(|byte| Delimiter::new(&[byte, byte]).filter(|_| byte.is_ascii()))
            .collect()
    }

    /// The bytes that stand equally often on all lines, those of words, numbers and brackets left out.
    fn regular(&self) -> impl Iterator<Item = u8> + '_ {
        let counts = |byte: u8| self.0.iter().map(move |line| count_unquoted(byte, line));
        let part_of_values = |byte: u8| byte.is_ascii_alphanumeric() || b"\n\r\"'.-_/+,;\t|()[]{}".contains(&byte);
        let candidates = (1..=255u8).filter(move |byte| !part_of_values(*byte));
        candidates.filter(move |&byte| {
            let first = counts(byte).next().unwrap_or(0);
            first > 0 && counts(byte).all(|count| count == first)
        })
    }
}

/// How often a byte is in a line outside of double quotes.
fn count_unquoted(byte: u8, line: &[u8]) -> usize {
    let unquoted = line.split(|byte| *byte == b'"').step_by(2);
    unquoted.map(|part| memchr::memchr_iter(byte, part).count()).sum()
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

    /// The delimiter with what always stands beside it. A blank in front of it alone is padding.
    pub(crate) fn delimiter(&self, single: u8) -> Option<Delimiter> {
        let (before, behind) = (self.before.byte(), self.behind.byte());
        let before = before.filter(|byte| *byte != b' ' || behind == Some(b' '));
        let bytes: Vec<u8> = before.into_iter().chain([single]).chain(behind).collect();
        Delimiter::new(&bytes).filter(|_| bytes.len() > 1)
    }
}
