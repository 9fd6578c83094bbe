"""What a device sends unasked."""

from __future__ import annotations

from dataclasses import dataclass

from hht.protocol.gbcs.payload import Payload


@dataclass(frozen=True, slots=True)
class AlertBody:
    """An alert that is made already: message code, payload, and for whom (8 octets)."""

    code: int
    payload: Payload
    to: bytes
