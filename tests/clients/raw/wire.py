"""Flight and Flight SQL by hand: messages as bytes, and calls on a bare gRPC channel.

The stock clients cannot send every message that the protocol has, nor show the bytes that came back; these helpers can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlparse

import grpc
import pyarrow as pa

from raw.proto import Fields, Value, message, varint

SERVICE = "/arrow.flight.protocol.FlightService/"
SQL_TYPE = "type.googleapis.com/arrow.flight.protocol.sql."
TIMEOUT_S = 60
PATH, CMD = 1, 2


# --- messages ---------------------------------------------------------------------------------------------------------


def any_of(name: str, *fields: tuple[int, Value]) -> bytes:
    """A Flight SQL message wrapped in `google.protobuf.Any`."""
    return message((1, SQL_TYPE + name), (2, message(*fields)))


def any_parts(data: bytes) -> tuple[str, Fields]:
    """The short name and the fields of a Flight SQL message in an `Any`."""
    wrapper = Fields(data)
    url = wrapper.text(1)
    assert url.startswith(SQL_TYPE), f"not a Flight SQL message: {url!r}"
    return url.removeprefix(SQL_TYPE), Fields(wrapper.data(2))


def command(cmd: bytes) -> bytes:
    """A FlightDescriptor of type CMD."""
    return message((1, CMD), (2, cmd))


def path(*parts: str) -> bytes:
    """A FlightDescriptor of type PATH."""
    return message((1, PATH), *((3, part) for part in parts))


def statement_query(sql: str, transaction: bytes | None = None) -> bytes:
    """CommandStatementQuery."""
    return any_of("CommandStatementQuery", (1, sql), (2, transaction))


def statement_update(sql: str, transaction: bytes | None = None) -> bytes:
    """CommandStatementUpdate."""
    return any_of("CommandStatementUpdate", (1, sql), (2, transaction))


def prepared_query(handle: bytes) -> bytes:
    """CommandPreparedStatementQuery."""
    return any_of("CommandPreparedStatementQuery", (1, handle))


def prepared_update(handle: bytes) -> bytes:
    """CommandPreparedStatementUpdate."""
    return any_of("CommandPreparedStatementUpdate", (1, handle))


def get_tables(
    catalog: str | None = None,
    schema: str | None = None,
    table: str | None = None,
    types: Iterable[str] = (),
    include_schema: bool = False,
) -> bytes:
    """CommandGetTables; None leaves a filter out, which is not the same as an empty one."""
    kinds = ((4, kind) for kind in types)
    return any_of("CommandGetTables", (1, catalog), (2, schema), (3, table), *kinds, (5, include_schema or None))


def get_sql_info(*ids: int) -> bytes:
    """CommandGetSqlInfo; no ids ask for everything."""
    packed = b"".join(varint(id) for id in ids)
    return any_of("CommandGetSqlInfo", (1, packed or None))


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of a FlightInfo; `expires` is in seconds since 1970, None if it does not."""

    raw: bytes
    ticket: bytes
    locations: list[str]
    expires: float | None

    @classmethod
    def decode(cls, data: bytes) -> Endpoint:
        """FlightEndpoint from its bytes."""
        fields = Fields(data)
        locations = [Fields(location).text(1) for location in fields.all(2)]
        time = Fields(fields.data(3))
        expires = time.int(1) + time.int(2) / 1e9 if fields.has(3) else None
        return cls(data, Fields(fields.data(1)).data(1), locations, expires)


@dataclass(frozen=True)
class Info:
    """A decoded FlightInfo; `schema_bytes` is the schema as it came."""

    raw: bytes
    schema_bytes: bytes
    descriptor: bytes
    endpoints: list[Endpoint]
    total_records: int
    total_bytes: int
    ordered: bool

    @classmethod
    def decode(cls, data: bytes) -> Info:
        """FlightInfo from its bytes."""
        fields = Fields(data)
        endpoints = [Endpoint.decode(raw) for raw in fields.all(3)]
        numbers = fields.int(4), fields.int(5), bool(fields.int(6))
        return cls(data, fields.data(1), fields.data(2), endpoints, *numbers)

    @property
    def schema(self) -> pa.Schema:
        """The schema that was announced."""
        return read_schema(self.schema_bytes)


