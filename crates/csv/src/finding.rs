//! What was noticed about a file and how it is read, as data; a sentence for people is made of it at the very end.

use std::fmt;

use crate::column::decide::Doubt;
use crate::column::ruling::RuledOut;
use crate::text::dialect::Notes;
use crate::text::encoding::detected::Detected;
use crate::text::encoding::malformed::Malformed;
use crate::text::encoding::name::Encoding;
use crate::value::kind::{ColumnType, article};
use crate::value::notation::Notation;
use crate::wording::count;

/// What a person should know about how a file was read.
///
/// [`Display`](fmt::Display) gives one sentence, lower-case and without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// There is nothing in the file.
    Empty,
    /// Another encoding explains the file about as well.
    Rival {
        /// The one that it is read in.
        encoding: Encoding,
        /// The other one.
        rival: Encoding,
    },
    /// It was taken for UTF-8, and is read in another encoding.
    OtherEncoding {
        /// The first line that is not UTF-8.
        line: u64,
        /// The encoding.
        encoding: Encoding,
    },
    /// Bytes are not UTF-8, in a file that is.
    Replaced {
        /// How many sequences of them there are.
        count: u64,
        /// The line of the first.
        line: u64,
        /// Its offset.
        offset: u64,
    },
    /// Bytes stand for no character in the encoding of the file.
    Malformed {
        /// Which ones.
        malformed: Malformed,
        /// The encoding.
        encoding: Encoding,
    },
    /// There are control characters from U+0080 to U+009F, which no text has.
    Controls {
        /// How many there are, and the line of the first; `None` if nobody has counted them.
        counted: Option<(u64, u64)>,
    },
    /// Rows have quotes that open or close nothing.
    StrayQuotes(Rows),
    /// Rows have quotes around lines that might be rows.
    RowsInQuotes(Rows),
    /// A comment names the columns.
    NamesInComment {
        /// Its line.
        line: u64,
    },
    /// A line that is not written as the rows are names the columns.
    DamagedHeader {
        /// The line.
        line: u64,
    },
    /// The header does not name the first column, which has the names of the rows.
    RowNames,
    /// Records repeat the header.
    RepeatedHeader,
    /// There are notes behind the table.
    NotesBehind(Notes),
    /// Each line is a JSON object.
    JsonLines,
    /// There is another table.
    OtherTable {
        /// The line on which it begins.
        first_line: u64,
        /// The line on which its last record starts; `None` if the sample ends before it does.
        last_line: Option<u64>,
        /// How many cells each of its records has.
        columns: usize,
        /// What becomes of its records.
        fate: Fate,
    },
    /// A line is a title in front of a further part of the table.
    TitleBetween {
        /// The line.
        line: u64,
    },
    /// There are more tables than are told of one by one.
    MoreTables(u64),
    /// A type was asked for that does not exist.
    NoSuchType {
        /// The column.
        column: String,
        /// The type.
        kind: ColumnType,
    },
    /// A type was asked for of a column that does not exist, and one is called almost so.
    NoSuchColumn {
        /// The name that was asked for.
        asked: String,
        /// The name that there is.
        alike: String,
    },
    /// A column has not the type that a sample promised, or takes a word for NULL.
    BrokenPromise {
        /// The column.
        column: String,
        /// The first value that is not as promised.
        value: RuledOut,
        /// The type that was promised.
        promised: Written,
        /// The type that the column has.
        found: Written,
    },
    /// A value is not of the type that the caller asked for.
    Refused {
        /// The column.
        column: String,
        /// The value.
        value: RuledOut,
        /// The type.
        asked: Written,
    },
    /// A column is text because its values may be read in two ways.
    Doubt {
        /// The column.
        column: String,
        /// A value that may be.
        value: String,
        /// Which ways.
        doubt: Doubt,
    },
    /// A column of floats does not hold all digits of its values.
    LostDigits {
        /// The column.
        column: String,
        /// A value of which it does not.
        value: String,
    },
    /// The decimal points of a column may be thousands separators.
    DoubtfulPoints {
        /// The column.
        column: String,
        /// A value with one.
        value: String,
    },
}

/// Some rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// How many there are.
    pub count: u64,
    /// The line on which the first of them starts.
    pub first_line: u64,
}

