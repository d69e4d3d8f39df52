//! What was found out about a file and its columns, for people: what it holds, and what ruled out every type that a column
//! does not have.

use crate::column::asked::AskedType;
use crate::column::candidates::Candidates;
use crate::column::evidence::Evidence;
use crate::column::field::Column;
use crate::column::ruling::{NOWHERE, RuledOut, Ruling};
use crate::column::tally::Bound;
use crate::ledger::Ledger;
use crate::profile::CsvProfile;
use crate::reject::Reject;
use crate::value::kind::{ColumnType, MAX_DIGITS};
use crate::value::notation::{DateForm, Marks, Notation, Words};

/// What a survey found: how to read the file, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// The profile, with the types that all of the file asks for, and warnings about what was met.
    pub profile: CsvProfile,
    /// What was found in each column of the profile.
    pub columns: Vec<ColumnReport>,
    /// What the records are.
    pub ledger: Ledger,
    /// The first rejected records, in file order: at most [`MAX_REJECTS`](crate::MAX_REJECTS).
    pub rejects: Vec<Reject>,
    /// The ledger and the rejects are what a decoder with this profile finds. Not so if short records or quotes were judged
    /// by types that turned out to be others, if the header is repeated, or if another table ended before the file did: then
    /// a survey with this profile finds it.
    pub settled: bool,
}

/// What a survey found in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnReport {
    /// How many rows have a value.
    pub values: u64,
    /// How many rows have none: NULL, be it an empty cell, a short record or a word.
    pub nulls: u64,
    /// How many of those have a word such as `NA` there.
    pub null_words: u64,
    /// The least and the greatest value; `None` for text, for a column without values, and if one is of no use.
    pub bounds: Option<(Bound, Bound)>,
    /// The types that were considered, in order of preference; text, which always remains, is not among them.
    pub candidates: Vec<CandidateReport>,
    /// The first value that a type does not hold which the caller asked for.
    pub misfit: Option<RuledOut>,
    /// What a column of text could be, if that was asked for: its values are numbers as people write them, `€ 12,50` or `(1,234)`,
    /// all with the same unit. Only [`Survey::proposing`](crate::Survey::proposing) finds it.
    pub could_be: Option<AskedType>,
}

/// How large a file is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) rows: u64,
    pub(crate) lines: u64,
}

/// A type, in a notation, that a column might have had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateReport {
    /// Its name, such as `Date32 as DD/MM/YYYY`.
    pub name: String,
    /// Whether it is what the column has become.
    pub chosen: bool,
    /// How many lines of the file it held, from the first on: all of them, or those in front of the one that ruled it out.
    pub score: u64,
    /// The first value that it does not hold; `None` if it holds them all.
    pub ruled_out: Option<RuledOut>,
}

impl ColumnReport {
    /// The report on `column`, which was decided by `evidence` from a file of this size.
    pub(crate) fn new(column: &Column, evidence: &Evidence, size: Size, misfit: Option<RuledOut>) -> Self {
        let (kind, notation) = (column.kind, column.notation);
        let values = evidence.values(kind, notation);
        let is_text = kind == ColumnType::Utf8 && !column.asked;
        let bounds = evidence.bounds(kind, notation);
        ColumnReport {
            values,
            nulls: size.rows.saturating_sub(values),
            null_words: evidence.nulls_in_words(kind, notation),
            bounds: bounds.filter(|_| misfit.is_none()),
            candidates: candidates(column, evidence, size.lines),
            misfit,
            could_be: evidence
                .could_be()
                .filter(|_| is_text)
                .map(|(kind, notation)| AskedType {
                    kind,
                    notation: Some(notation),
                }),
        }
    }
}

/// The types in their default notations; then the notations that were not out with the first value.
fn candidates(column: &Column, evidence: &Evidence, lines: u64) -> Vec<CandidateReport> {
    let chosen = (column.kind, column.notation);
    let null_words = column.notation.null_words || (column.kind == ColumnType::Utf8 && evidence.has_values());
    let first = evidence.first_value().map(|ruling| ruling.line);
    let report = |(kind, notation): (ColumnType, Notation), basic: bool| {
        let code_free = column.notation.code_free;
        let notation = Notation {
            null_words,
            code_free,
            ..notation
        };
        let ruled_out = evidence.misfit(kind, notation);
        let chosen = (kind, notation) == chosen;
        let at_once = ruled_out.is_some_and(|ruling| Some(ruling.line) == first);
        (basic || chosen || !at_once).then(|| CandidateReport {
            name: notation.describe(kind),
            chosen,
            score: ruled_out.map_or(lines, held_lines),
            ruled_out: ruled_out.map(RuledOut::from),
        })
    };
    let basic = BASIC
        .into_iter()
        .filter_map(|kind| report((kind, Notation::default()), true));
    let others = others(evidence.allowed(null_words)).into_iter();
    let mut all: Vec<_> = basic.chain(others.filter_map(|other| report(other, false))).collect();
    if column.kind != ColumnType::Utf8 && !all.iter().any(|candidate| candidate.chosen) {
        all.extend(report(chosen, true));
    }
    all
}

/// How many lines are in front of a value that rules something out; none if nobody knows where it is.
fn held_lines(ruling: &Ruling) -> u64 {
    match ruling.line {
        NOWHERE => 0,
        line => line.saturating_sub(1),
    }
}

/// The types in order of preference.
const BASIC: [ColumnType; 9] = [
    ColumnType::Boolean,
    ColumnType::Int64,
    ColumnType::UInt64,
    ColumnType::Decimal(MAX_DIGITS, 0),
    ColumnType::Float64,
    ColumnType::Date32,
    ColumnType::Timestamp,
    ColumnType::TimestampUtc,
    ColumnType::Time,
];

/// Candidates in other notations, of those families whose default notation is not in `allowed`.
fn others(allowed: Candidates) -> Vec<(ColumnType, Notation)> {
    let plain = Notation::default();
    let mut others = Vec::new();
    let booleans = Words::ALL[1..]
        .iter()
        .map(|&words| (ColumnType::Boolean, Notation { words, ..plain }));
    others.extend(booleans);
    if !allowed.holds(Candidates::required(ColumnType::Decimal(MAX_DIGITS, 1), plain)) {
        for (&marks, kind) in pairs(&Marks::ALL[1..], [ColumnType::Int64, ColumnType::Float64]) {
            others.push((kind, Notation { marks, ..plain }));
        }
    }
    if !allowed.meets(Candidates::moment(DateForm::Iso)) {
        for (&date, kind) in pairs(&DateForm::ALL[1..], [ColumnType::Date32, ColumnType::Timestamp]) {
            others.push((kind, Notation { date, ..plain }));
        }
    }
    others
}

fn pairs<T>(notations: &[T], kinds: [ColumnType; 2]) -> impl Iterator<Item = (&T, ColumnType)> {
    notations
        .iter()
        .flat_map(move |notation| kinds.map(|kind| (notation, kind)))
}
