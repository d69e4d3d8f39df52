//! The values of a column that all have one width, as far as they are built.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{ArrayRef, PrimitiveArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, NullBufferBuilder};

use super::lanes::{InLanes, LANES, Lanes};
use super::source::Source;
use super::validity::{Noted, append_validity};
use crate::text::cell::{self, Cell};
use crate::text::index::{Grid, Span};
use crate::value::kind::ColumnType;
use crate::value::notation::Notation;
use crate::value::words;

/// Some cells of a column, and how to read them.
pub(crate) struct Cells<'a, I> {
    pub(crate) source: Source<'a>,
    pub(crate) cells: I,
    pub(crate) notation: Notation,
}

/// A column of a grid, and how to read it.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    pub(crate) grid: Grid<'a>,
    pub(crate) index: usize,
    pub(crate) notation: Notation,
}

/// Values of a fixed width.
pub(crate) struct Typed<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
    scratch: Vec<u8>,
    noted: Vec<u32>,
}

impl<T: Copy + Default> Typed<T> {
    pub(crate) fn new(rows: usize) -> Self {
        Typed {
            values: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(0),
            scratch: Vec::new(),
            noted: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn append(
        &mut self,
        column: Cells<'_, impl Iterator<Item = Cell>>,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<(), usize> {
        self.values.reserve(column.cells.size_hint().0);
        for (row, cell) in column.cells.enumerate() {
            let text = cell::text(column.source.chunk, cell, &mut self.scratch);
            match value(text, column.notation, &parse).map_err(|NoValue| row)? {
                Some(value) => {
                    self.values.push(value);
                    self.nulls.append_non_null();
                }
                None => {
                    self.values.push(T::default());
                    self.nulls.append_null();
                }
            }
        }
        Ok(())
    }

    /// Appends a column of a grid by `quick`, and by `parse` what that does not take.
    #[inline(always)]
    pub(crate) fn append_quickly(
        &mut self,
        column: Column<'_>,
        quick: impl Fn(&[u8], usize, usize) -> Option<T>,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<(), usize> {
        let mut odd = Vec::new();
        self.extend_quickly(column, 0..column.grid.rows(), quick, &mut odd);
        self.nulls.append_n_non_nulls(column.grid.rows());
        self.put_odd(column, &odd, parse)
    }

    /// Adds the values of some rows by `quick`; those that it does not take are `odd`.
    #[inline(always)]
    fn extend_quickly(
        &mut self,
        column: Column<'_>,
        rows: Range<usize>,
        quick: impl Fn(&[u8], usize, usize) -> Option<T>,
        odd: &mut Vec<usize>,
    ) {
        let Column { grid, index, .. } = column;
        let spans = grid.spans(index, rows.clone());
        self.values.extend(rows.zip(spans).map(|(row, span)| {
            quick(grid.text, span.start(), span.end()).unwrap_or_else(|| {
                odd.push(row);
                T::default()
            })
        }));
    }

    /// Puts the last values in their place that are `odd`, of a column that was appended but for them.
    fn put_odd(&mut self, column: Column<'_>, odd: &[usize], parse: impl Fn(&[u8]) -> Option<T>) -> Result<(), usize> {
        let Column { grid, index, notation } = column;
        let before = self.values.len() - grid.rows();
        for &row in odd {
            let text = cell::text(grid.text, grid.cell(row, index), &mut self.scratch);
            match value(text, notation, &parse).map_err(|NoValue| row)? {
                Some(value) => self.values[before + row] = value,
                None => self.nulls.set_bit(before + row, false),
            }
        }
        Ok(())
    }

    /// The array of type `kind`, of which `P` is the physical side.
    pub(crate) fn array<P: ArrowPrimitiveType<Native = T>>(self, kind: ColumnType) -> ArrayRef
    where
        T: ArrowNativeType,
    {
        let (values, nulls) = self.finish();
        Arc::new(PrimitiveArray::<P>::new(values.into(), nulls).with_data_type(kind.data_type()))
    }

    pub(crate) fn finish(mut self) -> (Vec<T>, Option<NullBuffer>) {
        self.values.shrink_to_fit();
        (self.values, self.nulls.finish())
    }
}

impl<T: InLanes> Typed<T> {
    /// Appends a column of a grid, many short cells at once, others by `quick`, and by `parse` what that does not take.
    #[inline(always)]
    pub(crate) fn append_in_lanes(
        &mut self,
        column: Column<'_>,
        quick: impl Fn(&[u8], usize, usize) -> Option<T>,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<(), usize> {
        let Column { grid, index, .. } = column;
        let (mut odd, mut lanes, mut values) = (Vec::new(), Lanes::new(), [T::default(); LANES]);
        let mut room = std::mem::take(&mut self.noted);
        let mut nulls = Noted::new(&mut room, grid.rows());
        let before = self.values.len();
        for first in (0..grid.rows()).step_by(LANES) {
            let rows = first..grid.rows().min(first + LANES);
            let place = |span: Span| (span.start(), span.end());
            match grid.is_quoted(first, index) {
                true => T::load(&mut lanes, grid.text, grid.spans(index, rows.clone()).map(place)),
                false => T::load(&mut lanes, grid.text, grid.raw_spans(index, rows.clone()).map(place)),
            }
            let lengths = lanes.lengths();
            if lengths.iter().filter(|&&length| length > T::LONGEST).count() > rows.len() / 2 {
                self.extend_quickly(column, rows, &quick, &mut odd);
                continue;
            }
            let is_odd = T::read(&lanes, &mut values);
            self.values.extend_from_slice(&values[..rows.len()]);
            if lengths.iter().fold(false, |any, &length| any | (length == 0)) {
                for (row, &length) in rows.clone().zip(lengths) {
                    nulls.note(row, length == 0);
                }
            }
            if is_odd != [0; LANES] {
                for row in rows.clone().filter(|row| is_odd[row - first] != 0) {
                    let span = grid.span_of(row, index);
                    match quick(grid.text, span.start(), span.end()) {
                        Some(value) => self.values[before + row] = value,
                        None => odd.push(row),
                    }
                }
            }
        }
        append_validity(&mut self.nulls, grid.rows(), nulls.rows());
        self.noted = room;
        self.put_odd(column, &odd, parse)
    }
}

/// A text is no value of its column, nor NULL.
struct NoValue;

/// What a column takes the text of a cell for; `None` is NULL.
#[inline]
fn value<T>(text: &[u8], notation: Notation, parse: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, NoValue> {
    let text = words::trim(text);
    if text.is_empty() {
        return Ok(None);
    }
    match parse(text) {
        Some(value) => Ok(Some(value)),
        None if notation.null_words && words::is_null_word(text) => Ok(None),
        None => Err(NoValue),
    }
}
