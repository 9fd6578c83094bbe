"""Data sets of plain-text meters: ``1-0:1.8.0(001234.567*kWh)``, several values, markers, reduced identifiers.

Source: IEC 62056-21:2002, 6.3.16 (data set), IEC 62056-61 (OBIS and its reduced identifiers).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hht.i18n import _
from hht.protocol.cosem.obis import Obis
from hht.protocol.frames import FrameError
from hht.protocol.iec62056_21.characters import plain

MAX_LINE: Final = 8192  # characters; the standard has 78, headers of load profiles are longer
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,32}(?:\.[0-9]{1,32})?")
_GROUP: Final = r"(?:[0-9]{1,3}|[CFLP])"
_ADDRESS: Final = re.compile(
    rf"(?:(?P<a>[0-9]{{1,3}})-)?(?:(?P<b>[0-9]{{1,3}}):)?(?P<c>{_GROUP})\.(?P<d>{_GROUP})(?:\.(?P<e>[0-9]{{1,3}}))?"
    r"(?:(?P<marker>[*&.])(?P<f>[0-9]{1,3}))?"
)
_LETTERS: Final = {"C": 96, "F": 97, "L": 98, "P": 99}
_ABSTRACT: Final = (96, 97)  # service and error values belong to the meter; profiles and lists to what it measures
_PRESENT: Final = 255  # group F of a present value
_FIRST_QUANTITY, _LAST_QUANTITY = 1, 93  # group C of what a meter measures; 94 is the countries', the rest service


@dataclass(frozen=True, slots=True)
class Value:
    """What stands between two brackets: the text before the first ``*``, and the unit behind it."""

    text: str
    unit: str = ""

    @property
    def number(self) -> Decimal | None:
        """The value as a number; None where it is none (a time, a text, two units)."""
        return Decimal(self.text) if _NUMBER.fullmatch(self.text) and "*" not in self.unit else None

    def __str__(self) -> str:
        return f"{self.text}*{self.unit}" if self.unit else self.text


def holds(held: str, wanted: str) -> bool:
    """Whether the value `held` is the one `wanted`, both as between brackets: a unit that was not asked for may stand
    behind it, another one than was asked for may not."""
    return held == wanted or ("*" not in wanted and held.partition("*")[0] == wanted)


@dataclass(frozen=True, slots=True)
class DataSet:
    """One address as the meter writes it ("" where a line goes on without one) and its values."""

    address: str
    values: tuple[Value, ...] = ()

    @property
    def obis(self) -> Obis | None:
        """The logical name that the address stands for; None where it is no OBIS code.

        A reduced identifier (1.8.0) is taken as electricity, 1-0; C and F (service, errors) as abstract, 0-0.
        """
        return resolve(self.address)

    @property
    def marker(self) -> str:
        """Why an earlier value was stored: "&" by hand, "*" otherwise; "" for a present value."""
        match = _ADDRESS.fullmatch(self.address)
        if match is None or int(match["f"] or _PRESENT) == _PRESENT:
            return ""
        return "&" if match["marker"] == "&" else "*"

    @property
    def register(self) -> tuple[Obis, Decimal, str] | None:
        """(OBIS, value, unit) of a measured quantity; None for anything else."""
        obis = self.obis
        number = self.values[0].number if self.values else None
        if obis is None or number is None or not _FIRST_QUANTITY <= obis.c <= _LAST_QUANTITY:
            return None
        unit = self.values[0].unit
        return (obis, number, unit) if obis.a or unit else None  # medium 0 is no quantity, unless it says of what

    def __str__(self) -> str:
        return self.address + "".join(f"({value})" for value in self.values)


DataLine = tuple[DataSet, ...]


def resolve(address: str) -> Obis | None:
    """The logical name behind an address: whole, reduced, with letters, with a stored value's number."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        return None
    c, d = (_LETTERS.get(match[name]) or int(match[name]) for name in ("c", "d"))
    medium = 0 if c in _ABSTRACT else 1
    groups = (int(match["a"] or medium), int(match["b"] or 0), c, d, int(match["e"] or 0), int(match["f"] or _PRESENT))
    return Obis(*groups) if all(group <= 255 for group in groups) else None


def encode_lines(lines: Iterable[DataLine]) -> bytes:
    """Data lines as a meter sends them, each with CR LF. Raises FrameError for characters that cannot stand there."""
    out = bytearray()
    for line in lines:
        for entry in line:
            text, brackets = str(entry), len(entry.values)
            sound = text.isascii() and text.isprintable()
            if not sound or text.count("(") != brackets or text.count(")") != brackets:
                raise _malformed(text.encode("ascii", "replace"))
            out += text.encode("ascii")
        out += b"\r\n"
    return bytes(out)


class DataSetReader:
    """Data sets out of a text that comes in pieces (blocks may end anywhere). Raises FrameError on what is none."""

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False

    def feed(self, text: bytes) -> list[DataLine]:
        """More text, 7 bits; the lines that it ends. Empty lines are left out."""
        self._rest += text
        *whole, self._rest = self._rest.split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise _malformed(self._rest)
        return [line for piece in whole if (line := self._line(piece.removesuffix(b"\r")))]

    def finish(self) -> list[DataLine]:
        """The text is over: its last line, where that had no end."""
        rest, self._rest = self._rest.removesuffix(b"\r"), b""
        line = self._line(rest)
        return [line] if line else []

    def _line(self, text: bytes) -> DataLine:
        if not text:
            return ()
        if self._ended or len(text) > MAX_LINE:
            raise _malformed(text)
        if text.endswith(b"!"):  # the end of a readout
            self._ended, text = True, text[:-1]
        return parse_line(text)


def parse_line(text: bytes) -> DataLine:
    """The data sets of one line, without its end. Raises FrameError (code iec-data)."""
    if not text.isascii() or _UNPRINTABLE.search(text):
        raise _malformed(text)
    characters = text.decode("ascii")
    found: list[DataSet] = []
    at = 0
    while at < len(characters):
        match = _DATA_SET.match(characters, at)
        if match is None or match.end() == at:
            raise _malformed(text)
        values = tuple(_value(group) for group in match[2][1:-1].split(")(")) if match[2] else ()
        found.append(DataSet(match[1], values))
        at = match.end()
    return tuple(found)


_UNPRINTABLE: Final = re.compile(rb"[\x00-\x1f\x7f]")
_DATA_SET: Final = re.compile(r"([^()!]*)((?:\([^()]*\))*)")


def _value(text: str) -> Value:
    value, _star, unit = text.partition("*")
    return Value(value, unit) if unit else Value(text)


def _malformed(text: bytes) -> FrameError:
    return FrameError(
        _("The meter's line “{line}” is no data set.").format(line=plain(text[:60])),
        remedy=_("Try again; if it stays, keep the trace and report the meter's model."),
        code="iec-data",
    )
