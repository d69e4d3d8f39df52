//! What the server remembers between the requests of a client: a [`Session`] with its options and temporary tables,
//! prepared statements, and which queries run.

mod options;
mod owner;
mod prepared;
mod running;
mod store;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

pub use options::{Options, SetError, Types};
pub use owner::Owner;
pub use prepared::{
    MAX_PARAMETER_BYTES, PREPARED_IDLE, Parameter, Prepared, PreparedStatements, StatementText, too_many_parameters,
};
pub use running::{QueryId, Running, RunningQueries};
pub use store::{SessionKey, Sessions};

use crate::catalog::Table;
use crate::error::Result;
use crate::writable::WritableTables;

/// What one client set, and the tables that only it sees.
#[derive(Debug, Default)]
pub struct Session {
    options: RwLock<Options>,
    temporary: RwLock<BTreeMap<String, Arc<Table>>>,
    store: Mutex<Option<WritableTables>>,
}

impl Session {
    /// The options as they are now.
    pub fn options(&self) -> Options {
        self.options.read().clone()
    }

    /// Changes the options.
    pub fn set(&self, change: impl FnOnce(&mut Options)) {
        change(&mut self.options.write());
    }

    /// The tables that only this session sees, by id.
    pub fn temporary(&self) -> Vec<Arc<Table>> {
        self.temporary.read().values().cloned().collect()
    }

    /// The temporary table of this id.
    pub fn temporary_table(&self, id: &str) -> Option<Arc<Table>> {
        self.temporary.read().get(id).cloned()
    }

    /// Where the temporary tables are kept; `make` makes the place for the first one.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn temporary_store(&self, make: impl FnOnce() -> Result<WritableTables>) -> Result<WritableTables> {
        let mut store = self.store.lock();
        match store.as_ref() {
            Some(store) => Ok(store.clone()),
            None => Ok(store.insert(make()?).clone()),
        }
    }

    /// Adds a temporary table, or replaces the one of the same id.
    pub fn put_temporary(&self, table: Arc<Table>) {
        self.temporary.write().insert(table.name.id.clone(), table);
    }

    /// Forgets a temporary table.
    pub fn drop_temporary(&self, id: &str) {
        self.temporary.write().remove(id);
    }
}
