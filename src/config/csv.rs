//! What the operator knows about CSV files: the flags that override what is detected.

use std::str::FromStr;

use clap::Args;
use flightstream_csv::{AskedType, Delimiter, Encoding, HeaderMode, Mark, NullWord, Overrides, QuotedNumbers};

/// How CSV files are read, where that is not to be detected.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "CSV")]
pub struct CsvArgs {
    /// Character encoding of all CSV files, such as utf-8, windows-1252 or shift_jis [default: detected for each file]
    #[arg(long, value_name = "NAME", env = "CSV_ENCODING")]
    pub encoding: Option<Encoding>,

    /// Delimiter of all CSV files (one to four characters, or: comma, semicolon, tab, pipe) [default: detected for each file]
    #[arg(long, value_name = "CHAR", env = "CSV_DELIMITER")]
    pub delimiter: Option<Delimiter>,

    /// Quote around cells: a character, none or detect
    #[arg(
        long,
        value_name = "CHAR",
        env = "CSV_QUOTE",
        default_value = "detect",
        hide_default_value = true
    )]
    pub quote: Mark,

    /// Character that escapes a quote inside quotes: a character, none (quotes are doubled) or detect
    #[arg(
        long,
        value_name = "CHAR",
        env = "CSV_ESCAPE",
        default_value = "detect",
        hide_default_value = true
    )]
    pub escape: Mark,

    /// Character that begins a comment line: a character, none or detect
    #[arg(
        long,
        value_name = "CHAR",
        env = "CSV_COMMENT",
        default_value = "detect",
        hide_default_value = true
    )]
    pub comment: Mark,

    /// Lines that come before the table, header not counted [default: detected for each file]
    #[arg(long, value_name = "LINES", env = "CSV_SKIP_LINES")]
    pub skip_lines: Option<usize>,

    /// Whether the first record names the columns: detect, true, false, how many records do, or the comment before it
    #[arg(long, value_name = "WHEN", env = "CSV_HEADERS", default_value = "detect", value_parser = parse_headers)]
    pub headers: HeaderMode,

    /// What numbers in quotes are: values, as without quotes, or text
    #[arg(long, value_name = "WHAT", env = "CSV_QUOTED_NUMBERS", default_value = "values", value_parser = parse_quoted_numbers)]
    pub quoted_numbers: QuotedNumbers,

    /// The type of a column, in every CSV file that has one of this name, such as amount=decimal(18,2), code=text, 'day=date
    /// as DD/MM/YYYY' or 'price=decimal(12,2) as € 1.234,5'; may be given more than once
    #[arg(long = "type", value_name = "COLUMN=TYPE")]
    pub types: Vec<ColumnAsType>,

    /// A word that stands for NULL, such as k.A. or -999, beside NA and its like: WORD in all columns, COLUMN:WORD in one,
    /// :WORD for a word with a colon in it; may be given more than once
    #[arg(long = "null", value_name = "WORD", allow_hyphen_values = true)]
    pub nulls: Vec<NullWord>,
}

/// A column and the type that it is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnAsType {
    name: String,
    asked: AskedType,
}

impl FromStr for ColumnAsType {
    type Err = String;

    /// Reads `column=type`; the last `=` is the one that counts.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, kind) = text.rsplit_once('=').ok_or("expected COLUMN=TYPE")?;
        let asked = kind.parse::<AskedType>().map_err(|error| error.to_string())?;
        Ok(Self {
            name: name.to_owned(),
            asked,
        })
    }
}

impl From<&CsvArgs> for Overrides {
    fn from(args: &CsvArgs) -> Self {
        Overrides {
            encoding: args.encoding,
            delimiter: args.delimiter,
            quote: args.quote,
            escape: args.escape,
            comment: args.comment,
            preamble_lines: args.skip_lines,
            header: args.headers,
            quoted_numbers: args.quoted_numbers,
            types: args
                .types
                .iter()
                .map(|column| (column.name.clone(), column.asked))
                .collect(),
            nulls: args.nulls.clone(),
        }
    }
}

/// `true` and `false` as in the original, `detect` for each file's own, a number of records, or `comment`.
fn parse_headers(text: &str) -> Result<HeaderMode, String> {
    match text {
        "detect" => Ok(HeaderMode::Detect),
        "true" => Ok(HeaderMode::Present),
        "false" => Ok(HeaderMode::Absent),
        "comment" => Ok(HeaderMode::Comment),
        rows => match rows.parse::<u8>() {
            Ok(rows) => Ok(HeaderMode::Rows(rows.into())),
            Err(_) => Err("expected detect, true, false, comment or a number".into()),
        },
    }
}

fn parse_quoted_numbers(text: &str) -> Result<QuotedNumbers, String> {
    match text {
        "values" => Ok(QuotedNumbers::Values),
        "text" => Ok(QuotedNumbers::Text),
        _ => Err("expected values or text".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flightstream_csv::ColumnType;

    #[test]
    fn columns_and_types() {
        let asked = |text: &str| {
            text.parse::<ColumnAsType>()
                .map(|column| (column.name, column.asked.kind))
        };
        assert_eq!(asked("a=int64"), Ok(("a".into(), ColumnType::Int64)));
        assert_eq!(
            asked("a=b=decimal(18,2)"),
            Ok(("a=b".into(), ColumnType::Decimal(18, 2)))
        );
        assert_eq!(
            asked("price=decimal(12,2) as € 1.234,5"),
            Ok(("price".into(), ColumnType::Decimal(12, 2)))
        );
        assert_eq!(asked("a"), Err("expected COLUMN=TYPE".into()));
        assert!(asked("a=nothing").is_err());
    }
}
