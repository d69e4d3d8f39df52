//! Bytes of a file that are not UTF-8 although it is, and control characters that no text has: how many, and where the
//! first are.

use crate::finding::Finding;
use crate::profile::CsvProfile;
use crate::text::chunk::Chunk;
use crate::text::encoding::detected::Detected;
use crate::text::encoding::foreign::ForeignLines;
use crate::text::encoding::legacy::detect_pairs;
use crate::text::encoding::name::Encoding;
use crate::text::encoding::pairs::Pairs;
use crate::text::encoding::utf8::{Utf8Evidence, count_multibyte};
use crate::text::lines::count_lines;

/// How much of a file a sample shows at least, if that is not all of it.
const SAMPLED: u64 = 64 << 10;

/// What was seen of them in chunks of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct InvalidBytes {
    /// The line and the offset of the first.
    first: Option<(u64, u64)>,
    /// How many sequences of them there are.
    count: u64,
    /// How many valid characters of more than one byte stand apart from anything invalid, in chunks that have both.
    apart: u64,
    /// There are chunks with such characters and nothing invalid.
    sound: bool,
    /// There was a valid character of more than one byte.
    multibyte: bool,
    /// The bytes where something is not UTF-8, as far as they tell in which encoding it is.
    pairs: Pairs,
    /// The first lines that are not UTF-8, for encodings of several bytes a character.
    lines: ForeignLines,
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
            lines: evidence
                .invalid
                .map(|_| ForeignLines::of(chunk.text, chunk.offset))
                .unwrap_or_default(),
            first_control: controls.clone().next().map(line),
            controls: controls.count() as u64,
            first: evidence.invalid.map(place),
            count: evidence.invalid_count,
            apart: evidence.invalid.map_or(0, |_| count_multibyte(chunk.text).1),
            sound: evidence.multibyte && evidence.invalid.is_none(),
            multibyte: evidence.multibyte,
        });
    }

    /// Takes in what was seen elsewhere in the file.
    pub(crate) fn merge(&mut self, other: Self) {
        self.first = [self.first, other.first].into_iter().flatten().min();
        self.count += other.count;
        self.apart += other.apart;
        self.sound |= other.sound;
        self.multibyte |= other.multibyte;
        self.pairs.merge(other.pairs);
        self.lines.merge(other.lines);
        self.first_control = [self.first_control, other.first_control].into_iter().flatten().min();
        self.controls += other.controls;
    }

    /// Says so in the profile, or makes it what the bytes are most likely in if nothing speaks for UTF-8. False if the text must
    /// be looked at again then: where a character has several bytes, some of them look like delimiters and escapes.
    pub(crate) fn report(&self, profile: &mut CsvProfile) -> bool {
        // What was found in the sample is replaced by what was found in the whole file.
        let are_replaced = |old: &Finding| matches!(old, Finding::Replaced { .. } | Finding::Malformed { .. });
        let are_controls = |old: &Finding| matches!(old, Finding::Controls { .. });
        let may_change = profile.encoding == Encoding::Utf8 && !profile.encoding_asked;
        if let Some((line, _)) = self.first.filter(|_| may_change)
            && let Some(detected) = self.other_encoding()
        {
            profile.tell_instead(are_replaced, None);
            profile.tell_instead(are_controls, None);
            let encoding = detected.encoding;
            change_encoding(profile, line, &detected);
            return !encoding.is_multibyte();
        }
        let count = self.count;
        let replaced = self
            .first
            .map(|(line, offset)| Finding::Replaced { count, line, offset });
        profile.tell_instead(are_replaced, replaced);
        let counted = self.first_control.map(|line| (self.controls, line));
        let controls = counted.map(|counted| Finding::Controls { counted: Some(counted) });
        profile.tell_instead(are_controls, controls);
        true
    }

    /// The encoding that the bytes are in if that is not UTF-8: if there is no character of more than one byte, or, behind all
    /// that a sample has shown, more is invalid than not and makes sense in an encoding of several bytes a character. Pieces
    /// of its characters look like UTF-8 here and there.
    fn other_encoding(&self) -> Option<Detected> {
        let is_behind = self.first.is_some_and(|(_, offset)| offset >= SAMPLED);
        let is_behind = is_behind && !self.sound && self.count > self.apart;
        if self.multibyte && !is_behind {
            return None;
        }
        let detected = detect_pairs(&self.pairs, &self.lines.text());
        (!self.multibyte || detected.encoding.is_multibyte()).then_some(detected)
    }
}

/// Puts another encoding in a profile, which a line needs.
fn change_encoding(profile: &mut CsvProfile, line: u64, detected: &Detected) {
    let encoding = detected.encoding;
    profile.encoding = encoding;
    profile.tell(Finding::OtherEncoding { line, encoding });
    let rival = Finding::rival(detected);
    rival.into_iter().for_each(|finding| profile.tell(finding));
    if detected.has_controls {
        profile.tell(Finding::Controls { counted: None });
    }
}

/// Where characters from U+0080 to U+009F are in `text`.
fn controls(text: &[u8]) -> impl Iterator<Item = usize> + Clone {
    memchr::memchr_iter(0xC2, text).filter(|at| matches!(text.get(at + 1), Some(0x80..=0x9F)))
}
