"""Messages to devices of the HAN, through the tunnelling cluster and the hub. Their octets are not looked into.

Each is sent once. Where no answer comes, nobody knows what became of it: `OutcomeUnknown` has the message's reference,
and `settle` asks the hub, which relays a message with the same reference once. What is for a gas meter that sleeps
is kept by the hub until it wakes (about every half-hour), and fetched from there.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import Final

from hht.client.radio.alerts import AlertTray, HeardAlert
from hht.client.radio.errors import (
    MessageError,
    OutcomeUnknown,
    dongle_refused,
    dongle_silent,
    not_joined,
)
from hht.client.radio.joining import ENDPOINT, RADIUS, SEALED, HanMember
from hht.client.radio.long_messages import Exchange, acknowledges, goes_in_blocks, rest_of_answer, send_in_blocks
from hht.client.radio.message_errors import (
    answer_unreadable,
    message_too_long,
    not_delivered,
    not_taken,
    not_understood,
    other_device,
    outcome_open,
    tunnel_refused,
)
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.protocol.frames import FrameError
from hht.protocol.gbcs.blocks import is_block
from hht.protocol.little_endian import Ieee
from hht.protocol.zigbee.clusters import TUNNELLING
from hht.protocol.zigbee.gas_meter import GET_RESPONSE, PUT, Get, GetResponse, Put, parse_prefixed
from hht.protocol.zigbee.handheld import (
    ALERT,
    ASK,
    HEAR,
    HEAR_NO_MORE,
    KEPT,
    LISTEN,
    MESSAGE,
    NOBODY,
    UNKNOWN,
    Envelope,
)
from hht.protocol.zigbee.tunnelling import (
    BUSY,
    LONGEST_TRANSFER,
    OPENED,
    TUNNEL_STATUS,
    CloseTunnel,
    RequestTunnel,
    RequestTunnelResponse,
    TransferData,
    TransferDataBack,
    TransferDataErrorBack,
    TunnelClosureNotification,
    TunnelCommand,
    tunnel_command,
)
from hht.protocol.zigbee.zcl import DEFAULT_RESPONSE, GLOBAL, ZclFrame
from hht.protocol.znp.af import (
    LONGEST_SENT,
    PIECE,
    PIECE_BACK,
    DataConfirm,
    DataRequestExt,
    DataRetrieve,
    DataRetrieveRsp,
    DataStore,
    IncomingMsgExt,
)
from hht.protocol.znp.messages import Address, Command
from hht.protocol.znp.status import SUCCESS

_HUB: Final = Address.near(0)
_LONGEST_HEARD: Final = 4096  # octets of one message that are fetched from the dongle
_OVERHEAD: Final = 16  # octets that tunnel, envelope and prefix add, at most


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device answered. `waiting`: how many answers of a sleeping device wait besides."""

    device: DeviceId
    reference: int
    octets: bytes
    waiting: int = 0


