"""A premises in words and figures for its page: plain Python, no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hht.dates import DateText, date_text
from hht.i18n import _, ngettext
from hht.model.device import DeviceKind
from hht.model.site import to_datetime
from hht.model.training.house_plan import Grade
from hht.model.training.session import Pace

if TYPE_CHECKING:
    from hht.model.training.house_plan import LinkShown
    from hht.model.training.panel import DeviceState
    from hht.model.training.story import Line
    from ui.training_views import AmountShown, FaultOn, FaultPlanned, FaultShown, PremisesView

KEPT = 5000  # lines of the log on the screen
ICONS = {
    DeviceKind.ESME: "meter",
    DeviceKind.GSME: "flame",
    DeviceKind.COMMUNICATIONS_HUB: "hub",
    DeviceKind.HCALCS: "switch",
    DeviceKind.PPMID: "keypad",
    DeviceKind.IHD: "display",
    DeviceKind.CAD: "dongle",
    DeviceKind.BRIDGE: "link",
    DeviceKind.REPEATER: "repeat",
    DeviceKind.MODEM: "mast",
}
GRADE_TOKEN = {
    Grade.GOOD: "good",
    Grade.FAIR: "accent",
    Grade.WEAK: "warn",
    Grade.LOST: "bad",
    Grade.NONE: "ink_soft",
}
BARS = {Grade.GOOD: 4, Grade.FAIR: 3, Grade.WEAK: 1, Grade.LOST: 0, Grade.NONE: 0}


def grade_word(grade: Grade) -> str:
    """How good a link is."""
    return {
        Grade.GOOD: _("good"),
        Grade.FAIR: _("fair"),
        Grade.WEAK: _("weak"),
        Grade.LOST: _("lost"),
        Grade.NONE: _("not joined"),
    }[grade]


def wan_word(grade: Grade) -> str:
    """How the WAN is, in a word."""
    return {
        Grade.GOOD: _("good"),
        Grade.FAIR: _("fair"),
        Grade.WEAK: _("searching"),
        Grade.LOST: _("lost"),
        Grade.NONE: _("none"),
    }[grade]


def pace_words() -> list[tuple[str, str]]:
    """The paces, as a choice."""
    return [(str(int(Pace.PAUSED)), _("Pause")), (str(int(Pace.REAL)), _("Real time")), (str(int(Pace.FAST)), "× 60")]


def time_words(view: PremisesView) -> str:
    """The premises' time, and how it goes."""
    time = date_text(to_datetime(view.time_ms), "%a %d %b %Y %H:%M:%S UTC")
    if view.going:
        return _("{time} · {progress} %").format(time=time, progress=view.progress)
    return _("{time} · paused").format(time=time) if view.pace is Pace.PAUSED else time


def spoken(state: DeviceState, link: LinkShown | None, faults: int = 0, *, probe: bool = False) -> str:
    """What a screen reader says of a device on the plan. `faults`: how many are on there; `probe`: the probe is."""
    parts = [f"{state.title} {state.name}", state.words]
    if probe:
        parts.append(_("the probe is here"))
    if faults:
        parts.append(ngettext("{count} fault is on", "{count} faults are on", faults).format(count=faults))
    if link is not None:
        parts.append(_("link {grade}, {words}").format(grade=grade_word(link.grade), words=link.words))
    return ", ".join(part for part in parts if part)


def link_of(view: PremisesView, device: str) -> LinkShown | None:
    """The link of a device to its hub; None for what has none (and for a hub)."""
    return next((link for link in view.links if link.device == device and not link.wan), None)


def link_words(view: PremisesView) -> str:
    """The links of the device that is looked at: to its hub, and a hub's to the WAN."""
    device = view.panel.state.name if view.panel is not None else ""
    return ", ".join(_link_words(link) for link in view.links if link.device == device)


def _link_words(link: LinkShown) -> str:
    if link.wan or link.grade is Grade.NONE:
        return link.words
    return _("Link {grade}: {words}").format(grade=grade_word(link.grade), words=link.words)


