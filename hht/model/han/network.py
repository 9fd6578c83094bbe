"""One HAN: its coordinator's rules of who is on it, and the way of a request from one device to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from hht.errors import HhtError
from hht.i18n import _
from hht.model.agenda import MINUTE_MS
from hht.model.alert_codes import AlertCode
from hht.model.device import DeviceKind
from hht.model.han.containment import Containment
from hht.model.han.device_log import DeviceLog, LinkStatistics, LogEntry, key_hash
from hht.model.han.medium import WIRE, LinkQuality, Medium
from hht.model.han.node import KEY_ESTABLISHMENT_MS, HanNode, JoinFailure, NodeState, may_be_partners
from hht.model.han.profiles import default_profile
from hht.model.han.requests import Audience, HanRequest
from hht.model.han.traffic import End, HanMessage
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.seeded import mix
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.communications_hub.delivery import Errand
    from hht.model.communications_hub.gas_proxy import GasProxyFunction
    from hht.model.device import Alert, Device

ATTEMPTS = 4
CALL_AGAIN_MS = 10 * MINUTE_MS  # our own number: a device that did not come back is called again
_AUDIENCE = {  # what the request of a kind of device must at least be meant for
    DeviceKind.CAD: Audience.EVERYBODY,
    DeviceKind.BRIDGE: Audience.EVERYBODY,
    DeviceKind.IHD: Audience.DISPLAYS,
}


class HanFailure(HhtError):
    """A request did not reach its device, or no answer came back. Details: `asker`, `target`."""

    default_code = "han-failure"


class HomeAreaNetwork:
    """The HAN of the coordinator called `coordinator` on the medium. `pan_id`: the GPF's Device ID (factbook 1.7)."""

    def __init__(self, site: Site, coordinator: str, pan_id: str, medium: Medium, log: DeviceLog) -> None:
        self.site = site
        self.coordinator = coordinator
        self.pan_id = pan_id
        self.medium = medium
        self.attempts = ATTEMPTS  # 1: without retries, as raw propagation has it (HAN-15)
        self.log = log
        self.powered = True
        self.jammed = False  # a fault: nothing comes through to the coordinator, whatever carries it
        self.trust = "production"
        self.profile = default_profile()
        self.containment = Containment()
        self.traffic: Callable[[HanMessage], None] | None = None  # who listens to what goes by
        self.time_ms: Callable[[], int | None] = lambda: site.agenda.now_ms  # None: the hub was never told the time
        self.members: dict[str, HanNode] = {}
        self.turned_away: list[tuple[int, str, JoinFailure]] = []  # who tried and was not let in
        self.alerts: Callable[[Alert], None] | None = None  # what takes the members' alerts on
        self._inside = {coordinator}  # names of what is in the same box
        self.gas_proxy: GasProxyFunction | None = None
        self.errands: Callable[[Device, Device, HanRequest], Errand] | None = None  # keeps requests for sleepers
        self.woken: Callable[[Device], bool] | None = None  # a sleeping device listens: whether something waited
        self.joined: Callable[[str], None] | None = None  # told the Device ID of who has just joined
        self.refused: Callable[[str], None] | None = None  # told that of who wanted to and is not listed
        self._nearby: list[HanNode] = []
        self._joining_from_ms = self._joining_until_ms = 0
        self._frames = 0
        self._seed = site.chance(f"{coordinator} HAN")

    # --- joining ---------------------------------------------------------------------------------------------------

    def bring_near(self, node: HanNode) -> None:
        """A device stands where it may hear this network."""
        if any(known is node for known in self._nearby):
            return
        self._nearby.append(node)
        node.in_reach_of(self)

    @property
    def nearby(self) -> dict[str, HanNode]:
        """Who may hear this network, by Device ID."""
        return {node.device.identity.device_id: node for node in self._nearby}

    @property
    def lets_join(self) -> bool:
        """Whether devices may join now."""
        return self.powered and self.site.agenda.now_ms < self._joining_until_ms

    @property
    def joining_left_s(self) -> int:
        """Seconds for which devices may still join."""
        return max(0, self._joining_until_ms - self.site.now_ms) // 1000 if self.powered else 0

    def open_joining(self, seconds: int) -> None:
        """Let devices join for so long; whoever is looking for a network hears of it."""
        self._joining_from_ms = self.site.agenda.now_ms
        self._joining_until_ms = self._joining_from_ms + seconds * 1000
        self.site.tell(self.coordinator, f"lets devices join for {seconds} s")
        for node in self._nearby:
            node.beacon(self)

    def admission(self, node: HanNode) -> JoinFailure | None:
        """Whether the coordinator talks to a device that wants to join: only to one in its Device Log."""
        if node.profile != self.profile:
            return JoinFailure.OTHER_PROFILE  # it does not even understand the beacon
        if node.device.identity.device_id in self.log:
            return None
        self.turned_away.append((self.site.agenda.now_ms, node.device.identity.device_id, JoinFailure.NOT_LISTED))
        if self.refused is not None:
            self.refused(node.device.identity.device_id)
        return JoinFailure.NOT_LISTED

    def admit(self, node: HanNode) -> JoinFailure | None:
        """Establish keys with a listed device. Of one that was here before, the old key is tried in the first half of
        the joining window and the install code's in the second (factbook 2.11)."""
        entry = self.log.entries.get(node.device.identity.device_id)
        failure = self._key_failure(node, entry)
        if entry is None or failure is not None:
            return failure or JoinFailure.NOT_LISTED
        entry.link_key_of = node.install_code
        node.kept_off.clear()
        quality = self.quality(node.device.name)
        entry.statistics.hear(quality.rssi_dbm, quality.lqi, self.site.agenda.now_ms)
        self._enrol(node)
        self.site.tell(node.device.name, "joined the HAN", f"of {self.coordinator}")
        node.device.alert(AlertCode.DEVICE_JOINED_SMHAN, entry.device_id)
        if self.joined is not None:
            self.joined(entry.device_id)
        return None

    def call_back(self) -> None:
        """This network stands for an older one with its Extended PAN ID: whoever was on that comes back, a sleeping
        device at its next wake."""
        for device_id, node in self.nearby.items():
            entry = self.log.entries.get(device_id)
            if entry is not None and entry.swap_hash and not entry.joined:
                self._call(node)

    def _call(self, node: HanNode) -> None:
        agenda = self.site.agenda
        when_ms = agenda.now_ms if node.next_wake is None else node.next_wake()
        agenda.at(when_ms + KEY_ESTABLISHMENT_MS, lambda: self._come_back(node))

    def _come_back(self, node: HanNode) -> None:
        """A device that lost its hub finds the Extended PAN ID again, and proves its key by the hash."""
        entry = self.log.entries.get(node.device.identity.device_id)
        if entry is None or entry.joined:
            return
        old = node.network
        lost = old is not None and old is not self and not old.powered and old.pan_id == self.pan_id
        if node.state is NodeState.OFF or not lost or not self.hears(node.device.name):
            self.site.agenda.after(CALL_AGAIN_MS, lambda: self._call(node))
            return
        if node.install_code is None or key_hash(node.install_code) != entry.swap_hash or node.trust != self.trust:
            node.leave()
            node.fail(JoinFailure.BAD_KEY)
            return
        node.leave()
        entry.link_key_of = entry.install_code = node.install_code
        self._enrol(node)
        quality = self.quality(node.device.name)
        entry.statistics.hear(quality.rssi_dbm, quality.lqi, self.site.agenda.now_ms)
        self.site.tell(node.device.name, "came back to the HAN", f"of {self.coordinator}")
        if self.joined is not None:
            self.joined(entry.device_id)

    def settle(self, node: HanNode) -> None:
        """A device that has been here from the start: listed, joined, and joined to every partner that it may have."""
        device, code = node.device, node.install_code
        if node.profile != self.profile:
            node.fail(JoinFailure.OTHER_PROFILE)
            return
        if code is None:
            raise ValueError("a device without an install code is part of the hub")
        self.log.add(LogEntry(device.identity.device_id, device.kind, code, self.site.agenda.now_ms, code))
        self._enrol(node)
        for other in self.members.values():
            if other is not node and may_be_partners(device.kind, other.device.kind):
                node.partners[other.device.identity.device_id] = other.device.kind
                other.partners[device.identity.device_id] = device.kind

    def contain(self, node: HanNode) -> None:
        """A logical device in the hub itself: on the HAN without joining, and no radio between."""
        self.members[node.device.identity.device_id] = node
        self._inside.add(node.device.name)
        node.state, node.network = NodeState.JOINED, self

    def wire(self, node: HanNode) -> None:
        """A meter at the hub's own port: on the HAN without joining, and no radio between (ALT-22)."""
        self.contain(node)
        node.device.uplink = self._take_alert

    def _enrol(self, node: HanNode) -> None:
        self.members[node.device.identity.device_id] = node
        node.state, node.network = NodeState.JOINED, self
        node.device.uplink = self._take_alert

    def reunite(self, node: HanNode) -> None:
        """A device that has kept its key, and that the Device Log has with that key (or that hangs at the hub's port),
        is on the HAN again without joining anew, unless something keeps it off."""
        off, entry = node.state is NodeState.OFF, self.log.entries.get(node.device.identity.device_id)
        if node.network is not None or node.kept_off:
            return
        if node.device.name in self._inside:
            self.wire(node)
        elif entry is None or not entry.joined or entry.link_key_of != node.install_code or node.trust != self.trust:
            return
        self._enrol(node)
        node.state = NodeState.OFF if off else node.state

    def forget(self, node: HanNode) -> None:
        """A device has left."""
        self.members.pop(node.device.identity.device_id, None)

    def _key_failure(self, node: HanNode, entry: LogEntry | None) -> JoinFailure | None:
        if entry is None or not self.powered:
            return JoinFailure.LOST
        if not self.hears(node.device.name):
            return JoinFailure.LOST
        if node.trust != self.trust:
            return JoinFailure.UNKNOWN_ISSUER
        known = self._key_in_force(entry)
        if known != node.install_code:
            self.turned_away.append((self.site.agenda.now_ms, entry.device_id, JoinFailure.BAD_KEY))
            return JoinFailure.BAD_KEY
        return None

    def _key_in_force(self, entry: LogEntry) -> object:
        old = self.log.historic.get(entry.device_id)
        first_half = self.site.agenda.now_ms < (self._joining_from_ms + self._joining_until_ms) // 2
        # Of a device that never came back to this hub only the hash of its old key is known: that is no key to try.
        before = old.link_key_of if old is not None and first_half else None
        return before or entry.link_key_of or entry.install_code

    # --- asking ----------------------------------------------------------------------------------------------------

    def quality(self, device: str) -> LinkQuality:
        """How the coordinator hears the device of that name."""
        if device in self._inside:
            return WIRE
        return self.medium.quality(device, self.coordinator, self.site.agenda.now_ms)

    def hears(self, device: str) -> bool:
        """Whether a link between the coordinator and the device can stand: half of its frames come through."""
        return self.powered and not self.jammed and self.quality(device).success >= 500

    def ask(self, asker: Device, target: Device, request: HanRequest) -> object:
        """What `target` answers. HanFailure when the way between them fails or they are no partners; DeviceRefusal when
        the target (or, for a consumer device that wants to change something, the hub) says no."""
        self.site.catch_up()
        far = self.permit(asker, target, request)
        if far.sleepy:
            self._no_way(asker, target, _("it sleeps"), _("Ask the Gas Proxy Function, which mirrors it."))
        self.reach(asker)
        self.reach(target)
        if self.traffic is None:
            return target.answer(request, asker)
        here, there = End(asker.name, asker.kind), End(target.name, target.kind)
        self.note(here, there, request)
        answer = target.answer(request, asker)
        self.note(there, here, answer, answers=request)
        return answer

    def note(self, source: End, target: End, content: object, *, local: bool = True, answers: object = None) -> None:
        """Tell whoever listens what goes by, between two devices (`local`) or from end to end through the hub."""
        if self.traffic is not None:
            far = target if source.name in self._inside else source
            quality = self.quality(far.name)
            now_ms = self.site.agenda.now_ms
            self.traffic(HanMessage(now_ms, source, target, content, quality, self.profile, local, answers))

    def reach(self, device: Device) -> None:
        """Bring a message between the coordinator and the device; what is in the same box needs no way. HanFailure."""
        if device.name not in self._inside:
            self.carry(device.name)

    def permit(self, asker: Device, target: Device, request: HanRequest) -> HanNode:
        """The hub's rules (CAD-01): who may ask whom for what. The target's node; else HanFailure or DeviceRefusal."""
        node, far = self._member(asker), self._member(target)
        if not node.type_1 and not self.containment.lets(asker.identity.device_id, self.site.agenda.now_ms):
            self._no_way(asker, target, _("it asks without end"), _("Unplug it; have it removed, or replaced."))
        if request.changes and not node.type_1:
            raise DeviceRefusal(
                Reason.ACCESS_DENIED,
                _("A consumer's device may read and do nothing else."),
                remedy=_("Use a device of the supplier's for this."),
            )
        if request.audience < _AUDIENCE.get(asker.kind, Audience.SUPPLIERS_DEVICES):
            raise DeviceRefusal(
                Reason.ACCESS_DENIED,
                _("The hub lets this kind of device read consumption and tariff only."),
                remedy=_("Use a display or a supplier's device for this."),
            )
        if node.device.identity.device_id not in far.partners:
            if not node.type_1:  # a consumer's device that was joined once, or never: the meter's own log has it
                target.alert(AlertCode.UNAUTHORISED_COMMUNICATION, asker.identity.device_id)
            self._no_way(asker, target, _("the two are not joined to one another"), _("Join them (CS03)."))
        return far

    def carry(self, device: str) -> LinkQuality:
        """Bring a message over the link between coordinator and device, in up to `attempts`. HanFailure if none came
        through. What the hub heard goes into its statistics; a hub without power counts nothing."""
        quality = self.quality(device)
        statistics = self._statistics(device)
        for _attempt in range(self.attempts):
            self._frames += 1
            lucky = quality.success >= 1000 or mix(self._seed, self._frames) % 1000 < quality.success
            if self.powered and not self.jammed and lucky:
                statistics.hear(quality.rssi_dbm, quality.lqi, self.site.agenda.now_ms)
                return quality
            statistics.failed += self.powered
        raise HanFailure(
            _("{device} does not answer over the HAN ({rssi} dBm).").format(device=device, rssi=quality.rssi_dbm),
            remedy=_("Move the device or the hub closer, or add a repeater."),
            asker=self.coordinator,
            target=device,
        )

    def _statistics(self, device: str) -> LinkStatistics:
        for device_id, node in self.members.items():
            if node.device.name == device and device_id in self.log:
                return self.log.entries[device_id].statistics
        return LinkStatistics()

    def _member(self, device: Device) -> HanNode:
        node = self.members.get(device.identity.device_id)
        if node is None or node.state is not NodeState.JOINED:
            raise HanFailure(
                _("{device} is not on the HAN.").format(device=device.name),
                remedy=_("Add it to the hub's Device Log, then let it join."),
                asker=device.name,
                target=device.name,
            )
        return node

    def _no_way(self, asker: Device, target: Device, why: str, remedy: str) -> NoReturn:
        raise HanFailure(
            _("{asker} gets no answer from {target}: {why}.").format(asker=asker.name, target=target.name, why=why),
            remedy=remedy,
            asker=asker.name,
            target=target.name,
        )

    def _take_alert(self, alert: Alert) -> None:
        node = self.members.get(alert.device_id)
        if node is not None and not node.type_1:
            return  # a consumer's device has no way to the WAN (CAD-02)
        try:
            self.carry(alert.device)
        except HanFailure:
            self.site.tell(alert.device, f"alert {alert.code:04X} was lost", "the HAN did not carry it")
            return
        if self.traffic is not None and node is not None:
            hub = End(self.coordinator, DeviceKind.COMMUNICATIONS_HUB)
            self.note(End(alert.device, node.device.kind), hub, alert, local=False)
        if self.alerts is not None:
            self.alerts(alert)
