//! The common short forms of numbers and dates, many cells at once.
//!
//! Every cell takes the same steps without a branch, each step for all cells in a loop of its own kind, so that the compiler
//! lets one instruction do it for several of them. What a cell holds is read exactly as its namesake in `swar` reads it, or it
//! is said to be odd, and has to be read by that.

use crate::value::swar::{ONES, others_than_digits};

/// How many cells go through the steps together.
pub(crate) const LANES: usize = 64;

/// Some cells of a column, ready to be read.
pub(crate) struct Lanes {
    /// Eight bytes of each: the last ones of what is read as a number, the first ones of a date.
    words: [u64; LANES],
    /// Of a date the two bytes behind them.
    days: [u32; LANES],
    /// How many bytes each cell has; a cell that is not there has none.
    lengths: [u64; LANES],
}

/// Which of the cells are none of the forms that are read here: 1 for each of those, else 0.
pub(crate) type Odd = [u8; LANES];

/// A type of which many values are read at once.
pub(crate) trait InLanes: Copy + Default {
    /// How many bytes a cell has at most that is not odd.
    const LONGEST: u64;

    /// Takes in up to [`LANES`] cells that start and end at these places.
    fn load(lanes: &mut Lanes, text: &[u8], cells: impl ExactSizeIterator<Item = (usize, usize)>);

    /// Reads them; the value of a cell that is odd is anything, and that of an empty one is the default.
    fn read(lanes: &Lanes, values: &mut [Self; LANES]) -> Odd;
}

impl Lanes {
    pub(crate) const fn new() -> Self {
        Lanes {
            words: [0; LANES],
            days: [0; LANES],
            lengths: [0; LANES],
        }
    }

    /// How many bytes each cell has.
    pub(crate) fn lengths(&self) -> &[u64; LANES] {
        &self.lengths
    }

    /// Takes in cells to be read as numbers.
    #[inline(always)]
    fn load_numbers(&mut self, text: &[u8], cells: impl ExactSizeIterator<Item = (usize, usize)>) {
        self.lengths[cells.len().min(LANES)..].fill(0);
        let lanes = self.words.iter_mut().zip(&mut self.lengths);
        for ((word, length), (start, end)) in lanes.zip(cells) {
            *length = (end - start) as u64;
            *word = match text.get(end.wrapping_sub(8)..end) {
                Some(bytes) => u64::from_le_bytes(bytes.try_into().expect("it is eight bytes")),
                None => text[..end]
                    .iter()
                    .fold(0, |word, byte| (word >> 8) | (u64::from(*byte) << 56)),
            };
        }
    }
}

/// See [`swar::int64`](crate::value::swar::int64): up to 7 digits with a sign, or 8 without one.
impl InLanes for i64 {
    const LONGEST: u64 = 8;

    #[inline(always)]
    fn load(lanes: &mut Lanes, text: &[u8], cells: impl ExactSizeIterator<Item = (usize, usize)>) {
        lanes.load_numbers(text, cells);
    }

    #[inline(always)]
    fn read(lanes: &Lanes, values: &mut [i64; LANES]) -> Odd {
        let mut odd = [0; LANES];
        for lane in 0..LANES {
            let number = Number::new(lanes.words[lane], lanes.lengths[lane]);
            let value = number8(number.digits) as i64;
            let is_odd = number.is_odd(number.digits)
                | (number.negative & (value == 0))
                | (number.starts_with_zero() & number.has_more_than_one());
            values[lane] = if number.negative { -value } else { value };
            odd[lane] = u8::from(is_odd);
        }
        odd
    }
}

/// See [`swar::float64`](crate::value::swar::float64): up to 8 bytes.
impl InLanes for f64 {
    const LONGEST: u64 = 8;

    #[inline(always)]
    fn load(lanes: &mut Lanes, text: &[u8], cells: impl ExactSizeIterator<Item = (usize, usize)>) {
        lanes.load_numbers(text, cells);
    }

