//! Turns chunks of whole records into Arrow record batches, exactly as a profile says.
//!
//! A chunk goes block by block: records into a grid of cells (`block`), then one column after the other into its builder
//! (`column`), with the value parsers that inference uses too (`numbers`, `temporal`, `text`). It does not read, cut or
//! transcode, and it never guesses: what does not fit the profile is a [`Misfit`].

mod block;
mod column;
mod misfit;
pub(crate) mod numbers;
pub(crate) mod temporal;
pub(crate) mod text;

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::SchemaRef;

use crate::boundaries::count_lines;
use crate::schema::{Column, CsvProfile};
use crate::tokenize::{self, Syntax};
use block::Block;
use column::{ColumnBuilder, Source};
pub use misfit::{Misfit, MisfitKind};
pub(crate) use misfit::{article, count};

/// The most text a string array can address.
const MAX_TEXT: usize = i32::MAX as usize;

/// Decodes chunks of CSV text into record batches of one schema.
///
/// Built from a profile, immutable, `Send + Sync`: tasks that decode different chunks share one.
#[derive(Debug, Clone)]
pub struct Decoder {
    syntax: Syntax,
    header: bool,
    columns: Vec<Column>,
    projection: Vec<usize>,
    schema: SchemaRef,
    batch_size: usize,
}

impl Decoder {
    /// A decoder of the columns of `profile` that `projection` names by index (all without one), in that order.
    ///
    /// `batch_size` is in rows; 0 counts as 1. An index may come twice; one beyond the columns is left out.
    pub fn new(profile: &CsvProfile, projection: Option<&[usize]>, batch_size: usize) -> Self {
        let columns = profile.columns.clone();
        let mut projection = projection.map_or_else(|| (0..columns.len()).collect(), <[usize]>::to_vec);
        projection.retain(|&i| i < columns.len());
        let schema = profile
            .schema()
            .project(&projection)
            .expect("indexes are within the schema");
        Decoder {
            syntax: Syntax::new(&profile.dialect),
            header: profile.dialect.header,
            columns,
            projection,
            schema: Arc::new(schema),
            batch_size: batch_size.max(1),
        }
    }

    /// The schema of the batches: the projected columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Decodes `chunk`, whole records of UTF-8 text, of which the last may lack its line end.
    ///
    /// `first_line` is the number, from 1, of the line that the chunk starts with; it serves messages only.
    /// `starts_file` says that the chunk is the start of the stream: the header, if there is one, is skipped. Batches have
    /// at least one and at most `batch_size` rows and buffers of their own; without projected columns they have a row
    /// count and no columns. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// The error is the first record, in file order, that does not fit: a value in a projected column, or more cells than
    /// the whole profile has columns. The rows before it are not returned.
    pub fn decode(&self, chunk: &[u8], first_line: u64, starts_file: bool) -> Result<Vec<RecordBatch>, Misfit> {
        let misfit = |start: usize, kind| Misfit {
            line: first_line.saturating_add(count_lines(&chunk[..start])),
            kind,
        };
        let source = Source {
            chunk,
            lossy: self.is_lossy(chunk),
        };
        let mut at = if starts_file && self.header {
            self.syntax.skip_record(chunk)
        } else {
            0
        };
        let mut block = Block::new(self.columns.len());
        let mut batch = Batch::new(self);
        let mut batches = Vec::new();
        loop {
            let (next, outcome) = block.fill(&self.syntax, chunk, at, self.batch_size - batch.rows);
            at = next;
            let text_bytes = block.span() * if source.lossy { 3 } else { 1 };
            if text_bytes > MAX_TEXT {
                return Err(misfit(
                    block.start(0),
                    MisfitKind::TooLong {
                        size_bytes: block.span(),
                    },
                ));
            }
            if batch.text_bytes + text_bytes > MAX_TEXT {
                batches.push(std::mem::replace(&mut batch, Batch::new(self)).finish(self));
            }
            batch
                .append(self, source, &block)
                .map_err(|(row, kind)| misfit(block.start(row), kind))?;
            batch.text_bytes += text_bytes;
            outcome.map_err(|wide| {
                misfit(
                    wide.start,
                    MisfitKind::TooManyCells {
                        cells: wide.cells,
                        columns: self.columns.len(),
                    },
                )
            })?;
            if batch.rows > 0 && (block.rows() == 0 || batch.rows == self.batch_size) {
                batches.push(std::mem::replace(&mut batch, Batch::new(self)).finish(self));
            }
            if block.rows() == 0 {
                return Ok(batches);
            }
        }
    }

