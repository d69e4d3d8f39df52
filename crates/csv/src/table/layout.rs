//! Where the table is among the records of a text: how wide it is, and how many lines come before it.

use crate::table::asides::{Aside, asides, have_table};
use crate::table::shape::Shape;
use crate::text::record::RecordKind;

/// A table among records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layout {
    /// How many columns it has; 0 if there is none.
    pub(crate) width: usize,
    /// How many cells its records usually have, at most the width.
    pub(crate) usual: usize,
    /// The index of its first record.
    pub(crate) first: usize,
    /// How well the records from the first on fit the width, from 0 to 1.
    pub(crate) consistency: f64,
    /// The same, but the more cells a record has that has too few, the better it fits.
    pub(crate) closeness: f64,
    /// The share of all records that are not in front of it.
    pub(crate) coverage: f64,
    /// How many records have the width.
    pub(crate) full: usize,
}

/// How many different widths are counted.
const MOST_WIDTHS: usize = 256;
/// How many of the most frequent widths are tried.
const WIDTHS: usize = 8;
/// How consistent a table is at most beside which there are others.
const OTHERS: f64 = 0.9;
/// The fewest records in front of a table that stands apart: a single one may be its header.
const PREAMBLE: usize = 3;
/// How much a table that stands apart is of a text at least.
const APART: f64 = 0.75;
/// What a record with too few cells costs at least.
const SHORT: f64 = 0.05;
/// How much more a table of many columns is worth than one of one.
const SINGLE: f64 = 0.24;

impl Layout {
    const NONE: Layout = Layout {
        width: 0,
        usual: 0,
        first: 0,
        consistency: 0.0,
        closeness: 0.0,
        coverage: 1.0,
        full: 0,
    };

    /// The table that `shapes` look most like.
    pub(crate) fn of(shapes: &[Shape]) -> Self {
        let widths = widths(shapes);
        let usual = widths.first().copied().unwrap_or(0);
        let start = shapes.iter().position(counts).unwrap_or(0);
        let layouts = widths.into_iter().flat_map(|width| {
            let full = shapes.iter().position(|shape| is_full(shape, width)).unwrap_or(start);
            // In a table of one column a title looks like a row, so the table begins with the first record.
            let firsts = [start, if width == 1 { start } else { full }];
            firsts.map(|first| Self::with(shapes, width, first, usual))
        });
        // Of two tables that fit as well the wider one is better: it drops no cell.
        let is_better = |next: &Self, best: &Self| {
            next.fitness() > best.fitness() || (next.fitness() == best.fitness() && next.width > best.width)
        };
        let best = layouts.reduce(|best, next| if is_better(&next, &best) { next } else { best });
        best.map_or(Self::NONE, |best| {
            let best = best.or_larger(shapes, usual).behind_asides(shapes, usual);
            best.apart(shapes, usual)
        })
    }

    /// The layout, or that of another table among the records if it alone has more than all that fit here.
    fn or_larger(self, shapes: &[Shape], usual: usize) -> Self {
        let larger = asides(shapes, self.width).into_iter().max_by_key(Aside::records);
        match larger.filter(|aside| aside.records() > self.full) {
            Some(aside) => Self::with(shapes, aside.width, aside.first, usual),
            None => self,
        }
    }

    /// The layout from its first whole record on, if other tables come before that.
    fn behind_asides(self, shapes: &[Shape], usual: usize) -> Self {
        let full = shapes.iter().position(|shape| is_full(shape, self.width));
        let full = full.unwrap_or(self.first);
        let comes_before = |aside: &Aside| aside.first >= self.first && aside.last < full;
        match asides(shapes, self.width).iter().any(comes_before) {
            true => Self::with(shapes, self.width, full, usual),
            false => self,
        }
    }

    /// The layout as it fits its own records: other tables in the text say little against it.
    fn apart(self, shapes: &[Shape], usual: usize) -> Self {
        let asides = asides(shapes, self.width);
        if asides.is_empty() {
            return self;
        }
        let mut is_own = vec![true; shapes.len()];
        asides
            .iter()
            .for_each(|aside| is_own[aside.first..=aside.last].fill(false));
        let own = shapes.iter().zip(&is_own).filter(|(_, is_own)| **is_own);
        let own: Vec<Shape> = own.map(|(shape, _)| *shape).collect();
        let first = is_own[..self.first].iter().filter(|is_own| **is_own).count();
        let alone = Self::with(&own, self.width, first, usual);
        Layout {
            consistency: OTHERS * alone.consistency,
            closeness: OTHERS * alone.closeness,
            ..self
        }
    }

    /// The same table, without some records that are none of it.
    pub(crate) fn among(self, own: &[Shape]) -> Self {
        let usual = widths(own).first().map_or(self.usual, |&usual| usual.min(self.width));
        Layout { usual, ..self }
    }

