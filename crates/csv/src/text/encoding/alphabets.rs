//! Readings of a sample in encodings of one byte a character: which of them makes the likeliest words.
//!
//! In each encoding a pair of bytes is two characters. Letters cost as much as they are unlikely beside each other in a
//! language that the encoding can write; signs, control characters and capitals inside a word cost more.

use std::sync::LazyLock;

use super::charset::{Charset, char_of};
use super::language::{APART, Language, Place, is_letter, small};
use super::pages::{CodePage, Upper};
use super::pairs::Pairs;

/// An encoding that is tried.
struct Contender {
    charset: Charset,
    upper: Upper,
    /// How rare it is.
    prior: f32,
    /// What its 256 bytes stand for.
    characters: Vec<Character>,
    /// What can be written in it, and the places of its characters in that alphabet.
    languages: Vec<(&'static Language, Vec<Place>)>,
}

/// How an encoding reads a sample.
pub(super) struct NarrowReading {
    pub(super) charset: Charset,
    pub(super) upper: &'static Upper,
    /// How unlikely it is, where what is there again and again counts less.
    pub(super) cost: f32,
    /// How unlikely it is, all counted alike.
    pub(super) whole_cost: f32,
}

/// What share of a language's letters an encoding must have to be one for it.
const ENOUGH: f32 = 0.94;

/// What a pair of letters costs more if it is of another language than the rest.
const OTHER_LANGUAGE: f32 = 3.0;

/// What a letter of another alphabet than the Latin one costs where no such letter stands beside another.
const ALONE: f32 = 6.0;

/// What readings cost more that are rarer than Windows-1252: other Latin letters, other alphabets (of which a letter that
/// stands alone would often be as likely as a sign), and the same from other systems.
const LATIN: f32 = 2.0;
const FOREIGN: f32 = 4.5;
const ISO: f32 = 1.0;
const DOS: f32 = 2.0;
const MAC: f32 = 3.0;
const RARE: f32 = 3.0;

/// The encodings, the more usual ones first, and how rare they are.
fn charsets() -> impl Iterator<Item = (Charset, f32)> {
    let known = [
        (encoding_rs::WINDOWS_1252, 0.0),
        (encoding_rs::WINDOWS_1250, LATIN),
        (encoding_rs::ISO_8859_2, LATIN),
        (encoding_rs::WINDOWS_1254, LATIN),
        (encoding_rs::WINDOWS_1257, LATIN),
        (encoding_rs::ISO_8859_15, LATIN),
        (encoding_rs::WINDOWS_1251, FOREIGN),
        (encoding_rs::WINDOWS_1253, FOREIGN),
        (encoding_rs::WINDOWS_1255, FOREIGN),
        (encoding_rs::WINDOWS_1256, FOREIGN),
        (encoding_rs::WINDOWS_1258, FOREIGN),
        (encoding_rs::WINDOWS_874, FOREIGN),
        (encoding_rs::KOI8_R, FOREIGN),
        (encoding_rs::KOI8_U, FOREIGN),
        (encoding_rs::ISO_8859_13, LATIN + 2.0 * RARE),
        (encoding_rs::ISO_8859_4, LATIN + ISO),
        (encoding_rs::ISO_8859_14, LATIN + RARE),
        (encoding_rs::ISO_8859_10, LATIN + RARE),
        // Romanian is as well written in those above, but for quotes.
        (encoding_rs::ISO_8859_16, LATIN + ISO + RARE),
        (encoding_rs::ISO_8859_5, FOREIGN + ISO),
        (encoding_rs::ISO_8859_6, FOREIGN + ISO),
        (encoding_rs::ISO_8859_7, FOREIGN + ISO),
        (encoding_rs::ISO_8859_8, FOREIGN + ISO),
        (encoding_rs::IBM866, FOREIGN + DOS),
        (encoding_rs::MACINTOSH, LATIN + MAC),
        (encoding_rs::X_MAC_CYRILLIC, FOREIGN + MAC),
    ];
    let prior = |page: CodePage| match page.name() {
        "IBM850" | "IBM852" | "IBM437" => LATIN + DOS,
        "IBM775" | "IBM857" | "IBM858" | "IBM860" | "IBM861" | "IBM863" | "IBM865" => LATIN + DOS + 0.5,
        "Mac Croatian" | "Mac Romanian" => LATIN + MAC + RARE,
        "Mac Central European" | "Mac Turkish" | "Mac Icelandic" => LATIN + MAC + 0.5,
        "Mac Greek" => FOREIGN + MAC,
        "IBM737" | "IBM862" => FOREIGN + DOS,
        "IBM864" => FOREIGN + DOS + 2.0 * RARE,
        "VISCII" => FOREIGN + RARE,
        _ => FOREIGN + DOS + 1.0,
    };
    let known = known
        .map(|(known, prior)| (Charset::Standard(known), prior))
        .into_iter();
    known.chain(CodePage::all().map(move |page| (Charset::Page(page), prior(page))))
}

fn contenders() -> &'static [Contender] {
    static ALL: LazyLock<Vec<Contender>> = LazyLock::new(|| {
        let contender = |(charset, prior): (Charset, f32)| {
            let upper = charset.upper();
            let characters: Vec<Character> = (0..=255).map(|byte| Character::of(char_of(byte, &upper))).collect();
            let mut letters = upper.map(small);
            letters.sort_unstable();
            let places = |language: &'static Language| {
                let places = characters.iter().map(|character| character.place(language));
                (language, places.collect())
            };
            let written = |language: &&'static Language| language.share_written(&letters) >= ENOUGH;
            let languages = Language::all().iter().filter(written).map(places).collect();
            Contender {
                charset,
                upper,
                prior,
                characters,
                languages,
            }
        };
        charsets().map(contender).collect()
    });
    &ALL
}

