//! CSV files: understood by `flightstream-csv`, read here. A sample gives the first schema; one pass over the whole
//! file ([`CsvFormat::check`]) gives the schema that fits every row, the row count, and the places where a scan may start.

mod chunk;
mod inspect;
mod source;
mod table;
mod zones;

use std::sync::Arc;

use async_trait::async_trait;
use flightstream_csv::{CsvProfile, Encoding, Explanation, Finding, Overrides, Sample, Survey, Surveyed, explain};
use futures::StreamExt;

pub use inspect::{Inspection, inspect};

use chunk::{LARGEST_BYTES, pieces};
pub(super) use table::CsvTable;
use table::Known;
use zones::{Zones, ZonesBuilder};

use super::{Account, OpenTable, SourceFile, TableFormat};
use crate::cores::cores;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::store::{Compression, sample};
use datafusion::common::runtime::SpawnedTask;

/// How often a file is read to give account of it: most often once. Short rows that fit a type of the sample, but not that of
/// all of the file, can make it text for a pass.
const MAX_PASSES: usize = 5;

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
    async fn open(&self, file: &SourceFile) -> Result<OpenTable> {
        let explanation = explained(file, &self.overrides).await?;
        Ok(table(file, explanation.profile, None))
    }

    async fn check(&self, file: &SourceFile, open: &OpenTable) -> Result<OpenTable> {
        let Some(sampled) = open.provider.downcast_ref::<CsvTable>() else {
            return Err(Error::internal("a table of another format was given to the CSV check"));
        };
        let (surveyed, zones) = settled(file, sampled.profile()).await?;
        let known = Known {
            rows: surveyed.ledger.served,
            columns: surveyed.columns.into(),
            zones: Arc::new(zones),
        };
        let account = Account {
            ledger: surveyed.ledger,
            rejects: surveyed.rejects,
        };
        Ok(table(file, surveyed.profile, Some((known, account))))
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
            return Err(Error::bad_data(format!(
                "file '{name}' is no text: it is packed with {program}; unpack it, or give it the name of such a file"
            )));
        }
        if explanation.profile.encoding.is_byte_oriented() && is_binary(&sampled.head) {
            return Err(Error::bad_data(format!("file '{name}' is not text")));
        }
        Ok(explanation)
    });
    explained
        .await
        .map_err(|error| Error::internal("inference ended early").with_source(error))?
}

/// Reads the whole file, again if what was found would change the account.
async fn settled(file: &SourceFile, profile: &Arc<CsvProfile>) -> Result<(Surveyed, Zones)> {
    let (mut surveyed, mut zones) = survey(file, profile).await?;
    for _ in 1..MAX_PASSES {
        if surveyed.settled {
            break;
        }
        (surveyed, zones) = survey(file, &Arc::new(surveyed.profile)).await?;
    }
    Ok((surveyed, zones))
}

/// Reads the whole file once, surveying chunks in parallel.
async fn survey(file: &SourceFile, profile: &Arc<CsvProfile>) -> Result<(Surveyed, Zones)> {
    let mut parts = pieces(file, profile, survey_chunk_bytes(file.meta.size))
        .await?
        .map(|piece| {
            let profile = Arc::clone(profile);
            async move {
                let piece = piece?;
                let part = SpawnedTask::spawn(async move {
                    let mut part = Survey::new(&profile);
                    part.observe(&piece.chunk());
                    (piece, part)
                });
                part.await
                    .map_err(|error| Error::internal("a survey ended early").with_source(error))
            }
        })
        .buffered(cores());
    let mut whole = Survey::new(profile);
    let (mut zones, mut malformed) = (ZonesBuilder::new(profile.columns.len()), None);
    while let Some(part) = parts.next().await {
        let (piece, part) = part?;
        let start = piece.boundary(whole.ledger().counted());
        zones.push(start, part.ledger().served, part.extents());
        whole.merge(part);
        malformed = piece.malformed().cloned();
    }
    let mut surveyed = whole.finish();
    let encoding = surveyed.profile.encoding;
    let finding = malformed.map(|malformed| Finding::Malformed { malformed, encoding });
    surveyed.profile.findings.extend(finding);
    // Offsets in transcoded or decompressed text are not places in the file.
    let has_places = file.compression == Compression::None && surveyed.profile.encoding.is_identity();
    let zones = match has_places {
        true => zones.finish(file.meta.size, profile, &surveyed.profile),
        false => Ok(Zones::default()),
    };
    let zones = zones.map_err(|error| Error::internal("bounds are of another type").with_source(error))?;
    Ok((surveyed, zones))
}

/// A sentence about the records that are no rows, if there are any.
fn told(account: &Account) -> Option<String> {
    let first = account.rejects.first()?;
    let (rejected, records) = (account.ledger.rejected, account.ledger.records());
    let (line, reason) = (first.line, &first.reason);
    Some(format!(
        "{rejected} of {records} records are rejected, the first on line {line}: {reason}"
    ))
}

/// The program that a file was packed with, by what it begins with.
fn packed(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 6] = [
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"PK\x03\x04", "zip, as Excel's files are"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!\x1a\x07", "RAR"),
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

/// As large as later scans decode; of small files less, so that they too can be read in parts.
fn survey_chunk_bytes(size: u64) -> usize {
    (size / 16).clamp(16 << 10, LARGEST_BYTES as u64) as usize
}

fn table(file: &SourceFile, profile: CsvProfile, found: Option<(Known, Account)>) -> OpenTable {
    let schema = profile.schema();
    let description = match profile.encoding {
        Encoding::Utf8 => format!("csv, {}", profile.dialect),
        encoding => format!("csv, {}, {encoding}", profile.dialect),
    };
    let (known, account) = found.unzip();
    let mut warnings = profile.warnings();
    warnings.extend(account.as_ref().and_then(told));
    let rows = known.as_ref().map(|known| known.rows);
    let reading = Fingerprint::default().bytes(&profile.identity()).finish();
    let narrow = CsvTable::new(file.clone(), Arc::new(profile), known);
    OpenTable {
        lineage: Some(Arc::new(narrow.with_lineage())),
        provider: Arc::new(narrow),
        schema,
        rows,
        description,
        reading,
        warnings,
        checked: account.is_some(),
        account: account.map(Arc::new),
    }
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
