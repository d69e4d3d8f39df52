//! DoGet: a ticket is checked like any request, planned again over the data it was made for, and run.

use std::sync::Arc;

use arrow_flight::Ticket;
use futures::StreamExt;

use super::context::{Encoded, RequestContext};
use super::get_flight_info::count_batch;
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
            Redeemable::Count(count) => Ok(whole(count_batch(count)?)),
            Redeemable::Metadata(metadata) => Ok(whole(
                metadata.batch(&self.snapshot(context), self.engine.is_writable())?,
            )),
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
        // Parts start where records are known to start, which another server may still be finding out.
        if let (Query::Dataset(dataset), Some(_)) = (&ticket.query, part) {
            self.engine.checked(&dataset.id).await;
        }
        let planned = tokio::select! {
            biased;
            planned = self.planned_for(ticket, context) => planned?,
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
        let stream = self
            .engine
            .runtime()
            .pipe(async move { Ok(encode::rows(planned.execute(part)?, schema, batch_rows, counted)) });
        Ok(Encoded {
            stream: stream.boxed(),
            rows,
            running: Some(running),
        })
    }
}

/// A list that is there, as one message.
fn whole(batch: arrow::array::RecordBatch) -> Encoded {
    Encoded {
        stream: encode::whole(batch),
        rows: Arc::default(),
        running: None,
    }
}

fn changed() -> Error {
    Error::unavailable("the data changed since the ticket was made; ask for flight info again")
}
