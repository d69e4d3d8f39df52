//! Statements that ask for far more than they say, against the real binary: `tests/abuse` sends them while another client
//! asks small questions.

use std::process::Command;

use crate::gateway::{binary, project};
use crate::python::python;

/// The worst of them, each sent twice. How long the small questions take is for benches; that they are answered all the
/// while, and not only afterwards, is what is asked here.
#[test]
fn others_are_answered_while_the_server_is_abused() {
    let Some(python) = python() else { return };
    let mut abuse = Command::new(python);
    abuse.current_dir(project()).arg("tests/abuse/run.py").arg(binary());
    let done = abuse
        .args(["--short", "--p99", "5000", "--hold", "10"])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert!(done.status.success(), "{out}\n{err}");
    let passed = out.lines().filter(|line| line.starts_with("ok ")).count();
    assert_eq!(out.lines().last(), Some(format!("{passed} passed, 0 failed").as_str()));
    assert!(passed >= 13, "{out}");
}
