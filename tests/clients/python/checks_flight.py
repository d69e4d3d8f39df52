"""Plain Arrow Flight: checks F46, F57 to F60, requests, partitions, actions, and what is refused."""

from __future__ import annotations

import datetime
import json

import grpc
import pyarrow as pa
import pyarrow.flight as flight

import oracle
from process import Process
from raw import wire
from raw.running import ENDLESS_ROWS
from target import Target, check, command, fails, fetch, same

ACTIONS = {"refresh-datasets", "get-server-info"}
SQL_ACTIONS = set(
    """CreatePreparedStatement ClosePreparedStatement CancelQuery CancelFlightInfo RenewFlightEndpoint
    SetSessionOptions GetSessionOptions CloseSession""".split()
)
CAPABILITIES = {"listFlights", "getFlightInfo", "getSchema", "doGet", "doAction", "listActions"}
REFUSED = (KeyError, pa.ArrowInvalid, flight.FlightUnauthorizedError)


def ids(client: flight.FlightClient, criteria: bytes = b"") -> list[str]:
    """The ids that ListFlights gives."""
    return [info.descriptor.path[0].decode() for info in client.list_flights(criteria)]


def all_ids(target: Target) -> set[str]:
    """Every id that the server must list."""
    return {*oracle.load(), *target.saved_queries()}


@check
def f57_do_get_by_id(target: Target) -> None:
    """A ticket is a dataset's id in UTF-8, whatever characters are in it; an unknown one is a KeyError."""
    expected = oracle.load()
    for id in [
        "trips",
        "sales/2024",
        "Cities-2025",
        "messy/name with spaces",
        "messy/ünïcode-näme",
        "messy/dots.in.name",
        "messy/UPPER",
        "messy/twin.tsv",
    ]:
        found = expected[id].mismatches(target.get(id))
        assert not found, f"{id}: {found}"
    for unknown in ["no-such", "TRIPS", "trips.csv", "sales", "messy/twin.csv", "trips "]:
        fails(lambda: target.get(unknown), KeyError)
    with target.flight() as client:
        for odd in [
            b"\n\x03abc",
            b"\x08\x01",
            wire.message((1, "type.googleapis.com/no.such.Message"), (2, b"x")),
            b"\xff\xfe\x00",
            b"",
        ]:
            fails(lambda: client.do_get(flight.Ticket(odd)).read_all(), KeyError, pa.ArrowInvalid, NotImplementedError)


@check
def f58_listing_and_lookup_agree(target: Target) -> None:
    """What is listed can be looked up, with the same schema, and its ticket gives the dataset."""
    with target.flight() as client:
        listed = {info.descriptor.path[0].decode(): info for info in client.list_flights()}
        same("ids", set(listed), all_ids(target))
        for id, info in listed.items():
            descriptor = flight.FlightDescriptor.for_path(id)
            looked_up = client.get_flight_info(descriptor)
            same(f"{id}: descriptor", looked_up.descriptor, descriptor)
            same(f"{id}: descriptor in the list", info.descriptor, descriptor)
            for where, schema in [("list", info.schema), ("get_schema", client.get_schema(descriptor).schema)]:
                assert schema.equals(looked_up.schema, check_metadata=True), (
                    f"{id}: {where} has {schema}, GetFlightInfo {looked_up.schema}"
                )
            for found in (info, looked_up):
                same(f"{id}: locations", [endpoint.locations for endpoint in found.endpoints], [[]])
                assert found.total_records >= -1 and found.total_bytes >= -1, f"{id}: counts"
            table = client.do_get(looked_up.endpoints[0].ticket).read_all()
            assert table.schema.equals(looked_up.schema, check_metadata=True), f"{id}: the stream has another schema"
            assert looked_up.total_records in (-1, table.num_rows), (
                f"{id}: {looked_up.total_records} records announced, {table.num_rows} sent"
            )


