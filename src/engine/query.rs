//! What can be asked.

use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use serde::Deserialize;

use crate::discovery::naming::ROOT_SCHEMA;
use crate::request::Subject;

/// A question that has rows as its answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// One SQL statement that reads.
    Sql(SqlQuery),
    /// A Substrait plan, encoded.
    Substrait(Bytes),
    /// A dataset by its id, or a part of it.
    Dataset(DatasetQuery),
}

impl Query {
    /// Tells the log what the request is about.
    pub(super) fn name(&self, subject: &Subject) {
        match self {
            Self::Sql(sql) => subject.set_statement(&sql.text),
            Self::Substrait(_) => subject.set_statement("Substrait"),
            Self::Dataset(dataset) => subject.set_dataset(&dataset.id),
        }
    }

    /// One SQL statement without parameters.
    pub fn sql(text: impl Into<String>) -> Self {
        Self::Sql(SqlQuery {
            text: text.into(),
            parameters: None,
        })
    }
}

/// One SQL statement, and the values of its parameters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SqlQuery {
    /// The text, with `?` or `$1`, `$2`, … where a value is to be put in.
    pub text: String,
    /// One column a parameter, one row an execution; the results follow one another. Absent: executed once, without.
    pub parameters: Option<RecordBatch>,
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
    /// The schema of unqualified names.
    pub schema: String,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            partitions: 1,
            start_time_ns: chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default(),
            schema: ROOT_SCHEMA.into(),
        }
    }
}
