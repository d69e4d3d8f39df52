//! Batches as aligned columns for people.
//!
//! ```text
//! name   |    n
//! -------+-----
//! Zoë    |    1
//! NULL   | 1000
//! ```
//!
//! The widths come from the first rows, because nothing is collected; a wider cell later on sticks out of its column. On a
//! terminal a row is one line of it: longer cells are cut, and the columns that have no room are left out, with `…` in their
//! place.
//! Numbers are right-aligned. A NULL is told apart from an empty text. Line ends and other control characters are shown
//! escaped, so that a row is a line and data cannot steer the terminal.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::telemetry::escaped;

/// So many rows decide about the widths.
const MEASURED_ROWS: usize = 1000;

/// One long text among the first rows does not push all others apart by more than this.
const MAX_WIDTH: usize = 64;

/// Writes one table; the header once.
#[derive(Debug)]
pub(super) struct TableEncoder {
    schema: SchemaRef,
    null: &'static str,
    /// So many characters have room beside each other; without it, all.
    room: Option<usize>,
    columns: Option<Vec<Column>>,
}

#[derive(Debug)]
struct Column {
    width: usize,
    right_aligned: bool,
}

impl TableEncoder {
    /// A table with these columns, which shows a null as `null`, on lines of at most `room` characters.
    pub(super) fn new(schema: SchemaRef, null: &'static str, room: Option<usize>) -> Self {
        Self {
            schema,
            null,
            room,
            columns: None,
        }
    }

    /// The columns that were left out, once there was a header.
    pub(super) fn left_out(&self) -> Vec<String> {
        let shown = self.columns.as_ref().map_or(usize::MAX, Vec::len);
        let fields = self.schema.fields().iter().skip(shown);
        fields.map(|field| escaped(field.name()).into_owned()).collect()
    }

    /// Appends the rows of `batch` to `out`, after the header if they are the first.
    pub(super) fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        // A value that cannot be shown is an error, not a cell that says so.
        let options = FormatOptions::new().with_null(self.null).with_display_error(false);
        let columns = batch.columns().iter();
        let cells = columns
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<Vec<_>, _>>()?;
        self.begin(Some((batch, &cells)), out)?;
        for row in 0..batch.num_rows() {
            let texts = cells
                .iter()
                .map(|cell| text(cell, row))
                .collect::<Result<Vec<_>, _>>()?;
            self.line(texts.iter().map(|text| escaped(text)), out);
        }
        Ok(())
    }

    /// Appends the header if there were no rows.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ArrowError> {
        self.begin(None, out)
    }

    fn begin(
        &mut self,
        first: Option<(&RecordBatch, &[ArrayFormatter<'_>])>,
        out: &mut Vec<u8>,
    ) -> Result<(), ArrowError> {
        if self.columns.is_some() || self.schema.fields().is_empty() {
            return Ok(());
        }
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for (index, field) in self.schema.fields().iter().enumerate() {
            let mut width = escaped(field.name()).width();
            if let Some((batch, cells)) = first {
                for row in 0..batch.num_rows().min(MEASURED_ROWS) {
                    width = width.max(escaped(&text(&cells[index], row)?).width());
                }
            }
            columns.push(Column {
                width: width.min(MAX_WIDTH).min(self.room.unwrap_or(MAX_WIDTH)),
                right_aligned: field.data_type().is_numeric(),
            });
        }
        columns.truncate(fitting(&columns, self.room));
        // The only one makes room for the `…` of the others.
        if let (Some(room), [only], 2..) = (self.room, columns.as_mut_slice(), self.schema.fields().len()) {
            only.width = only.width.min(room.saturating_sub(" | …".width())).max(1);
        }
        let mut rule: Vec<_> = columns.iter().map(|column| "-".repeat(column.width)).collect();
        if columns.len() < self.schema.fields().len() {
            rule.push("-".to_owned());
        }
        self.columns = Some(columns);
        let schema = SchemaRef::clone(&self.schema);
        self.line(schema.fields().iter().map(|field| escaped(field.name())), out);
        out.extend_from_slice(rule.join("-+-").as_bytes());
        out.push(b'\n');
        Ok(())
    }

    fn line<'a>(&self, cells: impl Iterator<Item = Cow<'a, str>>, out: &mut Vec<u8>) {
        let start = out.len();
        for (index, (column, cell)) in self.columns.iter().flatten().zip(cells).enumerate() {
            if index > 0 {
                out.extend_from_slice(b" | ");
            }
            let cell = if self.room.is_some() {
                cut(cell, column.width)
            } else {
                cell
            };
            let padding = column.width.saturating_sub(cell.width());
            let before = if column.right_aligned { padding } else { 0 };
            out.resize(out.len() + before, b' ');
            out.extend_from_slice(cell.as_bytes());
            out.resize(out.len() + padding - before, b' ');
        }
        if self
            .columns
            .as_ref()
            .is_some_and(|columns| columns.len() < self.schema.fields().len())
        {
            out.extend_from_slice(" | …".as_bytes());
        }
        let end = out[start..].trim_ascii_end().len();
        out.truncate(start + end);
        out.push(b'\n');
    }
}

/// How many of the columns have room beside each other: all, or as many as leave some for a `…`; one at least.
fn fitting(columns: &[Column], room: Option<usize>) -> usize {
    let Some(room) = room else { return columns.len() };
    let mut end = 0;
    let ends: Vec<usize> = (columns.iter().enumerate())
        .map(|(index, column)| {
            end += column.width + if index > 0 { " | ".len() } else { 0 };
            end
        })
        .collect();
    if end <= room {
        return columns.len();
    }
    let fits = |end: &&usize| **end + " | …".width() <= room;
    ends.iter().take_while(fits).count().max(1)
}

/// The cell in at most `width` characters, the last of which is a `…` if it has more.
fn cut(cell: Cow<'_, str>, width: usize) -> Cow<'_, str> {
    if cell.width() <= width {
        return cell;
    }
    let mut shown = String::new();
    let mut used = 0;
    for character in cell.chars() {
        used += character.width().unwrap_or_default();
        if used + 1 > width {
            break;
        }
        shown.push(character);
    }
    shown.push('…');
    Cow::Owned(shown)
}

fn text(cell: &ArrayFormatter<'_>, row: usize) -> Result<String, ArrowError> {
    cell.value(row).try_to_string()
}
