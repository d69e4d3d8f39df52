//! Small batches → larger ones, as long as more come soon. A join may give a batch for each row of one side: sent
//! one by one they would cost a message each, and a driver that counts rows within a batch would never reach its limit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use tokio::time::Sleep;

use crate::error::{Error, Result};

/// Rows that are worth a message of their own if they have so many bytes: to copy them costs more than a message.
const WORTH_BYTES: usize = 128 << 10;

/// So many rows are worth a message of their own.
const WORTH_ROWS: usize = 1024;

/// How long fewer rows wait for more.
const PATIENCE: Duration = Duration::from_millis(5);

/// The stream of `batches`, in the same order, with small ones put together to `rows` rows or fewer.
pub(super) fn gathered(
    batches: BoxStream<'static, Result<RecordBatch>>,
    schema: SchemaRef,
    rows: usize,
) -> impl Stream<Item = Result<RecordBatch>> + Send + 'static {
    Gathered {
        batches,
        schema,
        rows,
        small: Vec::new(),
        small_rows: 0,
        waiting: None,
        next: None,
        ended: false,
    }
}

struct Gathered {
    batches: BoxStream<'static, Result<RecordBatch>>,
    schema: SchemaRef,
    rows: usize,
    /// Small ones, of at most [`Self::rows`] rows together.
    small: Vec<RecordBatch>,
    small_rows: usize,
    /// Until when the small ones wait for more.
    waiting: Option<Pin<Box<Sleep>>>,
    /// What comes after the small ones.
    next: Option<Result<RecordBatch>>,
    ended: bool,
}

impl Gathered {
    /// Rows without columns weigh nothing: there is nothing to put together.
    fn is_small(&self, batch: &RecordBatch) -> bool {
        let is_light = || batch.num_rows() <= WORTH_ROWS || batch.get_array_memory_size() < WORTH_BYTES;
        batch.num_rows() <= self.rows / 2 && batch.num_columns() > 0 && is_light()
    }

    fn has_room_for(&self, batch: &RecordBatch) -> bool {
        self.small_rows + batch.num_rows() <= self.rows
    }

    /// The small ones so far as one batch, if there are any. Copied into buffers of their own, of the size that they need:
    /// the encoder cuts by the size of buffers, and a slice has those of its parent.
    fn flush(&mut self) -> Option<Result<RecordBatch>> {
        let small = std::mem::take(&mut self.small);
        self.small_rows = 0;
        self.waiting = None;
        match small.as_slice() {
            [] => None,
            [one] => Some(Ok(one.clone())),
            several => Some(concat_batches(&self.schema, several).map_err(failed)),
        }
    }

    /// Whether the small ones are to wait for more, now that there are none.
    fn waits(&mut self, context: &mut Context<'_>) -> bool {
        if self.small.is_empty() || self.small_rows >= WORTH_ROWS.min(self.rows) {
            return false;
        }
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(PATIENCE)));
        waiting.as_mut().poll(context).is_pending()
    }

    fn keep(&mut self, batch: RecordBatch) {
        self.small_rows += batch.num_rows();
        self.small.push(batch);
    }
}

impl Stream for Gathered {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match this.next.take() {
                Some(Ok(batch)) if this.is_small(&batch) => this.keep(batch),
                Some(next) => return Poll::Ready(Some(next)),
                None if this.ended => return Poll::Ready(None),
                None => {}
            }
            match this.batches.poll_next_unpin(context) {
                Poll::Pending if this.waits(context) => return Poll::Pending,
                Poll::Pending => return this.flush().map_or(Poll::Pending, |small| Poll::Ready(Some(small))),
                Poll::Ready(None) => {
                    this.ended = true;
                    return Poll::Ready(this.flush());
                }
                Poll::Ready(Some(Ok(batch))) if this.is_small(&batch) && this.has_room_for(&batch) => this.keep(batch),
                Poll::Ready(Some(other)) => match this.flush() {
                    Some(small) => {
                        this.next = Some(other);
                        return Poll::Ready(Some(small));
                    }
                    None => return Poll::Ready(Some(other)),
                },
            }
        }
    }
}

fn failed(error: arrow::error::ArrowError) -> Error {
    Error::internal("small batches could not be put together").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, AsArray, Int32Array, StringArray};
    use arrow::datatypes::Int32Type;
    use futures::stream;
    use std::sync::Arc;

    fn batch(from: i32, rows: usize) -> RecordBatch {
        let values: ArrayRef = Arc::new(Int32Array::from_iter_values((from..).take(rows)));
        RecordBatch::try_from_iter([("n", values)]).unwrap()
    }

    async fn sizes(source: impl Stream<Item = Result<RecordBatch>> + Send + 'static) -> Vec<usize> {
        let gathered = gathered(source.boxed(), batch(0, 1).schema(), 8192);
        let batches: Vec<_> = gathered.map(|batch| batch.unwrap()).collect().await;
        let values = batches
            .iter()
            .flat_map(|batch| batch.column(0).as_primitive::<Int32Type>().values().to_vec());
        let values: Vec<_> = values.collect();
        assert!(
            values.iter().copied().eq(0..values.len() as i32),
            "rows keep their order"
        );
        batches.iter().map(RecordBatch::num_rows).collect()
    }

    #[tokio::test]
    async fn small_batches_are_put_together_and_large_ones_left() {
        let small = (0..100).map(|index| Ok(batch(index * 100, 100)));
        assert_eq!(sizes(stream::iter(small)).await, [8100, 1900]);
        let mixed = [
            Ok(batch(0, 10)),
            Ok(batch(10, 5000)),
            Ok(batch(5010, 1)),
            Ok(batch(5011, 2)),
        ];
        assert_eq!(sizes(stream::iter(mixed)).await, [10, 5000, 3]);
        assert!(sizes(stream::iter([])).await.is_empty());
    }

    #[tokio::test]
    async fn few_rows_of_many_bytes_are_not_copied() {
        let heavy = |rows: i32| {
            let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|_| "x".repeat(200))));
            RecordBatch::try_from_iter([("n", texts)]).unwrap()
        };
        let batches = [Ok(heavy(2000)), Ok(heavy(2000)), Ok(heavy(700)), Ok(heavy(700))];
        let gathered = gathered(stream::iter(batches).boxed(), heavy(1).schema(), 8192);
        let rows: Vec<_> = gathered.map(|batch| batch.unwrap().num_rows()).collect().await;
        assert_eq!(rows, [2000, 2000, 1400]);
    }

    #[tokio::test]
    async fn what_is_there_waits_only_a_moment_for_what_is_not() {
        let never = stream::iter([Ok(batch(0, 1)), Ok(batch(1, 1))]).chain(stream::pending());
        let mut gathered = Box::pin(gathered(never.boxed(), batch(0, 1).schema(), 10));
        assert_eq!(gathered.next().await.unwrap().unwrap().num_rows(), 2);
    }

    #[tokio::test]
    async fn an_error_comes_after_the_rows_before_it() {
        let failing = stream::iter([Ok(batch(0, 1)), Err(Error::invalid("late"))]);
        let gathered: Vec<_> = gathered(failing.boxed(), batch(0, 1).schema(), 10).collect().await;
        assert_eq!(gathered[0].as_ref().unwrap().num_rows(), 1);
        assert_eq!(gathered[1].as_ref().unwrap_err().message(), "late");
    }
}
