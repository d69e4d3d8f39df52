"""Queries over Flight SQL: checks F1, F11 to F27, F36, F44 and the saved queries."""

from __future__ import annotations

import concurrent.futures
import pathlib
import tempfile
import urllib.parse
import warnings

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi
import adbc_driver_manager
import grpc
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as flight

import oracle
from raw import wire
from target import Target, check, fails, same

ProgrammingError = adbc_driver_manager.ProgrammingError
INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND

TRIPS = 240
TRIP_IDS = range(1001, 1001 + TRIPS)
BIG_ROWS = TRIPS * TRIPS * 6
# 345,600 rows and some 30 MB out of the sample tables.
BIG = """
    SELECT a.trip_id * 1000000 + b.trip_id AS pair, repeat(c.local_name, 8) AS name, a.distance_km
    FROM trips AS a CROSS JOIN trips AS b CROSS JOIN "Cities-2025" AS c
    WHERE c.city_id IN ('LIS', 'MUC', 'KRK', 'ATH', 'SOF', 'TBS')"""


@check
def f1_connect_without_credentials(target: Target) -> None:
    """The driver's own start (GetSqlInfo for transactions) raises nothing, with its default options too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        connection = adbc_driver_flightsql.dbapi.connect(target.url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        same("row", cursor.fetchone(), (1,))


@check
def f11_select_one(target: Target) -> None:
    """One row, as an Arrow table and as a tuple."""
    with target.adbc() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 AS one")
        same("description", [column[0] for column in cursor.description], ["one"])
        same("table", cursor.fetch_arrow_table().to_pydict(), {"one": [1]})
        cursor.execute("SELECT 1 AS one")
        same("row", cursor.fetchone(), (1,))
        same("second row", cursor.fetchone(), None)


@check
def f12_unprepared_statement(target: Target) -> None:
    """CommandStatementQuery gives what a prepared statement gives."""
    query = "SELECT trip_id, member, started_at FROM trips ORDER BY trip_id LIMIT 7"
    with (
        adbc_driver_flightsql.connect(target.url) as database,
        adbc_driver_manager.AdbcConnection(database) as connection,
        adbc_driver_manager.AdbcStatement(connection) as statement,
    ):
        statement.set_sql_query(query)
        stream, _ = statement.execute_query()
        unprepared = pa.RecordBatchReader.from_stream(stream).read_all()
    same("rows", unprepared.column("trip_id").to_pylist(), list(TRIP_IDS[:7]))
    assert unprepared.equals(target.sql(query)), "the two paths differ"


@check
def f13_flight_info_of_a_statement(target: Target) -> None:
    """The FlightInfo of a statement has all that any client looks at."""
    descriptor = wire.command(wire.statement_query("SELECT trip_id, fare FROM trips"))
    with target.raw() as raw:
        info = raw.info(descriptor)
    same("descriptor", info.descriptor, descriptor)
    same("names", info.schema.names, ["trip_id", "fare"])
    assert info.endpoints, "no endpoint"
    same("locations", [endpoint.locations for endpoint in info.endpoints], [[]] * len(info.endpoints))
    assert info.total_records >= -1 and info.total_bytes >= -1, info
    for endpoint in info.endpoints:
        assert wire.Fields(endpoint.ticket).text(1).startswith("type.googleapis.com/"), "the ticket is no Any"


@check
def f14_one_schema_everywhere(target: Target) -> None:
    """FlightInfo, GetSchema, prepared statement and stream agree on names, types, nullability, for every table."""
    with target.raw() as raw:
        for expected in oracle.load().values():
            query = f"SELECT * FROM {expected.sql_name}"
            schemas = four_schemas(raw, query)
            first = schemas["FlightInfo"]
            found = expected.schema_mismatches(first)
            assert not found, f"{expected.id}: {found}"
            for where, schema in schemas.items():
                assert schema.equals(first, check_metadata=True), (
                    f"{expected.id}: {where} has {schema}, FlightInfo {first}"
                )


@check
def f15_types_that_every_client_reads(target: Target) -> None:
    """No views, dictionaries, large or half types on the wire, wherever they come from."""
    queries = [
        "SELECT upper(name) AS a, name || '!' AS b, substr(name, 2) AS c, CAST(latitude AS VARCHAR) AS d FROM stations",
        "SELECT arrow_cast(name, 'Utf8View') AS a, arrow_cast(name, 'LargeUtf8') AS b FROM stations",
        "SELECT arrow_cast(name, 'Dictionary(Int32, Utf8)') AS a, arrow_cast(latitude, 'Float16') AS b FROM stations",
        "SELECT arrow_cast(name, 'BinaryView') AS a, arrow_cast(name, 'LargeBinary') AS b FROM stations",
        "SELECT label, count(*) AS n, max(long_text) AS longest FROM messy.types GROUP BY label",
        "SELECT * FROM messy.types",
    ]
    with target.raw() as raw:
        for query in queries:
            for where, schema in four_schemas(raw, query).items():
                odd = [f"{field.name}: {field.type}" for field in schema if not is_readable(field.type)]
                assert not odd, f"{where} of {query}: {odd}"
        listed = raw.query(wire.get_tables(include_schema=True)).table()
        for row in listed.to_pylist():
            odd = [f"{f.name}: {f.type}" for f in wire.read_schema(row["table_schema"]) if not is_readable(f.type)]
            assert not odd, f"table_schema of {row['table_name']}: {odd}"


def four_schemas(raw: wire.Raw, query: str) -> dict[str, pa.Schema]:
    """A query's schema from every place that tells it; the stream is read to its end."""
    cmd = wire.statement_query(query)
    info = raw.info(wire.command(cmd))
    prepared = raw.prepare(query)
    stream = raw.get(info.endpoints[0].ticket)
    raw.close_prepared(prepared.data(1))
    stream.table()
    return {
        "FlightInfo": info.schema,
        "GetSchema": wire.read_schema(raw.schema_bytes(wire.command(cmd))),
        "prepared": wire.read_schema(prepared.data(2)),
        "stream": wire.read_schema(stream.schema_bytes),
    }


