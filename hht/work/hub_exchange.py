"""A communications hub is exchanged for another, and no device of the home is lost over it.

Two phases, with the hub's removal in between. Before: a snapshot of who is on the HAN (sealed, without keys), the
desk's word that the centre's copy of the Device Log is as new, money and supply of the meters, the tamper announced.
After: the new hub gets the log of the old one (CCS03; old Extended PAN ID) and its proxy the partners (GCS59), every
device is shown to talk, the gas meter is joined to the new proxy when it wakes, and the snapshot is erased with a
receipt.

Each step is on disk before the next begins; whatever dies in between, the same step again looks first at what is so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from hht.client.radio.errors import DongleError, HubError
from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.link import LinkError
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.store.erasure import Erased, only_look
from hht.store.errors import StoreError
from hht.store.store import Store
from hht.work import hub_orders
from hht.work.hub_before import blockers_of, read_meter
from hht.work.hub_exchange_errors import (
    copy_differs,
    copy_old,
    copy_other,
    ids_alike,
    kind_unknown,
    log_empty,
    silent,
)
from hht.work.hub_exchange_state import ExchangeState, Phase, exchange_state
from hht.work.hub_facts import LOG_CHANGED, DeviceLogEntry, LogLine, device_log, log_copy, log_lines
from hht.work.hub_hand import HubHand, HubWorkError
from hht.work.hub_partners import ask_around
from hht.work.hub_records import HubRecordKind, HubRecords, HubWorkKind, begin
from hht.work.hub_return import Returning, unexpected_tampers
from hht.work.hub_snapshot import Snapshot, SnapshotStore, make_snapshot
from hht.work.hub_ways import CopyStatement, Way

CHECK_GOOD_FOR: Final = timedelta(hours=2)  # our own number: money read longer ago says nothing of now
_LOST: Final = (StoreError, LinkError, HubError, DongleError)  # nothing can be heard any more, of any device
Kinds = dict[DeviceId, GbcsDeviceType]


class HubExchange:
    """One exchange. Every method raises StoreError where a record cannot be kept, HubWorkError ``hub-exchange-order``
    out of turn; those that take a `Way` raise as `hht.work.hub_hand.HubHand`."""

    def __init__(self, store: Store, work_id: str, *, on_point: Callable[[str], None] | None = None) -> None:
        self._store = store
        self.work_id = work_id
        self.records = HubRecords(store, work_id, on_point=on_point)
        self._snapshots = SnapshotStore(store, work_id)

    @classmethod
    def begin(cls, store: Store, work_id: str, chf: DeviceId, gpf: DeviceId, *, by: str, job: str = "") -> HubExchange:
        """Begin one, of the hub with these two Device IDs. Raises HubWorkError ``hub-ids`` where they are the same."""
        if chf == gpf:
            raise ids_alike()
        with store.transaction():
            begin(store, work_id, HubWorkKind.EXCHANGE, str(chf))
            made = cls(store, work_id)
            told = {"old_chf": str(chf), "old_gpf": str(gpf), "by": by, "job": job}
            made.records.append(HubRecordKind.BEGUN, told)
        return made

    @property
    def state(self) -> ExchangeState:
        """Where it stands."""
        return exchange_state(self.work_id, self.records.all())

    @property
    def snapshot(self) -> Snapshot | None:
        """What was on the old hub's HAN; None before it is taken and after it is erased."""
        return self._snapshots.load()

    # --- before ----------------------------------------------------------------------------------------------------

    async def take_snapshot(self, way: Way, kinds: Kinds, terminal: DeviceId | None = None) -> Snapshot:
        """Read who is on the HAN, how well they are heard, who is joined to whom, and keep it. `kinds`: what devices
        are, as far as that is known; more is learned from the joins. `terminal`: this terminal's own Device ID. Raises
        HubWorkError ``hub-kind-unknown`` where nobody told what a device is, ``hub-log-empty``."""
        state = self._at(Phase.BEGUN)
        hand = HubHand(self.records, way)
        log = await hand.ask(hub_orders.read(hub_orders.READ_LOG, state.old_chf), device_log)
        copy = await hand.ask(hub_orders.read(hub_orders.READ_LOGS, state.old_chf), log_copy)
        events = await hand.ask(hub_orders.read(hub_orders.READ_HUB_EVENTS, state.old_chf), log_lines)
        joined = sorted((row.device for row in log if row.joined and row.device != terminal), key=str)
        joins = await ask_around(hand, state.old_gpf, joined, kinds)
        changed = _last_change(events)
        snapshot = make_snapshot(state.old_gpf, state.old_chf, log, copy, joins, changed, terminal, dict(kinds))
        if not snapshot.log:
            raise log_empty(state.old_chf)
        unknown = snapshot.to_come_back - set(snapshot.kinds)
        if unknown:
            raise kind_unknown(unknown)
        self._snapshots.keep(snapshot, self.records)
        return snapshot

    def take_from_copy(self, statement: CopyStatement, kinds: Kinds) -> ExchangeState:
        """The old hub is dead, and nothing can be read of it: what the centre's copy has is all that is known. That is
        the proof too. Raises HubWorkError ``hub-copy-other`` for one that names no device, or is another hub's."""
        state = self._at(Phase.BEGUN)
        if statement.hub != state.old_chf or not statement.devices:
            raise copy_other(_("it is of another hub, or names no device"))
        log = tuple(DeviceLogEntry(device, True, None, None, None, 0, 0, 0) for device in statement.devices)
        gpf = state.old_gpf
        snapshot = Snapshot(
            state.old_chf, gpf, gpf, statement.taken, log, (), {}, statement.fingerprint, None, dict(kinds)
        )
        told = {"taken": iso_z(statement.taken), "reference": statement.reference, "same": False}
        with self._store.transaction():
            self._snapshots.keep(snapshot, self.records)
            self.records.append(HubRecordKind.STEP, {"step": Phase.PROVEN.value, **told})
            unread = {
                "code": "meters-not-read",
                "device": str(state.old_chf),
                "words": _("The old hub is dead: no meter could be asked for money and supply."),
                "remedy": _("Read both off the meters' displays, and write them down."),
            }
            self.records.append(HubRecordKind.STEP, {"step": Phase.CHECKED.value, "blockers": [unread]})
        return self.state

    def prove(self, statement: CopyStatement) -> ExchangeState:
        """The desk's word on the centre's copy. Raises HubWorkError ``hub-copy-other``, ``hub-copy-old`` where the old
        hub may not be taken off on the strength of it."""
        state = self._at(Phase.SNAPSHOT)
        snapshot = self.snapshot
        assert snapshot is not None
        if statement.hub != state.old_chf:
            raise copy_other(_("it is of the hub {hub}").format(hub=statement.hub))
        copied = frozenset(statement.devices) or snapshot.devices
        if copied != snapshot.devices:
            raise copy_differs(snapshot.devices - copied, copied - snapshot.devices)
        same = statement.fingerprint == snapshot.fingerprint
        if statement.fingerprint and not same:
            raise copy_other(_("keys or devices in it are others than the hub has"))
        since = snapshot.last_change or snapshot.taken
        if not same and statement.taken < since:
            raise copy_old(statement.taken, since)
        told = {"taken": iso_z(statement.taken), "reference": statement.reference, "same": same}
        self.records.append(HubRecordKind.STEP, {"step": Phase.PROVEN.value, **told})
        return self.state

    async def check(self, way: Way) -> ExchangeState:
        """Read money and supply of the meters. It may be done again, and has to be where it is two hours old."""
        self._from(Phase.PROVEN, Phase.CHECKED, Phase.EXPECTED)
        snapshot = self.snapshot
        assert snapshot is not None
        known = snapshot.kinds
        wanted = (GbcsDeviceType.ESME, GbcsDeviceType.GSME)
        meters = [(one, known[one]) for one in sorted(snapshot.to_come_back, key=str) if known.get(one) in wanted]
        if not meters:
            raise HubWorkError(
                _("There was no meter on the HAN of the old hub."),
                remedy=_("Abandon this exchange, and begin it again with the hub that meters are joined to."),
                code="hub-no-meter",
            )
        hand = HubHand(self.records, way)
        read = [await read_meter(hand, device, kind, snapshot.gpf) for device, kind in meters]
        told = {
            "meters": [one.plain() for one in read],
            "blockers": [
                {"code": b.code, "device": str(b.device), "words": b.words, "remedy": b.remedy}
                for one in read
                for b in blockers_of(one)
            ],
            "security_logs": {str(one.device): one.lines() for one in read if one.security},
        }
        self.records.append(HubRecordKind.STEP, {"step": Phase.CHECKED.value, **told})
        return self.state

    def answer(self, code: str, device: DeviceId, *, by: str, why: str) -> ExchangeState:
        """A person answers what speaks against taking the hub off. Raises HubWorkError ``hub-no-blocker``."""
        if not any((one.code, one.device) == (code, device) for one in self.state.open_blockers) or not why.strip():
            raise HubWorkError(
                _("Nothing of the name {code} is open for {device}, or no reason is given.").format(
                    code=code, device=device
                ),
                remedy=_("hht han exchange show tells what is open."),
                code="hub-no-blocker",
            )
        told = {"blocker": code, "device": str(device), "by": by, "why": why}
        self.records.append(HubRecordKind.NOTED, told)
        return self.state

    def expect_tamper(self, *, by: str, reference: str = "") -> ExchangeState:
        """It is announced that taking the hub off will raise a tamper; `reference`: the desk's, where it was told.

        Raises HubWorkError ``hub-blocked`` while something speaks against it, ``hub-check-old``."""
        state = self._from(Phase.CHECKED, Phase.EXPECTED)
        if state.open_blockers:
            first = state.open_blockers[0]
            raise HubWorkError(first.words, remedy=first.remedy, code="hub-blocked", blocker=first.code)
        self._require_fresh(state)
        told = {"step": Phase.EXPECTED.value, "by": by, "told_as": reference}
        self.records.append(HubRecordKind.STEP, told)
        return self.state

    def _require_fresh(self, state: ExchangeState) -> None:
        assert state.checked_at is not None
        if self._now() > state.checked_at + CHECK_GOOD_FOR:
            raise HubWorkError(
                _("Money and supply were read {time:%H:%M} UTC: that is too long ago.").format(time=state.checked_at),
                remedy=_("Read them again, then take the hub off."),
                code="hub-check-old",
            )

    # --- the hub is taken off --------------------------------------------------------------------------------------

    def swapped(self, chf: DeviceId, gpf: DeviceId, *, by: str) -> ExchangeState:
        """The old hub is off and the one with these Device IDs in its place. Raises HubWorkError ``hub-ids`` for one
        that is the old one, or where CHF and GPF are taken for one another."""
        state = self._from(Phase.EXPECTED, Phase.SWAPPED)
        if chf == gpf:
            raise ids_alike()
        if {chf, gpf} & {state.old_chf, state.old_gpf}:
            raise HubWorkError(
                _("{device} is an identifier of the hub that was taken off.").format(
                    device=chf if chf in (state.old_chf, state.old_gpf) else gpf
                ),
                remedy=_("Scan both labels of the new hub: CHF ID and GPF ID."),
                code="hub-ids",
            )
        told = {"step": Phase.SWAPPED.value, "new_chf": str(chf), "new_gpf": str(gpf), "by": by}
        self.records.append(HubRecordKind.STEP, told)
        return self.state

    # --- after -----------------------------------------------------------------------------------------------------

    async def restore(self, way: Way) -> ExchangeState:
        """Give the new hub the log and the partners of the old one; what it has already is not given again.

        Raises HubWorkError ``hub-restore-refused``, ``hub-restore-incomplete``."""
        state = self._from(Phase.SWAPPED, Phase.RESTORED)
        returning = self._returning(way, state)
        missing = await returning.restore_log()
        await returning.restore_partners()
        if missing:
            raise HubWorkError(
                _("The new hub does not list {devices}.").format(devices=", ".join(sorted(map(str, missing)))),
                remedy=_("Have each of them listed (hht han add), then restore once more: it goes on from there."),
                code="hub-restore-incomplete",
            )
        if not state.reached(Phase.RESTORED):
            never = sorted(str(one) for one in returning.snapshot.devices - returning.snapshot.to_come_back)
            self.records.append(HubRecordKind.STEP, {"step": Phase.RESTORED.value, "never_joined": never})
        return self.state

    async def prove_devices(self, way: Way, again: Callable[[], Awaitable[bool]] | None = None) -> ExchangeState:
        """Show that every device talks. `again` is awaited while some do not yet; it says whether to look once more
        (None: look once). Raises HubWorkError ``hub-device-silent`` where some have not been shown to."""
        state = self._from(Phase.RESTORED, Phase.DEVICES_PROVED)
        returning = self._returning(way, state)
        while quiet := await self._one_round(returning):
            if again is None or not await again():
                raise silent(quiet)
        for meter in state.tamper_before:
            await self._look_for_tampers(returning, meter, state)
        if not state.reached(Phase.DEVICES_PROVED):
            self.records.append(HubRecordKind.STEP, {"step": Phase.DEVICES_PROVED.value})
        return self.state

    async def _one_round(self, returning: Returning) -> dict[DeviceId, str]:
        """Look at each that was not shown to talk; the ones that were not now either, and why."""
        state, quiet = self.state, {}
        left = returning.snapshot.to_come_back - set(state.proved) - set(state.given_up)
        listed = await returning.listed()
        for device in sorted(left, key=lambda one: (returning.sleeps(one), str(one))):  # the gas meter last
            try:
                found = await returning.prove(device, listed)
            except _LOST:
                raise
            except HhtError as error:
                quiet[device] = error.message
                continue
            told = {"step": "device", "device": str(device), "how": found.how}
            lost = [[str(one), str(other)] for one, other in found.lost_joins]
            self.records.append(HubRecordKind.STEP, {**told, "lost_joins": lost})
        return quiet

    async def _look_for_tampers(self, returning: Returning, meter: DeviceId, state: ExchangeState) -> None:
        lines = await returning.security_log(meter)
        found = unexpected_tampers(state.tamper_before[meter], lines)
        told = {"step": "tampers", "device": str(meter), "hub_removed": found.hub_removed}
        self.records.append(HubRecordKind.STEP, {**told, "unexpected": found.others})

    def give_up(self, device: DeviceId, *, by: str, why: str) -> ExchangeState:
        """A person decides that a device is not waited for any more. Raises HubWorkError ``hub-not-waited-for``."""
        self._from(Phase.RESTORED)
        snapshot, state = self.snapshot, self.state
        if snapshot is None or device not in snapshot.to_come_back - set(state.proved) or not why.strip():
            raise HubWorkError(
                _("{device} is not waited for, or no reason is given.").format(device=device),
                remedy=_("hht han exchange show tells which devices have not been shown to talk."),
                code="hub-not-waited-for",
            )
        self.records.append(HubRecordKind.NOTED, {"given_up": str(device), "by": by, "why": why})
        return self.state

    def finish(self) -> ExchangeState:
        """Erase the snapshot; the receipt is in the records. Raises StoreError ``store-erasure``."""
        self._at(Phase.DEVICES_PROVED)
        self._end(Phase.FINISHED, {})
        return self.state

    def abandon(self, *, by: str, why: str) -> ExchangeState:
        """Give the exchange up, before the old hub is taken off; the snapshot is erased as at the end."""
        self._from(Phase.BEGUN, Phase.SNAPSHOT, Phase.PROVEN, Phase.CHECKED, Phase.EXPECTED)
        self._end(Phase.ABANDONED, {"by": by, "why": why})
        return self.state

    # --- inside ----------------------------------------------------------------------------------------------------

    def _end(self, phase: Phase, told: dict[str, Any]) -> None:
        receipt: Erased | None = None
        if self.snapshot is not None:
            mark = self._snapshots.mark().hex()
            self.records.append(HubRecordKind.STEP, {"step": "erasing", "mark": mark})
            receipt = self._snapshots.destroy()
        elif self.state.erasing:
            receipt = only_look(self._store, bytes.fromhex(self.state.erasing))
        plain = None if receipt is None else {**asdict(receipt), "files": list(receipt.files), "at": self._store.now()}
        self.records.append(HubRecordKind.ENDED, {"phase": phase.value, "receipt": plain or {}, **told})

    def _returning(self, way: Way, state: ExchangeState) -> Returning:
        snapshot = self.snapshot
        assert snapshot is not None
        assert state.new_chf is not None
        assert state.new_gpf is not None
        return Returning(HubHand(self.records, way), snapshot, state.new_chf, state.new_gpf)

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._store.now())

    def _at(self, phase: Phase) -> ExchangeState:
        return self._from(phase)

    def _from(self, *phases: Phase) -> ExchangeState:
        state = self.state
        if state.phase not in phases:
            raise HubWorkError(
                _("The exchange of {hub} is not there: {next}").format(hub=state.old_chf, next=state.next),
                remedy=_("Do what comes next; hht han exchange show tells it."),
                code="hub-exchange-order",
                phase=state.phase.value,
            )
        return state


def _last_change(lines: tuple[LogLine, ...]) -> datetime | None:
    return max((line.time for line in lines if line.code == LOG_CHANGED), default=None)