    #[inline(always)]
    fn read(lanes: &Lanes, values: &mut [f64; LANES]) -> Odd {
        let mut odd = [0; LANES];
        for lane in 0..LANES {
            let number = Number::new(lanes.words[lane], lanes.lengths[lane]);
            let bytes = number.digits;
            // All bits of a byte are clear where there is a point.
            let points = bytes ^ (POINT * ONES);
            let points = points.wrapping_sub(ONES) & !points & (0x80 * ONES);
            // One in the byte where the first one is.
            let point = (points & points.wrapping_neg()) >> 7;
            let below = bytes & point.wrapping_sub(1);
            let above = bytes & !(point << 8).wrapping_sub(1);
            let is_whole = point == 0;
            let digits = if is_whole { bytes } else { above | (below << 8) };
            // As a number that is a one with a zero for each digit behind the point.
            let parts = number8(if is_whole { 1 << 56 } else { point });
            let value = f64::from(number8(digits) as i32) / f64::from(parts as i32);
            let without_digits = (number.count == u64::from(!is_whole)) & (lanes.lengths[lane] != 0);
            let zero_in_front =
                number.starts_with_zero() & number.has_more_than_one() & ((number.rest >> 8) & 0xff != POINT);
            values[lane] = if number.negative { -value } else { value };
            odd[lane] = u8::from(number.is_odd(digits) | without_digits | zero_in_front);
        }
        odd
    }
}

/// See [`swar::date32`](crate::value::swar::date32).
impl InLanes for i32 {
    const LONGEST: u64 = 10;

    #[inline(always)]
    fn load(lanes: &mut Lanes, text: &[u8], cells: impl ExactSizeIterator<Item = (usize, usize)>) {
        lanes.lengths[cells.len().min(LANES)..].fill(0);
        let all = lanes.words.iter_mut().zip(&mut lanes.days).zip(&mut lanes.lengths);
        for (((word, day), length), (start, end)) in all.zip(cells) {
            *length = (end - start) as u64;
            // A cell of another length is odd, whatever is loaded of it.
            let Some((front, back)) = text.get(start..start + 10).map(|bytes| bytes.split_at(8)) else {
                (*word, *day) = (0, 0);
                continue;
            };
            *word = u64::from_le_bytes(front.try_into().expect("it is eight bytes"));
            *day = u32::from(u16::from_le_bytes([back[0], back[1]]));
        }
    }

    #[inline(always)]
    fn read(lanes: &Lanes, values: &mut [i32; LANES]) -> Odd {
        let mut odd = [0; LANES];
        let (mut years, mut months, mut days) = ([0; LANES], [0; LANES], [0; LANES]);
        for lane in 0..LANES {
            let front = lanes.words[lane] ^ u64::from_le_bytes(*b"0000-00-");
            let day = lanes.days[lane] ^ u32::from(u16::from_le_bytes(*b"00"));
            let dashes = front & 0xff00_00ff_0000_0000;
            let others = others_than_digits(front) | others_than_digits(u64::from(day)) | dashes;
            // Each even byte is now the number that it makes with the next one.
            let pairs = front.wrapping_mul(10).wrapping_add(front >> 8);
            years[lane] = (pairs & 0xff) as u32 * 100 + ((pairs >> 16) & 0xff) as u32;
            months[lane] = ((pairs >> 40) & 0xff) as u32;
            days[lane] = (day & 0xff) * 10 + (day >> 8);
            odd[lane] = u8::from((others != 0) | (lanes.lengths[lane] != 10)) & u8::from(lanes.lengths[lane] != 0);
        }
        for lane in 0..LANES {
            let (year, month, day) = (years[lane], months[lane], days[lane]);
            let (value, exists) = days_since_1970(year, month, day);
            values[lane] = if lanes.lengths[lane] == 0 { 0 } else { value };
            odd[lane] |= u8::from(!exists) & u8::from(lanes.lengths[lane] != 0);
        }
        odd
    }
}

/// A point as it is where zero is 0.
const POINT: u64 = (b'.' ^ b'0') as u64;

