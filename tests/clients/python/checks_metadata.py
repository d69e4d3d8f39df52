"""What Flight SQL tells about tables: checks F47 to F51, F54 and F56."""

from __future__ import annotations

import dataclasses
import pathlib
import tempfile

import adbc_driver_manager
import pyarrow as pa

import oracle
from process import own_server
from raw import wire
from target import CHECKS, Target, check, fails, same

CATALOG = "flightstream"
# Schemas of the engine's own that a server may list besides the folders.
OWN_SCHEMAS = {"information_schema", "system"}


def text(name: str, nullable: bool = True) -> pa.Field:
    """A string column of a metadata result."""
    return pa.field(name, pa.string(), nullable)


def number(name: str, nullable: bool = True) -> pa.Field:
    """An int32 column of a metadata result."""
    return pa.field(name, pa.int32(), nullable)


def flag(name: str) -> pa.Field:
    """A boolean column that has a value in every row."""
    return pa.field(name, pa.bool_(), False)


TABLES = [text("catalog_name"), text("db_schema_name"), text("table_name", False), text("table_type", False)]
KEYS = [
    text("pk_catalog_name"),
    text("pk_db_schema_name"),
    text("pk_table_name", False),
    text("pk_column_name", False),
    text("fk_catalog_name"),
    text("fk_db_schema_name"),
    text("fk_table_name", False),
    text("fk_column_name", False),
    number("key_sequence", False),
    text("fk_key_name"),
    text("pk_key_name"),
    pa.field("update_rule", pa.uint8(), False),
    pa.field("delete_rule", pa.uint8(), False),
]
XDBC = [
    text("type_name", False),
    number("data_type", False),
    number("column_size"),
    text("literal_prefix"),
    text("literal_suffix"),
    pa.field("create_params", pa.list_(pa.field("item", pa.string(), False))),
    number("nullable", False),
    flag("case_sensitive"),
    number("searchable", False),
    pa.field("unsigned_attribute", pa.bool_()),
    flag("fixed_prec_scale"),
    pa.field("auto_increment", pa.bool_()),
    text("local_type_name"),
    number("minimum_scale"),
    number("maximum_scale"),
    number("sql_data_type", False),
    number("datetime_subcode"),
    number("num_prec_radix"),
    number("interval_precision"),
]

COMMANDS: dict[str, tuple[bytes, list[pa.Field]]] = {
    "get_catalogs": (wire.any_of("CommandGetCatalogs"), [text("catalog_name", False)]),
    "get_db_schemas": (wire.any_of("CommandGetDbSchemas"), [text("catalog_name"), text("db_schema_name", False)]),
    "get_tables": (wire.get_tables(), TABLES),
    "get_tables_with_schemas": (
        wire.get_tables(include_schema=True),
        [*TABLES, pa.field("table_schema", pa.binary(), False)],
    ),
    "get_table_types": (wire.any_of("CommandGetTableTypes"), [text("table_type", False)]),
    "get_primary_keys": (
        wire.any_of("CommandGetPrimaryKeys", (3, "trips")),
        [
            text("catalog_name"),
            text("db_schema_name"),
            text("table_name", False),
            text("column_name", False),
            text("key_name"),
            number("key_sequence", False),
        ],
    ),
    "get_exported_keys": (wire.any_of("CommandGetExportedKeys", (3, "trips")), KEYS),
    "get_imported_keys": (wire.any_of("CommandGetImportedKeys", (3, "trips")), KEYS),
    "get_cross_reference": (wire.any_of("CommandGetCrossReference", (3, "trips"), (6, "stations")), KEYS),
    "get_xdbc_type_info": (wire.any_of("CommandGetXdbcTypeInfo"), XDBC),
}


