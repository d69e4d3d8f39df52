//! A request that was let in, until its end. Its place, its deadline and the drain live inside the stream that it is answered
//! with: limits of a transport stop at the headers.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::common::runtime::SpawnedTask;
use futures::FutureExt;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Subject;
use super::admission::going_away;
use crate::auth::Identity;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Running;

/// The request whose answer is always the same.
const PROBE: &str = "list_actions";

/// A request that was let in.
#[derive(Debug)]
pub struct Call {
    deadline: Option<Instant>,
    abort: CancellationToken,
    record: Record,
}

/// What a request is answered with, for its protocol to say in its own way.
#[derive(Debug)]
pub struct Reply<T> {
    /// The request's id, by which the log knows more of it.
    pub id: String,
    /// What the client is offered to come back with to the same session.
    pub new_session: Option<String>,
    /// The answer, or why there is none.
    pub outcome: Result<T>,
}

/// Rows as messages of a protocol, and a count that grows as they are made.
pub struct Rows<T> {
    /// The messages.
    pub stream: BoxStream<'static, Result<T>>,
    /// How many bytes a message has, for the log.
    pub bytes: fn(&T) -> usize,
    /// Rows that were put in messages so far.
    pub rows: Arc<AtomicU64>,
    /// The query that makes them, which can be cancelled by its id; absent for lists.
    pub running: Option<Running>,
}

impl Call {
    pub(super) fn new(deadline: Option<Instant>, abort: CancellationToken, record: Record) -> Self {
        Self {
            deadline,
            abort,
            record,
        }
    }

    /// Answers with one message (or a short stream that is ready).
    pub async fn run<T>(mut self, work: impl Future<Output = Result<T>> + Send) -> Reply<T> {
        let ends = ends(self.deadline, self.abort.clone());
        let outcome = tokio::select! {
            biased;
            // A panic would reset the connection, and the client would know of no error.
            outcome = AssertUnwindSafe(work).catch_unwind() => {
                outcome.unwrap_or_else(|_| Err(Error::internal("the request hit a defect of the server")))
            }
            error = ends => Err(error),
        };
        self.record.end(outcome.as_ref().err());
        self.record.reply(outcome)
    }

    /// Answers with a stream that holds this request's place until its last message, its error, or its drop.
    pub async fn stream<T: Send + 'static>(
        mut self,
        work: impl Future<Output = Result<Rows<T>>> + Send,
    ) -> Reply<BoxStream<'static, Result<T>>> {
        let mut ends = Box::pin(ends(self.deadline, self.abort.clone()));
        let made = tokio::select! {
            biased;
            made = work => made,
            error = &mut ends => Err(error),
        };
        let mut rows = match made {
            Ok(rows) => rows,
            Err(error) => {
                self.record.end(Some(&error));
                return self.record.reply(Err(error));
            }
        };
        let running = rows.running.take();
        let ends = Box::pin(async move {
            match running {
                Some(running) => tokio::select! {
                    () = running.cancelled() => Error::cancelled(),
                    error = ends => error,
                },
                None => ends.await,
            }
        });
        self.record.rows = Arc::clone(&rows.rows);
        let reply = self.record.reply(Ok(()));
        let (sender, messages) = mpsc::channel(1);
        // A task, since nobody polls the stream of a client that has stopped reading: its time must end all the same.
        let work = SpawnedTask::spawn(send(rows, ends, self.record, sender));
        let messages = stream::unfold(Some((messages, work)), |state| async move {
            let (mut messages, work) = state?;
            match messages.recv().await {
                Some(Some(Ok(message))) => Some((Ok(message), Some((messages, work)))),
                Some(Some(Err(error))) => Some((Err(error), None)),
                Some(None) => None,
                // A panic must not look like the end of the stream.
                None => Some((Err(Error::internal("the request ended early")), None)),
            }
        });
        Reply {
            id: reply.id,
            new_session: reply.new_session,
            outcome: Ok(messages.boxed()),
        }
    }
}

