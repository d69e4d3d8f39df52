//! How well legacy encodings are told apart: everyday words of many languages, which the detection has not seen, in each of
//! the code pages that such words are written in, among other columns.

use std::collections::{BTreeMap, HashSet};

use super::charset::Charset;
use super::detect::detect;
use super::language::{composed, small};
use super::name::{Encoding, Legacy};

/// Words of each language, behind a line with its name.
const WORDS: &str = include_str!("everyday.txt");

const WESTERN: &str = "windows-1252 iso-8859-15 ibm850 ibm858 macintosh";
const CENTRAL: &str = "windows-1250 iso-8859-2 ibm852 mac-ce";
const CYRILLIC: &str = "windows-1251 iso-8859-5 koi8-r ibm866 ibm855 mac-cyrillic";
const BALTIC: &str = "windows-1257 iso-8859-13 ibm775 iso-8859-4";

/// The languages and the labels of their encodings.
const WRITTEN: [(&str, &[&str]); 42] = [
    ("English", &[WESTERN]),
    ("German", &[WESTERN, "ibm437"]),
    ("French", &[WESTERN, "ibm437 ibm863"]),
    ("Spanish", &[WESTERN, "ibm437"]),
    ("Portuguese", &[WESTERN, "ibm860"]),
    ("Italian", &[WESTERN, "ibm437"]),
    ("Catalan", &[WESTERN]),
    ("Dutch", &[WESTERN, "ibm437"]),
    ("Swedish", &[WESTERN, "ibm437 ibm865"]),
    ("Danish", &[WESTERN, "ibm865"]),
    ("Norwegian", &[WESTERN, "ibm865"]),
    ("Finnish", &[WESTERN, "ibm437"]),
    ("Icelandic", &["windows-1252 ibm850 ibm861 mac-icelandic"]),
    ("Irish", &["windows-1252 iso-8859-15 ibm850"]),
    ("Welsh", &["iso-8859-14"]),
    ("Albanian", &["windows-1252 windows-1250 ibm852 ibm850 iso-8859-2"]),
    (
        "Estonian",
        &["windows-1257 windows-1252 iso-8859-13 iso-8859-15 ibm775"],
    ),
    ("Latvian", &[BALTIC]),
    ("Lithuanian", &[BALTIC]),
    ("Polish", &[CENTRAL]),
    ("Czech", &[CENTRAL]),
    ("Slovak", &[CENTRAL]),
    ("Slovenian", &[CENTRAL, "mac-croatian"]),
    ("Croatian", &[CENTRAL, "mac-croatian"]),
    ("Romanian", &["windows-1250 iso-8859-2 iso-8859-16 ibm852"]),
    ("Hungarian", &[CENTRAL]),
    ("Turkish", &["windows-1254 iso-8859-9 ibm857 mac-turkish"]),
    ("Vietnamese", &["windows-1258 viscii"]),
    ("Russian", &[CYRILLIC]),
    ("Ukrainian", &["windows-1251 koi8-u ibm1125 mac-cyrillic"]),
    ("Belarusian", &["windows-1251 iso-8859-5 ibm866"]),
    ("Bulgarian", &[CYRILLIC]),
    ("Serbian", &["windows-1251 iso-8859-5 ibm855 mac-cyrillic"]),
    ("Greek", &["windows-1253 iso-8859-7 ibm737 ibm869 mac-greek"]),
    ("Hebrew", &["windows-1255 iso-8859-8 ibm862"]),
    ("Arabic", &["windows-1256 iso-8859-6 ibm720 ibm864"]),
    ("Persian", &["windows-1256"]),
    ("Thai", &["windows-874"]),
    ("Japanese", &["shift_jis euc-jp"]),
    ("Korean", &["euc-kr"]),
    ("Chinese (simplified)", &["gb18030"]),
    ("Chinese (traditional)", &["big5"]),
];

fn languages() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    WORDS.split("# ").skip(1).map(|part| {
        let (name, words) = part.split_once('\n').unwrap();
        (name, words.split_whitespace().collect())
    })
}

/// The bytes of characters in an encoding, as far as it has them.
struct Encoder(Charset, BTreeMap<char, Vec<u8>>);

impl Encoder {
    fn of(label: &str) -> Self {
        let Encoding::Legacy(Legacy(charset)) = label.parse().unwrap() else {
            panic!("{label}")
        };
        let mut bytes = BTreeMap::<char, Vec<u8>>::new();
        for (byte, char) in (0x80..=0xFF).zip(charset.upper()) {
            // The shapes of Arabic letters, and the marks of Romanian ones, are those that the encoding has.
            let base = match char {
                'Ș' => 'Ş',
                'Ț' => 'Ţ',
                'ș' | 'ț' | '\u{FE80}'..='\u{FEF4}' => small(char),
                _ => char,
            };
            bytes.entry(base).or_default().push(byte);
            if base != char {
                bytes.entry(char).or_default().push(byte);
            }
        }
        // In the order of their shapes: by itself, at the end of a word, at its start, within.
        let upper = charset.upper();
        let shape = |byte: &u8| upper[usize::from(byte - 0x80)];
        bytes.values_mut().for_each(|bytes| bytes.sort_by_key(shape));
        Encoder(charset, bytes)
    }

