//! What letters follow each other in a language, learned from some of its words.

use std::sync::LazyLock;

/// Words of each language, behind a line with its name.
const WORDS: &str = include_str!("languages.txt");

/// What a letter costs that the language does not have: the logarithm of how rare it is, as all costs are.
const FOREIGN: f32 = 11.5;

/// How much a letter is expected anywhere, against what the words say of its place: as many letters of the words.
const ANYWHERE: f32 = 6.0;

/// The place of a letter in the alphabet of a language.
pub(super) type Place = u16;

/// The place of all that is not a letter.
pub(super) const APART: Place = 0;

/// A language: its alphabet and how unlikely it is that one letter follows another.
pub(super) struct Language {
    /// Small letters, in order; their places are from 1 on. Behind them is the place of all others.
    alphabet: Vec<char>,
    /// How often each letter stands in the words.
    frequency: Vec<f32>,
    costs: Vec<f32>,
}

impl Language {
    /// All that have words here.
    pub(super) fn all() -> &'static [Language] {
        static ALL: LazyLock<Vec<Language>> = LazyLock::new(|| {
            let languages = WORDS.split("# ").skip(1);
            let mut all: Vec<Language> = languages
                .clone()
                .map(|words| Language::of(words.split_whitespace().skip(1)))
                .collect();
            // Vietnamese is written with tones that are characters of their own, and with letters that have them.
            let is_toned = |words: &&str| words.contains(TONES);
            all.extend(languages.filter(is_toned).map(|words| {
                let words: Vec<String> = words.split_whitespace().skip(1).map(composed).collect();
                Language::of(words.iter().map(String::as_str))
            }));
            all
        });
        &ALL
    }

    fn of<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Language {
        let letters = |word: &'a str| word.chars().map(small).filter(|&c| is_letter(c));
        let mut alphabet: Vec<char> = words.clone().flat_map(letters).chain('a'..='z').collect();
        alphabet.sort_unstable();
        alphabet.dedup();
        let size = alphabet.len() + 2;
        let mut language = Language {
            alphabet,
            frequency: vec![0.0; size],
            costs: vec![0.0; size * size],
        };
        for word in words {
            let mut before = APART;
            let places: Vec<Place> = letters(word).map(|c| language.place(c)).collect();
            for place in places.into_iter().chain([APART]) {
                language.costs[usize::from(before) * size + usize::from(place)] += 1.0;
                language.frequency[usize::from(place)] += 1.0;
                before = place;
            }
        }
        language.settle();
        language
    }

    /// Makes costs of the counts.
    fn settle(&mut self) {
        let size = self.frequency.len();
        let all: f32 = self.frequency.iter().map(|count| count + 0.3).sum();
        for row in self.costs.chunks_mut(size) {
            let seen: f32 = row.iter().sum();
            for (cost, count) in row.iter_mut().zip(&self.frequency) {
                let expected = ANYWHERE * (count + 0.3) / all;
                *cost = -((*cost + expected) / (seen + ANYWHERE)).ln();
            }
            row[size - 1] = FOREIGN;
        }
        self.costs[(size - 1) * size..].fill(FOREIGN);
    }

    /// The place of a letter, small or not.
    pub(super) fn place(&self, char: char) -> Place {
        let place = self
            .alphabet
            .binary_search(&small(char))
            .map_or(self.alphabet.len(), |at| at);
        place as Place + 1
    }

    /// How unlikely it is that `after` follows `before`.
    pub(super) fn cost(&self, before: Place, after: Place) -> f32 {
        self.costs[usize::from(before) * self.frequency.len() + usize::from(after)]
    }

    /// Which share of its letters beyond ASCII are among `letters`, which are in order.
    pub(super) fn share_written(&self, letters: &[char]) -> f32 {
        let beyond = self.alphabet.iter().zip(&self.frequency[1..]);
        let beyond = || beyond.clone().filter(|(letter, _)| !letter.is_ascii());
        let of = |pair: (&char, &f32)| *pair.1;
        let written = beyond()
            .filter(|(letter, _)| letters.binary_search(letter).is_ok())
            .map(of)
            .sum::<f32>();
        written / beyond().map(of).sum::<f32>()
    }
}

/// The tones of Vietnamese.
const TONES: [char; 5] = ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'];

/// Its vowels, each with these tones behind it.
const TONED: [&str; 12] = [
    "aàảãáạ",
    "ăằẳẵắặ",
    "âầẩẫấậ",
    "eèẻẽéẹ",
    "êềểễếệ",
    "iìỉĩíị",
    "oòỏõóọ",
    "ôồổỗốộ",
    "ơờởỡớợ",
    "uùủũúụ",
    "ưừửữứự",
    "yỳỷỹýỵ",
];

