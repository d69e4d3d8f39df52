//! Whether the first record names the columns, and the names that make of it.

use crate::column::evidence::Evidence;
use crate::table::asides::{Aside, Beside, OtherTable, Records};
use crate::table::labels::{are_dashes, are_labels, contradicts, is_value};
use crate::table::layout::Layout;
use crate::table::names::{MAX_COLUMNS, Named, Names};
use crate::table::overrides::{HeaderMode, Overrides};
use crate::table::row_names::has_row_names;
use crate::table::shape::{Shape, shapes};
use crate::table::titles::behind_titles;
use crate::text::cell;
use crate::text::dialect::Dialect;
use crate::text::frame::Frame;
use crate::text::lines::{count_lines, line_end};
use crate::text::record::Kind;
use crate::text::syntax::Syntax;
use crate::value::kind::ColumnType;
use crate::value::words;

/// How many records are looked at to find the table among them.
const MOST_RECORDS: usize = 10_000;
/// How many records may name the columns.
const MOST_HEADER_ROWS: usize = 3;

/// The records of a text. Those whose quotes are in doubt are parted as it fits the width that the others show.
fn framed(syntax: Syntax, text: &[u8]) -> (Syntax, Vec<Shape>) {
    let read = |syntax: &Syntax| shapes(syntax, text, true, MOST_RECORDS, |_, _| ());
    let all = read(&syntax);
    let is_doubtful = |shape: &Shape| shape.stray + shape.loose > 0 || matches!(shape.kind, Kind::Broken { .. });
    if !all.iter().any(is_doubtful) {
        return (syntax, all);
    }
    let layout = Layout::of(&all);
    let framed = syntax.within(Frame::of_text(layout.width, layout.usual));
    let all = read(&framed);
    (framed, all)
}

/// The table in a text, and the records at its start that may name its columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// How many columns its records have.
    pub(crate) width: usize,
    /// How many cells its records usually have, at most the width.
    pub(crate) usual: usize,
    /// How many lines come before it.
    pub(crate) preamble_lines: usize,
    /// The tables that are not it.
    pub(crate) others: Vec<OtherTable>,
    /// The names that a comment in front of its first row tells, and the line of that.
    pub(crate) commented: Option<(u64, Vec<Vec<u8>>)>,
    /// The texts of the cells of its first records.
    rows: Vec<Vec<Vec<u8>>>,
    /// What the records behind each of these say of the columns.
    below: Vec<Vec<Evidence>>,
    /// The most cells that one of its records has, empty ones at the end not counted.
    widest: usize,
    /// Its rows have names of their own, which the header does not count.
    row_names: bool,
}