/// Passes the messages on as they are taken, and `None` at the end. When the request must end, its work and its place are
/// given up at once; the reason waits until the client takes it.
async fn send<T: Send + 'static>(
    rows: Rows<T>,
    mut ends: impl Future<Output = Error> + Unpin,
    mut record: Record,
    messages: mpsc::Sender<Option<Result<T>>>,
) {
    let Rows { mut stream, bytes, .. } = rows;
    let error = loop {
        let next = tokio::select! {
            biased;
            error = &mut ends => break error,
            next = stream.next() => next,
        };
        let message = match next.transpose() {
            Ok(message) => message,
            Err(error) => break error,
        };
        // There is room once the message before is taken.
        let room = tokio::select! {
            biased;
            error = &mut ends => break error,
            room = messages.reserve() => room,
        };
        let Ok(room) = room else { return };
        let Some(message) = message else {
            record.end(None);
            return room.send(None);
        };
        record.bytes += bytes(&message) as u64;
        room.send(Some(Ok(message)));
    };
    record.end(Some(&error));
    drop((stream, record));
    // A client that is gone has no use for it.
    let _ = messages.send(Some(Err(error))).await;
}

/// Resolves with the reason when the request must end before it is done.
async fn ends(deadline: Option<Instant>, abort: CancellationToken) -> Error {
    let timeout = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = timeout => overdue(),
        () = abort.cancelled() => going_away(),
    }
}

/// Why a request ends at its deadline.
pub fn overdue() -> Error {
    Error::new(ErrorKind::Deadline, "the request took longer than it may")
}

/// What the log is told when a request ends, however it ends.
#[derive(Debug)]
pub(super) struct Record {
    name: &'static str,
    identity: Identity,
    new_session: Option<String>,
    id: String,
    started: Instant,
    rows: Arc<AtomicU64>,
    bytes: u64,
    subject: Subject,
    /// How it ended: without an error, or with one of this kind and what that says.
    end: Result<(), (ErrorKind, String)>,
    _place: Arc<OwnedSemaphorePermit>,
}

