"""The emulated dongle on an event loop: what `drivers.serve_pty`, `serve_tcp` and in-process links serve.

One dongle, whoever is connected; each conversation reads frames by itself, and all hear what the dongle says unasked.
While anybody is connected, the premises catches up whenever something is due there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from hht.emulation.due import WakesWhenDue
from hht.emulation.gbcs.ends import ends_of
from hht.emulation.radio.air import TERMINAL, Air
from hht.emulation.radio.dongle import EmulatedDongle
from hht.emulation.radio.firmware import FIRMWARES
from hht.emulation.radio.hub_end import ReadMessage
from hht.i18n import _
from hht.identifiers import InstallCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.communications_hub.handheld import HandheldTerminal
from hht.model.device import Device, DeviceIdentity
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal, Reason
from hht.protocol.zigbee.handheld import HandheldFraming, OwnFraming
from hht.protocol.znp import Frame, ZnpReader

DEVICE_ID = "00-DB-12-34-56-78-99-01"  # of training dongles: as the terminal's, so nobody has two at one premises
PAUSE_S = 0.5  # a frame that has begun and is not finished is given up


class DonglePort:
    """One premises' dongle. `read`: what devices make of messages; without it they read GBCS."""

    def __init__(
        self,
        premises: Premises,
        *,
        firmware: str = "3.30",
        device_id: str = DEVICE_ID,
        framing: HandheldFraming | None = None,
        read: ReadMessage | None = None,
    ) -> None:
        code = InstallCode("00" * 16)  # until a terminal writes a key into the dongle
        identity = DeviceIdentity(device_id, "HHT Training", "DONGLE-2652", "00000001")
        self.terminal = HandheldTerminal(premises.site, TERMINAL, identity, code)
        self.premises = premises
        self._ends = ends = ends_of(premises)
        self.dongle = EmulatedDongle(
            Air(premises),
            self.terminal,
            FIRMWARES[firmware],
            framing or OwnFraming(),
            read or ends.read,
            self._say,
            self._listen,
            ends.boundary,
        )
        self._heads: set[DongleHead] = set()
        self._due = WakesWhenDue(premises, lambda: bool(self._heads))

    def attach(self, send: Callable[[bytes], None]) -> DongleHead:
        """Begin a conversation; `send` hands bytes to the terminal and never blocks."""
        head = DongleHead(self, send)
        self._heads.add(head)
        self.arm()
        return head

    def _listen(self, hub: CommunicationsHub, hear: Callable[[Device, bytes], None]) -> Callable[[], None]:
        """Hear at that hub; what is said goes over the air although nobody at the premises has moved the time on."""

        def heard(device: Device, octets: bytes) -> None:
            hear(device, octets)
            self.arm()

        return self._ends.listen(self.premises, heard, at=hub)

    async def close(self) -> None:
        """End every conversation."""
        for head in list(self._heads):
            head.closed()

    def forget(self, head: DongleHead) -> None:
        """A conversation is over."""
        self._heads.discard(head)
        self.arm()

    def arm(self) -> None:
        """Wake when something is due at the premises."""
        self._due.arm()

    def _say(self, octets: bytes) -> None:
        for head in list(self._heads):
            head.send(octets)


class DongleHead:
    """One conversation with it."""

    def __init__(self, port: DonglePort, send: Callable[[bytes], None]) -> None:
        self.send = send
        self._port = port
        self._reader = ZnpReader()
        self._pause: asyncio.TimerHandle | None = None
        self._open = True

    def receive(self, data: bytes) -> None:
        """Bytes from the terminal. Never raises, never blocks."""
        if not self._open:
            return
        self._act(self._reader.feed(data))
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._reader.in_frame:
            self._pause = asyncio.get_running_loop().call_later(PAUSE_S, self._give_up)

    def line_speed(self, baud: int) -> None:
        """A USB dongle talks at any speed."""

    def closed(self) -> None:
        """The conversation is over."""
        self._open = False
        if self._pause is not None:
            self._pause.cancel()
        self._port.forget(self)

    def _give_up(self) -> None:
        self._pause = None
        self._act(self._reader.pause())

    def _act(self, found: Sequence[object]) -> None:
        for item in found:
            if isinstance(item, Frame) and self._open:
                answer = self._port.dongle.hear(item)
                if answer:
                    self.send(answer)
                self._port.arm()


def dongle_of(
    premises: Premises, *, firmware: str = "3.30", fresh: bool = False, read: ReadMessage | None = None
) -> DonglePort:
    """The dongle of a premises that lives; its devices read GBCS unless `read` does something else. `fresh`: its hubs
    are switched off and on now, which opens their windows. Raises DeviceRefusal where there is no hub."""
    hubs = premises.of(CommunicationsHub)
    if not hubs:
        raise DeviceRefusal(
            Reason.OTHER,
            _("There is no communications hub at this premises, and so no HAN."),
            remedy=_("Choose another premises: hht premises lists them."),
        )
    for hub in hubs if fresh else ():
        hub.power.remove()
        hub.power.fit()
    return DonglePort(premises, firmware=firmware, read=read)
