"""Statements that change something, and uploads, by hand: checks F41, F42, F44 and F46."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import grpc
import pyarrow as pa

from raw import wire
from raw.proto import Fields, message
from target import Target, check, same

INVALID, DENIED = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED
NOT_FOUND, EXISTS = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ALREADY_EXISTS
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED

# How long an answer may take that must not wait for the end of the upload.
SOON_S = 10
ROWS = pa.record_batch({"n": pa.array([1, 2, 3]), "s": pa.array(["a", None, "c"])})
# Statements that a server without --writable refuses, whatever is in them.
WRITES = [
    "CREATE TABLE check_refused (n BIGINT)",
    "CREATE TABLE check_refused AS SELECT 1 AS n",
    "CREATE OR REPLACE TABLE check_refused AS SELECT 1 AS n",
    "CREATE VIEW check_refused AS SELECT 1 AS n",
    "INSERT INTO trips SELECT * FROM trips",
    "UPDATE trips SET member = true",
    "DELETE FROM trips",
    "DROP TABLE trips",
    "DROP TABLE IF EXISTS check_refused",
]
# Refused everywhere: they reach past the server's own folder.
ALWAYS_DENIED = [
    "COPY trips TO '/tmp/check_refused.csv'",
    "COPY (SELECT 1) TO 'check_refused.csv' STORED AS CSV",
    "CREATE EXTERNAL TABLE check_refused (line VARCHAR) STORED AS CSV LOCATION '/etc/passwd'",
]


# --- when the answer comes --------------------------------------------------------------------------------------------


class Open:
    """An upload that sends its messages and then stays open until it is told to end."""

    def __init__(self, *messages: bytes) -> None:
        """Nothing is sent before the call begins."""
        self._messages = messages
        self._end = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield from self._messages
        self._end.wait(wire.TIMEOUT_S)

    def end(self) -> None:
        """End the upload."""
        self._end.set()


@check
def f41_answer_before_the_end_of_the_upload(target: Target) -> None:
    """C++ and Java read the count before they end the upload: it must be there by then."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        for sql, count in [(f"CREATE TABLE {table} (n BIGINT)", 0), (f"INSERT INTO {table} VALUES (1), (2)", 2)]:
            upload = Open(*wire.upload(wire.command(wire.statement_update(sql)), []))
            call = raw.both_streams("DoPut", upload, timeout=SOON_S)
            result = next(call)
            upload.end()
            same(f"count of {sql}", Fields(Fields(result).data(1)).int(1), count)
            same(f"more results of {sql}", list(call), [])
        same("rows", raw.rows(f"SELECT count(*) FROM {table}"), [(2,)])


@check
def f41_refusal_before_the_end_of_the_upload(target: Target) -> None:
    """An error is not kept back until the upload ends either."""
    with target.raw() as raw:
        for sql in ["CREATE TABLE check_refused (n BIGINT)", "INSERT INTO"]:
            upload = Open(*wire.upload(wire.command(wire.statement_update(sql)), []))
            call = raw.both_streams("DoPut", upload, timeout=SOON_S)
            wire.failure(lambda: next(call), DENIED, INVALID)
            upload.end()


