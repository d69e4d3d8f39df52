//! Which texts a column takes for its values.

use crate::column::evidence::Evidence;
use crate::column::field::Column;
use crate::text::frame::{Slot, Values};
use crate::value::kind::ColumnType;
use crate::value::parse;

impl Values for Column {
    /// An asked type only has to be read.
    fn takes(&self, text: &[u8]) -> bool {
        let text = self.nulls.emptied(text);
        let holds = || Evidence::of(text).misfit(self.kind, self.notation).is_none();
        parse::reads(self.kind, self.notation, text) && (self.asked || holds())
    }
}

impl Column {
    /// The column as a part of the frame of a table.
    pub(crate) fn slot(&self) -> Slot {
        let is_text = self.kind == ColumnType::Utf8;
        Slot {
            values: (!is_text).then(|| Box::new(self.clone()) as Box<dyn Values>),
            holds_rows: self.holds_rows,
        }
    }
}
