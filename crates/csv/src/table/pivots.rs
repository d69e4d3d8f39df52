//! Labels over the columns of a pivoted table: years, numbers in a row, days, which name columns although they look like
//! values.

use crate::table::draft::Detector;
use crate::table::labels::is_value;
use crate::value::numbers;
use crate::value::words;

/// Finds headers of pivoted tables.
pub(super) struct Pivots;

impl Detector for Pivots {
    fn names_columns(&self, cells: &[Vec<u8>]) -> bool {
        are_labels(cells)
    }
}

/// From how many numbers on that follow one another they are labels behind a word, and behind an empty cell.
const NUMBERED: (usize, usize) = (5, 2);

/// Whether cells are words or an empty corner, and behind them what stands over columns of a pivoted table: years that
/// follow one another, numbers from 0 or 1 on, or different days or months. Some of them may be empty.
fn are_labels(cells: &[Vec<u8>]) -> bool {
    let is_word = |cell: &Vec<u8>| !words::trim(cell).is_empty() && !is_value(cell);
    let words = cells.iter().take_while(|cell| is_word(cell)).count();
    let corner = words == 0 && cells.first().is_some_and(|cell| words::trim(cell).is_empty());
    if words == 0 && !corner {
        return false;
    }
    let labels = cells[words..].iter().map(|cell| words::trim(cell));
    let labels: Vec<&[u8]> = labels.filter(|label| !label.is_empty()).collect();
    let all = |number: fn(&[u8]) -> Option<i64>| labels.iter().map(|label| number(label)).collect::<Option<Vec<_>>>();
    let follow = |numbers: &[i64]| numbers.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == 1);
    let least = if corner { NUMBERED.1 } else { NUMBERED.0 };
    let numbered = all(numbers::parse_int64).is_some_and(|numbers| {
        let ascend = numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        numbers.len() >= least && matches!(numbers.first(), Some(0 | 1)) && ascend
    });
    let years = all(year).is_some_and(|years| years.len() > 1 && follow(&years));
    let days = labels.len() > 1 && labels.iter().all(|label| is_day(label)) && are_different(&labels);
    numbered || years || days
}

fn are_different(labels: &[&[u8]]) -> bool {
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn year(label: &[u8]) -> Option<i64> {
    let year = numbers::parse_int64(label).filter(|_| label.len() == 4)?;
    (1800..2200).contains(&year).then_some(year)
}

/// Whether a label is a day or a month: a year of four digits, and one or two numbers up to 31 before or behind it.
fn is_day(label: &[u8]) -> bool {
    let parts: Vec<&[u8]> = label.split(|byte| b"-/.".contains(byte)).collect();
    let is_part = |part: &&[u8]| {
        let number = part.iter().all(u8::is_ascii_digit) && (1..=2).contains(&part.len());
        number && (1..=31).contains(&part.iter().fold(0, |number, digit| 10 * number + digit - b'0'))
    };
    match parts[..] {
        [one, .., other] if parts.len() <= 3 => {
            let rest = if year(one).is_some() {
                &parts[1..]
            } else {
                &parts[..parts.len() - 1]
            };
            (year(one).is_some() != year(other).is_some()) && rest.iter().all(is_part)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Vec<Vec<u8>> {
        line.split(',').map(|cell| cell.as_bytes().to_vec()).collect()
    }

    #[test]
    fn labels() {
        let cases = [
            ("country,2019,2020", true),
            ("country,code,2021,2020,", true),
            ("Region,2023,,2024,", true),
            (",2020,2021", true),
            ("x,2019,2019", false),
            ("x,2019", false),
            ("2019,2020", false),
            (",0,1,2", true),
            (",1,2", true),
            (",2,3", false),
            (",0", false),
            ("Item,1,2,3,4,5", true),
            ("Item,1,2,3", false),
            ("Item,1,2,4,5,6", false),
            ("Product,01.01.2024,01.02.2024", true),
            ("Product,2024-01,2024-02", true),
            ("Product,2024-01-31,2024-01-31", false),
            ("Product,1.5,2.5", false),
            ("Product,2024-01", false),
            ("a,b", false),
            ("", false),
        ];
        for (line, expected) in cases {
            assert_eq!(are_labels(&cells(line)), expected, "{line:?}");
        }
    }
}
