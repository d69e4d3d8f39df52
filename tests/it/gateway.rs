//! A gateway to test against: in this process ([`TestGateway`]), or the real binary ([`Binary`]). Both listen on any
//! free port and are ready when they are returned.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use flightstream::client::Client;
use flightstream::config::Config;
use flightstream::server::Server;
use tokio::sync::oneshot;

/// A gateway in this process, on a runtime of its own. It stops when it is dropped.
pub struct TestGateway {
    url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestGateway {
    /// Serves `folder` with the default configuration.
    pub fn serve(folder: &Path) -> Self {
        Self::start(Config {
            locations: vec![folder.into()],
            ..Config::default()
        })
    }

    /// Serves as `config` says, on any free port.
    pub fn start(config: Config) -> Self {
        let (ready, url) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async move {
                let server = Server::bind(Config { port: 0, ..config }, |_| ()).await.unwrap();
                ready.send(server.url()).unwrap();
                server.run(async move { drop(stopped.await) }).await.unwrap();
            });
            // Clients of a test may still hold connections; their tasks are not waited for.
            runtime.shutdown_background();
        });
        Self {
            url: url.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens: `grpc://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Our own client, connected.
    pub async fn client(&self) -> Client {
        Client::connect(&self.url).await.unwrap()
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the gateway panicked");
        }
    }
}

/// The path of the binary under test.
pub fn binary() -> PathBuf {
    env!("CARGO_BIN_EXE_flightstream").into()
}

/// The project's own folder.
pub fn project() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// The real binary, serving. It is killed when it is dropped.
pub struct Binary {
    child: Child,
    url: String,
    stdout: BufReader<std::process::ChildStdout>,
    stderr: Option<JoinHandle<String>>,
}

impl Binary {
    /// `flightstream serve --port 0 ARGS…` in the project's folder, free of the variables of whoever runs the test.
    pub fn serve(args: &[&str]) -> Self {
        Self::start(flightstream().args(["serve", "--port", "0"]).args(args))
    }

    /// Starts `command` and waits for the line that says where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        // Read all along, so that a full pipe never stops the server.
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text).unwrap_or_default()
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(url) = line.trim_end().strip_prefix("listening on ") else {
            drop(child.kill());
            panic!("it did not listen: {line:?} {}", stderr.join().unwrap());
        };
        Self {
            url: url.to_owned(),
            child,
            stdout,
            stderr: Some(stderr),
        }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal (`TERM`, `INT`).
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.pid().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for its end, and returns its status, the rest of its stdout and its stderr.
    pub fn wait(mut self) -> (ExitStatus, String, String) {
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (status, rest, self.stderr.take().unwrap().join().unwrap())
    }

    /// Resident memory in bytes, now.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The binary under test as a command, in the project's folder, free of the variables that it reads.
pub fn flightstream() -> Command {
    let mut command = Command::new(binary());
    command.current_dir(project());
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        let read = [
            "FLIGHT",
            "AWS_",
            "CSV_",
            "LOG_",
            "MAX_",
            "DATA_DIRECTORY",
            "QUERIES_DIRECTORY",
            "REQUEST_TIMEOUT",
            "SHUTDOWN_GRACE",
            "TICKET_LIFETIME",
            "WRITABLE_DIRECTORY",
        ];
        if read.iter().any(|prefix| name_text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}
