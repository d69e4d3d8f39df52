//! How long small queries take over the wire: `SELECT 1`, prepared once and executed again and again by one client, and by
//! 64 clients at once.
//!
//!     cargo bench --bench latency [-- --json]
//!
//! Prints the median, the 99th percentile and the worst of each. One execution is what a driver makes of it: GetFlightInfo
//! on the handle, then DoGet of the ticket, both read to their end.
#![expect(clippy::print_stdout, reason = "a bench prints")]

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

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("t.csv"), "a\n1\n").expect("a file");
    let url = serve(folder.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let one = runtime.block_on(one_client(&url));
    let started = Instant::now();
    let many = runtime.block_on(many_clients(&url));
    let rate = many.len() as f64 / started.elapsed().as_secs_f64();
    if json {
        let figures =
            serde_json::json!({"one_client": one.figures(), "clients_64": many.figures(), "queries_per_s": rate});
        println!("{figures}");
        return;
    }
    println!("prepared SELECT 1, executed   median     p99   worst (ms)");
    println!("one client, {EXECUTIONS} times    {one}");
    println!("{CLIENTS} clients, {EACH} times each  {many}   {rate:.0} queries a second, no error");
}

/// Sorted times.
struct Times(Vec<Duration>);

impl Times {
    fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    fn len(&self) -> usize {
        self.0.len()
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

async fn one_client(url: &str) -> Times {
    let mut client = Client::connect(url).await;
    for _ in 0..WARM_UP {
        client.execute().await;
    }
    let mut times = Vec::with_capacity(EXECUTIONS);
    for _ in 0..EXECUTIONS {
        times.push(client.execute().await);
    }
    Times::new(times)
}

async fn many_clients(url: &str) -> Times {
    let clients = (0..CLIENTS).map(|_| async {
        let mut client = Client::connect(url).await;
        let mut times = Vec::with_capacity(EACH);
        for _ in 0..EACH {
            times.push(client.execute().await);
        }
        times
    });
    Times::new(futures::future::join_all(clients).await.into_iter().flatten().collect())
}

/// A client with a prepared statement.
struct Client {
    flight: FlightServiceClient<Channel>,
    execute: FlightDescriptor,
}

impl Client {
    async fn connect(url: &str) -> Self {
        let address = url.replacen("grpc://", "http://", 1);
        let channel = Channel::from_shared(address).expect("an address").connect().await;
        let mut flight = FlightServiceClient::new(channel.expect("a connection"));
        let request = ActionCreatePreparedStatementRequest {
            query: "SELECT 1".into(),
            transaction_id: None,
        };
        let action = Action::new("CreatePreparedStatement", request.as_any().encode_to_vec());
        let mut results = flight.do_action(action).await.expect("it prepares").into_inner();
        let result = results.message().await.expect("a result").expect("one result");
        let any = Any::decode(result.body).expect("an Any");
        let prepared: ActionCreatePreparedStatementResult = any.unpack().expect("its type").expect("its message");
        let command = CommandPreparedStatementQuery {
            prepared_statement_handle: prepared.prepared_statement_handle,
        };
        Self {
            flight,
            execute: FlightDescriptor::new_cmd(command.as_any().encode_to_vec()),
        }
    }

    async fn execute(&mut self) -> Duration {
        let started = Instant::now();
        let info = self
            .flight
            .get_flight_info(self.execute.clone())
            .await
            .expect("flight info")
            .into_inner();
        let ticket = info.endpoint[0].ticket.clone().expect("a ticket");
        let mut messages = self.flight.do_get(ticket).await.expect("a stream").into_inner();
        let mut count = 0;
        while messages.message().await.expect("a message").is_some() {
            count += 1;
        }
        assert_eq!(count, 2, "a schema and a batch");
        started.elapsed()
    }
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
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async move {
            let server = Server::bind(config, |_| ()).await.expect("it listens");
            ready.send(server.url()).expect("somebody waits");
            server.run(std::future::pending()).await.expect("it serves");
        });
    });
    url.recv().expect("it started")
}
