//! Whatever stray quotes are put in a table, no row that is served has cells of another one, and none is gone: a row is
//! served, with the quotes as text where they were put, or its text is in a rejected record.

mod read;

use flightstream_csv::{Chunk, Decoder, HeaderMode, Overrides, Sample, Survey, infer};
use proptest::prelude::*;
use read::{inferred, parts, read_all_ways, surveyed};

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Whole,
    Fraction,
    Word,
    /// Text that needs quotes, now and then.
    Text,
    /// The same with line ends.
    Lines,
}

fn kind() -> impl Strategy<Value = Kind> {
    use Kind::{Fraction, Lines, Text, Whole, Word};
    prop::sample::select(vec![Whole, Fraction, Word, Word, Text, Text, Lines])
}

/// The columns of a table: one of them has values, the others may be anything.
fn kinds() -> impl Strategy<Value = Vec<Kind>> {
    (prop::collection::vec(kind(), 1..5), 0usize..5, any::<bool>()).prop_map(|(mut kinds, at, whole)| {
        let typed = if whole { Kind::Whole } else { Kind::Fraction };
        kinds.insert(at.min(kinds.len()), typed);
        kinds
    })
}

impl Kind {
    /// The cell of a row: no other row has the same.
    fn cell(self, row: usize, random: usize) -> String {
        let text = |texts: &[&str]| texts[random % texts.len()].replace('N', &format!("r{row}x"));
        match self {
            Kind::Whole => (1000 + row).to_string(),
            Kind::Fraction => format!("{}.5", 1000 + row),
            Kind::Word => text(&["N", "word N", "N of words"]),
            Kind::Text => text(&["N", "a N, b", "N,c", "5\" N", "say \"N\"", "N", "\"N\", d"]),
            Kind::Lines => text(&["N", "N, b", "line N\nb", "N\n\nb, c", "a\nN"]),
        }
    }
}

#[derive(Debug, Clone)]
struct Table {
    rows: Vec<Vec<String>>,
    eager: bool,
    /// Where stray quotes are put: in parts of the text behind the header.
    strays: Vec<f64>,
    /// A column has values that are not text.
    has_values: bool,
}

/// A table with a column of values.
fn table() -> impl Strategy<Value = Table> {
    table_of(kinds(), true)
}

/// A table of text alone.
fn texts() -> impl Strategy<Value = Table> {
    let kinds = prop::sample::select(vec![Kind::Word, Kind::Text]);
    table_of(prop::collection::vec(kinds, 2..5), false)
}

fn table_of(kinds: impl Strategy<Value = Vec<Kind>>, has_values: bool) -> impl Strategy<Value = Table> {
    let rows = (kinds, 5usize..14).prop_flat_map(|(kinds, rows)| {
        let width = kinds.len();
        prop::collection::vec(prop::collection::vec(any::<usize>(), width), rows).prop_map(move |random| {
            let row = |(row, random): (usize, &Vec<usize>)| {
                let cells = kinds.iter().zip(random);
                cells.map(|(kind, random)| kind.cell(row, *random)).collect()
            };
            random.iter().enumerate().map(row).collect()
        })
    });
    // Three make two quoted cells of one, where the types do not tell.
    let most = if has_values { 3 } else { 2 };
    let strays = prop::collection::vec(0.0..1.0f64, 1..=most);
    (rows, any::<bool>(), strays).prop_map(move |(rows, eager, strays)| Table {
        rows,
        eager,
        strays,
        has_values,
    })
}

impl Table {
    fn header(&self) -> String {
        let names: Vec<String> = (0..self.rows[0].len()).map(|i| format!("c{i}")).collect();
        names.join(",") + "\n"
    }

    /// The text, with stray quotes in it. One in a row with line ends is the only one: two of them make a cell of what is between
    /// them, and what such a row leaves in front of it is no row by which that would be known.
    fn write(&self, strays: &[f64]) -> String {
        let cell = |cell: &String| match self.eager || cell.contains([',', '"', '\n']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.clone(),
        };
        let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(",") + "\n";
        let mut text: String = self.rows.iter().map(line).collect();
        let mut count = 0;
        for stray in strays {
            let at = (stray * text.len() as f64) as usize;
            let line = text[..at].matches('\n').count();
            let mut ends = self.rows.iter().scan(0, |end, row| {
                let lines = row.concat().matches('\n').count() + 1;
                *end += lines;
                Some((*end, lines))
            });
            let has_line_ends = ends.find(|(end, _)| line < *end).is_some_and(|(_, lines)| lines > 1);
            if has_line_ends && count > 0 {
                continue;
            }
            text.insert(at, '"');
            count += 1;
            if has_line_ends {
                break;
            }
        }
        self.header() + &text
    }
}

