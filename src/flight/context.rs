//! What surrounds a request: who may enter, how long it may take, and the line that the log gets when it ends.
//!
//! Permits, deadlines and the drain live inside the returned stream: tonic's own limits stop at the headers.

use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use datafusion::common::runtime::SpawnedTask;
use futures::FutureExt;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::{Code, Response, Status};

use super::Reply;
use super::cookie;
use super::message::Message;
use crate::auth::{Authenticator, Credentials, Identity};
use crate::config::Limits;
use crate::engine::{Progress, Running};
use crate::error::{Error, ErrorKind, Result};
use crate::session::{Owner, SessionKey, Types};

/// The header that asks for several endpoints.
const PARTITIONS_HEADER: &str = "x-flightstream-partitions";

/// The header that asks for the engine's own types (`native`) or those that every client reads (`client`).
const TYPES_HEADER: &str = "x-flightstream-types";

/// The header that says what an upload does to its table.
const MODE_HEADER: &str = "x-flightstream-mode";

/// The header, in requests and replies, that names a request in logs.
const REQUEST_ID_HEADER: &str = "x-request-id";

/// Who asks, in which session, and what the headers want: what a request is answered for.
#[derive(Debug, Clone)]
pub(super) struct RequestContext {
    /// Who asks.
    pub(super) identity: Identity,
    /// What identifies the session.
    pub(super) session: SessionKey,
    /// The client was seen to keep what identifies its session: what is put there will be found again.
    pub(super) keeps_session: bool,
    /// The other end of the connection.
    pub(super) from: Option<SocketAddr>,
    /// In how many parts rows are wanted.
    pub(super) partitions: Option<usize>,
    /// In which types rows are wanted.
    pub(super) types: Option<Types>,
    /// What an upload does to its table.
    pub(super) mode: Option<String>,
    /// Where a statement that changes data says how far it is.
    pub(super) progress: Progress,
    /// When work for the request must end, if it has a limit: also what goes on behind its answer.
    pub(super) deadline: Option<Instant>,
    /// The request's place, which is another's once nobody has it any more.
    pub(super) _place: Arc<OwnedSemaphorePermit>,
}

impl RequestContext {
    /// In whose share things are counted that are kept for this client.
    pub(super) fn owner(&self) -> Owner {
        match self.keeps_session {
            true => Owner::Session(self.identity.clone(), self.session.clone()),
            false => Owner::Connection(self.identity.clone(), self.from),
        }
    }
}

/// Lets requests in.
#[derive(Debug)]
pub(super) struct Admission {
    authenticator: Arc<dyn Authenticator>,
    permits: Arc<Semaphore>,
    limits: Limits,
    closing: CancellationToken,
    abort: CancellationToken,
}

impl Admission {
    pub(super) fn new(
        authenticator: Arc<dyn Authenticator>,
        limits: Limits,
        closing: CancellationToken,
        abort: CancellationToken,
    ) -> Self {
        Self {
            authenticator,
            permits: Arc::new(Semaphore::new(limits.max_concurrent_requests)),
            limits,
            closing,
            abort,
        }
    }

    /// Who lets requests in.
    pub(super) fn authenticator(&self) -> &dyn Authenticator {
        self.authenticator.as_ref()
    }

