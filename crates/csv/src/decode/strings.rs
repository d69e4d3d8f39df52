//! Builds the array of a column of text.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer};

use super::source::Source;
use super::validity::{Noted, append_validity};
use crate::text::cell::{self, Cell};
use crate::text::index::{Grid, Span};

/// Text of any length. The caller sees to it that a batch stays below 2 GiB.
pub(crate) struct Text {
    offsets: Vec<i32>,
    values: Vec<u8>,
    nulls: NullBufferBuilder,
    scratch: Vec<u8>,
    noted: Vec<u32>,
    spans: Vec<Span>,
}

impl Text {
    pub(crate) fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Text {
            offsets,
            values: Vec::new(),
            nulls: NullBufferBuilder::new(0),
            scratch: Vec::new(),
            noted: Vec::new(),
            spans: Vec::new(),
        }
    }

    pub(crate) fn append(&mut self, source: Source<'_>, cells: impl Iterator<Item = Cell>) {
        self.offsets.reserve(cells.size_hint().0);
        for cell in cells {
            let text = cell::text(source.chunk, cell, &mut self.scratch);
            if text.is_empty() {
                self.nulls.append_null();
            } else if source.lossy {
                push_lossy(text, &mut self.values);
                self.nulls.append_non_null();
            } else {
                self.values.extend_from_slice(text);
                self.nulls.append_non_null();
            }
            self.offsets
                .push(i32::try_from(self.values.len()).expect("a batch is flushed before 2 GiB of text"));
        }
    }

    /// Appends a column of a grid.
    #[inline(always)]
    pub(crate) fn append_regular(&mut self, grid: Grid<'_>, column: usize) {
        self.spans.clear();
        self.spans.extend(grid.spans(column, 0..grid.rows()));
        let length: usize = self.spans.iter().map(|span| span.len()).sum();
        let longest = self.spans.iter().map(|span| span.len()).max().unwrap_or_default();
        let before = self.values.len();
        if before == 0 {
            // Room for all rows of the batch, if the others are as long as these.
            let rows = self.offsets.capacity();
            self.values
                .reserve(length + length / 8 + length * rows / grid.rows().max(1));
        }
        self.values.resize(before + length + LONGEST_COPY, 0);
        let may_be_doubled = self.spans.iter().any(|span| span.may_be_doubled());
        let end = match (longest, grid.quote) {
            (_, Some(quote)) if may_be_doubled => self.fill(before, |span, values, at| match span.may_be_doubled() {
                true => copy_undoubled(grid.text, span, quote, values, at),
                false => copy(grid.text, span, values, at),
            }),
            (0..=16, _) => self.fill(before, |span, values, at| copy_up_to::<16>(grid.text, span, values, at)),
            (0..=32, _) => self.fill(before, |span, values, at| copy_up_to::<32>(grid.text, span, values, at)),
            (0..=LONGEST_COPY, _) => self.fill(before, |span, values, at| {
                copy_up_to::<LONGEST_COPY>(grid.text, span, values, at)
            }),
            _ => self.fill(before, |span, values, at| copy(grid.text, span, values, at)),
        };
        self.values.truncate(end);
    }

    /// Fills the values from `at` on with the text of the spans, each as long as `copy` says; returns where it ends.
    #[inline(always)]
    fn fill(&mut self, mut at: usize, copy: impl Fn(Span, &mut [u8], usize) -> usize) -> usize {
        let values = self.values.as_mut_slice();
        let mut nulls = Noted::new(&mut self.noted, self.spans.len());
        self.offsets.extend(self.spans.iter().enumerate().map(|(row, &span)| {
            let length = copy(span, values, at);
            nulls.note(row, length == 0);
            at += length;
            at as i32 // a batch is flushed before 2 GiB of text
        }));
        append_validity(&mut self.nulls, self.spans.len(), nulls.rows());
        at
    }

    pub(crate) fn finish(mut self) -> Option<ArrayRef> {
        self.offsets.shrink_to_fit();
        self.values.shrink_to_fit();
        let (offsets, values) = (OffsetBuffer::new(self.offsets.into()), Buffer::from_vec(self.values));
        // Here Arrow checks that the text is UTF-8; nothing checks it before.
        let array = StringArray::try_new(offsets, values, self.nulls.finish()).ok()?;
        Some(Arc::new(array))
    }
}

/// The most bytes that are copied whether they are wanted or not.
const LONGEST_COPY: usize = 64;

/// Copies a span of `text` to `values` at `at`, and perhaps what is behind it; there is room for [`LONGEST_COPY`] bytes
/// more than it has. Returns its length.
#[inline(always)]
fn copy(text: &[u8], span: Span, values: &mut [u8], at: usize) -> usize {
    match span.len() {
        0..=16 => copy_up_to::<16>(text, span, values, at),
        17..=LONGEST_COPY => copy_up_to::<LONGEST_COPY>(text, span, values, at),
        length => copy_exactly(text, span, values, at, length),
    }
}

/// Copies a span of at most `N` bytes: always `N`, as if all spans were of one length, if the text has as many.
#[inline(always)]
fn copy_up_to<const N: usize>(text: &[u8], span: Span, values: &mut [u8], at: usize) -> usize {
    let start = span.start();
    match (text.get(start..start + N), values.get_mut(at..at + N)) {
        (Some(from), Some(to)) => to.copy_from_slice(from),
        _ => return copy_exactly(text, span, values, at, span.len()),
    }
    span.len()
}

fn copy_exactly(text: &[u8], span: Span, values: &mut [u8], at: usize, length: usize) -> usize {
    values[at..at + length].copy_from_slice(&text[span.start()..span.end()]);
    length
}

/// Copies a span, of two quotes that follow each other only one.
#[inline(always)]
fn copy_undoubled(text: &[u8], span: Span, quote: u8, values: &mut [u8], at: usize) -> usize {
    let (text, values) = (&text[span.start()..span.end()], &mut values[at..at + span.len()]);
    let (mut length, mut is_second) = (0, false);
    for &byte in text {
        values[length] = byte;
        is_second = byte == quote && !is_second;
        // The next byte is written over the second of two quotes.
        length += usize::from(!is_second);
    }
    length
}

/// Appends `text` to `out`, with U+FFFD in the place of what is not UTF-8.
fn push_lossy(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lossy() {
        let mut out = Vec::new();
        push_lossy(b"a\xFFb\xC3", &mut out);
        assert_eq!(out, "a\u{FFFD}b\u{FFFD}".as_bytes());
    }
}
