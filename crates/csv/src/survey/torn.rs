//! What a stray quote has torn from a record with line ends in it, and looks like a row.
//!
//! `""a⏎b",1` was one row before its first quote was put there. Its first line is rejected, since its quotes leave no way to
//! read it. The second may look like a row whose first cell ends with a quote, as `5",1` does, and is none: it is the rest of
//! what is rejected. `1,"a"⏎b"` was one row too: its second line is rejected, and the first, which a quote ends, was not all
//! of it.

use crate::reject::MAX_REJECTS;
use crate::table::asides::{Beside, OtherTable};

/// What comes before a record, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// That is in the chunk before.
    Unknown,
    /// A row.
    Row,
    /// A row, on this line, whose last cell a quote closes.
    Quoted(u64),
    /// A row, on this line, that lacks cells, and whose last one a quote closes.
    Short(u64),
    /// A record behind the last row whose quotes are not in their places.
    Torn,
}

/// What the first record of a chunk is that depends on the chunk before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// A row, on this line, that may be the rest of a torn record.
    Row { line: u64, closes: bool, is_misfit: bool },
    /// No row, but it may be the rest of the row before.
    Other,
}

/// What was seen in a chunk.
#[derive(Debug, Clone)]
struct Piece {
    first_line: u64,
    head: Option<Head>,
    /// The lines of what is torn.
    torn: Vec<u64>,
    /// What the chunk leaves.
    state: State,
}

/// What was seen in all chunks.
#[derive(Debug, Clone, Default)]
pub(super) struct TornRecords {
    pieces: Vec<Piece>,
}

impl TornRecords {
    /// Takes notice that the records of a chunk come next.
    pub(super) fn begin(&mut self, first_line: u64, starts_file: bool) {
        self.pieces.push(Piece {
            first_line,
            head: None,
            torn: Vec::new(),
            state: if starts_file { State::Row } else { State::Unknown },
        });
    }

    /// Whether the next row may be the rest of a torn record: most are none, and need not be looked at.
    #[inline]
    pub(super) fn may_end(&self) -> bool {
        let state = self.pieces.last().map(|piece| piece.state);
        matches!(state, Some(State::Unknown | State::Torn | State::Short(_)))
    }

    /// Takes in a row, which begins on this line; whether it may be the rest of a torn record: its first quote closes what lines
    /// above may have opened, or, behind what is torn for sure, it does not fit the columns.
    /// Behind a row whose last cell is quoted, on the line `quoted`, it must be both.
    pub(super) fn observe_row(&mut self, closes: bool, is_misfit: bool, line: u64, quoted: Option<u64>) {
        let Some(piece) = self.pieces.last_mut() else { return };
        match piece.state {
            State::Unknown if closes || is_misfit => {
                piece.head = Some(Head::Row {
                    line,
                    closes,
                    is_misfit,
                });
            }
            State::Torn if closes || is_misfit => piece.tear(line),
            State::Short(short) if closes => {
                piece.tear(short);
                piece.tear(line);
            }
            State::Row if closes && is_misfit => {
                if let Some(quoted) = quoted {
                    piece.tear(quoted);
                    piece.tear(line);
                }
            }
            _ => {}
        }
        piece.state = State::Row;
    }