/// What becomes of the records of another table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They are in front of the table that is served.
    InFront,
    /// They are rejected.
    Rejected,
    /// They are rows where they fit.
    RowsWhereTheyFit,
}

/// A type, and how its values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    kind: ColumnType,
    notation: Notation,
}

impl Written {
    pub(crate) fn new(kind: ColumnType, notation: Notation) -> Self {
        // The sentence does not tell these, and two findings with the same sentence are the same.
        let notation = Notation {
            null_words: false,
            code_free: false,
            ..notation
        };
        Written { kind, notation }
    }

    fn article(self) -> &'static str {
        article(self.kind)
    }
}

impl fmt::Display for Written {
    /// Writes like `Date32 as DD/MM/YYYY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.notation.describe(self.kind))
    }
}

impl Finding {
    /// That another encoding explains a sample as well, if one does.
    pub(crate) fn rival(detected: &Detected) -> Option<Self> {
        let (encoding, rival) = (detected.encoding, detected.rival?);
        Some(Finding::Rival { encoding, rival })
    }

    /// Whether it is about the text of a column that leaves a doubt, or that is not kept whole.
    pub(crate) fn is_doubt_of(&self, name: &str) -> bool {
        match self {
            Finding::Doubt { column, .. } | Finding::LostDigits { column, .. } => column == name,
            _ => false,
        }
    }

    /// Whether it is about the decimal points of a column.
    pub(crate) fn is_about_points_of(&self, name: &str) -> bool {
        matches!(self, Finding::DoubtfulPoints { column, .. } if column == name)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Empty => f.write_str("the file is empty"),
            Finding::Rival { .. }
            | Finding::OtherEncoding { .. }
            | Finding::Replaced { .. }
            | Finding::Malformed { .. }
            | Finding::Controls { .. } => self.write_encoding(f),
            Finding::StrayQuotes(rows) => rows.write(f, "quotes that open or close nothing", "they are read as text"),
            Finding::RowsInQuotes(rows) => rows.write(
                f,
                "quotes around lines that might be rows",
                "they are read as text with line ends",
            ),
            Finding::NamesInComment { .. }
            | Finding::DamagedHeader { .. }
            | Finding::RowNames
            | Finding::RepeatedHeader
            | Finding::NotesBehind(_)
            | Finding::JsonLines
            | Finding::OtherTable { .. }
            | Finding::TitleBetween { .. }
            | Finding::MoreTables(_) => self.write_table(f),
            _ => self.write_column(f),
        }
    }
}

