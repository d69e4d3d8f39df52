//! The tables of one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Table;
use crate::fingerprint::Fingerprint;

/// An immutable set of tables. A query sees one snapshot from its plan to its last batch.
#[derive(Debug, Default, Clone)]
pub struct Snapshot {
    version: u64,
    tables: BTreeMap<String, Arc<Table>>,
    ids: BTreeMap<String, BTreeMap<String, String>>,
    /// Tables about the tables, by schema and name: they are found, but not listed.
    system: BTreeMap<(String, String), Arc<Table>>,
    warnings: Vec<String>,
    /// What stands for the tables that [`Self::with`] put in front, if it did.
    in_front: Option<u64>,
}

/// What is visible in a snapshot of one catalog, as a key: whoever sees the same has the same tables, in the same versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Visible {
    version: u64,
    in_front: Option<u64>,
}

impl Snapshot {
    /// A snapshot of these tables, and what was left out of it and why.
    pub fn new(tables: impl IntoIterator<Item = Arc<Table>>, warnings: Vec<String>) -> Self {
        let mut snapshot = Self {
            warnings,
            ..Self::default()
        };
        snapshot.put_system(Table::files());
        tables.into_iter().for_each(|table| snapshot.put(table));
        snapshot
    }

    /// Counts snapshots from 1; 0 before the first refresh.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What is visible in it.
    pub fn visible(&self) -> Visible {
        Visible {
            version: self.version,
            in_front: self.in_front,
        }
    }

    /// Whether it was made by [`Self::with`]: what is kept for it would be kept for nobody else, and its tables too.
    pub fn is_overlaid(&self) -> bool {
        self.in_front.is_some()
    }

    pub(super) fn set_version(&mut self, version: u64) {
        self.version = version;
    }

    /// Adds a table, or replaces the one of the same id.
    pub(super) fn put(&mut self, table: impl Into<Arc<Table>>) {
        let table = table.into();
        self.remove_rejects(&table.name.id);
        if let Some(rejects) = table.rejects() {
            self.put_system(rejects);
        }
        let name = &table.name;
        let schema = self.ids.entry(name.schema.clone()).or_default();
        schema.insert(name.table.clone(), name.id.clone());
        self.tables.insert(name.id.clone(), table);
    }

    fn put_system(&mut self, table: Table) {
        let key = (table.name.schema.clone(), table.name.table.clone());
        self.system.insert(key, Arc::new(table));
    }

    /// Takes out the table of what the table of this id rejects.
    fn remove_rejects(&mut self, id: &str) {
        if let Some(rejects) = self.tables.get(id).and_then(|table| table.rejects()) {
            self.system.remove(&(rejects.name.schema, rejects.name.table));
        }
    }

    /// The same moment with other tables in front: one of the same name, or the same id, is hidden by them.
    #[must_use]
    pub fn with(&self, tables: impl IntoIterator<Item = Arc<Table>>) -> Self {
        let mut with = self.clone();
        let mut in_front = Fingerprint::default().number(self.in_front.unwrap_or_default());
        for table in tables {
            in_front = in_front.text(&table.name.id).number(table.fingerprint());
            with.remove(&table.name.id);
            let hidden = with.find(&table.name.schema, &table.name.table);
            if let Some(id) = hidden.map(|hidden| hidden.name.id.clone()) {
                with.remove(&id);
            }
            with.put(table);
        }
        with.in_front = Some(in_front.finish());
        with
    }

    fn remove(&mut self, id: &str) {
        self.remove_rejects(id);
        let Some(table) = self.tables.remove(id) else { return };
        if let Some(tables) = self.ids.get_mut(&table.name.schema) {
            tables.remove(&table.name.table);
            if tables.is_empty() {
                self.ids.remove(&table.name.schema);
            }
        }
    }

    pub(super) fn warn(&mut self, warnings: impl IntoIterator<Item = String>) {
        self.warnings.extend(warnings);
    }

    /// The tables, by id, without those about tables.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values()
    }

    /// The table of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Table>> {
        let system = || self.system.values().find(|table| table.name.id == id);
        self.tables.get(id).or_else(system)
    }

    /// The table of this name in SQL.
    pub fn find(&self, schema: &str, table: &str) -> Option<&Arc<Table>> {
        let id = self.ids.get(schema).and_then(|tables| tables.get(table));
        match id {
            Some(id) => self.get(id),
            None => self.system.get(&(schema.to_owned(), table.to_owned())),
        }
    }

    /// The names of the tables about tables in a schema, in order.
    pub fn system_names(&self, schema: &str) -> impl Iterator<Item = &str> {
        let tables = self.system.keys().filter(move |(of, _)| of == schema);
        tables.map(|(_, table)| table.as_str())
    }

    /// The schemas that have tables, and `public`, in order.
    pub fn schemas(&self) -> BTreeSet<&str> {
        let public = std::iter::once(crate::discovery::naming::ROOT_SCHEMA);
        self.ids.keys().map(String::as_str).chain(public).collect()
    }

    /// The names of the tables in a schema, in order.
    pub fn table_names(&self, schema: &str) -> impl Iterator<Item = &str> {
        self.ids
            .get(schema)
            .into_iter()
            .flat_map(|tables| tables.keys().map(String::as_str))
    }

    /// What was left out of this snapshot, and why.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
