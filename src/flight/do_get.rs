//! DoGet: a ticket is checked like any request, planned again over the data it was made for, and run.

use std::sync::Arc;

use arrow_flight::Ticket;
use futures::{StreamExt, stream};

use super::encode::message_bytes;
use super::get_flight_info::count_batch;
use super::message::Message;
use super::sql::List;
use super::ticket::{self, QueryTicket, Redeemable};
use super::wire_types::wire_schema;
use super::{FlightGateway, encode};
use crate::engine::{DatasetQuery, PlannedQuery, Query};
use crate::error::{Error, Result};
use crate::request::{RequestContext, Rows};
use crate::session::{QueryId, Running, Types};

impl FlightGateway {
    pub(super) async fn redeem(&self, ticket: Ticket, context: &RequestContext) -> Result<Rows<Message>> {
        match ticket::decode(ticket)? {
            Redeemable::Dataset(id) => {
                let query = Query::Dataset(DatasetQuery::all(id));
                let mut options = self.plan_options(context);
                options.partitions = 1;
                let planned = self.engine.plan(context, query, options).await?;
                let running = self.front.running.enter(QueryId::new_v4())?;
                self.rows(planned, None, context.types(), running)
            }
            Redeemable::Query(ticket) => self.redeem_query(*ticket, context).await,
            Redeemable::Count(count) => Ok(self.listed(async move { Ok(List::of(count_batch(count)?)) })),
            Redeemable::Metadata(metadata) => {
                let (snapshot, writable) = (self.engine.visible(context), self.engine.is_writable());
                let (types, limit) = (context.types(), self.limits.max_send_bytes);
                Ok(self.listed(async move { metadata.list(&snapshot, types, writable, limit) }))
            }
        }
    }

    /// A list, made as it is read.
    fn listed(&self, list: impl Future<Output = Result<List>> + Send + 'static) -> Rows<Message> {
        let message_bytes = message_bytes(self.limits.max_send_bytes);
        let stream = self.engine.runtime().pipe(async move {
            let List { schema, batches } = list.await?;
            Ok(encode::encode(stream::iter(batches).boxed(), schema, message_bytes))
        });
        Rows {
            stream: stream.boxed(),
            bytes: Message::bytes,
            rows: Arc::default(),
            running: None,
        }
    }

    async fn redeem_query(&self, ticket: QueryTicket, context: &RequestContext) -> Result<Rows<Message>> {
        if ticket.is_expired() {
            return Err(Error::not_found("the ticket has expired; ask for flight info again"));
        }
        let running = self.front.running.enter(ticket.id)?;
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
        if let Some(ready) = self.engine.take_ready(context, id, &query, &options)
            && ready.fingerprint() == fingerprint
        {
            return Ok(ready);
        }
        let is_other = self.engine.visible(context).version() != version;
        let planned = match self.engine.plan(context, query.clone(), options.clone()).await {
            Ok(planned) if planned.fingerprint() == fingerprint => return Ok(planned),
            Ok(_) => Err(changed()),
            Err(error) => Err(error),
        };
        if is_other
            && let Some(then) = self.engine.plan_at(context, version, query, options).await?
            && then.fingerprint() == fingerprint
        {
            return Ok(then);
        }
        planned
    }

    fn rows(
        &self,
        planned: PlannedQuery,
        part: Option<usize>,
        types: Types,
        running: Running,
    ) -> Result<Rows<Message>> {
        let schema = wire_schema(planned.schema(), types)?;
        let rows = Arc::default();
        let counted = Arc::clone(&rows);
        let batch_rows = self.engine.batch_size();
        let message_bytes = message_bytes(self.limits.max_send_bytes);
        let executor = self.engine.executor();
        let stream = self.engine.runtime().pipe(async move {
            let batches = executor.execute(planned, part)?;
            Ok(encode::rows(batches, schema, batch_rows, message_bytes, counted))
        });
        Ok(Rows {
            stream: stream.boxed(),
            bytes: Message::bytes,
            rows,
            running: Some(running),
        })
    }
}

fn changed() -> Error {
    Error::unavailable("the data changed since the ticket was made; ask for flight info again")
}
