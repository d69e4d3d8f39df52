//! What the sources hold and what clients wrote → the next snapshot; and changes by clients, each published at once.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::{Catalog, Snapshot, SourceContents, Table};
use crate::discovery::{DatasetName, SavedQuery};
use crate::error::{Error, Result};
use crate::writable::{Change, WrittenContent, WrittenTable};

impl Catalog {
    /// Applies a change to the tables that clients write and publishes it: no other change, and no refresh, comes
    /// between. `plan_view` as for [`Self::refresh`].
    ///
    /// # Errors
    /// `Denied` when nothing can be written here or the name is that of a file or a saved query; `Exists`, `NotFound`
    /// and `Invalid` when the change does not fit what is there.
    pub async fn commit<F, Fut>(&self, change: Change, plan_view: F) -> Result<Arc<Snapshot>>
    where
        F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
        Fut: Future<Output = Result<SchemaRef>> + Send,
    {
        let writable = self.writable.as_ref();
        let writable = writable.ok_or_else(|| Error::denied("this server is read-only"))?;
        let found = self.found.lock().await;
        let current = self.snapshot();
        check_not_a_source(&current, &change)?;
        let table = writable.commit(change).await?.and_then(|table| Table::written(&table));
        Ok(self.publish_next(&found, table.map(Arc::new), &plan_view).await)
    }

    /// Makes the next snapshot and publishes it: refreshes, commits and checks of files all do it here. `changed` is the
    /// only table that is not as it was, if there is such a one.
    pub(super) async fn publish_next<F, Fut>(
        &self,
        found: &SourceContents,
        changed: Option<Arc<Table>>,
        plan_view: &F,
    ) -> Arc<Snapshot>
    where
        F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
        Fut: Future<Output = Result<SchemaRef>> + Send,
    {
        let current = self.snapshot();
        let same_columns = |table: &Arc<Table>| {
            let now = current.get(&table.name.id);
            now.is_some_and(|now| now.written == table.written && now.schema == table.schema)
        };
        // Other columns, or another set of names, may mend a view or break it.
        let next = match changed.filter(same_columns) {
            Some(table) => {
                let mut next = Snapshot::clone(&current);
                next.put(table);
                next
            }
            None => self.composed(found, plan_view).await,
        };
        self.publish(next)
    }

    /// The next snapshot. What clients wrote has its names first: they were free when it was written.
    async fn composed<F, Fut>(&self, found: &SourceContents, plan_view: &F) -> Snapshot
    where
        F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
        Fut: Future<Output = Result<SchemaRef>> + Send,
    {
        let written = self
            .writable
            .as_ref()
            .map(|writable| writable.tables())
            .unwrap_or_default();
        let taken = Taken::by(&written);
        let mut warnings = found.warnings.clone();
        warnings.extend(found.skipped.iter().map(|(_, warning)| warning.clone()));
        warnings.extend(
            self.writable
                .iter()
                .flat_map(|writable| writable.warnings().iter().cloned()),
        );
        let (hidden, files): (Vec<_>, Vec<_>) = found.files.iter().partition(|table| taken.has(&table.name));
        warnings.extend(hidden.iter().map(|table| hides(table.source_name(), &table.name)));
        let (hidden, queries): (Vec<_>, Vec<_>) = found.queries.iter().partition(|query| taken.has(&query.name));
        warnings.extend(hidden.iter().map(|query| hides(&query.file, &query.name)));
        let mut snapshot = Snapshot::new(files.into_iter().map(Arc::clone), warnings);
        for table in &written {
            if let Some(table) = Table::written(table) {
                snapshot.put(table);
            }
        }
        let queries = queries.into_iter().cloned().map(|query| (query, false));
        let views = written.iter().filter_map(|table| saved(table)).map(|view| (view, true));
        add_views(&mut snapshot, queries.chain(views).collect(), plan_view).await;
        snapshot
    }
}

/// Names and ids that clients' tables have.
struct Taken<'a> {
    ids: HashSet<&'a str>,
    names: HashSet<(&'a str, &'a str)>,
}

impl<'a> Taken<'a> {
    fn by(written: &'a [Arc<WrittenTable>]) -> Self {
        let names = || written.iter().map(|table| &table.name);
        Self {
            ids: names().map(|name| name.id.as_str()).collect(),
            names: names()
                .map(|name| (name.schema.as_str(), name.table.as_str()))
                .collect(),
        }
    }

    fn has(&self, name: &DatasetName) -> bool {
        self.ids.contains(name.id.as_str()) || self.names.contains(&(name.schema.as_str(), name.table.as_str()))
    }
}

fn hides(file: &str, name: &DatasetName) -> String {
    format!("'{file}' is skipped: a client has written '{}'", name.id)
}

/// What a client wants to make must not be there as a file; what it wants to change must not be one.
fn check_not_a_source(current: &Snapshot, change: &Change) -> Result<()> {
    let name = change.name();
    let there = current
        .get(&name.id)
        .or_else(|| current.find(&name.schema, &name.table));
    match there {
        Some(there) if !there.written && change.is_creation() => {
            Err(Error::exists(format!("'{}' exists already: {}", name.id, there.kind())))
        }
        Some(there) if !there.written => Err(Error::denied(format!(
            "'{}' cannot be changed: {}",
            name.id,
            there.kind()
        ))),
        _ => Ok(()),
    }
}

/// A view that clients wrote, as the query that it is.
fn saved(table: &WrittenTable) -> Option<SavedQuery> {
    let WrittenContent::View(sql) = &table.content else {
        return None;
    };
    Some(SavedQuery {
        name: table.name.clone(),
        file: table.name.id.clone(),
        description: None,
        sql: sql.clone(),
    })
}

/// Adds the queries that can be planned. A query may use another: as long as some become known, the rest are tried again.
async fn add_views<F, Fut>(snapshot: &mut Snapshot, queries: Vec<(SavedQuery, bool)>, plan_view: &F)
where
    F: Fn(Arc<Snapshot>, SavedQuery) -> Fut + Send + Sync,
    Fut: Future<Output = Result<SchemaRef>> + Send,
{
    let mut waiting = queries;
    loop {
        let mut refused = Vec::new();
        let before = waiting.len();
        for (query, written) in waiting {
            match plan_view(Arc::new(snapshot.clone()), query.clone()).await {
                Ok(schema) => snapshot.put(Table::view(query, schema, written)),
                Err(error) => refused.push(((query, written), error)),
            }
        }
        if refused.is_empty() || refused.len() == before {
            let said = refused.into_iter().map(|((query, written), error)| match written {
                true => format!("view '{}' is not listed: {error}", query.file),
                false => format!("query '{}' is skipped: {error}", query.file),
            });
            snapshot.warn(said);
            return;
        }
        waiting = refused.into_iter().map(|(query, _)| query).collect();
    }
}
