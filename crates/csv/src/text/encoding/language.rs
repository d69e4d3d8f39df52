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
            languages
                .map(|words| Language::of(words.split_whitespace().skip(1)))
                .collect()
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

/// The small letter of a letter.
pub(super) fn small(char: char) -> char {
    match char {
        'İ' => 'i',
        _ => char.to_lowercase().next().unwrap_or(char),
    }
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
    }
}
