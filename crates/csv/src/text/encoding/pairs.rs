//! How often one byte follows another in a sample: all that readings of one byte a character need to know of it.

use std::collections::BTreeMap;

/// How often bytes follow each other where at least one of two is not ASCII.
#[derive(Debug, Default, Clone)]
pub(crate) struct Pairs {
    /// Both bytes and how often they do; what is no letter in ASCII is a blank or a zero.
    pub(super) seen: Vec<(u8, u8, u32)>,
    /// How many bytes are not ASCII.
    pub(super) beyond: usize,
}

impl Pairs {
    /// Counts them in pieces of text, at whose ends words end.
    pub(crate) fn of(pieces: &[&[u8]]) -> Self {
        let (mut counts, mut beyond) = (vec![0u32; 1 << 16], 0);
        for piece in pieces {
            let mut before = b' ';
            for byte in piece.iter().chain(b" ").map(|&byte| kind(byte)) {
                beyond += usize::from(!byte.is_ascii());
                if !(byte | before).is_ascii() {
                    let count = &mut counts[usize::from(before) << 8 | usize::from(byte)];
                    *count = count.saturating_add(1);
                }
                before = byte;
            }
        }
        let seen = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        Pairs {
            seen: seen
                .map(|(pair, count)| ((pair >> 8) as u8, pair as u8, *count))
                .collect(),
            beyond,
        }
    }

    /// Takes in those of other pieces.
    pub(crate) fn merge(&mut self, other: Self) {
        if self.seen.is_empty() {
            *self = other;
            return;
        }
        let mut counts = BTreeMap::new();
        for (before, after, count) in self.seen.drain(..).chain(other.seen) {
            let sum = counts.entry((before, after)).or_insert(0u32);
            *sum = sum.saturating_add(count);
        }
        self.seen = counts
            .into_iter()
            .map(|((before, after), count)| (before, after, count))
            .collect();
        self.beyond += other.beyond;
    }

    /// Which bytes that are not ASCII there are.
    pub(super) fn bytes(&self) -> [bool; 128] {
        let mut bytes = [false; 128];
        for byte in self.seen.iter().filter_map(|(_, byte, _)| byte.checked_sub(0x80)) {
            bytes[usize::from(byte)] = true;
        }
        bytes
    }
}

/// What stands for a byte: a blank for all that is no letter and no digit in ASCII, a zero for all digits.
fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => b'0',
        _ if byte.is_ascii() && !byte.is_ascii_alphabetic() => b' ',
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_with_bytes_beyond_ascii() {
        let pairs = Pairs::of(&[b"caf\xE9,x\ncaf\xE9", b"\xE9\xA0"]);
        let expected = [
            (b' ', 0xE9, 1),
            (b'f', 0xE9, 2),
            (0xA0, b' ', 1),
            (0xE9, b' ', 2),
            (0xE9, 0xA0, 1),
        ];
        assert_eq!((&pairs.seen[..], pairs.beyond), (&expected[..], 4));
        let bytes = pairs.bytes();
        assert_eq!(
            (bytes[0x69], bytes[0x20], bytes.iter().filter(|is| **is).count()),
            (true, true, 2)
        );
    }

    #[test]
    fn pairs_of_parts_are_those_of_the_whole() {
        let (left, right): (&[u8], &[u8]) = (b"\xE9\xE9,\xA0a", b"b\xE9\xE9");
        let mut merged = Pairs::default();
        merged.merge(Pairs::of(&[left]));
        merged.merge(Pairs::of(&[right]));
        let whole = Pairs::of(&[left, right]);
        assert_eq!((&merged.seen, merged.beyond), (&whole.seen, whole.beyond));
    }
}
