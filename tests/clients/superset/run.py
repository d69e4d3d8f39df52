"""Check a running FlightStream through the API of a real Superset.

    python3 tests/clients/superset/run.py URL [--in FOLDER]

URL is what `flightstream serve` printed in the project's folder. Superset, what the project has for it (integrations/superset) and an empty
database of Superset's own are put into FOLDER, a new one below the system's if none is given; the first run in a folder
takes minutes. Prints `ok NAME` or `FAILED NAME: reason` for each check, and exits with 1 if one failed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from datetime import datetime, timedelta, timezone

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parents[2] / "integrations" / "superset"

# How long Superset may take to answer for the first time, and to answer at all.
START_S = 180
ANSWER_S = 120

PASSWORD = "flightstream"
CONFIG = """
SECRET_KEY = "only for this test, and nothing that is worth a secret"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db?check_same_thread=false"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""


def main() -> int:
    """Start a Superset and run all checks against it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="where the server listens, e.g. grpc://127.0.0.1:8080")
    parser.add_argument("--in", dest="folder", type=pathlib.Path, help="where Superset is put")
    arguments = parser.parse_args()
    folder = arguments.folder or pathlib.Path(tempfile.mkdtemp(prefix="superset-"))
    programs = installed(folder.resolve())
    with running(programs, folder.resolve()) as url:
        superset = Superset(url)
        superset.connect(urllib.parse.urlsplit(arguments.url).netloc)
        outcomes = [outcome(check, superset) for check in CHECKS]
    print(f"{outcomes.count(True)} passed, {outcomes.count(False)} failed")
    return 0 if all(outcomes) else 1


def installed(folder: pathlib.Path) -> pathlib.Path:
    """The programs of Superset, which are put into this folder if they are not there."""
    programs = folder / "bin"
    if not (programs / "superset").exists():
        print(f"installing Superset in {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [programs / "pip", "install", "--quiet"]
        subprocess.run([*pip, "--requirement", HERE / "requirements.txt"], check=True)
    # Always: it may have changed. Built from a copy, as setuptools leaves files beside what it builds.
    with tempfile.TemporaryDirectory() as copy:
        for name in ("pyproject.toml", "flightstream_superset.py"):
            (pathlib.Path(copy) / name).write_bytes((PACKAGE / name).read_bytes())
        pip = [programs / "pip", "install", "--quiet", "--force-reinstall", "--no-deps"]
        subprocess.run([*pip, copy], check=True)
    return programs


@contextlib.contextmanager
def running(programs: pathlib.Path, folder: pathlib.Path):
    """A Superset with an empty database of its own; gives its URL."""
    (folder / "superset_config.py").write_text(CONFIG.format(folder=folder))
    (folder / "superset.db").unlink(missing_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "FLASK_APP": "superset",
        "NO_PROXY": "127.0.0.1",
    }
    admin = ["--username", "admin", "--firstname", "a", "--lastname", "b", "--email", "a@example.org"]
    with open(folder / "superset.log", "w") as log:

        def start(*words: str) -> subprocess.Popen:
            return subprocess.Popen([programs / "superset", *words], env=environment, stdout=log, stderr=log, cwd=folder)

        for words in (["db", "upgrade"], ["fab", "create-admin", *admin, "--password", PASSWORD], ["init"]):
            if start(*words).wait() != 0:
                raise SystemExit(f"superset {words[0]} failed, see {log.name}")
        server = start("run", "--port", str(port))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


class Refused(Exception):
    """An answer of Superset that is an error."""


class Superset:
    """A client of Superset's API."""

    def __init__(self, url: str):
        self.url = url
        self.token = None
        self.database = 0
        self.token = self.logged_in()

    def logged_in(self) -> str:
        """Logs in, as soon as Superset answers."""
        login = {"username": "admin", "password": PASSWORD, "provider": "db"}
        deadline = time.monotonic() + START_S
        while True:
            try:
                return self.post("security/login", login)["access_token"]
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def connect(self, address: str) -> None:
        """Makes the connection that the checks use."""
        self.uri = f"flightstream+flightsql://{address}?insecure=True"
        self.database = self.post("database/", {"database_name": "FlightStream", "sqlalchemy_uri": self.uri})["id"]

    def get(self, path: str, **query) -> dict:
        """What is at a path of the API; `q` is written as Superset writes it."""
        return self.ask("GET", path + "?" + urllib.parse.urlencode(query), None)

    def post(self, path: str, body: dict) -> dict:
        """Sends an object to a path of the API."""
        return self.ask("POST", path, json.dumps(body).encode())

    def ask(self, method: str, path: str, body: bytes | None) -> dict:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode()) from None

    def rows(self, sql: str, schema: str = "public") -> list[dict]:
        """The rows of a statement in SQL Lab."""
        asked = {"database_id": self.database, "sql": sql, "schema": schema, "runAsync": False, "queryLimit": 10000}
        return self.post("sqllab/execute/", asked)["data"]

    def dataset(self, table: str, schema: str = "public") -> dict:
        """A dataset over a table, made anew."""
        asked = {"database": self.database, "schema": schema, "table_name": table}
        made = self.post("dataset/", asked)
        return self.get(f"dataset/{made['id']}")["result"]

    def chart(self, dataset: dict, **query) -> list[dict]:
        """The rows of a chart over a dataset."""
        asked = {
            "datasource": {"id": dataset["id"], "type": "table"},
            "force": True,
            "queries": [{"row_limit": 10000, "orderby": [], **query}],
            "result_format": "json",
            "result_type": "full",
        }
        return self.post("chart/data", asked)["result"][0]["data"]