    /// Takes notice that the row just taken in lacks cells, and a quote closes its last one.
    pub(super) fn observe_short(&mut self, line: u64) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.state = State::Short(line);
        }
    }

    /// Takes in a record that is rejected; whether its quotes may have been torn from others below, and whether its first quote
    /// `closes` what lines above may have opened. If the last row was seen with its last cell in quotes, `quoted` is its line.
    pub(super) fn observe_reject(&mut self, is_torn: bool, closes: bool, quoted: Option<u64>) {
        let Some(piece) = self.pieces.last_mut() else { return };
        match (piece.state, quoted) {
            (State::Unknown, _) if closes => piece.head = Some(Head::Other),
            (State::Row | State::Short(_), Some(line)) if closes => piece.tear(line),
            _ => {}
        }
        piece.state = match piece.state {
            _ if is_torn => State::Torn,
            State::Torn | State::Unknown | State::Short(_) if closes => State::Row,
            state => state,
        };
    }

    /// Takes notice that the chunk ends; `quoted` as above.
    pub(super) fn end(&mut self, quoted: Option<u64>) {
        if let (Some(piece), Some(line)) = (self.pieces.last_mut(), quoted)
            && piece.state == State::Row
        {
            piece.state = State::Quoted(line);
        }
    }

    /// Takes in what was seen elsewhere in the file.
    pub(super) fn merge(&mut self, other: Self) {
        self.pieces.extend(other.pieces);
    }

    /// Says in `others` which lines are of torn records; whether that was known of all.
    pub(super) fn report(mut self, others: &mut Vec<OtherTable>, columns: usize) -> bool {
        // Lines of a table of one column are rows each for itself.
        if columns < 2 {
            return true;
        }
        self.pieces.sort_by_key(|piece| piece.first_line);
        let (mut state, mut lines) = (State::Row, Vec::new());
        for piece in self.pieces {
            match (piece.head, state) {
                (Some(Head::Row { line, .. }), State::Torn)
                | (Some(Head::Other), State::Quoted(line) | State::Short(line)) => lines.push(line),
                (Some(Head::Row { line, closes: true, .. }), State::Short(before)) => lines.extend([before, line]),
                (
                    Some(Head::Row {
                        line,
                        closes: true,
                        is_misfit: true,
                    }),
                    State::Quoted(before),
                ) => lines.extend([before, line]),
                _ => {}
            }
            lines.extend(piece.torn);
            state = if piece.state == State::Unknown {
                state
            } else {
                piece.state
            };
        }
        lines.truncate(MAX_REJECTS);
        let is_known = |line: &u64| {
            let mut all = others.iter();
            all.any(|other| other.first_line == *line && other.kind == Beside::Rest)
        };
        lines.retain(|line| !is_known(line));
        others.extend(lines.iter().map(|&line| OtherTable {
            first_line: line,
            last_line: Some(line),
            columns,
            kind: Beside::Rest,
        }));
        others.sort_by_key(|other| other.first_line);
        lines.is_empty()
    }
}

impl Piece {
    fn tear(&mut self, line: u64) {
        if self.torn.len() < MAX_REJECTS {
            self.torn.push(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are torn in chunks of records: `x` is a row, `q` one whose last cell is quoted, `s` one that lacks cells too, `m` one
    /// that does not fit, `e` one that closes, `b` one that does both, `!` a
    /// record whose quotes are not in their places, `c` one that is rejected and closes, `-` a blank line.
    fn torn(chunks: &[&str]) -> Vec<u64> {
        let (mut all, mut line) = (Vec::new(), 1);
        for chunk in chunks {
            let (mut seen, mut quoted) = (TornRecords::default(), None);
            seen.begin(line, line == 1);
            for record in chunk.bytes() {
                match record {
                    b'!' => seen.observe_reject(true, false, quoted),
                    b'c' => seen.observe_reject(false, true, quoted),
                    b'-' => {}
                    row => {
                        seen.observe_row(b"eb".contains(&row), b"mb".contains(&row), line, quoted);
                        quoted = b"qs".contains(&row).then_some(line);
                        if row == b's' {
                            seen.observe_short(line);
                        }
                    }
                }
                line += 1;
            }
            seen.end(quoted);
            all.push(seen);
        }
        // The order does not matter.
        let merged = all.into_iter().rev().reduce(|mut all, next| {
            all.merge(next);
            all
        });
        let mut others = Vec::new();
        merged.unwrap_or_default().report(&mut others, 2);
        others.iter().map(|other| other.first_line).collect()
    }

    #[test]
    fn what_is_torn() {
        let cases: [(&str, &[u64]); 22] = [
            ("x!exx", &[3]),
            ("x!-!-ex!e", &[6, 9]),
            ("x!eex", &[3]),
            ("x!xex", &[]),
            ("xexee", &[]),
            ("ex!", &[]),
            ("!e", &[2]),
            ("x!cex", &[]),
            ("xqcx", &[2]),
            ("xq-cx", &[2]),
            ("qxc", &[]),
            ("q!c", &[]),
            ("x!mx", &[3]),
            ("xmx!xm", &[]),
            ("xsex", &[2, 3]),
            ("xs-ex", &[2, 4]),
            ("xsmxe", &[]),
            ("xscx", &[2]),
            ("xqbx", &[2, 3]),
            ("xq-bx", &[2, 4]),
            ("xbx", &[]),
            ("xqexqmx", &[]),
        ];
        for (records, expected) in cases {
            assert_eq!(torn(&[records]), expected, "{records}");
            for at in 1..records.len() {
                let (left, right) = records.split_at(at);
                assert_eq!(torn(&[left, right]), expected, "{left} {right}");
            }
            let each: Vec<&str> = (0..records.len()).map(|at| &records[at..=at]).collect();
            assert_eq!(torn(&each), expected, "{records}");
        }
    }
}
