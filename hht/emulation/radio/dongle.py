"""The emulated dongle: answers the API's frames, and does in the air of a premises what they ask for.

It is one thing, whoever is connected to it: `say` brings what it has to tell unasked. Time is the premises' own: a scan
takes as long there as on a real dongle, and whoever runs the loop lets the site catch up when something is due.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hht.emulation.radio.air import Air, Heard
from hht.emulation.radio.associating import Associating
from hht.emulation.radio.firmware import Firmware
from hht.emulation.radio.hub_end import (
    Boundary,
    HubEnd,
    ListenAtHub,
    ReadMessage,
    no_boundary,
    nobody_speaks,
)
from hht.emulation.radio.memory import Memory
from hht.emulation.radio.messaging import Messaging
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.protocol.little_endian import RecordError
from hht.protocol.zigbee.handheld import HandheldFraming
from hht.protocol.znp.frame import Frame, FrameType, Subsystem
from hht.protocol.znp.messages import Command, RpcError, ZnpError, command_of, frame_of
from hht.protocol.znp.status import FAILURE, INVALID_PARAMETER, NWK_INVALID_REQUEST, NWK_NO_NETWORKS, SUCCESS
from hht.protocol.znp.sys import (
    GetExtAddr,
    GetExtAddrRsp,
    NvCreate,
    NvLength,
    NvRead,
    NvWrite,
    OsalNvDelete,
    OsalNvItemInit,
    OsalNvLength,
    OsalNvRead,
    OsalNvReadExt,
    OsalNvReadExtRsp,
    OsalNvReadRsp,
    OsalNvWrite,
    OsalNvWriteExt,
    OsalNvWriteExtRsp,
    OsalNvWriteRsp,
    Ping,
    PingRsp,
    ResetInd,
    ResetReq,
    Version,
    VersionRsp,
)
from hht.protocol.znp.util import AssocFindDevice, AssocFindDeviceRsp, GetDeviceInfo, GetDeviceInfoRsp
from hht.protocol.znp.zdo import (
    Beacon,
    BeaconNotifyInd,
    MgmtNwkUpdateNotify,
    MgmtNwkUpdateReq,
    MgmtNwkUpdateRsp,
    NetworkDiscoveryReq,
    NetworkDiscoveryRsp,
    NwkDiscoveryCnf,
    StartupFromApp,
    StartupFromAppRsp,
    StateChangeInd,
    channel_mask,
    channels_of,
)

RESET_MS: Final = 300
_LONGEST_SCAN: Final = 14  # exponent of a duration
_BEACONS_AT_ONCE: Final = 11  # that a frame holds
NO_ADDRESS: Final = 0xFFFE
_TRANSPORT_REVISION: Final = 2
_NEEDS_NEW_MEMORY: Final = (NvCreate, NvLength, NvRead, NvWrite)
_KNOWN_SUBSYSTEMS: Final = frozenset(Subsystem) - {Subsystem.RPC_ERROR}


class EmulatedDongle:
    """`terminal` is what the premises knows of it: its node in the HAN. `hub_end` makes a hub's radio end."""

    def __init__(
        self,
        air: Air,
        terminal: HandheldTerminal,
        firmware: Firmware,
        framing: HandheldFraming,
        read: ReadMessage,
        say: Callable[[bytes], None],
        listen: ListenAtHub = nobody_speaks,
        boundary: Boundary = no_boundary,
    ) -> None:
        self.air = air
        self.site = air.premises.site
        self.terminal = terminal
        self.firmware = firmware
        self.framing = framing
        self._listen, self._boundary = listen, boundary
        self.address = terminal.identity.device_id.replace("-", "")
        self.memory = Memory(self.address, aligned=firmware.aligned)
        self.state = 0
        self.scanning = False
        self._read = read
        self._say = say
        self._hub_ends: dict[CommunicationsHub, HubEnd] = {}
        self._generation = 0  # what was asked before a reset does not come any more
        self.messaging = Messaging(self)
        self.associating = Associating(self)
        self._handlers: dict[type[Command], Callable[[Any], Command | None]] = {
            **_own_handlers(self),
            **self.messaging.handlers(),
            **self.associating.handlers(),
        }

    # --- frames ----------------------------------------------------------------------------------------------------

    def hear(self, frame: Frame) -> bytes:
        """A frame of the host's; the answer's octets, b"" where there is none. Never raises."""
        self.site.catch_up()
        answer = self._answer(frame)
        return b"" if answer is None else frame_of(answer).encode()

    def tell(self, message: Command) -> None:
        """Say something unasked."""
        self._say(frame_of(message).encode())

    def after(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Do something later, unless the dongle is reset before."""
        generation = self._generation

        def act() -> None:
            if generation == self._generation:
                action()

        self.site.agenda.after(delay_ms, act)

    def hub_end(self, hub: CommunicationsHub) -> HubEnd:
        """The radio end of a hub for this dongle."""
        if hub not in self._hub_ends:
            self._hub_ends[hub] = HubEnd(
                hub, self.terminal, self.framing, self._read, self.messaging.from_hub, self._listen, self._boundary
            )
        return self._hub_ends[hub]

    def change(self, state: int) -> None:
        """It is something else in its network now."""
        self.state = state
        self.tell(StateChangeInd(state))

    def _answer(self, frame: Frame) -> Command | None:
        asked = frame.cmd0 & 0xE0 == FrameType.SREQ
        try:
            message = command_of(frame)
        except ZnpError:
            known = frame.cmd0 & 0x1F in _KNOWN_SUBSYSTEMS
            why = RpcError.INVALID_COMMAND if known else RpcError.INVALID_SUBSYSTEM
            return _refusal(frame, why) if asked else None
        except RecordError:
            return _refusal(frame, RpcError.INVALID_LENGTH) if asked else None
        if isinstance(message, _NEEDS_NEW_MEMORY) and not self.firmware.new_memory:
            return _refusal(frame, RpcError.INVALID_COMMAND)
        if not self.associating.knows(message):
            return _refusal(frame, RpcError.INVALID_COMMAND)
        handler = self._handlers.get(type(message))
        if handler is None:
            return _refusal(frame, RpcError.INVALID_COMMAND) if asked else None
        return handler(message)

    # --- SYS and UTIL ----------------------------------------------------------------------------------------------

    def reset(self, _asked: ResetReq) -> None:
        """Start anew: everything is forgotten but the memory, and the network that it was in."""
        self._generation += 1
        self.associating.reset()
        self.messaging.reset()
        self.state, self.scanning = 0, False
        product, (major, minor, maintenance) = self.firmware.product, self.firmware.release
        self.after(RESET_MS, lambda: self.tell(ResetInd(0, _TRANSPORT_REVISION, product, major, minor, maintenance)))

    def version(self, _asked: Version) -> VersionRsp:
        """Which firmware it has."""
        major, minor, maintenance = self.firmware.release
        return VersionRsp(
            _TRANSPORT_REVISION, self.firmware.product, major, minor, maintenance, self.firmware.code_revision, 0, 0
        )

    def information(self, _asked: GetDeviceInfo) -> GetDeviceInfoRsp:
        """What it is."""
        return GetDeviceInfoRsp(SUCCESS, self.address, self.associating.short_address, 0x07, self.state, ())

    def child(self, _asked: AssocFindDevice) -> AssocFindDeviceRsp:
        """An empty entry of its table, as it lies in memory."""
        return AssocFindDeviceRsp(b"\xff" * (36 if self.firmware.aligned else 28))

    def start(self, _asked: StartupFromApp) -> StartupFromAppRsp:
        """Back into the network that it was in before a reset."""
        if not self.associating.resume():
            return StartupFromAppRsp(2)
        return StartupFromAppRsp(0)

    # --- scans -----------------------------------------------------------------------------------------------------

    def discover(self, asked: NetworkDiscoveryReq) -> NetworkDiscoveryRsp:
        """Look for networks. One that has joined does not."""
        channels = channels_of(asked.channels)
        if self.associating.joined or self.scanning:
            return NetworkDiscoveryRsp(NWK_INVALID_REQUEST)
        if not channels or asked.duration > _LONGEST_SCAN:
            return NetworkDiscoveryRsp(INVALID_PARAMETER)
        self.scanning = True
        self.after(scan_ms(asked.duration, len(channels)), lambda: self._discovered(channels))
        return NetworkDiscoveryRsp(SUCCESS)

    def _discovered(self, channels: tuple[int, ...]) -> None:
        self.scanning = False
        beacons = [_beacon(heard) for heard in self.air.beacons(channels)]
        for at in range(0, len(beacons), _BEACONS_AT_ONCE):
            self.tell(BeaconNotifyInd(tuple(beacons[at : at + _BEACONS_AT_ONCE])))
        self.tell(NwkDiscoveryCnf(SUCCESS if beacons else NWK_NO_NETWORKS))

    def measure(self, asked: MgmtNwkUpdateReq) -> MgmtNwkUpdateRsp:
        """Measure energy on channels."""
        channels = channels_of(asked.channels)
        if self.scanning:
            return MgmtNwkUpdateRsp(FAILURE)
        own = asked.destination in (0, self.associating.short_address)
        if not own or not channels or asked.duration > 5 or not asked.count:
            return MgmtNwkUpdateRsp(INVALID_PARAMETER)
        self.scanning = True
        self.after(scan_ms(asked.duration, len(channels)), lambda: self._measured(channels, asked, asked.count - 1))
        return MgmtNwkUpdateRsp(SUCCESS)

    def _measured(self, channels: tuple[int, ...], asked: MgmtNwkUpdateReq, left: int) -> None:
        self.scanning = bool(left)
        energies = tuple(self.air.energies(channels))
        self.tell(MgmtNwkUpdateNotify(0, SUCCESS, channel_mask(channels), 0, 0, energies))
        if left:
            self.after(scan_ms(asked.duration, len(channels)), lambda: self._measured(channels, asked, left - 1))


def scan_ms(duration: int, channels: int) -> int:
    """How long a scan takes: (2**duration + 1) x 15.36 ms on each channel (IEEE 802.15.4)."""
    return ((1 << duration) + 1) * 1536 * channels // 100


def _own_handlers(dongle: EmulatedDongle) -> dict[type[Command], Callable[[Any], Command | None]]:
    memory = dongle.memory
    return {
        ResetReq: dongle.reset,
        Ping: lambda _asked: PingRsp(dongle.firmware.capabilities.value),
        Version: dongle.version,
        GetExtAddr: lambda _asked: GetExtAddrRsp(dongle.address),
        GetDeviceInfo: dongle.information,
        AssocFindDevice: dongle.child,
        StartupFromApp: dongle.start,
        NetworkDiscoveryReq: dongle.discover,
        MgmtNwkUpdateReq: dongle.measure,
        OsalNvItemInit: memory.make,
        OsalNvDelete: memory.delete,
        OsalNvLength: memory.length,
        OsalNvRead: lambda asked: OsalNvReadRsp(*memory.read(asked.id, asked.offset)),
        OsalNvReadExt: lambda asked: OsalNvReadExtRsp(*memory.read(asked.id, asked.offset)),
        OsalNvWrite: lambda asked: OsalNvWriteRsp(memory.write(asked.id, asked.offset, asked.value)),
        OsalNvWriteExt: lambda asked: OsalNvWriteExtRsp(memory.write(asked.id, asked.offset, asked.value)),
        NvCreate: memory.make_sub,
        NvLength: memory.length_sub,
        NvRead: memory.read_sub,
        NvWrite: memory.write_sub,
    }


def _refusal(frame: Frame, why: int) -> RpcError:
    return RpcError(why, frame.cmd0 | frame.cmd1 << 8)


def _beacon(heard: Heard) -> Beacon:
    joining = int(heard.network.lets_join)
    return Beacon(0, heard.pan, heard.channel, joining, 1, 1, 2, 2, heard.lqi, 0, 0, heard.extended_pan)