    /// Lets a request in that came `from` there, or says why not. What it returns holds the request's place until it ends.
    pub(super) async fn admit(
        &self,
        rpc: &'static str,
        headers: &MetadataMap,
        from: Option<SocketAddr>,
    ) -> Result<(Call, RequestContext), Status> {
        if self.closing.is_cancelled() {
            return Err(Status::unavailable("the server is shutting down"));
        }
        let place = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| {
            let limit = self.limits.max_concurrent_requests;
            Status::resource_exhausted(format!("{limit} requests are running, which is the limit; try again"))
        })?;
        let place = Arc::new(place);
        let header = |name| text(headers, name);
        let credentials = Credentials::parse(header("authorization"));
        let identity = self.authenticator.authenticate(&credentials).await?;
        let session = cookie::session(headers, &credentials);
        let started = Instant::now();
        let timeouts = [
            self.limits.request_timeout,
            header("grpc-timeout").and_then(grpc_timeout),
        ];
        let context = RequestContext {
            identity: identity.clone(),
            keeps_session: session.set_cookie.is_none(),
            session: session.key,
            from,
            partitions: header(PARTITIONS_HEADER).map(partitions).transpose()?,
            types: header(TYPES_HEADER).map(types).transpose()?,
            mode: header(MODE_HEADER).map(str::to_owned),
            progress: Progress::default(),
            deadline: self.limits.request_timeout.map(|timeout| started + timeout),
            _place: Arc::clone(&place),
        };
        let call = Call {
            deadline: timeouts.into_iter().flatten().min().map(|timeout| started + timeout),
            abort: self.abort.clone(),
            record: Record {
                rpc,
                identity,
                set_cookie: session.set_cookie,
                id: header(REQUEST_ID_HEADER).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned),
                started,
                rows: Arc::default(),
                bytes: 0,
                code: Code::Cancelled,
                _place: place,
            },
        };
        Ok((call, context))
    }
}

/// A header's value, if it is text.
fn text<'a>(headers: &'a MetadataMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn types(text: &str) -> Result<Types, Status> {
    let wrong = || Status::invalid_argument(format!("{TYPES_HEADER}: '{text}' is neither 'client' nor 'native'"));
    Types::parse(text).ok_or_else(wrong)
}

fn partitions(text: &str) -> Result<usize, Status> {
    let wrong = || Status::invalid_argument(format!("{PARTITIONS_HEADER}: '{text}' is not a number of at least 1"));
    text.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)
}

/// The time in a `grpc-timeout` header: at most eight digits and a unit.
fn grpc_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u64 = Some(digits).filter(|digits| digits.len() <= 8)?.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// A request that was let in.
#[derive(Debug)]
pub(super) struct Call {
    deadline: Option<Instant>,
    abort: CancellationToken,
    record: Record,
}

/// Rows of data, encoded, and a count that grows as they are made.
pub(super) struct Encoded {
    /// The messages.
    pub(super) stream: BoxStream<'static, Result<Message>>,
    /// Rows encoded so far.
    pub(super) rows: Arc<AtomicU64>,
    /// The query that makes them, which can be cancelled by its id; absent for lists.
    pub(super) running: Option<Running>,
}

impl Call {
    /// Answers with one message (or a short stream that is ready).
    pub(super) async fn run<T>(mut self, work: impl Future<Output = Result<T>> + Send) -> Reply<T> {
        let ends = ends(self.deadline, self.abort.clone());
        let outcome = tokio::select! {
            biased;
            // A panic would reset the stream, and the client would know of no error.
            outcome = AssertUnwindSafe(work).catch_unwind() => {
                outcome.unwrap_or_else(|_| Err(Error::internal("the request hit a defect of the server")))
            }
            error = ends => Err(error),
        };
        match outcome {
            Ok(message) => {
                self.record.code = Code::Ok;
                Ok(self.record.reply(message))
            }
            Err(error) => Err(self.record.failed(error)),
        }
    }

