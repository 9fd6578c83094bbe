"""GBCS: messages and blocks of them, and what they carry."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from functools import cache
from random import Random
from typing import Final

from hht.client.radio.alerts import AlertTray
from hht.emulation.gbcs.pki import ORGANISATIONS, USAGES, organisation_certificate
from hht.protocol.cosem.lengths import encode_length
from hht.protocol.frames import FrameError, ProtocolError
from hht.protocol.gbcs.alerts import read_alert
from hht.protocol.gbcs.block_flow import BlocksIn, is_acknowledgement
from hht.protocol.gbcs.blocks import parse_block, split
from hht.protocol.gbcs.boundary import look
from hht.protocol.gbcs.building import contents
from hht.protocol.gbcs.certificates import read_certificate
from hht.protocol.gbcs.certification import read_request
from hht.protocol.gbcs.envelope import CIPHERING, SECURITY_HEADER, parse
from hht.protocol.gbcs.errors import CertificateUnreadable, MalformedMessage
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.payload import encode_payload, parse_payload
from hht.protocol.gbcs.results import operations
from hht.protocol.gbcs.segments import segments
from hht.protocol.gbcs.trust_anchors import TrustAnchors
from hht.protocol.zigbee.handheld import Envelope
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target
from tests.fuzz.targets.decoders import whole_tree
from tests.support.gbcs_parts import header_of, issued_for
from ui.alerts_heard import shown

_MAC: Final = 12


def repair_gbcs(octets: bytes, random: Random) -> bytes:
    """The lengths of MAC header, other information and payload are made right."""
    start = octets.find(b"\xdf\x09")
    if start < 0 or len(octets) < start + 32:
        return octets
    maced = octets[:1] == b"\xdd"
    time = start + 30 + (12 if octets[start + 29] == 12 else 0)
    other = time + 1 + octets[time] if time < len(octets) and octets[time] < 0x80 else time + 3
    tail = 1 + _MAC if maced else 65
    body = octets[other:]
    after = 1 if body[:1] < b"\x81" else 2 if body[:1] == b"\x81" else 3
    payload, rest = body[after:-tail], body[-tail:]
    rest = (b"\x00" if maced else b"\x40") + rest[1:]
    inner = octets[start:other] + encode_length(len(payload)) + payload + rest
    if not maced:
        return inner
    return CIPHERING + encode_length(len(inner) + len(SECURITY_HEADER)) + SECURITY_HEADER + inner


def message(messages: Messages) -> Hashable:
    """A message, there and back, and what it carries too."""
    found = parse(b"".join(messages))
    assert contents(header_of(found), found.payload) == found.raw[found.start : found.payload_end]
    assert all(found.payload_start <= start < end <= found.payload_end for start, end in segments(found))
    kind: object = None
    with suppress(ProtocolError):
        payload = parse_payload(found)
        again = parse_payload(found._replace(raw=encode_payload(payload), payload_start=0, payload_end=1 << 20))
        assert again == payload or repr(again) == repr(payload)
        kind = type(payload).__name__
    with suppress(ProtocolError):
        operations(found)
    with suppress(ProtocolError):
        read_alert(found)
    return found.cra, kind, bool(found.signature), bool(found.mac)


def block(messages: Messages) -> Hashable:
    found = parse_block(b"".join(messages))
    assert found.encode() == b"".join(messages)
    return found.cra, found.block.last


def blocks(messages: Messages) -> Hashable:
    octets = b"".join(messages)
    pieces = split(octets, size=64)
    assert b"".join(parse_block(piece).block.raw for piece in pieces) == octets
    return len(pieces)


def certificate(messages: Messages) -> Hashable:
    found = read_certificate(b"".join(messages))
    return found.role, found.usage


def request(messages: Messages) -> Hashable:
    """A request for a certificate, and whether the certificate that it asks for can be issued."""
    octets = b"".join(messages)
    key, said = read_request(octets)
    with suppress(CertificateUnreadable):
        assert issued_for(octets).public_key == key
    return len(said)


def block_flow(messages: Messages) -> Hashable:
    """Blocks as they come: whatever came before is acknowledged, and only one message is made of them."""
    coming, done = BlocksIn(), 0
    for octets in messages:
        whole, told = coming.take(octets)
        heard = parse_block(told)
        assert is_acknowledgement(heard)
        assert heard.route == parse_block(octets).route
        done += whole is not None
    assert done <= 1
    return done


def alert(messages: Messages) -> Hashable:
    """What a hub hands on: a terminal never breaks, and believes nothing that nobody vouches for."""
    tray, keys = AlertTray(), KeyRing()
    for octets in messages:
        tray.put(Envelope.decode(octets))
    told = [shown(one, keys) for one in tray.heard]
    assert not any(one.fields.get("verified") for one in told)
    return len(told), tray.spoilt > 0, tuple(one.problem is None for one in told)


def dissect_gbcs(messages: Messages) -> Hashable:
    return whole_tree("gbcs", b"".join(messages))


_WORDS: Final = (
    b"\xdd\0\0\0\0\0\0", b"\xdf\x09\x01", b"\x11\0\0\0\0", b"\x31\0\0\0\0", b"\x01\x09\x01", b"\x30\x82",
    b"\x02\x01\x00", b"\xd9\x20", b"\xda\x20", b"\x0f\x20", b"\x82\x01", b"\x40", b"\x00\x62", b"\x01\x02",
    b"\x07\x05\x00", b"\x05\x00",
)  # fmt: skip
_BROKEN: Final = (MalformedMessage,)


@cache
def _trusted() -> tuple[TrustAnchors, KeyRing]:
    """What an electricity meter of the cast trusts, certificates alone."""
    anchors, ring = TrustAnchors.of_device("ESME"), KeyRing()
    found = [organisation_certificate(role, usage) for role in ORGANISATIONS for usage in USAGES]
    anchors.put_all(found)
    for certificate in found:
        ring.add_certificate(certificate)
    return anchors, ring


def boundary(messages: Messages) -> Hashable:
    """A boundary never raises: whatever comes passes, or is stopped for a reason."""
    found = look(b"".join(messages), *_trusted())
    assert found is None or found.why
    return None if found is None else found.stop


TARGETS: Final = [
    Target("gbcs-boundary", boundary, "gbcs", (), _WORDS, repair_gbcs, sample=300),
    Target("dissect-gbcs", dissect_gbcs, "gbcs", (), _WORDS, repair_gbcs, sample=500, longest=MEBIBYTE),
    Target("gbcs", message, "gbcs", _BROKEN, _WORDS, repair_gbcs, sample=1000, longest=MEBIBYTE),
    Target("gbcs-block", block, "gbcs-blocks", _BROKEN, _WORDS, sample=500, longest=MEBIBYTE),
    Target("gbcs-blocks", blocks, "gbcs", _BROKEN, _WORDS, repair_gbcs, sample=200),
    Target("gbcs-request", request, "gbcs-requests", (CertificateUnreadable,), _WORDS, sample=100),
    Target("gbcs-block-flow", block_flow, "gbcs-block-flows", _BROKEN, _WORDS, sample=300),
    Target("gbcs-alert", alert, "gbcs-alerts", (FrameError,), _WORDS, sample=300),
    Target("gbcs-certificate", certificate, "gbcs-certificates", (CertificateUnreadable,), _WORDS, sample=200),
]