@check
def f41_one_message_and_its_end(target: Target) -> None:
    """Go sends one message without a header and ends the upload at once."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        same("count", raw.update(f"CREATE TABLE {table} AS SELECT trip_id FROM trips LIMIT 7"), 7)


@check
def f42_record_counts(target: Target) -> None:
    """DDL counts 0, whatever makes or inserts rows counts them, nothing says -1; one result, then OK."""
    writer = target.writer()
    with writer.scratch() as table, writer.scratch("VIEW") as view, writer.raw() as raw:
        for sql, count in [
            (f"CREATE TABLE {table} (n BIGINT, s VARCHAR)", 0),
            (f"CREATE TABLE IF NOT EXISTS {table} (n BIGINT, s VARCHAR)", 0),
            (f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')", 2),
            (f"INSERT INTO {table} (s) SELECT from_station FROM trips WHERE trip_id < 1011", 10),
            (f"INSERT INTO {table} SELECT 1, 'x' WHERE false", 0),
            (f"CREATE OR REPLACE TABLE {table} AS SELECT trip_id FROM trips", 240),
            (f"CREATE VIEW {view} AS SELECT * FROM {table}", 0),
            (f"CREATE OR REPLACE VIEW {view} AS SELECT 1 AS one", 0),
            (f"DROP VIEW {view}", 0),
            (f"DROP TABLE {table}", 0),
            (f"DROP TABLE IF EXISTS {table}", 0),
        ]:
            same(f"count of {sql}", raw.update(sql), count)
        wire.failure(lambda: raw.update(f"DROP TABLE {table}"), NOT_FOUND, INVALID)


@check
def f42_changes_through_the_query_path(target: Target) -> None:
    """GetFlightInfo executes a change once; its ticket gives the count, however often, and changes nothing."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        raw.update(f"CREATE TABLE {table} (n BIGINT)")
        insert = f"INSERT INTO {table} VALUES (1), (2)"
        prepared = raw.prepare(insert).data(1)
        for rows, cmd in [(2, wire.statement_query(insert)), (4, wire.prepared_query(prepared))]:
            info = raw.info(wire.command(cmd))
            same("schema", [(field.name, field.type) for field in info.schema], [("count", pa.int64())])
            for _ in range(2):
                same("count", raw.get(info.endpoints[0].ticket).table().to_pydict(), {"count": [2]})
            same("rows", raw.rows(f"SELECT count(*) FROM {table}"), [(rows,)])
        raw.close_prepared(prepared)


# --- refusals ---------------------------------------------------------------------------------------------------------


def four_paths(raw: wire.Raw, sql: str) -> dict[str, Callable[[], object]]:
    """Every way in which a client can have a statement executed."""

    def prepared(command: Callable[[bytes], bytes], send: Callable[[bytes], object]) -> object:
        return send(command(raw.prepare(sql).data(1)))

    return {
        "statement query": lambda: raw.query(wire.statement_query(sql)),
        "statement update": lambda: raw.update(sql),
        "prepared query": lambda: prepared(wire.prepared_query, raw.query),
        "prepared update": lambda: prepared(wire.prepared_update, raw.put),
    }


def refused(raw: wire.Raw, sql: str, codes: list[grpc.StatusCode], reason: str = "") -> None:
    """Fail unless each of the four paths refuses a statement with one of the codes, and says why."""
    for path, call in four_paths(raw, sql).items():
        try:
            error = wire.failure(call, *codes)
        except AssertionError as other:
            raise AssertionError(f"{path} of {sql}: {other}") from other
        assert reason in error.details(), f"{path} of {sql}: {error.details()}"


@check
def f44_read_only_on_four_paths(target: Target) -> None:
    """A server without --writable refuses all that writes, on each path, and says how it would be allowed."""
    with target.raw() as raw:
        for sql in WRITES:
            refused(raw, sql, [DENIED], "--writable")
        for sql in ALWAYS_DENIED:
            refused(raw, sql, [DENIED])
        for sql in [
            "DROP SCHEMA sales CASCADE",
            "SET datafusion.execution.batch_size = 1",
            "SET datafusion.catalog.create_default_catalog_and_schema = true",
        ]:
            refused(raw, sql, [DENIED, INVALID])
        same("trips", raw.rows("SELECT count(*) FROM trips"), [(240,)])


