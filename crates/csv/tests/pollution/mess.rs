//! What happens to a clean table on its way to a file.

use crate::table::{Dice, Kind, Table};

/// One kind of mess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mess {
    None,
    TitleAbove,
    PaddedTitle,
    WideTitle,
    PairsAbove,
    BlankRecordsAtEnd,
    BlankRecordsAtStart,
    NoteBehind,
    PaddedNotesBehind,
    HeaderAgain,
    HeaderAgainQuoted,
    HeaderThrice,
    TrailingDelimiters,
    SurplusBlank,
    ShortRow,
    StrayQuote,
    InnerQuotes,
    Comments,
    OtherTableBehind,
    Units,
    Groups,
    DamagedHeader,
    StrayQuoteInHeader,
    DoubledBlankLines,
    Mark,
    Utf16,
    SepLine,
    Dashes,
    Framed,
    Aligned,
    Fields,
    LineInQuotes,
    SingleQuotes,
}

pub(crate) const ALL: [Mess; 33] = [
    Mess::None,
    Mess::TitleAbove,
    Mess::PaddedTitle,
    Mess::WideTitle,
    Mess::PairsAbove,
    Mess::BlankRecordsAtEnd,
    Mess::BlankRecordsAtStart,
    Mess::NoteBehind,
    Mess::PaddedNotesBehind,
    Mess::HeaderAgain,
    Mess::HeaderAgainQuoted,
    Mess::HeaderThrice,
    Mess::TrailingDelimiters,
    Mess::SurplusBlank,
    Mess::ShortRow,
    Mess::StrayQuote,
    Mess::InnerQuotes,
    Mess::Comments,
    Mess::OtherTableBehind,
    Mess::Units,
    Mess::Groups,
    Mess::DamagedHeader,
    Mess::StrayQuoteInHeader,
    Mess::DoubledBlankLines,
    Mess::Mark,
    Mess::Utf16,
    Mess::SepLine,
    Mess::Dashes,
    Mess::Framed,
    Mess::Aligned,
    Mess::Fields,
    Mess::LineInQuotes,
    Mess::SingleQuotes,
];

/// How the table is written.
struct Pen {
    delimiter: char,
    quote: char,
    quotes_all: bool,
    end: &'static str,
}

impl Pen {
    fn cell(&self, text: &str) -> String {
        let has = |sign: char| text.contains(sign);
        if self.quotes_all || has(self.delimiter) || has('\n') || text.starts_with(self.quote) {
            let quote = self.quote.to_string();
            return format!("{quote}{}{quote}", text.replace(self.quote, &quote.repeat(2)));
        }
        text.to_owned()
    }

    fn record<T: AsRef<str>>(&self, cells: &[T]) -> String {
        let cells: Vec<String> = cells.iter().map(|cell| self.cell(cell.as_ref())).collect();
        cells.join(&self.delimiter.to_string())
    }

    fn padded(&self, text: &str, width: usize) -> String {
        self.cell(text) + &self.delimiter.to_string().repeat(width - 1)
    }
}

