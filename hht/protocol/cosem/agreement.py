"""What an association allows a request to be: the services that were agreed, and the room in one APDU."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.cosem.channel import Channel
from hht.protocol.cosem.codes import Conformance
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.fields import Block
from hht.protocol.cosem.operations import Blocks, cut_to_fit
from hht.protocol.cosem.profile import Selection
from hht.protocol.cosem.results import Associated

_ALL = 0  # the attribute number that names every attribute of an object


@dataclass(frozen=True, slots=True)
class Agreement:
    """A standing association, its envelope (None: plain), and the window of general blocks that is asked for."""

    associated: Associated
    channel: Channel | None
    window: int

    def need(self, services: Conformance) -> None:
        """Raises NotSupported unless the meter agreed to all of `services`."""
        missing = services & ~self.associated.conformance
        if missing:
            raise NotSupported(
                _("The meter did not agree to this service: {services}.").format(services=missing.name),
                remedy=_("Go on without it, or use a client that may."),
                code="cosem-not-negotiated",
            )

    def need_parts(self, attribute: CosemAttribute, selection: Selection | None, of_all: Conformance) -> None:
        """Raises NotSupported unless this part of an object may be named; `of_all`: what naming all of it needs."""
        if selection is not None:
            self.need(Conformance.SELECTIVE_ACCESS)
        if attribute.attribute == _ALL:
            self.need(of_all)

    def in_one(self, request: bytes, own_blocks: Conformance) -> bool:
        """`request` goes as one APDU: it fits, or goes in general blocks (where it has no blocks of its own)."""
        agreed = self.associated.conformance
        general = Conformance.GENERAL_BLOCK_TRANSFER in agreed and (self.window > 0 or own_blocks not in agreed)
        return general or len(request) <= self.room

    @property
    def room(self) -> int:
        """Octets that a plain request may have."""
        limit = self.associated.max_pdu
        if limit == 0:
            return 0xFFFF_FFFF
        return limit - (self.channel.overhead(limit) if self.channel else 0)

    def cut(self, raw: bytes, first_head: int) -> tuple[Block, Blocks]:
        """`raw` in blocks, the first one and the others; see `cut_to_fit`. Raises ValueOutOfRange."""
        blocks = cut_to_fit(raw, self.room, first_head, self.associated.max_pdu)
        return next(blocks), blocks
