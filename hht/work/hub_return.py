"""The second phase of an exchange: the new hub is given what the old one knew, and each device is shown to talk to it.

What is so is looked at before anything is sent: a log that is there already is not restored again, and a command that
left and was never heard of is settled by that look.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from hht.clock import iso_z
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.work import hub_orders
from hht.work.hub_facts import (
    HUB_FITTED,
    HUB_REMOVED,
    DeviceLogEntry,
    LogLine,
    device_log,
    log_copy,
    log_lines,
    partners,
)
from hht.work.hub_hand import HubHand, HubWorkError
from hht.work.hub_links import HanDevice, HubLinks
from hht.work.hub_snapshot import Snapshot
from hht.work.hub_ways import OrderOutcome, OutcomeState

_EXPECTED: Final = (HUB_REMOVED, HUB_FITTED)


@dataclass(frozen=True, slots=True)
class Proof:
    """How a device was shown to talk: "answered", or "joined" the new hub (a device that takes no commands).
    `lost_joins`: (it, other) that were there before and are not now."""

    how: str
    lost_joins: tuple[tuple[DeviceId, DeviceId], ...] = ()


@dataclass(frozen=True, slots=True)
class Tampers:
    """New lines of a Security Log: how often the hub's removal, and all others as (time, alert code)."""

    hub_removed: int
    others: list[tuple[str, int]]


def unexpected_tampers(before: tuple[tuple[str, int], ...], lines: tuple[LogLine, ...]) -> Tampers:
    """What is new in a Security Log since it was read before; taking a hub off and fitting one is expected."""
    known = Counter(before)
    new = []
    for line in lines:
        told = (iso_z(line.time), line.code)
        if known[told] > 0:
            known[told] -= 1
        else:
            new.append(told)
    removed = sum(code == HUB_REMOVED for _time, code in new)
    return Tampers(removed, [(time, code) for time, code in new if code not in _EXPECTED])


