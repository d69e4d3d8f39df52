//! How long small queries take over the wire: `SELECT 1`, prepared once and executed again and again by one client, and by
//! 64 clients at once. Beside it the shortest server over the same engine, which prepares nothing and is asked for the text.
//!
//!     cargo bench --workspace --bench latency [-- --json]
//!
//! Prints the median, the 99th percentile and the worst of each. One execution is what a driver makes of it: GetFlightInfo
//! on the handle, then DoGet of the ticket, both read to their end.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the engine as it comes is the rival; a bench prints, and stops when something is wrong"
)]

#[path = "wire/rival.rs"]
mod rival;

use std::time::{Duration, Instant};

use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, Any, CommandPreparedStatementQuery,
    ProstMessageExt,
};
use arrow_flight::{Action, FlightDescriptor};
use flightstream::config::Config;
use flightstream::server::Server;
use prost::Message;
use tonic::transport::Channel;

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Executions by the one client; those before are not counted.
const EXECUTIONS: usize = 5000;
const WARM_UP: usize = 500;

/// Clients at the same time, and how often each executes.
const CLIENTS: usize = 64;
const EACH: usize = 100;

/// How often both are measured.
const ROUNDS: usize = 3;

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "a\n1\n").unwrap();
    let servers = [
        ("FlightStream", serve(folder.path()), Asking::Prepared),
        ("DataFusion", serve_rival(folder.path()), Asking::Text),
    ];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // By turns: whatever else the machine does slows both.
    let mut figures = servers.each_ref().map(|_| Figures::default());
    for _ in 0..ROUNDS {
        for ((_, url, asking), figures) in servers.iter().zip(&mut figures) {
            figures.one.extend(runtime.block_on(one_client(url, *asking)));
            let started = Instant::now();
            let many = runtime.block_on(many_clients(url, *asking));
            figures.rates.push(many.len() as f64 / started.elapsed().as_secs_f64());
            figures.many.extend(many);
        }
    }
    if json {
        let named = servers.iter().zip(&mut figures);
        let figures: serde_json::Map<_, _> = named
            .map(|((name, ..), figures)| ((*name).to_owned(), figures.json()))
            .collect();
        println!("{}", serde_json::Value::from(figures));
        return;
    }
    println!("SELECT 1, executed                         median     p99   worst (ms)");
    for ((name, ..), figures) in servers.iter().zip(&mut figures) {
        let (one, many, [rate, least, greatest]) = (Times::of(&figures.one), Times::of(&figures.many), figures.rate());
        println!("{name:<12}  one client, {EXECUTIONS} times     {one}");
        println!("{name:<12}  {CLIENTS} clients, {EACH} times each   {many}");
        println!("{name:<12}  {rate:.0} ({least:.0} to {greatest:.0}) queries a second, no error");
    }
    println!(
        "{:.2} times as many a second",
        figures[0].rate()[0] / figures[1].rate()[0]
    );
}

/// What was measured of one server.
#[derive(Default)]
struct Figures {
    one: Vec<Duration>,
    many: Vec<Duration>,
    /// Queries a second, round by round.
    rates: Vec<f64>,
}

impl Figures {
    /// The median, the least and the greatest rate.
    fn rate(&mut self) -> [f64; 3] {
        self.rates.sort_unstable_by(f64::total_cmp);
        [self.rates.len() / 2, 0, self.rates.len() - 1].map(|at| self.rates[at])
    }

    fn json(&mut self) -> serde_json::Value {
        let (one, many) = (Times::of(&self.one).figures(), Times::of(&self.many).figures());
        serde_json::json!({"one_client": one, "clients_64": many, "queries_per_s": self.rate()})
    }
}

/// How a client asks.
#[derive(Clone, Copy)]
enum Asking {
    /// By the handle of a statement that it has prepared.
    Prepared,
    /// By the text.
    Text,
}

/// Sorted times.
struct Times(Vec<Duration>);