    /// Whether cells of the chunk may not be UTF-8: it is not, or it is parted inside of characters.
    fn is_lossy(&self, chunk: &[u8]) -> bool {
        let ascii = self.syntax.delimiter.is_ascii() && self.syntax.quote.is_none_or(|q| q.is_ascii());
        !ascii || std::str::from_utf8(chunk).is_err()
    }
}

/// A batch that is being built.
struct Batch {
    columns: Vec<ColumnBuilder>,
    rows: usize,
    /// No less than the text in any of its columns.
    text_bytes: usize,
}

impl Batch {
    fn new(decoder: &Decoder) -> Self {
        let kinds = decoder.projection.iter().map(|&i| decoder.columns[i].kind);
        Batch {
            columns: kinds.map(ColumnBuilder::new).collect(),
            rows: 0,
            text_bytes: 0,
        }
    }

    /// Appends the rows of `block`; the error is the topmost row that does not fit.
    fn append(&mut self, decoder: &Decoder, source: Source<'_>, block: &Block) -> Result<(), (usize, MisfitKind)> {
        let mut first: Option<(usize, usize)> = None;
        for (builder, &index) in self.columns.iter_mut().zip(&decoder.projection) {
            if let Err(row) = builder.append(source, block.column(index))
                && first.is_none_or(|(least, _)| row < least)
            {
                first = Some((row, index));
            }
        }
        self.rows += block.rows();
        let Some((row, index)) = first else { return Ok(()) };
        let column = &decoder.columns[index];
        let mut scratch = Vec::new();
        let value = text::trim(tokenize::text(source.chunk, block.cell(row, index), &mut scratch));
        let kind = MisfitKind::Value {
            column: column.name.clone(),
            expected: column.kind,
            value: text::shorten(value),
        };
        Err((row, kind))
    }

