"""The elements of a compact-array as its octets arrive. Bounded before they come, and while they expand."""

from __future__ import annotations

from copy import copy

from hht.i18n import _
from hht.protocol.cosem.compact import Limits, Purse, decode_description, decode_item
from hht.protocol.cosem.errors import LengthLies, MalformedValue, Truncated
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.values import Data, TypeDescription

MAX_ELEMENT_OCTETS = 16_384
_DEPTH = 15


class CompactRows:
    """After the compact-array's tag. Raises MalformedValue, LengthLies."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._description: TypeDescription | None = None
        self._purse = Purse(0, limits)
        self._left = 0  # octets of contents that have not been made elements yet
        self.pending = bytearray()

    @property
    def finished(self) -> bool:
        """The last element has been handed out; what is `pending` then does not belong to the value."""
        return self._description is not None and self._left == 0

    def fork(self) -> CompactRows:
        """Another one that goes on from here by itself."""
        other = copy(self)
        other.pending = bytearray(self.pending)
        return other

    def feed(self, octets: bytes) -> list[Data]:
        """The elements that are whole now."""
        self.pending += octets
        if self._description is None and not self._begin():
            return []
        assert self._description is not None
        contents = bytes(self.pending[: self._left])
        elements: list[Data] = []
        at = 0
        while at < len(contents):
            purse = copy(self._purse)
            try:
                element, after = decode_item(contents, at, self._description, purse)
            except Truncated:
                if len(contents) == self._left:
                    raise
                break
            if after == at:
                raise MalformedValue(_("A compact array of nothing has contents."), code="cosem-compact-bound")
            self._purse, at = purse, after
            elements.append(element)
        self._left -= at
        del self.pending[:at]
        if self._left and len(self.pending) > MAX_ELEMENT_OCTETS:
            raise LengthLies(_("A row of more than {count} octets.").format(count=MAX_ELEMENT_OCTETS))
        return elements

    def _begin(self) -> bool:
        """Read the description and the length, once they are there."""
        octets = bytes(self.pending[:MAX_ELEMENT_OCTETS])
        try:
            description, at = decode_description(octets, 0, _DEPTH)
            length, start = decode_length(octets, at)
        except Truncated:
            if len(octets) == MAX_ELEMENT_OCTETS:
                raise
            return False
        if length > self._limits.octets:
            raise LengthLies(_("A compact array of more than {count} octets.").format(count=self._limits.octets))
        self._description, self._left = description, length
        self._purse = Purse(length, self._limits)
        del self.pending[:start]
        return True