/// How encodings read a sample, but for those of which it is clear before the words are looked at that they cost more
/// than the best by at least `margin`.
pub(super) fn readings(pairs: &Pairs, margin: f32) -> Vec<NarrowReading> {
    let mut drafts: Vec<Draft> = contenders().iter().map(|contender| contender.draft(pairs)).collect();
    drafts.sort_by(|left, right| left.cost.total_cmp(&right.cost));
    let (mut readings, mut best) = (Vec::new(), f32::MAX);
    for draft in drafts.into_iter() {
        if draft.cost < best + margin {
            let reading = draft.read(pairs);
            best = best.min(reading.cost);
            readings.push(reading);
        }
    }
    readings
}

/// An encoding and its characters, with what their shapes cost in a sample, whatever words they make.
struct Draft {
    contender: &'static Contender,
    cost: f32,
    whole_cost: f32,
}

impl Contender {
    fn draft(&'static self, pairs: &Pairs) -> Draft {
        let characters = &self.characters;
        let (mut cost, mut whole_cost) = (self.prior, self.prior);
        let of = |byte: u8| &characters[usize::from(byte)];
        let is_word = |&(before, after, _): &(u8, u8, u32)| of(before).is_foreign() && of(after).is_foreign();
        // Letters of another alphabet that all stand alone are signs.
        let alone = if pairs.seen.iter().any(is_word) { 0.0 } else { ALONE };
        for &(before, after, count) in pairs.seen.iter().filter(|pair| !is_damage(pair)) {
            let lone = if of(after).is_foreign() { alone } else { 0.0 };
            let shape = shape_cost(of(before), of(after)) + lone;
            cost += shape * weight(count);
            whole_cost += shape * count as f32;
        }
        Draft {
            contender: self,
            cost,
            whole_cost,
        }
    }
}

/// Whether one of two bytes is 0xFF: it is damage more often than what encodings have there, so it speaks for none.
fn is_damage((before, after, _): &(u8, u8, u32)) -> bool {
    *before == 0xFF || *after == 0xFF
}

/// How much a pair counts that is there so often: the same word may be in every row.
fn weight(count: u32) -> f32 {
    (count as f32).sqrt()
}

impl Draft {
    /// Adds what the words cost in the language in which they cost least.
    fn read(self, pairs: &Pairs) -> NarrowReading {
        let words = pairs.seen.iter().filter(|pair| !is_damage(pair) && self.is_word(pair));
        let words: Vec<(u8, u8, u32)> = words.copied().collect();
        let languages = self.word_costs(&words);
        let sums = |costs: Vec<f32>| {
            let sum = |(cost, whole): (f32, f32), (added, pair): (f32, &(u8, u8, u32))| {
                (cost + added * weight(pair.2), whole + added * pair.2 as f32)
            };
            costs.into_iter().zip(&words).fold((0.0, 0.0), sum)
        };
        let least = languages
            .into_iter()
            .map(sums)
            .min_by(|left, right| left.0.total_cmp(&right.0));
        let (cost, whole_cost) = least.unwrap_or((f32::MAX, f32::MAX));
        NarrowReading {
            charset: self.contender.charset,
            upper: &self.contender.upper,
            cost: self.cost + cost,
            whole_cost: self.whole_cost + whole_cost,
        }
    }

    /// Whether one of two bytes is a letter beyond ASCII.
    fn is_word(&self, (before, after, _): &(u8, u8, u32)) -> bool {
        [before, after]
            .into_iter()
            .any(|&byte| self.contender.characters[usize::from(byte)].is_letter_beyond())
    }

    /// What each of the pairs costs in each language.
    fn word_costs(&self, words: &[(u8, u8, u32)]) -> Vec<Vec<f32>> {
        let of = |(language, places): &(&Language, Vec<Place>)| {
            let place = |byte: u8| places[usize::from(byte)];
            words
                .iter()
                .map(|&(before, after, _)| language.cost(place(before), place(after)))
                .collect()
        };
        let mut costs: Vec<Vec<f32>> = self.contender.languages.iter().map(of).collect();
        // A word of another language is among the rest.
        let mut least = vec![f32::MAX; words.len()];
        for costs in &costs {
            least
                .iter_mut()
                .zip(costs)
                .for_each(|(least, cost)| *least = least.min(*cost));
        }
        for costs in &mut costs {
            costs
                .iter_mut()
                .zip(&least)
                .for_each(|(cost, least)| *cost = cost.min(least + OTHER_LANGUAGE));
        }
        costs
    }
}

