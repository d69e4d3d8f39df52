//! What the sources hold: from a look at them, and from the check of files that were opened by a sample.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use futures::stream;
use futures::{FutureExt, StreamExt};

use super::table::are_same;
use super::{Catalog, Snapshot, SourceContents, Table};
use crate::cores::cores;
use crate::discovery::{DatasetName, Discovered, SavedQuery};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{FormatTable, Formats, SourceFile};
use crate::store::Compression;

/// A file of up to this size is checked whole before it is served; a larger one afterwards, in the background.
const CHECK_AT_ONCE_BYTES: u64 = 4 << 20;

/// How far a refresh has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshProgress {
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
    pub async fn refresh<F, Fut>(
        &self,
        plan_view: F,
        progress: &(dyn Fn(RefreshProgress) + Send + Sync),
    ) -> Arc<Snapshot>
    where
        F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
        Fut: Future<Output = Result<SchemaRef>> + Send,
    {
        let _refreshing = self.refreshing.lock().await;
        let seen = self.sources.discover().await;
        let before = self.found.lock().await.files.clone();
        let (files, skipped) = open_all(self.sources.formats(), seen.files, &before, progress).await;
        let mut found = self.found.lock().await;
        *found = SourceContents {
            files,
            queries: seen.queries,
            skipped,
            warnings: seen.warnings,
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
        let Some(files) = table.as_files() else { return true };
        let checked = match read(files.files(), Arc::clone(files).check()).await {
            Ok(files) => {
                for warning in files.warnings() {
                    tracing::info!(dataset = table.name.id, "{warning}");
                }
                Table::served(table.name.clone(), files)
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

/// Opens what was found, unless it is known already; and what cannot be opened, with a warning for each.
async fn open_all(
    formats: &Formats,
    all: Vec<Discovered>,
    before: &[Arc<Table>],
    progress: &(dyn Fn(RefreshProgress) + Send + Sync),
) -> (Vec<Arc<Table>>, Vec<(DatasetName, String)>) {
    let known: HashMap<_, _> = before.iter().map(|table| (table.name.id.as_str(), table)).collect();
    let total = all.len();
    let width = cores() * 2;
    let mut opened = stream::iter(all)
        .map(|found| {
            let known = known.get(found.name.id.as_str());
            let known = known.filter(|table| are_same(table.served_files(), &found.files));
            let known = known.map(|table| Arc::clone(table));
            async move {
                match known {
                    Some(table) => Ok(table),
                    None => {
                        let name = found.name.clone();
                        let opened = open(formats, found).await.map(Arc::new);
                        opened.map_err(|warning| (name, warning))
                    }
                }
            }
        })
        .buffered(width);
    let (mut tables, mut skipped) = (Vec::with_capacity(total), Vec::new());
    let mut done = 0;
    while let Some(table) = opened.next().await {
        done += 1;
        progress(RefreshProgress { done, total });
        match table {
            Ok(table) => tables.push(table),
            Err(warning) => skipped.push(warning),
        }
    }
    (tables, skipped)
}

async fn open(formats: &Formats, found: Discovered) -> Result<Table, String> {
    let path = found.files.first().map_or(found.name.id.as_str(), SourceFile::name);
    let skipped = |error| format!("'{path}' is skipped: {error}");
    let mut files = read(&found.files, open_as(formats, &found)).await.map_err(skipped)?;
    let size: u64 = found.files.iter().map(|file| file.meta.size).sum();
    if !files.is_checked() && size <= CHECK_AT_ONCE_BYTES {
        files = read(&found.files, files.check()).await.map_err(skipped)?;
    }
    Ok(Table::served(found.name, files))
}

/// The table of files by the format that their names say; by the one that their first bytes say, if they are not what they
/// are called.
async fn open_as(formats: &Formats, found: &Discovered) -> Result<Arc<dyn FormatTable>> {
    let opened = found.format.open(&found.files).await;
    let (Err(error), [first, ..]) = (&opened, found.files.as_slice()) else {
        return opened;
    };
    if error.kind() != ErrorKind::BadData || first.compression != Compression::None {
        return opened;
    }
    match formats.of_content(first).await? {
        Some(format) if format.name() != found.format.name() => format.open(&found.files).await,
        _ => opened,
    }
}

/// What a reader makes of files. That it panics, on bytes that nobody thought of, is an error of these files alone.
async fn read(
    files: &[SourceFile],
    reader: impl Future<Output = Result<Arc<dyn FormatTable>>> + Send,
) -> Result<Arc<dyn FormatTable>> {
    let read = AssertUnwindSafe(reader).catch_unwind().await;
    read.unwrap_or_else(|_| {
        let name = files.first().map_or("", SourceFile::name);
        Err(Error::bad_data(format!(
            "file '{name}' is damaged: its reader gives up on it"
        )))
    })
}
