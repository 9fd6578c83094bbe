"""Protected messages as trees: every octet in its place, nothing secret in the clear, nothing nested without end."""

from __future__ import annotations

import pytest

from hht.protocol.cosem.data import octets
from hht.protocol.cosem.dissect import dissect_apdu
from hht.protocol.cosem.envelopes import Envelope
from hht.protocol.cosem.general import GeneralHeader, GeneralSigning
from hht.protocol.cosem.security import Protection
from hht.protocol.frames import Node
from tests.protocol.cosem_pair import NAME
from tests.protocol.secured_pair import MODES, associated
from tests.protocol.test_cosem_vectors import assert_no_gap


def every(node: Node) -> list[Node]:
    return [node, *(below for child in node.children for below in every(child))]


@pytest.mark.parametrize(("suite", "envelope", "signed"), MODES)
def test_each_envelope(suite: int, envelope: Envelope, signed: bool) -> None:
    both = associated(suite, envelope=envelope, signed=signed)
    both.run(both.client.get(NAME))
    for message in both.to_server + both.to_client:
        tree = dissect_apdu(message)
        assert not [node.error for node in every(tree) if node.error]
        assert_no_gap(tree)
    labels = [node.label for node in every(dissect_apdu(both.to_client[-1]))]
    assert "authentication tag" in labels or (signed and envelope.is_general)
    assert ("key information" in labels) == envelope.is_general_ciphering
    assert ("signature" in labels) == (signed and not envelope.is_general)


@pytest.mark.parametrize("envelope", [Envelope.GLOBAL, Envelope.GENERAL_GLOBAL, Envelope.WRAPPED_KEY])
def test_what_is_only_authenticated_is_not_shown(envelope: Envelope) -> None:
    both = associated(1, envelope=envelope, protection=Protection.AUTHENTICATED)
    both.run(both.client.set(NAME, octets(b"a password perhaps")))
    shown = " ".join(node.value for node in every(dissect_apdu(both.to_server[-1])))
    assert b"a password perhaps" in both.to_server[-1]
    assert "password" not in shown
    assert b"a password".hex(" ").upper() not in shown


@pytest.mark.parametrize("size", range(38))
def test_a_message_that_ends_too_early(size: int) -> None:
    both = associated(1, envelope=Envelope.ONE_PASS_KEY)
    both.run(both.client.get(NAME))
    tree = dissect_apdu(both.to_client[-1][: 5 * size])
    assert [node for node in every(tree) if node.error] or not tree.children


def test_signatures_in_signatures_end() -> None:
    message = bytes.fromhex("c001c100080000010000ff0200")
    for _layer in range(2000):
        message = GeneralSigning(GeneralHeader(), message, b"").encode()
    assert [node for node in every(dissect_apdu(message)) if node.error]
