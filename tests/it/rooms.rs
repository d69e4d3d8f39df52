//! The rooms of the CSV crate, checked against its sources: who imports whom, that no files import each other in a circle,
//! and that nothing has a second path.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{Source, fail_with, sources};

const FOLDER: &str = "crates/csv/src";

/// What each room may import. A row may name only rows above it, so that there is no circle between rooms.
///
/// Before a name is added: does the type belong to a lower room, or can the caller hand over what is needed?
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("wording", &[]),
    ("text", &["wording"]),
    ("value", &[]),
    ("column", &["wording", "text", "value"]),
    ("finding", &["wording", "text", "value", "column"]),
    ("reject", &["wording", "text", "value", "column"]),
    ("ledger", &["wording", "text", "reject"]),
    ("table", &["wording", "text", "value", "column", "finding"]),
    ("profile", &["text", "value", "column", "finding", "table"]),
    ("walk", &["text", "reject", "ledger", "table", "profile"]),
    (
        "survey",
        &[
            "wording", "text", "value", "column", "finding", "reject", "ledger", "table", "profile", "walk",
        ],
    ),
    (
        "decode",
        &[
            "wording", "text", "value", "column", "reject", "ledger", "profile", "walk",
        ],
    ),
    (
        "infer",
        &["text", "value", "column", "finding", "table", "profile", "survey"],
    ),
];

/// A file may have fewer lines than this: one that has more holds a second noun.
const FEWER_LINES_THAN: usize = 500;

/// The files of the crate, by the path of their module: `text::index`.
fn modules() -> BTreeMap<String, Source> {
    let path = |source: &Source| {
        let path = source.path.strip_prefix(FOLDER).unwrap().with_extension("");
        let path = if path.ends_with("mod") {
            path.parent().unwrap()
        } else {
            &path
        };
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("::")
    };
    sources(FOLDER)
        .into_iter()
        .map(|source| (path(&source), source))
        .collect()
}

/// The code of a file without its tests, and without what says how far an item is seen.
fn code(source: &Source) -> String {
    let lines: Vec<&str> = source.code().map(|(_, line)| line).collect();
    lines
        .join("\n")
        .replace("pub(super)", "pub")
        .replace("pub(crate)", "pub")
}

/// The paths in a file's code that lead to other files, from the root of the crate: `text::cell::Cell`.
fn paths(module: &str, code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for root in ["crate", "super", "self"] {
        for (at, _) in code.match_indices(&format!("{root}::")) {
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let end = code[at..]
                .find(|c| !is_path(c))
                .map_or(code.len(), |length| at + length);
            let (path, rest) = (&code[at..end], &code[end..]);
            let group = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let group = group.filter(|_| path.ends_with("::")).map_or("", |(group, _)| group);
            for name in group.split(',').map(str::trim) {
                paths.push(absolute(module, &format!("{path}{name}")));
            }
        }
    }
    paths
}

/// A path from the root of the crate.
fn absolute(module: &str, path: &str) -> String {
    let mut base: Vec<&str> = module.split("::").collect();
    for part in path.split("::") {
        match part {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            "self" | "" => {}
            part => base.push(part),
        }
    }
    base.join("::")
}

/// The file that a path leads to: the longest part of it that is one.
fn target<'a>(modules: &'a BTreeMap<String, Source>, path: &str) -> Option<&'a str> {
    let mut path = path;
    loop {
        if let Some((module, _)) = modules.get_key_value(path) {
            return Some(module);
        }
        path = path.rsplit_once("::")?.0;
    }
}

/// For each file those that it imports.
fn imports(modules: &BTreeMap<String, Source>) -> BTreeMap<&str, BTreeSet<&str>> {
    let of = |module: &str, source: &Source| {
        let paths = paths(module, &code(source));
        let targets = paths.iter().filter_map(|path| target(modules, path));
        targets.filter(|target| *target != module).collect()
    };
    let files = modules.iter().filter(|(module, _)| *module != "lib");
    files
        .map(|(module, source)| (module.as_str(), of(module, source)))
        .collect()
}

