//! The Python that the stock clients run in: a virtual environment with the pinned packages, made on first use.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::gateway::project;

/// The interpreter of an environment that has everything in `tests/clients/python/requirements.txt`.
///
/// `None`, with a line that names the test, where there is no python3; a panic then if `CI` is true.
pub fn python() -> Option<PathBuf> {
    static INTERPRETER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let interpreter = INTERPRETER.get_or_init(prepare);
    if interpreter.is_none() {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        #[expect(clippy::disallowed_methods, reason = "about the test, not the gateway")]
        let required = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!required, "python3 is not installed, and {test} needs it");
        eprintln!("skipped: python3 is not installed: {test}");
    }
    interpreter.clone()
}

/// Makes the environment unless the one that is there is complete and of the same packages and Python.
fn prepare() -> Option<PathBuf> {
    let version = Command::new("python3").arg("--version").output().ok()?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let environment = target.join("python-clients");
    let interpreter = environment.join("bin/python");
    let stamp = environment.join("complete.txt");
    let requirements = project().join("tests/clients/python/requirements.txt");
    let pins = std::fs::read_to_string(&requirements).unwrap();
    let wanted = format!("{}{pins}", String::from_utf8_lossy(&version.stdout));

    // Another test run may be making it.
    let lock = File::create(target.join("python-clients.lock")).unwrap();
    lock.lock().unwrap();
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Some(interpreter);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment));
    run(Command::new(&interpreter)
        .args(["-m", "pip", "install", "-q", "-r"])
        .arg(&requirements));
    // Written last: without it the environment is made again.
    std::fs::write(&stamp, wanted).unwrap();
    Some(interpreter)
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert!(
        done.status.success(),
        "{command:?} failed ({}):\n{out}{err}",
        done.status
    );
}
