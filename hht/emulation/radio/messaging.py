"""The emulated dongle's AF: endpoints, inter-PAN, messages out and in, long ones in pieces."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from hht.emulation.radio.hub_clock import time_of
from hht.model.han.network import HanFailure
from hht.protocol.frames import FrameError
from hht.protocol.zigbee.aps import ApsFrame, InterPanFrame, air_frame, aps_frame, inter_pan_frame
from hht.protocol.zigbee.clusters import SMART_ENERGY, TIME, TUNNELLING
from hht.protocol.znp.af import (
    CLEAR,
    LONGEST_HEARD,
    PIECE_BACK,
    REGISTER,
    SET_CHANNEL,
    DataConfirm,
    DataRequestExt,
    DataRequestExtRsp,
    DataRetrieve,
    DataRetrieveRsp,
    DataStore,
    DataStoreRsp,
    IncomingMsgExt,
    InterPanCtl,
    InterPanCtlRsp,
    Register,
    RegisterRsp,
    TransmitOption,
)
from hht.protocol.znp.messages import Address, Command
from hht.protocol.znp.status import (
    APS_NO_ACK,
    FAILURE,
    INVALID_PARAMETER,
    MAC_NO_ACK,
    MEM_ERROR,
    NWK_INVALID_REQUEST,
    SEC_NO_KEY,
    SUCCESS,
)
from hht.protocol.znp.zdo import CHANNELS

if TYPE_CHECKING:
    from hht.emulation.radio.dongle import EmulatedDongle

AIR_MS: Final = 12  # of a frame and its acknowledgement (our own number)
_ALREADY_THERE: Final = 0xB8
_LONGEST: Final = 2048  # a message that it takes in pieces (our own number)
_MOST_WAITING: Final = 16  # long messages that nobody has fetched
_HUB_ENDPOINT: Final = 1


class Messaging:
    """See the module."""

    def __init__(self, dongle: EmulatedDongle) -> None:
        self._dongle = dongle
        self.reset()

    def reset(self) -> None:
        """Forget endpoints, channel and what was under way."""
        self._endpoints: set[int] = set()
        self.inter_pan_channel = 0  # 0: it listens to its own network
        self._inter_pan_endpoint = 0
        self._pending: tuple[DataRequestExt, bytearray, int] | None = None  # with its whole length
        self._waiting: OrderedDict[int, bytes] = OrderedDict()
        self._stamps = 0

    def handlers(self) -> dict[type[Command], Callable[[Any], Command | None]]:
        """What it answers."""
        return {
            Register: self._register,
            InterPanCtl: self._inter_pan,
            DataRequestExt: self._request,
            DataStore: self._store,
            DataRetrieve: self._retrieve,
        }

    def has(self, endpoint: int) -> bool:
        """Whether the endpoint was made."""
        return endpoint in self._endpoints

    # --- the host's requests ---------------------------------------------------------------------------------------

    def _register(self, asked: Register) -> RegisterRsp:
        if asked.endpoint in self._endpoints:
            return RegisterRsp(_ALREADY_THERE)
        if not 1 <= asked.endpoint <= 240:
            return RegisterRsp(INVALID_PARAMETER)
        self._endpoints.add(asked.endpoint)
        return RegisterRsp(SUCCESS)

    def _inter_pan(self, asked: InterPanCtl) -> InterPanCtlRsp:
        value = asked.data[0] if len(asked.data) == 1 else -1
        if asked.command == CLEAR:
            self.inter_pan_channel = 0
        elif asked.command == SET_CHANNEL and value in CHANNELS and not self._dongle.associating.joined:
            self.inter_pan_channel = value
        elif asked.command == REGISTER and value in self._endpoints:
            self._inter_pan_endpoint = value
        else:
            return InterPanCtlRsp(FAILURE)
        return InterPanCtlRsp(SUCCESS)

    def _request(self, asked: DataRequestExt) -> DataRequestExtRsp:
        if asked.source_endpoint not in self._endpoints:
            return DataRequestExtRsp(INVALID_PARAMETER)
        if asked.pan and (not self.inter_pan_channel or asked.source_endpoint != self._inter_pan_endpoint):
            return DataRequestExtRsp(NWK_INVALID_REQUEST)
        if not asked.pan and not self._dongle.associating.joined:
            return DataRequestExtRsp(NWK_INVALID_REQUEST)
        if isinstance(asked.data, int):
            if asked.data > _LONGEST:
                return DataRequestExtRsp(MEM_ERROR)
            self._pending = asked, bytearray(), asked.data
        else:
            self._send(asked, asked.data)
        return DataRequestExtRsp(SUCCESS)

    def _store(self, asked: DataStore) -> DataStoreRsp:
        if self._pending is None:
            return DataStoreRsp(FAILURE)
        request, octets, length = self._pending
        if asked.data:
            if asked.index != len(octets) or len(octets) + len(asked.data) > length:
                return DataStoreRsp(INVALID_PARAMETER)
            octets += asked.data
            return DataStoreRsp(SUCCESS)
        self._pending = None
        if len(octets) != length:
            return DataStoreRsp(INVALID_PARAMETER)
        self._send(request, bytes(octets))
        return DataStoreRsp(SUCCESS)

    def _retrieve(self, asked: DataRetrieve) -> DataRetrieveRsp:
        message = self._waiting.get(asked.time_stamp)
        if message is None or asked.length > PIECE_BACK:
            return DataRetrieveRsp(FAILURE, b"")
        if not asked.length:
            del self._waiting[asked.time_stamp]
            return DataRetrieveRsp(SUCCESS, b"")
        piece = message[asked.index : asked.index + asked.length]
        return DataRetrieveRsp(SUCCESS if piece else INVALID_PARAMETER, piece)

    # --- into the air ----------------------------------------------------------------------------------------------

    def _send(self, asked: DataRequestExt, payload: bytes) -> None:
        secured = bool(asked.options & TransmitOption.APS_SECURITY.value)
        if asked.pan:
            octets = inter_pan_frame(asked.cluster, SMART_ENERGY, payload, secured=secured).encode()
            self._dongle.after(AIR_MS, lambda: self._confirm(asked, self._over_pans(asked, octets)))
        else:
            octets = aps_frame(
                asked.cluster,
                SMART_ENERGY,
                payload,
                endpoint=asked.endpoint,
                source=asked.source_endpoint,
                counter=asked.sequence,
                secured=secured,
            ).encode()
            self._dongle.after(AIR_MS, lambda: self._confirm(asked, self._within(asked, octets)))

    def _confirm(self, asked: DataRequestExt, status: int) -> None:
        self._dongle.tell(DataConfirm(status, asked.source_endpoint, asked.sequence))

    def _over_pans(self, asked: DataRequestExt, octets: bytes) -> int:
        """To the hub with that address, if it listens on the channel; what its radio says of it."""
        dongle = self._dongle
        frame = air_frame(octets)
        assert isinstance(frame, InterPanFrame)
        heard = dongle.associating.listening(asked.address)
        if heard is None or asked.pan not in (heard.pan, 0xFFFF):
            return MAC_NO_ACK
        if not frame.secured or heard.hub.handheld.terminal is not dongle.terminal:
            return SEC_NO_KEY  # what is not sealed under an agreed key the hub does not take
        answer = dongle.hub_end(heard.hub).introduced(frame.payload, asked.sequence)
        if answer is not None:
            reply = inter_pan_frame(asked.cluster, SMART_ENERGY, answer, secured=True).encode()
            dongle.after(AIR_MS, lambda: self._hear(reply, asked.address, heard.pan, heard.lqi))
        return SUCCESS

    def _within(self, asked: DataRequestExt, octets: bytes) -> int:
        dongle = self._dongle
        hub = dongle.associating.hub
        if hub is None or not dongle.associating.joined or asked.address.short:
            return APS_NO_ACK
        try:
            hub.network.carry(dongle.terminal.name)
            frame = air_frame(octets)
        except (HanFailure, FrameError):
            return APS_NO_ACK
        assert isinstance(frame, ApsFrame)
        if frame.endpoint == _HUB_ENDPOINT and frame.cluster == TUNNELLING:
            dongle.hub_end(hub).hear(frame.payload)
        elif frame.endpoint == _HUB_ENDPOINT and frame.cluster == TIME:
            answer = time_of(hub, frame.payload)
            if answer:
                self.from_hub(answer, TIME)
        return SUCCESS

    # --- out of the air --------------------------------------------------------------------------------------------

    def from_hub(self, zcl: bytes, cluster: int = TUNNELLING) -> None:
        """The hub that it has joined sends it a frame of a cluster."""
        frame = aps_frame(cluster, SMART_ENERGY, zcl, endpoint=1, source=_HUB_ENDPOINT, counter=0, secured=True)
        heard = self._dongle.associating.heard
        if heard is not None:
            octets, lqi = frame.encode(), heard.lqi
            self._dongle.after(AIR_MS, lambda: self._hear(octets, Address.near(0), heard.pan, lqi))

    def _hear(self, octets: bytes, source: Address, pan: int, lqi: int) -> None:
        frame = air_frame(octets)
        across = isinstance(frame, InterPanFrame)
        endpoint = self._inter_pan_endpoint if isinstance(frame, InterPanFrame) else frame.endpoint
        if endpoint not in self._endpoints:
            return
        self._stamps += 1
        payload = frame.payload
        long = len(payload) > LONGEST_HEARD
        if long:
            self._waiting[self._stamps] = payload
            while len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)
        self._dongle.tell(
            IncomingMsgExt(
                0,
                frame.cluster,
                source,
                _HUB_ENDPOINT,
                pan if across else 0,
                endpoint,
                0,
                lqi,
                int(frame.secured),
                self._stamps,
                0,
                len(payload) if long else payload,
                0,
                30,
            )
        )
