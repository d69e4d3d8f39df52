//! Prepared statements, by handle. SQL text is kept, never a plan: each execution sees the snapshot of its moment.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache;

use crate::error::{Error, Result};

/// Drivers leak handles, so each is forgotten after this long without use,
const IDLE: Duration = Duration::from_secs(3600);

/// and beyond this number the least used ones are.
const MAX_HANDLES: u64 = 10_000;

/// The prepared statements of all clients. A handle is 128 random bits: knowing it is the right to use it.
#[derive(Debug)]
pub struct PreparedStatements {
    statements: Cache<Bytes, Arc<str>>,
}

impl Default for PreparedStatements {
    fn default() -> Self {
        Self {
            statements: Cache::builder().max_capacity(MAX_HANDLES).time_to_idle(IDLE).build(),
        }
    }
}

impl PreparedStatements {
    /// Keeps a statement and returns its handle.
    pub fn create(&self, sql: impl Into<Arc<str>>) -> Bytes {
        let handle = Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        self.statements.insert(handle.clone(), sql.into());
        handle
    }

    /// The statement of a handle.
    ///
    /// # Errors
    /// `NotFound` when it was closed, forgotten, or never was.
    pub fn get(&self, handle: &Bytes) -> Result<String> {
        let statement = self.statements.get(handle).map(|sql| sql.to_string());
        statement.ok_or_else(|| Error::not_found("the prepared statement is closed or unknown; prepare it again"))
    }

    /// Forgets a handle. One that is not known is no error.
    pub fn close(&self, handle: &Bytes) {
        self.statements.invalidate(handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_handle_lives_until_it_is_closed() {
        let statements = PreparedStatements::default();
        let (one, two) = (statements.create("SELECT 1"), statements.create("SELECT 2"));
        assert_eq!(statements.get(&two).unwrap(), "SELECT 2");
        statements.close(&one);
        statements.close(&one);
        assert_eq!(statements.get(&one).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(statements.get(&two).unwrap(), "SELECT 2");
    }
}