@check
def f44_writable_server_keeps_its_sources(target: Target) -> None:
    """With --writable, too: nothing touches the files that are served, nothing reaches past the server's folder."""
    writer = target.writer()
    with writer.raw() as raw:
        for sql in ALWAYS_DENIED + [
            "INSERT INTO trips SELECT * FROM trips",
            "DROP TABLE trips",
            'DROP TABLE sales."2024"',
        ]:
            refused(raw, sql, [DENIED])
        refused(raw, "CREATE TABLE trips (n BIGINT)", [EXISTS])
        refused(raw, "CREATE VIEW trips AS SELECT 1 AS n", [EXISTS])
        for sql in ["UPDATE trips SET member = true", "DELETE FROM trips", "TRUNCATE TABLE trips"]:
            refused(raw, sql, [INVALID, DENIED])
        same("trips", raw.rows("SELECT count(*) FROM trips"), [(240,)])


# --- uploads ----------------------------------------------------------------------------------------------------------


def ingest(
    table: str | None, if_not_exist: int, if_exists: int, schema: str | None = None, temporary: bool | None = None
) -> bytes:
    """CommandStatementIngest: 0 = not said; then 1 = create, 2 = fail, and 1 = fail, 2 = append, 3 = replace."""
    options = message((1, if_not_exist or None), (2, if_exists or None))
    return any_ingest((1, options), (2, table), (3, schema), (5, temporary))


def any_ingest(*fields: tuple[int, object]) -> bytes:
    """CommandStatementIngest of any fields."""
    return wire.any_of("CommandStatementIngest", *fields)


