//! The map in `src/lib.rs`, checked against the sources: who imports whom, and what may appear where.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::gateway::project;

/// What each module may import, besides `error`. A row may name only rows above it, so that there is no cycle.
///
/// Before a name is added: does the type belong to the other module, or can the caller hand over what is needed?
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("cores", &[]),
    ("lru", &[]),
    ("fingerprint", &[]),
    ("nearest", &[]),
    ("flightstream_csv", &[]), // the crate in crates/csv, whose rooms `rooms.rs` has in a table
    // The flags that override what is detected of CSV files are the crate's own terms.
    ("config", &["flightstream_csv"]),
    ("telemetry", &["config"]),
    ("store", &["config"]),
    ("format", &["cores", "fingerprint", "flightstream_csv", "store"]),
    ("discovery", &["store", "format", "config"]),
    // It names tables as discovery names files, and opens its own files as the format does.
    ("writable", &["store", "format", "discovery", "nearest", "config"]),
    (
        "catalog",
        &["cores", "discovery", "fingerprint", "format", "store", "writable"],
    ),
    ("auth", &["config"]),
    // A session holds its temporary tables, and the place that they are written to.
    ("session", &["auth", "catalog", "lru", "writable"]),
    ("request", &["auth", "fingerprint", "session", "config"]),
    // It makes the registry of roots (store) and plans saved queries, which discovery names.
    (
        "engine",
        &[
            "catalog",
            "cores",
            "lru",
            "nearest",
            "fingerprint",
            "request",
            "session",
            "config",
            "discovery",
            "store",
            "writable",
        ],
    ),
    (
        "flight",
        &[
            "request",
            "engine",
            "session",
            "auth",
            "catalog",
            "config",
            "discovery",
            "lru",
        ],
    ),
    (
        "server",
        &[
            "flight",
            "request",
            "engine",
            "session",
            "auth",
            "catalog",
            "discovery",
            "flightstream_csv",
            "format",
            "nearest",
            "store",
            "telemetry",
            "config",
        ],
    ),
    ("client", &[]),
    // `catalog` to print what is served, `format` to look at a file, the rest to start a server; everything else goes
    // through `client`.
    (
        "cli",
        &[
            "server",
            "client",
            "config",
            "discovery",
            "catalog",
            "format",
            "nearest",
            "telemetry",
            "flightstream_csv",
        ],
    ),
];

/// Text that may appear only in the code of these modules, and why.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    (
        "tonic::",
        &["flight", "server", "client"],
        "the wire's types end there: use `error` or `client`'s own",
    ),
    (
        "SessionState",
        &["engine"],
        "hand SQL or a `Request` to `engine` instead",
    ),
    (
        "SessionContext",
        &[],
        "its `sql` runs DDL and SET at once: clone the engine's template state",
    ),
    (
        "RuntimeEnv::default",
        &[],
        "it serves the whole disk: build one over `store::Registry`",
    ),
    ("std::env::", &["config"], "add a field to `Config`"),
    (
        "std::fs",
        &["store", "cli"],
        "read through `store`, which stays below the roots; `cli` writes output files",
    ),
    (
        "tokio::fs",
        &["store", "cli"],
        "read through `store`, which stays below the roots",
    ),
    (
        "File::",
        &["store", "cli"],
        "read through `store`, which stays below the roots",
    ),
];

/// What `flightstream-csv`, which does no I/O, has no use for.
const NOT_IN_CSV: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::thread",
    "tokio",
    "datafusion",
    "async ",
];

const MAX_LINES: usize = 600;

/// A source file: where it is, the top-level module that it belongs to, and its text.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    module: String,
    pub(crate) text: String,
}

impl Source {
    /// The lines of code with their numbers: no comments, no tests (the `#[cfg(test)]` module that ends a file).
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = ["tests.rs", "mock.rs", "mistakes.rs"]
            .iter()
            .any(|name| self.path.ends_with(name));
        let code = self.text.split("#[cfg(test)]\nmod tests {").next().filter(|_| !tests);
        let numbered = code.unwrap_or_default().lines().enumerate();
        let stripped = numbered.map(|(number, line)| (number + 1, line.split(" // ").next().unwrap_or_default()));
        stripped.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Every `*.rs` below `folder`, a folder of the project.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let (root, mut found, mut folders) = (project().join(folder), Vec::new(), vec![project().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|suffix| suffix == "rs") {
                let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let module = Path::new(first.as_os_str()).with_extension("").display().to_string();
                let text = std::fs::read_to_string(&path).unwrap();
                found.push(Source {
                    path: path.strip_prefix(project()).unwrap().into(),
                    module,
                    text,
                });
            }
        }
    }
    assert!(found.len() >= 10, "only {} sources in {folder}", found.len());
    found
}