/// A word in which vowels and the tones behind them are single characters.
pub(super) fn composed(word: &str) -> String {
    let mut composed = String::new();
    for char in word.chars() {
        let toned = TONES.iter().position(|tone| *tone == char).and_then(|tone| {
            let vowel = composed.chars().last()?;
            let vowels = TONED.iter().find(|vowels| vowels.starts_with(vowel))?;
            vowels.chars().nth(tone + 1)
        });
        if let Some(toned) = toned {
            composed.pop();
            composed.push(toned);
        } else {
            composed.push(char);
        }
    }
    composed
}

/// The small letter of a letter, in the shape that it has by itself, and in Romanian with the mark that most encodings have.
pub(super) fn small(char: char) -> char {
    match char {
        'İ' => 'i',
        'Ș' | 'ș' => 'ş',
        'Ț' | 'ț' => 'ţ',
        '\u{FE80}'..='\u{FEFC}' => unshaped(char),
        _ => char.to_lowercase().next().unwrap_or(char),
    }
}

/// The letter that an Arabic shape from U+FE80 on is of; what is made of two letters is the second.
fn unshaped(shape: char) -> char {
    /// The last shape of each letter, and the letter.
    const SHAPES: [(char, char); 37] = [
        ('\u{FE80}', 'ء'),
        ('\u{FE82}', 'آ'),
        ('\u{FE84}', 'أ'),
        ('\u{FE86}', 'ؤ'),
        ('\u{FE88}', 'إ'),
        ('\u{FE8C}', 'ئ'),
        ('\u{FE8E}', 'ا'),
        ('\u{FE92}', 'ب'),
        ('\u{FE94}', 'ة'),
        ('\u{FE98}', 'ت'),
        ('\u{FE9C}', 'ث'),
        ('\u{FEA0}', 'ج'),
        ('\u{FEA4}', 'ح'),
        ('\u{FEA8}', 'خ'),
        ('\u{FEAA}', 'د'),
        ('\u{FEAC}', 'ذ'),
        ('\u{FEAE}', 'ر'),
        ('\u{FEB0}', 'ز'),
        ('\u{FEB4}', 'س'),
        ('\u{FEB8}', 'ش'),
        ('\u{FEBC}', 'ص'),
        ('\u{FEC0}', 'ض'),
        ('\u{FEC4}', 'ط'),
        ('\u{FEC8}', 'ظ'),
        ('\u{FECC}', 'ع'),
        ('\u{FED0}', 'غ'),
        ('\u{FED4}', 'ف'),
        ('\u{FED8}', 'ق'),
        ('\u{FEDC}', 'ك'),
        ('\u{FEE0}', 'ل'),
        ('\u{FEE4}', 'م'),
        ('\u{FEE8}', 'ن'),
        ('\u{FEEC}', 'ه'),
        ('\u{FEEE}', 'و'),
        ('\u{FEF0}', 'ى'),
        ('\u{FEF4}', 'ي'),
        ('\u{FEFC}', 'ا'),
    ];
    let letter = SHAPES.iter().find(|(last, _)| shape <= *last);
    letter.map_or(shape, |(_, letter)| *letter)
}

/// Whether words hold `char`: letters, and the marks that some scripts write around them.
pub(super) fn is_letter(char: char) -> bool {
    match char {
        'µ' | 'ª' | 'º' => false,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{64B}'..='\u{65F}' | '\u{E31}'..='\u{E59}' => {
            char != '\u{E3F}'
        }
        '\u{200C}' | '\u{200D}' => true,
        _ => char.is_alphabetic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The language whose words have a letter that no other has here.
    fn with(letters: &str) -> &'static Language {
        let has = |language: &&Language| letters.chars().all(|c| language.alphabet.contains(&c));
        Language::all().iter().find(has).unwrap()
    }

    #[test]
    fn letters_that_follow_each_other() {
        let polish = with("łąę");
        let cost = |before: char, after: char| polish.cost(polish.place(before), polish.place(after));
        assert!(cost('s', 'ł') < cost('s', 'ñ'));
        assert!(cost('i', 'ę') < cost('ę', 'ó'));
        assert_eq!(cost('a', 'я'), FOREIGN);
        assert_eq!(polish.place('Ł'), polish.place('ł'));
    }

    #[test]
    fn what_can_be_written() {
        let polish = with("łąę");
        assert_eq!(polish.share_written(&"óąćęłńśźż".chars().collect::<Vec<_>>()), 1.0);
        assert!(polish.share_written(&"áéó".chars().collect::<Vec<_>>()) < 0.2);
    }

    #[test]
    fn letters_and_signs() {
        assert!("aÉßяאم\u{E31}\u{301}".chars().all(is_letter));
        assert!(!"1µº£°½-\u{A0}".chars().any(is_letter));
        assert_eq!("İŁΣß".chars().map(small).collect::<String>(), "iłσß");
        let shapes = "\u{FE8F}\u{FE91}\u{FECC}\u{FEEF}\u{FEF3}\u{FEFB}";
        assert_eq!(shapes.chars().map(small).collect::<String>(), "ببعىيا");
        assert_eq!(composed("đê\u{309} nô\u{323}i"), "để nội");
    }
}
