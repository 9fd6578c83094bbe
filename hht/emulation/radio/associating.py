"""How the emulated dongle agrees keys with a hub, joins its network and leaves it: the model's rules behind the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hht.emulation.radio.air import Heard
from hht.identifiers import InstallCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.han.node import ASSOCIATE_MS, KEY_ESTABLISHMENT_MS, JoinFailure, NodeState
from hht.model.refusal import DeviceRefusal
from hht.model.seeded import mix
from hht.protocol.zigbee import key_establishment
from hht.protocol.znp.messages import Address, Command
from hht.protocol.znp.status import INVALID_PARAMETER, NWK_INVALID_REQUEST, NWK_NOT_PERMITTED, SEC_FAILURE, SUCCESS
from hht.protocol.znp.util import KeyEstInd, KeyEstInitEst, KeyEstInitEstRsp
from hht.protocol.znp.zdo import (
    JoinCnf,
    JoinReq,
    JoinRsp,
    LeaveInd,
    MgmtLeaveInd,
    MgmtLeaveReq,
    MgmtLeaveRsp,
)

if TYPE_CHECKING:
    from hht.emulation.radio.dongle import EmulatedDongle

_SUITE: Final = 2  # sect283k1, which the stand-in names
_EVENT: Final = 0xE1
_REFUSED_MS: Final = 1_000  # a hub that serves another terminal says so quickly (our own number)
_NOBODY: Final = "0" * 16
NO_ADDRESS: Final = 0xFFFE
NOT_CONNECTED, JOINING, AUTHENTICATING, ROUTER, ORPHAN = 1, 3, 5, 7, 10


class Associating:
    """See the module. `hub`: whose network it is in, or was before a reset."""

    def __init__(self, dongle: EmulatedDongle) -> None:
        self._dongle = dongle
        self.heard: Heard | None = None
        self.short_address = NO_ADDRESS
        self._agreeing: KeyEstInitEst | None = None
        dongle.terminal.left = self._left

    def handlers(self) -> dict[type[Command], Callable[[Any], Command | None]]:
        """What it answers."""
        return {KeyEstInitEst: self._agree, JoinReq: self._join, MgmtLeaveReq: self._leave}

    def knows(self, message: Command) -> bool:
        """Whether its firmware was built with what the message asks for."""
        return self._dongle.firmware.key_establishment or not isinstance(message, KeyEstInitEst)

    @property
    def hub(self) -> CommunicationsHub | None:
        """See the class."""
        return None if self.heard is None else self.heard.hub

    @property
    def joined(self) -> bool:
        """In a network, and started in it."""
        return self._dongle.state == ROUTER

    def reset(self) -> None:
        """Forget what was under way; a network that it has joined it remembers."""
        self._agreeing = None
        node = self._dongle.terminal.node
        if not self.joined:
            self.heard, self.short_address = None, NO_ADDRESS
            if node.state is NodeState.SECURING:
                node.leave()

    def resume(self) -> bool:
        """Back into the network that it was in; False where it was in none."""
        if self.heard is None or not self._dongle.terminal.node.joined:
            return False
        self._dongle.after(ASSOCIATE_MS, lambda: self._dongle.change(ROUTER))
        return True

    def listening(self, address: Address) -> Heard | None:
        """The hub with this IEEE address, where it listens for terminals on the dongle's inter-PAN channel."""
        dongle = self._dongle
        for heard in dongle.air.networks():
            own = heard.hub.gpf.identity.device_id.replace("-", "")  # not its network's, which may be a predecessor's
            same = own == address.ieee and heard.channel == dongle.messaging.inter_pan_channel
            if same and heard.network is heard.hub.network and heard.hub.handheld.scan(dongle.terminal):
                return heard
        return None

    # --- keys ------------------------------------------------------------------------------------------------------

    def _agree(self, asked: KeyEstInitEst) -> KeyEstInitEstRsp:
        dongle = self._dongle
        if asked.address.mode != Address.IEEE or not dongle.messaging.inter_pan_channel:
            return KeyEstInitEstRsp(INVALID_PARAMETER)
        if self._agreeing is not None:
            return KeyEstInitEstRsp(NWK_INVALID_REQUEST)
        heard = self.listening(asked.address)
        if heard is None:
            return KeyEstInitEstRsp(SUCCESS)  # it asks, and nobody answers
        self._agreeing = asked
        try:
            heard.hub.handheld.agree_key(
                dongle.terminal, heard.hub.gpf.identity.device_id, lambda agreed: self._agreed(asked, agreed=agreed)
            )
        except DeviceRefusal:  # it serves another
            dongle.after(_REFUSED_MS, lambda: self._tell(asked, key_establishment.NO_RESOURCES))
        return KeyEstInitEstRsp(SUCCESS)

    def _agreed(self, asked: KeyEstInitEst, *, agreed: bool) -> None:
        if self._agreeing is not asked:
            return  # reset meanwhile
        if agreed:
            self._tell(asked, key_establishment.SUCCESS)
        elif self._dongle.terminal.node.failure is JoinFailure.UNKNOWN_ISSUER:
            self._tell(asked, key_establishment.UNKNOWN_ISSUER)
        else:
            self._agreeing = None  # the hub has fallen silent

    def _tell(self, asked: KeyEstInitEst, status: int) -> None:
        self._agreeing = None
        self._dongle.tell(KeyEstInd(asked.task, _EVENT, status, 0, _SUITE))

    # --- joining ---------------------------------------------------------------------------------------------------

    def _join(self, asked: JoinReq) -> JoinRsp:
        dongle, node = self._dongle, self._dongle.terminal.node
        if dongle.state in (JOINING, AUTHENTICATING, ROUTER) or dongle.messaging.inter_pan_channel:
            return JoinRsp(NWK_INVALID_REQUEST)
        dongle.state = JOINING
        wanted = (asked.channel, asked.pan, asked.extended_pan)
        named = (heard for heard in dongle.air.networks() if (heard.channel, heard.pan, heard.extended_pan) == wanted)
        self.heard = next((heard for heard in named if heard.network.hears(dongle.terminal.name)), None)
        if self.heard is None:
            dongle.after(ASSOCIATE_MS, lambda: self._failed(NWK_NOT_PERMITTED))
            return JoinRsp(SUCCESS)
        self._take_key(self.heard)
        node.leave()
        self.heard.network.bring_near(node)
        node.locate(self.heard.network)
        dongle.after(ASSOCIATE_MS + 1, self._associated)
        dongle.after(ASSOCIATE_MS + KEY_ESTABLISHMENT_MS + 1, self._secured)
        return JoinRsp(SUCCESS)

    def _take_key(self, heard: Heard) -> None:
        """The model holds codes against one another, a dongle has only the key of one: the hub's code where its key is
        that, else one that is none of the hub's."""
        dongle = self._dongle
        key = dongle.memory.preconfigured_key
        entry = heard.hub.device_log.entries.get(dongle.terminal.identity.device_id)
        code = None if entry is None else entry.install_code
        if code is None or code.link_key() != key:
            code = InstallCode(key.hex().upper())
        dongle.terminal.node.install_code = code

    def _associated(self) -> None:
        node = self._dongle.terminal.node
        if node.state is not NodeState.SECURING or self.heard is None:
            self._failed(NWK_NOT_PERMITTED)
            return
        number = mix(int(self._dongle.address, 16), self._dongle.site.agenda.now_ms) % 0xFFF0
        self.short_address = 1 + number
        self._dongle.tell(JoinCnf(SUCCESS, self.short_address, 0))
        self._dongle.change(AUTHENTICATING)

    def _secured(self) -> None:
        if self._dongle.state != AUTHENTICATING:
            return
        if self._dongle.terminal.node.state is NodeState.JOINED:
            self._dongle.change(ROUTER)
        else:
            self._failed(SEC_FAILURE)

    def _failed(self, status: int) -> None:
        self.heard, self.short_address = None, NO_ADDRESS
        self._dongle.tell(JoinCnf(status, NO_ADDRESS, NO_ADDRESS))
        self._dongle.change(NOT_CONNECTED)

    # --- leaving ---------------------------------------------------------------------------------------------------

    def _leave(self, asked: MgmtLeaveReq) -> MgmtLeaveRsp:
        dongle = self._dongle
        own = asked.destination in (0, self.short_address) and asked.address in (_NOBODY, dongle.address)
        hub = self.hub
        if not own or hub is None or not self.joined:
            return MgmtLeaveRsp(NWK_INVALID_REQUEST)

        def leave() -> None:
            dongle.tell(MgmtLeaveInd(0, SUCCESS))
            if hub.handheld.terminal is dongle.terminal:
                hub.handheld.leave()
            else:
                self._left()

        dongle.after(1, leave)
        return MgmtLeaveRsp(SUCCESS)

    def _left(self) -> None:
        """The hub serves it no more: it was told to leave, its hour is over, or the hub has no power."""
        dongle, heard = self._dongle, self.heard
        if heard is None:
            return
        was_in, powered, short = self.joined, heard.hub.powered, self.short_address
        dongle.hub_end(heard.hub).left()
        self.heard, self.short_address = None, NO_ADDRESS
        if not was_in:
            return
        if powered:
            dongle.tell(LeaveInd(short, dongle.address, 1, 0, 0))
        dongle.change(NOT_CONNECTED if powered else ORPHAN)
