//! Properties of each kind of mess: any clean table comes back from it, and whatever is no row of it is accounted for.

use flightstream_csv::{Overrides, Surveyed};
use proptest::prelude::*;

mod read;

/// A clean table: a number, a word and a fraction in turn.
#[derive(Debug, Clone)]
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

const NAMES: [&str; 6] = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
const WORDS: [&str; 8] = ["oak", "birch", "pine", "maple", "elm", "larch", "fir", "yew"];

fn table(widths: std::ops::Range<usize>) -> impl Strategy<Value = Table> {
    let cells = (any::<u16>(), 0..WORDS.len());
    let rows = move |width: usize| prop::collection::vec(prop::collection::vec(cells.clone(), width), 3..12);
    (widths.clone().prop_flat_map(rows)).prop_map(|rows| {
        let cell = |(at, (number, word)): (usize, (u16, usize))| match at % 3 {
            0 => number.to_string(),
            1 => WORDS[word].to_owned(),
            _ => format!("{}.5", number / 7),
        };
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.into_iter().enumerate().map(cell).collect())
            .collect();
        let names = NAMES[..rows[0].len()].iter().map(|name| (*name).to_owned());
        Table {
            names: names.collect(),
            rows,
        }
    })
}

impl Table {
    fn width(&self) -> usize {
        self.names.len()
    }

    /// The lines, the header among them.
    fn lines(&self, delimiter: &str) -> Vec<String> {
        let all = std::iter::once(&self.names).chain(&self.rows);
        all.map(|row| row.join(delimiter)).collect()
    }

    /// The rows as readers show them.
    fn shown(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.join("|")).collect()
    }

    /// The cells of all lines, each as wide as the widest of its column, numbers at their right ends.
    fn padded(&self) -> Vec<Vec<String>> {
        let all: Vec<&Vec<String>> = std::iter::once(&self.names).chain(&self.rows).collect();
        let width = |at: usize| all.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        let pad = |(at, cell): (usize, &String)| match at % 3 {
            0 => format!("{cell:>width$}", width = width(at)),
            _ => format!("{cell:<width$}", width = width(at)),
        };
        all.iter()
            .map(|row| row.iter().enumerate().map(pad).collect())
            .collect()
    }
}

