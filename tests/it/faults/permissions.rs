//! Files and folders that the server may not read.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::gateway::{Binary, binary};
use crate::wire::{connect, refresh, rows};

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A user for whom permissions bind: root's tests start the server as nobody.
fn unprivileged(program: &Path) -> Command {
    let root = String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout)
        .unwrap()
        .trim()
        == "0";
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
        .arg(program);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_left_out_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let program = folder.path().join("flightstream");
    std::fs::copy(binary(), &program).unwrap();
    std::fs::create_dir_all(data.join("locked")).unwrap();
    for file in ["open.csv", "private.csv", "locked/in.csv"] {
        std::fs::write(data.join(file), "a\n1\n").unwrap();
        set_mode(&data.join(file), 0o644);
    }
    for path in [folder.path(), &data, &program] {
        set_mode(path, 0o755);
    }
    set_mode(&data.join("private.csv"), 0o000);
    set_mode(&data.join("locked"), 0o000);

    let mut command = unprivileged(&program);
    command
        .env_clear()
        .current_dir(folder.path())
        .args(["serve", "--port", "0"])
        .arg(&data);
    let server = Binary::start(&mut command);
    let mut flight = connect(server.url()).await;
    assert_eq!(rows(&mut flight, "open").await.unwrap(), ["1"]);
    assert_eq!(refresh(&mut flight).await["datasets"], serde_json::json!(["open"]));
    // Once it may be read it is served.
    set_mode(&data.join("private.csv"), 0o644);
    set_mode(&data.join("locked"), 0o755);
    assert_eq!(
        refresh(&mut flight).await["datasets"],
        serde_json::json!(["locked/in", "open", "private"])
    );
    // And when it may no longer be read, the error says so, and the rest goes on.
    set_mode(&data.join("private.csv"), 0o000);
    let status = rows(&mut flight, "private").await.unwrap_err();
    assert_eq!(status.message(), "file 'private.csv' may not be read by the server");
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
    assert_eq!(rows(&mut flight, "open").await.unwrap(), ["1"]);
    set_mode(&data.join("private.csv"), 0o644);

    drop(flight);
    server.signal("TERM");
    let (_, _, said) = server.wait();
    for warning in [
        "warning: folder 'locked/' cannot be read: Permission denied",
        "warning: 'private.csv' may not be read",
    ] {
        assert!(said.contains(warning), "no {warning:?} in:\n{said}");
    }
}
