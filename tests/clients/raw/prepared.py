"""Prepared statements by hand: checks F30, F31, F33, F35 and F39."""

from __future__ import annotations

import grpc
import pyarrow as pa

from raw import wire
from raw.proto import message
from target import Target, check, same

INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED

# A statement and the types of its parameters, as drivers must be told them.
PARAMETERS = [
    ("SELECT trip_id FROM trips WHERE trip_id = ?", ["int64"]),
    ("SELECT trip_id FROM trips WHERE from_station = ? AND fare > ? AND member = ?", ["string", "double", "bool"]),
    (
        "SELECT trip_id FROM trips WHERE from_station LIKE ? AND distance_km BETWEEN ? AND ?",
        ["string", "double", "double"],
    ),
    ("SELECT trip_id FROM trips WHERE from_station IN (?, ?)", ["string", "string"]),
    ("SELECT at FROM messy.types WHERE at = ?", ["timestamp[ms]"]),
    ("SELECT at_utc FROM messy.types WHERE at_utc = ?", ["timestamp[ms, tz=UTC]"]),
    ("SELECT clock FROM messy.types WHERE clock = ?", ["time32[ms]"]),
    ("SELECT day FROM messy.types WHERE day = ?", ["date32[day]"]),
    ("SELECT bytes FROM messy.types WHERE bytes = ?", ["binary"]),
    ("SELECT text FROM messy.types WHERE long_text = ?", ["string"]),
    ("SELECT text FROM messy.types WHERE label = ?", ["string"]),
    ("SELECT trip_id FROM trips LIMIT ? OFFSET ?", ["int64", "int64"]),
    ("SELECT CAST(? AS BIGINT) AS a, CAST(? AS DOUBLE) AS b", ["int64", "double"]),
    ("SELECT ? AS untyped", ["string"]),
    ("SELECT trip_id FROM trips WHERE trip_id = $1 OR $1 IS NULL", ["int64"]),
    ("SELECT trip_id FROM trips WHERE fare > $2 AND trip_id = $1", ["int64", "double"]),
    ("SELECT '?' AS \"wh?t\", /* ? */ ? AS b -- ?", ["string"]),
    ("SELECT trip_id FROM trips", []),
]


@check
def f30_parameter_schemas(target: Target) -> None:
    """One nullable field for each parameter, in order, of a type that drivers can bind."""
    with target.raw() as raw:
        for sql, types in PARAMETERS:
            schema = parameters(raw, sql)
            same(f"types of {sql}", [str(field.type) for field in schema], types)
            same(f"names of {sql}", schema.names, [f"${n + 1}" for n in range(len(types))])
            assert all(field.nullable for field in schema), f"{sql}: a parameter cannot be NULL: {schema}"


@check
def f30_more_than_nine_parameters(target: Target) -> None:
    """$10 comes after $9, in whichever order they stand; `?` and `$n` in one statement are refused."""
    wanted = [f"${n}" for n in range(1, 12)]
    with target.raw() as raw:
        same("names", parameters(raw, "SELECT " + ", ".join(reversed(wanted))).names, wanted)
        same("by marks", parameters(raw, "SELECT " + ", ".join("?" * 11)).names, wanted)
        wire.failure(lambda: raw.prepare("SELECT ? AS a, $1 AS b"), INVALID)


def parameters(raw: wire.Raw, sql: str) -> pa.Schema:
    """The parameter schema of a statement, which may be left out if there are none."""
    prepared = raw.prepare(sql)
    raw.close_prepared(prepared.data(1))
    return wire.read_schema(prepared.data(3)) if prepared.data(3) else pa.schema([])


