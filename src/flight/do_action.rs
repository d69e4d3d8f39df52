//! DoAction: the original's two actions, and those that Flight and Flight SQL define.

use arrow_flight::Action;
use arrow_flight::sql::{ActionClosePreparedStatementRequest, Any, ProstMessageExt};
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use prost::Message;
use serde_json::json;

use super::{FlightGateway, ReplyStream};
use crate::error::{Error, Result};
use crate::request::RequestContext;

/// The actions that there are, with a sentence on each.
pub(super) const ACTIONS: [(&str, &str); 11] = [
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
    (
        "CreatePreparedSubstraitPlan",
        "Prepare a Substrait plan. Request: ActionCreatePreparedSubstraitPlanRequest",
    ),
    ("CancelQuery", "Cancel a query. Request: ActionCancelQueryRequest"),
    ("CancelFlightInfo", "Cancel a query. Request: CancelFlightInfoRequest"),
    (
        "RenewFlightEndpoint",
        "Extend the time that a ticket is good for. Request: RenewFlightEndpointRequest",
    ),
    (
        "SetSessionOptions",
        "Set catalog, schema, types or partitions for this session. Request: SetSessionOptionsRequest",
    ),
    (
        "GetSessionOptions",
        "Get the options of this session. Request: GetSessionOptionsRequest",
    ),
    (
        "CloseSession",
        "Forget this session's options and temporary tables. Request: CloseSessionRequest",
    ),
];

const CAPABILITIES: [&str; 9] = [
    "listFlights",
    "getFlightInfo",
    "getSchema",
    "doGet",
    "doPut",
    "doAction",
    "listActions",
    "pollFlightInfo",
    "flightSql",
];

impl FlightGateway {
    pub(super) async fn act(
        &self,
        action: Action,
        context: &RequestContext,
    ) -> Result<ReplyStream<arrow_flight::Result>> {
        let body = &action.body;
        let result: Option<Bytes> = match action.r#type.as_str() {
            "refresh-datasets" => Some(self.refresh_datasets().await?),
            "get-server-info" => Some(self.server_info()),
            "CreatePreparedStatement" => Some(self.create_prepared(unpacked(body)?, context).await?),
            "CreatePreparedSubstraitPlan" => Some(self.create_prepared_substrait(unpacked(body)?, context).await?),
            "ClosePreparedStatement" => {
                let request: ActionClosePreparedStatementRequest = unpacked(body)?;
                self.front.prepared.close(&request.prepared_statement_handle);
                None
            }
            "CancelQuery" => Some(self.cancel_query(unpacked(body)?, context)?),
            "CancelFlightInfo" => Some(self.cancel_flight_info(body, context)?),
            "RenewFlightEndpoint" => Some(self.renew_flight_endpoint(body)?),
            "SetSessionOptions" => Some(self.set_session_options(body, context)?),
            "GetSessionOptions" => Some(self.get_session_options(context)),
            "CloseSession" => Some(self.close_session(context)),
            "BeginTransaction" | "EndTransaction" | "BeginSavepoint" | "EndSavepoint" => {
                return Err(Error::unsupported(
                    "this server has no transactions: each statement takes effect by itself",
                ));
            }
            unknown => return Err(unknown_action(unknown)),
        };
        let results = result.map(|body| Ok(arrow_flight::Result { body }));
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
            "kept": {
                "prepared_statements": self.front.prepared.count(),
                "sessions": self.front.sessions.count(),
                "running_queries": self.front.running.count(),
            },
            "timestamp": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        });
        format!("{info:#}").into()
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
