//! Which of the encodings from before Unicode a sample is in.
//!
//! A detector made for web pages (`chardetng`) is asked first. It knows what letters follow each other in many languages,
//! but drops an encoding at its first malformed byte and does not know some encodings at all.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs as known;

use super::detect::Detected;
use super::signs::are_signs;
use super::{Encoding, oddity};
use crate::decode::count;

type Known = &'static known::Encoding;

/// How many bytes of lines beyond ASCII the detector reads: more make it slow, not better.
const DETECTOR_BYTES: usize = 256 << 10;

/// The legacy encoding of a sample that is text and not UTF-8.
pub(super) fn detect(head: &[u8], blocks: &[&[u8]], complete: bool) -> Detected {
    let lines = Lines::of(head, blocks, complete);
    let guess = lines.guess();
    let found = signs(guess, &lines)
        .or_else(|| damaged(guess, &lines))
        .or_else(|| less_odd(guess, &lines))
        .or_else(|| central(guess, &lines))
        .or_else(|| mac_letters(guess, &lines))
        .unwrap_or(guess);
    answer(usual(found, &lines, complete), &lines)
}

/// An encoding of several bytes a character in which few sequences are malformed, if it is that without their lines.
fn damaged(guess: Known, lines: &Lines) -> Option<Known> {
    let wide: [Known; 5] = [known::SHIFT_JIS, known::EUC_JP, known::GBK, known::BIG5, known::EUC_KR];
    let doubtful = guess.is_single_byte() || !lines.malformed_in(guess, true).0.is_empty();
    wide.into_iter().filter(|_| doubtful).find(|wide| {
        let text = lines.read(wide);
        let malformed = text.chars().filter(|&c| c == char::REPLACEMENT_CHARACTER).count();
        let beyond = text.chars().filter(|c| !c.is_ascii()).count();
        malformed > 0 && malformed * 50 <= beyond && lines.malformed_in(wide, false).guess() == *wide
    })
}

/// Windows-1252, if all there is beyond ASCII are its signs, where signs stand: no letter tells of another language.
fn signs(guess: Known, lines: &Lines) -> Option<Known> {
    (guess.is_single_byte() && are_signs(&lines.0)).then_some(known::WINDOWS_1252)
}

/// The code page of Central Europe, if the letters of the sample are those that stand in for Hungarian and Polish ones.
fn central(guess: Known, lines: &Lines) -> Option<Known> {
    let text = lines.read(guess).to_lowercase();
    let has = |letters: &[char]| text.contains(letters);
    // Portuguese and Estonian have õ too.
    let hungarian = has(&['õ']) && has(&['û', 'ö', 'ü']) && has(&['á', 'é', 'í']) && !has(&['ã', 'ä', 'ç', 'â', 'ê']);
    // Polish has no š: in Windows-1250 its byte is ą.
    let polish = has(&['ł', 'ż']) && has(&['š']) && !has(&['č', 'ř']);
    let windows = lines.0.iter().any(|b| matches!(b, 0x80..0xA0));
    match guess {
        _ if guess == known::WINDOWS_1252 && hungarian && !windows => Some(known::ISO_8859_2),
        _ if guess == known::WINDOWS_1252 && hungarian => Some(known::WINDOWS_1250),
        _ if guess == known::ISO_8859_2 && polish => Some(known::WINDOWS_1250),
        _ => None,
    }
}

/// An encoding that the detector does not know or thinks little of, if the sample reads far less oddly in it.
fn less_odd(guess: Known, lines: &Lines) -> Option<Known> {
    let odd = oddity::count(&lines.read(guess));
    let others: [Known; 4] = [
        known::WINDOWS_1252,
        known::ISO_8859_15,
        known::MACINTOSH,
        known::X_MAC_CYRILLIC,
    ];
    // Text of any other alphabet reads as Windows-1252 without oddities, if it has no capitals.
    let others = others.into_iter().skip(usize::from(!lines.are_latin()));
    let counted = others.map(|other| (oddity::count(&lines.read(other)), other));
    let least = counted.min_by_key(|(odd, _)| *odd)?;
    (guess.is_single_byte() && odd > 0 && least.0 * 4 <= odd).then_some(least.1)
}

/// Mac Roman, if all there is beyond ASCII are its most usual letters, in a place where others have rare ones.
///
/// What is ä, é, ö or ü in it is Š, Ž, š or ź in Windows-1250, and text in that has other letters besides.
fn mac_letters(guess: Known, lines: &Lines) -> Option<Known> {
    let text = lines.read(known::MACINTOSH);
    let beyond = || text.chars().filter(|c| !c.is_ascii());
    let usual = beyond().all(|c| "äéöüÄÖÜßàèçù".contains(c));
    let telling = beyond().filter(|c| "éü".contains(*c)).count();
    let is = guess.is_single_byte() && usual && telling > 2 && oddity::count(&text) == 0;
    is.then_some(known::MACINTOSH)
}