/// The names, the rows, and what was found out, in all ways to read a text.
fn read(lines: &[String]) -> (Vec<String>, Vec<String>, Surveyed) {
    let text = lines.join("\n") + "\n";
    let profile = read::inferred(&text, &Overrides::default());
    let (surveyed, rows) = read::read_all_ways(&profile, &text, &[64]);
    let names = surveyed.profile.columns.iter().map(|column| column.name.clone());
    (names.collect(), rows, surveyed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn titles_are_preamble(table in table(3..7), count in 1usize..4, padded: bool, blank: bool) {
        let mut lines = table.lines(",");
        let pad = if padded { ",".repeat(table.width() - 1) } else { String::new() };
        let mut titles: Vec<String> = (0..count).map(|at| format!("{} of the trees{pad}", WORDS[at])).collect();
        titles.extend(blank.then(String::new));
        let before = titles.len() as u64;
        lines.splice(..0, titles);
        let (names, rows, surveyed) = read(&lines);
        prop_assert_eq!((names, rows), (table.names.clone(), table.shown()));
        prop_assert_eq!((surveyed.ledger.preamble, surveyed.ledger.rejected), (before, 0));
    }

    #[test]
    fn names_of_groups_hold_for_their_columns(table in table(4..7), first in 1usize..3) {
        let mut groups = vec![String::new(); table.width()];
        (groups[0], groups[first]) = ("left".to_owned(), "right".to_owned());
        let mut lines = table.lines(",");
        lines.insert(0, groups.join(","));
        let (names, rows, surveyed) = read(&lines);
        let group = |at: usize| if at < first { "left" } else { "right" };
        let expected: Vec<String> =
            table.names.iter().enumerate().map(|(at, name)| format!("{}_{name}", group(at))).collect();
        prop_assert_eq!((names, rows), (expected, table.shown()));
        prop_assert_eq!(surveyed.ledger.header, 2);
    }

    #[test]
    fn the_header_again_is_no_row(
        table in table(2..7), places in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3), 1..4),
    ) {
        let mut lines = table.lines(",");
        for (place, form) in &places {
            let header = table.names.join(",");
            let header = match form {
                0 => header,
                1 => header.to_uppercase(),
                _ => format!("\"{}\"", table.names.join("\",\"")),
            };
            lines.insert(1 + place.index(lines.len()), header);
        }
        let (names, rows, surveyed) = read(&lines);
        prop_assert_eq!((names, rows), (table.names.clone(), table.shown()));
        // One right below the header is part of the header as well.
        let (header, rejected) = (surveyed.ledger.header, surveyed.ledger.rejected);
        prop_assert_eq!(header + rejected, 1 + places.len() as u64);
    }

    #[test]
    fn frames_are_layout(table in table(2..6), form in 0usize..3, pipe: Option<prop::sample::Index>) {
        let mut table = table;
        if let Some(pipe) = pipe {
            let row = pipe.index(table.rows.len() - 1);
            table.rows[row][1] = "x|y".to_owned();
        }
        let padded = table.padded();
        let dashes: Vec<String> = padded[0].iter().map(|cell| "-".repeat(cell.len() + 2)).collect();
        let rows = || padded.iter().map(|row| row.join(" | "));
        let lines: Vec<String> = match form {
            // The client of PostgreSQL, that of MySQL, and Markdown.
            0 => {
                let mut lines: Vec<String> = rows().map(|row| format!(" {row}")).collect();
                lines.insert(1, dashes.join("+"));
                lines
            }
            1 => {
                let rule = format!("+{}+", dashes.join("+"));
                let mut lines: Vec<String> = rows().map(|row| format!("| {row} |")).collect();
                lines.splice(..0, [rule.clone()]);
                lines.insert(2, rule.clone());
                lines.push(rule);
                lines
            }
            _ => {
                let mut lines: Vec<String> = rows().map(|row| format!("| {row} |")).collect();
                lines.insert(1, format!("|{}|", dashes.join("|")));
                lines
            }
        };
        let (names, rows, surveyed) = read(&lines);
        prop_assert_eq!((names, rows), (table.names.clone(), table.shown()), "{:#?}", lines);
        prop_assert_eq!(surveyed.ledger.rejected, 0);
    }

    #[test]
    fn a_second_table_is_told_of(table in table(3..6), other in table(2..7), titled: bool) {
        prop_assume!(other.width() != table.width() && other.rows.len() < table.rows.len());
        let mut lines = table.lines(",");
        let names = NAMES.iter().rev().take(other.width()).map(|name| format!("other {name}"));
        let other = Table { names: names.collect(), ..other };
        lines.push(String::new());
        lines.extend(titled.then(|| "Further trees".to_owned()));
        lines.extend(other.lines(","));
        let (names, rows, surveyed) = read(&lines);
        prop_assert_eq!((names, rows), (table.names.clone(), table.shown()));
        let rejected = other.rows.len() as u64 + 1 + u64::from(titled);
        prop_assert_eq!(surveyed.ledger.rejected, rejected);
        let warnings = surveyed.profile.warnings();
        prop_assert!(warnings.iter().any(|warning| warning.contains("another table")), "{warnings:?}");
    }

    #[test]
    fn dates_that_nobody_can_decide_are_text_with_a_warning(
        table in table(2..5), dates in prop::collection::vec((1u8..13, 1u8..13, 0u8..100), 12), short: bool,
        proof: Option<prop::sample::Index>, sign in prop::sample::select(vec!["/", ".", "-"]),
    ) {
        let mut table = table;
        let proof = proof.map(|proof| proof.index(table.rows.len()));
        for (at, (row, (day, month, year))) in table.rows.iter_mut().zip(dates).enumerate() {
            let day = if proof == Some(at) { 13 + day } else { day };
            let year = if short { format!("{year:02}") } else { format!("20{year:02}") };
            row.push(format!("{day:02}{sign}{month:02}{sign}{year}"));
        }
        table.names.push("day".to_owned());
        let (_, rows, surveyed) = read(&table.lines(";"));
        let warnings = surveyed.profile.warnings();
        let is_told = warnings.iter().any(|warning| warning.contains("\"day\""));
        let is_decided = proof.is_some() && !short;
        prop_assert_eq!(is_told, !is_decided, "{:?}", warnings);
        prop_assert_eq!(rows == table.shown(), !is_decided);
        prop_assert_eq!(surveyed.ledger.served, table.rows.len() as u64);
    }

    #[test]
    fn surplus_cells_of_blanks_are_none(
        table in table(2..6), blanks in prop::collection::vec(prop::sample::select(vec!["", "", ", ", ",", ",  ,"]), 12),
    ) {
        let (mut lines, width) = (table.lines(","), table.width());
        for (line, blanks) in lines[1..].iter_mut().zip(&blanks) {
            line.push_str(blanks);
        }
        let (mut names, mut rows, surveyed) = read(&lines);
        // What every row has may be a column without a name.
        if blanks[..table.rows.len()].iter().all(|blanks| !blanks.is_empty()) {
            names.truncate(width);
            for row in &mut rows {
                *row = row.split('|').take(width).collect::<Vec<_>>().join("|");
            }
        }
        prop_assert_eq!((names, rows), (table.names.clone(), table.shown()));
        prop_assert_eq!(surveyed.ledger.rejected, 0);
    }

    #[test]
    fn aligned_cells_are_those_of_their_columns(
        table in table(3..6), holes in prop::collection::vec((any::<prop::sample::Index>(), 1usize..6), 0..4),
        words: bool,
    ) {
        let mut table = table;
        if words {
            table.rows.iter_mut().for_each(|row| row[1] = format!("big {}", row[1]));
        }
        for (row, column) in holes {
            // The first three lines with all cells show where the columns are.
            let row = row.index(table.rows.len());
            let column = column % table.width();
            if row > 1 && column > 0 {
                table.rows[row][column].clear();
            }
        }
        let lines: Vec<String> = table.padded().iter().map(|row| row.join("  ").trim_end().to_owned()).collect();
        let (names, rows, surveyed) = read(&lines);
        // Only a hole at the end of lines tells nothing, where no other line has one inside.
        let is_hole = |row: &Vec<String>| {
            let filled = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
            row[..filled].iter().any(String::is_empty)
        };
        let is_short = |row: &Vec<String>| row.iter().any(String::is_empty);
        if table.rows.iter().any(is_hole) || !table.rows.iter().any(is_short) {
            prop_assert_eq!((names, rows), (table.names.clone(), table.shown()), "{:#?}", lines);
            prop_assert_eq!(surveyed.ledger.rejected, 0);
        } else {
            let all = surveyed.ledger.served + surveyed.ledger.rejected + surveyed.ledger.header;
            prop_assert_eq!(all, table.rows.len() as u64 + 1);
        }
    }
}
