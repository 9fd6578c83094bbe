"""A recorded conversation as a meter to ask: what it said about each attribute, whatever is asked in which order.

A replay goes byte by byte as long as the same is asked as then. From there on this answers, with what the recording has
last; what nobody asked then has no answer, and nothing is ever written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NoReturn

from hht.client.api import MeterError, MeterRefused
from hht.client.cosem_session import Ahead, BeforeChange, CosemSession, OnNotification
from hht.client.transport import ApduTransport
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkLost, TraceEvent, TraceKind
from hht.protocol.cosem.access import AccessGet, AccessItem, AccessRequest, AccessResponse
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.axdr import decode, encode
from hht.protocol.cosem.client import CosemClient
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import DataAccessError, NotSupported
from hht.protocol.cosem.fields import Outcome, encode_selected, read_outcomes
from hht.protocol.cosem.get import (
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from hht.protocol.cosem.profile import Selection, selective_access
from hht.protocol.cosem.results import AccessOutcome
from hht.protocol.cosem.security import SecurityMaterial
from hht.protocol.overhearing import Overhearing

MISMATCH = "recording-mismatch"  # the code of the link's error
Answer = bytes | DataAccessResult  # a value, encoded; or why there is none


def recorded_answers(events: Iterable[TraceEvent], keys: Iterable[SecurityMaterial]) -> Mapping[bytes, Answer]:
    """The last answer to each request (attribute and selection, encoded) over the recording's first link; {} where its
    messages stay closed."""
    overhearing, answers = Overhearing(keys), _Answers()
    link = None
    for event in events:
        link = event.link if link is None and event.data else link
        if event.kind in (TraceKind.TX, TraceKind.RX) and event.data and event.link == link:
            for message in overhearing.hear(event.data, sent=event.kind is TraceKind.TX):
                answers.hear(message.plain)
    return answers.found


class _Answers:
    """Pairs requests with what came back, blocks put together."""

    def __init__(self) -> None:
        self.found: dict[bytes, Answer] = {}
        self._asked: list[bytes] = []
        self._value = b""

    def hear(self, plain: bytes) -> None:
        """A message in clear."""
        try:
            message = parse_apdu(plain)
        except HhtError:
            return
        if isinstance(message, GetRequestNormal):
            self._asked, self._value = [encode_selected((message.attribute, message.access))], b""
        elif isinstance(message, GetRequestWithList):
            self._asked, self._value = [encode_selected(item) for item in message.items], b""
        elif isinstance(message, AccessRequest):
            self._asked = [_asked_of(item) for item in message.items]
        elif isinstance(message, AccessResponse):
            self._accessed(message)
        elif isinstance(message, GetResponseNormal):
            self._answer([message.result])
        elif isinstance(message, GetResponseWithList):
            self._answer(message.results)
        elif isinstance(message, GetResponseWithDatablock):
            self._block(message)

    def _block(self, message: GetResponseWithDatablock) -> None:
        if isinstance(message.result, DataAccessResult):
            self._answer([message.result])
            return
        self._value += message.result
        if message.last and len(self._asked) == 1:
            self.found[self._asked[0]] = self._value
        elif message.last and self._asked:
            with contextlib.suppress(HhtError):  # cut off in the recording
                self._answer(read_outcomes(Cursor(self._value)))

    def _accessed(self, message: AccessResponse) -> None:
        if len(message.results) == len(message.data):
            pairs = zip(message.results, message.data, strict=True)
            self._answer([AccessOutcome(result, value).got for result, value in pairs if isinstance(value, Data)])

    def _answer(self, results: Sequence[Outcome]) -> None:
        if len(results) == len(self._asked):
            for asked, result in zip(self._asked, results, strict=True):
                if asked:
                    self.found[asked] = result if isinstance(result, DataAccessResult) else encode(result)


def _asked_of(item: AccessItem) -> bytes:
    """The attribute that an item reads; b"" of one that writes or runs."""
    return encode_selected((item.attribute, item.access)) if isinstance(item, AccessGet) else b""


class ReplayedSession(CosemSession):
    """As `CosemSession`; from where the link says that the recording has something else, its answers speak:
    `open_recording` is asked for them then, once. Raises MeterError
    ``recorded-not-asked`` and MeterRefused ``recorded-no-write`` from then on."""

    def __init__(
        self,
        transport: ApduTransport,
        client: CosemClient,
        on_notification: OnNotification | None,
        open_recording: Callable[[], Mapping[bytes, Answer]],
        before_change: BeforeChange | None = None,
    ) -> None:
        super().__init__(transport, client, on_notification, before_change)
        self._open_recording = open_recording
        self._answers: Mapping[bytes, Answer] = {}
        self._by_bytes = True

    async def get(self, attribute: CosemAttribute, selection: Selection | None = None) -> Data:
        """The value of an attribute."""
        if self._by_bytes:
            try:
                return await super().get(attribute, selection)
            except LinkLost as error:
                self._leave_bytes(error)
        return decode(self._answer(attribute, selection))

    async def get_several(self, attributes: Sequence[CosemAttribute]) -> Sequence[Data | DataAccessResult]:
        """What the recording has about each."""
        if self._by_bytes:
            try:
                return await super().get_several(attributes)
            except LinkLost as error:
                self._leave_bytes(error)
        answers = [self._answers.get(encode_selected((attribute, None))) for attribute in attributes]
        if None in answers:
            raise NotSupported(_("Not all of it was asked for then."))  # one by one, and told of what is missing
        return [decode(answer) if isinstance(answer, bytes) else answer for answer in answers if answer is not None]

    async def stream(
        self,
        attribute: CosemAttribute,
        take: Callable[[bytes], None],
        selection: Selection | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """The encoded value of an attribute. Where the recording differs in the midst of it, that is told."""
        begun = False

        def taken(piece: bytes) -> None:
            nonlocal begun
            begun = begun or bool(piece)
            take(piece)

        if self._by_bytes:
            try:
                await super().stream(attribute, taken, selection, ahead)
                return
            except LinkLost as error:
                if begun:
                    raise
                self._leave_bytes(error)
        take(self._answer(attribute, selection))

    async def set(self, attribute: CosemAttribute, value: Data) -> None:
        """Set an attribute, as the recording has it."""
        if not self._by_bytes:
            _refuse_write()
        await super().set(attribute, value)

    async def action(self, method: CosemMethod, parameters: Data | None = None) -> Data | None:
        """Invoke a method, as the recording has it."""
        if not self._by_bytes:
            _refuse_write()
        return await super().action(method, parameters)

    def _leave_bytes(self, error: LinkLost) -> None:
        """From now on by what is asked. Raises `error` where the link is lost for another reason."""
        if error.code != MISMATCH:
            raise error
        self._by_bytes = False
        self._answers = self._open_recording()

    def _answer(self, attribute: CosemAttribute, selection: Selection | None) -> bytes:
        answer = self._answers.get(encode_selected((attribute, selective_access(selection))))
        if isinstance(answer, DataAccessResult):
            raise DataAccessError(answer)
        if answer is None:
            raise MeterError(
                _("The recording says nothing about {attribute}: nobody asked for it then.").format(
                    attribute=attribute
                ),
                remedy=_("Ask for what it has: hht trace show FILE tells."),
                code="recorded-not-asked",
            )
        return answer


def _refuse_write() -> NoReturn:
    raise MeterRefused(
        _("A recording cannot be written to."),
        remedy=_("Use the meter's own link, or an emulated meter: hht premises"),
        code="recorded-no-write",
    )
