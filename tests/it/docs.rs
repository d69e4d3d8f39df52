//! The pages of `docs` are true: each snippet is run and prints what its page shows, or says why it is not run; what they name
//! (addresses, versions, other pages) is what it is elsewhere in the project.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Parser;
use flightstream::cli::Cli;

use crate::gateway::{Binary, project};
use crate::python::python;
use crate::snippets::{ADDRESS, Page, Snippet};

/// Where the pages about clients are.
const FOLDER: &str = "docs/clients";

/// The page about CSV files.
const CSV: &str = "docs/csv.md";

/// What a JDBC tool is told, on all pages that tell it.
const JDBC_CLASS: &str = "org.apache.arrow.driver.jdbc.ArrowFlightJdbcDriver";
const JDBC_TEMPLATE: &str = "jdbc:arrow-flight-sql://{host}:{port}/?useEncryption=false";

/// The languages whose snippets are run.
const RUN: [&str; 3] = ["python", "sh", "sql"];

/// A test for each page with snippets to run, and the list of these pages.
macro_rules! pages {
    ($($test:ident: $page:literal,)*) => {
        const WITH_SNIPPETS: &[&str] = &[$($page),*];

        $(#[test]
        fn $test() {
            run(&page($page));
        })*
    };
}

pages! {
    adbc_snippets_print_what_is_shown: "adbc.md",
    dataframes_snippets_print_what_is_shown: "dataframes.md",
    dbeaver_snippets_print_what_is_shown: "dbeaver.md",
    grafana_snippets_print_what_is_shown: "grafana.md",
    odbc_snippets_print_what_is_shown: "odbc.md",
    sql_snippets_print_what_is_shown: "sql.md",
    superset_snippets_print_what_is_shown: "superset.md",
    tableau_snippets_print_what_is_shown: "tableau.md",
    writing_snippets_print_what_is_shown: "writing.md",
}

fn page(name: &str) -> Page {
    Page::read(&format!("{FOLDER}/{name}"))
}

#[test]
fn csv_snippets_print_what_is_shown() {
    run(&Page::read(CSV));
}

/// All pages.
fn all() -> Vec<Page> {
    let mut pages = of_clients();
    pages.push(Page::read(CSV));
    pages
}

