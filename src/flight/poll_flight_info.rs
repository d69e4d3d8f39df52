//! PollFlightInfo: a request for flight info whose work goes on between the calls. A first call starts it; each waits a
//! while for its end and else says how far it is; the work of a client that never comes back is given up.

use std::sync::Arc;
use std::time::Duration;

use arrow_flight::{FlightDescriptor, FlightInfo, PollInfo};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use parking_lot::Mutex;
use uuid::Uuid;

use super::FlightGateway;
use super::descriptor::{self, Request};
use crate::error::{Error, Result};
use crate::lru::{Bounds, Left, Lru, Size};
use crate::request::{RequestContext, StatementProgress, overdue};
use crate::session::Owner;

/// A call answers after this long, also when there is nothing new.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often is looked which requests are not polled for any more.
const WATCHED: Duration = Duration::from_secs(10);

/// A client that does not ask again for a minute is gone, and the requests that were not asked for the longest are given
/// up when there are more.
const BOUNDS: Bounds = Bounds {
    idle: Duration::from_secs(60),
    owner: Size {
        entries: 250,
        bytes: 64 << 20,
    },
    all: Size {
        entries: 1000,
        bytes: 256 << 20,
    },
    remembered: 2000,
};

/// What a request takes whose work goes on, about.
const WORK_BYTES: usize = 64 << 10;

/// What each byte of the question adds.
const BYTES_PER_BYTE: usize = 4;

/// The requests that are polled for.
#[derive(Debug)]
pub(super) struct Polls {
    requests: Lru<Uuid, Arc<Poll>, Owner>,
    /// Somebody looks from time to time which of them nobody asks for any more.
    is_watched: Mutex<bool>,
}

impl Default for Polls {
    fn default() -> Self {
        let weigh = |_: &Uuid, poll: &Arc<Poll>| WORK_BYTES + BYTES_PER_BYTE * poll.descriptor.cmd.len();
        Self {
            requests: Lru::new(BOUNDS, weigh),
            is_watched: Mutex::new(false),
        }
    }
}

impl Polls {
    fn get(&self, id: &Uuid) -> Result<Arc<Poll>> {
        self.requests.get(id).ok_or_else(|| {
            let why = match self.requests.why(id) {
                None => "",
                Some(Left::Idle) => ": nobody asked for a minute",
                Some(Left::OwnerFull | Left::Full) => ": too many others are polled for",
            };
            Error::not_found(format!(
                "no request is polled for by this descriptor any more{why}; ask again"
            ))
        })
    }
}

/// A request whose work goes on: dropping it ends the work.
struct Poll {
    descriptor: FlightDescriptor,
    progress: StatementProgress,
    outcome: Shared<BoxFuture<'static, Arc<Result<FlightInfo>>>>,
}

impl std::fmt::Debug for Poll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Poll")
    }
}

impl FlightGateway {
    pub(super) async fn poll_info(&self, descriptor: FlightDescriptor, context: &RequestContext) -> Result<PollInfo> {
        let (id, poll) = match descriptor::decode(&descriptor)? {
            Request::Polled(id) => (id, self.polls.get(&id)?),
            Request::Query { .. } | Request::Prepared(_) | Request::Metadata(_) => {
                (Uuid::new_v4(), Arc::new(self.start(descriptor, context)))
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, poll.outcome.clone()).await;
        let Ok(outcome) = outcome else {
            self.polls.requests.insert(context.owner(), id, Arc::clone(&poll));
            self.watch_polls();
            // The info is never absent: Go's client takes that for a defect.
            let info = FlightInfo::new().with_descriptor(poll.descriptor.clone());
            let unfinished = PollInfo::new()
                .with_info(info)
                .with_descriptor(descriptor::of_polled(id));
            return unfinished
                .try_with_progress(poll.progress.fraction())
                .map_err(not_a_progress);
        };
        self.polls.requests.remove(&id);
        match outcome.as_ref() {
            Ok(info) => PollInfo::new()
                .with_info(info.clone())
                .try_with_progress(1.0)
                .map_err(not_a_progress),
            Err(error) => Err(Error::new(error.kind(), error.message())),
        }
    }

    /// Gives up what nobody asks for any more, also when no other request comes, as long as there is some.
    fn watch_polls(&self) {
        if std::mem::replace(&mut *self.polls.is_watched.lock(), true) {
            return;
        }
        let polls = Arc::downgrade(&self.polls);
        self.engine.runtime().spawn_detached(async move {
            loop {
                tokio::time::sleep(WATCHED).await;
                let Some(polls) = polls.upgrade() else { return };
                polls.requests.expire();
                let mut is_watched = polls.is_watched.lock();
                if polls.requests.size().entries == 0 {
                    *is_watched = false;
                    return;
                }
            }
        });
    }

    fn start(&self, descriptor: FlightDescriptor, context: &RequestContext) -> Poll {
        let progress = StatementProgress::default();
        let (gateway, mut context) = (self.clone(), context.clone());
        context.progress = progress.clone();
        let asked = descriptor.clone();
        // With the context goes the request's place: the work has it until it ends, however often is asked for it.
        let work = self.engine.runtime().spawn(async move {
            let info = gateway.flight_info(asked, &context);
            match context.deadline {
                Some(deadline) => tokio::time::timeout_at(deadline, info)
                    .await
                    .unwrap_or_else(|_| Err(overdue())),
                None => info.await,
            }
        });
        let outcome = work.map(|done| Arc::new(done.and_then(|info| info)));
        Poll {
            descriptor,
            progress,
            outcome: outcome.boxed().shared(),
        }
    }
}

fn not_a_progress(error: arrow::error::ArrowError) -> Error {
    Error::internal("the progress is not between 0 and 1").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Identity;

    fn poll() -> Arc<Poll> {
        Arc::new(Poll {
            descriptor: FlightDescriptor::new_cmd("SELECT 1"),
            progress: StatementProgress::default(),
            outcome: futures::future::pending().boxed().shared(),
        })
    }

    #[test]
    fn the_newest_is_polled_for_and_those_of_others() {
        let polls = Polls::default();
        let owner = |port: u16| {
            let identity = Identity { name: "me".into() };
            Owner::Connection(identity, Some(([127, 0, 0, 1], port).into()))
        };
        let (honest, first) = (Uuid::new_v4(), Uuid::new_v4());
        polls.requests.insert(owner(1), honest, poll());
        let given_up = poll();
        polls.requests.insert(owner(2), first, Arc::clone(&given_up));
        for _ in 0..2 * BOUNDS.all.entries {
            let id = Uuid::new_v4();
            polls.requests.insert(owner(2), id, poll());
            assert!(polls.get(&id).is_ok());
        }
        assert!(polls.get(&honest).is_ok());
        assert_eq!(Arc::strong_count(&given_up), 1, "its work ended");
        let newest = Uuid::new_v4();
        polls.requests.insert(owner(2), newest, given_up);
        for _ in 0..BOUNDS.owner.entries {
            polls.requests.insert(owner(2), Uuid::new_v4(), poll());
        }
        assert!(polls.get(&newest).is_err_and(|error| {
            error.message()
                == "no request is polled for by this descriptor any more: too many others are polled for; ask again"
        }));
    }
}