/// What no other row has: `r7x` of a row with that, else its number.
fn row_mark(row: &str) -> String {
    let word = without_quotes(row);
    let mark = word.split(|char: char| !char.is_ascii_alphanumeric()).find(|word| {
        let digits = word.strip_prefix('r').and_then(|word| word.strip_suffix('x'));
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    });
    mark.unwrap_or_default().to_owned()
}

/// Whether all quotes of a line open or close a cell, or are doubled.
fn are_in_place(line: &str) -> bool {
    let line = line.replace("\"\"", "");
    let parts: Vec<&str> = line.split('"').collect();
    let is_border = |at: usize| {
        let (before, behind) = (parts[at].trim_end(), parts[at + 1].trim_start());
        match at % 2 {
            0 => before.ends_with(',') || (before.is_empty() && at == 0),
            _ => behind.starts_with(',') || (behind.is_empty() && at + 2 == parts.len()),
        }
    };
    (0..parts.len() - 1).all(is_border)
}

fn count_quotes(text: &str) -> usize {
    text.matches('"').count()
}

fn without_quotes(text: &str) -> String {
    text.replace('"', "")
}

/// Checks the account of all rows.
fn check(table: &Table) -> Result<(), TestCaseError> {
    let text = table.write(&table.strays);
    let overrides = Overrides {
        delimiter: Some(",".parse().expect("it is one")),
        header: HeaderMode::Present,
        preamble_lines: Some(0),
        ..Overrides::default()
    };
    // The types are those of the table, as of a sample without stray quotes.
    let profile = inferred(&table.write(&[]), &overrides);
    let (surveyed, rows) = read_all_ways(&profile, &text, &[1, 9]);
    let mut served = vec![0; table.rows.len()];
    for row in &rows {
        let is_it = |own: &Vec<String>| without_quotes(&own.join("|")) == without_quotes(row);
        if let Some(at) = table.rows.iter().position(is_it) {
            served[at] += 1;
            continue;
        }
        // Nothing tells some rows of text from a text of some lines; of more than two lines a person is told. Nor does
        // anything tell cells of text in two stray quotes from one with delimiters, in a row that is short then.
        let plain = |row: &str| without_quotes(row).replace('|', ",").trim_end_matches(',').to_owned();
        let is_quoted = |own: &Vec<String>| row.ends_with('|') && plain(row) == plain(&own.join("|"));
        // A row has its own marks in the text, so that its quotes can be counted: two of them are stray.
        let quotes = |text: &str| {
            text.lines()
                .filter(|line| line.contains(&row_mark(row)))
                .map(count_quotes)
                .sum::<usize>()
        };
        if quotes(&text) >= quotes(&table.write(&[])) + 2
            && let Some(at) = table.rows.iter().position(is_quoted)
        {
            served[at] += 1;
            continue;
        }
        let unpadded = |text: &str| without_quotes(text).replace(", ", ",");
        // A line of a row that a stray quote has torn may be a row as anyone would write it.
        let is_whole_line = |line: &str| {
            let cells = row.split('|').map(without_quotes).collect::<Vec<_>>().join(",");
            are_in_place(line) && unpadded(line) == unpadded(cells.trim_end_matches(','))
        };
        let mut torn = table.rows.iter().filter(|own| own.concat().contains('\n'));
        let is_part = |own: &Vec<String>| {
            own.join(",")
                .lines()
                .any(|line| unpadded(line) == unpadded(&plain(row)))
        };
        // So may the rest of a row from a line on.
        let begins = |line: &str| are_in_place(line) && unpadded(&plain(row)).starts_with(&unpadded(line));
        let is_rest = |own: &Vec<String>| unpadded(&own.join(",")).ends_with(&format!("\n{}", unpadded(&plain(row))));
        if row.contains('\n') && text.lines().any(begins) && table.rows.iter().any(is_rest) {
            for (at, served) in served.iter_mut().enumerate() {
                *served += usize::from(row.contains(&format!("r{at}x")));
            }
            continue;
        }
        let torn_part = torn.any(is_part);
        let is_line = text.lines().any(is_whole_line) && torn_part;
        let lines = row.lines().count();
        let is_told = surveyed
            .profile
            .warnings()
            .iter()
            .any(|warning| warning.contains("lines that might be rows"));
        // Of two lines a person is told if there is nothing in them that may be code or prose.
        let is_terse = !row.contains(['"', ' ', '.']);
        let may_be = !table.has_values && (is_told || (lines == 2 && !is_terse));
        // What does not fit a column makes it text, and is told.
        let is_misfit = |warning: &String| {
            row.split('|')
                .any(|cell| warning.contains(&format!("'{cell}' is not a")))
        };
        let is_line = is_line || (surveyed.profile.warnings().iter().any(is_misfit) && torn_part);
        prop_assert!(may_be || is_line, "{:?} is none of the rows of {:?}", row, text);
        for (at, served) in served.iter_mut().enumerate() {
            *served += usize::from(row.contains(&format!("r{at}x")));
        }
    }
    for (at, times) in served.into_iter().enumerate() {
        let own = |text: &str| {
            [format!("r{at}x"), (1000 + at).to_string()]
                .iter()
                .any(|own| without_quotes(text).contains(own))
        };
        let is_told = || surveyed.rejects.iter().any(|reject| own(&reject.text));
        prop_assert!(
            times <= 1 && (times == 1 || is_told()),
            "row {} is {} times in {:?}",
            at,
            times,
            text
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_row_is_shifted_or_gone(table in table()) {
        check(&table)?;
    }

    #[test]
    fn no_row_of_text_is_shifted_or_gone_unseen(table in texts()) {
        check(&table)?;
    }

    #[test]
    fn a_table_without_stray_quotes_is_as_it_was(table in table()) {
        let text = table.write(&[]);
        let profile = inferred(&text, &Overrides { header: HeaderMode::Present, ..Overrides::default() });
        let (surveyed, rows) = read_all_ways(&profile, &text, &[1, 9]);
        let expected: Vec<String> = table.rows.iter().map(|row| row.join("|")).collect();
        prop_assert_eq!((rows, surveyed.ledger.rejected), (expected, 0));
        prop_assert!(!surveyed.profile.warnings().iter().any(|warning| warning.contains("quotes")), "{:?}", text);
    }
}

/// Types say how quotes in doubt are read: here what is read with the types of one survey has those of the other.
#[test]
fn types_and_quotes_that_depend_on_each_other_come_to_an_end() {
    let text = "a\n\"1\",,,,,a,,,,,,,a,a\",,,a,,,,,\ra,,,,,,,,\"\",a,,,\",\",\",a\na\",,,,,,a,,a,";
    let sample = Sample {
        head: text.as_bytes(),
        blocks: vec![],
        complete: false,
    };
    let first = infer(&sample, &Overrides::default());
    let mut profile = first.clone();
    for _ in 0..5 {
        let mut survey = Survey::new(&profile);
        survey.observe(&Chunk::whole(text.as_bytes()));
        let surveyed = survey.finish();
        assert!(
            !surveyed.settled,
            "it comes to an end by itself: another text is needed"
        );
        profile = surveyed.profile;
    }
    let whole = surveyed(&first, &[Chunk::whole(text.as_bytes())], 0);
    for piece in [7, text.len()] {
        let chunks = parts(&first, text, piece);
        let surveyed = surveyed(&first, &chunks, 64);
        assert_eq!((&surveyed.profile, surveyed.ledger), (&whole.profile, whole.ledger));
        let decoder = Decoder::new(&surveyed.profile, None, 1000);
        let decoded = chunks
            .iter()
            .map(|chunk| decoder.decode(chunk).expect("no value is of another type"));
        let rows = decoded
            .flat_map(|decoded| decoded.batches)
            .map(|batch| batch.num_rows() as u64);
        assert_eq!(rows.sum::<u64>(), surveyed.ledger.served);
    }
}
