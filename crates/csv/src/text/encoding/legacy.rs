//! Which of the encodings from before Unicode a sample is in.
//!
//! All readings are weighed against each other: those of one byte a character (`alphabets`) and those of several
//! (`ideographs`) both say how unlikely the text is that they give.

use super::alphabets::{self, NarrowReading};
use super::charset::Charset;
use super::detected::Detected;
use super::ideographs;
use super::name::{Encoding, Legacy};
use super::pages::Upper;
use super::pairs::Pairs;
use crate::wording::count;

/// How many bytes of lines are read in encodings of several bytes: more make it slow, not better.
pub(super) const WIDE_BYTES: usize = 32 << 10;

/// By how much another reading is less likely, as the logarithm, that is no rival.
const CLEARLY: f32 = 3.5;

/// The legacy encoding of a sample that is text and not UTF-8.
pub(super) fn detect(head: &[u8], blocks: &[&[u8]], complete: bool) -> Detected {
    let pieces = pieces(head, blocks, complete);
    decide(&Pairs::of(&pieces), &pieces, complete)
}

/// The encoding of text that was taken for UTF-8 for as long as it was ASCII; `lines` are some that are not.
pub(crate) fn detect_pairs(pairs: &Pairs, lines: &[u8]) -> Detected {
    decide(pairs, &[lines], false)
}

/// The likeliest reading of pieces of text, in which bytes follow each other so.
fn decide(pairs: &Pairs, pieces: &[&[u8]], complete: bool) -> Detected {
    let narrow = Narrow::of(pairs);
    let wide = wide(pieces, pairs.beyond);
    match wide.first() {
        Some(best) if best.cost < narrow.best().whole_cost => Detected {
            rival: wide_rival(&wide),
            ..answer(best.charset, pairs.beyond / 2)
        },
        _ => narrow.detected(narrow.usual(complete)),
    }
}

/// The readings of one byte a character, the likeliest first.
struct Narrow<'a> {
    pairs: &'a Pairs,
    readings: Vec<NarrowReading>,
}

impl<'a> Narrow<'a> {
    fn of(pairs: &'a Pairs) -> Self {
        let mut readings = alphabets::readings(pairs, CLEARLY);
        readings.sort_by(|left, right| left.cost.total_cmp(&right.cost));
        Narrow { pairs, readings }
    }

    fn best(&self) -> &NarrowReading {
        &self.readings[0]
    }

    fn detected(&self, found: Charset) -> Detected {
        let (upper, bytes) = (found.upper(), self.pairs.bytes());
        Detected {
            rival: self.rival(),
            has_controls: (0..128).any(|byte| bytes[byte] && upper[byte].is_control()),
            ..answer(found, self.pairs.beyond)
        }
    }

    /// Whether an encoding with these characters gives the same text as the best one.
    fn is_same(&self, upper: &Upper) -> bool {
        let bytes = self.pairs.bytes();
        (0..128).all(|byte| !bytes[byte] || self.best().upper[byte] == upper[byte])
    }

    /// The most usual encoding that reads the sample just as the likeliest one does.
    fn usual(&self, complete: bool) -> Charset {
        let few = self.pairs.beyond < 8;
        // In what is not here there may be a letter of the language that was found, which the most usual one lacks.
        let usual: &[&'static encoding_rs::Encoding] = match complete || few {
            true => &[
                encoding_rs::WINDOWS_1252,
                encoding_rs::ISO_8859_2,
                encoding_rs::KOI8_R,
                encoding_rs::MACINTOSH,
            ],
            false => &[encoding_rs::KOI8_R],
        };
        let mut same = usual.iter().map(|usual| Charset::Standard(usual));
        same.find(|usual| self.is_same(&usual.upper()))
            .unwrap_or(self.best().charset)
    }

    /// An encoding that gives another text which is about as likely.
    fn rival(&self) -> Option<Encoding> {
        let near = self
            .readings
            .iter()
            .take_while(|reading| reading.cost - self.best().cost < CLEARLY);
        near.skip(1)
            .find(|reading| !self.is_same(reading.upper))
            .map(|reading| Encoding::Legacy(Legacy(reading.charset)))
    }
}

/// The readings of several bytes a character, the likeliest first; `beyond` bytes of the sample are not ASCII.
fn wide(pieces: &[&[u8]], beyond: usize) -> Vec<ideographs::WideReading> {
    let lines = spread(pieces);
    let read = lines.iter().filter(|byte| !byte.is_ascii()).count().max(1);
    let mut readings = ideographs::WideReading::all(&lines);
    readings
        .iter_mut()
        .for_each(|reading| reading.cost *= beyond as f32 / read as f32);
    readings.sort_by(|left, right| left.cost.total_cmp(&right.cost));
    readings
}

fn wide_rival(wide: &[ideographs::WideReading]) -> Option<Encoding> {
    let next = wide.get(1).filter(|next| next.cost - wide[0].cost < CLEARLY);
    next.map(|next| Encoding::Legacy(Legacy(next.charset)))
}

fn answer(found: Charset, beyond: usize) -> Detected {
    let encoding = Encoding::Legacy(Legacy(found));
    let confidence = match beyond {
        0..4 => 0.3,
        4..32 => 0.6,
        _ => 0.8,
    };
    let (characters, read) = (
        count(beyond as u64, "character"),
        if beyond == 1 { "reads" } else { "read" },
    );
    let evidence = format!("the sample is not UTF-8, and {characters} beyond ASCII {read} best as {encoding}");
    Detected::new(encoding, confidence, evidence)
}

