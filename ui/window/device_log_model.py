"""The hub's Device Log as the HAN page shows it. Plain Python: readings in; rows, lines and words out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from ui.han_xray import mirror_words, position_words, wake_words
from ui.hub_facts import series
from ui.window.han_model import Signal, age_words, short_id, verdict_words

if TYPE_CHECKING:
    from datetime import datetime

    from hht.work.han_xray import XrayDevice
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
    seen: XrayDevice | None = None

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


def log_rows(log: DeviceLogFacts) -> list[LogRow]:
    """Its devices in their order, each with how far it has come."""
    seen = {} if log.xray is None else {str(one.device): one for one in log.xray.devices}
    return [LogRow(number, row, log.read_at, seen.get(row.device)) for number, row in enumerate(log.rows, 1)]


def waiting_words(log: DeviceLogFacts | None, now: datetime) -> str:
    """When gas meters wake next, as of `now`, and how old the gas mirror is; "" where no gas meter is known."""
    if log is None or log.xray is None or not log.xray.wakes:
        return ""
    shown = replace(log.xray, read_at=now)
    parts = [
        f"{kind_words('GSME')} {short_id(str(one.device))} {wake_words(replace(one, wake=one.wake.at(now)), shown)}"
        for one in shown.wakes
        if one.wake is not None
    ]
    return " ".join([f"{'; '.join(parts)}.", mirror_words(shown)])


def _joining_facts(seen: XrayDevice | None) -> list[FactLine]:
    """How far it has come, and with whom it is joined and is not."""
    if seen is None:
        return []
    lines: list[FactLine] = [(_("Joining"), position_words(seen.position), "plain", False)]
    for label, others, tone in ((_("Joined to"), seen.knows, "plain"), (_("Not joined to"), seen.lacks, "warn")):
        if others:
            lines.append((label, ", ".join(short_id(str(one)) for one in others), tone, False))
    return lines


def device_facts(row: LogRow) -> list[FactLine]:
    """Every figure of one device."""
    one = row.row
    tone = {"good": "good", "warn": "warn", "bad": "bad"}.get(row.tone[1], "plain")
    failed = "warn" if one.frames_failed else "plain"
    frames = _("{heard} heard, {failed} failed").format(heard=one.frames_heard, failed=one.frames_failed)
    return [
        (_("How it stands"), one.words, tone, False),
        *_joining_facts(row.seen),
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
    knocked = None if log.xray is None else log.xray.knocked
    if knocked:
        parts.append(
            _("tried to join, and is not listed: {devices}").format(
                devices=", ".join(short_id(str(one.device)) for one in knocked)
            )
        )
    return "; ".join(parts)
