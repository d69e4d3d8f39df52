//! One CSV file read whole, and all that is found on the way: what `flightstream infer` tells.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use flightstream_csv::{ColumnType, Decoder, Explanation, Overrides, Survey, Surveyed};
use futures::StreamExt;

use super::chunk::chunks;
use super::explained;
use super::survey::settled;
use crate::error::{Error, Result};
use crate::format::SourceFile;

/// What is known of a file.
#[derive(Debug)]
pub struct Inspection {
    /// What the sample says, and why.
    pub explanation: Explanation,
    /// What all of the file says.
    pub surveyed: Surveyed,
    /// Its first rows; of a column that has not the type that was asked for, as text.
    pub preview: Vec<RecordBatch>,
}

/// Reads a file as a server would that was started with these overrides; `rows` of it are for the preview.
///
/// # Errors
/// `BadData` when it is no text, `Unavailable` when it cannot be read.
pub async fn inspect(file: &SourceFile, overrides: &Overrides, rows: usize) -> Result<Inspection> {
    let explanation = explained(file, overrides).await?;
    let (surveyed, _) = settled(file, &Arc::new(explanation.profile.clone()), Survey::proposing).await?;
    let preview = preview(file, &surveyed, rows).await?;
    Ok(Inspection {
        explanation,
        surveyed,
        preview,
    })
}

/// The first rows of a file. A column with a value that is not of the type that was asked for is as it is written.
async fn preview(file: &SourceFile, surveyed: &Surveyed, rows: usize) -> Result<Vec<RecordBatch>> {
    let mut profile = surveyed.profile.clone();
    for (column, report) in profile.columns.iter_mut().zip(&surveyed.columns) {
        if report.misfit.is_some() {
            column.kind = ColumnType::Utf8;
        }
    }
    let decoder = Decoder::new(&profile, None, rows);
    let mut chunks = chunks(file, &profile, PREVIEW_BYTES).await?;
    let (mut batches, mut left) = (Vec::new(), rows);
    while left > 0
        && let Some(chunk) = chunks.next().await
    {
        let decoded = decoder.decode(&chunk?.as_chunk());
        let decoded =
            decoded.map_err(|misfit| Error::unavailable(format!("{misfit}: the file has changed, ask again")))?;
        for batch in decoded.batches {
            let batch = batch.slice(0, batch.num_rows().min(left));
            left -= batch.num_rows();
            batches.push(batch);
        }
    }
    Ok(batches)
}

/// How finely a file is cut for the sake of a few rows.
const PREVIEW_BYTES: usize = 16 << 10;
