//! Builds one Arrow array from the cells of one column.
//!
//! The type is looked at once a block, not once a cell; nothing is allocated per cell.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer};

use super::{numbers, temporal, text};
use crate::schema::ColumnType;
use crate::tokenize::{self, Cell};

/// The array of a column, as far as it is built.
pub(crate) enum ColumnBuilder {
    Boolean(Typed<bool>),
    Int64(Typed<i64>),
    Float64(Typed<f64>),
    Date32(Typed<i32>),
    Timestamp(Typed<i64>),
    TimestampUtc(Typed<i64>),
    Utf8(Text),
}

/// The text of a chunk, and what has to be done about it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) chunk: &'a [u8],
    /// A cell may not be UTF-8: replace what is not.
    pub(crate) lossy: bool,
}

impl ColumnBuilder {
    pub(crate) fn new(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Boolean => ColumnBuilder::Boolean(Typed::new()),
            ColumnType::Int64 => ColumnBuilder::Int64(Typed::new()),
            ColumnType::Float64 => ColumnBuilder::Float64(Typed::new()),
            ColumnType::Date32 => ColumnBuilder::Date32(Typed::new()),
            ColumnType::Timestamp => ColumnBuilder::Timestamp(Typed::new()),
            ColumnType::TimestampUtc => ColumnBuilder::TimestampUtc(Typed::new()),
            ColumnType::Utf8 => ColumnBuilder::Utf8(Text::new()),
        }
    }

    /// Appends `cells`; the error is the index among them of the first that does not fit.
    pub(crate) fn append(&mut self, source: Source<'_>, cells: impl Iterator<Item = Cell>) -> Result<(), usize> {
        match self {
            ColumnBuilder::Boolean(b) => b.append(source, cells, text::parse_boolean),
            ColumnBuilder::Int64(b) => b.append(source, cells, numbers::parse_int64),
            ColumnBuilder::Float64(b) => b.append(source, cells, numbers::parse_float64),
            ColumnBuilder::Date32(b) => b.append(source, cells, temporal::parse_date32),
            ColumnBuilder::Timestamp(b) => b.append(source, cells, temporal::parse_naive),
            ColumnBuilder::TimestampUtc(b) => b.append(source, cells, temporal::parse_utc),
            ColumnBuilder::Utf8(b) => {
                b.append(source, cells);
                Ok(())
            }
        }
    }

    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            ColumnBuilder::Boolean(b) => {
                let (values, nulls) = b.finish();
                Arc::new(BooleanArray::new(BooleanBuffer::from(values), nulls))
            }
            ColumnBuilder::Int64(b) => {
                let (values, nulls) = b.finish();
                Arc::new(Int64Array::new(values.into(), nulls))
            }
            ColumnBuilder::Float64(b) => {
                let (values, nulls) = b.finish();
                Arc::new(Float64Array::new(values.into(), nulls))
            }
            ColumnBuilder::Date32(b) => {
                let (values, nulls) = b.finish();
                Arc::new(Date32Array::new(values.into(), nulls))
            }
            ColumnBuilder::Timestamp(b) => {
                let (values, nulls) = b.finish();
                Arc::new(TimestampMicrosecondArray::new(values.into(), nulls))
            }
            ColumnBuilder::TimestampUtc(b) => {
                let (values, nulls) = b.finish();
                Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_timezone("UTC"))
            }
            ColumnBuilder::Utf8(b) => b.finish(),
        }
    }
}

/// Values of a fixed width.
pub(crate) struct Typed<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
    scratch: Vec<u8>,
}

impl<T: Copy + Default> Typed<T> {
    fn new() -> Self {
        Typed {
            values: Vec::new(),
            nulls: NullBufferBuilder::new(0),
            scratch: Vec::new(),
        }
    }

    #[inline]
    fn append(
        &mut self,
        source: Source<'_>,
        cells: impl Iterator<Item = Cell>,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<(), usize> {
        self.values.reserve(cells.size_hint().0);
        for (row, cell) in cells.enumerate() {
            let value = text::trim(tokenize::text(source.chunk, cell, &mut self.scratch));
            if value.is_empty() {
                self.values.push(T::default());
                self.nulls.append_null();
            } else {
                self.values.push(parse(value).ok_or(row)?);
                self.nulls.append_non_null();
            }
        }
        Ok(())
    }

    fn finish(mut self) -> (Vec<T>, Option<NullBuffer>) {
        self.values.shrink_to_fit();
        (self.values, self.nulls.finish())
    }
}

/// Text of any length. The caller sees to it that a batch stays below 2 GiB.
pub(crate) struct Text {
    offsets: Vec<i32>,
    values: Vec<u8>,
    nulls: NullBufferBuilder,
    scratch: Vec<u8>,
}

impl Text {
    fn new() -> Self {
        Text {
            offsets: vec![0],
            values: Vec::new(),
            nulls: NullBufferBuilder::new(0),
            scratch: Vec::new(),
        }
    }

    fn append(&mut self, source: Source<'_>, cells: impl Iterator<Item = Cell>) {
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

    fn finish(mut self) -> ArrayRef {
        self.offsets.shrink_to_fit();
        self.values.shrink_to_fit();
        let (offsets, values) = (OffsetBuffer::new(self.offsets.into()), Buffer::from_vec(self.values));
        let array = StringArray::try_new(offsets, values, self.nulls.finish());
        Arc::new(array.expect("the chunk is UTF-8, or the cells were made so"))
    }
}
