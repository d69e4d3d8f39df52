"""What Apache Superset has to know of FlightStream: how to reach it, its time grains, what its errors mean.

``pip install`` of this package is enough: Superset and SQLAlchemy find it by its entry points.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pyarrow.ipc
from flightsql.dbapi import column_specs
from flightsql.sqlalchemy import DataFusionDialect
from sqlalchemy import types
from sqlalchemy.engine import reflection

try:
    from superset.db_engine_specs.base import BaseEngineSpec
    from superset.errors import SupersetErrorType
except ImportError:  # The dialect alone is of use to any program with SQLAlchemy.
    BaseEngineSpec = None


# The grains of Superset, which it names so, and the beginning (or the last day) of the one that a moment lies in.
TIME_GRAINS = {
    None: "{col}",
    "PT1S": "date_trunc('second', {col})",
    "PT5S": "date_bin(INTERVAL '5 seconds', {col})",
    "PT30S": "date_bin(INTERVAL '30 seconds', {col})",
    "PT1M": "date_trunc('minute', {col})",
    "PT5M": "date_bin(INTERVAL '5 minutes', {col})",
    "PT10M": "date_bin(INTERVAL '10 minutes', {col})",
    "PT15M": "date_bin(INTERVAL '15 minutes', {col})",
    "PT30M": "date_bin(INTERVAL '30 minutes', {col})",
    "PT1H": "date_trunc('hour', {col})",
    "PT6H": "date_bin(INTERVAL '6 hours', {col})",
    "P1D": "date_trunc('day', {col})",
    "P1W": "date_trunc('week', {col})",
    "1969-12-29T00:00:00Z/P1W": "date_trunc('week', {col})",
    "1969-12-28T00:00:00Z/P1W": "date_trunc('week', {col} + INTERVAL '1 day') - INTERVAL '1 day'",
    "P1W/1970-01-04T00:00:00Z": "date_trunc('week', {col}) + INTERVAL '6 days'",
    "P1W/1970-01-03T00:00:00Z": "date_trunc('week', {col} + INTERVAL '1 day') + INTERVAL '5 days'",
    "P1M": "date_trunc('month', {col})",
    "P3M": "date_trunc('quarter', {col})",
    "P1Y": "date_trunc('year', {col})",
}


class FlightStreamDialect(DataFusionDialect):
    """``flightstream+flightsql://HOST:PORT?insecure=True``.

    The dialect of flightsql-dbapi takes the name of a table for a pattern, where ``_`` is any letter, and lists saved queries
    as tables.
    """

    name = "flightstream"
    supports_statement_cache = True

    @reflection.cache
    def get_columns(self, connection, table, schema=None, **kwargs):
        """The columns of the table of exactly this name."""
        for found in self._tables(connection, schema, with_schema=True):
            if found["table_name"] == table:
                return column_specs(pyarrow.ipc.open_stream(found["table_schema"]).schema)
        return []

    @reflection.cache
    def get_table_names(self, connection, schema=None, **kwargs):
        """Files and tables that clients wrote."""
        return self._names(connection, schema, is_view=False)

    @reflection.cache
    def get_view_names(self, connection, schema=None, **kwargs):
        """Saved queries and views."""
        return self._names(connection, schema, is_view=True)

    @reflection.cache
    def has_table(self, connection, table, schema=None, **kwargs):
        """Whether it is there, a table or a view."""
        return any(found["table_name"] == table for found in self._tables(connection, schema))

    def _names(self, connection, schema, is_view):
        tables = self._tables(connection, schema)
        return [table["table_name"] for table in tables if (table["table_type"] == "VIEW") == is_view]

    def _tables(self, connection, schema, with_schema=False):
        client = connection.connection.client
        # A pattern would have to be escaped, and this list is short.
        info = client.get_tables(include_schema=with_schema)
        tables = client.do_get(info.endpoints[0].ticket).read_all().to_pylist()
        wanted = schema or "public"
        return [table for table in tables if table["db_schema_name"] == wanted]


if BaseEngineSpec is not None:

    class FlightStreamEngineSpec(BaseEngineSpec):
        """FlightStream, as *Settings > Database Connections* knows it."""

        engine = "flightstream"
        engine_name = "FlightStream"
        default_driver = "flightsql"
        drivers = {"flightsql": "Arrow Flight SQL"}
        sqlalchemy_uri_placeholder = "flightstream+flightsql://host:8080?insecure=True"

        # Names of columns keep their case, and the engine knows those that a query gave.
        allows_alias_in_select = True
        allows_alias_in_orderby = True
        allows_hidden_orderby_agg = True
        supports_file_upload = False

        _time_grain_expressions = TIME_GRAINS

        # What the server says is kept: it names the place and what was meant.
        custom_errors = {
            re.compile(r"(?P<said>there is no column '.*?\(line \d+, column \d+\))"): (
                "%(said)s",
                SupersetErrorType.COLUMN_DOES_NOT_EXIST_ERROR,
                {},
            ),
            re.compile(r"(?P<said>there is no table '.*?\(line \d+, column \d+\))"): (
                "%(said)s",
                SupersetErrorType.TABLE_DOES_NOT_EXIST_ERROR,
                {},
            ),
        }

        @classmethod
        def convert_dttm(
            cls, target_type: str, dttm: datetime, db_extra: dict[str, Any] | None = None
        ) -> str | None:
            """A moment of a time range, written for a column of this type."""
            kind = cls.get_sqla_column_type(target_type)
            if isinstance(kind, types.Date):
                return f"DATE '{dttm.date().isoformat()}'"
            if isinstance(kind, types.TIMESTAMP):
                return f"TIMESTAMP '{dttm.isoformat(sep=' ', timespec='microseconds')}'"
            return None

        @classmethod
        def epoch_to_dttm(cls) -> str:
            """Seconds since 1970 as a moment."""
            return "to_timestamp_seconds({col})"

        @classmethod
        def epoch_ms_to_dttm(cls) -> str:
            """Milliseconds since 1970 as a moment."""
            return "to_timestamp_millis({col})"
