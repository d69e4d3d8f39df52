//! What can be named: catalog, schemas and tables of the snapshot that a state plans over.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::sqlparser::ast::Ident;

use super::nearest::{Lookup, find, listed, proposal, same};
use crate::catalog::{CATALOG, Snapshot};
use crate::engine::failure::mistake;
use crate::engine::tables;
use crate::error::{Error, Result};

/// The engine makes this schema itself.
pub(super) const INFORMATION_SCHEMA: &str = "information_schema";

const INFORMATION_TABLES: [&str; 7] = [
    "columns",
    "df_settings",
    "parameters",
    "routines",
    "schemata",
    "tables",
    "views",
];

/// The names of one snapshot.
pub(super) struct SnapshotNames {
    snapshot: Arc<Snapshot>,
    default_schema: String,
}

impl SnapshotNames {
    pub(super) fn of(state: &SessionState) -> Self {
        Self {
            snapshot: tables::snapshot(state).unwrap_or_default(),
            default_schema: state.config_options().catalog.default_schema.clone(),
        }
    }

    /// The spelling of a relation's parts: as many as were typed, or two where a dataset's id was.
    pub(super) fn relation(&self, typed: &[Ident]) -> Result<Vec<String>> {
        match typed {
            [table] => self.unqualified(table),
            [schema, table] => {
                let schema = self.schema(schema)?;
                let table = self.table(&schema, table)?;
                Ok(vec![schema, table])
            }
            [catalog, schema, table] => {
                if !same(&catalog.value, CATALOG) {
                    let message = format!("there is no catalog '{}'; there is '{CATALOG}'", catalog.value);
                    return Err(mistake(message, catalog.span));
                }
                let schema = self.schema(schema)?;
                let table = self.table(&schema, table)?;
                Ok(vec![CATALOG.into(), schema, table])
            }
            _ => Ok(typed.iter().map(|part| part.value.clone()).collect()),
        }
    }

    /// The catalog, schema and table of a resolved name.
    pub(super) fn whole(&self, resolved: &[Ident]) -> [String; 3] {
        let part = |from_end: usize| {
            let at = resolved.len().checked_sub(from_end)?;
            resolved.get(at).map(|ident| ident.value.clone())
        };
        [
            part(3).unwrap_or_else(|| CATALOG.into()),
            part(2).unwrap_or_else(|| self.default_schema.clone()),
            part(1).unwrap_or_default(),
        ]
    }

    /// The columns of a resolved relation.
    pub(super) fn columns(&self, resolved: &[Ident]) -> Option<SchemaRef> {
        let [_, schema, table] = self.whole(resolved);
        self.snapshot
            .find(&schema, &table)
            .map(|table| Arc::clone(&table.schema))
    }

    /// The columns of a resolved relation, and the same with those that say where its rows come from, if it has such.
    pub(super) fn lineage(&self, resolved: &[Ident]) -> Option<(SchemaRef, SchemaRef)> {
        let [_, schema, table] = self.whole(resolved);
        let table = self.snapshot.find(&schema, &table)?;
        let lineage = table.as_files()?.lineage()?;
        Some((Arc::clone(&table.schema), lineage.schema()))
    }

    /// The spelling of the schema that a qualified name is in.
    pub(super) fn schema_of(&self, typed: &[Ident]) -> Result<Option<String>> {
        match typed {
            [schema, _] | [_, schema, _] => self.schema(schema).map(Some),
            _ => Ok(None),
        }
    }

    fn unqualified(&self, table: &Ident) -> Result<Vec<String>> {
        match self.table(&self.default_schema, table) {
            Ok(table) => Ok(vec![table]),
            // A dataset's id is a name that people know too: `FROM 'sales/2024'`.
            Err(error) => match self.snapshot.get(&table.value) {
                Some(found) => Ok(vec![found.name.schema.clone(), found.name.table.clone()]),
                None => Err(error),
            },
        }
    }

    /// The spelling of a schema.
    pub(super) fn schema(&self, typed: &Ident) -> Result<String> {
        let schemas = self.snapshot.schemas();
        let known = schemas.iter().copied().chain([INFORMATION_SCHEMA, CATALOG]);
        match find(&typed.value, known.clone()) {
            Lookup::One(schema) => Ok(schema),
            Lookup::Several(names) => Err(several("schemas", typed, &names)),
            Lookup::Nothing => {
                let proposed = proposal(&typed.value, known);
                let message = format!("there is no schema '{}'{proposed}", typed.value);
                Err(mistake(message, typed.span))
            }
        }
    }

    fn table(&self, schema: &str, typed: &Ident) -> Result<String> {
        if self.snapshot.find(schema, &typed.value).is_some() {
            return Ok(typed.value.clone());
        }
        let found = if schema == INFORMATION_SCHEMA {
            find(&typed.value, INFORMATION_TABLES)
        } else {
            let system = self.snapshot.system_names(schema);
            find(&typed.value, self.snapshot.table_names(schema).chain(system))
        };
        match found {
            Lookup::One(table) => Ok(table),
            Lookup::Several(names) => Err(several("tables", typed, &names)),
            Lookup::Nothing => Err(self.unknown_table(schema, typed)),
        }
    }

    fn unknown_table(&self, schema: &str, typed: &Ident) -> Error {
        let here = schema == self.default_schema;
        let name = &typed.value;
        let known: Vec<String> = if schema == INFORMATION_SCHEMA {
            INFORMATION_TABLES.map(str::to_owned).to_vec()
        } else if here {
            // Those of the other schemas after the ones that need no schema.
            let others = self.snapshot.schemas().into_iter().filter(|other| *other != schema);
            let others = others.flat_map(|other| {
                let tables = self.snapshot.table_names(other);
                tables.map(move |table| format!("{other}.{table}"))
            });
            let own = self.snapshot.table_names(schema).map(str::to_owned);
            own.chain(others).collect()
        } else {
            self.snapshot.table_names(schema).map(str::to_owned).collect()
        };
        let place = if here {
            String::new()
        } else {
            format!(" in schema '{schema}'")
        };
        let proposed = proposal(name, known.iter().map(String::as_str));
        mistake(format!("there is no table '{name}'{place}{proposed}"), typed.span)
    }
}

/// Nobody can know which of `names` was meant.
pub(super) fn several(what: &str, typed: &Ident, names: &[String]) -> Error {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let message = format!(
        "'{}' fits several {what}: {}; write one as it is spelled",
        typed.value,
        listed(&names)
    );
    mistake(message, typed.span)
}
