"""Both ends of an association in every suite, mechanism and envelope, with keys for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hht.protocol.cosem import ecc
from hht.protocol.cosem.client import AssociationRequest, CosemClient
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.data import octets
from hht.protocol.cosem.ecc import EccKeys
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.objects import ServerAssociation
from hht.protocol.cosem.security import InvocationCounters, Protection, SecurityMaterial
from hht.protocol.cosem.server import CosemServer
from hht.protocol.cosem.suites import suite_of
from tests.protocol.cosem_pair import CLIENT_TITLE, NAME, SERVER_TITLE, Model, Pair, random_source

SAP = 1
SECRET = b"a secret of SHA-256"
AGREED = (Envelope.ONE_PASS_KEY, Envelope.STATIC_KEY)
MODES = [
    (suite, envelope, signed)
    for suite in (0, 1, 2)
    for envelope in Envelope
    for signed in (False, True)
    if suite or (envelope not in AGREED and not signed)
]


def ecc_pair(suite: int) -> tuple[EccKeys, EccKeys]:
    """The client's and the meter's keys on the suite's curve (suite 0: P-256)."""
    parameters = suite_of(suite or 1)
    client_s, client_a, meter_s, meter_a = (ecc.private_key_from_number(1000 + n, parameters) for n in range(4))
    return (
        EccKeys(client_s, meter_s.public_key(), client_a, meter_a.public_key()),
        EccKeys(meter_s, client_s.public_key(), meter_a, client_a.public_key()),
    )


def materials(suite: int, counter: int = 100) -> tuple[SecurityMaterial, SecurityMaterial]:
    """The client's and the meter's, with every key there is."""
    size = suite_of(suite).key_length
    ours, theirs = ecc_pair(suite)
    keys: dict[str, Any] = {"ek": bytes(range(size)), "ak": bytes(range(0x60, 0x60 + size)), "kek": b"K" * size}
    titles = (SERVER_TITLE, CLIENT_TITLE)
    client = SecurityMaterial(keys["ek"], keys["ak"], *titles, InvocationCounters(counter), suite, keys["kek"], ours)
    return client, replace(client, counters=InvocationCounters(), ecc=theirs)


def secured(
    suite: int = 0,
    mechanism: Mechanism = Mechanism.GMAC,
    *,
    client: SecurityMaterial | None = None,
    meter: SecurityMaterial | None = None,
    minimum: Protection = Protection.AUTHENTICATED,
    counters_per_association: bool = False,
    server_max_pdu: int = 0xFFFF,
    **request: Any,
) -> Pair:
    """A client and a meter, not associated yet. `request` goes into the client's AssociationRequest."""
    ours, theirs = materials(suite)
    row = ServerAssociation(
        SAP, mechanism, "installer", password=SECRET, material=meter or theirs, minimum=minimum,
        counters_per_association=counters_per_association,
    )  # fmt: skip
    server = CosemServer(
        Model({NAME: octets(b"a meter")}), [row], client_sap=SAP, system_title=SERVER_TITLE,
        random_bytes=random_source(2), max_pdu=server_max_pdu,
    )  # fmt: skip
    given: dict[str, Any] = {"password": SECRET, "material": client or ours}
    return Pair(
        CosemClient(AssociationRequest(SAP, mechanism, **(given | request)), random_bytes=random_source(1)), server
    )


def associated(suite: int = 0, mechanism: Mechanism = Mechanism.GMAC, **kwargs: Any) -> Pair:
    """The same, associated."""
    both = secured(suite, mechanism, **kwargs)
    both.run(both.client.associate())
    return both
