//! What a request is about, for the line that the log gets when it ends.

use std::sync::{Arc, OnceLock};

use crate::fingerprint::Fingerprint;

/// The log has no room for more of a statement, in characters.
const SHOWN: usize = 4000;

/// What a request is about, once that is known. Clones are of the same request.
#[derive(Debug, Clone, Default)]
pub struct Subject(Arc<OnceLock<About>>);

/// A dataset or a statement.
#[derive(Debug)]
enum About {
    Dataset(String),
    Statement { text: String, name: String },
}

impl Subject {
    /// It is about a dataset, or a table that is written.
    pub fn set_dataset(&self, id: &str) {
        self.0.get_or_init(|| About::Dataset(id.to_owned()));
    }

    /// It is about a statement.
    pub fn set_statement(&self, text: &str) {
        self.0.get_or_init(|| About::Statement {
            text: text.chars().take(SHOWN).collect(),
            name: name(text),
        });
    }

    /// The dataset.
    pub(super) fn dataset(&self) -> Option<&str> {
        match self.0.get()? {
            About::Dataset(id) => Some(id),
            About::Statement { .. } => None,
        }
    }

    /// The statement: its text, which may have in it what is nobody's business, only where that `is_wanted`.
    pub(super) fn statement(&self, is_wanted: bool) -> Option<&str> {
        match self.0.get()? {
            About::Dataset(_) => None,
            About::Statement { text, .. } if is_wanted => Some(text),
            About::Statement { name, .. } => Some(name),
        }
    }
}

/// What a statement is called without its text: its first word, and a number that the same text always gets.
fn name(text: &str) -> String {
    let verb = text.split_whitespace().next().unwrap_or_default();
    let verb: String = verb.chars().take_while(char::is_ascii_alphabetic).take(12).collect();
    let number = Fingerprint::default().text(text).finish();
    format!("{} {:08x}", verb.to_ascii_uppercase(), number >> 32)
        .trim_start()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_without_what_is_in_it() {
        let named = |text: &str| {
            let subject = Subject::default();
            subject.set_statement(text);
            assert_eq!(subject.statement(true), Some(text));
            assert_eq!(subject.dataset(), None);
            subject.statement(false).map(str::to_owned).unwrap()
        };
        let one = named("select * from t where name = 'secret'");
        assert!(one.starts_with("SELECT ") && !one.contains("secret"), "{one}");
        assert_eq!(one, named("select * from t where name = 'secret'"));
        assert_ne!(one, named("select * from t where name = 'other'"));
        assert!(!named("(SELECT 1)").contains('('));
    }

    #[test]
    fn what_was_said_first_stays() {
        let subject = Subject::default();
        assert_eq!((subject.dataset(), subject.statement(true)), (None, None));
        subject.set_dataset("sales/2024");
        subject.set_statement("SELECT 1");
        assert_eq!((subject.dataset(), subject.statement(true)), (Some("sales/2024"), None));
    }
}
