"""The server's half of COSEM associations, sans I/O: a request in, an answer out. Never raises on what it hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance
from hht.protocol.cosem.objects import ClientIdentity, ObjectModel, ServerAssociation


class CosemServer:
    """One client's conversation with one logical device. Make one per connection (and client SAP)."""

    def __init__(
        self,
        objects: ObjectModel,
        associations: Sequence[ServerAssociation],
        *,
        client_sap: int,
        system_title: bytes,
        random_bytes: Callable[[int], bytes],
        max_pdu: int = 0xFFFF,
        conformance: Conformance = FIRST_LIGHT,
    ) -> None:
        raise NotImplementedError

    @property
    def client(self) -> ClientIdentity | None:
        """Who is associated (and has proved itself); None otherwise."""
        raise NotImplementedError

    def receive(self, apdu: bytes) -> bytes | None:
        """The answer to `apdu`; None where none is due."""
        raise NotImplementedError

    def disconnected(self) -> None:
        """The connection below has gone: the association with it."""
        raise NotImplementedError
