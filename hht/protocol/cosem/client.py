"""The client's half of a COSEM association, sans I/O: what to send, and what an answer means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance, DataAccessResult, Mechanism
from hht.protocol.cosem.data import Data, Encoded
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.profile import Selection
from hht.protocol.cosem.security import SecurityMaterial


@dataclass(frozen=True, slots=True)
class AssociationRequest:
    """How to associate. No secret shows in `repr`.

    `ciphered` None means: as the mechanism needs (gmac ciphered with authentication and encryption, others plain).
    `max_pdu` is the longest APDU that this end takes, 0 for no limit.
    """

    client_sap: int
    mechanism: Mechanism = Mechanism.NONE
    password: bytes = field(default=b"", repr=False)
    material: SecurityMaterial | None = None
    max_pdu: int = 0xFFFF
    ciphered: bool | None = None
    conformance: Conformance = FIRST_LIGHT


@dataclass(frozen=True, slots=True)
class NextRequest:
    """Not done yet: send `apdu` on. `partial` is the new piece of a long value (raw A-XDR octets)."""

    apdu: bytes
    partial: bytes = b""


@dataclass(frozen=True, slots=True)
class Associated:
    """The association stands. `max_pdu` is the longest APDU the meter takes (0: no limit)."""

    conformance: Conformance
    max_pdu: int
    system_title: bytes = b""


@dataclass(frozen=True, slots=True)
class GetResult:
    """The whole value."""

    data: Data


@dataclass(frozen=True, slots=True)
class GetStreamed:
    """End of a value asked for with ``stream=True``: its last (or only) piece; nothing was kept or decoded here."""

    partial: bytes


@dataclass(frozen=True, slots=True)
class GetListResult:
    """One entry per attribute asked for, in order."""

    results: tuple[Data | DataAccessResult, ...]


@dataclass(frozen=True, slots=True)
class SetDone:
    """The meter took the value."""


@dataclass(frozen=True, slots=True)
class SetListResult:
    """One entry per attribute, in order."""

    results: tuple[DataAccessResult, ...]


@dataclass(frozen=True, slots=True)
class ActionDone:
    """The method ran; `data` is what it returned, if anything."""

    data: Data | None


@dataclass(frozen=True, slots=True)
class Released:
    """The association has ended in good order."""


Result: TypeAlias = (
    Associated | GetResult | GetStreamed | GetListResult | SetDone | SetListResult | ActionDone | Released
)


class CosemClient:
    """One association. A method returns the APDU to send; each answer goes to `receive`, until it returns a Result.

    One operation at a time. `receive` raises DataAccessError, MethodError, AssociationRejected, ServiceRejected where
    the meter refuses, and ProtocolError (CosemError) where it breaks a rule; after a ProtocolError of the security kind
    the association is not to be trusted: release it.
    """

    def __init__(self, request: AssociationRequest, *, random_bytes: Callable[[int], bytes] | None = None) -> None:
        """`random_bytes` makes the challenge of HLS; needed for mechanism gmac only."""
        raise NotImplementedError

    @property
    def associated(self) -> bool:
        raise NotImplementedError

    def associate(self) -> bytes:
        raise NotImplementedError

    def get(self, attribute: CosemAttribute, selection: Selection | None = None, *, stream: bool = False) -> bytes:
        raise NotImplementedError

    def get_list(self, attributes: Sequence[CosemAttribute]) -> bytes:
        raise NotImplementedError

    def set(self, attribute: CosemAttribute, value: Data | Encoded, selection: Selection | None = None) -> bytes:
        raise NotImplementedError

    def set_list(self, values: Sequence[tuple[CosemAttribute, Data]]) -> bytes:
        raise NotImplementedError

    def action(self, method: CosemMethod, parameters: Data | Encoded | None = None) -> bytes:
        raise NotImplementedError

    def release(self) -> bytes:
        raise NotImplementedError

    def receive(self, apdu: bytes) -> Result | NextRequest:
        raise NotImplementedError
