"""Any APDU as a labelled tree with octet ranges, for people to read."""

from __future__ import annotations

from hht.protocol.frames import Node


def dissect_apdu(data: bytes, offset: int = 0) -> Node:
    """The tree of the APDU ``data[offset:]``; ranges count from the start of `data`. Never raises."""
    raise NotImplementedError
