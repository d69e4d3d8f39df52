//! Prepared statements, by handle. What is kept is text, never a plan: each execution sees the snapshot of its moment.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use moka::sync::Cache;
use parking_lot::RwLock;

use crate::error::{Error, Result};

/// Drivers leak handles, so each is forgotten after this long without use,
pub const PREPARED_IDLE: Duration = Duration::from_secs(3600);

/// and beyond this number the least used ones are.
const MAX_HANDLES: u64 = 10_000;

/// What was prepared.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// SQL text.
    Sql(Arc<str>),
    /// A Substrait plan, encoded.
    Substrait(Bytes),
}

/// A prepared statement, and the parameters bound to it.
#[derive(Debug)]
pub struct Prepared {
    /// What was prepared.
    pub statement: Statement,
    /// The statement changes data: it has a count and no rows as its result.
    pub is_update: bool,
    /// The types of its parameters, in their order.
    pub parameters: Vec<DataType>,
    bound: RwLock<Option<RecordBatch>>,
}

impl Prepared {
    /// A statement without bound parameters.
    pub fn new(statement: Statement, is_update: bool, parameters: Vec<DataType>) -> Self {
        Self {
            statement,
            is_update,
            parameters,
            bound: RwLock::default(),
        }
    }

    /// Keeps parameters, one row an execution, in place of those before.
    pub fn bind(&self, rows: RecordBatch) {
        *self.bound.write() = Some(rows);
    }

    /// The parameters that were bound last.
    pub fn bound(&self) -> Option<RecordBatch> {
        self.bound.read().clone()
    }
}

/// The prepared statements of all clients. A handle is 128 random bits: knowing it is the right to use it.
#[derive(Debug)]
pub struct PreparedStatements {
    statements: Cache<Bytes, Arc<Prepared>>,
}

impl Default for PreparedStatements {
    fn default() -> Self {
        Self {
            statements: Cache::builder()
                .max_capacity(MAX_HANDLES)
                .time_to_idle(PREPARED_IDLE)
                .build(),
        }
    }
}

impl PreparedStatements {
    /// Keeps a statement and returns its handle.
    pub fn create(&self, prepared: Prepared) -> Bytes {
        let handle = Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        self.statements.insert(handle.clone(), Arc::new(prepared));
        handle
    }

    /// The statement of a handle.
    ///
    /// # Errors
    /// `NotFound` when it was closed, forgotten, or never was.
    pub fn get(&self, handle: &Bytes) -> Result<Arc<Prepared>> {
        let unknown = || Error::not_found("the prepared statement is closed or unknown; prepare it again");
        self.statements.get(handle).ok_or_else(unknown)
    }

    /// Forgets a handle. One that is not known is no error.
    pub fn close(&self, handle: &Bytes) {
        self.statements.invalidate(handle);
    }

    /// How many handles are kept, about.
    pub fn count(&self) -> u64 {
        self.statements.run_pending_tasks();
        self.statements.entry_count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn prepared(sql: &str) -> Prepared {
        Prepared::new(Statement::Sql(sql.into()), false, Vec::new())
    }

    #[test]
    fn a_handle_lives_until_it_is_closed() {
        let statements = PreparedStatements::default();
        let (one, two) = (
            statements.create(prepared("SELECT 1")),
            statements.create(prepared("SELECT 2")),
        );
        assert_eq!(
            statements.get(&two).unwrap().statement,
            Statement::Sql("SELECT 2".into())
        );
        statements.close(&one);
        statements.close(&one);
        assert_eq!(statements.get(&one).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(statements.get(&two).is_ok());
    }

    #[test]
    fn f37_handles_that_nobody_closes_are_bounded() {
        let statements = PreparedStatements::default();
        for _ in 0..MAX_HANDLES + 500 {
            statements.create(prepared("SELECT 1"));
        }
        assert!(statements.count() <= MAX_HANDLES, "{} handles", statements.count());
    }
}