/// The most usual encoding that reads the sample just as `found` does.
fn usual(found: Known, lines: &Lines, complete: bool) -> Known {
    let few = lines.0.iter().filter(|b| !b.is_ascii()).count() < 8;
    let candidates: &[Known] = match found {
        _ if found == known::KOI8_U => &[known::KOI8_R],
        _ if complete || few => &[known::WINDOWS_1252],
        _ => &[],
    };
    let same = |other: &Known| lines.read(other) == lines.read(found);
    candidates.iter().copied().find(same).unwrap_or(found)
}

fn answer(found: Known, lines: &Lines) -> Detected {
    let encoding = Encoding::from_known(found).unwrap_or(Encoding::Windows1252);
    let text = lines.read(found);
    let beyond = text.chars().filter(|c| !c.is_ascii()).count();
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

/// The lines of a sample that hold bytes beyond ASCII, one behind the other.
struct Lines(Vec<u8>);

impl Lines {
    fn of(head: &[u8], blocks: &[&[u8]], complete: bool) -> Self {
        let head_end = if complete { head.len() } else { last_boundary(head) };
        let blocks = blocks.iter().map(|block| &block[..last_boundary(block)]);
        let blocks = blocks.map(|block| &block[first_boundary(block)..]);
        let pieces = std::iter::once(&head[..head_end]).chain(blocks);
        let lines = Lines(pieces.flat_map(beyond_ascii).flatten().copied().collect());
        if lines.0.is_empty() {
            Lines(head.to_vec())
        } else {
            lines
        }
    }

    fn read(&self, encoding: Known) -> Cow<'_, str> {
        encoding.decode_without_bom_handling(&self.0).0
    }

    /// Whether bytes beyond ASCII mostly stand beside Latin letters.
    fn are_latin(&self) -> bool {
        let beside = |pair: &[u8]| {
            let letters = pair.iter().filter(|b| b.is_ascii_alphabetic()).count();
            letters == 1 && pair.iter().any(|b| !b.is_ascii())
        };
        let beyond = self.0.iter().filter(|b| !b.is_ascii()).count();
        self.0.windows(2).filter(|pair| beside(pair)).count() * 2 > beyond
    }

    /// Those of the lines in which something is malformed in `encoding`, or those in which nothing is.
    fn malformed_in(&self, encoding: Known, malformed: bool) -> Lines {
        let is = |line: &&[u8]| encoding.decode_without_bom_handling(line).1 == malformed;
        Lines(beyond_ascii(&self.0).filter(is).flatten().copied().collect())
    }

    /// Lines from all over these, of about as many bytes as the detector reads.
    fn spread(&self) -> Lines {
        let step = self.0.len().div_ceil(DETECTOR_BYTES).max(1);
        Lines(beyond_ascii(&self.0).step_by(step).flatten().copied().collect())
    }

    /// What the detector takes the lines for. Nothing is malformed in that, if the detector knows such an encoding.
    fn guess(&self) -> Known {
        let spread = self.spread();
        let guess = ask(&[&spread]);
        let malformed = self.malformed_in(guess, true);
        if malformed.0.is_empty() {
            return guess;
        }
        ask(&[&spread, &malformed.spread()])
    }
}

fn ask(all: &[&Lines]) -> Known {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for lines in all {
        let end = lines.0.len().min(2 * DETECTOR_BYTES);
        detector.feed(&lines.0[..end], false);
    }
    detector.guess(None, Utf8Detection::Deny)
}

/// The lines of `piece`, with their ends, that hold bytes beyond ASCII.
fn beyond_ascii(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = piece.split_inclusive(|b| matches!(b, b'\n' | b'\r'));
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
        let (bytes, _, _) = known::Encoding::for_label(label.as_bytes()).unwrap().encode(text);
        let detected = detect(&bytes, &[], true);
        let encoding = detected.encoding;
        let Encoding::Legacy(found) = encoding else {
            panic!("{encoding}")
        };
        (
            encoding.to_string(),
            found.0.decode_without_bom_handling(&bytes).0 == text,
        )
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
        for encoding in [known::SHIFT_JIS, known::EUC_JP] {
            let mut bytes = encoding.encode(&lines).0.into_owned();
            bytes.extend_from_slice(b"\xFF\xFF,damaged\n");
            let found = detect(&bytes, &[], true).encoding;
            assert_eq!(Some(found), Encoding::from_known(encoding));
        }
    }

    #[test]
    fn pieces_are_cut_between_characters() {
        let text = known::SHIFT_JIS
            .encode("番号,商品名\n1,ソフトドリンク\n2,おにぎり\n")
            .0
            .into_owned();
        let expected = Encoding::from_known(known::SHIFT_JIS);
        for cut in 1..text.len() {
            let (head, block) = text.split_at(cut);
            assert_eq!(Some(detect(head, &[block], false).encoding), expected, "cut at {cut}");
        }
    }
}
