"""A meter that answers, and says each time that it has nothing yet: said aloud, waited for, given up in time."""

from __future__ import annotations

import asyncio
from typing import Final

from hht.client.remarks import OnRemark, Remark
from hht.i18n import _
from hht.protocol.hdlc import HdlcClient, HdlcLinkError

FIRST_S: Final = 3.0  # of waiting before it is mentioned ...
EVERY_S: Final = 10.0  # ... and then so often
_LEAST_PAUSE_S, _MOST_PAUSE_S = 0.1, 1.0  # between two polls


class NotReady:
    """Watches one exchange. `limit_s`: seconds without any progress after which the meter is given up."""

    def __init__(self, limit_s: float, on_remark: OnRemark) -> None:
        self._limit_s, self._remark = limit_s, on_remark
        self._begin()

    def _begin(self) -> None:
        self._since = asyncio.get_running_loop().time()
        self._due_s = FIRST_S
        self._pause_s = _LEAST_PAUSE_S

    def look(self, machine: HdlcClient) -> None:
        """Something came, or nothing did. Raises HdlcLinkError where that has lasted for too long."""
        if not machine.idle_rounds:
            self._begin()
            return
        waited_s = asyncio.get_running_loop().time() - self._since
        says = _("it is not ready (HDLC RNR)") if machine.peer_is_busy else _("it has nothing to say yet (HDLC RR)")
        if waited_s > self._limit_s:
            machine.give_up()
            raise HdlcLinkError(
                _("For {seconds} s the meter has said that {what}, and nothing else.").format(
                    seconds=round(waited_s), what=says
                ),
                remedy=_("Wait two minutes and connect again. If it persists, the meter is faulty."),
                code="hdlc-no-progress",
            )
        if waited_s >= self._due_s:
            self._due_s += EVERY_S
            text = _("The meter says that {what}, for {seconds} s now; it is waited for up to {limit} s.")
            words = text.format(what=says, seconds=round(waited_s), limit=round(self._limit_s))
            self._remark(Remark("meter-not-ready", words))

    def pause_s(self) -> float:
        """Seconds until the meter is asked again: longer each time."""
        pause_s, self._pause_s = self._pause_s, min(2 * self._pause_s, _MOST_PAUSE_S)
        return pause_s