def parse_moment(text: str) -> datetime | None:
    """A moment that was typed: ``2026-12-24 18:30`` or ``2026-12-24`` (midnight), UTC. None for anything else."""
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are shown: those of one device ("" all, "-" the premises itself), with all these words."""

    device: str = ""
    words: str = ""

    def fits(self, line: Line) -> bool:
        """Whether the line is shown."""
        if self.device and line.where != ("" if self.device == "-" else self.device):
            return False
        text = f"{line.where} {line.what} {line.why} {line.code:04X}".casefold()
        return all(word in text for word in self.words.casefold().split())


class LogModel:
    """The lines that came, the newest first, and which of them are shown."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.filter = LogFilter()

    @property
    def known(self) -> int:
        """The highest number of a line; 0 while there is none."""
        return self.lines[0].number if self.lines else 0

    def clear(self) -> None:
        """Another premises."""
        self.lines.clear()

    def add(self, lines: Iterable[Line]) -> bool:
        """These came, oldest first; whether one was new."""
        fresh = [line for line in lines if line.number > self.known]
        self.lines = [*reversed(fresh), *self.lines][:KEPT]
        return bool(fresh)

    def shown(self) -> list[Line]:
        """Those that fit the filter, the newest first."""
        return [line for line in self.lines if self.filter.fits(line)]


def row_of_line(line: Line) -> tuple[str, ...]:
    """Time, device, what, why."""
    what = f"{line.what} ({line.code:04X})" if line.code else line.what
    return f"{to_datetime(line.time_ms):%Y-%m-%d %H:%M:%S}", line.where or "–", what, line.why


def log_count(shown: int, kept: int) -> str:
    """How many lines are shown."""
    if shown == kept:
        return ngettext("{count} line", "{count} lines", kept).format(count=kept)
    return _("{found} of {count}").format(found=shown, count=kept)


def device_choices(states: Sequence[DeviceState]) -> list[tuple[str, str]]:
    """Whose lines can be looked at alone."""
    whole = [("", _("Everything")), ("-", _("The premises itself"))]
    return [*whole, *((state.name, f"{state.name} · {state.title}") for state in states)]


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One fault in the list: what it is, and where it is on ("" where it is not)."""

    fault: FaultShown
    on_at: tuple[str, ...]

    @property
    def state(self) -> str:
        """Where it is on, in words."""
        if not self.on_at:
            return ""
        where = ", ".join(device for device in self.on_at if device)
        return _("on at {devices}").format(devices=where) if where else _("on")

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return ", ".join(filter(None, (self.fault.title, self.state or _("off"), self.fault.symptom)))


def amount_words(amount: AmountShown) -> str:
    """How much of a fault there can be, for the field that asks for it."""
    return _("How much: {low} to {high} {unit} (usually {usual})").format(
        low=amount.low, high=amount.high, unit=amount.unit, usual=amount.usual
    )


def parse_amount(text: str, amount: AmountShown) -> int | None:
    """So much of a fault as was typed; None where there cannot be so much."""
    try:
        typed = int(text.strip())
    except ValueError:
        return None
    return typed if amount.low <= typed <= amount.high and (typed or amount.low >= 0) else None


def plan_words(plan: FaultPlanned) -> str:
    """Where and when a fault is to begin and end."""
    where = plan.device or _("the premises")
    begins = (
        ""
        if plan.begins_ms is None
        else _("from {time:%d %b %H:%M}").format(time=DateText(to_datetime(plan.begins_ms)))
    )
    ends = (
        "" if plan.ends_ms is None else _("until {time:%d %b %H:%M}").format(time=DateText(to_datetime(plan.ends_ms)))
    )
    return ", ".join(filter(None, (where, begins, ends, plan.amount)))


class FaultsModel:
    """The faults that can be here, which are on, which are planned, and the words looked for."""

    def __init__(self) -> None:
        self.offered: tuple[FaultShown, ...] = ()
        self.on: tuple[FaultOn, ...] = ()
        self.plans: tuple[FaultPlanned, ...] = ()
        self.words = ""

    def rows(self) -> list[FaultRow]:
        """Those with all the words; the ones that are on come first."""
        words = self.words.casefold().split()
        found = [
            FaultRow(fault, tuple(one.device for one in self.on if one.name == fault.name))
            for fault in self.offered
            if all(word in _fault_text(fault) for word in words)
        ]
        return sorted(found, key=lambda row: not row.on_at)

    def plans_of(self, name: str) -> tuple[FaultPlanned, ...]:
        """What is planned of the fault."""
        return tuple(one for one in self.plans if one.name == name)

    def amount_at(self, name: str, device: str) -> int | None:
        """How much of the fault is on there; None where it is off, or has no amount."""
        return next((one.amount for one in self.on if (one.name, one.device) == (name, device)), None)

    def is_on(self, name: str, device: str) -> bool:
        """Whether the fault is on there."""
        return any((one.name, one.device) == (name, device) for one in self.on)


def _fault_text(fault: FaultShown) -> str:
    return " ".join((fault.name, fault.title, *fault.failures, fault.symptom, *fault.devices)).casefold()


def faults_word(count: int) -> str:
    """What the choice of the part says."""
    return _("Faults ({count})").format(count=count) if count else _("Faults")
