//! The header of a table, come again behind it as where files were put one behind the other.

use crate::text::cell;
use crate::text::lines::behind_mark;
use crate::text::quotes::Any;
use crate::text::record::RecordKind;
use crate::text::syntax::{HeaderAgain, Syntax};

impl Syntax {
    /// The header whose records are the text, as others are compared with it.
    pub(crate) fn header_again(&self, text: &[u8]) -> HeaderAgain {
        let (mut records, mut cells, mut scratch, mut at) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while let Some(record) = self.read_cells(Any, text, at, usize::MAX, &mut cells) {
            at = record.next;
            let names = cells.drain(..).take(record.filled);
            let names: Vec<Vec<u8>> = names
                .map(|cell| cell::text(text, cell, &mut scratch).trim_ascii().to_vec())
                .collect();
            if record.kind == RecordKind::Cells && !names.is_empty() {
                records.push(names);
            }
        }
        let firsts = records.iter().map(|names| names[0].first().map(u8::to_ascii_lowercase));
        HeaderAgain {
            firsts: firsts.collect(),
            records,
            text: text.into(),
        }
    }

    /// Whether the text of a record is that of a header that is repeated.
    #[inline]
    pub(crate) fn is_header(&self, record: &[u8]) -> bool {
        let again = self.repeated_header.as_deref();
        again.is_some_and(|again| self.repeats(again, record))
    }

    /// Whether the text of a record is this header again.
    #[inline]
    pub(crate) fn repeats(&self, again: &HeaderAgain, record: &[u8]) -> bool {
        self.may_be_again(again, record) && self.is_again(again, record)
    }

    /// Whether a record, or text that begins with it, may begin with the first name of a header: most rows do not.
    #[inline]
    pub(crate) fn may_be_again(&self, again: &HeaderAgain, record: &[u8]) -> bool {
        let first = record.first().map(u8::to_ascii_lowercase);
        // A blank, a quote or a byte-order mark may come before the name.
        let is_name = |byte: u8| byte.is_ascii_graphic() && Some(byte) != self.quote && byte != self.delimiter.first();
        again.firsts.contains(&first) || !first.is_some_and(is_name)
    }

    /// Whether a record says the names of one of the records of a header: all of them, perhaps with others behind, or the first
    /// two or more. How they are quoted does not matter, nor do capitals, empty cells behind them, blanks around them, and the
    /// mark of a file that began there.
    #[cold]
    fn is_again(&self, again: &HeaderAgain, record: &[u8]) -> bool {
        let record = &record[behind_mark(record, 0)..];
        if *record == *again.text {
            return true;
        }
        let (mut cells, mut scratch) = (Vec::new(), Vec::new());
        let Some(read) = self.read_cells(Any, record, 0, again.widest() + 1, &mut cells) else {
            return false;
        };
        if read.kind != RecordKind::Cells || read.next < record.len() || read.filled == 0 {
            return false;
        }
        let names = &cells[..read.filled.min(cells.len())];
        let mut is_said = |said: &Vec<Vec<u8>>| {
            let mut pairs = names.iter().zip(said);
            let is_start = names.len() == said.len() || names.len().min(said.len()) > 1;
            let mut is_name = |cell, name: &[u8]| {
                let text = cell::text(record, cell, &mut scratch).trim_ascii();
                text.eq_ignore_ascii_case(name)
            };
            is_start && pairs.all(|(&cell, name)| is_name(cell, name))
        };
        again.records.iter().any(&mut is_said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::dialect::Dialect;

    #[test]
    fn what_is_a_header_again() {
        let of = |text: &str| {
            Syntax::new(&Dialect {
                repeated_header: Some(text.as_bytes().into()),
                ..Dialect::default()
            })
        };
        let cases = [
            ("id,\"last name\",n", "id,last name,n", true),
            ("id,last name,n", "\"id\",\"last name\", n ", true),
            ("id,name,n", "\u{FEFF}id,name,n", true),
            ("id,name,n", "id,name,n,,", true),
            ("id,name,n,", "id,name,n", true),
            ("id,name,n", "id,name", true),
            ("id,name,n", "id", false),
            ("id,name,n", "id,name,n,m", true),
            ("id", "id,name", false),
            ("id,name,n", "id,,n", false),
            ("id,name,n", "ID,Name,n", true),
            ("id,name,n", "name,id,n", false),
            ("id,name\nint,text", "int,text", true),
            ("id,name\nint,text", "id,text", false),
            (",name\n,text", ",text", true),
            ("a", "a", true),
            ("id,na\"me", "id,na\"me", true),
            ("id,name", ",", false),
        ];
        for (header, record, expected) in cases {
            assert_eq!(
                of(header).is_header(record.as_bytes()),
                expected,
                "{header:?} {record:?}"
            );
        }
    }
}
