"""The communications hub box with its CHF: HAN coordinator and trust centre, and the premises' only way to the WAN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.commands import DONE
from hht.model.communications_hub.addresses import Addresses
from hht.model.communications_hub.apart import ApartPlan, ConsumerSide
from hht.model.communications_hub.backup import HubBackups
from hht.model.communications_hub.commands import (
    AddResult,
    AddToDeviceLog,
    DeviceLogs,
    LogRow,
    ReadDeviceLog,
    ReadDeviceLogs,
    RemoveFromDeviceLog,
)
from hht.model.communications_hub.delivery import Deliveries
from hht.model.communications_hub.gas_proxy import GasProxyFunction
from hht.model.communications_hub.gas_reads import offer_gas_reads
from hht.model.communications_hub.handheld import HandheldWindow
from hht.model.communications_hub.images import HubImages
from hht.model.communications_hub.leds import STARTING_MS, Leds
from hht.model.communications_hub.modules import HubModules, ModulesPlan, Slot
from hht.model.communications_hub.outage import OutageDetection, OutageNotice
from hht.model.communications_hub.pairing import Pairing, PairingMode
from hht.model.communications_hub.power import USUAL_RESERVE_S, HubPower, Mounting
from hht.model.communications_hub.refusals import Refusals
from hht.model.communications_hub.sub_ghz import SubGhz
from hht.model.device import Alert, Device, DeviceIdentity, DeviceKind
from hht.model.features.device_type import offer_hub_type
from hht.model.features.logs_read import offer_logs
from hht.model.features.open_data import offer_gas_open_data
from hht.model.han.device_log import USUAL_CAPACITY, DeviceLog, LogEntry
from hht.model.han.joins import offer_joins
from hht.model.han.medium import Medium
from hht.model.han.network import HomeAreaNetwork
from hht.model.han.node import HanNode
from hht.model.han.profiles import default_profile
from hht.model.hub_port import ModulePort
from hht.model.mains import Mains
from hht.model.parties import Party
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import Site

if TYPE_CHECKING:
    from hht.model.intelligent_hub.account import AccountPlan
    from hht.model.premises import Premises

LONGEST_JOIN_S = 3600
_SILENT = frozenset({"hub-defect", "han-radio-defect", "locked-up"})  # faults that take the HAN from everybody
MESSAGES_KEPT = 500  # our own number: what the hub's memory holds for the WAN, the oldest overwritten


@dataclass(frozen=True, slots=True)
class HubConfiguration:
    """How a hub stands in its premises. `gpf_id` is the GPF's Device ID (`identity` has the CHF's); `dual_band`: 868
    MHz beside 2.4 GHz; `capacity` of the Device Log; `reserve_s`: how long it lives on without mains; `fitted`: not one
    that waits in the van; `account`: an intelligent hub, which keeps the gas account (001, appendix C); `delivered` by
    the DCC, and `installable`: first and last day of its Installation Validity Period (None: it has none)."""

    name: str
    identity: DeviceIdentity
    gpf_id: str
    dual_band: bool = True
    mounting: Mounting = Mounting.HOT_SHOE
    reserve_s: int = USUAL_RESERVE_S
    outage_detection: OutageDetection = OutageDetection.HUB
    profile: str = field(default_factory=default_profile)  # what its HAN speaks
    capacity: int = USUAL_CAPACITY
    pairing: PairingMode = PairingMode.REMOTE
    passkey: str = ""
    fitted: bool = True
    port: ModulePort = field(default_factory=ModulePort)  # where it is mounted at a meter's
    account: AccountPlan | None = None
    delivered: date | None = None
    installable: tuple[date, date] | None = None
    apart: ApartPlan | None = None  # consumers' devices have a network of their own (001, appendix A)
    modules: ModulesPlan | None = None  # HAN radio and WAN modem are units of their own

    @property
    def kind(self) -> DeviceKind:
        """A communications hub."""
        return DeviceKind.COMMUNICATIONS_HUB

    def build(self, premises: Premises) -> CommunicationsHub:
        """The hub, fed from the unmetered side of the premises' mains."""
        return CommunicationsHub(self, premises.site, premises.mains, premises.medium)


