"""The pages of devices: now, history, configuration, logs, display and buttons, of every device of a home.

An electricity meter is read by the probe. What has no port of its own is asked for at the supplier's desk, which reads
it over the WAN; of a gas meter, which sleeps, the hub's mirror answers, with its age. What nobody can read is told as
that. In training, the display of an emulated device and its buttons are here too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from hht.client.api import NOBODY, Listeners, WriteResult
from hht.desk.course import AskReport, AskState
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.history.buckets import Grain
from hht.history.consent import Basis, require_basis
from hht.history.merging import Source
from hht.i18n import _
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.device_logs import rows_of
from hht.work.han_xray import GRACE, WAKE_EVERY, GasWake, gas_wake
from ui.device_facts import gas_lines, hub_lines, meter_items, meter_lines, on_han_lines, switch_items
from ui.histories import NO_JOB, forget, kept_history, log_read
from ui.home_devices import HomeDevice, Item, LogTold, Told
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.client.meter_session import MeterSession
    from hht.clock import Clock
    from hht.model.training.panel import DevicePanel
    from hht.store.store import Store
    from hht.work.history_reading import HistoryRead, Wanted
    from ui.desks import Desks
    from ui.training_ground import TrainingGround
    from ui.without_wan import DeskPlace

_METER: Final = "electricity-meter"
OnWake = Callable[[GasWake, datetime], None]  # when a gas meter wakes, and the home's time now


class NotToBeRead(HhtError):
    """Nobody can read that of such a device."""

    default_code = "not-to-be-read"


class Around(Protocol):
    """What is needed of the terminal."""

    @property
    def training(self) -> bool: ...
    @property
    def ground(self) -> TrainingGround: ...
    @property
    def desks(self) -> Desks: ...
    async def usual_desk(self) -> DeskPlace: ...
    async def devices_known(self, only: str = "") -> tuple[HomeDevice, ...]: ...
    def meter_at(self, device: HomeDevice) -> AbstractAsyncContextManager[MeterSession]:
        """The meter by the probe. Raises WrongMeter where another one answers, LinkUnavailable."""
        ...

    def store_opened(self) -> Store: ...


class DevicePages:
    """See the module. All coroutines run in the core thread's loop."""

    def __init__(self, around: Around, clock: Clock, new_id: Callable[[], str]) -> None:
        self._around, self._clock, self._new_id = around, clock, new_id

    async def devices(self, only: str = "") -> tuple[HomeDevice, ...]:
        """Every device of the home; in live work those of the job with the id `only`, where that is said."""
        return await self._around.devices_known(only)

    # --- now -------------------------------------------------------------------------------------------------------

    async def now(self, device: HomeDevice) -> Told:
        """What it says this moment: read anew each time. Raises what reading raises; NotToBeRead."""
        if device.kind == _METER:
            async with self._around.meter_at(device) as meter:
                lines = await meter_lines(meter)
            return Told(lines, self._clock.now(), "probe")
        if device.kind == "gas-meter":
            return await self._gas_now(device)
        if device.kind == "communications-hub":
            return await self._hub_now(device)
        return await self._on_han(device)

    async def _gas_now(self, device: HomeDevice) -> Told:
        wanted = (AskKind.READ_REGISTERS, AskKind.READ_SUPPLY, AskKind.READ_MPXN, AskKind.READ_PAYMENT_MODE)
        proxy = _proxy_of(device)
        reports = await asyncio.gather(*(self._ask(kind, proxy, Type.GPF) for kind in wanted))
        lines, notes = gas_lines(dict(zip(wanted, reports, strict=True)), self._clock.now())
        return Told(lines, self._clock.now(), "mirror", notes)

    async def _hub_now(self, device: HomeDevice) -> Told:
        place = await self._around.usual_desk()
        ways = await self._around.desks.ways(place.url, device.device_id, home=place.home)
        report = await self._ask(AskKind.READ_DEVICE_LOG, device.device_id, Type.CHF)
        known = await self.devices()
        lines, notes = hub_lines(ways, report, {one.device_id: one.title for one in known})
        return Told(lines, self._clock.now(), "desk", notes)

    async def _on_han(self, device: HomeDevice) -> Told:
        """Of what has no port and answers no desk: how the hub hears it, and which meters know it."""
        known = await self.devices()
        hub = _hub_of(device, known)
        at = [
            (one, Type.ESME if one.kind == _METER else Type.GPF) for one in known if one.kind in (_METER, "gas-meter")
        ]
        partners = [
            (one.title, self._ask(AskKind.READ_DEVICE_LOG, one.gpf or one.device_id, type_)) for one, type_ in at
        ]
        log = self._ask(AskKind.READ_DEVICE_LOG, hub, Type.CHF)
        reports = await asyncio.gather(log, *(asked for _title, asked in partners))
        titles = [title for title, _asked in partners]
        lines, notes = on_han_lines(device, reports[0], dict(zip(titles, reports[1:], strict=True)))
        if device.kind != "load-control-switch":
            return Told(lines, self._clock.now(), "desk", notes)
        switches = await self._switch_settings()  # what the meter that commands it has of it
        return Told((*switches.lines, *lines), self._clock.now(), "both", notes)

    # --- history ---------------------------------------------------------------------------------------------------

    async def history(
        self,
        device: HomeDevice,
        wanted: Wanted,
        basis: Basis,
        listeners: Listeners = NOBODY,
        on_source: Callable[[Source], None] = lambda _source: None,
        on_part: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> HistoryRead:
        """Its use. Raises HistoryError ``history-consent``, NotToBeRead, and what reading raises."""
        if device.kind not in (_METER, "gas-meter"):
            raise NotToBeRead(no_history(device.kind), remedy=_("Look at the history of the meters."))
        require_basis(wanted.grain, basis, training=self._around.training)
        store, whose = self._around.store_opened(), _kept_as(device)
        await in_thread(log_read, store, whose, wanted, basis)
        kept = kept_history(store, whose)
        if device.kind == _METER:
            from hht.work.history_reading import read_history

            async with self._around.meter_at(device) as meter:
                now = (await meter.read_clock()).time
                return await read_history(meter, kept, wanted, now, listeners, on_source)
        from hht.work.gas_history import read_gas_history

        proxy = _proxy_of(device)

        async def ask(kind: AskKind, details: dict[str, str]) -> AskReport:
            return await self._ask(kind, proxy, Type.GPF, details)

        on_source(Source.MIRROR_PROFILE if wanted.grain is Grain.HALF_HOUR else Source.MIRROR_DAYS)
        return await read_gas_history(ask, kept, wanted, await self._time(), on_part)

    async def forget(self, device: HomeDevice) -> None:
        """Drop what is kept of its use, which stays on record. Raises StoreError."""
        await in_thread(forget, self._around.store_opened(), _kept_as(device))

    # --- configuration ---------------------------------------------------------------------------------------------

    async def configuration(self, device: HomeDevice) -> Told:
        """What it is set to, and who may change that. Raises NotToBeRead for what has no settings."""
        if device.kind == _METER:
            async with self._around.meter_at(device) as meter:
                lines, items = await meter_items(meter)
            return Told(lines, self._clock.now(), "probe", (), items)
        if device.kind == "load-control-switch":
            return await self._switch_settings()
        if device.kind == "gas-meter":
            proxy = _proxy_of(device)
            wanted = (AskKind.READ_MPXN, AskKind.READ_PAYMENT_MODE)
            reports = await asyncio.gather(*(self._ask(kind, proxy, Type.GPF) for kind in wanted))
            lines, notes = gas_lines(dict(zip(wanted, reports, strict=True)), self._clock.now())
            items = (
                Item("mprn", _("MPRN"), "", "desk", AskKind.SET_MPRN.value),
                Item("calorific-value", _("Calorific value"), "", "desk", AskKind.SET_CALORIFIC_VALUE.value),
                Item("payment-mode", _("Payment mode"), "", "desk", AskKind.SET_PAYMENT_MODE.value),
            )
            return Told(lines, self._clock.now(), "mirror", notes, items)
        raise NotToBeRead(no_settings(device.kind), remedy=_("See what it is joined to: Home network (Ctrl+5)."))

    async def _switch_settings(self) -> Told:
        meter_of = next((one for one in await self.devices() if one.kind == _METER), None)
        if meter_of is None:
            raise NotToBeRead(
                _("The settings of a switch stand in the electricity meter, and none is known here."),
                remedy=_("Have a job that names the meter."),
            )
        async with self._around.meter_at(meter_of) as meter:
            load = await meter.read_load_control()
        lines, items = switch_items(load)
        return Told(lines, self._clock.now(), "probe", (), items)

    async def write(self, device: HomeDevice, item: str, value: str) -> WriteResult:
        """Write a setting by the probe, where its port lets an engineer: read before, journalled, read back. Raises
        MeterRefused, ReadBackMismatch, and what a bad value raises, before anything leaves."""
        from hht.work.single_write import WriteLog, held_value
        from ui.device_facts import checked_value, sender

        good = checked_value(item, value, training=self._around.training)
        log = WriteLog(self._around.store_opened(), self._new_id)
        async with self._around.meter_at(device) as meter:
            before = await held_value(meter, item)
            intended = log.new_write(device.device_id, NO_JOB, item, before, good)
            return await log.write(intended, sender(meter, item, good))

    # --- logs ------------------------------------------------------------------------------------------------------

    async def log(self, device: HomeDevice, log: str, on_wake: OnWake = lambda _wake, _now: None) -> LogTold:
        """One of its logs, oldest first. A gas meter sleeps: `on_wake` is told when it wakes, and it is read then.
        Raises NotToBeRead where nobody reads such a log, NotReadYet where it did not answer at its wake."""
        from hht.work.device_told import answered, log_told

        if log not in device.logs or device.type is None:
            raise NotToBeRead(
                _("Nobody reads a log of this device by probe or desk."),
                remedy=_("What others say of it stands in the hub's logs and in the electricity meter's."),
            )
        if device.kind == _METER:
            async with self._around.meter_at(device) as meter:
                return LogTold(tuple(await meter.read_log(log)), self._clock.now(), "probe")
        report = await self._ask(
            AskKind.READ_LOG, device.device_id, device.type, {"log": log}, self._waits(device, on_wake)
        )
        return LogTold(tuple(log_told(answered(report), log)), self._clock.now(), "desk")

    def _waits(self, device: HomeDevice, on_wake: OnWake) -> Callable[[], Awaitable[bool]] | None:
        """Whether an answer that has not come is waited for on: of a gas meter, until its next wake is over. None for
        what does not sleep."""
        if device.kind != "gas-meter":
            return None
        known: list[GasWake | None] = []
        until: list[datetime] = []

        async def on() -> bool:
            now = await self._time()
            if not until:
                known.append(await self._wake(device, now))
                until.append(now + WAKE_EVERY if known[0] is None else known[0].next)
            if known[0] is not None:
                on_wake(known[0], now)
            return now <= until[0] + GRACE

        return on

    async def _wake(self, device: HomeDevice, now: datetime) -> GasWake | None:
        """When a gas meter wakes next, by when its hub heard it last; None where nobody knows. The hub is awake."""
        if not device.hub:
            return None
        report = await self._ask(AskKind.READ_DEVICE_LOG, device.hub, Type.CHF)
        rows = rows_of(report.answer) if report.state is AskState.DONE else None
        heard = [
            one.heard.last for one in rows or () if one.device == device.device_id and one.heard and one.heard.last
        ]
        return gas_wake(heard, now)

    # --- display ---------------------------------------------------------------------------------------------------

    async def panel(self, device: HomeDevice) -> DevicePanel | None:
        """What somebody before it sees and can press; None for a real device, whose display only a person sees."""
        return await self._around.ground.panel_at(device.name) if self._around.training and device.name else None

    async def press(self, device: HomeDevice, control: str, typed: str) -> tuple[str, DevicePanel]:
        """Press something of an emulated device: what it answers, and what it shows then. Raises DeviceRefusal."""
        return await self._around.ground.press_at(device.name, control, typed)

    # --- inside ----------------------------------------------------------------------------------------------------

    async def _ask(
        self,
        kind: AskKind,
        device: str,
        type_: Type,
        details: Mapping[str, str] | None = None,
        on: Callable[[], Awaitable[bool]] | None = None,
    ) -> AskReport:
        """What the desk answers; nothing of it stays among the asks, which no visit takes along when it is erased.
        `on`: asked before the desk is, and each time when its answer has not come, whether to wait on."""
        from ui.desks import by_folder

        place = await self._around.usual_desk()
        if not place.url:
            raise NotToBeRead(
                _("This is read by the supplier's desk, and no desk is chosen."),
                remedy=_("Choose its link in the settings."),
            )
        desks = self._around.desks
        kept = await in_thread(desks.new, NO_JOB, kind, device, type_, details)
        wait = on is not None and await on()
        report = await desks.ask(place.url, kept.ask.reference, home=place.home)
        while wait and on is not None and _on_its_way(report) and not by_folder(place.url) and await on():
            report = await desks.ask(place.url, kept.ask.reference, home=place.home)
        if report.answer:
            await in_thread(desks.erase_answer, report.ask.reference)
        return report

    async def _time(self) -> datetime:
        """True time: of the premises that is trained with, else the terminal's."""
        return self._around.ground.time() if self._around.training else self._clock.now()


def _on_its_way(report: AskReport) -> bool:
    return not report.state.final and report.state is not AskState.UNKNOWN


def _kept_as(device: HomeDevice) -> str:
    """Under which number its use is kept: of gas that of the proxy, which is what is read."""
    return device.gpf if device.kind == "gas-meter" and device.gpf else device.device_id


def _proxy_of(device: HomeDevice) -> str:
    if not device.gpf:
        raise NotToBeRead(
            _("Gas is read from the hub's mirror, and the hub of this meter is not known."),
            remedy=_("Have a job that names the hub with its GPF ID."),
        )
    return device.gpf


def _hub_of(device: HomeDevice, known: tuple[HomeDevice, ...]) -> str:
    found = device.hub or next((one.device_id for one in known if one.kind == "communications-hub"), "")
    if not found:
        raise NotToBeRead(
            _("How it is heard stands in the hub's Device Log, and the hub is not known."),
            remedy=_("Have a job that names the hub, or read the log by the dongle: Home network (Ctrl+5)."),
        )
    return found


def no_history(kind: str) -> str:
    """Why there is no history of such a device."""
    return {
        "communications-hub": _("A hub counts no energy. What it mirrors of gas is the gas meter's history."),
        "load-control-switch": _("A switch counts no energy. When it switched stands in the meter's switch log."),
        "in-home-display": _(
            "A display has a memory of its own, which nobody can read out: its pages show it. What it is made of "
            "stands in the meters."
        ),
        "prepayment-interface": _(
            "This display shows what the meters hold, and tells nobody of its own memory. It is made of the meters' "
            "history."
        ),
        "consumer-access-device": _(
            "What it has collected is its owner's, and nobody can read it out. It is made of what the meters hold."
        ),
    }.get(kind, _("No history is known of such a device."))


def no_settings(kind: str) -> str:
    """Why there is nothing to set at such a device."""
    return {
        "communications-hub": _("A hub's settings are its Device Log and its joins."),
        "in-home-display": _("A display is set by the people at home. From here only its joins can be changed."),
        "prepayment-interface": _("From here only its joins can be changed."),
        "consumer-access-device": _("It is set by its owner. From here only its joins can be changed."),
    }.get(kind, _("Nothing is known to be set at such a device."))
