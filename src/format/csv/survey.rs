//! One pass over a whole file: the profile that fits every row, the account of its records, and its zones.

use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use flightstream_csv::{CsvProfile, Finding, Survey, Surveyed};
use futures::StreamExt;

use super::chunk::{LARGEST_BYTES, chunks};
use super::zones::{Zones, ZonesBuilder};
use crate::cores::cores;
use crate::error::{Error, Result};
use crate::format::SourceFile;
use crate::store::Compression;

/// How often a file is read to give account of it: most often once. Short rows that fit a type of the sample, but not that of
/// all of the file, can make it text for a pass.
const MAX_PASSES: usize = 5;

/// How often it is read before its types are held, as those of a file whose quotes and types depend on each other must be.
const FREE_PASSES: usize = 2;

/// Begins a survey of a file that should look like a profile.
pub(super) type Begin = fn(&CsvProfile) -> Survey;

/// Reads the whole file, again if what was found would change the account.
pub(super) async fn settled(file: &SourceFile, profile: &Arc<CsvProfile>, begin: Begin) -> Result<(Surveyed, Zones)> {
    let (mut surveyed, mut zones) = survey(file, profile, begin, false).await?;
    for pass in 1..MAX_PASSES {
        if surveyed.settled {
            break;
        }
        let holds_types = pass >= FREE_PASSES;
        (surveyed, zones) = survey(file, &Arc::new(surveyed.profile), begin, holds_types).await?;
    }
    Ok((surveyed, zones))
}

/// Reads the whole file once, surveying chunks in parallel.
async fn survey(
    file: &SourceFile,
    profile: &Arc<CsvProfile>,
    begin: Begin,
    holds_types: bool,
) -> Result<(Surveyed, Zones)> {
    let begin = move |profile: &CsvProfile| match holds_types {
        true => begin(profile).holding_types(),
        false => begin(profile),
    };
    let mut parts = chunks(file, profile, survey_chunk_bytes(file.meta.size))
        .await?
        .map(|chunk| {
            let profile = Arc::clone(profile);
            async move {
                let chunk = chunk?;
                let part = SpawnedTask::spawn(async move {
                    let mut part = begin(&profile);
                    part.observe(&chunk.as_chunk());
                    (chunk, part)
                });
                part.await
                    .map_err(|error| Error::internal("a survey ended early").with_source(error))
            }
        })
        .buffered(cores());
    let mut whole = begin(profile);
    let (mut zones, mut malformed) = (ZonesBuilder::new(profile.columns.len()), None);
    while let Some(part) = parts.next().await {
        let (chunk, part) = part?;
        let start = chunk.boundary(whole.ledger().counted());
        zones.push(start, part.ledger().served, part.extents());
        whole.merge(part);
        malformed = chunk.malformed().cloned();
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

/// As large as later scans decode; of small files less, so that they too can be read in parts.
fn survey_chunk_bytes(size: u64) -> usize {
    (size / 16).clamp(16 << 10, LARGEST_BYTES as u64) as usize
}
