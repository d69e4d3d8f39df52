//! Tables beside the one that is served: which of those that are as wide is the largest, and what becomes of the others.

use crate::finding::{Fate, Finding};
use crate::table::asides::{Aside, Beside, OtherTable, Records};
use crate::table::draft::{Detector, Draft};
use crate::table::layout::Layout;
use crate::table::shape::{MOST_RECORDS, Shape};
use crate::text::record::RecordKind;

/// How many other tables are told of one by one.
const MOST_TOLD: usize = 8;

/// Finds other tables, and takes their records from those of the table.
pub(super) struct OtherTables;

impl Detector for OtherTables {
    fn look_around(&self, draft: &mut Draft<'_>) {
        let records = Records {
            syntax: &draft.syntax,
            text: draft.body(),
            shapes: &draft.all,
        };
        let (layout, asides) = parted(draft.layout, &records);
        if asides.is_empty() {
            return;
        }
        // What comes before the table is preamble in any case, and there to be looked at.
        let is_behind = |aside: &Aside| aside.first > layout.first;
        let apart = asides
            .iter()
            .filter(|(aside, kind)| *kind != Beside::Perhaps && is_behind(aside));
        for (aside, _) in apart.rev() {
            draft.shapes.drain(aside.first..=aside.last);
        }
        draft.layout = layout.among(&draft.shapes);
        let is_cut_off =
            |last: usize| last + 1 == draft.all.len() && (!draft.excerpt.complete || last + 1 == MOST_RECORDS);
        let others = asides.into_iter().map(|(aside, kind)| OtherTable {
            first_line: draft.line(&draft.all[aside.first]),
            last_line: (!is_cut_off(aside.last)).then(|| draft.line(&draft.all[aside.last])),
            columns: aside.width,
            kind,
        });
        draft.others = others.collect();
        draft.begin();
    }

    fn tell_around(&self, draft: &Draft<'_>) -> Vec<Finding> {
        let preamble_lines = draft.dialect.preamble_lines as u64;
        let told = draft.others.iter().take(MOST_TOLD).map(|other| {
            let is_in_front = other.last_line.is_some_and(|last| last <= preamble_lines);
            let fate = match other.kind {
                _ if is_in_front => Fate::InFront,
                Beside::Other | Beside::Rest => Fate::Rejected,
                Beside::Perhaps => Fate::RowsWhereTheyFit,
                Beside::Title => return Finding::TitleBetween { line: other.first_line },
            };
            Finding::OtherTable {
                first_line: other.first_line,
                last_line: other.last_line,
                columns: other.columns,
                fate,
            }
        });
        let more = draft.others.len().saturating_sub(MOST_TOLD) as u64;
        told.chain((more > 0).then_some(Finding::MoreTables(more))).collect()
    }
}

/// Whether no other record between the same two gaps has more cells than titles have: then it is a title, too, as wide as it
/// may be.
fn stands_alone(shapes: &[Shape], at: usize, titled: usize) -> bool {
    let is_gap =
        |shape: &Shape| shape.kind == RecordKind::Blank || (shape.kind == RecordKind::Cells && shape.filled == 0);
    let is_title = |shape: &Shape| shape.kind != RecordKind::Cells || shape.filled <= titled;
    let before = shapes[..at].iter().rev().take_while(|shape| !is_gap(shape));
    let behind = shapes[at + 1..].iter().take_while(|shape| !is_gap(shape));
    before.chain(behind).all(is_title)
}

/// The layout of the largest of all tables that are as wide as the one of `layout`, and the tables beside it.
fn parted(layout: Layout, records: &Records<'_>) -> (Layout, Vec<(Aside, Beside)>) {
    let asides = records.beside(layout.width, layout.first);
    let others = asides.iter().filter(|(_, kind)| *kind == Beside::Other);
    let equals = others
        .map(|(aside, _)| aside)
        .filter(|aside| aside.width == layout.width);
    let is_own = |shape: &&Shape| shape.kind == RecordKind::Cells && shape.cells == layout.width && shape.filled > 0;
    let full = records.shapes[layout.first..].iter().filter(is_own).count();
    let foreign: usize = equals.clone().map(Aside::records).sum();
    // Of tables with as many records the first: `max_by_key` takes the last, so they come in reverse.
    let largest = equals.rev().max_by_key(|aside| aside.records());
    let Some(larger) = largest.filter(|aside| aside.records() > full.saturating_sub(foreign)) else {
        return (layout, asides);
    };
    let first = larger.head;
    let before = records.beside(layout.width, first);
    let is_told = |at: usize| before.iter().any(|(aside, _)| (aside.first..=aside.last).contains(&at));
    // What has a name and a value above four columns or more is a title, as what has one cell.
    let titled = if layout.width > 3 { 2 } else { 1 };
    let is_row = |at: &usize| {
        let is_wide = records.shapes[*at].kind == RecordKind::Cells && records.shapes[*at].filled > titled;
        is_wide && !stands_alone(records.shapes, *at, titled)
    };
    match (0..first).filter(is_row).all(is_told) {
        true => (Layout { first, ..layout }, before),
        false => (layout, asides),
    }
}
