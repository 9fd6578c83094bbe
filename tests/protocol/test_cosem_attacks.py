"""Somebody in between, in every suite and envelope: what is changed, old, stripped, lowered or misdirected is refused.

After each refusal the genuine answer to the next request is taken: the association goes on as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hht.protocol.cosem import apdu
from hht.protocol.cosem.access import AccessSet
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.client import CosemClient, GetResult, SetDone
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.data import Data, octets
from hht.protocol.cosem.descriptors import CosemMethod
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.errors import (
    AssociationRejected,
    CosemRefusal,
    CounterReplayed,
    NotSupported,
    PlaintextRefused,
    SecurityError,
    ServiceRejected,
    TagMismatch,
    UnprotectedRefusal,
    WrongInvokeId,
    WrongSystemTitle,
)
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning
from hht.protocol.cosem.get import GetResponseNormal
from hht.protocol.cosem.security import InvocationCounters, Protection, SecurityMaterial
from hht.protocol.frames import ProtocolError
from tests.protocol.cosem_pair import ECHO, NAME, SERVER_TITLE, Model, Pair, expect
from tests.protocol.secured_pair import MODES, associated, secured

every_mode = pytest.mark.parametrize(("suite", "envelope", "signed"), MODES)
OTHER = octets(b"another")


def answer(both: Pair) -> bytes:
    """The meter's genuine answer to a read that the client now waits for."""
    genuine = both.server.receive(both.client.get(NAME))
    assert genuine is not None
    return genuine


def goes_on(both: Pair) -> None:
    """The next request is served and its answer taken."""
    assert expect(GetResult, both.run(both.client.get(NAME))).data.as_bytes()


def model_of(both: Pair) -> Model:
    model = both.server._objects
    assert isinstance(model, Model)
    return model


def meter_material(both: Pair) -> SecurityMaterial:
    """What the meter seals with: the dedicated key where there is one."""
    standing = both.server._standing
    assert standing is not None
    channel = standing.admitted.channel
    assert channel is not None
    return channel._dedicated or channel.material


def places(size: int, first: int = 0) -> Iterator[int]:
    """Octets to change: all at both ends, and some between (a signature takes its time)."""
    yield from (at for at in range(first, size) if at < 48 or at >= size - 16 or at % 7 == 0)