@check
def f45_ingest_by_hand(target: Target) -> None:
    """The modes as they are on the wire, and one that does not say what it wants; the count is of the rows."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        wire.failure(lambda: raw.put(ingest(table, 2, 2), ROWS), NOT_FOUND)
        for not_there, there, total in [(1, 1, 3), (2, 2, 6), (1, 2, 9), (1, 3, 3)]:
            same("count", raw.put(ingest(table, not_there, there), ROWS).int(1), 3)
            same("rows", raw.rows(f"SELECT count(*) FROM {table}"), [(total,)])
        wire.failure(lambda: raw.put(ingest(table, 1, 1), ROWS), EXISTS)
        for not_there, there in [(0, 0), (0, 2), (1, 0), (9, 9)]:
            wire.failure(lambda: raw.put(ingest(table, not_there, there), ROWS), INVALID)
        wire.failure(lambda: raw.put(any_ingest((2, table)), ROWS), INVALID)
        wire.failure(lambda: raw.put(ingest(None, 1, 2), ROWS), INVALID)
        same("rows", raw.rows(f"SELECT * FROM {table} ORDER BY n"), [(1, "a"), (2, None), (3, "c")])


@check
def f45_ingest_without_batches(target: Target) -> None:
    """A schema alone makes the table, in the first message or after it; an empty batch counts nothing."""
    writer = target.writer()
    messages = wire.ipc_messages(ROWS.slice(0, 0))
    with writer.scratch() as table, writer.raw() as raw:
        cmd = wire.command(ingest(table, 1, 3))
        for put in (
            wire.upload(cmd, messages[:1]),
            [message((1, cmd)), *wire.upload(b"", messages[:1])],
            wire.upload(cmd, messages),
        ):
            raw.update(f"DROP TABLE IF EXISTS {table}")
            same("count", raw.put_all(put).int(1), 0)
            found = raw.query(wire.statement_query(f"SELECT * FROM {table}")).table()
            same("columns", (found.schema.types, found.num_rows), (ROWS.schema.types, 0))
        for put in ([], [message((1, cmd))]):
            wire.failure(lambda: raw.put_all(put), INVALID)


@check
def f45_ingest_is_refused_read_only(target: Target) -> None:
    """A server without --writable refuses an ingest, says why, and SqlInfo 10 says so before."""
    with target.raw() as raw:
        error = wire.failure(lambda: raw.put(ingest("check_refused", 1, 1), ROWS), DENIED)
        assert "--writable" in error.details(), error.details()
        same("SqlInfo 10", raw.query(wire.get_sql_info(10)).table().column("value").to_pylist(), [False])
    if target.writable:
        with target.writer().raw() as raw:
            same("SqlInfo 10", raw.query(wire.get_sql_info(10)).table().column("value").to_pylist(), [True])


@check
def f46_uploads_without_a_command(target: Target) -> None:
    """No message, no descriptor, garbage as a command: each is refused at once, whether or not the upload has ended."""
    data = wire.ipc_messages(ROWS)
    uploads = {
        "no message": [],
        "no descriptor": wire.upload(None, data),
        "an empty descriptor": wire.upload(b"", data),
        "an empty path": wire.upload(message((1, wire.PATH)), data),
        "an empty command": wire.upload(wire.command(b""), data),
        "garbage": wire.upload(wire.command(b"\xff\xfe\xfd"), data),
        "a query": wire.upload(wire.command(wire.statement_query("SELECT 1")), data),
        "an unknown command": wire.upload(wire.command(wire.any_of("CommandNoSuchThing")), data),
    }
    with target.raw() as raw:
        for what, messages in uploads.items():
            for requests in (messages, Open(*messages)) if messages else (messages,):
                try:
                    call = raw.both_streams("DoPut", requests, timeout=SOON_S)
                    wire.failure(lambda: list(call), INVALID, UNIMPLEMENTED)
                except AssertionError as error:
                    raise AssertionError(f"{what}: {error}") from error
                finally:
                    requests.end() if isinstance(requests, Open) else None


@check
def f46_upload_to_a_path_is_refused_read_only(target: Target) -> None:
    """An upload to a path is PERMISSION_DENIED with the reason, not accepted and lost."""
    with target.raw() as raw:
        put = wire.upload(wire.path("check_refused"), wire.ipc_messages(ROWS))
        error = wire.failure(lambda: raw.put_all(put), DENIED)
        assert "--writable" in error.details(), error.details()


@check
def f46_upload_to_a_path(target: Target) -> None:
    """A path is a table to create or append to; the first message's metadata or a header name another mode."""
    writer = target.writer()
    data = wire.ipc_messages(ROWS)
    with writer.scratch() as table, writer.raw() as raw:

        def put(mode: bytes | None) -> int:
            return raw.put_all(wire.upload(wire.path(table), data, mode)).int(1)

        wire.failure(lambda: put(b"append"), NOT_FOUND)
        for mode, total in [(None, 3), (None, 6), (b"append", 9), (b"replace", 3), (b"create_append", 6)]:
            same(f"count of {mode}", put(mode), 3)
            same(f"rows after {mode}", raw.rows(f"SELECT count(*) FROM {table}"), [(total,)])
        wire.failure(lambda: put(b"create"), EXISTS)
        wire.failure(lambda: put(b"no such mode"), INVALID)
        with writer.raw(("x-flightstream-mode", "replace")) as other:
            other.put_all(wire.upload(wire.path(table), data))
        same("rows", raw.rows(f"SELECT * FROM {table} ORDER BY n"), [(1, "a"), (2, None), (3, "c")])
        same("by ticket", raw.get(table.encode()).table().num_rows, 3)


@check
def f46_upload_to_a_path_in_a_schema(target: Target) -> None:
    """A path of two parts is a table in a schema, which its first table makes; its dataset is `schema/table`."""
    writer = target.writer()
    schema = "check_uploads"
    with writer.scratch(schema=schema) as table, writer.raw() as raw:
        raw.put_all(wire.upload(wire.path(schema, table), wire.ipc_messages(ROWS), b"create"))
        same("rows", raw.rows(f"SELECT count(*) FROM {schema}.{table}"), [(3,)])
        same("by ticket", raw.get(f"{schema}/{table}".encode()).table().num_rows, 3)
        for path in [("trips",), ("sales", "2024"), ("..", "x"), ("a/../../x",), ("", "x"), ("x", "")]:
            put = wire.upload(wire.path(*path), wire.ipc_messages(ROWS))
            wire.failure(lambda: raw.put_all(put), DENIED, INVALID, EXISTS)
