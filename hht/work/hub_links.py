"""Joining two devices and having them forget one another, at both ends, and what is so when only one end did it.

The join matrix says which ends are told and how; what it does not have is refused before anything leaves. Afterwards
both ends are asked whom they know (CS07). A display or a consumer access device takes no command and cannot be asked; a
gas meter wakes every half-hour, so it is not asked what its own answer to the join has just said, nor beforehand where
its partner shows that it has to be told, unless a command may be on its way to it already.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.messages import describe_code
from hht.work import hub_orders
from hht.work.hub_facts import Partner, partners
from hht.work.hub_hand import HubHand, HubWorkError, state_of
from hht.work.hub_orders import HubOrder
from hht.work.hub_records import HubRecord, HubRecordKind
from hht.work.hub_ways import OrderOutcome, OutcomeState
from hht.work.join_matrix import LinkEnd, MatrixLink, kind_words, link_between


@dataclass(frozen=True, slots=True)
class HanDevice:
    """A device, and what it is."""

    device: DeviceId
    kind: GbcsDeviceType

    @property
    def answers(self) -> bool:
        """Whether it takes commands at all."""
        return self.kind is not GbcsDeviceType.TYPE_2


class LinkState(enum.StrEnum):
    """What two devices are to one another."""

    JOINED = "joined"
    ONE_END = "one-end"  # one knows the other and is not known by it
    APART = "apart"
    UNKNOWN = "unknown"  # an end that matters could not be asked


@dataclass(frozen=True, slots=True)
class EndReport:
    """One end. `knows`: whether it knows the other, by its own word; None: it was not or cannot be asked. `told`: what
    came of the latest command to it; None: none has left. `command`: what it takes, for people; "": it takes none."""

    device: HanDevice
    knows: bool | None
    told: OutcomeState | None
    operations: tuple[tuple[bool | None, str], ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Two devices, whether they are to be joined, and how far that is."""

    ends: tuple[EndReport, EndReport]
    wanted: bool

    @property
    def state(self) -> LinkState:
        """By what both say. One that cannot be asked does not count; where they are to forget one another, nor does one
        that no Unjoin is sent to: nobody tells it, and what it lists serves nothing."""
        known = [end.knows for end in self.ends if end.device.answers and (self.wanted or end.command)]
        if None in known:
            return LinkState.UNKNOWN
        if all(known):
            return LinkState.JOINED
        return LinkState.ONE_END if any(known) else LinkState.APART

    @property
    def complete(self) -> bool:
        """Whether it is as wanted."""
        return self.state is (LinkState.JOINED if self.wanted else LinkState.APART)

    @property
    def words(self) -> str:
        """What is so, in a sentence."""
        one, other = (f"{end.device.kind.name} {end.device.device}" for end in self.ends)
        if self.state is LinkState.ONE_END:
            knowing, ignorant = sorted(self.ends, key=lambda end: not end.knows)
            return _("Joined at one end only: {one} knows {other}, and not the other way round.").format(
                one=knowing.device.device, other=ignorant.device.device
            )
        silent = [end for end in self.ends if not end.device.answers]
        sentences = {
            LinkState.JOINED: _("{one} and {other} are joined, as the one says that can be asked.")
            if silent
            else _("{one} and {other} are joined, at both ends."),
            LinkState.APART: _("{one} and {other} are not joined."),
            LinkState.UNKNOWN: _("Whether {one} and {other} are joined is not known at both ends."),
        }
        return sentences[self.state].format(one=one, other=other)

    @property
    def remedy(self) -> str:
        """What is still to be done, and where; "": nothing."""
        if self.complete:
            return ""
        if self.state is LinkState.UNKNOWN:
            unasked = ", ".join(str(end.device.device) for end in self.ends if end.device.answers and end.knows is None)
            return _(
                "Have nothing sent for it in another way. The same words once more ask {devices} first whom they know."
            ).format(devices=unasked)
        left = [end for end in self.ends if end.command and end.knows is not self.wanted]
        what = "; ".join(
            _("{command} is still to be delivered to {device}").format(command=end.command, device=end.device.device)
            for end in left
        )
        if self.state is LinkState.ONE_END and self.wanted:
            what += _(", or have the other end forget it again")
        return _("{what}. The same words again go on from there.").format(what=what)

    def plain(self) -> dict[str, Any]:
        """For JSON and records."""
        return {
            "state": self.state.value,
            "wanted": "joined" if self.wanted else "apart",
            "complete": self.complete,
            "ends": [
                {
                    "device": str(end.device.device),
                    "kind": end.device.kind.name,
                    "knows": end.knows,
                    "told": None if end.told is None else end.told.value,
                    "operations": [{"done": done, "words": words} for done, words in end.operations],
                    "command": end.command,
                }
                for end in self.ends
            ],
            "message": self.words,
            "remedy": self.remedy,
        }


