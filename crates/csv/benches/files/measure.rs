//! Two ways to do the same, measured by turns, so that whatever else the machine does slows both: the time of all threads,
//! and the memory that the process grew by.

use std::fmt;
use std::time::{Duration, Instant};

/// How long each run took, sorted.
#[derive(Default)]
pub(crate) struct Times {
    wall: Vec<Duration>,
    cpu: Vec<Duration>,
    /// The most memory that a run had beside what was there before it, in MB.
    memory_mb: f64,
}

impl Times {
    /// Runs once more.
    pub(crate) fn time<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let before = resident_mb();
        let (started, cpu) = (Instant::now(), cpu());
        let value = run();
        self.wall.push(started.elapsed());
        self.memory_mb = self.memory_mb.max(peak_mb() - before);
        self.cpu.push(self::cpu().saturating_sub(cpu));
        self.wall.sort_unstable();
        self.cpu.sort_unstable();
        value
    }

    /// The median time that the machine spent on a run.
    pub(crate) fn cpu_ms(&self) -> f64 {
        middle(&self.cpu)
    }

    /// The median time that a run took.
    #[allow(dead_code, reason = "of use where there are several threads")]
    pub(crate) fn wall_ms(&self) -> f64 {
        middle(&self.wall)
    }

    /// The median, the least and the greatest of both times.
    pub(crate) fn figures(&self) -> serde_json::Value {
        let three = |times: &[Duration]| [middle(times), ms(times[0]), ms(times[times.len() - 1])];
        serde_json::json!({"wall_ms": three(&self.wall), "cpu_ms": three(&self.cpu), "memory_mb": self.memory_mb})
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, greatest) = (ms(self.cpu[0]), ms(self.cpu[self.cpu.len() - 1]));
        let (wall, cpu) = (middle(&self.wall), middle(&self.cpu));
        write!(
            f,
            "{wall:>7.1} ms wall, {cpu:>7.1} ms CPU ({least:.1} to {greatest:.1}), {:>4.0} MB",
            self.memory_mb
        )
    }
}

/// Measures both by turns, and whose turn it is first by turns too.
pub(crate) fn by_turns(runs: usize, mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (Times, Times) {
    let (mut our_times, mut their_times) = (Times::default(), Times::default());
    for run in 0..runs {
        if run % 2 == 0 {
            our_times.time(&mut ours);
        }
        their_times.time(&mut theirs);
        if run % 2 == 1 {
            our_times.time(&mut ours);
        }
    }
    (our_times, their_times)
}

/// How much memory is resident; from here on the system notes the most anew. 0 where it tells nothing.
fn resident_mb() -> f64 {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
    status_mb("VmRSS:")
}

/// The most that was resident since then.
fn peak_mb() -> f64 {
    status_mb("VmHWM:")
}

fn status_mb(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1e3
}

fn middle(times: &[Duration]) -> f64 {
    ms(times[times.len() / 2])
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The CPU time of this process so far, where the system tells it: to 4 ms as long as no thread has ended, then to 10 ms.
fn cpu() -> Duration {
    alive().max(all())
}

/// That of the threads that there are.
fn alive() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let run = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(run.sum())
}

/// That of all threads, in ticks of 10 ms.
fn all() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = text.rsplit(')').next().unwrap_or_default();
    let fields = behind_name.split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}