/// The table as it is to be read, and the bytes of a file with this mess.
pub(crate) fn pollute(table: &Table, mess: Mess, dice: &mut Dice) -> (Table, Vec<u8>) {
    let mut table = table.clone();
    let (width, rows) = (table.names.len(), table.rows.len());
    let mut pen = Pen {
        delimiter: *dice.one_of(&[',', ',', ';', '\t', '|']),
        quote: if mess == Mess::SingleQuotes { '\'' } else { '"' },
        quotes_all: dice.hits(4),
        end: ["\n", "\n", "\r\n"][dice.below(3)],
    };
    let at = 1 + dice.below(rows - 1);
    let text_column = table
        .kinds
        .iter()
        .position(|kind| matches!(kind, Kind::Text | Kind::Word));
    match mess {
        Mess::SingleQuotes => pen.quotes_all = true,
        Mess::DamagedHeader | Mess::Dashes => pen.quotes_all = false,
        Mess::StrayQuote => {
            if let Some(column) = text_column {
                table.rows[at][column] = "5\" pipe".to_owned();
                pen.quotes_all = false;
            }
        }
        Mess::InnerQuotes => {
            if let Some(column) = text_column {
                table.rows[at][column] = "the \"big\" one".to_owned();
            }
        }
        Mess::LineInQuotes => {
            if let Some(column) = text_column {
                table.rows[at][column] = "one line\nand another".to_owned();
            }
        }
        Mess::ShortRow => table.rows[at][width - 1].clear(),
        _ => {}
    }
    let header = pen.record(&table.names);
    let mut lines: Vec<String> = table.rows.iter().map(|row| pen.record(row)).collect();
    let delimiter = pen.delimiter.to_string();
    let blank = delimiter.repeat(width - 1);
    let mut head = vec![header.clone()];
    match mess {
        Mess::TitleAbove => drop(head.splice(..0, ["Sales of May".to_owned(), String::new()])),
        Mess::PaddedTitle => drop(head.splice(..0, [pen.padded("Sales of May", width), blank.clone()])),
        Mess::WideTitle => {
            let mut title = vec!["Report".to_owned(), "draft".to_owned(), "2024".to_owned()];
            title.resize(width, "May".to_owned());
            head.insert(0, pen.record(&title));
        }
        Mess::PairsAbove if width > 3 => {
            let pairs = [["Vendor", "North"], ["Start", "2024-01-01"], ["End", "2024-02-01"]];
            head.splice(..0, pairs.map(|pair| pen.record(&pair)));
        }
        Mess::BlankRecordsAtEnd => lines.extend(vec![blank; 1 + dice.below(5)]),
        Mess::BlankRecordsAtStart => drop(head.splice(..0, vec![blank; 1 + dice.below(2)])),
        Mess::NoteBehind => lines.extend([String::new(), "Source: the office".to_owned()]),
        Mess::PaddedNotesBehind => lines.extend([
            blank,
            pen.padded("Source: the office", width),
            pen.padded("Note: draft", width),
        ]),
        Mess::HeaderAgain => lines.insert(at, header.clone()),
        Mess::HeaderAgainQuoted => {
            pen.quotes_all = !pen.quotes_all;
            lines.insert(at, pen.record(&table.names));
        }
        Mess::HeaderThrice => head.extend([header.clone(), header.clone()]),
        Mess::TrailingDelimiters => lines.iter_mut().for_each(|line| line.push(pen.delimiter)),
        Mess::SurplusBlank => lines[at] += &format!("{delimiter}  "),
        Mess::ShortRow => {
            let end = lines[at].rfind(pen.delimiter).unwrap_or(0);
            lines[at].truncate(end);
        }
        Mess::Comments => {
            head.insert(0, "# made by hand".to_owned());
            lines.insert(at, "# and, more; of it".to_owned());
        }
        Mess::OtherTableBehind => {
            lines.extend([
                String::new(),
                pen.record(&["code", "share"]),
                pen.record(&["a", "45%"]),
                pen.record(&["b", "50%"]),
            ]);
        }
        Mess::Units => {
            let unit = |at: usize| ["no", "kg", "m", "s", "EUR", "V", "A"][at % 7].to_owned();
            let units: Vec<String> = (0..width).map(unit).collect();
            head.push(pen.record(&units));
            table.names = table
                .names
                .iter()
                .zip(&units)
                .map(|(name, unit)| format!("{name}_{unit}"))
                .collect();
        }
        Mess::Groups => {
            let mut groups = vec![String::new(); width];
            (groups[1], groups[2 + usize::from(width > 3)]) = ("left".to_owned(), "right".to_owned());
            head.insert(0, pen.record(&groups));
            let last = 2 + usize::from(width > 3);
            let group = |at: usize| ["left_", "right_"][usize::from(at >= last)];
            table.names = (0..width)
                .map(|at| {
                    if at == 0 {
                        table.names[0].clone()
                    } else {
                        group(at).to_owned() + &table.names[at]
                    }
                })
                .collect();
        }
        Mess::DamagedHeader => {
            let other = if pen.delimiter == ';' { "," } else { ";" };
            head[0] = table.names.join(other);
        }
        Mess::StrayQuoteInHeader => {
            table.names[1].insert(0, '"');
            pen.quotes_all = false;
            head[0] = table.names.join(&delimiter);
        }
        Mess::DoubledBlankLines => lines.insert(at, String::new()),
        Mess::SepLine => head.insert(0, format!("sep={delimiter}")),
        Mess::Dashes => head.push(vec!["---"; width].join(&delimiter)),
        Mess::Framed => return (table.clone(), framed(&table, pen.end).into_bytes()),
        Mess::Aligned => {
            return (
                without_blanks(&table),
                aligned(&without_blanks(&table), pen.end).into_bytes(),
            );
        }
        Mess::Fields => {
            let table = without_blanks(&table);
            let mut lines = vec![
                "#Version: 1.0".to_owned(),
                format!("#Fields: {}", table.names.join(" ")),
            ];
            lines.extend(table.rows.iter().map(|row| row.join(" ")));
            return (table, (lines.join(pen.end) + pen.end).into_bytes());
        }
        _ => {}
    }
    let text = [head, lines].concat().join(pen.end) + pen.end;
    let bytes = match mess {
        Mess::Mark => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        Mess::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => text.into_bytes(),
    };
    (table, bytes)
}

/// The table as clients of databases draw it.
fn framed(table: &Table, end: &str) -> String {
    let all = || std::iter::once(&table.names).chain(&table.rows);
    let widths: Vec<usize> = (0..table.names.len())
        .map(|at| all().map(|row| row[at].len()).max().unwrap_or(0))
        .collect();
    let frame: String = widths
        .iter()
        .map(|width| format!("+{}", "-".repeat(width + 2)))
        .collect::<String>()
        + "+";
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("| {cell:width$} "));
        cells.collect::<String>() + "|"
    };
    let mut lines = vec![frame.clone(), line(&table.names), frame.clone()];
    lines.extend(table.rows.iter().map(line));
    lines.push(frame);
    lines.join(end) + end
}

/// The table with its columns aligned by blanks.
fn aligned(table: &Table, end: &str) -> String {
    let all = || std::iter::once(&table.names).chain(&table.rows);
    let widths: Vec<usize> = (0..table.names.len())
        .map(|at| all().map(|row| row[at].len()).max().unwrap_or(0) + 2)
        .collect();
    let line = |row: &Vec<String>| {
        row.iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect::<String>()
    };
    let lines: Vec<String> = all().map(line).collect();
    lines.join(end) + end
}

/// The table with nothing in a cell that would part it.
fn without_blanks(table: &Table) -> Table {
    let plain = |cell: &String| cell.replace([' ', ',', ';'], "_");
    Table {
        rows: table.rows.iter().map(|row| row.iter().map(plain).collect()).collect(),
        ..table.clone()
    }
}
