"""How a handheld terminal comes onto the HAN: through the hub's inter-PAN window, an hour from power-on (factbook 3.6).

The terminal scans; the hub answers with its GPF ID, which is printed on it. The terminal names that ID, keys are agreed
over inter-PAN, and under them the terminal says its own Device ID and install code. So the hub lists it, and it joins.
From then on the hub relays a remote party's messages between it and any listed device. One at a time; when the hour is
over the hub takes it off its Device Log again (our own reading: the texts only say that the window is shut).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from hht.i18n import _
from hht.identifiers import InstallCode
from hht.model.agenda import HOUR_MS, SECOND_MS, Appointment
from hht.model.commands import Command
from hht.model.communications_hub.delivery import Delivery
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.han.device_log import LogEntry
from hht.model.han.node import ASSOCIATE_MS, KEY_ESTABLISHMENT_MS, HanNode, JoinFailure, NodeState
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.communications_hub.backup import HubBackup
    from hht.model.communications_hub.hub import CommunicationsHub

WINDOW_MS = HOUR_MS
LISTED_S = 120  # our own number: for how long the hub lets it join once it is listed


class HandheldTerminal(Device):
    """An engineer's terminal as the premises sees it: a radio with a Device ID and an install code. `carries`: the copy
    of a hub on its way to a replacement."""

    kind = DeviceKind.HHT

    def __init__(self, site: Site, name: str, identity: DeviceIdentity, install_code: InstallCode) -> None:
        super().__init__(site, name, identity)
        self.node: HanNode = HanNode(self, install_code, handheld=True)
        self.carries: HubBackup | None = None
        self.left: Callable[[], None] = lambda: None  # told when the hub serves it no more


class HandheldWindow:
    """A hub's side of it."""

    def __init__(self, hub: CommunicationsHub) -> None:
        self._hub = hub
        self.terminal: HandheldTerminal | None = None  # whom it serves
        self._closes: Appointment | None = None
        self._settles: Appointment | None = None

    @property
    def left_s(self) -> int:
        """Seconds for which a terminal may still come in; 0 when the window is shut."""
        since_ms = self._hub.power.since_ms
        now_ms = self._hub.site.now_ms
        if since_ms is None or "window-shut" in self._hub.faults:
            return 0
        return max(0, since_ms + WINDOW_MS - now_ms) // 1000

    def scan(self, terminal: HandheldTerminal) -> str:
        """What a scan of the terminal finds of this hub: its GPF ID, or "" (shut, without power, or out of reach)."""
        hub = self._hub
        return hub.gpf.identity.device_id if self.left_s and hub.network.hears(terminal.name) else ""

    def connect(self, terminal: HandheldTerminal, gpf_id: str) -> None:
        """The terminal asks to be let in, by the GPF ID that its engineer read from the hub. DeviceRefusal says why it
        is not; else follow its `node`: it joins within a minute, or says why it failed."""
        self._hub.site.catch_up()
        self._require_room(terminal)
        self.agree_key(terminal, gpf_id, lambda agreed: self._agreed(terminal, agreed=agreed))

    def agree_key(self, terminal: HandheldTerminal, gpf_id: str, then: Callable[[bool], None]) -> None:
        """Establish a key with the terminal over inter-PAN; `then` is told whether it was. DeviceRefusal where the hub
        does not begin."""
        hub = self._hub
        hub.site.catch_up()
        if not self.scan(terminal):
            self._refuse(
                _("No hub answers the terminal."),
                _("Switch the hub off and on: it listens for 60 minutes from then. Stand close to it."),
            )
        if gpf_id.upper() != hub.gpf.identity.device_id.upper():
            self._refuse(
                _("The hub that answers has another GPF ID."), _("Scan the GPF ID printed on the hub, not its CHF ID.")
            )
        if self.terminal is not None and self.terminal is not terminal:
            self._refuse(_("The hub serves another handheld terminal."), _("Let it leave first."))
        self.terminal = terminal
        terminal.node.leave()
        terminal.node.state, terminal.node.failure = NodeState.SECURING, None
        hub.network.bring_near(terminal.node)
        hub.site.agenda.after(KEY_ESTABLISHMENT_MS, lambda: then(self._secured(terminal)))
        self._expect(terminal, KEY_ESTABLISHMENT_MS + LISTED_S * SECOND_MS)

    def introduce(self, terminal: HandheldTerminal, code: InstallCode) -> None:
        """The terminal, with which a key is agreed, has said its Device ID and install code: list it, and let it join.
        DeviceRefusal where no key is agreed, or the Device Log is full."""
        hub = self._hub
        hub.site.catch_up()
        if terminal is not self.terminal:
            self._refuse(_("No key is agreed with the terminal."), _("Let it agree one first."))
        self._require_room(terminal)
        device_id = terminal.identity.device_id
        entry = LogEntry(device_id, terminal.kind, code, hub.site.agenda.now_ms, handheld=True)
        if hub.device_log.add(entry):
            hub.log_changed(device_id)
        hub.network.open_joining(LISTED_S)
        since_ms = hub.power.since_ms or 0
        self._closes = hub.site.agenda.at(since_ms + WINDOW_MS, self._over)
        self._expect(terminal, LISTED_S * SECOND_MS + ASSOCIATE_MS + KEY_ESTABLISHMENT_MS)

    def leave(self) -> None:
        """The terminal goes: it is taken off the Device Log, and not into the historic one."""
        terminal, self.terminal = self.terminal, None
        for appointment in (self._closes, self._settles):
            if appointment is not None:
                appointment.cancel()
        self._closes = self._settles = None
        if terminal is None:
            return
        terminal.node.leave()
        terminal.node.state = NodeState.UNJOINED
        terminal.left()
        if self._hub.device_log.remove(terminal.identity.device_id) is not None:
            self._hub.log_changed(terminal.identity.device_id)

    def relay(
        self,
        terminal: HandheldTerminal,
        device_id: str,
        command: Command,
        sender: Party,
        *,
        check: Callable[[Device], None] | None = None,
    ) -> Delivery:
        """Carry a remote party's command from the terminal to a device; `check` and the answer as `Deliveries` have
        them. DeviceRefusal where the terminal has no link with the hub."""
        return self.pass_on(terminal, Delivery(device_id, command, sender, check))

    def pass_on(self, terminal: HandheldTerminal, delivery: Delivery) -> Delivery:
        """Carry what the terminal has for a device. DeviceRefusal as `relay`."""
        if terminal is not self.terminal or not terminal.node.joined or not self._hub.powered:
            self._refuse(
                _("The terminal is not on the HAN."), _("Connect it to the hub within 60 minutes of power-on.")
            )
        self._hub.network.carry(terminal.name)
        return self._hub.deliveries.send(delivery)

    def power_lost(self) -> None:
        """Without power nobody is served; the window opens anew when there is some."""
        self.leave()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _require_room(self, terminal: HandheldTerminal) -> None:
        log = self._hub.device_log
        if log.full and terminal.identity.device_id not in log:
            self._refuse(_("The Device Log is full."), _("Have a device removed from it, then try again."))

    def _secured(self, terminal: HandheldTerminal) -> bool:
        """Whether the keys agree."""
        hub, node = self._hub, terminal.node
        if self.terminal is not terminal:
            return False
        if node.trust != hub.network.trust or not hub.network.hears(terminal.name):
            self.terminal = None
            node.fail(JoinFailure.UNKNOWN_ISSUER if node.trust != hub.network.trust else JoinFailure.LOST)
            return False
        return True

    def _agreed(self, terminal: HandheldTerminal, *, agreed: bool) -> None:
        if not agreed:
            return
        assert terminal.node.install_code is not None
        terminal.node.state = NodeState.LOCATING  # it joins as soon as it is let
        try:
            self.introduce(terminal, terminal.node.install_code)
        except DeviceRefusal:  # the log has filled up meanwhile
            self.leave()
            terminal.node.fail(JoinFailure.NOT_LISTED)

    def _expect(self, terminal: HandheldTerminal, within_ms: int) -> None:
        if self._settles is not None:
            self._settles.cancel()
        self._settles = self._hub.site.agenda.after(within_ms, lambda: self._settled(terminal))

    def _settled(self, terminal: HandheldTerminal) -> None:
        """It should have joined by now; one that has not is forgotten."""
        if self.terminal is terminal and terminal.node.state is not NodeState.JOINED:
            why = terminal.node.failure
            self.leave()
            terminal.node.failure = why or JoinFailure.LOST

    def _over(self) -> None:
        self._closes = None
        self._hub.site.tell(self._hub.name, "shut its window for handheld terminals", "60 minutes since power-on")
        self.leave()

    @staticmethod
    def _refuse(message: str, remedy: str) -> NoReturn:
        raise DeviceRefusal(Reason.ACCESS_DENIED, message, remedy=remedy)
