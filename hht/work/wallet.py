"""The engineer's wallet: registrations and authorisations, and the test instruments in the van, with the days they end.

What a visit asks of these is filled in from here and stays the person's to change.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.work.competence import KINDS, Competence, kind_words
from hht.work.questions import check_answer
from hht.work.view import Question, QuestionKind

INSTRUMENT_KINDS = ("voltage", "loop", "manometer")
UNTIL = "-until"  # behind a kind: the item that asks for its last day
SOON_DAYS = 30  # so many days before an end it is warned of


class WalletError(HhtError):
    """What cannot be kept in the wallet, or is not there."""

    default_code = "wallet"


class Standing(enum.StrEnum):
    """How an entry stands on a day."""

    HOLDS = "holds"
    ENDS_SOON = "ends-soon"
    ENDED = "ended"
    NOT_YET = "not-yet"


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing that holds from a day (`since`, None: always has) up to and with another (`until`). `kind` is what an
    instrument is (INSTRUMENT_KINDS); registrations say in `covers` what work they are for (KINDS) and in `kind`
    what they are called, such as "MOCOPA". `number`: of the card, or the instrument's serial number."""

    registration: bool
    kind: str
    number: str = field(repr=False)
    until: date
    covers: tuple[str, ...] = ()
    since: date | None = None

    @property
    def words(self) -> str:
        """What it is, for people."""
        if not self.registration:
            return instrument_words(self.kind)
        return f"{self.kind} ({', '.join(kind_words(one) for one in self.covers)})"

    def standing(self, today: date) -> Standing:
        """How it stands on that day."""
        if self.until < today:
            return Standing.ENDED
        if self.since is not None and self.since > today:
            return Standing.NOT_YET
        return Standing.ENDS_SOON if days_left(self.until, today) is not None else Standing.HOLDS

    def standing_words(self, today: date) -> str:
        """The same in words, with the day."""
        match self.standing(today):
            case Standing.ENDED:
                return _("ended {day}").format(day=self.until)
            case Standing.NOT_YET:
                return _("from {day}").format(day=self.since)
            case Standing.ENDS_SOON:
                return until_words(self.until.isoformat(), today)
            case Standing.HOLDS:
                return _("until {day}").format(day=self.until)

    def as_plain(self) -> dict[str, Any]:
        """As JSON."""
        plain = {"registration": self.registration, "kind": self.kind, "number": self.number}
        since = self.since.isoformat() if self.since else ""
        return plain | {"covers": list(self.covers), "since": since, "until": self.until.isoformat()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Entry:
        """From JSON that `as_plain` made."""
        since = date.fromisoformat(plain["since"]) if plain["since"] else None
        until = date.fromisoformat(plain["until"])
        return cls(bool(plain["registration"]), plain["kind"], plain["number"], until, tuple(plain["covers"]), since)


@dataclass(frozen=True, slots=True)
class Wallet:
    """Everything that is kept."""

    entries: tuple[Entry, ...] = ()

    @property
    def competences(self) -> tuple[Competence, ...]:
        """What the registrations say the engineer may do; one for each kind of work."""
        held = (entry for entry in self.entries if entry.registration)
        return tuple(Competence(kind, one.number, one.until, one.since) for one in held for kind in one.covers)

    def filled(self, name: str, number: str, today: date) -> str:
        """What the wallet answers to an item called `name` there (a kind, or with `-until` its last day for the
        `number` that was answered); "" where it says nothing. What holds goes before what has ended."""
        kind = name.removesuffix(UNTIL)
        of_kind = [one for one in self.entries if kind in (one.covers if one.registration else (one.kind,))]
        if name != kind:
            return next((one.until.isoformat() for one in of_kind if one.number == number), "")
        best = max(of_kind, key=lambda one: (_in_force(one, today), one.until), default=None)
        return best.number if best is not None else ""

    def since(self, kind: str, number: str) -> date | None:
        """From when on that registration holds, where the wallet says it."""
        return next((one.since for one in self.competences if (one.kind, one.number) == (kind, number)), None)

    def warnings(self, today: date) -> list[str]:
        """A sentence on each thing that has ended or will within SOON_DAYS; without its number."""
        told = (Standing.ENDED, Standing.ENDS_SOON)
        words = _("{what} in the wallet: {standing}")
        bad = (one for one in self.entries if one.standing(today) in told)
        return [words.format(what=one.words, standing=one.standing_words(today)) for one in bad]


def registration(number: str, covers: Iterable[str], until: str, *, called: str = "", since: str = "") -> Entry:
    """A registration as a person says it. Raises WalletError and AnswerError with what is wrong."""
    card = _number(number)
    kinds = tuple(dict.fromkeys(one.strip() for one in covers))
    for kind in kinds:
        if kind not in KINDS:
            raise WalletError(
                _("“{kind}” is no kind of work that a registration is for.").format(kind=kind[:60]),
                remedy=_("Say one or more of: {kinds}.").format(kinds=", ".join(KINDS)),
                code="wallet-kind",
            )
    begins = _day(since) if since else None
    ends = _day(until)
    if begins is not None and begins > ends:
        raise WalletError(
            _("It would end {until}, before it begins {since}.").format(until=ends, since=begins),
            remedy=_("Look at the two days on the card."),
            code="wallet-days",
        )
    name = called.strip() or _("Registration")
    if len(name) > 60 or not name.isprintable():
        raise WalletError(
            _("What the registration is called is too long, or holds control characters."),
            remedy=_("Use at most 60 letters."),
            code="wallet-name",
        )
    return Entry(True, name, card, ends, kinds, begins)


def instrument(kind: str, serial: str, until: str) -> Entry:
    """A test instrument as a person says it; `until`: its calibration. Raises WalletError and AnswerError."""
    if kind not in INSTRUMENT_KINDS:
        raise WalletError(
            _("“{kind}” is no kind of test instrument.").format(kind=kind[:60]),
            remedy=_("Say one of: {kinds}.").format(kinds=", ".join(INSTRUMENT_KINDS)),
            code="wallet-kind",
        )
    number = _number(serial)
    return Entry(False, kind, number, _day(until))


def instrument_words(kind: str) -> str:
    """A kind of instrument in words."""
    words = {
        "voltage": _("Approved voltage indicator"),
        "loop": _("Loop impedance tester"),
        "manometer": _("Gas pressure gauge"),
    }
    return words.get(kind, kind)


def days_left(until: date, today: date) -> int | None:
    """Days to a last day that is near (0: today); None where it is over or further off than SOON_DAYS."""
    days = (until - today).days
    return days if 0 <= days <= SOON_DAYS else None


def until_words(until: str, today: date) -> str:
    """A last day (ISO) that is near, with the days that are left; "" where it is not near."""
    days = days_left(date.fromisoformat(until), today)
    if days is None:
        return ""
    return ngettext("{day}, ends in {days} day", "{day}, ends in {days} days", days).format(day=until, days=days)


def _in_force(entry: Entry, today: date) -> bool:
    return entry.standing(today) in (Standing.HOLDS, Standing.ENDS_SOON)


def _day(text: str) -> date:
    return date.fromisoformat(check_answer(Question("", QuestionKind.DATE, ""), text))


def _number(text: str) -> str:
    return check_answer(Question("", QuestionKind.SERIAL, ""), text)
