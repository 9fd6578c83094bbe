"""Who may do what: registrations and authorisations with an expiry, and the gate that steps stand behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hht.i18n import _
from hht.work.step import StepError

KINDS = ("electricity", "gas")


@dataclass(frozen=True, slots=True)
class Competence:
    """A registration: `kind` is the fuel, `since` and `until` the first (None: not said) and last day that it holds.
    The number is personal."""

    kind: str
    number: str = field(repr=False)
    until: date
    since: date | None = None

    def holds(self, today: date) -> bool:
        """Whether it holds on that day."""
        return self.until >= today and (self.since is None or self.since <= today)

    def as_plain(self) -> dict[str, str]:
        """As JSON."""
        plain = {"kind": self.kind, "number": self.number, "until": self.until.isoformat()}
        return plain | ({"since": self.since.isoformat()} if self.since else {})

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Competence:
        """From JSON that `as_plain` made."""
        since = date.fromisoformat(plain["since"]) if "since" in plain else None
        return cls(str(plain["kind"]), str(plain["number"]), date.fromisoformat(plain["until"]), since)


class NotCompetent(StepError):
    """Nobody on record may do this step today."""

    default_code = "not-competent"


def kind_words(kind: str) -> str:
    """A kind of competence in words."""
    return {"electricity": _("electricity metering"), "gas": _("gas work")}.get(kind, kind)


def refuse_without(kinds: Iterable[str], held: Iterable[Competence], today: date) -> None:
    """Raise NotCompetent where one of `kinds` is not held, or not any more."""
    held = tuple(held)
    for kind in kinds:
        of_kind = [one for one in held if one.kind == kind]
        if any(one.holds(today) for one in of_kind):
            continue
        raise NotCompetent(
            _("This step needs somebody registered for {kind}: {why}.").format(
                kind=kind_words(kind), why=_why(of_kind, today)
            ),
            remedy=_(
                "Leave it for a registered engineer, with “Can't do this”; the desk sends one. "
                "A registration that was renewed goes into the wallet, for the next visit: hht wallet add."
            ),
        )


def _why(of_kind: list[Competence], today: date) -> str:
    latest = max(of_kind, key=lambda one: one.until, default=None)
    if latest is None:
        return _("no registration is on record")
    if latest.until < today:
        return _("it ended {day}").format(day=latest.until)
    return _("it begins {day}").format(day=latest.since)
