"""A ciphered association between an honest client, an honest meter, and somebody in between."""

from __future__ import annotations

from typing import Any

import pytest

from hht.protocol.cosem import apdu
from hht.protocol.cosem.acse import Aare
from hht.protocol.cosem.action import ActionOutcome, ActionResponseNormal
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.client import AssociationRequest, CosemClient, GetResult, NextRequest
from hht.protocol.cosem.codes import ActionResult, ApplicationContext, AssociationResult, Mechanism, UserDiagnostic
from hht.protocol.cosem.data import octets
from hht.protocol.cosem.errors import (
    AssociationRejected,
    CounterReplayed,
    LengthLies,
    MethodError,
    NotSupported,
    PeerNotProved,
    PlaintextRefused,
    SecurityError,
    TagMismatch,
    TrailingOctets,
    UnexpectedApdu,
    ValueOutOfRange,
    WrongInvokeId,
    WrongSystemTitle,
)
from hht.protocol.cosem.get import GetResponseNormal
from hht.protocol.cosem.initiate import InitiateResponse
from hht.protocol.cosem.security import InvocationCounters, Protection, SecurityMaterial, prove, seal
from hht.protocol.frames import ProtocolError
from tests.protocol.cosem_pair import (
    AK,
    CLIENT_TITLE,
    ECHO,
    EK,
    HIGH,
    NAME,
    SERVER_TITLE,
    Pair,
    client_material,
    pair,
    random_source,
    table,
)


def associated(**kwargs: Any) -> Pair:
    both = pair(HIGH, **kwargs)
    both.run(both.client.associate())
    return both


def answered(both: Pair) -> bytes:
    """The meter's genuine answer to a read that the client now waits for."""
    answer = both.server.receive(both.client.get(NAME))
    assert answer is not None
    return answer


def meter_says(
    plain: bytes, counter: int, tag: int = 0xCC, protection: int = 0x30, title: bytes = SERVER_TITLE
) -> bytes:
    """A message sealed with the meter's own keys."""
    material = SecurityMaterial(EK, AK, counters=InvocationCounters(counter))
    return seal(plain, tag, material, title, Protection(protection))


def test_every_changed_octet_is_refused() -> None:
    genuine = answered(associated())
    for at in range(len(genuine)):
        both = associated()
        forged = bytearray(answered(both))
        assert bytes(forged) == genuine
        forged[at] ^= 0x01
        with pytest.raises(ProtocolError) as refused:
            both.client.receive(bytes(forged))
        assert refused.value.code.startswith("cosem-")
        assert refused.value.remedy
        if at >= 7:  # ciphertext and tag
            assert isinstance(refused.value, TagMismatch)


def test_every_way_to_cut_or_stretch_an_answer_is_refused() -> None:
    for size in range(len(answered(associated()))):
        both = associated()
        with pytest.raises(ProtocolError):
            both.client.receive(answered(both)[:size])
    both = associated()
    with pytest.raises(TrailingOctets):
        both.client.receive(answered(both) + b"\x00")
    both = associated()
    answer = answered(both)
    with pytest.raises(LengthLies):
        both.client.receive(answer[:1] + bytes((answer[1] + 1,)) + answer[2:])


def test_a_replayed_answer_and_a_lowered_counter_are_refused() -> None:
    both = associated()
    first = answered(both)
    assert both.client.receive(first) == GetResult(octets(b"a meter"))
    both.client.get(NAME)
    with pytest.raises(CounterReplayed) as refused:
        both.client.receive(first)
    assert refused.value.code == "cosem-counter"
    both.client.get(NAME)
    with pytest.raises(CounterReplayed):
        both.client.receive(meter_says(GetResponseNormal(0xC3, octets(b"old")).encode(), 0))


def test_a_forged_counter_does_not_shut_the_genuine_out() -> None:
    both = associated()
    forged = bytearray(answered(both))
    forged[3:7] = b"\xff\xff\xff\xff"
    with pytest.raises(TagMismatch):
        both.client.receive(bytes(forged))
    assert both.client.receive(answered(both)) == GetResult(octets(b"a meter"))


@pytest.mark.parametrize(
    "plain", ["c401c1000903616263", "c402c101000000010003090161", "c501c100", "c701c10000", "0801"]
)
def test_a_plaintext_answer_is_refused(plain: str) -> None:
    both = associated()
    both.client.get(NAME)
    with pytest.raises(PlaintextRefused) as refused:
        both.client.receive(bytes.fromhex(plain))
    assert refused.value.code == "cosem-plaintext"


