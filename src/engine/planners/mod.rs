//! Where statements are parsed and planned: on threads of their own, so that one that takes long keeps neither the queries
//! that run nor the network from going on.
//!
//! Planning does not wait, so it cannot be left where a task could be: it asks at its [`checkpoint`]s whether it may go on.
//! A statement begins with one of a few turns. What takes longer than a small statement does gives its turn back, and waits
//! for one of the even fewer long ones; it ends when its time is up or whoever asked has left.

mod budget;
mod rules;
mod size;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::runtime::SpawnedTask;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;

pub(super) use budget::{checkpoint, look_up};
pub(super) use rules::stoppable;
pub(super) use size::{check_joins, check_size};

use budget::{BUDGET, Budget, LongTurns, QUICK};

use crate::cores::cores;
use crate::error::{Error, Result};

/// Stack of a thread that plans or executes. Statements are walked by recursion: this is for as many levels as
/// `statement::guard` lets through.
pub(super) const STACK_BYTES: usize = 64 << 20;

/// Statements that take long and are planned, or wait for their turn to be; one more is refused.
const MAX_LONG: usize = 16;

/// Most threads. Those of the long statements, of the small ones, and some for what does not come to a checkpoint soon.
const MAX_THREADS: usize = 64;

/// A statement waits this long for its turn, and is then refused.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Plans statements. Dropping it abandons what is being planned.
#[derive(Debug)]
pub(super) struct Planners {
    /// Its threads for blocking work are the planners.
    runtime: Option<Runtime>,
    /// Where what planning waits for runs: reads of files.
    queries: Handle,
    turns: Semaphore,
    long: Arc<LongTurns>,
}

impl Planners {
    /// Planners whose reads run on `queries`.
    ///
    /// # Errors
    /// `Internal` when the system gives no threads.
    pub(super) fn new(queries: Handle) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(MAX_THREADS)
            .thread_name("planner")
            .thread_stack_size(STACK_BYTES)
            .build();
        let runtime = runtime.map_err(|error| Error::internal("the planners did not start").with_source(error))?;
        Ok(Self {
            runtime: Some(runtime),
            queries,
            turns: Semaphore::new(2 * cores()),
            long: Arc::new(LongTurns::new(cores().div_ceil(2), MAX_LONG)),
        })
    }

    /// Runs `work` on one of the planners. Dropping the returned future ends it at its next [`checkpoint`]; a panic in it is
    /// an `Internal` error.
    ///
    /// # Errors
    /// Those of `work`; `Exhausted` when too many statements take long at once, or this one takes too long.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let Some(runtime) = &self.runtime else {
            return Err(Error::unavailable("the server is shutting down"));
        };
        let turn = tokio::time::timeout(MAX_WAIT, self.turns.acquire()).await;
        let turn =
            turn.map_err(|_| Error::exhausted("the server is busy with planning other statements; try again"))?;
        let budget = Arc::new(Budget::new(Arc::clone(&self.long)));
        let _ends = budget.ends_when_dropped();
        let queries = self.queries.clone();
        let entered = runtime.handle().enter();
        let mut job = SpawnedTask::spawn_blocking(move || {
            budget.begin();
            queries.block_on(BUDGET.scope(budget, work))
        });
        drop(entered);
        let outcome = tokio::select! {
            biased;
            outcome = &mut job => outcome,
            () = tokio::time::sleep(QUICK) => {
                drop(turn);
                job.await
            }
        };
        outcome.map_err(|error| Error::internal("the statement hit a defect of the planner").with_source(error))?
    }
}

impl Drop for Planners {
    fn drop(&mut self) {
        // A blocking shutdown would panic inside an async task, where a gateway is usually dropped.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures::future::select_all;

    use super::*;
    use crate::error::ErrorKind;

    fn planners() -> Planners {
        Planners::new(Handle::current()).unwrap()
    }

    /// Work that goes on until a checkpoint ends it; it says so, and when it has begun.
    async fn endless(begun: mpsc::Sender<()>, ended: mpsc::Sender<()>) -> Result<()> {
        let _ = begun.send(());
        loop {
            if let Err(error) = checkpoint() {
                let _ = ended.send(());
                return Err(crate::engine::failure::failed(error));
            }
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_leaves_ends_the_work() {
        let planners = planners();
        let ((begun, begins), (ended, ends)) = (mpsc::channel(), mpsc::channel());
        {
            let work = planners.run(endless(begun, ended));
            tokio::pin!(work);
            tokio::select! {
                _ = &mut work => panic!("it has no end"),
                begun = tokio::task::spawn_blocking(move || begins.recv()) => begun.unwrap().unwrap(),
            }
        }
        let ended = tokio::task::spawn_blocking(move || ends.recv_timeout(Duration::from_secs(60)));
        ended.await.unwrap().unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn small_statements_go_on_beside_long_ones_and_too_many_of_those_are_refused() {
        let planners = planners();
        let (begun, ended) = (mpsc::channel().0, mpsc::channel().0);
        let long = || Box::pin(planners.run(endless(begun.clone(), ended.clone())));
        let refused = async {
            let (refused, _, others) = select_all((0..MAX_LONG + 1).map(|_| long())).await;
            // What nobody polls keeps its turn.
            drop(others);
            refused
        };
        let small = async {
            for _ in 0..20 {
                planners.run(async { Ok(()) }).await.unwrap();
            }
        };
        let (refused, ()) = tokio::join!(refused, small);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Exhausted);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_panic_is_an_error() {
        let error = planners().run::<()>(async { panic!("defect") }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_runs_on_a_thread_of_the_planners() {
        let planners = planners();
        let name = planners.run(async { Ok(std::thread::current().name().map(str::to_owned)) });
        assert_eq!(name.await.unwrap().as_deref(), Some("planner"));
    }
}
