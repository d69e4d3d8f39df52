//! Reads a record cell by cell, by the rules of `tokenize`; what stray quotes are, a rule of the caller says.

use crate::text::cell::Cell;
use crate::text::dialect::Notes;
use crate::text::lines::{behind_line_end, behind_mark};
use crate::text::notes::is_note;
use crate::text::quotes::{Any, Strays};
use crate::text::record::{Record, RecordKind};
use crate::text::syntax::Syntax;

impl Syntax {
    /// Reads a record that may be none of the table, as `record` does, but for its types.
    pub(crate) fn any_record(&self, bytes: &[u8], at: usize) -> Option<Record> {
        self.read(Any, bytes, at, 0, &mut Vec::new())
    }

    /// Reads a record, by its text alone but for what `strays` says.
    #[inline]
    pub(crate) fn read<S: Strays>(
        &self,
        strays: S,
        bytes: &[u8],
        at: usize,
        limit: usize,
        cells: &mut Vec<Cell>,
    ) -> Option<Record> {
        let mut record = self.read_cells(strays, bytes, at, limit, cells)?;
        if record.kind != RecordKind::Cells {
            return Some(record);
        }
        let may_be_note = match self.notes {
            Notes::None => false,
            // In a table of two columns `Total,` may be a row whose second cell is empty.
            Notes::Alone => record.filled == 1 && record.cells != 2,
            Notes::Leading => true,
        };
        let text = &bytes[record.start..record.end];
        if may_be_note && is_note(&text[behind_mark(text, 0)..], self.quote) {
            record.kind = RecordKind::Note;
        }
        if self.repeated_header.is_some() && self.is_header(text) {
            record.kind = RecordKind::Header;
        }
        Some(record)
    }

    /// Reads a record as `read` does, and does not ask whether it is a note or the header again.
    #[inline(always)]
    pub(crate) fn read_cells<S: Strays>(
        &self,
        strays: S,
        bytes: &[u8],
        at: usize,
        limit: usize,
        cells: &mut Vec<Cell>,
    ) -> Option<Record> {
        bytes.get(at)?;
        let start = at;
        let mut at = behind_mark(bytes, at);
        if matches!(bytes.get(at), Some(b'\n' | b'\r')) {
            return Some(Record::line(bytes, start, at, RecordKind::Blank));
        }
        if self.comment.is_some() && self.is_comment(bytes, at) {
            return Some(Record::line(bytes, start, at, RecordKind::Comment));
        }
        if self.has_layout()
            && let Some(kind) = self.laid_out(bytes, at)
        {
            return Some(Record::line(bytes, start, at, kind));
        }
        if !self.delimiter.is_exact() {
            return Some(self.read_spaced_or_placed(strays, bytes, start, limit, cells));
        }
        let mut record = Record::line_at(start, RecordKind::Cells);
        let (before, first, mut last) = (cells.len(), at, at);
        loop {
            let (cell, end) = match self.cell(strays, bytes, at, &mut record) {
                Ok(found) => found,
                Err(broken) => {
                    cells.truncate(before);
                    return Some(record.broken(bytes, broken));
                }
            };
            if record.cells < limit {
                cells.push(cell);
            }
            record.cells += 1;
            if !cell.is_empty() {
                (record.filled, last) = (record.cells, cell.start());
            }
            match bytes.get(end) {
                Some(b'\n' | b'\r') | None => {
                    record.end = end;
                    record.next = behind_line_end(bytes, end);
                    if matches!(bytes.get(last), Some(b' ' | b'\t')) {
                        record.filled = self.count_filled(strays, bytes, first, record.cells);
                    }
                    return Some(record);
                }
                Some(_) => at = end + self.delimiter.as_bytes().len(),
            }
        }
    }

    /// How many of so many cells from `at` on there are without the empty ones at the end, and those of blanks: the last one that
    /// is not empty begins with a blank, as few do.
    #[cold]
    fn count_filled<S: Strays>(&self, strays: S, bytes: &[u8], mut at: usize, cells: usize) -> usize {
        let (mut record, mut filled) = (Record::line_at(at, RecordKind::Cells), 0);
        while record.cells < cells
            && let Ok((cell, end)) = self.cell(strays, bytes, at, &mut record)
        {
            record.cells += 1;
            if !cell.is_blank(bytes) {
                filled = record.cells;
            }
            at = end + self.delimiter.as_bytes().len();
        }
        filled
    }

    /// Reads the record at `start`, which is no blank line and no comment, where blanks are no part of cells.
    #[cold]
    #[inline(never)]
    fn read_spaced_or_placed<S: Strays>(
        &self,
        strays: S,
        bytes: &[u8],
        start: usize,
        limit: usize,
        cells: &mut Vec<Cell>,
    ) -> Record {
        match self.places {
            None => self.read_spaced(strays, bytes, start, limit, cells),
            Some(_) => self.read_placed(strays, bytes, start, limit, cells),
        }
    }

    /// Reads a record as `read_spaced` does, and asks the places of its cells whose they are if there are too few or too many.
    #[cold]
    fn read_placed<S: Strays>(
        &self,
        strays: S,
        bytes: &[u8],
        start: usize,
        limit: usize,
        cells: &mut Vec<Cell>,
    ) -> Record {
        let mut all = Vec::new();
        let mut record = self.read_spaced(strays, bytes, start, usize::MAX, &mut all);
        if record.kind == RecordKind::Cells {
            record = self.with_placed(bytes, record, &mut all);
        }
        cells.extend(all.into_iter().take(limit));
        record
    }

    /// Reads the record at `start`, which is no blank line and no comment, where blanks are no part of cells.
    #[cold]
    fn read_spaced<S: Strays>(
        &self,
        strays: S,
        bytes: &[u8],
        start: usize,
        limit: usize,
        cells: &mut Vec<Cell>,
    ) -> Record {
        let line = behind_mark(bytes, start);
        let mut at = self.first_cell(bytes, line);
        if at > line
            && matches!(bytes.get(at), None | Some(b'\n' | b'\r'))
            && bytes[line..at].iter().all(|byte| *byte == b' ')
        {
            return Record::line(bytes, start, at, RecordKind::Blank);
        }
        let mut record = Record::line_at(start, RecordKind::Cells);
        let before = cells.len();
        loop {
            let (cell, mut end) = match self.cell(strays, bytes, at, &mut record) {
                Ok((cell, end)) => (self.unpadded(bytes, cell), end),
                Err(broken) => {
                    cells.truncate(before);
                    return record.broken(bytes, broken);
                }
            };
            if record.cells < limit {
                cells.push(cell);
            }
            record.cells += 1;
            if !cell.is_blank(bytes) {
                record.filled = record.cells;
            }
            if !matches!(bytes.get(end), None | Some(b'\n' | b'\r')) {
                at = self.behind_delimiter(bytes, end);
                if !self.ends_with_spacing(bytes, at) {
                    continue;
                }
                end = at;
            }
            record.end = end;
            record.next = behind_line_end(bytes, end);
            return record;
        }
    }
}