/// What matters of a character beside another one.
struct Character {
    char: char,
    /// Itself, if it is a letter.
    letter: Option<char>,
    upper: bool,
    lower: bool,
    script: u8,
}

impl Character {
    fn of(char: char) -> Self {
        Character {
            char,
            letter: is_letter(char).then_some(char),
            upper: char.is_uppercase(),
            lower: char.is_lowercase() && char != 'ß',
            script: script(char),
        }
    }

    fn place(&self, language: &Language) -> Place {
        self.letter.map_or(APART, |letter| language.place(letter))
    }

    /// Whether it is a letter, and no Latin one.
    fn is_foreign(&self) -> bool {
        self.letter.is_some() && self.script != LATIN_SCRIPT
    }

    fn is_letter_beyond(&self) -> bool {
        self.letter.is_some() && !self.char.is_ascii()
    }
}

/// What a pair of characters costs in any language, of which at least one is not ASCII.
fn shape_cost(before: &Character, after: &Character) -> f32 {
    let itself = if after.char.is_ascii() || after.letter.is_some() {
        0.0
    } else {
        sign_cost(after.char)
    };
    itself
        + match (before.letter, after.letter) {
            (Some(_), Some(_)) if before.script != after.script => 6.0,
            (Some(_), Some(_)) if before.lower && after.upper => 5.0,
            (Some(_), Some(_)) if before.upper && after.upper => 0.5,
            (Some(_), Some(_)) => 0.0,
            (Some(_), None) if after.char.is_ascii_digit() => 3.0,
            (None, Some(_)) if before.char.is_ascii_digit() => 3.0,
            (Some(_), None) if !after.char.is_ascii() => touch_cost(after.char, CLOSING, OPENING),
            (None, Some(_)) if !before.char.is_ascii() => touch_cost(before.char, OPENING, CLOSING),
            (None, Some(_)) if after.upper => 0.7,
            _ => number_cost(before.char, after.char),
        }
}

/// Signs that touch the letter behind them.
const OPENING: &str = "“‘’„‚«‹¿¡–—•·µ\u{A0}\u{AD}";
/// Signs that touch the letter before them.
const CLOSING: &str = "”’»›…™®°²³¹–—·ªº\u{A0}\u{AD}";

/// What it costs that a sign touches a letter: little if it is of the signs that do so on the `other` side, which are
/// quotes the other way round in some languages.
fn touch_cost(sign: char, usual: &str, other: &str) -> f32 {
    match sign {
        _ if usual.contains(sign) => 0.0,
        _ if other.contains(sign) && !"„‚¿¡".contains(sign) => 2.5,
        _ => 5.0,
    }
}

/// What a sign costs wherever it stands.
fn sign_cost(sign: char) -> f32 {
    match sign {
        '\u{80}'..='\u{9F}' => 16.0,
        char::REPLACEMENT_CHARACTER => 18.0,
        '\u{E000}'..='\u{F8FF}' => 14.0,
        '\u{2500}'..='\u{25FF}' => 11.0,
        '’' | '–' | '“' | '”' | '…' | '€' | '£' | '°' | '©' | '®' | '²' | '³' | '½' | 'µ' | '\u{A0}' => {
            3.5
        }
        '‘' | '„' | '«' | '»' | '—' | '™' | '·' | '•' | '±' | '§' | '×' | 'º' | 'ª' | '¿' | '¡' | '№' | '‚' | '‹'
        | '›' | '¥' | '¢' | '¼' | '¾' => 5.0,
        '´' | '÷' | '‰' | '†' | '‡' | '¶' | '¹' | '¬' | '¨' | '\u{AD}' => 7.5,
        _ => 9.0,
    }
}

/// What a sign costs beside a number, or less.
fn number_cost(before: char, after: char) -> f32 {
    match (before, after) {
        ('£' | '€' | '¥' | '±' | '§' | '×', '0'..='9') | ('0'..='9', '°' | '€' | '½' | '¼' | '¾' | '²' | '³') => {
            -1.5
        }
        _ => 0.0,
    }
}

/// What [`script`] says of Latin letters.
const LATIN_SCRIPT: u8 = 0;

/// The alphabets that encodings mix with Latin in one table.
fn script(letter: char) -> u8 {
    match letter {
        '\u{0}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}' => LATIN_SCRIPT,
        '\u{370}'..='\u{3FF}' => 1,
        '\u{400}'..='\u{52F}' => 2,
        '\u{590}'..='\u{5FF}' => 3,
        '\u{600}'..='\u{6FF}' | '\u{FE70}'..='\u{FEFC}' | '\u{200C}' | '\u{200D}' => 4,
        '\u{E00}'..='\u{E7F}' => 5,
        _ => 6,
    }
}
