//! Stock clients against the real binary, over the sample files: Python's, Java's and Go's. Their programs say what each
//! sample file must become, and what each call must do; `tests/clients/README.md` lists their checks.

mod go;
mod java;
mod table;

use std::process::Command;

use crate::gateway::{Binary, binary, project};
use crate::python::python;

/// Every check of `tests/clients/python` and `tests/clients/raw`, which say what each sample file must become.
#[test]
fn python_clients_read_every_sample_file_alike_and_write() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (reading, writing) = (Binary::serve(&[]), writable(&folder));
    let mut checks = Command::new(python);
    checks.current_dir(project()).arg("tests/clients/python/run.py");
    checks.args([reading.url(), "data", "--writable", writing.url(), "--cli"]);
    all_pass(checks.arg(binary()), 200);
}

/// Runs a program of checks, which must all pass, and be no fewer than these.
fn all_pass(checks: &mut Command, at_least: usize) {
    let done = checks.output().unwrap();
    let out = String::from_utf8_lossy(&done.stdout);
    let failed: Vec<_> = out.lines().filter(|line| line.starts_with("FAILED ")).collect();
    // A check that hangs, or a module that does not load, ends the program without such a line.
    let err = if failed.is_empty() {
        String::from_utf8_lossy(&done.stderr)
    } else {
        "".into()
    };
    assert!(done.status.success(), "{}\n{err}", failed.join("\n"));
    let last = out.lines().last().unwrap_or_default();
    let passed = out.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(last, format!("{passed} passed, 0 failed"));
    assert!(passed >= at_least, "only {passed} checks ran");
}

/// A server over the sample files that clients may write to, below this folder.
fn writable(folder: &tempfile::TempDir) -> Binary {
    Binary::serve(&["--writable", folder.path().to_str().unwrap()])
}