@check
def f31_bind_keeps_the_handle(target: Target) -> None:
    """A bind answers with the same handle, under which the statement is then executed, bound again, and closed."""
    with target.raw() as raw:
        handle = raw.prepare("SELECT trip_id FROM trips WHERE trip_id = ?").data(1)
        cmd = wire.prepared_query(handle)
        for id in (1001, 1240):
            bound = raw.put(cmd, pa.record_batch({"0": pa.array([id])}))
            assert bound.has(1), "no prepared_statement_handle in the answer"
            same("handle", bound.data(1), handle)
            for _ in range(2):
                same("rows", raw.query(cmd).table().to_pydict(), {"trip_id": [id]})
        raw.close_prepared(handle)
        wire.failure(lambda: raw.put(cmd, pa.record_batch({"0": pa.array([1])})), NOT_FOUND)


@check
def f31_one_statement_two_handles(target: Target) -> None:
    """Parameters of one handle are not those of another."""
    with target.raw() as raw:
        one, two = (raw.prepare("SELECT ? AS x").data(1) for _ in range(2))
        for handle, text in ((one, "one"), (two, "two")):
            raw.put(wire.prepared_query(handle), pa.record_batch({"": pa.array([text])}))
        for handle, text in ((one, "one"), (two, "two")):
            same("value", raw.query(wire.prepared_query(handle)).table().to_pydict(), {"x": [text]})
            raw.close_prepared(handle)


@check
def f31_unbound_parameters(target: Target) -> None:
    """A statement whose parameters nobody bound is refused, not executed with something."""
    with target.raw() as raw:
        handle = raw.prepare("SELECT trip_id FROM trips WHERE trip_id = ?").data(1)
        wire.failure(lambda: raw.query(wire.prepared_query(handle)), INVALID)


@check
def f33_dataset_schemas_of_queries(target: Target) -> None:
    """A query has its fields before it is bound, the same as in FlightInfo and stream, and is no update."""
    with target.raw() as raw:
        for sql, names in [
            ("SELECT trip_id, fare FROM trips", ["trip_id", "fare"]),
            ("SELECT ? AS x, trip_id + ? AS y FROM trips", ["x", "y"]),
            ("SHOW TABLES", None),
            ("EXPLAIN SELECT 1", None),
        ]:
            prepared = raw.prepare(sql)
            schema = wire.read_schema(prepared.data(2))
            assert len(schema) if names is None else schema.names == names, f"{sql}: {schema}"
            same(f"is_update of {sql}", (prepared.has(4), prepared.int(4)), (True, 0))
            if "?" in sql:
                batch = pa.record_batch({"0": pa.array(["a"]), "1": pa.array([1])})
                raw.put(wire.prepared_query(prepared.data(1)), batch)
            info = raw.info(wire.command(wire.prepared_query(prepared.data(1))))
            same(f"FlightInfo of {sql}", info.schema, schema)
            same(f"stream of {sql}", raw.get(info.endpoints[0].ticket).table().schema, schema)


@check
def f33_dataset_schemas_of_updates(target: Target) -> None:
    """DDL and DML have a schema of no fields, by which drivers tell them, and say that they are updates."""
    writer = target.writer()
    with writer.scratch() as table, writer.scratch("VIEW") as view, writer.raw() as raw:
        raw.update(f"CREATE TABLE {table} (n BIGINT)")
        for sql in [
            f"CREATE VIEW {view} AS SELECT 1 AS one",
            f"INSERT INTO {table} VALUES (1)",
            f"INSERT INTO {table} VALUES (?)",
            f"CREATE TABLE {table}_2 AS SELECT 1 AS one",
            f"DROP TABLE {table}",
        ]:
            prepared = raw.prepare(sql)
            same(f"fields of {sql}", wire.read_schema(prepared.data(2)).names, [])
            same(f"is_update of {sql}", (prepared.has(4), prepared.int(4)), (True, 1))
            raw.close_prepared(prepared.data(1))
        same("nothing ran", raw.rows(f"SELECT count(*) FROM {table}"), [(0,)])


