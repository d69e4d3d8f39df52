"""Headers and sessions through the driver: checks F9 and F70."""

from __future__ import annotations

import adbc_driver_manager

from target import Target, check, fails, same

ProgrammingError = adbc_driver_manager.ProgrammingError
COOKIES = {"rpc__with_cookie_middleware": "true"}
BEARER = {"authorization_header": "Bearer check-sessions"}
YEAR = 'SELECT count(*) FROM "2024"'


@check
def f9_headers_of_a_user(target: Target) -> None:
    """Headers that the server does not know, a long one among them, do not matter; credentials neither."""
    headers = {"rpc__call_header__x-foo": "v" * 4096, "rpc__call_header__database": "any"}
    for options in (headers, BEARER, {"authorization_header": "Basic dXNlcjpwYXNz"}, COOKIES):
        with target.adbc(**options) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM trips")
            same("rows", cursor.fetchone(), (240,))


@check
def f70_defaults_of_a_session(target: Target) -> None:
    """A connection's catalog and schema are there before anybody set them."""
    for options in ({}, COOKIES, BEARER):
        with target.adbc(**options) as connection:
            same("catalog", connection.adbc_current_catalog, "flightstream")
            same("schema", connection.adbc_current_db_schema, "public")


@check
def f70_schema_of_a_session(target: Target) -> None:
    """A schema that is set, with cookies or with a bearer only, is where names are looked up, in every cursor."""
    for options in (COOKIES, BEARER):
        with target.adbc(**options) as connection:
            connection.adbc_current_catalog = "flightstream"
            connection.adbc_current_db_schema = "sales"
            same("schema", connection.adbc_current_db_schema, "sales")
            for _ in range(2):
                with connection.cursor() as cursor:
                    cursor.execute(YEAR)
                    same("rows", cursor.fetchone(), (120,))
            with target.adbc() as stranger, stranger.cursor() as cursor:
                fails(lambda: cursor.execute(YEAR), ProgrammingError)
            connection.adbc_current_db_schema = "public"


@check
def f70_wrong_names(target: Target) -> None:
    """A catalog or schema that is not there is an error, and what was set before stays."""

    def set_schema() -> None:
        connection.adbc_current_db_schema = "no_such_schema"

    def set_catalog() -> None:
        connection.adbc_current_catalog = "no_such_catalog"

    with target.adbc(**COOKIES) as connection:
        connection.adbc_current_db_schema = "sales"
        for call in (set_schema, set_catalog):
            fails(call, adbc_driver_manager.Error)
        same("schema", connection.adbc_current_db_schema, "sales")
        same("catalog", connection.adbc_current_catalog, "flightstream")


@check
def f70_use(target: Target) -> None:
    """`USE` sets the schema of the session, which the driver then tells."""
    with target.adbc(**COOKIES) as connection, connection.cursor() as cursor:
        cursor.execute("USE sales")
        same("schema", connection.adbc_current_db_schema, "sales")
        cursor.execute(YEAR)
        same("rows", cursor.fetchone(), (120,))


@check
def f70_sessions_end_with_their_connection(target: Target) -> None:
    """A bearer's session that was closed begins anew."""
    with target.adbc(**BEARER) as connection:
        connection.adbc_current_db_schema = "messy"
    with target.adbc(**BEARER) as connection:
        same("schema", connection.adbc_current_db_schema, "public")
