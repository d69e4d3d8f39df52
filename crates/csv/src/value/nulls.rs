//! Words for NULL that the caller names.

use std::sync::Arc;

use crate::value::words;

/// Words that stand for NULL, in any case of ASCII letters, beside those that always may.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct NullWords(Option<Arc<[String]>>);

impl NullWords {
    /// These words, blanks around them not counted; one that comes again is none.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<String> = Vec::new();
        for word in words {
            let word = word.trim_matches([' ', '\t']);
            if !word.is_empty() && !all.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                all.push(word.to_owned());
            }
        }
        NullWords((!all.is_empty()).then(|| all.into()))
    }

    /// The words.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|words| words.iter()).map(String::as_str)
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the text of a cell, blanks around it not counted, is one of them.
    pub(crate) fn hold(&self, cell: &[u8]) -> bool {
        let text = words::trim(cell);
        self.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(text))
    }

    /// The text of a cell; nothing if it is one of the words.
    #[inline]
    pub(crate) fn emptied<'a>(&self, cell: &'a [u8]) -> &'a [u8] {
        if !self.is_empty() && self.hold(cell) { b"" } else { cell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_by_order_of_the_caller() {
        let nulls = NullWords::new(["k.A.", " -999 ", "K.a.", "", " ", "é"]);
        assert_eq!(nulls.iter().collect::<Vec<_>>(), ["k.A.", "-999", "é"]);
        for cell in ["k.A.", " K.A. ", "\t-999", "é"] {
            assert!(nulls.hold(cell.as_bytes()), "{cell:?}");
            assert_eq!(nulls.emptied(cell.as_bytes()), b"");
        }
        for cell in ["", " ", "k.A", "-999.0", "É", "k. A."] {
            assert!(!nulls.hold(cell.as_bytes()), "{cell:?}");
        }
        assert!(NullWords::new([" "]).is_empty() && NullWords::default() == NullWords::new([]));
    }
}
