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
    """A registration: `kind` is the fuel, `until` the last day on which it holds. The number is personal."""

    kind: str
    number: str = field(repr=False)
    until: date

    def as_plain(self) -> dict[str, str]:
        """As JSON."""
        return {"kind": self.kind, "number": self.number, "until": self.until.isoformat()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Competence:
        """From JSON that `as_plain` made."""
        return cls(str(plain["kind"]), str(plain["number"]), date.fromisoformat(plain["until"]))


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
        if any(one.until >= today for one in of_kind):
            continue
        latest = max((one.until for one in of_kind), default=None)
        why = _("no registration is on record") if latest is None else _("it ended {day}").format(day=latest)
        raise NotCompetent(
            _("This step needs somebody registered for {kind}: {why}.").format(kind=kind_words(kind), why=why),
            remedy=_("Leave it for a registered engineer, with “Can't do this”; the desk sends one."),
        )
