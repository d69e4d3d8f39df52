//! Data for a table: Flight SQL's bulk ingest, and an upload to a path.

use std::sync::Arc;

use arrow_flight::sql::{CommandStatementIngest, TableDefinitionOptions, TableExistsOption, TableNotExistOption};

use crate::catalog::CATALOG;
use crate::engine::{IngestMode, IngestTarget};
use crate::error::{Error, ErrorKind, Result};
use crate::flight::FlightGateway;
use crate::flight::descriptor::no_transactions;
use crate::flight::upload::{Batches, Upload};
use crate::request::RequestContext;

impl FlightGateway {
    /// The table that a command names.
    pub(in crate::flight) fn ingest_target(
        &self,
        command: CommandStatementIngest,
        context: &RequestContext,
    ) -> Result<IngestTarget> {
        if command.transaction_id.is_some() {
            return Err(no_transactions());
        }
        if let Some(catalog) = command.catalog.filter(|name| !name.is_empty() && name != CATALOG) {
            return Err(Misdirected::Catalog(catalog).into());
        }
        let schema = command.schema.filter(|name| !name.is_empty());
        Ok(IngestTarget {
            schema: schema.unwrap_or_else(|| self.plan_options(context).schema),
            table: command.table,
            mode: mode_of(command.table_definition_options)?,
            temporary: command.temporary,
        })
    }

    /// The table that an upload's path names, if it has one: `["name"]` or `["schema", "name"]`.
    pub(in crate::flight) fn path_target(
        &self,
        upload: &Upload,
        context: &RequestContext,
    ) -> Result<Option<IngestTarget>> {
        let path: Vec<&str> = upload.descriptor.path.iter().map(String::as_str).collect();
        let (schema, table) = match path.as_slice() {
            [] => return Ok(None),
            [id] => match id.rsplit_once('/') {
                Some((schema, table)) => (schema.to_owned(), table),
                None => (self.plan_options(context).schema, *id),
            },
            [schema @ .., table] => (schema.join("/"), *table),
        };
        let said = std::str::from_utf8(&upload.app_metadata).unwrap_or_default().trim();
        let said = Some(said)
            .filter(|said| !said.is_empty())
            .or(context.options.mode.as_deref());
        Ok(Some(IngestTarget {
            schema,
            table: table.to_owned(),
            mode: said.map_or(Ok(IngestMode::CreateOrAppend), named_mode)?,
            temporary: false,
        }))
    }

    /// Puts the rows of an upload into a table. Returns how many they were.
    pub(in crate::flight) async fn ingest(
        &self,
        target: IngestTarget,
        batches: Batches,
        context: &RequestContext,
    ) -> Result<u64> {
        self.engine.check_writable("an upload")?;
        let (engine, context) = (Arc::clone(&self.engine), context.clone());
        let work = |batches: Batches| async move {
            let Some((schema, batches)) = batches.decode().await? else {
                return Err(Misdirected::Schemaless.into());
            };
            engine.ingest(&context, target, schema, batches).await
        };
        batches.on(self.engine.runtime(), work).await
    }
}

fn mode_of(options: Option<TableDefinitionOptions>) -> Result<IngestMode> {
    use TableExistsOption as Exists;
    use TableNotExistOption as Missing;
    let options = options.unwrap_or_default();
    let (missing, exists) = (
        Missing::try_from(options.if_not_exist).unwrap_or(Missing::Unspecified),
        Exists::try_from(options.if_exists).unwrap_or(Exists::Unspecified),
    );
    match (missing, exists) {
        (Missing::Create, Exists::Fail) => Ok(IngestMode::Create),
        (Missing::Fail, Exists::Append) => Ok(IngestMode::Append),
        (Missing::Create, Exists::Append) => Ok(IngestMode::CreateOrAppend),
        (Missing::Create, Exists::Replace) => Ok(IngestMode::Replace),
        (Missing::Fail, Exists::Replace) => Ok(IngestMode::ReplaceExisting),
        (Missing::Fail, Exists::Fail) | (Missing::Unspecified, _) | (_, Exists::Unspecified) => {
            Err(Misdirected::Undecided.into())
        }
    }
}

fn named_mode(name: &str) -> Result<IngestMode> {
    match name.to_ascii_lowercase().as_str() {
        "create" => Ok(IngestMode::Create),
        "append" => Ok(IngestMode::Append),
        "replace" => Ok(IngestMode::Replace),
        "create_append" => Ok(IngestMode::CreateOrAppend),
        _ => Err(Misdirected::Mode(name.chars().take(40).collect()).into()),
    }
}

/// What keeps an upload from its table.
#[derive(Debug, thiserror::Error)]
enum Misdirected {
    #[error("there is no catalog '{0}': the only one is '{only}'", only = CATALOG)]
    Catalog(String),
    #[error("the upload has no columns: a driver that is given no batch sends none, so give it an empty one")]
    Schemaless,
    #[error("the ingest does not say what to do when the table exists, and when it does not")]
    Undecided,
    /// The first characters of a mode that there is not.
    #[error("the mode '{0}' is none of create, append, replace, create_append")]
    Mode(String),
}

impl From<Misdirected> for Error {
    fn from(misdirected: Misdirected) -> Self {
        let kind = match &misdirected {
            Misdirected::Catalog(_) => ErrorKind::NotFound,
            Misdirected::Schemaless | Misdirected::Undecided | Misdirected::Mode(_) => ErrorKind::Invalid,
        };
        Self::new(kind, misdirected.to_string())
    }
}
