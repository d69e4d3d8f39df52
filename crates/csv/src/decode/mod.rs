//! Turns chunks of whole records into Arrow record batches, exactly as a profile says.
//!
//! A walk brings the `rows` of a chunk, some at a time, to a `decoding`: one column after the other goes into its builder
//! (`column`, `typed`, `strings`, `lineage`) in a `batch` of the `target`, with the value parsers that inference uses too
//! (`value`). It does not read, cut or transcode, and it never guesses: what does not fit the profile is a [`Misfit`].
//!
//! There are two ways to the rows. Where a chunk is regular, the walk gives the rows that are as wide as the table,
//! and most values are read a machine word at a time, many short ones together (`lanes`), others alone (`value::swar`).
//! Everything else comes record by record (`gathered`). Both find the same.

mod batch;
mod column;
mod decoding;
mod gathered;
mod lanes;
mod lineage;
pub(crate) mod misfit;
mod rows;
mod source;
mod strings;
mod target;
mod typed;
mod validity;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::decode::decoding::Decoding;
use crate::decode::misfit::{Failure, Misfit};
use crate::decode::target::Target;
use crate::ledger::Ledger;
use crate::profile::CsvProfile;
use crate::profile::lineage::Lineage;
use crate::text::chunk::Chunk;
use crate::text::index::WINDOW_BYTES;
use crate::walk::Walk;

/// Decodes chunks of CSV text into record batches of one schema.
///
/// Built from a profile, immutable, `Send + Sync`: tasks that decode different chunks share one.
#[derive(Debug, Clone)]
pub struct Decoder {
    walk: Walk,
    window_bytes: usize,
    target: Target,
}

/// The rows of a chunk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// The rows. No batch is empty.
    pub batches: Vec<RecordBatch>,
    /// What the chunk's records are.
    pub ledger: Ledger,
}

impl Decoder {
    /// A decoder of the columns that `projection` names by their index in [`CsvProfile::wide_schema`], in that order;
    /// without one, of the columns of the file.
    ///
    /// `batch_size` is in rows; 0 counts as 1. An index may come twice; one beyond the columns is left out.
    pub fn new(profile: &CsvProfile, projection: Option<&[usize]>, batch_size: usize) -> Self {
        Decoder {
            walk: Walk::new(profile, profile.frame()),
            window_bytes: WINDOW_BYTES,
            target: Target::new(profile, projection, batch_size),
        }
    }

    /// The same decoder, which looks for the structure of so many bytes at a time; with 0 it takes every record by itself.
    ///
    /// It finds the same, at another speed: for tests that compare.
    #[must_use]
    pub fn with_window_bytes(mut self, window_bytes: usize) -> Self {
        self.window_bytes = window_bytes;
        self
    }

    /// The same decoder for rows of a file of this name.
    #[must_use]
    pub fn of_file(mut self, name: &str) -> Self {
        name.clone_into(&mut self.target.file);
        self
    }

