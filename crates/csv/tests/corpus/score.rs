//! How often the crate and DuckDB agree on the names and the number of rows of files that nobody here made.
//!
//! What both call differently by convention is no difference: names that were made up or cut, a file without a byte of a
//! table, and the columns that DuckDB adds for folders such as `year=2024`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use flightstream_csv::{Chunk, Column, ColumnType, CsvProfile, Overrides, Sample, Survey, Surveyed, Transcoder, infer};
use serde_json::Value;

use crate::folder;

/// Where we differ and are right: a path, a tab, and why, line by line, below a line that says of what kind they are.
const EXCEPTIONS: &str = include_str!("exceptions.txt");
/// The longest name that is not cut, in bytes.
const LONGEST_NAME: usize = 255;
/// How much of a file is looked at before it is read.
const HEAD: usize = 512 << 10;

/// What became of the files on which two versions of DuckDB agree.
#[derive(Debug, Default)]
pub(crate) struct Score {
    /// How many files there are.
    pub(crate) files: usize,
    pub(crate) agreeing: usize,
    /// Differences with a reason, which stands behind them, by their kind.
    pub(crate) excepted: BTreeMap<Kind, Vec<String>>,
    /// Differences without one.
    pub(crate) differing: Vec<String>,
    /// Exceptions that no longer are any.
    pub(crate) stale: Vec<String>,
}

/// Why there is a difference. All but the last can be seen from the two opinions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// DuckDB takes each line for one cell, though its line of names holds a delimiter.
    GivesUp,
    /// DuckDB takes a row for the names of columns that are all text to it: nothing tells it otherwise.
    RowForNames,
    /// DuckDB skips half of the lines or more, to come to some record, and we do not.
    Skips,
    Other,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::GivesUp, Kind::RowForNames, Kind::Skips, Kind::Other];

    fn title(self) -> &'static str {
        match self {
            Kind::GivesUp => "DuckDB takes each line for one cell, though its line of names holds a delimiter.",
            Kind::RowForNames => "DuckDB takes a row for the names of columns that are all text to it.",
            Kind::Skips => "DuckDB skips half of the lines or more, to come to some record.",
            Kind::Other => "Others.",
        }
    }

    fn is_of(self, theirs: &Opinion, ours: &Opinion, bytes: &[u8]) -> bool {
        match self {
            Kind::GivesUp => theirs.gives_up(bytes),
            Kind::RowForNames => theirs.takes_row_for_names(ours),
            Kind::Skips => theirs.skips_most(ours),
            Kind::Other => true,
        }
    }
}

/// The exceptions by their paths.
fn exceptions() -> BTreeMap<&'static str, (Kind, &'static str)> {
    let (mut exceptions, mut kind) = (BTreeMap::new(), Kind::Other);
    for line in EXCEPTIONS.lines() {
        if let Some(title) = line.strip_prefix("# ") {
            let found = Kind::ALL.into_iter().find(|kind| kind.title() == title);
            kind = found.expect("it is one of the kinds");
        } else if let Some((path, why)) = line.split_once('\t') {
            exceptions.insert(path, (kind, why));
        }
    }
    exceptions
}

impl Score {
    /// Reads all the files in `folder` and compares.
    pub(crate) fn of(folder: &Path) -> Self {
        let agreed = std::fs::read_to_string(folder.join("agreed-files.json")).expect("the list of files is there");
        let agreed: Vec<String> = serde_json::from_str(&agreed).expect("it is a list of paths");
        let opinions = opinions(folder);
        let mut exceptions = exceptions();
        let mut score = Score::default();
        for path in &agreed {
            score.files += 1;
            let bytes = folder::read(&folder.join("csv").join(path));
            let theirs = Opinion::of(&opinions[path], path);
            let ours = Opinion::ours(&bytes);
            if theirs.agrees(&ours) {
                score.agreeing += 1;
                continue;
            }
            let difference = format!("{path}\n    DuckDB: {theirs}\n    ours:   {ours}");
            match exceptions.remove(path.as_str()) {
                Some((kind, why)) if kind.is_of(&theirs, &ours, &bytes) => {
                    let excepted = score.excepted.entry(kind).or_default();
                    excepted.push(format!("{difference}\n    {why}"));
                }
                _ => score.differing.push(difference),
            }
        }
        score.stale = exceptions.into_keys().map(str::to_owned).collect();
        score
    }