@check
def f59_ways_to_read(target: Target) -> None:
    """to_pandas, chunk by chunk, as a reader; a stream that is cancelled leaves the server well."""
    expected = oracle.load()["trips"]
    with target.flight() as client:
        ticket = flight.Ticket(b"trips")
        same("pandas", client.do_get(ticket).read_pandas().shape, (expected.rows, len(expected.columns)))
        reader = client.do_get(ticket)
        rows = 0
        try:
            while True:
                rows += reader.read_chunk().data.num_rows
        except StopIteration:
            pass
        same("chunks", rows, expected.rows)
        same("reader", client.do_get(ticket).to_reader().read_all().num_rows, expected.rows)
        process = Process(target.url)
        process.rest()
        cmd = wire.statement_query(ENDLESS_ROWS)
        info = client.get_flight_info(flight.FlightDescriptor.for_command(cmd))
        reader = client.do_get(info.endpoints[0].ticket)
        assert reader.read_chunk().data.num_rows > 0, "an empty first chunk"
        reader.cancel()
        del reader
        process.stops()
        same("after cancel", client.do_get(ticket).read_all().num_rows, expected.rows)


@check
def f60_actions_and_exchange(target: Target) -> None:
    """Known actions are listed; an unknown one is UNIMPLEMENTED and says which there are, and DoExchange is, too."""
    with target.flight() as client:
        listed = [action.type for action in client.list_actions()]
        same("actions once each", len(listed), len(set(listed)))
        missing = (ACTIONS | SQL_ACTIONS) - set(listed)
        assert not missing, f"not listed: {missing}"
        error = fails(lambda: list(client.do_action(flight.Action("no-such-action", b""))), NotImplementedError)
        assert all(action in str(error) for action in ACTIONS), f"the known actions are not named: {error}"

        def exchange() -> object:
            writer, reader = client.do_exchange(flight.FlightDescriptor.for_path("trips"))
            with writer:
                writer.done_writing()
                return reader.read_all()

        fails(exchange, NotImplementedError)


@check
def f46_upload_is_refused_read_only(target: Target) -> None:
    """A server without --writable refuses an upload and says so: it is not accepted and lost."""
    table = pa.table({"id": [1, 2, 3]})

    def upload() -> object:
        with target.flight() as client:
            writer, reader = client.do_put(flight.FlightDescriptor.for_path("upload"), table.schema)
            with writer:
                writer.write_table(table)
                writer.done_writing()
                return reader.read()

    error = fails(upload, flight.FlightUnauthorizedError)
    assert "--writable" in str(error), error
    with target.flight() as client:
        assert "upload" not in ids(client), "the refused upload is listed"


@check
def f46_upload_by_pyarrow(target: Target) -> None:
    """do_put to a path makes a table, appends to it, and says how many rows it took."""
    writer = target.writer()
    table = pa.table({"id": [1, 2, 3], "name": ["a", None, "c"]})
    with writer.scratch() as name, writer.flight() as client:
        for rows in (3, 6):
            stream, reader = client.do_put(flight.FlightDescriptor.for_path(name), table.schema)
            with stream:
                stream.write_table(table, max_chunksize=2)
                stream.done_writing()
                same("count", wire.Fields(reader.read().to_pybytes()).int(1), 3)
            same("rows", writer.get(name).num_rows, rows)


@check
def handshake(target: Target) -> None:
    """Without accounts a Handshake is OK, with no message, one or two."""
    request = wire.message((1, 1), (2, b"hello"))
    with target.raw() as raw:
        for requests in ([], [b""], [request], [request, request]):
            list(raw.both_streams("Handshake", requests))


@check
def list_flights_criteria(target: Target) -> None:
    """Criteria are a pattern over ids, with the wildcards of SQL or of file names."""
    years = {"sales/2024", "sales/2025"}
    with target.flight() as client:
        for criteria, wanted in [
            ("", all_ids(target)),
            ("sales/%", years),
            ("sales/*", years),
            ("trips", {"trips"}),
            ("no-such%", set()),
            ("no-such*", set()),
        ]:
            found = ids(client, criteria.encode())
            same(f"ids of {criteria!r}", set(found), wanted)
            same(f"ids of {criteria!r}, once each", len(found), len(set(found)))


