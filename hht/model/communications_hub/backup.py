"""What is kept of a hub so that another can take its place: CCS03 and GCS59 (factbook 2.11, 3.5), and a whole copy.

Each change of the Device Log goes to the centre with the log as it then is; a replacement gets it by CCS03, forms its
network with the old Extended PAN ID, and the devices come back by themselves, proving keys that the new hub knows only
the hashes of. The Gas Proxy Function's partners come by GCS59; the gas meter is then joined to it anew (CS03B). A hub
that still runs can also hand over the rest: configuration, queued messages, stored data, and the gas account where it
keeps one (CH-22). No copy holds a key, an install code or a certificate: the new hub has its own, and what is queued is
still sealed for its device alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE, Command
from hht.model.communications_hub.delivery import Delivery, DeliveryState
from hht.model.communications_hub.gas_proxy import Told
from hht.model.communications_hub.pairing import PairingMode
from hht.model.device import Alert, Device, DeviceKind
from hht.model.features.checks import require
from hht.model.han.device_log import LogEntry, key_hash
from hht.model.han.node import CONSUMERS
from hht.model.parties import Party
from hht.model.refusal import Reason

if TYPE_CHECKING:
    from hht.model.communications_hub.handheld import HandheldTerminal
    from hht.model.communications_hub.hub import CommunicationsHub
    from hht.model.han.network import HomeAreaNetwork
    from hht.model.intelligent_hub.account_copy import AccountCopy


@dataclass(frozen=True, slots=True)
class BackedUpDevice:
    """A device of the log. `key_hash`: of its link key; "" while it has not joined."""

    device_id: str
    kind: DeviceKind
    key_hash: str


@dataclass(frozen=True, slots=True)
class LogBackup:
    """The Device Log of the hub with these IDs at `taken_ms` (true time), the Historic Device Log, and the Gas Proxy
    Function's partners; `pan_id`: the Extended PAN ID; `consumer_pan_id`: that of a consumers' network apart."""

    chf_id: str
    gpf_id: str
    pan_id: str
    taken_ms: int
    devices: tuple[BackedUpDevice, ...]
    historic: tuple[BackedUpDevice, ...]
    partners: tuple[tuple[str, DeviceKind], ...]
    consumer_pan_id: str = ""


@dataclass(frozen=True, slots=True)
class QueuedCommand:
    """A command that waits for its device. `check`: what the device asks before it carries it out."""

    device_id: str
    command: Command
    sender: Party
    check: Callable[[Device], None] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class HubBackup:
    """The whole copy. `tenant_since_ms`: what the gas mirror may tell consumers of begins then."""

    log: LogBackup
    pairing: PairingMode
    alerts: tuple[Alert, ...]
    commands: tuple[QueuedCommand, ...]
    stored: Told | None = field(repr=False)
    tenant_since_ms: int
    account: AccountCopy | None = field(default=None, repr=False)  # of an intelligent hub


@dataclass(frozen=True, slots=True)
class RestoreDeviceLog(Command):
    """Give a replacement hub the old one's Device Log (CCS03)."""

    backup: LogBackup
    use_case: ClassVar[str] = "CCS03"


@dataclass(frozen=True, slots=True)
class RestoreGpfLog(Command):
    """Give its Gas Proxy Function the old one's partners (GCS59)."""

    backup: LogBackup
    use_case: ClassVar[str] = "GCS59"


