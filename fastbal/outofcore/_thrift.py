"""Thrift's compact protocol without a schema: what a Parquet footer says, read, changed and written again.

A struct is a list of fields, each a number, a type and a value; fields that nobody here knows survive as they are.
(Apache Thrift, "Thrift Compact protocol encoding".)
"""

from __future__ import annotations

from typing import Any

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = range(1, 14)

#: Types of values that callers write.
I16, I32, I64, BINARY, LIST = _I16, _I32, _I64, _BINARY, _LIST


class Struct(dict[int, tuple[int, Any]]):
    """Fields by number: (type, value). A list is (type of its elements, elements)."""

    def value(self, field: int, default: Any = None) -> Any:
        """A field's value."""
        return self[field][1] if field in self else default

    def items_of(self, field: int) -> list[Any]:
        """The elements of a list; none if it is missing."""
        return self[field][1][1] if field in self else []

    def put(self, field: int, value: Any) -> None:
        """Another value of the same type; a field that is missing stays so."""
        if field in self:
            self[field] = (self[field][0], value)

    def add(self, field: int, by: int) -> None:
        """Move an offset, if there is one; 0 stands for none where writers leave it out."""
        if self.value(field):
            self.put(field, self[field][1] + by)


class Reader:
    """Reads values from bytes, one after the other; what ends early is a ValueError."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def _bytes(self, n: int) -> bytes:
        self.at += n
        if self.at > len(self.data):
            raise ValueError("the data end early")
        return self.data[self.at - n : self.at]

    def _varint(self) -> int:
        data, at, result, shift = self.data, self.at, 0, 0
        try:
            while (byte := data[at]) >= 0x80:
                result |= (byte & 0x7F) << shift
                shift += 7
                at += 1
        except IndexError:
            raise ValueError("the data end early") from None
        self.at = at + 1
        return result | byte << shift

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def struct(self) -> Struct:
        """A struct and all within it."""
        fields, number = Struct(), 0
        while head := self._bytes(1)[0]:
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 15
            fields[number] = (kind, kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind))
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (_I16, _I32, _I64):
            return self._zigzag()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            head = self._bytes(1)[0]
            length = self._varint() if head >> 4 == 15 else head >> 4
            return head & 15, [self._value(head & 15) for _ in range(length)]
        if kind == _MAP:
            length = self._varint()
            kinds = self._bytes(1)[0] if length else 0
            return kinds, [(self._value(kinds >> 4), self._value(kinds & 15)) for _ in range(length)]
        if kind in (_TRUE, _FALSE, _BYTE):  # booleans in a list take a byte
            return self._bytes(1)
        if kind in (_DOUBLE, _UUID):
            return self._bytes(8 if kind == _DOUBLE else 16)
        raise ValueError(f"unknown type {kind}")


def written(fields: Struct) -> bytes:
    """A struct as bytes.

    Examples
    --------
    >>> fields = Struct({1: (I32, -3), 40: (BINARY, b"ab")})
    >>> Reader(written(fields)).struct() == fields
    True
    """
    out = bytearray()
    _write_struct(out, fields)
    return bytes(out)


def _write_struct(out: bytearray, fields: Struct) -> None:
    before = 0
    for number, (kind, value) in sorted(fields.items()):
        head = (_TRUE if value else _FALSE) if kind in (_TRUE, _FALSE) else kind
        if 0 < number - before < 16:
            out.append((number - before) << 4 | head)
        else:
            out.append(head)
            _write_varint(out, number << 1)
        before = number
        if kind not in (_TRUE, _FALSE):
            _write(out, kind, value)
    out.append(0)


def _write_varint(out: bytearray, number: int) -> None:
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _write(out: bytearray, kind: int, value: Any) -> None:
    if kind in (_I16, _I32, _I64):
        _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
    elif kind == _BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind == _STRUCT:
        _write_struct(out, value)
    elif kind in (_LIST, _SET):
        element, values = value
        if len(values) < 15:
            out.append(len(values) << 4 | element)
        else:
            out.append(0xF0 | element)
            _write_varint(out, len(values))
        for item in values:
            _write(out, element, item)
    elif kind == _MAP:
        kinds, pairs = value
        _write_varint(out, len(pairs))
        if pairs:
            out.append(kinds)
        for key, item in pairs:
            _write(out, kinds >> 4, key)
            _write(out, kinds & 15, item)
    else:
        out += value