impl Record {
    /// The record of a request that begins. One that nobody says the end of was cancelled: its client left.
    pub(super) fn new(
        name: &'static str,
        identity: Identity,
        id: Option<String>,
        new_session: Option<String>,
        subject: Subject,
        started: Instant,
        place: Arc<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            name,
            identity,
            new_session,
            id: id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            started,
            rows: Arc::default(),
            bytes: 0,
            subject,
            end: Err((ErrorKind::Cancelled, "the client has left".into())),
            _place: place,
        }
    }

    fn end(&mut self, error: Option<&Error>) {
        self.end = error.map_or(Ok(()), |error| Err((error.kind(), error.message().to_owned())));
    }

    fn reply<T>(&self, outcome: Result<T>) -> Reply<T> {
        Reply {
            id: self.id.clone(),
            new_session: self.new_session.clone(),
            outcome,
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let duration_ms = self.started.elapsed().as_secs_f64() * 1000.0;
        let rows = self.rows.load(Ordering::Relaxed);
        let code = match &self.end {
            Ok(()) => "Ok".to_owned(),
            Err((kind, _)) => format!("{kind:?}"),
        };
        let error = self.end.as_ref().err().map(|(_, message)| message.as_str());
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request.id = self.id,
                    identity.name = self.identity.name,
                    dataset = self.subject.dataset(),
                    statement = self.subject.statement(tracing::enabled!(tracing::Level::DEBUG)),
                    rows,
                    bytes = self.bytes,
                    duration_ms = (duration_ms * 10.0).round() / 10.0,
                    code = %code,
                    error,
                    "{} ended",
                    self.name
                )
            };
        }
        match self.name {
            // Clients ask it to see whether somebody answers.
            PROBE if self.end.is_ok() => line!(debug),
            _ => line!(info),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::auth::Open;
    use crate::config::Limits;
    use crate::request::{Admission, Arrival, Front, RequestContext};

    fn front(limit: usize) -> (Front, CancellationToken) {
        let limits = Limits {
            max_concurrent_requests: limit,
            ..Limits::default()
        };
        let abort = CancellationToken::new();
        let front = Front::new(Arc::new(Open), limits, CancellationToken::new(), abort.clone());
        (front, abort)
    }

    async fn admit(front: &Front) -> Result<(Call, RequestContext)> {
        front.admission.admit(Arrival::default()).await
    }

    async fn admit_for(front: &Front, timeout: Duration) -> Call {
        let arrival = Arrival {
            timeout: Some(timeout),
            ..Arrival::default()
        };
        front.admission.admit(arrival).await.unwrap().0
    }

    fn rows(stream: BoxStream<'static, Result<u8>>) -> impl Future<Output = Result<Rows<u8>>> + Send {
        std::future::ready(Ok(Rows {
            stream,
            bytes: |_| 1,
            rows: Arc::default(),
            running: None,
        }))
    }

    /// Waits until there is a place, which somebody's work gives up a moment after it was told to.
    async fn place(admission: &Admission) {
        let place = tokio::time::timeout(Duration::from_secs(30), admission.permits().acquire()).await;
        drop(place.expect("the place is still taken").unwrap());
    }

    #[tokio::test]
    async fn a_stream_holds_its_place_until_it_is_dropped() {
        let (front, _) = front(1);
        let (call, _) = admit(&front).await.unwrap();
        let two = rows(stream::iter([Ok(1), Ok(2)]).boxed());
        let mut messages = call.stream(two).await.outcome.unwrap();
        assert!(messages.next().await.unwrap().is_ok());
        assert_eq!(admit(&front).await.unwrap_err().kind(), ErrorKind::Exhausted);
        drop(messages);
        place(&front.admission).await;
        assert!(admit(&front).await.is_ok());
    }

    /// As the work of a poll does, which goes on behind its answer.
    #[tokio::test]
    async fn whoever_has_the_context_of_a_request_has_its_place() {
        let (front, _) = front(1);
        let (call, context) = admit(&front).await.unwrap();
        drop(call);
        let works = context.clone();
        drop(context);
        assert_eq!(admit(&front).await.unwrap_err().kind(), ErrorKind::Exhausted);
        drop(works);
        assert!(admit(&front).await.is_ok());
    }

    #[tokio::test]
    async fn a_deadline_frees_the_place_of_a_stream_that_nobody_reads() {
        let (front, _) = front(1);
        let call = admit_for(&front, Duration::from_millis(50)).await;
        let endless = rows(stream::repeat_with(|| Ok(0)).boxed());
        let mut messages = call.stream(endless).await.outcome.unwrap();
        place(&front.admission).await;
        assert!(admit(&front).await.is_ok());
        // What was ready is still there, and then the reason.
        assert!(messages.next().await.unwrap().is_ok());
        assert_eq!(messages.next().await.unwrap().unwrap_err().kind(), ErrorKind::Deadline);
        assert!(messages.next().await.is_none());
    }

    #[tokio::test]
    async fn an_aborted_stream_ends_with_unavailable() {
        let (front, abort) = front(1);
        let (call, _) = admit(&front).await.unwrap();
        let mut messages = call.stream(rows(stream::pending().boxed())).await.outcome.unwrap();
        abort.cancel();
        assert_eq!(
            messages.next().await.unwrap().unwrap_err().kind(),
            ErrorKind::Unavailable
        );
        assert!(messages.next().await.is_none());
    }

    #[tokio::test]
    async fn a_deadline_ends_a_request() {
        let (front, _) = front(1);
        let call = admit_for(&front, Duration::from_nanos(1)).await;
        let reply = call.run(std::future::pending::<Result<()>>()).await;
        assert_eq!(reply.outcome.unwrap_err().kind(), ErrorKind::Deadline);
    }

    #[tokio::test]
    async fn a_reply_names_its_request_and_offers_a_session() {
        let (front, _) = front(1);
        let arrival = Arrival {
            headers: [("X-Request-Id", "mine")].into_iter().collect(),
            ..Arrival::default()
        };
        let (call, context) = front.admission.admit(arrival).await.unwrap();
        assert!(context.kept_session().is_none(), "it would not be found again");
        let reply = call.run(async { Ok(()) }).await;
        assert_eq!(reply.id, "mine");
        let arrival = Arrival {
            session: reply.new_session,
            ..Arrival::default()
        };
        drop(context);
        let (call, context) = front.admission.admit(arrival).await.unwrap();
        assert!(context.session().is_none() && context.kept_session().is_some());
        assert!(context.session().is_some());
        assert!(call.run(async { Ok(()) }).await.new_session.is_none());
    }
}
