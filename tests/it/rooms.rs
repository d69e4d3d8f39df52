//! The rooms of the CSV crate and of the engine, checked against their sources: who imports whom, that no files import each
//! other in a circle, and that nothing has a path past its room.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{Source, fail_with, sources};

/// What each room may import. A row may name only rows above it, so that there is no circle between rooms.
///
/// Before a name is added: does the type belong to a lower room, or can the caller hand over what is needed?
type Rows = &'static [(&'static str, &'static [&'static str])];

/// Files in rooms.
struct House {
    folder: &'static str,
    /// The module that the rooms are in; empty for a crate.
    root: &'static str,
    rows: Rows,
    /// Files of a room that import each other in a circle, and why.
    circles: &'static [(&'static [&'static str], &'static str)],
}

const CSV: House = House {
    folder: "crates/csv/src",
    root: "",
    rows: CSV_ROWS,
    circles: &[],
};

const ENGINE: House = House {
    folder: "src/engine",
    root: "engine",
    rows: ENGINE_ROWS,
    circles: ENGINE_CIRCLES,
};

const CSV_ROWS: Rows = &[
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

const ENGINE_ROWS: Rows = &[
    ("failure", &[]),
    ("query", &[]),
    ("numbers", &["failure"]),
    ("parameters", &["failure", "numbers"]),
    ("statement", &["failure", "parameters"]),
    ("planners", &["failure"]),
    ("file_table", &[]),
    ("tables", &["file_table", "planners", "query"]),
    ("functions", &["failure"]),
    ("names", &["failure", "numbers", "statement", "tables", "functions"]),
    ("nodes", &["failure", "file_table"]),
    (
        "plan",
        &[
            "failure",
            "query",
            "numbers",
            "parameters",
            "statement",
            "planners",
            "tables",
            "functions",
            "names",
            "nodes",
        ],
    ),
    ("run", &["failure", "planners", "plan"]),
    // It adds to what the engine can do, so it names the engine itself too.
    (
        "write",
        &[
            "failure",
            "query",
            "parameters",
            "statement",
            "planners",
            "names",
            "plan",
            "run",
            ITSELF,
        ],
    ),
    ("describe", &["query", "parameters", "statement", "plan", "write"]),
    ("unserved", &["names", ITSELF]),
];

/// What the root of a house declares.
const ITSELF: &str = "itself";

const ENGINE_CIRCLES: &[(&[&str], &str)] = &[];

/// A file may have fewer lines than this: one that has more holds a second noun.
const FEWER_LINES_THAN: usize = 500;

impl House {
    /// The files, by the path of their module: `text::index`.
    fn modules(&self) -> BTreeMap<String, Source> {
        let path = |source: &Source| {
            let path = source.path.strip_prefix(self.folder).unwrap().with_extension("");
            let path = if path.ends_with("mod") {
                path.parent().unwrap()
            } else {
                &path
            };
            let root = Some(self.root.into()).filter(|root: &std::borrow::Cow<'_, str>| !root.is_empty());
            let parts: Vec<_> = root
                .into_iter()
                .chain(path.iter().map(|part| part.to_string_lossy()))
                .collect();
            parts.join("::")
        };
        sources(self.folder)
            .into_iter()
            .map(|source| (path(&source), source))
            .filter(|(_, source)| source.code().next().is_some())
            .collect()
    }

    /// The file that says which rooms there are.
    fn is_root(&self, module: &str) -> bool {
        module == self.root || module == "lib"
    }

    /// The room that a path from the root of the crate is in; none for a path to another house.
    fn room<'a>(&self, path: &'a str) -> Option<&'a str> {
        let inside = match self.root {
            "" => path,
            root => path.strip_prefix(root)?.strip_prefix("::")?,
        };
        let first = inside.split("::").next().unwrap_or_default();
        let is_room = self.rows.iter().any(|(name, _)| *name == first);
        // In a crate all is in rooms.
        Some(if is_room || self.root.is_empty() { first } else { ITSELF })
    }
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

/// For each file of a house but its root those that it imports.
fn imports<'a>(house: &House, modules: &'a BTreeMap<String, Source>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let of = |module: &str, source: &Source| {
        let paths = paths(module, &code(source));
        let targets = paths.iter().filter_map(|path| target(modules, path));
        targets
            .filter(|target| *target != module && !house.is_root(target))
            .collect()
    };
    let files = modules.iter().filter(|(module, _)| !house.is_root(module));
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

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut found = Vec::new();
    for house in [&CSV, &ENGINE] {
        let modules = house.modules();
        for (module, source) in modules.iter().filter(|(module, _)| !house.is_root(module)) {
            let (own, path) = (house.room(module).unwrap_or_default(), source.path.display());
            let Some((_, allowed)) = house.rows.iter().find(|(name, _)| *name == own) else {
                found.push(format!("{path}: give its room a row in tests/it/rooms.rs"));
                continue;
            };
            for imported in paths(module, &code(source)) {
                let Some(other) = house.room(&imported) else { continue };
                if other != ITSELF && !house.rows.iter().any(|(name, _)| *name == other) {
                    found.push(format!(
                        "{path}: `crate::{other}` is no room: name the file that `{other}` is in"
                    ));
                } else if other != own && !allowed.contains(&other) {
                    found.push(format!("{path}: `{own}` may not import `{imported}`, only {allowed:?}"));
                }
            }
        }
    }
    fail_with(&found);
}

