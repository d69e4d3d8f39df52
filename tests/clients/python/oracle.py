"""What each sample file must become: `expected.json`, written by hand from the rules, and how to compare with it."""

from __future__ import annotations

import datetime
import decimal
import json
import pathlib
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True)
class Expected:
    """Names, types, counts and some values that one dataset must have."""

    id: str
    file: str
    rows: int
    columns: dict[str, str]
    nulls: dict[str, int] = field(default_factory=dict)
    values: dict[str, list | dict] = field(default_factory=dict)

    @property
    def sql_name(self) -> str:
        """The table's quoted name in SQL: one schema for its folder, `public` for the root."""
        folder, _, name = self.id.rpartition("/")
        return f"{quote(folder or 'public')}.{quote(name)}"

    def mismatches(self, table: pa.Table) -> list[str]:
        """Everything in which a table differs from what is written down."""
        found = self.schema_mismatches(table.schema)
        if found:
            return found
        if table.num_rows != self.rows:
            return [f"{table.num_rows} rows, expected {self.rows}"]
        for name in self.columns:
            column = table.column(name)
            if column.null_count != self.nulls.get(name, 0):
                found.append(f"column {name}: {column.null_count} nulls, expected {self.nulls.get(name, 0)}")
        for name, wanted in self.values.items():
            found += value_mismatches(name, table.column(name), wanted)
        return found

    def schema_mismatches(self, schema: pa.Schema) -> list[str]:
        """Differences in names, order, types and nullability."""
        got = [(f.name, type_name(f.type)) for f in schema]
        if got != list(self.columns.items()):
            return [f"columns {got}, expected {list(self.columns.items())}"]
        return [f"column {f.name} is not nullable" for f in schema if not f.nullable]


def load() -> dict[str, Expected]:
    """All expectations by dataset id, in the file's order."""
    path = pathlib.Path(__file__).with_name("expected.json")
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {id: Expected(id=id, **entry) for id, entry in entries.items()}


def quote(identifier: str) -> str:
    """An SQL identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def type_name(type: pa.DataType) -> str:
    """A type's name as `expected.json` spells it: without the name of a list's inner field."""
    if pa.types.is_list(type):
        return f"list<{type_name(type.value_type)}>"
    if pa.types.is_struct(type):
        return "struct<" + ", ".join(f"{f.name}: {type_name(f.type)}" for f in type) + ">"
    if pa.types.is_timestamp(type):
        return f"timestamp[{type.unit}" + (f", {type.tz}]" if type.tz else "]")
    return str(type).replace("date32[day]", "date32")


def value_mismatches(name: str, column: pa.ChunkedArray, wanted: list | dict) -> list[str]:
    """Differences between a column and its values as JSON: all of them (list) or some, by row number (object)."""
    got = [plain(value) for value in column]
    if isinstance(wanted, list):
        return [] if got == wanted else [f"column {name}: {got!r}, expected {wanted!r}"]
    return [
        f"column {name}, row {row}: {got[int(row)]!r}, expected {value!r}"
        for row, value in wanted.items()
        if got[int(row)] != value
    ]


def plain(scalar: pa.Scalar) -> object:
    """A value in JSON's terms: times in ISO form, decimals as text, bytes as hex."""
    if pa.types.is_timestamp(scalar.type) and scalar.type.unit == "ns":
        return nanoseconds(scalar)
    value = scalar.as_py()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def nanoseconds(scalar: pa.Scalar) -> str | None:
    """A UTC timestamp with all nine digits of its fraction, which Python's own datetime cannot hold."""
    if not scalar.is_valid:
        return None
    seconds, fraction = divmod(scalar.value, 1_000_000_000)
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return f"{moment.isoformat()}.{fraction:09d}+00:00"