@check
def commands_name_a_dataset(target: Target) -> None:
    """A CMD descriptor is an id, or JSON with `dataset`, `table` or `path`, in this order of precedence."""
    expected = oracle.load()
    with target.flight() as client:
        for id in ("trips", "sales/2025", "messy/name with spaces"):
            raw_id = flight.FlightDescriptor.for_command(id.encode())
            for descriptor in [
                raw_id,
                command(dataset=id),
                command(table=id),
                command(path=id),
                command(dataset=id, table="no-such"),
                command(table=id, path="no-such"),
            ]:
                found = expected[id].mismatches(fetch(client, descriptor))
                assert not found, f"{descriptor}: {found}"
                assert client.get_schema(descriptor).schema.equals(client.get_flight_info(descriptor).schema), (
                    f"{descriptor}: schemas"
                )
        for empty in [command(), command(columns=["trip_id"])]:
            fails(lambda: client.get_flight_info(empty), pa.ArrowInvalid)
    with target.raw() as raw:
        for nothing in [b"", wire.message((1, wire.PATH)), wire.message((1, wire.CMD))]:
            wire.failure(lambda: raw.unary("GetFlightInfo", nothing), grpc.StatusCode.INVALID_ARGUMENT)


@check
def commands_choose_columns_and_rows(target: Target) -> None:
    """`columns`, `filter` and `limit` of a JSON request, alone and together."""
    whole = target.get("trips")
    long = [row for row in whole.to_pylist() if row["member"] and (row["distance_km"] or 0) > 10]
    assert len(long) > 5, "too few long trips in the sample data"
    with target.flight() as client:
        narrow = fetch(client, command(dataset="trips", columns=["member", "trip_id"]))
        assert narrow.equals(whole.select(["member", "trip_id"])), f"columns: {narrow.schema}"
        few = fetch(client, command(dataset="trips", limit=5))
        assert few.equals(whole.slice(0, 5)), "limit: not the first five rows"
        same("limit 0", fetch(client, command(dataset="trips", limit=0)).num_rows, 0)
        filtered = fetch(client, command(dataset="trips", filter="member AND distance_km > 10"))
        same("filter", filtered.to_pylist(), long)
        descriptor = command(dataset="trips", columns=["trip_id"], filter="member AND distance_km > 10", limit=5)
        table = fetch(client, descriptor)
        same("all three", table.to_pylist(), [{"trip_id": row["trip_id"]} for row in long[:5]])
        same("schema", client.get_schema(descriptor).schema, table.schema)
        unicode = fetch(client, command(dataset="Cities-2025", filter="local_name = '大阪'", columns=["city_id"]))
        same("unicode", unicode.to_pydict(), {"city_id": ["KIX"]})


@check
def bad_commands(target: Target) -> None:
    """A wrong column, filter or limit is INVALID_ARGUMENT; an unknown dataset is NOT_FOUND."""
    with target.flight() as client:
        for request in [
            {"columns": ["no_such_column"]},
            {"columns": "trip_id, member FROM trips --"},
            {"filter": "no_such_column > 1"},
            {"filter": "member AND"},
            {"filter": "true) UNION SELECT * FROM stations --"},
            {"filter": "true; DROP TABLE trips"},
            {"filter": "trip_id"},
            {"limit": -1},
            {"limit": "five"},
        ]:
            fails(lambda: fetch(client, command(dataset="trips", **request)), pa.ArrowInvalid)
        fails(lambda: client.get_flight_info(command(dataset="no-such")), KeyError)
        fails(lambda: client.get_flight_info(flight.FlightDescriptor.for_command(b"no-such")), KeyError)


@check
def unknown_ids(target: Target) -> None:
    """An unknown id is NOT_FOUND to every call, and the message names it."""
    with target.flight() as client:
        for id in ["no-such-dataset", "messy/no-such-file"]:
            descriptor = flight.FlightDescriptor.for_path(id)
            for call in [
                lambda: client.get_flight_info(descriptor),
                lambda: client.get_schema(descriptor),
                lambda: client.do_get(flight.Ticket(id.encode())).read_all(),
            ]:
                error = fails(call, KeyError)
                assert id in str(error), error


@check
def an_empty_file_has_no_columns_and_no_rows(target: Target) -> None:
    """A file of 0 bytes is a table like another."""
    assert (target.data / "messy" / "empty-file.csv").stat().st_size == 0
    with target.flight() as client:
        table = client.do_get(flight.Ticket(b"messy/empty-file")).read_all()
        assert (table.num_columns, table.num_rows) == (0, 0), table


