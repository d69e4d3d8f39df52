//! What can be asked.

use serde::Deserialize;

/// A question that has rows as its answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// One SQL statement that reads.
    Sql(String),
    /// A dataset by its id, or a part of it.
    Dataset(DatasetQuery),
}

/// A dataset by its id, with what is wanted of it. The rows come in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct DatasetQuery {
    /// The dataset's id.
    #[serde(alias = "dataset", alias = "table", alias = "path")]
    pub id: String,
    /// The columns, in this order; all of them when absent.
    pub columns: Option<Vec<String>>,
    /// An SQL expression that each row must satisfy.
    pub filter: Option<String>,
    /// At most this many rows.
    pub limit: Option<u64>,
}

impl DatasetQuery {
    /// The whole dataset.
    pub fn all(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// True when nothing but the dataset is asked for.
    pub fn is_all(&self) -> bool {
        self.columns.is_none() && self.filter.is_none() && self.limit.is_none()
    }
}

/// What a plan depends on besides the question and the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// Plan for up to this many parts that can be read separately; 1 for one stream.
    pub partitions: usize,
    /// What `now()` means, in nanoseconds since 1970 (UTC).
    pub start_time_ns: i64,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            partitions: 1,
            start_time_ns: chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default(),
        }
    }
}
