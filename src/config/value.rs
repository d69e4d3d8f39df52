//! Values that people write on a command line: sizes, times, delimiters.

use std::str::FromStr;
use std::time::Duration;

/// A number of bytes: `65536`, `64KiB`, `100MiB`, `1GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSize(usize);

impl ByteSize {
    /// The number of bytes.
    pub fn bytes(self) -> usize {
        self.0
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [
            ("kib", 1 << 10),
            ("mib", 1 << 20),
            ("gib", 1 << 30),
            ("kb", 1_000),
            ("mb", 1_000_000),
            ("gb", 1_000_000_000),
            ("b", 1),
            ("", 1),
        ];
        let lower = text.trim().to_ascii_lowercase();
        units
            .iter()
            .find_map(|(unit, factor)| {
                let number = lower.strip_suffix(unit)?.trim_end();
                number.parse::<usize>().ok()?.checked_mul(*factor)
            })
            .filter(|bytes| *bytes > 0)
            .map(Self)
            .ok_or_else(|| "expected a size such as 64KiB, 100MiB or a number of bytes".into())
    }
}

/// A length of time: `30s`, `500ms`, `2m`, or a bare number of milliseconds as in the original; 0 means none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(Duration);

impl Timeout {
    /// The time, or nothing for 0.
    pub fn duration(self) -> Option<Duration> {
        (!self.0.is_zero()).then_some(self.0)
    }
}

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("", 1)];
        units
            .iter()
            .find_map(|(unit, factor)| {
                let number = text.trim().strip_suffix(unit)?.trim_end();
                number.parse::<u64>().ok()?.checked_mul(*factor)
            })
            .map(|milliseconds| Self(Duration::from_millis(milliseconds)))
            .ok_or_else(|| "expected a time such as 30s, 500ms, 2m or a number of milliseconds".into())
    }
}

/// At least one row, and no more than a batch can hold.
pub(super) fn parse_batch_size(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(rows @ 1..=1_048_576) => Ok(rows),
        _ => Err("expected a number of rows from 1 to 1048576".into()),
    }
}

/// A number of at least one.
pub(super) fn parse_count(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| "expected a number of at least 1".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let sizes = ["65536", "64KiB", "100 MiB", "1gb", "7b"].map(|text| text.parse::<ByteSize>().unwrap().bytes());
        assert_eq!(sizes, [65_536, 65_536, 104_857_600, 1_000_000_000, 7]);
        for bad in [
            "",
            "0",
            "-1",
            "1.5MiB",
            "MiB",
            "99999999999999999999",
            "18446744073709551615KiB",
        ] {
            assert!(bad.parse::<ByteSize>().is_err(), "{bad}");
        }
    }

    #[test]
    fn times() {
        let times = ["30s", "500ms", "2m", "30000", "1h"].map(|text| text.parse::<Timeout>().unwrap().duration());
        assert_eq!(
            times,
            [30_000, 500, 120_000, 30_000, 3_600_000].map(|ms| Some(Duration::from_millis(ms)))
        );
        assert_eq!("0".parse::<Timeout>().unwrap().duration(), None);
        assert!("soon".parse::<Timeout>().is_err());
    }
}