impl Table {
    /// Finds the table in `text`, which is read as `dialect` says; its preamble is at least as long as there. The file is
    /// not longer if the text is `complete`.
    pub(crate) fn find(dialect: &Dialect, text: &[u8], complete: bool, overrides: &Overrides) -> Self {
        let lines = overrides.preamble_lines.unwrap_or(dialect.preamble_lines);
        let syntax = Syntax::new(&Dialect {
            preamble_lines: lines,
            header_rows: 0,
            ..dialect.clone()
        });
        let lead = syntax.lead(text, true).end;
        let body = &text[lead..];
        let (syntax, all) = framed(syntax, body);
        let records = Records {
            syntax: &syntax,
            text: body,
            shapes: &all,
        };
        let (layout, asides) = parted(Layout::of(&all), &records);
        // What comes before the table is preamble in any case, and there to be looked at.
        let is_behind = |aside: &Aside| aside.first > layout.first;
        let apart = asides
            .iter()
            .filter(|(aside, kind)| *kind != Beside::Perhaps && is_behind(aside));
        let mut shapes = all.clone();
        for (aside, _) in apart.rev() {
            shapes.drain(aside.first..=aside.last);
        }
        let layout = layout.among(&shapes);
        let read = |first: usize| {
            let mut table = Table {
                width: layout.width,
                usual: layout.usual,
                preamble_lines: lines,
                ..Table::default()
            };
            // A header that comes again says nothing of the columns.
            let line = |shape: &Shape| &body[shape.start..line_end(body, shape.start).0];
            let is_again = |shape: &&Shape| shape.cells > 1 && line(shape) == line(&shapes[first]);
            let table_shapes = shapes.get(first..).unwrap_or_default();
            let (head, rest) = table_shapes.split_at(table_shapes.len().min(1));
            let own = head.iter().chain(rest.iter().filter(|shape| !is_again(shape)));
            let own: Vec<Shape> = own.copied().collect();
            table.read(&syntax, body, &own, overrides.header);
            let once = rest
                .iter()
                .position(|shape| is_again(&shape))
                .map_or(own.len(), |at| at + 1);
            table.row_names = has_row_names(&syntax, body, &own[..once]);
            table
        };
        let (mut table, first) = match overrides.preamble_lines {
            Some(_) => (read(0), 0),
            None => Self::with_names(&layout, &shapes, overrides.header, read),
        };
        let line = |record: &Shape| count_lines(&text[..lead + record.start]) + 1;
        if shapes[..first].iter().any(|shape| shape.kind != Kind::Blank) {
            table.preamble_lines = usize::try_from(line(&shapes[first]) - 1).unwrap_or(usize::MAX);
        }
        let start = lead + shapes.get(first).map_or(body.len(), |shape| shape.start);
        let commented = last_line(&text[..start]).filter(|&at| syntax.is_comment(text, at));
        let names = commented.and_then(|at| table.names_in(&syntax, &text[at..start], overrides.header));
        table.commented = names.map(|names| (count_lines(&text[..start]), names));
        let is_cut_off = |last: usize| last + 1 == all.len() && (!complete || last + 1 == MOST_RECORDS);
        let others = asides.into_iter().map(|(aside, kind)| OtherTable {
            first_line: line(&all[aside.first]),
            last_line: (!is_cut_off(aside.last)).then(|| line(&all[aside.last])),
            columns: aside.width,
            kind,
        });
        table.others = others.collect();
        table
    }

    /// The table of the layout, and the index of its first record. That may be the one in front, if it names a part of the
    /// columns, or one behind titles that are as wide as the table or set apart by a blank line.
    fn with_names(layout: &Layout, shapes: &[Shape], mode: HeaderMode, read: impl Fn(usize) -> Self) -> (Self, usize) {
        let (table, first) = (read(layout.first), layout.first);
        let behind = behind_titles(shapes, layout).filter(|_| mode == HeaderMode::Detect);
        let titled = behind.map(|behind| (read(behind), behind));
        if let Some((table, behind)) = titled.filter(|(table, _)| table.is_header(0)) {
            return (table, behind);
        }
        let Some(before) = first.checked_sub(1).filter(|_| !table.is_header(0)) else {
            return (table, first);
        };
        let Shape { kind, filled, .. } = shapes[before];
        let may_name = kind == Kind::Cells && (2..=2 * filled).contains(&layout.width);
        let longer = may_name.then(|| read(before)).filter(|longer| longer.is_header(0));
        let longer = longer.filter(|longer| filled > 1 || longer.row_names);
        longer.map_or((table, first), |longer| (longer, before))
    }

    /// Takes in the records of the table.
    fn read(&mut self, syntax: &Syntax, text: &[u8], shapes: &[Shape], mode: HeaderMode) {
        let asked = match mode {
            HeaderMode::Rows(rows) => rows.min(MOST_RECORDS),
            HeaderMode::Detect | HeaderMode::Present | HeaderMode::Absent | HeaderMode::Comment => 0,
        };
        let (mut cells, mut scratch) = (Vec::new(), Vec::new());
        let mut rest = Vec::new();
        for shape in shapes.iter().filter(|shape| shape.kind == Kind::Cells) {
            cells.clear();
            syntax.record(text, shape.start, usize::MAX, &mut cells);
            if self.rows.len() <= MOST_HEADER_ROWS.max(asked) {
                let texts = cells.iter().map(|&cell| cell::text(text, cell, &mut scratch).to_vec());
                self.rows.push(texts.collect());
                continue;
            }
            self.widest = self.widest.max(shape.filled.min(self.width));
            if shape.cells >= self.usual {
                observe(
                    &mut rest,
                    cells
                        .iter()
                        .take(self.width)
                        .map(|&cell| cell::text(text, cell, &mut scratch).to_vec()),
                );
            }
        }
        for row in self.rows.iter().rev() {
            self.below.push(rest.clone());
            if row.len() >= self.usual {
                observe(&mut rest, row.iter().take(self.width).cloned());
            }
        }
        self.below.reverse();
    }

