"""What DBeaver does over JDBC when a person opens a connection, its tree and a table: check F74."""

from __future__ import annotations

from raw import sql_info, types, wire
from raw.jdbc import CATALOG, Statement, run
from target import Target, check, same

# Its name for a table that is never there: by asking for it, it pings.
FAKE = "DBEAVERFAKETABLENAMEFORPING"


def escaped(raw: wire.Raw, name: str) -> str:
    """A name as a pattern that only it matches, by the server's own escape: JDBCUtils.escapeWildCards."""
    escape = sql_info.answer(raw, 513)[513][1]
    assert escape, "no search string escape"
    return name.replace("_", escape + "_").replace("%", escape + "%")


def columns(raw: wire.Raw, schema: str, table: str) -> list[str]:
    """getColumns(catalog, schema, table, "%") with escaped names, as the tree of a table asks."""
    filters = {"catalog": CATALOG, "schema": escaped(raw, schema), "table": escaped(raw, table)}
    return [column.name for row in types.listed(raw, **filters) for column in row["table_schema"]]


@check
def f74_dbeaver_connects(target: Target) -> None:
    """The properties that it reads at first, and its ping."""
    with target.raw() as raw:
        found = sql_info.answer(raw)
        same("terms", [found[id][1] for id in (529, 530, 531)], ["schema", "procedure", "catalog"])
        assert found[0][1] and found[1][1], "no product name or version"
        same("getIdentifierQuoteString", found[504][1], '"')
        assert found[533][1] == 0 or found[533][1] & 1, f"schemas in data manipulation: {found[533][1]}"
        ping = raw.query(wire.get_tables(catalog=None, schema=None, table=FAKE)).table()
        same("ping", ping.num_rows, 0)


@check
def f74_dbeaver_opens_the_tree(target: Target) -> None:
    """Catalog, schemas of "%", tables of an escaped schema, and both kinds of keys."""
    with target.raw() as raw:
        command = wire.any_of("CommandGetDbSchemas", (1, CATALOG), (2, "%"))
        schemas = raw.query(command).table().column("db_schema_name").to_pylist()
        assert {"public", "sales", "messy"} <= set(schemas), schemas
        for schema in schemas:
            filters = {"catalog": CATALOG, "schema": escaped(raw, schema), "table": "%"}
            rows = raw.query(wire.get_tables(**filters)).table().to_pylist()
            same(f"schema of the tables of {schema}", {row["db_schema_name"] for row in rows} - {schema}, set())
            for name in ("CommandGetPrimaryKeys", "CommandGetImportedKeys"):
                same(name, raw.query(wire.any_of(name, (1, CATALOG), (2, schema), (3, "%"))).table().num_rows, 0)


@check
def f74_dbeaver_opens_a_table(target: Target) -> None:
    """The columns of one table only, also where its name is a pattern that another matches."""
    with target.raw() as raw:
        for schema, table in [("messy", "under_score"), ("messy", "underXscore"), ("public", "Cities-2025")]:
            shown = columns(raw, schema, table)
            page = run(raw, f'SELECT x.* FROM "{schema}"."{table}" x')
            same(f"columns of {table}", page.schema.names, shown)
            same(f"once each in {table}", len(set(shown)), len(shown))


@check
def f74_dbeaver_pages(target: Target) -> None:
    """It shows 200 rows and leaves the rest unread, table after table, on one connection."""
    with target.raw() as raw:
        for _ in range(20):
            statement = Statement.prepare(raw, "SELECT a.* FROM trips a CROSS JOIN trips b CROSS JOIN trips c")
            stream = raw.start(raw.info(wire.command(wire.prepared_query(statement.handle))).endpoints[0].ticket)
            assert next(stream) and next(stream), "no rows"
            stream.cancel()
            statement.close()
        same("rows", run(raw, "SELECT count(*) AS n FROM trips").to_pydict(), {"n": [240]})
