//! What is known about a CSV file: its columns and how to read it, as Arrow sees them.

pub(crate) mod identity;
pub(crate) mod lineage;

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use crate::column::asked::AskedType;
use crate::column::field::Column;
use crate::finding::Finding;
use crate::profile::lineage::Lineage;
use crate::table::asides::OtherTable;
use crate::table::overrides::{NullWord, QuotedNumbers};
use crate::text::dialect::Dialect;
use crate::text::encoding::name::Encoding;
use crate::text::frame::Frame;
use crate::value::nulls::NullWords;

/// Everything that is needed to read a CSV file, and what looked odd in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvProfile {
    /// How its bytes stand for characters.
    pub encoding: Encoding,
    /// Whether the caller asked for the encoding: no byte changes it then.
    pub encoding_asked: bool,
    /// How it separates and quotes cells.
    pub dialect: Dialect,
    /// What a cell in quotes says about the type of its column.
    pub quoted_numbers: QuotedNumbers,
    /// Its columns, in file order.
    pub columns: Vec<Column>,
    /// How many cells its records usually have, at most the columns. Types are made from records with at least as many;
    /// shorter ones are rows if they fit those types.
    pub usual_cells: usize,
    /// The tables beside the one that is served.
    pub others: Vec<OtherTable>,
    /// What a person should know about how the file was read.
    pub findings: Vec<Finding>,
}

impl CsvProfile {
    /// What it says of where the cells of a row end.
    pub(crate) fn frame(&self) -> Frame {
        Frame::of(self.columns.iter().map(Column::slot).collect(), self.usual_cells)
    }

    /// What a person should know about how the file was read: one sentence each, lower-case, without a full stop.
    pub fn warnings(&self) -> Vec<String> {
        self.findings.iter().map(Finding::to_string).collect()
    }

    /// The Arrow schema: every field nullable; the only metadata is a changed name's original.
    ///
    /// Nullable always, because one empty cell in a part of the file nobody has read makes it so.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>()))
    }

    /// The schema with the columns of [`Lineage`] behind those of the file. One whose name a column of the file has gets
    /// further underscores in front.
    pub fn wide_schema(&self) -> SchemaRef {
        let is_taken = |name: &str| self.columns.iter().any(|column| column.name == name);
        let lineage = Lineage::ALL.map(|lineage| {
            let mut name = lineage.name().to_owned();
            while is_taken(&name) {
                name.insert(0, '_');
            }
            Field::new(name, lineage.data_type(), true)
        });
        let columns = self.columns.iter().map(Column::field);
        Arc::new(Schema::new(columns.chain(lineage).collect::<Vec<_>>()))
    }

    /// Fixes the types that the caller asked for by name; warns of an impossible type.
    pub(crate) fn ask(&mut self, types: &[(String, AskedType)]) {
        for (name, AskedType { kind, notation }) in types {
            match self.columns.iter_mut().find(|column| column.name == *name) {
                Some(_) if !kind.is_sound() => self.tell(Finding::NoSuchType {
                    column: name.clone(),
                    kind: *kind,
                }),
                Some(column) => {
                    (column.kind, column.asked) = (*kind, true);
                    column.notation = notation.unwrap_or_default();
                    column.notation_asked = notation.is_some();
                }
                // Types are asked of all files at once, and a file need not have every column. A name in other case is an
                // error.
                None => {
                    let alike = self
                        .columns
                        .iter()
                        .find(|column| column.name.eq_ignore_ascii_case(name));
                    if let Some(Column { name: alike, .. }) = alike {
                        let (asked, alike) = (name.clone(), alike.clone());
                        self.tell(Finding::NoSuchColumn { asked, alike });
                    }
                }
            }
        }
    }

    /// Gives the columns the words that the caller takes for NULL; warns of a column that is called almost as one of them says.
    pub(crate) fn ask_nulls(&mut self, words: &[NullWord]) {
        for column in &mut self.columns {
            column.nulls = NullWords::new(words.iter().filter_map(|word| word.within(&column.name)));
        }
        for word in words {
            let Some(asked) = word.column() else { continue };
            if self.columns.iter().any(|column| word.within(&column.name).is_some()) {
                continue;
            }
            let mut names = self.columns.iter().map(|column| &column.name);
            if let Some(alike) = names.find(|name| name.eq_ignore_ascii_case(asked)).cloned() {
                let asked = asked.to_owned();
                self.tell(Finding::NoSuchColumn { asked, alike });
            }
        }
    }

    /// Adds a finding unless it is there already.
    pub(crate) fn tell(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Puts a finding, if there is one, in the place of the first that `is_old`, if there is one.
    pub(crate) fn tell_instead(&mut self, is_old: impl Fn(&Finding) -> bool, finding: Option<Finding>) {
        let told = self.findings.iter().position(is_old);
        if let Some(at) = told {
            self.findings.remove(at);
        }
        if let Some(finding) = finding {
            self.findings.insert(told.unwrap_or(self.findings.len()), finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::kind::ColumnType;
    use arrow_schema::{DataType, TimeUnit};
    use std::collections::HashMap;

    fn profile(columns: Vec<Column>) -> CsvProfile {
        CsvProfile {
            encoding: Encoding::Utf8,
            encoding_asked: false,
            dialect: Dialect::default(),
            quoted_numbers: QuotedNumbers::Values,
            usual_cells: 2,
            columns,
            others: Vec::new(),
            findings: Vec::new(),
        }
    }

    #[test]
    fn schema_is_nullable_and_bare() {
        let renamed = Column {
            original: Some("x ".to_owned()),
            ..Column::new("x", ColumnType::Decimal(18, 2))
        };
        let profile = profile(vec![
            Column::new("a", ColumnType::Int64),
            Column::new("t", ColumnType::TimestampUtc),
            renamed,
        ]);
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let metadata = HashMap::from([("flightstream.original_name".to_owned(), "x ".to_owned())]);
        let expected = Schema::new(vec![
            Field::new("a", DataType::Int64, true),
            Field::new("t", utc, true),
            Field::new("x", DataType::Decimal128(18, 2), true).with_metadata(metadata),
        ]);
        assert_eq!(*profile.schema(), expected);
        assert_eq!(ColumnType::TimestampUtc.to_string(), "TimestampUtc");
        assert_eq!(ColumnType::Decimal(18, 2).to_string(), "Decimal(18,2)");
    }

    #[test]
    fn asked_types() {
        let mut profile = profile(vec![Column::new("a", ColumnType::Utf8)]);
        let wanted = [
            ("a".to_owned(), ColumnType::Date32.into()),
            ("a".to_owned(), ColumnType::Decimal(39, 2).into()),
            ("b".to_owned(), ColumnType::Int64.into()),
        ];
        profile.ask(&wanted);
        assert_eq!(
            (profile.columns[0].kind, profile.columns[0].asked),
            (ColumnType::Date32, true)
        );
        let warnings = ["column \"a\" cannot be read as Decimal(39,2): no such type"];
        assert_eq!(profile.warnings(), warnings);
    }
}