/// The parts of a sample that are whole characters; `complete` says that `head` is all of the file.
fn pieces<'a>(head: &'a [u8], blocks: &[&'a [u8]], complete: bool) -> Vec<&'a [u8]> {
    let head_end = if complete { head.len() } else { last_boundary(head) };
    let blocks = blocks.iter().map(|block| &block[..last_boundary(block)]);
    let blocks = blocks.map(|block| &block[first_boundary(block)..]);
    std::iter::once(&head[..head_end]).chain(blocks).collect()
}

/// Lines beyond ASCII from all over the pieces, of about as many bytes as are to be read.
fn spread(pieces: &[&[u8]]) -> Vec<u8> {
    let lines: Vec<&[u8]> = pieces.iter().flat_map(|piece| beyond_ascii(piece)).collect();
    let all: usize = lines.iter().map(|line| line.len()).sum();
    let step = all.div_ceil(WIDE_BYTES).max(1);
    lines
        .into_iter()
        .step_by(step)
        .flatten()
        .copied()
        .take(2 * WIDE_BYTES)
        .collect()
}

/// The lines of `piece`, with their ends, that hold bytes beyond ASCII.
pub(super) fn beyond_ascii(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr::memchr2_iter(b'\n', b'\r', piece).map(|at| at + 1);
    let lines = ends
        .chain([piece.len()])
        .scan(0, |start, end| Some(&piece[std::mem::replace(start, end)..end]));
    lines.filter(|line| !line.is_ascii())
}

/// Whether `byte` is a character of its own in every legacy encoding, even behind a lead byte.
fn is_boundary(byte: &u8) -> bool {
    *byte < 0x30
}

/// Where the first whole character of a piece from the middle of a file is known to start.
fn first_boundary(block: &[u8]) -> usize {
    block.iter().position(is_boundary).unwrap_or(0)
}

/// Where the last whole character of a piece that may be cut off is known to end.
fn last_boundary(piece: &[u8]) -> usize {
    piece.iter().rposition(is_boundary).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(label: &str, text: &str) -> (String, bool) {
        let (bytes, _, _) = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text);
        let detected = detect(&bytes, &[], true);
        let encoding = detected.encoding;
        let Encoding::Legacy(found) = encoding else {
            panic!("{encoding}")
        };
        (encoding.to_string(), found.0.read(&bytes) == text)
    }

    #[test]
    fn what_the_detector_does_not_know() {
        let cases = [
            ("windows-1252", "Item,Cost\nTea,£2.50\nMilk,£1.20\n", "Windows-1252"),
            (
                "windows-1252",
                "time,PM10 (µg/m³),NO2 (µg/m³)\n1,2 ± 0.2,3½ in\n",
                "Windows-1252",
            ),
            ("windows-1250", "miasto,lud\nŁódź,są\nWrocław,był\n", "Windows-1250"),
            ("iso-8859-15", "plat,prix\ncœur,12 €\nbœuf,9 €\n", "ISO-8859-15"),
            ("iso-8859-15", "article,prix\nthé,3 €\n", "ISO-8859-15"),
            (
                "windows-1252",
                "titre;prix\nL’œuvre au noir;12 €\nCœur de chien;9 €\nMa sœur;7 €\n",
                "Windows-1252",
            ),
            ("macintosh", "name,ort\nMüller,x\nBüchner,y\nGrüner,z\n", "Mac Roman"),
            ("macintosh", "nom\nl’été\nà côté\n", "Mac Roman"),
            ("koi8-r", "имя,город\nИван,Москва\nАнна,Казань\n", "KOI8-R"),
            ("koi8-u", "ім'я,місто\nОлексій,Київ\nЄвген,Львів\n", "KOI8-U"),
            ("windows-1250", "név\nKőszegi Ödön\nTűzoltó Ágnes\n", "ISO-8859-2"),
            (
                "windows-1252",
                "id,text\n1,it’s\n2,“so”\n3,don’t…\n4,3 × 4 ½\n",
                "Windows-1252",
            ),
            (
                "windows-1252",
                "id,name\n1,São João\n2,Camões\n3,opções\n",
                "Windows-1252",
            ),
            ("gb18030", "姓名,城市\n㐂山,北京\n张伟,上海\n王芳,㐆州\n", "GB18030"),
        ];
        for (label, text, expected) in cases {
            assert_eq!(detected(label, text), (expected.to_owned(), true), "{label}: {text}");
        }
    }

    #[test]
    fn a_damaged_character_does_not_rule_an_encoding_out() {
        let lines = ["山田太郎,東京都,03", "鈴木花子,大阪府,06", "佐藤一郎,北海道,011"]
            .join("\n")
            .repeat(6);
        for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP] {
            let mut bytes = encoding.encode(&lines).0.into_owned();
            bytes.extend_from_slice(b"\xFF\xFF,damaged\n");
            let found = detect(&bytes, &[], true).encoding;
            assert_eq!(Some(found), Encoding::from_standard(encoding));
        }
    }

    #[test]
    fn pieces_are_cut_between_characters() {
        let text = encoding_rs::SHIFT_JIS
            .encode("番号,商品名\n1,ソフトドリンク\n2,おにぎり\n")
            .0
            .into_owned();
        let expected = Encoding::from_standard(encoding_rs::SHIFT_JIS);
        for cut in 1..text.len() {
            let (head, block) = text.split_at(cut);
            assert_eq!(Some(detect(head, &[block], false).encoding), expected, "cut at {cut}");
        }
    }
}
