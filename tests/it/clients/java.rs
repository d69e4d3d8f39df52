//! The stock JDBC driver, and SQLLine, which drives it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{all_pass, writable};
use crate::gateway::{Binary, project};
use crate::tools::{made, run, version};

/// Versions of `org.apache.arrow:flight-sql-jdbc-driver`. 18.3.0 is the newest that the registry serves; a newer one
/// is one more entry here, as the checks know what 19 mends.
const DRIVERS: [&str; 1] = ["18.3.0"];

/// Every check of `tests/clients/java`, with each version of the driver.
#[test]
fn the_jdbc_driver_reads_and_writes() {
    let Some(tools) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (reading, writing) = (Binary::serve(&[]), writable(&folder));
    let classes = classes(&tools);
    for driver in DRIVERS {
        let path = [jars(driver, &tools).join("*"), classes.clone()];
        let mut checks = Command::new("java");
        checks.args(["--add-opens=java.base/java.nio=ALL-UNNAMED", "-Dfile.encoding=UTF-8"]);
        checks.arg("-cp").arg(std::env::join_paths(path).unwrap());
        checks.args(["Checks", reading.url(), "--writable", writing.url()]);
        all_pass(&mut checks, 60);
    }
}

/// The versions of the tools, if all of them are installed.
fn tools() -> Option<String> {
    let versions = ["java", "javac", "mvn"].map(|tool| version(tool, "--version"));
    versions.into_iter().collect()
}

fn sources() -> PathBuf {
    project().join("tests/clients/java")
}

/// The folder with the driver and the shell, which are fetched once.
fn jars(driver: &str, tools: &str) -> PathBuf {
    let pom = sources().join("pom.xml");
    let pins = tools.to_owned() + &std::fs::read_to_string(&pom).unwrap();
    made(&format!("java-clients-{driver}"), &pins, |folder| {
        let mut fetch = Command::new("mvn");
        fetch.args(["-q", "-B", "dependency:copy-dependencies", "-f"]).arg(&pom);
        fetch.arg(format!("-Ddriver.version={driver}"));
        run(fetch.arg(format!("-DoutputDirectory={}", folder.display())));
    })
}

/// The folder with the compiled checks. They need no jar to compile: they use JDBC alone.
fn classes(tools: &str) -> PathBuf {
    let mut files: Vec<_> = std::fs::read_dir(sources())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "java"));
    files.sort();
    let text = |file: &PathBuf| std::fs::read_to_string(file).unwrap();
    let pins = tools.to_owned() + &files.iter().map(text).collect::<String>();
    made("java-clients", &pins, |folder: &Path| {
        let mut compile = Command::new("javac");
        compile
            .args(["-encoding", "UTF-8", "-Xlint:all", "-Werror", "-d"])
            .arg(folder);
        run(compile.args(&files));
    })
}
