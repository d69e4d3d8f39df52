//! Signs of Windows-1252 that text has which is in English but for them: `£2.50`, `20 °C`, `µg/m³`.
//!
//! In the code pages of other languages most of these bytes are letters; what stands beside them tells.

/// Whether all bytes beyond ASCII are signs in Windows-1252 and stand where these stand, and there are some.
pub(super) fn are_signs(text: &[u8]) -> bool {
    let beyond = text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii());
    let mut signs = beyond
        .map(|(at, &byte)| is_sign(byte, &text[..at], &text[at + 1..]))
        .peekable();
    let of = |quote: u8| memchr::memchr_iter(quote, text).count();
    signs.peek().is_some() && signs.all(|is| is) && of(b'\xAB') == of(b'\xBB')
}

/// Whether a byte is a sign between what stands before and behind it.
fn is_sign(byte: u8, before: &[u8], behind: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0xC0;
    let word_before = before.iter().rev().take_while(|byte| is_letter(byte)).count();
    let word_behind = behind.iter().take_while(|byte| is_letter(byte)).count();
    let digit_before = before.last().is_some_and(u8::is_ascii_digit);
    match byte {
        // The euro, dashes, quotes, dots; a blank that does not break, a section, a middle dot.
        0x80 | 0x82 | 0x84..=0x87 | 0x89 | 0x8B | 0x91..=0x97 | 0x99 | 0x9B | 0xA0 | 0xA7 | 0xB7 => true,
        // Pounds and yens come before an amount, cents behind it.
        b'\xA3' | b'\xA5' => word_before == 0 && word_behind == 0,
        b'\xA2' | b'\xAA' | b'\xBA' => digit_before && word_behind == 0,
        // Guillemets, which come in pairs.
        b'\xAB' => word_before == 0,
        b'\xBB' => word_behind == 0,
        b'\xB0' => word_before == 0 || word_behind == 0,
        // Plus or minus, fractions, copyright, times, divided by.
        b'\xB1' | b'\xBC'..=b'\xBE' | b'\xA9' | b'\xD7' | b'\xF7' => word_before == 0 && word_behind == 0,
        b'\xAE' => word_behind == 0,
        // Powers of a number or a short unit, as in m³.
        b'\xB2' | b'\xB3' | b'\xB9' => (digit_before || (1..=2).contains(&word_before)) && word_behind == 0,
        // Micro, before a unit.
        b'\xB5' => word_before == 0 && (1..=2).contains(&word_behind),
        // An accent in the place of an apostrophe: O´Brien.
        b'\xB4' => word_before == 1 && behind.first().is_some_and(u8::is_ascii_uppercase),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_letters() {
        let cases = [
            ("windows-1252", "£2.50,20 °C,12° 30´,µg/m³,km²,3 ± 0.2,3½ in", false),
            ("windows-1252", "£2.50,20 °C,µg/m³,km²,3 ± 0.2,3½ in,x × y", true),
            ("windows-1252", "«bonjour»,O´Brien,Brand®,© 2024,¥1200,it’s – €5", true),
            ("windows-1252", "café £2", false),
            ("windows-1250", "był,są,Wrocław", false),
            ("windows-1250", "Łódź", false),
            ("iso-8859-2", "život,ľud", false),
            ("koi8-r", "Москва", false),
            ("windows-1252", "plain", false),
        ];
        for (label, text, expected) in cases {
            let bytes = encoding_rs::Encoding::for_label(label.as_bytes())
                .unwrap()
                .encode(text)
                .0;
            assert_eq!(are_signs(&bytes), expected, "{label}: {text}");
        }
    }
}
