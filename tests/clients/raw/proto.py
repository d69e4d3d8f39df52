"""Protobuf by hand: messages as bytes, and back."""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class Fixed64:
    """A number that is sent in eight bytes (`sfixed64`)."""

    value: int


Value = int | bool | float | str | bytes | Fixed64 | None


def varint(value: int) -> bytes:
    """An unsigned number in base 128, low group first; negative numbers take ten bytes."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(*fields: tuple[int, Value]) -> bytes:
    """A message of `(number, value)` fields in order: numbers as varints, text and bytes by length, None left out."""
    return b"".join(_field(number, value) for number, value in fields if value is not None)


def _field(number: int, value: Value) -> bytes:
    if isinstance(value, Fixed64):
        return varint(number << 3 | 1) + struct.pack("<q", value.value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(int(value))
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


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

    def fixed(self, number: int) -> int:
        """The last value of an `sfixed64` field, 0 if absent."""
        return struct.unpack("<q", self.data(number))[0] if self.has(number) else 0

    def double(self, number: int) -> float | None:
        """The last value of a `double` field, None if absent."""
        return struct.unpack("<d", self.data(number))[0] if self.has(number) else None


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
