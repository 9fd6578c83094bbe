"""Somebody between terminal and meter who makes every checksum right again: his attacks are refused one by one, and the
conversation goes on when he has gone."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drivers.in_process import InProcessLink
from hht.client.meter_session import MeterSession
from hht.clock import ManualClock
from hht.emulation.port_server import PortHead, PortServer
from hht.errors import HhtError
from hht.link_url import parse_link_url
from hht.model.premises import load_premises
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.general import GeneralCiphering, GeneralSigning
from hht.protocol.hdlc import Control, Frame, FrameReader
from ui.compose import AssociationOptions, Composer

CLOCK = ManualClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
LLC = 3  # octets before an APDU
WAYS = [
    ("gmac", 0, "glo", False), ("gmac", 1, "general-glo", False), ("gmac", 2, "ded", False),
    ("sha256", 0, "general-ded", False), ("ecdsa", 1, "one-pass-key", False), ("ecdsa", 2, "static-key", True),
    ("ecdsa", 1, "glo", True), ("gmac", 2, "wrapped-key", False), ("gmac", 1, "identified-key", False),
]  # fmt: skip
Attack = Callable[["InBetween", bytes], bytes]


class InBetween:
    """A port in front of the meter's: what the meter says passes through `attack`, frame by frame."""

    def __init__(self, port: PortServer) -> None:
        self._port = port
        self._reader = FrameReader()
        self.attack: Attack | None = None
        self.heard: list[bytes] = []

    def attach(self, send: Callable[[bytes], None]) -> PortHead:
        def pass_on(data: bytes) -> None:
            for part in self._reader.feed(data):
                send(self._passed(part))

        return self._port.attach(pass_on)

    def _passed(self, part: object) -> bytes:
        assert isinstance(part, Frame), part
        if part.control is not Control.I or part.segmented:
            return part.encode()
        apdu = part.info[LLC:]
        self.heard.append(apdu)
        if self.attack is None:
            return part.encode()
        return replace(part, info=part.info[:LLC] + self.attack(self, apdu)).encode()


def changed_tag(_self: InBetween, apdu: bytes) -> bytes:
    return apdu[:-1] + bytes((apdu[-1] ^ 1,))


def changed_ciphertext(_self: InBetween, apdu: bytes) -> bytes:
    return apdu[:-13] + bytes((apdu[-13] ^ 1,)) + apdu[-12:]


def replayed(self: InBetween, _apdu: bytes) -> bytes:
    return self.heard[-2]


def stripped(_self: InBetween, _apdu: bytes) -> bytes:
    return bytes.fromhex("c401c100090c07ea0b15060c000000000000")


def excepted(_self: InBetween, _apdu: bytes) -> bytes:
    return bytes.fromhex("d80102")


def service_error(_self: InBetween, _apdu: bytes) -> bytes:
    return bytes.fromhex("0e060203")


def lowered(_self: InBetween, apdu: bytes) -> bytes:
    message = parse_apdu(apdu)
    if isinstance(message, GeneralSigning):
        return replace(message, content=lowered(_self, message.content)).encode()
    assert isinstance(message, Ciphered | GeneralCiphering)
    return replace(message, counter=0).encode()


def less_protected(_self: InBetween, apdu: bytes) -> bytes:
    message = parse_apdu(apdu)
    if isinstance(message, GeneralSigning):
        return replace(message, content=less_protected(_self, message.content)).encode()
    assert isinstance(message, Ciphered | GeneralCiphering)
    return replace(message, control=message.control & ~0x20).encode()


CODES = {
    changed_tag: {"cosem-tag", "cosem-signature"},
    changed_ciphertext: {"cosem-tag", "cosem-signature"},
    replayed: {"cosem-counter", "cosem-transaction"},
    stripped: {"cosem-plaintext"},
    excepted: {"cosem-unprotected-refusal"},
    service_error: {"cosem-unprotected-refusal"},
    lowered: {"cosem-counter", "cosem-tag", "cosem-signature"},
    less_protected: {"cosem-protection-lowered", "cosem-signature"},
}


@pytest.mark.parametrize("attack", CODES, ids=lambda attack: attack.__name__)
@pytest.mark.parametrize(("security", "suite", "envelope", "signed"), WAYS)
async def test_refused_and_gone_on(security: str, suite: int, envelope: str, signed: bool, attack: Attack) -> None:
    middle = InBetween(PortServer(load_premises("single-element", clock=CLOCK, days=1).device()))
    options = AssociationOptions(security=security, suite=suite, envelope=envelope, signed=signed, training=True)
    association = Composer(CLOCK, training=True).association(parse_link_url("tcp://127.0.0.1:1"), options)
    session = MeterSession(
        lambda: InProcessLink(middle, clock=CLOCK), association, clock=CLOCK, random_bytes=secrets.token_bytes
    )
    await session.open()
    try:
        genuine = await session.read_clock()
        for _time in range(3):
            middle.attack = attack
            with pytest.raises(HhtError) as refused:
                await session.read_clock()
            assert refused.value.code in CODES[attack]
            assert refused.value.remedy
            middle.attack = None
            assert (await session.read_clock()).status == genuine.status
    finally:
        await session.close()
