//! README.md is true: each of its snippets is run here, and prints what the page says; its tables of options are the
//! command line's own.

use std::collections::BTreeMap;

use arrow_flight::FlightDescriptor;
use clap::{CommandFactory, Parser};
use flightstream::cli::Cli;
use flightstream::client::Client;
use futures::TryStreamExt;
use serde_json::Value;

use crate::gateway::{Binary, TestGateway, project};
use crate::python::python;
use crate::snippets::{ELLIPSIS, Page, Snippet};
use crate::wire;

fn page() -> Page {
    Page::read("README.md")
}

/// The snippets of one language; there is at least one.
fn in_language(language: &str) -> Vec<Snippet> {
    page().in_language(language)
}

#[test]
fn every_fence_is_of_a_kind_that_is_tested() {
    page().assert_closed();
    for snippet in page().snippets() {
        let place = snippet.place();
        let known = ["sh", "python", "rust", "sql", "json"];
        assert!(
            known.contains(&snippet.language.as_str()),
            "{place}: nothing tests '{}'",
            snippet.language
        );
        assert!(!snippet.code.trim().is_empty(), "{place}: empty");
        assert_eq!(snippet.not_run, None, "{place}: not run");
        let prints = ["sh", "python"].contains(&snippet.language.as_str());
        assert!(prints || snippet.output.is_none(), "{place}: prints nothing");
    }
}

#[test]
fn shell_snippets_print_what_is_shown() {
    let server = Binary::serve(&[]);
    let folder = tempfile::tempdir().unwrap();
    let (mut cargo, mut ran) = (Vec::new(), 0);
    for snippet in in_language("sh") {
        let code = snippet.code.trim_end();
        if code.starts_with("cargo ") {
            cargo.push(code.to_owned());
        } else if code.starts_with("flightstream serve") {
            let parsed = Cli::try_parse_from(code.split_whitespace());
            assert!(parsed.is_ok(), "{}: {parsed:?}", snippet.place());
        } else {
            snippet.run_shell(server.url(), folder.path());
            ran += 1;
        }
    }
    assert_eq!(cargo, ["cargo run --release -- serve", "cargo test"]);
    assert!(ran >= 8, "only {ran} ran");
}

#[test]
fn the_server_prints_what_is_shown() {
    let server = Binary::serve(&[]);
    let url = server.url().to_owned();
    server.signal("TERM");
    let (status, _, notice) = server.wait();
    assert!(status.success(), "{notice}");
    let snippets = in_language("sh");
    let snippet = snippets.iter().find(|snippet| snippet.code.ends_with("-- serve\n"));
    snippet
        .unwrap()
        .assert_prints(&format!("{notice}\nlistening on {url}\n"), &url);
}

#[test]
fn python_snippets_print_what_is_shown() {
    let Some(python) = python() else { return };
    let server = Binary::serve(&[]);
    for snippet in in_language("python") {
        snippet.run_python(&python, server.url());
    }
}

/// The project's own folder of samples, with its saved queries.
fn samples() -> TestGateway {
    TestGateway::start(flightstream::config::Config {
        locations: vec![project().join("data")],
        queries: Some(project().join("queries")),
        ..flightstream::config::Config::default()
    })
}

