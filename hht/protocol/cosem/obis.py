"""OBIS codes: the six-octet logical names of COSEM objects (Blue Book 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from hht.i18n import _
from hht.protocol.cosem.errors import ValueOutOfRange

_STANDARD = re.compile(r"(\d{1,3})-(\d{1,3}):(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:[.*](\d{1,3}))?", re.ASCII)
_DOTTED = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Obis:
    """A logical name. `str()` is the short form: the .255 of a current value is left out."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int = 255

    def __post_init__(self) -> None:
        try:
            bytes((self.a, self.b, self.c, self.d, self.e, self.f))
        except ValueError:
            raise _wrong(f"{self.a}-{self.b}:{self.c}.{self.d}.{self.e}.{self.f}") from None

    @classmethod
    def parse(cls, text: str) -> Obis:
        """From "1-0:1.8.0", "1-0:1.8.0.255", "1-0:1.8.0*255" or "1.0.1.8.0.255". Raises ValueOutOfRange."""
        return _parsed(text)

    @classmethod
    def from_bytes(cls, octets: bytes) -> Obis:
        """From its six octets. Raises ValueOutOfRange for any other length."""
        if len(octets) != 6:
            raise _wrong(bytes(octets[:12]).hex())
        return cls(*octets)

    def __bytes__(self) -> bytes:
        return bytes((self.a, self.b, self.c, self.d, self.e, self.f))

    def __str__(self) -> str:
        return f"{self.a}-{self.b}:{self.c}.{self.d}.{self.e}" + ("" if self.f == 255 else f".{self.f}")

    @property
    def full(self) -> str:
        """All six groups, "1-0:1.8.0.255"."""
        return f"{self.a}-{self.b}:{self.c}.{self.d}.{self.e}.{self.f}"


@lru_cache(2048)  # a meter names a hundred objects, each time that somebody talks to it
def _parsed(text: str) -> Obis:
    match = _STANDARD.fullmatch(text.strip()) or _DOTTED.fullmatch(text.strip())
    if match is None:
        raise _wrong(text)
    return Obis(*(int(group) if group is not None else 255 for group in match.groups()))


def _wrong(text: str) -> ValueOutOfRange:
    return ValueOutOfRange(
        _("“{text}” is no OBIS code.").format(text=text[:40]),
        remedy=_("Write it as A-B:C.D.E or A-B:C.D.E.F, each group from 0 to 255, for example 1-0:1.8.0."),
        code="obis",
    )
