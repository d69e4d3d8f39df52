"""Prepared statements through the driver: checks F29, F32, F34, F36 and F38."""

from __future__ import annotations

import datetime
import decimal

import adbc_driver_flightsql
import adbc_driver_manager
import pyarrow as pa

from target import Target, check, fails, same

Error = adbc_driver_manager.Error
ProgrammingError = adbc_driver_manager.ProgrammingError
INVALID_ARGUMENT = adbc_driver_manager.AdbcStatusCode.INVALID_ARGUMENT

MOMENT = datetime.datetime(2025, 5, 1, 6, 12, 19, tzinfo=datetime.UTC)
# Statements, their parameters, and their rows.
PARAMETERS = [
    ("SELECT ? + 1 AS x", (41,), [(42,)]),
    ("SELECT $1 + 1 AS x", (41,), [(42,)]),
    ("SELECT $2 || $1 AS x", ("a", "b"), [("ba",)]),
    ("SELECT ? || ? AS x", ("a", "b"), [("ab",)]),
    ("SELECT $1 + 1 AS x, $1 + 2 AS y", (7,), [(8, 9)]),
    ("SELECT trip_id FROM trips WHERE trip_id = ? OR trip_id = ? ORDER BY 1", (1003, 1001), [(1001,), (1003,)]),
    ("SELECT count(*) FROM trips WHERE from_station = ?", ("ATH-1",), None),
    ("SELECT count(*) FROM trips WHERE from_station LIKE ?", ("ATH%",), None),
    ("SELECT count(*) FROM trips WHERE member = ?", (True,), None),
    ("SELECT count(*) FROM trips WHERE fare > ?", (2.5,), None),
    ("SELECT count(*) FROM trips WHERE fare > ?", (2,), None),
    ("SELECT trip_id FROM trips WHERE started_at = ?", (MOMENT,), [(1001,)]),
    ("SELECT count(*) FROM stations WHERE opened_on >= ?", (datetime.date(1900, 1, 1),), None),
    ("SELECT CAST(? AS BIGINT) AS x", (None,), [(None,)]),
    ("SELECT CAST(? AS DATE) AS x", (datetime.date(2025, 5, 1),), [(datetime.date(2025, 5, 1),)]),
    ("SELECT CAST(? AS DECIMAL(10, 2)) AS x", (decimal.Decimal("12.34"),), [(decimal.Decimal("12.34"),)]),
    ("SELECT count(*) FROM trips WHERE trip_id = ? AND member = ?", (None, None), [(0,)]),
    ('SELECT city_id FROM "Cities-2025" WHERE local_name = ?', ("大阪",), [("KIX",)]),
    ("SELECT '?' AS a, ? AS b -- ?", ("x",), [("?", "x")]),
    ("SELECT trip_id FROM trips ORDER BY trip_id LIMIT ? OFFSET ?", (2, 1), [(1002,), (1003,)]),
    ("SELECT x FROM (SELECT trip_id + ? AS x FROM trips) AS s WHERE x = ?", (1, 1002), [(1002,)]),
    ("WITH s AS (SELECT ? AS x) SELECT x FROM s UNION ALL SELECT ? ORDER BY x", ("a", "b"), [("a",), ("b",)]),
    ("SELECT trip_id FROM trips WHERE trip_id IN (?, ?, ?) ORDER BY 1", (1001, 1, 1240), [(1001,), (1240,)]),
    ("SELECT CASE WHEN ? = 1 THEN 'yes' ELSE 'no' END AS x", (1,), [("yes",)]),
]


@check
def f29_parameters(target: Target) -> None:
    """Parameters of each kind, by `?` and by number, are the values that they would be in the text."""
    with target.adbc() as connection, connection.cursor() as cursor:
        for sql, values, wanted in PARAMETERS:
            cursor.execute(sql, values)
            rows = cursor.fetchall()
            if wanted is None:
                same("rows", len(rows), 1)
                assert rows[0][0] > 0, f"{sql} with {values}: nothing found"
            else:
                same(f"{sql} with {values}", rows, wanted)


