//! Prepared statements, by handle. What is kept is text, never a plan: each execution sees the snapshot of its moment.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use datafusion::common::utils::memory::get_record_batch_memory_size;
use parking_lot::RwLock;

use super::Owner;
use crate::error::{Error, ErrorKind, Result};
use crate::lru::{Bounds, Left, Lru, Size};

/// How long a handle is kept without use: drivers leak them.
pub const PREPARED_IDLE: Duration = Duration::from_secs(3600);

/// How many handles are kept; the least recently used ones make room. Texts and parameters count by their bytes.
const BOUNDS: Bounds = Bounds {
    idle: PREPARED_IDLE,
    owner: Size {
        entries: 2_500,
        bytes: 256 << 20,
    },
    all: Size {
        entries: 10_000,
        bytes: 1 << 30,
    },
    remembered: 20_000,
};

/// The most that the parameters of a statement may take: a quarter of it is left for texts, and for other statements.
pub const MAX_PARAMETER_BYTES: usize = BOUNDS.owner.bytes / 4 * 3;

/// What was prepared, as the client wrote it.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementText {
    /// SQL text.
    Sql(Arc<str>),
    /// A Substrait plan, encoded.
    Substrait(Bytes),
}

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The type that its places in the statement want.
    pub data_type: DataType,
    /// It is only compared with other values, `n < ?`: a value of another type may be given as it is.
    pub is_compared: bool,
}

/// A prepared statement, and the parameters bound to it.
#[derive(Debug)]
pub struct Prepared {
    /// What was prepared.
    pub statement: StatementText,
    /// The statement changes data: it has a count and no rows as its result.
    pub is_update: bool,
    /// Its parameters, in their order.
    pub parameters: Vec<Parameter>,
    bound: RwLock<Option<RecordBatch>>,
}

impl Prepared {
    /// A statement without bound parameters.
    pub fn new(statement: StatementText, is_update: bool, parameters: Vec<Parameter>) -> Self {
        Self {
            statement,
            is_update,
            parameters,
            bound: RwLock::default(),
        }
    }

    fn bytes(&self) -> usize {
        let statement = match &self.statement {
            StatementText::Sql(text) => text.len(),
            StatementText::Substrait(plan) => plan.len(),
        };
        let parameters = self.parameters.len() * size_of::<Parameter>();
        let bound = self.bound.read().as_ref().map_or(0, get_record_batch_memory_size);
        size_of::<Self>() + statement + parameters + bound
    }

    /// The parameters that were bound last.
    pub fn bound(&self) -> Option<RecordBatch> {
        self.bound.read().clone()
    }
}

/// The prepared statements of all clients. A handle is 128 random bits: knowing it is the right to use it.
#[derive(Debug)]
pub struct PreparedStatements {
    statements: Lru<Bytes, Arc<Prepared>, Owner>,
}

impl Default for PreparedStatements {
    fn default() -> Self {
        Self {
            statements: Lru::new(BOUNDS, |handle, prepared| handle.len() + prepared.bytes()),
        }
    }
}

impl PreparedStatements {
    /// Keeps a statement and returns its handle.
    pub fn create(&self, owner: Owner, prepared: Prepared) -> Bytes {
        let handle = Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        self.statements.insert(owner, handle.clone(), Arc::new(prepared));
        handle
    }

    /// The statement of a handle.
    ///
    /// # Errors
    /// `NotFound` when it was closed, forgotten, or never was.
    pub fn get(&self, handle: &Bytes) -> Result<Arc<Prepared>> {
        self.statements.get(handle).ok_or_else(|| self.unknown(handle))
    }

    /// Keeps parameters of a statement, one row an execution, in place of those before.
    ///
    /// # Errors
    /// `Exhausted` when they take more than [`MAX_PARAMETER_BYTES`]; `NotFound` as [`Self::get`].
    pub fn bind(&self, handle: &Bytes, rows: RecordBatch) -> Result<()> {
        let bytes = get_record_batch_memory_size(&rows);
        if bytes > MAX_PARAMETER_BYTES {
            return Err(too_many_parameters(MAX_PARAMETER_BYTES));
        }
        let prepared = self.get(handle)?;
        // Not dropped under the lock.
        let before = prepared.bound.write().replace(rows);
        drop(before);
        match self.statements.reweigh(handle) {
            true => Ok(()),
            false => Err(self.unknown(handle)),
        }
    }

    /// Forgets a handle. One that is not known is no error.
    pub fn close(&self, handle: &Bytes) {
        self.statements.remove(handle);
    }

    /// How many handles are kept.
    pub fn count(&self) -> usize {
        self.statements.size().entries
    }

