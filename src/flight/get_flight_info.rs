//! GetFlightInfo and GetSchema: plan, and say where the rows are. A query is not executed here; a statement that changes
//! data is, exactly once, and its count travels in the ticket: a client that redeems it twice, or never, changes nothing.

use std::sync::LazyLock;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, IpcMessage, SchemaAsIpc, SchemaResult};
use std::sync::Arc;

use super::FlightGateway;
use super::descriptor::{self, Request};
use super::list_flights::with_facts;
use super::sql::Metadata;
use super::ticket::{self, MAX_PARTITIONS, QueryTicket};
use super::wire_types::wire_schema;
use crate::engine::{Answer, PlanOptions, PlannedQuery, Query, SqlQuery};
use crate::error::{Error, Result};
use crate::request::RequestContext;
use crate::session::{Prepared, QueryId, StatementText, Types};

/// The result of a statement that changes data: the number of rows that it changed.
static COUNT_SCHEMA: LazyLock<SchemaRef> =
    LazyLock::new(|| Arc::new(Schema::new(vec![Field::new("count", DataType::Int64, true)])));

impl FlightGateway {
    pub(super) async fn flight_info(
        &self,
        descriptor: FlightDescriptor,
        context: &RequestContext,
    ) -> Result<FlightInfo> {
        let info = match descriptor::decode(&descriptor)? {
            Request::Query { query, partitions } => self.query_info(query, partitions, context).await?,
            Request::Prepared(handle) => {
                let prepared = self.front.prepared.get(&handle)?;
                self.query_info(query_of(prepared.as_ref()), None, context).await?
            }
            Request::Metadata(metadata) => self.metadata_info(&metadata)?,
            Request::Polled(_) => return Err(Error::invalid("this descriptor is for PollFlightInfo")),
        };
        Ok(info.with_descriptor(descriptor))
    }

    pub(super) async fn schema_result(
        &self,
        descriptor: FlightDescriptor,
        context: &RequestContext,
    ) -> Result<SchemaResult> {
        let schema = match descriptor::decode(&descriptor)? {
            Request::Query { query, .. } => self.schema_of(query, context).await?,
            Request::Prepared(handle) => {
                let prepared = self.front.prepared.get(&handle)?;
                self.schema_of(query_of(prepared.as_ref()), context).await?
            }
            Request::Metadata(metadata) => self.schema_of_list(&metadata)?,
            Request::Polled(_) => return Err(Error::invalid("this descriptor is for PollFlightInfo")),
        };
        Ok(SchemaResult {
            schema: encapsulated(&schema)?.0,
        })
    }

    /// The schema of a query's rows, with nothing executed.
    async fn schema_of(&self, query: Query, context: &RequestContext) -> Result<SchemaRef> {
        let Query::Sql(SqlQuery { text, .. }) = query else {
            let options = self.plan_options(context);
            let planned = self.engine.plan(context, query, options).await?;
            return wire_schema(planned.schema(), context.types());
        };
        let options = self.plan_options(context);
        let described = self.engine.describe(context, text, options).await?;
        match described.schema {
            Some(schema) => wire_schema(&schema, context.types()),
            None => Ok(Arc::clone(&COUNT_SCHEMA)),
        }
    }

    /// Plans a query, or runs a statement that changes data.
    async fn query_info(
        &self,
        query: Query,
        partitions: Option<usize>,
        context: &RequestContext,
    ) -> Result<FlightInfo> {
        let mut options = self.plan_options(context);
        if let Some(partitions) = partitions {
            options.partitions = partitions.min(MAX_PARTITIONS);
        }
        if let (Query::Dataset(dataset), 2..) = (&query, options.partitions) {
            self.engine.checked(&dataset.id).await?;
        }
        match self.engine.answer(context, query.clone(), options.clone()).await? {
            Answer::Rows(planned) => self.rows_info(query, options, *planned, context.types()),
            Answer::Changed(count) => count_info(count),
        }
    }

