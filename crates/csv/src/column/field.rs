//! A column of a CSV file, as Arrow sees it.

use std::collections::HashMap;

use arrow_schema::Field;

use crate::value::kind::ColumnType;
use crate::value::notation::Notation;
use crate::value::nulls::NullWords;

/// The metadata key under which a field keeps what the header of its column really said.
const ORIGINAL_NAME: &str = "flightstream.original_name";

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name, unique in the file.
    pub name: String,
    /// What the header says, if that is not the name.
    pub original: Option<String>,
    /// Its type.
    pub kind: ColumnType,
    /// How its values are written.
    pub notation: Notation,
    /// Further words for NULL, which the caller names; also where it is text.
    pub nulls: NullWords,
    /// Whether the caller asked for the type: no cell changes it then, and one that does not fit is an error.
    pub asked: bool,
    /// Whether the caller asked for the notation too.
    pub notation_asked: bool,
    /// Whether its quoted cells hold lines that might be rows so often that no stray quotes are to blame.
    pub holds_rows: bool,
}

impl Column {
    /// A column whose values are written as programs write them.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Column {
            name: name.into(),
            original: None,
            kind,
            notation: Notation::default(),
            nulls: NullWords::default(),
            asked: false,
            notation_asked: false,
            holds_rows: false,
        }
    }

    pub(crate) fn field(&self) -> Field {
        let field = Field::new(&self.name, self.kind.data_type(), true);
        match &self.original {
            Some(original) => field.with_metadata(HashMap::from([(ORIGINAL_NAME.to_owned(), original.clone())])),
            None => field,
        }
    }
}
