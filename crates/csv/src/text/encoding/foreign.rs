//! Lines that are not ASCII, kept of a text that was taken for UTF-8: they tell of encodings of several bytes a character.

use super::legacy::{WIDE_BYTES, beyond_ascii};

/// The first such lines of a file, as many as are read.
#[derive(Debug, Default, Clone)]
pub(crate) struct ForeignLines {
    /// Where each begins in the file, and its text, in order.
    lines: Vec<(u64, Vec<u8>)>,
}

impl ForeignLines {
    /// Those of a text that begins at this offset.
    pub(crate) fn of(text: &[u8], offset: u64) -> Self {
        let lines = beyond_ascii(text).map(|line| {
            let at = line.as_ptr().addr() - text.as_ptr().addr();
            (offset + at as u64, line[..line.len().min(WIDE_BYTES)].to_vec())
        });
        let mut left = WIDE_BYTES;
        let lines = lines.take_while(|(_, line)| {
            let is_wanted = left > 0;
            left = left.saturating_sub(line.len());
            is_wanted
        });
        ForeignLines { lines: lines.collect() }
    }

    /// Takes in those from elsewhere in the file.
    pub(crate) fn merge(&mut self, other: Self) {
        if other.lines.is_empty() {
            return;
        }
        self.lines.extend(other.lines);
        self.lines.sort_by_key(|(at, _)| *at);
        let mut left = WIDE_BYTES;
        self.lines.retain(|(_, line)| {
            let is_wanted = left > 0;
            left = left.saturating_sub(line.len());
            is_wanted
        });
    }

    /// Their text.
    pub(crate) fn text(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|(_, line)| line).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_parts_are_those_of_the_whole() {
        let line = |at: usize| {
            let mut line = vec![b'a'; at % 700];
            line.extend([0xE9, b'\n', b'x', b'\n']);
            line
        };
        let text: Vec<u8> = (0..400).flat_map(line).collect();
        let whole = ForeignLines::of(&text, 0);
        let kept = whole.text().len();
        assert!((WIDE_BYTES..WIDE_BYTES + 700).contains(&kept), "{kept}");
        for ends in [7, 33, 200] {
            let (mut parts, mut from, mut lines) = (Vec::new(), 0, 0);
            for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
                lines += 1;
                if lines % ends == 0 {
                    parts.push(ForeignLines::of(&text[from..=at], from as u64));
                    from = at + 1;
                }
            }
            parts.push(ForeignLines::of(&text[from..], from as u64));
            let mut merged = ForeignLines::default();
            parts.into_iter().rev().for_each(|part| merged.merge(part));
            assert_eq!(merged.lines, whole.lines);
        }
    }
}
