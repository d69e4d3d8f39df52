//! A table or dataset that nobody knows: what was asked for, and what to say when its file is there but not served.

use std::sync::Arc;

use datafusion::sql::sqlparser::tokenizer::Span;

use crate::catalog::{Snapshot, Unserved};
use crate::discovery::DatasetName;
use crate::engine::failure::mistake;
use crate::error::{Error, ErrorKind};
use crate::nearest::{nearest, same};

/// The cause of an error about a name that no table has.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
pub(in crate::engine) struct Unknown {
    /// What is wrong, without a proposal.
    pub(super) said: String,
    /// Where that stands in a statement.
    pub(super) span: Span,
    /// The schema that has no such table; none for the id of a dataset.
    pub(super) schema: Option<String>,
    /// The table, or the id.
    pub(super) name: String,
}

impl Unknown {
    /// Whether a file of this name would have been it.
    pub(in crate::engine) fn is(&self, name: &DatasetName) -> bool {
        let is_table = |schema: &String| same(schema, &name.schema) && same(&self.name, &name.table);
        self.name == name.id || self.schema.as_ref().is_some_and(is_table)
    }

    /// The error where this file would have been it.
    pub(in crate::engine) fn instead(&self, file: &Unserved) -> Error {
        let reason = match file {
            Unserved::New(file) => {
                format!("the file '{file}' is there and not served yet: refresh first (flightstream refresh)")
            }
            Unserved::Skipped(reason) => reason.clone(),
        };
        let message = format!("{}; {reason}", self.said);
        match self.schema {
            Some(_) => mistake(message, self.span),
            None => Error::new(ErrorKind::NotFound, message),
        }
    }
}

/// The error about a dataset that there is not, with the id that is the nearest.
pub(in crate::engine) fn unknown_dataset(snapshot: &Snapshot, id: &str) -> Error {
    let tables: Vec<_> = snapshot.tables().collect();
    let ids: Vec<&str> = tables.iter().map(|table| table.name.id.as_str()).collect();
    // Who knows SQL writes `sales.2024` for `sales/2024`.
    let as_in_sql: Vec<String> = ids.iter().map(|id| id.replace('/', ".")).collect();
    let as_in_sql: Vec<&str> = as_in_sql.iter().map(String::as_str).collect();
    let compared = if id.contains('/') { &ids } else { &as_in_sql };
    let said = format!("Dataset not found: {id}");
    // The ids that there are would be too many to list.
    let meant = nearest(id, compared).map(|at| format!("; did you mean '{}'?", ids[at]));
    let message = format!("{said}{}", meant.unwrap_or_default());
    Error::not_found(message).with_source(Arc::new(Unknown {
        said,
        span: Span::empty(),
        schema: None,
        name: id.to_owned(),
    }))
}
