"""Queries that run: checks F65 (cancel), F66 (poll) and F68 (renew) by hand."""

from __future__ import annotations

import contextlib
import time

import grpc

from process import Process, own_server
from raw import wire
from raw.proto import message
from target import Target, check, same


NOT_FOUND, CANCELLED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.CANCELLED
INVALID = grpc.StatusCode.INVALID_ARGUMENT

# Billions of pairs to look at, and one row at the end: it runs for much longer than any check waits.
ENDLESS = """
    SELECT sum(a.trip_id % 7 + d.trip_id) AS n
    FROM trips AS a CROSS JOIN trips AS b CROSS JOIN trips AS c CROSS JOIN trips AS d"""
# The same of joins that look at every pair of their rows, and find none that they could give.
PAIRS = "SELECT a.trip_id AS n, a.trip_id / 10000 AS zero FROM trips AS a CROSS JOIN trips AS b"
ENDLESS_JOINS = [
    f"SELECT l.n FROM ({PAIRS}) AS l JOIN ({PAIRS} CROSS JOIN trips AS c) AS r ON {condition}"
    for condition in ("l.n + r.n < 0", "l.zero = r.zero AND l.n + r.n < 0")
]
# So many rows that nobody reads them all.
ENDLESS_ROWS = "SELECT a.trip_id FROM trips AS a CROSS JOIN trips AS b CROSS JOIN trips AS c CROSS JOIN trips AS d"
# CancelStatus, and CancelQuery's result, which has the same numbers.
STOPPED = (1, 2)


def cancel_flight_info(raw: wire.Raw, info: bytes) -> int:
    """CancelFlightInfo: the status."""
    return raw.only_result("CancelFlightInfo", message((1, info))).int(1)


def cancel_query(raw: wire.Raw, info: bytes) -> int:
    """CancelQuery, the older form, whose messages are wrapped: the result."""
    (result,) = raw.action("CancelQuery", wire.any_of("ActionCancelQueryRequest", (1, info)))
    name, fields = wire.any_parts(result)
    same("result", name, "ActionCancelQueryResult")
    return fields.int(1)


def cancel_check(target: Target, cancel: object, statement: str = ENDLESS) -> None:
    """Cancel a query that runs, twice, and one that never was."""
    process = Process(target.url)
    with target.raw() as raw, target.raw() as other:
        process.rest()
        info = raw.info(wire.command(wire.statement_query(statement)))
        stream = raw.start(info.endpoints[0].ticket)
        process.work()
        status = cancel(other, info.raw)
        assert status in STOPPED, f"status {status}"
        process.stops()
        wire.failure(lambda: list(stream), CANCELLED)
        with contextlib.suppress(grpc.RpcError):
            status = cancel(other, info.raw)
            assert status in STOPPED, f"status {status} the second time"
        unknown = message((1, wire.any_of("TicketStatementQuery", (1, b"no such query"))))
        wire.failure(lambda: cancel(other, message((3, message((1, unknown))))), NOT_FOUND, INVALID)
        wire.failure(lambda: raw.get(info.endpoints[0].ticket), CANCELLED, NOT_FOUND)


@check
def f65_cancel_flight_info(target: Target) -> None:
    """The server stops, the reader gets CANCELLED; again is no harm, an unknown query is NOT_FOUND."""
    cancel_check(target, cancel_flight_info)


@check
def f65_cancel_query(target: Target) -> None:
    """The older action does the same."""
    cancel_check(target, cancel_query)


@check
def f65_cancel_joins_without_rows(target: Target) -> None:
    """Joins that compare and compare and give nothing stop as soon."""
    for statement in ENDLESS_JOINS:
        cancel_check(target, cancel_flight_info, statement)


@check
def f65_cancel_before_reading(target: Target) -> None:
    """A query that nobody reads yet can be cancelled; its ticket is worth nothing then."""
    with target.raw() as raw:
        info = raw.info(wire.command(wire.statement_query("SELECT trip_id FROM trips")))
        assert cancel_flight_info(raw, info.raw) in STOPPED
        wire.failure(lambda: raw.get(info.endpoints[0].ticket), CANCELLED, NOT_FOUND)
        same("another query", raw.rows("SELECT count(*) FROM trips"), [(240,)])


@check
def f65_garbled_cancels(target: Target) -> None:
    """A body that is no request is refused."""
    with target.raw() as raw:
        for kind in ("CancelFlightInfo", "CancelQuery"):
            for body in (b"\xff\xff", b"", message((1, b"\xff\xff"))):
                wire.failure(lambda: raw.action(kind, body), INVALID, NOT_FOUND)


# --- poll -------------------------------------------------------------------------------------------------------------


def poll_to_end(raw: wire.Raw, cmd: bytes) -> list[wire.Poll]:
    """PollFlightInfo until it is complete: every answer."""
    descriptor, answers = wire.command(cmd), []
    end = time.monotonic() + wire.TIMEOUT_S
    while descriptor is not None:
        assert time.monotonic() < end, f"not complete after {len(answers)} answers"
        answers.append(raw.poll(descriptor))
        descriptor = answers[-1].descriptor
    return answers


