"""What hub work shows: frozen facts, the same for window and command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hht.clock import iso_z
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.work.han_xray import Xray
from hht.work.hub_exchange_state import ExchangeState
from hht.work.hub_facts import DeviceLogEntry
from hht.work.hub_ways import OrderOutcome, OutcomeState


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device of the hub's Device Log; figures as `hht.work.hub_facts.DeviceLogEntry` has them. `kind`: "" where
    nobody told what it is."""

    device: str
    kind: str
    joined: bool
    never_joined: bool
    last_heard: datetime | None
    rssi_dbm: tuple[int, int, int] | None
    lqi: tuple[int, int, int] | None
    frames_heard: int
    frames_failed: int
    verdict: str

    @property
    def words(self) -> str:
        """How it stands, for people."""
        if self.never_joined:
            return _("listed, and has never joined")
        verdicts = {
            "good": _("good"),
            "marginal": _("marginal"),
            "poor": _("poor"),
            "not heard": _("joined, and not heard since the hub counts"),
        }
        return verdicts[self.verdict] if self.joined else _("not joined")

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "device": self.device,
            "kind": self.kind,
            "joined": self.joined,
            "never_joined": self.never_joined,
            "last_heard": None if self.last_heard is None else iso_z(self.last_heard),
            "rssi_dbm": None if self.rssi_dbm is None else list(self.rssi_dbm),
            "lqi": None if self.lqi is None else list(self.lqi),
            "frames_heard": self.frames_heard,
            "frames_failed": self.frames_failed,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class DeviceLogFacts:
    """The Device Log of the hub `chf` as it was read at `read_at` (the terminal's time); `xray`: what it and the joins
    that were asked for say of the network."""

    read_at: datetime
    chf: str
    rows: tuple[DeviceRow, ...]
    xray: Xray | None = None


@dataclass(frozen=True, slots=True)
class SignalPoint:
    """How a device was heard on average, by one reading; None: not at all."""

    at: datetime
    rssi_dbm: int | None
    lqi: int | None


@dataclass(frozen=True, slots=True)
class DeviceSeries:
    """One device over several readings."""

    device: str
    kind: str
    points: tuple[SignalPoint, ...]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What came of one thing that was asked for; `operations`: (what, done, words) in the command's order; `seen`: what
    the hub's Device Log said afterwards ("" where it was not read)."""

    asked: str
    state: OutcomeState
    operations: tuple[tuple[str, bool | None, str], ...]
    vouched: bool
    why: str
    seen: str = ""

    @property
    def words(self) -> str:
        """For people."""
        states = {
            OutcomeState.DONE: _("done"),
            OutcomeState.PARTLY: _("done in part: see each operation"),
            OutcomeState.REFUSED: _("refused by the device"),
            OutcomeState.UNDELIVERED: _("did not reach the device; nothing was done ({why})").format(why=self.why),
            OutcomeState.UNKNOWN: _("it left, and nobody knows what became of it ({why})").format(why=self.why),
            OutcomeState.SEALED: _("the device answered its recipient alone"),
        }
        return f"{self.asked}: {states[self.state]}"

    @property
    def remedy(self) -> str:
        """What to do next; "": nothing."""
        remedies = {
            OutcomeState.PARTLY: _("Read the Device Log: what was done stands. Ask the desk for what is left."),
            OutcomeState.REFUSED: _("Read the Device Log: it may be full, or the device not on it. Then ask the desk."),
            OutcomeState.UNDELIVERED: _("Bring the device onto the HAN, then ask for it again."),
            OutcomeState.UNKNOWN: _("Do not ask for it again. Read the Device Log: it shows whether it was done."),
        }
        return remedies.get(self.state, "")

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "asked": self.asked,
            "state": self.state.value,
            "operations": [{"what": what, "done": done, "words": words} for what, done, words in self.operations],
            "vouched": self.vouched,
            "why": self.why,
            "seen": self.seen,
            "remedy": self.remedy,
        }


def exchange_facts(state: ExchangeState) -> dict[str, Any]:
    """Where an exchange of a hub stands, for JSON."""
    return {
        "exchange": state.work_id,
        "phase": state.phase.value,
        "old_chf": str(state.old_chf),
        "old_gpf": str(state.old_gpf),
        "new_chf": None if state.new_chf is None else str(state.new_chf),
        "new_gpf": None if state.new_gpf is None else str(state.new_gpf),
        "since": {phase.value: iso_z(at) for phase, at in state.since.items()},
        "devices": state.devices,
        "fingerprint": state.fingerprint,
        "last_change": None if state.last_change is None else iso_z(state.last_change),
        "reference": state.reference,
        "blockers": [
            {"code": one.code, "device": str(one.device), "words": one.words, "remedy": one.remedy, "why": one.answered}
            for one in state.blockers
        ],
        "proved": {str(device): how for device, how in state.proved.items()},
        "given_up": {str(device): why for device, why in state.given_up.items()},
        "lost_joins": [[str(one), str(other)] for one, other in state.lost_joins],
        "tampers": [
            {"device": str(device), "time": time, "code": f"{code:04X}"} for device, time, code in state.tampers
        ],
        "hub_removed": state.hub_removed,
        "to_add_again": [str(one) for one in state.to_add_again],
        "receipt": state.receipt,
        "next": state.next,
    }


def order_facts(outcome: OrderOutcome) -> OrderFacts:
    """Of an outcome."""
    parts = outcome.order.parts
    named = len(parts) == len(outcome.operations)
    operations = tuple(
        (parts[at] if named else one.what, one.done, one.words) for at, one in enumerate(outcome.operations)
    )
    return OrderFacts(outcome.order.words, outcome.state, operations, outcome.vouched, outcome.why)


def log_facts(
    read_at: datetime, chf: DeviceId, rows: Iterable[DeviceLogEntry], kinds: Mapping[DeviceId, GbcsDeviceType]
) -> DeviceLogFacts:
    """Of a Device Log that was read."""
    return DeviceLogFacts(read_at, str(chf), tuple(_row(row, kinds) for row in rows))


def _row(row: DeviceLogEntry, kinds: Mapping[DeviceId, GbcsDeviceType]) -> DeviceRow:
    kind = kinds.get(row.device)
    return DeviceRow(
        str(row.device),
        "" if kind is None else kind.name,
        row.joined,
        row.never_joined,
        row.last_heard,
        row.rssi_dbm,
        row.lqi,
        row.heard,
        row.failed,
        row.verdict,
    )


def series(logs: Iterable[DeviceLogFacts]) -> tuple[DeviceSeries, ...]:
    """Each device over several readings, in the order in which they were first seen: what pictures are drawn of."""
    points: dict[str, list[SignalPoint]] = {}
    kinds: dict[str, str] = {}
    for log in logs:
        for row in log.rows:
            rssi, lqi = (None if figures is None else figures[1] for figures in (row.rssi_dbm, row.lqi))
            points.setdefault(row.device, []).append(SignalPoint(log.read_at, rssi, lqi))
            kinds[row.device] = row.kind or kinds.get(row.device, "")
    return tuple(DeviceSeries(device, kinds[device], tuple(found)) for device, found in points.items())
