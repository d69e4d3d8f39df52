"""Bulk ingest through the driver: check F45."""

from __future__ import annotations

import datetime
import decimal

import adbc_driver_manager
import pandas
import polars
import pyarrow as pa
from pyarrow import flight

from target import Target, check, fails, same

ProgrammingError = adbc_driver_manager.ProgrammingError
Status = adbc_driver_manager.AdbcStatusCode

ROWS = pa.table({"n": pa.array([1, 2, 3]), "s": pa.array(["a", None, "ü"])})
COOKIES = {"rpc__with_cookie_middleware": "true"}


def content(target: Target, table: str) -> dict:
    """A table's columns in the order of `n`."""
    return target.sql(f"SELECT * FROM {table} ORDER BY n").to_pydict()


def refused(call: object, status: Status) -> str:
    """Fail unless a call is refused with this status: the message."""
    error = fails(call, ProgrammingError)
    same("status", error.status_code, status)
    return str(error)


@check
def f45_ingest_modes(target: Target) -> None:
    """create, append, replace and create_append do what their names say, and count their rows."""
    writer = target.writer()
    twice = {name: [value for value in values for _ in range(2)] for name, values in ROWS.to_pydict().items()}
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        for mode, wanted in [
            ("create", ROWS.to_pydict()),
            ("append", twice),
            ("replace", ROWS.to_pydict()),
            ("create_append", twice),
        ]:
            same(f"count of {mode}", cursor.adbc_ingest(table, ROWS, mode=mode), 3)
            same(f"rows after {mode}", content(writer, table), wanted)
        cursor.execute(f"DROP TABLE {table}")
        same("count of create_append", cursor.adbc_ingest(table, ROWS, mode="create_append"), 3)
        cursor.execute(f"DROP TABLE {table}")
        same("count of replace", cursor.adbc_ingest(table, ROWS, mode="replace"), 3)
        same("rows", content(writer, table), ROWS.to_pydict())


@check
def f45_ingest_conflicts(target: Target) -> None:
    """create on what is there, append to what is not, another schema: each refused, and nothing changed."""
    writer = target.writer()
    others = {
        "another type": pa.table({"n": pa.array(["x"]), "s": pa.array(["a"])}),
        "a column more": pa.table({"n": pa.array([9]), "s": pa.array(["a"]), "more": pa.array([1])}),
        "another name": pa.table({"n": pa.array([9]), "other": pa.array(["a"])}),
    }
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        refused(lambda: cursor.adbc_ingest(table, ROWS, mode="append"), Status.NOT_FOUND)
        cursor.adbc_ingest(table, ROWS)
        refused(lambda: cursor.adbc_ingest(table, ROWS), Status.ALREADY_EXISTS)
        for what, rows in others.items():
            for mode in ("append", "create_append"):
                message = refused(lambda: cursor.adbc_ingest(table, rows, mode=mode), Status.INVALID_ARGUMENT)
                assert str(writer.data.resolve()) not in message, f"{what}: a path of the server in {message}"
        same("rows", content(writer, table), ROWS.to_pydict())
        cursor.adbc_ingest(table, others["another type"], mode="replace")
        same("replaced", content(writer, table), {"n": ["x"], "s": ["a"]})


@check
def f45_ingest_matches_names(target: Target) -> None:
    """Columns with the table's names in another order go where their names are, though the types would fit elsewhere too."""
    writer = target.writer()
    table_of = {"n": [1], "s": ["a"], "t": ["b"]}
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(table, pa.table(table_of), mode="create")
        for names in ["tsn", "nts"]:
            sent = pa.table({name: pa.array([{"n": 2, "s": "c", "t": "d"}[name]]) for name in names})
            cursor.adbc_ingest(table, sent, mode="append")
        same("rows", content(writer, table), {"n": [1, 2, 2], "s": ["a", "c", "c"], "t": ["b", "d", "d"]})


@check
def f45_ingest_into_sources(target: Target) -> None:
    """The files that are served stay as they are, in each mode."""
    writer = target.writer()
    with writer.adbc() as connection, connection.cursor() as cursor:
        refused(lambda: cursor.adbc_ingest("trips", ROWS, mode="create"), Status.ALREADY_EXISTS)
        for mode in ("append", "replace", "create_append"):
            refused(lambda: cursor.adbc_ingest("trips", ROWS, mode=mode), Status.UNAUTHORIZED)
        same("rows", writer.rows("SELECT count(*) FROM trips"), [(240,)])


