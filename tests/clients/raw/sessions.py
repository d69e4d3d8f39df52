"""Sessions and transactions by hand: checks F69, F71, F72, and F28 by a session's option."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

import grpc

from raw import types, wire
from raw.proto import Fields, Fixed64, Value, message
from target import Target, check, same

INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
UNIMPLEMENTED, DENIED = grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.PERMISSION_DENIED

COOKIE = "arrow_flight_session_id"
INVALID_NAME, INVALID_VALUE = 1, 2
CLOSED = 1


# --- messages ---------------------------------------------------------------------------------------------------------


def option(value: str | bool | int | float | list[str] | None) -> bytes:
    """SessionOptionValue; None unsets the option."""
    if value is None:
        return b""
    if isinstance(value, list):
        return message((5, message(*((1, text) for text in value))))
    numbers: dict[type, tuple[int, Value]] = {str: (1, value), bool: (2, value), float: (4, value)}
    return message(numbers.get(type(value)) or (3, Fixed64(value)))


def set_options(raw: wire.Raw, **options: str | bool | int | float | list[str] | None) -> dict[str, int]:
    """SetSessionOptions: the error of each option that was not set."""
    entries = (message((1, name), (2, option(value))) for name, value in options.items())
    result = raw.only_result("SetSessionOptions", message(*((1, entry) for entry in entries)))
    return {Fields(entry).text(1): Fields(Fields(entry).data(2)).int(1) for entry in result.all(1)}


def get_options(raw: wire.Raw) -> dict[str, object]:
    """GetSessionOptions."""
    entries = map(Fields, raw.only_result("GetSessionOptions").all(1))
    return {entry.text(1): option_value(Fields(entry.data(2))) for entry in entries}


def option_value(fields: Fields) -> object:
    """A SessionOptionValue as a Python value."""
    if fields.has(1):
        return fields.text(1)
    if fields.has(2):
        return bool(fields.int(2))
    if fields.has(3):
        return fields.fixed(3)
    return fields.double(4) if fields.has(4) else [text.decode() for text in Fields(fields.data(5)).all(1)]


def close_session(raw: wire.Raw) -> int:
    """CloseSession: its status."""
    return raw.only_result("CloseSession").int(1)


def new_cookie(target: Target) -> str:
    """The cookie that the server gives to a client without one."""
    with target.raw() as raw:
        headers = raw.unary_headers("GetFlightInfo", wire.command(wire.statement_query("SELECT 1")))
    assert "set-cookie" in headers, f"no cookie among the headers {sorted(headers)}"
    name, _, value = headers["set-cookie"].partition(";")[0].partition("=")
    same("cookie", name.strip(), COOKIE)
    return f"{COOKIE}={value.strip()}"


@contextlib.contextmanager
def session(target: Target) -> Iterator[wire.Raw]:
    """A channel with a session of its own, which is closed at the end."""
    with target.raw(("cookie", new_cookie(target))) as raw:
        yield raw
        close_session(raw)


# --- F69 --------------------------------------------------------------------------------------------------------------


@check
def f69_options_of_a_session(target: Target) -> None:
    """The schema that is set is where plain names are looked up; unset, it is the default one again."""
    query = 'SELECT count(*) FROM "2024"'
    with session(target) as raw:
        wire.failure(lambda: raw.rows(query), INVALID, NOT_FOUND)
        same("errors", set_options(raw, catalog="flightstream", schema="sales"), {})
        options = get_options(raw)
        same("options", (options["catalog"], options["schema"]), ("flightstream", "sales"))
        same("rows", raw.rows(query), [(120,)])
        same("prepared", raw.query(wire.prepared_query(raw.prepare(query).data(1))).table().num_rows, 1)
        same("errors of unset", set_options(raw, schema=None), {})
        same("default", get_options(raw)["schema"], "public")
        same("plain again", raw.rows("SELECT count(*) FROM trips"), [(240,)])


@check
def f69_errors_of_options(target: Target) -> None:
    """An unknown name and a bad value are told each by each, and the others are set all the same."""
    with session(target) as raw:
        errors = set_options(raw, no_such_option="x", schema="sales", catalog="no_such_catalog")
        same("errors", errors, {"no_such_option": INVALID_NAME, "catalog": INVALID_VALUE})
        options = get_options(raw)
        same("options", (options["catalog"], options["schema"]), ("flightstream", "sales"))
        for name, value in [("schema", "no such schema"), ("schema", 5), ("types", "odd"), ("partitions", "many")]:
            same(f"{name} = {value!r}", set_options(raw, **{name: value}), {name: INVALID_VALUE})
        for value in (0, -1, "0", ["4"]):
            same(f"partitions = {value!r}", set_options(raw, partitions=value), {"partitions": INVALID_VALUE})
        same("schema", get_options(raw)["schema"], "sales")


@check
def f69_numbers_as_text(target: Target) -> None:
    """A number may come as text, and does what it says."""
    statement = wire.command(wire.statement_query("SELECT * FROM trips"))
    with session(target) as raw:
        for value in (3, "3"):
            same("errors", set_options(raw, partitions=value), {})
            assert 1 <= len(raw.info(statement).endpoints) <= 3, "more endpoints than were asked for"
        same("unset", set_options(raw, partitions=None), {})
        same("endpoints", len(raw.info(statement).endpoints), 1)


@check
def f69_use_sets_the_schema(target: Target) -> None:
    """`USE` is the same option by SQL."""
    with session(target) as raw:
        same("count", raw.update("USE sales"), 0)
        same("schema", get_options(raw)["schema"], "sales")
        same("rows", raw.rows('SELECT count(*) FROM "2024"'), [(120,)])
        wire.failure(lambda: raw.update("USE no_such_schema"), INVALID, NOT_FOUND)


@check
def f28_native_types_by_session(target: Target) -> None:
    """The types that a session wants, in all the places alike; another session is not asked."""
    with session(target) as raw, session(target) as other:
        same("errors", set_options(raw, types="native"), {})
        same("native", types.four_types(raw), [types.NATIVE_TYPES] * 5)
        same("other", types.four_types(other), [types.CLIENT_TYPES] * 5)
        same("errors", set_options(raw, types="client"), {})
        same("client", types.four_types(raw), [types.CLIENT_TYPES] * 5)


# --- F71 --------------------------------------------------------------------------------------------------------------


@check
def f71_a_cookie_is_a_session(target: Target) -> None:
    """Another channel with the cookie sees the options, one without does not; a closed session is gone."""
    cookie = new_cookie(target)
    assert cookie != new_cookie(target), "two clients got one cookie"
    with (
        target.raw(("cookie", cookie)) as one,
        target.raw(("cookie", f"a=b; {cookie}; c=d")) as two,
        target.raw() as none,
    ):
        headers = one.unary_headers("GetFlightInfo", wire.command(wire.statement_query("SELECT 1")))
        assert "set-cookie" not in headers, "a client with a cookie gets another one"
        same("errors", set_options(one, schema="sales"), {})
        same("with the cookie", get_options(two)["schema"], "sales")
        same("without", get_options(none)["schema"], "public")
        same("close", close_session(two), CLOSED)
        gone_or_new(one)


@check
def f71_a_bearer_is_a_session(target: Target) -> None:
    """A client that keeps no cookies is known by its bearer."""
    one, two = (("authorization", f"Bearer {uuid.uuid4()}") for _ in range(2))
    with target.raw(one) as a, target.raw(one) as same_client, target.raw(two) as b:
        same("errors", set_options(a, schema="messy"), {})
        same("the same bearer", get_options(same_client)["schema"], "messy")
        same("another bearer", get_options(b)["schema"], "public")
        same("close", close_session(a), CLOSED)
        gone_or_new(a)


def gone_or_new(raw: wire.Raw) -> None:
    """Fail if a closed session still has its options, or is not known how to be answered."""
    try:
        same("after close", get_options(raw)["schema"], "public")
        close_session(raw)
    except grpc.RpcError as error:
        same("after close", error.code(), NOT_FOUND)


@check
def f71_close_without_a_session(target: Target) -> None:
    """A client that never had a session may close it: drivers do, and some throw at an error."""
    with target.raw() as raw:
        for _ in range(2):
            try:
                same("status", close_session(raw), CLOSED)
            except grpc.RpcError as error:
                same("code", error.code(), NOT_FOUND)


@check
def f71_prepared_statements_of_a_session(target: Target) -> None:
    """A prepared statement runs on another channel of its session, with the session's schema."""
    cookie = new_cookie(target)
    with target.raw(("cookie", cookie)) as one, target.raw(("cookie", cookie)) as two:
        set_options(one, schema="sales")
        handle = one.prepare('SELECT count(*) AS n FROM "2025"').data(1)
        same("rows", two.query(wire.prepared_query(handle)).table().to_pydict(), {"n": [90]})
        close_session(one)


