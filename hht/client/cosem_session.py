"""One COSEM association over a transport: requests in, typed answers out, block by block where values are long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hht.client.transport import ApduTransport
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError
from hht.protocol.cosem.client import (
    ActionDone,
    Associated,
    CosemClient,
    GetResult,
    GetStreamed,
    NextRequest,
    Released,
    Result,
    SetDone,
)
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.profile import Selection
from hht.protocol.frames import ProtocolError

_Kind = TypeVar("_Kind")


class CosemSession:
    """Carries the requests of `client` over `transport`. One at a time."""

    def __init__(self, transport: ApduTransport, client: CosemClient) -> None:
        self._transport = transport
        self._client = client

    async def associate(self) -> Associated:
        """Open transport and association. Raises LinkError, ProtocolError or the meter's refusal."""
        await self._transport.open()
        return _of_kind(await self._run(self._client.associate()), Associated)

    async def get(self, attribute: CosemAttribute, selection: Selection | None = None) -> Data:
        """The value of an attribute."""
        return _of_kind(await self._run(self._client.get(attribute, selection)), GetResult).data

    async def stream(
        self, attribute: CosemAttribute, take: Callable[[bytes], None], selection: Selection | None = None
    ) -> None:
        """The encoded value of an attribute, handed to `take` piece by piece: as the blocks arrive, and what of a plain
        block has arrived in sound frames before the rest of it."""
        request = self._client.get(attribute, selection, stream=True)
        while True:
            early = _Early(self._client, take)
            result = self._client.receive(await self._transport.exchange(request, early))
            partial = result.partial if isinstance(result, NextRequest) else _of_kind(result, GetStreamed).partial
            take(partial[early.taken :])
            if not isinstance(result, NextRequest):
                return
            request = result.apdu

    async def set(self, attribute: CosemAttribute, value: Data) -> None:
        """Set an attribute."""
        _of_kind(await self._run(self._client.set(attribute, value)), SetDone)

    async def action(self, method: CosemMethod, parameters: Data | None = None) -> Data | None:
        """Invoke a method; what it returned."""
        return _of_kind(await self._run(self._client.action(method, parameters)), ActionDone).data

    async def release(self) -> None:
        """End the association and the connection below it. Never raises: the meter's own time-out does the rest."""
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
        result = self._client.receive(await self._transport.exchange(apdu))
        while isinstance(result, NextRequest):
            result = self._client.receive(await self._transport.exchange(result.apdu))
        return result


class _Early:
    """Takes what there is of a block while it arrives."""

    def __init__(self, client: CosemClient, take: Callable[[bytes], None]) -> None:
        self._client, self._take = client, take
        self.taken = 0

    def __call__(self, part: bytes) -> None:
        fresh = self._client.preview(part)[self.taken :]
        if fresh:
            self.taken += len(fresh)
            self._take(fresh)


def _of_kind(result: Result, kind: type[_Kind]) -> _Kind:
    if not isinstance(result, kind):
        raise ProtocolError(
            _("The meter answered something else than what was asked."),
            remedy=_("Connect again; if it persists, report the meter's model and firmware."),
            code="wrong-answer",
        )
    return result