def test_less_protection_than_agreed_is_refused() -> None:
    both = associated()
    request = both.client.get(NAME)
    del request
    answer = meter_says(GetResponseNormal(0xC1, octets(b"x")).encode(), 1000, protection=0x10)
    with pytest.raises(SecurityError) as refused:
        both.client.receive(answer)
    assert refused.value.code == "cosem-protection-lowered"
    both.client.get(NAME)
    encrypted_only = Ciphered(0xCC, 0x20, 1001, b"0123456789").encode()
    with pytest.raises(SecurityError):
        both.client.receive(encrypted_only)


@pytest.mark.parametrize("control", [0x31, 0x32, 0x3F, 0x70, 0xB0])
def test_other_suites_and_keys_are_refused_plainly(control: int) -> None:
    both = associated()
    both.client.get(NAME)
    with pytest.raises(NotSupported):
        both.client.receive(Ciphered(0xCC, control, 1000, bytes(20)).encode())


def test_envelopes_that_lie_about_their_contents() -> None:
    value = GetResponseNormal(0xC1, octets(b"x")).encode()
    for answer, error in (
        (meter_says(value, 1000, tag=0xCD), SecurityError),  # says set-response, holds get-response
        (meter_says(b"", 1000), SecurityError),
        (meter_says(b"\x10\x00\x00\x00\x00\x00", 1000, tag=0xDB), UnexpectedApdu),
        (meter_says(b"\x60\x00", 1000, tag=0xDB), SecurityError),
        (meter_says(value, 1000, tag=0xDB, title=CLIENT_TITLE), WrongSystemTitle),
        (meter_says(value, 1000, title=b"OTHER123"), TagMismatch),
        (meter_says(value, 1000, tag=0xD4), NotSupported),  # a dedicated key
        (meter_says(value, 1000)[:-12], ProtocolError),
        (meter_says(GetResponseNormal(0xC9, octets(b"x")).encode(), 1000), WrongInvokeId),
    ):
        both = associated()
        both.client.get(NAME)
        with pytest.raises(error):
            both.client.receive(answer)


def test_both_kinds_of_envelope_are_understood() -> None:
    both = associated()
    both.client.get(NAME)
    answer = meter_says(GetResponseNormal(0xC1, octets(b"x")).encode(), 1000, tag=0xDB)
    assert both.client.receive(answer) == GetResult(octets(b"x"))
    request = seal(
        bytes.fromhex("c001c10001") + bytes(NAME.obis) + b"\x02\x00",
        0xDB,
        client_material(200),
        CLIENT_TITLE,
        Protection.AUTHENTICATED_ENCRYPTED,
    )
    general = apdu.parse_apdu(both.server.receive(request) or b"")
    assert isinstance(general, Ciphered)
    assert (general.tag, general.title) == (0xDB, SERVER_TITLE)


# --- the server


def exception_of(both: Pair, request: bytes) -> str:
    answer = both.server.receive(request)
    assert answer is not None
    return answer.hex()


def test_the_server_refuses_what_is_not_vouched_for() -> None:
    both = associated()
    request = both.client.get(NAME)
    assert exception_of(both, bytes.fromhex("c001c100080000010000ff0200")) == "d80101"
    changed = bytearray(request)
    changed[-1] ^= 1
    assert exception_of(both, bytes(changed)) == "d80105"
    lowered = seal(b"\xc0\x01", 0xC8, client_material(300), CLIENT_TITLE, Protection.AUTHENTICATED)
    assert exception_of(both, lowered) == "d80105"
    assert both.server.receive(request) is not None
    replayed = exception_of(both, request)
    assert replayed.startswith("d80106")
    assert len(replayed) == 14
    assert both.server.client is not None


def test_a_write_cannot_be_replayed() -> None:
    both = associated()
    model = both.server._objects
    request = both.client.set(NAME, octets(b"new"))
    both.client.receive(both.server.receive(request) or b"")
    assert exception_of(both, request).startswith("d80106")
    both.server.disconnected()
    assert exception_of(both, request) == "d80101"
    assert getattr(model, "writes") == 1  # noqa: B009 - the model is a Protocol here


