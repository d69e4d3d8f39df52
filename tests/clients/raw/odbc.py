"""What the Flight SQL ODBC driver sends, as Excel and Power BI use it: check F79."""

from __future__ import annotations

import base64

import grpc
import pyarrow as pa

from raw import sql_info, types, wire
from raw.proto import message
from raw.running import ENDLESS
from target import Target, check, same

NOT_CONVERTED = ("large_", "view", "dictionary", "halffloat", "fixed_size_binary", "decimal256", "interval")


def handshake(target: Target, authorization: str, *messages: bytes) -> str | None:
    """A Handshake with these credentials: the `authorization` that comes back in the headers before any message."""
    with target.raw(("authorization", authorization)) as raw:
        call = raw.both_streams("Handshake", messages)
        list(call)
        same("status", call.code(), grpc.StatusCode.OK)
        return dict(call.initial_metadata()).get("authorization")


def basic(text: str, padded: bool = True) -> str:
    """A Basic credential."""
    encoded = base64.b64encode(text.encode()).decode()
    return "Basic " + (encoded if padded else encoded.rstrip("="))


@check
def f79_odbc_connects_with_a_password(target: Target) -> None:
    """UID and PWD: a Handshake whose answer has a bearer in its headers, and that bearer then works on every call."""
    for credentials in [basic("user:a:b"), basic("user:pass", padded=False), basic("ü:ß").replace("Basic", "basic")]:
        for messages in ([], [b""]):
            bearer = handshake(target, credentials, *messages)
            assert bearer and bearer.startswith("Bearer "), f"{credentials}: {bearer!r}"
            with target.raw(("authorization", bearer)) as raw:
                same("rows", raw.rows("SELECT 1"), [(1,)])


@check
def f79_odbc_connects_with_a_token(target: Target) -> None:
    """A token: a Handshake with it, which must be OK, and the token on every call."""
    for messages in ([], [b""]):
        handshake(target, "Bearer some-token", *messages)
    with target.raw(("authorization", "Bearer some-token")) as raw:
        same("rows", raw.rows("SELECT 1"), [(1,)])


@check
def f79_odbc_reads_sql_info(target: Target) -> None:
    """Everything at once; it looks into each child without asking for its type."""
    with target.raw() as raw:
        found = sql_info.answer(raw)
    for id in (500, 501, 502, 506):
        same(f"child of {id}", found[id][0], sql_info.BOOL)
    for id in (503, 505, 507):
        same(f"child of {id}", found[id][0], sql_info.BIGINT)
    assert found[1][1].count(".") >= 1 and found[1][1][0].isdigit(), f"version {found[1][1]!r}"


@check
def f79_odbc_executes_directly(target: Target) -> None:
    """SQLExecDirect sends everything as a query: a SELECT gives its rows, in types that the driver converts."""
    with target.raw() as raw:
        for sql in ["SELECT * FROM messy.types", "SELECT * FROM trips", "SELECT upper(name) AS n FROM stations"]:
            info = raw.info(wire.command(wire.statement_query(sql)))
            same("endpoints", len(info.endpoints), 1)
            odd = [f"{f.name}: {f.type}" for f in info.schema if any(word in str(f.type) for word in NOT_CONVERTED)]
            assert not odd, f"{sql}: {odd}"
            assert raw.get(info.endpoints[0].ticket).table().num_rows > 0, sql


@check
def f79_odbc_changes_directly(target: Target) -> None:
    """DDL and DML by SQLExecDirect and by SQLPrepare and SQLExecute, each executed once."""
    writer = target.writer()
    with writer.scratch() as table, writer.scratch("VIEW") as view, writer.raw() as raw:
        same("create", raw.rows(f"CREATE TABLE {table} (n BIGINT)"), [(0,)])
        same("insert", raw.rows(f"INSERT INTO {table} VALUES (1), (2)"), [(2,)])
        same("view", raw.rows(f"CREATE VIEW {view} AS SELECT max(n) AS most FROM {table}"), [(0,)])
        same("rows", raw.rows(f"SELECT most FROM {view}"), [(2,)])
        prepared = raw.prepare(f"INSERT INTO {table} VALUES (3)")
        assert prepared.data(2), "no dataset schema, which the driver takes for granted"
        same("count", raw.query(wire.prepared_query(prepared.data(1))).table().column(0).to_pylist(), [1])
        same("rows", raw.rows(f"SELECT count(*), max(most) FROM {table}, {view}"), [(3, 3)])


@check
def f79_odbc_catalog_functions(target: Target) -> None:
    """SQLTables with its special cases, SQLColumns and SQLGetTypeInfo, read by the place of a column."""
    with target.raw() as raw:

        def column(cmd: bytes, place: int) -> list[object]:
            return raw.query(cmd).table().column(place).to_pylist()

        same('SQLTables("%", "", "")', column(wire.any_of("CommandGetCatalogs"), 0), ["flightstream"])
        assert "sales" in column(wire.any_of("CommandGetDbSchemas", (2, "%")), 1), 'SQLTables("", "%", "")'
        assert {"TABLE", "VIEW"} <= set(column(wire.any_of("CommandGetTableTypes"), 0)), 'SQLTables(…, "%")'
        tables = wire.get_tables("flightstream", "sales", "%", ["TABLE"])
        same("SQLTables", column(tables, 2), ["2024", "2025"])
        (row,) = types.listed(raw, catalog="flightstream", schema="public", table="trips")
        same("SQLColumns", row["table_schema"].field(0).type, pa.int64())
        info = types.type_info(raw)
        assert {row["type_name"] for row in info if row["data_type"] in (-5, 8, 12)}, "SQLGetTypeInfo"
        same("columns of SQLGetTypeInfo", len(info[0]), 19)


@check
def f79_odbc_query_timeout(target: Target) -> None:
    """SQL_ATTR_QUERY_TIMEOUT is the deadline of a call: the server ends by itself, and says so."""
    with target.raw() as raw:
        ticket = raw.info(wire.command(wire.statement_query(ENDLESS))).endpoints[0].ticket
        call = raw.server_stream("DoGet", message((1, ticket)), timeout=0.5)
        wire.failure(lambda: list(call), grpc.StatusCode.DEADLINE_EXCEEDED)
        same("rows", raw.rows("SELECT count(*) FROM trips"), [(240,)])
