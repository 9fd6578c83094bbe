"""Ringing the desk: whom, what is read out (with check characters, letters as words), and that it was done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hht.desk.spoken import Readout, checks
from hht.i18n import _
from hht.work.coded import Code, NoteError, codes, known, words
from hht.work.noted import NoteKind

FILE: Final = "desk_phones"
_BETWEEN: Final = " // "
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ]{1,18}[0-9]")
_LETTERS: Final = """
Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra
Tango Uniform Victor Whiskey X-ray Yankee Zulu
"""  # the international radiotelephony alphabet
_WORD: Final = {word[0]: word for word in _LETTERS.split()}


@dataclass(frozen=True, slots=True)
class Call:
    """Made by `call`. `whom`: in words; `number`: as it was rung; `about`: step and code; `result`: what was said."""

    whom: str
    number: str = field(repr=False)
    read_out: str = field(repr=False)
    result: str = field(repr=False)

    @property
    def kind(self) -> NoteKind:
        """Of which kind it is."""
        return NoteKind.CALL

    def as_plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def call(whom: str, number: str, said: Readout | None, result: str) -> Call:
    """A call that was made; `said`: what was read out of it. Raises NoteError."""
    return Call(
        words(whom, _("Whom you rang"), most=120),
        phone_number(number),
        said.text if said is not None else "",
        words(result, _("What was said"), most=300),
    )


def phone_number(text: str) -> str:
    """A number as people ring it. Raises NoteError ``phone-number``."""
    number = " ".join(text.split())
    if not _NUMBER.fullmatch(number):
        raise NoteError(
            _("“{text}” is no phone number.").format(text=text[:40]),
            remedy=_("Type 3 to 20 digits, with spaces where you like, and + before a country's."),
            code="phone-number",
        )
    return number


def emergencies() -> list[Code]:
    """Whom to ring in an emergency, whoever the supplier is."""
    return [*codes(FILE, "emergency").values()]


def emergency_number(code: str) -> str:
    """The number of one of them ("gas", "electricity", "life"). Raises NoteError ``note-code``."""
    return str(known(FILE, "emergency", code).plain["number"])


def desk_number(supplier: str, own: Mapping[str, str]) -> str:
    """The desk's number; "" where nobody has said one. `own`: what engineers typed in, by supplier."""
    row = desks_known().get(supplier)
    return own.get(supplier, "") or (str(row.plain["number"]) if row is not None else "")


def desks_known() -> Mapping[str, Code]:
    """Every supplier whose number the catalogue has."""
    return codes(FILE, "desk")


def help_read_out(job: str, step: str, device: str, code: str) -> Readout:
    """What is read out to the desk: job, step, device and code, with four check characters over all of it (as an ask
    has them: `hht.desk.spoken`). What is empty is left out."""
    parts = (("JOB", job), ("STEP", step.upper()), ("DEVICE", device), ("CODE", code.upper()))
    lines = [f"{name} {text}" for name, text in parts if text]
    said = _BETWEEN.join(lines)
    check = f"CHECK {checks(said)}"
    return Readout(f"{said}{_BETWEEN}{check}", (*lines, check))


def spelled(text: str) -> str:
    """`text` as it is said letter by letter: “L0-7” is “Lima zero dash seven”."""
    figures = (
        _("zero"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine"),
    )  # fmt: skip
    words = {**_WORD, **{f"{number}": word for number, word in enumerate(figures)}, "-": _("dash")}
    return " ".join(words.get(char, char) for char in text.upper() if not char.isspace())
