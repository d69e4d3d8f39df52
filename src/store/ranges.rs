//! Parts of one version of an object, read together.

use std::iter;
use std::ops::Range;

use bytes::Bytes;
use datafusion::object_store::{ObjectMeta, ObjectStore};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::read::{Opened, changed, open};
use crate::error::Result;

/// What lies between two ranges of a file is read too, rather than ask twice, if it is not more than this.
const NEAR_BYTES: u64 = 256 << 10;

/// How many reads of one file are under way at once, at most.
const AT_ONCE: usize = 8;

/// The bytes of `range` of the object that `meta` pins, as one piece.
///
/// # Errors
/// As of [`read`].
pub async fn read_range(store: &dyn ObjectStore, meta: &ObjectMeta, range: Range<u64>) -> Result<Bytes> {
    let mut parts = read_ranges(store, meta, std::slice::from_ref(&range)).await?;
    Ok(parts.pop().unwrap_or_default())
}

/// The bytes of each of `ranges` of the object that `meta` pins. Those that lie near each other are read at one go, and the
/// others side by side.
///
/// # Errors
/// As of [`read`].
pub async fn read_ranges(store: &dyn ObjectStore, meta: &ObjectMeta, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
    let runs = runs(ranges);
    let Some(first) = runs.first() else {
        return Ok(ranges.iter().map(|_| Bytes::new()).collect());
    };
    let name = meta.location.as_ref();
    let fetched = match open(store, meta, first.clone()).await? {
        Opened::File(file) => {
            let read = runs.clone().into_iter().map(|run| file.clone().run(run));
            stream::iter(read).buffered(AT_ONCE).try_collect::<Vec<_>>().await?
        }
        Opened::Stream(bytes) => {
            let rest = runs[1..].to_vec().into_iter().map(|run| run_of(store, meta, run));
            let rest = stream::iter(rest).buffered(AT_ONCE - 1).try_collect::<Vec<_>>();
            let (first, rest) = futures::try_join!(whole(bytes, first.clone()), rest)?;
            iter::once(first).chain(rest).collect()
        }
    };
    let part = |range: &Range<u64>| {
        let run = runs.partition_point(|run| run.start <= range.start).checked_sub(1);
        let (run, bytes) = run.and_then(|at| Some((runs.get(at)?, fetched.get(at)?))).unzip();
        let start = (range.start - run.map_or(range.start, |run| run.start)) as usize;
        let size = (range.end - range.start) as usize;
        match bytes.filter(|bytes| start + size <= bytes.len()) {
            Some(bytes) => Ok(bytes.slice(start..start + size)),
            None if size == 0 => Ok(Bytes::new()),
            None => Err(changed(name)),
        }
    };
    ranges.iter().map(part).collect()
}

/// What is to be read to have `ranges`: in order, apart from each other.
fn runs(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut ordered: Vec<_> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
    ordered.sort_by_key(|range| range.start);
    let mut runs: Vec<Range<u64>> = Vec::with_capacity(ordered.len());
    for range in ordered {
        match runs.last_mut() {
            Some(run) if range.start <= run.end.saturating_add(NEAR_BYTES) => run.end = run.end.max(range.end),
            _ => runs.push(range),
        }
    }
    runs
}

async fn run_of(store: &dyn ObjectStore, meta: &ObjectMeta, run: Range<u64>) -> Result<Bytes> {
    match open(store, meta, run.clone()).await? {
        Opened::File(file) => file.run(run).await,
        Opened::Stream(bytes) => whole(bytes, run).await,
    }
}

/// The bytes of a stream as one piece.
async fn whole(mut blocks: BoxStream<'static, Result<Bytes>>, range: Range<u64>) -> Result<Bytes> {
    let first = blocks.next().await.transpose()?.unwrap_or_default();
    let size = (range.end - range.start) as usize;
    if first.len() == size {
        return Ok(first);
    }
    let mut whole = Vec::with_capacity(size);
    whole.extend_from_slice(&first);
    while let Some(block) = blocks.next().await {
        whole.extend_from_slice(&block?);
    }
    Ok(whole.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_are_near_are_one_run() {
        let near = NEAR_BYTES;
        for (ranges, expected) in [
            (vec![], vec![]),
            (vec![5..5], vec![]),
            (vec![0..4, 4..9], vec![0..9]),
            (vec![10..20, 0..4], vec![0..20]),
            (vec![0..4, near + 4..near + 5], vec![0..near + 5]),
            (vec![0..4, near + 5..near + 6], vec![0..4, near + 5..near + 6]),
            (vec![0..100, 10..20, 30..40], vec![0..100]),
        ] {
            assert_eq!(runs(&ranges), expected, "{ranges:?}");
        }
    }
}