    fn finish(self, decoder: &Decoder) -> RecordBatch {
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let arrays = self.columns.into_iter().map(ColumnBuilder::finish).collect();
        RecordBatch::try_new_with_options(decoder.schema(), arrays, &options)
            .expect("the builders follow the schema and have as many rows")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnType, Dialect, Encoding};
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};

    const KINDS: [ColumnType; 7] = [
        ColumnType::Boolean,
        ColumnType::Int64,
        ColumnType::Float64,
        ColumnType::Date32,
        ColumnType::Timestamp,
        ColumnType::TimestampUtc,
        ColumnType::Utf8,
    ];

    fn profile(kinds: &[ColumnType]) -> CsvProfile {
        let column = |(i, &kind)| Column {
            name: format!("c{i}"),
            kind,
        };
        CsvProfile {
            encoding: Encoding::Utf8,
            dialect: Dialect {
                delimiter: b',',
                quote: Some(b'"'),
                header: true,
            },
            columns: kinds.iter().enumerate().map(column).collect(),
            warnings: Vec::new(),
        }
    }

    fn decode(kinds: &[ColumnType], text: &[u8]) -> Result<Vec<RecordBatch>, Misfit> {
        Decoder::new(&profile(kinds), None, 100).decode(text, 1, true)
    }

    #[test]
    fn every_type() {
        let text = b"h\nTrue, -7 ,.5,1970-01-02,1970-01-02,1970-01-01 01:00+01, x \n,\"\",\" \",,,,\"\"\nfalse\n";
        let batches = decode(&KINDS, text).unwrap();
        assert_eq!(batches.len(), 1);
        let batch = &batches[0];
        assert_eq!(batch.schema(), profile(&KINDS).schema());
        assert_eq!(
            batch.column(0).as_boolean().iter().collect::<Vec<_>>(),
            [Some(true), None, Some(false)]
        );
        let all = |i: usize| batch.column(i);
        assert_eq!(
            all(1).as_primitive::<Int64Type>().iter().collect::<Vec<_>>(),
            [Some(-7), None, None]
        );
        assert_eq!(
            all(2).as_primitive::<Float64Type>().iter().collect::<Vec<_>>(),
            [Some(0.5), None, None]
        );
        assert_eq!(
            all(3).as_primitive::<Date32Type>().iter().collect::<Vec<_>>(),
            [Some(1), None, None]
        );
        let micros = |i: usize| {
            all(i)
                .as_primitive::<TimestampMicrosecondType>()
                .iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(micros(4), [Some(86_400_000_000), None, None]);
        assert_eq!(micros(5), [Some(0), None, None]);
        assert_eq!(
            all(6).as_string::<i32>().iter().collect::<Vec<_>>(),
            [Some(" x "), None, None]
        );
    }

    #[test]
    fn misfits_name_line_and_column() {
        let (int, text) = (ColumnType::Int64, ColumnType::Utf8);
        let long = format!("h\n{}\n", "é".repeat(70));
        let shortened = format!("line 2, column \"c0\": '{}…' is not an Int64", "é".repeat(60));
        let cases: [(&[ColumnType], &str, &str); 5] = [
            (
                &[int, int],
                "h\n1,2\n\n\"3\",abc\nx,1\n",
                "line 4, column \"c1\": 'abc' is not an Int64",
            ),
            (
                &[text],
                "h\n\"a\r\nb\"\n1,2,,\n",
                "line 4 has 2 cells where the table has 1 column",
            ),
            (
                &[int, int],
                "h\nx\n1,2,3\n",
                "line 2, column \"c0\": 'x' is not an Int64",
            ),
            (&[], "h\na\n", "line 2 has 1 cell where the table has 0 columns"),
            (&[int], &long, &shortened),
        ];
        for (kinds, text, expected) in cases {
            assert_eq!(decode(kinds, text.as_bytes()).unwrap_err().to_string(), expected);
        }
        let later = Decoder::new(&profile(&[int]), None, 9).decode(b"1\nx\n", 40, false);
        assert_eq!(later.unwrap_err().line, 41);
    }

    #[test]
    fn projections() {
        let profile = profile(&[ColumnType::Int64, ColumnType::Utf8]);
        let decode = |projection: &[usize]| {
            let decoder = Decoder::new(&profile, Some(projection), 2);
            (decoder.schema(), decoder.decode(b"h\nx,a\ny,b\nz,c\n", 1, true))
        };
        let (schema, batches) = decode(&[1, 1, 7]);
        assert_eq!(
            schema.fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>(),
            ["c1", "c1"]
        );
        let sizes = |batches: Vec<RecordBatch>| {
            batches
                .iter()
                .map(|b| (b.num_columns(), b.num_rows()))
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes(batches.unwrap()), [(2, 2), (2, 1)]);
        assert_eq!(sizes(decode(&[]).1.unwrap()), [(0, 2), (0, 1)]);
        assert_eq!(decode(&[0]).1.unwrap_err().line, 2);
    }

    #[test]
    fn batches_own_tight_buffers() {
        let text = "1,abc\n".repeat(5000);
        let decoder = Decoder::new(&profile(&[ColumnType::Int64, ColumnType::Utf8]), None, 2048);
        let batches = decoder.decode(text.as_bytes(), 1, false).unwrap();
        assert_eq!(
            batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(),
            [2048, 2048, 904]
        );
        for batch in batches {
            let data = batch.column(1).to_data();
            assert_eq!((data.offset(), data.buffers()[1].len()), (0, 3 * batch.num_rows()));
            assert!(batch.get_array_memory_size() < 16 * batch.num_rows() + 1024);
        }
    }

    #[test]
    fn what_is_not_utf8_is_replaced() {
        let batches = decode(&[ColumnType::Utf8], b"h\nok\na\xFFb\n").unwrap();
        let column = batches[0].column(0).as_string::<i32>();
        assert_eq!(column.iter().collect::<Vec<_>>(), [Some("ok"), Some("a\u{FFFD}b")]);
    }

    #[test]
    fn nothing_to_decode() {
        for text in ["", "\n\n", "h", "h\n"] {
            assert_eq!(decode(&[ColumnType::Int64], text.as_bytes()), Ok(vec![]));
        }
    }

    #[test]
    fn a_decoder_is_shared_by_tasks() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Decoder>();
    }
}
