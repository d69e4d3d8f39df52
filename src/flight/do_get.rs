//! DoGet: a ticket is checked like any request, planned again over the data it was made for, and run.

use std::sync::Arc;

use arrow_flight::Ticket;
use futures::{StreamExt, stream};

use super::context::{Encoded, RequestContext};
use super::encode::message_bytes;
use super::get_flight_info::count_batch;
use super::sql::List;
use super::ticket::{self, QueryTicket, Redeemable};
use super::wire_types::wire_schema;
use super::{FlightGateway, encode};
use crate::engine::{DatasetQuery, PlannedQuery, Query, QueryId, Running};
use crate::error::{Error, Result};
use crate::session::Types;

impl FlightGateway {
    pub(super) async fn redeem(&self, ticket: Ticket, context: &RequestContext) -> Result<Encoded> {
        match ticket::decode(ticket)? {
            Redeemable::Dataset(id) => {
                let query = Query::Dataset(DatasetQuery::all(id));
                let mut options = self.plan_options(context);
                options.partitions = 1;
                let planned = self.engine.plan(self.snapshot(context), query, options).await?;
                let running = self.running.enter(QueryId::new_v4())?;
                self.rows(planned, None, self.types(context), running)
            }
            Redeemable::Query(ticket) => self.redeem_query(*ticket, context).await,
            Redeemable::Count(count) => Ok(self.listed(async move { Ok(List::of(count_batch(count)?)) })),
            Redeemable::Metadata(metadata) => {
                let (snapshot, writable) = (self.snapshot(context), self.engine.is_writable());
                let limit = self.limits.max_send_bytes;
                Ok(self.listed(async move { metadata.list(&snapshot, writable, limit) }))
            }
        }
    }

    /// A list, made as it is read.
    fn listed(&self, list: impl Future<Output = Result<List>> + Send + 'static) -> Encoded {
        let message_bytes = message_bytes(self.limits.max_send_bytes);
        let stream = self.engine.runtime().pipe(async move {
            let List { schema, batches } = list.await?;
            Ok(encode::encode(stream::iter(batches).boxed(), schema, message_bytes))
        });
        Encoded {
            stream: stream.boxed(),
            rows: Arc::default(),
            running: None,
        }
    }

    async fn redeem_query(&self, ticket: QueryTicket, context: &RequestContext) -> Result<Encoded> {
        if ticket.expires_s <= chrono::Utc::now().timestamp() {
            return Err(Error::not_found("the ticket has expired; ask for flight info again"));
        }
        let running = self.running.enter(ticket.id)?;
        let (part, types) = (ticket.part, ticket.types);
        // The only part of one is the whole, however many partitions its plan has inside.
        let part = part.filter(|(_, parts)| *parts > 1);
        let planned = async {
            // Parts start where records are known to start, which another server may still be finding out.
            if let (Query::Dataset(dataset), Some(_)) = (&ticket.query, part) {
                self.engine.checked(&dataset.id).await?;
            }
            self.planned_for(ticket, context).await
        };
        let planned = tokio::select! {
            biased;
            planned = planned => planned?,
            () = running.cancelled() => return Err(Error::cancelled()),
        };
        if part.is_some_and(|(_, parts)| parts != planned.partitions()) {
            return Err(changed());
        }
        self.rows(planned, part.map(|(part, _)| part), types, running)
    }

    /// The ticket's query, planned over the data that the ticket was made for: those of now or, when they changed
    /// meanwhile, those of the snapshot of then, while this server still has it.
    async fn planned_for(&self, ticket: QueryTicket, context: &RequestContext) -> Result<PlannedQuery> {
        let QueryTicket {
            query,
            options,
            fingerprint,
            version,
            id,
            ..
        } = ticket;
        let now = self.snapshot(context);
        if let Some(ready) = self.engine.take_ready(id, &query, &options, &now)
            && ready.fingerprint() == fingerprint
        {
            return Ok(ready);
        }
        let is_other = now.version() != version;
        let planned = match self.engine.plan(now, query.clone(), options.clone()).await {
            Ok(planned) if planned.fingerprint() == fingerprint => return Ok(planned),
            Ok(_) => Err(changed()),
            Err(error) => Err(error),
        };
        if is_other && let Some(then) = self.snapshot_at(version, context) {
            let planned = self.engine.plan(then, query, options).await?;
            if planned.fingerprint() == fingerprint {
                return Ok(planned);
            }
        }
        planned
    }

    fn rows(&self, planned: PlannedQuery, part: Option<usize>, types: Types, running: Running) -> Result<Encoded> {
        let schema = wire_schema(planned.schema(), types)?;
        let rows = Arc::default();
        let counted = Arc::clone(&rows);
        let batch_rows = self.engine.batch_size();
        let message_bytes = message_bytes(self.limits.max_send_bytes);
        let stream = self.engine.runtime().pipe(async move {
            let batches = planned.execute(part)?;
            Ok(encode::rows(batches, schema, batch_rows, message_bytes, counted))
        });
        Ok(Encoded {
            stream: stream.boxed(),
            rows,
            running: Some(running),
        })
    }
}

fn changed() -> Error {
    Error::unavailable("the data changed since the ticket was made; ask for flight info again")
}
