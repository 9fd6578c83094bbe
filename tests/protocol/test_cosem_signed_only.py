"""Messages that are signed and not ciphered, in suites 1 and 2: served, and as hard to forge or repeat as any other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hht.protocol.cosem import ecc
from hht.protocol.cosem.client import GetResult, SetDone
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.data import octets
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.errors import PlaintextRefused, SecurityError, ValueOutOfRange
from hht.protocol.cosem.general import GeneralHeader, GeneralSigning
from hht.protocol.cosem.get import GetResponseNormal
from hht.protocol.cosem.notifications import DataNotificationConfirm
from hht.protocol.cosem.security import InvocationCounters, Protection
from hht.protocol.frames import ProtocolError
from tests.protocol.cosem_pair import LONG, NAME, Model, Pair, expect
from tests.protocol.secured_pair import associated, materials, secured

SIGNED: dict[str, Any] = {"signed": True, "protection": Protection.NOTHING}
every_suite = pytest.mark.parametrize("suite", [1, 2])


def pair(suite: int, **more: Any) -> Pair:
    return associated(suite, Mechanism.HIGH_ECDSA, **(SIGNED | more))


def model_of(both: Pair) -> Model:
    model = both.server._objects
    assert isinstance(model, Model)
    return model


def goes_on(both: Pair) -> None:
    assert expect(GetResult, both.run(both.client.get(NAME))).data.as_bytes()


@every_suite
@pytest.mark.parametrize("mechanism", [Mechanism.GMAC, Mechanism.HIGH_ECDSA])
def test_requests_and_answers_are_signed_and_in_clear(suite: int, mechanism: Mechanism) -> None:
    both = associated(suite, mechanism, **SIGNED)
    request = both.client.get(NAME)
    answer = both.server.receive(request) or b""
    for message, content in ((request, b"\xc0\x01"), (answer, b"\xc4\x01")):
        assert message[0] == GeneralSigning.TAG
        assert content in message
    assert b"a meter" in answer
    assert expect(GetResult, both.client.receive(answer)).data.as_bytes() == b"a meter"
    assert isinstance(both.run(both.client.set(NAME, octets(b"another"))), SetDone)
    assert model_of(both).writes == 1


@every_suite
def test_a_long_value_in_blocks(suite: int) -> None:
    both = pair(suite, max_pdu=400)
    model_of(both).values[LONG] = octets(bytes(range(256)) * 8)
    assert expect(GetResult, both.run(both.client.get(LONG))).data.as_bytes() == bytes(range(256)) * 8


@every_suite
def test_what_is_changed_on_the_way(suite: int) -> None:
    both = pair(suite)
    request = both.client.set(NAME, octets(b"another"))
    for at in range(0, len(request), 5):
        forged = bytearray(request)
        forged[at] ^= 0x01
        assert (both.server.receive(bytes(forged)) or b"")[:1] == b"\xd8", at
    assert model_of(both).writes == 0
    assert isinstance(both.client.receive(both.server.receive(request) or b""), SetDone)
    for at in range(0, len(both.server.receive(both.client.get(NAME)) or b""), 5):
        forged = bytearray(both.server.receive(both.client.get(NAME)) or b"")
        forged[at] ^= 0x01
        with pytest.raises(ProtocolError):
            both.client.receive(bytes(forged))
    goes_on(both)


@every_suite
def test_what_comes_again(suite: int) -> None:
    both = pair(suite)
    request = both.client.set(NAME, octets(b"another"))
    old = both.server.receive(request) or b""
    assert isinstance(both.client.receive(old), SetDone)
    assert (both.server.receive(request) or b"").hex().startswith("d80106")
    both.client.get(NAME)
    with pytest.raises(SecurityError) as refused:
        both.client.receive(old)
    assert refused.value.code == "cosem-transaction"
    both.run(both.client.associate())
    assert (both.server.receive(request) or b"")[:1] == b"\xd8"
    assert model_of(both).writes == 1
    goes_on(both)


@every_suite
def test_what_is_stripped_of_its_signature(suite: int) -> None:
    both = pair(suite)
    both.client.get(NAME)
    for invoke in range(0xC1, 0xD0):
        with pytest.raises(PlaintextRefused):
            both.client.receive(GetResponseNormal(invoke, octets(b"stripped")).encode())
    plain = bytes.fromhex("c101c10001") + bytes(NAME.obis) + bytes.fromhex("0200090161")
    assert (both.server.receive(plain) or b"").hex() == "d80101"
    assert model_of(both).writes == 0


@pytest.mark.parametrize("training", [True, False])
def test_a_client_that_numbers_nothing_is_served_in_training_only(training: bool) -> None:
    both = pair(1, counters_per_association=training)
    channel = both.client._channel
    assert channel is not None
    header = GeneralHeader(b"", channel.own_title, channel.peer_title)
    message = GeneralSigning(header, bytes.fromhex("c001c10001") + bytes(NAME.obis) + bytes.fromhex("0200"))
    key = channel.material.ecc.signing_key
    assert key is not None
    wire = replace(message, signature=ecc.sign(key, message.signed)).encode()
    assert (both.server.receive(wire) or b"")[0] == GeneralSigning.TAG  # the first is nobody's replay
    assert (both.server.receive(wire) or b"")[0] == (GeneralSigning.TAG if training else 0xD8)


def test_a_transaction_is_the_counter_that_was_taken() -> None:
    """A reservation may leap, because another program uses the key too; what it leapt over is not ours."""
    counters = InvocationCounters(5, reserve=lambda least: (least + 7, least + 8))
    client, _meter = materials(1)
    both = pair(1, client=replace(client, counters=counters))
    request = both.client.get(NAME)
    assert int.from_bytes(request[2:10], "big") == counters.next_to_send - 1


def test_a_confirmation_comes_between_a_request_and_its_answer() -> None:
    """It is signed under a transaction of its own, and the answer is that of the request all the same."""
    both = pair(1)
    request = both.client.get(NAME)
    answer = both.server.receive(request) or b""
    channel = both.client._channel
    assert channel is not None
    confirm = channel.seal(DataNotificationConfirm(1).encode())
    assert both.server.receive(confirm) is None
    assert confirm[2:10] > request[2:10]
    assert isinstance(both.client.receive(answer), GetResult)
    goes_on(both)


@every_suite
def test_a_client_that_wants_ciphering_takes_no_signature_for_it(suite: int) -> None:
    """Somebody who could sign for the meter would still not be believed in clear."""
    both = associated(suite, Mechanism.HIGH_ECDSA, signed=True)
    request = both.client.get(NAME)
    channel = both.server._standing.admitted.channel if both.server._standing else None
    assert channel is not None
    both.server.receive(request)
    channel.signs_only = True
    with pytest.raises(PlaintextRefused):
        both.client.receive(channel.seal(GetResponseNormal(request[0], octets(b"in clear")).encode()))


@every_suite
def test_a_meter_that_wants_messages_hidden_does_not_take_it(suite: int) -> None:
    both = pair(suite, minimum=Protection.AUTHENTICATED_ENCRYPTED)
    assert (both.server.receive(both.client.get(NAME)) or b"").hex() == "d80101"


@pytest.mark.parametrize(
    ("suite", "more"), [(0, {}), (1, {"signed": False}), (1, {"envelope": Envelope.GENERAL_GLOBAL})]
)
def test_where_there_is_no_such_thing(suite: int, more: dict[str, Any]) -> None:
    with pytest.raises(ValueOutOfRange) as refused:
        secured(suite, Mechanism.HIGH_ECDSA, **(SIGNED | more))
    assert refused.value.code in ("cosem-envelope", "cosem-keys-missing")
