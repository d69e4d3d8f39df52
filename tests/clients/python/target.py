"""The server under test, and what every check uses: connections, the register of checks, expected failures."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import adbc_driver_flightsql.dbapi
import pyarrow as pa
import pyarrow.flight as flight

from raw import wire


class Skip(Exception):
    """What a check needs is not there; the text says what."""


@dataclass(frozen=True)
class Target:
    """A running server, the folders that it serves, a server that can be written to and the command line (if any)."""

    url: str
    data: pathlib.Path
    queries: pathlib.Path | None = None
    cli: pathlib.Path | None = None
    writable: str | None = None

    def writer(self) -> Target:
        """The server that can be written to; a check that asks for it is skipped if there is none."""
        if self.writable is None:
            raise Skip("no server with --writable was given")
        return dataclasses.replace(self, url=self.writable)

    def adbc(self, **options: str) -> adbc_driver_flightsql.dbapi.Connection:
        """A DB-API connection of the Flight SQL driver; use it in a `with` statement.

        Options are the driver's, without `adbc.flight.sql.` and with `__` for a dot.
        """
        named = {"adbc.flight.sql." + name.replace("__", "."): value for name, value in options.items()}
        return adbc_driver_flightsql.dbapi.connect(self.url, db_kwargs=named, autocommit=True)

    def flight(self) -> flight.FlightClient:
        """A pyarrow client; use it in a `with` statement."""
        return flight.connect(self.url)

    def raw(self, *headers: tuple[str, str]) -> wire.Raw:
        """A bare gRPC channel of its own; use it in a `with` statement."""
        return wire.Raw(self.url, *headers)

    def sql(self, query: str) -> pa.Table:
        """A query's whole result through ADBC."""
        with self.adbc() as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetch_arrow_table()

    def rows(self, query: str) -> list[tuple]:
        """A query's rows through ADBC."""
        return [tuple(row.values()) for row in self.sql(query).to_pylist()]

    def get(self, id: str) -> pa.Table:
        """A whole dataset through pyarrow, by the simplest ticket."""
        with self.flight() as client:
            return client.do_get(flight.Ticket(id.encode())).read_all()

    def saved_queries(self) -> dict[str, str]:
        """The SQL text of every saved query by dataset id."""
        files = sorted(self.queries.glob("*.sql")) if self.queries else []
        return {file.stem: file.read_text(encoding="utf-8") for file in files}

    @contextlib.contextmanager
    def scratch(self, kind: str = "TABLE", schema: str | None = None) -> Iterator[str]:
        """A name that nothing has yet; what a check made under it (a table or a view) is dropped at the end."""
        name = f"check_{uuid.uuid4().hex[:12]}"
        try:
            yield name
        finally:
            with self.raw() as raw:
                raw.update(f"DROP {kind} IF EXISTS {schema + '.' if schema else ''}{name}")


Check = Callable[[Target], None]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Register a check under its function's name; it passes if it returns."""
    assert function.__name__ not in CHECKS, f"two checks are named {function.__name__}"
    CHECKS[function.__name__] = function
    return function


def command(**request: object) -> flight.FlightDescriptor:
    """A CMD descriptor with a JSON request."""
    return flight.FlightDescriptor.for_command(json.dumps(request).encode())


def fetch(client: flight.FlightClient, descriptor: flight.FlightDescriptor) -> pa.Table:
    """All rows of a flight: its endpoints' streams in their order."""
    info = client.get_flight_info(descriptor)
    return pa.concat_tables(client.do_get(endpoint.ticket).read_all() for endpoint in info.endpoints)


def fails(call: Callable[[], object], *kinds: type[BaseException]) -> BaseException:
    """The exception of a call, which must be of one of the kinds."""
    try:
        result = call()
    except kinds as error:
        return error
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}; expected {names(kinds)}") from error
    raise AssertionError(f"no error, expected {names(kinds)}; got {str(result)[:200]}")


def names(kinds: tuple[type[BaseException], ...]) -> str:
    """Exception types as text."""
    return " or ".join(kind.__name__ for kind in kinds)


def same(what: str, got: object, expected: object) -> None:
    """Fail with both values unless they are equal."""
    assert got == expected, f"{what}: {got!r}, expected {expected!r}"