CHECKS = []


def check(function):
    """Registers a check."""
    CHECKS.append(function)
    return function


def outcome(function, superset: Superset) -> bool:
    """Runs one check and says how it went."""
    name = function.__name__
    try:
        function(superset)
    except Exception as error:
        print(f"FAILED {name}: {type(error).__name__}: {error}", flush=True)
        traceback.print_exc()
        return False
    print(f"ok {name}", flush=True)
    return True


def equal(got, expected) -> None:
    """Fails unless both are the same."""
    if got != expected:
        raise AssertionError(f"got {got!r}, expected {expected!r}")


@check
def flightstream_is_offered_by_name(superset):
    offered = {database["name"]: database for database in superset.get("database/available/")["databases"]}
    equal(offered["FlightStream"]["engine"], "flightstream")
    equal(offered["FlightStream"]["default_driver"], "flightsql")
    assert "flightstream+flightsql://" in offered["FlightStream"]["sqlalchemy_uri_placeholder"]


@check
def a_connection_is_tested(superset):
    asked = {"database_name": "another", "sqlalchemy_uri": superset.uri}
    equal(superset.post("database/test_connection/", asked), {"message": "OK"})


@check
def schemas_tables_and_views_are_listed(superset):
    path = f"database/{superset.database}"
    equal(sorted(superset.get(f"{path}/schemas/")["result"]), ["messy", "public", "sales"])
    tables = superset.get(f"{path}/tables/", q="(schema_name:public)")["result"]
    equal(
        {(table["value"], table["type"]) for table in tables},
        {("Cities-2025", "table"), ("readings", "table"), ("stations", "table"), ("trips", "table")}
        | {("busiest_routes", "view"), ("monthly_sales", "view"), ("warmest_days", "view")},
    )


@check
def columns_are_those_of_the_table_of_this_very_name(superset):
    path = f"database/{superset.database}/table_metadata/"
    columns = superset.get(path, name="readings", schema="public")["columns"]
    types = {column["name"]: column["type"] for column in columns}
    equal(types["measured_at"], "TIMESTAMP")
    equal(types["humidity_pct"], "BIGINT")
    # For a pattern both are the first one.
    names = {
        table: [column["name"] for column in superset.get(path, name=table, schema="messy")["columns"]]
        for table in ("underXscore", "under_score")
    }
    expected = {table: list(superset.rows(f'SELECT * FROM messy."{table}"')[0]) for table in names}
    equal(names, expected)
    assert names["underXscore"] != names["under_score"]


@check
def sql_lab_runs_statements(superset):
    rows = superset.rows("SELECT member, count(*), sum(fare) AS fares FROM trips GROUP BY member ORDER BY member")
    trips = superset.rows("SELECT member, fare FROM trips")
    for row, member in zip(rows, (False, True), strict=True):
        fares = [trip["fare"] for trip in trips if trip["member"] is member]
        total = round(sum(fare for fare in fares if fare is not None), 6)
        equal((row["member"], row["count(*)"], round(row["fares"], 6)), (member, len(fares), total))
    equal(len(superset.rows('SELECT "name" FROM "Cities-2025"')), len(superset.rows('FROM "Cities-2025"')))
    equal(superset.rows("SELECT name FROM stations WHERE name = 'Café \"Zur Brücke\"'"), [{"name": 'Café "Zur Brücke"'}])
    equal(superset.rows("SELECT x FROM (VALUES (1), (NULL)) AS v(x) ORDER BY 1"), [{"x": 1}, {"x": None}])
    equal(superset.rows("WITH t AS (SELECT 1 AS a) SELECT a FROM t"), [{"a": 1}])
    equal(len(superset.rows("SELECT * FROM busiest_routes LIMIT 2")), 2)


@check
def an_error_says_what_is_wrong(superset):
    for sql, said, kind in [
        ("SELECT fair FROM trips", "there is no column 'fair' in trips; did you mean 'fare'?", "COLUMN_DOES_NOT_EXIST_ERROR"),
        ("SELECT * FROM trps", "did you mean 'trips'?", "TABLE_DOES_NOT_EXIST_ERROR"),
    ]:
        try:
            superset.rows(sql)
        except Refused as refused:
            error = json.loads(str(refused))["errors"][0]
            assert said in error["message"], error
            equal(error["error_type"], kind)
        else:
            raise AssertionError(f"{sql} was answered")