impl Times {
    fn of(times: &[Duration]) -> Self {
        let mut times = times.to_vec();
        times.sort_unstable();
        Self(times)
    }

    fn ms(&self, part: f64) -> f64 {
        let index = ((self.0.len() - 1) as f64 * part).round() as usize;
        self.0[index].as_secs_f64() * 1000.0
    }

    fn figures(&self) -> serde_json::Value {
        serde_json::json!({"p50_ms": self.ms(0.5), "p99_ms": self.ms(0.99), "max_ms": self.ms(1.0)})
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:8.3} {:7.3} {:7.3}", self.ms(0.5), self.ms(0.99), self.ms(1.0))
    }
}

async fn one_client(url: &str, asking: Asking) -> Vec<Duration> {
    let mut client = Client::connect(url, asking).await;
    for _ in 0..WARM_UP {
        client.execute().await;
    }
    let mut times = Vec::with_capacity(EXECUTIONS);
    for _ in 0..EXECUTIONS {
        times.push(client.execute().await);
    }
    times
}

async fn many_clients(url: &str, asking: Asking) -> Vec<Duration> {
    let clients = (0..CLIENTS).map(|_| async {
        let mut client = Client::connect(url, asking).await;
        let mut times = Vec::with_capacity(EACH);
        for _ in 0..EACH {
            times.push(client.execute().await);
        }
        times
    });
    futures::future::join_all(clients).await.into_iter().flatten().collect()
}

/// A client that executes one statement.
struct Client {
    flight: FlightServiceClient<Channel>,
    execute: FlightDescriptor,
}

impl Client {
    async fn connect(url: &str, asking: Asking) -> Self {
        let address = url.replacen("grpc://", "http://", 1);
        let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
        let mut flight = FlightServiceClient::new(channel);
        let command = match asking {
            Asking::Prepared => Self::prepare(&mut flight).await,
            Asking::Text => b"SELECT 1".to_vec(),
        };
        Self {
            flight,
            execute: FlightDescriptor::new_cmd(command),
        }
    }

    /// The command that executes a statement which is prepared by it.
    async fn prepare(flight: &mut FlightServiceClient<Channel>) -> Vec<u8> {
        let request = ActionCreatePreparedStatementRequest {
            query: "SELECT 1".into(),
            transaction_id: None,
        };
        let action = Action::new("CreatePreparedStatement", request.as_any().encode_to_vec());
        let mut results = flight.do_action(action).await.unwrap().into_inner();
        let result = results.message().await.unwrap().unwrap();
        let any = Any::decode(result.body).unwrap();
        let prepared: ActionCreatePreparedStatementResult = any.unpack().unwrap().unwrap();
        let command = CommandPreparedStatementQuery {
            prepared_statement_handle: prepared.prepared_statement_handle,
        };
        command.as_any().encode_to_vec()
    }

    async fn execute(&mut self) -> Duration {
        let started = Instant::now();
        let info = self
            .flight
            .get_flight_info(self.execute.clone())
            .await
            .unwrap()
            .into_inner();
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        let mut messages = self.flight.do_get(ticket).await.unwrap().into_inner();
        let mut count = 0;
        while messages.message().await.unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, 2, "a schema and a batch");
        started.elapsed()
    }
}

/// The shortest server in this process, likewise.
fn serve_rival(folder: &std::path::Path) -> String {
    let (ready, url) = std::sync::mpsc::channel();
    let folder = folder.to_owned();
    std::thread::spawn(move || rival::serve(&folder, |url| ready.send(url).unwrap()));
    url.recv().unwrap()
}

/// A gateway in this process, on a runtime of its own, for as long as the process lives.
fn serve(folder: &std::path::Path) -> String {
    let config = Config {
        locations: vec![folder.into()],
        port: 0,
        ..Config::default()
    };
    let (ready, url) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async move {
            let server = Server::bind(config, |_| ()).await.unwrap();
            ready.send(server.url()).unwrap();
            server.run(std::future::pending()).await.unwrap();
        });
    });
    url.recv().unwrap()
}