def is_readable(type: pa.DataType) -> bool:
    """Whether ADBC, pyarrow, JDBC and ODBC all read a type."""
    if pa.types.is_list(type):
        return is_readable(type.value_type)
    if pa.types.is_struct(type):
        return all(is_readable(field.type) for field in type)
    kinds = [
        pa.types.is_string,
        pa.types.is_binary,
        pa.types.is_integer,
        pa.types.is_float32,
        pa.types.is_float64,
        pa.types.is_decimal128,
        pa.types.is_boolean,
        pa.types.is_date32,
        pa.types.is_time,
        pa.types.is_timestamp,
        pa.types.is_null,
    ]
    return any(kind(type) for kind in kinds)


@check
def f16_empty_results(target: Target) -> None:
    """No rows, the right schema, and still a schema message in the stream."""
    for query, names in [
        ('SELECT * FROM messy."header-only"', ["id", "name", "created_on"]),
        ("SELECT trip_id, fare FROM trips WHERE false", ["trip_id", "fare"]),
        ("SELECT trip_id FROM trips WHERE trip_id < 0", ["trip_id"]),
    ]:
        table = target.sql(query)
        same(query, (table.num_rows, table.schema.names), (0, names))
        with target.raw() as raw:
            stream = raw.query(wire.statement_query(query))
        same(f"{query}: names", wire.read_schema(stream.schema_bytes).names, names)
        same(f"{query}: rows", stream.table().num_rows, 0)
    same("header-only by its id", target.get("messy/header-only").num_rows, 0)


@check
def f17_errors_name_their_cause(target: Target) -> None:
    """A wrong statement fails when it is prepared, says why, and shows no path of the server."""
    for query, cause in [
        ("SELEC 1", "SELEC"),
        ("SELECT * FROM no_such_table", "no_such_table"),
        ("SELECT no_such_column FROM trips", "no_such_column"),
        ("SELECT no_such_function(1)", "no_such_function"),
        ("SELECT 1 +", ""),
    ]:
        with target.adbc() as connection, connection.cursor() as cursor:
            error = fails(lambda: cursor.adbc_prepare(query), ProgrammingError)
        assert cause in str(error), f"{query}: {error}"
        assert str(target.data.resolve()) not in str(error), f"{query}: a path of the server in {error}"
        with target.raw() as raw:
            wire.failure(lambda: raw.info(wire.command(wire.statement_query(query))), INVALID, NOT_FOUND)


