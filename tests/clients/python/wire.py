"""Flight and Flight SQL by hand: protobuf messages as bytes, and calls on a bare gRPC channel.

The stock clients cannot send every message that the protocol has, nor show the bytes that came back; these helpers can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlparse

import grpc
import pyarrow as pa

SERVICE = "/arrow.flight.protocol.FlightService/"
SQL_TYPE = "type.googleapis.com/arrow.flight.protocol.sql."
TIMEOUT_S = 60
PATH, CMD = 1, 2


# --- protobuf ---------------------------------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    """An unsigned number in base 128, low group first; negative numbers take ten bytes."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(*fields: tuple[int, int | bool | str | bytes | None]) -> bytes:
    """A message of `(number, value)` fields in order: numbers as varints, text and bytes by length, None left out."""
    out = bytearray()
    for number, value in fields:
        if value is None:
            continue
        if isinstance(value, int):
            out += varint(number << 3) + varint(int(value))
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(data)) + data
    return bytes(out)


class Fields:
    """A decoded message: the raw values of every field, by number."""

    def __init__(self, data: bytes) -> None:
        """Decode all fields of a message, in whichever order they come."""
        self._values: dict[int, list] = {}
        at = 0
        while at < len(data):
            key, at = _read_varint(data, at)
            number, kind = key >> 3, key & 7
            if kind == 0:
                value, at = _read_varint(data, at)
            elif kind == 2:
                size, at = _read_varint(data, at)
                value, at = data[at : at + size], at + size
                assert at <= len(data), "a field ends after its message"
            elif kind in (1, 5):
                size = 8 if kind == 1 else 4
                value, at = data[at : at + size], at + size
            else:
                raise AssertionError(f"wire type {kind} in a protobuf message")
            self._values.setdefault(number, []).append(value)

    def has(self, number: int) -> bool:
        """Whether the field is there at all."""
        return number in self._values

    def all(self, number: int) -> list:
        """Every value of a repeated field."""
        return self._values.get(number, [])

    def data(self, number: int) -> bytes:
        """The last value of a bytes or message field, empty if absent."""
        return self.all(number)[-1] if self.has(number) else b""

    def text(self, number: int) -> str:
        """The last value of a string field, empty if absent."""
        return self.data(number).decode()

    def int(self, number: int) -> int:
        """The last value of a number field as int64, 0 if absent."""
        value = self.all(number)[-1] if self.has(number) else 0
        return value - (1 << 64) if value >= 1 << 63 else value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


# --- messages ---------------------------------------------------------------------------------------------------------


def any_of(name: str, *fields: tuple[int, int | bool | str | bytes | None]) -> bytes:
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


def statement_query(sql: str) -> bytes:
    """CommandStatementQuery."""
    return any_of("CommandStatementQuery", (1, sql))


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
    """One endpoint of a FlightInfo."""

    ticket: bytes
    locations: list[str]


@dataclass(frozen=True)
class Info:
    """A decoded FlightInfo; `schema_bytes` is the schema as it came."""

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
        endpoints = []
        for raw in fields.all(3):
            endpoint = Fields(raw)
            locations = [Fields(location).text(1) for location in endpoint.all(2)]
            endpoints.append(Endpoint(Fields(endpoint.data(1)).data(1), locations))
        return cls(fields.data(1), fields.data(2), endpoints, fields.int(4), fields.int(5), bool(fields.int(6)))

    @property
    def schema(self) -> pa.Schema:
        """The schema that was announced."""
        return read_schema(self.schema_bytes)


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
        return self._channel.unary_unary(SERVICE + method)(request, timeout=TIMEOUT_S, metadata=self._headers)

    def server_stream(self, method: str, request: bytes) -> Iterator[bytes]:
        """One message for a stream."""
        return self._channel.unary_stream(SERVICE + method)(request, timeout=TIMEOUT_S, metadata=self._headers)

    def both_streams(self, method: str, requests: Iterable[bytes]) -> Iterator[bytes]:
        """A stream for a stream."""
        return self._channel.stream_stream(SERVICE + method)(iter(requests), timeout=TIMEOUT_S, metadata=self._headers)

    def info(self, descriptor: bytes) -> Info:
        """GetFlightInfo."""
        return Info.decode(self.unary("GetFlightInfo", descriptor))

    def schema_bytes(self, descriptor: bytes) -> bytes:
        """GetSchema, undecoded."""
        return Fields(self.unary("GetSchema", descriptor)).data(1)

    def get(self, ticket: bytes) -> Stream:
        """DoGet to the end."""
        messages, sizes = [], []
        for data in self.server_stream("DoGet", message((1, ticket))):
            fields = Fields(data)
            sizes.append(len(data))
            messages.append((fields.data(2), fields.data(1000)))
        return Stream(messages, sizes)

    def query(self, cmd: bytes) -> Stream:
        """GetFlightInfo for a command, then DoGet of its only endpoint."""
        info = self.info(command(cmd))
        assert len(info.endpoints) == 1, f"{len(info.endpoints)} endpoints"
        return self.get(info.endpoints[0].ticket)

    def action(self, kind: str, body: bytes = b"") -> list[bytes]:
        """DoAction to the end: the bodies of its results."""
        return [Fields(result).data(1) for result in self.server_stream("DoAction", message((1, kind), (2, body)))]

    def prepare(self, sql: str) -> Fields:
        """CreatePreparedStatement: 1 = handle, 2 = dataset schema, 3 = parameter schema, 4 = is update."""
        (result,) = self.action("CreatePreparedStatement", any_of("ActionCreatePreparedStatementRequest", (1, sql)))
        name, fields = any_parts(result)
        assert name == "ActionCreatePreparedStatementResult", name
        return fields

    def close_prepared(self, handle: bytes) -> None:
        """ClosePreparedStatement."""
        self.action("ClosePreparedStatement", any_of("ActionClosePreparedStatementRequest", (1, handle)))


def prepared_query(handle: bytes) -> bytes:
    """CommandPreparedStatementQuery."""
    return any_of("CommandPreparedStatementQuery", (1, handle))


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