async fn sql(client: &Client, statement: &str) -> flightstream::client::Result<usize> {
    let batches: Vec<_> = client.sql(statement).await?.try_collect().await?;
    Ok(batches.iter().map(|batch| batch.num_rows()).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_snippets_give_rows() {
    let gateway = samples();
    let client = gateway.client().await;
    for snippet in in_language("sql") {
        let rows = sql(&client, &snippet.code).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", snippet.place()));
        assert!(rows > 0, "{}: no rows", snippet.place());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_snippets_give_the_rows_and_columns_that_they_ask_for() {
    let gateway = samples();
    let mut flight = wire::connect(gateway.url()).await;
    for snippet in in_language("json") {
        let asked: Value = serde_json::from_str(&snippet.code).unwrap();
        let descriptor = FlightDescriptor::new_cmd(snippet.code.clone());
        let info = flight.get_flight_info(descriptor.clone()).await.unwrap().into_inner();
        if let Some(columns) = asked["columns"].as_array() {
            let schema = wire::schema_of(&info);
            let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(
                names,
                columns.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>()
            );
        }
        let rows = wire::ask(&mut flight, descriptor).await.unwrap().len() as u64;
        assert!(rows > 0, "{}: no rows", snippet.place());
        let limit = asked["limit"].as_u64().unwrap_or(u64::MAX);
        assert!(rows <= limit, "{}: {rows} rows", snippet.place());
    }
}

#[test]
fn rust_snippets_are_parts_of_the_examples() {
    let example = |name: &str| std::fs::read_to_string(project().join("examples").join(name)).unwrap();
    let examples = [example("client.rs"), example("embedded.rs")].map(|text| unindented(&text));
    for snippet in in_language("rust") {
        let part = unindented(&snippet.code);
        assert!(
            examples.iter().any(|example| example.contains(&part)),
            "{}: no example has\n{part}",
            snippet.place()
        );
    }
}

/// The lines without what is before them, each between line ends.
fn unindented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("{}\n", line.trim_start()));
    format!("\n{}", lines.collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_those_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trips.csv");
    std::fs::write(&file, "id\n1\n").unwrap();
    let gateway = TestGateway::serve(folder.path());
    let client = gateway.client().await;
    let mut said = Vec::new();
    said.push(client.info("nope").await.unwrap_err());
    for statement in [
        "SELECT * FROM nope",
        "SELECT nope FROM trips",
        "SELECT * FROM Cities-2025",
    ] {
        said.push(sql(&client, statement).await.unwrap_err());
    }
    std::fs::write(&file, "id\n1\n2\n").unwrap();
    said.push(sql(&client, "SELECT * FROM trips").await.unwrap_err());
    let table: Vec<_> = table("## When something does not fit", 0)
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .collect();
    for error in said.iter().map(ToString::to_string) {
        let listed = table.iter().any(|message| is_an_instance_of(&error, message));
        assert!(listed, "the page does not list '{error}'");
    }
    assert!(table.len() > said.len());
}

/// Whether a message is `pattern` with something in the place of each ellipsis.
fn is_an_instance_of(message: &str, pattern: &str) -> bool {
    let mut parts = pattern.split(ELLIPSIS);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = message.strip_prefix(first) else {
        return false;
    };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || pattern.ends_with(ELLIPSIS)
}

/// The rows, without the head, of the `index`-th table behind a heading of the page.
fn table(heading: &str, index: usize) -> Vec<Vec<String>> {
    let page = page();
    let (_, section) = page.text().split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap_or_default();
    let lines: Vec<_> = section.lines().collect();
    let mut tables = lines.split(|line| !line.starts_with('|')).filter(|rows| rows.len() > 2);
    let rows = tables
        .nth(index)
        .unwrap_or_else(|| panic!("{heading} has no table {index}"));
    let cells = |row: &&str| {
        let inner = row.trim_matches('|');
        inner.split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    rows[2..].iter().map(cells).collect()
}

/// What clap knows of an option: its flag or name, its variable, its default, each as the page writes it.
#[derive(Debug, PartialEq)]
struct Flag {
    name: String,
    variable: Option<String>,
    default: Option<String>,
}

impl Flag {
    fn of(arg: &clap::Arg) -> Self {
        let positional = || {
            let names = arg.get_value_names().unwrap_or_default();
            names.first().map(|name| name.to_string()).unwrap_or_default()
        };
        let name = arg.get_long().map_or_else(positional, |long| format!("--{long}"));
        let variable = arg.get_env().map(|name| format!("`{}`", name.to_string_lossy()));
        let defaults = arg.get_default_values().iter();
        let default = defaults.map(|value| format!("`{}`", value.to_string_lossy())).next();
        Self {
            name: format!("`{name}`"),
            variable,
            default,
        }
    }
}

/// The arguments of a command, without those that every command has.
fn arguments(command: &str) -> Vec<clap::Arg> {
    let cli = Cli::command();
    let command = cli.find_subcommand(command).unwrap();
    let own = command
        .get_arguments()
        .filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()));
    own.cloned().collect()
}

fn is_of_connection(arg: &clap::Arg) -> bool {
    arg.get_help_heading() == Some("Connection")
}

/// A row of the page as clap would have it. A default in words is one that clap does not have.
fn flag_of(row: &[String]) -> Flag {
    let [name, variable, default, what] = row else {
        panic!("not four cells: {row:?}")
    };
    assert!(!default.is_empty() && !what.is_empty(), "{row:?}");
    Flag {
        name: name.clone(),
        variable: Some(variable.clone()).filter(|variable| variable != "none"),
        default: Some(default.clone()).filter(|default| default.starts_with('`')),
    }
}

#[test]
fn options_of_serve_are_those_of_the_program() {
    let shown: Vec<_> = table("## Options", 0).iter().map(|row| flag_of(row)).collect();
    let real: Vec<_> = arguments("serve").iter().map(Flag::of).collect();
    assert!(real.len() >= 14);
    assert_eq!(shown, real);
}

const CLIENT_COMMANDS: [&str; 4] = ["datasets", "get", "info", "sql"];

#[test]
fn options_of_connections_are_those_of_the_program() {
    let shown: Vec<_> = table("## Options", 1).iter().map(|row| flag_of(row)).collect();
    assert!(!shown.is_empty());
    for command in CLIENT_COMMANDS {
        let mut real = arguments(command);
        real.retain(is_of_connection);
        assert_eq!(shown, real.iter().map(Flag::of).collect::<Vec<_>>(), "{command}");
    }
}

#[test]
fn other_options_are_those_of_the_program() {
    let mut real: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for command in CLIENT_COMMANDS {
        let flags = arguments(command);
        for arg in flags
            .iter()
            .filter(|arg| !is_of_connection(arg) && !arg.is_positional())
        {
            let Flag {
                name,
                variable,
                default,
            } = Flag::of(arg);
            assert_eq!((variable, default), (None, None), "{name}");
            real.entry(name).or_default().push(format!("`{command}`"));
        }
    }
    let real: BTreeMap<_, _> = real
        .into_iter()
        .map(|(name, commands)| (name, commands.join(", ")))
        .collect();
    let shown: BTreeMap<_, _> = table("## Options", 2)
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(shown, real);
}