impl Finding {
    fn write_encoding(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Rival { encoding, rival } => {
                let label = rival.to_string().to_lowercase();
                write!(
                    f,
                    "the file reads as well in {encoding} as in {rival}: read as {encoding}; if that is wrong, name the \
                     other with --encoding '{label}'"
                )
            }
            Finding::OtherEncoding { line, encoding } => {
                write!(
                    f,
                    "line {line} is not UTF-8 and no other line needs it: read as {encoding}"
                )
            }
            Finding::Replaced { count, line, offset } => {
                match count {
                    1 => f.write_str("1 sequence of bytes is not UTF-8, on ")?,
                    count => write!(f, "{count} sequences of bytes are not UTF-8, the first on ")?,
                }
                write!(f, "line {line} at byte {offset}: read as U+FFFD")
            }
            Finding::Malformed { malformed, encoding } => write!(f, "{malformed} in {encoding}: read as U+FFFD"),
            Finding::Controls { counted } => {
                match counted {
                    Some((controls, line)) => {
                        let what = count(*controls, "control character");
                        write!(f, "{what} from U+0080 to U+009F, the first on line {line}")?;
                    }
                    None => f.write_str("there are control characters from U+0080 to U+009F")?,
                }
                f.write_str(": the file may be in another encoding, to be named with --encoding")
            }
            _ => Ok(()),
        }
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::NamesInComment { line } => {
                write!(f, "the columns are called what the comment on line {line} says")
            }
            Finding::DamagedHeader { line } => write!(
                f,
                "the columns are called what line {line} says, though its delimiters or quotes are not those of the rows"
            ),
            Finding::RowNames => f.write_str(
                "the header has a name less than the rows have cells: the first column has the names of the rows",
            ),
            Finding::RepeatedHeader => {
                f.write_str("the header is repeated further down: a record that says it again is not a row")
            }
            Finding::JsonLines => f.write_str("each line is a JSON object: the lines are served as text"),
            Finding::NotesBehind(notes) => {
                let of = if *notes == Notes::Alone {
                    " of a single cell"
                } else {
                    ""
                };
                write!(
                    f,
                    "a record{of} that begins with a word such as 'total' is a note, not a row"
                )
            }
            Finding::OtherTable {
                first_line,
                last_line,
                columns,
                fate,
            } => {
                match last_line {
                    Some(last_line) => write!(f, "lines {first_line} to {last_line} are")?,
                    None => write!(f, "from line {first_line} on the sample is")?,
                }
                let columns = count(*columns as u64, "column");
                write!(f, " another table, of {columns}, {fate}")
            }
            Finding::TitleBetween { line } => {
                write!(
                    f,
                    "line {line} is a title in front of a further part of the table: it is not a row"
                )
            }
            Finding::MoreTables(more) => write!(f, "{} further down", count(*more, "more table")),
            _ => Ok(()),
        }
    }

    fn write_column(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::NoSuchType { column, kind } => {
                write!(f, "column \"{column}\" cannot be read as {kind}: no such type")
            }
            Finding::NoSuchColumn { asked, alike } => {
                write!(
                    f,
                    "no column is called \"{asked}\", as was asked for: is \"{alike}\" meant?"
                )
            }
            Finding::BrokenPromise {
                column,
                value,
                promised,
                found,
            } => {
                write_place(f, column, value)?;
                let (expected, now) = (promised.to_string(), found.to_string());
                match expected == now {
                    true => write!(f, " is taken for NULL; the column stays {now}"),
                    false => write!(f, " is not {} {expected}; the column is {now}", promised.article()),
                }
            }
            Finding::Refused { column, value, asked } => {
                write_place(f, column, value)?;
                write!(f, " is not {} {asked}, the type that was asked for", asked.article())
            }
            Finding::Doubt { column, value, doubt } => {
                write!(f, "column \"{column}\" is text: '{value}' {}", doubtful(*doubt))
            }
            Finding::LostDigits { column, value } => write!(
                f,
                "column \"{column}\" loses digits: '{value}' has more than a Float64 holds; a type such as \
                 '{column}=decimal(38,18)' keeps them"
            ),
            Finding::DoubtfulPoints { column, value } => write!(
                f,
                "column \"{column}\" is a Float64: '{value}' is read with a decimal point, and no value proves that it is \
                 no thousands separator"
            ),
            _ => Ok(()),
        }
    }
}

/// How a sentence goes on after a value that leaves a doubt.
fn doubtful(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::DayOrMonth => "has the day first or the month first, and no value proves which",
        Doubt::Groups => {
            "has digits in groups, as numbers, addresses and telephone numbers may, and no value proves which"
        }
        Doubt::Codes => "may be a code as well as a number with an exponent, and no value proves which",
        Doubt::Digits => "has more digits than a Float64 holds; a decimal type, if asked for, keeps them",
        Doubt::ShortYear => "has a year of two digits, and nobody knows the century",
        Doubt::Comma => "has a thousands separator or a decimal comma, and no value proves which",
    }
}

/// Writes where a value is, as the start of a sentence on it.
fn write_place(f: &mut fmt::Formatter<'_>, column: &str, RuledOut { line, value }: &RuledOut) -> fmt::Result {
    if let Some(line) = line {
        write!(f, "line {line}, ")?;
    }
    write!(f, "column \"{column}\": '{value}'")
}

impl Rows {
    /// Writes that they have something, and what it is read as.
    fn write(self, f: &mut fmt::Formatter<'_>, what: &str, reading: &str) -> fmt::Result {
        let line = self.first_line;
        match self.count {
            1 => write!(f, "1 row has {what}, on line {line}: {reading}"),
            rows => write!(
                f,
                "{} have {what}, the first on line {line}: {reading}",
                count(rows, "row")
            ),
        }
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fate::InFront => "in front of the one that is served",
            Fate::Rejected => "which is not served: its records are rejected",
            Fate::RowsWhereTheyFit => "or rows of the one that is served: they are rows where they fit",
        })
    }
}
