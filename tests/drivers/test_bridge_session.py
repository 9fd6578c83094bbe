"""How a bridge proves who it is: no record is changed, repeated, swapped or left out unnoticed."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.bridge_session import (
    HELLO,
    MOST,
    PROOF,
    SEALED,
    BridgeEnd,
    Records,
    SessionBroken,
    TerminalEnd,
    code_of,
    is_code_of,
    record,
)

IDENTITY = Ed25519PrivateKey.from_private_bytes(b"i" * 32)


class Session:
    """Both ends, their records passed on by whoever stands between."""

    def __init__(self, seed: int = 1) -> None:
        chance = random.Random(seed)
        self.terminal = TerminalEnd(chance.randbytes)
        self.bridge = BridgeEnd(IDENTITY, chance.randbytes)

    def proof(self) -> bytes:
        """What the bridge answers to the terminal's hello."""
        ((kind, body),) = Records().feed(self.terminal.hello())
        answer, _inner, _octets = self.bridge.heard(kind, body)
        return answer

    def begin(self) -> Session:
        ((kind, body),) = Records().feed(self.proof())
        assert self.terminal.proved(kind, body) == self.bridge.key
        return self

    def down(self, octets: bytes) -> bytes:
        """What the terminal makes of these octets."""
        return b"".join(self.terminal.heard(kind, body) for kind, body in Records().feed(octets))

    def up(self, octets: bytes) -> list[tuple[int, bytes]]:
        """What the bridge makes of them."""
        return [self.bridge.heard(kind, body)[1:] for kind, body in Records().feed(octets)]


def test_bytes_and_speeds_go_both_ways_in_pieces_of_any_size() -> None:
    session = Session().begin()
    assert session.terminal.key == IDENTITY.public_key().public_bytes_raw()
    long = bytes(range(256)) * 5
    assert session.down(session.bridge.data(long)) == long
    assert session.up(session.terminal.data(b"/?!\r\n") + session.terminal.line(9600)) == [
        (0, b"/?!\r\n"), (1, (9600).to_bytes(4, "big"))
    ]  # fmt: skip
    records, sent = Records(), session.bridge.data(long)
    found = b"".join(
        session.terminal.heard(kind, body) for at in range(len(sent)) for kind, body in records.feed(sent[at : at + 1])
    )
    assert found == long
    assert b"/?!" not in session.terminal.data(b"/?!\r\n"), "nobody reads along"


def test_every_changed_bit_of_the_proof_and_of_a_record_is_refused() -> None:
    whole = Session().proof()
    for at in range(len(whole) * 8):
        changed = bytearray(whole)
        changed[at // 8] ^= 1 << at % 8
        session = Session()
        session.proof()
        with pytest.raises(SessionBroken):
            _take(session, bytes(changed))
    sealed = Session().begin().bridge.data(b"1-0:1.8.0(00123.4*kWh)")
    for at in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[at // 8] ^= 1 << at % 8
        session = Session().begin()
        assert not _heard(session, bytes(changed))


def _take(session: Session, octets: bytes) -> None:
    """What the terminal does with a proof; one that is still to come whole is as good as refused."""
    for kind, body in Records().feed(octets):
        session.terminal.proved(kind, body)
        return
    raise SessionBroken("not whole")


def _heard(session: Session, octets: bytes) -> bytes:
    try:
        return session.down(octets)
    except SessionBroken:
        return b""


def test_what_is_repeated_swapped_left_out_or_of_another_session_is_refused() -> None:
    session = Session().begin()
    first, second = session.bridge.data(b"first"), session.bridge.data(b"second")
    assert session.down(first) == b"first"
    with pytest.raises(SessionBroken):
        session.down(first)
    swapped = Session().begin()
    swapped.bridge.data(b"first")
    with pytest.raises(SessionBroken):
        swapped.down(swapped.bridge.data(b"second"))
    with pytest.raises(SessionBroken):
        Session(2).begin().down(second)
    echoed = Session().begin()
    with pytest.raises(SessionBroken):
        echoed.down(echoed.terminal.data(b"what was sent comes back"))
    again = Session().begin()
    sent = again.terminal.data(b"set the clock")
    assert again.up(sent) == [(0, b"set the clock")]
    with pytest.raises(SessionBroken):
        again.up(sent)


def test_an_old_proof_and_another_s_key_prove_nothing() -> None:
    old = Session(1).proof()
    ((kind, body),) = Records().feed(old)
    with pytest.raises(SessionBroken):
        TerminalEnd(random.Random(2).randbytes).proved(kind, body)
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    claimed = IDENTITY.public_key().public_bytes_raw() + body[32:64] + other.sign(body)
    with pytest.raises(SessionBroken):
        Session(1).terminal.proved(kind, claimed)
    with pytest.raises(SessionBroken):
        Session(1).terminal.proved(SEALED, body)


def test_nothing_is_taken_before_the_proof_and_no_record_is_longer_than_it_may_be() -> None:
    fresh = Session()
    with pytest.raises(SessionBroken):
        fresh.terminal.data(b"x")
    with pytest.raises(SessionBroken):
        fresh.terminal.heard(SEALED, bytes(30))
    with pytest.raises(SessionBroken):
        fresh.bridge.heard(SEALED, bytes(30))
    assert fresh.bridge.data(b"nobody is there") == b""
    for kind, length in ((HELLO, 31), (PROOF, 129), (SEALED, 16), (SEALED, 16 + MOST + 2), (9, 5)):
        with pytest.raises(SessionBroken):
            list(Records().feed(record(kind, bytes(length))))
    low = bytes(32)  # a key that gives no secret
    with pytest.raises(SessionBroken):
        fresh.bridge.heard(HELLO, low)


def test_a_code_is_read_as_people_type_it() -> None:
    key = IDENTITY.public_key().public_bytes_raw()
    code = code_of(key)
    assert len(code.replace("-", "")) == 20
    for typed in (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')} "):
        assert is_code_of(typed, key)
    for wrong in ("", code[:-1], code + "A", code_of(bytes(32))):
        assert not is_code_of(wrong, key)
