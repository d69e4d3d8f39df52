//! How far a statement is.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

/// Tells which part is done, between 0 and 1.
type Watched = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How far a statement is, for whoever waits for it. Clones show the same.
#[derive(Clone, Default)]
pub struct StatementProgress(Arc<Mutex<Option<Watched>>>);

impl StatementProgress {
    /// Shows what `fraction` says from now on: the part that is done, between 0 and 1.
    pub fn watch(&self, fraction: impl Fn() -> f64 + Send + Sync + 'static) {
        *self.0.lock() = Some(Arc::new(fraction));
    }

    /// The part that is done, between 0 and 1; 0 while nothing is known.
    pub fn fraction(&self) -> f64 {
        let watched = self.0.lock().clone();
        watched.map_or(0.0, |fraction| fraction().clamp(0.0, 1.0))
    }
}

impl fmt::Debug for StatementProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatementProgress")
    }
}
