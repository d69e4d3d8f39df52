//! Names of columns in the comment in front of the first row.

use crate::finding::Finding;
use crate::table::draft::{Detector, Draft};
use crate::table::labels::is_value;
use crate::table::overrides::HeaderMode;
use crate::text::cell;
use crate::text::lines::count_lines;
use crate::text::syntax::Syntax;

/// Finds such names.
pub(super) struct CommentedNames;

impl Detector for CommentedNames {
    fn look_around(&self, draft: &mut Draft<'_>) {
        let body = draft.body();
        let first = draft.shapes.get(draft.beginning.first);
        let before = &draft.excerpt.text[..draft.start + first.map_or(body.len(), |shape| shape.start)];
        let comment = last_line(before).filter(|&at| draft.syntax.is_comment(draft.excerpt.text, at));
        let Some(at) = comment.filter(|_| may_name(draft)) else {
            return;
        };
        let names = names_in(&draft.syntax, &before[at..], draft.width());
        draft.commented = names.map(|names| (count_lines(before), names));
    }

    fn tell_around(&self, draft: &Draft<'_>) -> Vec<Finding> {
        let told = draft.commented.as_ref();
        let told = told.map(|&(line, _)| Finding::NamesInComment { line });
        told.into_iter().collect()
    }
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
