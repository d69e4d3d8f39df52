//! Numbers as people write them: `€ 12,50`, `12 %`, `(1,234)`, `123.00-`, taken apart into their digits, their sign and their
//! unit.
//!
//! It finds the digits and understands what is around them. What the marks among the digits mean is not its business: that
//! is for `marks` and `numbers`, which have the last word on what is a number.

use std::fmt;

/// The longest number that is taken apart, in bytes.
const LONGEST: usize = 80;

/// What a number counts, as it stands beside the digits: `€`, `EUR`, `%`, `kg`.
///
/// It is kept as it is written, up to eight bytes: `kg` and `KG` are two units.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit {
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl Unit {
    /// How many bytes it has at most.
    const LONGEST: usize = 8;

    /// The unit of this name; `None` if no unit is written so: it is empty or too long, or has signs in it that no unit has,
    /// such as digits and blanks.
    pub fn new(name: &str) -> Option<Self> {
        (unit_length(name) == name.len()).then(|| Self::kept(name))?
    }

    fn kept(name: &str) -> Option<Self> {
        if name.is_empty() || name.len() > Self::LONGEST || name.starts_with('/') || name.ends_with('/') {
            return None;
        }
        let mut bytes = [0; Self::LONGEST];
        bytes[..name.len()].copy_from_slice(name.as_bytes());
        let length = name.len() as u8; // at most eight
        Some(Unit { bytes, length })
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        let name = std::str::from_utf8(&self.bytes[..usize::from(self.length)]);
        name.expect("it was made of a text")
    }

    /// Whether it is a sign of money, which people write in front of numbers.
    pub(crate) fn is_sign_of_money(&self) -> bool {
        self.as_str().ends_with(is_money)
    }

    /// Whether nothing but numbers has it beside its digits, so that a column of it can be proposed to be one of numbers.
    /// `Room 12` and `A12` are none.
    pub(crate) fn is_common(&self) -> bool {
        const CODES: &str = "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW \
                             KZT MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH \
                             USD VND ZAR";
        const WORDS: &str = "kg mg lb lbs oz km mm cm dm mi ft ml cl dl km/h m/s mph kB KB MB GB TB Hz kHz MHz GHz kW MW kWh \
                             MWh mA mAh mV kV hPa kPa mbar kJ kcal pcs ms ppm ha kr zł Kč Ft руб. ₽ lei Fr. kr. Rs. Rs \
                             m² m³ m²/s km² kg/m³";
        let name = self.as_str();
        let is_sign = name.ends_with(|c| is_money(c) || "%‰°℃℉".contains(c)) || name.starts_with(['°', '$', '€', '£']);
        is_sign || CODES.split(' ').chain(WORDS.split(' ')).any(|known| known == name)
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({self})")
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A number that is taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Figure<'a> {
    /// From the first digit, or the mark in front of it, to the last digit, or the mark behind it.
    pub(crate) body: &'a str,
    pub(crate) unit: Option<Unit>,
    is_negative: bool,
    /// It is written as programs write numbers: there is nothing around the digits but perhaps a minus in front.
    pub(crate) is_plain: bool,
}

impl<'a> Figure<'a> {
    /// Takes a text apart; `None` if it is no number, or if there is no telling which sign or unit it has.
    pub(crate) fn of(text: &'a [u8]) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let whole = std::str::from_utf8(text).ok()?;
        let text = whole.trim_matches(is_blank);
        let is_digit = |c: char| c.is_ascii_digit();
        let (first, last) = (text.find(is_digit)?, text.rfind(is_digit)? + 1);
        let start = first - usize::from(text[..first].ends_with(['.', ',']));
        let end = last + usize::from(text[last..].starts_with(['.', ',']));
        let (body, (front, back)) = (&text[start..end], (&text[..start], &text[end..]));
        // In `Rs.500` the point is of the word, or of the number: nobody knows.
        if start < first && front.ends_with(char::is_alphabetic) {
            return None;
        }
        let is_plain = text.len() == whole.len() && matches!(front, "" | "-") && back.is_empty();
        let (front, back) = (Side::in_front(front)?, Side::behind(back)?);
        // `12.-` is twelve and no cents, not less than nothing.
        let is_price = back.is_minus_first && body.ends_with(['.', ',']);
        let signs = [front.minus, back.minus, front.parenthesis]
            .into_iter()
            .filter(|is| *is);
        if is_price || signs.count() > 1 || front.parenthesis != back.parenthesis {
            return None;
        }
        let unit = match (front.unit, back.unit) {
            (Some(_), Some(_)) => return None,
            (front, back) => front.or(back),
        };
        Some(Figure {
            body,
            unit,
            is_negative: front.minus || back.minus || front.parenthesis,
            is_plain,
        })
    }

    /// The number as programs write it, but for its marks: a minus in front, if it is negative.
    pub(crate) fn plain(&self, room: &'a mut Room) -> &'a [u8] {
        let body = self.body.as_bytes();
        // Nothing is less than nothing: `(0.00)` and `0-` are zero, whatever the type.
        let is_zero = || !body.iter().any(|byte| (b'1'..=b'9').contains(byte));
        if !self.is_negative || (!self.is_plain && is_zero()) {
            return body;
        }
        room.0[0] = b'-';
        room.0[1..=body.len()].copy_from_slice(body);
        &room.0[..=body.len()]
    }
}

/// Room for a number and its minus.
pub(crate) struct Room([u8; LONGEST + 1]);

impl Room {
    pub(crate) fn new() -> Self {
        Room([0; LONGEST + 1])
    }
}

/// What stands on one side of the digits.
#[derive(Default)]
struct Side {
    minus: bool,
    /// The minus is the first of all, without a blank in front.
    is_minus_first: bool,
    parenthesis: bool,
    unit: Option<Unit>,
}

impl Side {
    fn in_front(text: &str) -> Option<Self> {
        let side = Self::of(text, '(')?;
        // `A-12` is a code, and so may be `EUR-12`.
        let before = text.strip_suffix(is_minus).unwrap_or_default();
        (!before.ends_with(is_word)).then_some(side)
    }

    fn behind(text: &str) -> Option<Self> {
        let side = Self::of(text, ')')?;
        let behind = text.strip_prefix(is_minus).unwrap_or_default();
        (!behind.starts_with(is_word)).then_some(side)
    }

    /// Reads a minus, a parenthesis and a unit, each once at most, with blanks between them or not.
    fn of(text: &str, parenthesis: char) -> Option<Self> {
        let mut side = Side {
            is_minus_first: text.starts_with(is_minus),
            ..Side::default()
        };
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches(is_blank);
            let Some(next) = rest.chars().next() else {
                return Some(side);
            };
            let mut length = next.len_utf8();
            if is_minus(next) && !side.minus {
                side.minus = true;
            } else if next == parenthesis && !side.parenthesis {
                side.parenthesis = true;
            } else if side.unit.is_none() {
                length = unit_length(rest);
                side.unit = Some(Unit::kept(&rest[..length])?);
            } else {
                return None;
            }
            rest = &rest[length..];
        }
    }
}

/// How many bytes at the start of a text are a unit: letters and the signs that units have, and the point behind a word.
fn unit_length(text: &str) -> usize {
    let end = text.find(|c| !is_of_unit(c)).unwrap_or(text.len());
    let has_point = text[end..].starts_with('.') && text[..end].ends_with(char::is_alphabetic);
    end + usize::from(has_point)
}

fn is_of_unit(c: char) -> bool {
    c.is_alphabetic() || is_money(c) || "%‰°/²³℃℉".contains(c)
}

fn is_money(c: char) -> bool {
    matches!(c, '$' | '¢'..='¥' | '฿' | '₠'..='⃏' | '﷼' | '＄' | '￡' | '￥' | '￦')
}

fn is_word(c: char) -> bool {
    c.is_alphabetic() || c == '.'
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}')
}

