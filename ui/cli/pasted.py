"""Pasted bytes: hex (spaces, colons, commas and ``0x`` may stand in it), base64, or an IEC 62056-21 line as it reads.

One item per line, from a file or standard input; a file that is no text is one item.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from hht.errors import HhtError
from hht.i18n import _

MAX_ITEM: Final = 1 << 20  # bytes of one item; longer is no frame of anything
_HEX: Final = re.compile(r"[0-9A-Fa-f]*")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_FILL: Final = re.compile(r"0[xX]|[\s:,;_\-]")


class UndecodableInput(HhtError):
    """What was pasted is no bytes in any spelling that we know."""

    default_code = "decode-input"


def parse_item(text: str, protocol: str | None = None) -> bytes:
    """The bytes of one line. Raises UndecodableInput with the place of the first wrong character."""
    if text.startswith("/") and protocol in (None, "iec"):
        return text.encode("ascii", "replace") + b"\r\n"
    compact = _FILL.sub("", text)
    digits = _HEX.match(compact)
    if digits is not None and digits.end() == len(compact) and len(compact) % 2 == 0:
        return bytes.fromhex(compact)
    joined = re.sub(r"\s", "", text)
    if len(joined) % 4 == 0 and _BASE64.fullmatch(joined) and not _HEX.fullmatch(compact):
        try:
            return base64.b64decode(joined, validate=True)
        except binascii.Error:
            pass
    if _HEX.fullmatch(compact):
        raise UndecodableInput(
            _("There are {count} hex digits: half a byte is missing.").format(count=len(compact)),
            remedy=_("Copy the whole line again."),
            code="decode-odd",
        )
    place = next(index for index, character in enumerate(text) if _HEX.fullmatch(_FILL.sub("", character)) is None)
    raise UndecodableInput(
        _("Character {place}, “{character}”, is no hex digit, and the line is no base64 either.").format(
            place=place + 1, character=text[place] if text[place].isprintable() else f"U+{ord(text[place]):04X}"
        ),
        remedy=_("Give bytes as hex or base64, one item per line."),
        place=place + 1,
    )


def nothing() -> UndecodableInput:
    """The error for an input without an item."""
    return UndecodableInput(
        _("There is nothing to decode."),
        remedy=_("Give bytes as hex or base64, one item per line."),
        code="decode-empty",
    )


def items(name: str) -> Iterator[tuple[int, bytes]]:
    """(line number, raw line) of each item; a file that is no text is one item as it is."""
    if name == "-":
        yield from _lines(sys.stdin.buffer if hasattr(sys.stdin, "buffer") else _as_binary(sys.stdin))
        return
    try:
        with Path(name).open("rb") as file:
            yield from _lines(file)
    except OSError as error:
        raise UndecodableInput(
            _("The file {name} cannot be read: {cause}.").format(name=name, cause=error.strerror or error),
            remedy=_("Check the name, or give - for standard input."),
            code="decode-file",
        ) from None


def _as_binary(stream: IO[str]) -> IO[bytes]:
    return io.BytesIO(stream.read().encode())


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(4 * MAX_ITEM):
        number += 1
        if number == 1:
            line = _without_mark(line)
        if number == 1 and not is_text(line):
            line += file.read(8 * MAX_ITEM)
            text = _from_utf_16(line)
            if text is None:
                yield number, _bounded(line, MAX_ITEM)
            else:
                yield from _lines(io.BytesIO(text.encode()))
            return
        stripped = line.strip()
        if stripped and not stripped.startswith(b"#"):
            yield number, _bounded(stripped, 4 * MAX_ITEM - 1)


def _without_mark(line: bytes) -> bytes:
    """The first line of a text without the mark that some editors begin a UTF-8 file with."""
    rest = line.removeprefix(codecs.BOM_UTF8)
    return rest if is_text(rest) else line


def _from_utf_16(data: bytes) -> str | None:
    """The text of a file that was saved as UTF-16, with a mark or without; None for anything else."""
    halves = {data[0::2].count(0): "utf-16-be", data[1::2].count(0): "utf-16-le"}
    marked = data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE))
    try:
        text = data.decode("utf-16" if marked else halves[max(halves)])
    except UnicodeDecodeError:
        return None
    return text if is_text(text.encode()) and (marked or text.isascii()) else None


def _bounded(item: bytes, limit: int) -> bytes:
    if len(item) > limit:
        raise UndecodableInput(
            _("One item is longer than {limit} bytes.").format(limit=limit),
            remedy=_("Give one frame per line; for a whole trace there is: hht trace show."),
            code="decode-overlong",
        )
    return item


def is_text(line: bytes) -> bool:
    """True for what a person could have pasted; no frame of any protocol here passes for that, but IEC's lines."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)
