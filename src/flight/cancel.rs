//! The actions on what GetFlightInfo gave: `CancelFlightInfo` (and its elder, `CancelQuery`) and `RenewFlightEndpoint`.
//! No driver sends the first two: it drops the call, which ends the work as well.

use arrow_flight::sql::{ActionCancelQueryRequest, ActionCancelQueryResult, ProstMessageExt};
use arrow_flight::{
    CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo, RenewFlightEndpointRequest, Ticket,
};
use bytes::Bytes;
use prost::Message;

use super::FlightGateway;
use super::get_flight_info::endpoint;
use super::session_options::decoded;
use super::ticket::{self, Redeemable};
use crate::error::{Error, ErrorKind, Result};
use crate::request::RequestContext;

impl FlightGateway {
    pub(super) fn cancel_flight_info(&self, body: &Bytes, context: &RequestContext) -> Result<Bytes> {
        let request: CancelFlightInfoRequest = decoded(body)?;
        let info = request
            .info
            .ok_or_else(|| Error::invalid("there is no FlightInfo to cancel"))?;
        let result = CancelFlightInfoResult {
            status: self.cancel(info, context)?.into(),
        };
        Ok(result.encode_to_vec().into())
    }

    pub(super) fn cancel_query(&self, request: ActionCancelQueryRequest, context: &RequestContext) -> Result<Bytes> {
        let info: FlightInfo = decoded(&request.info)?;
        // The values of the two enumerations are the same.
        let result = ActionCancelQueryResult {
            result: self.cancel(info, context)?.into(),
        };
        Ok(result.as_any().encode_to_vec().into())
    }

    /// Cancels the query of a FlightInfo: its streams end, and those that were not begun do not begin.
    fn cancel(&self, info: FlightInfo, context: &RequestContext) -> Result<CancelStatus> {
        let tickets = info.endpoint.into_iter().filter_map(|endpoint| endpoint.ticket);
        let mut status = None;
        for ticket in tickets {
            status = Some(match known(ticket)? {
                Redeemable::Query(ticket) => {
                    self.front.running.cancel(ticket.id, context.owner());
                    CancelStatus::Cancelled
                }
                // A dataset's ticket is everyone's, and the other answers are already there.
                Redeemable::Dataset(_) | Redeemable::Metadata(_) | Redeemable::Count(_) => CancelStatus::NotCancellable,
            });
        }
        status.ok_or_else(|| Error::not_found("the FlightInfo has no endpoint: no query is known by it"))
    }

    /// The same endpoint, for longer.
    pub(super) fn renew_flight_endpoint(&self, body: &Bytes) -> Result<Bytes> {
        let request: RenewFlightEndpointRequest = decoded(body)?;
        let sent = request
            .endpoint
            .ok_or_else(|| Error::invalid("there is no endpoint to renew"))?;
        let ticket = sent
            .ticket
            .clone()
            .ok_or_else(|| Error::invalid("the endpoint has no ticket"))?;
        let renewed = match known(ticket)? {
            Redeemable::Query(ticket) => {
                let mut renewed = endpoint(&ticket.renewed(self.limits.ticket_lifetime))?;
                renewed.app_metadata = sent.app_metadata;
                renewed
            }
            // These never expire.
            Redeemable::Dataset(_) | Redeemable::Metadata(_) | Redeemable::Count(_) => sent,
        };
        Ok(renewed.encode_to_vec().into())
    }
}

/// What a ticket of this server stands for; others are unknown here, not wrong.
fn known(ticket: Ticket) -> Result<Redeemable> {
    ticket::decode(ticket)
        .map_err(|error| Error::new(ErrorKind::NotFound, "the ticket is not one of this server's").with_source(error))
}
