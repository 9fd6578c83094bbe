"""Seeds for what is scanned: labels, tables of their formats, pictures."""

from __future__ import annotations

from collections.abc import Iterator

from hht.resources import resource_text
from hht.scan.formats import built_in
from tests.fuzz.mutation import Messages
from tests.scan.drawing import as_file, code


def labels() -> Iterator[Messages]:
    """The samples of the table, as scanners send them too."""
    for each in built_in():
        for sample in each.samples:
            yield (sample.text.encode(),)
            yield (("]Q1" + sample.text + "\r\n").encode(),)
    yield (b"]C1240" + b"00DB1234567890A0" + b"\x1d21SN 9",)
    yield (b"]E05012345678900",)


def tables() -> Iterator[Messages]:
    """Each format of the table as a table of its own."""
    head, *formats = resource_text("catalogue", "label_formats.toml").split("\n[[label]]\n")
    head = head[head.rindex("\nformat = ") + 1 :]
    for each in formats:
        yield (f"{head}\n[[label]]\n{each}".encode(),)


def pictures() -> Iterator[Messages]:
    """Small pictures of each kind, with a code and without."""
    drawn = code("00DB1234567890A0", "DataMatrix", scale=3)
    for kind in ("PNG", "JPEG", "WEBP", "BMP"):
        yield (as_file(drawn.convert("1") if kind == "BMP" else drawn, kind),)
    yield (as_file(code("8", "MicroQRCode", scale=2).convert("P")),)
    yield (as_file(drawn.convert("LA").resize((60, 60))),)
    yield (as_file(drawn.resize((48, 48)), "JPEG", progressive=True),)
