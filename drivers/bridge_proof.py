"""How a link has its bridge prove who it is: `bridge_session` on one connection, and refusals in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from drivers.bridge_session import Records, SessionBroken, TerminalEnd
from hht.i18n import _
from hht.link import LinkUnavailable

PROVE_S: Final = 5.0  # a slow bridge has to sign once


class Proving:
    """Of one connection."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._end, self._records = TerminalEnd(random_bytes), Records()
        self._proved: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def hello(self) -> bytes:
        """What is said first."""
        return self._end.hello()

    async def key(self) -> bytes:
        """The key that the bridge has shown to have. Raises SessionBroken, TimeoutError."""
        async with asyncio.timeout(PROVE_S):
            return await asyncio.shield(self._proved)

    def heard(self, raw: bytes) -> bytes:
        """The meter's bytes in what came over the radio. Raises SessionBroken."""
        found = b""
        try:
            for kind, body in self._records.feed(raw):
                if self._proved.done():
                    found += self._end.heard(kind, body)
                else:
                    self._proved.set_result(self._end.proved(kind, body))
        except SessionBroken as error:
            if self._proved.done():
                raise
            self._proved.set_exception(error)
        return found

    def data(self, octets: bytes) -> bytes:
        """Records that carry bytes for the meter."""
        return self._end.data(octets)

    def line(self, baud: int) -> bytes:
        """A record that tells the speed of the meter's line."""
        return self._end.line(baud)


def not_proved(address: str, why: SessionBroken) -> LinkUnavailable:
    """Of a bridge that should have a key, and does not show that it has it."""
    return LinkUnavailable(
        _("The bridge {address} does not prove who it is: {why}.").format(address=address, why=why),
        remedy=_("Do not use it: somebody may answer in its place. Switch your bridge off and on, then try again."),
        code="link-bridge-false",
    )


def falsified(why: SessionBroken) -> OSError:
    """Why a link is lost: somebody stands between, or the radio lost something that it should not."""
    return OSError(_("what came over the radio is not what the bridge sent ({why})").format(why=why))


def cut_off() -> OSError:
    """Why a link is lost: a record went only in part."""
    return OSError(_("a message to the bridge was cut off"))