def test_the_counter_must_rise_for_as_long_as_the_key_lives() -> None:
    rows = table()
    first = pair(HIGH, associations=rows)
    first.run(first.client.associate())
    again = pair(HIGH, associations=rows)  # a client that starts at 100 again
    with pytest.raises(AssociationRejected) as rejected:
        again.run(again.client.associate())
    assert rejected.value.code == "cosem-authentication-failure"
    onward = pair(HIGH, associations=rows, material=client_material(5000))
    onward.run(onward.client.associate())
    assert onward.server.client is not None


def test_training_meters_may_let_counters_start_anew() -> None:
    rows = table(counters_per_association=True)
    for _attempt in range(3):
        both = pair(HIGH, associations=rows)
        both.run(both.client.associate())
        request = both.client.get(NAME)
        both.server.receive(request)
        assert exception_of(both, request).startswith("d80106")


def test_counters_are_handed_back_and_run_out() -> None:
    material = client_material(100)
    both = pair(HIGH, material=material)
    both.run(both.client.associate())
    assert material.counters.next_to_send == 103  # AARQ, proof, its message
    assert material.counters.received >= 2
    material.counters.next_to_send = 0xFFFF_FFFF
    both.run(both.client.get(NAME))
    with pytest.raises(ValueOutOfRange) as spent:
        both.client.get(NAME)
    assert spent.value.code == "cosem-counter-exhausted"


def test_a_meter_whose_counter_has_run_out_still_answers() -> None:
    rows = table()
    both = pair(HIGH, associations=rows)
    both.run(both.client.associate())
    spent = rows[-1].material
    assert spent is not None
    spent.counters.next_to_send = 1 << 32
    assert exception_of(both, both.client.get(NAME)) == "d80103"
    aare = apdu.parse_apdu(both.server.receive(both.client.associate()) or b"")
    assert isinstance(aare, Aare)
    assert aare.result is AssociationResult.REJECTED_PERMANENT


@pytest.mark.parametrize("key", ["ek", "ak"])
@pytest.mark.parametrize("ciphered", [True, False])
def test_wrong_keys(key: str, ciphered: bool) -> None:
    keys = {"ek": EK, "ak": AK} | {key: bytes(16)}
    material = SecurityMaterial(keys["ek"], keys["ak"], SERVER_TITLE, CLIENT_TITLE)
    both = pair(HIGH, material=material, ciphered=ciphered)
    with pytest.raises(AssociationRejected) as rejected:
        both.run(both.client.associate())
    assert rejected.value.code == "cosem-authentication-failure"
    assert both.server.client is None


def test_wrong_titles() -> None:
    for material, error in (
        (SecurityMaterial(EK, AK, SERVER_TITLE, b"HGFEDCBA"), AssociationRejected),
        (SecurityMaterial(EK, AK, b"OTHER123", CLIENT_TITLE), WrongSystemTitle),
    ):
        both = pair(HIGH, material=material)
        with pytest.raises(error):
            both.run(both.client.associate())
    learnt = SecurityMaterial(EK, AK, b"", CLIENT_TITLE)
    both = pair(HIGH, material=learnt)
    both.run(both.client.associate())
    assert both.client.association.system_title == SERVER_TITLE


def test_nothing_but_the_proof_before_the_proof() -> None:
    both = pair(HIGH)
    step = both.client.receive(both.server.receive(both.client.associate()) or b"")
    assert isinstance(step, NextRequest)
    early = seal(
        bytes.fromhex("c001c10001") + bytes(NAME.obis) + b"\x02\x00",
        0xC8,
        client_material(5000),
        CLIENT_TITLE,
        Protection.AUTHENTICATED_ENCRYPTED,
    )
    assert exception_of(both, early) == "d80101"
    assert both.server.client is None


def test_one_attempt_at_the_proof() -> None:
    both = pair(HIGH, ciphered=False)
    step = both.client.receive(both.server.receive(both.client.associate()) or b"")
    assert isinstance(step, NextRequest)
    wrong = bytearray(step.apdu)
    wrong[-1] ^= 1
    assert exception_of(both, bytes(wrong)) == "c701c10300"
    assert exception_of(both, step.apdu) == "d80101"


def test_a_proof_cannot_be_used_twice() -> None:
    both = associated(ciphered=False)
    with pytest.raises(MethodError):
        both.run(both.client.action(_reply(), octets(bytes(17))))
    assert both.server.client is not None


def _reply() -> Any:
    from hht.protocol.cosem.handshake import REPLY_TO_HLS

    return REPLY_TO_HLS


# --- a meter that is none