    fn unknown(&self, handle: &Bytes) -> Error {
        let why = match self.statements.why(handle) {
            None => "",
            Some(Left::Idle) => ": nobody used it for an hour",
            Some(Left::OwnerFull) => {
                ": its client has prepared so many others since, or bound such large parameters, that it was forgotten \
                 (close what is not used any more)"
            }
            Some(Left::Full) => {
                ": all clients together have prepared so many others since, or bound such large parameters, that it was \
                 forgotten"
            }
        };
        Error::not_found(format!(
            "the prepared statement is closed or unknown{why}; prepare it again"
        ))
    }
}

/// What to say of parameters that take more than `limit` bytes.
pub fn too_many_parameters(limit: usize) -> Error {
    Error::new(
        ErrorKind::Exhausted,
        format!(
            "the parameters take more than {} MiB, the most that a statement may have: send fewer rows at once",
            limit >> 20
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Identity;
    use arrow::array::{ArrayRef, BinaryArray};

    fn prepared(sql: &str) -> Prepared {
        Prepared::new(StatementText::Sql(sql.into()), false, Vec::new())
    }

    fn owner(name: &str) -> Owner {
        Owner::Connection(Identity { name: name.into() }, None)
    }

    fn rows(bytes: usize) -> RecordBatch {
        let column: ArrayRef = Arc::new(BinaryArray::from_iter_values([vec![0; bytes]]));
        RecordBatch::try_from_iter([("$1", column)]).unwrap()
    }

    #[test]
    fn a_handle_lives_until_it_is_closed() {
        let statements = PreparedStatements::default();
        let (one, two) = (
            statements.create(owner("a"), prepared("SELECT 1")),
            statements.create(owner("a"), prepared("SELECT 2")),
        );
        assert_eq!(
            statements.get(&two).unwrap().statement,
            StatementText::Sql("SELECT 2".into())
        );
        statements.close(&one);
        statements.close(&one);
        let closed = statements.get(&one).unwrap_err();
        assert_eq!(closed.kind(), ErrorKind::NotFound);
        assert_eq!(
            closed.message(),
            "the prepared statement is closed or unknown; prepare it again"
        );
        assert!(statements.get(&two).is_ok());
    }

    #[test]
    fn f37_handles_that_nobody_closes_are_bounded_and_push_out_the_oldest_of_their_client() {
        let statements = PreparedStatements::default();
        let honest = statements.create(owner("honest"), prepared("SELECT 0"));
        let first = statements.create(owner("leaks"), prepared("SELECT 1"));
        for _ in 0..BOUNDS.all.entries + 500 {
            let newest = statements.create(owner("leaks"), prepared("SELECT 1"));
            assert!(statements.get(&newest).is_ok());
        }
        assert_eq!(statements.count(), BOUNDS.owner.entries + 1);
        assert!(statements.get(&honest).is_ok());
        let forgotten = statements.get(&first).unwrap_err();
        assert_eq!(forgotten.kind(), ErrorKind::NotFound);
        assert!(forgotten.message().contains("its client has prepared"), "{forgotten}");
    }

    #[test]
    fn texts_and_parameters_are_bounded_by_their_bytes() {
        let statements = PreparedStatements::default();
        let text = "x".repeat(1 << 20);
        let honest = statements.create(owner("honest"), prepared("SELECT 0"));
        for _ in 0..300 {
            statements.create(owner("long texts"), prepared(&text));
        }
        assert_eq!(statements.count(), 1 + 255);

        let handles: Vec<_> = (0..5)
            .map(|_| statements.create(owner("binds"), prepared("SELECT $1")))
            .collect();
        for handle in &handles {
            statements.bind(handle, rows(90 << 20)).unwrap();
            assert_eq!(statements.get(handle).unwrap().bound().unwrap().num_rows(), 1);
        }
        let kept = handles.iter().map(|handle| statements.get(handle).is_ok());
        assert_eq!(kept.collect::<Vec<_>>(), [false, false, false, true, true]);
        // Bound anew they are counted once.
        statements.bind(&handles[4], rows(90 << 20)).unwrap();
        assert!(statements.get(&handles[3]).is_ok());
        assert!(statements.bind(&handles[0], rows(1)).is_err());

        let refused = statements.bind(&handles[4], rows(MAX_PARAMETER_BYTES)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Exhausted);
        assert!(refused.message().contains("192 MiB"), "{refused}");
        assert!(statements.get(&handles[3]).is_ok() && statements.get(&honest).is_ok());
        assert!(statements.get(&handles[4]).unwrap().bound().is_some(), "as it was");
    }
}