@check
def f45_ingest_refused_read_only(target: Target) -> None:
    """A server without --writable says so, in each mode."""
    with target.adbc() as connection, connection.cursor() as cursor:
        for mode in ("create", "append", "replace", "create_append"):
            message = refused(lambda: cursor.adbc_ingest("check_refused", ROWS, mode=mode), Status.UNAUTHORIZED)
            assert "--writable" in message, message


@check
def f45_ingest_without_rows(target: Target) -> None:
    """An empty batch makes the table; so do columns without a batch, which plain Flight sends. Without a batch ADBC sends
    nothing, not even the name of the table, which is refused."""
    writer = target.writer()
    batch = ROWS.to_batches()[0].slice(0, 0)
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        nothing = ROWS.schema.empty_table()
        for mode in ("create", "replace", "create_append", "append"):
            message = refused(lambda: cursor.adbc_ingest(table, nothing, mode=mode), Status.INVALID_ARGUMENT)
            assert "give it an empty one" in message, message
        same("count", cursor.adbc_ingest(table, pa.RecordBatchReader.from_batches(ROWS.schema, [batch])), 0)
        same("columns", content(writer, table), {"n": [], "s": []})
        same("types", writer.sql(f"SELECT * FROM {table}").schema.types, ROWS.schema.types)
        cursor.adbc_ingest(table, ROWS, mode="append")
        same("appended", content(writer, table), ROWS.to_pydict())
    with writer.scratch() as table:
        with writer.flight() as client:
            stream, reader = client.do_put(flight.FlightDescriptor.for_path(table), ROWS.schema)
            stream.done_writing()
            reader.read()
            stream.close()
        same("columns without a batch", content(writer, table), {"n": [], "s": []})


@check
def f45_ingest_many_batches(target: Target) -> None:
    """A stream of many batches, one of them empty, is one table, in one change."""
    writer = target.writer()
    batches = [pa.record_batch({"n": pa.array(range(first, first + size), pa.int64())}) for first, size in sizes()]
    reader = pa.RecordBatchReader.from_batches(batches[0].schema, batches)
    total = sum(batch.num_rows for batch in batches)
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        same("count", cursor.adbc_ingest(table, reader), total)
        same("rows", writer.rows(f"SELECT count(*), min(n), sum(n) FROM {table}"), [(total, 0, sum(range(total)))])


def sizes() -> list[tuple[int, int]]:
    """The first number and the size of each of 50 batches."""
    out, first = [], 0
    for n in range(50):
        size = n * 37 % 211
        out.append((first, size))
        first += size
    return out


@check
def f45_ingest_20_mb(target: Target) -> None:
    """20 MB in one batch (more than the driver sends by default) and in many: all rows, right."""
    writer = target.writer()
    count = 1_300_000
    rows = pa.table({"n": pa.array(range(count)), "d": pa.array(range(count), pa.float64())})
    assert rows.nbytes > 20_000_000, rows.nbytes
    large = {"client_option__with_max_msg_size": str(64 << 20)}
    for data, options in [(rows, large), (rows.to_reader(max_chunksize=10_000), {})]:
        with writer.scratch() as table, writer.adbc(**options) as connection, connection.cursor() as cursor:
            same("count", cursor.adbc_ingest(table, data), count)
            wanted = [(count, sum(range(count)), float(count - 1))]
            same("rows", writer.rows(f"SELECT count(*), sum(n), max(d) FROM {table}"), wanted)


@check
def f45_ingest_types(target: Target) -> None:
    """Every type that a data frame has is read back as it was, or as the type that all clients read."""
    writer = target.writer()
    moment = datetime.datetime(2025, 5, 1, 12, 30, 15, 123456)
    rows = pa.table(
        {
            "n": pa.array([1, 2], pa.int8()),
            "u": pa.array([1, None], pa.uint64()),
            "f": pa.array([1.5, None], pa.float32()),
            "b": pa.array([True, None]),
            "y": pa.array([b"\x00\xff", None]),
            "d": pa.array([decimal.Decimal("12.34"), None], pa.decimal128(10, 2)),
            "day": pa.array([moment.date(), None]),
            "at": pa.array([moment, None], pa.timestamp("us")),
            "zoned": pa.array([moment, None], pa.timestamp("ns", "UTC")),
            "clock": pa.array([moment.time(), None], pa.time64("us")),
            "l": pa.array([[1, None], None], pa.list_(pa.int32())),
            "r": pa.array([{"x": 1.5, "y": "z"}, None]),
        }
    )
    odd = pa.table(
        {
            "n": pa.array([1, 2]),
            "v": pa.array(["a", None], pa.string_view()),
            "large": pa.array(["a", None], pa.large_string()),
            "word": pa.array(["a", None]).dictionary_encode(),
            "half": pa.array([1.5, None], pa.float16()),
        }
    )
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(table, rows)
        got = writer.sql(f"SELECT * FROM {table} ORDER BY n")
        same("types", got.schema.types, rows.schema.types)
        same("values", got.to_pydict(), rows.to_pydict())
        cursor.adbc_ingest(table, odd, mode="replace")
        same("odd types", content(writer, table), odd.to_pydict())


