//! A sample of a file, and the text that is in it.

use crate::table::shape::is_most;
use crate::text::boundaries::RecordCutter;
use crate::text::dialect::Dialect;
use crate::text::encoding::name::Encoding;
use crate::text::encoding::transcoder::Transcoder;

/// Parts of a file, as they are stored (not transcoded).
#[derive(Debug, Clone, Default)]
pub struct Sample<'a> {
    /// The start of the file. More is better; 64 KiB to 1 MiB are usual.
    pub head: &'a [u8],
    /// Blocks from the middle and the end, at any offsets.
    ///
    /// Their first and last lines may be partial and are not used, and one that starts inside quotes may be read wrongly;
    /// so they only make types wider and point to an encoding, and never decide on delimiter or number of columns.
    pub blocks: Vec<&'a [u8]>,
    /// Whether `head` is the whole file.
    pub complete: bool,
}

/// The start of a file as text.
pub(super) fn transcode(encoding: Encoding, bytes: &[u8], last: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    Transcoder::new(encoding).push(bytes, last, &mut out);
    out
}

/// The text without its last record, if that is cut off; all of it, if there is nothing else. A quote that is open over
/// most of the text is none.
pub(super) fn whole_records<'a>(text: &'a [u8], dialect: &Dialect, complete: bool) -> &'a [u8] {
    let mut cutter = RecordCutter::new(dialect);
    let mut end = cutter.scan(text, complete);
    while is_most(text, end) && cutter.give_up(text) {
        end = cutter.scan(text, complete);
    }
    match end {
        0 => text,
        end => &text[..end],
    }
}

/// The text of a block without its first and its last line, which may be partial.
fn whole_lines(text: &[u8]) -> &[u8] {
    let (first, last) = (
        memchr::memchr2(b'\n', b'\r', text),
        memchr::memrchr2(b'\n', b'\r', text),
    );
    match (first, last) {
        (Some(first), Some(last)) => &text[first..=last],
        _ => &[],
    }
}

/// The whole lines of the blocks, as text; none if a block does not tell where its characters begin.
pub(super) fn whole_blocks(encoding: Encoding, blocks: &[&[u8]]) -> Vec<Vec<u8>> {
    let blocks = blocks.iter().filter(|_| encoding.is_byte_oriented());
    let text = |block: &&[u8]| {
        let mut text = Vec::with_capacity(block.len());
        Transcoder::inside(encoding).push(block, true, &mut text);
        whole_lines(&text).to_vec()
    };
    blocks.map(text).collect()
}
