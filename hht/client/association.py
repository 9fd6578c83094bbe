"""How the terminal associates with a meter: addresses, framing, and how it proves itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hht.client.deadlines import Timing
from hht.client.sign_on import Opening
from hht.client.transport import ApduTransport, HdlcTransport, WrapperTransport
from hht.link import Link
from hht.protocol.cosem.client import AssociationRequest, CosemClient
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.security import InvocationCounters, SecurityMaterial
from hht.protocol.hdlc import HdlcParameters

# What the terminal takes at once. Larger blocks save round trips: with 24 KiB a profile costs under one per cent more
# than its bytes. Larger still gains nothing, and the rows of a ciphered block, which are believed only once the whole
# block has proved itself, would come later and hold the event loop up for longer.
MAX_PDU = 0x6000


@dataclass(frozen=True, slots=True)
class Association:
    """Everything needed to associate. `opening`: "iec" (sign-on, then HDLC), "hdlc" or "wrapper". No secret in `repr`.

    `keys`: ``ek``, ``ak``, ``client_title`` and perhaps ``system_title`` as hex, ``invocation_counter`` as a number.
    """

    client_sap: int = 16
    server: int = 1
    opening: str = "iec"
    sign_on: Opening = field(default_factory=Opening)
    baud: int = 9600
    security: str = "none"
    password: bytes = field(default=b"", repr=False)
    keys: Mapping[str, Any] | None = field(default=None, repr=False)
    proposed: HdlcParameters | None = None  # what the terminal offers in HDLC; None: the most that it can do

    def transport(self, link: Link, timing: Timing) -> ApduTransport:
        """The transport below the association."""
        if self.opening == "wrapper":
            return WrapperTransport(link, self.client_sap, self.server, timing=timing)
        return HdlcTransport(link, self.client_sap, self.server, timing=timing, proposed=self.proposed)

    def client(self, random_bytes: Callable[[int], bytes]) -> CosemClient:
        """The association's client half. Raises HhtError where keys are damaged."""
        mechanism = {"none": Mechanism.NONE, "low": Mechanism.LOW, "gmac": Mechanism.GMAC}[self.security]
        material = self._material() if mechanism is Mechanism.GMAC else None
        request = AssociationRequest(self.client_sap, mechanism, self.password, material, MAX_PDU)
        return CosemClient(request, random_bytes=random_bytes)

    def _material(self) -> SecurityMaterial:
        keys = self.keys or {}
        return SecurityMaterial(
            ek=bytes.fromhex(keys["ek"]),
            ak=bytes.fromhex(keys["ak"]),
            system_title=bytes.fromhex(keys.get("system_title", "")),
            client_title=bytes.fromhex(keys["client_title"]),
            counters=InvocationCounters(next_to_send=int(keys.get("invocation_counter", 0)) + 1),
        )
