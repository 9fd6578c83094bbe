"""Values without elements (numbers, strings, times): their content octets, without tag. Bounded by what is there."""

from __future__ import annotations

import struct

from hht.i18n import _
from hht.protocol.cosem.errors import LengthLies, MalformedValue, ValueOutOfRange
from hht.protocol.cosem.lengths import decode_length, encode_length, ended
from hht.protocol.cosem.values import NULL, Data, DataType

# Types of fixed size: how their octets are read
FIXED: dict[DataType, struct.Struct] = {
    tag: struct.Struct(">" + code)
    for tag, code in {
        DataType.DOUBLE_LONG: "i", DataType.DOUBLE_LONG_UNSIGNED: "I", DataType.BCD: "b", DataType.INTEGER: "b",
        DataType.LONG: "h", DataType.UNSIGNED: "B", DataType.LONG_UNSIGNED: "H", DataType.LONG64: "q",
        DataType.LONG64_UNSIGNED: "Q", DataType.ENUM: "B", DataType.FLOAT32: "f", DataType.FLOAT64: "d",
        DataType.DATE_TIME: "12s", DataType.DATE: "5s", DataType.TIME: "4s", DataType.BOOLEAN: "?",
        DataType.DELTA_INTEGER: "b", DataType.DELTA_LONG: "h", DataType.DELTA_DOUBLE_LONG: "i",
        DataType.DELTA_UNSIGNED: "B", DataType.DELTA_LONG_UNSIGNED: "H", DataType.DELTA_DOUBLE_LONG_UNSIGNED: "I",
    }.items()
}  # fmt: skip
_FIXED_OCTETS = {DataType.DATE_TIME: 12, DataType.DATE: 5, DataType.TIME: 4}


def encode_content(data: Data) -> bytes:
    """The octets of a value without elements, without its tag. Raises ValueOutOfRange."""
    layout = FIXED.get(data.tag)
    if layout is not None:
        return _encode_fixed(data, layout)
    value = data.value
    if data.tag in (DataType.NULL, DataType.DONT_CARE) and value is None:
        return b""
    if data.tag is DataType.OCTET_STRING and isinstance(value, bytes):
        return encode_length(len(value)) + value
    if isinstance(value, str):
        return _encode_text(data, value)
    raise misfit(data)


def _encode_fixed(data: Data, layout: struct.Struct) -> bytes:
    size = _FIXED_OCTETS.get(data.tag)
    fits = isinstance(data.value, bytes) and len(data.value) == size if size else True
    if data.tag is DataType.BOOLEAN:
        fits = isinstance(data.value, bool)
    if not fits:
        raise misfit(data)
    try:
        return layout.pack(data.value)
    except (struct.error, OverflowError):
        raise misfit(data) from None


def _encode_text(data: Data, text: str) -> bytes:
    try:
        if data.tag is DataType.BIT_STRING:
            return encode_length(len(text)) + _pack_bits(text)
        if data.tag is DataType.VISIBLE_STRING:
            octets = text.encode("latin-1")
        elif data.tag is DataType.UTF8_STRING:
            octets = text.encode("utf-8")
        else:
            raise misfit(data)
    except (UnicodeEncodeError, ValueError):
        raise misfit(data) from None
    return encode_length(len(octets)) + octets


def _pack_bits(bits: str) -> bytes:
    if bits.strip("01"):
        raise ValueError(bits)
    size = (len(bits) + 7) // 8
    return int(bits.ljust(size * 8, "0") or "0", 2).to_bytes(size, "big")


def misfit(data: Data) -> ValueOutOfRange:
    """The error for a value that its type cannot hold."""
    name = data.tag.name.lower().replace("_", "-")
    return ValueOutOfRange(
        _("A value does not fit its type, {type}; nothing was sent.").format(type=name),
        remedy=_("Check the value against the range that the meter takes."),
        type=name,
    )


def decode_content(octets: bytes, at: int, tag: DataType) -> tuple[Data, int]:
    """A value of type `tag` whose content begins at `at` (no array, structure or compact-array)."""
    layout = FIXED.get(tag)
    if layout is not None:
        end = at + layout.size
        if end > len(octets):
            raise ended(len(octets))
        return Data(tag, layout.unpack_from(octets, at)[0]), end
    if tag is DataType.NULL:
        return NULL, at
    if tag is DataType.DONT_CARE:
        return Data(tag), at
    length, start = decode_length(octets, at)
    size = (length + 7) // 8 if tag is DataType.BIT_STRING else length
    end = start + size
    if end > len(octets):
        raise lies(length, len(octets) - start, at)
    return Data(tag, _string(tag, bytes(octets[start:end]), length, at)), end


def _string(tag: DataType, content: bytes, length: int, at: int) -> bytes | str:
    if tag is DataType.OCTET_STRING:
        return content
    if tag is DataType.BIT_STRING:
        return format(int.from_bytes(content, "big"), f"0{len(content) * 8}b")[:length] if length else ""
    if tag is DataType.VISIBLE_STRING:
        return content.decode("latin-1")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedValue(_("Text at octet {at} is no UTF-8.").format(at=at), code="cosem-text", at=at) from None


def lies(claimed: int, left: int, at: int) -> LengthLies:
    """The error for a length or count beyond what is there."""
    return LengthLies(
        _("A length of {claimed} stands where only {left} octets follow, at octet {at}.").format(
            claimed=claimed, left=left, at=at
        ),
        at=at,
    )
