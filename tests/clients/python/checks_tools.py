"""Other people's tools over the server: check F85, with DuckDB, polars, pandas, ibis and SQLAlchemy."""

from __future__ import annotations

import datetime
import pathlib
import sys
from urllib.parse import urlparse

import duckdb
import flightsql
import flightsql.sqlalchemy  # noqa: F401 (registers the dialect)
import ibis
import pandas
import polars
import sqlalchemy
from ibis import _
from ibis.backends.sql.compilers.datafusion import DataFusionCompiler

from target import Target, check, same

sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "integrations" / "superset"))

import flightstream_superset  # noqa: E402

sqlalchemy.dialects.registry.register("flightstream.flightsql", "flightstream_superset", "FlightStreamDialect")


@check
def f85_duckdb(target: Target) -> None:
    """DuckDB queries what ADBC fetches, as a stream, and joins it with its own."""
    with target.adbc() as connection, connection.cursor() as cursor, duckdb.connect() as own:
        cursor.execute("SELECT * FROM trips")
        trips = cursor.fetch_record_batch()  # noqa: F841 (DuckDB finds it by name)
        found = own.sql(
            "SELECT from_station, count(*) AS n FROM trips GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3"
        ).fetchall()
        wanted = target.rows("SELECT from_station, count(*) AS n FROM trips GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3")
        same("stream", found, wanted)
        cursor.execute("SELECT * FROM messy.types")
        types = cursor.fetch_arrow_table()  # noqa: F841
        same("types", own.sql("SELECT count(*), sum(int32), max(amount) FROM types").fetchall()[0][0], 3)
        own.sql("CREATE TABLE names AS SELECT 'ATH-1' AS id, 'here' AS place")
        cursor.execute("SELECT station_id, name FROM stations")
        stations = cursor.fetch_arrow_table()  # noqa: F841
        same("join", len(own.sql("SELECT * FROM stations JOIN names ON station_id = id").fetchall()), 1)


@check
def f85_duckdb_writes(target: Target) -> None:
    """What DuckDB computes goes into a table."""
    writer = target.writer()
    with writer.scratch() as table, writer.adbc() as connection, connection.cursor() as cursor:
        with duckdb.connect() as own:
            rows = own.sql("SELECT i AS n, 'x' || i AS s FROM range(1000) t(i)").to_arrow_table()
        same("count", cursor.adbc_ingest(table, rows), 1000)
        same("rows", writer.rows(f"SELECT count(*), sum(n), max(s) FROM {table}"), [(1000, 499500, "x999")])


@check
def f85_polars(target: Target) -> None:
    """polars reads through ADBC, whole, in batches, and with parameters."""
    with target.adbc() as connection:
        frame = polars.read_database("SELECT trip_id, fare, started_at FROM trips ORDER BY trip_id", connection)
        same("shape", frame.shape, (240, 3))
        parts = polars.read_database("SELECT * FROM trips", connection, iter_batches=True, batch_size=50)
        same("rows in batches", sum(part.height for part in parts), 240)
        query = "SELECT trip_id FROM trips WHERE trip_id = ?"
        found = polars.read_database(query, connection, execute_options={"parameters": (1001,)})
        same("parameter", found.rows(), [(1001,)])


@check
def f85_pandas(target: Target) -> None:
    """pandas reads a statement, and a table by its name."""
    with target.adbc() as connection:
        frame = pandas.read_sql("SELECT trip_id, fare FROM trips WHERE trip_id < 1011", connection, index_col="trip_id")
        same("statement", frame.shape, (10, 1))
        same("table", pandas.read_sql_table("trips", connection).shape, (240, 9))


@check
def f85_ibis(target: Target) -> None:
    """What ibis writes for DataFusion from an expression runs here, and gives what pandas computes from the rows."""
    with target.adbc() as connection, connection.cursor() as cursor:
        schema = ibis.Schema.from_pyarrow(connection.adbc_get_table_schema("trips"))
        trips = ibis.table(schema, name="trips")
        long = trips.filter(trips.distance_km > 2, trips.member).group_by("from_station")
        totals = long.agg(n=_.count(), total=_.fare.sum().round(2), first=_.started_at.min())
        cursor.execute(datafusion_sql(totals.order_by(ibis.desc("n"), "from_station").limit(5)))
        got = cursor.fetch_df()
        ranked = trips.mutate(place=ibis.row_number().over(group_by="from_station", order_by=_.started_at))
        cursor.execute(datafusion_sql(ranked.filter(_.place == 0).select("from_station", "trip_id")))
        firsts = dict(cursor.fetchall())
    rows = target.sql("SELECT * FROM trips").to_pandas()
    groups = rows[(rows.distance_km > 2) & rows.member].groupby("from_station")
    wanted = groups.agg(n=("fare", "size"), total=("fare", "sum"), first=("started_at", "min")).reset_index()
    wanted = wanted.sort_values(["n", "from_station"], ascending=[False, True]).head(5)
    for column in ("from_station", "n", "first"):
        same(column, got[column].tolist(), wanted[column].tolist())
    same("total", got.total.tolist(), wanted.total.round(2).tolist())
    sorted_rows = rows.sort_values("started_at").drop_duplicates("from_station")
    same("firsts", firsts, dict(zip(sorted_rows.from_station, sorted_rows.trip_id)))


def datafusion_sql(expression: ibis.Table) -> str:
    """An expression's SQL, as ibis writes it for its DataFusion backend (it has none for Flight SQL)."""
    compiler = DataFusionCompiler()
    return compiler.to_sqlglot(expression).sql(compiler.dialect)