    /// The names that the comment at the start of `text` tells, if it has one for each column and the table has no header.
    fn names_in(&self, syntax: &Syntax, text: &[u8], mode: HeaderMode) -> Option<Vec<Vec<u8>>> {
        let may_name = match mode {
            HeaderMode::Detect => self.width > 1 && !self.is_header(0),
            mode => mode == HeaderMode::Comment,
        };
        if !may_name {
            return None;
        }
        let marks = |byte: &u8| Some(*byte) == syntax.comment || syntax.is_blank(*byte);
        let names = &text[text.iter().position(|byte| !marks(byte))?..];
        let (mut cells, mut scratch) = (Vec::new(), Vec::new());
        syntax.record(names, 0, usize::MAX, &mut cells)?;
        let cells = cells.iter().map(|&cell| cell::text(names, cell, &mut scratch).to_vec());
        let cells: Vec<Vec<u8>> = cells.collect();
        let are_names = cells.len() == self.width && !cells.iter().any(|cell| cell.is_empty() || is_value(cell));
        are_names.then_some(cells)
    }

    /// How many records name the columns.
    pub(crate) fn header_rows(&self, mode: HeaderMode) -> usize {
        match mode {
            HeaderMode::Absent | HeaderMode::Comment => 0,
            HeaderMode::Present => 1,
            HeaderMode::Rows(rows) => rows,
            HeaderMode::Detect if !self.is_header(0) => 0,
            HeaderMode::Detect => {
                let further = (1..self.rows.len().min(MOST_HEADER_ROWS)).take_while(|&row| self.goes_on(row));
                1 + further.count()
            }
        }
    }

    /// Whether the record at `row` is a header, judging by its cells and by what the records below say of their columns.
    ///
    /// It is one if one of its cells cannot be of the type that its column has otherwise; it is not if a cell is a value
    /// (a number, a date, digits and punctuation), or if it is the only record and has an empty cell; a record of nothing
    /// but words is taken for one.
    fn is_header(&self, row: usize) -> bool {
        let Some(cells) = self.rows.get(row) else { return false };
        let contradicts = cells
            .iter()
            .zip(&self.below[row])
            .any(|(cell, column)| contradicts(cell, column));
        let alone = self.rows.len() == 1 && cells.len() > 1;
        contradicts || are_labels(cells) || !cells.iter().any(|cell| is_value(cell) || (alone && cell.is_empty()))
    }

    /// Whether the record at `row`, behind a header, is part of it: none of the columns below that have a type take what
    /// it holds, and there are at least two; or it is a line of dashes.
    fn goes_on(&self, row: usize) -> bool {
        if are_dashes(&self.rows[row]) {
            return true;
        }
        let typed = self.rows[row]
            .iter()
            .zip(&self.below[row])
            .filter(|(_, column)| column.kind() != ColumnType::Utf8);
        let (mut words, mut values) = (0, 0);
        for (cell, column) in typed {
            match words::trim(cell) {
                b"" => {}
                _ if contradicts(cell, column) => words += 1,
                _ => values += 1,
            }
        }
        words > 1 && values == 0
    }

    /// Whether the first column, which a header of so many records does not name, has names of rows.
    pub(crate) fn names_rows(&self, header_rows: usize) -> bool {
        self.row_names && header_rows == 1
    }

