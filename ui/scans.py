"""Scanning for window and command line: the engineer's own table of label formats, files and what they hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from hht.errors import HhtError
from hht.i18n import _
from hht.photos import MOST
from hht.scan.formats import LabelFormat, parse_formats
from hht.scan.labels import Scan, read_code, read_label
from hht.scan.pictures import codes_in
from hht.scan.values import LabelValue, field_words
from ui.short_file import read_short, why

OWN_FORMATS = "label_formats.toml"  # in the folder of the terminal's data
LONGEST_TEXT = 8192  # characters: no code that is drawn holds more
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"GIF8", b"II*\0", b"MM\0*")


class ScanProblem(HhtError):
    """A file that cannot be scanned, or that holds nothing of what is wanted."""

    default_code = "scan"


def own_formats(folder: Path) -> tuple[LabelFormat, ...]:
    """The engineer's table in the terminal's `folder`; none where there is no such file. Raises as `formats_in`."""
    path = folder / OWN_FORMATS
    return formats_in(path) if path.exists() else ()


def formats_in(path: Path) -> tuple[LabelFormat, ...]:
    """The formats in a file. Raises FormatsError, and ScanProblem where it cannot be read."""
    try:
        text = read_short(path).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise _unread(str(path), error) from error
    return parse_formats(text, str(path))


def octets_of(name: str) -> bytes:
    """A file's octets; "-" is standard input. Raises ScanProblem; at most one more than a picture may have."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST + 1)
        with Path(name).open("rb") as file:
            return file.read(MOST + 1)
    except (OSError, ValueError) as error:
        raise _unread(name, error) from error


def is_picture(octets: bytes) -> bool:
    """Whether they begin as a picture does, of a kind that can be looked at or not."""
    return octets.startswith(_BEGINNINGS) or (octets[:4] == b"RIFF" and octets[8:12] == b"WEBP")


def scans_in(octets: bytes, own: Sequence[LabelFormat] = (), *, allow_test: bool = False) -> tuple[Scan, ...]:
    """What a picture's codes say, or a text as one label. Raises PictureError; ScanProblem ``scan-nothing`` where a
    picture shows no code that can be read, ``scan-text`` where it is neither picture nor text."""
    if is_picture(octets):
        found = codes_in(octets)
        if not found:
            raise nothing_found()
        return tuple(read_code(code, own, allow_test=allow_test) for code in found)
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScanProblem(
            _("This is neither a picture nor text."),
            remedy=_("Give a PNG, JPEG, WebP or BMP picture, or what a scanner sent."),
            code="scan-text",
        ) from error
    if len(text) > LONGEST_TEXT:
        raise ScanProblem(
            _("This text has {count} characters, more than any label.").format(count=len(text)),
            remedy=_("Give a PNG, JPEG, WebP or BMP picture, or what a scanner sent."),
            code="scan-text",
        )
    if not text.strip():
        raise ScanProblem(_("There is nothing in it."), remedy=_("Scan the label again."), code="scan-nothing")
    return (read_label(text, own, allow_test=allow_test),)


def nothing_found() -> ScanProblem:
    """The error for a picture without a code that can be read."""
    return ScanProblem(
        _("No code can be read in this picture."),
        remedy=_(
            "Closer, straight on, sharp, no glare; the white margin belongs to it. Or type what stands beside it."
        ),
        code="scan-nothing",
    )


def value_words(value: LabelValue) -> str:
    """A value in a line: what it is, what it says, what is wrong with it."""
    words = _("{kind}: {value}").format(kind=field_words(value.kind), value=value.shown)
    if value.error is not None:
        return f"{words}\n  {value.error.message} {value.error.remedy}"
    if not value.sure:
        return words + "\n  " + _("This kind of code has no check of its own: compare it with the label.")
    return words


def _unread(name: str, error: OSError | ValueError) -> ScanProblem:
    return ScanProblem(
        _("“{name}” could not be read: {why}.").format(name=name, why=why(error)),
        remedy=_("Look at its name and whether you may read it."),
        code="scan-file",
    )
