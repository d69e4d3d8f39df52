//! Characters that stand where nobody writes them: what text looks like in an encoding that it was not written in.

/// How many characters of `text` beyond ASCII stand where nobody writes them.
pub(super) fn count(text: &str) -> usize {
    let (mut odd, mut before, mut chars) = (0, ' ', text.chars().peekable());
    while let Some(char) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        odd += usize::from(!char.is_ascii() && is_odd(before, char, after));
        before = char;
    }
    odd
}

fn is_odd(before: char, char: char, after: char) -> bool {
    match char {
        '\u{80}'..='\u{9F}'
        | '\u{E000}'..='\u{F8FF}'
        | '\u{2500}'..='\u{25FF}'
        | char::REPLACEMENT_CHARACTER
        | '¤'
        | 'ƒ' => true,
        'ª' | 'º' | 'µ' | '×' | '÷' | '±' => false,
        '¼' | '½' | '¾' => before.is_alphabetic() && after.is_alphabetic(),
        _ if char.is_alphabetic() => is_odd_letter(before, char, after),
        _ => is_odd_mark(before, char, after),
    }
}

/// Whether a letter is of another alphabet than its neighbors, or of the wrong case between them.
fn is_odd_letter(before: char, char: char, after: char) -> bool {
    let foreign = |other: char| other.is_alphabetic() && alphabet(other) != alphabet(char);
    let inside = before.is_alphabetic() && after.is_lowercase();
    let raised = char.is_uppercase() && (before.is_lowercase() || inside);
    let lowered = char.is_lowercase() && char != 'ß' && before.is_uppercase() && after.is_uppercase();
    foreign(before) || foreign(after) || raised || lowered
}

/// Whether a mark touches a letter on a side where it does not belong.
fn is_odd_mark(before: char, char: char, after: char) -> bool {
    const OPENING: &str = "“‘„‚«‹¿¡—–’”§©°·•›»\u{A0}\u{AD}";
    const CLOSING: &str = "”’“‘»›«…™®°²³¹—–·\u{A0}\u{AD}";
    // Vowel signs and other marks of a script belong to the letters around them.
    if matches!(char, '\u{300}'..='\u{36F}' | '\u{590}'..='\u{1FFF}' | '\u{2E80}'..) {
        return false;
    }
    (after.is_alphabetic() && !OPENING.contains(char)) || (before.is_alphabetic() && !CLOSING.contains(char))
}

/// The alphabets that legacy encodings mix with Latin in one table.
fn alphabet(letter: char) -> u8 {
    match letter {
        '\u{0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => 0,
        '\u{370}'..='\u{3FF}' => 1,
        '\u{400}'..='\u{52F}' => 2,
        '\u{590}'..='\u{5FF}' => 3,
        '\u{600}'..='\u{6FF}' => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oddities() {
        let cases = [
            ("plain, ASCII", 0),
            ("Müller, Élodie, ÉCOLE, STRAßE", 0),
            ("l’été – “c’est” fini… 5 °C, 3½in, 20 m², 4 µg, «là»", 0),
            ("Санкт-Петербург; שלום; ชื่อ; 日本", 0),
            ("MŸller", 1),
            ("prŽnom", 1),
            ("Stra§e", 1),
            ("c½ur", 1),
            ("12 ¤", 1),
            ("…l", 1),
            ("имЯ", 1),
            ("Mьller", 1),
            ("\u{81}\u{FFFD}", 2),
        ];
        for (text, expected) in cases {
            assert_eq!(count(text), expected, "{text}");
        }
    }
}