    /// The names of the columns, of which the first `header_rows` records tell.
    pub(crate) fn names(&self, header_rows: usize) -> Vec<Named> {
        let (header, rows) = self.rows.split_at(header_rows.min(self.rows.len()));
        let header = match &self.commented {
            Some((_, names)) if header.is_empty() => std::slice::from_ref(names),
            _ => header,
        };
        let before = usize::from(self.names_rows(header_rows));
        let named = header.iter().map(|row| filled(row) + before).max().unwrap_or(0);
        let widest = rows
            .iter()
            .map(|row| filled(row).min(self.width))
            .chain([self.widest])
            .max()
            .unwrap_or(0);
        // Rows that all end with a delimiter have no further column for it.
        let own = if widest > 0 && header.iter().any(|row| row.len() + before == widest) {
            widest
        } else {
            self.width
        };
        let width = own.min(MAX_COLUMNS).max(named);
        let mut names = Names::default();
        for column in 0..width {
            let named = header.iter().filter(|row| !are_dashes(row));
            let cells = named.filter_map(|row| row.get(column.checked_sub(before)?));
            let cells: Vec<&[u8]> = cells.map(|cell| words::trim(cell)).collect();
            let parts: Vec<&[u8]> = cells.iter().copied().filter(|part| !part.is_empty()).collect();
            names.push((!cells.is_empty()).then(|| parts.join(&b'_')).as_deref());
        }
        names.into_vec()
    }
}

/// The layout of the largest of all tables that are as wide as the one of `layout`, and the tables beside it.
fn parted(layout: Layout, records: &Records<'_>) -> (Layout, Vec<(Aside, Beside)>) {
    let asides = records.beside(layout.width, layout.first);
    let others = asides.iter().filter(|(_, kind)| *kind == Beside::Other);
    let equals = others
        .map(|(aside, _)| aside)
        .filter(|aside| aside.width == layout.width);
    let is_own = |shape: &&Shape| shape.kind == Kind::Cells && shape.cells == layout.width;
    let full = records.shapes[layout.first..].iter().filter(is_own).count();
    let foreign: usize = equals.clone().map(Aside::records).sum();
    // Of equals the first.
    let largest = equals.rev().max_by_key(|aside| aside.records());
    let Some(larger) = largest.filter(|aside| aside.records() > full.saturating_sub(foreign)) else {
        return (layout, asides);
    };
    let first = larger.head;
    let before = records.beside(layout.width, first);
    let is_told = |at: usize| before.iter().any(|(aside, _)| (aside.first..=aside.last).contains(&at));
    let is_row = |at: &usize| records.shapes[*at].kind == Kind::Cells && records.shapes[*at].filled > 1;
    match (0..first).filter(is_row).all(is_told) {
        true => (Layout { first, ..layout }, before),
        false => (layout, asides),
    }
}

/// Takes in the cells of one record.
fn observe(columns: &mut Vec<Evidence>, cells: impl Iterator<Item = Vec<u8>>) {
    for (index, cell) in cells.enumerate() {
        if index == columns.len() {
            columns.push(Evidence::NONE);
        }
        columns[index].observe(&cell, false);
    }
}

/// Where the last line of `text` starts, if there is one.
fn last_line(text: &[u8]) -> Option<usize> {
    let line = text.strip_suffix(b"\n").unwrap_or(text);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let before = memchr::memrchr2(b'\n', b'\r', line);
    (!text.is_empty()).then_some(before.map_or(0, |before| before + 1))
}

