"""Every mechanism, suite and envelope between an honest client and an honest meter, and what is refused beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hht.protocol.cosem import apdu, ecc
from hht.protocol.cosem.acse import Aare, Aarq
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.client import AssociationRequest, GetResult, Released, SetDone
from hht.protocol.cosem.codes import Conformance, Mechanism
from hht.protocol.cosem.data import octets
from hht.protocol.cosem.ecc import EccKeys
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.errors import (
    AssociationRejected,
    NotSupported,
    PeerNotProved,
    SecurityError,
    UnprotectedRefusal,
    ValueOutOfRange,
)
from hht.protocol.cosem.general import AgreedKey, GeneralCiphering, GeneralSigning, IdentifiedKey, WrappedKey
from hht.protocol.cosem.security import InvocationCounters, Protection, SecurityMaterial
from hht.protocol.cosem.suites import suite_of
from tests.protocol.cosem_pair import CLIENT_TITLE, NAME, SERVER_TITLE, expect
from tests.protocol.secured_pair import MODES, SAP, SECRET, associated, ecc_pair, materials, secured

HIGH = (Mechanism.GMAC, Mechanism.HIGH_SHA256, Mechanism.HIGH_ECDSA)
WIRE = {
    Envelope.GLOBAL: 0xCC, Envelope.DEDICATED: 0xD4, Envelope.GENERAL_GLOBAL: 0xDB, Envelope.GENERAL_DEDICATED: 0xDC,
}  # fmt: skip
BOTH = Protection.AUTHENTICATED_ENCRYPTED
KEYS = {Envelope.IDENTIFIED_KEY: IdentifiedKey, Envelope.WRAPPED_KEY: WrappedKey}


@pytest.mark.requirement("SEC-14")
@pytest.mark.parametrize("ciphered", [True, False])
@pytest.mark.parametrize("mechanism", HIGH)
@pytest.mark.parametrize("suite", [0, 1, 2])
def test_each_mechanism_in_each_suite(suite: int, mechanism: Mechanism, ciphered: bool) -> None:
    both = associated(suite, mechanism, ciphered=ciphered)
    assert both.server.client is not None
    assert both.server.client.mechanism is mechanism
    assert expect(GetResult, both.run(both.client.get(NAME))).data == octets(b"a meter")
    assert both.to_client[-1][0] == (0xCC if ciphered else 0xC4)
    assert both.run(both.client.release()) == Released()


@pytest.mark.requirement("SEC-14")
@pytest.mark.parametrize(("suite", "envelope", "signed"), MODES)
def test_each_envelope_in_each_suite(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    for number in range(3):
        value = octets(bytes((number,)) * 50)
        assert both.run(both.client.set(NAME, value)) == SetDone()
        assert expect(GetResult, both.run(both.client.get(NAME))).data == value
        for message in (both.to_server[-1], both.to_client[-1]):
            assert value.as_bytes() not in message
            check_wire(message, suite, envelope, signed)
    assert both.run(both.client.release()) == Released()


def check_wire(message: bytes, suite: int, envelope: Envelope, signed: bool) -> None:
    """The message looks on the wire as the envelope says."""
    outer = apdu.parse_apdu(message)
    if signed and not envelope.is_general:
        assert isinstance(outer, GeneralSigning)
        outer = apdu.parse_apdu(outer.content)
    if envelope.is_general_ciphering:
        assert isinstance(outer, GeneralCiphering)
        assert isinstance(outer.key_info, KEYS.get(envelope, AgreedKey))
        assert len(outer.header.transaction_id) == 8
    else:
        assert isinstance(outer, Ciphered)
        assert outer.tag & ~0x0F == WIRE[envelope] & ~0x0F or outer.tag == WIRE[envelope]
        assert (outer.title is not None) == envelope.is_general
    assert outer.control == 0x30 | suite


@pytest.mark.parametrize("protection", [Protection.AUTHENTICATED, Protection.ENCRYPTED, BOTH])
@pytest.mark.parametrize("envelope", [Envelope.GLOBAL, Envelope.GENERAL_GLOBAL, Envelope.WRAPPED_KEY])
def test_each_protection(envelope: Envelope, protection: Protection) -> None:
    both = associated(1, envelope=envelope, protection=protection, minimum=Protection.NOTHING)
    assert expect(GetResult, both.run(both.client.get(NAME))).data == octets(b"a meter")
    answer = apdu.parse_apdu(both.to_client[-1])
    assert isinstance(answer, Ciphered | GeneralCiphering)
    assert answer.control == int(protection) | 1
    assert (b"a meter" in answer.body) == (Protection.ENCRYPTED not in protection)


def test_encryption_alone_is_refused_unless_it_is_allowed() -> None:
    both = secured(protection=Protection.ENCRYPTED)
    with pytest.raises(AssociationRejected) as refused:
        both.run(both.client.associate())
    assert refused.value.code == "cosem-authentication-failure"
    both = secured(protection=Protection.AUTHENTICATED, minimum=Protection.AUTHENTICATED_ENCRYPTED)
    with pytest.raises(AssociationRejected):
        both.run(both.client.associate())


@pytest.mark.parametrize(("suite", "envelope", "signed"), MODES)
def test_long_values_fit_in_their_envelopes(suite: int, envelope: Envelope, signed: bool) -> None:
    """Blocks both ways: no message is longer than the other end takes, whatever is around it."""
    both = associated(suite, envelope=envelope, signed=signed, max_pdu=700, server_max_pdu=650)
    value = octets(bytes(range(256)) * 12)
    assert both.run(both.client.set(NAME, value)) == SetDone()
    assert expect(GetResult, both.run(both.client.get(NAME))).data == value
    assert max(map(len, both.to_server)) <= 650
    assert max(map(len, both.to_client)) <= 700
    assert len(both.to_client) > 8


def test_a_dedicated_key_is_sent_once_encrypted_and_counts_for_itself() -> None:
    both = associated(2, envelope=Envelope.DEDICATED)
    both.run(both.client.get(NAME))
    first = apdu.parse_apdu(both.to_server[-1])
    assert isinstance(first, Ciphered)
    assert (first.tag, first.counter) == (0xD0, 0)
    aarq = apdu.parse_apdu(both.to_server[0])
    assert isinstance(aarq, Aarq)
    assert len(aarq.user_information) > 32 + 14 + 12
    again = associated(2, envelope=Envelope.DEDICATED)
    again.run(again.client.get(NAME))
    assert apdu.parse_apdu(again.to_server[-1]) == first  # the same chance in this test: the same key


def test_each_association_has_its_own_dedicated_key() -> None:
    both = associated(envelope=Envelope.DEDICATED)
    both.run(both.client.get(NAME))
    first = both.to_server[-1]
    both.run(both.client.associate())
    both.run(both.client.get(NAME))
    assert both.to_server[-1][2:7] == first[2:7]  # control and counter begin anew
    assert both.to_server[-1][7:] != first[7:]


@pytest.mark.parametrize("key", [b"", bytes(15), bytes(17), bytes(32)])
def test_a_dedicated_key_of_another_length_is_refused(key: bytes) -> None:
    both = secured()
    client = both.client
    aarq = apdu.parse_apdu(client.associate())
    assert isinstance(aarq, Aarq)
    from hht.protocol.cosem.initiate import InitiateRequest
    from hht.protocol.cosem.security import seal

    ours, _theirs = materials(0, counter=500)
    proposal = InitiateRequest(Conformance.GET, 1024, key).encode()
    sealed = seal(proposal, 0x21, ours, CLIENT_TITLE, Protection.AUTHENTICATED_ENCRYPTED)
    answer = apdu.parse_apdu(both.server.receive(replace(aarq, user_information=sealed).encode()) or b"")
    assert isinstance(answer, Aare)
    assert answer.result != 0


@pytest.mark.parametrize("envelope", [e for e in Envelope if e.is_general])
def test_a_meter_without_general_protection_is_told_apart(envelope: Envelope) -> None:
    both = secured(1, envelope=envelope)
    reception = both.server._reception
    answer_of = reception._initiate

    def without(*args: Any) -> Any:
        initiate = answer_of(*args)
        return replace(initiate, conformance=initiate.conformance & ~Conformance.GENERAL_PROTECTION)

    reception._initiate = without  # type: ignore[method-assign]
    with pytest.raises(NotSupported) as refused:
        both.run(both.client.associate())
    assert refused.value.code == "cosem-not-negotiated"
    assert not both.client.associated


# --- proofs


def test_a_wrong_secret_of_sha_256() -> None:
    both = secured(0, Mechanism.HIGH_SHA256, password=b"another secret")
    with pytest.raises(AssociationRejected) as refused:
        both.run(both.client.associate())
    assert refused.value.code == "cosem-authentication-failure"
    assert both.server.client is None


@pytest.mark.parametrize("suite", [1, 2])
def test_a_stranger_with_a_key_of_his_own(suite: int) -> None:
    ours, theirs = materials(suite)
    other = ecc.private_key_from_number(7, suite_of(suite))
    both = secured(suite, Mechanism.HIGH_ECDSA, client=replace(ours, ecc=replace(ours.ecc, signing_key=other)))
    with pytest.raises(AssociationRejected):
        both.run(both.client.associate())
    both = secured(suite, Mechanism.HIGH_ECDSA, meter=replace(theirs, ecc=replace(theirs.ecc, signing_key=other)))
    with pytest.raises(PeerNotProved):
        both.run(both.client.associate())
    assert not both.client.associated


def test_a_proof_on_another_curve() -> None:
    ours, _theirs = materials(1)
    larger, _meter = ecc_pair(2)
    both = secured(1, Mechanism.HIGH_ECDSA, client=replace(ours, ecc=larger))
    with pytest.raises(AssociationRejected):
        both.run(both.client.associate())


@pytest.mark.parametrize(("mechanism", "word"), [(Mechanism.HIGH_MD5, "MD5"), (Mechanism.HIGH_SHA1, "SHA-1")])
def test_weak_mechanisms_are_refused_in_a_sentence(mechanism: Mechanism, word: str) -> None:
    with pytest.raises(ValueOutOfRange) as refused:
        AssociationRequest(SAP, mechanism, SECRET, materials(0)[0])
    assert word in refused.value.message
    assert refused.value.code == "cosem-mechanism"
    both = secured()
    aarq = apdu.parse_apdu(both.client.associate())
    assert isinstance(aarq, Aarq)
    answer = apdu.parse_apdu(both.server.receive(replace(aarq, mechanism=mechanism).encode()) or b"")
    assert isinstance(answer, Aare)
    assert answer.diagnostic.name == "AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED"


# --- what is missing is said before anything is sent


@pytest.mark.parametrize(
    "changes",
    [
        {"mechanism": Mechanism.HIGH_SHA256, "password": b""},
        {"mechanism": Mechanism.HIGH_ECDSA, "ecc": {"signing_key": None}},
        {"mechanism": Mechanism.HIGH_ECDSA, "ecc": {"peer_signing_key": None}},
        {"signed": True, "ecc": {"signing_key": None}},
        {"envelope": Envelope.WRAPPED_KEY, "kek": b""},
        {"envelope": Envelope.STATIC_KEY, "ecc": {"agreement_key": None}},
        {"envelope": Envelope.STATIC_KEY, "ecc": {"peer_agreement_key": None}},
        {"envelope": Envelope.ONE_PASS_KEY, "ecc": {"signing_key": None}},
        {"envelope": Envelope.DEDICATED, "protection": Protection.AUTHENTICATED},
        {"envelope": Envelope.GENERAL_GLOBAL, "ciphered": False},
        {"signed": True, "ciphered": False},
        {"mechanism": Mechanism.LOW, "envelope": Envelope.DEDICATED},
        {"ek": b"", "ak": b""},
    ],
)
def test_a_request_that_cannot_work(changes: dict[str, Any]) -> None:
    ours, _theirs = materials(1)
    material = replace(ours, ecc=replace(ours.ecc, **changes.pop("ecc", {})))
    material = replace(material, **{name: changes.pop(name) for name in ("kek", "ek", "ak") if name in changes})
    given: dict[str, Any] = {"mechanism": Mechanism.GMAC, "password": SECRET, "material": material}
    with pytest.raises(ValueOutOfRange) as refused:
        AssociationRequest(SAP, **(given | changes))
    assert refused.value.code.startswith("cosem-")
    assert refused.value.remedy


@pytest.mark.parametrize("envelope", [Envelope.ONE_PASS_KEY, Envelope.STATIC_KEY])
def test_suite_0_has_no_key_agreement(envelope: Envelope) -> None:
    with pytest.raises(ValueOutOfRange):
        AssociationRequest(SAP, Mechanism.GMAC, material=materials(0)[0], envelope=envelope)


@pytest.mark.parametrize("suite", [0, 1, 2])
@pytest.mark.parametrize("field", ["ek", "ak", "kek"])
def test_keys_have_the_length_of_their_suite(suite: int, field: str) -> None:
    for size in {15, 16, 24, 32, 33} - {suite_of(suite).key_length}:
        with pytest.raises(ValueOutOfRange) as refused:
            replace(materials(suite)[0], **{field: bytes(size)})
        assert refused.value.code == "cosem-key-length"
        assert str(suite_of(suite).key_length) in refused.value.remedy


@pytest.mark.parametrize("suite", [-1, 3, 15])
def test_there_are_three_suites(suite: int) -> None:
    with pytest.raises(ValueOutOfRange) as refused:
        SecurityMaterial(bytes(16), bytes(16), suite=suite)
    assert refused.value.code == "cosem-suite"


# --- keys missing where a message asks for them


@pytest.mark.parametrize(
    ("envelope", "lost"),
    [
        (Envelope.WRAPPED_KEY, "kek"),
        (Envelope.ONE_PASS_KEY, "peer_signing_key"),
        (Envelope.ONE_PASS_KEY, "agreement_key"),
        (Envelope.STATIC_KEY, "peer_agreement_key"),
    ],
)
def test_a_meter_that_lacks_a_key_says_so(envelope: Envelope, lost: str) -> None:
    _ours, theirs = materials(1)
    poorer = replace(theirs, kek=b"") if lost == "kek" else replace(theirs, ecc=replace(theirs.ecc, **{lost: None}))
    both = associated(1, meter=poorer, envelope=envelope)
    with pytest.raises(UnprotectedRefusal) as refused:
        both.run(both.client.get(NAME))
    assert refused.value.details["said"] == "cosem-deciphering"
    assert "lost its keys" in refused.value.remedy


def test_a_signed_answer_needs_a_certificate_to_check_it() -> None:
    both = associated(1, envelope=Envelope.GENERAL_GLOBAL, signed=True)
    answer = both.server.receive(both.client.get(NAME)) or b""
    channel = both.client._channel
    assert channel is not None
    channel.material = replace(channel.material, ecc=EccKeys())
    with pytest.raises(SecurityError) as refused:
        both.client.receive(answer)
    assert refused.value.code == "cosem-no-key"


# --- keys from text


def pem(key: Any) -> tuple[str, str]:
    """A private key's PEM, and its public key's."""
    from cryptography.hazmat.primitives import serialization as s

    private = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    public = key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.mark.parametrize("suite", [1, 2])
def test_keys_in_pem(suite: int) -> None:
    private, public = pem(ecc.private_key_from_number(5, suite_of(suite)))
    signature = ecc.sign(ecc.private_key(private), b"text")
    assert len(signature) == suite_of(suite).signature_length
    assert ecc.is_signature(ecc.public_key(public), signature, b"text")
    assert not ecc.is_signature(ecc.public_key(public), signature[::-1], b"text")
    assert not ecc.is_signature(ecc.public_key(public), b"", b"text")


def test_what_is_no_key_is_refused_without_quoting_it() -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, derive_private_key

    private, public = pem(ecc.private_key_from_number(5, suite_of(1)))
    other_curve, _public = pem(derive_private_key(5, SECP256K1()))
    for read, text in (
        (ecc.private_key, ""), (ecc.private_key, public), (ecc.private_key, private[:-60]),
        (ecc.private_key, other_curve), (ecc.public_key, private), (ecc.public_key, "-----BEGIN CERTIFICATE-----"),
        (ecc.public_key, "é"),
    ):  # fmt: skip
        with pytest.raises(ValueOutOfRange) as refused:
            read(text)
        assert refused.value.remedy
        assert private[40:80] not in str(refused.value.as_dict())


def test_nothing_secret_in_any_repr() -> None:
    both = associated(2, Mechanism.HIGH_ECDSA, envelope=Envelope.DEDICATED)
    ours, theirs = materials(2)
    shown = " ".join(map(repr, (ours, theirs, ours.ecc, both.client, both.server, both.client._request)))
    for secret in (ours.ek, ours.ak, ours.kek, SECRET):
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown
    assert "PrivateKey" not in shown
    assert SERVER_TITLE.decode() in shown


@pytest.mark.parametrize(("suite", "envelope", "signed"), MODES)
def test_no_key_on_the_wire(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, Mechanism.HIGH_SHA256, envelope=envelope, signed=signed)
    both.run(both.client.get(NAME))
    ours, _theirs = materials(suite)
    channel = both.client._channel
    assert channel is not None
    dedicated = channel._dedicated.ek if channel._dedicated else SECRET
    for message in both.to_server + both.to_client:
        for secret in (ours.ek, ours.ak, ours.kek, SECRET, dedicated):
            assert secret not in message


# --- counters that are kept


def test_counters_are_reserved_before_they_are_used() -> None:
    asked: list[int] = []

    def reserve(first: int) -> tuple[int, int]:
        asked.append(first)
        start = max(first, 1000 * len(asked))
        return start, start + 2

    counters = InvocationCounters(5, reserve=reserve)
    assert [counters.take() for _time in range(5)] == [1000, 1001, 2000, 2001, 3000]
    assert asked == [5, 1002, 2002]
