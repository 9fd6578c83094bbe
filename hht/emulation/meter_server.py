"""A meter's COSEM server: what all conversations with it share, and one `Session` per association attempt."""

from __future__ import annotations

from collections.abc import Iterator

from hht.emulation.cosem_objects import MeterObjects
from hht.emulation.counter_objects import WithCounters
from hht.emulation.object_names import CLASS_DATA, EVENT_CODE
from hht.emulation.plain_text import PlainTextView
from hht.emulation.training_keys import meter_keys
from hht.model.electricity_meter import ElectricityMeter, LocalPort, OpticalMode, Proof
from hht.model.electricity_meter.clients import ClientRole
from hht.model.seeded import mix, subseed
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.data import long_unsigned
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.ecc import EccKeys
from hht.protocol.cosem.notifications import EventNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.objects import ServerAssociation
from hht.protocol.cosem.security import SecurityMaterial
from hht.protocol.cosem.server import CosemServer

MECHANISMS = {
    Proof.NONE: Mechanism.NONE,
    Proof.LOW: Mechanism.LOW,
    Proof.GMAC: Mechanism.GMAC,
    Proof.SHA256: Mechanism.HIGH_SHA256,
    Proof.ECDSA: Mechanism.HIGH_ECDSA,
}
# 9600 baud in modes B, C and E; in mode A any character that is no speed; mode D always says 3 and talks at 2400 baud.
_SPEEDS = {
    OpticalMode.A: "X",
    OpticalMode.B: "E",
    OpticalMode.C: "5",
    OpticalMode.D: "3",
    OpticalMode.E: "5\\2",
}
_USUAL_REACTION_MS = 200
_AARQ = 0x60
_EVENT_CODE = CosemAttribute(CLASS_DATA, Obis.parse(EVENT_CODE), 2)
_RESULT = bytes.fromhex("a203020100")  # an AARE that accepts


class MeterServer:
    """The meter's end of every association. Raises DeviceRefusal when the meter has no optical port."""

    def __init__(self, meter: ElectricityMeter) -> None:
        self.meter = meter
        self.port = LocalPort(meter)
        self.objects = MeterObjects(self.port, meter.configuration.optical.profiles)
        self._associations = [self._association(role) for role in meter.clients]
        # Where counters may begin anew with each association there is nothing to go on from.
        strict = meter.configuration.strict_counters
        self._shown = WithCounters(self.objects, self._associations) if strict else self.objects
        self._chance = subseed(meter.seed, "challenges")
        self._drawn = 0

    @property
    def identification(self) -> str:
        """The IEC 62056-21 identification: maker (its third letter small on a fast head), speed and mode, model."""
        identity, head = self.meter.identity, self.meter.configuration.optical
        maker = identity.maker if head.reaction_ms >= _USUAL_REACTION_MS else _fast(identity.maker)
        return f"/{maker}{_SPEEDS[head.mode]}{identity.model}"

    @property
    def mode(self) -> OpticalMode:
        """The protocol mode that the head offers."""
        return self.meter.configuration.optical.mode

    def plain_text(self) -> PlainTextView:
        """A plain-text conversation's view of the meter."""
        return PlainTextView(self.port)

    def session(self, client_sap: int) -> Session:
        """A conversation with the client at `client_sap`, not associated yet."""
        server = CosemServer(
            self._shown,
            self._associations,
            client_sap=client_sap,
            system_title=self.meter.identity.system_title,
            random_bytes=self._random_bytes,
        )
        return Session(server, self.port, client_sap)

    def _association(self, role: ClientRole) -> ServerAssociation:
        material = None
        if role.encryption_key:
            title = self.meter.identity.system_title
            material = SecurityMaterial(
                role.encryption_key,
                role.authentication_key,
                title,
                suite=role.suite,
                kek=role.master_key,
                ecc=meter_keys(role.suite) if role.has_key_pairs else EccKeys(),
            )
        return ServerAssociation(
            role.sap,
            MECHANISMS[role.proof],
            role.title,
            password=role.password.encode("ascii"),
            material=material,
            # Training keys are everybody's: no two programs share a counter, so it may begin anew each time,
            # unless the premises says that it may not.
            counters_per_association=not self.meter.configuration.strict_counters,
        )

    def _random_bytes(self, count: int) -> bytes:
        """Challenges from the premises' seed: an emulated meter must be repeatable, and guards nothing."""
        out = b""
        while len(out) < count:
            self._drawn += 1
            out += mix(self._chance, self._drawn).to_bytes(8, "big")
        return out[:count]


def _fast(maker: str) -> str:
    return maker[:2] + maker[2].lower()


class Session:
    """One client's conversation; tells the meter who associated and who failed to, for its Security Log."""

    def __init__(self, server: CosemServer, port: LocalPort, client_sap: int) -> None:
        self._server = server
        self._port = port
        self._sap = client_sap
        self._proving = False  # an AARE has been sent that asks for the second pass of high-level security
        self._log = port.meter.event_log
        self._told = self._log.written  # entries that the client knows of, or that were there before it

    def receive(self, apdu: bytes) -> bytes | None:
        """The answer to one APDU, None where none is due."""
        answer = self._server.receive(apdu)
        if apdu[:1] == bytes((_AARQ,)):
            self._after_request(accepted=answer is not None and _RESULT in answer)
        elif self._proving:
            self._proving = False
            self._after_proof()
        self._notify()
        return answer

    def answers(self, apdu: bytes) -> Iterator[bytes]:
        """All that is to be sent after one APDU: the answer, in one or in blocks, and what the meter has to tell."""
        answer = self.receive(apdu)
        while answer is not None:
            yield answer
            answer = self._server.more()

    def _notify(self) -> None:
        """What entered the Event Log, where this meter tells."""
        fresh = min(self._log.written - self._told, len(self._log))
        self._told = self._log.written
        if not fresh or not self._port.meter.configuration.optical.notifies:
            return
        for record in list(self._log)[-fresh:]:
            self._server.notify(
                EventNotification(encode_datetime(record.time), _EVENT_CODE, long_unsigned(record.code))
            )

    def closed(self) -> None:
        """The connection below has gone."""
        self._server.disconnected()

    def _after_request(self, *, accepted: bool) -> None:
        role = self._port.role(self._sap)
        if self._server.client is not None and role is not None:
            self._port.associated(self._sap, role.proof)
        elif accepted:
            self._proving = True
        else:
            self._port.association_refused(self._sap, proof_failed=role is not None)

    def _after_proof(self) -> None:
        role = self._port.role(self._sap)
        if self._server.client is not None and role is not None:
            self._port.associated(self._sap, role.proof)
        else:
            self._port.association_refused(self._sap, proof_failed=True)
