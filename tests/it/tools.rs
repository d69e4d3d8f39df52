//! What the stock clients need besides Rust: programs of other languages, and folders of what those fetch or build.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `PROGRAM ARGUMENT` says, which is the program's version.
///
/// `None`, with a line that names the test, where it is not installed; a panic then if `CI` is true.
pub fn version(program: &str, argument: &str) -> Option<String> {
    if let Ok(done) = Command::new(program).arg(argument).output() {
        return Some(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    missing(program);
    None
}

/// The folder of files that nobody here made: `FLIGHTSTREAM_CORPORA`, or beside the project.
///
/// `None`, with a line that names the test, where it is not; a panic then if `CI` is true.
pub fn corpora() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "about the test, not the gateway")]
    let named = std::env::var("FLIGHTSTREAM_CORPORA")
        .ok()
        .filter(|folder| !folder.is_empty());
    let beside = || crate::gateway::project().join("../shared/corpora");
    let folder = named.map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    missing("the folder of collected files (FLIGHTSTREAM_CORPORA)");
    None
}

/// Says that a test is skipped for want of something; a panic if `CI` is true.
fn missing(what: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    #[expect(clippy::disallowed_methods, reason = "about the test, not the gateway")]
    let required = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!required, "{what} is not there, and {test} needs it");
    eprintln!("skipped: {what} is not there: {test}");
}

/// A folder of this name in the target folder, which `make` fills unless it is complete and was made for the same
/// `pins`: versions, and whatever else decides what is in it.
pub fn made(name: &str, pins: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let folder = target().join(name);
    let stamp = folder.join("complete.txt");

    // Another test run may be making it.
    let lock = File::create(target().join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == pins) {
        return folder;
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    make(&folder);
    // Written last: without it the folder is made again.
    std::fs::write(&stamp, pins).unwrap();
    folder
}

/// Where cargo builds: what is in it may be thrown away.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().into()
}

/// Runs a command that must succeed.
pub fn run(command: &mut Command) {
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
