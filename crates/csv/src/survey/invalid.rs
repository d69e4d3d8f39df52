//! Bytes of a file that are not UTF-8 although it is, and control characters that no text has: how many, and where the
//! first are.

use crate::finding::Finding;
use crate::profile::CsvProfile;
use crate::text::chunk::Chunk;
use crate::text::encoding::legacy::detect_pairs;
use crate::text::encoding::name::Encoding;
use crate::text::encoding::pairs::Pairs;
use crate::text::encoding::utf8::Utf8Evidence;
use crate::text::lines::count_lines;

/// What was seen of them in chunks of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct InvalidBytes {
    /// The line and the offset of the first.
    first: Option<(u64, u64)>,
    /// How many sequences of them there are.
    count: u64,
    /// There was a valid character of more than one byte.
    multibyte: bool,
    /// The bytes where something is not UTF-8, as far as they tell in which encoding it is.
    pairs: Pairs,
    /// The line of the first control character from U+0080 to U+009F.
    first_control: Option<u64>,
    /// How many of them there are.
    controls: u64,
}

impl InvalidBytes {
    pub(crate) fn observe(&mut self, chunk: &Chunk<'_>) {
        let evidence = Utf8Evidence::of(chunk.text, true);
        if evidence == Utf8Evidence::default() {
            return;
        }
        let controls = controls(chunk.text);
        let line = |at: usize| chunk.first_line.saturating_add(count_lines(&chunk.text[..at]));
        let place = |at: usize| (line(at), chunk.offset + at as u64);
        self.merge(InvalidBytes {
            pairs: evidence.invalid.map(|_| Pairs::of(&[chunk.text])).unwrap_or_default(),
            first_control: controls.clone().next().map(line),
            controls: controls.count() as u64,
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
        self.pairs.merge(other.pairs);
        self.first_control = [self.first_control, other.first_control].into_iter().flatten().min();
        self.controls += other.controls;
    }

    /// Says so in the profile, or makes it what the bytes are most likely in if nothing speaks for UTF-8.
    pub(crate) fn report(&self, profile: &mut CsvProfile) {
        // What was found in the sample is replaced by what was found in the whole file.
        let are_replaced = |old: &Finding| matches!(old, Finding::Replaced { .. } | Finding::Malformed { .. });
        let are_controls = |old: &Finding| matches!(old, Finding::Controls { .. });
        let is_of_another = profile.encoding == Encoding::Utf8 && !self.multibyte && !profile.encoding_asked;
        if let Some((line, _)) = self.first.filter(|_| is_of_another) {
            profile.tell_instead(are_replaced, None);
            profile.tell_instead(are_controls, None);
            return self.change_encoding(profile, line);
        }
        let count = self.count;
        let replaced = self
            .first
            .map(|(line, offset)| Finding::Replaced { count, line, offset });
        profile.tell_instead(are_replaced, replaced);
        let counted = self.first_control.map(|line| (self.controls, line));
        let controls = counted.map(|counted| Finding::Controls { counted: Some(counted) });
        profile.tell_instead(are_controls, controls);
    }

    fn change_encoding(&self, profile: &mut CsvProfile, line: u64) {
        let detected = detect_pairs(&self.pairs);
        let encoding = detected.encoding;
        profile.encoding = encoding;
        profile.tell(Finding::OtherEncoding { line, encoding });
        Finding::rival(&detected)
            .into_iter()
            .for_each(|finding| profile.tell(finding));
        if detected.has_controls {
            profile.tell(Finding::Controls { counted: None });
        }
    }
}

/// Where characters from U+0080 to U+009F are in `text`.
fn controls(text: &[u8]) -> impl Iterator<Item = usize> + Clone {
    memchr::memchr_iter(0xC2, text).filter(|at| matches!(text.get(at + 1), Some(0x80..=0x9F)))
}
