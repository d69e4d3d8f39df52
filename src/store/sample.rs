//! A bounded sample of a file: its head, and pieces of its middle and tail.

use std::iter;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::object_store::{ObjectMeta, ObjectStore};
use futures::StreamExt;

use super::{Compression, decompress, read, read_range, read_ranges};
use crate::error::Result;

const HEAD_BYTES: u64 = 512 << 10;
const BLOCK_BYTES: u64 = 128 << 10;

/// Some of a file's plain bytes.
#[derive(Debug)]
pub struct Sampled {
    /// The first bytes: 512 KiB, or all there are.
    pub head: Bytes,
    /// Pieces of 128 KiB from the middle and the end, at no particular place in a record.
    pub blocks: Vec<Bytes>,
    /// `head` is the whole file.
    pub complete: bool,
}

/// Samples the object that `meta` pins: at most 768 KiB of plain bytes. A compressed file gives its head only.
pub async fn sample(store: Arc<dyn ObjectStore>, meta: &ObjectMeta, compression: Compression) -> Result<Sampled> {
    if compression != Compression::None {
        return compressed_head(store, meta, compression).await;
    }
    let size = meta.size;
    if size <= HEAD_BYTES + 2 * BLOCK_BYTES {
        return Ok(Sampled {
            head: read_range(&store, meta, 0..size).await?,
            blocks: Vec::new(),
            complete: true,
        });
    }
    let middle = (HEAD_BYTES + size) / 2 - BLOCK_BYTES / 2;
    let blocks = [middle.min(size - BLOCK_BYTES), size - BLOCK_BYTES].map(|start| start..start + BLOCK_BYTES);
    let ranges: Vec<_> = iter::once(0..HEAD_BYTES).chain(blocks).collect();
    let mut parts = read_ranges(&store, meta, &ranges).await?;
    let blocks = parts.split_off(1);
    Ok(Sampled {
        head: parts.pop().unwrap_or_default(),
        blocks,
        complete: false,
    })
}

async fn compressed_head(store: Arc<dyn ObjectStore>, meta: &ObjectMeta, compression: Compression) -> Result<Sampled> {
    let bytes = read(store, meta, 0..meta.size).await?;
    let mut blocks = decompress(compression, meta.location.as_ref(), bytes);
    let mut head = Vec::new();
    while head.len() < HEAD_BYTES as usize {
        match blocks.next().await {
            Some(block) => head.extend_from_slice(&block?),
            None => {
                return Ok(Sampled {
                    head: head.into(),
                    blocks: Vec::new(),
                    complete: true,
                });
            }
        }
    }
    Ok(Sampled {
        head: head.into(),
        blocks: Vec::new(),
        complete: false,
    })
}
