"""One COSEM association over a transport: requests in, typed answers out, block by block where values are long."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

from hht.client.deadlines import BUSY_WRITING_S
from hht.client.farewell import SPARE_S, said
from hht.client.hdlc_endings import FramesDamaged
from hht.client.transport import ApduTransport
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError, LinkTimeout
from hht.protocol.cosem.access import AccessGet
from hht.protocol.cosem.client import (
    AccessListResult,
    ActionDone,
    Associated,
    CosemClient,
    GetListResult,
    GetResult,
    GetStreamed,
    NextRequest,
    Released,
    Result,
    SetDone,
)
from hht.protocol.cosem.codes import Conformance, DataAccessResult
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.notifications import DataNotification, EventNotification
from hht.protocol.cosem.profile import Selection
from hht.protocol.frames import ProtocolError
from hht.protocol.hdlc import HdlcLinkError

_Kind = TypeVar("_Kind")
BeforeChange = Callable[["CosemSession"], Awaitable[None]]
OnNotification = Callable[[DataNotification | EventNotification], None]
RELEASE_S: Final = 5.0  # a meter that is not ready to let go is left alone
LOOK_AFTER_S: Final = 0.5  # a ciphered block that is here sooner is not worth two decipherings


class Ahead(Protocol):
    """Hears of a ciphered block that is still arriving."""

    def ahead(self, octets: bytes) -> None:
        """More of the value's octets, which nothing vouches for: `take` will bring all of them again, or the read
        fails."""
        ...

    def waiting(self, octets: int) -> None:
        """So many octets of the block have come, and cannot be looked into."""
        ...


class LongestApdu(Protocol):
    """What the longest APDU should be that the terminal proposes to take."""

    def __call__(self, turn_octets: int, *, ciphered: bool) -> int: ...


class BrokenOff(HdlcLinkError):
    """A long value broke off in the middle. The association stands again: ask for the rest of it."""


class CosemSession:
    """Carries the requests of `client` over `transport`. One at a time. What the meter says unasked, at any time, goes
    to `on_notification`."""

    def __init__(
        self,
        transport: ApduTransport,
        client: CosemClient,
        on_notification: OnNotification | None = None,
        before_change: BeforeChange | None = None,
        *,
        patience_writing_s: float = BUSY_WRITING_S,
    ) -> None:
        """`patience_writing_s`: how long a meter may say that it is not ready, while it is at work on a write.
        `before_change` comes before the first set or action of each association, and may refuse it (see `far_end`)."""
        self._before_change, self._may_be_changed = before_change, before_change is None
        self._patience_writing_s = patience_writing_s
        self._longest_apdu: LongestApdu | None = None
        self._transport = transport
        self._client = client
        self._on_notification = on_notification
        self._owed: list[bytes] = []  # to be sent before, or with, the next request

    @property
    def agreed(self) -> Conformance:
        """The services that the meter agreed to. Raises UnexpectedApdu where there is no association."""
        return self._client.association.conformance

    async def associate(self, longest_apdu: LongestApdu | None = None) -> Associated:
        """Open transport and association. Raises LinkError, ProtocolError or the meter's refusal."""
        self._longest_apdu = longest_apdu
        await self._transport.open()
        return await self._associate()

    async def _associate(self) -> Associated:
        longest = None
        self._may_be_changed = self._before_change is None  # another meter may be there by now
        if self._longest_apdu is not None:
            longest = self._longest_apdu(self._transport.turn_octets, ciphered=self._client.is_ciphered)
        return _of_kind(await self._run(self._client.associate(longest)), Associated)

    async def _renew(self) -> None:
        """Connection and association anew, in shorter frames. Raises as `associate`."""
        self._owed.clear()
        await self._transport.renew()
        await self._associate()

    async def get(self, attribute: CosemAttribute, selection: Selection | None = None) -> Data:
        """The value of an attribute; asked for again where the connection has to be made anew for it."""
        try:
            result = await self._run(self._client.get(attribute, selection))
        except FramesDamaged:
            await self._renew()
            result = await self._run(self._client.get(attribute, selection))
        return _of_kind(result, GetResult).data

    async def get_several(self, attributes: Sequence[CosemAttribute]) -> Sequence[Data | DataAccessResult]:
        """What the meter says about each, in one exchange: a list where it agreed to lists, else the access service."""
        try:
            return await self._get_several(attributes)
        except FramesDamaged:
            await self._renew()
            return await self._get_several(attributes)

    async def _get_several(self, attributes: Sequence[CosemAttribute]) -> Sequence[Data | DataAccessResult]:
        if Conformance.MULTIPLE_REFERENCES in self.agreed:
            return _of_kind(await self._run(self._client.get_list(attributes)), GetListResult).results
        request = self._client.access([(AccessGet(attribute), None) for attribute in attributes])
        return [one.got for one in _of_kind(await self._run(request), AccessListResult).outcomes]

    async def stream(
        self,
        attribute: CosemAttribute,
        take: Callable[[bytes], None],
        selection: Selection | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """The encoded value of an attribute, handed to `take` piece by piece: as the blocks arrive, and what of a plain
        answer has arrived in sound frames before the rest of it. Of a ciphered one `ahead` hears meanwhile. Cancelled,
        it takes what the meter still says in its turn, and then is.

        Raises BrokenOff where the connection had to be made anew in the middle of it: what was taken stays valid.
        """
        early = _Early(self._client, take, ahead)
        try:
            await self._stream(attribute, selection, early)
        except FramesDamaged as damaged:
            await self._renew()
            if early.any_taken:
                raise BrokenOff(damaged.message, remedy=damaged.remedy, code=damaged.code) from damaged
            await self._stream(attribute, selection, _Early(self._client, take, ahead))

    async def _stream(self, attribute: CosemAttribute, selection: Selection | None, early: _Early) -> None:
        step: Result | NextRequest = NextRequest(self._client.get(attribute, selection, stream=True))
        while isinstance(step, NextRequest):
            try:
                step = await self._next(step, early)
            except asyncio.CancelledError:
                with contextlib.suppress(HhtError):
                    await said(self._take_rest_of_turn(early), self._transport.turn_s + SPARE_S)
                raise
            early.heard(step)
        await self._hear_rest()

    async def _take_rest_of_turn(self, early: _Early) -> None:
        heard = await self._transport.finish_turn(early)
        if heard is not None:
            early.heard(self._told(self._client.receive(heard)))

    async def may_change(self) -> None:
        """Have it settled whether this meter may be changed at all: by whoever notes an intent first. Raises what
        refuses it, and what the link raises."""
        if self._before_change is not None and not self._may_be_changed:
            await self._before_change(self)
            self._may_be_changed = True

    async def set(self, attribute: CosemAttribute, value: Data) -> None:
        """Set an attribute. Never repeated by itself."""
        await self.may_change()
        with self._writing():
            _of_kind(await self._run(self._client.set(attribute, value)), SetDone)

    async def action(self, method: CosemMethod, parameters: Data | None = None) -> Data | None:
        """Invoke a method; what it returned. Never repeated by itself."""
        await self.may_change()
        with self._writing():
            return _of_kind(await self._run(self._client.action(method, parameters)), ActionDone).data

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """A meter that is at work on a write is waited for longer."""
        before, self._transport.patience_s = self._transport.patience_s, self._patience_writing_s
        try:
            yield
        finally:
            self._transport.patience_s = before

    async def release(self) -> None:
        """End the association and the connection below it. Never raises: the meter's own time-out does the rest."""
        self._transport.patience_s = min(self._transport.patience_s, RELEASE_S)
        try:
            if self._client.associated:
                _of_kind(await self._run(self._client.release()), Released)
        except HhtError:
            pass  # a meter that does not know release, or is gone: the connection below is closed all the same
        try:
            await self._transport.close()
        except LinkError:
            return

    async def _run(self, apdu: bytes) -> Result:
        step: Result | NextRequest = NextRequest(apdu)
        while isinstance(step, NextRequest):
            step = await self._next(step)
        await self._hear_rest()
        return step

    async def _next(self, step: NextRequest, on_part: Callable[[bytes], None] | None = None) -> Result | NextRequest:
        """Send what is due (once all that has come has been heard), and what the next APDU means."""
        self._owe(step)
        try:
            heard = await self._send_owed(on_part)
        except LinkTimeout:
            reminder = self._client.remind()
            if reminder is None:
                raise
            return reminder
        finally:
            self._hear_aside()
        return self._told(self._client.receive(heard))

    async def _send_owed(self, on_part: Callable[[bytes], None] | None) -> bytes:
        if not self._owed or self._transport.has_more:
            return await self._transport.exchange(b"", on_part)
        first, *further = self._owed
        self._owed.clear()
        return await self._transport.exchange(first, on_part, further=further)

    def _told(self, step: Result | NextRequest) -> Result | NextRequest:
        if isinstance(step, NextRequest) and step.notification is not None and self._on_notification is not None:
            self._on_notification(step.notification)
        return step

    def _hear_aside(self) -> None:
        """Notifications from outside the connection. One that is damaged, forged or no notification harms nothing."""
        aside = self._transport.aside
        while aside:
            with contextlib.suppress(HhtError):
                self._owe(self._told(self._client.overhear(aside.popleft())))

    def _owe(self, step: Result | NextRequest) -> None:
        if isinstance(step, NextRequest):
            self._owed += [apdu for apdu in (step.apdu, *step.further) if apdu]

    async def _hear_rest(self) -> None:
        """What came with the answer. Nonsense there harms nothing: the answer is understood."""
        while self._transport.has_more:
            with contextlib.suppress(ProtocolError):
                self._owe(self._told(self._client.receive(await self._transport.exchange(b""))))


class _Early:
    """Takes a value as it comes: whole blocks, and what there is of one while it arrives."""

    def __init__(self, client: CosemClient, take: Callable[[bytes], None], ahead: Ahead | None) -> None:
        self._client, self._take, self._ahead = client, take, ahead
        self._taken = 0  # octets of this block that are not to be taken again
        self.any_taken = False
        self._looks_from = self._soon()

    def __call__(self, part: bytes) -> None:
        """The APDU that begins with `part` is arriving; b"": a general block of the answer has been heard."""
        if not self._client.is_ciphered:
            fresh = self._client.preview(part)
            self._taken += len(fresh)
            if fresh:
                self.any_taken = True
                self._take(fresh)
        elif self._ahead is not None and asyncio.get_running_loop().time() >= self._looks_from:
            fresh = self._client.preview(part)
            if fresh:
                self._ahead.ahead(fresh)
            else:
                self._ahead.waiting(len(part))

    def heard(self, step: Result | NextRequest) -> None:
        """What a whole APDU meant: a block, the last of them, something unasked, or a general block of an answer."""
        whole = step.partial if isinstance(step, NextRequest) else _of_kind(step, GetStreamed).partial
        if isinstance(step, NextRequest) and not whole:
            if step.notification is None:
                self(b"")
            return
        self.any_taken = True
        self._take(whole[self._taken :])
        self._taken = 0
        self._looks_from = self._soon()

    def _soon(self) -> float:
        """From when on a block is slow enough to be looked into, in the loop's time."""
        return asyncio.get_running_loop().time() + LOOK_AFTER_S if self._client.is_ciphered else 0.0


def _of_kind(result: Result, kind: type[_Kind]) -> _Kind:
    if not isinstance(result, kind):
        raise ProtocolError(
            _("The meter answered something else than what was asked."),
            remedy=_("Connect again; if it persists, report the meter's model and firmware."),
            code="wrong-answer",
        )
    return result
