"""Every sample file through every client: the same names, types, nulls and rows, those of `expected.json`."""

from __future__ import annotations

import subprocess

import pandas
import polars
import pyarrow as pa
import pyarrow.flight as flight

import oracle
from target import CHECKS, Target, fetch, same


def add_check(expected: oracle.Expected) -> None:
    """Register the check of one dataset."""

    def run(target: Target) -> None:
        wanted = by_ticket(target, expected)
        found = expected.mismatches(wanted)
        assert not found, "; ".join(found)
        for way in (by_path, by_listing, by_adbc, by_command_line):
            got = way(target, expected)
            assert got is None or got.schema.equals(wanted.schema, check_metadata=True), (
                f"{way.__name__}: schema {got.schema}, by ticket {wanted.schema}"
            )
            assert got is None or got.equals(wanted), (
                f"{way.__name__}: {got.num_rows} rows that differ from the {wanted.num_rows} by ticket"
            )
        by_schema(target, expected, wanted.schema)
        by_polars(target, expected, wanted)
        by_pandas(target, expected, wanted)

    CHECKS[f"agreement/{expected.id}"] = run


def by_ticket(target: Target, expected: oracle.Expected) -> pa.Table:
    """do_get of the id."""
    return target.get(expected.id)


def by_path(target: Target, expected: oracle.Expected) -> pa.Table:
    """get_flight_info of the path, then the ticket that it gives."""
    with target.flight() as client:
        return fetch(client, flight.FlightDescriptor.for_path(expected.id))


def by_listing(target: Target, expected: oracle.Expected) -> pa.Table:
    """list_flights, then the listed ticket; the listed schema must be the stream's."""
    with target.flight() as client:
        (info,) = [info for info in client.list_flights() if info.descriptor.path == [expected.id.encode()]]
        (endpoint,) = info.endpoints
        table = client.do_get(endpoint.ticket).read_all()
    same("listed schema", info.schema, table.schema)
    return table


def by_adbc(target: Target, expected: oracle.Expected) -> pa.Table:
    """SQL through ADBC."""
    return target.sql(f"SELECT * FROM {expected.sql_name}")


def by_command_line(target: Target, expected: oracle.Expected) -> pa.Table | None:
    """`flightstream get`, when its path was given."""
    if target.cli is None:
        return None
    command = [str(target.cli), "get", expected.id, "-f", "arrow", "--server", target.url]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}, {done.stderr.decode(errors='replace')}"
    return pa.ipc.open_stream(done.stdout).read_all()


def by_schema(target: Target, expected: oracle.Expected, wanted: pa.Schema) -> None:
    """get_schema of the path."""
    with target.flight() as client:
        got = client.get_schema(flight.FlightDescriptor.for_path(expected.id)).schema
    assert got.equals(wanted, check_metadata=True), f"get_schema: {got}, by ticket {wanted}"


def by_polars(target: Target, expected: oracle.Expected, wanted: pa.Table) -> None:
    """polars: its own query over ADBC, against its own conversion of the table."""
    with target.adbc() as connection:
        frame = polars.read_database(f"SELECT * FROM {expected.sql_name}", connection)
    same("polars schema", frame.schema, polars.from_arrow(wanted).schema)
    same("polars rows", frame.height, expected.rows)
    nulls = {name: frame[name].null_count() for name in frame.columns}
    same("polars nulls", nulls, {name: expected.nulls.get(name, 0) for name in expected.columns})


def by_pandas(target: Target, expected: oracle.Expected, wanted: pa.Table) -> None:
    """pandas: its own query over ADBC, and its reading of the Flight stream."""
    with target.adbc() as connection:
        queried = pandas.read_sql(f"SELECT * FROM {expected.sql_name}", connection)
    with target.flight() as client:
        streamed = client.do_get(flight.Ticket(expected.id.encode())).read_pandas()
    for way, frame in [("read_sql", queried), ("read_pandas", streamed)]:
        same(f"pandas {way} columns", list(frame.columns), list(expected.columns))
        same(f"pandas {way} rows", len(frame), expected.rows)
        nulls = {name: int(frame[name].isna().sum()) for name in frame.columns}
        same(f"pandas {way} nulls", nulls, {name: expected.nulls.get(name, 0) for name in expected.columns})
    same("pandas types", list(streamed.dtypes), list(wanted.to_pandas().dtypes))


for _expected in oracle.load().values():
    add_check(_expected)
