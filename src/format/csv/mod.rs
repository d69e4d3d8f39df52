//! CSV files: understood by `flightstream-csv`, read here. A sample gives the first schema; one pass over the whole
//! file (`table`) gives the schema that fits every row, the row count, and the places where a scan may start.

mod chunk;
mod inspect;
mod provider;
mod source;
mod survey;
mod table;
mod zones;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::runtime::SpawnedTask;
use flightstream_csv::{Explanation, Overrides, Sample, explain};
use tokio::task::JoinError;

pub use inspect::{Inspection, inspect};

use table::CsvTable;

use super::{FormatTable, SourceFile, TableFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::store::sample;

/// The format of `*.csv`, `*.tsv` and `*.txt`.
#[derive(Debug, Default)]
pub struct CsvFormat {
    overrides: Overrides,
}

impl CsvFormat {
    /// The format with what the operator knows about all files.
    pub fn new(overrides: Overrides) -> Self {
        Self { overrides }
    }
}

#[async_trait]
impl TableFormat for CsvFormat {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn suffixes(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    fn first_bytes(&self) -> Option<&'static [u8]> {
        None
    }

    fn is_compressible(&self) -> bool {
        true
    }

    /// One file: each has a dialect and types of its own.
    async fn open(&self, files: &[SourceFile]) -> Result<Arc<dyn FormatTable>> {
        let [file] = files else {
            return Err(Unfit::Several.into());
        };
        let explanation = explained(file, &self.overrides).await?;
        Ok(Arc::new(CsvTable::sampled(file.clone(), explanation.profile)))
    }
}

/// How a file is to be read, from a sample of it.
async fn explained(file: &SourceFile, overrides: &Overrides) -> Result<Explanation> {
    let sampled = sample(Arc::clone(&file.store), &file.meta, file.compression).await?;
    let overrides = overrides.clone();
    let name = file.name().to_owned();
    let explained = SpawnedTask::spawn_blocking(move || {
        let sample = Sample {
            head: &sampled.head,
            blocks: sampled.blocks.iter().map(AsRef::as_ref).collect(),
            complete: sampled.complete,
        };
        let explanation = explain(&sample, &overrides);
        if let Some(program) = packed(&sampled.head) {
            return Err(Unfit::Packed { name, program });
        }
        if explanation.profile.encoding.is_byte_oriented() && is_binary(&sampled.head) {
            return Err(Unfit::Binary(name));
        }
        Ok(explanation)
    });
    Ok(explained.await.map_err(Unfit::Early)??)
}

/// Why files are no CSV table.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("each CSV file is a table of its own")]
    Several,
    #[error("file '{name}' is no text: it is packed with {program}; unpack it, or give it the name of such a file")]
    Packed { name: String, program: &'static str },
    #[error("file '{0}' is not text")]
    Binary(String),
    #[error("inference ended early")]
    Early(#[source] JoinError),
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Self {
        let kind = match &unfit {
            Unfit::Several => ErrorKind::Unsupported,
            Unfit::Packed { .. } | Unfit::Binary(_) => ErrorKind::BadData,
            Unfit::Early(_) => ErrorKind::Internal,
        };
        let error = Self::new(kind, unfit.to_string());
        match unfit {
            Unfit::Early(source) => error.with_source(source),
            _ => error,
        }
    }
}

/// The program that a file was packed with, by what it begins with.
fn packed(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 7] = [
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"PK\x03\x04", "zip, as Excel's files are"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!\x1a\x07", "RAR"),
        // The first byte of what comes next tells it from a text that begins with the four letters.
        (b"PAR1\x15", "Parquet"),
    ];
    known
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, program)| *program)
}

/// How many control characters a text may have whatever its length is.
const CONTROLS: usize = 32;

/// Whether bytes are no text: some are zero, and of the others many are controls, or there are none. A few may be in any
/// file, and zeros where a disk was full or the power went.
fn is_binary(bytes: &[u8]) -> bool {
    let is_control = |byte: &&u8| (1..b' ').contains(*byte) && !b"\t\n\r\x1c\x1d\x1e\x1f".contains(byte);
    let controls = bytes.iter().filter(is_control).count();
    let others = bytes.iter().filter(|byte| **byte != 0).count();
    others < bytes.len() && (others == 0 || (controls > CONTROLS && controls * 10 > others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed() {
        assert_eq!(packed(b"\x1f\x8b\x08\0"), Some("gzip"));
        assert_eq!(packed(b"PK\x03\x04"), Some("zip, as Excel's files are"));
        assert_eq!(packed(b"PK,n\n1,2\n"), None);
    }

    #[test]
    fn what_is_no_text() {
        let picture: Vec<u8> = (0..=255).cycle().map(|byte: u8| byte / 4).take(4096).collect();
        let cut_short = [&b"a,b\n1,2\n".repeat(10)[..], &[0; 4096]].concat();
        let cases = [
            (&picture[..], true),
            (&[0; 64], true),
            (&cut_short[..], false),
            (b"a\0b\n", false),
            (&b"\x01\x02".repeat(100), false),
        ];
        for (case, (bytes, expected)) in cases.into_iter().enumerate() {
            assert_eq!(is_binary(bytes), expected, "case {case}");
        }
    }
}