/// A circle of files that can be reached from `module`, of which `way` leads to it.
fn circle<'a>(
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    module: &'a str,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    if let Some(at) = way.iter().position(|before| *before == module) {
        return Some(way[at..].to_vec());
    }
    if !done.insert(module) {
        return None;
    }
    way.push(module);
    let found = imports[module].iter().find_map(|next| circle(imports, next, way, done));
    way.pop();
    found
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let (modules, mut found) = (modules(), Vec::new());
    for (module, source) in modules.iter().filter(|(module, _)| *module != "lib") {
        let (own, path) = (room(module), source.path.display());
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == own) else {
            found.push(format!("{path}: give `{own}` a row in MAY_IMPORT of tests/it/rooms.rs"));
            continue;
        };
        for imported in paths(module, &code(source)) {
            let other = room(&imported);
            if !MAY_IMPORT.iter().any(|(name, _)| *name == other) {
                found.push(format!(
                    "{path}: `crate::{other}` is no room: name the file that `{other}` is in"
                ));
            } else if other != own && !allowed.contains(&other) {
                found.push(format!("{path}: `{own}` may not import `{other}`, only {allowed:?}"));
            }
        }
    }
    fail_with(&found);
}

#[test]
fn rooms_are_in_order() {
    let mut above = BTreeSet::new();
    for (room, imports) in MAY_IMPORT {
        for import in *imports {
            assert!(
                above.contains(import),
                "`{room}` imports `{import}`, whose row must be above"
            );
        }
        assert!(above.insert(room), "two rows for `{room}`");
    }
    let modules = modules();
    for room in above {
        assert!(modules.contains_key(*room), "there is no room `{room}`: remove its row");
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let modules = modules();
    let (imports, mut done) = (imports(&modules), BTreeSet::new());
    assert!(
        imports.values().map(BTreeSet::len).sum::<usize>() > 200,
        "most imports are not seen"
    );
    let circles = imports
        .keys()
        .filter_map(|module| circle(&imports, module, &mut Vec::new(), &mut done));
    let circles: Vec<String> = circles
        .map(|files| format!("a circle: {}", files.join(" -> ")))
        .collect();
    fail_with(&circles);
}

/// So that an import always names the file that it leads to.
#[test]
fn only_the_root_exports_what_another_file_has() {
    let mut found = Vec::new();
    for (module, source) in modules().iter().filter(|(module, _)| *module != "lib") {
        let children = modules()
            .into_keys()
            .filter(|child| child.starts_with(&format!("{module}::")));
        let children: Vec<String> = children.map(|child| child[module.len() + 2..].to_owned()).collect();
        for (number, line) in source.code() {
            let line = line.trim_start();
            let is_use = |start: &str| line.starts_with(start) && line.contains(" use ");
            let path = source.path.display();
            if is_use("pub") {
                found.push(format!(
                    "{path}:{number}: name the file where it is needed, or export it in lib.rs"
                ));
            }
            if let Some(first) = line.strip_prefix("use ").and_then(|path| path.split("::").next())
                && children.iter().any(|child| child == first)
            {
                found.push(format!("{path}:{number}: write `crate::{module}::{first}`"));
            }
        }
    }
    fail_with(&found);
}

#[test]
fn files_stay_short() {
    let mut found = Vec::new();
    for source in sources(FOLDER) {
        let lines = source.text.lines().count();
        if lines >= FEWER_LINES_THAN {
            let path = source.path.display();
            found.push(format!("{path}: {lines} lines: look for the second noun in it"));
        }
    }
    fail_with(&found);
}

#[test]
fn paths_are_found_however_they_are_written() {
    let found = paths(
        "table::names",
        "use super::shape::Shape;\nuse crate::text::{cell, lines};\nx(crate::value::trim(y))",
    );
    let expected = ["text::cell", "text::lines", "value::trim", "table::shape::Shape"];
    assert_eq!(found, expected);
}
