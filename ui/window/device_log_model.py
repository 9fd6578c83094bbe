"""The hub's Device Log as the HAN page shows it. Plain Python: readings in; rows, lines and words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from ui.hub_facts import series
from ui.window.han_model import Signal, age_words, short_id, verdict_words

if TYPE_CHECKING:
    from datetime import datetime

    from ui.hub_facts import DeviceLogFacts, DeviceRow

FactLine = tuple[str, str, str, bool]


def figures(values: tuple[int, int, int] | None, unit: str = "") -> str:
    """Average, and from the least to the most."""
    if values is None:
        return "–"
    least, average, most = values
    spread = "" if least == most else f" ({least}…{most})"
    return f"{average}{spread} {unit}".rstrip()


def kind_words(kind: str) -> str:
    """What a device is, as far as anybody told."""
    return {"": _("device"), "TYPE_2": _("display or CAD")}.get(kind, kind)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A device in the list; `number` is that of its line in the picture."""

    number: int
    row: DeviceRow
    now: datetime

    @property
    def title(self) -> str:
        """What and who it is."""
        return f"{self.number}  {kind_words(self.row.kind)} {short_id(self.row.device)}"

    @property
    def line(self) -> str:
        """How it is heard."""
        row = self.row
        if row.rssi_dbm is None or row.lqi is None:
            return _("no figures")
        return _("{rssi} dBm · LQI {lqi} · heard {age}").format(rssi=row.rssi_dbm[1], lqi=row.lqi[1], age=self.age)

    @property
    def age(self) -> str:
        """How long ago it was heard."""
        heard = self.row.last_heard
        return _("never") if heard is None else age_words((self.now - heard).total_seconds())

    @property
    def word(self) -> str:
        """Its verdict, short."""
        if self.row.never_joined:
            return _("never joined")
        if not self.row.joined:
            return _("not joined")
        return _("not heard") if self.row.verdict == "not heard" else verdict_words(self.row.verdict)

    @property
    def tone(self) -> tuple[str, str]:
        """(icon, colour)."""
        if not self.row.joined:
            return "warn", "warn"
        return {
            "good": ("check", "good"),
            "marginal": ("warn", "warn"),
            "poor": ("cross", "bad"),
        }.get(self.row.verdict, ("dot", "ink_soft"))

    @property
    def spoken(self) -> str:
        """The row in words."""
        return f"{self.number}  {kind_words(self.row.kind)} {self.row.device}, {self.line}: {self.word}"


def device_facts(row: LogRow) -> list[FactLine]:
    """Every figure of one device."""
    one = row.row
    tone = {"good": "good", "warn": "warn", "bad": "bad"}.get(row.tone[1], "plain")
    failed = "warn" if one.frames_failed else "plain"
    frames = _("{heard} heard, {failed} failed").format(heard=one.frames_heard, failed=one.frames_failed)
    return [
        (_("How it stands"), one.words, tone, False),
        (_("Device ID"), one.device, "plain", False),
        ("RSSI", figures(one.rssi_dbm, "dBm"), "plain", False),
        ("LQI", figures(one.lqi), "plain", False),
        (_("Last heard"), row.age, "plain", False),
        (_("Frames"), frames, failed, False),
    ]


def log_signals(logs: Sequence[DeviceLogFacts], what: str) -> list[Signal]:
    """A line for each device that was ever heard; `what`: "rssi" or "lqi". The number is that of its row."""
    every = series(logs)
    times = [log.read_at for log in logs]
    numbers = {row.device: number for number, row in enumerate(logs[-1].rows, 1)} if logs else {}
    found = []
    for one in every:
        by_time = {point.at: point.rssi_dbm if what == "rssi" else point.lqi for point in one.points}
        values = tuple(by_time.get(at) for at in times)
        if one.device in numbers and any(value is not None for value in values):
            name = f"{kind_words(one.kind)} {short_id(one.device)}"
            found.append(Signal(numbers[one.device], name, values))
    return found


def log_words(log: DeviceLogFacts | None) -> str:
    """A reading in a sentence."""
    if log is None:
        return _("The hub's Device Log (whitelist) has not been read.")
    parts = [ngettext("{count} device", "{count} devices", len(log.rows)).format(count=len(log.rows))]
    never = [short_id(row.device) for row in log.rows if row.never_joined]
    poor = [
        f"{kind_words(row.kind)} {short_id(row.device)}" for row in log.rows if row.joined and row.verdict == "poor"
    ]
    if never:
        parts.append(_("listed and never joined: {devices}").format(devices=", ".join(never)))
    if poor:
        parts.append(_("heard poorly: {devices}").format(devices=", ".join(poor)))
    return "; ".join(parts)
