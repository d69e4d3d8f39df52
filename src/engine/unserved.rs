//! A name that no table has, whose file is there: the error says so.

use std::sync::Arc;

use super::Engine;
use super::names::Unknown;
use crate::error::Result;

impl Engine {
    /// What was planned; where that failed for a table that is not known, the error says whether its file lies in the sources.
    pub(super) async fn with_unserved<T>(&self, planned: Result<T>) -> Result<T> {
        let Some(unknown) = planned
            .as_ref()
            .err()
            .and_then(|error| error.cause::<Arc<Unknown>>())
            .cloned()
        else {
            return planned;
        };
        let catalog = Arc::clone(&self.catalog);
        let sought = Arc::clone(&unknown);
        let look = self
            .runtime
            .spawn(async move { catalog.unserved(|name| sought.is(name)).await });
        match look.await {
            Ok(Some(file)) => Err(unknown.instead(&file)),
            _ => planned,
        }
    }
}