class Returning:
    """At the new hub `chf` with its proxy `gpf`."""

    def __init__(self, hand: HubHand, snapshot: Snapshot, chf: DeviceId, gpf: DeviceId) -> None:
        self._hand = hand
        self.snapshot = snapshot
        self._chf = chf
        self._gpf = gpf

    async def restore_log(self) -> frozenset[DeviceId]:
        """The log of the old hub; the devices that the new one does not list afterwards.

        Raises HubWorkError ``hub-restore-refused``."""
        missing, same_network = await self._lacks()
        if not missing and same_network:
            return missing
        snapshot = self.snapshot
        order = hub_orders.restore_log(self._chf, snapshot.chf, snapshot.pan, snapshot.devices)
        outcome = await self._hand.do(order)
        missing, same_network = await self._lacks()
        if missing or not same_network:
            _require_done(outcome)
        return missing

    async def _lacks(self) -> tuple[frozenset[DeviceId], bool]:
        """Which devices it does not list, and whether its network has the old hub's Extended PAN ID."""
        copy = await self._hand.ask(hub_orders.read(hub_orders.READ_LOGS, self._chf, "after"), log_copy)
        return self.snapshot.devices - set(copy.listed), copy.pan == self.snapshot.pan

    async def restore_partners(self) -> None:
        """Whom the old proxy knew, but for the gas meter, which is joined anew when it is awake. Raises HubWorkError
        ``hub-restore-refused``."""
        wanted = frozenset(
            one.device for one in self.snapshot.joins.get(self.snapshot.gpf, ()) if one.kind is not GbcsDeviceType.GSME
        )
        known = await self._known_to(self._gpf)
        if known if self._blind else not wanted - known:
            return
        outcome = await self._hand.do(hub_orders.restore_partners(self._gpf, self.snapshot.gpf, wanted))
        if wanted - await self._known_to(self._gpf):
            _require_done(outcome)

    @property
    def _blind(self) -> bool:
        """The old hub was dead: nobody knows whom its proxy knew, but the centre."""
        return self.snapshot.gpf not in self.snapshot.joins

    async def _known_to(self, device: DeviceId) -> frozenset[DeviceId]:
        found = await self._hand.ask(hub_orders.read(hub_orders.READ_PARTNERS, device, "after"), partners)
        return frozenset(one.device for one in found)

    async def listed(self) -> dict[DeviceId, DeviceLogEntry]:
        """The new hub's Device Log."""
        rows = await self._hand.ask(hub_orders.read(hub_orders.READ_LOG, self._chf, "after"), device_log)
        return {row.device: row for row in rows}

    def sleeps(self, device: DeviceId) -> bool:
        """Whether it is a gas meter."""
        return self._kind(device) is GbcsDeviceType.GSME

    def _kind(self, device: DeviceId) -> GbcsDeviceType:
        """What is not known is taken for a device that takes no commands."""
        return self.snapshot.kinds.get(device, GbcsDeviceType.TYPE_2)

    async def prove(self, device: DeviceId, listed: dict[DeviceId, DeviceLogEntry]) -> Proof:
        """Show that a device talks: it answers, or it has joined the new hub. Raises HubWorkError ``hub-not-back``, and
        as `HubHand.do`."""
        kind, row = self._kind(device), listed.get(device)
        back = row is not None and row.joined
        if kind is GbcsDeviceType.GSME and (self._blind or self.snapshot.gpf in self._knew(device)):
            return await self._join_gas_meter(device)
        if kind is not GbcsDeviceType.GSME and not back:
            raise HubWorkError(
                _("{device} has not come back onto the HAN.").format(device=device),
                remedy=_("See that it has power and is near the hub, then look again."),
                code="hub-not-back",
            )
        if kind is GbcsDeviceType.TYPE_2:
            return Proof("joined")
        known = await self._known_to(device)
        return Proof("answered", self._lost(device, known))

    async def _join_gas_meter(self, device: DeviceId) -> Proof:
        """The gas meter and the new proxy: it knew the old one. Its answer to the join is its first word to the new
        hub, at its next waking. Raises HubWorkError ``hub-gas-not-joined``."""
        links = HubLinks(self._hand)
        report = await links.join(HanDevice(device, GbcsDeviceType.GSME), HanDevice(self._gpf, GbcsDeviceType.GPF))
        if not report.complete:
            raise HubWorkError(report.words, remedy=report.remedy, code="hub-gas-not-joined")
        return Proof("answered")

    def _knew(self, device: DeviceId) -> frozenset[DeviceId]:
        """Whom it knew before."""
        return frozenset(one.device for one in self.snapshot.joins.get(device, ()))

    def _lost(self, device: DeviceId, known: frozenset[DeviceId]) -> tuple[tuple[DeviceId, DeviceId], ...]:
        """Joins that are gone: whoever knew the old proxy has to know the new one, or the old one still (a device that
        is told nothing of it)."""
        before = self._knew(device)
        lost = set(before - known - {self.snapshot.gpf})
        if self.snapshot.gpf in before and not known & {self.snapshot.gpf, self._gpf}:
            lost.add(self._gpf)
        return tuple((device, other) for other in sorted(lost, key=str))

    async def security_log(self, meter: DeviceId) -> tuple[LogLine, ...]:
        """The Security Log of an electricity meter, now."""
        return await self._hand.ask(hub_orders.read(hub_orders.READ_SECURITY_LOG, meter, "after"), log_lines)


def _require_done(outcome: OrderOutcome) -> None:
    """Raises HubWorkError for what was not done: it is known from a look at the hub that it was not."""
    if outcome.state is OutcomeState.UNKNOWN:
        remedy = _("Nothing of it is to be seen at the hub yet. Restore once more: it is looked at first.")
    else:
        remedy = _("See whether the new hub holds enough devices, and ask the desk for another command.")
    said = "; ".join(one.words for one in outcome.operations if not one.done) or outcome.why or outcome.state.value
    raise HubWorkError(
        _("The new hub did not take it over: {what} ({why}).").format(what=outcome.order.words, why=said),
        remedy=remedy,
        code="hub-restore-refused",
        state=outcome.state.value,
    )
