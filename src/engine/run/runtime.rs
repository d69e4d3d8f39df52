//! The runtime that queries are planned, executed and polled on, apart from the one that serves the network.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use datafusion::common::runtime::SpawnedTask;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc;

use crate::engine::failure::{panicked, said};
use crate::engine::planners::STACK_BYTES;
use crate::error::{Error, Result};

/// Items that a stream may be ahead of its reader.
const AHEAD: usize = 2;

/// Reads of files at the same time; more wait for one to end. None of them waits for anything but the disk.
const MAX_READS: usize = 32;

/// A runtime of one worker a core. Dropping it abandons what still runs.
#[derive(Debug)]
pub struct QueryRuntime {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl QueryRuntime {
    /// Starts the runtime.
    ///
    /// # Errors
    /// `Internal` when the system gives no threads.
    pub fn new() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("query")
            .thread_stack_size(STACK_BYTES)
            .max_blocking_threads(MAX_READS)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Error::internal("the query runtime did not start").with_source(error))?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// What runs tasks here.
    pub(in crate::engine) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs `work` here. Dropping the returned future aborts it; a panic in it is an `Internal` error.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> BoxFuture<'static, Result<T>> {
        let _entered = self.handle.enter();
        let task = SpawnedTask::spawn(work);
        async move {
            task.await
                .map_err(|error| panicked(&error.to_string()).with_source(error))
        }
        .boxed()
    }

    /// Runs `work` here until it ends or the runtime does.
    pub fn spawn_detached(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(work);
    }

    /// Makes a stream here and polls it here; the returned stream gives its items elsewhere, the source at most two
    /// items ahead. Dropping the returned stream aborts the work at its next await.
    pub fn pipe<T, F>(&self, make: F) -> Piped<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<BoxStream<'static, Result<T>>>> + Send + 'static,
    {
        let (sender, items) = mpsc::channel(AHEAD);
        let failed = sender.clone();
        let work = async move {
            let mut stream = match make.await {
                Ok(stream) => stream,
                Err(error) => return drop(sender.send(Err(error)).await),
            };
            while let Some(item) = stream.next().await {
                if sender.send(item).await.is_err() {
                    return;
                }
            }
        };
        let _entered = self.handle.enter();
        let work = SpawnedTask::spawn(async move {
            // A panic must not look like the end of the stream.
            if let Err(panic) = AssertUnwindSafe(work).catch_unwind().await {
                drop(failed.send(Err(panicked(said(panic.as_ref())))).await);
            }
        });
        Piped { items, _work: work }
    }
}

impl Drop for QueryRuntime {
    fn drop(&mut self) {
        // A blocking shutdown would panic inside an async task, where a gateway is usually dropped.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A stream whose work runs on the query runtime.
#[derive(Debug)]
pub struct Piped<T> {
    items: mpsc::Receiver<Result<T>>,
    _work: SpawnedTask<()>,
}

impl<T> Stream for Piped<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn the_source_stays_two_items_ahead_and_stops_when_dropped() {
        let runtime = QueryRuntime::new().unwrap();
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        let source = stream::iter(0..1_000_000).map(move |item| {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(item)
        });
        let (alive, gone) = oneshot::channel::<()>();
        let source = source.inspect(move |_| assert!(!alive.is_closed()));
        let mut piped = runtime.pipe(async move { Ok(source.boxed()) });
        for expected in 0..10 {
            assert_eq!(piped.next().await.unwrap().unwrap(), expected);
        }
        // Ten taken, two in the channel, one waiting for room.
        assert!(made.load(Ordering::SeqCst) <= 13);
        drop(piped);
        // An error: nothing was sent, and its sender is dropped with the source.
        let gone = tokio::time::timeout(Duration::from_secs(30), gone).await;
        assert!(gone.expect("the source is still there").is_err());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_not_an_end() {
        let runtime = QueryRuntime::new().unwrap();
        let source = stream::iter(0..3).map(|item| if item == 2 { panic!("defect") } else { Ok(item) });
        let items: Vec<Result<i32>> = runtime.pipe(async move { Ok(source.boxed()) }).collect().await;
        assert_eq!(items.len(), 3);
        assert_eq!(items[2].as_ref().unwrap_err().message(), "the query ended early");
        assert!(runtime.spawn(async { panic!("defect") }).await.is_err());
    }
}
