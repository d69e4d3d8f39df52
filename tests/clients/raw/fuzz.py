"""Garbage in every place that takes bytes, and requests that are large: checks F80 and F81."""

from __future__ import annotations

import os
import pathlib
import random
import struct
from collections.abc import Callable, Iterator

import grpc
import pyarrow as pa

from raw import updates, wire
from raw.proto import message
from target import Skip, Target, check, same

INVALID, NOT_FOUND = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
UNIMPLEMENTED, DENIED = grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.PERMISSION_DENIED
TOO_LARGE = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.OUT_OF_RANGE)

# How long an answer to garbage may take.
SOON_S = 5
SEED = 20250401
COMMANDS = """
    CommandStatementQuery CommandStatementSubstraitPlan CommandPreparedStatementQuery CommandGetCatalogs
    CommandGetDbSchemas CommandGetTables CommandGetTableTypes CommandGetSqlInfo CommandGetPrimaryKeys
    CommandGetExportedKeys CommandGetImportedKeys CommandGetCrossReference CommandGetXdbcTypeInfo
    CommandStatementUpdate CommandStatementIngest CommandPreparedStatementUpdate TicketStatementQuery""".split()
ACTIONS = """
    CreatePreparedStatement ClosePreparedStatement CreatePreparedSubstraitPlan BeginTransaction EndTransaction
    BeginSavepoint EndSavepoint CancelQuery CancelFlightInfo RenewFlightEndpoint SetSessionOptions GetSessionOptions
    CloseSession refresh-datasets get-server-info""".split()


def answers(what: str, call: Callable[[], object], *others: grpc.StatusCode) -> None:
    """Fail unless a call succeeds or is refused with a code for bad requests, soon."""
    try:
        call()
    except grpc.RpcError as error:
        allowed = (INVALID, NOT_FOUND, UNIMPLEMENTED, *others)
        assert error.code() in allowed, f"{what}: {error.code().name}: {error.details()}"
        assert len(error.details()) <= 4096, f"{what}: a message of {len(error.details())} characters"


def alive(target: Target) -> None:
    """Fail unless the server answers somebody else."""
    with target.raw() as raw:
        same("rows afterwards", raw.rows("SELECT count(*) FROM trips"), [(240,)])


def garbage(dice: random.Random) -> Iterator[bytes]:
    """Bytes of many lengths: random ones, and messages that begin well."""
    for size in (0, 1, 2, 3, 5, 8, 13, 40, 100, 1000, 20_000):
        yield dice.randbytes(size)
        yield b"\x0a" + dice.randbytes(size)
        yield b"\x12\xff\xff\xff\xff\x0f" + dice.randbytes(size)
    for name in COMMANDS:
        for size in (0, 3, 50):
            yield wire.any_of(name)[:-1] + dice.randbytes(size)
            yield message((1, wire.SQL_TYPE + name), (2, dice.randbytes(size)))
            yield message((1, wire.SQL_TYPE + name), (2, b"\x0a\xff\xff\xff\xff\x0f"))


def bodies(seed: int) -> list[bytes]:
    """The garbage of a seed."""
    return list(garbage(random.Random(seed)))


@check
def f80_random_commands(target: Target) -> None:
    """Random bytes as a command or a ticket are refused, and nothing else happens."""
    with target.raw() as raw:
        for data in bodies(SEED):
            for method in ("GetFlightInfo", "GetSchema", "PollFlightInfo"):
                answers(f"{method} {data[:80]!r}", lambda: raw.unary(method, wire.command(data)))
            ticket = message((1, data))
            answers(f"DoGet {data[:80]!r}", lambda: list(raw.server_stream("DoGet", ticket, SOON_S)))
    alive(target)


@check
def f80_random_actions(target: Target) -> None:
    """Random bytes as the body of each action, plain and wrapped."""
    with target.raw() as raw:
        for kind in ACTIONS:
            for data in bodies(SEED + 1)[::5]:
                action = message((1, kind), (2, data))
                answers(f"{kind} {data[:80]!r}", lambda: list(raw.server_stream("DoAction", action, SOON_S)))
    alive(target)


@check
def f80_random_uploads(target: Target) -> None:
    """Random bytes as the command, header or body of a DoPut."""
    with target.raw() as raw:
        handle = raw.prepare("SELECT ? AS x").data(1)
        bind = wire.command(wire.prepared_query(handle))
        for data in bodies(SEED + 2):
            for put in [
                wire.upload(wire.command(data), wire.ipc_messages(updates.ROWS)),
                wire.upload(bind, [(data, b"")]),
                wire.upload(bind, [wire.ipc_messages(updates.ROWS)[0], (data, data)]),
            ]:
                answers(f"DoPut {data[:80]!r}", lambda: list(raw.both_streams("DoPut", put, SOON_S)), DENIED)
    alive(target)


# --- IPC streams that are wrong ---------------------------------------------------------------------------------------


def wrong_streams() -> dict[str, list[tuple[bytes, bytes]]]:
    """Uploads of real messages in the wrong order, cut short, or with lengths that are not theirs."""
    table = pa.record_batch({"n": pa.array(range(1000)), "s": pa.array(["x"] * 1000).dictionary_encode()})
    schema, dictionary, batch = wire.ipc_messages(table)
    (other,) = wire.ipc_messages(pa.record_batch({"a": pa.array([1.5])}))[1:]
    huge = dictionary[0].replace(struct.pack("<q", 1), struct.pack("<q", 2 << 30))
    lengths = batch[0].replace(struct.pack("<q", 8000), struct.pack("<q", 2 << 30))
    counts = batch[0].replace(struct.pack("<q", 1000), struct.pack("<q", 1 << 60))
    return {
        "a dictionary before the schema": [dictionary, schema, batch],
        "a batch before the schema": [batch],
        "a batch before its dictionary": [schema, batch],
        "the schema twice": [schema, schema, dictionary, batch],
        "a batch of another schema": [schema, dictionary, other],
        "a body cut short": [schema, dictionary, (batch[0], batch[1][:100])],
        "no body": [schema, dictionary, (batch[0], b"")],
        "a header cut short": [schema, dictionary, (batch[0][:40], batch[1])],
        "a schema cut short": [(schema[0][:40], b"")],
        "a buffer of 2 GB": [schema, dictionary, (lengths, batch[1])],
        "a dictionary of 2 GB": [schema, (huge, dictionary[1]), batch],
        "a column of 2^60 rows": [schema, dictionary, (counts, batch[1])],
    }


