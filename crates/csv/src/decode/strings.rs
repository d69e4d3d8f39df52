//! Builds the array of a column of text.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer};

use super::column::Source;
use super::text;
use super::validity::append_validity;
use crate::index::Grid;
use crate::tokenize::{self, Cell};

/// Text of any length. The caller sees to it that a batch stays below 2 GiB.
pub(crate) struct Text {
    offsets: Vec<i32>,
    values: Vec<u8>,
    nulls: NullBufferBuilder,
    scratch: Vec<u8>,
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
        }
    }

    pub(crate) fn append(&mut self, source: Source<'_>, cells: impl Iterator<Item = Cell>) {
        self.offsets.reserve(cells.size_hint().0);
        for cell in cells {
            let text = tokenize::text(source.chunk, cell, &mut self.scratch);
            if text.is_empty() {
                self.nulls.append_null();
            } else if source.lossy {
                text::push_lossy(text, &mut self.values);
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
    pub(crate) fn append_regular(&mut self, grid: Grid<'_>, column: usize) {
        let spans = grid.spans(column);
        let (mut at, mut nulls) = (self.values.len(), Vec::new());
        // A few bytes more than the text has, so that short cells can be copied as if all were of one length.
        let length: usize = spans.clone().map(|span| span.end - span.start).sum();
        if at == 0 {
            // As much as there will be if the other rows are like these.
            let rows = self.offsets.capacity();
            self.values
                .reserve(length + length / 8 + length * rows / grid.rows().max(1));
        }
        self.values.resize(at + length + LONGEST_COPY, 0);
        let (values, scratch) = (&mut self.values, &mut self.scratch);
        self.offsets.extend(spans.enumerate().map(|(row, span)| {
            let before = at;
            if span.doubled {
                let text = tokenize::text(grid.text, grid.cell(row, column), scratch);
                values[at..at + text.len()].copy_from_slice(text);
                at += text.len();
            } else {
                copy(grid.text, span.start, span.end, values, at);
                at += span.end - span.start;
            }
            if at == before {
                nulls.push(row);
            }
            at as i32 // a batch is flushed before 2 GiB of text
        }));
        self.values.truncate(at);
        append_validity(&mut self.nulls, grid.rows(), &nulls);
    }

    pub(crate) fn finish(mut self) -> Option<ArrayRef> {
        self.offsets.shrink_to_fit();
        self.values.shrink_to_fit();
        let (offsets, values) = (OffsetBuffer::new(self.offsets.into()), Buffer::from_vec(self.values));
        // The one check of the text, character by character.
        let array = StringArray::try_new(offsets, values, self.nulls.finish()).ok()?;
        Some(Arc::new(array))
    }
}

/// The most bytes that are copied whether they are wanted or not.
const LONGEST_COPY: usize = 32;

/// Copies a span of `text` to `values` at `at`, and perhaps what is behind it; there is room for that.
#[inline(always)]
fn copy(text: &[u8], start: usize, end: usize, values: &mut [u8], at: usize) {
    match end - start {
        0..=16 if copy_all::<16>(text, start, values, at) => {}
        0..=LONGEST_COPY if copy_all::<LONGEST_COPY>(text, start, values, at) => {}
        length => values[at..at + length].copy_from_slice(&text[start..end]),
    }
}

/// Copies `N` bytes, if there are as many.
#[inline(always)]
fn copy_all<const N: usize>(text: &[u8], start: usize, values: &mut [u8], at: usize) -> bool {
    let (Some(from), Some(to)) = (text.get(start..start + N), values.get_mut(at..at + N)) else {
        return false;
    };
    to.copy_from_slice(from);
    true
}
