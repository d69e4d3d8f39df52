//! What the sources hold: from a look at them, and from the check of files that were opened by a sample.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use futures::stream;
use futures::{FutureExt, StreamExt};

use super::{Catalog, Found, Snapshot, Source, Table};
use crate::cores::cores;
use crate::discovery::{Discovered, SavedQuery};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{OpenTable, SourceFile};

/// A file of up to this size is checked whole before it is served; a larger one afterwards, in the background.
const CHECK_AT_ONCE_BYTES: u64 = 4 << 20;

/// How far a refresh has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files that are open.
    pub done: usize,
    /// Files that were found.
    pub total: usize,
}

impl Catalog {
    /// Looks at the sources again and publishes what is there. Files that did not change keep what is known of them.
    ///
    /// `plan_view` gives the columns of a saved query over the tables found so far, or says what is wrong with it;
    /// `progress` is told after each file.
    pub async fn refresh<F, Fut>(&self, plan_view: F, progress: &(dyn Fn(Progress) + Send + Sync)) -> Arc<Snapshot>
    where
        F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
        Fut: Future<Output = Result<SchemaRef>> + Send,
    {
        let _refreshing = self.refreshing.lock().await;
        let seen = self.sources.discover().await;
        let before = self.found.lock().await.files.clone();
        let (files, warnings) = open_all(seen.files, &before, progress).await;
        let mut found = self.found.lock().await;
        *found = Found {
            files,
            queries: seen.queries,
            warnings: [seen.warnings, warnings].concat(),
        };
        self.publish_next(&found, None, &plan_view).await
    }

    /// Checks the first file that was only sampled so far and publishes what the check found, or that it failed. False when
    /// there is none.
    ///
    /// Each is tried once: `tried` remembers. A damaged file is not tried again until it changes.
    pub async fn check_next<F, Fut>(&self, tried: &mut Vec<(String, u64)>, plan_view: F) -> bool
    where
        F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
        Fut: Future<Output = Result<SchemaRef>> + Send,
    {
        let snapshot = self.snapshot();
        let is_damaged = |table: &Table| {
            table
                .unreadable()
                .is_some_and(|error| error.kind() == ErrorKind::BadData)
        };
        let unchecked = snapshot.tables().find(|table| {
            let key = (table.name.id.clone(), table.fingerprint());
            !table.is_checked() && !is_damaged(table) && !tried.contains(&key)
        });
        let Some(table) = unchecked.cloned() else { return false };
        tried.push((table.name.id.clone(), table.fingerprint()));
        // What clients wrote is never unchecked.
        let Source::File { file, format, open } = &table.source else {
            return true;
        };
        let checked = match read(file, format.check(file, open)).await {
            Ok(open) => {
                for warning in &open.warnings {
                    tracing::info!(dataset = table.name.id, "{warning}");
                }
                let found = Discovered {
                    name: table.name.clone(),
                    file: file.clone(),
                    format: Arc::clone(format),
                };
                Table::file(found, open)
            }
            Err(error) => {
                tracing::warn!(dataset = table.name.id, %error, "a file could not be checked");
                table.unreadable_for(error)
            }
        };
        self.replace(&table, Arc::new(checked), plan_view).await;
        true
    }

    /// Puts what is known of a file now in the place of what was known, unless another look at the sources came between.
    async fn replace<F, Fut>(&self, before: &Table, table: Arc<Table>, plan_view: F)
    where
        F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
        Fut: Future<Output = Result<SchemaRef>> + Send,
    {
        let _refreshing = self.refreshing.lock().await;
        let mut found = self.found.lock().await;
        let is_it = |now: &&mut Arc<Table>| now.name.id == before.name.id && now.fingerprint() == before.fingerprint();
        let Some(still_there) = found.files.iter_mut().find(is_it) else {
            return;
        };
        *still_there = Arc::clone(&table);
        // What clients wrote meanwhile may stand before it.
        if self.snapshot().get(&table.name.id).is_some_and(|now| !now.written) {
            self.publish_next(&found, Some(table), &plan_view).await;
        }
    }
}

async fn open_all(
    files: Vec<Discovered>,
    before: &[Arc<Table>],
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> (Vec<Arc<Table>>, Vec<String>) {
    let known: HashMap<_, _> = before.iter().map(|table| (table.name.id.as_str(), table)).collect();
    let total = files.len();
    let width = cores() * 2;
    let mut opened = stream::iter(files)
        .map(|found| {
            let known = known.get(found.name.id.as_str()).filter(|table| is_same(table, &found));
            let known = known.map(|table| Arc::clone(table));
            async move {
                match known {
                    Some(table) => Ok(table),
                    None => open(found).await.map(Arc::new),
                }
            }
        })
        .buffered(width);
    let (mut tables, mut warnings) = (Vec::with_capacity(total), Vec::new());
    let mut done = 0;
    while let Some(table) = opened.next().await {
        done += 1;
        progress(Progress { done, total });
        match table {
            Ok(table) => tables.push(table),
            Err(warning) => warnings.push(warning),
        }
    }
    (tables, warnings)
}

fn is_same(table: &Table, found: &Discovered) -> bool {
    match &table.source {
        Source::File { file, .. } => file.meta == found.file.meta && file.url == found.file.url,
        Source::Written { .. } | Source::View(_) | Source::System(_) => false,
    }
}

async fn open(found: Discovered) -> Result<Table, String> {
    let skipped = |error| format!("'{}' is skipped: {error}", found.file.name());
    let mut open = read(&found.file, found.format.open(&found.file))
        .await
        .map_err(skipped)?;
    if open.schema.fields().is_empty() {
        return Err(format!("'{}' is skipped: it has no columns yet", found.file.name()));
    }
    if !open.checked && found.file.meta.size <= CHECK_AT_ONCE_BYTES {
        let check = found.format.check(&found.file, &open);
        open = read(&found.file, check).await.map_err(skipped)?;
    }
    Ok(Table::file(found, open))
}

/// What a reader makes of a file. That it panics, on bytes that nobody thought of, is an error of this file alone.
async fn read(file: &SourceFile, reader: impl Future<Output = Result<OpenTable>> + Send) -> Result<OpenTable> {
    let read = AssertUnwindSafe(reader).catch_unwind().await;
    read.unwrap_or_else(|_| {
        Err(Error::bad_data(format!(
            "file '{}' is damaged: its reader gives up on it",
            file.name()
        )))
    })
}