/// A cell that may be a number.
struct Number {
    negative: bool,
    /// The bytes behind the sign, each less the digit zero, in the highest places of a word; what is below is 0.
    digits: u64,
    /// The same in the lowest places.
    rest: u64,
    /// How many bytes that are, of a cell that is not too long.
    count: u64,
    too_long: bool,
}

impl Number {
    /// Of a cell that ends with these bytes and has so many.
    #[inline(always)]
    fn new(word: u64, length: u64) -> Self {
        let bytes = word ^ (0x30 * ONES);
        let below = 64 - 8 * length.min(8);
        let negative = shifted_down(bytes, below) & 0xff == u64::from(b'-' ^ b'0');
        let below = below + 8 * u64::from(negative);
        let rest = shifted_down(bytes, below);
        Number {
            negative,
            digits: shifted_up(rest, below),
            rest,
            count: (64 - below) / 8,
            too_long: length > 8,
        }
    }

    #[inline(always)]
    fn is_odd(&self, digits: u64) -> bool {
        self.too_long | (others_than_digits(digits) != 0)
    }

    #[inline(always)]
    fn starts_with_zero(&self) -> bool {
        self.rest & 0xff == 0
    }

    #[inline(always)]
    fn has_more_than_one(&self) -> bool {
        self.count > 1
    }
}

/// A shift by up to 64 bits.
#[inline(always)]
fn shifted_down(word: u64, bits: u64) -> u64 {
    if bits < 64 { word >> bits } else { 0 }
}

/// A shift by up to 64 bits.
#[inline(always)]
fn shifted_up(word: u64, bits: u64) -> u64 {
    if bits < 64 { word << bits } else { 0 }
}

/// The number that eight digits make, the first of them in the lowest byte.
///
/// As `swar` does it, but with factors that are shorter: those can be multiplied several at once.
#[inline(always)]
fn number8(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let pair = |byte: u32| (pairs >> (8 * byte)) & 0xff;
    (pair(0) * 1_000_000 + pair(2) * 10_000) + (pair(4) * 100 + pair(6))
}

/// Days since 1970-01-01, and whether there is such a day.
#[inline(always)]
fn days_since_1970(year: u32, month: u32, day: u32) -> (i32, bool) {
    let century = hundredths(year);
    let leap = (year & 3 == 0) & ((year != century * 100) | (century & 3 == 0));
    let length = if month == 2 {
        28 + u32::from(leap)
    } else {
        30 + ((month + (month >> 3)) & 1)
    };
    let exists = (month.wrapping_sub(1) < 12) & (day.wrapping_sub(1) < length);
    // A year that starts with March ends with the day that not all years have. Four hundred years more keep January and
    // February of year 0 positive.
    let is_early = month <= 2;
    let year = year + 400 - u32::from(is_early);
    let month = if is_early { month + 9 } else { month.wrapping_sub(3) };
    let century = hundredths(year);
    // Divided by 5, as far as that goes.
    let before = (month.wrapping_mul(153).wrapping_add(2)).wrapping_mul(52_429) >> 18;
    let days = year * 365 + (year >> 2) - century + (century >> 2);
    let days = days
        .wrapping_add(before)
        .wrapping_add(day)
        .wrapping_sub(719_468 + 146_097 + 1);
    (days as i32, exists)
}

