//! The stock clients for Go: ADBC, the same behind database/sql, and Arrow's Flight SQL client.

use std::process::Command;

use super::{all_pass, writable};
use crate::gateway::{Binary, project};
use crate::tools::{run, target, version};

/// Every check of `tests/clients/go`.
#[test]
fn go_clients_read_and_write() {
    if version("go", "version").is_none() {
        return;
    }
    // Go itself knows which of its files changed.
    let program = target().join("go-clients/checks");
    let mut build = Command::new("go");
    build.current_dir(project().join("tests/clients/go"));
    build
        .env("GOFLAGS", "-mod=readonly -buildvcs=false")
        .env("GOWORK", "off");
    run(build.args(["build", "-o"]).arg(&program).arg("."));

    let folder = tempfile::tempdir().unwrap();
    let (reading, writing) = (Binary::serve(&[]), writable(&folder));
    let mut checks = Command::new(program);
    all_pass(checks.args([reading.url(), "--writable", writing.url()]), 60);
}