def false_aare(client: CosemClient, **changes: Any) -> bytes:
    """The AARE of a meter that has not the keys (or has, and lies elsewhere)."""
    client.associate()
    fields: dict[str, Any] = {
        "context": ApplicationContext.LN,
        "diagnostic": UserDiagnostic.AUTHENTICATION_REQUIRED,
        "user_information": InitiateResponse(AssociationRequest(1).conformance, 1024).encode(),
        "mechanism": Mechanism.GMAC,
        "authentication": bytes(range(16)),
        "server_title": SERVER_TITLE,
    }
    return Aare(**(fields | changes)).encode()


def gmac_client(**kwargs: Any) -> CosemClient:
    fields: dict[str, Any] = {"mechanism": Mechanism.GMAC, "material": client_material(), "ciphered": False}
    return CosemClient(AssociationRequest(HIGH, **(fields | kwargs)), random_bytes=random_source(1))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"diagnostic": UserDiagnostic.NULL, "mechanism": None, "authentication": None}, PeerNotProved),
        ({"mechanism": Mechanism.LOW}, PeerNotProved),
        ({"authentication": None}, PeerNotProved),
        ({"authentication": b"short"}, PeerNotProved),
        ({"authentication": bytes(65)}, PeerNotProved),
        ({"authentication": random_source(1)(16)}, PeerNotProved),  # the client's own challenge
        ({"server_title": None}, PeerNotProved),
        ({"server_title": b"OTHER123"}, WrongSystemTitle),
    ],
)
def test_a_meter_that_lowers_the_handshake(changes: dict[str, Any], error: type[Exception]) -> None:
    client = gmac_client()
    with pytest.raises(error):
        client.receive(false_aare(client, **changes))
    assert not client.associated


def test_a_meter_that_answers_in_the_clear() -> None:
    client = gmac_client(ciphered=True)
    with pytest.raises(PlaintextRefused):
        client.receive(false_aare(client))
    with pytest.raises(PlaintextRefused):
        client.receive(false_aare(client, context=ApplicationContext.LN_CIPHERED))


def test_a_meter_that_cannot_prove_itself() -> None:
    for proof in (bytes(17), b"", prove(random_source(1)(16), client_material(9), b"OTHER123")):
        client = gmac_client()
        client.receive(false_aare(client))
        answer = ActionResponseNormal(0xC1, ActionOutcome(ActionResult.SUCCESS, octets(proof))).encode()
        with pytest.raises(PeerNotProved):
            client.receive(answer)
        assert not client.associated


def test_a_low_client_is_not_led_into_another_handshake() -> None:
    client = CosemClient(AssociationRequest(17, Mechanism.LOW, b"Gurux"))
    with pytest.raises(ProtocolError):
        client.receive(false_aare(client))


# --- secrets


def test_no_secret_in_any_repr() -> None:
    material = client_material()
    request = AssociationRequest(1, Mechanism.GMAC, b"Gurux", material)
    both = associated()
    aarq = apdu.parse_apdu(pair(17).client.associate())
    shown = " ".join(map(repr, (material, request, both.client, both.server, aarq, table())))
    for secret in (EK, AK, b"Gurux"):
        assert repr(secret) not in shown
        assert secret.hex() not in shown
    assert "Gurux" not in shown


@pytest.mark.parametrize("size", [0, 15, 17, 24, 32])
def test_keys_of_another_length(size: int) -> None:
    for keys in ((bytes(size), AK), (EK, bytes(size))):
        with pytest.raises(ValueOutOfRange) as refused:
            SecurityMaterial(*keys)
        assert refused.value.code == "cosem-key-length"


def test_credentials_that_are_missing() -> None:
    for kwargs in (
        {"mechanism": Mechanism.LOW},
        {"mechanism": Mechanism.GMAC},
        {"ciphered": True},
        {"mechanism": Mechanism.GMAC, "material": SecurityMaterial(EK, AK)},
        {"mechanism": Mechanism.GMAC, "material": SecurityMaterial(EK, AK, CLIENT_TITLE, CLIENT_TITLE)},
        {"mechanism": Mechanism.HIGH_SHA256},
    ):
        with pytest.raises(ValueOutOfRange) as refused:
            AssociationRequest(1, **kwargs)
        assert refused.value.remedy


def test_methods_work_under_cover_too() -> None:
    both = associated()
    result = both.run(both.client.action(ECHO, octets(b"x")))
    assert getattr(result, "data", None) == octets(b"x")
