"""What GBCS messages carry: GBZ, ASN.1, COSEM, encrypted values, blocks, device types; read, written, refused."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.cosem.access import AccessRequest, AccessResponse
from hht.protocol.cosem.notifications import DataNotification
from hht.protocol.gbcs import asn1, blocks, crypto, gbz, zcl
from hht.protocol.gbcs.asn1_shapes import shape_of
from hht.protocol.gbcs.building import Header, contents, unsigned, with_mac
from hht.protocol.gbcs.device_types import (
    DeviceLogType,
    DuisDeviceType,
    GbcsDeviceType,
    to_device_log,
    to_gbcs,
)
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.errors import GbcsError, KeyMissing, MalformedMessage, MalformedPayload, SegmentRefused
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.payload import Asn1, encode_payload, parse_payload
from hht.protocol.gbcs.segments import opened, sealing_key, segments
from tests.protocol.gbcs_vectors import key_ring, messages
from tests.support.gbcs_parts import header_of

KINDS = {
    "dlms-access": (AccessRequest, AccessResponse), "dlms-data-notification": (DataNotification,), "gbz": (gbz.Gbz,),
    "asn1-der": (Asn1,),
}  # fmt: skip


def test_every_payload_is_read_and_written_as_it_came(vectors: Any) -> None:
    for item in messages(vectors):
        message = parse(bytes.fromhex(item["hex"]))
        found = parse_payload(message)
        assert isinstance(found, KINDS[item["payload_kind"]]), item["id"]
        again = encode_payload(found)
        if "rtds" in item:
            assert again == message.payload, item["id"]
        else:  # real meters write true as they please
            assert again.replace(b"\x03\xff", b"\x03\x01") == message.payload.replace(b"\x03\xff", b"\x03\x01")


def commands(vectors: Any) -> Iterator[tuple[str, gbz.Component, bytes]]:
    """Every ZigBee command of the data with what it holds in the clear."""
    for item in messages(vectors):
        if item["payload_kind"] == "gbz":
            plain = iter(item["encryption"])
            for one in gbz.parse_gbz(bytes.fromhex(item["payload_hex"]), item["header"]["cra"]).components:
                yield item["id"], one, bytes.fromhex(next(plain)["plaintext"]) if one.sealed else one.payload


def test_every_zigbee_command_is_read_and_written_by_its_layout(vectors: Any) -> None:
    done: Counter[str] = Counter()
    for name, one, payload in commands(vectors):
        layout = zcl.layout_of(one.cluster, one.frame_control, one.command)
        if not one.frame_control & zcl.CLUSTER_COMMAND:
            assert zcl.command_title(one.cluster, one.frame_control, one.command) in zcl.GENERAL_COMMANDS.values()
            continue
        assert layout is not None, name
        assert zcl.write(layout, zcl.read(layout, payload)) == payload
        done[layout.title] += 1
        for size in range(len(payload)):
            try:
                shorter = zcl.read(layout, payload[:size])
            except MalformedPayload:
                continue
            assert zcl.write(layout, shorter) == payload[:size]
    assert len(done) > 45


def test_a_zigbee_command_of_what_does_not_fit_is_not_made() -> None:
    layout = zcl.layout_of(0x0708, 0x09, 0x03)
    assert layout is not None
    fields: dict[str, Any] = {"issuerEventId": 1, "siteIdTime": 0, "providerId": 0, "siteId": b"1234567890"}
    assert zcl.read(layout, zcl.write(layout, fields)) == fields
    for wrong in ({"issuerEventId": 1 << 32}, {"siteId": 5}, {"siteId": b"x" * 300}, {"more": 1}, {"providerId": None}):
        with pytest.raises(GbcsError):
            zcl.write(layout, fields | wrong)
    for missing in fields:
        with pytest.raises(GbcsError):
            zcl.write(layout, {name: value for name, value in fields.items() if name != missing})
    thresholds = zcl.layout_of(0x0700, 0x09, 0x06)
    assert thresholds is not None
    assert zcl.read(thresholds, bytes(19) + b"\x12" + bytes(12))["entries"] == [
        {"tierNumberOfBlockThresholds": 0x12, "blockThreshold": [0, 0]}
    ]


components = st.lists(
    st.builds(
        gbz.Component,
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFF),
        st.integers(0, 0xFF),
        st.integers(0, 0xFF),
        st.binary(min_size=12, max_size=40),
        st.one_of(st.none(), st.integers(0, 0xFFFF_FFFF)),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


@given(components)
def test_components_come_back_as_they_went(made: tuple[gbz.Component, ...]) -> None:
    whole = gbz.Gbz(made, count=len(made))
    assert gbz.parse_gbz(whole.encode(), Cra.COMMAND) == whole
    alert = gbz.Gbz(made, 0x8F0A, 473385600, count=len(made))
    assert gbz.parse_gbz(alert.encode(), Cra.ALERT) == alert
    octets = whole.encode()
    for size in range(len(octets)):
        with pytest.raises(MalformedPayload):
            gbz.parse_gbz(octets[:size], Cra.COMMAND)
    for wrong in (
        octets + b"\x00",
        octets[:2] + bytes((len(made) + 1,)) + octets[3:],
        octets[:3] + b"\x44" + octets[4:],
    ):
        with pytest.raises(MalformedPayload):
            gbz.parse_gbz(wrong, Cra.COMMAND)


def test_what_a_future_dated_alert_is_about(vectors: Any) -> None:
    found = set()
    for item in messages(vectors):
        if item["header"]["message_code"] == "0x00CD":
            alert = gbz.parse_gbz(bytes.fromhex(item["payload_hex"]), Cra.ALERT)
            about = gbz.future_dated(alert.about)
            assert about.encode() == alert.about
            found.add((alert.alert_code, about.message_code, zcl.command_title(*about[2:])))
    assert (0x8F66, 0x006C, "Change Payment Mode") in found
    with pytest.raises(MalformedPayload):
        gbz.future_dated(bytes(15))
    assert gbz.zigbee_time(473385600) == datetime(2015, 1, 1, tzinfo=UTC)


JOIN = {"joinMethodAndRole": 2, "otherDeviceEntityIdentifier": bytes.fromhex("00DB12345678909C"), "otherDeviceType": 3}


def test_a_join_and_its_answer_as_the_specification_prints_them() -> None:
    command, answer = shape_of(0x000E, 1, 0x30), shape_of(0x000E, 2, 0x02)
    assert command is not None
    assert answer is not None
    octets = bytes.fromhex("3010020102040800DB12345678909C020103")
    assert asn1.encode(command, JOIN) == octets
    assert asn1.decode(command, octets) == JOIN
    assert asn1.encode(answer, 0) == bytes.fromhex("020100")
    assert shape_of(0x000E, 1, 0x04) is None
    assert shape_of(0x0062, 1, 0x30) is None


@pytest.mark.parametrize(
    "wrong",
    [{"joinMethodAndRole": "A"}, {"otherDeviceEntityIdentifier": bytes(7)}, {"otherDeviceType": None}, {"else": 1},
     {"otherDeviceCertificate": b"\x30\x05\x00"}],
)  # fmt: skip
def test_a_join_of_what_does_not_fit_is_not_made(wrong: dict[str, Any]) -> None:
    shape = shape_of(0x000E, 1, 0x30)
    assert shape is not None
    with pytest.raises(GbcsError):
        asn1.encode(shape, JOIN | wrong)
    with pytest.raises(GbcsError):
        asn1.encode(shape, {"joinMethodAndRole": 2})


@pytest.mark.parametrize(
    "octets",
    ["", "30", "3010", "3003020102", "300302010200", "3010020102040800DB12345678909C02010300",
     "3011020102040800DB12345678909C02010305", "300F020102040700DB1234567890020103",
     "3010020102050800DB12345678909C020103", "308000", "3084000000000000", "3F0100",
     "300D040800DB12345678909C020103", "300F0200040800DB12345678909C020103"],
)  # fmt: skip
def test_a_damaged_join_is_refused(octets: str) -> None:
    shape = shape_of(0x000E, 1, 0x30)
    assert shape is not None
    with pytest.raises(MalformedPayload):
        asn1.decode(shape, bytes.fromhex(octets))


def test_times_are_real_ones() -> None:
    shape = shape_of(0x007F, 1, 0x30)
    assert shape is not None
    start, end = datetime(2026, 11, 21, 3, 8, 42, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    octets = asn1.encode(shape, {"validityIntervalStart": start, "validityIntervalEnd": end})
    assert asn1.decode(shape, octets) == {"validityIntervalStart": start, "validityIntervalEnd": end}
    with pytest.raises(MalformedPayload):
        asn1.decode(shape, octets.replace(b"20261121", b"20261131"))
    with pytest.raises(GbcsError):
        asn1.encode(shape, {"validityIntervalStart": start, "validityIntervalEnd": datetime(2026, 1, 1)})


def test_every_encrypted_value_is_found_and_opens_with_the_keys_at_hand(vectors: Any) -> None:
    ring, field, done = key_ring(vectors), key_ring(vectors, private=False), 0
    for item in messages(vectors):
        message = parse(bytes.fromhex(item["hex"]))
        found = segments(message)
        wanted = [part["ciphertext"] + part["tag"] for part in item["encryption"]]
        assert [message.raw[start:end].hex().upper() for start, end in found] == wanted, item["id"]
        if not found:
            assert opened(message, ring) is message.raw
            continue
        shown = opened(message, ring)
        plain = [shown[segment.start : segment.text_end].hex().upper() for segment in found]
        assert plain == [part["plaintext"] for part in item["encryption"]]
        assert sealing_key(header_of(message), ring).hex().upper() == item["encryption"][0]["aes_key"]
        with pytest.raises(KeyMissing):
            opened(message, field)
        wrong = bytearray(message.raw)
        wrong[found[-1].start] ^= 1
        with pytest.raises(SegmentRefused):
            opened(parse(bytes(wrong)), ring)
        done += len(found)
    assert done == 31


def whole(size: int, code: int = 0x19) -> bytes:
    header = Header(Cra.COMMAND, 77, bytes(range(8)), bytes(range(8, 16)), code)
    return with_mac(unsigned(contents(header, b"\xd9" + bytes(size - 1))), bytes(32))


def fed(pieces: list[bytes]) -> Envelope | None:
    reassembly = blocks.Reassembly()
    found = None
    for piece in pieces:
        found = reassembly.feed(piece)
    assert reassembly.received == len(pieces)
    return found


@given(st.integers(1, 6000), st.integers(64, 2000))
def test_a_long_message_goes_in_blocks(size: int, block: int) -> None:
    message = whole(size)
    pieces = blocks.split(message, size=block)
    found = fed(pieces)
    assert found is not None
    assert found.raw == message
    assert all(blocks.is_block(piece) for piece in pieces)
    assert not blocks.is_block(message)
    if len(pieces) > 1:
        assert fed(pieces[:-1]) is None


def test_blocks_out_of_order_and_of_others_are_refused() -> None:
    pieces, other = blocks.split(whole(3000)), blocks.split(whole(3000, 0x1A))
    for wrong in ([pieces[1]], [pieces[0], pieces[0]], [pieces[0], pieces[2]], [pieces[0], other[1]], [pieces[0][:-1]],
                  [pieces[0] + b"\x00"], [pieces[0].replace(b"\xe0", b"\xe1", 1)], [bytes(40)], [*pieces, pieces[0]],
                  [b"\xdd\x09" + bytes(1 << 17)]):  # fmt: skip
        with pytest.raises(MalformedMessage):
            fed(wrong)
    short = blocks.split(whole(100))
    lying = [short[0].replace(b"\x00\x02\x00\x19", b"\x00\x02\x00\x1a", 1)]
    with pytest.raises(MalformedMessage):
        fed(lying)
    with pytest.raises(MalformedMessage):
        blocks.split(b"\xdd\x00")
    for at in random.Random(1).sample(range(35), 20):
        wrong_octets = bytearray(pieces[0])
        wrong_octets[at] ^= 0x10
        try:
            found = blocks.parse_block(bytes(wrong_octets))
        except MalformedMessage:
            continue
        assert found.encode() == bytes(wrong_octets)


def test_three_enumerations_of_device_types_and_the_ways_between_them() -> None:
    assert [(kind.name, int(kind)) for kind in DeviceLogType] == [
        ("ESME", 0), ("GSME", 1), ("HCALCS", 13), ("IHD", 128), ("CAD", 130), ("PPMID", 132),
    ]  # fmt: skip
    assert (GbcsDeviceType.ESME, GbcsDeviceType.GSME) == (1, 0)  # the other way round
    for log in DeviceLogType:
        assert to_device_log(DuisDeviceType[log.name]) is log
        assert to_gbcs(log) == to_gbcs(DuisDeviceType[log.name])
        if to_gbcs(log) is not GbcsDeviceType.TYPE_2:
            assert to_device_log(to_gbcs(log)) is log
    for duis in DuisDeviceType:
        if to_gbcs(duis) is not GbcsDeviceType.TYPE_2:
            assert to_gbcs(duis).name == duis.name
    assert to_gbcs(DuisDeviceType.CAD) is to_gbcs(DuisDeviceType.IHD) is GbcsDeviceType.TYPE_2
    for kind in (GbcsDeviceType.TYPE_2, GbcsDeviceType.CHF, GbcsDeviceType.GPF, DuisDeviceType.CHF):
        with pytest.raises(GbcsError) as refused:
            to_device_log(kind)
        assert refused.value.code == "gbcs-device-type"


def test_a_payload_of_no_kind_is_refused() -> None:
    for payload in (b"", b"\xff", b"\xd9", b"\x01\x09", b"\xda\x20", b"\x0f\x20", b"\x30\x05", b"\x02\x01\x00\x00"):
        message = parse(unsigned(contents(Header(Cra.COMMAND, 1, bytes(8), bytes(8), 0x0062), payload)))
        with pytest.raises(MalformedPayload):
            parse_payload(message)


def test_other_words_for_keys() -> None:
    assert KeyRing().secret(bytes(8), bytes(8)) is None
    assert len(crypto.gmac(bytes(16), bytes(8), b"")) == 16