@dataclass(frozen=True)
class Poll:
    """A decoded PollInfo; without a `descriptor` the query is complete."""

    info: Info | None
    descriptor: bytes | None
    progress: float | None

    @classmethod
    def decode(cls, data: bytes) -> Poll:
        """PollInfo from its bytes."""
        fields = Fields(data)
        info = Info.decode(fields.data(1)) if fields.has(1) else None
        return cls(info, fields.data(2) if fields.has(2) else None, fields.double(3))


@dataclass(frozen=True)
class Stream:
    """The messages of one DoGet: `(data_header, data_body)` each."""

    messages: list[tuple[bytes, bytes]]
    sizes: list[int] = field(default_factory=list)

    @property
    def schema_bytes(self) -> bytes:
        """The first message as an encapsulated IPC message, comparable with FlightInfo.schema."""
        return encapsulate(self.messages[0][0])

    def table(self) -> pa.Table:
        """All batches, read by pyarrow from a rebuilt IPC stream."""
        stream = b"".join(encapsulate(header) + body for header, body in self.messages)
        return pa.ipc.open_stream(pa.py_buffer(stream)).read_all()


def encapsulate(header: bytes) -> bytes:
    """An IPC message's prefix and metadata: marker, length, flatbuffer padded to eight bytes."""
    padded = header + b"\0" * (-len(header) % 8)
    return b"\xff\xff\xff\xff" + len(padded).to_bytes(4, "little") + padded


def unpadded(data: bytes) -> bytes:
    """The flatbuffer of an encapsulated message without the padding, whose length the writer may choose."""
    return data[8:].rstrip(b"\0")


def read_schema(data: bytes) -> pa.Schema:
    """The schema in an encapsulated IPC message."""
    assert data[:4] == b"\xff\xff\xff\xff", f"not an encapsulated IPC message: {data[:8]!r}"
    return pa.ipc.read_schema(pa.py_buffer(data))


def ipc_messages(data: pa.Table | pa.RecordBatch) -> list[tuple[bytes, bytes]]:
    """A table's schema and batches as `(data_header, data_body)`."""
    batches = data.to_batches() if isinstance(data, pa.Table) else [data]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, data.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    reader = pa.ipc.MessageReader.open_stream(sink.getvalue())
    return [(m.metadata.to_pybytes(), m.body.to_pybytes() if m.body else b"") for m in reader]


def upload(descriptor: bytes | None, messages: Iterable[tuple[bytes, bytes]], app: bytes | None = None) -> list[bytes]:
    """FlightData messages of a DoPut: the first one has the descriptor and the application's metadata."""
    out = [message((2, header), (1000, body or None)) for header, body in messages]
    first = message((1, descriptor), (3, app))
    return [first + out[0], *out[1:]] if out else [first]


# --- calls ------------------------------------------------------------------------------------------------------------


