"""What the Flight SQL JDBC driver sends, without a JVM: checks F74 to F78 (F73 is in `sql_info`).

Each step is a driver's call; the messages are those of `ArrowFlightSqlClientHandler` and `ArrowFlightMetaImpl`.
"""

from __future__ import annotations

import datetime
import decimal
import threading
from dataclasses import dataclass, field

import grpc
import pyarrow as pa

import oracle
from process import Process
from raw import sessions, types, wire
from raw.proto import message
from raw.running import ENDLESS_ROWS
from target import Target, check, same

NOT_FOUND, CANCELLED = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.CANCELLED
CATALOG = "flightstream"
NO_PARAMETERS = pa.RecordBatch.from_struct_array(pa.array([], pa.struct([])))


# --- the driver -------------------------------------------------------------------------------------------------------


@dataclass
class Statement:
    """A prepared statement of the driver; `update` is how it decides which way to execute it."""

    raw: wire.Raw
    handle: bytes
    fields: pa.Schema
    parameters: pa.Schema
    update: bool
    values: list[pa.Scalar] = field(default_factory=list)

    @classmethod
    def prepare(cls, raw: wire.Raw, sql: str) -> Statement:
        """prepareStatement, and the first step of every Statement.execute."""
        result = raw.prepare(sql)
        fields = wire.read_schema(result.data(2)) if result.data(2) else pa.schema([])
        parameters = wire.read_schema(result.data(3)) if result.data(3) else pa.schema([])
        by_flag, by_fields = bool(result.int(4)), len(fields) == 0
        assert not result.has(4) or by_flag == by_fields, f"old and new drivers differ about {sql}"
        return cls(raw, result.data(1), fields, parameters, by_flag if result.has(4) else by_fields)

    def execute(self, *rows: list[object]) -> pa.Table | int:
        """execute: the rows of a query, the count of an update; with rows of parameters, the batch of them."""
        batch = self.bind(rows) if rows else NO_PARAMETERS
        if self.update:
            return self.raw.put(wire.prepared_update(self.handle), batch).int(1)
        if rows:
            self.handle = self.raw.put(wire.prepared_query(self.handle), batch).data(1)
        return self.raw.query(wire.prepared_query(self.handle)).table()

    def bind(self, rows: tuple[list[object], ...]) -> pa.RecordBatch:
        """The parameters as the driver writes them: into vectors of the declared types, times in milliseconds."""
        assert {len(row) for row in rows} == {len(self.parameters)}, (
            f"Prepared statement has {len(self.parameters)} parameters, but only received {len(rows[0])}"
        )
        columns = [pa.array(column, type=f.type) for column, f in zip(zip(*rows), self.parameters)]
        return pa.record_batch(columns, schema=self.parameters)

    def close(self) -> None:
        """Statement.close."""
        self.raw.close_prepared(self.handle)


def run(raw: wire.Raw, sql: str, *parameters: object) -> pa.Table | int:
    """A statement that is prepared, executed and closed."""
    statement = Statement.prepare(raw, sql)
    result = statement.execute(*([list(parameters)] if parameters else []))
    statement.close()
    return result


# --- F74: metadata ----------------------------------------------------------------------------------------------------


@check
def f74_jdbc_trees(target: Target) -> None:
    """getCatalogs, getSchemas, getTableTypes, getTables(null, null, "%", null) and the keys of "%"."""
    with target.raw() as raw:
        catalogs = raw.query(wire.any_of("CommandGetCatalogs")).table().column("catalog_name").to_pylist()
        same("getCatalogs", catalogs, [CATALOG])
        schemas = raw.query(wire.any_of("CommandGetDbSchemas")).table()
        assert {"public", "sales", "messy"} <= set(schemas.column("db_schema_name").to_pylist()), schemas.to_pydict()
        kinds = raw.query(wire.any_of("CommandGetTableTypes")).table().column("table_type").to_pylist()
        tables = raw.query(wire.get_tables(table="%")).table().to_pylist()
        assert {row["table_type"] for row in tables} <= set(kinds), f"types {kinds}"
        names = {(row["db_schema_name"], row["table_name"]) for row in tables}
        assert {("public", "trips"), ("sales", "2024"), ("messy", "types")} <= names, names
        for name in ("CommandGetPrimaryKeys", "CommandGetImportedKeys", "CommandGetExportedKeys"):
            for schema in ("public", "messy"):
                keys = raw.query(wire.any_of(name, (1, CATALOG), (2, schema), (3, "%"))).table()
                same(f"{name} of {schema}", keys.num_rows, 0)


