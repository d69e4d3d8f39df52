//! Stock clients against the real binary: pyarrow, ADBC, pandas and polars, and a bare gRPC channel, over the sample files.

use std::process::Command;

use crate::gateway::{Binary, binary, project};
use crate::python::python;

/// Every check of `tests/clients/python`, which says what each sample file must become.
#[test]
fn python_clients_read_every_sample_file_alike() {
    let Some(python) = python() else { return };
    let server = Binary::serve(&[]);
    let mut checks = Command::new(python);
    checks
        .current_dir(project())
        .arg("tests/clients/python/run.py")
        .args([server.url(), "data", "--cli"]);
    let done = checks.arg(binary()).output().unwrap();
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
    assert!(passed >= 90, "only {passed} checks ran");
}