class HanTunnel:
    """A tunnel to the hub, for one member. ``async with``, or `open` and `close`."""

    def __init__(self, member: HanMember) -> None:
        self._member = member
        self._number: int | None = None
        self._alone = asyncio.Lock()  # of messages to several devices at once each takes its own answer
        self._longest = LONGEST_TRANSFER
        self.alerts = AlertTray()

    @property
    def longest_message(self) -> int:
        """Octets of a message that fit at once; a longer GBCS message goes in blocks."""
        return self._longest - _OVERHEAD

    async def open(self) -> None:
        """Open it. Raises MessageError where the hub opens none, HubError, DongleError, LinkError."""
        timing = self._member.dongle.timing
        number = await self._say(RequestTunnel())
        found = await self._hear((RequestTunnelResponse,), timing.tunnel_s, sequence=number)
        if found is None:
            raise tunnel_refused(_("the hub does not answer"))
        assert isinstance(found, RequestTunnelResponse)
        if found.status == BUSY:
            raise tunnel_refused(_("the hub is busy; wait a minute"))
        if found.status != OPENED:
            raise tunnel_refused(TUNNEL_STATUS.get(found.status, f"0x{found.status:02X}"))
        self._number, self._longest = found.tunnel, min(LONGEST_TRANSFER, found.longest_incoming)

    async def close(self) -> None:
        """Close it, where there is anybody to tell. Never raises but when cancelled."""
        number, self._number = self._number, None
        member = self._member
        if number is not None and member.joined is not None and member.dongle.host.is_up:
            with contextlib.suppress(HhtError):  # the hub closes it when the terminal leaves
                await self._say(CloseTunnel(number))

    async def __aenter__(self) -> HanTunnel:
        await self.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def send(
        self, device: DeviceId, message: bytes, *, reference: int, sleeps: bool = False, within_s: float | None = None
    ) -> Answer:
        """Send a message and return the answer. `reference` (0 to 65535): the caller's own number for it, new for each.
        `sleeps`: the device is a gas meter; its answer is asked for every so often. `within_s`: how long to wait. A
        GBCS message that does not fit goes in blocks, and so does such an answer.

        Raises MessageError where the message did not go, or the device is known to have it without answering;
        OutcomeUnknown where nobody knows. After every other error (link, dongle or HAN lost), and where it was
        cancelled, nobody knows either."""
        wait_s = self._member.dongle.timing.message_s if within_s is None else within_s
        piece, reply_s = self._piece(device, reference, sleeps=sleeps), self._member.dongle.timing.tunnel_s
        if goes_in_blocks(message, self.longest_message):
            said = await send_in_blocks(message, self.longest_message, piece, wait_s=wait_s, reply_s=reply_s)
        elif len(message) > self.longest_message:
            raise message_too_long(reference, len(message), self.longest_message)
        else:
            said = await piece(message, asyncio.get_running_loop().time() + wait_s)
        if said is None:
            return await self._collect(device, reference, asyncio.get_running_loop().time() + wait_s)
        return await self._with_the_rest(Answer(device, reference, said), piece)

    async def hand_over(self, device: DeviceId, message: bytes, *, reference: int) -> Answer | None:
        """Hand the hub a message for a device that sleeps, and do not wait until it wakes: `collect` has its answer
        then. None: the hub keeps it. One that goes in blocks is waited for as by `send`. Raises as `send`."""
        if goes_in_blocks(message, self.longest_message) or len(message) > self.longest_message:
            return await self.send(device, message, reference=reference, sleeps=True)
        until = asyncio.get_running_loop().time() + self._member.dongle.timing.message_s
        piece = self._piece(device, reference, sleeps=True)
        said = await piece(message, until)
        return None if said is None else await self._with_the_rest(Answer(device, reference, said), piece)

    async def collect(self, device: DeviceId, reference: int, *, within_s: float = 0) -> Answer:
        """The answer of a device that sleeps, for which the hub keeps a message. Raises as `send`; where it has not
        answered yet, OutcomeUnknown."""
        return await self._collect(device, reference, asyncio.get_running_loop().time() + within_s)

    async def settle(self, device: DeviceId, reference: int) -> Answer:
        """What became of a message whose outcome is unknown. Raises MessageError where the hub knows nothing of it
        (``message-not-known``) or did not bring it; OutcomeUnknown where it is still open."""
        until = asyncio.get_running_loop().time() + self._member.dongle.timing.message_s
        found = await self._exchange(Envelope(device.value, reference, ASK), until, kept=True)
        if found.kind == KEPT:
            raise outcome_open(reference)
        return await self._with_the_rest(_answer(device, found), self._piece(device, reference))

    async def listen(self, *, on: bool = True) -> None:
        """Have the hub hand on what devices send unasked (`on`), or no more. Raises MessageError, OutcomeUnknown where
        it does not say that it does; as `send` besides."""
        until = asyncio.get_running_loop().time() + self._member.dongle.timing.tunnel_s
        found = await self._exchange(Envelope(NOBODY, 0, LISTEN, HEAR if on else HEAR_NO_MORE), until)
        if found.kind != LISTEN:
            raise not_understood()

    async def next_alert(self, within_s: float) -> HeardAlert | None:
        """The next alert, None where none comes within so many seconds. Raises MessageError where the tunnel is closed;
        HubError, DongleError, LinkError."""
        until = asyncio.get_running_loop().time() + within_s
        while not self.alerts.heard:
            left = until - asyncio.get_running_loop().time()
            found = await self._next(max(0.0, left), 0)
            if found is None or (left <= 0 and not self.alerts.heard):
                return None
        return self.alerts.heard.popleft()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _piece(self, device: DeviceId, reference: int, *, sleeps: bool = False) -> Exchange:
        """Says octets of that message, and hears what is said to them; None: they are kept."""

        async def exchange(octets: bytes, until: float) -> bytes | None:
            body = Put(octets).encode() if sleeps else octets
            envelope = Envelope(device.value, reference, MESSAGE, body)
            found = await self._exchange(envelope, until, kept=sleeps, unknown=False)
            if found.kind == KEPT:
                return None
            said = _answer(device, found).octets
            return _unprefixed(said, reference).message if sleeps and said[:1] == bytes((GET_RESPONSE,)) else said

        return exchange

    async def _with_the_rest(self, answer: Answer, piece: Exchange) -> Answer:
        """An answer of which this may be the first block."""
        if not is_block(answer.octets):
            return answer
        try:
            whole = await rest_of_answer(answer.octets, piece, self._member.dongle.timing.tunnel_s)
        except FrameError as error:
            raise answer_unreadable(answer.reference, error) from error
        return replace(answer, octets=whole)

    async def _collect(self, device: DeviceId, reference: int, until: float) -> Answer:
        loop, timing = asyncio.get_running_loop(), self._member.dongle.timing
        while True:
            answer = await self._fetch(device, reference)
            if answer is not None:
                return await self._with_the_rest(answer, self._piece(device, reference, sleeps=True))
            left = until - loop.time()
            if left <= 0:
                raise outcome_open(reference)
            await asyncio.sleep(min(timing.poll_s, left))

    async def _fetch(self, device: DeviceId, reference: int) -> Answer | None:
        """Ask once for what has come of a device that sleeps; None: nothing yet, or what was said of it was lost."""
        until = asyncio.get_running_loop().time() + self._member.dongle.timing.message_s
        try:
            found = await self._exchange(Envelope(device.value, reference, MESSAGE, Get().encode()), until)
        except OutcomeUnknown:
            return None  # asking changes nothing: it can be asked again
        prefixed = _unprefixed(_answer(device, found).octets, reference)
        return Answer(device, reference, prefixed.message, prefixed.remaining) if prefixed.message else None

    async def _exchange(
        self, envelope: Envelope, until: float, *, kept: bool = False, unknown: bool = True
    ) -> Envelope:
        """Send an envelope; the one that answers it. `kept`: that the hub keeps it is an answer. `unknown`: that it
        knows nothing of it is one: to a message it never is, but the answer to a question before it, heard twice."""
        asked = asyncio.get_running_loop().time()
        async with self._alone:  # its time begins with its turn: what has just left is not given up for another's sake
            until += asyncio.get_running_loop().time() - asked
            return await self._exchanged(envelope, until, kept=kept, unknown=unknown)

    async def _exchanged(self, envelope: Envelope, until: float, *, kept: bool, unknown: bool) -> Envelope:
        if envelope.device != NOBODY:
            self._member.dongle.far_end.check_change(envelope.device)
        if self._number is None:
            raise not_joined()
        loop, in_blocks = asyncio.get_running_loop(), is_block(envelope.body.removeprefix(bytes((PUT,))))
        try:
            await self._say(TransferData(self._number, self._member.framing.wrap(envelope)))
        except _Unconfirmed:
            raise outcome_open(envelope.reference) from None
        late = False
        while not late:  # a hub that talks of other things without an end is not listened to without one
            late = loop.time() >= until
            answer = await self._next(max(0.0, until - loop.time()), envelope.reference)
            if answer is None:
                break
            if answer.kind == ALERT or answer.reference != envelope.reference:
                continue  # not about this one, or the late answer to another
            if acknowledges(answer.body) and not in_blocks:
                continue
            if answer.device != envelope.device:
                raise other_device(envelope.reference, Ieee().text(answer.device))
            if (answer.kind != KEPT or kept) and (answer.kind != UNKNOWN or unknown):
                return answer
        raise outcome_open(envelope.reference)

    async def _next(self, within_s: float, reference: int) -> Envelope | None:
        """The next envelope; alerts are put by besides. `reference`: what it is waited for. None: none came in time."""
        expected = (TransferDataBack, TransferDataErrorBack, TunnelClosureNotification)
        found = await self._hear(expected, within_s)
        if found is None:
            return None
        if not isinstance(found, TransferDataBack):
            self._number = None
            raise not_taken(reference)
        try:
            envelope = self._member.framing.unwrap(found.data)
        except FrameError as error:
            raise answer_unreadable(reference, error) from error
        if envelope.kind == ALERT:
            self.alerts.put(envelope)
        return envelope

    async def _say(self, command: TunnelCommand) -> int:
        """Send a command of the cluster; its sequence number. Raises _Unconfirmed where nobody took it."""
        member = self._member
        if member.joined is None:
            raise not_joined()
        host, number = member.dongle.host, member.sequence()
        octets = command.frame(number).encode()
        whole: bytes | int = octets if len(octets) <= LONGEST_SENT else len(octets)
        host.forget(DataConfirm)
        await host.do(DataRequestExt(_HUB, ENDPOINT, 0, ENDPOINT, TUNNELLING, number, SEALED, RADIUS, whole))
        if isinstance(whole, int):
            for at in range(0, len(octets), PIECE):
                await host.do(DataStore(at, octets[at : at + PIECE]))
            await host.do(DataStore(len(octets), b""))
        confirm = await host.expect(
            lambda one: isinstance(one, DataConfirm) and one.sequence == number, member.dongle.timing.confirm_s
        )
        if not isinstance(confirm, DataConfirm) or confirm.status != SUCCESS:
            raise _Unconfirmed(
                _("Nobody confirmed what was sent to the hub."), remedy=_("Stand closer to the hub, and try again.")
            )
        return number

    async def _hear(
        self, kinds: tuple[type[TunnelCommand], ...], within_s: float, *, sequence: int | None = None
    ) -> TunnelCommand | None:
        """The next command of these kinds; None where none comes in time. `sequence`: an answer to that one."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        late = False
        while not late:
            late = loop.time() >= until
            found = await self._member.dongle.host.expect(_of_tunnel, max(0.0, until - loop.time()))
            if not isinstance(found, IncomingMsgExt):
                break
            octets = await self._whole(found)
            try:
                frame = ZclFrame.decode(octets)
                command = tunnel_command(frame)
            except FrameError:
                continue
            if frame.type == GLOBAL and frame.command == DEFAULT_RESPONSE:
                raise not_understood()
            if isinstance(command, kinds) and sequence in (None, frame.sequence):
                return command
        return None

    async def _whole(self, message: IncomingMsgExt) -> bytes:
        """A message's octets, fetched from the dongle where they did not fit into its frame."""
        if not isinstance(message.data, int):
            return message.data
        host, octets = self._member.dongle.host, bytearray()
        length = min(message.data, _LONGEST_HEARD)
        while len(octets) < length:
            asked = DataRetrieve(message.time_stamp, len(octets), min(PIECE_BACK, length - len(octets)))
            piece = await host.ask(asked, answer=DataRetrieveRsp)
            if piece.status != SUCCESS:
                raise dongle_refused(asked.title, piece.status)
            if not piece.data:
                raise dongle_silent(asked.title)
            octets += piece.data
        await host.ask(DataRetrieve(message.time_stamp, 0, 0), answer=DataRetrieveRsp)
        return bytes(octets)


class _Unconfirmed(MessageError):
    """The hub may not have heard it."""

    default_code = "message-unconfirmed"


def _of_tunnel(one: Command) -> bool:
    return isinstance(one, IncomingMsgExt) and one.cluster == TUNNELLING


def _answer(device: DeviceId, found: Envelope) -> Answer:
    if found.kind != MESSAGE:
        raise not_delivered(device, found)
    return Answer(device, found.reference, found.body)


def _unprefixed(octets: bytes, reference: int) -> GetResponse:
    """What the hub says for a gas meter. Raises OutcomeUnknown where it cannot be read."""
    try:
        prefixed = parse_prefixed(octets)
    except FrameError as error:
        raise answer_unreadable(reference, error) from error
    return prefixed if isinstance(prefixed, GetResponse) else GetResponse(0)
