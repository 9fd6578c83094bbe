"""Codes with their words, from ``resources/catalogue``: why a visit ended, what was unsafe, who signs what."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_text

MOST_WORDS = 500  # characters of what a person typed


class NoteError(HhtError):
    """What was to be noted of a visit is incomplete, or its code is none."""

    default_code = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a table. `plain`: all of it, as the file says."""

    code: str
    plain: Mapping[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        """What it is called, short."""
        return _(self.plain.get("title") or self.plain["text"])

    @property
    def text(self) -> str:
        """What it means."""
        return _(self.plain["text"])

    @property
    def source(self) -> str:
        """Whose words these are; marked where nobody has held them against that."""
        source = str(self.plain.get("source", ""))
        return source if not source or self.plain.get("verified") else _("{source} (unverified)").format(source=source)


@cache
def _file(name: str) -> Mapping[str, Any]:
    return tomllib.loads(resource_text("catalogue", f"{name}.toml"))


@cache
def codes(name: str, table: str) -> Mapping[str, Code]:
    """The table of ``catalogue/NAME.toml``, in its order."""
    return {code: Code(code, plain) for code, plain in _file(name).get(table, {}).items()}


def known(name: str, table: str, code: str) -> Code:
    """The row with that code. Raises NoteError ``note-code``."""
    found = codes(name, table).get(code)
    if found is None:
        raise NoteError(
            _("“{code}” is none of the codes.").format(code=code[:60]),
            remedy=_("One of: {codes}.").format(codes=", ".join(codes(name, table))),
            code="note-code",
        )
    return found


def words(text: str, what: str, *, needed: bool = True, most: int = MOST_WORDS) -> str:
    """What a person typed, without the white space around it. Raises NoteError ``note-words`` where it is missing and
    `needed`, longer than `most` characters, or holds control characters."""
    text = text.strip()
    if (needed and not text) or len(text) > most or not text.isprintable():
        raise NoteError(
            _("{what} is missing, too long, or holds control characters.").format(what=what),
            remedy=_("Type 1 to {most} characters on one line.").format(most=most),
            code="note-words",
        )
    return text
