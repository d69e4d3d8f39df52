//! What becomes of a profile when all of a file was seen.

use crate::column::field::Column;
use crate::finding::Finding;
use crate::profile::CsvProfile;
use crate::survey::report::{ColumnReport, Size, Surveyed};
use crate::survey::{Survey, numerals};
use crate::table::asides::{Beside, OtherTable};
use crate::table::repeated;
use crate::value::kind::ColumnType;
use crate::value::notation::Notation;

impl Survey {
    /// The outcome.
    ///
    /// If the chunks were taken for UTF-8 (not because the caller asked for it), held bytes that are not, and held no valid
    /// character of more than one byte, the profile's encoding is now another one. The rows and types stand, but whoever
    /// decodes must transcode again, with the new encoding.
    pub fn finish(self) -> Surveyed {
        self.concluded(true)
    }

    /// The profile of the outcome, for who has no use for the reports on its columns, which are more work.
    pub(crate) fn into_profile(self) -> CsvProfile {
        self.concluded(false).profile
    }

    /// The outcome, with reports on the columns if they are wanted.
    fn concluded(mut self, wants_reports: bool) -> Surveyed {
        let is_read = self.invalid.report(&mut self.profile);
        self.seen.strays.report(&mut self.profile, self.ledger.served);
        // A survey of a sample (columns without a promise) cannot say where a table ends that goes on behind the sample.
        let is_sample = self.seen.columns.iter().any(|column| column.promise().is_none());
        let is_closed = is_sample || close(&mut self.profile, self.seen.gap, self.lines);
        let (torn, width) = (std::mem::take(&mut self.seen.torn), self.profile.columns.len());
        let are_known = torn.report(&mut self.profile.others, width);
        let given = self.profile.clone();
        self.profile.columns = numerals::decide(&given.columns, &self.seen.columns);
        for (column, seen) in self.profile.columns.iter_mut().zip(&self.seen.columns) {
            column.holds_rows |= seen.holds_rows(self.ledger.served);
        }
        if self.holds_types {
            given.columns.iter().zip(&mut self.profile.columns).for_each(hold);
        }
        let is_same = |(was, is): (&Column, &Column)| {
            (was.kind, was.notation, was.holds_rows) == (is.kind, is.notation, is.holds_rows)
        };
        let mut settled = is_read
            && is_closed
            && are_known
            && (!self.seen.judged || given.columns.iter().zip(&self.profile.columns).all(is_same));
        let columns = self.report_columns(wants_reports);
        if self.seen.repeated == 0 {
            self.profile.tell_instead(|old| *old == Finding::RepeatedHeader, None);
        }
        let misfits = || {
            given
                .columns
                .iter()
                .zip(&self.seen.columns)
                .map(|(column, seen)| (column, seen.misfit(column)))
        };
        let is_repeated = self.walk.syntax.repeated_header.is_none() && repeated::are_names(misfits());
        if let Some(header) = self.seen.header.take().filter(|_| is_repeated) {
            // The header took part in the types as if it were a row. The next survey finds them without it.
            self.profile = given;
            self.profile.dialect.repeated_header = Some(header.into());
            self.profile.tell(Finding::RepeatedHeader);
            settled = false;
        }
        Surveyed {
            profile: self.profile,
            columns,
            ledger: self.ledger,
            rejects: self.seen.rejects,
            settled,
        }
    }

    /// Reports on every column if that is wanted, and warns of what a person would not expect.
    fn report_columns(&mut self, wants_reports: bool) -> Vec<ColumnReport> {
        let columns = std::mem::take(&mut self.profile.columns);
        let mut reports = Vec::new();
        let size = Size {
            rows: self.ledger.served,
            lines: self.lines,
        };
        for (column, seen) in columns.iter().zip(&self.seen.columns) {
            let findings = if wants_reports {
                let (report, findings) = seen.report(column, size);
                reports.push(report);
                findings
            } else {
                seen.findings(column)
            };
            // A doubt that the sample has left is dropped if the whole file resolves it: `13/02/2024` tells what
            // `01/02/2024` did not.
            let stands = |old: &Finding| findings.contains(old) || !old.is_doubt_of(&column.name);
            self.profile.findings.retain(stands);
            findings.into_iter().for_each(|finding| self.profile.tell(finding));
            self.profile
                .findings
                .retain(|old| !old.is_about_points_of(&column.name));
            // A file that separates cells with commas writes `1.234` with a decimal point, so there is no doubt in it.
            let doubt = numerals::doubt(column, seen).filter(|_| self.walk.syntax.delimiter.first() != b',');
            doubt.into_iter().for_each(|finding| self.profile.tell(finding));
        }
        self.profile.columns = columns;
        reports
    }
}

/// Says where a table ends that goes on behind the sample, in a file of so many lines: in front of the first blank line
/// behind its start, or with the file. False if that leaves records which nobody has looked at.
fn close(profile: &mut CsvProfile, gap: Option<u64>, lines: u64) -> bool {
    let is_open = |other: &&mut OtherTable| other.last_line.is_none() && other.kind != Beside::Perhaps;
    let Some(open) = profile.others.iter_mut().find(is_open) else {
        return true;
    };
    open.last_line = Some(gap.map_or(lines, |gap| gap - 1));
    for finding in &mut profile.findings {
        if let Finding::OtherTable {
            first_line,
            last_line: last_line @ None,
            ..
        } = finding
            && *first_line == open.first_line
        {
            *last_line = open.last_line;
        }
    }
    gap.is_none()
}

/// Makes a column text if two surveys found it to be two things, unless the caller asked for one.
fn hold((was, is): (&Column, &mut Column)) {
    let is_other = (was.kind, was.notation) != (is.kind, is.notation);
    if is_other && !is.asked {
        (is.kind, is.notation) = (ColumnType::Utf8, Notation::default());
    }
}