class CommunicationsHub(Device):
    """The box. `wan` takes what is to go out (alerts, responses); while there is none, `outbox` keeps it: in a memory
    that outlasts a power cut."""

    kind = DeviceKind.COMMUNICATIONS_HUB

    def __init__(self, configuration: HubConfiguration, site: Site, mains: Mains, medium: Medium) -> None:
        super().__init__(site, configuration.name, configuration.identity)
        self.configuration = configuration
        self.mains = mains
        self.power = HubPower(self, configuration.mounting, configuration.reserve_s, fitted=configuration.fitted)
        self.modules = HubModules(configuration.modules) if configuration.modules is not None else None
        self.device_log = DeviceLog(configuration.capacity)
        self.network = HomeAreaNetwork(site, self.name, configuration.gpf_id, medium, self.device_log)
        self.network.alerts = self.send
        self.network.profile = configuration.profile
        self.network.powered = configuration.fitted
        own = self.identity
        identity = DeviceIdentity(configuration.gpf_id, own.manufacturer, own.model, "", own.smets_version)
        self.gpf = _gas_proxy(configuration, site, identity)
        self.gpf.node = HanNode(self.gpf, None)
        self.network.contain(self.gpf.node)
        self.gpf.uplink = self.send
        self.network.gas_proxy = self.gpf
        apart = configuration.apart
        self.consumer = ConsumerSide(self, apart, medium) if apart is not None else None
        if configuration.account is None:  # else the account answers for itself
            offer_gas_reads(self.gpf)
            offer_gas_open_data(self.gpf)
        inside: dict[str, Device] = {self.identity.device_id: self, self.gpf.identity.device_id: self.gpf}
        self.deliveries = Deliveries(site, self, self.network, inside)
        self.network.woken = self.deliveries.woken
        self.network.errands = self.deliveries.errand
        self.leds = Leds(self)
        self.pairing = Pairing(self, configuration.pairing, configuration.passkey)
        offer_joins(self.gpf, self.gpf.node)
        self.uplink = self.send
        self.wan: Callable[[Alert], None] | None = None
        self.outbox: list[Alert] = []
        self.listeners: list[Callable[[Alert], None]] = []
        self.outage = OutageNotice(self, configuration.outage_detection)
        self.handheld = HandheldWindow(self)
        self._restarted_ms = -STARTING_MS
        self.power.changed.append(self._power_changed)
        if self.modules is not None:
            self.modules.changed.append(self.radio)
        self.images = HubImages(self)
        self.firmware = self.images.firmware
        self.addresses = Addresses(self)
        self.sub_ghz = SubGhz(self) if configuration.dual_band else None
        self.backups = HubBackups(self)
        self.network.joined = self._joined
        self.network.refused = Refusals(self).note
        offer_hub_type(self)
        offer_logs(self)
        offer_logs(self.gpf)
        self.accept(
            {
                AddToDeviceLog: self._add,
                RemoveFromDeviceLog: self._remove,
                ReadDeviceLog: self._read_log,
                ReadDeviceLogs: self._read_logs,
            }
        )

    # --- power -----------------------------------------------------------------------------------------------------

    @property
    def powered(self) -> bool:
        """Whether it runs (what it holds in reserve for a last alert is not counted)."""
        return self.power.fed

    @property
    def starting(self) -> bool:
        """Whether it has just got power, or runs another firmware since a moment."""
        since_ms = self.power.since_ms
        return since_ms is not None and self.site.now_ms < max(since_ms, self._restarted_ms) + STARTING_MS

    def restart(self) -> None:
        """It starts anew with its firmware: the HAN is gone for so long. (Power was there all the time: that opens no
        window for handheld terminals.)"""
        self._restarted_ms = self.site.agenda.now_ms
        self.faults.discard("locked-up")
        self._radios(False)
        self.site.agenda.after(STARTING_MS, self._restarted)

    def _restarted(self) -> None:
        self.radio()

    def radio(self) -> None:
        """Let the HAN's radio be on where the hub has power and nothing is defect."""
        there = self.modules is None or self.modules.units[Slot.HAN] is not None
        self._radios(self.powered and there and not self.faults & _SILENT)

    def _radios(self, on: bool) -> None:
        for network in self.networks:
            network.powered = on

    @property
    def networks(self) -> tuple[HomeAreaNetwork, ...]:
        """Its HAN; with it the consumers' network, where that is apart."""
        return (self.network,) if self.consumer is None else (self.network, self.consumer.network)

    def network_of(self, kind: DeviceKind) -> HomeAreaNetwork:
        """The network that devices of this kind belong to."""
        apart = self.consumer
        return apart.network if apart is not None and apart.takes(kind) else self.network

    def _joined(self, device_id: str) -> None:
        if self.consumer is not None:
            self.consumer.show_meters()
        self.log_changed(device_id)

    def _power_changed(self) -> None:
        """Without power the HAN's radio is off at once; what is in reserve is for the outage alert."""
        if not self.powered:
            self.faults.discard("locked-up")  # whatever hangs starts anew
        self.radio()
        if not self.powered:
            self.handheld.power_lost()
        self.outage.power_changed()

    # --- WAN -------------------------------------------------------------------------------------------------------

    def send(self, alert: Alert) -> None:
        """Send an alert to the WAN, or keep it until there is one; whoever listens at the hub hears it too."""
        for hear in self.listeners:
            hear(alert)
        if self.wan is None:
            self.outbox.append(alert)
            del self.outbox[:-MESSAGES_KEPT]
        else:
            self.wan(alert)

    # --- the Device Log --------------------------------------------------------------------------------------------

    def log_changed(self, device_id: str) -> None:
        """The Device Log is another for this device: the centre is told, and gets a copy of it (factbook 2.11)."""
        self.alert(AlertCode.CHF_DEVICE_LOG_CHANGED, device_id, self.backups.log())

    def _add(self, command: AddToDeviceLog, _sender: Party) -> AddResult:
        """CCS01, exactly as factbook 2.11 has it: a listed device stays as it is; the window opens either way."""
        if not 1 <= command.join_s <= LONGEST_JOIN_S:
            raise DeviceRefusal(
                Reason.OTHER,
                _("Devices cannot be let join for {seconds} s.").format(seconds=command.join_s),
                remedy=_("Say 1 to {longest} s.").format(longest=LONGEST_JOIN_S),
            )
        network = self.network_of(command.kind)
        if network.log.full and command.device_id not in network.log:
            self.site.tell(self.name, f"did not list {command.device_id}", "the Device Log is full")
            return AddResult(False, False, False)
        entry = LogEntry(
            command.device_id,
            command.kind,
            command.install_code,
            self.site.agenda.now_ms,
            handheld=command.handheld,
        )
        if network.log.add(entry) and network is self.network:
            self.log_changed(command.device_id)
        network.open_joining(command.join_s)
        return AddResult(True, True, True)

    def _remove(self, command: RemoveFromDeviceLog, _sender: Party) -> object:
        network = next((one for one in self.networks if command.device_id in one.log), self.network)
        entry = network.log.remove(command.device_id)
        if entry is None:
            raise DeviceRefusal(
                Reason.OTHER,
                _("{device} is not in the Device Log.").format(device=command.device_id),
                remedy=_("Read the Device Log, and choose one of its devices."),
            )
        node = network.members.get(command.device_id)
        if node is not None:
            node.leave()
        if network is self.network:
            self.log_changed(command.device_id)
        return DONE

    def _read_log(self, _command: ReadDeviceLog, _sender: Party) -> tuple[LogRow, ...]:
        return tuple(_row(entry) for entry in self.device_log.entries.values())

    def _read_logs(self, _command: ReadDeviceLogs, sender: Party) -> DeviceLogs:
        return DeviceLogs(self._read_log(ReadDeviceLog(), sender), tuple(self.device_log.historic))


def _gas_proxy(configuration: HubConfiguration, site: Site, identity: DeviceIdentity) -> GasProxyFunction:
    """A mirror of the gas meter; in an intelligent hub, the gas account too."""
    name = f"{configuration.name}-gpf"
    if configuration.account is None:
        return GasProxyFunction(site, name, identity)
    return configuration.account.proxy(site, name, identity)


def _row(entry: LogEntry) -> LogRow:
    heard = entry.statistics
    low, high = (heard.rssi_dbm[0], heard.rssi_dbm[2]) if heard.rssi_dbm else (0, 0)
    worst, best = (heard.lqi[0], heard.lqi[2]) if heard.lqi else (0, 0)
    return LogRow(
        entry.device_id,
        entry.kind,
        entry.joined,
        (low, heard.average_rssi_dbm, high),
        (worst, heard.average_lqi, best),
        heard.last_ms,
        heard.heard,
        heard.failed,
    )
