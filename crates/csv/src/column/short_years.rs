//! Dates with a year of two digits, of which nobody knows the century.

/// Whether a text is a date, perhaps with a time behind, whose year has two digits: `31/12/24`, `12-31-24`, `24.12.31`, `1-Jan-24`.
pub(super) fn has_short_year(text: &[u8]) -> bool {
    match parts(text) {
        Some([first @ (.., 2), middle, last @ (.., 2)]) => {
            is_day_of_month(first, middle) || is_day_of_month(middle, last)
        }
        Some([first, middle, (.., 2)]) => is_day_of_month(first, middle),
        _ => false,
    }
}

/// A part of a date: its number, and how many digits it has; a name of a month has three letters and no number.
type Part = (u32, usize);

/// The three parts of a date with the same sign between them.
fn parts(text: &[u8]) -> Option<[Part; 3]> {
    let end = text.iter().position(|byte| b" T".contains(byte)).unwrap_or(text.len());
    let (date, time) = text.split_at(end);
    let is_time = time
        .iter()
        .skip(1)
        .all(|byte| byte.is_ascii_digit() || b":. AaPpMm".contains(byte));
    let sign = *date.iter().find(|byte| b"/-.".contains(byte))?;
    let mut parts = date.split(|byte| *byte == sign).map(|part| {
        let is_number = (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
        let is_month = part.len() == 3 && part.iter().all(u8::is_ascii_alphabetic);
        let number = || {
            part.iter()
                .fold(0, |number, digit| 10 * number + u32::from(digit - b'0'))
        };
        match is_month {
            true => Some((0, 3)),
            false => is_number.then(|| (number(), part.len())),
        }
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    // A version such as `1.2.10` is no date.
    let is_version = sign == b'.' && found.iter().any(|(_, digits)| *digits < 2);
    (is_time && !is_version && parts.next().is_none()).then_some(found)
}

/// Whether two parts are a day and a month, in any order.
fn is_day_of_month(one: Part, other: Part) -> bool {
    let is = |part: Part, most: u32| part.1 <= 2 && (1..=most).contains(&part.0);
    let is_name = |part: Part| part == (0, 3);
    (is(one, 31) && (is(other, 12) || is_name(other)))
        || (is(one, 12) && is(other, 31))
        || (is_name(one) && is(other, 31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_two_digits() {
        let cases = [
            ("01/02/24", true),
            ("1/2/24", true),
            ("13/02/24", true),
            ("12/31/24", true),
            ("31.12.24", true),
            ("24-12-31", true),
            ("1-Jan-24", true),
            ("01/02/24 10:00", true),
            ("1/2/24 3:00 PM", true),
            ("01/02/2024", false),
            ("1.2.10", false),
            ("10:20:30", false),
            ("40-50-60", false),
            ("1/2/3", false),
            ("01/02/24 soon", false),
            ("01/02/24/05", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(has_short_year(text.as_bytes()), expected, "{text:?}");
        }
    }
}
