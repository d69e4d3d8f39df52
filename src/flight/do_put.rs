//! DoPut: statements that change data, parameters of prepared statements, and data for a table. One reply each; a
//! statement is answered without waiting for the end of the upload, since C++ and Java clients wait for the answer first.

use std::panic::AssertUnwindSafe;

use arrow_flight::sql::{
    Command, CommandPreparedStatementQuery, CommandPreparedStatementUpdate, CommandStatementUpdate,
    DoPutPreparedStatementResult, DoPutUpdateResult,
};
use arrow_flight::{FlightData, FlightDescriptor, PutResult};
use futures::{FutureExt, Stream, StreamExt, stream};
use prost::Message;
use tonic::Status;

use super::context::RequestContext;
use super::request::{no_transactions, sql_command};
use super::upload::{Batches, Upload, malformed};
use super::{FlightGateway, ReplyStream};
use crate::engine::{SqlQuery, StatementKind};
use crate::error::{Error, Result};
use crate::session::Statement;

impl FlightGateway {
    pub(super) async fn put(
        &self,
        messages: impl Stream<Item = Result<FlightData, Status>> + Send + 'static,
        context: &RequestContext,
    ) -> Result<ReplyStream<PutResult>> {
        let upload = Upload::open(messages).await?;
        // What a client sends may be made to trip whoever reads it: that is an error of the client's.
        let reply = AssertUnwindSafe(self.put_upload(upload, context)).catch_unwind().await;
        let reply = reply.unwrap_or_else(|_| Err(malformed("its data contradict themselves")))?;
        let reply = PutResult {
            app_metadata: reply.into(),
        };
        Ok(stream::iter([Ok(reply)]).boxed())
    }

    async fn put_upload(&self, upload: Upload, context: &RequestContext) -> Result<Vec<u8>> {
        if let Some(target) = self.path_target(&upload, context)? {
            let count = self.ingest(target, upload.batches(), context).await?;
            return Ok(counted(count));
        }
        match command(&upload.descriptor)? {
            Command::CommandStatementUpdate(command) => self.update(command, context).await.map(counted),
            Command::CommandStatementIngest(command) => {
                let target = self.ingest_target(command, context)?;
                self.ingest(target, upload.batches(), context).await.map(counted)
            }
            Command::CommandPreparedStatementUpdate(command) => self
                .update_prepared(command, upload.batches(), context)
                .await
                .map(counted),
            Command::CommandPreparedStatementQuery(command) => self.bind(command, upload.batches()).await,
            other => Err(Error::invalid(format!(
                "{} is not a command that takes an upload",
                other.type_url().rsplit(['.', '/']).next().unwrap_or_default()
            ))),
        }
    }

    async fn update(&self, command: CommandStatementUpdate, context: &RequestContext) -> Result<u64> {
        if command.transaction_id.is_some() {
            return Err(no_transactions());
        }
        let query = SqlQuery {
            text: command.query,
            parameters: None,
        };
        self.update_sql(query, context).await
    }

    async fn update_prepared(
        &self,
        command: CommandPreparedStatementUpdate,
        batches: Batches,
        context: &RequestContext,
    ) -> Result<u64> {
        let prepared = self.prepared.get(&command.prepared_statement_handle)?;
        let Statement::Sql(text) = &prepared.statement else {
            return Err(Error::invalid("a Substrait plan reads: execute it as a query"));
        };
        // Nothing sent means what was bound before, if anything was.
        let parameters = match batches.collect().await? {
            Some(sent) => Some(crate::engine::parameters::rows(&sent, &prepared.parameters)?),
            None => prepared.bound(),
        };
        let query = SqlQuery {
            text: text.to_string(),
            parameters,
        };
        if !prepared.is_update {
            return Err(changes_nothing());
        }
        self.change(query, context).await
    }

    /// Runs a statement for its effect. One that only reads has none, and its rows would be lost: it is refused.
    async fn update_sql(&self, query: SqlQuery, context: &RequestContext) -> Result<u64> {
        match self.engine.kind(&query.text).await? {
            StatementKind::Change => self.change(query, context).await,
            StatementKind::Rows => Err(changes_nothing()),
        }
    }

    async fn bind(&self, command: CommandPreparedStatementQuery, batches: Batches) -> Result<Vec<u8>> {
        let handle = command.prepared_statement_handle;
        let prepared = self.prepared.get(&handle)?;
        if let Some(sent) = batches.collect().await? {
            let rows = crate::engine::parameters::rows(&sent, &prepared.parameters)?;
            self.prepared.bind(&handle, rows)?;
        }
        let result = DoPutPreparedStatementResult {
            // The same: the Java client goes on with the field of the reply, and closes the original.
            prepared_statement_handle: Some(handle),
        };
        Ok(result.encode_to_vec())
    }
}

fn changes_nothing() -> Error {
    Error::invalid("this statement changes nothing: execute it as a query, which returns its rows")
}

fn command(descriptor: &FlightDescriptor) -> Result<Command> {
    sql_command(&descriptor.cmd)?.ok_or_else(|| {
        Error::invalid("the upload's descriptor is neither a path, which names a table, nor a Flight SQL command")
    })
}

/// The reply to a statement: never -1, for which a JDBC driver would run the statement again.
fn counted(count: u64) -> Vec<u8> {
    let result = DoPutUpdateResult {
        record_count: i64::try_from(count).unwrap_or(i64::MAX),
    };
    result.encode_to_vec()
}
