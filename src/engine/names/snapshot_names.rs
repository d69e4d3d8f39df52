//! What can be named: catalog, schemas and tables of the snapshot that a state plans over.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::sqlparser::ast::Ident;

use super::identifier::identifier;
use super::unknown::Unknown;
use crate::catalog::{CATALOG, Snapshot};
use crate::discovery::DatasetName;
use crate::discovery::naming::INFORMATION_SCHEMA;
use crate::engine::failure::mistake;
use crate::engine::tables;
use crate::error::{Error, Result};
use crate::nearest::{Lookup, find, listed, proposal, proposed, same};

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
        let name = &typed.value;
        let here = schema == self.default_schema;
        let place = if here {
            String::new()
        } else {
            format!(" in schema '{schema}'")
        };
        let unknown = format!("there is no table '{name}'{place}");
        let proposed = if schema == INFORMATION_SCHEMA {
            proposal(name, INFORMATION_TABLES)
        } else {
            self.tables_proposal(name, schema)
        };
        let error = mistake(format!("{unknown}{proposed}"), typed.span);
        error.with_source(Arc::new(Unknown {
            said: unknown,
            span: typed.span,
            schema: Some(schema.to_owned()),
            name: name.clone(),
        }))
    }

    /// What to propose for a table that `schema` does not have: those of other schemas too, after the ones that need no
    /// schema. A table that needs one is proposed in the two ways that name it: `sales."2024"`, `'sales/2024'`.
    fn tables_proposal(&self, typed: &str, schema: &str) -> String {
        let here = schema == self.default_schema;
        let others = self
            .snapshot
            .schemas()
            .into_iter()
            .filter(|other| here && *other != schema);
        let schemas = std::iter::once(schema).chain(others);
        let tables: Vec<(&str, &str)> = schemas
            .flat_map(|schema| self.snapshot.table_names(schema).map(move |table| (schema, table)))
            .collect();
        let is_id = typed.contains('/');
        let compared = |(schema, table): &(&str, &str)| match here && *schema != self.default_schema {
            true if is_id => DatasetName::in_schema(schema, table).id,
            true => format!("{schema}.{table}"),
            false => (*table).to_owned(),
        };
        let compared: Vec<String> = tables.iter().map(compared).collect();
        let compared: Vec<&str> = compared.iter().map(String::as_str).collect();
        let qualified = |at: usize| {
            let (schema, table) = tables[at];
            match schema == self.default_schema {
                true => format!("'{table}'"),
                false => format!("{}.{}", identifier(schema), identifier(table)),
            }
        };
        let both = |at: usize| {
            let (schema, table) = tables[at];
            let found = self
                .snapshot
                .find(schema, table)
                .filter(|_| schema != self.default_schema);
            let id = found.map_or(String::new(), |table| format!(" or '{}'", table.name.id));
            format!("{}{id}", qualified(at))
        };
        proposed(typed, &compared, both, qualified)
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
