//! GetFlightInfo, GetSchema and PollFlightInfo: plan, and say where the rows are. Nothing is executed here.

use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, IpcMessage, PollInfo, SchemaAsIpc, SchemaResult};

use super::FlightGateway;
use super::list_flights::with_facts;
use super::request::{self, Request};
use super::sql::Metadata;
use super::ticket::{self, MAX_PARTITIONS, QueryTicket};
use super::wire_types::client_schema;
use crate::engine::{PlanOptions, PlannedQuery, Query};
use crate::error::{Error, Result};

impl FlightGateway {
    /// `partitions`: what the header asks for; the command's own wish wins.
    pub(super) async fn flight_info(
        &self,
        descriptor: FlightDescriptor,
        partitions: Option<usize>,
    ) -> Result<FlightInfo> {
        let info = match request::decode(&descriptor)? {
            Request::Query {
                query,
                partitions: wished,
            } => self.query_info(query, wished.or(partitions)).await?,
            Request::Prepared(handle) => {
                let sql = self.prepared.get(&handle)?;
                self.query_info(Query::Sql(sql), partitions).await?
            }
            Request::Metadata(metadata) => self.metadata_info(&metadata)?,
        };
        Ok(info.with_descriptor(descriptor))
    }

    /// The whole answer at once: planning is all there is to wait for.
    pub(super) async fn poll_info(&self, descriptor: FlightDescriptor, partitions: Option<usize>) -> Result<PollInfo> {
        let info = self.flight_info(descriptor, partitions).await?;
        let poll = PollInfo::new().with_info(info);
        poll.try_with_progress(1.0)
            .map_err(|error| Error::internal("1 is not a progress").with_source(error))
    }

    pub(super) async fn schema_result(&self, descriptor: FlightDescriptor) -> Result<SchemaResult> {
        let schema = match request::decode(&descriptor)? {
            Request::Query { query, .. } => self.planned(query).await?.1,
            Request::Prepared(handle) => self.planned(Query::Sql(self.prepared.get(&handle)?)).await?.1,
            Request::Metadata(metadata) => metadata.batch(&self.engine.snapshot())?.schema(),
        };
        Ok(SchemaResult {
            schema: encapsulated(&schema)?.0,
        })
    }

    /// A query's plan and the schema that clients are told.
    pub(super) async fn planned(&self, query: Query) -> Result<(PlannedQuery, SchemaRef)> {
        let planned = self.engine.plan(query, PlanOptions::default()).await?;
        let schema = client_schema(planned.schema())?;
        Ok((planned, schema))
    }

    async fn query_info(&self, query: Query, partitions: Option<usize>) -> Result<FlightInfo> {
        let options = PlanOptions {
            partitions: partitions.unwrap_or(1).min(MAX_PARTITIONS),
            ..PlanOptions::default()
        };
        if let (Query::Dataset(dataset), 2..) = (&query, options.partitions) {
            self.engine.checked(&dataset.id).await;
        }
        let planned = self.engine.plan(query.clone(), options.clone()).await?;
        let schema = client_schema(planned.schema())?;
        let mut info = with_schema(&schema)?.with_ordered(planned.partitions() > 1);
        if let Some(table) = planned.dataset() {
            info = with_facts(info, table);
        }
        Ok(info.with_endpoints(endpoints(query, options, &planned)))
    }

    fn metadata_info(&self, metadata: &Metadata) -> Result<FlightInfo> {
        let batch = metadata.batch(&self.engine.snapshot())?;
        let endpoint = FlightEndpoint::new().with_ticket(ticket::of_metadata(metadata));
        Ok(with_schema(&batch.schema())?.with_endpoint(endpoint))
    }
}

/// One endpoint a part, with an empty list of locations: "here", which every client understands.
fn endpoints(query: Query, options: PlanOptions, planned: &PlannedQuery) -> Vec<FlightEndpoint> {
    let parts = planned.partitions();
    if let (Query::Dataset(dataset), 1) = (&query, parts)
        && dataset.is_all()
    {
        return vec![FlightEndpoint::new().with_ticket(ticket::of_dataset(&dataset.id))];
    }
    let mut query_ticket = QueryTicket {
        query,
        options,
        fingerprint: planned.fingerprint(),
        part: None,
    };
    (0..parts)
        .map(|part| {
            query_ticket.part = (parts > 1).then_some((part, parts));
            FlightEndpoint::new().with_ticket(ticket::of_query(&query_ticket))
        })
        .collect()
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
