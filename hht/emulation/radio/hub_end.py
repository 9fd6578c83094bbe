"""A hub's end of what a terminal says over the air: introductions, tunnels, and messages to relay.

The rules of joining are the model's (`hht.model.communications_hub.handheld`); here they meet octets. What a device
makes of a message's octets is not decided here either: `ReadMessage` does it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from hht.emulation.radio.alerts_over import AlertsOver
from hht.emulation.radio.long_messages import LongMessages
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.delivery import Delivery, DeliveryState, MessageDelivery, SealedMessage
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.device import Device
from hht.model.han.network import HanFailure
from hht.model.parties import Party, UserRole
from hht.model.refusal import DeviceRefusal
from hht.protocol.frames import FrameError
from hht.protocol.gbcs.block_flow import is_acknowledgement
from hht.protocol.gbcs.blocks import is_block, parse_block
from hht.protocol.zigbee.gas_meter import Get, GetResponse, Put, parse_prefixed
from hht.protocol.zigbee.handheld import (
    ASK,
    KEPT,
    LISTED,
    LISTEN,
    LOG_FULL,
    MESSAGE,
    NOT_LISTENING,
    NOT_ON_HAN,
    STOPPED,
    TOO_LONG,
    UNDELIVERED,
    UNKNOWN,
    Envelope,
    HandheldFraming,
)
from hht.protocol.zigbee.tunnelling import (
    BUSY,
    GB_HRGP,
    LONGEST_TRANSFER,
    NO_FLOW_CONTROL,
    NO_MORE,
    NO_SUCH_TUNNEL,
    NOT_SUPPORTED,
    OPENED,
    OVERFLOW,
    CloseTunnel,
    RequestTunnel,
    RequestTunnelResponse,
    TransferData,
    TransferDataBack,
    TransferDataErrorBack,
    TunnelCommand,
    tunnel_command,
)
from hht.protocol.zigbee.zcl import (
    DEFAULT_RESPONSE,
    GLOBAL,
    MALFORMED_COMMAND,
    UNSUP_CLUSTER_COMMAND,
    DefaultResponse,
    ZclFrame,
)

MOST_TUNNELS: Final = 4  # our own numbers
MOST_KEPT: Final = 256  # messages whose answers the hub remembers
ReadMessage = Callable[[Device, bytes], bytes]
Boundary = Callable[[CommunicationsHub, str, bytes], int]  # a hub, a Device ID, a message: why it is stopped; 0: not
# Hands on what devices send unasked by way of that hub, until the function that it returns is called.
ListenAtHub = Callable[[CommunicationsHub, Callable[[Device, bytes], None]], Callable[[], None]]


def no_boundary(_hub: CommunicationsHub, _device: str, _octets: bytes) -> int:
    """A `Boundary` that stops nothing."""
    return 0


def nobody_speaks(_hub: CommunicationsHub, _hear: Callable[[Device, bytes], None]) -> Callable[[], None]:
    """A `ListenAtHub` of devices that say nothing unasked."""
    return lambda: None


_SENDER: Final = Party("remote party", UserRole.OTHER_USER)  # the message says who it is; only the device can tell


@dataclass(slots=True)
class _Message:
    """One that was relayed. `answer` None: there is none yet."""

    device: str
    prefixed: bool
    answer: Envelope | None = None
    fetched: bool = False


class HubEnd:
    """One hub's, for the terminal whose radio is the dongle. `say` sends a ZCL frame back."""

    def __init__(
        self,
        hub: CommunicationsHub,
        terminal: HandheldTerminal,
        framing: HandheldFraming,
        read: ReadMessage,
        say: Callable[[bytes], None],
        listen: ListenAtHub = nobody_speaks,
        boundary: Boundary = no_boundary,
    ) -> None:
        self.hub = hub
        self._boundary = boundary
        self._terminal = terminal
        self._framing = framing
        self._read = read
        self._say = say
        self._tunnels: dict[int, int] = {}  # by number: the longest that its client takes
        self._numbers = 0
        self._messages: OrderedDict[tuple[str, int], _Message] = OrderedDict()  # by device and reference
        self._long = LongMessages()
        self._alerts = AlertsOver(lambda hear: listen(hub, hear), framing, self._send)
        hub.power.changed.append(self._power_changed)

    def _power_changed(self) -> None:
        """What was relayed is not kept anywhere but in memory (our own reading)."""
        if not self.hub.power.fed:
            self._messages.clear()
            self._long = LongMessages()

    # --- inter-PAN -------------------------------------------------------------------------------------------------

    def introduced(self, data: bytes, sequence: int) -> bytes | None:
        """The terminal's introduction came under the agreed key; the hub's answer, None where it is none."""
        try:
            introduction = self._framing.introduced(data)
        except FrameError:
            return None
        own = self._terminal.identity.device_id.replace("-", "")
        if introduction.device_id != own or self.hub.handheld.terminal is not self._terminal:
            return self._framing.welcome(NOT_LISTENING, sequence)
        try:
            self.hub.handheld.introduce(self._terminal, introduction.code)
        except DeviceRefusal:
            return self._framing.welcome(LOG_FULL, sequence)
        return self._framing.welcome(LISTED, sequence)

    # --- tunnels ---------------------------------------------------------------------------------------------------

    def left(self) -> None:
        """The terminal is on the HAN no more: its tunnels are closed. What was relayed stays known."""
        self._tunnels.clear()
        self._alerts.end()

    def hear(self, data: bytes) -> None:
        """A frame of the tunnelling cluster."""
        try:
            frame = ZclFrame.decode(data)
        except FrameError:
            return
        try:
            command = tunnel_command(frame)
        except FrameError:
            self._default(frame, MALFORMED_COMMAND)
            return
        if isinstance(command, RequestTunnel):
            self._answer(frame, self._open(command))
        elif isinstance(command, CloseTunnel):
            self._tunnels.pop(command.tunnel, None)
            self._alerts.end(command.tunnel)
        elif isinstance(command, TransferData):
            self._transfer(frame, command)
        elif command is None:
            self._default(frame, UNSUP_CLUSTER_COMMAND)

    def _open(self, asked: RequestTunnel) -> RequestTunnelResponse:
        status = OPENED
        if asked.protocol != GB_HRGP:
            status = NOT_SUPPORTED
        elif asked.flow_control:
            status = NO_FLOW_CONTROL
        elif len(self._tunnels) >= MOST_TUNNELS:
            status = NO_MORE
        elif self.hub.starting:
            status = BUSY
        if status != OPENED:
            return RequestTunnelResponse(0xFFFF, status, 0)
        self._numbers = (self._numbers + 1) % 0xFFFF
        self._tunnels[self._numbers] = asked.longest_incoming
        return RequestTunnelResponse(self._numbers, OPENED, LONGEST_TRANSFER)

    def _transfer(self, frame: ZclFrame, command: TransferData) -> None:
        if command.tunnel not in self._tunnels:
            self._answer(frame, TransferDataErrorBack(command.tunnel, NO_SUCH_TUNNEL))
        elif len(command.data) > LONGEST_TRANSFER:
            self._answer(frame, TransferDataErrorBack(command.tunnel, OVERFLOW))
        else:
            try:
                envelope = self._framing.unwrap(command.data)
                self._take(command.tunnel, envelope)
            except FrameError:
                self._default(frame, MALFORMED_COMMAND)

    def _take(self, tunnel: int, envelope: Envelope) -> None:
        """An envelope of the terminal's. Raises FrameError."""
        if envelope.kind == ASK:
            self._tell(tunnel, envelope)
            return
        if envelope.kind == LISTEN:
            self._alerts.asked(tunnel, self._tunnels[tunnel], envelope)
            return
        sleepy = self._sleeps(envelope.device)
        prefixed = parse_prefixed(envelope.body) if sleepy and not is_block(envelope.body) else None
        message = prefixed.message if isinstance(prefixed, Put) else envelope.body
        if is_block(message):
            self._block(tunnel, envelope, message, prefixed=prefixed is not None)
        elif isinstance(prefixed, Get):
            self._fetch(tunnel, envelope)
        elif (envelope.device, envelope.reference) in self._messages:
            self._tell(tunnel, envelope)  # relayed once
        elif prefixed is None or isinstance(prefixed, Put):
            self._relay(tunnel, envelope, message, prefixed=prefixed is not None)

    def _block(self, tunnel: int, envelope: Envelope, block: bytes, *, prefixed: bool) -> None:
        """A part of a long message, or what the terminal has heard of a long answer. Raises FrameError."""
        told: bytes | None
        name = envelope.device, envelope.reference
        if is_acknowledgement(parse_block(block)):
            told = self._long.after(name, block)
        elif name in self._messages:
            self._tell(tunnel, envelope)  # relayed once
            return
        else:
            whole, told = self._long.take(name, block)
            if whole is not None:
                self._relay(tunnel, envelope, whole, prefixed=prefixed)
                return
        if told is not None:
            body = GetResponse(0, told).encode() if prefixed else told
            self._send(tunnel, Envelope(envelope.device, envelope.reference, MESSAGE, body))

    def _sleeps(self, device: str) -> bool:
        node = self.hub.network.members.get(_dashed(device))
        return node is not None and node.sleepy

    def _relay(self, tunnel: int, envelope: Envelope, octets: bytes, *, prefixed: bool) -> None:
        stopped = self._boundary(self.hub, _dashed(envelope.device), octets)
        if stopped:  # it never was on its way: said again, it is looked at again
            self._send(tunnel, replace(envelope, kind=STOPPED, body=bytes((stopped,))))
            return
        message = self._messages[envelope.device, envelope.reference] = _Message(envelope.device, prefixed)
        while len(self._messages) > MOST_KEPT:
            self._messages.popitem(last=False)
        delivery = MessageDelivery(_dashed(envelope.device), SealedMessage(octets), _SENDER, read=self._read)
        try:
            self.hub.handheld.pass_on(self._terminal, delivery)
        except (DeviceRefusal, HanFailure) as failure:
            delivery.end(DeliveryState.UNDELIVERED, problem=failure.message)
        delivery.then(lambda done: self._done(tunnel, envelope, message, done))
        if prefixed or message.answer is None:
            self._send(tunnel, Envelope(envelope.device, envelope.reference, KEPT))

    def _done(self, tunnel: int, envelope: Envelope, message: _Message, delivery: Delivery) -> None:
        """The device has answered, or was not reached."""
        kind, body = UNDELIVERED, b""
        if delivery.state is DeliveryState.ANSWERED and isinstance(delivery.answer, bytes):
            kind, body = MESSAGE, delivery.answer
        elif delivery.target not in self.hub.network.members and not self._is_here(delivery.target):
            kind = NOT_ON_HAN
        message.answer = Envelope(envelope.device, envelope.reference, kind, body)
        if not message.prefixed:
            self._send(tunnel, self._fitting(tunnel, message.answer))

    def _is_here(self, device_id: str) -> bool:
        return device_id == self.hub.identity.device_id

    def _fetch(self, tunnel: int, asked: Envelope) -> None:
        """The terminal asks what has come of a sleeping meter."""
        message = self._messages.get((asked.device, asked.reference))
        if message is None:
            self._send(tunnel, Envelope(asked.device, asked.reference, UNKNOWN))
            return
        others = sum(
            1
            for one in self._messages.values()
            if one is not message and one.device == asked.device and one.answer is not None and not one.fetched
        )
        answer = None if message.answer is None else self._fitting(tunnel, message.answer)
        if answer is not None and answer.kind != MESSAGE:
            self._send(tunnel, answer)
            return
        message.fetched = answer is not None
        body = GetResponse(others, b"" if answer is None else answer.body)
        self._send(tunnel, Envelope(asked.device, asked.reference, MESSAGE, body.encode()))

    def _tell(self, tunnel: int, asked: Envelope) -> None:
        """What became of a message that was relayed before."""
        message = self._messages.get((asked.device, asked.reference))
        if message is None:
            self._send(tunnel, Envelope(asked.device, asked.reference, UNKNOWN))
        elif message.answer is None:
            self._send(tunnel, Envelope(asked.device, asked.reference, KEPT))
        else:
            self._send(tunnel, self._fitting(tunnel, message.answer))

    def _fitting(self, tunnel: int, answer: Envelope) -> Envelope:
        """An answer as it goes through the tunnel: whole, its first block, or that it does not."""
        longest = self._tunnels.get(tunnel, LONGEST_TRANSFER)
        room = longest - len(self._framing.wrap(replace(answer, body=GetResponse(0).encode())))
        if len(answer.body) <= room:
            return answer
        if not self._long.possible(answer.body, room):
            return replace(answer, kind=TOO_LONG, body=b"")
        return replace(answer, body=self._long.begin((answer.device, answer.reference), answer.body, room))

    def _send(self, tunnel: int, envelope: Envelope) -> None:
        if tunnel in self._tunnels:
            self._numbered(TransferDataBack(tunnel, self._framing.wrap(envelope)), 0)

    def _answer(self, asked: ZclFrame, command: TunnelCommand) -> None:
        self._numbered(command, asked.sequence)

    def _numbered(self, command: TunnelCommand, sequence: int) -> None:
        self._say(command.frame(sequence).encode())

    def _default(self, asked: ZclFrame, status: int) -> None:
        body = DefaultResponse(asked.command, status).encode()
        self._say(ZclFrame(GLOBAL, asked.sequence, DEFAULT_RESPONSE, body, from_server=True).encode())


def _dashed(device: str) -> str:
    return "-".join(device[i : i + 2] for i in range(0, 16, 2))
