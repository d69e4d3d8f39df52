//! Records of delimiters alone: empty lines of a sheet, which are no rows.
//!
//! One in the middle of a table may be a row of NULLs. Only at its start, at the end of a file, or beside a title or a note
//! they tell what they are; then the dialect says so, and such a record is blank wherever it stands, however the file is cut.

use memchr::memmem;

use crate::table::draft::{Detector, Draft, Excerpt};
use crate::table::shape::{MOST_RECORDS, Shape, shapes};
use crate::text::lines::line_end;
use crate::text::record::RecordKind;
use crate::text::syntax::Syntax;

/// The most records behind the last blank ones of a file, if these have no more than their first cell.
const MOST_BEHIND: usize = 10;

/// Finds out whether there are such records.
pub(super) struct BlankRecords;

impl Detector for BlankRecords {
    fn look_behind(&self, draft: &mut Draft<'_>) {
        let Excerpt {
            text, complete, blocks, ..
        } = draft.excerpt;
        let syntax = Syntax::new(&draft.dialect);
        let head = &text[syntax.lead(text, true).end..];
        let last = blocks.len().saturating_sub(1);
        let blocks = blocks.iter().enumerate().map(|(at, block)| Part {
            text: block,
            is_start: false,
            is_end: at == last,
        });
        let head = Part {
            text: head,
            is_start: true,
            is_end: complete,
        };
        let parts: Vec<Part<'_>> = [head].into_iter().chain(blocks).collect();
        let mut runs = Runs::default();
        if draft.columns.len() > 1 && parts.iter().any(|part| part.may_have_any(&syntax)) {
            parts.iter().for_each(|part| runs.count(&syntax, part));
        }
        draft.dialect.blank_records = runs.has_rows && runs.apart > runs.between && !begins_blank(&syntax, text);
    }
}

/// A part of a file: whole records.
struct Part<'a> {
    text: &'a [u8],
    /// The first row is its first record.
    is_start: bool,
    /// The file ends with it.
    is_end: bool,
}

impl Part<'_> {
    /// Whether it has lines of delimiters alone.
    fn may_have_any(&self, syntax: &Syntax) -> bool {
        let first = syntax.delimiter.first();
        let starts = |end: u8| {
            memmem::find_iter(self.text, &[end, first])
                .map(|at| at + 1)
                .collect::<Vec<_>>()
        };
        let is_blank = |at: usize| syntax.is_blank_record(&self.text[at..line_end(self.text, at).0]);
        is_blank(0) || starts(b'\n').into_iter().chain(starts(b'\r')).any(is_blank)
    }
}

/// The most successive records of delimiters alone.
#[derive(Default)]
struct Runs {
    /// Between two rows.
    between: usize,
    /// At the start or the end, or beside titles and notes.
    apart: usize,
    /// There are rows besides them.
    has_rows: bool,
}

impl Runs {
    /// Takes in the runs of a part.
    fn count(&mut self, syntax: &Syntax, part: &Part<'_>) {
        let mut records = shapes(syntax, part.text, true, MOST_RECORDS, |_, _| ());
        let is_cut_off = records.len() == MOST_RECORDS;
        let line = |shape: &Shape| &part.text[shape.start..line_end(part.text, shape.start).0];
        records.retain(|shape| shape.kind != RecordKind::Comment);
        let is_void = |shape: &Shape| shape.filled == 0 && syntax.is_blank_record(line(shape));
        // In a table of two columns `Total,` may be a row whose second cell is empty.
        let is_aside = |shape: &Shape| shape.kind != RecordKind::Cells || (shape.filled == 1 && shape.cells != 2);
        let mut at = 0;
        for run in records.chunk_by(|a, b| is_void(a) == is_void(b)) {
            let (start, end) = (at, at + run.len());
            at = end;
            if !is_void(&run[0]) {
                self.has_rows |= !run.iter().all(is_aside);
                continue;
            }
            let behind = &records[end..];
            let ends = part.is_end && !is_cut_off && behind.len() <= MOST_BEHIND && behind.iter().all(is_aside);
            let starts = part.is_start && start == 0;
            let is_beside = behind.first().is_some_and(is_aside) || (start > 0 && is_aside(&records[start - 1]));
            let is_known = !behind.is_empty() && start > 0;
            match ends || starts || is_beside {
                true => self.apart = self.apart.max(run.len()),
                false if is_known => self.between = self.between.max(run.len()),
                false => {}
            }
        }
    }
}

/// Whether the header is such a record: it names nothing.
fn begins_blank(syntax: &Syntax, text: &[u8]) -> bool {
    let lead = syntax.lead(text, true);
    let mut at = lead.table;
    while at < lead.end {
        let (end, next) = line_end(text, at);
        if syntax.is_blank_record(&text[at..end]) {
            return true;
        }
        at = next;
    }
    false
}
