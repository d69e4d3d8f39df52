//! What the numbers of a file say of one another: who writes one column with a decimal comma writes all of them so.

use crate::column::decide::{Decision, Doubt};
use crate::column::field::Column;
use crate::finding::Finding;
use crate::survey::columns::ColumnSurvey;
use crate::value::kind::ColumnType;
use crate::value::notation::Marks;

/// The columns as they have turned out, each by its own values and by what those of others prove of them.
pub(crate) fn decide(promised: &[Column], seen: &[ColumnSurvey]) -> Vec<Column> {
    let pairs = promised.iter().zip(seen);
    let mut decisions: Vec<Decision> = pairs.map(|(promise, seen)| seen.decide(Some(promise))).collect();
    agree(&mut decisions, seen);
    let column = |(promise, Decision { kind, notation, .. }): (&Column, Decision)| Column {
        kind,
        notation,
        ..promise.clone()
    };
    promised.iter().zip(decisions).map(column).collect()
}

/// Settles what the values of a column leave open by what those of other columns prove: `1.000` is a thousand where there
/// is `12,5`, and so is `1,000` where there is `12.5`.
fn agree(decisions: &mut [Decision], columns: &[ColumnSurvey]) {
    let Some(marks) = proven(decisions, columns) else {
        return;
    };
    for (decision, column) in decisions.iter_mut().zip(columns) {
        let is_open = matches!(decision.doubt, Some(Doubt::Comma | Doubt::Groups))
            || (marks == Marks::DotComma && has_plain_point(decision));
        if let Some(settled) = column.decide_with(marks).filter(|_| is_open) {
            *decision = settled;
        }
    }
}

/// The thousands separator and the decimal mark of a file, if its columns prove one and nothing speaks against it.
fn proven(decisions: &[Decision], columns: &[ColumnSurvey]) -> Option<Marks> {
    let (mut comma, mut point) = (false, false);
    for (decision, column) in decisions.iter().zip(columns) {
        match decision.notation.marks {
            Marks::DotComma | Marks::BlankComma => comma = true,
            Marks::Comma => point = true,
            Marks::Plain => point |= has_plain_point(decision) && column.decide_with(Marks::DotComma).is_none(),
            Marks::Apostrophe | Marks::BlankDot => {}
        }
    }
    match (comma, point) {
        (true, false) => Some(Marks::DotComma),
        (false, true) => Some(Marks::Comma),
        _ => None,
    }
}

fn has_plain_point(decision: &Decision) -> bool {
    decision.kind == ColumnType::Float64 && decision.notation.marks == Marks::Plain
}

/// That the points of a column may be between thousands, if it is read with decimal points and may as well be one of whole
/// numbers.
pub(crate) fn doubt(column: &Column, seen: &ColumnSurvey) -> Option<Finding> {
    let with_points = seen.decide_with(Marks::DotComma)?;
    let decided = Decision::sure(column.kind, column.notation);
    (has_plain_point(&decided) && with_points.kind == ColumnType::Int64).then(|| Finding::DoubtfulPoints {
        column: column.name.clone(),
        value: seen.first_fraction().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(columns: &[&[&str]]) -> Vec<(ColumnType, Marks)> {
        let survey = |cells: &&[&str]| {
            let mut survey = ColumnSurvey::unbiased(&Column::new("a", ColumnType::Utf8));
            (1..)
                .zip(*cells)
                .for_each(|(line, cell)| survey.observe(cell.as_bytes(), false, || line));
            survey
        };
        let columns: Vec<ColumnSurvey> = columns.iter().map(survey).collect();
        let mut decisions: Vec<Decision> = columns.iter().map(|column| column.decide(None)).collect();
        agree(&mut decisions, &columns);
        decisions
            .iter()
            .map(|decision| (decision.kind, decision.notation.marks))
            .collect()
    }

    #[test]
    fn columns_prove_what_others_leave_open() {
        use ColumnType::{Float64, Int64, Utf8};
        use Marks::{BlankComma, Comma, DotComma, Plain};
        /// The cells of columns, and what these are.
        type Case<'a> = (&'a [&'a [&'a str]], &'a [(ColumnType, Marks)]);
        let cases: [Case<'_>; 15] = [
            (&[&["1.234.567"], &["12,5"]], &[(Int64, DotComma), (Float64, DotComma)]),
            (
                &[&["192.168.100.101"], &["12,5"]],
                &[(Utf8, Plain), (Float64, DotComma)],
            ),
            (
                &[&["29 123 456"], &["1 234,5"]],
                &[(Utf8, Plain), (Float64, BlankComma)],
            ),
            (
                &[&["1.000", "850"], &["12,5"]],
                &[(Int64, DotComma), (Float64, DotComma)],
            ),
            (
                &[&["1.000", "NA"], &["1 234,5"]],
                &[(Int64, DotComma), (Float64, BlankComma)],
            ),
            (&[&["1.000"], &["7"]], &[(Float64, Plain), (Int64, Plain)]),
            (
                &[&["1.000"], &["12,5"], &["1.25"]],
                &[(Float64, Plain), (Float64, DotComma), (Float64, Plain)],
            ),
            (&[&["1.0"], &["12,5"]], &[(Float64, Plain), (Float64, DotComma)]),
            (&[&["1,000"], &["12.5"]], &[(Int64, Comma), (Float64, Plain)]),
            (&[&["1,000"], &["12,5"]], &[(Float64, DotComma), (Float64, DotComma)]),
            (&[&["1,000"], &["1.000"]], &[(Utf8, Plain), (Float64, Plain)]),
            (&[&["103,132", "104"], &["12.5"]], &[(Utf8, Plain), (Float64, Plain)]),
            (&[&["103,132", "1,040"], &["12.5"]], &[(Int64, Comma), (Float64, Plain)]),
            (
                &[&["120.000", "850"], &["12,5"]],
                &[(Int64, DotComma), (Float64, DotComma)],
            ),
            (&[&["12e3", "1e5"], &["12,5"]], &[(Utf8, Plain), (Float64, DotComma)]),
        ];
        for (columns, expected) in cases {
            assert_eq!(decided(columns), expected, "{columns:?}");
        }
    }
}
