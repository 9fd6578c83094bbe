"""What a desk hands over of a device, in the common form of its answers, as values that can be shown. Nothing in it is
believed to be well formed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from hht.alerts import alert_meaning
from hht.client.api import LogEntry
from hht.desk.course import AskReport, AskState
from hht.errors import HhtError
from hht.history.merging import Figure, differences
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.work.device_logs import told_of

DAY_S: Final = 86_400
_LAST_S: Final = 1 << 40


class AnswerMalformed(HhtError):
    """What the desk handed over says nothing that can be read."""

    default_code = "desk-answer"

    @classmethod
    def of(cls, report: AskReport) -> AnswerMalformed:
        """The answer to that ask."""
        return cls(
            _("The desk's answer cannot be read ({ask}).").format(ask=report.ask.kind.value),
            remedy=_("Ring the desk and have it read out, or look again."),
        )


class NotRead(HhtError):
    """The desk could not read it."""

    default_code = "desk-not-read"


class NotReadYet(NotRead):
    """It may still be read: nobody has said that it was not. A device that sleeps has not failed."""

    default_code = "desk-not-read-yet"


def answered(report: AskReport) -> AskReport:
    """The same. Raises NotRead unless it is done; NotReadYet while it may still be."""
    if not report.state.final:
        sleeps = report.ask.type is DuisDeviceType.GSME and report.state is not AskState.UNKNOWN
        words = _("The gas meter has not answered yet: it sleeps.") if sleeps else _("The desk has no answer yet.")
        raise NotReadYet(words, remedy=_remedy(report))
    if report.state is not AskState.DONE:
        raise NotRead(
            _("The desk could not read it: {why}.").format(why=report.why or report.state.value),
            remedy=_remedy(report),
        )
    return report


def _remedy(report: AskReport) -> str:
    words = _(
        "A gas meter wakes every half-hour, or when a button is pressed. The desk goes on with ask "
        "{reference}; or read it again later."
    )
    return words.format(reference=report.ask.reference)


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the hub's mirror of a gas meter said: `value`, as it stood at `at` (None: it is no mirror's)."""

    value: Any
    at: datetime | None

    def age_s(self, now: datetime) -> int | None:
        """How old it is, seconds; None where that is not known."""
        return None if self.at is None else max(0, int((now - self.at).total_seconds()))


def mirrored(report: AskReport) -> Mirrored:
    """An answer, and since when the mirror has it. Raises AnswerMalformed."""
    told = told_of(report.answer)
    if isinstance(told, dict) and "told_ms" in told:
        moment = told["told_ms"]
        if type(moment) is not int or "answer" not in told:
            raise AnswerMalformed.of(report)
        try:
            return Mirrored(told["answer"], datetime.fromtimestamp(moment / 1000, UTC))
        except (ValueError, OverflowError, OSError) as error:
            raise AnswerMalformed.of(report) from error
    return Mirrored(told, None)


def number_in(value: Any, name: str) -> int | None:
    """A whole number of a table by its name; None where it has none such."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if type(found) is int else None


def log_told(report: AskReport, log: str) -> list[LogEntry]:
    """The entries of a device's log. Raises AnswerMalformed."""
    told = told_of(report.answer)
    if not isinstance(told, list):
        raise AnswerMalformed.of(report)
    return [_entry(one, log, report) for one in told]


def _entry(one: Any, log: str, report: AskReport) -> LogEntry:
    row = one if isinstance(one, dict) else {}
    at, code, beside = row.get("time"), row.get("code"), row.get("information", "")
    try:
        time = datetime.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None or type(code) is not int or not isinstance(beside, str):
        raise AnswerMalformed.of(report)
    return LogEntry(time.astimezone(UTC), code, log, alert_meaning(code), beside)


def days_told(report: AskReport) -> list[Figure]:
    """The UTC days of a Daily Consumption Log, Wh, oldest first. Raises AnswerMalformed."""
    return [Figure(at, at + DAY_S, amount) for at, amount in _pairs(report)]


def half_hours_told(report: AskReport) -> list[Figure]:
    """What was used between the captures of a profile: Wh, or litres of gas. Raises AnswerMalformed."""
    return differences((at, register, False) for at, register in _pairs(report))


def _pairs(report: AskReport) -> list[tuple[int, int]]:
    """(Unix s, number) of each row, in order of time."""
    told = mirrored(report).value
    if not isinstance(told, list):
        raise AnswerMalformed.of(report)
    rows = []
    for one in told:
        if not isinstance(one, list) or len(one) != 2 or not all(type(part) is int for part in one):
            raise AnswerMalformed.of(report)
        at, number = one
        if not 0 <= at < _LAST_S or number < 0:
            raise AnswerMalformed.of(report)
        rows.append((at, number))
    return sorted(rows)