def moment(text: str) -> datetime:
    """A moment as Superset gives it in text."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=timezone.utc)


def back_to(**unit: float):
    """Rounds down to a multiple of a unit that a day is a multiple of."""
    length = timedelta(**unit)
    return lambda at: at - (at - at.replace(hour=0, minute=0, second=0, microsecond=0)) % length


def day(at: datetime) -> datetime:
    """The beginning of the day."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def week_from(weekday: int):
    """The day that the week began, if weeks begin on this day; Monday is 0."""
    return lambda at: day(at) - timedelta(days=(at.weekday() - weekday) % 7)


# What each grain of Superset's makes of a moment.
GRAINS = {
    "PT1S": back_to(seconds=1),
    "PT5S": back_to(seconds=5),
    "PT30S": back_to(seconds=30),
    "PT1M": back_to(minutes=1),
    "PT5M": back_to(minutes=5),
    "PT10M": back_to(minutes=10),
    "PT15M": back_to(minutes=15),
    "PT30M": back_to(minutes=30),
    "PT1H": back_to(hours=1),
    "PT6H": back_to(hours=6),
    "P1D": day,
    "P1W": week_from(0),
    "P1M": lambda at: day(at).replace(day=1),
    "P3M": lambda at: day(at).replace(day=1, month=(at.month - 1) // 3 * 3 + 1),
    "P1Y": lambda at: day(at).replace(day=1, month=1),
    "1969-12-28T00:00:00Z/P1W": week_from(6),
    "1969-12-29T00:00:00Z/P1W": week_from(0),
    "P1W/1970-01-03T00:00:00Z": lambda at: week_from(6)(at) + timedelta(days=6),
    "P1W/1970-01-04T00:00:00Z": lambda at: week_from(0)(at) + timedelta(days=6),
}


@check
def every_time_grain_counts_as_python_does(superset):
    for table, column in (("trips", "started_at"), ("readings", "measured_at"), ("stations", "opened_on")):
        dataset = superset.dataset(table)
        offered = {grain for grain, _ in dataset["time_grain_sqla"] if grain}
        equal(offered, set(GRAINS))
        equal([col["is_dttm"] for col in dataset["columns"] if col["column_name"] == column], [True])
        moments = [row["at"] for row in superset.rows(f"SELECT CAST({column} AS VARCHAR) AS at FROM {table}")]
        moments = [moment(at) for at in moments if at is not None]
        for grain, floor in GRAINS.items():
            axis = {
                "columnType": "BASE_AXIS", "expressionType": "SQL", "label": "at", "sqlExpression": column,
                "timeGrain": grain,
            }
            filters = [{"col": column, "op": "IS NOT NULL"}]
            rows = superset.chart(dataset, columns=[axis], metrics=["count"], filters=filters)
            got = {datetime.fromtimestamp(row["at"] / 1000, timezone.utc): row["count"] for row in rows}
            if got != Counter(map(floor, moments)):
                raise AssertionError(f"{table}.{column} by {grain}: {got}")


@check
def a_time_range_is_that_range(superset):
    for table, column, start, end in (
        ("trips", "started_at", "2025-05-01T00:00:00", "2025-05-03T12:30:00"),
        ("readings", "measured_at", "2025-03-01T00:00:00", "2025-03-01T06:00:00"),
        ("stations", "opened_on", "2019-01-01T00:00:00", "2020-01-01T00:00:00"),
    ):
        moments = [row["at"] for row in superset.rows(f"SELECT CAST({column} AS VARCHAR) AS at FROM {table}")]
        inside = [at for at in moments if at is not None and moment(start) <= moment(at) < moment(end)]
        filters = [{"col": column, "op": "TEMPORAL_RANGE", "val": f"{start} : {end}"}]
        asked = {"metrics": ["count"], "columns": [], "filters": filters}
        dataset = existing(superset, table)
        equal(superset.chart(dataset, **asked), [{"count": len(inside)}])
        assert inside, table


@check
def charts_group_and_filter(superset):
    dataset = existing(superset, "trips")
    total = {"expressionType": "SQL", "label": "total", "sqlExpression": "sum(fare)"}
    rows = superset.chart(
        dataset, columns=["from_station"], metrics=[total, "count"], orderby=[[total, False]], row_limit=3,
        filters=[{"col": "from_station", "op": "IN", "val": ["ATH-1", "MUC-2"]}, {"col": "fare", "op": ">", "val": "4.5"}],
    )
    expected = superset.rows(
        "SELECT from_station, sum(fare) AS total, count(*) AS count FROM trips"
        " WHERE from_station IN ('ATH-1', 'MUC-2') AND fare > 4.5 GROUP BY from_station ORDER BY total DESC"
    )
    equal(rows, expected)
    assert rows


@check
def a_saved_query_is_a_dataset(superset):
    dataset = superset.dataset("monthly_sales")
    rows = superset.chart(dataset, columns=[column["column_name"] for column in dataset["columns"]], metrics=[])
    equal(len(rows), len(superset.rows("SELECT DISTINCT * FROM monthly_sales")))


def existing(superset: Superset, table: str) -> dict:
    """The dataset that an earlier check made over this table."""
    for dataset in superset.get("dataset/")["result"]:
        if dataset["table_name"] == table:
            return superset.get(f"dataset/{dataset['id']}")["result"]
    return superset.dataset(table)


if __name__ == "__main__":
    sys.exit(main())
