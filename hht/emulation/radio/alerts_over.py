"""What devices send unasked, handed on by a hub to a terminal that listens through a tunnel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hht.model.device import Device
from hht.protocol.gbcs.block_flow import OVERHEAD
from hht.protocol.gbcs.blocks import BLOCK_SIZE, split
from hht.protocol.zigbee.handheld import ALERT, HEAR, Envelope, HandheldFraming

_NUMBERS = 1 << 16


class AlertsOver:
    """For one terminal. `listen` begins to hear at the hub, and returns what ends it; `send` says an envelope through a
    tunnel. An alert that is too long goes in blocks without waiting: like every alert, it is sent once."""

    def __init__(
        self,
        listen: Callable[[Callable[[Device, bytes], None]], Callable[[], None]],
        framing: HandheldFraming,
        send: Callable[[int, Envelope], None],
    ) -> None:
        self._listen = listen
        self._framing = framing
        self._send = send
        self._listening: dict[int, int] = {}  # tunnels, and the longest that goes through each
        self._stop: Callable[[], None] | None = None
        self._number = 0

    def asked(self, tunnel: int, longest: int, envelope: Envelope) -> None:
        """The terminal wants to hear from now on, or no more; it is told that this was understood."""
        if envelope.body == HEAR:
            self._listening[tunnel] = longest
            if self._stop is None:
                self._stop = self._listen(self._hear)
        else:
            self.end(tunnel)
        self._send(tunnel, envelope)

    def end(self, tunnel: int | None = None) -> None:
        """That tunnel is closed, or all of them."""
        if tunnel is None:
            self._listening.clear()
        self._listening.pop(tunnel or 0, None)
        if not self._listening and self._stop is not None:
            self._stop()
            self._stop = None

    def _hear(self, device: Device, octets: bytes) -> None:
        self._number = (self._number + 1) % _NUMBERS
        envelope = Envelope(device.identity.device_id.replace("-", ""), self._number, ALERT, b"")
        for tunnel, longest in list(self._listening.items()):
            room = longest - len(self._framing.wrap(envelope))
            whole = len(octets) <= room
            parts = [octets] if whole else split(octets, size=min(BLOCK_SIZE, room - OVERHEAD))
            for part in parts:
                self._send(tunnel, replace(envelope, body=part))