@check
def f74_jdbc_columns_of_every_table(target: Target) -> None:
    """getColumns(null, null, "%", "%"): every type is one that the driver knows, every number one that it parses."""
    with target.raw() as raw:
        rows = types.listed(raw, table="%")
        codes = {row["type_name"]: row["data_type"] for row in types.type_info(raw)}
    assert len(rows) >= len(oracle.load()), f"{len(rows)} tables"
    for row in rows:
        for column in row["table_schema"]:
            told, where = types.metadata(column), f"{row['table_name']}.{column.name}"
            code = sql_code(column.type)
            assert told["TYPE_NAME"] in codes, f"{where}: TYPE_NAME {told['TYPE_NAME']}"
            known = types.SQL_CODES.get(str(column.type))
            assert known is None or code == known, f"{where}: {code}, expected {known}"
            assert column.nullable, f"{where} is not nullable"
            for number in ("PRECISION", "SCALE"):
                int(told.get(number, "0"))


def sql_code(type: pa.DataType) -> int:
    """java.sql.Types of an Arrow type, as `SqlTypes` of the driver up to 18.3 derives it; others make it throw."""
    if code := types.SQL_CODES.get(str(type)):
        return code
    unsigned = {"uint8": -6, "uint16": 5, "uint32": 4, "uint64": -5, "null": 0}
    if str(type) in unsigned:
        return unsigned[str(type)]
    for is_kind, code in [
        (pa.types.is_decimal128, 3),
        (pa.types.is_time, 92),
        (lambda t: pa.types.is_timestamp(t) and t.tz is None, 93),
        (pa.types.is_timestamp, 2014),
        (pa.types.is_list, 2003),
        (lambda t: pa.types.is_struct(t) or pa.types.is_map(t) or pa.types.is_duration(t), 2000),
    ]:
        if is_kind(type):
            return code
    raise AssertionError(f"Unsupported ArrowType {type}")


# --- F75: statements --------------------------------------------------------------------------------------------------


@check
def f75_jdbc_queries(target: Target) -> None:
    """Statement.executeQuery over every table: prepared, asked for, read, closed; the fields as they were announced."""
    with target.raw() as raw:
        for expected in oracle.load().values():
            if not expected.columns:
                continue  # the drivers take an answer without columns for a change: docs/clients/jdbc.md says what they show
            statement = Statement.prepare(raw, f"SELECT * FROM {expected.sql_name}")
            assert not statement.update, f"{expected.id} is taken for an update"
            table = statement.execute()
            same(f"fields of {expected.id}", table.schema, statement.fields)
            found = expected.mismatches(table)
            assert not found, f"{expected.id}: {found}"
            statement.close()


@check
def f75_jdbc_statements_on_one_connection(target: Target) -> None:
    """A Statement that is executed again leaks its handle: the new one works, the old one can still be closed."""
    with target.raw() as raw:
        statements = [Statement.prepare(raw, f"SELECT {n} AS n") for n in range(20)]
        for n, statement in reversed(list(enumerate(statements))):
            same("value", statement.execute().to_pydict(), {"n": [n]})
        for statement in statements[10:]:
            statement.close()
        same("value", statements[3].execute().to_pydict(), {"n": [3]})


