"""What the server's half needs from whoever holds the data: the object model, and the table of associations."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hht.protocol.cosem.codes import Conformance, Mechanism
from hht.protocol.cosem.data import Data, Encoded
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import Selection
from hht.protocol.cosem.security import Protection, SecurityMaterial


class AttributeAccess(enum.IntEnum):
    """Access mode of an attribute in the association view (association LN, versions 0 and 1)."""

    NO_ACCESS = 0
    READ_ONLY = 1
    WRITE_ONLY = 2
    READ_AND_WRITE = 3
    AUTHENTICATED_READ_ONLY = 4
    AUTHENTICATED_WRITE_ONLY = 5
    AUTHENTICATED_READ_AND_WRITE = 6


class MethodAccess(enum.IntEnum):
    """Access mode of a method (version 1; version 0 has a boolean)."""

    NO_ACCESS = 0
    ACCESS = 1
    AUTHENTICATED_ACCESS = 2


@dataclass(frozen=True, slots=True)
class ObjectDescription:
    """One row of the association view: an object with what this client may do. Numbers ascending."""

    class_id: int
    version: int
    obis: Obis
    attributes: tuple[tuple[int, AttributeAccess], ...]
    methods: tuple[tuple[int, MethodAccess], ...] = ()


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """Who is asking, how it proved itself, and what was agreed with it."""

    sap: int
    role: str
    mechanism: Mechanism
    conformance: Conformance = Conformance.NONE


@dataclass(frozen=True, slots=True)
class ServerAssociation:
    """One row of the server's table. No secret shows in `repr`.

    `password` is that of security low, or the secret of SHA-256; ECDSA proves itself with the keys of `material`.
    `minimum` is the least protection of a ciphered association; the client may ask for more.
    `require_ciphering` refuses the plain application context (default: wherever there is material and mechanism gmac
    the client may choose). `counters_per_association`: a client may start its invocation counter anew with each
    association (training; other people's test clients do); otherwise it must rise for as long as the key lives.
    """

    sap: int
    mechanism: Mechanism
    role: str
    password: bytes = field(default=b"", repr=False)
    material: SecurityMaterial | None = None
    require_ciphering: bool = False
    counters_per_association: bool = False
    minimum: Protection = Protection.AUTHENTICATED


class ObjectModel(Protocol):
    """The objects of one logical device. The server serves class 15 at 0-0:40.0.0.255 itself.

    Refuse by raising AccessDenied(DataAccessResult or ActionResult); an object that does not exist is
    OBJECT_UNDEFINED, an unknown attribute READ_WRITE_DENIED or OBJECT_UNDEFINED, a wrong type TYPE_UNMATCHED.
    """

    def association_view(self, client: ClientIdentity) -> Sequence[ObjectDescription]:
        """Every object that `client` may know of, with its rights."""
        ...

    def get(self, client: ClientIdentity, attribute: CosemAttribute, selection: Selection | None) -> Data | Encoded:
        """The value. `selection` is decoded (RangeSelection, EntrySelection) for class 7 attribute 2."""
        ...

    def set(self, client: ClientIdentity, attribute: CosemAttribute, value: Data, selection: Selection | None) -> None:
        """Take the value."""
        ...

    def invoke(self, client: ClientIdentity, method: CosemMethod, parameters: Data | None) -> Data | Encoded | None:
        """Run the method."""
        ...