class HubLinks:
    """Joins and unjoins at one HAN."""

    def __init__(self, hand: HubHand) -> None:
        self._hand = hand

    async def join(self, one: HanDevice, other: HanDevice) -> LinkReport:
        """Join two devices. Raises MatrixError where they are never joined, and as `HubHand.do`; whatever ended it, the
        records say how far it came."""
        return await self._make(one, other, wanted=True)

    async def unjoin(self, one: HanDevice, other: HanDevice) -> LinkReport:
        """Have two devices forget one another, wherever they know each other. Raises as `join`."""
        return await self._make(one, other, wanted=False)

    async def look(self, one: HanDevice, other: HanDevice, *, wanted: bool = True) -> LinkReport:
        """Ask both ends what they are to one another."""
        return await self._asked(link_between(one.kind, other.kind), one, other, wanted=wanted, outcomes={})

    async def knows(self, device: HanDevice) -> tuple[Partner, ...]:
        """Whom a device is joined to, by its own word."""
        found = await self._hand.ask(hub_orders.read(hub_orders.READ_PARTNERS, device.device, at=device.kind), partners)
        told = [str(one.device) for one in found]
        self._hand.records.append(HubRecordKind.KNOWS, {"device": str(device.device), "partners": told})
        return found

    async def _make(self, one: HanDevice, other: HanDevice, *, wanted: bool) -> LinkReport:
        link = link_between(one.kind, other.kind)
        before = await self._asked(link, one, other, wanted=wanted, outcomes={}, last=False)
        outcomes: dict[DeviceId, OrderOutcome] = {}
        try:
            for end, device, partner in _ends(link, one, other):
                knows = next(report.knows for report in before.ends if report.device == device)
                if knows is wanted:
                    continue  # it did it before: a second time would only use up a command
                outcome = outcomes[device.device] = await self._hand.do(_order(end, device, partner, wanted=wanted))
                if outcome.state is not OutcomeState.DONE:
                    break  # the other end is not told either: what is so is looked at first
        finally:
            self._note(_unasked(link, one, other, wanted=wanted, outcomes=outcomes, records=self._hand.records.all()))
        return await self._asked(link, one, other, wanted=wanted, outcomes=outcomes)

    async def _asked(
        self,
        link: MatrixLink,
        one: HanDevice,
        other: HanDevice,
        *,
        wanted: bool,
        outcomes: dict[DeviceId, OrderOutcome],
        last: bool = True,
    ) -> LinkReport:
        """Ask both ends. `last`: what they say is the report; else it says whom to tell."""
        known: dict[DeviceId, bool] = {}
        asleep = GbcsDeviceType.GSME
        for device, partner in sorted(((one, other), (other, one)), key=lambda pair: pair[0].kind is asleep):
            if not device.answers:
                continue
            outcome, beside = outcomes.get(device.device), known.get(partner.device)
            if device.kind is asleep and outcome is not None and outcome.state is OutcomeState.DONE:
                known[device.device] = wanted
            elif (
                device.kind is asleep and not last and beside is (not wanted) and not self._waits(link, device, partner)
            ):
                known[device.device] = beside
            else:
                known[device.device] = any(found.device == partner.device for found in await self.knows(device))
        records = self._hand.records.all()
        report = _report(link, one, other, wanted=wanted, known=known, outcomes=outcomes, records=records)
        if last:
            self._note(report)
        return report

    def _waits(self, link: MatrixLink, device: HanDevice, partner: HanDevice) -> bool:
        """Whether a command about the two left for `device` and nobody knows what came of it: it may wait in the hub
        until the device wakes. What is asked then comes behind it, so that the answer settles it."""
        records = self._hand.records.all()
        orders = [
            _order(end, at, other, wanted=wanted)
            for end, at, other in _ends(link, device, partner)
            for wanted in (True, False)
            if at == device
        ]
        return any(state_of(records, order.name) is OutcomeState.UNKNOWN for order in orders)

    def _note(self, report: LinkReport) -> None:
        self._hand.records.append(HubRecordKind.LINK, report.plain())


def half_done(records: list[HubRecord]) -> list[dict[str, Any]]:
    """The links that are not as they were wanted, each as its latest record has it."""
    latest: dict[frozenset[str], dict[str, Any]] = {}
    for record in records:
        if record.kind is HubRecordKind.LINK:
            latest[frozenset(end["device"] for end in record.payload["ends"])] = record.payload
    return [payload for payload in latest.values() if not payload["complete"]]


def _order(end: LinkEnd, device: HanDevice, partner: HanDevice, *, wanted: bool) -> HubOrder:
    if wanted:
        return hub_orders.join(device.device, end, partner.device, partner.kind)
    return hub_orders.unjoin(device.device, end, partner.device, partner.kind)


def _ends(link: MatrixLink, one: HanDevice, other: HanDevice) -> list[tuple[LinkEnd, HanDevice, HanDevice]]:
    """The ends that are told, in the matrix's order, each with its device and that one's partner."""
    if one.device == other.device:
        raise HubWorkError(
            _("{device} cannot be joined to itself.").format(device=one.device),
            remedy=_("Nothing was sent. Name two devices."),
            code="hub-same-device",
        )
    return [
        (end, device, partner)
        for end in link.ends
        for device, partner in ((one, other), (other, one))
        if device.kind is end.at
    ]


def _unasked(link: MatrixLink, one: HanDevice, other: HanDevice, **told: Any) -> LinkReport:
    """What is so as far as it is known before the ends are asked: nothing."""
    return _report(link, one, other, known={}, **told)


def _report(
    link: MatrixLink,
    one: HanDevice,
    other: HanDevice,
    *,
    wanted: bool,
    known: dict[DeviceId, bool],
    outcomes: dict[DeviceId, OrderOutcome],
    records: list[HubRecord],
) -> LinkReport:
    told = {device.device: (end, partner) for end, device, partner in _ends(link, one, other)}

    def report(device: HanDevice) -> EndReport:
        if device.device not in told:
            return EndReport(device, known.get(device.device), None)
        end, partner = told[device.device]
        order, outcome = _order(end, device, partner, wanted=wanted), outcomes.get(device.device)
        did = () if outcome is None else tuple((one.done, one.words) for one in outcome.operations)
        command = f"{describe_code(order.code)} ({order.service})"
        return EndReport(device, known.get(device.device), state_of(records, order.name), did, command)

    return LinkReport((report(one), report(other)), wanted)


__all__ = ["EndReport", "HanDevice", "HubLinks", "LinkReport", "LinkState", "half_done", "kind_words"]