# --- SQLAlchemy -------------------------------------------------------------------------------------------------------


def engine(target: Target, options: str = "", dialect: str = "datafusion") -> sqlalchemy.engine.Engine:
    """An engine of a dialect of `flightsql-dbapi`, or of the one that is made of it."""
    return sqlalchemy.create_engine(f"{dialect}+flightsql://{urlparse(target.url).netloc}?insecure=True{options}")


@check
def f85_sqlalchemy_reads(target: Target) -> None:
    """Text and expressions, with values in them, give rows of Python values."""
    with engine(target).connect() as connection:
        rows = connection.execute(sqlalchemy.text("SELECT trip_id, member FROM trips ORDER BY trip_id LIMIT 2"))
        same("text", [row[0] for row in rows], [1001, 1002])
        trips = sqlalchemy.Table("trips", sqlalchemy.MetaData(), autoload_with=connection.engine, schema="public")
        query = sqlalchemy.select(trips.c.trip_id, trips.c.from_station).where(trips.c.trip_id < 1003)
        same("expression", [row.trip_id for row in connection.execute(query.order_by(trips.c.trip_id))], [1001, 1002])
        count = sqlalchemy.select(sqlalchemy.func.count()).select_from(trips)
        same("count", connection.execute(count).scalar(), 240)


@check
def f85_sqlalchemy_inspects(target: Target) -> None:
    """The inspector's schemas, tables and columns, as Superset asks for them."""
    inspector = sqlalchemy.inspect(engine(target))
    assert {"public", "sales", "messy"} <= set(inspector.get_schema_names()), inspector.get_schema_names()
    same("tables", sorted(inspector.get_table_names(schema="sales")), ["2024", "2025"])
    columns = inspector.get_columns("types", schema="messy")
    same("columns", [column["name"] for column in columns], target.sql("SELECT * FROM messy.types").schema.names)
    kinds = {column["name"]: str(column["type"]) for column in columns}
    same("kinds", (kinds["int64"], kinds["text"], kinds["day"]), ("BIGINT", "TEXT", "DATE"))


@check
def f85_sqlalchemy_inspects_with_the_package_for_superset(target: Target) -> None:
    """Saved queries are views, and a name is no pattern."""
    inspector = sqlalchemy.inspect(engine(target, dialect="flightstream"))
    lists = target.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    names, views = inspector.get_table_names("public"), inspector.get_view_names("public")
    same("all", sorted(names + views), sorted(name for (name,) in lists))
    if target.queries is not None:
        same("views", views, ["busiest_routes", "monthly_sales", "warmest_days"])
    for table in ("underXscore", "under_score"):
        columns = [column["name"] for column in inspector.get_columns(table, "messy")]
        same(table, columns, target.sql(f'SELECT * FROM messy."{table}"').schema.names)
    same("neither", inspector.get_columns("under%", "messy"), [])


@check
def f85_time_grains_of_superset(target: Target) -> None:
    """Each is an expression over moments with a zone, without, and over days. The script for Superset checks the values."""
    for grain in flightstream_superset.TIME_GRAINS.values():
        for column, table in (("started_at", "trips"), ("measured_at", "readings"), ("opened_on", "stations")):
            expression = grain.format(col=column)
            rows = target.rows(f"SELECT {expression}, count(*) FROM {table} GROUP BY {expression}")
            assert rows and all(count for _, count in rows), expression


@check
def f85_sqlalchemy_binds(target: Target) -> None:
    """With its option for prepared statements the dialect binds values, each in a union of types."""
    with engine(target, "&feature-sqlalchemy-prepared-statements=on").connect() as connection:
        query = sqlalchemy.text(
            "SELECT trip_id FROM trips WHERE from_station = :station AND fare > :fare AND member = :m"
        )
        rows = connection.execute(query, {"station": "ATH-1", "fare": 0.5, "m": True}).fetchall()
        sql = "SELECT trip_id FROM trips WHERE from_station = 'ATH-1' AND fare > 0.5 AND member"
        same("rows", sorted(row[0] for row in rows), sorted(row[0] for row in target.rows(sql)))
        query = sqlalchemy.text("SELECT trip_id FROM trips WHERE trip_id = :id")
        same("number", connection.execute(query, {"id": 1001}).scalar(), 1001)


@check
def f85_flightsql_dbapi(target: Target) -> None:
    """The DB-API below the dialect: reads, and changes where that is allowed."""
    address = urlparse(target.url)
    client = flightsql.FlightSQLClient(host=address.hostname, port=address.port, insecure=True)
    with flightsql.connect(client) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT trip_id, started_at FROM trips ORDER BY trip_id LIMIT 1")
        same("row", cursor.fetchone()[0], 1001)
        same("description", [column[0] for column in cursor.description], ["trip_id", "started_at"])
    if not target.writable:
        return
    writer = target.writer()
    address = urlparse(writer.url)
    client = flightsql.FlightSQLClient(host=address.hostname, port=address.port, insecure=True)
    with writer.scratch() as table:
        same("created", client.execute_update(f"CREATE TABLE {table} (n BIGINT, day DATE)"), 0)
        same("inserted", client.execute_update(f"INSERT INTO {table} VALUES (1, '2025-05-01'), (2, NULL)"), 2)
        day = datetime.date(2025, 5, 1)
        same("rows", writer.rows(f"SELECT * FROM {table} ORDER BY n"), [(1, day), (2, None)])
