//! DoAction: the original's two actions, and Flight SQL's prepared statements.

use arrow_flight::Action;
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
    Any, ProstMessageExt,
};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use prost::Message;
use serde_json::json;

use super::get_flight_info::encapsulated;
use super::request::no_transactions;
use super::{FlightGateway, ReplyStream};
use crate::engine::Query;
use crate::error::{Error, Result};

/// The actions that there are, with a sentence on each.
pub(super) const ACTIONS: [(&str, &str); 4] = [
    (
        "refresh-datasets",
        "Refresh the dataset catalog by rescanning data sources",
    ),
    ("get-server-info", "Get server information and statistics"),
    (
        "CreatePreparedStatement",
        "Prepare a statement. Request: ActionCreatePreparedStatementRequest",
    ),
    (
        "ClosePreparedStatement",
        "Close a prepared statement. Request: ActionClosePreparedStatementRequest",
    ),
];

const CAPABILITIES: [&str; 8] = [
    "listFlights",
    "getFlightInfo",
    "getSchema",
    "doGet",
    "doAction",
    "listActions",
    "pollFlightInfo",
    "flightSql",
];

impl FlightGateway {
    pub(super) async fn act(&self, action: Action) -> Result<ReplyStream<arrow_flight::Result>> {
        let body: Option<Bytes> = match action.r#type.as_str() {
            "refresh-datasets" => Some(self.refresh_datasets().await?),
            "get-server-info" => Some(self.server_info()),
            "CreatePreparedStatement" => Some(self.create_prepared(unpacked(&action.body)?).await?),
            "ClosePreparedStatement" => {
                let request: ActionClosePreparedStatementRequest = unpacked(&action.body)?;
                self.prepared.close(&request.prepared_statement_handle);
                None
            }
            unknown => return Err(unknown_action(unknown)),
        };
        let results = body.map(|body| Ok(arrow_flight::Result { body }));
        Ok(stream::iter(results).boxed())
    }

    async fn refresh_datasets(&self) -> Result<Bytes> {
        let snapshot = self.engine.refresh(|_| ()).await?;
        for warning in snapshot.warnings() {
            tracing::warn!("{warning}");
        }
        let ids: Vec<_> = snapshot.tables().map(|table| table.name.id.as_str()).collect();
        let message = format!("Refreshed {} datasets", ids.len());
        Ok(json!({"status": "success", "message": message, "datasets": ids})
            .to_string()
            .into())
    }

    fn server_info(&self) -> Bytes {
        let snapshot = self.engine.snapshot();
        let ids: Vec<_> = snapshot.tables().map(|table| table.name.id.as_str()).collect();
        let info = json!({
            "server": "FlightStream",
            "version": env!("CARGO_PKG_VERSION"),
            "protocol_version": 1,
            "datasets": {"count": ids.len(), "list": ids},
            "capabilities": CAPABILITIES,
            "timestamp": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        });
        format!("{info:#}").into()
    }

    async fn create_prepared(&self, request: ActionCreatePreparedStatementRequest) -> Result<Bytes> {
        if request.transaction_id.is_some() {
            return Err(no_transactions());
        }
        let (_, schema) = self.planned(Query::Sql(request.query.clone())).await?;
        let result = ActionCreatePreparedStatementResult {
            prepared_statement_handle: self.prepared.create(request.query),
            dataset_schema: encapsulated(&schema)?.0,
            parameter_schema: encapsulated(&arrow::datatypes::Schema::empty())?.0,
        };
        Ok(result.as_any().encode_to_vec().into())
    }
}

fn unknown_action(name: &str) -> Error {
    let known: Vec<_> = ACTIONS.iter().map(|(name, _)| *name).collect();
    Error::unsupported(format!(
        "Unknown action type: {name}; available actions: {}",
        known.join(", ")
    ))
}

/// The message of a Flight SQL action, which is packed in an `Any`.
fn unpacked<M: ProstMessageExt>(body: &Bytes) -> Result<M> {
    let malformed = || Error::invalid("the action's body is malformed");
    let any = Any::decode(body.clone()).map_err(|error| malformed().with_source(error))?;
    let message = any.unpack::<M>().map_err(|error| malformed().with_source(error))?;
    message.ok_or_else(malformed)
}
