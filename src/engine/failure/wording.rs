//! The engine's messages in words for people.

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;

use super::dump::undumped;
use super::fragments::*;
use super::place::said_position;

/// What the engine says, in errors that it takes for its own defects, of mistakes in a statement: a pattern that is none, a
/// position or a size that cannot be, a type that a function or an operator does not take.
pub(super) const MISTAKES: [&str; 13] = [
    NO_PATTERN,
    NOT_COMPILED,
    LARGE_PATTERN,
    NEGATIVE_SIZE,
    ZEROTH,
    STRIDE,
    LATE_DATE,
    UNKNOWN_TYPE,
    NO_BOUND,
    NO_ORDER,
    NO_DISTANCE,
    UNCOMPARABLE,
    NO_TEXT,
];

/// What says nothing to a person, in front of a message.
const PREFIXES: [&str; 10] = [
    PLANNING,
    SCHEMA,
    EXECUTION,
    ARROW,
    UNIMPLEMENTED,
    EXTERNAL,
    COMPUTE,
    CAST,
    ARGUMENT,
    PARSER,
];

/// At least this similar (1 is equal) are a function that there is not and one that is proposed.
const SIMILAR: f64 = 0.84;

/// Whether an error that the engine takes for a defect is a mistake in the statement.
pub(super) fn is_users(said: &str) -> bool {
    MISTAKES.iter().any(|mistake| said.contains(mistake))
}

/// The message on one line, without what says nothing to a person: the engine's prefixes, its rules, its settings.
pub(super) fn text(error: &DataFusionError) -> String {
    let root = error.find_root();
    if let DataFusionError::SQL(parser, _) = root {
        return match parser.as_ref() {
            ParserError::ParserError(said) | ParserError::TokenizerError(said) => said_position(said)
                .map_or(said.as_str(), |(message, _)| message)
                .to_owned(),
            ParserError::RecursionLimitExceeded => "the statement is nested too deeply".into(),
        };
    }
    let whole = match root {
        // Without the advice to report a defect.
        DataFusionError::Internal(said) => said.clone(),
        root => root.strip_backtrace(),
    };
    let mut rest = whole.as_str();
    if let Some(assertion) = rest.strip_prefix(ASSERTION) {
        // `condition: message`
        rest = assertion.split_once(": ").map_or(assertion, |(_, message)| message);
    }
    while let Some(shorter) = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix)) {
        rest = shorter;
    }
    let line = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    plainer(root, &line).unwrap_or(line)
}

/// The engine's words for the commonest mistakes, in ours.
fn plainer(error: &DataFusionError, line: &str) -> Option<String> {
    if let DataFusionError::SchemaError(error, _) = error {
        return match error.as_ref() {
            SchemaError::AmbiguousReference { field } => {
                let name = &field.name;
                Some(format!("the column '{name}' is in several tables; write table.{name}"))
            }
            _ => None,
        };
    }
    let known = [
        undumped,
        ungrouped,
        unknown_call,
        named_twice,
        unknown_function,
        not_comparable,
        no_moment,
        no_date,
        no_regex,
    ];
    known.iter().find_map(|plain| plain(line))
}

fn ungrouped(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(UNGROUPED_COLUMN)?;
    let (column, _) = rest.split_once('"')?;
    rest[column.len()..]
        .starts_with(UNGROUPED)
        .then(|| format!("the column '{column}' must be in GROUP BY or in an aggregate function"))
}

fn unknown_call(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(NO_FUNCTION)?;
    let (call, rest) = rest.split_once("'.")?;
    let takes = rest.split_once(CANDIDATES).map(|(_, takes)| takes);
    let takes = takes.map(|takes| format!("; there is {}", takes.replace(") ", "), ")));
    Some(format!("there is no function {call}{}", takes.unwrap_or_default()))
}

fn named_twice(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(TWICE)?;
    let name = rest.split_once('"').map_or(rest, |(name, _)| name);
    Some(format!("several columns are named '{name}'; name them with AS"))
}

fn unknown_function(line: &str) -> Option<String> {
    let (function, meant) = line.strip_prefix(NO_SUCH_FUNCTION)?.split_once(MEANT)?;
    let meant = meant.strip_suffix("'?")?;
    // The engine always proposes one, however unlike it is.
    let proposal = match strsim::jaro_winkler(&function.to_lowercase(), meant) >= SIMILAR {
        true => format!("; did you mean '{meant}'?"),
        false => String::new(),
    };
    Some(format!("there is no function '{function}'{proposal}"))
}

fn not_comparable(line: &str) -> Option<String> {
    let types = line.strip_prefix(NO_COMPARISON)?;
    let remedy = match types.contains(BOOLEAN) {
        true => "a Boolean is true or false, without quotes",
        false => "cast one side to the type of the other",
    };
    Some(format!("there is no {types}: {remedy}"))
}

fn no_moment(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(NO_MOMENT)?;
    let (text, _) = rest.rsplit_once("': ")?;
    Some(format!(
        "'{text}' is no timestamp: write it as 2024-01-31 10:30:00, or say how it is written with to_timestamp(text, format)"
    ))
}

fn no_date(line: &str) -> Option<String> {
    line.starts_with(NO_DATE)
        .then(|| "this is no date: write it as 2024-01-31, or say how it is written with to_date(text, format)".into())
}

/// A regular expression that is none: the pattern, and what is wrong with it where the library says so.
fn no_regex(line: &str) -> Option<String> {
    if let Some((_, limit)) = line.split_once(LARGE_PATTERN) {
        let limit = limit.split(|c: char| !c.is_ascii_digit()).next()?;
        return Some(format!(
            "the regular expression is too large: compiled it has more than {limit} bytes"
        ));
    }
    if line.contains(LARGE_PROGRAM) {
        return Some("the regular expression is too large once it is compiled".into());
    }
    if let Some((_, said)) = line.split_once(NO_PATTERN) {
        let (pattern, why) = said.rsplit_once(WRONG_PATTERN)?;
        let pattern = pattern.trim_start().trim_end_matches(['^', ' ']);
        let why = why.trim_end_matches([' ', '~', ')']);
        return Some(format!("'{pattern}' is no regular expression: {why}"));
    }
    let (_, pattern) = line.split_once(NOT_COMPILED)?;
    Some(format!("'{pattern}' is no regular expression"))
}
