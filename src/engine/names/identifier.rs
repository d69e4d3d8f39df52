//! Names as a statement has them, so that what is proposed can be pasted.

use datafusion::sql::sqlparser::keywords::{
    ALL_KEYWORDS, ALL_KEYWORDS_INDEX, RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_IDENTIFIER, RESERVED_FOR_TABLE_ALIAS,
};

use crate::nearest::proposed;

/// As [`crate::nearest::proposal`], for columns where a statement names them: one that SQL reads only in double quotes is
/// proposed in these, since `SELECT 'Trip ID'` would be a text.
pub(super) fn column_proposal<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.dedup();
    let written = |at: usize| match identifier(known[at]) {
        name if name == known[at] => format!("'{name}'"),
        quoted => quoted,
    };
    proposed(typed, &known, written, written)
}

/// A name as SQL reads it: in double quotes, unless it needs none.
pub(super) fn identifier(name: &str) -> String {
    let mut letters = name.bytes();
    let begins = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    let is_plain = begins && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
    match is_plain && !is_reserved(name) {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// Whether SQL takes the word for one of its own where a column or a table is named: `order`, but not `date`.
fn is_reserved(name: &str) -> bool {
    let Ok(at) = ALL_KEYWORDS.binary_search(&name.to_ascii_uppercase().as_str()) else {
        return false;
    };
    let word = ALL_KEYWORDS_INDEX[at];
    [
        RESERVED_FOR_IDENTIFIER,
        RESERVED_FOR_COLUMN_ALIAS,
        RESERVED_FOR_TABLE_ALIAS,
    ]
    .iter()
    .any(|reserved| reserved.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proposed_can_be_pasted() {
        let known = ["Trip ID", "fare", "order", "say \"hi\"", "größe"];
        for (typed, said) in [
            ("TripID", "; did you mean \"Trip ID\"?"),
            ("fair", "; did you mean 'fare'?"),
            ("ordr", "; did you mean \"order\"?"),
            ("say hi", "; did you mean \"say \"\"hi\"\"\"?"),
            (
                "weather",
                "; there is \"Trip ID\", 'fare', \"order\", \"say \"\"hi\"\"\", \"größe\"",
            ),
        ] {
            assert_eq!(column_proposal(typed, known), said);
        }
    }
}
