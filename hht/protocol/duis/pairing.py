"""Which GBCS message belongs to which service request."""

from __future__ import annotations

from hht.protocol.duis.values import RequestId
from hht.protocol.gbcs.envelope import Envelope


def belongs(message: Envelope, request: RequestId) -> bool:
    """Whether a GBCS command, or the answer to one, is of this request.

    Its header names the requester, the device and the counter; where the access control broker speaks for the requester
    (hub and join requests, gbcs.md 2.1) the supplementary fields name the requester and its counter.
    """
    ends = {message.originator, message.target}
    if request.target.to_bytes() not in ends:
        return False
    if request.originator.to_bytes() in ends and message.counter == request.counter:
        return True
    supplementary = message.supplementary
    return supplementary.party == request.originator.to_bytes() and supplementary.counter == request.counter
