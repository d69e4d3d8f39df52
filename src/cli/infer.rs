//! `flightstream infer`: how a CSV file is understood, and why. It reads the file itself, without a server.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::util::display::array_value_to_string;
use clap::Args;
use flightstream_csv::{
    AskedType, Bound, Column, ColumnReport, ColumnType, CsvProfile, Delimiter, FoundTable, NullWord, Overrides,
    QuotedNumbers, Reject, RuledOut, TriedDialect,
};
use indicatif::{DecimalBytes, HumanCount};
use serde_json::{Value, json};

use super::output::{Destination, encode_table};
use crate::config::{Config, CsvArgs};
use crate::discovery::Sources;
use crate::format::SourceFile;
use crate::format::csv::{Inspection, inspect};
use crate::nearest::proposal;
use crate::telemetry::escaped;

/// Rows of the preview, and rejected records that are shown.
const SHOWN: usize = 5;

/// Dialects that are shown besides the chosen one.
const OTHERS: usize = 3;

/// What to look at.
#[derive(Debug, Args)]
pub(super) struct InferArgs {
    /// The file: .csv, .tsv or .txt, also compressed
    file: PathBuf,

    /// Everything that was found, as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    csv: CsvArgs,
}

/// Looks, and tells.
pub(super) async fn run(args: InferArgs) -> anyhow::Result<()> {
    let overrides = Overrides::from(&args.csv);
    let file = found(&args.file).await?;
    let inspection = inspect(&file, &overrides, SHOWN).await?;
    check(&overrides, &inspection.surveyed.profile)?;
    let path = args.file.display().to_string();
    let text = match args.json {
        true => format!("{:#}\n", for_programs(&path, &file, &inspection)),
        false => for_people(&path, &file, &inspection)?,
    };
    Destination::stdout().write_text(&text)
}

/// The file as a server would find it.
async fn found(path: &std::path::Path) -> anyhow::Result<SourceFile> {
    if !path.is_file() {
        bail!("'{}' is not a file", path.display());
    }
    let config = Config {
        locations: vec![path.to_owned()],
        ..Config::default()
    };
    let found = Sources::new(&config).discover().await;
    let found = found.files.into_iter().next();
    let found = found.with_context(|| format!("'{}' is not a file of a kind that is served", path.display()))?;
    if found.format.name() != "csv" {
        bail!("'{}' is no CSV file: it has its types itself", path.display());
    }
    let file = found.files.into_iter().next();
    file.with_context(|| format!("'{}' is gone", path.display()))
}

/// A type that was asked for has a column, and so has a word for NULL that is one in a column.
fn check(overrides: &Overrides, profile: &CsvProfile) -> anyhow::Result<()> {
    let names: Vec<&str> = profile.columns.iter().map(|column| column.name.as_str()).collect();
    for (name, asked) in &overrides.types {
        if !names.contains(&name.as_str()) {
            bail!(
                "there is no column '{name}' to be read as {}{}",
                asked.kind,
                proposal(name, names)
            );
        }
    }
    for word in &overrides.nulls {
        let is_there = names.iter().any(|name| word.within(name).is_some());
        if let Some(column) = word.column().filter(|_| !is_there) {
            bail!(
                "--null {word}: there is no column '{column}' (a word with a colon in it is written ':{word}'){}",
                proposal(column, names)
            );
        }
    }
    Ok(())
}

fn for_people(path: &str, file: &SourceFile, inspection: &Inspection) -> anyhow::Result<String> {
    let (explanation, surveyed) = (&inspection.explanation, &inspection.surveyed);
    let profile = &surveyed.profile;
    let mut text = String::new();
    writeln!(text, "file      {path}, {}", DecimalBytes(file.meta.size))?;
    writeln!(
        text,
        "encoding  {}: {}",
        profile.encoding, explanation.encoding.evidence
    )?;
    writeln!(text, "dialect   {}", profile.dialect)?;
    for (label, candidate) in std::iter::once("  chosen")
        .chain(std::iter::repeat("  not"))
        .zip(&explanation.dialects)
        .take(OTHERS + 1)
    {
        writeln!(text, "{label:<10}{}", scored(candidate))?;
    }
    writeln!(text, "records   {}\n", surveyed.ledger)?;
    text += &encode_table(&columns(profile, &surveyed.columns)?)?;
    if let Some(first) = inspection.preview.first() {
        let rows = concat_batches(&first.schema(), &inspection.preview)?;
        writeln!(text, "\nThe first rows:\n{}", encode_table(&rows)?.trim_end())?;
    }
    if !surveyed.rejects.is_empty() {
        let rejected = HumanCount(surveyed.ledger.rejected);
        writeln!(text, "\nRejected, {rejected} in all:")?;
        for reject in surveyed.rejects.iter().take(SHOWN) {
            writeln!(
                text,
                "  line {}: {}: {}",
                reject.line,
                reject.reason,
                escaped(&reject.text)
            )?;
        }
    }
    let mut told = profile.warnings();
    told.extend(proposals(profile, &surveyed.columns));
    if !told.is_empty() {
        writeln!(text, "\nTo know:")?;
        told.iter().try_for_each(|told| writeln!(text, "  {}", escaped(told)))?;
    }
    writeln!(
        text,
        "\nThe same, told in full; change what is not right:\n  {}",
        command(path, profile, &explanation.table)
    )?;
    Ok(text)
}