    fn percent(&self, part: usize) -> f64 {
        100.0 * part as f64 / self.files.max(1) as f64
    }

    /// The share of the files that are as DuckDB reads them, or otherwise for a reason, in percent.
    pub(crate) fn accounted(&self) -> f64 {
        self.percent(self.files - self.differing.len())
    }

    /// The share of the files that are excepted for a reason of their own, in percent.
    #[allow(dead_code, reason = "a program that prints the score asserts nothing")]
    pub(crate) fn excepted(&self) -> f64 {
        self.percent(self.excepted.get(&Kind::Other).map_or(0, Vec::len))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = self.excepted.iter().map(|(kind, entries)| (kind.title(), entries));
        let others = [
            ("Differences without a reason.", &self.differing),
            ("Exceptions that are none.", &self.stale),
        ];
        for (title, entries) in kinds.clone().chain(others) {
            writeln!(f, "{title} ({})", entries.len())?;
            entries.iter().try_for_each(|entry| writeln!(f, "  {entry}"))?;
        }
        writeln!(f, "{} files", self.files)?;
        writeln!(f, "  {} agree, {:.1} %", self.agreeing, self.percent(self.agreeing))?;
        for (title, entries) in kinds {
            let count = entries.len();
            writeln!(f, "  {count} excepted, {:.1} %: {title}", self.percent(count))?;
        }
        let (differing, accounted) = (self.differing.len(), self.accounted());
        writeln!(f, "  {differing} without a reason; {accounted:.1} % are accounted for")
    }
}