def add_schema_check(name: str, cmd: bytes, fields: list[pa.Field]) -> None:
    """Register F48 for one command: the schema is the protocol's, the same in all three places, without metadata."""

    def run(target: Target) -> None:
        with target.raw() as raw:
            info = raw.info(wire.command(cmd))
            asked = raw.schema_bytes(wire.command(cmd))
            stream = raw.get(info.endpoints[0].ticket)
        expected = pa.schema(fields)
        assert info.schema.equals(expected, check_metadata=True), f"schema {info.schema}, expected {expected}"
        assert not any(field.metadata for field in info.schema), "metadata on a field"
        same("GetSchema", asked, info.schema_bytes)
        same("DoGet", wire.unpadded(stream.schema_bytes), wire.unpadded(info.schema_bytes))
        same("descriptor", info.descriptor, wire.command(cmd))
        rows = stream.table().to_pylist()
        if name in ("get_catalogs", "get_db_schemas", "get_tables", "get_tables_with_schemas"):
            keys = [tuple(value or "" for column, value in row.items() if column != "table_schema") for row in rows]
            same("order", keys, sorted(keys))
            same("batches", len(stream.messages), 2)
        if name.endswith(("_keys", "_reference")):
            same("rows", rows, [])

    CHECKS[f"f48_{name}"] = run


for _name, (_cmd, _fields) in COMMANDS.items():
    add_schema_check(_name, _cmd, _fields)


@check
def f48_get_sql_info(target: Target) -> None:
    """The dense union of GetSqlInfo has the protocol's six children in order, and is the same in all three places."""
    cmd = wire.get_sql_info()
    with target.raw() as raw:
        info = raw.info(wire.command(cmd))
        same("GetSchema", raw.schema_bytes(wire.command(cmd)), info.schema_bytes)
        stream = raw.get(info.endpoints[0].ticket)
    same("DoGet", wire.unpadded(stream.schema_bytes), wire.unpadded(info.schema_bytes))
    name, value = info.schema
    same("info_name", (name.name, name.type, name.nullable), ("info_name", pa.uint32(), False))
    same("value", (value.name, value.type.mode, value.nullable), ("value", "dense", False))
    same("type codes", value.type.type_codes, [0, 1, 2, 3, 4, 5])
    children = [value.type.field(i) for i in range(value.type.num_fields)]
    same(
        "children",
        [c.name for c in children],
        ["string_value", "bool_value", "bigint_value", "int32_bitmask", "string_list", "int32_to_int32_list_map"],
    )
    same("simple children", [c.type for c in children[:4]], [pa.string(), pa.bool_(), pa.int64(), pa.int32()])
    same("string_list", oracle.type_name(children[4].type), "list<string>")
    assert pa.types.is_map(children[5].type), children[5].type
    same("map", (children[5].type.key_type, oracle.type_name(children[5].type.item_type)), (pa.int32(), "list<int32>"))
    ids = stream.table().column("info_name").to_pylist()
    same("ids once each", len(ids), len(set(ids)))
    assert {0, 1, 2, 3, 4, 8} <= set(ids), f"ids {sorted(ids)}"
    assert max(ids) < 10_000, f"id {max(ids)} is in no driver's enum"


@check
def sql_info_children(target: Target) -> None:
    """Each answer sits in the child that drivers look into; transactions (8) must be an int32."""
    children = {0: 0, 1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 8: 3}
    with target.raw() as raw:
        for id, child in children.items():
            column = raw.query(wire.get_sql_info(id)).table()
            same(f"rows of {id}", column.column("info_name").to_pylist(), [id])
            union = column.column("value").chunk(0)
            same(f"child of {id}", union.type_codes.to_pylist(), [child])
        same("an unknown id", raw.query(wire.get_sql_info(9_999)).table().num_rows, 0)