/// A dialect that was tried, on one line.
fn scored(tried: &TriedDialect) -> String {
    let TriedDialect {
        dialect,
        score,
        width,
        consistency,
        quality,
    } = tried;
    let columns = if *width == 1 { "column" } else { "columns" };
    let quote = dialect
        .quote
        .map_or("no quote".to_owned(), |quote| format!("quote {}", char::from(quote)));
    format!(
        "{}, {quote}: score {score:.2} ({width} {columns}, {:.0} % of the records fit, values look {:.0} % right)",
        dialect.delimiter,
        100.0 * consistency,
        100.0 * quality
    )
}

/// A row a column: what it is, and what it is not.
fn columns(profile: &CsvProfile, reports: &[ColumnReport]) -> anyhow::Result<RecordBatch> {
    let pairs = || profile.columns.iter().zip(reports);
    let texts = |of: &dyn Fn((&Column, &ColumnReport)) -> Option<String>| -> ArrayRef {
        Arc::new(StringArray::from_iter(pairs().map(of)))
    };
    let bound = |of: fn((Bound, Bound)) -> Bound| {
        texts(&|(column, report)| report.bounds.map(|bounds| shown(column.kind, of(bounds))))
    };
    let columns: [(&str, ArrayRef); 6] = [
        ("column", texts(&|(column, _)| Some(column.name.clone()))),
        (
            "type",
            texts(&|(column, _)| Some(column.notation.describe(column.kind))),
        ),
        ("nulls", texts(&|(_, report)| Some(report.nulls.to_string()))),
        ("least", bound(|bounds| bounds.0)),
        ("greatest", bound(|bounds| bounds.1)),
        ("because", texts(&|(column, report)| because(column, report))),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// A bound of a column of this type, as people write it.
fn shown(kind: ColumnType, bound: Bound) -> String {
    array_value_to_string(&bound.to_array(kind), 0).unwrap_or_default()
}

/// What ruled out the type that the column could have had for longest, if it was not the first value.
fn because(column: &Column, report: &ColumnReport) -> Option<String> {
    if column.asked {
        let misfit = report.misfit.as_ref().map(|misfit| format!(", but {}", place(misfit)));
        return Some(format!("asked for{}", misfit.unwrap_or_default()));
    }
    let ruled_out = report.candidates.iter();
    let ruled_out = ruled_out.filter_map(|candidate| Some((candidate, candidate.ruled_out.as_ref()?)));
    let first = ruled_out.clone().filter_map(|(_, out)| out.line).min();
    // Of those that went together the one that is preferred, which comes first.
    let (candidate, out) = ruled_out.rev().max_by_key(|(_, out)| out.line)?;
    (out.line > first).then(|| format!("not {}: {}", candidate.name, place(out)))
}

/// What would make numbers of columns of text that have numbers as people write them.
fn proposals(profile: &CsvProfile, reports: &[ColumnReport]) -> Vec<String> {
    let pairs = profile.columns.iter().zip(reports);
    let could_be = pairs.filter_map(|(column, report)| Some((&column.name, report.could_be?)));
    let proposal = |(name, asked): (&String, AskedType)| {
        let value = quoted(&format!("{name}={asked}"));
        format!("column \"{name}\" is text; as a number: --type {value}")
    };
    could_be.map(proposal).collect()
}

fn place(out: &RuledOut) -> String {
    match out.line {
        Some(line) => format!("'{}' on line {line}", out.value),
        None => format!("'{}'", out.value),
    }
}

/// The command that reads the file as it was read now, whatever would be detected.
fn command(path: &str, profile: &CsvProfile, table: &FoundTable) -> String {
    let dialect = &profile.dialect;
    let mark = |mark: Option<u8>| match mark {
        None => "none".to_owned(),
        Some(byte @ (b'"' | b'\'')) => char::from(byte).to_string(),
        Some(byte) => byte.escape_ascii().to_string(),
    };
    let path = if path.starts_with('-') {
        &format!("./{path}")
    } else {
        path
    };
    let mut line = format!("flightstream infer {}", quoted(path));
    let mut flag = |name: &str, value: String| {
        // What begins with a hyphen would be taken for a flag.
        let parts = if value.starts_with('-') { '=' } else { ' ' };
        line += &format!(" --{name}{parts}{}", quoted(&value));
    };
    flag("encoding", profile.encoding.to_string().to_lowercase());
    flag("delimiter", delimiter(dialect.delimiter));
    flag("quote", mark(dialect.quote));
    flag("escape", mark(dialect.escape));
    flag("comment", mark(dialect.comment));
    flag("skip-lines", dialect.preamble_lines.to_string());
    flag("headers", headers(table));
    if profile.quoted_numbers == QuotedNumbers::Text {
        flag("quoted-numbers", "text".to_owned());
    }
    for word in null_words(profile) {
        flag("null", word.to_string());
    }
    for column in &profile.columns {
        flag(
            "type",
            format!("{}={}", column.name, column.notation.describe(column.kind)),
        );
    }
    line
}

/// The words that the caller takes for NULL: those of all columns, then those of some.
fn null_words(profile: &CsvProfile) -> Vec<NullWord> {
    let has = |column: &Column, word: &str| column.nulls.iter().any(|known| known == word);
    let is_everywhere = |word: &str| profile.columns.iter().all(|column| has(column, word));
    let first = profile.columns.first();
    let shared = first.into_iter().flat_map(|column| column.nulls.iter());
    let shared = shared.filter(|word| is_everywhere(word));
    let mut words: Vec<NullWord> = shared.map(|word| NullWord::Everywhere(word.to_owned())).collect();
    for column in &profile.columns {
        let own = column.nulls.iter().filter(|word| !is_everywhere(word));
        words.extend(own.map(|word| NullWord::InColumn(format!("{}:{word}", column.name))));
    }
    words
}

fn delimiter(delimiter: Delimiter) -> String {
    let shown = delimiter.to_string();
    let bare = shown.strip_prefix('\'').and_then(|shown| shown.strip_suffix('\''));
    bare.unwrap_or(&shown).to_owned()
}

fn headers(table: &FoundTable) -> String {
    match table.header_rows {
        0 if table.named_by_comment => "comment".to_owned(),
        0 => "false".to_owned(),
        1 => "true".to_owned(),
        rows => rows.to_string(),
    }
}

/// A word of a shell's command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=,:+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn for_programs(path: &str, file: &SourceFile, inspection: &Inspection) -> Value {
    let (explanation, surveyed) = (&inspection.explanation, &inspection.surveyed);
    let (profile, ledger) = (&surveyed.profile, &surveyed.ledger);
    let dialect = &profile.dialect;
    let character = |byte: Option<u8>| byte.map(|byte| char::from(byte).to_string());
    json!({
        "file": path,
        "bytes": file.meta.size,
        "encoding": {
            "name": profile.encoding.to_string(),
            "evidence": explanation.encoding.evidence,
            "confidence": explanation.encoding.confidence,
        },
        "dialect": {
            "delimiter": delimiter(dialect.delimiter),
            "quote": character(dialect.quote),
            "escape": character(dialect.escape),
            "comment": character(dialect.comment),
            "preamble_lines": dialect.preamble_lines,
            "header_rows": dialect.header_rows,
            "candidates": explanation.dialects.iter().map(candidate).collect::<Vec<_>>(),
        },
        "ledger": {
            "records": ledger.records(),
            "preamble": ledger.preamble,
            "header": ledger.header,
            "comment": ledger.comment,
            "blank": ledger.blank,
            "served": ledger.served,
            "rejected": ledger.rejected,
        },
        "columns": profile.columns.iter().zip(&surveyed.columns).map(column).collect::<Vec<_>>(),
        "rejects": surveyed.rejects.iter().map(reject).collect::<Vec<_>>(),
        "warnings": profile.warnings(),
        "command": command(path, profile, &explanation.table),
    })
}

fn candidate(candidate: &TriedDialect) -> Value {
    json!({
        "dialect": candidate.dialect.to_string(),
        "score": candidate.score,
        "columns": candidate.width,
        "consistency": candidate.consistency,
        "quality": candidate.quality,
    })
}

fn column((column, report): (&Column, &ColumnReport)) -> Value {
    let ruled_out = |out: &RuledOut| json!({ "line": out.line, "value": out.value });
    let candidates = report.candidates.iter().map(|candidate| {
        json!({
            "name": candidate.name,
            "chosen": candidate.chosen,
            "score": candidate.score,
            "ruled_out": candidate.ruled_out.as_ref().map(ruled_out),
        })
    });
    json!({
        "name": column.name,
        "original_name": column.original,
        "type": column.kind.to_string(),
        "written": column.notation.describe(column.kind),
        "arrow_type": column.kind.data_type().to_string(),
        "asked": column.asked,
        "values": report.values,
        "nulls": report.nulls,
        "null_words": report.null_words,
        "least": report.bounds.map(|bounds| shown(column.kind, bounds.0)),
        "greatest": report.bounds.map(|bounds| shown(column.kind, bounds.1)),
        "misfit": report.misfit.as_ref().map(ruled_out),
        "could_be": report.could_be.map(|asked| asked.to_string()),
        "candidates": candidates.collect::<Vec<_>>(),
    })
}

fn reject(reject: &Reject) -> Value {
    json!({
        "line": reject.line,
        "offset": reject.offset,
        "column": reject.column,
        "reason": reject.reason,
        "raw": reject.text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        let cases = [
            ("a.csv", "a.csv"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("n=decimal(9,2)", "'n=decimal(9,2)'"),
            ("\"", "'\"'"),
        ];
        for (word, expected) in cases {
            assert_eq!(quoted(word), expected);
        }
    }
}
