//! Prepared statements: what a client is told of one before it is executed.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use arrow_flight::sql::{
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
    ActionCreatePreparedSubstraitPlanRequest, Any, ProstMessageExt,
};
use bytes::Bytes;
use prost::Message;

use crate::engine::parameters::asked;
use crate::engine::{Described, Query, StatementKind};
use crate::error::Result;
use crate::flight::FlightGateway;
use crate::flight::context::RequestContext;
use crate::flight::get_flight_info::encapsulated;
use crate::flight::request::no_transactions;
use crate::flight::wire_types::wire_schema;
use crate::session::{Prepared, Statement};

/// `ActionCreatePreparedStatementResult` with the field that `arrow-flight` does not know yet.
#[derive(Clone, PartialEq, Message)]
struct PreparedResult {
    #[prost(bytes = "bytes", tag = "1")]
    prepared_statement_handle: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    dataset_schema: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    parameter_schema: Bytes,
    #[prost(bool, optional, tag = "4")]
    is_update: Option<bool>,
}

impl FlightGateway {
    pub(in crate::flight) async fn create_prepared(
        &self,
        request: ActionCreatePreparedStatementRequest,
        context: &RequestContext,
    ) -> Result<Bytes> {
        if request.transaction_id.is_some() {
            return Err(no_transactions());
        }
        let described = self.describe(request.query.clone(), context).await?;
        self.prepared_result(Statement::Sql(request.query.into()), described, context)
    }

    pub(in crate::flight) async fn create_prepared_substrait(
        &self,
        request: ActionCreatePreparedSubstraitPlanRequest,
        context: &RequestContext,
    ) -> Result<Bytes> {
        if request.transaction_id.is_some() {
            return Err(no_transactions());
        }
        let plan = request.plan.unwrap_or_default().plan;
        let (snapshot, options) = (self.snapshot(context), self.plan_options(context));
        let planned = self
            .engine
            .plan(snapshot, Query::Substrait(plan.clone()), options)
            .await?;
        let described = Described {
            schema: Some(Arc::clone(planned.schema())),
            parameters: Vec::new(),
        };
        self.prepared_result(Statement::Substrait(plan), described, context)
    }

    /// What a statement gives and takes. On a server that only reads, one that writes is refused here already.
    pub(in crate::flight) async fn describe(&self, text: String, context: &RequestContext) -> Result<Described> {
        if self.engine.kind(&text).await? == StatementKind::Change {
            self.engine.check_change(&text).await?;
        }
        let (snapshot, options) = (self.snapshot(context), self.plan_options(context));
        self.engine.describe(snapshot, text, options).await
    }

    fn prepared_result(&self, statement: Statement, described: Described, context: &RequestContext) -> Result<Bytes> {
        let is_update = described.schema.is_none();
        let dataset = match &described.schema {
            Some(schema) => wire_schema(schema, self.types(context))?,
            // Not the schema of the count: JDBC knows an update by its lack of columns.
            None => Schema::empty().into(),
        };
        let fields = described.parameters.iter().enumerate();
        let parameters: Vec<_> = fields
            .map(|(index, data_type)| Field::new(format!("${}", index + 1), asked(data_type), true))
            .collect();
        let result = PreparedResult {
            dataset_schema: encapsulated(&dataset)?.0,
            parameter_schema: encapsulated(&Schema::new(parameters))?.0,
            is_update: Some(is_update),
            prepared_statement_handle: self.prepared.create(
                context.owner(),
                Prepared::new(statement, is_update, described.parameters),
            ),
        };
        let any = Any {
            type_url: ActionCreatePreparedStatementResult::type_url().into(),
            value: result.encode_to_vec().into(),
        };
        Ok(any.encode_to_vec().into())
    }
}
