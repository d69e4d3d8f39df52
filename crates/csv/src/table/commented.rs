//! Names of columns in the comment in front of the first row.

use crate::finding::Finding;
use crate::table::draft::{Detector, Draft};
use crate::table::labels::is_value;
use crate::table::overrides::HeaderMode;
use crate::text::cell;
use crate::text::fields::fields_in;
use crate::text::lines::{count_lines, line_end};
use crate::text::syntax::Syntax;

/// Finds such names.
pub(super) struct CommentedNames;

impl Detector for CommentedNames {
    fn look_around(&self, draft: &mut Draft<'_>) {
        let body = draft.body();
        let first = draft.shapes.get(draft.beginning.first);
        let before = &draft.excerpt.text[..draft.start + first.map_or(body.len(), |shape| shape.start)];
        let fields = Some(before).filter(|_| draft.excerpt.overrides.header == HeaderMode::Detect);
        let fields = fields.and_then(|before| fields_before(draft, before));
        draft.has_fields = fields.is_some();
        if fields.is_some() || may_name(draft) {
            draft.commented = fields.or_else(|| last_comment(draft, before));
        }
    }

    fn tell_around(&self, draft: &Draft<'_>) -> Vec<Finding> {
        let told = draft.commented.as_ref();
        let told = told.map(|&(line, _)| Finding::NamesInComment { line });
        told.into_iter().collect()
    }
}

/// The line and the names of the comment right in front of the first row.
fn last_comment(draft: &Draft<'_>, before: &[u8]) -> Option<(u64, Vec<Vec<u8>>)> {
    let at = last_line(before).filter(|&at| draft.syntax.is_comment(before, at))?;
    let names = names_in(&draft.syntax, &before[at..], draft.width())?;
    Some((count_lines(before), names))
}

/// The line and the names of a comment that begins with `#Fields:` or `#fields`, which other comments may follow. Then no record
/// is a header, whatever words it holds.
fn fields_before(draft: &Draft<'_>, before: &[u8]) -> Option<(u64, Vec<Vec<u8>>)> {
    let (mut at, mut found) = (0, None);
    while at < before.len() {
        let (end, next) = line_end(before, at);
        if let Some(fields) = fields_in(&before[at..end]) {
            let names = fields.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty());
            let names: Vec<Vec<u8>> = names.map(<[u8]>::to_vec).collect();
            found = Some((count_lines(&before[..next]), names)).filter(|(_, names)| names.len() == draft.width());
        }
        at = next;
    }
    found
}

/// Whether a comment may name the columns: nothing else does, or the caller says so.
fn may_name(draft: &Draft<'_>) -> bool {
    match draft.excerpt.overrides.header {
        HeaderMode::Detect => draft.width() > 1 && !draft.has_header(&draft.beginning),
        mode => mode == HeaderMode::Comment,
    }
}

/// The names that a comment tells, if it has one for each column.
fn names_in(syntax: &Syntax, text: &[u8], width: usize) -> Option<Vec<Vec<u8>>> {
    let marks = |byte: &u8| Some(*byte) == syntax.comment || syntax.is_blank(*byte);
    let names = &text[text.iter().position(|byte| !marks(byte))?..];
    let (mut cells, mut scratch) = (Vec::new(), Vec::new());
    syntax.record(names, 0, usize::MAX, &mut cells)?;
    let cells = cells.iter().map(|&cell| cell::text(names, cell, &mut scratch).to_vec());
    let cells: Vec<Vec<u8>> = cells.collect();
    let are_names = cells.len() == width && !cells.iter().any(|cell| cell.is_empty() || is_value(cell));
    are_names.then_some(cells)
}

/// Where the last line of `text` starts, if there is one.
fn last_line(text: &[u8]) -> Option<usize> {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let before = memchr::memrchr2(b'\n', b'\r', line);
    (!text.is_empty()).then_some(before.map_or(0, |before| before + 1))
}