    /// Answers with a stream that holds this request's place until its last message, its error, or its drop.
    pub(super) async fn stream(
        mut self,
        work: impl Future<Output = Result<Encoded>> + Send,
    ) -> Reply<BoxStream<'static, Result<Message, Status>>> {
        let mut ends = Box::pin(ends(self.deadline, self.abort.clone()));
        let made = tokio::select! {
            biased;
            made = work => made,
            error = &mut ends => Err(error),
        };
        let Encoded { stream, rows, running } = made.map_err(|error| self.record.failed(error))?;
        let ends = Box::pin(async move {
            match running {
                Some(running) => tokio::select! {
                    () = running.cancelled() => Error::cancelled(),
                    error = ends => error,
                },
                None => ends.await,
            }
        });
        self.record.rows = rows;
        let reply = self.record.reply(());
        let (sender, messages) = mpsc::channel(1);
        // A task, since nobody polls the stream of a client that has stopped reading: its time must end all the same.
        let work = SpawnedTask::spawn(send(stream, ends, self.record, sender));
        let messages = stream::unfold(Some((messages, work)), |state| async move {
            let (mut messages, work) = state?;
            match messages.recv().await {
                Some(Some(Ok(data))) => Some((Ok(data), Some((messages, work)))),
                Some(Some(Err(status))) => Some((Err(status), None)),
                Some(None) => None,
                // A panic must not look like the end of the stream.
                None => Some((Err(Status::internal("the request ended early")), None)),
            }
        });
        let (metadata, (), extensions) = reply.into_parts();
        Ok(Response::from_parts(metadata, messages.boxed(), extensions))
    }
}

/// Passes the messages on as they are taken, and `None` at the end. When the request must end, its work and its place are
/// given up at once; the reason waits until the client takes it.
async fn send(
    mut stream: BoxStream<'static, Result<Message>>,
    mut ends: impl Future<Output = Error> + Unpin,
    mut record: Record,
    messages: mpsc::Sender<Option<Result<Message, Status>>>,
) {
    let error = loop {
        let next = tokio::select! {
            biased;
            error = &mut ends => break error,
            next = stream.next() => next,
        };
        let data = match next.transpose() {
            Ok(data) => data,
            Err(error) => break error,
        };
        // There is room once the message before is taken.
        let room = tokio::select! {
            biased;
            error = &mut ends => break error,
            room = messages.reserve() => room,
        };
        let Ok(room) = room else { return };
        let Some(data) = data else {
            record.code = Code::Ok;
            return room.send(None);
        };
        record.bytes += data.bytes() as u64;
        room.send(Some(Ok(data)));
    };
    let status = record.failed(error);
    drop((stream, record));
    // A client that is gone has no use for it.
    let _ = messages.send(Some(Err(status))).await;
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
        () = abort.cancelled() => Error::unavailable("the server is shutting down"),
    }
}

/// Why a request ends at its deadline.
pub(super) fn overdue() -> Error {
    Error::new(ErrorKind::Deadline, "the request took longer than it may")
}

/// What the log is told when a request ends, however it ends.
#[derive(Debug)]
struct Record {
    rpc: &'static str,
    identity: Identity,
    set_cookie: Option<MetadataValue<Ascii>>,
    id: String,
    started: Instant,
    rows: Arc<AtomicU64>,
    bytes: u64,
    code: Code,
    _place: Arc<OwnedSemaphorePermit>,
}

impl Record {
    fn reply<T>(&self, message: T) -> Response<T> {
        let mut response = Response::new(message);
        if let Ok(id) = self.id.parse() {
            response.metadata_mut().insert(REQUEST_ID_HEADER, id);
        }
        if let Some(cookie) = self.set_cookie.clone() {
            response.metadata_mut().insert("set-cookie", cookie);
        }
        response
    }