/// How many hundreds are in a number up to 10,499.
#[inline(always)]
fn hundredths(year: u32) -> u32 {
    (year * 5243) >> 19
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{dates, floats, numbers, swar};
    use std::fmt::Debug;

    /// Reads texts, as many at once as there are lanes, and checks what is not odd against `parse`.
    fn check<T: InLanes + Debug>(
        texts: &[String],
        parse: impl Fn(&[u8]) -> Option<T>,
        bits: impl Fn(T) -> u64,
    ) -> usize {
        let (mut lanes, mut values, mut read) = (Lanes::new(), [T::default(); LANES], 0);
        for texts in texts.chunks(LANES) {
            let (mut text, mut places) = (String::new(), Vec::new());
            for cell in texts {
                places.push((text.len(), text.len() + cell.len()));
                text = text + cell + ",";
            }
            T::load(&mut lanes, text.as_bytes(), places.iter().copied());
            let odd = T::read(&lanes, &mut values);
            assert!(odd[texts.len()..].iter().all(|&odd| odd == 0), "a lane without a cell");
            for (lane, cell) in texts.iter().enumerate() {
                assert_eq!(lanes.lengths()[lane], cell.len() as u64);
                let expected = match cell.as_str() {
                    "" => Some(T::default()),
                    cell => parse(cell.as_bytes()),
                };
                if odd[lane] == 0 {
                    assert_eq!(
                        expected.map(&bits),
                        Some(bits(values[lane])),
                        "{cell:?}: {:?}",
                        values[lane]
                    );
                    read += 1;
                } else {
                    let is_long = cell.len() as u64 > T::LONGEST;
                    assert!(is_long || expected.is_none(), "{cell:?} is read in no lane");
                }
            }
        }
        read
    }

    /// All texts of up to `length` of these characters, and those of `swar`.
    fn texts(characters: &str, length: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..length {
            let longer = |text: &String| {
                characters
                    .chars()
                    .map(|next| format!("{text}{next}"))
                    .collect::<Vec<_>>()
            };
            last = last.iter().flat_map(longer).collect();
            all.extend_from_slice(&last);
        }
        all.extend(swar::tests::TEXTS.map(str::to_owned));
        all
    }

    #[test]
    fn numbers_are_read_as_one_by_one() {
        let texts = texts("-.019a", 5);
        assert!(check(&texts, numbers::parse_int64, |value| value as u64) > 200);
        let short = |text: &[u8]| floats::parse_float64(text).filter(|_| floats::is_number(text));
        let plain = |text: &[u8]| short(text).filter(|_| !text.contains(&b'e'));
        assert!(check(&texts, plain, f64::to_bits) > 500);
        let longer: Vec<String> = (0..200_000u64)
            .map(|n| {
                let number = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - 4 - n % 24);
                match n % 3 {
                    0 => number.to_string(),
                    1 => format!("-{number}"),
                    _ => format!("{}.{:0width$}", number % 10_000, n % 1000, width = 3 + (n % 2) as usize),
                }
            })
            .collect();
        assert!(check(&longer, numbers::parse_int64, |value| value as u64) > 100_000);
        assert!(check(&longer, floats::parse_float64, f64::to_bits) > 150_000);
    }

    #[test]
    fn dates_are_read_as_one_by_one() {
        let days = (0..=9999).flat_map(|year| (0..=13).flat_map(move |m| (0..=32).map(move |d| (year, m, d))));
        let texts: Vec<String> = days
            .filter(|(year, ..)| year % 7 == 0 || (1890..2110).contains(year))
            .map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
            .collect();
        let read = check(&texts, dates::parse_date32, |day| day as u64);
        assert!(read > 500_000, "{read}");
        let others = [
            "",
            "2024-02-29",
            "2024-2-29",
            "2024-99-99",
            "2024/02/29",
            "2024-02-29 ",
            "a024-02-29",
            "2024-02-2a",
        ];
        let others: Vec<String> = others.map(str::to_owned).into();
        assert_eq!(check(&others, dates::parse_date32, |day| day as u64), 2);
    }

    #[test]
    fn a_cell_at_the_start_of_a_text_is_read() {
        let (mut lanes, mut values) = (Lanes::new(), [0i64; LANES]);
        i64::load(&mut lanes, b"-12,7", [(0, 3), (4, 5)].into_iter());
        assert_eq!(i64::read(&lanes, &mut values), [0; LANES]);
        assert_eq!(values[..3], [-12, 7, 0]);
        let (mut days, mut read) = ([0i32; LANES], Lanes::new());
        i32::load(&mut read, b"1970-01-02,1970-01-0", [(0, 10), (11, 20)].into_iter());
        let odd = i32::read(&read, &mut days);
        assert_eq!((days[0], odd[0], odd[1]), (1, 0, 1));
    }
}
