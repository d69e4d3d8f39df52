//! A running gateway: bind, serve, drain.

use std::collections::BTreeSet;
use std::future::Future;
use std::io::ErrorKind as IoErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use flightstream_csv::{NullWord, Overrides};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server as Transport;
use tonic::transport::server::TcpIncoming;

use crate::auth;
use crate::catalog::{RefreshProgress, Snapshot, Table};
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::flight::{FlightGateway, reflection};
use crate::format::Formats;
use crate::nearest::proposal;
use crate::request::Front;

/// How often a silent connection is asked whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Streams that one connection may have open.
const MAX_STREAMS: u32 = 1024;

/// A gateway that listens and has read its sources, but answers only once it [runs](Server::run).
#[derive(Debug)]
pub struct Server {
    config: Config,
    listener: TcpListener,
    address: SocketAddr,
    engine: Arc<Engine>,
}

impl Server {
    /// Listens on the configured address and reads the sources; `progress` is told after each file.
    ///
    /// # Errors
    /// `Unavailable` when the address is in use or not allowed, `Invalid` when it is not this machine's or not an address.
    pub async fn bind(config: Config, progress: impl Fn(RefreshProgress) + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind((config.host.as_str(), config.port))
            .await
            .map_err(|error| not_listening(&config, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::internal("the socket has no address").with_source(error))?;
        let engine = Engine::new(&config)?;
        let snapshot = engine.refresh(progress).await?;
        check_asked(&config.csv, &snapshot)?;
        Ok(Self {
            config,
            listener,
            address,
            engine,
        })
    }

    /// The address that is listened on; its port is the real one, also when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients on this machine reach the gateway: `grpc://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        let mut reachable = self.address;
        if reachable.ip().is_unspecified() {
            reachable.set_ip(match reachable.ip() {
                std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        format!("grpc://{reachable}")
    }

    /// What is served now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.snapshot()
    }

    /// Answers until `shutdown` resolves; then takes no new calls, lets running streams finish for as long as the
    /// configuration grants, and ends those that remain with UNAVAILABLE.
    ///
    /// # Errors
    /// `Internal` when the transport fails.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> Result<()> {
        let (closing, abort) = (CancellationToken::new(), CancellationToken::new());
        let limits = self.config.limits;
        let front = Front::new(Arc::new(auth::Open), limits, closing.clone(), abort.clone());
        let gateway = FlightGateway::new(Arc::clone(&self.engine), front, limits);
        let service = gateway.into_service();
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<FlightServiceServer<FlightGateway>>().await;
        let reflection = tonic_reflection::server::Builder::configure()
            .register_file_descriptor_set(reflection::descriptors())
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|error| Error::internal("the description of the services is wrong").with_source(error))?;
        let incoming = TcpIncoming::from(self.listener).with_nodelay(Some(true));
        let serving = Transport::builder()
            .http2_keepalive_interval(Some(KEEPALIVE))
            .max_concurrent_streams(MAX_STREAMS)
            .add_service(service)
            .add_service(health_service)
            .add_service(reflection)
            .serve_with_incoming_shutdown(incoming, closing.clone().cancelled_owned());
        let grace = self.config.shutdown_grace;
        let drained = async {
            shutdown.await;
            // A load balancer that asks is told to send no more.
            health.set_not_serving::<FlightServiceServer<FlightGateway>>().await;
            closing.cancel();
            tokio::time::sleep(grace).await;
            abort.cancel();
            // Streams see the token when they are next polled; a client that reads nothing is not waited for.
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        tokio::select! {
            served = serving => served.map_err(|error| Error::internal("the transport failed").with_source(error)),
            () = drained => Ok(()),
        }
    }
}

/// What is asked of a column is asked of one that some file has, unless there is no CSV file yet.
fn check_asked(csv: &Overrides, snapshot: &Snapshot) -> Result<()> {
    if csv.types.is_empty() && csv.nulls.is_empty() {
        return Ok(());
    }
    let formats = Formats::new(csv);
    let is_csv = |table: &&Arc<Table>| {
        let file = table.source_name().rsplit('/').next().unwrap_or_default();
        formats.of_name(file).is_some_and(|named| named.format.name() == "csv")
    };
    let tables = snapshot.tables().filter(|table| !table.written).filter(is_csv);
    let columns: BTreeSet<&str> = tables
        .flat_map(|table| table.schema.fields().iter().map(|field| field.name().as_str()))
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    let is_lost = |word: &&NullWord| !columns.iter().any(|column| word.within(column).is_some());
    let types = csv
        .types
        .iter()
        .map(|(name, _)| (name.as_str(), format!("--type {name}=…")));
    let types = types.filter(|(name, _)| !columns.contains(name));
    let words = csv.nulls.iter().filter(is_lost).filter_map(NullWord::column);
    let words = words.map(|name| (name, format!("--null {name}:…")));
    match types.chain(words).next() {
        None => Ok(()),
        Some((name, flag)) => {
            let proposed = proposal(name, columns.iter().copied());
            Err(Error::invalid(format!(
                "{flag}: no CSV file has a column '{name}'{proposed}"
            )))
        }
    }
}

fn not_listening(config: &Config, error: std::io::Error) -> Error {
    let address = format!("{}:{}", config.host, config.port);
    match error.kind() {
        IoErrorKind::AddrInUse => Error::unavailable(format!(
            "cannot listen on {address}: the port is in use; choose another with --port, or 0 for any"
        )),
        IoErrorKind::PermissionDenied => Error::unavailable(format!("cannot listen on {address}: {error}")),
        _ => Error::invalid(format!("--host: cannot listen on {address}: {error}")),
    }
    .with_source(error)
}
