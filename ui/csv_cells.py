"""Cells of CSV files: what a device says is text there, never a formula of the spreadsheet that opens the file."""

from __future__ import annotations

import re
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of one
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?( [A-Za-z°²³µ%]{1,8})?")  # also with a unit behind it


def cells(values: Iterable[object]) -> list[object]:
    """`values` for one line: a text that a spreadsheet would calculate gets an apostrophe in front; numbers stay, also
    those written as text and those with a unit."""
    return [_cell(value) for value in values]


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value
