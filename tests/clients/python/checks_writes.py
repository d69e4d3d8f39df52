"""Statements that change something through the driver: checks F40 and F43."""

from __future__ import annotations

import adbc_driver_manager
import pyarrow as pa

from target import Target, check, fails, same

ProgrammingError = adbc_driver_manager.ProgrammingError
Status = adbc_driver_manager.AdbcStatusCode


@check
def f40_views(target: Target) -> None:
    """cursor.execute makes a view, through the path for queries; it is read, listed, replaced and dropped."""
    writer = target.writer()
    with writer.scratch("VIEW") as view, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE VIEW {view} AS SELECT trip_id, fare FROM trips WHERE trip_id < 1011")
        same("rows", writer.rows(f"SELECT count(*) FROM {view}"), [(10,)])
        same("columns", connection.adbc_get_table_schema(view).names, ["trip_id", "fare"])
        error = fails(lambda: cursor.execute(f"CREATE VIEW {view} AS SELECT 1 AS one"), ProgrammingError)
        same("status", error.status_code, Status.ALREADY_EXISTS)
        cursor.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT 1 AS one")
        same("replaced", writer.rows(f"SELECT * FROM {view}"), [(1,)])
        cursor.execute(f"DROP VIEW {view}")
        fails(lambda: writer.rows(f"SELECT * FROM {view}"), ProgrammingError)
        error = fails(lambda: cursor.execute(f"DROP VIEW {view}"), ProgrammingError)
        assert error.status_code in (Status.NOT_FOUND, Status.INVALID_ARGUMENT), error


@check
def f40_changes_run_once(target: Target) -> None:
    """Each cursor.execute is one execution, whether its rows are fetched or left; so is executescript."""
    writer = target.writer()
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (n BIGINT, s VARCHAR)")
        cursor.execute(f"INSERT INTO {table} VALUES (1, 'left')")
        cursor.execute(f"INSERT INTO {table} VALUES (2, 'fetched'), (3, 'too')")
        same("count", cursor.rowcount, 2)
        cursor.fetchall()
        cursor.execute(f"INSERT INTO {table} VALUES (?, ?)", (4, "bound"))
        same("count", cursor.rowcount, 1)
        cursor.executescript(f"INSERT INTO {table} VALUES (5, 'script')")
        wanted = [(1, "left"), (2, "fetched"), (3, "too"), (4, "bound"), (5, "script")]
        same("rows", writer.rows(f"SELECT * FROM {table} ORDER BY n"), wanted)


@check
def f40_tables(target: Target) -> None:
    """CREATE TABLE AS keeps names, types and values; the table is a dataset to all that lists or reads one."""
    writer = target.writer()
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM trips ORDER BY trip_id")
        same("count", cursor.rowcount, 240)
        copy, source = (
            writer.sql(f"SELECT * FROM {table} ORDER BY trip_id"),
            writer.sql("SELECT * FROM trips ORDER BY 1"),
        )
        assert copy.equals(source), f"the copy differs: {copy.schema}, source {source.schema}"
        same("by ticket", writer.get(table).num_rows, 240)
        with writer.flight() as client:
            listed = [info.descriptor.path[0].decode() for info in client.list_flights()]
        same("listed", listed.count(table), 1)
        same("schema", connection.adbc_get_table_schema(table).names, source.schema.names)
        error = fails(lambda: cursor.execute(f"CREATE TABLE {table} (n BIGINT)"), ProgrammingError)
        same("status", error.status_code, Status.ALREADY_EXISTS)


@check
def f40_types_survive(target: Target) -> None:
    """Every type of the sample data goes into a table and comes back."""
    writer = target.writer()
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM messy.types")
        copy, source = (writer.sql(f"SELECT * FROM {name} ORDER BY int8") for name in (table, "messy.types"))
        assert copy.equals(source), f"{copy.schema}, source {source.schema}"


@check
def f40_wrong_changes_change_nothing(target: Target) -> None:
    """Wrong statements are refused when they are prepared or run, and leave what was there."""
    writer = target.writer()
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (n BIGINT, s VARCHAR)")
        cursor.execute(f"INSERT INTO {table} VALUES (1, 'a')")
        for sql in [
            f"INSERT INTO {table} VALUES (1)",
            f"INSERT INTO {table} (no_such) VALUES (1)",
            f"INSERT INTO {table} SELECT 'text', 'b'",
            f"INSERT INTO {table} SELECT 1 / (trip_id - 1240), 'late' FROM trips",
            f"CREATE OR REPLACE TABLE {table} AS SELECT 1 / (trip_id - 1240) AS n FROM trips",
            f"CREATE TABLE {table}_2 (a BIGINT, a BIGINT)",
            f"DROP VIEW {table}",
            "INSERT INTO no_such_table VALUES (1)",
            f"CREATE VIEW {table}_2 AS SELECT no_such FROM trips",
        ]:
            fails(lambda: cursor.execute(sql), adbc_driver_manager.Error)
            same(f"rows after {sql}", writer.rows(f"SELECT * FROM {table}"), [(1, "a")])
        fails(lambda: writer.rows(f"SELECT * FROM {table}_2"), ProgrammingError)


@check
def f43_executemany(target: Target) -> None:
    """One INSERT with three rows of parameters counts three; with none it does nothing; with a table, its rows."""
    writer = target.writer()
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (n BIGINT, s VARCHAR)")
        insert = f"INSERT INTO {table} VALUES (?, ?)"
        cursor.executemany(insert, [(1, "a"), (2, None), (3, "c")])
        same("rowcount", cursor.rowcount, 3)
        cursor.executemany(insert, [])
        same("rows", writer.rows(f"SELECT count(*) FROM {table}"), [(3,)])
        rows = pa.table({"n": pa.array(range(10, 1010)), "s": pa.array(["x"] * 1000)})
        cursor.executemany(insert, rows)
        same("rowcount of a table", cursor.rowcount, 1000)
        same(
            "rows",
            writer.rows(f"SELECT count(*), count(s), sum(n) FROM {table}"),
            [(1003, 1002, 6 + sum(range(10, 1010)))],
        )
