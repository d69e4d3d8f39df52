//! What a column is, by the evidence of its cells.

use crate::column::candidates::Candidates;
use crate::column::decide::{self, Decision, Doubt};
use crate::column::evidence::Evidence;
use crate::value::kind::ColumnType;
use crate::value::notation::{Marks, Notation, Signs, Words};

impl Evidence {
    /// The type of the column.
    pub(crate) fn kind(&self) -> ColumnType {
        self.decide().kind
    }

    /// What the column is.
    pub(crate) fn decide(&self) -> Decision {
        let strict = match self.filled > self.blank {
            true => decide::first_of(self.strict, &self.tally),
            false => Ok(None),
        };
        if let Ok(Some((kind, notation))) = strict {
            return Decision::sure(kind, notation);
        }
        let relaxed = match self.has_values() {
            true => decide::first_of(self.relaxed, &self.tally),
            false => Ok(None),
        };
        match relaxed {
            Ok(Some((kind, notation))) => Decision::sure(kind, notation.with_null_words()),
            _ => Decision {
                doubt: strict.err().or(relaxed.err()).or(self.short_year()),
                ..Decision::sure(ColumnType::Utf8, Notation::default())
            },
        }
    }

    /// That the values are dates of which nobody knows the century, if they are.
    fn short_year(&self) -> Option<Doubt> {
        self.are_short_years().then_some(Doubt::ShortYear)
    }

    /// What the column is if its values are numbers with these marks; `None` if they cannot be.
    pub(crate) fn decide_with(&self, marks: Marks) -> Option<Decision> {
        let (strict, relaxed) = (self.filled > self.blank, self.has_values());
        let of = |set, null_words| {
            let (kind, notation) = decide::number_with(set, &self.tally, marks)?;
            let notation = if null_words {
                notation.with_null_words()
            } else {
                notation
            };
            Some(Decision::sure(kind, notation))
        };
        let strict = strict.then(|| of(self.strict, false)).flatten();
        strict.or_else(|| relaxed.then(|| of(self.relaxed, true)).flatten())
    }

    /// What the column is if it has to be of type `kind`: its notation is one that holds all of it, if there is any.
    pub(crate) fn decide_as(&self, kind: ColumnType) -> Decision {
        let signs = self.signs(kind);
        let mut decision = self.with_signs(signs).decide_plain_as(kind);
        decision.notation.signs = signs;
        if signs != Signs::Minus {
            decision.notation.marks = self.marks_by_scale(kind).unwrap_or(decision.notation.marks);
        }
        decision
    }

    /// The same, of values without signs around them.
    fn decide_plain_as(&self, kind: ColumnType) -> Decision {
        let strict = decide::notation_for(self.strict, kind);
        let relaxed = || decide::notation_for(self.relaxed, kind);
        let notation = strict.or_else(relaxed).unwrap_or_default();
        let nans = kind != ColumnType::Float64 && self.tally.nans > 0;
        if kind != ColumnType::Utf8 && (strict.is_none() || nans) {
            return Decision::sure(kind, notation.with_null_words());
        }
        Decision::sure(kind, notation)
    }

    /// Whether it is certainly a value, and no name: words such as `no` may be names.
    pub(crate) fn is_value(&self) -> bool {
        let Decision { kind, notation, .. } = self.decide();
        kind != ColumnType::Utf8 && notation.words == Words::TrueFalse
    }

    /// Whether the column has the same type with `cell` in it.
    pub(crate) fn holds(&self, cell: &[u8]) -> bool {
        let Decision { kind, notation, .. } = self.decide();
        let cell = Evidence::of(cell);
        let set = if notation.null_words { cell.relaxed } else { cell.strict };
        set.holds(Candidates::required(kind, notation))
    }
}