@check
def f75_jdbc_changes_run_once(target: Target) -> None:
    """DDL and DML by executeUpdate: 0 or the rows, never -1 (after which the driver would execute it once more)."""
    writer = target.writer()
    with writer.scratch() as table, writer.scratch("VIEW") as view, writer.raw() as raw:
        for sql, count in [
            (f"CREATE TABLE {table} (n BIGINT, s VARCHAR)", 0),
            (f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')", 2),
            (f"INSERT INTO {table} SELECT trip_id, from_station FROM trips LIMIT 3", 3),
            (f"CREATE VIEW {view} AS SELECT n FROM {table}", 0),
        ]:
            same(f"count of {sql}", run(raw, sql), count)
        same("rows", run(raw, f"SELECT count(*) AS c FROM {view}").to_pydict(), {"c": [5]})
        for sql in (f"DROP VIEW {view}", f"DROP TABLE {table}"):
            same(f"count of {sql}", run(raw, sql), 0)


@check
def f75_jdbc_old_driver_asks_for_changes(target: Target) -> None:
    """PreparedStatement.execute of drivers up to 18.3 sends DDL and DML as a query: it runs once all the same."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        for sql, count in [(f"CREATE TABLE {table} (n BIGINT)", 0), (f"INSERT INTO {table} VALUES (1)", 1)]:
            statement = Statement.prepare(raw, sql)
            statement.update = False
            same(f"count of {sql}", statement.execute().column(0).to_pylist(), [count])
            statement.close()
        same("rows", run(raw, f"SELECT * FROM {table}").to_pydict(), {"n": [1]})


# --- F76: parameters --------------------------------------------------------------------------------------------------

# A setter, a statement with a parameter of its kind, the value, and what comes back.
SETTERS = [
    ("setString", 'SELECT city_id AS n FROM "Cities-2025" WHERE local_name = ?', "大阪", "KIX"),
    ("setInt", "SELECT trip_id AS n FROM trips WHERE trip_id = ?", 1240, 1240),
    ("setLong", "SELECT CAST(? AS BIGINT) AS n", 1 << 40, 1 << 40),
    ("setShort", "SELECT int16 AS n FROM messy.types WHERE int16 = ?", -32768, -32768),
    ("setDouble", "SELECT CAST(? AS DOUBLE) AS n", 1.5, 1.5),
    ("setBigDecimal", "SELECT CAST(? AS DECIMAL(10, 2)) AS n", decimal.Decimal("12.34"), decimal.Decimal("12.34")),
    ("setDate", "SELECT CAST(? AS DATE) AS n", datetime.date(2025, 5, 1), datetime.date(2025, 5, 1)),
    ("setTime", "SELECT clock AS n FROM messy.types WHERE clock = ?", datetime.time(0), datetime.time(0)),
    ("setBoolean", "SELECT flag AS n FROM messy.types WHERE flag = ?", True, True),
    ("setBytes", "SELECT bytes AS n FROM messy.types WHERE bytes = ?", b"\x00\xff\x10", b"\x00\xff\x10"),
    ("setNull", "SELECT CAST(? AS BIGINT) AS n", None, None),
]


@check
def f76_jdbc_setters(target: Target) -> None:
    """Each setter's value in a vector of the declared type: found in the column, or come back as it went."""
    with target.raw() as raw:
        for setter, sql, value, back in SETTERS:
            same(setter, run(raw, sql, value).to_pydict()["n"], [back])


@check
def f76_jdbc_timestamps(target: Target) -> None:
    """setTimestamp writes milliseconds: a row is found by its own time, and none by a millisecond later."""
    with target.raw() as raw:
        ((id, start),) = raw.rows("SELECT trip_id, started_at FROM trips ORDER BY trip_id LIMIT 1")
        sql = "SELECT trip_id FROM trips WHERE started_at = ?"
        kind = Statement.prepare(raw, sql).parameters.field(0).type
        same("unit", kind.unit, "ms")
        for late, found in ((0, [id]), (1, [])):
            moment = start + datetime.timedelta(milliseconds=late)
            value = moment if kind.tz else moment.replace(tzinfo=None)
            same(f"{late} ms later", run(raw, sql, value).to_pydict()["trip_id"], found)


@check
def f76_jdbc_batches(target: Target) -> None:
    """addBatch, executeBatch: all rows in one upload, one count; then again with others."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        run(raw, f"CREATE TABLE {table} (n BIGINT, s VARCHAR, at TIMESTAMP, d DOUBLE)")
        moment = datetime.datetime(2025, 5, 1, 12, 30, 15, 250_000)
        statement = Statement.prepare(raw, f"INSERT INTO {table} VALUES (?, ?, ?, ?)")
        for batch in (1, 2):
            rows = [[10 * batch + n, f"s{n}", moment, n / 2] for n in range(3)]
            same("count", statement.execute(*rows), 3)
        same("nulls", statement.execute([None, None, None, None]), 1)
        statement.close()
        found = raw.rows(f"SELECT count(*), count(n), sum(n), max(at) FROM {table}")
        same("rows", found, [(7, 6, 10 + 11 + 12 + 20 + 21 + 22, moment)])


# --- F77, F78: connections --------------------------------------------------------------------------------------------


@check
def f77_jdbc_catalog_in_the_url(target: Target) -> None:
    """catalog= sets the session's catalog when it connects, again with each setAutoCommit, and closes the session."""
    with target.raw(("cookie", sessions.new_cookie(target))) as raw:
        for _ in range(3):  # the connection, setAutoCommit(true), setReadOnly(false)
            same("errors", sessions.set_options(raw, catalog=CATALOG), {})
        same("rows", run(raw, "SELECT count(*) AS n FROM trips").to_pydict(), {"n": [240]})
        same("setCatalog of no catalog", sessions.set_options(raw, catalog="no_such"), {"catalog": 2})
        same("getCatalog", sessions.get_options(raw)["catalog"], CATALOG)
        same("close", sessions.close_session(raw), sessions.CLOSED)


@check
def f77_jdbc_without_a_cookie_yet(target: Target) -> None:
    """With catalog= the driver's first call is SetSessionOptions itself; it keeps the cookie of the answer."""
    body = message((1, message((1, "schema"), (2, sessions.option("sales")))))
    with target.raw() as raw:
        call = raw.server_stream("DoAction", message((1, "SetSessionOptions"), (2, body)))
        same("answers", len(list(call)), 1)
        cookie = dict(call.initial_metadata()).get("set-cookie", "").partition(";")[0]
    assert cookie, "no cookie"
    with target.raw(("cookie", cookie)) as raw:
        same("rows", run(raw, 'SELECT count(*) AS n FROM "2024"').to_pydict(), {"n": [120]})
        same("close", sessions.close_session(raw), sessions.CLOSED)


@check
def f78_jdbc_max_rows(target: Target) -> None:
    """setMaxRows(200): the driver reads so many and drops the stream; the query ends with it."""
    process = Process(target.url)
    with target.raw() as raw:
        process.rest()
        statement = Statement.prepare(raw, ENDLESS_ROWS)
        info = raw.info(wire.command(wire.prepared_query(statement.handle)))
        stream = raw.start(info.endpoints[0].ticket)
        header, batch = next(stream), next(stream)
        assert len(batch) > len(header), "no rows in the second message"
        stream.cancel()
        process.stops()
        statement.close()
        same("rows", run(raw, "SELECT count(*) AS n FROM trips").to_pydict(), {"n": [240]})


@check
def f78_jdbc_cancel_from_another_thread(target: Target) -> None:
    """Statement.cancel while another thread waits for rows: it gets CANCELLED, the query ends, the connection lives."""
    process = Process(target.url)
    with target.raw() as raw:
        process.rest()
        statement = Statement.prepare(raw, f"SELECT sum(trip_id) AS s FROM ({ENDLESS_ROWS}) AS big")
        stream = raw.start(raw.info(wire.command(wire.prepared_query(statement.handle))).endpoints[0].ticket)
        reader = Reader(stream)
        reader.start()
        process.work()
        stream.cancel()
        reader.join(wire.TIMEOUT_S)
        same("code", reader.code, CANCELLED)
        process.stops()
        statement.close()
        same("rows", run(raw, "SELECT count(*) AS n FROM trips").to_pydict(), {"n": [240]})


class Reader(threading.Thread):
    """A thread that reads a stream to its end; `code` is how it ended."""

    def __init__(self, stream: grpc.Call) -> None:
        """It does not read before it is started."""
        super().__init__(daemon=True)
        self._stream = stream
        self.code = grpc.StatusCode.OK

    def run(self) -> None:
        """Read on."""
        try:
            for _ in self._stream:
                pass
        except grpc.RpcError as error:
            self.code = error.code()