@check
def f45_ingest_of_data_frames(target: Target) -> None:
    """pandas and polars write with their own functions, and read the same rows back."""
    writer = target.writer()
    frame = pandas.DataFrame({"n": [1, 2, 3], "s": ["a", None, "ü"], "at": pandas.to_datetime(["2025-05-01"] * 3)})
    with writer.scratch() as table, writer.adbc() as connection:
        same("pandas", frame.to_sql(table, connection, index=False), 3)
        back = pandas.read_sql(f"SELECT * FROM {table} ORDER BY n", connection)
        same("pandas columns", list(back.columns), list(frame.columns))
        same("pandas values", back["n"].tolist(), [1, 2, 3])
        same("appended", frame.to_sql(table, connection, index=False, if_exists="append"), 3)
        same("rows", writer.rows(f"SELECT count(*) FROM {table}"), [(6,)])
    with writer.scratch() as table, writer.adbc() as connection:
        rows = polars.DataFrame(
            {"n": [1, 2, 3], "s": ["a", None, "ü"], "c": ["x", "y", "x"]}, schema_overrides={"c": polars.Categorical}
        )
        same("polars", rows.write_database(table, connection, engine="adbc"), 3)
        same("replaced", rows.write_database(table, connection, engine="adbc", if_table_exists="replace"), 3)
        back = polars.read_database(f"SELECT * FROM {table} ORDER BY n", connection)
        same("polars values", back.rows(), rows.rows())


@check
def f45_ingest_names(target: Target) -> None:
    """A schema is there with its first table; names keep their letters; names that are none are refused."""
    writer = target.writer()
    with writer.adbc() as connection, connection.cursor() as cursor:
        with writer.scratch(schema="check_ingest") as table:
            cursor.adbc_ingest(table, ROWS, catalog_name="flightstream", db_schema_name="check_ingest")
            same("rows", content(writer, f"check_ingest.{table}"), ROWS.to_pydict())
            same("by ticket", writer.get(f"check_ingest/{table}").num_rows, 3)
    with writer.adbc() as connection, connection.cursor() as cursor:
        with writer.scratch() as table:
            name = f"{table} Größe"
            cursor.adbc_ingest(name, ROWS)
            same("rows", content(writer, f'"{name}"'), ROWS.to_pydict())
            cursor.execute(f'DROP TABLE "{name}"')
        for bad in ["../outside", "a/b", "/", ""]:
            fails(lambda: cursor.adbc_ingest(bad, ROWS), adbc_driver_manager.Error)
        fails(lambda: cursor.adbc_ingest("check_x", ROWS, catalog_name="no_such"), ProgrammingError)


@check
def f45_temporary_tables(target: Target) -> None:
    """A temporary table is its session's own, be the session a cookie or a bearer; without one it is refused."""
    writer = target.writer()
    for options in (COOKIES, {"authorization_header": "Bearer check-temporary-tables"}):
        with writer.adbc(**options) as connection, connection.cursor() as cursor, writer.adbc(**COOKIES) as stranger:
            same("count", cursor.adbc_ingest("check_temporary", ROWS, temporary=True), 3)
            cursor.execute("SELECT sum(n) FROM check_temporary")
            same("rows", cursor.fetchall(), [(6,)])
            with stranger.cursor() as other:
                fails(lambda: other.execute("SELECT * FROM check_temporary"), ProgrammingError)
                same("a stranger's own", other.adbc_ingest("check_temporary", ROWS, temporary=True), 3)
            cursor.adbc_ingest("check_temporary", ROWS, mode="append", temporary=True)
            cursor.execute("SELECT count(*) FROM check_temporary")
            same("appended", cursor.fetchall(), [(6,)])
            cursor.execute("DROP TABLE check_temporary")
            fails(lambda: cursor.execute("SELECT * FROM check_temporary"), ProgrammingError)
    with writer.adbc() as connection, connection.cursor() as cursor:
        fails(lambda: cursor.adbc_ingest("check_temporary", ROWS, temporary=True), adbc_driver_manager.Error)