# --- temporary objects ------------------------------------------------------------------------------------------------


@check
def f71_temporary_objects(target: Target) -> None:
    """A temporary table and view are there for their session only, and gone with it."""
    writer = target.writer()
    with session(writer) as raw, session(writer) as other, writer.raw() as passer_by:
        same("table", raw.update("CREATE TEMPORARY TABLE check_own AS SELECT trip_id FROM trips LIMIT 3"), 3)
        same("view", raw.update("CREATE TEMPORARY VIEW check_seen AS SELECT count(*) AS n FROM check_own"), 0)
        same("rows", raw.rows("SELECT n FROM check_seen"), [(3,)])
        for stranger in (other, passer_by):
            wire.failure(lambda: stranger.rows("SELECT * FROM check_own"), INVALID, NOT_FOUND)
            names = stranger.query(wire.get_tables(table="check_%")).table().column("table_name").to_pylist()
            assert not {"check_own", "check_seen"} & set(names), f"listed to others: {names}"
        raw.update("DROP VIEW check_seen")
        raw.update("DROP TABLE check_own")
        wire.failure(lambda: raw.rows("SELECT * FROM check_own"), INVALID, NOT_FOUND)


@check
def f71_temporary_objects_need_a_session(target: Target) -> None:
    """Without a session nothing temporary can be made, and the error says why."""
    with target.writer().raw() as raw:
        error = wire.failure(lambda: raw.update("CREATE TEMPORARY TABLE check_own AS SELECT 1 AS n"), INVALID)
    assert "session" in error.details(), error.details()


