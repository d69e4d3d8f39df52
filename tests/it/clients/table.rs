//! The table of `tests/clients/README.md`, which says where each check of the protocol is.

use crate::gateway::project;

const FOLDERS: [&str; 4] = ["python", "raw", "java", "go"];

/// Every number has a row, whose marks are true: a program has a mark if, and only if, it has checks of that number.
#[test]
fn the_table_of_checks_is_true() {
    let readme = std::fs::read_to_string(project().join("tests/clients/README.md")).unwrap();
    let mut rows = readme.lines().filter(|line| line.starts_with("| F"));
    for number in 1..=85 {
        let row: Vec<_> = rows.next().unwrap().split('|').map(str::trim).collect();
        assert_eq!(row[1], format!("F{number}"));
        for (folder, mark) in FOLDERS.iter().zip(&row[3..]) {
            assert_eq!(*mark == "✓", checks(folder, number), "{folder} and F{number}");
        }
        assert!(
            row[3..8].iter().any(|cell| !cell.is_empty()),
            "nothing checks F{number}"
        );
    }
    assert_eq!(rows.next(), None);
}

/// Whether a program has a check of this number.
fn checks(folder: &str, number: u32) -> bool {
    let files = std::fs::read_dir(project().join("tests/clients").join(folder)).unwrap();
    files
        .map(|entry| entry.unwrap().path())
        .filter(|file| {
            file.extension()
                .is_some_and(|kind| ["py", "java", "go"].contains(&kind.to_str().unwrap()))
        })
        .any(|file| names(&std::fs::read_to_string(file).unwrap(), number))
}

/// Whether a name of this number stands in a program's text.
fn names(text: &str, number: u32) -> bool {
    let begins = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    text.match_indices(&format!("f{number}_")).any(|(at, _)| begins(at))
}