/// What DuckDB says of each file.
fn opinions(folder: &Path) -> BTreeMap<String, Value> {
    let lines = std::fs::read_to_string(folder.join("oracle-duckdb-2.0.jsonl")).expect("the opinions are there");
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line is JSON"));
    lines.map(|value| (text(&value["path"]), value)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// How somebody reads a file.
struct Opinion {
    names: Vec<String>,
    rows: u64,
    delimiter: Vec<u8>,
    has_header: bool,
    /// Nothing but the first line tells names from rows: all columns are text.
    is_text: bool,
    /// How many lines come before the header or, without one, the rows.
    skipped: u64,
    /// For people.
    dialect: String,
}

impl Opinion {
    fn of(value: &Value, path: &str) -> Self {
        let names = value["columns"].as_array().expect("DuckDB reads the file");
        let folders = path.split('/').filter(|part| part.contains('=')).count();
        let sniffed = &value["sniff"];
        let key = |key: &str| format!("{key} {}", sniffed[key]);
        Opinion {
            names: names.iter().take(names.len() - folders).map(text).collect(),
            rows: value["rows"].as_u64().expect("DuckDB counts the rows"),
            is_text: sniffed["columns"]
                .as_array()
                .is_some_and(|columns| columns.iter().all(|c| c["type"] == "VARCHAR")),
            delimiter: text(&sniffed["delimiter"]).replace("\\t", "\t").into_bytes(),
            has_header: sniffed["header"] == true,
            skipped: sniffed["skip"].as_u64().unwrap_or(0),
            dialect: ["delimiter", "quote", "escape", "skip", "header"].map(key).join(", "),
        }
    }

    fn ours(bytes: &[u8]) -> Self {
        let head = &bytes[..bytes.len().min(HEAD)];
        let sample = Sample {
            head,
            blocks: vec![],
            complete: head.len() == bytes.len(),
        };
        let profile = infer(&sample, &Overrides::default());
        let mut text = Vec::new();
        Transcoder::new(profile.encoding).push(bytes, true, &mut text);
        let survey = |profile: &CsvProfile| {
            let mut survey = Survey::new(profile);
            survey.observe(&Chunk::whole(&text));
            survey.finish()
        };
        let mut surveyed = survey(&profile);
        while !surveyed.settled {
            surveyed = survey(&surveyed.profile);
        }
        Self::surveyed(surveyed)
    }

    fn surveyed(surveyed: Surveyed) -> Self {
        let Surveyed { profile, ledger, .. } = surveyed;
        Opinion {
            names: profile.columns.iter().map(named).collect(),
            rows: ledger.served,
            is_text: profile.columns.iter().all(|column| column.kind == ColumnType::Utf8),
            delimiter: profile.dialect.delimiter.as_bytes().to_vec(),
            has_header: ledger.header > 0,
            skipped: ledger.preamble,
            dialect: format!("{}; {ledger}", profile.dialect),
        }
    }

    /// Whether DuckDB, whose opinion this is, and we mean the same.
    fn agrees(&self, ours: &Opinion) -> bool {
        let nothing = ours.names.is_empty() && self.names == ["column0"];
        let mut pairs = self.names.iter().zip(&ours.names).enumerate();
        let is_same = |(index, (theirs, ours)): (usize, (&String, &String))| {
            theirs == ours || (number_of(theirs) == Some(index) && *ours == format!("column_{}", index + 1))
        };
        let named = self.names.len() == ours.names.len() && pairs.all(is_same);
        (nothing || named) && self.rows == ours.rows
    }

    /// Whether DuckDB, whose opinion this is, has none on the columns: one column, of which even the name holds a usual
    /// delimiter, parted by a delimiter that does not occur.
    fn gives_up(&self, bytes: &[u8]) -> bool {
        let occurs = bytes
            .windows(self.delimiter.len().max(1))
            .any(|window| window == self.delimiter);
        self.names.len() == 1 && self.names[0].contains([',', ';', '\t', '|']) && !occurs
    }

    /// Whether DuckDB, whose opinion this is, differs only in that it has names for columns of text where we have none
    /// and one row more.
    fn takes_row_for_names(&self, ours: &Opinion) -> bool {
        let made_up = |(index, name): (usize, &String)| *name == format!("column_{}", index + 1);
        let nameless = ours.names.iter().enumerate().all(made_up);
        let same = (self.names.len(), self.rows + 1) == (ours.names.len(), ours.rows);
        nameless && same && self.is_text
    }

    /// Whether DuckDB, whose opinion this is, skips half of the lines that there are or more, and we do not.
    fn skips_most(&self, ours: &Opinion) -> bool {
        let read = |opinion: &Opinion| opinion.rows + u64::from(opinion.has_header);
        self.skipped >= read(self) && ours.skipped < read(ours)
    }
}

/// The name of a column, or what the header says where that is too long for a name.
fn named(column: &Column) -> String {
    let long = column
        .original
        .as_ref()
        .filter(|original| original.len() > LONGEST_NAME);
    long.unwrap_or(&column.name).clone()
}

/// Which column, from 0, DuckDB has made up this name for.
fn number_of(name: &str) -> Option<usize> {
    name.strip_prefix("column")?.split('_').next()?.parse().ok()
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = |name: &String| name.chars().take(40).collect::<String>();
        let first: Vec<String> = self.names.iter().take(8).map(start).collect();
        let (rows, columns) = (self.rows, self.names.len());
        write!(f, "{rows} rows, {columns} columns {first:?} ({})", self.dialect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_over_the_corpus_of_duckdb() {
        let Some(folder) = folder::duckdb_csv() else {
            return folder::skip(
                "the_score_over_the_corpus_of_duckdb",
                "the shared corpora are not there",
            );
        };
        let score = Score::of(&folder);
        eprintln!("{score}");
        assert_eq!(score.stale, [""; 0], "these are no exceptions");
        assert_eq!(score.differing, [""; 0], "these have no reason");
        assert!(score.excepted() < 5.0, "{score}");
        // Files that become exceptions are a step back.
        assert!(score.agreeing >= 455, "{score}");
    }
}
