//! What to say of a function that there is not: one that is written alike, or that means the same; or how it is called.

use std::collections::BTreeSet;

use datafusion::execution::session_state::SessionState;

use super::synonyms;

/// At least this similar (1 is equal) to be proposed.
const SIMILAR: f64 = 0.84;

/// What other databases call it, and what there is in its place.
const MEANT: &[(&str, &str)] = &[
    ("argmax", "arg_max"),
    ("argmin", "arg_min"),
    ("concat_agg", "string_agg"),
    ("wm_concat", "string_agg"),
    ("countdistinct", "count(DISTINCT …)"),
    ("count_distinct", "count(DISTINCT …)"),
    ("count_if", "count(*) FILTER (WHERE …)"),
    ("countif", "count(*) FILTER (WHERE …)"),
    ("sumif", "sum(…) FILTER (WHERE …)"),
    ("sum_if", "sum(…) FILTER (WHERE …)"),
    ("explode", "unnest"),
    ("format_datetime", "to_char"),
    ("formatdatetime", "to_char"),
    ("parse_date", "to_date"),
    ("parse_datetime", "to_timestamp"),
    ("parse_timestamp", "to_timestamp"),
    ("str_to_date", "to_timestamp"),
    ("strptime", "to_timestamp"),
    ("to_datetime", "to_timestamp"),
    ("to_varchar", "to_char"),
    ("to_string", "CAST(… AS VARCHAR)"),
    ("tostring", "CAST(… AS VARCHAR)"),
    ("to_number", "CAST(… AS DOUBLE)"),
    ("to_double", "CAST(… AS DOUBLE)"),
    ("to_int", "CAST(… AS BIGINT)"),
    ("to_integer", "CAST(… AS BIGINT)"),
    ("toint64", "CAST(… AS BIGINT)"),
    ("int", "CAST(… AS BIGINT)"),
    ("float", "CAST(… AS DOUBLE)"),
    ("str", "CAST(… AS VARCHAR)"),
    ("safe_cast", "TRY_CAST(… AS …)"),
    ("average", "avg"),
    ("mean_value", "avg"),
    ("percentile", "quantile_cont"),
    ("percentile_approx", "approx_percentile_cont"),
    ("approx_quantile", "approx_percentile_cont"),
    ("quantile_disc", "quantile_cont"),
    ("percentile_disc", "percentile_cont"),
    ("regexp_substr", "regexp_extract"),
    ("rownum", "row_number() OVER ()"),
    ("rowid", "row_number() OVER ()"),
    ("split", "string_to_array"),
    ("string_split", "string_to_array"),
    ("str_split", "string_to_array"),
    ("stuff", "overlay"),
    ("replicate", "repeat"),
    ("substr_index", "split_part"),
    ("trunc_date", "date_trunc"),
    ("unix_timestamp", "epoch"),
    ("to_unix_timestamp", "epoch"),
    ("stdev", "stddev"),
    ("std", "stddev"),
    ("variance", "var"),
];

/// How functions that have no documentation are called.
const CALLED: &[(&str, &str)] = &[
    ("add_months", "add_months(date, months)"),
    ("dateadd", "dateadd(unit, number, moment)"),
    ("datediff", "datediff(unit, first, last)"),
    ("format_string", "format_string(format, value, …)"),
    ("last_day", "last_day(date)"),
    ("mode", "mode(value)"),
    ("next_day", "next_day(date, weekday)"),
    ("soundex", "soundex(text)"),
];

/// What the engine writes for arguments that it does not tell of.
const VAGUE: [&str; 6] = ["UserDefined", "NullAry", "Numeric(", "Comparable(", "Any", "Variadic"];

/// `there is no function coalesce(); there is coalesce(expression1[, …])`, of a message that says of the function `typed` what it
/// takes in words that are of no use to a person.
pub(in crate::engine) fn documented_call(state: &SessionState, typed: &str, message: &str) -> Option<String> {
    let (there_is_none, takes) = message.split_once("; there is ")?;
    if !VAGUE.iter().any(|vague| takes.contains(vague)) {
        return None;
    }
    let called = CALLED.iter().find(|(name, _)| *name == typed);
    let called = called.map(|(_, called)| (*called).to_owned());
    let called = called.or_else(|| documented(state, typed))?;
    Some(format!("{there_is_none}; there is {called}"))
}

/// How a function is called, as its documentation says.
fn documented(state: &SessionState, name: &str) -> Option<String> {
    let scalar = || state.scalar_functions().get(name)?.documentation();
    let aggregate = || state.aggregate_functions().get(name)?.documentation();
    let window = || state.window_functions().get(name)?.documentation();
    let documentation = scalar().or_else(aggregate).or_else(window)?;
    let lines = documentation.syntax_example.lines().map(str::trim);
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    Some(lines.join(" "))
}

/// `there is no function 'summ'; did you mean 'sum'?`
pub(in crate::engine) fn unknown_function(state: &SessionState, typed: &str) -> String {
    let there_is_none = format!("there is no function '{typed}'");
    let typed = typed.to_lowercase();
    if let Some((_, meant)) = MEANT.iter().find(|(name, _)| *name == typed) {
        return format!("{there_is_none}; there is {meant}");
    }
    if state.window_functions().contains_key(&typed) {
        return format!("'{typed}' is a window function: write {typed}(…) OVER (ORDER BY …)");
    }
    let mut known: BTreeSet<&str> = synonyms::names().collect();
    known.extend(state.scalar_functions().keys().map(String::as_str));
    known.extend(state.aggregate_functions().keys().map(String::as_str));
    known.extend(state.window_functions().keys().map(String::as_str));
    let scored = known.into_iter().map(|name| (strsim::jaro_winkler(&typed, name), name));
    // The first of the best, so that the same mistake gets the same answer.
    let best = scored.reduce(|best, other| if other.0 > best.0 { other } else { best });
    match best {
        Some((similarity, name)) if similarity >= SIMILAR => format!("{there_is_none}; did you mean '{name}'?"),
        _ => there_is_none,
    }
}
