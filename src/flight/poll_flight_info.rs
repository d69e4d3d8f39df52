//! PollFlightInfo: a request for flight info whose work goes on between the calls. A first call starts it; each waits a
//! while for its end and else says how far it is; the work of a client that never comes back is given up.

use std::sync::Arc;
use std::time::Duration;

use arrow_flight::{FlightDescriptor, FlightInfo, PollInfo};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use moka::sync::Cache;
use uuid::Uuid;

use super::FlightGateway;
use super::context::{RequestContext, overdue};
use super::request::{self, Request};
use crate::engine::Progress;
use crate::error::{Error, Result};

/// A call answers after this long, also when there is nothing new.
const PATIENCE: Duration = Duration::from_secs(2);

/// A client that does not ask again for this long is gone,
const IDLE: Duration = Duration::from_secs(60);

/// and beyond this number of requests the least asked for are given up.
const MAX_POLLS: u64 = 1000;

/// The requests that are polled for.
#[derive(Debug)]
pub(super) struct Polls {
    polls: Cache<Uuid, Arc<Poll>>,
}

impl Default for Polls {
    fn default() -> Self {
        Self {
            polls: Cache::builder().max_capacity(MAX_POLLS).time_to_idle(IDLE).build(),
        }
    }
}

/// A request whose work goes on: dropping it ends the work.
struct Poll {
    descriptor: FlightDescriptor,
    progress: Progress,
    outcome: Shared<BoxFuture<'static, Arc<Result<FlightInfo>>>>,
}

impl std::fmt::Debug for Poll {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Poll")
    }
}

impl FlightGateway {
    pub(super) async fn poll_info(&self, descriptor: FlightDescriptor, context: &RequestContext) -> Result<PollInfo> {
        let (id, poll) = match request::decode(&descriptor)? {
            Request::Polled(id) => {
                let poll = self.polls.polls.get(&id);
                let gone = || Error::not_found("no request is polled for by this descriptor any more; ask again");
                (id, poll.ok_or_else(gone)?)
            }
            Request::Query { .. } | Request::Prepared(_) | Request::Metadata(_) => {
                (Uuid::new_v4(), Arc::new(self.start(descriptor, context)))
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, poll.outcome.clone()).await;
        let Ok(outcome) = outcome else {
            self.polls.polls.insert(id, Arc::clone(&poll));
            // The info is never absent: Go's client takes that for a defect.
            let info = FlightInfo::new().with_descriptor(poll.descriptor.clone());
            let unfinished = PollInfo::new().with_info(info).with_descriptor(request::of_polled(id));
            return unfinished
                .try_with_progress(poll.progress.fraction())
                .map_err(not_a_progress);
        };
        self.polls.polls.invalidate(&id);
        match outcome.as_ref() {
            Ok(info) => PollInfo::new()
                .with_info(info.clone())
                .try_with_progress(1.0)
                .map_err(not_a_progress),
            Err(error) => Err(Error::new(error.kind(), error.message())),
        }
    }

    fn start(&self, descriptor: FlightDescriptor, context: &RequestContext) -> Poll {
        let progress = Progress::default();
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
