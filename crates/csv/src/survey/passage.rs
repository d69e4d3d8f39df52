//! A chunk on the way through a survey.

use std::ops::Range;

use crate::reject::{MAX_REJECTS, Reason, Reject, kept_text};
use crate::text::chunk::{Chunk, LineCounter};
use crate::text::record::{Record, RecordKind};
use crate::text::syntax::Syntax;

/// A chunk that is being read.
pub(crate) struct Passage<'a> {
    pub(crate) chunk: Chunk<'a>,
    /// For places that are asked for in order.
    pub(crate) lines: LineCounter<'a>,
    /// For cells that have to be rebuilt.
    pub(crate) scratch: Vec<u8>,
}

impl<'a> Passage<'a> {
    pub(crate) fn new(chunk: &Chunk<'a>) -> Self {
        Passage {
            chunk: *chunk,
            lines: chunk.lines(),
            scratch: Vec::new(),
        }
    }

    /// Keeps a record that is no row, if not too many are kept already.
    pub(crate) fn keep(&mut self, rejects: &mut Vec<Reject>, record: &Record, reason: &Reason<'_>) {
        if rejects.len() < MAX_REJECTS {
            rejects.push(self.reject(record, reason));
        }
    }

    /// The broken records in a range.
    pub(crate) fn broken(&mut self, syntax: &Syntax, range: Range<usize>) -> Vec<Reject> {
        let (mut at, mut broken) = (range.start, Vec::new());
        while at < range.end
            && let Some(record) = syntax.any_record(self.chunk.text, at)
        {
            at = record.next;
            if matches!(record.kind, RecordKind::Broken { .. }) {
                broken.push(self.reject(&record, &Reason::BrokenQuote));
            }
        }
        broken
    }

    /// A record that is no row.
    pub(crate) fn reject(&mut self, record: &Record, reason: &Reason<'_>) -> Reject {
        Reject {
            line: self.lines.at(record.start),
            offset: self.chunk.origin(record.start),
            column: reason.column().map(str::to_owned),
            reason: reason.to_string(),
            text: kept_text(&self.chunk.text[record.start..record.end]),
        }
    }
}
