//! A column that the engine did not find: what it could have meant, and what to say when it is nothing.

use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::tokenizer::{Location, Span};

use super::identifier::column_proposal;
use super::item::PACKED;
use super::respell::{self, Repair};
use crate::engine::failure::{mistake, position};
use crate::error::{Error, Result};
use crate::nearest::{listed, proposal, same};

/// A column that the engine did not find, and those that it could have been.
pub(super) struct Missing {
    qualifier: Option<String>,
    name: String,
    place: Option<Location>,
    valid: Vec<Column>,
}

/// The column that an error is about, if it is that the engine did not find one.
pub(super) fn missing(error: &DataFusionError) -> Option<Missing> {
    let DataFusionError::SchemaError(inner, _) = error.find_root() else {
        return None;
    };
    let SchemaError::FieldNotFound { field, valid_fields } = inner.as_ref() else {
        return None;
    };
    Some(Missing {
        qualifier: field.relation.as_ref().map(ToString::to_string),
        name: field.name.clone(),
        place: position(error),
        valid: valid_fields
            .iter()
            .filter(|column| column.name != PACKED)
            .cloned()
            .collect(),
    })
}

/// Whether the engine did not find a column.
pub(super) fn is_missing(error: &DataFusionError) -> bool {
    missing(error).is_some()
}

impl Missing {
    /// Respells the column to the one that differs by case alone. False when there is none, or it is not in the text.
    /// A spelling that was `tried` in its place before is one of two that a `USING` would have to have at once.
    pub(super) fn repaired(&self, statement: &mut Statement, tried: &mut Vec<(Location, String)>) -> Result<bool> {
        let mut spellings: Vec<Vec<String>> = Vec::new();
        for column in self.valid.iter().filter(|column| self.fits(column)) {
            let mut spelling = vec![column.name.clone()];
            if self.qualifier.is_some() {
                let relation = column
                    .relation
                    .as_ref()
                    .map(|relation| relation.to_vec())
                    .unwrap_or_default();
                spelling.extend(relation.into_iter().rev());
            }
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
        match spellings.as_slice() {
            [] => Ok(false),
            [spelling] if tried.contains(&(self.span(statement).start, spelling[0].clone())) => {
                let (one, other) = (&self.name, &spelling[0]);
                let message = format!("one table has a column '{one}', the other '{other}': join them with ON");
                Err(mistake(message, self.span(statement)))
            }
            [spelling] => {
                tried.push((self.span(statement).start, self.name.clone()));
                Ok(self.respelled(statement, self.place, spelling)
                // The engine's place may be that of an expression around it.
                || self.respelled(statement, None, spelling))
            }
            several => {
                let names: Vec<String> = several.iter().map(|parts| dotted(parts)).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let message = format!(
                    "'{}' fits several columns: {}; write one as it is spelled",
                    self.name,
                    listed(&names)
                );
                Err(mistake(message, self.span(statement)))
            }
        }
    }

    fn fits(&self, column: &Column) -> bool {
        let related = match (&self.qualifier, &column.relation) {
            (None, _) => true,
            (Some(typed), Some(relation)) => {
                let known = relation.to_string();
                same(typed, &known) || same(typed, relation.table())
            }
            (Some(_), None) => false,
        };
        related && same(&self.name, &column.name)
    }

    fn respelled(&self, statement: &mut Statement, place: Option<Location>, spelling: &[String]) -> bool {
        respell::one(statement, &self.repair(place, spelling))
    }

    fn repair<'a>(&'a self, place: Option<Location>, spelling: &'a [String]) -> Repair<'a> {
        Repair {
            qualifier: self.qualifier.as_deref(),
            name: &self.name,
            place,
            spelling,
        }
    }

    /// What to say when nothing has that name.
    pub(super) fn unknown(&self, statement: &Statement) -> Error {
        let name = &self.name;
        let relations = self.relations();
        let message = match &self.qualifier {
            Some(qualifier) if !relations.iter().any(|relation| same(relation, qualifier)) => {
                let proposed = proposal(qualifier, relations.iter().map(String::as_str));
                format!("there is no table '{qualifier}' in this query{proposed}")
            }
            qualifier => {
                let known = self.valid.iter().filter(|column| {
                    let relation = column.relation.as_ref();
                    qualifier.is_none() || relation.is_some_and(|one| Some(one.to_string()) == *qualifier)
                });
                let proposed = column_proposal(name, known.map(|column| column.name.as_str()));
                let place = match (qualifier, relations.as_slice()) {
                    (Some(relation), _) => format!(" in {relation}"),
                    (None, [relation]) => format!(" in {relation}"),
                    (None, []) if self.valid.is_empty() => ": nothing is read here that has columns".into(),
                    _ => String::new(),
                };
                // What MySQL reads as text is a name here.
                let quoted = self.typed(statement).is_some_and(|(_, quoted)| quoted);
                let text = if quoted && !proposed.ends_with('?') {
                    format!("; text is written in single quotes: '{name}'")
                } else {
                    String::new()
                };
                format!("there is no column '{name}'{place}{proposed}{text}")
            }
        };
        mistake(message, self.span(statement))
    }

    /// The relations that the valid columns are of, in order.
    fn relations(&self) -> Vec<String> {
        let mut relations = Vec::new();
        for relation in self.valid.iter().filter_map(|column| column.relation.as_ref()) {
            let relation = relation.to_string();
            if !relations.contains(&relation) {
                relations.push(relation);
            }
        }
        relations
    }

    fn span(&self, statement: &Statement) -> Span {
        let place = self.place.or_else(|| self.typed(statement).map(|(place, _)| place));
        place.map_or_else(Span::empty, |place| Span::new(place, place))
    }

    fn typed(&self, statement: &Statement) -> Option<(Location, bool)> {
        respell::place_of(statement, &self.repair(self.place, &[]))
    }
}

/// `trips.fare` of the parts, last first.
fn dotted(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().rev().map(String::as_str).collect();
    parts.join(".")
}
