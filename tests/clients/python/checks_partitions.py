"""Results in parts through the driver: checks F66 (incremental) and F67 (partitions)."""

from __future__ import annotations

import time

import adbc_driver_manager
import pyarrow as pa

from target import Target, check, fails, same

INCREMENTAL = {"adbc.statement.exec.incremental": "true"}
PATIENCE_S = 60


def read(target: Target, partition: bytes) -> pa.Table:
    """A partition, on a connection that has never heard of it."""
    with target.adbc() as connection, connection.cursor() as cursor:
        cursor.adbc_read_partition(partition)
        return cursor.fetch_arrow_table()


@check
def f66_incremental_execution(target: Target) -> None:
    """Partitions as they come, until there are none: together every row once; progress is between 0 and 1."""
    sql = "SELECT a.trip_id, b.fare FROM trips AS a CROSS JOIN trips AS b"
    with target.adbc() as connection, connection.cursor(adbc_stmt_kwargs=INCREMENTAL) as cursor:
        ids, most = [], 0.0
        end = time.monotonic() + PATIENCE_S
        while True:
            partitions, _ = cursor.adbc_execute_partitions(sql)
            progress = cursor.adbc_statement.get_option_float("adbc.statement.exec.progress")
            assert 0 <= progress <= 1, f"progress {progress}"
            most = max(most, progress)
            if not partitions:
                break
            assert time.monotonic() < end, f"not complete after {len(ids)} rows"
            for partition in partitions:
                ids += read(target, partition).column("trip_id").to_pylist()
        same("most progress", most, 1.0)
    same("rows", sorted(ids), [id for id in range(1001, 1241) for _ in range(240)])


@check
def f66_incremental_errors(target: Target) -> None:
    """A wrong statement fails at the first step."""
    with target.adbc() as connection, connection.cursor(adbc_stmt_kwargs=INCREMENTAL) as cursor:
        fails(lambda: cursor.adbc_execute_partitions("SELECT no_such FROM trips"), adbc_driver_manager.ProgrammingError)


@check
def f67_partitions(target: Target) -> None:
    """Each partition is read on a connection of its own: every row once over all of them, one by default."""
    for asked in (None, "4"):
        options = {"rpc__call_header__x-flightstream-partitions": asked} if asked else {}
        for sql in [
            "SELECT * FROM trips",
            "SELECT trip_id FROM trips WHERE trip_id % 2 = 0",
            "SELECT count(*) FROM trips",
        ]:
            with target.adbc(**options) as connection, connection.cursor() as cursor:
                partitions, schema = cursor.adbc_execute_partitions(sql)
            assert 1 <= len(partitions) <= int(asked or 1), f"{len(partitions)} partitions, asked for {asked}"
            tables = [read(target, partition) for partition in partitions]
            assert all(table.schema.equals(schema) for table in tables), "a partition has another schema"
            rows = sorted(str(row) for table in tables for row in table.to_pylist())
            same(f"rows of {sql}", rows, sorted(map(str, target.sql(sql).to_pylist())))


@check
def f67_partitions_with_parameters(target: Target) -> None:
    """A partition of a statement with parameters has their values in it."""
    with target.adbc() as connection, connection.cursor() as cursor:
        partitions, _ = cursor.adbc_execute_partitions("SELECT trip_id FROM trips WHERE trip_id = ?", (1100,))
    tables = [read(target, partition) for partition in partitions]
    same("rows", [id for table in tables for id in table.column("trip_id").to_pylist()], [1100])


@check
def f67_partitions_twice(target: Target) -> None:
    """A partition can be read again; one that is garbled is refused."""
    with target.adbc() as connection, connection.cursor() as cursor:
        (partition,), _ = cursor.adbc_execute_partitions("SELECT trip_id FROM trips")
    for _ in range(2):
        same("rows", read(target, partition).num_rows, 240)
    fails(lambda: read(target, partition[:-5]), adbc_driver_manager.Error)
