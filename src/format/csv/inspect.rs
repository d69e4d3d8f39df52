//! One CSV file read whole, and all that is found on the way: what `flightstream infer` tells.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use flightstream_csv::{Decoder, Explanation, Misfit, Overrides, Surveyed};
use futures::StreamExt;

use super::chunk::pieces;
use super::{explained, settled};
use crate::error::Result;
use crate::format::SourceFile;

/// What is known of a file.
#[derive(Debug)]
pub struct Inspection {
    /// What the sample says, and why.
    pub explanation: Explanation,
    /// What all of the file says.
    pub surveyed: Surveyed,
    /// Its first rows; or what is among them that does not fit a type that was asked for.
    pub preview: Result<Vec<RecordBatch>, Misfit>,
}

/// Reads a file as a server would that was started with these overrides; `rows` of it are for the preview.
///
/// # Errors
/// `BadData` when it is no text, `Unavailable` when it cannot be read.
pub async fn inspect(file: &SourceFile, overrides: &Overrides, rows: usize) -> Result<Inspection> {
    let explanation = explained(file, overrides).await?;
    let (surveyed, _) = settled(file, &Arc::new(explanation.profile.clone())).await?;
    let preview = preview(file, &surveyed, rows).await?;
    Ok(Inspection {
        explanation,
        surveyed,
        preview,
    })
}

/// The first rows of a file.
async fn preview(file: &SourceFile, surveyed: &Surveyed, rows: usize) -> Result<Result<Vec<RecordBatch>, Misfit>> {
    let decoder = Decoder::new(&surveyed.profile, None, rows);
    let mut pieces = pieces(file, &surveyed.profile, PREVIEW_BYTES).await?;
    let (mut batches, mut left) = (Vec::new(), rows);
    while left > 0
        && let Some(piece) = pieces.next().await
    {
        // A type that was asked for need not fit: the account says where it does not.
        let Ok(decoded) = decoder.decode(&piece?.chunk()) else {
            break;
        };
        for batch in decoded.batches {
            let batch = batch.slice(0, batch.num_rows().min(left));
            left -= batch.num_rows();
            batches.push(batch);
        }
    }
    Ok(Ok(batches))
}

/// How finely a file is cut for the sake of a few rows.
const PREVIEW_BYTES: usize = 16 << 10;