class Raw:
    """A Flight client on a bare channel: bytes in, bytes out; use it in a `with` statement."""

    def __init__(self, url: str, *headers: tuple[str, str]) -> None:
        """Connect to `grpc://host:port`, sending the headers with every call."""
        unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self._channel = grpc.insecure_channel(
            urlparse(url).netloc, options=[*unlimited, ("grpc.use_local_subchannel_pool", 1)]
        )
        self._headers = list(headers)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def unary(self, method: str, request: bytes) -> bytes:
        """One message for one message."""
        return self._channel.unary_unary(full(method))(request, timeout=TIMEOUT_S, metadata=self._headers)

    def begin(self, method: str, request: bytes) -> grpc.Future:
        """One message for one message, which may be cancelled before it is there."""
        return self._channel.unary_unary(full(method)).future(request, timeout=TIMEOUT_S, metadata=self._headers)

    def unary_headers(self, method: str, request: bytes) -> dict[str, str | bytes]:
        """The headers that come before the reply to one message."""
        call = self._channel.unary_unary(full(method))
        _, done = call.with_call(request, timeout=TIMEOUT_S, metadata=self._headers)
        return dict(done.initial_metadata())

    def server_stream(self, method: str, request: bytes, timeout: float = TIMEOUT_S) -> grpc.Call:
        """One message for a stream, which has begun and may be cancelled."""
        return self._channel.unary_stream(full(method))(request, timeout=timeout, metadata=self._headers)

    def both_streams(self, method: str, requests: Iterable[bytes], timeout: float = TIMEOUT_S) -> grpc.Call:
        """A stream for a stream."""
        return self._channel.stream_stream(full(method))(iter(requests), timeout=timeout, metadata=self._headers)

    def info(self, descriptor: bytes) -> Info:
        """GetFlightInfo."""
        return Info.decode(self.unary("GetFlightInfo", descriptor))

    def poll(self, descriptor: bytes) -> Poll:
        """PollFlightInfo."""
        return Poll.decode(self.unary("PollFlightInfo", descriptor))

    def schema_bytes(self, descriptor: bytes) -> bytes:
        """GetSchema, undecoded."""
        return Fields(self.unary("GetSchema", descriptor)).data(1)

    def get(self, ticket: bytes) -> Stream:
        """DoGet to the end."""
        messages, sizes = [], []
        for data in self.start(ticket):
            fields = Fields(data)
            sizes.append(len(data))
            messages.append((fields.data(2), fields.data(1000)))
        return Stream(messages, sizes)

    def start(self, ticket: bytes) -> grpc.Call:
        """DoGet, not read yet."""
        return self.server_stream("DoGet", message((1, ticket)))

    def query(self, cmd: bytes) -> Stream:
        """GetFlightInfo for a command, then DoGet of its only endpoint."""
        info = self.info(command(cmd))
        assert len(info.endpoints) == 1, f"{len(info.endpoints)} endpoints"
        return self.get(info.endpoints[0].ticket)

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a statement that is not prepared."""
        return [tuple(row.values()) for row in self.query(statement_query(sql)).table().to_pylist()]

    def put(self, cmd: bytes, data: pa.Table | pa.RecordBatch | None = None) -> Fields:
        """DoPut of a command with its data (or a single message without a header): the metadata of the only result."""
        return self.put_all(upload(command(cmd), ipc_messages(data) if data is not None else []))

    def put_all(self, requests: Iterable[bytes]) -> Fields:
        """DoPut of these messages: the metadata of the only result."""
        results = list(self.both_streams("DoPut", requests))
        assert len(results) == 1, f"{len(results)} results of a DoPut"
        return Fields(Fields(results[0]).data(1))

    def update(self, sql: str) -> int:
        """CommandStatementUpdate: the rows that it changed."""
        return self.put(statement_update(sql)).int(1)

    def action(self, kind: str, body: bytes = b"") -> list[bytes]:
        """DoAction to the end: the bodies of its results."""
        return [Fields(result).data(1) for result in self.server_stream("DoAction", message((1, kind), (2, body)))]

    def only_result(self, kind: str, body: bytes = b"") -> Fields:
        """DoAction with a plain message as its only result."""
        results = self.action(kind, body)
        assert len(results) == 1, f"{len(results)} results of {kind}"
        return Fields(results[0])

    def prepare(self, sql: str) -> Fields:
        """CreatePreparedStatement: 1 = handle, 2 = dataset schema, 3 = parameter schema, 4 = is update."""
        (result,) = self.action("CreatePreparedStatement", any_of("ActionCreatePreparedStatementRequest", (1, sql)))
        name, fields = any_parts(result)
        assert name == "ActionCreatePreparedStatementResult", name
        return fields

    def close_prepared(self, handle: bytes) -> None:
        """ClosePreparedStatement."""
        self.action("ClosePreparedStatement", any_of("ActionClosePreparedStatementRequest", (1, handle)))


def full(method: str) -> str:
    """A method's path: of the Flight service unless it names another one."""
    return method if method.startswith("/") else SERVICE + method


def failure(call: Callable[[], object], *codes: grpc.StatusCode) -> grpc.RpcError:
    """The error of a call (a function without arguments), which must have one of the codes."""
    try:
        result = call()
        if isinstance(result, Iterator):
            result = list(result)
    except grpc.RpcError as error:
        assert error.code() in codes, (
            f"{error.code().name}: {error.details()}; expected {', '.join(c.name for c in codes)}"
        )
        return error
    raise AssertionError(f"no error, expected {', '.join(c.name for c in codes)}; got {str(result)[:200]}")
