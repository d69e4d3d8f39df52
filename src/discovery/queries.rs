//! Saved queries: each `*.sql` file is one SELECT, with a comment above it as its description.

use super::naming::Claims;
use super::{DatasetName, Root};
use crate::store::read_range;

const MAX_BYTES: u64 = 1 << 20;

/// A saved query: SQL text under a name.
#[derive(Debug, Clone)]
pub struct SavedQuery {
    /// The name that it is served under.
    pub name: DatasetName,
    /// The file's name, for messages.
    pub file: String,
    /// The text of the leading `--` lines, joined by blanks.
    pub description: Option<String>,
    /// The whole text.
    pub sql: String,
}

/// Reads the queries below `root`, and a warning for each file that could not be read.
pub(super) async fn saved_queries(root: &Root, names: &mut Claims) -> (Vec<SavedQuery>, Vec<String>) {
    let listing = root.list(|name| suffix_at(name).is_some()).await;
    let mut warnings = listing.warnings;
    let mut queries = Vec::new();
    for meta in listing.files {
        let path = meta.location.to_string();
        let Some(at) = suffix_at(&path) else { continue };
        let text = match meta.size {
            0..=MAX_BYTES => read_range(&root.store(), &meta, 0..meta.size).await,
            _ => Err(crate::error::Error::bad_data(format!(
                "file '{path}' is too long for a query"
            ))),
        };
        match text.map(|bytes| String::from_utf8(bytes.to_vec())) {
            Ok(Ok(sql)) => {
                let claimed = names.claim(&path[..at], &path);
                warnings.extend(claimed.warning);
                let (name, description) = (claimed.name, description(&sql));
                queries.push(SavedQuery {
                    name,
                    file: path,
                    description,
                    sql,
                });
            }
            Ok(Err(_)) => warnings.push(format!("query '{path}' is skipped: it is not UTF-8")),
            Err(error) => warnings.push(format!("query '{path}' is skipped: {error}")),
        }
    }
    (queries, warnings)
}

fn suffix_at(name: &str) -> Option<usize> {
    let at = name.len().checked_sub(4).filter(|at| *at > 0)?;
    name.get(at..)?.eq_ignore_ascii_case(".sql").then_some(at)
}

fn description(sql: &str) -> Option<String> {
    let lines = sql
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty());
    let comments: Vec<_> = lines.map_while(|line| line.strip_prefix("--")).map(str::trim).collect();
    let text = comments.join(" ").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_above_is_the_description() {
        assert_eq!(
            description("\n-- Rain a month\n--  in mm\nSELECT 1 -- one").as_deref(),
            Some("Rain a month in mm")
        );
        assert_eq!(description("SELECT 1\n-- not this"), None);
        assert_eq!(suffix_at("a.SQL"), Some(1));
        assert_eq!(suffix_at(".sql"), None);
    }
}