    /// Where the rows of a plan are.
    fn rows_info(&self, query: Query, options: PlanOptions, planned: PlannedQuery, types: Types) -> Result<FlightInfo> {
        let schema = wire_schema(planned.schema(), types)?;
        let mut info = with_schema(&schema)?.with_ordered(planned.partitions() > 1);
        if let Some(table) = planned.dataset() {
            info = with_facts(info, table);
        }
        let ticket = QueryTicket {
            query,
            options,
            types,
            fingerprint: planned.fingerprint(),
            version: planned.version(),
            part: None,
            id: QueryId::new_v4(),
            expires_s: ticket::expires_s(self.limits.ticket_lifetime),
        };
        let endpoints = endpoints(&ticket, &planned)?;
        if planned.partitions() == 1 && planned.dataset().is_none() {
            self.engine.keep_ready(ticket.id, ticket.query, ticket.options, planned);
        }
        Ok(info.with_endpoints(endpoints))
    }

    fn metadata_info(&self, metadata: &Metadata) -> Result<FlightInfo> {
        let endpoint = FlightEndpoint::new().with_ticket(ticket::of_metadata(metadata));
        let schema = self.schema_of_list(metadata)?;
        Ok(with_schema(&schema)?.with_endpoint(endpoint))
    }

    /// The columns of a list, which is not made for that: over no tables it has the same.
    fn schema_of_list(&self, metadata: &Metadata) -> Result<SchemaRef> {
        let list = metadata.list(
            &Arc::default(),
            Types::Client,
            self.engine.is_writable(),
            self.limits.max_send_bytes,
        )?;
        Ok(list.schema)
    }

    /// How a request's query is planned: as its headers say, else its session, else as always.
    pub(super) fn plan_options(&self, context: &RequestContext) -> PlanOptions {
        let options = context.session_options();
        let partitions = context.options.partitions.or(options.partitions).unwrap_or(1);
        let defaults = PlanOptions::default();
        PlanOptions {
            partitions: partitions.min(MAX_PARTITIONS),
            schema: options.schema.unwrap_or(defaults.schema),
            start_time_ns: defaults.start_time_ns,
        }
    }
}

/// What a statement changed.
fn count_info(count: u64) -> Result<FlightInfo> {
    let endpoint = FlightEndpoint::new().with_ticket(ticket::of_count(count));
    Ok(with_schema(&COUNT_SCHEMA)?
        .with_endpoint(endpoint)
        .with_total_records(1))
}

/// The query of a prepared statement with the parameters that are bound to it.
fn query_of(prepared: &Prepared) -> Query {
    match &prepared.statement {
        StatementText::Sql(text) => Query::Sql(SqlQuery {
            text: text.to_string(),
            parameters: prepared.bound(),
        }),
        StatementText::Substrait(plan) => Query::Substrait(plan.clone()),
    }
}

/// One endpoint a part, with an empty list of locations: "here", which every client understands.
fn endpoints(ticket: &QueryTicket, planned: &PlannedQuery) -> Result<Vec<FlightEndpoint>> {
    let parts = planned.partitions();
    if let (Query::Dataset(dataset), 1, Types::Client) = (&ticket.query, parts, ticket.types)
        && dataset.is_all()
    {
        return Ok(vec![FlightEndpoint::new().with_ticket(ticket::of_dataset(&dataset.id))]);
    }
    let part = |part| {
        endpoint(&QueryTicket {
            part: (parts > 1).then_some((part, parts)),
            ..ticket.clone()
        })
    };
    (0..parts).map(part).collect()
}

/// The endpoint of a ticket that expires.
pub(super) fn endpoint(ticket: &QueryTicket) -> Result<FlightEndpoint> {
    let mut endpoint = FlightEndpoint::new().with_ticket(ticket::of_query(ticket)?);
    endpoint.expiration_time = Some(prost_types::Timestamp {
        seconds: ticket.expires_s,
        nanos: 0,
    });
    Ok(endpoint)
}

/// The row that says how many rows a statement changed.
pub(super) fn count_batch(count: u64) -> Result<RecordBatch> {
    let count: ArrayRef = Arc::new(Int64Array::from(vec![i64::try_from(count).unwrap_or(i64::MAX)]));
    RecordBatch::try_new(Arc::clone(&COUNT_SCHEMA), vec![count]).map_err(unencodable)
}

fn with_schema(schema: &Schema) -> Result<FlightInfo> {
    FlightInfo::new().try_with_schema(schema).map_err(unencodable)
}

/// A schema as the encapsulated message that every client reads.
pub(super) fn encapsulated(schema: &Schema) -> Result<IpcMessage> {
    SchemaAsIpc::new(schema, &IpcWriteOptions::default())
        .try_into()
        .map_err(unencodable)
}

fn unencodable(error: arrow::error::ArrowError) -> Error {
    Error::internal("a schema could not be encoded").with_source(error)
}
