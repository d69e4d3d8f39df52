//! Bytes of a file that are not UTF-8 although it is: how many, and where the first are.

use crate::boundaries::count_lines;
use crate::chunk::Chunk;
use crate::encoding::{Encoding, Utf8Evidence};
use crate::schema::CsvProfile;

/// The end of the warning about such bytes.
const REPLACED: &str = ": read as U+FFFD";

/// What was seen of them in chunks of a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct InvalidBytes {
    /// The line and the offset of the first.
    first: Option<(u64, u64)>,
    /// How many sequences of them there are.
    count: u64,
    /// There was a valid character of more than one byte.
    multibyte: bool,
}

impl InvalidBytes {
    pub(crate) fn observe(&mut self, chunk: &Chunk<'_>) {
        let evidence = Utf8Evidence::of(chunk.text, true);
        let place = |at: usize| {
            let line = chunk.first_line.saturating_add(count_lines(&chunk.text[..at]));
            (line, chunk.offset + at as u64)
        };
        self.merge(InvalidBytes {
            first: evidence.invalid.map(place),
            count: evidence.invalid_count,
            multibyte: evidence.multibyte,
        });
    }

    /// Takes in what was seen elsewhere in the file.
    pub(crate) fn merge(&mut self, other: Self) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.count += other.count;
        self.multibyte |= other.multibyte;
    }

    /// Says so in the profile, or makes it Windows-1252 if nothing speaks for UTF-8.
    pub(crate) fn report(&self, profile: &mut CsvProfile) {
        // What a sample said is said again of all of the file, in its place.
        let said = profile.warnings.iter().position(|warning| warning.ends_with(REPLACED));
        if let Some(at) = said {
            profile.warnings.remove(at);
        }
        let Some((line, offset)) = self.first else { return };
        if profile.encoding == Encoding::Utf8 && !self.multibyte && !profile.encoding_asked {
            profile.encoding = Encoding::Windows1252;
            profile.warn(format!(
                "line {line} is not UTF-8 and no other line needs it: read as Windows-1252"
            ));
            return;
        }
        let place = format!("line {line} at byte {offset}");
        let what = match self.count {
            1 => format!("1 sequence of bytes is not UTF-8, on {place}"),
            count => format!("{count} sequences of bytes are not UTF-8, the first on {place}"),
        };
        let at = said.unwrap_or(profile.warnings.len());
        profile.warnings.insert(at, what + REPLACED);
    }
}
