//! DoGet: a ticket is checked like any request, planned again over the data it was made for, and run.

use std::sync::Arc;

use arrow_flight::Ticket;
use futures::StreamExt;

use super::context::Encoded;
use super::ticket::{self, QueryTicket, Redeemable};
use super::wire_types::client_schema;
use super::{FlightGateway, encode};
use crate::engine::{DatasetQuery, PlanOptions, PlannedQuery, Query};
use crate::error::{Error, Result};

impl FlightGateway {
    pub(super) async fn redeem(&self, ticket: Ticket) -> Result<Encoded> {
        match ticket::decode(ticket)? {
            Redeemable::Dataset(id) => {
                let query = Query::Dataset(DatasetQuery::all(id));
                let planned = self.engine.plan(query, PlanOptions::default()).await?;
                self.rows(planned, None)
            }
            Redeemable::Query(ticket) => self.redeem_query(ticket).await,
            Redeemable::Metadata(metadata) => {
                let batch = metadata.batch(&self.engine.snapshot())?;
                Ok(Encoded {
                    stream: encode::whole(batch),
                    rows: Arc::default(),
                })
            }
        }
    }

    async fn redeem_query(&self, ticket: QueryTicket) -> Result<Encoded> {
        let QueryTicket {
            query,
            options,
            fingerprint,
            part,
        } = ticket;
        // The only part of one is the whole, however many partitions its plan has inside.
        let part = part.filter(|(_, parts)| *parts > 1);
        // Parts start where records are known to start, which another server may still be finding out.
        if let (Query::Dataset(dataset), Some(_)) = (&query, part) {
            self.engine.checked(&dataset.id).await;
        }
        let planned = self.engine.plan(query, options).await?;
        let same_parts = part.is_none_or(|(_, parts)| parts == planned.partitions());
        if planned.fingerprint() != fingerprint || !same_parts {
            return Err(Error::unavailable(
                "the data changed since the ticket was made; ask for flight info again",
            ));
        }
        self.rows(planned, part.map(|(part, _)| part))
    }

    fn rows(&self, planned: PlannedQuery, part: Option<usize>) -> Result<Encoded> {
        let schema = client_schema(planned.schema())?;
        let rows = Arc::default();
        let counted = Arc::clone(&rows);
        let stream = self
            .engine
            .runtime()
            .pipe(async move { Ok(encode::rows(planned.execute(part)?, schema, counted)) });
        Ok(Encoded {
            stream: stream.boxed(),
            rows,
        })
    }
}
