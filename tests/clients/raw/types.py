"""Types as metadata tells them: checks F53, F55 and the native types of F28."""

from __future__ import annotations

import pyarrow as pa

from raw import wire
from target import Target, check, same

PREFIX = b"ARROW:FLIGHT:SQL:"
FLAGS = ["IS_AUTO_INCREMENT", "IS_CASE_SENSITIVE", "IS_READ_ONLY", "IS_SEARCHABLE"]
# SQL type codes (java.sql.Types) of the columns of messy/types, as drivers derive them from the Arrow type.
SQL_CODES = {
    "bool": -7,
    "int8": -6,
    "int16": 5,
    "int32": 4,
    "int64": -5,
    "float": 7,
    "double": 8,
    "string": 12,
    "binary": -3,
    "date32[day]": 91,
}


def metadata(field: pa.Field) -> dict[str, str]:
    """A column's Flight SQL metadata, by its short name."""
    pairs = (field.metadata or {}).items()
    return {name.removeprefix(PREFIX).decode(): value.decode() for name, value in pairs if name.startswith(PREFIX)}


def listed(raw: wire.Raw, **filters: str) -> list[dict]:
    """The rows of GetTables with their schemas decoded."""
    rows = raw.query(wire.get_tables(include_schema=True, **filters)).table().to_pylist()
    return [row | {"table_schema": wire.read_schema(row["table_schema"])} for row in rows]


def type_info(raw: wire.Raw, *only: int) -> list[dict]:
    """The rows of GetXdbcTypeInfo, all or of one type."""
    return raw.query(wire.any_of("CommandGetXdbcTypeInfo", *((1, code) for code in only))).table().to_pylist()


@check
def f53_type_info(target: Target) -> None:
    """Every type with its code, in the protocol's order; one code gives its rows only, an unknown one none."""
    with target.raw() as raw:
        rows = type_info(raw)
        keys = [(row["data_type"], row["type_name"]) for row in rows]
        same("order", keys, sorted(keys))
        same("once each", len(keys), len(set(keys)))
        same("codes of the common types", set(SQL_CODES.values()) - {code for code, _ in keys}, set())
        for code in sorted({code for code, _ in keys}):
            same(f"rows of {code}", type_info(raw, code), [row for row in rows if row["data_type"] == code])
        same("an unknown code", type_info(raw, 424242), [])


@check
def f53_type_info_covers_the_tables(target: Target) -> None:
    """Every type name that a column has is one of the types."""
    with target.raw() as raw:
        names = {row["type_name"] for row in type_info(raw)}
        used = {metadata(field).get("TYPE_NAME") for row in listed(raw) for field in row["table_schema"]}
    assert used <= names, f"type names that GetXdbcTypeInfo lacks: {used - names}"


@check
def f55_column_metadata(target: Target) -> None:
    """Each column of GetTables says its type's name, its place, and flags; numbers are numbers."""
    with target.raw() as raw:
        for row in listed(raw):
            for field in row["table_schema"]:
                found, where = metadata(field), f"{row['table_name']}.{field.name}"
                assert found.get("TYPE_NAME"), f"{where}: no TYPE_NAME in {found}"
                place = [found.get(name) for name in ("CATALOG_NAME", "DB_SCHEMA_NAME", "SCHEMA_NAME", "TABLE_NAME")]
                schema = row["db_schema_name"]
                same(where, place, [row["catalog_name"], schema, schema, row["table_name"]])
                odd = {name: found[name] for name in FLAGS if found.get(name, "0") not in ("0", "1")}
                assert not odd, f"{where}: {odd}"
                for name in ("PRECISION", "SCALE"):
                    assert -(1 << 31) <= int(found.get(name, "0")) < 1 << 31, f"{where}: {name} {found[name]}"


@check
def f55_precision_and_scale(target: Target) -> None:
    """A decimal's digits are told, which is where a driver gets COLUMN_SIZE and DECIMAL_DIGITS."""
    with target.raw() as raw:
        (row,) = listed(raw, schema="messy", table="types")
        found = metadata(row["table_schema"].field("amount"))
        same("amount", (found["PRECISION"], found["SCALE"]), ("10", "2"))


@check
def f55_results_have_no_remarks(target: Target) -> None:
    """The schema of a result has no REMARKS, which JDBC would show as the column's name, and no metadata of a file."""
    with target.raw() as raw:
        for sql in ["SELECT * FROM messy.types", "SELECT * FROM trips", "SELECT upper(text) AS t FROM messy.types"]:
            cmd = wire.command(wire.statement_query(sql))
            schemas = [raw.info(cmd).schema, wire.read_schema(raw.schema_bytes(cmd))]
            for schema in [*schemas, wire.read_schema(raw.prepare(sql).data(2))]:
                assert not schema.metadata, f"{sql}: {schema.metadata}"
                told = {field.name: metadata(field) for field in schema if "REMARKS" in metadata(field)}
                assert not told, f"{sql}: {told}"


# --- native types -----------------------------------------------------------------------------------------------------

NATIVE = """
    SELECT arrow_cast(text, 'Utf8View') AS v, arrow_cast(text, 'LargeUtf8') AS l, arrow_cast(int8, 'Float16') AS h
    FROM messy.types"""
NATIVE_TYPES = [pa.string_view(), pa.large_string(), pa.float16()]
CLIENT_TYPES = [pa.string(), pa.string(), pa.float32()]


def four_types(raw: wire.Raw) -> list[list[pa.DataType]]:
    """The types of the result in each of the places that tell them; they must agree."""
    cmd = wire.command(wire.statement_query(NATIVE))
    info = raw.info(cmd)
    prepared = raw.prepare(NATIVE)
    asked = [info.schema, wire.read_schema(raw.schema_bytes(cmd)), wire.read_schema(prepared.data(2))]
    streams = [raw.get(info.endpoints[0].ticket), raw.query(wire.prepared_query(prepared.data(1)))]
    raw.close_prepared(prepared.data(1))
    rows = [stream.table() for stream in streams]
    same("rows", [table.num_rows for table in rows], [3, 3])
    return [schema.types for schema in [*asked, *(table.schema for table in rows)]]


@check
def f28_native_types_by_header(target: Target) -> None:
    """Without the header a client gets types that each one reads, with it the engine's own, in all places alike."""
    with target.raw() as raw:
        same("client", four_types(raw), [CLIENT_TYPES] * 5)
    with target.raw(("x-flightstream-types", "native")) as raw:
        same("native", four_types(raw), [NATIVE_TYPES] * 5)
    with target.raw(("x-flightstream-types", "client")) as raw:
        same("client by name", four_types(raw), [CLIENT_TYPES] * 5)
