//! What planning one statement may take, asked at its checkpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use datafusion::common::{DataFusionError, Result as DfResult};
use parking_lot::{Condvar, Mutex};

use crate::error::{Error, ErrorKind, Result};

/// A small statement is planned within this time.
pub(super) const QUICK: Duration = Duration::from_millis(20);

/// What has been worked on for longer than this, in time of its thread, is long.
const LONG: Duration = Duration::from_millis(100);

/// What is not planned within this time of its thread is refused.
const MAX_TIME: Duration = Duration::from_secs(30);

/// A long statement waits at most this many times as long as it has been worked on: a turn that is not given back, since its
/// statement comes to no checkpoint, must not hold up all others.
const PATIENCE: u32 = 4;

/// How often a statement that waits for its turn looks whether it still is to be planned.
const LOOK: Duration = Duration::from_millis(50);

/// Most tables that are looked up for a statement, for the views in it too.
const MAX_LOOKUPS: usize = 100_000;

tokio::task_local! {
    /// That of the statement that is planned here.
    pub(super) static BUDGET: Arc<Budget>;
}

/// Whether planning may go on. Called often, and where there is no statement to be planned it may.
///
/// # Errors
/// `Cancelled` when whoever asked has left; `Exhausted` when the statement takes too long or too many others do.
pub(in crate::engine) fn checkpoint() -> DfResult<()> {
    ask(Budget::check)
}

/// A [`checkpoint`] at which a table is looked up.
///
/// # Errors
/// As there, and `Invalid` when there are too many.
pub(in crate::engine) fn look_up() -> DfResult<()> {
    ask(|budget| {
        let before = budget.lookups.fetch_add(1, Ordering::Relaxed);
        if before >= MAX_LOOKUPS {
            return Err(Curb::Lookups.into());
        }
        budget.check()
    })
}

/// Notes how many expressions a node of the statement's plan has.
pub(super) fn note_expressions(count: usize) {
    // Where there is no statement to be planned nobody asks for it.
    BUDGET
        .try_with(|budget| budget.expressions.fetch_max(count, Ordering::Relaxed))
        .ok();
}

/// The most expressions that a node of the statement's plan has, as it is written.
pub(super) fn most_expressions() -> usize {
    let most = BUDGET.try_with(|budget| budget.expressions.load(Ordering::Relaxed));
    most.unwrap_or_default()
}

fn ask(question: impl FnOnce(&Budget) -> Result<()>) -> DfResult<()> {
    let answer = BUDGET.try_with(|budget| question(budget));
    answer
        .unwrap_or(Ok(()))
        .map_err(|error| DataFusionError::External(Box::new(error)))
}

/// What one statement may take.
#[derive(Debug)]
pub(super) struct Budget {
    started: Instant,
    ended: AtomicBool,
    lookups: AtomicUsize,
    /// The most expressions of a node of the plan, before it is optimized.
    expressions: AtomicUsize,
    turns: Arc<LongTurns>,
    work: Mutex<Work>,
}

/// How far the work on a statement is.
#[derive(Debug, Default)]
struct Work {
    /// The time of the thread when it began.
    began: Duration,
    /// It takes long.
    long: Option<Long>,
}

/// A statement that takes long.
#[derive(Debug)]
struct Long {
    /// Its turn, while it has one.
    turn: Option<LongTurn>,
    /// At which time of work it asks for a turn again, while it has none.
    asks_again: Duration,
    _place: LongPlace,
}

impl Budget {
    pub(super) fn new(turns: Arc<LongTurns>) -> Self {
        Self {
            started: Instant::now(),
            ended: AtomicBool::new(false),
            lookups: AtomicUsize::new(0),
            expressions: AtomicUsize::new(0),
            turns,
            work: Mutex::default(),
        }
    }

    /// Work begins, on this thread.
    pub(super) fn begin(&self) {
        self.work.lock().began = thread_time();
    }

    /// What ends the work when it is dropped.
    pub(super) fn ends_when_dropped(self: &Arc<Self>) -> Ends {
        Ends(Arc::clone(self))
    }

