//! A running gateway: bind, serve, drain.

use std::future::Future;
use std::io::ErrorKind as IoErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server as Transport;
use tonic::transport::server::TcpIncoming;

use crate::auth;
use crate::catalog::{RefreshProgress, Snapshot};
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::flight::{FlightGateway, reflection};
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
        engine.refresh(progress).await?;
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
