//! What to say of a function that there is not: one that is written alike, or that means the same.

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

/// `there is no function 'summ'; did you mean 'sum'?`
pub(in crate::engine) fn unknown_function(state: &SessionState, typed: &str) -> String {
    let there_is_none = format!("there is no function '{typed}'");
    let typed = typed.to_lowercase();
    if let Some((_, meant)) = MEANT.iter().find(|(name, _)| *name == typed) {
        return format!("{there_is_none}; there is {meant}");
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
