//! The forms in which data can be written.

use std::path::Path;

use clap::ValueEnum;

/// A form of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people
    Table,
    /// Comma-separated values with a header
    Csv,
    /// One JSON array of objects
    Json,
    /// One JSON object a line
    #[value(alias = "jsonl")]
    Ndjson,
    /// Apache Parquet
    Parquet,
    /// Arrow IPC: a file with -o, a stream on standard output
    Arrow,
    /// Arrow IPC stream, also in a file
    Arrows,
}

impl Format {
    /// The format that a file's suffix stands for.
    pub(super) fn of_file(path: &Path) -> Option<Self> {
        let suffix = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match suffix.as_str() {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            "parquet" => Self::Parquet,
            "arrow" | "feather" => Self::Arrow,
            "arrows" => Self::Arrows,
            _ => return None,
        })
    }

    /// The same on a pipe, whose reader cannot look at the end first, as it must with an Arrow file.
    pub(super) fn on_a_pipe(self) -> Self {
        match self {
            Self::Arrow => Self::Arrows,
            other => other,
        }
    }

    /// Whether it is unreadable on a terminal.
    pub(super) fn is_binary(self) -> bool {
        match self {
            Self::Table | Self::Csv | Self::Json | Self::Ndjson => false,
            Self::Parquet | Self::Arrow | Self::Arrows => true,
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Arrows => "arrows",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_suffix_tells_its_format() {
        for (name, format) in [
            ("a.csv", Some(Format::Csv)),
            ("dir.csv/a.JSON", Some(Format::Json)),
            ("a.ndjson", Some(Format::Ndjson)),
            ("a.jsonl", Some(Format::Ndjson)),
            ("a.b.parquet", Some(Format::Parquet)),
            ("a.arrow", Some(Format::Arrow)),
            ("a.feather", Some(Format::Arrow)),
            ("a.arrows", Some(Format::Arrows)),
            ("a.csv.gz", None),
            ("a.xlsx", None),
            ("csv", None),
            (".csv", None),
        ] {
            assert_eq!(Format::of_file(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn a_format_is_shown_as_it_is_given() {
        for format in Format::value_variants() {
            let value = format.to_possible_value().unwrap();
            assert_eq!(value.get_name(), format.to_string());
        }
    }
}