class HubBackups:
    """Backing one hub up, and restoring it."""

    def __init__(self, hub: CommunicationsHub) -> None:
        self._hub = hub
        hub.accept({RestoreDeviceLog: self._restore_log})
        hub.gpf.accept({RestoreGpfLog: self._restore_partners})

    def log(self) -> LogBackup:
        """The logs as they are: what goes to the centre. A handheld terminal is not in it."""
        hub = self._hub
        gpf = hub.gpf
        return LogBackup(
            hub.identity.device_id,
            gpf.identity.device_id,
            hub.network.pan_id,
            hub.site.agenda.now_ms,
            tuple(
                _backed_up(entry)
                for network in hub.networks
                for entry in network.log.entries.values()
                if not entry.handheld
            ),
            tuple(_backed_up(entry) for entry in hub.device_log.historic.values()),
            tuple(gpf.node.partners.items()) if gpf.node is not None else (),
            hub.consumer.network.pan_id if hub.consumer is not None else "",
        )

    def whole(self) -> HubBackup:
        """Everything, of a hub that runs; DeviceRefusal of one without power."""
        hub = self._hub
        hub.site.catch_up()
        self._require_power()
        waiting = (
            QueuedCommand(delivery.target, delivery.command, delivery.sender, delivery.check)
            for deliveries in hub.deliveries.waiting.values()
            for delivery in deliveries
            if delivery.state is DeliveryState.WAITING
        )
        return HubBackup(
            self.log(),
            hub.pairing.mode,
            tuple(hub.outbox),
            tuple(waiting),
            hub.gpf.told,
            hub.gpf.tenancy.since_ms,
            hub.gpf.copy_account(),
        )

    def restore(self, backup: HubBackup) -> None:
        """Take over the whole of it: logs, configuration, what was queued, what was stored. DeviceRefusal as CCS03."""
        hub = self._hub
        self._require_power()
        hub.gpf.take_account(backup.account)
        self._take_log(backup.log)
        self._take_partners(backup.log)
        hub.pairing.mode = backup.pairing
        for alert in backup.alerts:
            hub.send(alert)
        hub.gpf.take_over(backup.stored, since_ms=backup.tenant_since_ms)
        for queued in backup.commands:
            hub.deliveries.keep(Delivery(queued.device_id, queued.command, queued.sender, queued.check))

    # --- over the HHT ----------------------------------------------------------------------------------------------

    def to_terminal(self, terminal: HandheldTerminal) -> None:
        """A connected handheld terminal takes the copy along. DeviceRefusal where it has no link with this hub."""
        self._require_link(terminal)
        terminal.carries = self.whole()

    def from_terminal(self, terminal: HandheldTerminal) -> None:
        """The replacement takes it over; nothing of it, no reading either, stays on the terminal (CH-23)."""
        self._require_link(terminal)
        require(
            terminal.carries is not None,
            _("The terminal carries no copy of a hub."),
            _("Connect it to the old hub first, while that has power."),
        )
        assert terminal.carries is not None
        self.restore(terminal.carries)
        terminal.carries = None

    def _require_link(self, terminal: HandheldTerminal) -> None:
        require(
            self._hub.handheld.terminal is terminal and terminal.node.joined,
            _("The terminal is not on the HAN."),
            _("Connect it to the hub within 60 minutes of power-on."),
            reason=Reason.ACCESS_DENIED,
        )

    # --- commands --------------------------------------------------------------------------------------------------

    def _restore_log(self, command: RestoreDeviceLog, _sender: Party) -> object:
        self._take_log(command.backup)
        return DONE

    def _restore_partners(self, command: RestoreGpfLog, _sender: Party) -> object:
        self._take_partners(command.backup)
        return DONE

    def _take_log(self, backup: LogBackup) -> None:
        hub, log = self._hub, self._hub.device_log
        new = {network: self._not_listed(backup, network) for network in hub.networks}
        require(
            all(len(network.log.entries) + len(devices) <= network.log.capacity for network, devices in new.items()),
            _("The Device Log of the hub is too small for that of the old one."),
            _("Remove devices that are not used any more, or fit a hub that holds more."),
        )
        require(
            backup.chf_id != hub.identity.device_id,
            _("This is the hub that the copy was made of."),
            _("Restore it to the replacement."),
        )
        for network, devices in new.items():
            for one in devices:
                network.log.add(_restored(one, hub.site.agenda.now_ms))
        for one in backup.historic:
            log.historic.setdefault(one.device_id, _restored(one, hub.site.agenda.now_ms))
        hub.network.pan_id = backup.pan_id
        if hub.consumer is not None and backup.consumer_pan_id:
            hub.consumer.network.pan_id = backup.consumer_pan_id
        hub.site.tell(hub.name, f"took over the Device Log of {backup.chf_id}", f"PAN {backup.pan_id}")
        hub.log_changed(backup.chf_id)
        for network in hub.networks:
            network.call_back()

    def _not_listed(self, backup: LogBackup, network: HomeAreaNetwork) -> list[BackedUpDevice]:
        """Which devices of the copy belong to this network, and are not in its book."""
        mine = [one for one in backup.devices if self._hub.network_of(one.kind) is network]
        return [one for one in mine if one.device_id not in network.log]

    def _take_partners(self, backup: LogBackup) -> None:
        """The proxy knows its partners again; consumers' devices and interfaces find it, the gas meter is told (CS03B)
        that it is another."""
        gpf, members = self._hub.gpf, self._hub.network.nearby
        assert gpf.node is not None
        for device_id, kind in backup.partners:
            if kind is DeviceKind.GSME:
                continue
            gpf.node.partners[device_id] = kind
            node = members.get(device_id)
            if node is not None and (kind in CONSUMERS or kind is DeviceKind.PPMID):
                node.partners.pop(backup.gpf_id, None)
                node.partners[gpf.identity.device_id] = DeviceKind.GPF
        gpf.alert(AlertCode.GPF_DEVICE_LOG_CHANGED, backup.gpf_id)

    def _require_power(self) -> None:
        require(
            self._hub.powered,
            _("The hub has no power."),
            _("A hub that does not run is restored from the centre's copy of its Device Log."),
            reason=Reason.TEMPORARY_FAILURE,
        )


def _backed_up(entry: LogEntry) -> BackedUpDevice:
    known = key_hash(entry.link_key_of) if entry.link_key_of is not None else entry.swap_hash
    return BackedUpDevice(entry.device_id, entry.kind, known)


def _restored(one: BackedUpDevice, now_ms: int) -> LogEntry:
    return LogEntry(one.device_id, one.kind, None, now_ms, swap_hash=one.key_hash)