@check
def f18_error_after_the_first_batch(target: Target) -> None:
    """A division by zero in the last of many batches arrives as an error, not as a short result."""
    query = f"SELECT pair, 1 / (pair - {TRIP_IDS[-1] * 1000000 + TRIP_IDS[-1]}) AS late FROM ({BIG}) AS big"
    error = fails(lambda: target.sql(query), adbc_driver_manager.Error)
    assert "zero" in str(error).lower(), error
    with target.raw() as raw:
        raised = wire.failure(lambda: raw.query(wire.statement_query(query)), INVALID, grpc.StatusCode.OUT_OF_RANGE)
    assert "zero" in raised.details().lower(), raised.details()


@check
def f19_long_statement_short_message(target: Target) -> None:
    """An error about 100 KB of SQL keeps its code and a message that fits into a header."""
    for query in ["SELECT " + "ü" * 50_000, "SELECT 1 FROM " + "x" * 100_000, "SELECT '" + "y" * 100_000]:
        with target.raw() as raw:
            error = wire.failure(lambda: raw.info(wire.command(wire.statement_query(query))), INVALID, NOT_FOUND)
        size = len(urllib.parse.quote(error.details(), safe=" !\"#$&'()*+,-./:;<=>?@[]^_`{|}~"))
        assert size < 4096, f"a message of {size} bytes"
        descriptor = flight.FlightDescriptor.for_command(wire.statement_query(query))
        with target.flight() as client:
            fails(lambda: client.get_flight_info(descriptor), pa.ArrowInvalid, KeyError)


@check
def f20_large_result(target: Target) -> None:
    """Hundreds of thousands of rows: all of them, right, in messages that default limits let through."""
    table = target.sql(BIG)
    same("rows", table.num_rows, BIG_ROWS)
    same("checksum", pc.sum(table.column("pair")).as_py(), 6 * TRIPS * sum(TRIP_IDS) * 1_000_001)
    with target.flight() as client:
        info = client.get_flight_info(flight.FlightDescriptor.for_command(wire.statement_query(BIG)))
        same("rows through pyarrow", sum(client.do_get(e.ticket).read_all().num_rows for e in info.endpoints), BIG_ROWS)
    with target.raw() as raw:
        largest = max(raw.query(wire.statement_query(BIG)).sizes)
    assert largest <= 4 << 20, f"a message of {largest} bytes"


@check
def f21_one_large_value(target: Target) -> None:
    """A row of 10 MB arrives; one of 20 MB, more than the driver takes, is a clear error, and the server goes on."""
    same("10 MB", target.rows("SELECT repeat('x', 10000000) AS big, 1 AS one"), [("x" * 10_000_000, 1)])
    with target.adbc() as connection, connection.cursor() as cursor:
        try:
            cursor.execute("SELECT repeat('x', 20000000) AS big")
            same("20 MB", len(cursor.fetchone()[0]), 20_000_000)
        except adbc_driver_manager.Error as error:
            assert "larger than max" in str(error) or "RESOURCE_EXHAUSTED" in str(error).upper(), error
        cursor.execute("SELECT count(*) FROM trips")
        same("afterwards", cursor.fetchone(), (TRIPS,))


@check
def f22_global_order(target: Target) -> None:
    """ORDER BY holds over the whole result, which comes from one endpoint."""
    query = f"{BIG} ORDER BY pair DESC"
    with target.raw() as raw:
        same("endpoints", len(raw.info(wire.command(wire.statement_query(query))).endpoints), 1)
    pairs = target.sql(query).column("pair").to_numpy()
    same("rows", len(pairs), BIG_ROWS)
    assert (pairs[:-1] >= pairs[1:]).all(), "not in order"


