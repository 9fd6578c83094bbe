"""A client and a server face to face, with a small object model between them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hht.protocol.cosem.client import AssociationRequest, CosemClient, NextRequest, Result
from hht.protocol.cosem.codes import FIRST_LIGHT, ActionResult, Conformance, DataAccessResult, Mechanism
from hht.protocol.cosem.data import Data, Encoded, octets
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.notifications import DataNotification, EventNotification
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.objects import (
    AttributeAccess,
    ClientIdentity,
    MethodAccess,
    ObjectDescription,
    ServerAssociation,
)
from hht.protocol.cosem.profile import Selection
from hht.protocol.cosem.security import InvocationCounters, SecurityMaterial
from hht.protocol.cosem.server import CosemServer

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
SERVER_TITLE, CLIENT_TITLE = b"GRX12345", b"ABCDEFGH"
PUBLIC, LOW, HIGH = 16, 17, 1
PASSWORD = b"Gurux"

NAME = CosemAttribute(1, Obis.parse("0-0:42.0.0"), 2)
LONG = CosemAttribute(1, Obis.parse("0-0:96.1.0"), 2)
SECRET = CosemAttribute(1, Obis.parse("0-0:96.1.9"), 2)
PROFILE = CosemAttribute(7, Obis.parse("1-0:99.1.0"), 2)
ECHO = CosemMethod(9, Obis.parse("0-0:10.0.0"), 1)


@dataclass
class Model:
    """Attributes in a dictionary; SECRET is for authenticated clients only; ECHO returns its parameters."""

    values: dict[CosemAttribute, Data | Encoded] = field(default_factory=dict)
    selections: list[Selection | None] = field(default_factory=list)
    writes: int = 0

    def association_view(self, client: ClientIdentity) -> Sequence[ObjectDescription]:
        rights = AttributeAccess.READ_ONLY if client.sap == PUBLIC else AttributeAccess.READ_AND_WRITE
        return [
            ObjectDescription(a.class_id, 0, a.obis, ((1, AttributeAccess.READ_ONLY), (a.attribute, rights)))
            for a in self.values
        ] + [ObjectDescription(ECHO.class_id, 0, ECHO.obis, (), ((1, MethodAccess.ACCESS),))]

    def get(self, client: ClientIdentity, attribute: CosemAttribute, selection: Selection | None) -> Data | Encoded:
        self.selections.append(selection)
        if attribute == SECRET and client.sap == PUBLIC:
            raise AccessDenied
        if attribute not in self.values:
            raise AccessDenied(DataAccessResult.OBJECT_UNDEFINED)
        return self.values[attribute]

    def set(self, client: ClientIdentity, attribute: CosemAttribute, value: Data, selection: Selection | None) -> None:
        if client.sap == PUBLIC:
            raise AccessDenied
        value.as_bytes()  # another type is TYPE_UNMATCHED
        self.values[attribute] = value
        self.writes += 1

    def invoke(self, client: ClientIdentity, method: CosemMethod, parameters: Data | None) -> Data | Encoded | None:
        if method != ECHO:
            raise AccessDenied(ActionResult.OBJECT_UNDEFINED)
        return parameters


def random_source(seed: int = 1) -> Callable[[int], bytes]:
    """Octets for challenges."""
    return random.Random(seed).randbytes


def table(*, require_ciphering: bool = False, counters_per_association: bool = False) -> list[ServerAssociation]:
    """The training meter's associations."""
    material = SecurityMaterial(EK, AK, SERVER_TITLE, CLIENT_TITLE)
    return [
        ServerAssociation(PUBLIC, Mechanism.NONE, "public"),
        ServerAssociation(LOW, Mechanism.LOW, "installer", password=PASSWORD),
        ServerAssociation(
            HIGH,
            Mechanism.GMAC,
            "installer with keys",
            material=material,
            require_ciphering=require_ciphering,
            counters_per_association=counters_per_association,
        ),
    ]


def client_material(counter: int = 100) -> SecurityMaterial:
    """The client's keys; its counter starts at `counter`."""
    return SecurityMaterial(EK, AK, SERVER_TITLE, CLIENT_TITLE, InvocationCounters(counter))


def request_for(sap: int, **kwargs: object) -> AssociationRequest:
    """How to associate at `sap` of the training meter."""
    credentials: dict[str, object] = {
        PUBLIC: {},
        LOW: {"mechanism": Mechanism.LOW, "password": PASSWORD},
        HIGH: {"mechanism": Mechanism.GMAC, "material": client_material()},
    }[sap]
    return AssociationRequest(sap, **(credentials | kwargs))  # type: ignore[arg-type]


@dataclass
class Pair:
    """Client and server, and every APDU that went between them."""

    client: CosemClient
    server: CosemServer
    to_server: list[bytes] = field(default_factory=list)
    to_client: list[bytes] = field(default_factory=list)
    partial: bytearray = field(default_factory=bytearray)
    waiting: deque[bytes] = field(default_factory=deque)
    notified: list[DataNotification | EventNotification] = field(default_factory=list)

    def run(self, apdu: bytes) -> Result:
        """One operation, to its result."""
        self.partial.clear()
        self.waiting += self.say(apdu)
        while True:
            result = self.client.receive(self.waiting.popleft())
            if not isinstance(result, NextRequest):
                return result
            self.partial += result.partial
            if result.notification is not None:
                self.notified.append(result.notification)
            for request in (result.apdu, *result.further):
                self.waiting += self.say(request) if request else []

    def say(self, apdu: bytes) -> list[bytes]:
        """One APDU to the server; all that it sends then."""
        self.to_server.append(apdu)
        answers = [self.server.receive(apdu)]
        while (more := self.server.more()) is not None:
            answers.append(more)
        heard = [answer for answer in answers if answer is not None]
        self.to_client += heard
        return heard


def pair(
    sap: int = PUBLIC,
    model: Model | None = None,
    associations: list[ServerAssociation] | None = None,
    server_max_pdu: int = 0xFFFF,
    window: int = 0,
    granted: Conformance = FIRST_LIGHT,
    **kwargs: object,
) -> Pair:
    """A client and a server, not associated yet."""
    server = CosemServer(
        model or Model({NAME: octets(b"a meter")}),
        associations or table(),
        client_sap=sap,
        system_title=SERVER_TITLE,
        random_bytes=random_source(2),
        max_pdu=server_max_pdu,
        conformance=granted,
    )
    return Pair(CosemClient(request_for(sap, **kwargs), random_bytes=random_source(1), window=window), server)


_Kind = TypeVar("_Kind")


def expect(kind: type[_Kind], result: object) -> _Kind:
    """`result`, which must be a `kind`."""
    assert isinstance(result, kind), result
    return result
