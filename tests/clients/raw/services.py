"""What surrounds the Flight service: checks F9 (headers) and F84 (health, reflection)."""

from __future__ import annotations

import uuid

import grpc

from raw import wire
from raw.proto import Fields, message
from target import Target, check, same

HEALTH = "/grpc.health.v1.Health/"
SERVING = 1
FLIGHT = "arrow.flight.protocol.FlightService"
NOT_FOUND = grpc.StatusCode.NOT_FOUND


@check
def f9_unknown_headers(target: Target) -> None:
    """Any header is accepted, a long one too; the request's own id comes back, and a new one if it has none."""
    traced = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    headers = [
        ("x-foo", "v" * 4096),
        ("x-bin-bin", bytes(range(256))),
        traced,
        ("tracestate", "a=b"),
        ("database", "x"),
    ]
    query = wire.command(wire.statement_query("SELECT 1"))
    with target.raw(*headers) as raw:
        ids = [raw.unary_headers("GetFlightInfo", query).get("x-request-id") for _ in range(2)]
        assert all(ids) and ids[0] != ids[1], f"ids {ids}"
        same("rows", raw.rows("SELECT 1"), [(1,)])
    own = str(uuid.uuid4())
    with target.raw(("x-request-id", own)) as raw:
        same("own id", raw.unary_headers("GetFlightInfo", query).get("x-request-id"), own)
        stream = raw.start(b"trips")
        same("own id of a stream", dict(stream.initial_metadata()).get("x-request-id"), own)
        error = wire.failure(lambda: raw.info(wire.path("no-such")), NOT_FOUND)
        told = dict([*(error.initial_metadata() or []), *(error.trailing_metadata() or [])])
        same("own id of an error", told.get("x-request-id"), own)


@check
def f9_traces_that_are_garbled(target: Target) -> None:
    """A trace header that is none does not matter."""
    for value in ("", "x", "00-zz-zz-zz", "ff" * 500):
        with target.raw(("traceparent", value), ("tracestate", value), ("x-request-id", value)) as raw:
            same("rows", raw.rows("SELECT 1"), [(1,)])


@check
def f84_health(target: Target) -> None:
    """The server and its Flight service are SERVING; another service is NOT_FOUND; a watcher is told at once."""
    with target.raw() as raw:
        for service in ("", FLIGHT):
            same(f"status of {service!r}", Fields(raw.unary(HEALTH + "Check", message((1, service)))).int(1), SERVING)
        wire.failure(lambda: raw.unary(HEALTH + "Check", message((1, "no.such.Service"))), NOT_FOUND)
        watch = raw.server_stream(HEALTH + "Watch", message((1, "")))
        same("watched", Fields(next(watch)).int(1), SERVING)
        watch.cancel()


@check
def f84_reflection(target: Target) -> None:
    """The services are listed by name, and their file is given."""
    with target.raw() as raw:
        found = []
        for version in ("v1", "v1alpha"):
            method = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
            try:
                (listed,) = raw.both_streams(method, [message((7, ""))])
            except grpc.RpcError as error:
                same(f"code of {version}", error.code(), grpc.StatusCode.UNIMPLEMENTED)
                continue
            services = {Fields(service).text(1) for service in Fields(Fields(listed).data(6)).all(1)}
            assert {FLIGHT, "grpc.health.v1.Health"} <= services, services
            (file,) = raw.both_streams(method, [message((4, FLIGHT))])
            assert b"FlightService" in Fields(Fields(file).data(4)).data(1), "no file descriptor"
            found.append(version)
        assert "v1" in found, "no reflection of version v1"