@check
def f23_semicolons_and_unicode(target: Target) -> None:
    """Trailing semicolons are fine, two statements are not, text survives in every script."""
    same("semicolons", target.sql("SELECT 1 AS one;;;").to_pydict(), {"one": [1]})
    error = fails(lambda: target.sql("SELECT 1; SELECT 2"), adbc_driver_manager.Error)
    same("two statements", error.status_code, adbc_driver_manager.AdbcStatusCode.INVALID_ARGUMENT)
    same("text", target.sql("SELECT 'naïve 大阪 🚲' AS \"größe\"").to_pydict(), {"größe": ["naïve 大阪 🚲"]})
    found = target.sql("SELECT city_id FROM \"Cities-2025\" WHERE local_name = 'Αθήνα'")
    same("city", found.to_pydict(), {"city_id": ["ATH"]})


@check
def f24_odd_columns(target: Target) -> None:
    """Columns of one name, of none, with odd names, and no column at all: rows, or INVALID_ARGUMENT that says why."""
    for query, names in [
        ("SELECT 1 AS a, 2 AS a", ["a", "a_1"]),
        (
            "SELECT t.trip_id, u.trip_id FROM trips AS t JOIN trips AS u ON t.trip_id = u.trip_id",
            ["trip_id", "trip_id_1"],
        ),
        ('SELECT 1 AS ""', [""]),
        ('SELECT 1 AS " ", 2 AS "a""b", 3 AS "größe"', [" ", 'a"b', "größe"]),
        ('SELECT * FROM messy."empty-names"', None),
        ('SELECT * FROM messy."duplicate-names"', None),
        ("SELECT * EXCLUDE (a) FROM (SELECT 1 AS a)", []),
    ]:
        try:
            table = target.sql(query)
            assert names is None or table.schema.names == names, f"{query}: {table.schema.names}"
            assert table.num_rows >= 1 or not table.schema.names, f"{query}: no rows"
        except ProgrammingError as error:
            same(f"status of {query}", error.status_code, adbc_driver_manager.AdbcStatusCode.INVALID_ARGUMENT)


@check
def f25_cursors_and_threads(target: Target) -> None:
    """One cursor re-used, two interleaved, eight threads: everyone gets their own rows."""
    with target.adbc() as connection, connection.cursor() as one, connection.cursor() as two:
        for _ in range(2):
            one.execute("SELECT count(*) FROM trips")
            same("same statement", one.fetchall(), [(TRIPS,)])
        one.execute("SELECT trip_id FROM trips ORDER BY trip_id LIMIT 3")
        two.execute("SELECT trip_id FROM trips ORDER BY trip_id DESC LIMIT 3")
        rows = [cursor.fetchone()[0] for cursor in (one, two) * 3]
        same("interleaved", rows, [1001, 1240, 1002, 1239, 1003, 1238])

    def one_of_eight(n: int) -> bool:
        query = f"SELECT trip_id + {n} AS id FROM trips WHERE trip_id % 8 = {n} ORDER BY 1"
        return target.sql(query).column("id").to_pylist() == [id + n for id in TRIP_IDS if id % 8 == n]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        same("threads", list(pool.map(one_of_eight, range(8))), [True] * 8)


@check
def f26_tickets_twice_and_garbled(target: Target) -> None:
    """A ticket can be redeemed again; one that the server never gave is refused with a clear code."""
    with target.raw() as raw:
        ticket = raw.info(wire.command(wire.statement_query("SELECT trip_id FROM trips"))).endpoints[0].ticket
        same("first", raw.get(ticket).table().num_rows, TRIPS)
        same("second", raw.get(ticket).table().num_rows, TRIPS)
        for bad in [
            ticket[:-1],
            ticket[:40],
            ticket + b"\xff",
            b"\xff\xfe",
            b"",
            wire.any_of("TicketStatementQuery", (1, b"?")),
        ]:
            wire.failure(lambda: raw.get(bad), INVALID, NOT_FOUND)