@check
def f35_update_without_parameters(target: Target) -> None:
    """All the ways in which drivers say "no parameters" execute the statement once."""
    writer = target.writer()
    empty = pa.RecordBatch.from_struct_array(pa.array([], pa.struct([])))
    both = wire.ipc_messages(empty)
    with writer.scratch() as table, writer.raw() as raw:
        raw.update(f"CREATE TABLE {table} (n BIGINT)")
        ways = {"a batch of 0 x 0": both, "a schema alone": both[:1], "no header": []}
        for count, (how, messages) in enumerate(ways.items(), 1):
            handle = raw.prepare(f"INSERT INTO {table} VALUES (1)").data(1)
            put = wire.upload(wire.command(wire.prepared_update(handle)), messages)
            same(f"count with {how}", raw.put_all(put).int(1), 1)
            same(f"rows after {how}", raw.rows(f"SELECT count(*) FROM {table}"), [(count,)])
            raw.close_prepared(handle)


@check
def f35_update_with_parameters(target: Target) -> None:
    """As many executions as rows of parameters, and one count for all; a handle can be executed again."""
    writer = target.writer()
    with writer.scratch() as table, writer.raw() as raw:
        raw.update(f"CREATE TABLE {table} (n BIGINT, s VARCHAR)")
        handle = raw.prepare(f"INSERT INTO {table} VALUES (?, ?)").data(1)
        for first in (1, 10):
            rows = pa.record_batch({"0": pa.array([first, first + 1, None]), "1": pa.array(["a", None, "c"])})
            same("count", raw.put(wire.prepared_update(handle), rows).int(1), 3)
        raw.close_prepared(handle)
        wanted = [(1, "a"), (2, None), (10, "a"), (11, None), (None, "c"), (None, "c")]
        same("rows", raw.rows(f"SELECT * FROM {table} ORDER BY n, s"), wanted)


# --- Substrait --------------------------------------------------------------------------------------------------------


@check
def f39_substrait_plans(target: Target) -> None:
    """A plan of one scan gives its rows, as a statement and prepared, or is UNIMPLEMENTED: as SqlInfo 5 says."""
    plan = message((1, scan_of_trips()), (2, "0.63.0"))
    statement = wire.any_of("CommandStatementSubstraitPlan", (1, plan))
    request = wire.any_of("ActionCreatePreparedSubstraitPlanRequest", (1, plan))
    with target.raw() as raw:
        if not raw.query(wire.get_sql_info(5)).table().column("value")[0].as_py():
            wire.failure(lambda: raw.info(wire.command(statement)), UNIMPLEMENTED)
            wire.failure(lambda: raw.action("CreatePreparedSubstraitPlan", request), UNIMPLEMENTED)
            return
        (result,) = raw.action("CreatePreparedSubstraitPlan", request)
        _, prepared = wire.any_parts(result)
        same("prepared", wire.read_schema(prepared.data(2)).names, ["id", "start"])
        for cmd in (statement, wire.prepared_query(prepared.data(1))):
            table = raw.query(cmd).table()
            same("names", table.schema.names, ["id", "start"])
            same("first", sorted(table.column("id").to_pylist())[:2], [1001, 1002])
            same("rows", table.num_rows, 240)
        garbage = wire.any_of("CommandStatementSubstraitPlan", (1, message((1, b"\xff\xfe"), (2, "0.63.0"))))
        wire.failure(lambda: raw.info(wire.command(garbage)), INVALID)


def scan_of_trips() -> bytes:
    """A Substrait plan that reads two columns of `trips` and names them `id` and `start`."""
    nullable = message((2, 1))
    columns = message(
        (1, "trip_id"),
        (1, "from_station"),
        (2, message((1, message((7, nullable))), (1, message((12, nullable))), (3, 2))),
    )
    scan = message((1, message((2, columns), (7, message((1, "trips"))))))
    root = message((1, scan), (2, "id"), (2, "start"))
    return message((3, message((2, root))), (6, message((2, 63))))
