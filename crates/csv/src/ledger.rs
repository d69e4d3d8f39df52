//! The account of a file: what became of every record in it.

use std::fmt;

use crate::reject::Verdict;
use crate::text::lead::Lead;
use crate::wording::count;

/// How many records of each kind a file, or a part of one, has. Their sum is all of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Ledger {
    /// Lines in front of the table.
    pub preamble: u64,
    /// Records that name the columns.
    pub header: u64,
    /// Comment lines, and lines that draw a frame.
    pub comment: u64,
    /// Lines without a byte or with delimiters alone, where those are no rows.
    pub blank: u64,
    /// Rows of the table.
    pub served: u64,
    /// Records that cannot be rows.
    pub rejected: u64,
}

impl Ledger {
    /// All records.
    pub fn records(&self) -> u64 {
        self.preamble + self.header + self.comment + self.blank + self.served + self.rejected
    }

    /// Rows and what might have been rows: the records that [`Lineage::Record`](crate::Lineage) counts.
    pub fn counted(&self) -> u64 {
        self.served + self.rejected
    }

    /// The account of what comes before the first row.
    pub(crate) fn of(lead: &Lead) -> Self {
        Ledger {
            preamble: lead.preamble,
            header: lead.header,
            blank: lead.blank,
            comment: lead.comment,
            rejected: lead.broken,
            served: 0,
        }
    }

    /// Counts a record behind the header.
    pub(crate) fn count(&mut self, verdict: &Verdict<'_>) {
        match verdict {
            Verdict::Row => self.served += 1,
            Verdict::Blank => self.blank += 1,
            Verdict::Comment => self.comment += 1,
            Verdict::Reject(_) => self.rejected += 1,
        }
    }

    /// Adds the account of another part.
    pub fn add(&mut self, other: Ledger) {
        self.preamble += other.preamble;
        self.header += other.header;
        self.comment += other.comment;
        self.blank += other.blank;
        self.served += other.served;
        self.rejected += other.rejected;
    }
}

impl fmt::Display for Ledger {
    /// Writes like `1000 records: 1 header, 997 served, 2 rejected`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.preamble, "preamble"),
            (self.header, "header"),
            (self.comment, "comment"),
            (self.blank, "blank"),
            (self.served, "served"),
            (self.rejected, "rejected"),
        ];
        f.write_str(&count(self.records(), "record"))?;
        let parts = parts.into_iter().filter(|(records, _)| *records > 0);
        for (i, (records, kind)) in parts.enumerate() {
            write!(f, "{} {records} {kind}", if i == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_the_sum_of_its_parts() {
        let mut ledger = Ledger {
            header: 1,
            served: 2,
            ..Ledger::default()
        };
        ledger.add(Ledger {
            preamble: 3,
            comment: 4,
            blank: 5,
            served: 6,
            rejected: 7,
            ..Ledger::default()
        });
        assert_eq!(ledger.records(), 28);
        assert_eq!(
            ledger.to_string(),
            "28 records: 3 preamble, 1 header, 4 comment, 5 blank, 8 served, 7 rejected"
        );
        assert_eq!(Ledger::default().to_string(), "0 records");
    }
}