@check
def f47_get_objects(target: Target) -> None:
    """The driver's tree of catalogs, schemas, tables and columns is the folder's."""
    expected = oracle.load()
    with target.adbc() as connection:
        catalogs = connection.adbc_get_objects(depth="catalogs").read_all().to_pylist()
        same("catalogs", [row["catalog_name"] for row in catalogs], [CATALOG])
        (schemas,) = connection.adbc_get_objects(depth="db_schemas").read_all().to_pylist()
        same(
            "schemas",
            {row["db_schema_name"] for row in schemas["catalog_db_schemas"]} - OWN_SCHEMAS,
            {"public", "sales", "messy"},
        )
        tree = tables_of(connection.adbc_get_objects(depth="tables").read_all())
        views = {("public", id): "VIEW" for id in target.saved_queries()}
        same(
            "tables",
            {key: row["table_type"] for key, row in tree.items()},
            {key_of(id): "TABLE" for id in expected} | views,
        )
        tree = tables_of(connection.adbc_get_objects(depth="all", db_schema_filter="sales").read_all())
        same("tables of one schema", set(tree), {("sales", "2024"), ("sales", "2025")})
        for (_, name), row in tree.items():
            columns = row["table_columns"]
            same(f"columns of {name}", [c["column_name"] for c in columns], list(expected[f"sales/{name}"].columns))
            same(f"positions of {name}", [c["ordinal_position"] for c in columns], list(range(1, len(columns) + 1)))
            assert all(c["xdbc_type_name"] for c in columns), f"no type names: {columns}"
        same(
            "a pattern",
            set(tables_of(connection.adbc_get_objects(depth="tables", table_name_filter="tri%").read_all())),
            {("public", "trips")},
        )
        same(
            "no such table",
            tables_of(connection.adbc_get_objects(depth="all", table_name_filter="no such").read_all()),
            {},
        )


def tables_of(objects: pa.Table) -> dict[tuple[str, str], dict]:
    """The tables in the tree of GetObjects by schema and name."""
    return {
        (schema["db_schema_name"], table["table_name"]): table
        for catalog in objects.to_pylist()
        for schema in catalog["catalog_db_schemas"] or []
        for table in schema["db_schema_tables"] or []
        if schema["db_schema_name"] not in OWN_SCHEMAS
    }


def key_of(id: str) -> tuple[str, str]:
    """A dataset's schema and table."""
    folder, _, name = id.rpartition("/")
    return folder or "public", name


@check
def f49_get_table_schema(target: Target) -> None:
    """The driver's schema of one table is the table's, also where its name as a pattern matches another."""
    expected = oracle.load()
    with target.adbc() as connection:
        for id in ["trips", "messy/under_score", "messy/ünïcode-näme", "sales/2025", "Cities-2025"]:
            schema, table = key_of(id)
            found = connection.adbc_get_table_schema(table, catalog_filter=CATALOG, db_schema_filter=schema)
            same(id, [(f.name, oracle.type_name(f.type)) for f in found], list(expected[id].columns.items()))
        error = fails(lambda: connection.adbc_get_table_schema("no_such_table"), adbc_driver_manager.ProgrammingError)
        same("status", error.status_code, adbc_driver_manager.AdbcStatusCode.NOT_FOUND)


@check
def f49_thousands_of_tables(target: Target) -> None:
    """Among 2,100 tables, whose schemas take more than 4 MiB, the driver finds the last one; no message is longer."""
    names = ",".join(f"column_number_{n}" for n in range(8))
    with tempfile.TemporaryDirectory() as folder:
        for n in range(2100):
            pathlib.Path(folder, f"t_{n:04}.csv").write_text(f"{names}\n{'1,' * 7}1\n")
        many = dataclasses.replace(target, data=pathlib.Path(folder))
        with own_server(many) as server, server.raw() as raw, server.adbc() as connection:
            stream = raw.query(wire.get_tables(include_schema=True))
            assert sum(stream.sizes) > 4 << 20, f"only {sum(stream.sizes)} bytes"
            assert max(stream.sizes) < 4 << 20, f"a message of {max(stream.sizes)} bytes"
            same("rows", stream.table().num_rows, 2100)
            same("the last", connection.adbc_get_table_schema("t_2099").names, names.split(","))


