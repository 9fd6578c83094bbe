"""The WAN module of a communications hub: it searches, connects, checks what comes in, and keeps what cannot go out.

What it needs after a power cut comes from the hub's reserve: the link stands until the outage alert is out. Nothing
polls: a search begins when there is power or service again.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

from hht.i18n import _
from hht.model.agenda import SECOND_MS, Appointment
from hht.model.communications_hub.delivery import Delivery
from hht.model.communications_hub.hub import CommunicationsHub
from hht.model.communications_hub.leds import WanLook
from hht.model.communications_hub.modules import Slot
from hht.model.communications_hub.power import OUTAGE_ALERT_MS
from hht.model.device import Alert
from hht.model.features.checks import require
from hht.model.refusal import Reason
from hht.model.wan.coverage import (
    LARGEST,
    HubDuty,
    HubVariant,
    Ownership,
    Region,
    Service,
    Technology,
    responsible,
    suits,
    technology_at,
)
from hht.model.wan.frames import Downlink, Frame, LinkKey, Message, Uplink, octets
from hht.model.wan.sealing import Guard

WEAKEST_DBM = -110  # our own number: below it nothing registers


@dataclass(frozen=True, slots=True)
class WanConfiguration:
    """What stands at the place and in the hub. `signal_dbm`: how the module hears it; `search_s`: how long a search
    takes; `latency_ms`: one way; `ownership` of the hub."""

    region: Region = Region.CENTRAL
    service: Service = Service.CORE
    variant: HubVariant = HubVariant.CELLULAR_AND_MESH
    signal_dbm: int = -85
    search_s: int = 300
    latency_ms: int = 2_000
    ownership: Ownership = Ownership.CSP
    assigned: tuple[tuple[HubDuty, Ownership], ...] = ()  # duties that somebody else has than `ownership` says

    @property
    def duties(self) -> dict[HubDuty, Ownership]:
        """Who is responsible for what of the hub."""
        return responsible(self.ownership, dict(self.assigned))


class WanState(enum.StrEnum):
    """What the module does."""

    OFF = "off"
    SEARCHING = "searching"
    CONNECTED = "connected"
    NO_SERVICE = "no service found"


class WanTrouble(enum.StrEnum):
    """Why nothing gets through, as somebody who knows all would say it."""

    NONE = ""
    NO_POWER = "the hub has no power"
    SEARCHING = "the hub is still searching"
    NEVER = "there has never been WAN here"
    LOST = "there was WAN, and it is lost now"
    WRONG_VARIANT = "the hub's variant does not suit the region"
    CENTRE_DOWN = "the DCC's systems are down"
    INTERFACE = "the hub's HAN and WAN modules do not reach one another"


@dataclass(slots=True)
class LinkCounters:
    """What the module has checked (CH-02): frames taken, and those that failed which check; frames sent."""

    taken: int = 0
    unauthentic: int = 0
    altered: int = 0
    malformed: int = 0
    sent: int = 0


@dataclass(slots=True)
class _Search:
    began_ms: int
    ends: Appointment = field(repr=False)


class WanModule:
    """One hub's module. `to_centre` takes what it sends (None: the centre does not listen)."""

    def __init__(self, hub: CommunicationsHub, configuration: WanConfiguration, guard: Guard) -> None:
        self.hub = hub
        self.site = hub.site
        self.configuration = configuration
        self.service = configuration.service
        self.signal_dbm = configuration.signal_dbm
        self.guard = guard
        self.key = LinkKey(hub.site.chance(f"{hub.identity.device_id} WAN"))
        self.state = WanState.OFF
        self.counters = LinkCounters()
        self.ever_connected = False
        self.centre_up = True
        self.application = ""  # which WAN application layer is active ("": none)
        self.kept: list[Uplink] = []  # answers that wait for the WAN
        self.traffic: Callable[[object], None] | None = None  # who listens to what goes by
        self.to_centre: Callable[[CommunicationsHub, Frame], None] | None = None
        self._search: _Search | None = None
        self._knows_time = False
        self._last_down = self._last_up = 0
        self._reserve: Appointment | None = None
        hub.network.time_ms = lambda: self.site.agenda.now_ms if self._knows_time else None
        hub.leds.wan_look = self._look
        hub.outage.from_network = self._from_network
        hub.power.changed.append(self._power_changed)
        if hub.modules is not None:
            hub.modules.changed.append(self._module_changed)
        if hub.powered:
            self._begin()

    def activate(self, layer: str) -> None:
        """Let that WAN application layer work. DeviceRefusal while another one does: one at a time (CH-16)."""
        require(
            self.application in ("", layer),
            _("The WAN application layer “{active}” is active on this hub.").format(active=self.application),
            _("Deactivate it first: only one may be."),
            reason=Reason.TEMPORARY_FAILURE,
        )
        self.application = layer

    def deactivate(self) -> None:
        """No WAN application layer works from now on."""
        self.application = ""

    # --- what stands there -----------------------------------------------------------------------------------------

    @property
    def technology(self) -> Technology | None:
        """What the module is connected by, or would be; None where nothing that it speaks is there."""
        found = technology_at(self.configuration.region, self.service)
        return found if found is not None and self.suitable else None

    @property
    def suitable(self) -> bool:
        """Whether the hub's variant suits the region and the service here."""
        return suits(self.configuration.variant, self.configuration.region, self.service)

    @property
    def usable(self) -> bool:
        """Whether a search finds service."""
        modules = self.hub.modules
        there = modules is None or modules.units[Slot.WAN] is not None
        works = there and "wan-module-defect" not in self.hub.faults
        return works and self.technology is not None and self.signal_dbm >= WEAKEST_DBM

    @property
    def passing(self) -> bool:
        """Whether messages get through to the centre now."""
        modules = self.hub.modules
        return self.state is WanState.CONNECTED and self.centre_up and (modules is None or not modules.problem)

    @property
    def listening(self) -> bool:
        """Whether the hub takes messages now: without mains it saves what it has for its own last one."""
        return self.passing and self._reserve is None

    @property
    def progress(self) -> int:
        """How far the search is, per cent; 100 when none is going on."""
        if self._search is None:
            return 100
        whole = max(1, self.configuration.search_s * SECOND_MS)
        return min(99, (self.site.now_ms - self._search.began_ms) * 100 // whole)

    @property
    def trouble(self) -> WanTrouble:
        """Why nothing gets through; NONE when it does."""
        if self.state is WanState.OFF or self._reserve is not None:
            return WanTrouble.NO_POWER
        if not self.suitable:
            return WanTrouble.WRONG_VARIANT
        if not self.usable:
            return WanTrouble.LOST if self.ever_connected else WanTrouble.NEVER
        if self.state is not WanState.CONNECTED:
            return WanTrouble.SEARCHING
        if self.hub.modules is not None and self.hub.modules.problem:
            return WanTrouble.INTERFACE
        return WanTrouble.NONE if self.centre_up else WanTrouble.CENTRE_DOWN

    def _look(self) -> WanLook:
        """What the hub's LEDs show of it: MESH only where the mesh is what carries it."""
        states = {WanState.SEARCHING: ("searching", "joining"), WanState.CONNECTED: ("connected", "meshed")}
        wan, mesh = states.get(self.state, ("off", "off"))
        return WanLook(wan, mesh if self.technology is Technology.MESH else "off")

    def change(self, *, service: Service | None = None, signal_dbm: int | None = None, why: str = "") -> None:
        """The coverage changes: service comes or goes, the signal rises or falls (dBm)."""
        self.site.catch_up()
        self.service = self.service if service is None else service
        self.signal_dbm = self.signal_dbm if signal_dbm is None else signal_dbm
        self.site.tell(self.hub.name, f"WAN coverage: {self.service.value}, {self.signal_dbm} dBm", why)
        if self.state is WanState.CONNECTED and not self.usable:
            self._lose("coverage lost")
        elif self.state is WanState.NO_SERVICE and self.usable:
            self._begin()

    def centre_outage(self, out: bool) -> None:
        """The DCC's systems fail or come back; the module stays connected to the WAN."""
        self.site.catch_up()
        self.centre_up = not out
        self.site.tell("dcc", "systems down" if out else "systems up again")
        self._attach()

    # --- searching -------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.state = WanState.SEARCHING
        agenda = self.site.agenda
        self._search = _Search(agenda.now_ms, agenda.after(self.configuration.search_s * SECOND_MS, self._found))

    def _found(self) -> None:
        self._search = None
        if not self.usable:
            self.state = WanState.NO_SERVICE
            self.site.tell(self.hub.name, "found no WAN", self.trouble.value)
            return
        self.state, self.ever_connected, self._knows_time = WanState.CONNECTED, True, True
        self.site.tell(self.hub.name, "connected to the WAN", f"{self.technology}, {self.signal_dbm} dBm")
        self._attach()

    def _lose(self, why: str) -> None:
        self.state = WanState.NO_SERVICE
        self.site.tell(self.hub.name, "lost the WAN", why)
        self._attach()

    def _module_changed(self) -> None:
        """A unit went or came: without its modem the WAN is gone; a modem that comes looks for it anew."""
        modules = self.hub.modules
        assert modules is not None
        fitted = modules.units[Slot.WAN] is not None
        if not fitted and self.state is WanState.CONNECTED:
            self._lose("the WAN module was taken out")
        elif fitted and self.state is WanState.NO_SERVICE and self.hub.powered:
            self._begin()
        self._attach()

    def _power_changed(self) -> None:
        live = self.hub.powered
        if not live and self.state is not WanState.OFF and self._reserve is None:
            if self._search is not None:
                self._search.ends.cancel()
                self._search = None
                self.state = WanState.NO_SERVICE
            lasts_ms = min(OUTAGE_ALERT_MS, self.hub.power.lasts_ms)
            self._reserve = self.site.agenda.after(lasts_ms, self._exhausted)
        elif live:
            if self._reserve is not None:
                self._reserve.cancel()
                self._reserve = None
            if self.state is not WanState.CONNECTED:
                self._begin()

    def _exhausted(self) -> None:
        self._reserve = None
        self.state, self._knows_time = WanState.OFF, False
        self._attach()

    # --- messages --------------------------------------------------------------------------------------------------

    def _attach(self) -> None:
        """Give the hub its way out, or take it; what was kept goes first, in its order."""
        if not self.passing:
            self.hub.wan = None
            return
        self.hub.wan = self._up
        alerts, self.hub.outbox[:] = list(self.hub.outbox), []
        answers, self.kept = self.kept, []
        waiting: list[Message] = [*answers, *alerts]
        for message in waiting:
            self._up(message)

    def _up(self, message: Message) -> None:
        self._last_up += 1
        if self.traffic is not None:
            self.traffic(message)
        frame = self.key.frame(self._last_up, message)
        self.counters.sent += self.frames_of(message)

        def arrive() -> None:
            if self.to_centre is not None:
                self.to_centre(self.hub, frame)

        self.site.agenda.after(self.configuration.latency_ms, arrive)

    def _from_network(self, alert: Alert) -> None:
        """What the provider's network has noticed itself: the hub has no part in it."""
        self._last_up += 1
        if self.to_centre is not None:
            self.to_centre(self.hub, self.key.frame(self._last_up, alert))

    def frames_of(self, message: object) -> int:
        """In how many frames the WAN carries a message: infill takes shorter ones than core (CH-02)."""
        technology = self.technology
        return 0 if technology is None else -(-octets(message) // LARGEST[technology])

    def receive(self, frame: Frame) -> bool:
        """A frame has come over the WAN. Whether it was taken: authentic, unaltered, new and one that a hub knows."""
        if frame.number <= self._last_down:
            self.counters.altered += 1
        elif not isinstance(frame.message, Downlink):
            self.counters.malformed += 1
        elif frame.tag != self.key.tag(frame.number, frame.message):
            self.counters.unauthentic += 1
        else:
            if self.traffic is not None:
                self.traffic(frame.message)
            self._last_down = frame.number
            self.counters.taken += 1
            self._dispatch(frame.message)
            return True
        self.site.tell(self.hub.name, "dropped a WAN frame", "it failed its checks")
        return False

    def _dispatch(self, down: Downlink) -> None:
        delivery = self.hub.deliveries.deliver(
            down.device_id,
            down.command,
            down.sender,
            check=lambda device: self.guard.verify(device, down.command, down.sender, down.seal),
        )
        delivery.then(lambda ended: self._answer(down.number, ended))

    def _answer(self, number: int, delivery: Delivery) -> None:
        answer = Uplink(number, delivery.state, delivery.answer, delivery.problem)
        if self.passing:
            self._up(answer)
        else:
            self.kept.append(answer)


def module_status(module: WanModule) -> dict[str, str]:
    """The hub's three parts, each with a status of its own (CH-01): what self-service diagnostics show, a defect of the
    HAN's radio or of the hub itself too (CH-13)."""
    hub = module.hub
    network = hub.network
    functions = f"CHF and GPF run, {len(hub.device_log.entries)} devices listed"
    if "hub-defect" in hub.faults:
        functions = "fault"
    if hub.modules is not None and hub.modules.problem:
        functions += f"; {hub.modules.problem}"
    if not hub.powered:
        han = functions = "off"
    elif hub.modules is not None and hub.modules.units[Slot.HAN] is None:
        han = "taken out"
    elif hub.faults & {"han-radio-defect", "hub-defect"}:
        han = "fault: its radio answers nobody"
    elif network.lets_join:
        han = "lets devices join"
    else:
        han = f"formed, {len(network.members) - 1} devices"
    return {
        "wan": module.state.value if module.passing or not module.trouble else f"{module.state}: {module.trouble}",
        "han": han,
        "functions": functions,
    }
