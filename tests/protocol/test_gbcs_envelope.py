"""GBCS messages taken apart and made: outside ones field by field, any that we make, and none with a lying length."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.gbcs.building import Header, contents, unsigned, with_mac
from hht.protocol.gbcs.envelope import Cra, Supplementary, id_text, parse
from hht.protocol.gbcs.errors import GbcsError, MalformedMessage
from hht.protocol.gbcs.messages import use_case, use_cases
from hht.protocol.gbcs.protection import is_lawful
from hht.resources import resource_text
from tests.protocol.gbcs_vectors import messages, of_kind
from tests.support.gbcs_parts import header_of


def test_every_outside_message_field_by_field(vectors: Any) -> None:
    for item in messages(vectors):
        octets, header = bytes.fromhex(item["hex"]), item["header"]
        message = parse(octets)
        assert message.kind.name.lower() == header["cra_name"]
        assert message.counter == int(header["originator_counter"])
        assert id_text(message.originator) == header["business_originator_id"]
        assert id_text(message.target) == header["business_target_id"]
        assert message.date_time.hex().upper() == header["date_time_hex"]
        assert message.message_code == int(header["message_code"], 16)
        assert message.other.hex().upper() == header["other_information_hex"]
        assert message.mac_header.hex().upper() == item["mac_header_hex"]
        assert message.grouping_header.hex().upper() == item["grouping_header_hex"]
        assert message.payload.hex().upper() == item["payload_hex"]
        assert (message.signature or b"").hex().upper() == (item["signature"] or {"hex": ""})["hex"]
        assert message.mac.hex().upper() == (item["mac"] or {"hex": ""})["hex"]
        assert message.precommand == (item["frame"].endswith("(pre-command)") or not (message.signature or message.mac))
        check_supplementary(message.supplementary, header)


def check_supplementary(found: Supplementary, header: dict[str, Any]) -> None:
    party = header.get("supplementary_remote_party_id", "").replace("-", "")
    assert found.party.hex().upper() == party
    for number, name in (
        (found.counter, "supplementary_remote_party_counter"),
        (found.originator_counter, "supplementary_originator_counter"),
    ):
        assert number == (int(header[name]) if name in header else None)
    certificate = header.get("supplementary_remote_party_ka_certificate_hex", "")
    assert found.certificate.hex().upper() == certificate


def test_headers_are_made_as_they_came_and_protected_as_their_use_case_demands(vectors: Any) -> None:
    for item in messages(vectors):
        message = parse(bytes.fromhex(item["hex"]))
        assert contents(header_of(message), message.payload) == message.raw[message.start : message.payload_end]
        assert message.precommand or is_lawful(message), item["id"]


def test_negatives_with_a_framing_error_are_refused_and_only_those(vectors: Any) -> None:
    refused = 0
    for item in of_kind(vectors, "gbcs_negative"):
        octets = bytes.fromhex(item["hex"])
        if item["expect"] == "framing_error":
            with pytest.raises(MalformedMessage):
                parse(octets)
            refused += 1
        else:
            parse(octets)
    assert refused >= 10


CERTIFICATE = bytes.fromhex("30820100") + bytes(256)
ids = st.binary(min_size=8, max_size=8)
counters = st.integers(0, (1 << 64) - 1)
none = st.none()
supplementaries = st.one_of(
    st.just(Supplementary()),
    st.tuples(ids, none, none, st.just(b"")).map(lambda fields: Supplementary(*fields)),
    st.tuples(ids, counters, none, st.just(b"")).map(lambda fields: Supplementary(*fields)),
    st.tuples(ids, counters, counters, st.just(b"")).map(lambda fields: Supplementary(*fields)),
    st.tuples(ids, counters, none, st.just(CERTIFICATE)).map(lambda fields: Supplementary(*fields)),
)
headers = st.builds(
    Header,
    st.sampled_from(Cra),
    counters,
    ids,
    ids,
    st.integers(0, 0xFFFF),
    st.one_of(st.just(b""), st.binary(min_size=12, max_size=12)),
    supplementaries,
)


@given(headers, st.binary(max_size=300), st.binary(min_size=32, max_size=32))
def test_what_is_made_is_taken_apart_again(header: Header, payload: bytes, z: bytes) -> None:
    if header.supplementary.certificate and header.cra is not Cra.COMMAND:
        return
    made = unsigned(contents(header, payload))
    for octets in (made, with_mac(made, z)):
        message = parse(octets)
        assert header_of(message) == header
        assert (message.payload, message.signature, len(message.mac)) == (payload, b"", 12 * (octets != made))
    if header.cra is Cra.COMMAND:
        assert parse(contents(header, payload)).signature is None
    else:
        with pytest.raises(MalformedMessage):
            parse(contents(header, payload))


WHOLE = with_mac(unsigned(contents(Header(Cra.COMMAND, 7, bytes(8), b"\x11" * 8, 0x4C), b"\xd9\x01\x02")), bytes(32))


def test_no_other_length_passes() -> None:
    for size in range(len(WHOLE)):
        with pytest.raises(MalformedMessage):
            parse(WHOLE[:size])
    for tail in (b"\x00", bytes(12), WHOLE):
        with pytest.raises(MalformedMessage):
            parse(WHOLE + tail)
    with pytest.raises(MalformedMessage):
        parse(bytes(1 << 17))


@pytest.mark.parametrize(
    ("at", "octets"),
    [(1, "01"), (7, "8144"), (7, "00"), (8, "31"), (13, "DD"), (14, "08"), (15, "04"), (24, "09"), (33, "07"),
     (42, "0B"), (43, "03"), (46, "04"), (46, "82"), (50, "01"), (50, "40")],
)  # fmt: skip
def test_a_wrong_octet_in_the_frame_is_named_by_its_place(at: int, octets: str) -> None:
    wrong = bytes.fromhex(octets)
    with pytest.raises(MalformedMessage) as refused:
        parse(WHOLE[:at] + wrong + WHOLE[at + len(wrong) :])
    assert refused.value.code == "gbcs-malformed"
    assert refused.value.remedy


IMPOSSIBLE = (
    Supplementary(bytes(7)), Supplementary(b"", 1), Supplementary(bytes(8), None, 1), Supplementary(bytes(8), 1 << 64),
    Supplementary(bytes(8), None, None, CERTIFICATE), Supplementary(bytes(8), 1, 2, CERTIFICATE),
    Supplementary(bytes(8), 1, None, CERTIFICATE + b"\x00"), Supplementary(b"", 1, None, CERTIFICATE),
    Supplementary(bytes(8), 1, None, b"\x00"),
)  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [Header(Cra.COMMAND, 1 << 64, bytes(8), bytes(8), 1), Header(Cra.COMMAND, -1, bytes(8), bytes(8), 1),
     Header(Cra.COMMAND, 1, bytes(7), bytes(8), 1), Header(Cra.RESPONSE, 1, bytes(8), bytes(8), 1, b"\x00"),
     *(Header(Cra.COMMAND, 1, bytes(8), bytes(8), 1, b"", wrong) for wrong in IMPOSSIBLE)],
)  # fmt: skip
def test_nothing_is_made_of_what_does_not_fit(header: Header) -> None:
    with pytest.raises(GbcsError):
        contents(header, b"")


def test_every_message_code_has_its_use_case_in_words(vectors: Any) -> None:
    table = vectors("gbcs-tables.json")["message_codes"]
    assert len(use_cases()) == len(table) == 240
    for text, row in table.items():
        found = use_case(int(text, 16))
        assert found is not None
        assert found.title
        assert found.code == int(text, 16)
        said = {"dlms-access": "dlms", "dlms-data-notification": "dlms", "asn1-der": "asn1", "gbz": "gbz"}
        assert {said[kind] for kind in row.get("payload_kinds", ())} <= set(found.payloads)
        if row.get("replay_protection") in ("Yes", "No") and not found.alert:
            assert found.replay_protection == (row["replay_protection"] == "Yes")
        kind = row.get("message_type", "")
        if kind.startswith(("SME.C.NC", "SME.A.NC")):
            assert found.category == "non-critical"
        if kind in ("SME.C.C", "SME.A.C"):
            assert found.category == "critical"
    assert use_case(0xBEEF) is None


def test_what_the_model_knows_of_use_cases_is_the_same() -> None:
    """The model has a table of its own, for it knows no wire formats."""
    table = json.loads(resource_text("catalogue", "use_cases.json"))
    for name, row in table.items():
        found = [found for found in use_cases() if found.name == name]
        assert {f"{one.code:04X}" for one in found} == set(row["codes"]), name
        assert row["critical"] == all(one.category == "critical" for one in found), name
        assert set(row["roles"]) <= {role.value for one in found for role in one.roles}, name
        assert set(row["devices"]) <= {device for one in found for device in one.devices}, name