    fn with(shapes: &[Shape], width: usize, first: usize, usual: usize) -> Self {
        let body = shapes[first..].iter().filter(|shape| counts(shape));
        // The first record counts twice: it is the header if there is one, and knows how many columns there are. A title
        // knows nothing of them.
        let twice = body.clone().take(1);
        let again = twice.clone().filter(|shape| shape.cells > 1 || width == 1);
        let counted = body.clone().chain(again);
        let fit = counted.clone().map(|shape| fit(shape, width)).sum::<f64>();
        let close = counted.map(|shape| closeness(shape, width)).sum::<f64>();
        let (body, twice) = (body.count(), twice.count());
        // Titles and notes have one cell; what has more may have been a row.
        let lost = shapes[..first].iter().filter(|shape| counts(shape) && shape.filled > 1);
        let lost: f64 = lost.map(|shape| if shape.filled < width { 0.5 } else { 1.0 }).sum();
        let all = shapes.iter().filter(|shape| counts(shape)).count();
        let coverage = body as f64 / all.max(1) as f64;
        let (lost, coverage) = match stands_apart(shapes, width, first) {
            true => (0.0, coverage.max(APART)),
            false => (lost, coverage),
        };
        Layout {
            width,
            usual: usual.min(width),
            first,
            consistency: fit / ((body + twice).max(1) as f64 + lost),
            closeness: close / ((body + twice).max(1) as f64 + lost),
            coverage,
            full: shapes.iter().filter(|shape| is_full(shape, width)).count(),
        }
    }

    /// How well the records fit, for comparison with other tables in the same dialect.
    fn fitness(&self) -> f64 {
        let single = if self.width == 1 { 0.5 } else { 1.0 };
        self.consistency * self.consistency * single * self.reach()
    }

    /// How much is served of what there is. A single record behind others is hardly a table.
    fn reach(&self) -> f64 {
        let lone = if self.full < 2 && self.coverage < 1.0 { 0.5 } else { 1.0 };
        lone * (0.2 + 0.8 * self.coverage)
    }

    /// How much there is to say for this table, quotes and values aside.
    pub(crate) fn worth(&self) -> f64 {
        let width = match self.width {
            0 => 0.0,
            1 => SINGLE,
            width => 1.0 - 0.3 / width as f64,
        };
        self.closeness.powi(3) * width * self.reach()
    }
}

/// Whether the records from `first` on are a table behind a blank line, all as wide as it, of three columns or more, and those
/// in front of it are less than half as wide and no table: what they hold is a preamble, be it as long as the table.
fn stands_apart(shapes: &[Shape], width: usize, first: usize) -> bool {
    let is_apart = first
        .checked_sub(1)
        .is_some_and(|before| shapes[before].kind == RecordKind::Blank);
    if !is_apart || width < 3 {
        return false;
    }
    let mut before = shapes[..first].iter().filter(|shape| counts(shape));
    let is_preamble = before.clone().count() >= PREAMBLE && before.all(|shape| 2 * shape.cells <= width);
    let mut body = shapes[first..].iter().filter(|shape| counts(shape));
    is_preamble && body.clone().count() > 1 && body.all(|shape| shape.cells == width) && !have_table(&shapes[..first])
}

/// Whether a record says something about the width.
fn counts(shape: &Shape) -> bool {
    // A record with a broken quote says nothing about the width. It speaks against the quote, when dialects are compared.
    shape.kind == RecordKind::Cells
}

fn is_full(shape: &Shape, width: usize) -> bool {
    shape.kind == RecordKind::Cells && shape.cells == width
}

/// How well a record fits in a table of `width` columns.
fn fit(shape: &Shape, width: usize) -> f64 {
    match shape.kind {
        RecordKind::Cells if shape.cells == width => 1.0,
        RecordKind::Cells if shape.cells > width && shape.filled <= width => 0.9,
        RecordKind::Cells if shape.cells < width => 0.5,
        _ => 0.0,
    }
}

/// How close a record comes to a table of `width` columns: of two dialects that part records unevenly the one is better in
/// which they have nearly all cells.
fn closeness(shape: &Shape, width: usize) -> f64 {
    match shape.kind {
        RecordKind::Cells if shape.cells < width => (shape.cells as f64 / width as f64 - SHORT).max(0.5),
        _ => fit(shape, width),
    }
}

/// The most frequent widths, the earliest of equals first.
fn widths(shapes: &[Shape]) -> Vec<usize> {
    let mut counted: Vec<(usize, usize)> = Vec::new();
    for shape in shapes.iter().filter(|shape| shape.kind == RecordKind::Cells) {
        let known = counted.iter().position(|(width, _)| *width == shape.cells);
        match known {
            Some(known) => counted[known].1 += 1,
            None if counted.len() < MOST_WIDTHS => counted.push((shape.cells, 1)),
            None => {}
        }
    }
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counted.truncate(WIDTHS);
    counted.into_iter().map(|(width, _)| width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::shape::shapes;
    use crate::text::dialect::Dialect;
    use crate::text::syntax::Syntax;

    fn layout(text: &str) -> (usize, usize) {
        let syntax = Syntax::new(&Dialect::default());
        let layout = Layout::of(&shapes(&syntax, text.as_bytes(), true, 100, |_, _| ()));
        (layout.width, layout.first)
    }

    #[test]
    fn the_table_is_found_among_other_lines() {
        let cases = [
            ("", (0, 0)),
            ("\n\n", (0, 0)),
            ("a\n", (1, 0)),
            ("a,b\n1,2\n", (2, 0)),
            ("title\nnote\na,b,c\n1,2,3\n", (3, 2)),
            ("title\n\na,b\n1,2\n3,4\n5\n", (2, 2)),
            ("a,b\n1,2\n1,2,3,4,5\n3,4\n", (2, 0)),
            ("a,b,c\n1,2,3,\n4,5,6,\n", (3, 0)),
            (
                "k,l,m\n1,2,3\n4,5,6\n\na,b\n1,2\n3,4\n5,6\n7,8\n9,0\n1,2\n3,4\n5,6\n",
                (2, 4),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(layout(text), expected, "{text:?}");
        }
    }
}
