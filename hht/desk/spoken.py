"""Without any data: what is read out to the desk on the phone, and the reference that the desk says, typed in.

A read-out is words that anybody can say: letters and figures in groups, with four check characters at the end over all
of it. A desk that typed one letter wrong, or changed two about, does not get the same four. The desk's reference says
what the desk has done, and its check characters are over the ask as well: that of another ask is no reference here.
No secret is ever read out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hht.desk.asks import ALPHABET, Ask
from hht.desk.errors import AskRefused, SpokenRefused
from hht.desk.kinds import AskKind
from hht.desk.messages import Outcome
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError
from hht.protocol.gbcs.device_types import DuisDeviceType

_PRIME: Final = 1048573  # below 32 ** 4; the powers of _BASE run through all of it, so places do not come twice
_BASE: Final = 37
_SYMBOLS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHECKS: Final = 4
_SERIAL: Final = 3
_CHECK_WORD: Final = "CHECK"
_BETWEEN: Final = " // "  # stands in no value (`hht.desk.values`)
_LETTERS: Final = {"T": None, "D": Outcome.DONE, "N": Outcome.REFUSED, "F": Outcome.FAILED, "X": Outcome.UNDELIVERED}
_LETTER_OF: Final = {outcome: letter for letter, outcome in _LETTERS.items()}
_HEARD: Final = str.maketrans("OIL", "011")  # as people mistake them


def checks(text: str) -> str:
    """Four characters over the letters and figures of a text, and where words end; capitals do not count."""
    number = 1
    for symbol in re.sub("[^0-9A-Z]+", " ", text.upper()).strip():
        number = (number * _BASE + (_SYMBOLS.index(symbol) if symbol != " " else len(_SYMBOLS))) % _PRIME
    return "".join(ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))


@dataclass(frozen=True, slots=True)
class Readout:
    """`text`: the whole of it, which the desk types; `lines`: as it is read aloud, the check characters last."""

    text: str
    lines: tuple[str, ...]


def read_out(ask: Ask) -> Readout:
    """What is read out of an ask. Raises AskRefused where a value of it is secret: it is not said on the phone."""
    if ask.secret:
        raise AskRefused(
            _("This ask holds a secret, and no secret is read out on the phone."),
            remedy=_("Ask without it: the desk has the device's install code from its maker."),
            code="desk-secret",
        )
    parts = [
        ("ASK", ask.reference),
        ("JOB", ask.job),
        ("STEP", ask.step),
        ("WHAT", str(ask.kind)),
        (str(ask.type), str(ask.device)),
        *((name.replace("_", "-"), text) for name, text in ask.details.items()),
    ]
    lines = [f"{name.upper()} {text}" for name, text in parts if text]
    said = _BETWEEN.join(lines)
    return Readout(f"{said}{_BETWEEN}{_CHECK_WORD} {checks(said)}", (*lines, f"{_CHECK_WORD} {checks(said)}"))


def hear(text: str) -> Ask:
    """The ask that a read-out says, as the desk typed it. Raises SpokenRefused, and AskRefused for one that is none."""
    parts = [part.strip() for part in text.strip().split("//")]
    name, _space, given = parts[-1].partition(" ")
    if name.upper() != _CHECK_WORD or checks(_BETWEEN.join(parts[:-1])) != _as_heard(given):
        raise _misheard(_("The check characters do not fit what was read out."))
    named = [part.split(None, 1) for part in parts[:-1]]
    words = {pair[0].upper(): pair[1] for pair in named if len(pair) == 2}
    known = ("ASK", "JOB", "STEP", "WHAT")
    rest = [(name, value) for name, value in words.items() if name not in known]
    if not rest or not {"ASK", "JOB", "WHAT"} <= words.keys():
        raise _misheard(_("Something is missing in what was read out."))
    (kind, device), *values = rest
    try:
        details = {name.lower().replace("-", "_"): value for name, value in values}
        what, who = AskKind(words["WHAT"].lower()), DeviceId.parse(device)
        return Ask(words["ASK"].upper(), words["JOB"], what, who, DuisDeviceType(kind), details, words.get("STEP", ""))
    except (ValueError, IdentifierError):
        raise _misheard(_("What was read out is nothing that can be asked.")) from None


@dataclass(frozen=True, slots=True)
class DeskReference:
    """What the desk said on the phone. `outcome` None: it has the ask, and the rest is to come."""

    text: str
    outcome: Outcome | None


def desk_reference(ask: Ask, serial: int, outcome: Outcome | None) -> str:
    """What a desk says for its `serial`-th reference of the day (0 to 32767). Raises KeyError for an outcome that is
    not known to anybody yet."""
    head = _LETTER_OF[outcome] + "".join(ALPHABET[serial >> shift & 31] for shift in (10, 5, 0))
    return f"{head}-{_reference_checks(ask, head)}"


def typed_reference(ask: Ask, typed: str) -> DeskReference:
    """The reference of `ask` that a person typed in. Raises SpokenRefused where it is mistyped, or another ask's."""
    text = _as_heard(typed)
    head, given = text[: 1 + _SERIAL], text[1 + _SERIAL :]
    form = len(text) == 1 + _SERIAL + _CHECKS and head[0] in _LETTERS and set(text) <= set(ALPHABET)
    if not form or given != _reference_checks(ask, head):
        raise SpokenRefused(
            _("This is not a reference of the desk's for this ask: its check characters do not fit."),
            remedy=_("Have the desk say it again, letter by letter, and see that it speaks of this ask: {ask}.").format(
                ask=ask.reference
            ),
            code="desk-reference",
        )
    return DeskReference(f"{head}-{given}", _LETTERS[head[0]])


def _reference_checks(ask: Ask, head: str) -> str:
    return checks(f"{ask.digest.hex()} {head}")


def _as_heard(text: str) -> str:
    return re.sub("[^0-9A-Z]", "", text.upper()).translate(_HEARD)


def _misheard(why: str) -> SpokenRefused:
    return SpokenRefused(why, remedy=_("Have it read out again, slowly, group by group."))