@pytest.mark.sampled(one_in=2)
@every_mode
def test_a_changed_answer(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    for at in places(len(answer(both))):
        forged = bytearray(answer(both))
        forged[at] ^= 0x01
        with pytest.raises(ProtocolError) as refused:
            both.client.receive(bytes(forged))
        assert refused.value.code.startswith("cosem-")
        assert refused.value.remedy
    goes_on(both)


@every_mode
def test_a_changed_tag_and_a_changed_ciphertext(suite: int, envelope: Envelope, signed: bool) -> None:
    """Where the signature is outside it is the first to notice."""
    both = associated(suite, envelope=envelope, signed=signed)
    outside = suite and signed and not envelope.is_general
    tail = 12 if not outside else 12 + 65 + (32 if suite == 2 else 0)
    for back in (tail - 11, tail + 3):
        forged = bytearray(answer(both))
        forged[-back] ^= 0x80
        with pytest.raises(SecurityError) as refused:
            both.client.receive(bytes(forged))
        assert refused.value.code == ("cosem-signature" if outside else "cosem-tag")
    goes_on(both)


@every_mode
def test_a_changed_request(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    request = both.client.set(NAME, OTHER)
    for at in places(len(request)):
        forged = bytearray(request)
        forged[at] ^= 0x01
        said = both.server.receive(bytes(forged)) or b""
        assert said[:1] == b"\xd8", (at, said.hex())
    assert model_of(both).writes == 0
    assert both.client.receive(both.server.receive(request) or b"") == SetDone()
    goes_on(both)


@every_mode
def test_a_replayed_answer(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    old = answer(both)
    both.client.receive(old)
    for _round in range(16):  # the invoke-id comes round again
        both.client.get(NAME)
        with pytest.raises(SecurityError) as refused:
            both.client.receive(old)
        assert refused.value.code in ("cosem-counter", "cosem-transaction")
    goes_on(both)


@every_mode
def test_a_replayed_request(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    request = both.client.set(NAME, OTHER)
    assert both.client.receive(both.server.receive(request) or b"") == SetDone()
    assert (both.server.receive(request) or b"").hex().startswith("d80106")
    both.run(both.client.associate())
    assert (both.server.receive(request) or b"")[:1] == b"\xd8"
    assert model_of(both).writes == 1
    goes_on(both)


@every_mode
def test_a_lowered_counter(suite: int, envelope: Envelope, signed: bool) -> None:
    """The meter itself goes back: an older message with the genuine keys."""
    both = associated(suite, envelope=envelope, signed=signed)
    goes_on(both)
    counters = meter_material(both).counters
    high, counters.next_to_send = counters.next_to_send, 0
    with pytest.raises(CounterReplayed) as refused:
        both.client.receive(answer(both))
    assert refused.value.code == "cosem-counter"
    counters.next_to_send = high - 1  # equal to the last one
    with pytest.raises(CounterReplayed):
        both.client.receive(answer(both))
    counters.next_to_send = high
    goes_on(both)


@every_mode
def test_a_stripped_answer(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    plain = GetResponseNormal(0xC1, octets(b"stripped"))
    for invoke in range(0xC1, 0xD0):
        both.client.get(NAME)
        with pytest.raises(PlaintextRefused) as refused:
            both.client.receive(replace(plain, invoke=invoke).encode())
        assert refused.value.code == "cosem-plaintext"
    goes_on(both)


@every_mode
def test_a_stripped_request(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    plain = bytes.fromhex("c101c10001") + bytes(NAME.obis) + bytes.fromhex("0200090161")
    assert (both.server.receive(plain) or b"").hex() == "d80101"
    assert model_of(both).writes == 0
    goes_on(both)


@every_mode
def test_the_answer_to_another_request(suite: int, envelope: Envelope, signed: bool) -> None:
    """Held back, and given when something else is asked: genuine and new, but not the answer."""
    both = associated(suite, envelope=envelope, signed=signed)
    held = answer(both)
    both.client.get(NAME)
    with pytest.raises(ProtocolError) as refused:
        both.client.receive(held)
    assert isinstance(refused.value, WrongInvokeId) or refused.value.code == "cosem-transaction"
    goes_on(both)


@every_mode
def test_another_system_title(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    standing = both.server._standing
    assert standing is not None
    channel = standing.admitted.channel
    assert channel is not None
    genuine = channel.seal

    def by_another(plain: bytes) -> bytes:
        channel.own_title = b"OTHER123"
        return genuine(plain)

    channel.seal = by_another  # type: ignore[method-assign]
    said = answer(both)
    with pytest.raises(SecurityError) as refused:
        both.client.receive(said)
    assert isinstance(refused.value, WrongSystemTitle if envelope.is_general or signed else TagMismatch)
    channel.seal, channel.own_title = genuine, SERVER_TITLE  # type: ignore[method-assign]
    goes_on(both)


@every_mode
@pytest.mark.parametrize("lowered", [Protection.AUTHENTICATED, Protection.ENCRYPTED, Protection.NOTHING])
def test_lowered_protection(suite: int, envelope: Envelope, signed: bool, lowered: Protection) -> None:
    """A meter (or somebody with its keys) that protects less than was agreed; and a client that does."""
    both = associated(suite, envelope=envelope, signed=signed)
    standing = both.server._standing
    client = both.client._channel
    assert standing is not None
    assert client is not None
    channel = standing.admitted.channel
    assert channel is not None
    request = both.client.get(NAME)
    channel.protection = lowered
    said = both.server.receive(request) or b""
    with pytest.raises(SecurityError) as refused:
        both.client.receive(said)
    assert refused.value.code == "cosem-protection-lowered"
    channel.protection = Protection.AUTHENTICATED_ENCRYPTED
    client.protection = lowered
    assert (both.server.receive(both.client.set(NAME, OTHER)) or b"").hex() == "d80105"
    assert model_of(both).writes == 0
    client.protection = Protection.AUTHENTICATED_ENCRYPTED
    goes_on(both)


@pytest.mark.parametrize(("suite", "envelope", "signed"), [mode for mode in MODES if mode[2]])
def test_a_missing_signature(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    client = both.client._channel
    assert client is not None
    client.signed = False
    request = both.client.get(NAME)
    client.signed = True
    with pytest.raises(SecurityError) as refused:
        both.client.receive(both.server.receive(request) or b"")  # in kind: without a signature
    assert refused.value.code == "cosem-signature-missing"
    goes_on(both)


@every_mode
@pytest.mark.parametrize("bit", [0x40, 0x80])
def test_broadcast_and_compression_are_refused_in_a_sentence(
    suite: int, envelope: Envelope, signed: bool, bit: int
) -> None:
    both = associated(suite, envelope=envelope, signed=False)
    del signed
    message = apdu.parse_apdu(answer(both))
    assert isinstance(message, Ciphered | GeneralCiphering)
    with pytest.raises(NotSupported) as refused:
        both.client.receive(replace(message, control=message.control | bit).encode())
    assert refused.value.code == ("cosem-compressed" if bit == 0x80 else "cosem-suite")
    goes_on(both)


def test_layers_within_layers() -> None:
    """A ciphered message inside a ciphered one, a signed one in a signed one: refused, not followed."""
    both = associated(1, envelope=Envelope.GENERAL_GLOBAL)
    standing = both.server._standing
    assert standing is not None
    channel = standing.admitted.channel
    assert channel is not None
    both.client.get(NAME)
    with pytest.raises(SecurityError):
        both.client.receive(channel.seal(channel.seal(GetResponseNormal(0xC1, OTHER).encode())))
    both = associated(1, envelope=Envelope.GLOBAL, signed=True)
    genuine = apdu.parse_apdu(answer(both))
    assert isinstance(genuine, GeneralSigning)
    twice = replace(genuine, content=genuine.encode())
    with pytest.raises(ProtocolError):
        both.client.receive(twice.encode())
    goes_on(both)


# --- unprotected messages of every kind, in place of the genuine answer

PLAIN = {
    "get-response": "c401c1000600000001",
    "get-response refused": "c401c10103",
    "get-response with a list": "c403c101000600000001",
    "get-response, block": "c402c10100000001000506000000ff",
    "set-response": "c501c100",
    "set-response refused": "c501c103",
    "set-response with a list": "c505c10100",
    "set-response, block": "c502c100000001",
    "set-response, last block": "c503c10000000001",
    "action-response": "c701c10000",
    "action-response refused": "c701c10300",
    "action-response with a list": "c703c1010000",
    "access-response": "da400000010000010001000100",
    "exception": "d80102",
    "exception, not deciphered": "d80105",
    "exception, counter": "d8010600000064",
    "confirmed-service-error": "0e060203",
    "confirmed-service-error, not deciphered": "0e010006",
    "data-notification": "0f00000001000600000001",
    "event-notification": "c20000010000600100ff020600000001",
    "AARE": "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f0400225edfff00000007",
    "RLRE": "6303800100",
    "initiate-response": "0800065f1f0400225edfff00000007",
}
METHODS: list[tuple[CosemMethod, Data | None]] = [(ECHO, OTHER)]
OPERATIONS: dict[str, Callable[[CosemClient], bytes]] = {
    "get": lambda client: client.get(NAME),
    "get, streamed": lambda client: client.get(NAME, stream=True),
    "get with a list": lambda client: client.get_list([NAME]),
    "set": lambda client: client.set(NAME, OTHER),
    "set with a list": lambda client: client.set_list([(NAME, OTHER)]),
    "action": lambda client: client.action(ECHO, OTHER),
    "action with a list": lambda client: client.action_list(METHODS),
    "access": lambda client: client.access([(AccessSet(NAME), OTHER)]),
}


@pytest.mark.sampled(one_in=4)
@pytest.mark.parametrize("asked", OPERATIONS)
@every_mode
def test_nothing_unprotected_answers_anything(suite: int, envelope: Envelope, signed: bool, asked: str) -> None:
    """Neither as a value nor as the meter's "no": after a write nobody may say that it did not happen."""
    both = associated(suite, envelope=envelope, signed=signed)
    for kind, plain in PLAIN.items():
        request = OPERATIONS[asked](both.client)
        assert both.server.receive(request), "the meter has done what was asked"
        with pytest.raises(ProtocolError) as refused:
            both.client.receive(bytes.fromhex(plain))
        assert not isinstance(refused.value, CosemRefusal), kind
        unprotected = kind.startswith(("exception", "confirmed"))
        assert isinstance(refused.value, UnprotectedRefusal) == unprotected, kind
        assert refused.value.remedy
    goes_on(both)


def test_an_unprotected_refusal_says_both_what_it_may_be() -> None:
    both = associated(0)
    both.client.set(NAME, OTHER)
    with pytest.raises(UnprotectedRefusal) as refused:
        both.client.receive(bytes.fromhex("0e060203"))
    assert refused.value.code == "cosem-unprotected-refusal"
    assert "not believed" in refused.value.message
    assert "no change of state" in refused.value.message
    assert "in between" in refused.value.remedy
    assert "lost its keys" in refused.value.remedy


def test_a_protected_refusal_is_the_meters() -> None:
    both = associated(1, envelope=Envelope.GENERAL_GLOBAL)
    standing = both.server._standing
    assert standing is not None
    channel = standing.admitted.channel
    assert channel is not None
    both.server.receive(both.client.set(NAME, OTHER))
    with pytest.raises(ServiceRejected):
        both.client.receive(channel.seal(bytes.fromhex("d80102")))


# --- the opening


@pytest.mark.parametrize("mechanism", [Mechanism.GMAC, Mechanism.HIGH_SHA256, Mechanism.HIGH_ECDSA])
@pytest.mark.parametrize("suite", [0, 1, 2])
def test_every_octet_of_the_opening(suite: int, mechanism: Mechanism) -> None:
    """AARE and proof with any octet changed: no association, a clear code."""
    genuine: list[bytes] = []
    both = secured(suite, mechanism)
    both.run(both.client.associate())
    genuine = list(both.to_client)
    for message, octets_of_it in enumerate(genuine):
        for at in places(len(octets_of_it)):
            both = secured(suite, mechanism)
            with pytest.raises((ProtocolError, AssociationRejected)) as refused:
                run_changed(both, message, at)
            assert refused.value.code.startswith("cosem-")
            assert not both.client.associated


def run_changed(both: Pair, message: int, at: int) -> None:
    """Associate; octet `at` of the meter's answer number `message` is changed on the way."""
    request = both.client.associate()
    for number in range(2):
        said = bytearray(both.server.receive(request) or b"")
        if number == message:
            said[at] ^= 0x01
        step = both.client.receive(bytes(said))
        request = getattr(step, "apdu", b"")
    raise HarmlessChange(at)


class HarmlessChange(ProtocolError):
    """The association stands all the same."""

    def __init__(self, at: int) -> None:
        super().__init__("", remedy="", code=f"harmless {at}")


@pytest.mark.parametrize("mechanism", [Mechanism.HIGH_SHA256, Mechanism.HIGH_ECDSA])
def test_a_recorded_opening_opens_nothing_again(mechanism: Mechanism) -> None:
    """The meter's whole half of an earlier handshake, played to a client with another challenge."""
    both = secured(1, mechanism, counters_per_association=True)
    both.run(both.client.associate())
    aare, proof = both.to_client
    client = secured(1, mechanism, counters_per_association=True).client
    client._random_bytes = lambda count: b"\x55" * count
    client.associate()
    client.receive(aare)
    with pytest.raises(SecurityError):
        client.receive(proof)
    assert not client.associated


def test_strict_counters_outlive_the_association() -> None:
    """Every message of one association, replayed in the next: refused by a meter that keeps its counters."""
    both = associated(1)
    both.run(both.client.set(NAME, OTHER))
    old = list(both.to_server)
    both.server.disconnected()
    for message in old:
        said = both.server.receive(message) or b""
        assert said[:1] in (b"\x61", b"\xd8")
    assert both.server.client is None
    assert model_of(both).writes == 1


def test_a_key_with_fresh_counters_at_the_meter_takes_any_first_message() -> None:
    counters = InvocationCounters()
    counters.check(0)
    counters.accept(0)
    with pytest.raises(CounterReplayed):
        counters.check(0)
