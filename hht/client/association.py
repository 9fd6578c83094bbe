"""How the terminal associates with a meter: addresses, framing, and how it proves itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from hht.client.counters import CounterBook, CountersInMemory, MeterCounters, key_name
from hht.client.deadlines import Timing
from hht.client.hdlc_transport import PROPOSED, HdlcTransport
from hht.client.line_record import LineRecord
from hht.client.remarks import OnRemark, unheard
from hht.client.sign_on import Opening
from hht.client.transport import ApduTransport, OnStopping, WrapperTransport
from hht.link import Link
from hht.protocol.cosem.client import AssociationRequest, CosemClient
from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance, Mechanism
from hht.protocol.cosem.ecc import EccKeys, private_key, public_key
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.security import InvocationCounters, Protection, SecurityMaterial
from hht.protocol.hdlc import HdlcParameters

# What the terminal takes at once: two windows of seven frames of 2030 octets, all full. Larger blocks save round
# trips: so a profile costs under one per cent more than its bytes. Larger still gains little.
MAX_PDU = 0x6F00
# A ciphered block is believed only once all of it has come, so it ends where the meter's turn does: what a break loses
# is never more than one turn, and a cancel, which lets the meter finish its turn, loses nothing. Asking for the next
# block then takes the place of the RR that would ask for the rest, so no turnaround is added at any speed; the envelope
# and the larger request are some 50 octets, 0.35 per cent of a turn of seven frames of 2030 octets and below 0.5 per
# cent of this least size, of which shorter turns are made up.
LEAST_BLOCK = 10_000


HEX_KEYS = ("ek", "ak", "kek", "system_title", "client_title")
PRIVATE_KEYS = ("signing_key", "agreement_key")
CERTIFICATES = ("server_certificate", "server_agreement_certificate")
SECURITY = {
    "none": Mechanism.NONE,
    "low": Mechanism.LOW,
    "gmac": Mechanism.GMAC,
    "sha256": Mechanism.HIGH_SHA256,
    "ecdsa": Mechanism.HIGH_ECDSA,
}
PROTECTION = {
    "both": Protection.AUTHENTICATED_ENCRYPTED,
    "authenticated": Protection.AUTHENTICATED,
    "encrypted": Protection.ENCRYPTED,
    "signed": Protection.NOTHING,
}


_REPEATABLE = (
    Envelope.GLOBAL,
    Envelope.GENERAL_GLOBAL,
    Envelope.IDENTIFIED_KEY,
)  # no key of its own for a conversation


@dataclass(frozen=True, slots=True)
class Association:
    """Everything needed to associate. `opening`: "iec" (sign-on, then HDLC), "hdlc" or "wrapper". No secret in `repr`.

    `security` and `protection` are keys of SECURITY and PROTECTION, `envelope` a value of `Envelope`. `keys`: ``ek``,
    ``ak``, ``kek``, ``client_title`` and ``system_title`` as hex, ``invocation_counter`` (the last one used) as a
    number, ``signing_key``, ``server_certificate``, ``agreement_key`` and ``server_agreement_certificate`` as PEM.
    `physical` and `address_size` (1, 2 or 4 bytes) are the rest of an HDLC server address; None: what is shortest.
    `secret`: password or keys are somebody's, and not the published ones of training.
    `counters` keeps how far each key was used. `window` above 0: every request in general blocks, so many in a stream,
    where the meter agrees to them; 0: only what has no blocks of its own. `max_pdu` is the longest APDU that the
    terminal takes (0: any); None: as suits the line, see `longest_apdu`. `remembers`: the meter's own counters are
    kept in `counters` too, and must not go back from one conversation to the next, unless `accept_reset`.
    """

    client_sap: int = 16
    server: int = 1
    physical: int | None = None
    address_size: int | None = None
    opening: str = "iec"
    sign_on: Opening = field(default_factory=Opening)
    baud: int = 9600
    security: str = "none"
    password: bytes = field(default=b"", repr=False)
    keys: Mapping[str, Any] | None = field(default=None, repr=False)
    secret: bool = False
    proposed: HdlcParameters | None = None  # what the terminal offers in HDLC; None: the most that it can do
    suite: int = 0
    protection: str = "both"
    envelope: str = "glo"
    signed: bool = False
    window: int = 0
    max_pdu: int | None = None
    conformance: Conformance = FIRST_LIGHT
    counters: CounterBook = field(default_factory=CountersInMemory, repr=False, compare=False)
    remembers: bool = False
    accept_reset: bool = False

    def longest_apdu(self, turn_octets: int, *, ciphered: bool) -> int:
        """What to propose over a line where one turn of the meter carries `turn_octets` of an APDU (0: no turns)."""
        if self.max_pdu is not None:
            return self.max_pdu
        if not ciphered or turn_octets <= 0:
            return MAX_PDU
        return turn_octets * -(-LEAST_BLOCK // turn_octets)

    def transport(
        self,
        link: Link,
        timing: Timing,
        *,
        record: LineRecord | None = None,
        on_remark: OnRemark = unheard,
        on_stopping: OnStopping | None = None,
        sign_on: Callable[[], Awaitable[None]] | None = None,
    ) -> ApduTransport:
        """The transport below the association; see `HdlcTransport`, and `MeterSession` for who is told what."""
        if self.opening == "wrapper":
            return WrapperTransport(link, self.client_sap, self.server, timing=timing)
        return HdlcTransport(
            link,
            self.client_sap,
            self.server,
            self.physical,
            timing=timing,
            proposed=self.proposed,
            address_size=self.address_size,
            record=record,
            on_remark=on_remark,
            on_stopping=on_stopping,
            sign_on=sign_on,
        )

    def client(self, random_bytes: Callable[[int], bytes]) -> CosemClient:
        """The association's client half. Raises HhtError where keys are damaged or missing."""
        request = AssociationRequest(
            self.client_sap,
            SECURITY[self.security],
            self.password,
            self._material() if self.keys is not None else None,
            MAX_PDU if self.max_pdu is None else self.max_pdu,
            conformance=self.conformance,
            protection=PROTECTION[self.protection],
            envelope=Envelope(self.envelope),
            signed=self.signed or self.protection == "signed",
        )
        return CosemClient(request, random_bytes=random_bytes, window=self.window)

    def facts(self) -> dict[str, object]:
        """What somebody needs, beside secrets, to open the same conversation again; ``replays``: they would then send
        the same bytes, because nothing in them is made by chance but a challenge, which stands in the trace."""
        offered = self.proposed or PROPOSED
        envelope = Envelope(self.envelope)
        signed = self.signed or self.protection == "signed"
        by_chance = signed or self.security == "ecdsa" or (self.keys is not None and envelope not in _REPEATABLE)
        return {
            "replays": not by_chance,
            "opening": self.opening,
            **(asdict(self.sign_on) if self.opening == "iec" else {}),
            "client_sap": self.client_sap,
            "server": self.server,
            "security": self.security,
            "suite": self.suite,
            "protection": self.protection,
            "envelope": self.envelope,
            "signed": self.signed,
            "max_pdu": self.max_pdu,
            "window": self.window,
            "conformance": f"{int(self.conformance):06x}",
            **({} if self.opening == "wrapper" else {"hdlc": asdict(offered)}),
            **({"accept_counter_reset": True} if self.accept_reset else {}),
            **({} if self.physical is None else {"physical": self.physical}),
            **({} if self.address_size is None else {"address_size": self.address_size}),
        }

    def _material(self) -> SecurityMaterial:
        material = security_material(self.keys or {}, self.suite)
        last_used = int((self.keys or {}).get("invocation_counter", 0))
        return replace(material, counters=self._counters(material.ek, material.client_title, last_used + 1))

    def _counters(self, key: bytes, client_title: bytes, first: int) -> InvocationCounters:
        name = key_name(key, client_title)
        peers = MeterCounters(self.counters, key, accept_reset=self.accept_reset) if self.remembers else None
        return InvocationCounters(first, reserve=lambda least: self.counters.reserve(name, least), peers=peers)


def security_material(keys: Mapping[str, Any], suite: int) -> SecurityMaterial:
    """`keys`, as `Association` has them, for use in a security suite; their counters begin anew. Raises HhtError where
    they are damaged, or of another suite."""
    private = {name: private_key(keys[name]) if name in keys else None for name in PRIVATE_KEYS}
    public = {name: public_key(keys[name]) if name in keys else None for name in CERTIFICATES}
    pairs = EccKeys(
        private["signing_key"],
        public["server_certificate"],
        private["agreement_key"],
        public["server_agreement_certificate"],
    )
    ek, ak, kek, system_title, client_title = (bytes.fromhex(keys.get(name, "")) for name in HEX_KEYS)
    return SecurityMaterial(ek, ak, system_title, client_title, suite=suite, kek=kek, ecc=pairs)