    fn check(&self) -> Result<()> {
        if self.is_ended() {
            return Err(Error::cancelled());
        }
        if self.started.elapsed() <= QUICK {
            return Ok(());
        }
        let now = thread_time();
        let mut work = self.work.lock();
        let took = now.saturating_sub(work.began);
        if took > MAX_TIME {
            return Err(Curb::Time.into());
        }
        if took <= LONG {
            return Ok(());
        }
        let long = match &mut work.long {
            Some(long) => long,
            none => none.insert(Long {
                turn: None,
                asks_again: took,
                _place: self.turns.place()?,
            }),
        };
        if long.turn.is_none() && took >= long.asks_again {
            long.turn = self.turns.wait(PATIENCE * took, || self.is_ended());
            long.asks_again = 2 * took;
            if self.is_ended() {
                return Err(Error::cancelled());
            }
        }
        Ok(())
    }

    fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

/// How long this thread has been at work: a busy machine makes no small statement a long one.
fn thread_time() -> Duration {
    ThreadTime::now().as_duration()
}

/// Ends the work when it is dropped.
#[derive(Debug)]
pub(super) struct Ends(Arc<Budget>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

/// Turns of the statements that take long: a few are planned, some more wait.
#[derive(Debug)]
pub(super) struct LongTurns {
    at_once: usize,
    most: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Statements that take long.
    long: usize,
    /// Those of them that have a turn.
    turns: usize,
}

impl LongTurns {
    /// Turns for `at_once`, places for `most`.
    pub(super) fn new(at_once: usize, most: usize) -> Self {
        Self {
            at_once,
            most,
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// A place among the statements that take long.
    fn place(self: &Arc<Self>) -> Result<LongPlace> {
        let mut state = self.state.lock();
        if state.long >= self.most {
            return Err(Curb::Others(self.most).into());
        }
        state.long += 1;
        Ok(LongPlace(Arc::clone(self)))
    }

    /// Waits for a turn, on this thread; none when the time is up or the work has ended.
    fn wait(self: &Arc<Self>, at_most: Duration, is_ended: impl Fn() -> bool) -> Option<LongTurn> {
        let until = Instant::now() + at_most;
        let mut state = self.state.lock();
        while state.turns >= self.at_once {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || is_ended() {
                return None;
            }
            self.freed.wait_for(&mut state, left.min(LOOK));
        }
        state.turns += 1;
        Some(LongTurn(Arc::clone(self)))
    }
}

#[derive(Debug)]
struct LongPlace(Arc<LongTurns>);

impl Drop for LongPlace {
    fn drop(&mut self) {
        self.0.state.lock().long -= 1;
    }
}

#[derive(Debug)]
struct LongTurn(Arc<LongTurns>);

impl Drop for LongTurn {
    fn drop(&mut self) {
        self.0.state.lock().turns -= 1;
        self.0.freed.notify_one();
    }
}

/// What ends the planning of a statement, besides that whoever asked has left.
#[derive(Debug, thiserror::Error)]
enum Curb {
    #[error("the statement and its views name more than {most} tables", most = MAX_LOOKUPS)]
    Lookups,
    #[error("the statement takes longer than {most} s to plan; make it simpler", most = MAX_TIME.as_secs())]
    Time,
    #[error("{0} other statements that take long are being planned; try again")]
    Others(usize),
}

impl From<Curb> for Error {
    fn from(curb: Curb) -> Self {
        let kind = match &curb {
            Curb::Lookups => ErrorKind::Invalid,
            Curb::Time | Curb::Others(_) => ErrorKind::Exhausted,
        };
        Self::new(kind, curb.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const EVER: Duration = Duration::from_secs(3600);

    #[test]
    fn a_turn_goes_to_whoever_waits_and_nobody_waits_for_ever() {
        let turns = Arc::new(LongTurns::new(1, 2));
        let first = turns.wait(Duration::ZERO, || false).unwrap();
        // In vain: the time is up, or whoever asked has left.
        assert!(turns.wait(Duration::from_millis(1), || false).is_none());
        assert!(turns.wait(EVER, || true).is_none());
        let waits = std::thread::spawn({
            let turns = Arc::clone(&turns);
            move || turns.wait(EVER, || false).is_some()
        });
        drop(first);
        assert!(waits.join().unwrap());
    }

    #[test]
    fn places_are_bounded_and_given_back() {
        let turns = Arc::new(LongTurns::new(1, 2));
        let (_one, two) = (turns.place().unwrap(), turns.place().unwrap());
        assert_eq!(turns.place().unwrap_err().kind(), ErrorKind::Exhausted);
        drop(two);
        assert!(turns.place().is_ok());
    }

    #[test]
    fn what_is_not_planned_for_anybody_passes() {
        assert!(checkpoint().is_ok());
    }
}