    /// The error with the request's id, by which the log knows more of it.
    fn failed(&mut self, error: Error) -> Status {
        let mut status = Status::from(error);
        if let Ok(id) = self.id.parse() {
            status.metadata_mut().insert(REQUEST_ID_HEADER, id);
        }
        self.code = status.code();
        status
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let duration_ms = self.started.elapsed().as_secs_f64() * 1000.0;
        let rows = self.rows.load(Ordering::Relaxed);
        tracing::info!(
            request.id = self.id,
            identity.name = self.identity.name,
            rows,
            bytes = self.bytes,
            duration_ms = (duration_ms * 10.0).round() / 10.0,
            code = ?self.code,
            "{} ended",
            self.rpc
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Open;

    #[test]
    fn timeouts_of_grpc() {
        assert_eq!(grpc_timeout("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(grpc_timeout("2S"), Some(Duration::from_secs(2)));
        for bad in ["", "S", "5", "5x", "ä", "999999999H"] {
            assert_eq!(grpc_timeout(bad), None, "{bad}");
        }
    }

    fn admission(limit: usize) -> (Admission, CancellationToken) {
        let limits = Limits {
            max_concurrent_requests: limit,
            ..Limits::default()
        };
        let abort = CancellationToken::new();
        (
            Admission::new(Arc::new(Open), limits, CancellationToken::new(), abort.clone()),
            abort,
        )
    }

    /// Waits until there is a place, which somebody's work gives up a moment after it was told to.
    async fn place(admission: &Admission) {
        let place = tokio::time::timeout(Duration::from_secs(30), admission.permits.acquire()).await;
        drop(place.expect("the place is still taken").unwrap());
    }

    #[tokio::test]
    async fn a_stream_holds_its_place_until_it_is_dropped() {
        let (admission, _) = admission(1);
        let (call, _) = admission.admit("do_get", &MetadataMap::new(), None).await.unwrap();
        let encoded = || async {
            let messages = [Ok(Message::default()), Ok(Message::default())];
            Ok(Encoded {
                stream: stream::iter(messages).boxed(),
                rows: Arc::default(),
                running: None,
            })
        };
        let mut reply = call.stream(encoded()).await.unwrap().into_inner();
        assert!(reply.next().await.unwrap().is_ok());
        let refused = admission.admit("do_get", &MetadataMap::new(), None).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        drop(reply);
        place(&admission).await;
        assert!(admission.admit("do_get", &MetadataMap::new(), None).await.is_ok());
    }

    /// As the work of a poll does, which goes on behind its answer.
    #[tokio::test]
    async fn whoever_has_the_context_of_a_request_has_its_place() {
        let (admission, _) = admission(1);
        let (call, context) = admission
            .admit("poll_flight_info", &MetadataMap::new(), None)
            .await
            .unwrap();
        drop(call);
        let works = context.clone();
        drop(context);
        let refused = admission.admit("do_get", &MetadataMap::new(), None).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        drop(works);
        assert!(admission.admit("do_get", &MetadataMap::new(), None).await.is_ok());
    }

    #[tokio::test]
    async fn a_deadline_frees_the_place_of_a_stream_that_nobody_reads() {
        let (admission, _) = admission(1);
        let mut headers = MetadataMap::new();
        headers.insert("grpc-timeout", "50m".parse().unwrap());
        let (call, _) = admission.admit("do_get", &headers, None).await.unwrap();
        let encoded = async {
            Ok(Encoded {
                stream: stream::repeat_with(|| Ok(Message::default())).boxed(),
                rows: Arc::default(),
                running: None,
            })
        };
        let mut reply = call.stream(encoded).await.unwrap().into_inner();
        place(&admission).await;
        assert!(admission.admit("do_get", &MetadataMap::new(), None).await.is_ok());
        // What was ready is still there, and then the reason.
        assert!(reply.next().await.unwrap().is_ok());
        assert_eq!(reply.next().await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
        assert!(reply.next().await.is_none());
    }

    #[tokio::test]
    async fn an_aborted_stream_ends_with_unavailable() {
        let (admission, abort) = admission(1);
        let (call, _) = admission.admit("do_get", &MetadataMap::new(), None).await.unwrap();
        let encoded = async {
            Ok(Encoded {
                stream: stream::pending().boxed(),
                rows: Arc::default(),
                running: None,
            })
        };
        let mut reply = call.stream(encoded).await.unwrap().into_inner();
        abort.cancel();
        assert_eq!(reply.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
        assert!(reply.next().await.is_none());
    }

    #[tokio::test]
    async fn a_deadline_ends_a_request() {
        let (admission, _) = admission(1);
        let mut headers = MetadataMap::new();
        headers.insert("grpc-timeout", "1n".parse().unwrap());
        let (call, _) = admission.admit("get_schema", &headers, None).await.unwrap();
        let status = call.run(std::future::pending::<Result<()>>()).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}