    fn encode(&self, word: &str) -> Option<Vec<u8>> {
        match self.0 {
            Charset::Standard(known) if !known.is_single_byte() => {
                let (bytes, _, lacking) = known.encode(word);
                (!lacking).then(|| bytes.into_owned())
            }
            _ => {
                let word = if self.1.contains_key(&'ế') {
                    composed(word)
                } else {
                    word.to_owned()
                };
                let last = word.chars().count() - 1;
                let byte = |(at, c): (usize, char)| match self.1.get(&c) {
                    _ if c.is_ascii() => Some(c as u8),
                    Some(shapes) if at < last => shapes.last().copied(),
                    shapes => shapes?.first().copied(),
                };
                word.chars().enumerate().map(byte).collect()
            }
        }
    }
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }
}

fn cased(word: &str, dice: &mut Dice) -> String {
    let mut chars = word.chars();
    match (dice.below(10), chars.next()) {
        (0..=2, Some(first)) => first.to_uppercase().chain(chars).collect(),
        (3, _) if !word.contains('ß') => word.to_uppercase(),
        _ => word.to_owned(),
    }
}

/// A table of `count` words of those that can be written.
fn table(words: &[&str], encoder: &Encoder, count: usize, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = b"id,day,what,also,amount\n".to_vec();
    let (mut row, mut left) = (0, count);
    while left > 0 {
        row += 1;
        bytes.extend_from_slice(format!("{row},2024-{:02}-{:02},", 1 + dice.below(12), 1 + dice.below(28)).as_bytes());
        for _ in 0..2 {
            for _ in 0..(1 + dice.below(2)).min(left) {
                let word = words[dice.below(words.len())];
                let cased = encoder.encode(&cased(word, dice)).or_else(|| encoder.encode(word));
                bytes.extend(cased.unwrap_or_default());
                bytes.push(b' ');
                left -= 1;
            }
            bytes.pop_if(|byte| *byte == b' ');
            bytes.push(b',');
        }
        bytes.extend_from_slice(format!("{}.{:02}\n", dice.below(9000), dice.below(100)).as_bytes());
    }
    bytes
}

/// A text with one mark for the letters of Romanian: a cedilla and a comma are the same bytes in all code pages but for one.
fn letters(text: &str) -> String {
    text.replace('Ș', "Ş")
        .replace('ș', "ş")
        .replace('Ț', "Ţ")
        .replace('ț', "ţ")
}

/// What was detected in tables.
#[derive(Debug, Default)]
struct Tally {
    all: usize,
    /// Other text was read than was written, and without a warning.
    wrong: usize,
    silent: usize,
    /// There was a warning.
    doubted: usize,
    /// Control characters were read that text never has.
    control: usize,
    failures: Vec<String>,
}

impl Tally {
    fn take(&mut self, what: &str, bytes: &[u8], written: Charset) {
        let detected = detect(bytes, &[], true);
        let read = match detected.encoding {
            Encoding::Legacy(found) => found.0.read(bytes),
            other => panic!("{what} taken for {other}"),
        };
        let rival = detected.rival;
        self.all += 1;
        self.doubted += usize::from(rival.is_some());
        self.control += usize::from(read.contains(|c| matches!(c, '\u{80}'..='\u{9F}')));
        if letters(&read) != letters(&written.read(bytes)) {
            self.wrong += 1;
            self.silent += usize::from(rival.is_none());
            self.failures.push(format!("{what} taken for {}", detected.encoding));
        }
    }

    /// Of tables of so many words in all languages, each in one of so many of its encodings.
    fn of(size: usize, every: usize) -> Self {
        let all: BTreeMap<_, _> = languages().collect();
        let (mut tally, mut dice) = (Tally::default(), Dice(17));
        for (language, labels) in WRITTEN {
            for label in labels.iter().flat_map(|labels| labels.split(' ')).step_by(every) {
                let encoder = Encoder::of(label);
                let words = all[language].iter().copied();
                let words: Vec<&str> = words.filter(|word| encoder.encode(word).is_some()).collect();
                let bytes = table(&words, &encoder, size, &mut dice);
                if !bytes.is_ascii() {
                    tally.take(&format!("{size} words of {language} in {label}"), &bytes, encoder.0);
                }
            }
        }
        tally
    }
}

#[test]
fn words_were_not_seen_before() {
    let seen: HashSet<(&str, &str)> = include_str!("languages.txt")
        .split("# ")
        .skip(1)
        .filter_map(|part| part.split_once('\n'))
        .flat_map(|(name, words)| words.split_whitespace().map(move |word| (name, word)))
        .collect();
    for (language, words) in languages() {
        for word in words {
            assert!(!seen.contains(&(language, word)), "{word} of {language}");
        }
    }
}

#[test]
fn everyday_words_are_read_as_they_were_written() {
    // How many words, in one of how many encodings of each language, and one of how many tables may be read wrongly.
    for (size, every, most) in [(2000, 3, 1000), (200, 1, 1000), (50, 1, 100), (20, 2, 40), (5, 2, 7)] {
        let tally = Tally::of(size, every);
        let message = format!("{tally:#?}");
        assert!(tally.wrong * most <= tally.all, "{message}");
        assert_eq!(tally.control, 0, "{message}");
        // Where it is wrong, a warning mostly says so, and where it is right, seldom.
        assert!(tally.silent * 2 <= tally.wrong.max(2), "{message}");
        assert!(tally.doubted * 4 <= tally.all, "{message}");
    }
}
