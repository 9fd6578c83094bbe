"""A device's end: outside commands are taken and answered as outside devices did; each wrong one has its own reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from hht.identifiers.utrn import Utrn
from hht.protocol.cosem.access import AccessRequest, AccessResponse
from hht.protocol.cosem.axdr import decode
from hht.protocol.gbcs.building import Header, contents, finish, protect, signed, unsigned, with_mac
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Supplementary, parse
from hht.protocol.gbcs.errors import GbcsError, KeyMissing
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role, use_cases
from hht.protocol.gbcs.payload import asn1_payload, encode_value, parse_payload
from hht.protocol.gbcs.protection import Check, Verdict, check
from hht.protocol.gbcs.receiver import DeviceEnd
from hht.protocol.gbcs.refusals import CommandRefused, Reason
from hht.protocol.gbcs.sealing import sealed_value
from hht.protocol.gbcs.segments import opened, segments
from hht.protocol.gbcs.top_up import ValueClass, check_utrn, make_utrn
from hht.protocol.gbcs.trust_anchors import CELLS, Cell, OriginatorCounters, TrustAnchors
from tests.protocol.gbcs_pair import (
    BROKER,
    CLOCK,
    DEVICE,
    DONE,
    GAS,
    MINE,
    NETWORK,
    OTHERS,
    WHEN,
    centre,
    certificate,
    command,
    damaged,
    device,
    key,
    refused,
    set_clock,
)
from tests.protocol.gbcs_vectors import ESME, SUPPLIER, certificates, key_ring, messages, of_kind, training_key
from tests.support.gbcs_parts import header_of

_SIGNING, _AGREEMENT = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT


def test_a_critical_command_is_taken_once_and_answered_under_the_devices_signature() -> None:
    end, ring = device(), centre()
    taken = end.receive(command())
    assert (taken.use_case.name, taken.role, taken.originator, taken.counter) == ("ECS70", Role.SUPPLIER, MINE, 7)
    assert isinstance(taken.payload, AccessRequest)
    answer = parse(end.respond(taken, DONE))
    assert (answer.kind, answer.counter, answer.originator, answer.target) == (Cra.RESPONSE, 7, DEVICE, MINE)
    assert check(answer, ring) == Verdict(Check.NONE, Check.VALID)
    assert refused(end, command()) is Reason.REPLAYED
    assert refused(end, command(counter=6)) is Reason.STALE_COUNTER
    assert end.receive(command(counter=8)).counter == 8


def test_a_non_critical_command_is_answered_with_a_mac_for_its_originator() -> None:
    end, ring = device(), centre()
    taken = end.receive(command(0x004E))
    answer = parse(end.respond(taken, DONE))
    assert check(answer, ring) == Verdict(Check.VALID, Check.NONE)
    assert end.receive(command(0x004E)).counter == 7  # a read is not protected against replay
    assert end.counters.highest(Role.SUPPLIER, MINE) == -1


def test_counters_are_kept_for_each_role_and_originator() -> None:
    end = device()
    end.receive(command(counter=100))
    assert end.receive(command(0x0045, 5, NETWORK)).role is Role.NETWORK_OPERATOR
    assert refused(end, command(0x0045, 5, NETWORK)) is Reason.REPLAYED
    assert refused(end, command(0x0045, 4, NETWORK)) is Reason.STALE_COUNTER
    end.counters.begin(Role.SUPPLIER, OTHERS, 40)
    end.anchors.put(Cell(Role.SUPPLIER, _SIGNING), certificate(OTHERS, _SIGNING, Role.SUPPLIER))
    assert refused(end, command(counter=101)) is Reason.UNKNOWN_ORIGINATOR  # the earlier supplier
    assert refused(end, command(counter=40, originator=OTHERS)) is Reason.REPLAYED
    assert end.receive(command(counter=41, originator=OTHERS)).counter == 41
    with pytest.raises(ValueError, match="41"):
        end.counters.accept(Role.SUPPLIER, OTHERS, 41)


def test_each_wrong_command_has_its_own_reason_and_moves_no_counter() -> None:
    end = device()
    right = command()
    parsed = parse(right)
    made = contents(header_of(parsed), parsed.payload)
    z = centre().secret(BROKER, DEVICE)
    assert z is not None
    wrong = {
        Reason.MALFORMED: right[:-1],
        Reason.NOT_A_COMMAND: protect(Header(Cra.RESPONSE, 7, DEVICE, MINE, 0x4E), b"", device().keys),
        Reason.WRONG_RECIPIENT: command(target=GAS),
        Reason.UNKNOWN_MESSAGE_CODE: with_mac(unsigned(contents(Header(Cra.COMMAND, 7, MINE, DEVICE, 0xBEEF), b"")), z),
        Reason.NOT_FOR_THIS_DEVICE: command(0x0087),
        Reason.WRONG_PROTECTION: with_mac(unsigned(made), z),
        Reason.BAD_MAC: damaged(right, len(right) - 1),
        Reason.BAD_SIGNATURE: with_mac(signed(made, training_key(500)), z),
        Reason.UNKNOWN_ORIGINATOR: command(originator=OTHERS),
        Reason.WRONG_ROLE: command(originator=NETWORK),
        Reason.BAD_PAYLOAD: command(payload=b"\xd9\x20\x00"),
    }
    for reason, message in wrong.items():
        assert refused(end, message) is reason
    assert end.counters == OriginatorCounters()
    assert set(wrong) | {Reason.REPLAYED, Reason.STALE_COUNTER} == set(Reason)
    assert end.receive(right).counter == 7
    assert refused(end, signed(made, key(MINE, _SIGNING))) is Reason.WRONG_PROTECTION  # without the broker's MAC
    assert refused(end, made) is Reason.WRONG_PROTECTION


def test_no_flipped_bit_of_a_command_is_taken() -> None:
    end, right = device(), command(0x004E)
    for bit in range(8 * len(right)):
        wrong = bytearray(right)
        wrong[bit >> 3] ^= 0x80 >> (bit & 7)
        with pytest.raises(CommandRefused):
            end.receive(bytes(wrong))


def test_the_same_message_for_two_parties_and_a_variant_in_both_forms() -> None:
    end, ring = device(), centre()
    payload = bytes.fromhex("30113007020104030203083006020104020103")
    header = Header(Cra.COMMAND, 9, BROKER, DEVICE, 0x0008)
    by_mac, by_signature = (protect(header, payload, ring, sign=sign) for sign in (False, True))
    answer = asn1_payload(0x0008, Cra.RESPONSE, 0x30, [])
    for message, verdict in (
        (by_mac, Verdict(Check.VALID, Check.NONE)),
        (by_signature, Verdict(Check.NONE, Check.VALID)),
    ):
        taken = end.receive(message)
        assert taken.role is Role.ACCESS_CONTROL_BROKER
        assert check(parse(end.respond(taken, answer)), ring) == verdict
    asked = Supplementary(OTHERS, 77)
    taken = end.receive(protect(Header(Cra.COMMAND, 10, BROKER, DEVICE, 0x004E, b"", asked), set_clock(), ring))
    response = parse(end.respond(taken, DONE))
    assert (taken.message.supplementary.party, response.target, response.supplementary) == (OTHERS, BROKER, asked)
    assert check(response, ring).vouched


def test_a_party_that_the_device_does_not_know_reads_with_its_certificate(vectors: Any) -> None:
    """The certificate is an outside one, the private key that belongs to it public."""
    _key, stranger = next(pair for pair in certificates(vectors) if pair[0]["key_id"] == "90B3D51F30030000/ka")
    ring = centre()
    ring.add_private(stranger.entity, _AGREEMENT, key_ring(vectors).private(stranger.entity, _AGREEMENT))
    asked = Supplementary(stranger.entity, 77, None, stranger.der)
    end = device(GAS, "GSME")
    taken = end.receive(
        protect(Header(Cra.COMMAND, 10, BROKER, GAS, 0x0096, b"", asked), bytes.fromhex("0109010107050003010007"), ring)
    )
    sealed = end.seal(taken, b"reading", sealing_counter=2000)
    from_device = b"\x01\x09\x01\x03\x07\x05" + (7 + 5 + len(sealed)).to_bytes(2, "big") + bytes.fromhex("0000190001")
    body = from_device + (5 + len(sealed)).to_bytes(2, "big") + bytes.fromhex("3100000000") + sealed
    response = parse(end.respond(taken, body, sealing_counter=2000))
    assert response.supplementary == Supplementary(stranger.entity, 77, 2000)
    assert check(response, ring).vouched
    (segment,) = segments(response)
    assert opened(response, ring)[segment.start : segment.text_end] == b"reading"
    wrong = asked._replace(party=OTHERS)
    message = protect(
        Header(Cra.COMMAND, 11, BROKER, GAS, 0x0096, b"", wrong), bytes.fromhex("0109010107050003010007"), ring
    )
    assert refused(end, message) is Reason.BAD_PAYLOAD


def test_a_device_takes_commands_of_a_partner_it_was_joined_to() -> None:
    meter, display = device(GAS, "GSME"), device(DEVICE, "PPMID")
    header = Header(Cra.COMMAND, 3, DEVICE, GAS, 0x0090)
    display.partners[GAS] = certificate(GAS, _AGREEMENT)
    message = protect(header, bytes.fromhex("0109010107050003010000"), display.keys)
    assert refused(meter, message) is Reason.UNKNOWN_ORIGINATOR
    meter.partners[DEVICE] = certificate(DEVICE, _AGREEMENT)
    taken = meter.receive(message)
    assert (taken.use_case.name, taken.role) == ("PCS02", None)
    assert check(parse(meter.respond(taken, bytes.fromhex("01090101070500 0508000b0000"))), display.keys).vouched
    assert refused(meter, damaged(message, len(message) - 1)) is Reason.BAD_MAC


def test_alerts_are_signed_or_have_a_mac() -> None:
    end, ring = device(), centre()
    body = bytes.fromhex("0F200000010002021 28F69090C07EA0B150603082A008000FF".replace(" ", ""))
    for code, verdict in ((0x1000, Verdict(Check.NONE, Check.VALID)), (0x1001, Verdict(Check.VALID, Check.NONE))):
        alert = parse(end.alert(code, body, Role.SUPPLIER, 40))
        assert (alert.kind, alert.target, alert.counter) == (Cra.ALERT, MINE, 40)
        assert check(alert, ring) == verdict


def test_a_timed_response_needs_its_time() -> None:
    end = device()
    taken = end.receive(command(0x0019))
    with pytest.raises(GbcsError):
        end.respond(taken, DONE)
    assert parse(end.respond(taken, DONE, time=WHEN)).date_time == WHEN
    assert parse(end.respond(end.receive(command(0x004E)), DONE, time=WHEN)).date_time == b""


def outside_device(vectors: Any) -> DeviceEnd:
    """The one outside device whose key agreement key is public."""
    anchors = TrustAnchors.of_device("ESME")
    anchors.put_all(found for key_, found in certificates(vectors) if not key_["key_id"].startswith("90B3D51F3003"))
    return DeviceEnd(ESME, "ESME", training_key(1), key_ring(vectors).private(ESME, _AGREEMENT), anchors)


def test_an_outside_device_takes_its_commands_and_answers_them_as_it_did(vectors: Any) -> None:
    """Responses with a MAC are the same to the last octet; of signed ones all but the signature."""
    responses = {item["scenario"]: item for item in messages(vectors) if item["form"] == "RESPONSE"}
    done: Counter[str] = Counter()
    end = outside_device(vectors)
    for item in messages(vectors):
        if item["form"] != "COMMAND" or item["header"]["business_target_id"] != "00-DB-12-34-56-78-90-A0":
            continue
        if parse(bytes.fromhex(item["hex"])).precommand:
            continue
        end.counters = OriginatorCounters()  # each command is of a scenario of its own
        taken = end.receive(bytes.fromhex(item["hex"]))
        assert taken.use_case.code == int(item["header"]["message_code"], 16)
        answer = responses.get(item["scenario"])
        if answer is None:
            continue
        theirs = parse(bytes.fromhex(answer["hex"]))
        ours = parse(end.respond(taken, theirs.payload, time=theirs.date_time))
        assert ours.raw[: ours.payload_end] == theirs.raw[: theirs.payload_end], item["id"]
        assert ours.mac == theirs.mac
        assert bool(ours.signature) == bool(theirs.signature)
        done["signed" if ours.signature else "same"] += 1
    assert done["same"] > 60
    assert done["signed"] > 50


def test_sealed_values_are_made_as_outside_devices_made_them(vectors: Any) -> None:
    ring, done = key_ring(vectors), 0
    for item in messages(vectors):
        message = parse(bytes.fromhex(item["hex"]))
        if item["payload_kind"] != "dlms-access" or len(item["encryption"]) != 1:
            continue
        payload = parse_payload(message)
        assert isinstance(payload, AccessResponse)
        plaintext = bytes.fromhex(item["encryption"][0]["plaintext"])
        made = encode_value(sealed_value(header_of(message), plaintext, ring))
        assert made in message.payload
        done += 1
    assert done > 8
    with pytest.raises(KeyMissing):
        sealed_value(header_of(message), b"", KeyRing())
    assert decode(made).as_items(2)


def test_tokens_as_outside_ones(vectors: Any) -> None:
    ring = key_ring(vectors)
    for item in of_kind(vectors, "utrn"):
        supplier, meter = (bytes.fromhex(item[name].replace("-", "")) for name in ("originator", "target"))
        value_class = ValueClass.POUNDS if item["value_class"] == "pounds" else ValueClass.PENCE
        counter = int(item["counter"])
        made = make_utrn(ring, supplier, meter, counter, item["value"], value_class)
        assert made.reveal() == item["utrn"]
        assert made.contents.value == item["value"]
        if counter & 0xFFFF_FFFF == 0:
            assert check_utrn(ring, made, supplier, meter, counter - (3 << 32)) == counter
        assert check_utrn(ring, made, supplier, meter, counter + (700 << 32)) is None  # too far behind


def test_tokens_of_others_and_for_others_are_not_authentic(vectors: Any) -> None:
    ring, gas = key_ring(vectors), bytes.fromhex("00DB1234567890A1")
    other = bytes.fromhex("90B3D51F30030000")
    token = make_utrn(ring, SUPPLIER, ESME, 5 << 32, 100)
    assert check_utrn(ring, token, SUPPLIER, ESME, 4 << 32) == 5 << 32
    assert check_utrn(ring, token, SUPPLIER, gas, 4 << 32) is None
    assert check_utrn(ring, token, other, ESME, 4 << 32) is None
    assert isinstance(token, Utrn)
    for value, counter in ((8192, 0), (-1, 0), (1, 1 << 64)):
        with pytest.raises(GbcsError):
            make_utrn(ring, SUPPLIER, ESME, counter, value)
    with pytest.raises(KeyMissing):
        make_utrn(KeyRing(), SUPPLIER, ESME, 1, 1)


def test_trust_anchor_cells_take_only_what_belongs_into_them() -> None:
    anchors = TrustAnchors.of_device("CHF")
    signing = Cell(Role.ACCESS_CONTROL_BROKER, _SIGNING)
    anchors.put(signing, certificate(BROKER, _SIGNING, Role.ACCESS_CONTROL_BROKER))
    assert anchors.get(signing) is not None
    assert signing in anchors
    assert anchors.roles(BROKER, _SIGNING) == {Role.ACCESS_CONTROL_BROKER}
    assert anchors.roles(BROKER, _AGREEMENT) == frozenset()
    assert (anchors.entity(Role.ACCESS_CONTROL_BROKER), anchors.entity(Role.SUPPLIER)) == (BROKER, b"")
    for cell, wrong in (
        (signing, certificate(BROKER, _AGREEMENT, Role.ACCESS_CONTROL_BROKER)),
        (signing, certificate(MINE, _SIGNING, Role.SUPPLIER)),
        (signing, certificate(DEVICE, _SIGNING)),
        (Cell(Role.SUPPLIER, _SIGNING), certificate(MINE, _SIGNING, Role.SUPPLIER)),
    ):
        with pytest.raises(GbcsError) as problem:
            anchors.put(cell, wrong)
        assert problem.value.code == "gbcs-trust-anchor"
    assert anchors.version == 1
    anchors.put_all([certificate(DEVICE, _SIGNING), certificate(MINE, _SIGNING, Role.SUPPLIER)])
    assert [cell for cell, _found in anchors] == [signing]


def test_whoever_may_send_a_device_commands_has_a_cell_there() -> None:
    for found in use_cases():
        for kind in found.devices:
            roles = {cell.role for cell in CELLS[kind]}
            assert not found.roles or found.roles & roles, (str(found), kind)


def test_keys_show_in_no_text_of_a_device() -> None:
    shown = repr(device())
    assert "PrivateKey" not in shown
    assert "KeyRing" not in shown
    assert finish(contents(Header(Cra.COMMAND, 1, MINE, DEVICE, CLOCK), set_clock()), centre())
