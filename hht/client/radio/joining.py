"""How the terminal comes onto a hub's HAN, and leaves it: the steps of factbook 3.6, in the hub's 60 minutes.

Find the hub's network (its extended PAN ID is the GPF ID of the hub that formed it: this one, or one that this one
has replaced, CCS03), agree a key over inter-PAN (the dongle does it), tell the
hub the terminal's Device ID and install code under that key, join. How the telling is framed is not public: that is
the business of `hht.protocol.zigbee.handheld` alone. How firmware takes the link key that it joins with is not
verified on hardware: it stands in `_give_key` alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hht.client.radio.dongle import Dongle
from hht.client.radio.errors import (
    DongleError,
    han_lost,
    hub_busy,
    hub_log_full,
    hub_not_found,
    hub_not_listening,
    hub_other_trust,
    hub_unclear,
    join_key,
    join_refused,
    no_key_establishment,
)
from hht.errors import HhtError
from hht.identifiers import DeviceId, InstallCode
from hht.protocol.frames import FrameError
from hht.protocol.little_endian import Ieee
from hht.protocol.zigbee.clusters import KEY_ESTABLISHMENT, SMART_ENERGY, TIME, TUNNELLING
from hht.protocol.zigbee.handheld import LISTED, LOG_FULL, HandheldFraming, Introduction, OwnFraming
from hht.protocol.zigbee.key_establishment import NO_RESOURCES, OUTCOMES, SUCCESS
from hht.protocol.znp.af import (
    CLEAR,
    REGISTER,
    SET_CHANNEL,
    DataConfirm,
    DataRequestExt,
    IncomingMsgExt,
    InterPanCtl,
    Register,
    TransmitOption,
)
from hht.protocol.znp.messages import Address, Command
from hht.protocol.znp.status import SEC_FAILURE
from hht.protocol.znp.sys import Item, OsalNvWrite
from hht.protocol.znp.util import KeyEstInd, KeyEstInitEst
from hht.protocol.znp.zdo import JOINED_STATES, Beacon, JoinCnf, JoinReq, LeaveInd, MgmtLeaveReq, StateChangeInd

ENDPOINT: Final = 1
RADIUS: Final = 30
_DEVICE: Final = 0x0501  # in-premise display: the Smart Energy device that a terminal is nearest to
_ALREADY_THERE: Final = 0xB8
_TASK: Final = 0
_NOBODY: Final = "0" * 16
_WITHDRAW_S: Final = 6.0
_LEAVE_S: Final = 2.0
SEALED: Final = (TransmitOption.ACK_REQUEST | TransmitOption.APS_SECURITY).value


class JoinStep(StrEnum):
    """How far it is; the values are stable, for programs."""

    LOOKING = "looking-for-hub"
    AGREEING = "agreeing-key"
    INTRODUCING = "introducing"
    JOINING = "joining"
    JOINED = "joined"


OnStep = Callable[[JoinStep], None]


@dataclass(frozen=True, slots=True)
class Joined:
    """Where the terminal is: the hub's GPF ID, its network's channel, PAN and Extended PAN ID as they were heard, the
    terminal's 16-bit address, and the LQI of the hub's beacon."""

    gpf_id: DeviceId
    channel: int
    pan: int
    address: int
    lqi: int
    network: DeviceId


class HanMember:
    """The terminal on a HAN. `join` makes it one; `leave` ends it."""

    def __init__(self, dongle: Dongle, code: InstallCode, *, framing: HandheldFraming | None = None) -> None:
        """`code`: the terminal's own install code."""
        self.dongle = dongle
        self.framing = framing or OwnFraming()
        self.joined: Joined | None = None
        self._code = code
        self._sequence = 0

    def sequence(self) -> int:
        """The next number of a message, 0 to 255."""
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    async def join(
        self, gpf_id: DeviceId, *, pan: DeviceId | None = None, on_step: OnStep = lambda _step: None
    ) -> Joined:
        """Come onto the HAN of the hub with this GPF ID. `pan`: the Extended PAN ID of its predecessor's network, which
        it may have by now (CCS03): it is looked for there where its own is not heard. Raises OtherTrust before anything
        is sent; HubError, DongleError, LinkError: then, and where it is cancelled, the dongle is in no network and
        listens to none."""
        for hub in (gpf_id, pan or gpf_id):  # on the network of either it would be
            self.dongle.far_end.check_hub(str(hub))
        try:
            return await self._join(gpf_id, pan, on_step)
        except BaseException:
            await self._withdraw()
            raise

    async def leave(self) -> None:
        """Leave it: the hub takes the terminal off its Device Log. Raises DongleError where the hub may not have heard
        of it."""
        host = self.dongle.host
        if self.joined is None:
            return
        self.joined = None
        host.gone = None
        await host.do(MgmtLeaveReq(0, _NOBODY, 0))
        found = await host.expect(lambda one: isinstance(one, LeaveInd), self.dongle.timing.confirm_s)
        if found is None:
            raise DongleError(
                han_lost().message,
                remedy=han_lost().remedy,
                code="leave-unconfirmed",
            )

    # --- the steps -------------------------------------------------------------------------------------------------

    async def _join(self, gpf_id: DeviceId, pan: DeviceId | None, on_step: OnStep) -> Joined:
        host = self.dongle.host
        on_step(JoinStep.LOOKING)
        hub = await self._find(gpf_id, pan)
        await self._register()
        await host.do(InterPanCtl(SET_CHANNEL, bytes((hub.channel,))))
        await host.do(InterPanCtl(REGISTER, bytes((ENDPOINT,))))
        on_step(JoinStep.AGREEING)
        await self._agree(gpf_id)
        on_step(JoinStep.INTRODUCING)
        await self._introduce(gpf_id, hub)
        await host.do(InterPanCtl(CLEAR))
        await self._give_key()
        on_step(JoinStep.JOINING)
        address = await self._enter(hub)
        self.joined = Joined(gpf_id, hub.channel, hub.pan, address, hub.lqi, DeviceId(hub.extended_pan))
        host.gone = self._watch
        on_step(JoinStep.JOINED)
        return self.joined

    async def _find(self, gpf_id: DeviceId, pan: DeviceId | None) -> Beacon:
        beacons = await self.dongle.networks()
        for network in (gpf_id, pan):
            for beacon in beacons:
                if network is not None and beacon.extended_pan == network.value:
                    return beacon
        raise hub_not_found(gpf_id, [Ieee().text(beacon.extended_pan) for beacon in beacons])

    async def _register(self) -> None:
        clusters = (TIME, TUNNELLING, KEY_ESTABLISHMENT, self.framing.introduction_cluster)
        await self.dongle.host.do(
            Register(ENDPOINT, SMART_ENERGY, _DEVICE, 0, 0, clusters, clusters), also=(_ALREADY_THERE,)
        )

    async def _agree(self, gpf_id: DeviceId) -> None:
        host = self.dongle.host
        host.forget(KeyEstInd)
        try:
            await host.do(KeyEstInitEst(_TASK, self.sequence(), ENDPOINT, Address.of(gpf_id.value)))
        except DongleError as error:
            if error.code == "dongle-not-supported":
                raise no_key_establishment() from error
            raise
        found = await host.expect(lambda one: isinstance(one, KeyEstInd), self.dongle.timing.key_s)
        if found is None:
            raise hub_not_listening(gpf_id)
        assert isinstance(found, KeyEstInd)
        if found.status == NO_RESOURCES:
            raise hub_busy()
        if found.status != SUCCESS:
            raise hub_other_trust(OUTCOMES.get(found.status, f"0x{found.status:02X}"))

    async def _introduce(self, gpf_id: DeviceId, hub: Beacon) -> None:
        host, framing = self.dongle.host, self.framing
        introduction = Introduction(self.dongle.facts.device_id.value, self._code)
        number = self.sequence()
        host.forget(IncomingMsgExt, DataConfirm)
        await host.do(
            DataRequestExt(
                Address.of(gpf_id.value),
                ENDPOINT,
                hub.pan,
                ENDPOINT,
                framing.introduction_cluster,
                number,
                SEALED,
                RADIUS,
                framing.introduce(introduction, number),
            )
        )
        confirm = await host.expect(lambda one: _is_confirm(one, number), self.dongle.timing.confirm_s)
        if confirm is None or (isinstance(confirm, DataConfirm) and confirm.status):
            raise hub_not_listening(gpf_id)
        answer = await host.expect(self._is_welcome, self.dongle.timing.welcome_s)
        if not isinstance(answer, IncomingMsgExt) or isinstance(answer.data, int):
            raise hub_not_listening(gpf_id)
        try:
            status = framing.welcomed(answer.data)
        except FrameError as error:
            raise hub_unclear(error.message) from error
        if status == LOG_FULL:
            raise hub_log_full()
        if status != LISTED:
            raise hub_not_listening(gpf_id)

    def _is_welcome(self, one: Command) -> bool:
        return isinstance(one, IncomingMsgExt) and one.cluster == self.framing.introduction_cluster

    async def _give_key(self) -> None:
        """The link key of the terminal's own install code, as what the dongle joins with."""
        host = self.dongle.host
        await host.do(OsalNvWrite(Item.PRECONFIGURED_KEY, 0, self._code.link_key()), once=False)
        await host.do(OsalNvWrite(Item.PRECONFIGURED_KEYS_ENABLE, 0, b"\x01"), once=False)

    async def _enter(self, hub: Beacon) -> int:
        """Join; the 16-bit address."""
        host = self.dongle.host
        host.forget(JoinCnf, StateChangeInd)
        await host.do(JoinReq(hub.channel, hub.pan, hub.extended_pan, hub.source, hub.depth, hub.stack_profile))
        address: int | None = None
        while True:
            found = await host.expect(lambda one: isinstance(one, JoinCnf | StateChangeInd), self.dongle.timing.join_s)
            if found is None:
                raise join_key() if address is not None else join_refused(SEC_FAILURE)
            if isinstance(found, JoinCnf):
                if found.status:
                    raise join_key() if found.status == SEC_FAILURE else join_refused(found.status)
                address = found.address
            elif isinstance(found, StateChangeInd) and found.state in JOINED_STATES and address is not None:
                return address

    def _watch(self, message: Command) -> None:
        """What came says that it is off the HAN. Raises HubError."""
        left = isinstance(message, LeaveInd)
        if left or (isinstance(message, StateChangeInd) and message.state not in JOINED_STATES):
            self.joined = None
            self.dongle.host.gone = None
            raise han_lost()

    async def _withdraw(self) -> None:
        """Leave nothing half-done in the dongle; where that cannot be (it is gone), nobody can."""
        host = self.dongle.host
        self.joined, host.gone = None, None
        if not host.is_up:
            return
        await _bounded(self._undo())

    async def _undo(self) -> None:
        """Where it has joined after all, and only its word was lost, the hub is told that it leaves."""
        host = self.dongle.host
        with contextlib.suppress(HhtError):
            await host.do(InterPanCtl(CLEAR))
        with contextlib.suppress(HhtError):
            await host.do(MgmtLeaveReq(0, _NOBODY, 0))
            await host.expect(lambda one: isinstance(one, LeaveInd), _LEAVE_S)
        await self.dongle.reset()


async def _bounded(what: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(HhtError, TimeoutError):
        await asyncio.wait_for(what, _WITHDRAW_S)


def _is_confirm(one: Command, number: int) -> bool:
    return isinstance(one, DataConfirm) and one.sequence == number
