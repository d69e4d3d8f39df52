"""Queries that are stopped through the driver: checks F61, F62 and F64."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import adbc_driver_manager
import adbc_driver_manager.dbapi

from process import Process, own_server
from raw.running import ENDLESS, ENDLESS_ROWS
from target import Target, check, fails, same

OperationalError = adbc_driver_manager.OperationalError
Status = adbc_driver_manager.AdbcStatusCode

HALF_A_SECOND = {"rpc__timeout_seconds__query": "0.5", "rpc__timeout_seconds__update": "0.5"}


def read_all(cursor: adbc_driver_manager.dbapi.Cursor, sql: str) -> None:
    """Execute a statement and read its rows, keeping none."""
    cursor.execute(sql)
    while cursor.fetchmany(10_000):
        pass


def cancelled(process: Process, call: Callable[[], object], cancel: Callable[[], object]) -> None:
    """Fail unless a call that makes the server work ends as CANCELLED when it is, and the work with it."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    process.rest()
    thread.start()
    process.work()
    cancel()
    process.stops()
    thread.join(60)
    assert not thread.is_alive(), "the call did not return"
    assert errors and isinstance(errors[0], OperationalError), f"ended with {errors}"
    same("status", errors[0].status_code, Status.CANCELLED)


@check
def f61_cancel_while_fetching(target: Target) -> None:
    """adbc_cancel from another thread: the fetch raises CANCELLED, the server stops, the connection goes on."""
    process = Process(target.url)
    for sql in (ENDLESS, ENDLESS_ROWS):
        with target.adbc() as connection, connection.cursor() as cursor:
            cancelled(process, lambda: read_all(cursor, sql), cursor.adbc_cancel)
            with connection.cursor() as another:
                another.execute("SELECT count(*) FROM trips")
                same("rows", another.fetchone(), (240,))


@check
def f61_closed_while_unread(target: Target) -> None:
    """A cursor that is closed with its rows unread ends the query, too."""
    process = Process(target.url)
    process.rest()
    with target.adbc() as connection:
        cursor = connection.cursor()
        cursor.execute(ENDLESS_ROWS)
        reader = cursor.fetch_record_batch()
        assert reader.read_next_batch().num_rows > 0, "an empty first batch"
        reader.close()
        cursor.close()
        process.stops()


@check
def f62_cancel_while_executing(target: Target) -> None:
    """A statement that makes something is cancelled while it runs, and what it would have made is not there."""
    writer = target.writer()
    process = Process(writer.url)
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        create = f"CREATE TABLE {table} AS {ENDLESS}"
        cancelled(process, lambda: cursor.execute(create), cursor.adbc_cancel)
        fails(lambda: writer.rows(f"SELECT * FROM {table}"), adbc_driver_manager.ProgrammingError)


CLIENT = """
import sys
import adbc_driver_flightsql.dbapi as dbapi
with dbapi.connect(sys.argv[1], autocommit=True) as connection, connection.cursor() as cursor:
    cursor.execute(sys.argv[2])
    cursor.fetchall()
"""


@check
def f62_killed_client(target: Target) -> None:
    """A client that is killed takes its query with it, while it is executed and while its rows are made."""
    servers = [(target, ENDLESS)]
    if target.writable:
        servers.append((target.writer(), f"CREATE TABLE check_killed AS {ENDLESS}"))
    for server, sql in servers:
        process = Process(server.url)
        process.rest()
        with subprocess.Popen([sys.executable, "-c", CLIENT, server.url, sql]) as client:
            process.work()
            client.kill()
        process.stops(within_s=5)
        same("rows", server.rows("SELECT count(*) FROM trips"), [(240,)])
    if target.writable:
        fails(lambda: target.writer().rows("SELECT * FROM check_killed"), adbc_driver_manager.ProgrammingError)


@check
def f64_fetch_timeout(target: Target) -> None:
    """A limit on fetching ends the query in the middle of its rows, as TIMEOUT, on both sides."""
    process = Process(target.url)
    with target.adbc(rpc__timeout_seconds__fetch="0.5") as connection, connection.cursor() as cursor:
        error = fails(lambda: read_all(cursor, ENDLESS_ROWS), OperationalError)
        same("status", error.status_code, Status.TIMEOUT)
        process.stops()


@check
def f64_query_timeout(target: Target) -> None:
    """A limit on queries and updates ends a statement that is executed before its rows are fetched."""
    writer = target.writer()
    process = Process(writer.url)
    with writer.scratch() as table, writer.adbc(**HALF_A_SECOND) as connection:
        with connection.cursor() as cursor:
            create = f"CREATE TABLE {table} AS {ENDLESS}"
            same("status", fails(lambda: cursor.execute(create), OperationalError).status_code, Status.TIMEOUT)
            process.stops()
            fails(lambda: writer.rows(f"SELECT * FROM {table}"), adbc_driver_manager.ProgrammingError)


@check
def f64_limit_of_the_server(target: Target) -> None:
    """The server's own limit is DEADLINE_EXCEEDED, which the driver calls TIMEOUT, although the client set none."""
    with own_server(target, "--request-timeout", "3s") as server:
        with server.adbc() as connection, connection.cursor() as cursor:
            error = fails(lambda: read_all(cursor, ENDLESS), OperationalError)
            same("status", error.status_code, Status.TIMEOUT)
            cursor.execute("SELECT count(*) FROM trips")
            same("rows", cursor.fetchone(), (240,))
