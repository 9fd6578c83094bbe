"""What devices send unasked while the terminal listens through its tunnel, as it comes; nothing is looked into."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

from hht.identifiers import DeviceId, IdentifierError
from hht.protocol.gbcs.blocks import Reassembly, is_block
from hht.protocol.gbcs.errors import MalformedMessage
from hht.protocol.zigbee.handheld import Envelope

_MOST_PARTS: Final = 8  # alerts of which blocks are missing
MOST_HEARD: Final = 1000  # alerts that nobody looked at yet; the oldest are lost


@dataclass(frozen=True, slots=True)
class HeardAlert:
    """The octets of an alert, and whose it is by the hub's word: what the message says of itself, only a key proves."""

    device: DeviceId
    octets: bytes


class AlertTray:
    """Alerts that came and were not looked at yet, in order."""

    def __init__(self) -> None:
        self.heard: deque[HeardAlert] = deque()
        self.spoilt = 0
        self._parts: OrderedDict[tuple[str, int], Reassembly] = OrderedDict()

    def put(self, envelope: Envelope) -> None:
        """An alert, or a block of one. One of which a block is missing, or that is nobody's, is lost, and counted in
        `spoilt`; so is the oldest of too many."""
        octets: bytes | None = envelope.body
        try:
            device = DeviceId(envelope.device)
        except IdentifierError:
            self.spoilt += 1
            return
        if is_block(envelope.body):
            octets = self._block(envelope)
        if octets:
            self.heard.append(HeardAlert(device, octets))
            if len(self.heard) > MOST_HEARD:
                self.heard.popleft()
                self.spoilt += 1

    def _block(self, envelope: Envelope) -> bytes | None:
        name = envelope.device, envelope.reference
        parts = self._parts.setdefault(name, Reassembly())
        while len(self._parts) > _MOST_PARTS:
            self._parts.popitem(last=False)
            self.spoilt += 1
        try:
            whole = parts.feed(envelope.body)
        except MalformedMessage:
            self._parts.pop(name, None)
            self.spoilt += 1
            return None
        if whole is not None:
            self._parts.pop(name, None)
        return None if whole is None else whole.raw
