//! Names of columns in the comment in front of the first row.

use crate::finding::Finding;
use crate::table::draft::{Detector, Draft, Teller, ToldNames};
use crate::table::labels::is_value;
use crate::table::overrides::HeaderMode;
use crate::text::cell;
use crate::text::fields::fields_in;
use crate::text::lines::{count_lines, last_line, line_end};
use crate::text::syntax::Syntax;

/// Finds such names.
pub(super) struct CommentedNames;

impl Detector for CommentedNames {
    fn look_around(&self, draft: &mut Draft<'_>) {
        let before = draft.text_in_front();
        let mode = draft.excerpt.overrides.header;
        let may_have_fields = matches!(mode, HeaderMode::Detect | HeaderMode::Comment);
        let fields = Some(before).filter(|_| may_have_fields && draft.width() > 1);
        let fields = fields.and_then(|before| fields_before(draft, before));
        draft.told = fields.or_else(|| last_comment(draft, before).filter(|_| may_name(draft)));
    }

    fn tell_around(&self, draft: &Draft<'_>) -> Vec<Finding> {
        let told = draft.told.as_ref().filter(|told| told.by != Teller::DamagedHeader);
        let told = told.map(|told| Finding::NamesInComment { line: told.line });
        told.into_iter().collect()
    }
}

/// The line and the names of the comment right in front of the first row.
fn last_comment(draft: &Draft<'_>, before: &[u8]) -> Option<ToldNames> {
    let at = last_line(before).filter(|&at| draft.syntax.is_comment(before, at))?;
    let names = names_in(&draft.syntax, &before[at..], draft.width())?;
    Some(ToldNames {
        line: count_lines(before),
        names,
        by: Teller::Comment,
    })
}

/// The line and the names of a comment that begins with `#Fields:` or `#fields`, which other comments may follow. Then no record
/// is a header, whatever words it holds.
fn fields_before(draft: &Draft<'_>, before: &[u8]) -> Option<ToldNames> {
    let (mut at, mut found) = (0, None);
    while at < before.len() {
        let (end, next) = line_end(before, at);
        if let Some(fields) = fields_in(&before[at..end]) {
            let names = fields.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty());
            let names: Vec<Vec<u8>> = names.map(<[u8]>::to_vec).collect();
            found = (names.len() == draft.width()).then(|| ToldNames {
                line: count_lines(&before[..next]),
                names,
                by: Teller::Fields,
            });
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
