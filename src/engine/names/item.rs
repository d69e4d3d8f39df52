//! The items of a long list of columns, which is planned as one value.

use datafusion::sql::sqlparser::ast::Ident;

/// What the value is called in the plan. Nobody types that.
pub(super) const PACKED: &str = "\u{1}columns";

/// An item of a list.
#[derive(Debug)]
pub(super) enum Item {
    /// `*`, which stands for all columns.
    All,
    /// A column, as it is typed, and what it is called in the result.
    Column { parts: Vec<Ident>, name: Option<String> },
    /// Anything else, which is a part of the value, and what it is called.
    Other { name: Option<String> },
}