    /// The schema of the batches: the projected columns.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.target.schema)
    }

    /// Decodes a chunk.
    ///
    /// Batches have at least one and at most `batch_size` rows and buffers of their own; without projected columns they
    /// have a row count and no columns. Records that cannot be rows are counted and left out, whatever is projected. Bytes
    /// that are not UTF-8 become U+FFFD.
    ///
    /// The error is the first value, in file order, that does not fit its projected column. The rows before it are not
    /// returned.
    pub fn decode(&self, chunk: &Chunk<'_>) -> Result<Decoded, Misfit> {
        let decoded = self.decode_as(chunk, self.parts_characters());
        match decoded {
            // Arrow checks the text when an array is built. A chunk that is not UTF-8 is rare, so it is decoded once more.
            Err(Failure::NotUtf8) => self.decode_as(chunk, true).map_err(Failure::misfit),
            decoded => decoded.map_err(Failure::misfit),
        }
    }

    /// Decodes a chunk; `lossy` says that cells may not be UTF-8.
    fn decode_as(&self, chunk: &Chunk<'_>, lossy: bool) -> Result<Decoded, Failure> {
        let window_bytes = if lossy { 0 } else { self.window_bytes };
        let mut ledger = Ledger::default();
        let mut decoding = Decoding::new(&self.target, chunk, lossy);
        self.walk.over(chunk, window_bytes, &mut ledger, &mut decoding)?;
        let batches = decoding.finish()?;
        Ok(Decoded { batches, ledger })
    }

    /// The batches of a chunk that was decoded before it was known how many records come before it.
    pub fn renumbered(&self, batches: Vec<RecordBatch>, records_before: u64) -> Vec<RecordBatch> {
        let record = Lineage::ALL.iter().position(|lineage| *lineage == Lineage::Record);
        let index = record.map(|at| self.target.columns.len() + at);
        let is_record = |place: usize| self.target.projection.get(place).copied() == index;
        if records_before == 0 || !(0..self.target.projection.len()).any(is_record) {
            return batches;
        }
        let renumber = |batch: RecordBatch| {
            let columns = batch.columns().iter().enumerate();
            let columns = columns.map(|(place, array)| match is_record(place) {
                true => lineage::shifted(array, records_before),
                false => Arc::clone(array),
            });
            RecordBatch::try_new(batch.schema(), columns.collect()).expect("the arrays are as long as before")
        };
        batches.into_iter().map(renumber).collect()
    }

    /// Whether the dialect parts cells inside of characters.
    fn parts_characters(&self) -> bool {
        let syntax = &self.walk.syntax;
        let whole = std::str::from_utf8(syntax.delimiter.as_bytes()).is_ok();
        !whole || !syntax.quote.is_none_or(|quote| quote.is_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::field::Column;
    use crate::{ColumnType, Dialect, Encoding, QuotedNumbers};
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
        let column = |(i, &kind)| Column::new(format!("c{i}"), kind);
        CsvProfile {
            encoding: Encoding::Utf8,
            encoding_asked: false,
            dialect: Dialect::default(),
            quoted_numbers: QuotedNumbers::Values,
            columns: kinds.iter().enumerate().map(column).collect(),
            usual_cells: kinds.len(),
            others: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn decode(kinds: &[ColumnType], text: &[u8]) -> Result<Vec<RecordBatch>, Misfit> {
        let decoded = Decoder::new(&profile(kinds), None, 100).decode(&Chunk::whole(text))?;
        Ok(decoded.batches)
    }

    /// A chunk that is not the start of a file.
    fn later(text: &[u8], first_line: u64) -> Chunk<'_> {
        Chunk {
            first_line,
            starts_file: false,
            ..Chunk::whole(text)
        }
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
        let int = ColumnType::Int64;
        let long = format!("h\n{}\n", "é".repeat(70));
        let shortened = format!("line 2, column \"c0\": '{}…' is not an Int64", "é".repeat(60));
        let cases: [(&[ColumnType], &str, &str); 3] = [
            (
                &[int, int],
                "h\n1,2\n\n\"3\",abc\nx,1\n",
                "line 4, column \"c1\": 'abc' is not an Int64",
            ),
            (
                &[int, int],
                "h\nx,\n1,2,3\n",
                "line 2, column \"c0\": 'x' is not an Int64",
            ),
            (&[int], &long, &shortened),
        ];
        for (kinds, text, expected) in cases {
            assert_eq!(decode(kinds, text.as_bytes()).unwrap_err().to_string(), expected);
        }
        let later = Decoder::new(&profile(&[int]), None, 9).decode(&later(b"1\nx\n", 40));
        assert_eq!(later.unwrap_err().line, 41);
    }

    #[test]
    fn projections() {
        let profile = profile(&[ColumnType::Int64, ColumnType::Utf8]);
        let decode = |projection: &[usize]| {
            let decoder = Decoder::new(&profile, Some(projection), 2);
            let decoded = decoder.decode(&Chunk::whole(b"h\nx,a\ny,b\nz,c\n"));
            (decoder.schema(), decoded.map(|decoded| decoded.batches))
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
        let batches = decoder.decode(&later(text.as_bytes(), 1)).unwrap().batches;
        assert_eq!(
            batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(),
            [1772, 1772, 1456]
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
    fn records_that_are_no_rows_are_counted() {
        let (int, text) = (ColumnType::Int64, ColumnType::Utf8);
        let profile = profile(&[int, text, int]);
        let input = b"a,b,c\n1,x,2\n\n3\n4,y,5,\n6,z,7,8\nx,y\n9,\"w\n10,,\n";
        let decoded = Decoder::new(&profile, Some(&[0]), 100)
            .decode(&Chunk::whole(input))
            .unwrap();
        let ledger = Ledger {
            header: 1,
            blank: 1,
            served: 4,
            rejected: 3,
            ..Ledger::default()
        };
        assert_eq!(decoded.ledger, ledger);
        let column = decoded.batches[0].column(0).as_primitive::<Int64Type>();
        assert_eq!(column.values(), &[1, 3, 4, 10]);
    }

    #[test]
    fn what_is_projected_changes_nothing_else() {
        let (int, text) = (ColumnType::Int64, ColumnType::Utf8);
        let profile = profile(&[int, text, int]);
        let input = b"a,b,c\n1,x,2\n\n  \n3\nx\n4,y,5,\n,z\n6,z,7,8\n9,\"w\n10,,\n";
        let decode = |projection: &[usize]| {
            let decoder = Decoder::new(&profile, Some(projection), 3);
            decoder.decode(&Chunk::whole(input)).unwrap()
        };
        let whole = decode(&[0, 1, 2]);
        for projection in [&[][..], &[0], &[1], &[2], &[2, 0], &[1, 1]] {
            let some = decode(projection);
            assert_eq!(some.ledger, whole.ledger);
            for (some, whole) in some.batches.iter().zip(&whole.batches) {
                assert_eq!(some, &whole.project(projection).unwrap(), "{projection:?}");
            }
        }
    }

    #[test]
    fn lineage_says_where_rows_are() {
        let profile = profile(&[ColumnType::Utf8, ColumnType::Int64]);
        let text = b"\"x\ny\",1\n\n1,2,3\nz,4\n";
        let chunk = Chunk {
            origins: &[],
            first_line: 10,
            offset: 100,
            first_record: 7,
            text,
            starts_file: false,
        };
        let decoded = Decoder::new(&profile, Some(&[5, 3, 1, 4]), 100).decode(&chunk).unwrap();
        let batch = &decoded.batches[0];
        let names: Vec<_> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
        assert_eq!(names, ["_offset", "_line", "c1", "_record"]);
        let values = |i: usize| batch.column(i).as_primitive::<Int64Type>().values().to_vec();
        assert_eq!(
            [values(0), values(1), values(2), values(3)],
            [[100, 115], [10, 14], [1, 4], [8, 10]]
        );
    }

    #[test]
    fn a_decoder_is_shared_by_tasks() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Decoder>();
    }
}
