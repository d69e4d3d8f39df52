//! When a failed call is made again, and how long after.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::error::Result;

/// Exponential back-off for calls that find the server unavailable.
///
/// Only a call that has produced nothing yet is made again, and only after `UNAVAILABLE` or a failed connection: every
/// other error is an answer. A wait is drawn at random between half of its nominal length and the whole of it, so that
/// clients which lost the same server do not return in step.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// How often a call is made in all; 0 counts as 1.
    pub attempts: u32,
    /// The nominal wait after the first failure.
    pub first_delay: Duration,
    /// The longest nominal wait.
    pub max_delay: Duration,
    /// By how much the nominal wait grows from one failure to the next.
    pub multiplier: f64,
}

impl Default for RetryPolicy {
    /// Three attempts, 250 ms and 500 ms apart.
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(30),
            multiplier: 2.0,
        }
    }
}

impl RetryPolicy {
    /// The policy that never makes a call twice.
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// The nominal wait after the failure of attempt number `attempt`, counted from 1.
    pub fn delay_after(&self, attempt: u32) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.first_delay.as_secs_f64() * self.multiplier.powi(exponent);
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(self.max_delay)
            .min(self.max_delay)
    }

    /// Makes `call` until it succeeds, fails with an answer, or the attempts are used up.
    pub(super) async fn run<T, F>(&self, call: impl FnMut() -> F + Send) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T>> + Send,
    {
        self.run_with(tokio::time::sleep, call).await
    }

    async fn run_with<T, F, S>(
        &self,
        mut sleep: impl FnMut(Duration) -> S + Send,
        mut call: impl FnMut() -> F + Send,
    ) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T>> + Send,
        S: Future<Output = ()> + Send,
    {
        let mut attempt = 1;
        loop {
            match call().await {
                Err(error) if error.is_unavailable() && attempt < self.attempts => {
                    sleep(jittered(self.delay_after(attempt))).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Between half of `delay` and the whole of it.
fn jittered(delay: Duration) -> Duration {
    // The keys of a `RandomState` are random, and so is the hash of nothing: no need for a generator here.
    let random = RandomState::new().hash_one(()) >> 32;
    let share = 0.5 + 0.5 * (random as f64 / f64::from(u32::MAX));
    delay.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tonic::Status;

    use super::*;
    use crate::client::Error;

    fn unavailable() -> Error {
        Error::from(Status::unavailable("starting"))
    }

    /// Runs a call that answers with `outcomes` in turn; returns its result, the calls made and the waits.
    async fn run(policy: &RetryPolicy, outcomes: Vec<Result<u32>>) -> (Result<u32>, usize, Vec<Duration>) {
        let mut outcomes = outcomes.into_iter();
        let (mut calls, mut waits) = (0, Vec::new());
        let result = policy
            .run_with(
                |delay| {
                    waits.push(delay);
                    ready(())
                },
                || {
                    calls += 1;
                    ready(outcomes.next().expect("one more call than outcomes"))
                },
            )
            .await;
        (result, calls, waits)
    }

    #[tokio::test]
    async fn an_unavailable_server_is_asked_again_after_growing_waits() {
        let policy = RetryPolicy::default();
        let outcomes = vec![Err(unavailable()), Err(unavailable()), Ok(7)];
        let (result, calls, waits) = run(&policy, outcomes).await;
        assert_eq!(result.unwrap(), 7);
        assert_eq!(calls, 3);
        for (wait, nominal) in waits.iter().zip([250, 500].map(Duration::from_millis)) {
            assert!(*wait >= nominal / 2 && *wait <= nominal, "{wait:?} of {nominal:?}");
        }
        assert_eq!(waits.len(), 2);
    }

    #[tokio::test]
    async fn the_last_attempt_ends_it() {
        let policy = RetryPolicy::default();
        let outcomes = (0..3).map(|_| Err(unavailable())).collect();
        let (result, calls, waits) = run(&policy, outcomes).await;
        assert_eq!(result.unwrap_err().to_string(), "starting");
        assert_eq!((calls, waits.len()), (3, 2));
    }

    #[tokio::test]
    async fn an_answer_is_never_asked_for_again() {
        let answers = [
            Status::not_found(""),
            Status::internal(""),
            Status::resource_exhausted(""),
            Status::deadline_exceeded(""),
        ];
        for status in answers {
            let (_, calls, _) = run(&RetryPolicy::default(), vec![Err(status.into())]).await;
            assert_eq!(calls, 1);
        }
    }

    #[tokio::test]
    async fn no_attempts_and_one_attempt_are_the_same() {
        for attempts in [0, 1] {
            let policy = RetryPolicy {
                attempts,
                ..RetryPolicy::never()
            };
            let (result, calls, _) = run(&policy, vec![Err(unavailable())]).await;
            assert!(result.is_err());
            assert_eq!(calls, 1);
        }
    }

    #[test]
    fn a_wait_never_exceeds_its_cap() {
        let policy = RetryPolicy {
            attempts: u32::MAX,
            first_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(2),
            multiplier: 10.0,
        };
        let delays = [1, 2, 3, 4, 1000, u32::MAX].map(|attempt| policy.delay_after(attempt));
        assert_eq!(delays, [100, 1000, 2000, 2000, 2000, 2000].map(Duration::from_millis));
    }

    #[test]
    fn a_jittered_wait_lies_in_its_upper_half() {
        let delay = Duration::from_secs(8);
        for _ in 0..200 {
            let wait = jittered(delay);
            assert!(wait >= delay / 2 && wait <= delay, "{wait:?}");
        }
        assert_eq!(jittered(Duration::ZERO), Duration::ZERO);
    }
}
