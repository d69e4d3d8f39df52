//! What a person should know about a column as it was decided.

use crate::column::candidates::{Candidates, Number};
use crate::column::decide::Doubt;
use crate::column::evidence::Evidence;
use crate::column::field::Column;
use crate::column::ruling::RuledOut;
use crate::finding::{Finding, Written};
use crate::value::kind::ColumnType;
use crate::value::notation::{DateForm, Marks, Notation};

/// What should be known of a column.
pub(crate) fn of(
    column: &Column,
    promise: Option<&Column>,
    evidence: &Evidence,
    misfit: Option<&RuledOut>,
) -> Vec<Finding> {
    let refused = misfit.map(|misfit| Finding::Refused {
        column: column.name.clone(),
        value: misfit.clone(),
        asked: written(column),
    });
    let found = if column.asked {
        [None, None, None]
    } else {
        let broken = promise.and_then(|promise| broken_promise(promise, column, evidence));
        [broken, doubt(column, evidence), loss(column, evidence)]
    };
    refused.into_iter().chain(found.into_iter().flatten()).collect()
}

fn written(column: &Column) -> Written {
    Written::new(column.kind, column.notation)
}

/// That a column has not the type that the profile promised.
fn broken_promise(promise: &Column, column: &Column, evidence: &Evidence) -> Option<Finding> {
    // If the column is one of floats for sure, `12e3` in it is a float and breaks no promise.
    let code_free = promise.notation.code_free && column.kind != ColumnType::Float64;
    let promised = Notation {
        code_free,
        ..promise.notation
    };
    let ruling = evidence.misfit(promise.kind, promised)?;
    Some(Finding::BrokenPromise {
        column: column.name.clone(),
        value: ruling.into(),
        promised: written(promise),
        found: written(column),
    })
}

/// That a column is text because its values may be read in two ways.
fn doubt(column: &Column, evidence: &Evidence) -> Option<Finding> {
    let doubt = evidence.decide().doubt.filter(|_| column.kind == ColumnType::Utf8)?;
    let default = match doubt {
        Doubt::DayOrMonth | Doubt::ShortYear => Candidates::moment(DateForm::Iso),
        Doubt::Comma | Doubt::Groups => Candidates::number(Number::Any, Marks::Plain),
        Doubt::Codes => Candidates::CODE_FREE,
        Doubt::Digits => Candidates::number(Number::Float64, Marks::Plain),
    };
    let ruling = evidence.ruled_out(default, true);
    Some(Finding::Doubt {
        column: column.name.clone(),
        value: ruling.map_or_else(String::new, |ruling| ruling.value.clone()),
        doubt,
    })
}

/// That a Float64 is not all that was written.
fn loss(column: &Column, evidence: &Evidence) -> Option<Finding> {
    let is_float = column.kind == ColumnType::Float64;
    let lost = evidence.ruled_out(Candidates::EXACT, column.notation.null_words);
    let lost = lost.filter(|_| is_float)?;
    Some(Finding::LostDigits {
        column: column.name.clone(),
        value: lost.value.clone(),
    })
}
