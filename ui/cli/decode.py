"""``hht decode``: any pasted bytes as a labelled tree, one item per line.

A line holds hex (spaces, colons, commas and ``0x`` may stand in it), base64, or an IEC 62056-21 line as it reads. A
file that is no text is one item. Nothing here reaches a device.
"""

from __future__ import annotations

import argparse
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
from hht.plain_text import plain_text
from hht.protocol.dissect import dissect, guess, protocols
from hht.protocol.frames import Node
from ui.cli.common import DONE, FAILED, Output, add_json, run_command

MAX_ITEM: Final = 1 << 20  # bytes of one item; longer is no frame of anything
_HEX: Final = re.compile(r"[0-9A-Fa-f]*")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_FILL: Final = re.compile(r"0[xX]|[\s:,;_\-]")


class UndecodableInput(HhtError):
    """What was pasted is no bytes in any spelling that we know."""

    default_code = "decode-input"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``hht decode [--as PROTOCOL] [FILE|-]``."""
    parser = subparsers.add_parser(
        "decode",
        help=_("any pasted bytes as a labelled tree"),
        description=_("Take frames apart: hex or base64, one item per line, from a file or standard input."),
        epilog=_("Example: echo 7ea0070321930f017e | hht decode --json"),
    )
    parser.add_argument(
        "--as", dest="protocol", choices=protocols(), help=_("what the bytes are (default: the terminal guesses)")
    )
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help=_("a file, or - for standard input"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Decode; exit status 1 where any item is wrong."""
    return run_command(args, _decode)


def _decode(args: argparse.Namespace, output: Output) -> int:
    good = bad = 0
    for number, item in _items(args.file):
        if _show(output, number, item, args.protocol):
            good += 1
        else:
            bad += 1
    if not good and not bad:
        raise UndecodableInput(
            _("There is nothing to decode."),
            remedy=_("Give bytes as hex or base64, one item per line."),
            code="decode-empty",
        )
    return FAILED if bad else DONE


def _show(output: Output, number: int, item: bytes, protocol: str | None) -> bool:
    """One item as text or JSON; whether it was in order."""
    try:
        data = parse_item(item.decode("utf-8"), protocol) if _is_text(item) else item
        name = protocol or guess(data)
        tree = (_flags_alone(data) if name == "hdlc" else None) or dissect(data, name)
    except HhtError as error:
        output.emit("frame", _failure(number, error), ok=False, line=number, **error.as_dict())
        return False
    wrong = next(tree.errors(), None)
    fields: dict[str, object] = {"protocol": name, "bytes": data.hex(), "tree": tree.as_dict()}
    if wrong is not None:
        fields |= {
            "code": wrong.code or "frame-error",
            "message": _("{label} at byte {start}: {error}").format(
                label=wrong.label, start=wrong.start, error=wrong.error
            ),
            "remedy": _("Read the line again, or have it sent again."),
            "line": number,
        }
    output.emit("frame", _as_text(name, data, tree), ok=wrong is None, **fields)
    return wrong is None


def _flags_alone(data: bytes) -> Node | None:
    """HDLC flags and nothing else: on a line they fill the time, pasted they are no frame."""
    if not data or data.strip(b"\x7e"):
        return None
    error = _("These are flags with no frame between them.")
    return Node(_("Flags"), 0, len(data), data[:64].hex(" ").upper(), error=error, code="hdlc-no-frame")


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


# ---------------------------------------------------------------------- where items come from


def _items(name: str) -> Iterator[tuple[int, bytes]]:
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
        if number == 1 and not _is_text(line):
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
    return rest if _is_text(rest) else line


def _from_utf_16(data: bytes) -> str | None:
    """The text of a file that was saved as UTF-16, with a mark or without; None for anything else."""
    halves = {data[0::2].count(0): "utf-16-be", data[1::2].count(0): "utf-16-le"}
    marked = data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE))
    try:
        text = data.decode("utf-16" if marked else halves[max(halves)])
    except UnicodeDecodeError:
        return None
    return text if _is_text(text.encode()) and (marked or text.isascii()) else None


def _bounded(item: bytes, limit: int) -> bytes:
    if len(item) > limit:
        raise UndecodableInput(
            _("One item is longer than {limit} bytes.").format(limit=limit),
            remedy=_("Give one frame per line; for a whole trace there is: hht trace show."),
            code="decode-overlong",
        )
    return item


def _is_text(line: bytes) -> bool:
    """True for what a person could have pasted; no frame of any protocol here passes for that, but IEC's lines."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


# ---------------------------------------------------------------------- for people


def _failure(number: int, error: HhtError) -> str:
    return _("line {number}: {code}: {message}\n  → {remedy}").format(
        number=number, code=error.code, message=error.message, remedy=error.remedy
    )


def _as_text(name: str, data: bytes, tree: Node) -> str:
    lines = [_("{protocol}, {count} bytes").format(protocol=name, count=len(data))]
    width = len(str(tree.end))

    def add(node: Node, depth: int) -> None:
        parts = [f"{node.start:>{width}}–{node.end:<{width}} ", "  " * depth, node.label]
        if node.value:
            parts.append(f": {node.value}")
        if node.error:
            parts.append(f"  ✗ {node.error}")
        lines.append("".join(plain_text(part) for part in parts))
        for child in node.children:
            add(child, depth + 1)

    add(tree, 0)
    return "\n".join(lines) + "\n"
