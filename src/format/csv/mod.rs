//! CSV files: understood by `flightstream-csv`, read here. A sample gives the first schema; one pass over the whole
//! file ([`CsvFormat::check`]) gives the schema that fits every row, the row count, and the places where a scan may start.

mod chunk;
mod source;
mod table;

use std::sync::Arc;

use async_trait::async_trait;
use flightstream_csv::{CsvProfile, Encoding, Overrides, Sample, Survey, Surveyed, infer};
use futures::StreamExt;

use chunk::{Boundary, Chunk, ChunkPlan, chunks};
use table::CsvTable;

use super::{OpenTable, SourceFile, TableFormat};
use crate::cores::cores;
use crate::error::{Error, Result};
use crate::store::{Compression, sample};
use datafusion::common::runtime::SpawnedTask;

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
        let sampled = sample(Arc::clone(&file.store), &file.meta, file.compression).await?;
        let overrides = self.overrides.clone();
        let name = file.name().to_owned();
        let profile = SpawnedTask::spawn_blocking(move || {
            let sample = Sample {
                head: &sampled.head,
                blocks: sampled.blocks.iter().map(AsRef::as_ref).collect(),
                complete: sampled.complete,
            };
            let profile = infer(&sample, &overrides);
            let binary =
                matches!(profile.encoding, Encoding::Utf8 | Encoding::Windows1252) && sampled.head.contains(&0);
            if binary {
                Err(Error::bad_data(format!("file '{name}' is not text")))
            } else {
                Ok(profile)
            }
        });
        let profile = profile
            .await
            .map_err(|error| Error::internal("inference ended early").with_source(error))??;
        Ok(table(file, profile, None, Vec::new()))
    }

    async fn check(&self, file: &SourceFile, open: &OpenTable) -> Result<OpenTable> {
        let Some(sampled) = open.provider.downcast_ref::<CsvTable>() else {
            return Err(Error::internal("a table of another format was given to the CSV check"));
        };
        let (surveyed, boundaries) = survey(file, sampled.profile()).await?;
        // Offsets in transcoded or decompressed text are not places in the file.
        let splittable = file.compression == Compression::None && surveyed.profile.encoding.is_identity();
        let boundaries = if splittable { boundaries } else { Vec::new() };
        Ok(table(file, surveyed.profile, Some(surveyed.rows), boundaries))
    }
}

/// Reads the whole file once, surveying chunks in parallel.
async fn survey(file: &SourceFile, profile: &Arc<CsvProfile>) -> Result<(Surveyed, Vec<Boundary>)> {
    let plan = ChunkPlan::whole(file).with_target_bytes(survey_chunk_bytes(file.meta.size));
    let mut boundaries = Vec::new();
    let mut parts = chunks(file, profile, plan)
        .await?
        .map(|chunk| {
            let profile = Arc::clone(profile);
            async move {
                let chunk: Chunk = chunk?;
                let boundary = chunk.boundary();
                let part = SpawnedTask::spawn(async move {
                    let mut part = Survey::new(&profile);
                    part.observe(&chunk.bytes, chunk.first_line, chunk.starts_file);
                    part
                });
                let part = part
                    .await
                    .map_err(|error| Error::internal("a survey ended early").with_source(error))?;
                Ok::<_, Error>((boundary, part))
            }
        })
        .buffered(cores());
    let mut whole = Survey::new(profile);
    while let Some(part) = parts.next().await {
        let (boundary, part) = part?;
        whole.merge(part);
        boundaries.push(boundary);
    }
    Ok((whole.finish(), boundaries))
}

/// Small files get small chunks, so that they too can be read in parts.
fn survey_chunk_bytes(size: u64) -> usize {
    (size / 16).clamp(16 << 10, 1 << 20) as usize
}

fn table(file: &SourceFile, profile: CsvProfile, rows: Option<u64>, boundaries: Vec<Boundary>) -> OpenTable {
    let schema = profile.schema();
    let description = match profile.encoding {
        Encoding::Utf8 => format!("csv, {}", profile.dialect),
        encoding => format!("csv, {}, {encoding}", profile.dialect),
    };
    let warnings = profile.warnings.clone();
    let provider = CsvTable::new(file.clone(), Arc::new(profile), rows, boundaries.into());
    OpenTable {
        provider: Arc::new(provider),
        schema,
        rows,
        description,
        warnings,
        checked: rows.is_some(),
    }
}