# --- F72 --------------------------------------------------------------------------------------------------------------


@check
def f72_no_transactions(target: Target) -> None:
    """There are none: SqlInfo says so, their actions are UNIMPLEMENTED, and a command that names one is refused."""
    with target.raw() as raw:
        same("SqlInfo 8", raw.query(wire.get_sql_info(8)).table().column("value").to_pylist(), [0])
        for action, body in [
            ("BeginTransaction", wire.any_of("ActionBeginTransactionRequest")),
            ("EndTransaction", wire.any_of("ActionEndTransactionRequest", (1, b"t"), (2, 1))),
            ("BeginSavepoint", wire.any_of("ActionBeginSavepointRequest", (1, b"t"), (2, "s"))),
            ("EndSavepoint", wire.any_of("ActionEndSavepointRequest", (1, b"s"), (2, 1))),
        ]:
            wire.failure(lambda: raw.action(action, body), UNIMPLEMENTED)
        query = wire.command(wire.statement_query("SELECT 1", b"t"))
        wire.failure(lambda: raw.info(query), INVALID)
        wire.failure(lambda: raw.unary("GetSchema", query), INVALID)
        prepare = wire.any_of("ActionCreatePreparedStatementRequest", (1, "SELECT 1"), (2, b"t"))
        wire.failure(lambda: raw.action("CreatePreparedStatement", prepare), INVALID)
    for server in [target, *([target.writer()] if target.writable else [])]:
        with server.raw() as raw:
            update = wire.statement_update("CREATE TABLE check_never (n BIGINT)", b"t")
            wire.failure(lambda: raw.put(update), INVALID, *([] if server.url == target.writable else [DENIED]))
