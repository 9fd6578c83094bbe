"""A premises and the devices in it, from a readable TOML file (``resources/premises/*.toml``, or any path)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from hht.clock import Clock
from hht.i18n import _
from hht.model.clock import SimulatedClock
from hht.model.communications_hub import CommunicationsHub, HubConfiguration
from hht.model.communications_hub.apart import consumer_radio
from hht.model.device import Device, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.exchange import Records
from hht.model.faults.plan import parse_fault
from hht.model.faults.register import FaultRegister
from hht.model.gas_meter import GasMeter
from hht.model.han.joins import offer_joins
from hht.model.han.medium import ClearMedium, Medium
from hht.model.han.node import HanNode
from hht.model.intelligent_hub import BasicGasMeter
from hht.model.mains import Mains
from hht.model.plan_file import PremisesError
from hht.model.plans.han import HanPlan
from hht.model.premises_plan import PremisesPlan, parse_premises
from hht.model.radio.medium import RadioMedium, WiredMedium
from hht.model.site import Site
from hht.model.wan import WanModule
from hht.model.wan.centre import Centre
from hht.model.wan.sealing import Guard
from hht.model.wan.story import Story
from hht.model.wan.tariff_keeping import keep_tariffs
from hht.resources import resource_path

HISTORY_DAYS = 396  # 13 months of most years; a meter keeps one day more (`load_profile.CAPACITY`)
MAXIMUM_HISTORY_DAYS = 3660
D = TypeVar("D", bound=Device)


Beforehand = Callable[["Premises"], None]


class Premises:
    """A premises that lives on a site: its devices by name, in the order of the file. `faults`: what can be wrong."""

    def __init__(self, plan: PremisesPlan, site: Site, beforehand: Beforehand = lambda _premises: None) -> None:
        self.plan = plan
        self.site = site
        self.mains = Mains(site, phases=plan.phases, outages=plan.outages)
        self.mains.detector = plan.detector
        self.medium = _medium(plan, site)
        self._devices: dict[str, Device] = {}
        for device in plan.devices:
            self._devices[device.name] = device.build(self)
        self._connect()
        self.guard = Guard()
        self.wan = [WanModule(hub, plan.wan, self.guard) for hub in self.of(CommunicationsHub)] if plan.wan else []
        self.records = Records()
        self.centre = Centre(site, plan.centre, self.devices, self.wan, self.guard) if plan.centre else None
        self.tariff_keeping = keep_tariffs(self.centre) if self.centre is not None else ()
        self.story = Story(self.centre, plan.story) if self.centre is not None and plan.story else None
        self.faults = FaultRegister(self)
        for fault in plan.faults:
            fault.arrange(self.faults, site)
        beforehand(self)
        site.live()

    def _connect(self) -> None:
        """Bring every device with a radio near every hub's HAN, and those that have joined onto the first one's."""
        hubs = self.of(CommunicationsHub)
        for hub in hubs:
            self._devices[hub.gpf.name] = hub.gpf
            if not self.plan.radio.retries:
                for network in hub.networks:
                    network.attempts = 1
            for meter in self.of(ElectricityMeter)[:1]:
                hub.power.attach(meter)
                if hub.power.port is not None and not hub.power.port.data:
                    hub.network.wire(meter.node or _wired_node(meter))
        for plan in self.plan.devices:
            device = self._devices[plan.name]
            if device.node is None:
                continue
            device.node.bands = device.node.bands or self.plan.radio.bands
            for hub in hubs:
                hub.network_of(device.kind).bring_near(device.node)
            han = getattr(plan, "han", None)
            wanted = han.hub if isinstance(han, HanPlan) else ""
            own = next((hub for hub in hubs if hub.name == wanted), hubs[0] if hubs else None)
            if own is not None and isinstance(han, HanPlan) and han.joined and device.node.network is None:
                own.network_of(device.kind).settle(device.node)
            if isinstance(device, GasMeter | BasicGasMeter) and own is not None:
                device.live_on(own.network)
        for hub in hubs:
            if hub.consumer is not None:
                hub.consumer.show_meters()

    def put_hub(self, hub: CommunicationsHub) -> WanModule | None:
        """Put a hub in the place of the one of its name (`hht.model.exchange`): every device with a radio is near it,
        and it has a WAN module of its own where the premises has WAN."""
        old = self._devices[hub.name]
        self._devices[hub.name], self._devices[hub.gpf.name] = hub, hub.gpf
        for device in self._devices.values():
            if device.node is not None and device is not hub.gpf:
                hub.network_of(device.kind).bring_near(device.node)
        for meter in self.of(ElectricityMeter)[:1]:
            hub.power.attach(meter)
        if self.plan.wan is None:
            return None
        module = WanModule(hub, self.plan.wan, self.guard)
        self.wan[:] = [module if one.hub is old else one for one in self.wan]
        return module

    @property
    def name(self) -> str:
        """The name it was asked for by."""
        return self.plan.name

    @property
    def devices(self) -> tuple[Device, ...]:
        """Every device, in the order of the file."""
        return tuple(self._devices.values())

    def of(self, kind: type[D]) -> list[D]:
        """The devices of one class, in the order of the file."""
        return [device for device in self._devices.values() if isinstance(device, kind)]

    def find(self, name: str) -> Device:
        """The device called `name`. PremisesError when there is none such."""
        try:
            return self._devices[name]
        except KeyError:
            raise self._no_device(name, self._devices) from None

    def device(self, name: str | None = None) -> ElectricityMeter:
        """The electricity meter called `name` ("esme-1") or of that Device ID, or the first. PremisesError when there
        is none such."""
        meters = {meter.name: meter for meter in self.of(ElectricityMeter)}
        if name is None and meters:
            return next(iter(meters.values()))
        if name in meters:
            return meters[name]
        for meter in meters.values():
            if name == str(meter.identity.device_id):
                return meter
        raise self._no_device(name or DeviceKind.ESME.value, meters)

    def _no_device(self, wanted: str, known: dict[str, D]) -> PremisesError:
        return PremisesError(
            _("The premises “{name}” has no device “{device}”.").format(name=self.name, device=wanted),
            remedy=_("Choose one of: {known}.").format(known=", ".join(known)),
            code="premises-device",
        )


def _wired_node(meter: ElectricityMeter) -> HanNode:
    """The end of the HAN of a meter that has no radio, at a hub's port."""
    meter.node = HanNode(meter, None)
    offer_joins(meter, meter.node)
    return meter.node