def put_both_ways(target: Target, streams: dict[str, list[tuple[bytes, bytes]]]) -> None:
    """Each stream as parameters, and as a table where that is allowed."""
    with target.raw() as raw:
        bind = wire.command(wire.prepared_query(raw.prepare("SELECT ? AS a, ? AS b").data(1)))
        for what, messages in streams.items():
            put = wire.upload(bind, messages)
            answers(f"bind of {what}", lambda: list(raw.both_streams("DoPut", put, SOON_S)))
    alive(target)
    if target.writable is None:
        return
    writer = target.writer()
    with writer.raw() as raw, writer.scratch() as table:
        for what, messages in streams.items():
            put = wire.upload(wire.command(updates.ingest(table, 1, 3)), messages)
            answers(f"ingest of {what}", lambda: list(raw.both_streams("DoPut", put, SOON_S)))
        alive(writer)


@check
def f80_wrong_ipc_streams(target: Target) -> None:
    """Messages out of order, truncated, or with lengths of gigabytes are refused, at no cost."""
    put_both_ways(target, wrong_streams())
    with target.raw() as raw:
        bind = wire.command(wire.prepared_query(raw.prepare("SELECT ? AS a, ? AS b").data(1)))
        for what, messages in wrong_streams().items():
            if what not in ("the schema twice",):
                put = wire.upload(bind, messages)
                wire.failure(lambda: list(raw.both_streams("DoPut", put, SOON_S)), INVALID)


@check
def f80_malformed_ipc_files(target: Target) -> None:
    """Streams that made other readers fail, as parameters and as tables: each is answered, and the server lives."""
    folder = corpora() / "malformed" / "arrow-ipc-stream"
    if not folder.is_dir():
        raise Skip(f"no folder {folder.name} under FLIGHTSTREAM_CORPORA")
    files = sorted(file for file in folder.iterdir() if file.is_file())
    assert files, "no malformed files"
    put_both_ways(target, {file.name: pieces(file.read_bytes()) for file in files})


def corpora() -> pathlib.Path:
    """The folder of collected files: FLIGHTSTREAM_CORPORA, or beside the project."""
    project = pathlib.Path(__file__).resolve().parents[3]
    return pathlib.Path(os.environ.get("FLIGHTSTREAM_CORPORA") or project.parent / "shared" / "corpora")


def pieces(stream: bytes) -> list[tuple[bytes, bytes]]:
    """An IPC stream as `(header, body)`, by the lengths that it has, as long as they make sense."""
    out, at = [], 0
    while at < len(stream):
        if stream[at : at + 4] == b"\xff\xff\xff\xff":
            at += 4
        size = int.from_bytes(stream[at : at + 4], "little")
        header = stream[at + 4 : at + 4 + size]
        at += 4 + size
        body = body_length(header)
        out.append((header, stream[at : at + body]))
        at += body
        if size == 0:
            break
    return out


def body_length(header: bytes) -> int:
    """The bodyLength in a message's flatbuffer (its fourth field), 0 where there is none."""
    try:
        (root,) = struct.unpack_from("<I", header)
        (back,) = struct.unpack_from("<i", header, root)
        (field,) = struct.unpack_from("<H", header, root - back + 4 + 2 * 3)
        (length,) = struct.unpack_from("<q", header, root + field) if field else (0,)
    except struct.error:
        return 0
    return max(length, 0)


# --- large requests ---------------------------------------------------------------------------------------------------


@check
def f81_long_statements(target: Target) -> None:
    """Megabytes of SQL are executed, or refused as too large, on every path that takes SQL."""
    for text in ("x" * 5_000_000, "ü" * 5_000_000):
        sql = f"SELECT length('{text}') AS n"
        with target.raw() as raw:
            for call in [
                lambda: raw.query(wire.statement_query(sql)).table().to_pydict(),
                lambda: raw.query(wire.prepared_query(raw.prepare(sql).data(1))).table().to_pydict(),
            ]:
                taken_or_too_large(lambda: same("length", call(), {"n": [len(text)]}))
    alive(target)


@check
def f81_large_parameters(target: Target) -> None:
    """A bind of 30 MB is taken, or refused as too large."""
    with target.raw() as raw:
        cmd = wire.prepared_query(raw.prepare("SELECT length(?) AS n").data(1))

        def bind_and_ask() -> None:
            raw.put(cmd, pa.record_batch({"0": pa.array(["x" * 30_000_000])}))
            same("length", raw.query(cmd).table().to_pydict(), {"n": [30_000_000]})

        taken_or_too_large(bind_and_ask)
    alive(target)


def taken_or_too_large(call: Callable[[], object]) -> None:
    """Run a call, which may be refused for its size, by a code for that or with the limit in the message."""
    try:
        call()
    except grpc.RpcError as error:
        limit = error.code() is INVALID and "at most" in error.details()
        assert limit or error.code() in TOO_LARGE, f"{error.code().name}: {error.details()}"
