//! A server in a process of its own, and what it takes of the machine.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use flightstream::client::Client;

/// A server in a process of its own.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Serving {
    pub(crate) fn ours(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightstream"));
        command
            .args(["serve", "--port", "0", "--log-level", "warn"])
            .arg(folder);
        Self::start(command)
    }

    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap_or_default()
    }

    /// The processor's time so far, in ticks of 10 ms, where the system tells it.
    pub(crate) fn cpu(&self) -> Duration {
        let text = self.proc("stat");
        let fields = text
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(11)
            .take(2);
        Duration::from_millis(fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
    }

    /// The most memory that the server has had resident, where the system tells it.
    pub(crate) fn peak_mb(&self) -> f64 {
        self.status_mb("VmHWM:")
    }

    /// The memory that the server has resident now.
    #[allow(dead_code, reason = "not of use to every bench")]
    pub(crate) fn resident_mb(&self) -> f64 {
        self.status_mb("VmRSS:")
    }

    fn status_mb(&self, field: &str) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kilobytes.unwrap_or_default() / 1e3
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until the server has read the whole file once, which it does in the background after its start.
pub(crate) async fn checked(url: &str, table: &str) {
    let client = Client::connect(url).await.unwrap();
    while client.info(table).await.unwrap().rows.is_none() {}
}