@check
def f27_explain_show_and_information_schema(target: Target) -> None:
    """EXPLAIN, SHOW and information_schema work prepared and unprepared."""
    tables = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = 'sales' ORDER BY 2"
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'trips' ORDER BY ordinal_position"
    wanted = list(oracle.load()["trips"].columns)
    for query, holds in [
        (
            "EXPLAIN SELECT count(*) FROM trips",
            lambda rows: rows and all(isinstance(text, str) for row in rows for text in row),
        ),
        ("SHOW TABLES", lambda rows: {"trips", "2024"} <= {text for row in rows for text in row}),
        ("SHOW COLUMNS FROM trips", lambda rows: set(wanted) <= {text for row in rows for text in row}),
        (tables, lambda rows: rows == [("sales", "2024"), ("sales", "2025")]),
        (columns, lambda rows: rows == [(name,) for name in wanted]),
    ]:
        with target.raw() as raw:
            unprepared = raw.query(wire.statement_query(query)).table()
        for how, table in [("prepared", target.sql(query)), ("unprepared", unprepared)]:
            rows = [tuple(row.values()) for row in table.to_pylist()]
            assert holds(rows), f"{how} {query}: {rows[:5]}"


@check
def f36_closed_statements(target: Target) -> None:
    """A closed handle is gone, and closing twice is no error."""
    with target.raw() as raw:
        handle = raw.prepare("SELECT trip_id FROM trips").data(1)
        assert handle, "an empty handle"
        same("rows", raw.query(wire.prepared_query(handle)).table().num_rows, TRIPS)
        same("again", raw.query(wire.prepared_query(handle)).table().num_rows, TRIPS)
        raw.close_prepared(handle)
        wire.failure(lambda: raw.info(wire.command(wire.prepared_query(handle))), NOT_FOUND)
        raw.close_prepared(handle)


@check
def f44_writing_is_refused(target: Target) -> None:
    """Nothing that writes or sets gets through the driver, and nothing happens; by hand: `raw/updates.py`."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "stolen.csv")
        statements = [
            f"COPY trips TO '{out}'",
            f"COPY (SELECT 1) TO '{out}' STORED AS CSV",
            "CREATE EXTERNAL TABLE secrets (line VARCHAR) STORED AS CSV LOCATION '/etc/passwd'",
            "INSERT INTO trips SELECT * FROM trips",
            "UPDATE trips SET member = true",
            "DELETE FROM trips",
            "SET datafusion.execution.batch_size = 1",
            "DROP TABLE trips",
            "DROP TABLE IF EXISTS trips",
            "DROP SCHEMA sales CASCADE",
        ]
        for statement in statements:
            with target.adbc() as connection, connection.cursor() as cursor:
                fails(lambda: cursor.execute(statement), ProgrammingError)
                fails(lambda: cursor.executescript(statement), ProgrammingError)
        assert not out.exists(), "COPY wrote a file"
    same("rows after all that", target.sql("SELECT count(*) AS n FROM trips").to_pydict(), {"n": [TRIPS]})


@check
def sql_stays_below_the_data(target: Target) -> None:
    """No SQL reads a file by its path."""
    for source in [
        "'/etc/passwd'",
        '"/etc/passwd"',
        '"file:///etc/passwd"',
        "'../Cargo.toml'",
        '"../Cargo.toml"',
        f"'{target.data / 'trips.csv'}'",
        "read_csv('/etc/passwd')",
        "read_parquet('/etc/passwd')",
    ]:
        error = fails(lambda: target.sql(f"SELECT * FROM {source}"), ProgrammingError)
        assert "root:" not in str(error), f"{source}: {error}"


@check
def saved_queries(target: Target) -> None:
    """Every saved query is a dataset and a view whose rows are its statement's."""
    queries = target.saved_queries()
    assert queries, f"no saved query in {target.queries}"
    for id, text in queries.items():
        wanted = target.sql(text)
        assert wanted.num_rows > 0, f"{id}: no rows"
        assert target.get(id).equals(wanted), f"{id}: the dataset is not what the statement gives"
        view = target.sql(f"SELECT * FROM public.{oracle.quote(id)}")
        assert rows(view) == rows(wanted), f"{id}: the view has other rows"
        same(f"{id}: schema", view.schema, wanted.schema)


def rows(table: pa.Table) -> list[str]:
    """A table's rows in an order of their own: a view promises none."""
    return sorted(map(str, table.to_pylist()))
