//! What comes from the network → work on the query runtime, across a bounded channel: the way of [`QueryRuntime::pipe`],
//! the other way round.

use std::future::Future;
use std::pin::pin;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::runtime::QueryRuntime;
use crate::error::Result;

/// Items that a source may be ahead of the work.
const AHEAD: usize = 2;

impl QueryRuntime {
    /// Runs `work` here over the items of `source`, which is polled where the returned future is, at most two items ahead.
    /// It ends when the work does, whatever is left of the source. Dropping it aborts the work at its next await.
    ///
    /// # Errors
    /// That of the work; `Internal` for a panic in it.
    pub async fn feed<I, T, F>(
        &self,
        source: impl Stream<Item = I> + Send,
        work: impl FnOnce(BoxStream<'static, I>) -> F + Send + 'static,
    ) -> Result<T>
    where
        I: Send + 'static,
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send,
    {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let items = stream::unfold(receiver, |mut items| async move {
            let item = items.recv().await?;
            Some((item, items))
        });
        let mut work = self.spawn(async move { work(items.boxed()).await });
        let feeding = async move {
            let mut source = pin!(source);
            while let Some(item) = source.next().await {
                if sender.send(item).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            done = &mut work => return done?,
            () = feeding => {}
        }
        work.await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use futures::poll;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::sync::oneshot;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_secs(30);

    /// Numbers without end, and how many were taken.
    fn numbers() -> (impl Stream<Item = usize> + Send, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        let numbers = stream::repeat_with(move || counter.fetch_add(1, Ordering::SeqCst));
        (numbers, taken)
    }

    #[tokio::test]
    async fn the_work_runs_on_the_query_runtime_and_the_source_does_not() {
        let runtime = QueryRuntime::new().unwrap();
        let here = std::thread::current().id();
        let source = stream::iter(0..1000).inspect(move |_| assert_eq!(std::thread::current().id(), here));
        let sum = runtime.feed(source, |mut items| async move {
            let mut sum = 0;
            while let Some(item) = items.next().await {
                assert_eq!(std::thread::current().name(), Some("query"));
                sum += item;
            }
            Ok(sum)
        });
        assert_eq!(sum.await.unwrap(), 499_500);
    }

    #[tokio::test]
    async fn the_source_stays_two_items_ahead() {
        let runtime = QueryRuntime::new().unwrap();
        let (source, taken) = numbers();
        let (began, mut has_begun) = oneshot::channel();
        let (go_on, goes_on) = oneshot::channel::<()>();
        let mut fed = Box::pin(runtime.feed(source, |mut items| async move {
            let first = items.next().await;
            let _ = began.send(());
            drop(goes_on.await);
            Ok((first, items.next().await))
        }));
        timeout(SOON, async {
            tokio::select! {
                _ = &mut fed => panic!("the work waits"),
                begun = &mut has_begun => begun.unwrap(),
            }
        })
        .await
        .unwrap();
        for _ in 0..1000 {
            assert!(poll!(&mut fed).is_pending());
        }
        // One taken, two in the channel, one waiting for room.
        assert_eq!(taken.load(Ordering::SeqCst), 4);
        go_on.send(()).unwrap();
        assert_eq!(timeout(SOON, fed).await.unwrap().unwrap(), (Some(0), Some(1)));
    }

    #[tokio::test]
    async fn the_work_ends_when_nobody_waits_for_it() {
        let runtime = QueryRuntime::new().unwrap();
        let (alive, gone) = oneshot::channel::<()>();
        let (began, mut has_begun) = oneshot::channel();
        let mut fed = Box::pin(runtime.feed(stream::pending::<()>(), |mut items| async move {
            let _ = began.send(());
            items.next().await;
            drop(alive);
            Ok(())
        }));
        timeout(SOON, async {
            tokio::select! {
                _ = &mut fed => panic!("the work waits"),
                begun = &mut has_begun => begun.unwrap(),
            }
        })
        .await
        .unwrap();
        drop(fed);
        // An error: nothing was sent, and its sender is dropped with the work.
        assert!(timeout(SOON, gone).await.unwrap().is_err());
    }

    #[tokio::test]
    async fn what_ends_the_work_is_heard_at_once() {
        let runtime = QueryRuntime::new().unwrap();
        let failed = runtime.feed(stream::pending::<()>(), |_| async {
            Err::<(), _>(Error::invalid("no room"))
        });
        assert_eq!(timeout(SOON, failed).await.unwrap().unwrap_err().message(), "no room");
        let (source, _) = numbers();
        let left = runtime.feed(source, |mut items| async move { Ok(items.next().await) });
        assert_eq!(timeout(SOON, left).await.unwrap().unwrap(), Some(0));
        let panicked = runtime.feed(stream::iter([1]), |_| async {
            if true { panic!("defect") } else { Ok(()) }
        });
        assert!(timeout(SOON, panicked).await.unwrap().is_err());
        let ended = runtime.feed(stream::empty::<()>(), |mut items| async move { Ok(items.next().await) });
        assert_eq!(timeout(SOON, ended).await.unwrap().unwrap(), None);
    }
}
