"""An unsafe situation, found at any step: what it is by the trade's categories, what was done, who was told and rung,
and the notice that stays at the premises. The codes stand in ``catalogue/unsafe_situations.toml``."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hht.i18n import _
from hht.work.coded import Code, NoteError, codes, known, words
from hht.work.noted import NoteKind
from hht.work.questions import check_answer
from hht.work.view import Question, QuestionKind

FILE: Final = "unsafe_situations"
NOBODY: Final = "nobody"


class Receipt(enum.StrEnum):
    """Whether the notice was signed for."""

    SIGNED = "signed"  # a signature of its own is noted beside it
    REFUSED = "refused"
    NOBODY_THERE = "nobody-there"

    @property
    def words(self) -> str:
        """For people."""
        return {"signed": _("signed for"), "refused": _("signature refused"), "nobody-there": _("nobody there")}[self]


@dataclass(frozen=True, slots=True)
class UnsafeSituation:
    """Made by `unsafe_situation`. `category`, `done` and `rung`: codes; `found`: what, in words; `told`: to whom, by
    name or place in the household; `notice`: its number."""

    category: str
    found: str = field(repr=False)
    done: tuple[str, ...]
    told: str = field(repr=False)
    rung: tuple[str, ...]
    notice: str
    receipt: Receipt
    reference: str = ""  # what who was rung said

    @property
    def kind(self) -> NoteKind:
        """Of which kind it is."""
        return NoteKind.UNSAFE

    def as_plain(self) -> dict[str, Any]:
        """As JSON, with the fuel that its category is of."""
        plain = asdict(self) | {"done": list(self.done), "rung": list(self.rung), "receipt": self.receipt.value}
        return plain | {"fuel": category(self.category).plain["fuel"]}


def categories() -> Mapping[str, Code]:
    """Every category, by its code."""
    return codes(FILE, "category")


def category(code: str) -> Code:
    """The category of that code. Raises NoteError ``note-code``."""
    return known(FILE, "category", code)


def unsafe_situation(
    category_code: str,
    found: str,
    done: tuple[str, ...],
    told: str,
    rung: tuple[str, ...],
    notice: str,
    receipt: str,
    reference: str = "",
) -> UnsafeSituation:
    """The situation, checked. Raises NoteError (a code that is none, something missing, somebody and nobody rung), and
    AnswerError for a number of a notice that can be none."""
    category(category_code)
    done = tuple(known(FILE, "done", code).code for code in done)
    rung = tuple(known(FILE, "rung", code).code for code in rung)
    if not done:
        raise _missing(_("What was done is missing."), _("Say what was done about it, if only that it was told."))
    if not rung or (NOBODY in rung and len(rung) > 1):
        raise _missing(_("Who was rung is missing, or contradicts itself."), _("Say who was rung, or nobody."))
    number = check_answer(Question("notice", QuestionKind.SERIAL, "", numbered=True), notice)
    if receipt not in list(Receipt):
        raise _missing(_("Whether the notice was signed for is missing."), ", ".join(Receipt))
    return UnsafeSituation(
        category=category_code,
        found=words(found, _("What was found")),
        done=done,
        told=words(told, _("Who was told"), most=120),
        rung=rung,
        notice=number,
        receipt=Receipt(receipt),
        reference=words(reference, _("The reference"), needed=False, most=60),
    )


def _missing(message: str, remedy: str) -> NoteError:
    return NoteError(message, remedy=remedy, code="note-missing")


def done_words(found: Mapping[str, Any]) -> list[str]:
    """What was done about a situation that is kept, in words."""
    return [known(FILE, "done", code).text for code in found["done"]]


def rung_words(found: Mapping[str, Any]) -> list[str]:
    """Who was rung about it, in words."""
    return [known(FILE, "rung", code).text for code in found["rung"]]
