//! UTF-16 and UTF-32 without a byte-order mark: what looks like text when it is read in units of two or four bytes.
//!
//! A file in them holds zero bytes, because its line ends and delimiters are ASCII. So bytes without any need no look.

use super::detected::Detected;
use super::name::Encoding;

/// The encoding of `head`, the start of a file, if it is text in wide units; `complete` says that it is all of it.
pub(super) fn detect(head: &[u8], complete: bool) -> Option<Detected> {
    if !head.contains(&0) || is_narrow(head) {
        return None;
    }
    let all = [
        Encoding::Utf32Le,
        Encoding::Utf32Be,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
    ];
    let readings = all.map(|encoding| (encoding, UnicodeReading::of(encoding, head, complete)));
    let best = readings.iter().filter(|(_, reading)| reading.is_text(complete));
    let (encoding, reading) = best.max_by_key(|(_, reading)| reading.ascii)?;
    let (ascii, units) = (reading.ascii, reading.units);
    let evidence = format!("the sample reads as {encoding} without a mark: {ascii} of {units} units are ASCII text");
    let confidence = if units >= 32 { 0.95 } else { 0.7 };
    Some(Detected::new(*encoding, confidence, evidence))
}

/// From how many units of two characters of ASCII on, and no others but with zeros, a text is ASCII.
const FEW: usize = 4;

/// Whether `head` is ASCII with some zero bytes in it, as padding or damage: in units of two bytes nearly all of those
/// that hold no zero would be two characters of ASCII each, which ideographs are by chance only.
fn is_narrow(head: &[u8]) -> bool {
    let (units, _) = head.as_chunks::<2>();
    let without_zero = || units.iter().filter(|unit| !unit.contains(&0));
    let is_ascii = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let ascii = without_zero().filter(|unit| unit.iter().all(is_ascii)).count();
    // In a short text a single zero byte is a large share; but four ideographs are not all of two characters of ASCII.
    let is_all = ascii >= FEW && ascii == without_zero().count() && ascii * 2 >= units.len();
    is_all || ascii * 10 >= units.len() * 8
}

/// What a sample is when it is read in an encoding with wide units.
#[derive(Debug, Default)]
struct UnicodeReading {
    units: usize,
    /// Printable ASCII, tabs and line ends.
    ascii: usize,
    line_ends: usize,
    /// Control characters, noncharacters, and what is no character at all.
    odd: usize,
}

impl UnicodeReading {
    fn of(encoding: Encoding, head: &[u8], complete: bool) -> Self {
        let mut reading = UnicodeReading::default();
        match encoding {
            Encoding::Utf16Le => reading.take_utf16(head, u16::from_le_bytes),
            Encoding::Utf16Be => reading.take_utf16(head, u16::from_be_bytes),
            Encoding::Utf32Le => reading.take_utf32(head, u32::from_le_bytes),
            Encoding::Utf32Be => reading.take_utf32(head, u32::from_be_bytes),
            Encoding::Utf8 | Encoding::Legacy(_) => {}
        }
        // A whole file may end in a broken unit, but then it is less likely to be in this encoding.
        reading.odd += usize::from(complete && !head.len().is_multiple_of(encoding.unit()));
        reading
    }

    fn take_utf16(&mut self, head: &[u8], value: fn([u8; 2]) -> u16) {
        let (units, _) = head.as_chunks::<2>();
        char::decode_utf16(units.iter().map(|&unit| value(unit))).for_each(|char| self.take(char.ok()));
    }

    fn take_utf32(&mut self, head: &[u8], value: fn([u8; 4]) -> u32) {
        let (units, _) = head.as_chunks::<4>();
        units.iter().for_each(|&unit| self.take(char::from_u32(value(unit))));
    }

    fn take(&mut self, char: Option<char>) {
        self.units += 1;
        match char {
            Some('\n' | '\r') => (self.ascii, self.line_ends) = (self.ascii + 1, self.line_ends + 1),
            Some('\t' | ' '..='~') => self.ascii += 1,
            None => self.odd += 1,
            Some(char) => self.odd += usize::from(char.is_control() || is_unassigned(char)),
        }
    }

    /// Whether that is text: hardly anything odd, and ASCII and line ends as CSV has them.
    fn is_text(&self, complete: bool) -> bool {
        let single_line = complete && self.units > 1 && self.ascii * 2 > self.units;
        self.odd * 200 <= self.units && self.ascii * 50 >= self.units && (self.line_ends > 0 || single_line)
    }
}

/// Whether no text holds `char`: noncharacters, private use and the planes that are empty.
fn is_unassigned(char: char) -> bool {
    let value = u32::from(char);
    value & 0xFFFE == 0xFFFE || matches!(value, 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0x40000..=0xDFFFF | 0xF0000..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn utf32(text: &str, bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
        text.chars().flat_map(|c| bytes(u32::from(c))).collect()
    }

    #[test]
    fn text_in_wide_units() {
        let texts = [
            "id,name\n1,Müller\n2,Smith\n",
            "id;имя;город\r\n1;Анна;Москва\r\n2;Пётр;Казань\r\n",
            "编号,姓名,城市\n1,张伟,北京\n2,王芳,上海\n",
            "番号,名前\n1,山田　太郎\n2,鈴木　花子\n3,😀\n",
            "a,b",
            "名,ひとこと\n山,とてもたのしかったですありがとうございました\n川,またきます\n",
        ];
        for text in texts {
            let cases = [
                (Encoding::Utf16Le, utf16(text, u16::to_le_bytes)),
                (Encoding::Utf16Be, utf16(text, u16::to_be_bytes)),
                (Encoding::Utf32Le, utf32(text, u32::to_le_bytes)),
                (Encoding::Utf32Be, utf32(text, u32::to_be_bytes)),
            ];
            for (encoding, bytes) in cases {
                let detected = detect(&bytes, true).map(|detected| detected.encoding);
                assert_eq!(detected, Some(encoding), "{text}");
                let cut = &bytes[..bytes.len() - 1];
                let detected = detect(cut, false).map(|detected| detected.encoding);
                assert_eq!(detected, text.contains('\n').then_some(encoding), "{text}, cut off");
            }
        }
    }

    #[test]
    fn what_is_not_wide() {
        let numbers: Vec<u8> = (0..2000u16).flat_map(u16::to_le_bytes).collect();
        let padded = b"abc\0\0\0\0\0\ndef\0\0\0\0\0\n";
        let aligned = b"hello\nab\n\0world\0\nmore text here,1\n";
        let cases: [&[u8]; 10] = [
            b"a,b\n1,2\n",
            b"a,\0b\n1,2\n",
            b"a\0",
            padded,
            &numbers,
            &[0; 64],
            b"hello\n\0world\0",
            b"hello\n\0world",
            aligned,
            b"id,name\n1,ab\n\0,cd\n3,efg\n",
        ];
        for bytes in cases {
            assert_eq!(detect(bytes, true), None, "{bytes:?}");
            assert_eq!(detect(bytes, false), None, "{bytes:?}");
        }
    }
}
