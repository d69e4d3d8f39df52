//! Parts of one version of an object, read together.

use std::iter;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::object_store::{ObjectMeta, ObjectStore};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::read::{OpenFile, Opened, changed, open};
use crate::error::Result;

/// What lies between two ranges of a local file is read too, rather than ask twice, if it is not more than this: the time
/// that it takes to ask is that of a copy of about as much.
const NEAR_IN_FILE_BYTES: u64 = 16 << 10;

/// The same of an object in another store, which takes its time to answer.
const NEAR_IN_STORE_BYTES: u64 = 1 << 20;

/// What one thread reads of a local file at least before another one is woken to read side by side with it: for less that takes
/// longer than the copy from the system's memory, where a file that is asked for often lies.
const WORTH_A_THREAD_BYTES: u64 = 1 << 20;

/// How many reads of one file are under way at once, at most.
const AT_ONCE: usize = 8;

/// The bytes of `range` of the object that `meta` pins, as one piece.
///
/// # Errors
/// As of [`super::read`].
pub async fn read_range(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, range: Range<u64>) -> Result<Bytes> {
    let mut parts = read_ranges(store, meta, &[range]).await?;
    Ok(parts.pop().unwrap_or_default())
}

/// The bytes of each of `ranges` of the object that `meta` pins, as [`RangeReader`] reads them.
///
/// # Errors
/// As of [`super::read`].
pub async fn read_ranges(store: &Arc<dyn ObjectStore>, meta: &ObjectMeta, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
    let mut reader = RangeReader::new(Arc::clone(store), meta.clone());
    reader.read(ranges).await
}

/// Reads parts of one version of an object. A local file is opened once.
#[derive(Debug)]
pub struct RangeReader {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    file: Option<OpenFile>,
}

impl RangeReader {
    /// A reader of the object that `meta` pins.
    pub fn new(store: Arc<dyn ObjectStore>, meta: ObjectMeta) -> Self {
        Self {
            store,
            meta,
            file: None,
        }
    }

    /// The bytes of each range. Those that lie near each other are read at one go, and the others side by side.
    ///
    /// # Errors
    /// As of [`super::read`].
    pub async fn read(&mut self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let runs_in_store = runs(ranges, NEAR_IN_STORE_BYTES);
        let Some((first, rest)) = runs_in_store.split_first() else {
            return Ok(ranges.iter().map(|_| Bytes::new()).collect());
        };
        let opened = match &self.file {
            Some(file) => Opened::File(file.clone()),
            None => open(self.store.as_ref(), &self.meta, first.clone()).await?,
        };
        let (runs, fetched) = match opened {
            Opened::File(file) => {
                self.file = Some(file.clone());
                let runs = runs(ranges, NEAR_IN_FILE_BYTES);
                let read = loads(&runs).into_iter().map(move |load| file.clone().runs(load));
                let read = stream::iter(read).buffered(AT_ONCE).try_concat().await?;
                (runs, read)
            }
            Opened::Stream(bytes) => {
                let rest = rest.iter().cloned().map(|run| self.run(run));
                let rest = stream::iter(rest).buffered(AT_ONCE - 1).try_collect::<Vec<_>>();
                let (first, rest) = futures::try_join!(whole(bytes, first.clone()), rest)?;
                (runs_in_store, iter::once(first).chain(rest).collect())
            }
        };
        let part =
            |range: &Range<u64>| part(&runs, &fetched, range).ok_or_else(|| changed(self.meta.location.as_ref()));
        ranges.iter().map(part).collect()
    }

    async fn run(&self, run: Range<u64>) -> Result<Bytes> {
        match open(self.store.as_ref(), &self.meta, run.clone()).await? {
            Opened::File(file) => Ok(file.runs(vec![run]).await?.pop().unwrap_or_default()),
            Opened::Stream(bytes) => whole(bytes, run).await,
        }
    }
}

/// A range's bytes among those that were fetched for `runs`; none if the object had less than it should.
fn part(runs: &[Range<u64>], fetched: &[Bytes], range: &Range<u64>) -> Option<Bytes> {
    let size = (range.end - range.start) as usize;
    if size == 0 {
        return Some(Bytes::new());
    }
    let at = runs.partition_point(|run| run.start <= range.start).checked_sub(1)?;
    let start = (range.start - runs[at].start) as usize;
    let bytes = fetched.get(at).filter(|bytes| start + size <= bytes.len())?;
    Some(bytes.slice(start..start + size))
}

/// What is to be read to have `ranges`: in order, and further than `near_bytes` from each other.
fn runs(ranges: &[Range<u64>], near_bytes: u64) -> Vec<Range<u64>> {
    let mut ordered: Vec<_> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
    ordered.sort_by_key(|range| range.start);
    let mut runs: Vec<Range<u64>> = Vec::with_capacity(ordered.len());
    for range in ordered {
        match runs.last_mut() {
            Some(run) if range.start <= run.end.saturating_add(near_bytes) => run.end = run.end.max(range.end),
            _ => runs.push(range),
        }
    }
    runs
}

/// The runs, in order, divided among those who read them side by side.
fn loads(runs: &[Range<u64>]) -> Vec<Vec<Range<u64>>> {
    let (mut loads, mut bytes) = (Vec::<Vec<_>>::new(), 0);
    for run in runs {
        let size = run.end - run.start;
        match loads.last_mut() {
            Some(last) if bytes < WORTH_A_THREAD_BYTES => {
                last.push(run.clone());
                bytes += size;
            }
            _ => {
                loads.push(vec![run.clone()]);
                bytes = size;
            }
        }
    }
    loads
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
        let near = 100;
        type Ends = &'static [(u64, u64)];
        let cases: [(Ends, Ends); 7] = [
            (&[], &[]),
            (&[(5, 5)], &[]),
            (&[(0, 4), (4, 9)], &[(0, 9)]),
            (&[(10, 20), (0, 4)], &[(0, 20)]),
            (&[(0, 4), (104, 105)], &[(0, 105)]),
            (&[(0, 4), (105, 106)], &[(0, 4), (105, 106)]),
            (&[(0, 500), (10, 20), (30, 40)], &[(0, 500)]),
        ];
        let of = |ends: Ends| -> Vec<Range<u64>> { ends.iter().map(|(start, end)| *start..*end).collect() };
        for (ranges, expected) in cases {
            assert_eq!(runs(&of(ranges), near), of(expected), "{ranges:?}");
        }
    }

    #[test]
    fn small_runs_are_read_by_one_and_large_ones_side_by_side() {
        const MIB: u64 = 1 << 20;
        assert_eq!(loads(&[]), Vec::<Vec<Range<u64>>>::new());
        let runs = [
            0..10,
            20..MIB,
            2 * MIB..3 * MIB,
            4 * MIB..9 * MIB,
            10 * MIB..10 * MIB + 1,
        ];
        let sizes: Vec<_> = loads(&runs).iter().map(Vec::len).collect();
        assert_eq!(sizes, [3, 1, 1]);
        assert_eq!(loads(&runs).concat(), runs);
    }
}