@check
def f29_parameters_of_every_type(target: Target) -> None:
    """Each value of `types` is found by itself, whatever its type on disk is: no digit of a time is lost on the way."""
    columns = "int8 int16 int32 int64 uint8 uint16 uint32 float64 amount day at clock text bytes flag label"
    with target.adbc() as connection, connection.cursor() as cursor:
        for name in columns.split():
            cursor.execute(f"SELECT {name} FROM messy.types WHERE {name} IS NOT NULL")
            for (value,) in cursor.fetchall():
                cursor.execute(f"SELECT {name} FROM messy.types WHERE {name} = ?", (value,))
                assert (value,) in cursor.fetchall(), f"{name} = {value!r}: not found"


@check
def f29_parameters_of_arrow_types(target: Target) -> None:
    """The same with parameters of the columns' own Arrow types, which Python's values do not have: one row for each."""
    source = target.sql("SELECT * FROM messy.types")
    with target.adbc() as connection, connection.cursor() as cursor:
        for name in source.schema.names:
            values = source.column(name).drop_null()
            cursor.execute(f"SELECT {name} FROM messy.types WHERE {name} = ?", pa.table({"0": values}))
            found = cursor.fetch_arrow_table().column(0)
            assert found.equals(values), f"{name}: {found.to_pylist()}, expected {values.to_pylist()}"


@check
def f29_parameters_again(target: Target) -> None:
    """The same statement with other values, on one cursor and on two that take turns."""
    sql = "SELECT trip_id FROM trips WHERE trip_id = ?"
    with target.adbc() as connection, connection.cursor() as one, connection.cursor() as two:
        for id in range(1001, 1011):
            one.execute(sql, (id,))
            two.execute(sql, (id + 100,))
            same("rows", (one.fetchall(), two.fetchall()), ([(id,)], [(id + 100,)]))


@check
def f32_what_is_compared_may_be_of_another_type(target: Target) -> None:
    """A fraction beside whole numbers, a moment beside days, a number beside texts: as SQL compares the literals."""
    noon = datetime.datetime(2025, 5, 1, 12)
    for sql, value, literal in [
        ("SELECT trip_id FROM trips WHERE trip_id < {}", 1002.5, "1002.5"),
        ("SELECT trip_id FROM trips WHERE trip_id IN ({}, 1005)", 1002.5, "1002.5"),
        ("SELECT trip_id FROM trips WHERE trip_id > {}", decimal.Decimal("1238.5"), "1238.5"),
        ("SELECT order_id FROM sales.\"2025\" WHERE ordered_on < {}", noon, "TIMESTAMP '2025-05-01 12:00:00'"),
        ("SELECT order_id FROM sales.\"2025\" WHERE ordered_on = {}", noon, "TIMESTAMP '2025-05-01 12:00:00'"),
        ("SELECT s FROM (VALUES ('017'), ('17'), ('18')) AS t(s) WHERE s = {}", 17, "17"),
        ("SELECT s FROM (VALUES ('017'), ('17'), ('18')) AS t(s) WHERE s < {}", 17.5, "17.5"),
    ]:
        with target.adbc() as connection, connection.cursor() as cursor:
            cursor.execute(sql.format("?"), (value,))
            same(f"{sql} with {value!r}", cursor.fetchall(), target.rows(sql.format(literal)))
    with target.adbc() as connection, connection.cursor() as cursor:
        error = fails(lambda: cursor.execute("SELECT trip_id + ? FROM trips", (0.5,)), ProgrammingError)
        assert "of the type Float64 does not fit Int64; CAST(? AS DOUBLE) takes it as it is" in str(error), error