/// How many cells there are without the empty ones at the end.
fn filled(row: &[Vec<u8>]) -> usize {
    row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_caller_says_of_the_header_goes_before_titles() {
        let cases = [
            (HeaderMode::Detect, 1, "b c d"),
            (HeaderMode::Present, 0, "a column_2 column_3"),
            (HeaderMode::Absent, 0, "column_1 column_2 column_3"),
        ];
        for (header, preamble, expected) in cases {
            let overrides = Overrides {
                header,
                ..Overrides::default()
            };
            let table = Table::find(&Dialect::default(), b"a,,\nb,c,d\ne,f,g\n", true, &overrides);
            let names = table.names(table.header_rows(header)).into_iter();
            let names: Vec<String> = names.map(|(name, _)| name).collect();
            assert_eq!(
                (table.preamble_lines, names.join(" ").as_str()),
                (preamble, expected),
                "{header:?}"
            );
        }
    }

    #[test]
    fn a_comment_may_tell_the_names() {
        let dialect = Dialect {
            comment: Some(b'#'),
            ..Dialect::default()
        };
        let cases = [
            ("#id,name\n1,x\n2,y\n", Some(1), "id name"),
            ("##v=1,2\n# id,name\n1,x\n2,y\n", Some(2), "id name"),
            ("#id,name\na,b\n1,x\n2,y\n", None, "a b"),
            ("#id,name,more\n1,x\n2,y\n", None, "column_1 column_2"),
            ("#id,2\n1,x\n2,y\n", None, "column_1 column_2"),
            ("#id,name\n\n1,x\n2,y\n", None, "column_1 column_2"),
        ];
        for (text, line, expected) in cases {
            let table = Table::find(&dialect, text.as_bytes(), true, &Overrides::default());
            let names = table.names(table.header_rows(HeaderMode::Detect)).into_iter();
            let names: Vec<String> = names.map(|(name, _)| name).collect();
            assert_eq!(names.join(" "), expected, "{text:?}");
            assert_eq!(table.commented.map(|(line, _)| line), line, "{text:?}");
        }
    }

    #[test]
    fn headers() {
        let cases: [(&str, usize, &str); 26] = [
            ("id,name\n1,x\n", 1, "id name"),
            ("1,x\n2,y\n", 0, "column_1 column_2"),
            ("name,city\nx,y\n", 1, "name city"),
            ("name,city", 1, "name city"),
            ("1,x", 0, "column_1 column_2"),
            ("2019,2020,name\na,b,3\n", 1, "2019 2020 name"),
            ("2019,name\n1,x\n", 0, "column_1 column_2"),
            ("id,\n1,2\n", 1, "id column_2"),
            (",\n1,2\n", 1, "column_1 column_2"),
            ("05/06/2019\n06/06/2019\n", 0, "column_1"),
            ("when\n2024-01-01\n", 1, "when"),
            ("2023-01-01\n2024-01-01 10:00\n", 0, "column_1"),
            ("id,n,m\nint,km,s\n1,2,3\n4,5,6\n", 2, "id_int n_km m_s"),
            ("id,n\nx,NA\ny,2\n", 1, "id n"),
            ("a,b\n1,2,3\n4,5,6\n", 1, "a b column_3"),
            ("a,b,c\n1,2\n4,5\n", 1, "a b c"),
            ("a,b\n1,2,\n4,5,\n", 1, "a b"),
            ("title\n\na,b\n1,2\n4,5\n", 1, "a b"),
            ("country,2019,2020\nx,1,2\n", 1, "country 2019 2020"),
            ("x,2019,2019\ny,1,2\n", 0, "column_1 column_2 column_3"),
            ("by:,me\n\nid,n,m\n1,2,3\n4,5,6\n", 1, "id n m"),
            ("title,,\n,,\nid,n,m\n1,2,3\n4,5,6\n7,8,9\n", 1, "id n m"),
            ("id,,\n1,2,3\n4,5,6\n", 1, "id column_2 column_3"),
            ("id,n\n\n1,2,3\n4,5,6\n", 1, "id n column_3"),
            ("title\n1,2\n4,5\n", 0, "column_1 column_2"),
            ("", 0, ""),
        ];
        for (text, rows, expected) in cases {
            let table = Table::find(&Dialect::default(), text.as_bytes(), true, &Overrides::default());
            let found = table.header_rows(HeaderMode::Detect);
            let names: Vec<String> = table.names(found).into_iter().map(|(name, _)| name).collect();
            assert_eq!((found, names.join(" ").as_str()), (rows, expected), "{text:?}");
        }
    }
}