/// A blank, a tab, or one of the blanks that do not break: U+00A0, U+202F, U+2009.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{A0}' | '\u{202F}' | '\u{2009}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number as programs write it, and its unit.
    fn read(text: &str) -> Option<(String, String)> {
        let figure = Figure::of(text.as_bytes())?;
        let unit = figure.unit.map_or_else(String::new, |unit| unit.to_string());
        let mut room = Room::new();
        let plain = String::from_utf8(figure.plain(&mut room).to_vec()).unwrap();
        Some((plain, unit))
    }

    #[test]
    fn signs_and_units() {
        let cases = [
            ("12", "12", ""),
            ("-12", "-12", ""),
            ("-0", "-0", ""),
            ("1.5e-3", "1.5e-3", ""),
            (".5", ".5", ""),
            ("€ 12,50", "12,50", "€"),
            ("$1,204.50", "1,204.50", "$"),
            ("3.500,00 €", "3.500,00", "€"),
            ("3 500,00\u{A0}€", "3 500,00", "€"),
            ("12\u{202F}%", "12", "%"),
            ("12%", "12", "%"),
            ("$.50", ".50", "$"),
            ("12 kg", "12", "kg"),
            ("12.kg", "12.", "kg"),
            ("EUR 12", "12", "EUR"),
            ("12 EUR", "12", "EUR"),
            ("Fr. 12.50", "12.50", "Fr."),
            ("12.50 kr.", "12.50", "kr."),
            ("120 km/h", "120", "km/h"),
            ("12 m²", "12", "m²"),
            ("-€12", "-12", "€"),
            ("€-12", "-12", "€"),
            ("€ -12", "-12", "€"),
            ("-12 €", "-12", "€"),
            ("− 12 €", "-12", "€"),
            ("−12", "-12", ""),
            ("- 12", "-12", ""),
            ("EUR -12", "-12", "EUR"),
            ("-EUR 12", "-12", "EUR"),
            ("123.00-", "-123.00", ""),
            ("12,50- EUR", "-12,50", "EUR"),
            ("12,50 EUR-", "-12,50", "EUR"),
            ("12,50-€", "-12,50", "€"),
            ("(1,234)", "-1,234", ""),
            ("( 1,234 )", "-1,234", ""),
            ("($1,234)", "-1,234", "$"),
            ("$(1,234)", "-1,234", "$"),
            ("$ (1,234)", "-1,234", "$"),
            ("(1,234) $", "-1,234", "$"),
            ("(12)%", "-12", "%"),
            ("(0.00)", "0.00", ""),
            ("0-", "0", ""),
            ("\u{A0}12 €\u{A0}", "12", "€"),
        ];
        for (text, plain, unit) in cases {
            assert_eq!(read(text), Some((plain.to_owned(), unit.to_owned())), "{text:?}");
            let is_plain = plain == text && unit.is_empty();
            assert_eq!(
                Figure::of(text.as_bytes()).is_some_and(|f| f.is_plain),
                is_plain,
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_no_number() {
        let texts = [
            "",
            "-",
            "€",
            "kg",
            "--12",
            "-12-",
            "-(12)",
            "(-12)",
            "(12",
            "12)",
            "(555) 123-4567",
            "A-12",
            "EUR-12",
            "12-A",
            "12.-",
            "12.- Fr.",
            "12,-",
            "12,- €",
            "12.–",
            "€ 12 €",
            "€ 12 kg",
            "#12",
            "+12",
            "$+12",
            "Rs.500",
            "12 /",
            "12 kg netto",
            "12 Kilogramm",
            "N° 12 b",
            "'12'",
            "12 \"",
            "12*",
        ];
        for text in texts {
            assert_eq!(Figure::of(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Figure::of(b"12 \xFF"), None);
        let long = "1".repeat(LONGEST + 1);
        assert_eq!(Figure::of(long.as_bytes()), None);
    }

    #[test]
    fn units() {
        let good = ["€", "EUR", "%", "kg", "km/h", "US$", "°C", "Fr.", "руб.", "Stunden"];
        for name in good {
            assert_eq!(Unit::new(name).map(|unit| unit.to_string()).as_deref(), Some(name));
        }
        for name in ["", "/", "km/", "kg ", "k g", "m2", "-", "Kilogramm", "(kg)", "."] {
            assert_eq!(Unit::new(name), None, "{name:?}");
        }
        for name in ["€", "US$", "EUR", "%", "kg", "°C", "Kč", "R$", "руб.", "m²"] {
            assert!(Unit::new(name).unwrap().is_common(), "{name}");
        }
        for name in ["A", "Room", "No", "SKU", "PM", "am", "May", "ISO", "Q", "Tor"] {
            assert!(!Unit::new(name).unwrap().is_common(), "{name}");
        }
    }
}
