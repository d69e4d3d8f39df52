//! Batches as aligned columns for people.
//!
//! ```text
//! name   |    n
//! -------+-----
//! Zoë    |    1
//! NULL   | 1000
//! ```
//!
//! The widths come from the first rows, because nothing is collected; a wider cell later on sticks out of its column.
//! Numbers are right-aligned. A NULL is told apart from an empty text. Line ends and other control characters are shown
//! escaped, so that a row is a line and data cannot steer the terminal.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use unicode_width::UnicodeWidthStr;

/// So many rows decide about the widths.
const MEASURED_ROWS: usize = 1000;

/// One long text among the first rows does not push all others apart by more than this.
const MAX_WIDTH: usize = 64;

/// Writes one table; the header once.
#[derive(Debug)]
pub(super) struct TableEncoder {
    schema: SchemaRef,
    null: &'static str,
    columns: Option<Vec<Column>>,
}

#[derive(Debug)]
struct Column {
    width: usize,
    right_aligned: bool,
}

impl TableEncoder {
    /// A table with these columns, which shows a null as `null`.
    pub(super) fn new(schema: SchemaRef, null: &'static str) -> Self {
        Self {
            schema,
            null,
            columns: None,
        }
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
                width: width.min(MAX_WIDTH),
                right_aligned: field.data_type().is_numeric(),
            });
        }
        let rule: Vec<_> = columns.iter().map(|column| "-".repeat(column.width)).collect();
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
            let padding = column.width.saturating_sub(cell.width());
            let before = if column.right_aligned { padding } else { 0 };
            out.resize(out.len() + before, b' ');
            out.extend_from_slice(cell.as_bytes());
            out.resize(out.len() + padding - before, b' ');
        }
        let end = out[start..].trim_ascii_end().len();
        out.truncate(start + end);
        out.push(b'\n');
    }
}

fn text(cell: &ArrayFormatter<'_>, row: usize) -> Result<String, ArrowError> {
    cell.value(row).try_to_string()
}

/// The text with its control characters in Rust's notation: `\n`, `\t`, `\u{1b}`.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}
