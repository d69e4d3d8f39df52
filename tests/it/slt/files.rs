//! The engine's test files, where cargo keeps them: which are run, and which statements of those are not compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqllogictest::{DefaultColumnType, Record};

use crate::gateway::project;
use crate::tools;

/// A test file.
pub(super) struct Script {
    /// Its path below the folder of test files.
    pub(super) name: String,
    records: Vec<Record<DefaultColumnType>>,
}

impl Script {
    /// Its statements and queries with their line numbers, as far as the file is meant to be run.
    pub(super) fn statements(&self) -> Vec<(u32, String)> {
        let mut statements = Vec::new();
        for record in &self.records {
            match record {
                Record::Halt { .. } => break,
                Record::Statement { loc, sql, .. } | Record::Query { loc, sql, .. } => {
                    statements.push((loc.line(), sql.clone()));
                }
                _ => {}
            }
        }
        statements
    }
}

/// The files that `tests/slt/engine/files.txt` names. `None` where the crate cannot be had; a panic then if `CI` is true.
pub(super) fn fetched() -> Option<Vec<Script>> {
    let Some(folder) = folder() else {
        #[expect(clippy::disallowed_methods, reason = "about the test, not the gateway")]
        let required = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!required, "cargo did not bring the engine's test files");
        eprintln!("skipped: cargo did not bring the engine's test files");
        return None;
    };
    let list = std::fs::read_to_string(project().join("tests/slt/engine/files.txt")).unwrap();
    let script = |name: &str| Script {
        name: name.to_owned(),
        records: sqllogictest::parse_file(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}")),
    };
    Some(list.lines().map(script).collect())
}

/// Where cargo keeps the crate. It is fetched with everything that it depends on, and never compiled.
fn folder() -> Option<PathBuf> {
    let manifest = std::fs::read_to_string(project().join("tests/slt/engine/Cargo.toml")).unwrap();
    // A copy, since cargo writes what it resolved beside it: of this one version, nothing else in that matters here.
    let copied = tools::made("engine-test-files", &manifest, |folder| {
        std::fs::write(folder.join("Cargo.toml"), &manifest).unwrap();
        std::fs::write(folder.join("nothing.rs"), "").unwrap();
    });
    let done = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(copied.join("Cargo.toml"))
        .output()
        .ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&done.stdout).ok()?;
    let packages = metadata["packages"].as_array()?;
    let package = packages
        .iter()
        .find(|package| package["name"] == "datafusion-sqllogictest")?;
    let manifest = Path::new(package["manifest_path"].as_str()?);
    Some(manifest.parent()?.join("test_files")).filter(|folder| folder.is_dir())
}

/// The statements, by `file:line`, that are not compared.
pub(super) struct Exceptions(BTreeMap<String, String>);

impl Exceptions {
    /// Reads `tests/slt/engine/exceptions.txt`: a line each, `file:line  reason`.
    pub(super) fn read() -> Self {
        let text = std::fs::read_to_string(project().join("tests/slt/engine/exceptions.txt")).unwrap();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let entries = lines.map(|line| {
            let (name, reason) = line.split_once("  ").unwrap_or_else(|| panic!("no reason: {line}"));
            (name.to_owned(), reason.trim().to_owned())
        });
        Self(entries.collect())
    }

    pub(super) fn skips(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