@check
def paths_outside_are_refused(target: Target) -> None:
    """No id, path or command leads out of the served folder."""
    outside = [
        "../x",
        "..",
        ".",
        "/",
        "/etc/passwd",
        "//etc/passwd",
        "messy/../../x",
        "messy/../trips",
        "sales/..",
        "sales/",
        "/trips",
        "file:///etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "~/.profile",
        "trips\0",
        str(target.data / "trips.csv"),
    ]
    with target.flight() as client:
        for id in outside:
            for call in [
                lambda: client.do_get(flight.Ticket(id.encode())).read_all(),
                lambda: client.get_flight_info(flight.FlightDescriptor.for_path(id)),
                lambda: client.get_flight_info(flight.FlightDescriptor.for_command(id.encode())),
                lambda: client.get_flight_info(command(dataset=id)),
                lambda: client.get_schema(flight.FlightDescriptor.for_path(id)),
            ]:
                error = fails(call, *REFUSED)
                assert "root:" not in str(error), f"{id}: {error}"
        same("criteria", ids(client, b"../%"), [])


@check
def partitions_by_command(target: Target) -> None:
    """A JSON request for four partitions: every row exactly once, each ticket on a connection of its own."""
    for id in ("trips", "messy/late-text-in-integers", "messy/types", "messy/gzipped"):
        request = json.dumps({"dataset": id, "partitions": 4}).encode()
        with target.raw() as raw:
            check_partitions(target, id, raw.info(wire.command(request)))


@check
def partitions_by_header(target: Target) -> None:
    """The header asks for partitions too, for a path and for a statement."""
    with target.raw(("x-flightstream-partitions", "4")) as raw:
        check_partitions(target, "trips", raw.info(wire.path("trips")))
        check_partitions(target, "trips", raw.info(wire.command(wire.statement_query("SELECT * FROM trips"))))
        ordered = wire.command(wire.statement_query("SELECT * FROM trips ORDER BY trip_id DESC LIMIT 5"))
        same("endpoints of an ordered statement", len(raw.info(ordered).endpoints), 1)


def check_partitions(target: Target, id: str, info: wire.Info) -> None:
    """Between one and four endpoints, whose streams together are the dataset."""
    assert 1 <= len(info.endpoints) <= 4, f"{id}: {len(info.endpoints)} endpoints"
    same(f"{id}: locations", [endpoint.locations for endpoint in info.endpoints], [[]] * len(info.endpoints))
    tables = []
    for endpoint in info.endpoints:
        with target.raw() as other:
            tables.append(other.get(endpoint.ticket).table())
    for table in tables:
        assert table.schema.equals(info.schema), f"{id}: a partition's schema is {table.schema}"
    got = sorted(str(row) for table in tables for row in table.to_pylist())
    wanted = sorted(map(str, target.get(id).to_pylist()))
    assert got == wanted, f"{id}: {len(got)} rows over {len(tables)} partitions, expected {len(wanted)}, each once"


@check
def action_refresh_datasets(target: Target) -> None:
    """`refresh-datasets` answers with the ids that it found."""
    with target.flight() as client:
        (result,) = client.do_action(flight.Action("refresh-datasets", b"{}"))
        body = json.loads(result.body.to_pybytes())
        same("status", body["status"], "success")
        same("datasets", set(body["datasets"]), all_ids(target))
        same("message", body["message"], f"Refreshed {len(body['datasets'])} datasets")
        same("listed after", set(ids(client)), set(body["datasets"]))


@check
def action_get_server_info(target: Target) -> None:
    """`get-server-info` tells what the server is, has and can."""
    with target.flight() as client:
        (result,) = client.do_action(flight.Action("get-server-info", b""))
    body = json.loads(result.body.to_pybytes())
    assert isinstance(body["server"], str) and body["server"], body
    assert isinstance(body["version"], str) and body["version"], body
    same("protocol_version", body["protocol_version"], 1)
    same("datasets", set(body["datasets"]["list"]), all_ids(target))
    same("count", body["datasets"]["count"], len(body["datasets"]["list"]))
    missing = CAPABILITIES - set(body["capabilities"])
    assert not missing, f"capabilities lack {missing}"
    moment = datetime.datetime.fromisoformat(body["timestamp"])
    assert moment.tzinfo, f"timestamp without a zone: {body['timestamp']}"