def available_premises() -> list[str]:
    """Names of the premises that come with the program, sorted."""
    return sorted(path.stem for path in resource_path("premises").glob("*.toml"))


def read_premises(name_or_path: str) -> PremisesPlan:
    """The checked plan of a premises by name, or of a file by its path. Raises PremisesError."""
    path, text = premises_text(name_or_path)
    return parse_premises(text, name=path.stem, file=path.name)


def premises_text(name_or_path: str) -> tuple[Path, str]:
    """The file of a premises, by name or path, and what stands in it. Raises PremisesError."""
    path = resource_path("premises", f"{name_or_path}.toml")
    if re.fullmatch(r"[a-z0-9-]+", name_or_path) is None or not path.is_file():
        path = Path(name_or_path)
        if path.suffix != ".toml":
            raise _unknown(name_or_path)
    try:
        return path, path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _unknown(name_or_path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise PremisesError(
            _("{file} cannot be read: {problem}").format(file=path, problem=error),
            remedy=_("Give the path of a readable text file."),
            file=str(path),
            field="",
            line=0,
        ) from None


def with_faults(plan: PremisesPlan, texts: Sequence[str]) -> PremisesPlan:
    """The same plan with these faults too, each ``NAME[@DEVICE][,BEGINS]``. Raises FaultError."""
    return replace(plan, faults=(*plan.faults, *map(parse_fault, texts))) if texts else plan


def _medium(plan: PremisesPlan, site: Site) -> Medium:
    """What carries the HAN: a bench where the file asks for none, the house's radio, a cable for those on it."""
    if plan.radio.perfect:
        return ClearMedium()
    bands: dict[str, frozenset[str]] = {}
    cable: set[str] = set()
    belongs: dict[str, str] = {}
    for device in plan.devices:
        han = getattr(device, "han", None)
        given = han.bands if isinstance(han, HanPlan) else frozenset()
        if isinstance(device, HubConfiguration):
            given = frozenset({"2400", "868"} if device.dual_band else {"2400"}) | plan.radio.bands
        if isinstance(device, HubConfiguration) and device.apart is not None:
            given = frozenset({device.apart.gas})
            belongs[consumer_radio(device.name)] = device.name
            bands[consumer_radio(device.name)] = frozenset({device.apart.consumer})
        if "wired" in given or (plan.radio.cable and isinstance(device, HubConfiguration)):
            cable.add(device.name)
        bands[device.name] = given - {"wired"} or plan.radio.bands
    repeaters = tuple(device.name for device in plan.devices if device.kind is DeviceKind.REPEATER)
    radio = RadioMedium(plan.house, site.seed, bands=bands, repeaters=repeaters, belongs=belongs)
    radio.interference = dict(plan.radio.interference)
    radio.sources = list(plan.radio.sources)
    radio.routes = plan.radio.routing
    for device in plan.devices:
        if isinstance(device, HubConfiguration):
            radio.choose(device.name, site.agenda.now_ms)
    return WiredMedium(frozenset(cable), radio) if cable else radio


def load_premises(
    name_or_path: str,
    *,
    clock: Clock,
    seed: int = 1,
    days: int = HISTORY_DAYS,
    start: datetime | None = None,
    speed: float = 1.0,
) -> Premises:
    """Bring a premises to life: `days` of history before `start` (default: the clock's own time), then on at `speed`.

    Raises PremisesError. History begins at a midnight (UTC): the same file, seed, days and day of `start` give the same
    history, byte for byte.
    """
    return bring_to_life(read_premises(name_or_path), clock=clock, seed=seed, days=days, start=start, speed=speed)


def bring_to_life(
    plan: PremisesPlan,
    *,
    clock: Clock,
    seed: int = 1,
    days: int = HISTORY_DAYS,
    start: datetime | None = None,
    speed: float = 1.0,
    beforehand: Beforehand = lambda _premises: None,
) -> Premises:
    """`load_premises` for a plan that was read before. `beforehand`: what is to happen in its history too."""
    if not 1 <= days <= MAXIMUM_HISTORY_DAYS:
        raise PremisesError(
            _("{days} days of history cannot be made.").format(days=days),
            remedy=_("Ask for 1 to {maximum} days; 396 are 13 months.").format(maximum=MAXIMUM_HISTORY_DAYS),
            code="premises-days",
        )
    time = SimulatedClock(clock, speed=speed, start=start)
    # From midnight on, so that two programs that look at a premises on the same day see the same history.
    begins = (time.now() - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = time.now() - timedelta(days=days)
    return Premises(plan, Site(time, begins=begins, seed=seed, records_from=wanted), beforehand)


def _unknown(name: str) -> PremisesError:
    return PremisesError(
        _("There is no premises “{name}”.").format(name=name),
        remedy=_("Choose one of: {known}; or give the path of a .toml file.").format(
            known=", ".join(available_premises())
        ),
        code="premises-unknown",
    )