/// The modules of `src/`, without the two files at its root that only say which there are.
fn modules() -> Vec<Source> {
    sources("src")
        .into_iter()
        .filter(|source| !["lib", "main"].contains(&source.module.as_str()))
        .collect()
}

/// The names that follow `prefix` in a line.
fn names_after<'a>(line: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    line.split(prefix).skip(1).map(|rest| {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        &rest[..end]
    })
}

/// Whether `text` is in a line, and not as the end of a longer name.
fn mentions(line: &str, text: &str) -> bool {
    let mut before = line.match_indices(text).map(|(at, _)| &line[..at]);
    before.any(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

pub(crate) fn fail_with(found: &[String]) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut found = Vec::new();
    for source in modules() {
        let (module, path) = (source.module.as_str(), source.path.display());
        let row = MAY_IMPORT.iter().find(|(name, _)| *name == module);
        let Some((_, allowed)) = row else {
            found.push(format!(
                "{path}: give `{module}` a row in MAY_IMPORT of tests/it/architecture.rs"
            ));
            continue;
        };
        // There, `super` is the crate's root, and its imports would not be seen here.
        let root = source.path.components().count() == 2 || source.path.ends_with(format!("{module}/mod.rs"));
        for (number, line) in source.code() {
            let csv = line.contains("flightstream_csv").then_some("flightstream_csv");
            for other in names_after(line, "crate::").chain(csv) {
                if other.is_empty() {
                    found.push(format!(
                        "{path}:{number}: one `use crate::MODULE` a line, without braces"
                    ));
                } else if other != module && other != "error" && !allowed.contains(&other) {
                    found.push(format!(
                        "{path}:{number}: `{module}` may not import `{other}`, only {allowed:?}"
                    ));
                }
            }
            if line.contains("super::super::") || root && line.contains("super::") {
                found.push(format!(
                    "{path}:{number}: write `crate::` for what is outside the module"
                ));
            }
        }
    }
    fail_with(&found);
}

#[test]
fn imports_point_one_way() {
    let mut above = BTreeSet::new();
    for (module, imports) in MAY_IMPORT {
        for import in *imports {
            assert!(
                above.contains(import),
                "`{module}` imports `{import}`, whose row must be above: is this a cycle?"
            );
        }
        assert!(above.insert(module), "two rows for `{module}`");
    }
    let exist: BTreeSet<_> = modules().into_iter().map(|source| source.module).collect();
    for module in above.into_iter().filter(|module| **module != "flightstream_csv") {
        assert!(exist.contains(*module), "there is no module `{module}`: remove its row");
    }
}

#[test]
fn what_belongs_to_one_module_stays_there() {
    let mut found = Vec::new();
    for source in modules() {
        for (number, line) in source.code() {
            for (text, modules, advice) in ONLY_IN {
                if mentions(line, text) && !modules.contains(&source.module.as_str()) {
                    let path = source.path.display();
                    found.push(format!("{path}:{number}: `{text}` only in {modules:?}: {advice}"));
                }
            }
        }
    }
    for source in sources("crates/csv/src") {
        for (number, line) in source.code() {
            for text in NOT_IN_CSV.iter().filter(|text| line.contains(**text)) {
                let path = source.path.display();
                found.push(format!(
                    "{path}:{number}: `{text}`: this crate does no I/O, its callers do"
                ));
            }
        }
    }
    fail_with(&found);
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    let mut found = Vec::new();
    for source in sources("src").into_iter().chain(sources("crates/csv/src")) {
        let (path, lines) = (source.path.display(), source.text.lines().count());
        if !source.text.starts_with("//! ") {
            found.push(format!(
                "{path}: begin with a line `//! ` that says what it turns into what"
            ));
        }
        if lines > MAX_LINES {
            found.push(format!(
                "{path}: {lines} lines, more than {MAX_LINES}: look for the second noun in it"
            ));
        }
    }
    fail_with(&found);
}
