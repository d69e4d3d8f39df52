//! How much memory the real binary takes: idle, while a client reads all of a file, while a client has stopped reading, and
//! with a field of 50 MB.
//!
//!     cargo bench --workspace --bench memory -- [--quick] [--json] [NAME | FILE.csv]...
//!
//! Prints the most that was resident, and how much that is above an idle server. Each line is a server of its own, which has
//! also read the whole file once before, for its types.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and stops when something is wrong"
)]

#[path = "../crates/csv/benches/files/mod.rs"]
#[allow(dead_code, reason = "small files are for another bench")]
mod files;
#[path = "wire/serving.rs"]
#[allow(dead_code, reason = "the processor's time is for another bench")]
mod serving;

use std::path::Path;
use std::time::{Duration, Instant};

use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{FlightData, Ticket};
use files::File;
use serde_json::{Value, json};
use serving::{Serving, checked};
use tokio::runtime::Runtime;
use tonic::Streaming;
use tonic::transport::Channel;

/// How long a field may be of which a user would think.
const LONG_BYTES: usize = 50_000_000;

/// Nothing grows for so long: then a stream has come to rest.
const REST: Duration = Duration::from_secs(1);

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let (part, quiet, runtime) = (
        if has("--quick") { 0.1 } else { 1.0 },
        has("--json"),
        Runtime::new().unwrap(),
    );
    let tiny = File {
        name: "tiny".into(),
        text: b"a\n1\n".to_vec(),
    };
    let idle = Case::new(&tiny).run(&runtime, |server, _| Box::pin(at_rest(server)));
    let mut figures = serde_json::Map::new();
    let mut tell = |what: String, most: f64| {
        let above = most - idle;
        if !quiet {
            println!("{what:<48} {most:>6.0} MB, {above:>6.0} above idle");
        }
        figures.insert(what, json!({"peak_mb": most, "above_idle_mb": above}));
    };
    tell("idle".into(), idle);
    for file in files::all(part) {
        let (case, megabytes) = (Case::new(&file), file.text.len() / 1_000_000);
        let read = case.run(&runtime, |server, name| Box::pin(read_all(server, name)));
        tell(format!("{}, {megabytes} MB, read five times", file.name), read);
        let paused = case.run(&runtime, |server, name| Box::pin(pause(server, name)));
        tell(format!("{}, its client has stopped reading", file.name), paused);
    }
    let long = File {
        name: "long".into(),
        text: [b"a,b\n1,\"".as_slice(), &vec![b'x'; LONG_BYTES], b"\"\n2,short\n"].concat(),
    };
    let read = Case::new(&long).run(&runtime, |server, name| Box::pin(read_all(server, name)));
    tell(format!("a field of {} MB", LONG_BYTES / 1_000_000), read);
    if quiet {
        println!("{}", Value::from(figures));
    }
}

/// A folder with one file.
struct Case {
    folder: tempfile::TempDir,
    name: String,
}

type Work<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>;

impl Case {
    fn new(file: &File) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(format!("{}.csv", file.name)), &file.text).unwrap();
        Self {
            folder,
            name: file.name.clone(),
        }
    }

    /// The most memory that a server has had after some work, in MB.
    fn run(&self, runtime: &Runtime, work: impl for<'a> FnOnce(&'a Serving, &'a str) -> Work<'a>) -> f64 {
        let server = Serving::ours(Path::new(self.folder.path()));
        runtime.block_on(async {
            checked(&server.url, &self.name).await;
            work(&server, &self.name).await;
        });
        server.peak_mb()
    }
}

async fn open(server: &Serving, table: &str) -> Streaming<FlightData> {
    let address = server.url.replacen("grpc://", "http://", 1);
    let channel = Channel::from_shared(address).unwrap().connect().await.unwrap();
    let mut client = FlightServiceClient::new(channel).max_decoding_message_size(usize::MAX);
    client.do_get(Ticket::new(table.to_owned())).await.unwrap().into_inner()
}

async fn read_all(server: &Serving, table: &str) {
    for _ in 0..5 {
        let mut messages = open(server, table).await;
        while messages.message().await.unwrap().is_some() {}
    }
}

/// Takes the schema and the first rows, and then nothing more, until the server has come to rest.
async fn pause(server: &Serving, table: &str) {
    let mut messages = open(server, table).await;
    for _ in 0..2 {
        messages.message().await.unwrap();
    }
    at_rest(server).await;
    drop(messages);
}

async fn at_rest(server: &Serving) {
    let (mut most, mut since) = (0.0, Instant::now());
    while since.elapsed() < REST {
        tokio::time::sleep(REST / 20).await;
        let now = server.resident_mb();
        if now > most {
            (most, since) = (now, Instant::now());
        }
    }
}