@check
def f66_polls_end(target: Target) -> None:
    """Every answer has its info, endpoints are only added, progress is between 0 and 1, the last one has all rows."""
    with target.raw() as raw:
        prepared = raw.prepare("SELECT trip_id FROM trips").data(1)
        for cmd in (wire.statement_query("SELECT trip_id FROM trips"), wire.prepared_query(prepared)):
            before: list[bytes] = []
            answers = poll_to_end(raw, cmd)
            for poll in answers:
                assert poll.info is not None, "an answer without info"
                tickets = [endpoint.ticket for endpoint in poll.info.endpoints]
                same("endpoints that were there", tickets[: len(before)], before)
                before = tickets
                assert poll.progress is None or 0 <= poll.progress <= 1, f"progress {poll.progress}"
            rows = [id for ticket in before for id in raw.get(ticket).table().column("trip_id").to_pylist()]
            same("rows", sorted(rows), list(range(1001, 1241)))
            same("schema", answers[-1].info.schema.names, ["trip_id"])


@check
def f66_polls_of_other_commands(target: Target) -> None:
    """What GetFlightInfo takes can be polled for; what it refuses is refused alike."""
    with target.raw() as raw:
        last = poll_to_end(raw, wire.get_tables(table="trips"))[-1]
        same("tables", raw.get(last.info.endpoints[0].ticket).table().num_rows, 1)
        (whole,) = [raw.poll(wire.path("trips"))]
        same("dataset", raw.get(whole.info.endpoints[0].ticket).table().num_rows, 240)
        wire.failure(lambda: raw.poll(wire.command(wire.statement_query("SELEC 1"))), INVALID)
        wire.failure(lambda: raw.poll(wire.path("no-such")), NOT_FOUND)
        for garbled in (b"", wire.command(b"\xff\xfe")):
            wire.failure(lambda: raw.poll(garbled), INVALID, NOT_FOUND)


@check
def f66_polled_changes_run_once(target: Target) -> None:
    """A statement that changes something is executed once, however often it is polled for."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        raw.update(f"CREATE TABLE {table} (n BIGINT)")
        last = poll_to_end(raw, wire.statement_query(f"INSERT INTO {table} VALUES (1), (2)"))[-1]
        same("count", raw.get(last.info.endpoints[0].ticket).table().to_pydict(), {"count": [2]})
        same("rows", raw.rows(f"SELECT count(*) FROM {table}"), [(2,)])


# --- renew ------------------------------------------------------------------------------------------------------------


def renew(raw: wire.Raw, endpoint: wire.Endpoint) -> wire.Endpoint:
    """RenewFlightEndpoint."""
    (result,) = raw.action("RenewFlightEndpoint", message((1, endpoint.raw)))
    return wire.Endpoint.decode(result)


@check
def f68_renewed_endpoints(target: Target) -> None:
    """A query's endpoint says when it expires; a renewed one does so later, and gives the same rows."""
    with target.raw() as raw:
        (endpoint,) = raw.info(wire.command(wire.statement_query("SELECT trip_id FROM trips"))).endpoints
        assert endpoint.expires and endpoint.expires > time.time(), f"expires at {endpoint.expires}"
        renewed = renew(raw, endpoint)
        assert renewed.expires and renewed.expires >= endpoint.expires, f"{renewed.expires}, was {endpoint.expires}"
        for ticket in (endpoint.ticket, renewed.ticket):
            same("rows", raw.get(ticket).table().num_rows, 240)
        unknown = wire.Endpoint.decode(message((1, message((1, wire.any_of("TicketStatementQuery", (1, b"?")))))))
        wire.failure(lambda: renew(raw, unknown), NOT_FOUND, INVALID)
        wire.failure(lambda: raw.action("RenewFlightEndpoint", b"\xff\xff"), INVALID)


@check
def f68_expired_tickets(target: Target) -> None:
    """After its time a ticket is NOT_FOUND, a renewed one too after its own; a dataset's never ends."""
    with own_server(target, "--ticket-lifetime", "2s") as server, server.raw() as raw:
        (endpoint,) = raw.info(wire.command(wire.statement_query("SELECT trip_id FROM trips"))).endpoints
        renewed = renew(raw, endpoint)
        for ticket in (endpoint.ticket, renewed.ticket):
            same("rows", raw.get(ticket).table().num_rows, 240)
        for each in (endpoint, renewed):
            wire.failure(lambda: until_it_expires(raw, each), NOT_FOUND)
            assert time.time() >= each.expires - 1, "it ended before its time"
        same("dataset", raw.get(b"trips").table().num_rows, 240)


def until_it_expires(raw: wire.Raw, endpoint: wire.Endpoint) -> None:
    """Redeem a ticket again and again, for some seconds after its time at most."""
    while time.time() < endpoint.expires + 5:
        raw.get(endpoint.ticket)
        time.sleep(0.1)


@check
def f62_cancel_while_asked_for(target: Target) -> None:
    """A statement that is executed in GetFlightInfo ends when that call is cancelled, and leaves nothing."""
    writer = target.writer()
    process = Process(writer.url)
    with writer.scratch() as table, writer.raw() as raw:
        process.rest()
        statement = wire.statement_query(f"CREATE TABLE {table} AS {ENDLESS}")
        call = raw.begin("GetFlightInfo", wire.command(statement))
        process.work()
        call.cancel()
        process.stops()
        wire.failure(lambda: raw.rows(f"SELECT * FROM {table}"), INVALID, NOT_FOUND)
