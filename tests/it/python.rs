//! The Pythons that stock clients and other servers run in: virtual environments with the pinned packages, made on first
//! use.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::gateway::project;
use crate::tools::{made, run, version};

/// The interpreter of an environment that has everything in `tests/clients/python/requirements.txt`.
///
/// `None`, with a line that names the test, where there is no python3; a panic then if `CI` is true.
pub fn python() -> Option<PathBuf> {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    interpreter(&INTERPRETER, "python-clients", "tests/clients/python/requirements.txt")
}

/// As [`python`], with what `tests/s3/requirements.txt` names.
pub fn python_s3() -> Option<PathBuf> {
    static INTERPRETER: OnceLock<PathBuf> = OnceLock::new();
    interpreter(&INTERPRETER, "python-s3", "tests/s3/requirements.txt")
}

fn interpreter(known: &OnceLock<PathBuf>, name: &str, requirements: &str) -> Option<PathBuf> {
    let version = version("python3", "--version")?;
    Some(known.get_or_init(|| prepare(name, requirements, &version)).clone())
}

/// Makes the environment unless the one that is there is complete and of the same packages and Python.
fn prepare(name: &str, requirements: &str, version: &str) -> PathBuf {
    let requirements = project().join(requirements);
    let pins = version.to_owned() + &std::fs::read_to_string(&requirements).unwrap();
    let environment = made(name, &pins, |environment| {
        run(Command::new("python3").args(["-m", "venv"]).arg(environment));
        run(Command::new(environment.join("bin/python"))
            .args(["-m", "pip", "install", "-q", "-r"])
            .arg(&requirements));
    });
    environment.join("bin/python")
}
