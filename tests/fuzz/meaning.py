"""Spoils what messages mean and not how they are written: one element of a value, of JSON, of TOML is another one."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from random import Random
from typing import Any, Final

from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.axdr import decode, encode
from hht.protocol.cosem.data import Data, DataType, array, octets, structure, unsigned, utf8, visible
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.hdlc import Frame, FrameReader

_NUMBERS: Final = (
    0,
    1,
    -1,
    2,
    7,
    12,
    60,
    127,
    128,
    -128,
    255,
    256,
    0x7FFF,
    -0x8000,
    0xFFFF,
    2**31 - 1,
    -(2**31),
    2**63 - 1,
)
_FLOATS: Final = (0.0, -0.0, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), 5e-324)
_OCTETS: Final = (
    b"", b"\x00", b"\x00" * 12, b"\xff" * 12, bytes.fromhex("0001010101000000000348ff"), b"\xc3\x28\x1b[2J", b"x" * 500,
    bytes.fromhex("270f0c1fff173b3b00fcb8ff"), bytes.fromhex("270f0c1fff173b3b00000000"),
    bytes.fromhex("07ea0b15ff0a1e0000800000"),
    bytes.fromhex("07ea0b15ff0a1e00ff8000ff"), bytes.fromhex("0000280000ff"), bytes.fromhex("0100010800ff"), b"12",
    b"-1e9",
)  # fmt: skip
_SIZES: Final = {
    DataType.INTEGER: (1, True), DataType.UNSIGNED: (1, False), DataType.LONG: (2, True), DataType.LONG_UNSIGNED: (2,
    False),
    DataType.DOUBLE_LONG: (4, True), DataType.DOUBLE_LONG_UNSIGNED: (4, False), DataType.LONG64: (8, True),
    DataType.LONG64_UNSIGNED: (8, False), DataType.ENUM: (1, False), DataType.BCD: (1, True),
    DataType.DELTA_INTEGER: (1, True), DataType.DELTA_LONG: (2, True), DataType.DELTA_DOUBLE_LONG: (4, True),
    DataType.DELTA_UNSIGNED: (1, False), DataType.DELTA_LONG_UNSIGNED: (2, False),
    DataType.DELTA_DOUBLE_LONG_UNSIGNED: (4, False),
}  # fmt: skip


def odd_value(random: Random) -> Data:
    """A sound value that hardly anybody expects."""
    if random.random() < 0.5:
        tag, (size, signed) = random.choice(list(_SIZES.items()))
        least, most = (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) if signed else (0, (1 << 8 * size) - 1)
        return Data(tag, min(max(random.choice(_NUMBERS), least), most))
    found = random.choice(_OCTETS)
    others = (
        Data(DataType.NULL), Data(DataType.DONT_CARE), array([]), structure(), structure(unsigned(1)), octets(found),
        array([octets(found), unsigned(1)]), visible(found.decode("latin-1")), utf8("\u202e0"),
        Data(DataType.BIT_STRING, "1" * 9), Data(DataType.FLOAT64, random.choice(_FLOATS)),
        Data(DataType.FLOAT32, float("nan")), Data(DataType.BOOLEAN, True), Data(DataType.TIME, b"\xff" * 4),
        Data(DataType.DATE_TIME, bytes.fromhex("270f0c1fff173b3b00fcb8ff")),
    )  # fmt: skip
    return random.choice(others)


def changed(value: Data, random: Random) -> Data:
    """`value` with one element, at any depth, replaced, left out or doubled."""
    items = value.value
    if value.tag not in (DataType.ARRAY, DataType.STRUCTURE) or not isinstance(items, tuple) or not items:
        return odd_value(random)
    if random.random() < 0.1:
        return odd_value(random)
    at = random.randrange(len(items))
    luck = random.random()
    new = (changed(items[at], random),) if luck < 0.9 else (items[at],) * 2 if luck < 0.95 else ()
    return Data(value.tag, (*items[:at], *new, *items[at + 1 :]))


def hostile_compact(random: Random) -> bytes:
    """A compact-array whose description makes much out of little."""
    contents = random.choice(
        (b"", b"\x00", b"\x01" * 100, random.randbytes(random.randrange(1 << random.randrange(15))))
    )
    return b"\x13" + _description(random, random.choice((1, 2, 3, 8, 20))) + encode_length(len(contents)) + contents


def _description(random: Random, depth: int) -> bytes:
    if depth <= 0:
        return random.choice((b"\x00", b"\x00", b"\x03", b"\x11", b"\x09", b"\x06", b"\x02\x00"))
    if random.random() < 0.6:
        count = random.choice((0, 1, 2, 0x40, 0xFF, 0xFFFF))
        return b"\x01" + count.to_bytes(2, "big") + _description(random, depth - 1)
    members = [_description(random, random.choice((0, depth - 1))) for _member in range(random.randrange(4))]
    return b"\x02" + bytes((len(members),)) + b"".join(members)


def _hostile(value: bytes, random: Random) -> bytes:
    """What no encoder of ours writes: a value deep inside others, a compact-array that expands."""
    if random.random() < 0.6:
        return hostile_compact(random)
    return random.choice((b"\x02\x01", b"\x01\x01")) * random.choice((14, 15, 16, 17, 60, 600, 3000)) + value


def spoil_value(whole: bytes, random: Random) -> bytes:
    """One element of an A-XDR value."""
    if random.random() < 0.1:
        return _hostile(whole, random)
    try:
        return encode(changed(decode(whole), random))
    except Exception:  # noqa: BLE001 - as below
        return whole


def spoil_apdu(whole: bytes, random: Random) -> bytes:
    """One field of an APDU, at any depth; now and then a value in it becomes a hostile one."""
    try:
        message = parse_apdu(whole)
        values = [found for name in fields(message) if isinstance(found := getattr(message, name.name), Data)]
        if values and random.random() < 0.1:
            value = encode(random.choice(values))
            return whole.replace(value, _hostile(value, random), 1)
        return _with_other_field(message, random).encode()
    except Exception:  # noqa: BLE001 - what our readers and encoders do wrong is judged where they are the target
        return whole


def spoil_frame(whole: bytes, random: Random) -> bytes:
    """One field of one of the HDLC frames in `whole`, or of the APDU that it carries."""
    frames = [item for item in FrameReader().feed(whole) if isinstance(item, Frame)]
    if not frames:
        return whole
    at = random.randrange(len(frames))
    try:
        head, apdu = frames[at].info[:3], frames[at].info[3:]
        if apdu and random.random() < 0.4:
            frames[at] = replace(frames[at], info=head + spoil_apdu(apdu, random))
        else:
            frames[at] = _with_other_field(frames[at], random)
        return b"".join(frame.encode() for frame in frames)
    except Exception:  # noqa: BLE001 - what our readers and encoders do wrong is judged where they are the target
        return whole


def _with_other_field(message: Any, random: Random) -> Any:
    names = [field.name for field in fields(message)]
    if not names:
        return message
    name = random.choice(names)
    return replace(message, **{name: _other_field(getattr(message, name), random)})


def _other_field(value: Any, random: Random) -> Any:
    if isinstance(value, Data):
        return changed(value, random)
    if isinstance(value, Enum):
        return random.choice(list(type(value))) if random.random() < 0.7 else type(value)(random.randrange(256))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return random.choice((value + 1, value - 1, random.choice(_NUMBERS)))
    if isinstance(value, bytes):
        return random.choice((value[1:], value[:-1], value + value, random.choice(_OCTETS)))
    if isinstance(value, tuple) and value:
        at = random.randrange(len(value))
        new = random.choice(((), value[at : at + 1] * 2, (_other_field(value[at], random),)))
        return (*value[:at], *new, *value[at + 1 :])
    return _with_other_field(value, random) if is_dataclass(value) else value


_ODD_JSON: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1e999, -0.0, float("nan"), 2**64, 10**400, "", " ", "0", "\x00", "\ud800", "\u202e",
    "x" * 3000, [], {},
    [[]], {"a": []}, [None], "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٣",
    "²", "1\n",
)  # fmt: skip


def spoil_json(whole: bytes, random: Random) -> bytes:
    """One element of a JSON text, or of one of its lines."""
    lines = whole.split(b"\n") if whole.count(b"}\n") > 1 else [whole]
    at = random.randrange(len(lines))
    try:
        lines[at] = json.dumps(_other(json.loads(lines[at]), random)).encode()
    except (ValueError, RecursionError):
        return whole
    return b"\n".join(lines)


def _other(value: Any, random: Random) -> Any:
    if not value or not isinstance(value, dict | list) or random.random() < 0.1:
        return random.choice(_ODD_JSON)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key, luck = random.choice(keys), random.random()
    if luck < 0.05:
        del value[key]
    elif luck < 0.1 and isinstance(value, dict):
        value[random.choice(("", "type", "x" * 50, "\u202e"))] = value[key]
    else:
        value[key] = _other(value[key], random)
    return value


_ODD_TOML: Final = (
    b'""', b"0", b"-1", b"1e400", b"nan", b"inf", b"-inf", b"[]", b"{}", b"true", b"[1, 2]", b'["a"]',
    b"2026-11-21T00:00:00Z",
    b"9223372036854775808", b"1e-300", b'"\\u0000"', b'"\\u202e"', b"[{a = 1}]", b"0.0", b"00:00:00", b"1e15", b'"A"',
)  # fmt: skip


def spoil_toml(whole: bytes, random: Random) -> bytes:
    """The value on one line, or the name before it; a line left out or doubled."""
    lines = whole.split(b"\n")
    at = random.randrange(len(lines))
    name, equals, _value = lines[at].partition(b"=")
    luck = random.random()
    if luck < 0.1:
        lines[at : at + 1] = [lines[at]] * random.choice((0, 2))
    elif equals and luck < 0.9:
        lines[at] = name + b"= " + random.choice(_ODD_TOML)
    elif equals:
        lines[at] = b"other " + lines[at]
    return b"\n".join(lines)
