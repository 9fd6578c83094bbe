"""Signatures: drawn on the screen (vector strokes), a typed name with its declaration, or declined with a reason."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hht.i18n import _
from hht.work.coded import NoteError, known, words
from hht.work.noted import NoteKind

FILE: Final = "signing"
WIDE, HIGH = 1000, 400  # of the field that is signed in: x from the left, y from the top
_LEAST = 40  # how far a signature reaches at least, across or down: a dot is none
_MOST_POINTS = 8000
_MOST_STROKES = 400

Stroke = tuple[tuple[int, int], ...]
Strokes = tuple[Stroke, ...]


class Manner(enum.StrEnum):
    """How somebody signed."""

    DRAWN = "drawn"
    TYPED = "typed"  # the name, with the declaration that it stands for a signature
    DECLINED = "declined"

    @property
    def words(self) -> str:
        """For people."""
        return {
            "drawn": _("signed on the screen"),
            "typed": _("name typed in place of a signature"),
            "declined": _("declined to sign"),
        }[self]


@dataclass(frozen=True, slots=True)
class Signature:
    """Made by `drawn`, `typed` or `declined`. `about`: the code of what is signed, `words`: the words that stood above
    it; `reason`: why it was declined."""

    name: str = field(repr=False)
    role: str
    about: str
    words: str = field(repr=False)
    manner: Manner
    strokes: Strokes = field(default=(), repr=False)
    reason: str = field(default="", repr=False)

    @property
    def kind(self) -> NoteKind:
        """Of which kind it is."""
        return NoteKind.SIGNATURE

    @property
    def answer(self) -> str:
        """What answers a question that asks for a signature."""
        if self.manner is Manner.DECLINED:
            return _("declined: {reason}").format(reason=self.reason)
        return f"{self.name} ({self.manner.words})"

    def as_plain(self) -> dict[str, Any]:
        """As JSON; a stroke is x, y, x, y, …"""
        flat = [[value for point in stroke for value in point] for stroke in self.strokes]
        return asdict(self) | {"manner": self.manner.value, "strokes": flat}


def drawn(name: str, role: str, about: str, strokes: Sequence[Sequence[tuple[int, int]]]) -> Signature:
    """Signed on the screen; `strokes` in a field of WIDE by HIGH. Raises NoteError ``signature-empty`` where nothing
    was drawn, ``signature-strokes`` where it lies outside of the field or is endless."""
    kept: Strokes = tuple(tuple((int(x), int(y)) for x, y in stroke) for stroke in strokes if stroke)
    points = [point for stroke in kept for point in stroke]
    if len(points) > _MOST_POINTS or len(kept) > _MOST_STROKES:
        raise _refused(_("The signature has too many strokes."), "signature-strokes")
    if any(not (0 <= x <= WIDE and 0 <= y <= HIGH) for x, y in points):
        raise _refused(_("The signature lies outside of its field."), "signature-strokes")
    across, down = ([place[axis] for place in points] or [0] for axis in (0, 1))
    if max(max(across) - min(across), max(down) - min(down)) < _LEAST:
        raise _refused(_("Nothing is signed yet."), "signature-empty")
    return _signature(name, role, about, Manner.DRAWN, strokes=kept)


def typed(name: str, role: str, about: str, *, declared: bool) -> Signature:
    """The name in place of a signature. Raises NoteError ``signature-undeclared`` where nobody declared that."""
    if not declared:
        raise _refused(_("Nobody has declared that the typed name stands for a signature."), "signature-undeclared")
    return _signature(name, role, about, Manner.TYPED)


def declined(reason: str, about: str, role: str = "customer", name: str = "") -> Signature:
    """Nobody signed, and why. Raises NoteError where there is no reason."""
    reason = words(reason, _("The reason"), most=300)
    return _signature(name, role, about, Manner.DECLINED, reason=reason)


def declaration(name: str) -> str:
    """What somebody declares whose name is typed."""
    return _("I, {name}, agree that my typed name stands for my signature.").format(name=name or "…")


def _signature(name: str, role: str, about: str, manner: Manner, strokes: Strokes = (), reason: str = "") -> Signature:
    named = words(name, _("The name of who signs"), needed=manner is not Manner.DECLINED, most=120)
    text = known(FILE, "about", about).text
    if manner is Manner.TYPED:
        text = f"{text} {declaration(named)}"
    return Signature(named, known(FILE, "role", role).code, about, text, manner, strokes, reason)


def _refused(message: str, code: str) -> NoteError:
    return NoteError(message, remedy=_("Sign again, type the name, or say why nobody signs."), code=code)