@check
def f32_wrong_parameters(target: Target) -> None:
    """Too few, too many, and values that are not of the type are INVALID_ARGUMENT; an int64 for an int32 is cast."""
    for sql, values in [
        ("SELECT trip_id FROM trips WHERE trip_id = ? AND fare > ?", (1,)),
        ("SELECT trip_id FROM trips WHERE trip_id = ?", (1, 2)),
        ("SELECT trip_id FROM trips WHERE trip_id = ?", ("abc",)),
        ("SELECT int8 FROM messy.types WHERE int8 = ?", (1 << 40,)),
        ("SELECT count(*) FROM stations WHERE opened_on = ?", ("no date",)),
        ("SELECT 1 AS one", (1,)),
    ]:
        with target.adbc() as connection, connection.cursor() as cursor:

            def ask() -> object:
                cursor.execute(sql, values)
                return cursor.fetchall()

            error = fails(ask, ProgrammingError)
            same(f"status of {sql} with {values}", error.status_code, INVALID_ARGUMENT)
    with target.adbc() as connection, connection.cursor() as cursor:
        (value,) = (row[0] for row in target.rows("SELECT max(int32) FROM messy.types"))
        cursor.execute("SELECT int32 FROM messy.types WHERE int32 = ?", (value,))
        same("int32", cursor.fetchone(), (value,))


@check
def f34_rows_of_parameters(target: Target) -> None:
    """Four rows of parameters are four executions, whose rows come in this order."""
    with target.adbc() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 + ? AS x", pa.record_batch({"0": pa.array([1, 2, 3, 4])}))
        same("rows", cursor.fetch_arrow_table().to_pydict(), {"x": [2, 3, 4, 5]})
        ids = pa.table({"a": pa.array([1240, 1, 1001]), "b": pa.array(["x", None, "z"])})
        cursor.execute("SELECT trip_id, ? AS b FROM trips WHERE trip_id = ?", ids.select(["b", "a"]))
        same("rows", cursor.fetchall(), [(1240, "x"), (1001, "z")])


@check
def f34_rows_of_parameters_low_level(target: Target) -> None:
    """The same through the driver's own interface, with a stream of batches."""
    batches = [pa.record_batch({"0": pa.array([n, n + 1])}) for n in (1, 3)]
    with (
        adbc_driver_flightsql.connect(target.url) as database,
        adbc_driver_manager.AdbcConnection(database) as connection,
        adbc_driver_manager.AdbcStatement(connection) as statement,
    ):
        statement.set_sql_query("SELECT 1 + ? AS x")
        statement.prepare()
        statement.bind_stream(pa.RecordBatchReader.from_batches(batches[0].schema, batches))
        stream, _ = statement.execute_query()
        same("rows", pa.RecordBatchReader.from_stream(stream).read_all().to_pydict(), {"x": [2, 3, 4, 5]})


@check
def f36_closed_cursors(target: Target) -> None:
    """Closing a cursor, twice, and its connection after it, raises nothing; the next cursor works."""
    with target.adbc() as connection:
        for _ in range(3):
            cursor = connection.cursor()
            cursor.execute("SELECT trip_id FROM trips WHERE trip_id > ?", (1230,))
            same("row", len(cursor.fetchone()), 1)
            cursor.close()
            cursor.close()
            fails(lambda: cursor.execute("SELECT 1"), Error)


@check
def f38_prepare_tells_the_parameters(target: Target) -> None:
    """adbc_prepare gives the parameters' types, adbc_execute_schema the result's, which the result then has."""
    with target.adbc() as connection, connection.cursor() as cursor:
        sql = "SELECT trip_id, from_station, ? AS extra FROM trips WHERE fare > ?"
        parameters = cursor.adbc_prepare(sql)
        same("parameters", [str(field.type) for field in parameters], ["string", "double"])
        announced = cursor.adbc_execute_schema(sql, ("x", 1.0))
        cursor.execute(sql, ("x", 1.0))
        table = cursor.fetch_arrow_table()
        assert table.schema.equals(announced), f"{table.schema}, announced {announced}"
        same("types", [str(field.type) for field in table.schema], ["int64", "string", "string"])
        for query in ["SELECT * FROM messy.types", "SHOW TABLES", "SELECT count(*) FROM trips"]:
            announced = cursor.adbc_execute_schema(query)
            cursor.execute(query)
            assert cursor.fetch_arrow_table().schema.equals(announced), query
