//! Which parts of a chunk are of other tables than the one that is served.
//!
//! What is a record of another table is said by the line it starts on, so that it does not matter how a file is cut.

use std::ops::Range;

use crate::reject::{Reason, Verdict};
use crate::table::asides::{Beside, OtherTable};
use crate::text::chunk::Chunk;
use crate::text::lines::line_end;
use crate::text::record::{Record, RecordKind};

/// Where in a chunk the records of other tables start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Apart {
    /// From one offset to another, in order, and what the records there are.
    ranges: Vec<(Range<usize>, Foreign)>,
}

/// A part of a chunk in which no table begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Section {
    /// The offset behind it.
    pub(crate) end: usize,
    /// What the records are that start in it; `None` if they are of the table that is served.
    pub(crate) foreign: Option<Foreign>,
}

/// Records that are none of the table that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// The line on which they begin.
    pub(crate) line: u64,
    pub(crate) is_title: bool,
    /// They are the rest of a torn record.
    pub(crate) is_rest: bool,
    /// Nobody knows yet where they end.
    pub(crate) is_open: bool,
}

impl Apart {
    /// Those of `others` whose records are no rows.
    pub(crate) fn of(others: &[OtherTable], chunk: &Chunk<'_>) -> Self {
        let mut ranges = Vec::new();
        let (mut line, mut at) = (chunk.first_line, 0);
        let mut start_of = |wanted: u64| {
            while line < wanted && at < chunk.text.len() {
                (line, at) = (line + 1, line_end(chunk.text, at).1);
            }
            at
        };
        for other in others.iter().filter(|other| other.kind != Beside::Perhaps) {
            if other.last_line.is_some_and(|last| last < chunk.first_line) {
                continue;
            }
            let start = start_of(other.first_line);
            let end = match other.last_line {
                Some(last) => start_of(last.saturating_add(1)),
                None => chunk.text.len(),
            };
            if start < end {
                let foreign = Foreign {
                    line: other.first_line,
                    is_title: other.kind == Beside::Title,
                    is_rest: other.kind == Beside::Rest,
                    is_open: other.last_line.is_none(),
                };
                ranges.push((start..end, foreign));
            }
        }
        Apart { ranges }
    }

    /// The section that a record is in which starts at `at`, in a chunk of this length.
    pub(crate) fn section(&self, at: usize, len: usize) -> Section {
        let next = self.ranges.iter().find(|(range, _)| at < range.end);
        match next {
            Some((range, foreign)) if range.contains(&at) => Section {
                end: range.end,
                foreign: Some(*foreign),
            },
            Some((range, _)) => Section {
                end: range.start,
                foreign: None,
            },
            None => Section {
                end: len,
                foreign: None,
            },
        }
    }
}

/// What a record is that is none of the table.
pub(crate) fn judge_foreign(record: &Record, foreign: Foreign) -> Verdict<'static> {
    match record.kind {
        RecordKind::Blank => Verdict::Blank,
        RecordKind::Comment => Verdict::Comment,
        RecordKind::Broken { .. } => Verdict::Reject(Reason::BrokenQuote),
        RecordKind::Unclear => Verdict::Reject(Reason::UnclearQuotes),
        RecordKind::Cells | RecordKind::Note | RecordKind::Header if foreign.is_rest => Verdict::Reject(Reason::Rest),
        RecordKind::Cells | RecordKind::Note | RecordKind::Header if foreign.is_title => Verdict::Reject(Reason::Title),
        RecordKind::Cells | RecordKind::Note | RecordKind::Header => {
            Verdict::Reject(Reason::Other { line: foreign.line })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_a_chunk() {
        let other = |first_line, last_line, kind| OtherTable {
            first_line,
            last_line,
            columns: 2,
            kind,
        };
        let others = [
            other(11, Some(12), Beside::Other),
            other(13, Some(13), Beside::Perhaps),
            other(15, None, Beside::Other),
        ];
        let chunk = |text, first_line| Chunk {
            first_line,
            starts_file: false,
            ..Chunk::whole(text)
        };
        /// A chunk, the line it begins on, and what is apart in it.
        type Case<'a> = (&'a [u8], u64, &'a [(Range<usize>, u64)]);
        let cases: [Case<'_>; 5] = [
            (b"a\nb\r\nc\rd\n", 10, &[(2..7, 11)]),
            (b"a\nb\n", 12, &[(0..2, 11)]),
            (b"a\nb\n", 13, &[]),
            (b"a\nb\n", 14, &[(2..4, 15)]),
            (b"a\nb\n", 100, &[(0..4, 15)]),
        ];
        for (text, first_line, expected) in cases {
            let apart = Apart::of(&others, &chunk(text, first_line));
            let ranges: Vec<_> = apart
                .ranges
                .iter()
                .map(|(range, foreign)| (range.clone(), foreign.line))
                .collect();
            assert_eq!(ranges, expected, "{text:?} {first_line}");
            let sections = (0..text.len()).map(|at| apart.section(at, text.len()));
            let inside = |at: usize| expected.iter().find(|(range, _)| range.contains(&at));
            for (at, section) in sections.enumerate() {
                assert_eq!(
                    section.foreign.map(|foreign| foreign.line),
                    inside(at).map(|(_, line)| *line)
                );
                assert!(at < section.end);
            }
        }
    }
}