@check
def f50_get_tables_filters(target: Target) -> None:
    """Absent and empty filters, patterns, escapes, types: each as the protocol says."""
    expected = {key_of(id) for id in oracle.load()}
    views = {("public", id) for id in target.saved_queries()}
    scores = {("messy", "under_score"), ("messy", "underXscore")}
    years = {("sales", "2024"), ("sales", "2025")}
    with target.raw() as raw:

        def tables(**filters: object) -> set[tuple[str, str]]:
            rows = raw.query(wire.get_tables(**filters)).table().to_pylist()
            assert all(row["catalog_name"] == CATALOG for row in rows), rows
            return {
                (row["db_schema_name"], row["table_name"]) for row in rows if row["db_schema_name"] not in OWN_SCHEMAS
            }

        for filters, wanted in [
            ({}, expected | views),
            ({"catalog": CATALOG}, expected | views),
            ({"catalog": ""}, set()),
            ({"catalog": "wrong"}, set()),
            ({"schema": "sales"}, years),
            ({"schema": "s%s"}, years),
            ({"schema": "sale_"}, years),
            ({"schema": ""}, set()),
            ({"schema": "wrong"}, set()),
            ({"table": "%"}, expected | views),
            ({"table": "under_score"}, scores),
            ({"table": r"under\_score"}, {("messy", "under_score")}),
            ({"table": "under%"}, scores),
            ({"table": "TRIPS"}, set()),
            ({"table": "Cities-2025"}, {("public", "Cities-2025")}),
            ({"table": "DBEAVERFAKETABLENAMEFORPING"}, set()),
            ({"schema": "public", "table": "tri%"}, {("public", "trips")}),
            ({"types": ["TABLE"]}, expected),
            ({"types": ["VIEW"]}, views),
            ({"types": ["TABLE", "VIEW"]}, expected | views),
            ({"types": ["NO SUCH TYPE"]}, set()),
        ]:
            same(f"tables of {filters}", tables(**filters), wanted)


@check
def f50_get_tables_schemas(target: Target) -> None:
    """`table_schema` is the schema that the table's rows have."""
    expected = oracle.load()
    with target.raw() as raw:
        rows = raw.query(wire.get_tables(include_schema=True)).table().to_pylist()
    schemas = {(row["db_schema_name"], row["table_name"]): wire.read_schema(row["table_schema"]) for row in rows}
    for id, wanted in expected.items():
        found = wanted.schema_mismatches(schemas[key_of(id)])
        assert not found, f"{id}: {found}"


@check
def f51_keys_are_empty_not_errors(target: Target) -> None:
    """The key commands answer with no rows, for a real table, an unknown one and a pattern."""
    with target.raw() as raw:
        for name in ("CommandGetPrimaryKeys", "CommandGetExportedKeys", "CommandGetImportedKeys"):
            for table in ("trips", "no_such_table", "%"):
                cmd = wire.any_of(name, (1, CATALOG), (2, "public"), (3, table))
                same(f"{name} of {table}", raw.query(cmd).table().num_rows, 0)
        for one, other in (("trips", "stations"), ("no_such_table", "trips"), ("%", "%")):
            cmd = wire.any_of("CommandGetCrossReference", (3, one), (6, other))
            same(f"references of {one} and {other}", raw.query(cmd).table().num_rows, 0)


@check
def f54_info_and_table_types(target: Target) -> None:
    """The driver's info has the server's name and version, and there are tables and views."""
    with target.adbc() as connection:
        info = connection.adbc_get_info()
        types = connection.adbc_get_table_types()
    assert info["vendor_name"] and info["vendor_version"], info
    assert {"TABLE", "VIEW"} <= set(types), types


@check
def f56_metadata_tickets_travel(target: Target) -> None:
    """A metadata ticket is redeemed on another connection."""
    for name, (cmd, _) in COMMANDS.items():
        with target.raw() as asks:
            info = asks.info(wire.command(cmd))
        with target.raw() as redeems:
            table = redeems.get(info.endpoints[0].ticket).table()
        same(f"{name}: schema", table.schema, info.schema)
