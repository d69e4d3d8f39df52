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
use crate::engine::{Described, Query};
use crate::error::Result;
use crate::flight::FlightGateway;
use crate::flight::descriptor::no_transactions;
use crate::flight::get_flight_info::encapsulated;
use crate::flight::wire_types::wire_schema;
use crate::request::RequestContext;
use crate::session::{Prepared, StatementText};

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
        let options = self.plan_options(context);
        let described = self.engine.describe(context, request.query.clone(), options).await?;
        self.prepared_result(StatementText::Sql(request.query.into()), described, context)
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
        let query = Query::Substrait(plan.clone());
        let planned = self.engine.plan(context, query, self.plan_options(context)).await?;
        let described = Described {
            schema: Some(Arc::clone(planned.schema())),
            parameters: Vec::new(),
        };
        self.prepared_result(StatementText::Substrait(plan), described, context)
    }

    fn prepared_result(
        &self,
        statement: StatementText,
        described: Described,
        context: &RequestContext,
    ) -> Result<Bytes> {
        let is_update = described.schema.is_none();
        let dataset = match &described.schema {
            Some(schema) => wire_schema(schema, context.types())?,
            // Not the schema of the count: JDBC knows an update by its lack of columns.
            None => Schema::empty().into(),
        };
        let fields = described.parameters.iter().enumerate();
        let parameters: Vec<_> = fields
            .map(|(index, parameter)| Field::new(format!("${}", index + 1), asked(&parameter.data_type), true))
            .collect();
        let result = PreparedResult {
            dataset_schema: encapsulated(&dataset)?.0,
            parameter_schema: encapsulated(&Schema::new(parameters))?.0,
            is_update: Some(is_update),
            prepared_statement_handle: self.front.prepared.create(
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
