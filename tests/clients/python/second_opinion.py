#!/usr/bin/env python3
"""Asks DuckDB about the files that it and FlightStream read differently: does it agree once it is told more?

    second_opinion.py URL FOLDER EXCEPTIONS

EXCEPTIONS is `crates/csv/tests/corpus/exceptions.txt`, FOLDER has the files that it names, and URL is that of a server of
this folder. What the headings of EXCEPTIONS say must be so: with the options in a heading DuckDB finds the names and the
number of rows that the server gives, and under the last heading with none of `ALL`.
"""

from __future__ import annotations

import itertools
import pathlib
import re
import sys

import adbc_driver_flightsql.dbapi
import duckdb

TOLD = "# DuckDB reads it so if it is told: "
# What may be said without saying how a file is to be read: that rows may be short, long or broken, and where they begin.
MAY_BE_TOLD = {
    "null_padding": ["true"],
    "ignore_errors": ["true"],
    "strict_mode": ["false"],
    "header": ["true", "false"],
    "comment": ["''"],
    "skip": ["0"],
}
ALL = [
    ", ".join(f"{name} = {value}" for name, value in zip(names, values))
    for count in range(1, 4)
    for names in itertools.combinations(MAY_BE_TOLD, count)
    for values in itertools.product(*(MAY_BE_TOLD[name] for name in names))
]


class Gateway:
    """The server, which has read the folder."""

    def __init__(self, cursor: adbc_driver_flightsql.dbapi.Cursor) -> None:
        self.cursor = cursor
        files = self.rows("SELECT file, schema_name, table_name FROM flightstream.files")
        self.tables = {file: f'{quote(schema)}.{quote(table)}' for file, schema, table in files}

    def rows(self, statement: str) -> list[tuple]:
        self.cursor.execute(statement)
        return self.cursor.fetchall()

    def read(self, file: str) -> tuple[list[str], int]:
        """The names of a file's columns, and how many rows it has."""
        self.cursor.execute(f"SELECT * FROM {self.tables[file]} LIMIT 0")
        names = self.cursor.fetch_arrow_table().column_names
        # With a filter the rows are read, not looked up.
        [(rows,)] = self.rows(f"SELECT count(*) FROM {self.tables[file]} WHERE random() >= 0")
        return names, rows


class DuckDb:
    """The other reader."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.connection = duckdb.connect()
        self.connection.execute("SET threads = 1")

    def read(self, file: str, options: str) -> tuple[list[str], int] | None:
        """The same of a file that is read with options; none if that fails."""
        path = str(self.folder / file).replace("'", "''")
        try:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE t AS SELECT * FROM read_csv('{path}', {options})")
        except duckdb.Error:
            return None
        names = [name for name, *_ in self.connection.execute("DESCRIBE t").fetchall()]
        [rows] = self.connection.execute("SELECT count(*) FROM t").fetchone()
        return names, rows


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def agree(ours: tuple[list[str], int], theirs: tuple[list[str], int] | None) -> bool:
    """Whether two readings are the same, names aside that were made up; a name in Arrow has no zeros."""
    if theirs is None or len(ours[0]) != len(theirs[0]) or ours[1] != theirs[1]:
        return False
    pairs = enumerate(zip(ours[0], theirs[0]))
    return all(our == their.replace("\0", "") or is_made_up(index, our, their) for index, (our, their) in pairs)


def is_made_up(index: int, our: str, their: str) -> bool:
    number = re.match(r"column(\d+)(_|$)", their)
    return number is not None and int(number[1]) == index and our == f"column_{index + 1}"


def check(gateway: Gateway, other: DuckDb, exceptions: pathlib.Path) -> tuple[int, list[str]]:
    """How many files were asked about, and what is not so."""
    told, asked, wrong = None, 0, []
    for line in exceptions.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            told = line.removeprefix(TOLD) if line.startswith(TOLD) else None
            if told is not None and told not in ALL:
                wrong.append(f"{told}: more than may be told")
            continue
        file = line.split("\t")[0]
        ours = gateway.read(file)
        if told is not None:
            theirs = other.read(file, told)
            if not agree(ours, theirs):
                wrong.append(f"{file}: {ours}, and with {told} {theirs}")
        else:
            agreeing = (options for options in ALL if agree(ours, other.read(file, options)))
            wrong += [f"{file}: no exception, {options} agrees" for options in itertools.islice(agreeing, 1)]
        asked += 1
    return asked, wrong


def main() -> int:
    url, folder, exceptions = sys.argv[1:]
    with adbc_driver_flightsql.dbapi.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        asked, wrong = check(Gateway(cursor), DuckDb(pathlib.Path(folder)), pathlib.Path(exceptions))
    for line in wrong:
        print(line)
    print(f"{asked} files, {len(wrong)} not as {exceptions} says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
