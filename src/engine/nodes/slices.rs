//! Batches for a join in slices that it is done with soon. The engine's joins look at every pair of a probe batch and the
//! rows that it meets before they wait, however many that are: a filter that lets nearly no pair through would hold the
//! task for minutes. So the probe side gives them as many rows at once as they were seen to be quick with, and waits in
//! between.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::physical_plan::{ExecutionPlan, RecordBatchStream, SendableRecordBatchStream};
use futures::{Stream, StreamExt};

use super::through::{ThroughExec, Way};

/// Rows of the first slice: few enough to be joined with millions of rows in a moment.
const FIRST_ROWS: usize = 16;
/// A slice that took less than this is followed by a larger one.
const QUICK: Duration = Duration::from_millis(5);
/// A slice that took more than this is followed by a smaller one.
const SLOW: Duration = Duration::from_millis(40);
/// How much larger or smaller the next slice is.
const STEP: usize = 4;

/// Gives the rows of its input as they are, in slices; wait and size are the whole difference.
pub(in crate::engine) fn sliced(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    let way: Way = Arc::new(|input| {
        Box::pin(Slices {
            input,
            rest: None,
            pace: Pace::default(),
            given: None,
        })
    });
    Arc::new(ThroughExec::new("SlicesExec", input, way))
}

/// The rows of `input`, as many at once as the pace says.
struct Slices {
    input: SendableRecordBatchStream,
    /// What was read and not given yet.
    rest: Option<RecordBatch>,
    pace: Pace,
    /// When the last slice was given. Between then and the next poll the join was at work on it.
    given: Option<Instant>,
}

/// How many rows a slice has.
#[derive(Debug)]
struct Pace {
    rows: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { rows: FIRST_ROWS }
    }
}

impl Pace {
    /// Takes account of a slice that took this long. True when that was long enough to wait before the next.
    fn after(&mut self, took: Duration) -> bool {
        if took < QUICK {
            self.rows = self.rows.saturating_mul(STEP);
        } else if took > SLOW {
            self.rows = (self.rows / STEP).max(1);
        }
        took >= QUICK
    }
}

impl Stream for Slices {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(given) = self.given.take()
            && self.pace.after(given.elapsed())
        {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let batch = match self.rest.take() {
            Some(batch) => batch,
            None => match ready!(self.input.poll_next_unpin(cx)) {
                Some(Ok(batch)) => batch,
                end => return Poll::Ready(end),
            },
        };
        let rows = batch.num_rows().min(self.pace.rows);
        if rows < batch.num_rows() {
            self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        self.given = Some(Instant::now());
        Poll::Ready(Some(Ok(batch.slice(0, rows))))
    }
}

impl RecordBatchStream for Slices {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use arrow::array::Int64Array;
    use arrow::compute::concat_batches;
    use arrow::record_batch::RecordBatch;
    use datafusion::datasource::memory::MemorySourceConfig;
    use datafusion::execution::TaskContext;
    use futures::TryStreamExt;

    use super::{FIRST_ROWS, Pace, QUICK, SLOW, sliced};

    #[tokio::test]
    async fn slices_have_the_rows_of_the_batches_in_order() {
        let batch = |rows: std::ops::Range<i64>| {
            let numbers: Int64Array = rows.collect();
            RecordBatch::try_from_iter([("n", Arc::new(numbers) as _)]).unwrap()
        };
        let batches = vec![batch(0..5_000), batch(5_000..5_000), batch(5_000..5_001)];
        let input = MemorySourceConfig::try_new_exec(&[batches], batch(0..0).schema(), None).unwrap();
        let slices = sliced(input).execute(0, Arc::new(TaskContext::default()));
        let slices: Vec<RecordBatch> = slices.unwrap().try_collect().await.unwrap();
        assert_eq!(slices[0].num_rows(), FIRST_ROWS);
        assert_eq!(concat_batches(&slices[0].schema(), &slices).unwrap(), batch(0..5_001));
    }

    #[test]
    fn slices_grow_while_they_are_quick_and_shrink_to_a_row_while_they_are_slow() {
        let mut pace = Pace::default();
        assert!(!pace.after(Duration::ZERO));
        assert!(pace.rows > FIRST_ROWS);
        let rows = pace.rows;
        assert!(pace.after(QUICK) && pace.after(SLOW), "it waits");
        assert_eq!(pace.rows, rows);
        for _ in 0..100 {
            assert!(pace.after(SLOW * 2));
        }
        assert_eq!(pace.rows, 1);
        for _ in 0..100 {
            pace.after(Duration::ZERO);
        }
        assert_eq!(pace.rows, usize::MAX);
    }
}