/// The pages about clients, by name.
fn of_clients() -> Vec<Page> {
    let entries = std::fs::read_dir(project().join(FOLDER)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names.iter().map(|name| page(name.to_str().unwrap())).collect()
}

/// Runs what is to be run on a page, from top to bottom, against one server: later snippets may read what earlier ones wrote.
fn run(page: &Page) {
    let (written, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = serve(page, written.path());
    let snippets = page.snippets();
    let mut to_run = snippets.iter().filter(|snippet| snippet.not_run.is_none()).peekable();
    assert!(to_run.peek().is_some(), "{} has nothing to run", page.name());
    for snippet in to_run.filter(|snippet| !is_serve(snippet)) {
        match snippet.language.as_str() {
            "sh" => snippet.run_shell(server.url(), folder.path()),
            "sql" => snippet.run_sql(server.url(), folder.path()),
            "python" => match python() {
                Some(python) => snippet.run_python(&python, server.url()),
                None => return,
            },
            other => panic!("{}: nothing runs {other}", snippet.place()),
        }
    }
}

fn is_serve(snippet: &Snippet) -> bool {
    snippet.language == "sh" && snippet.code.starts_with("flightstream serve")
}

/// The server that a page says to start, writing below `written`; else the one that `flightstream serve` starts.
fn serve(page: &Page, written: &Path) -> Binary {
    let snippets = page.snippets();
    let command = snippets.iter().find(|snippet| is_serve(snippet));
    let words = command.map_or("flightstream serve", |snippet| snippet.code.as_str());
    let mut words: Vec<&str> = words.split_whitespace().collect();
    let parsed = Cli::try_parse_from(&words);
    assert!(parsed.is_ok(), "{}: {parsed:?}", page.name());
    if let Some(at) = words.iter().position(|word| *word == "--writable") {
        words[at + 1] = written.to_str().unwrap();
    }
    Binary::serve(&words[2..])
}

#[test]
fn every_snippet_is_run_or_says_why_it_is_not() {
    let mut with_snippets = Vec::new();
    for page in all() {
        page.assert_closed();
        for snippet in page.snippets() {
            let place = snippet.place();
            let is_run = RUN.contains(&snippet.language.as_str());
            assert!(!snippet.code.trim().is_empty(), "{place}: empty");
            assert!(
                is_run || snippet.not_run.is_some(),
                "{place}: it does not say why it is not run"
            );
            assert_ne!(
                snippet.not_run.as_deref().map(str::trim),
                Some(""),
                "{place}: no reason"
            );
        }
        if page.snippets().iter().any(|snippet| snippet.not_run.is_none()) {
            with_snippets.push(page.name().to_owned());
        }
    }
    let tested = WITH_SNIPPETS.iter().map(|name| format!("{FOLDER}/{name}"));
    assert_eq!(with_snippets, tested.chain([CSV.to_owned()]).collect::<Vec<_>>());
}

#[test]
fn every_page_is_in_the_overview_and_says_what_was_tried() {
    let overview = page("README.md");
    for page in of_clients() {
        let name = page.name().rsplit('/').next().unwrap();
        let linked = overview.text().contains(&format!("]({name})"));
        assert!(linked || name == "README.md", "the overview has no link to {name}");
        let says =
            ["README.md", "sql.md", "writing.md"].contains(&name) || page.text().to_lowercase().contains("tried");
        assert!(says, "{name} does not say whether it was tried");
        let limits = page.text().contains("\n## Limits\n");
        assert!(limits || name == "README.md", "{name} says no limits");
    }
}

/// The JDBC address is the one that the server prints when it starts.
#[test]
fn addresses_are_those_of_the_server() {
    let server = Binary::serve(&[]);
    let url = server.url().to_owned();
    server.signal("TERM");
    let (_, _, notice) = server.wait();
    let notice = notice.replace(url.trim_start_matches("grpc://"), ADDRESS);
    let jdbc = JDBC_TEMPLATE.replace("{host}:{port}", ADDRESS);
    assert!(notice.contains(&jdbc), "{notice}");
    for page in all() {
        for found in occurrences(page.text(), "jdbc:arrow-flight-sql:") {
            assert!(
                [jdbc.as_str(), JDBC_TEMPLATE].contains(&found),
                "{}: {found}",
                page.name()
            );
        }
        for found in occurrences(page.text(), "127.0.0.1:") {
            let port = found["127.0.0.1:".len()..]
                .split(|letter: char| !letter.is_ascii_digit())
                .next();
            assert_eq!(port, Some("8080"), "{}: {found}", page.name());
        }
        for (at, _) in page.text().match_indices("ArrowFlightJdbcDriver") {
            let whole = page.text()[..at].ends_with(JDBC_CLASS.strip_suffix("ArrowFlightJdbcDriver").unwrap());
            assert!(whole, "{}: another class than {JDBC_CLASS}", page.name());
        }
    }
    assert!(Page::read("README.md").text().contains(JDBC_CLASS));
}

/// Each text that begins with `prefix`, up to a blank, a quote or the end of a cell.
fn occurrences<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let found = text.match_indices(prefix).map(|(at, _)| &text[at..]);
    let ends = |letter: char| letter.is_whitespace() || "`'\"|,)".contains(letter);
    found.map(|rest| rest.split(ends).next().unwrap_or(rest)).collect()
}

/// A page that names a version names one that the tests use.
#[test]
fn versions_are_those_that_are_tested() {
    for (name, said, pins, pinned) in [
        (
            "README.md",
            "the driver 18.3.0",
            "tests/it/clients/java.rs",
            "\"18.3.0\"",
        ),
        ("jdbc.md", "the driver 18.3.0", "tests/it/clients/java.rs", "\"18.3.0\""),
        (
            "dbeaver.md",
            "version `18.3.0`",
            "tests/it/clients/java.rs",
            "\"18.3.0\"",
        ),
        ("adbc.md", "driver 1.13.0", PYTHON, "adbc-driver-flightsql==1.13.0\n"),
        (
            "adbc.md",
            "driver 1.12.0",
            GO,
            "github.com/apache/arrow-adbc/go/adbc v1.12.0\n",
        ),
        ("dataframes.md", "pandas 3.1", PYTHON, "\npandas==3.1."),
        ("dataframes.md", "polars 2.1", PYTHON, "\npolars==2.1."),
        ("dataframes.md", "DuckDB 2.0", PYTHON, "\nduckdb==2.0."),
        (
            "superset.md",
            "`flightsql-dbapi` (0.2.2)",
            PYTHON,
            "\nflightsql-dbapi==0.2.2\n",
        ),
        ("superset.md", "SQLAlchemy 1.4", PYTHON, "\nSQLAlchemy==1.4."),
    ] {
        assert!(page(name).text().contains(said), "{name} does not say {said}");
        assert!(
            Page::read(pins).text().contains(pinned),
            "{pins} has no {pinned}, and {name} says {said}"
        );
    }
}

const PYTHON: &str = "tests/clients/python/requirements.txt";
const GO: &str = "tests/clients/go/go.mod";

/// What is not run here is at least about packages that exist: those of the Go checks.
#[test]
fn go_snippets_import_what_the_go_checks_require() {
    let modules = Page::read(GO);
    for snippet in page("adbc.md").in_language("go") {
        for import in occurrences(&snippet.code, "github.com/") {
            let module = import.split('/').take(5).collect::<Vec<_>>().join("/");
            let required = modules.text().lines().any(|line| {
                let required = line.trim().split(' ').next().unwrap_or_default();
                required.starts_with("github.com/") && module.starts_with(required)
            });
            assert!(required, "{}: go.mod has no {import}", snippet.place());
        }
    }
}

#[test]
fn links_lead_somewhere() {
    for page in all() {
        let here = project().join(page.name());
        let folder = here.parent().unwrap();
        for (at, _) in page.text().match_indices("](") {
            let target = page.text()[at + 2..].split(')').next().unwrap();
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                here.clone()
            } else {
                folder.join(file)
            };
            let text = std::fs::read_to_string(&path);
            let text = text.unwrap_or_else(|error| panic!("{}: {target}: {error}", page.name()));
            assert!(
                heading.is_empty() || headings(&text).contains(heading),
                "{}: {target}",
                page.name()
            );
        }
    }
}

/// The headings of a page, as links name them.
fn headings(text: &str) -> BTreeSet<String> {
    let heads = text.lines().filter(|line| line.starts_with('#'));
    let slug = |head: &str| {
        let kept = head.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        kept.chars()
            .filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter))
            .collect()
    };
    heads.map(slug).collect()
}