#[test]
fn rooms_are_in_order() {
    for house in [&CSV, &ENGINE] {
        let mut above = BTreeSet::from([ITSELF]);
        for (room, imports) in house.rows {
            for import in *imports {
                assert!(
                    above.contains(import),
                    "`{room}` imports `{import}`, whose row must be above"
                );
            }
            assert!(above.insert(room), "two rows for `{room}`");
        }
        let modules = house.modules();
        let exist: BTreeSet<_> = modules.keys().filter_map(|module| house.room(module)).collect();
        for room in above.into_iter().filter(|room| *room != ITSELF) {
            assert!(exist.contains(room), "there is no room `{room}`: remove its row");
        }
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for (house, at_least) in [(&CSV, 200), (&ENGINE, 50)] {
        let modules = house.modules();
        let (imports, mut done) = (imports(house, &modules), BTreeSet::new());
        let seen = imports.values().map(BTreeSet::len).sum::<usize>();
        assert!(seen > at_least, "most imports in {} are not seen: {seen}", house.folder);
        let circles = imports
            .keys()
            .filter_map(|module| circle(&imports, module, &mut Vec::new(), &mut done));
        let unknown = circles.filter(|files| {
            let known = house
                .circles
                .iter()
                .any(|(named, _)| files.iter().all(|file| named.contains(file)));
            !known
        });
        found.extend(unknown.map(|files| format!("a circle: {}", files.join(" -> "))));
    }
    fail_with(&found);
}

/// So that an import of the crate always names the file that it leads to.
#[test]
fn only_the_root_exports_what_another_file_has() {
    let modules = CSV.modules();
    let mut found = Vec::new();
    for (module, source) in modules.iter().filter(|(module, _)| !CSV.is_root(module)) {
        let children = modules.keys().filter(|child| child.starts_with(&format!("{module}::")));
        let children: Vec<&str> = children.map(|child| &child[module.len() + 2..]).collect();
        for (number, line) in source.code() {
            let line = line.trim_start();
            let path = source.path.display();
            if line.starts_with("pub") && line.contains(" use ") {
                found.push(format!(
                    "{path}:{number}: name the file where it is needed, or export it in lib.rs"
                ));
            }
            if let Some(first) = line.strip_prefix("use ").and_then(|path| path.split("::").next())
                && children.contains(&first)
            {
                found.push(format!("{path}:{number}: write `crate::{module}::{first}`"));
            }
        }
    }
    fail_with(&found);
}

/// A room of the engine may export what its own files have, and nothing of another room: that would lead past the table.
#[test]
fn rooms_export_nothing_of_others() {
    let mut found = Vec::new();
    for (module, source) in ENGINE.modules().iter().filter(|(module, _)| !ENGINE.is_root(module)) {
        for (number, line) in source.code() {
            let exported = line
                .trim_start()
                .strip_prefix("pub")
                .and_then(|rest| rest.split_once(" use "));
            if let Some((_, from)) = exported
                && ["crate::", "super::"].iter().any(|start| from.starts_with(start))
            {
                let path = source.path.display();
                found.push(format!("{path}:{number}: `{module}` exports what another room has"));
            }
        }
    }
    fail_with(&found);
}

#[test]
fn files_stay_short() {
    let mut found = Vec::new();
    for source in sources(CSV.folder) {
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
