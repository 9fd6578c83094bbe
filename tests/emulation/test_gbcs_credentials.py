"""Keys of devices and organisations, renewed over GBCS (CS02b to CS02g) under the training authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hht.emulation.gbcs.pki import ORGANISATIONS, organisation_certificate, root_certificate
from hht.emulation.gbcs.replacement import MODES
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Alert, Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.refusal import DeviceRefusal
from hht.protocol.gbcs import der
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import asn1_payload, encode_payload, parse_payload
from hht.protocol.gbcs.protection import Check, check, check_signature
from hht.protocol.gbcs.training_trust import training_key
from tests.emulation.gbcs_home import Home, keys
from tests.support.gbcs_parts import issued_for
from tests.support.radio import START

DS, KA, PP = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT, KeyUsage.PREPAYMENT
BITS = {DS: bytes.fromhex("0780"), KA: bytes.fromhex("0308"), KeyUsage.CERTIFICATE_SIGNING: bytes.fromhex("0204")}
SUPPLIER, OTHER = ORGANISATIONS[Role.SUPPLIER], bytes.fromhex("90B3D51F30030000")


@pytest.fixture
def home() -> Home:
    return Home()


def cell(role: Role, usage: KeyUsage) -> dict[str, Any]:
    named = {"remotePartyRole": role.number, "keyUsage": BITS[KA if usage is PP else usage]}
    return named | {"cellUsage": 1} if usage is PP else named


def replacement(
    home: Home, code: int, new: list[tuple[Role, Certificate]], *, at: datetime | None = None, **said: Any
) -> bytes:
    mode, role, _cells = MODES[code]
    control = {
        "credentialsReplacementMode": mode,
        "authorisingRemotePartyTACellIdentifier": cell(role, DS),
        "authorisingRemotePartySeqNumber": home.counter + 1,
    } | said
    told: dict[str, Any] = {
        "authorisingRemotePartyControl": control,
        "replacements": [
            {"replacementCertificate": one.der, "targetTrustAnchorCell": cell(owner, one.usage)} for owner, one in new
        ],
        "certificationPathCertificates": [],
    }
    if at is not None:
        told["executionDateTime"] = at
    return encode_payload(asn1_payload(code, Cra.COMMAND, der.SEQUENCE, told))


def outcome(message: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = parse_payload(message).value["executionOutcome"]  # type: ignore[union-attr]
    return found


def statuses(message: Envelope) -> list[int]:
    return [one["statusCode"] for one in outcome(message)["replacementOutcomes"]]


def certificates(role: Role, entity: bytes = b"", generation: int = 1) -> list[tuple[Role, Certificate]]:
    usages = (DS, KA, PP) if role is Role.SUPPLIER else (DS, KA)
    return [(role, organisation_certificate(role, usage, entity, generation)) for usage in usages]


def alerts_of(device: Device) -> list[Alert]:
    heard: list[Alert] = []
    device.uplink = heard.append
    return heard


def signed_anew(home: Home, device: Device, code: int, payload: bytes, entity: bytes, generation: int) -> bytes:
    """A critical command of `entity`, signed with its key of that generation."""
    home.counter += 1
    ring = keys(device)
    ring.add_private(entity, DS, training_key(entity, DS, generation))
    return protect(Header(Cra.COMMAND, home.counter, entity, device.identity.eui, code), payload, ring)


def test_a_supplier_renews_its_own_keys_and_the_old_ones_are_worth_nothing(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    heard = alerts_of(meter)
    payload = replacement(home, 0x0102, certificates(Role.SUPPLIER), newRemotePartyFloorSeqNumber=7)
    said = home.say(meter, 0x0102, payload)
    assert statuses(said) == [0, 0, 0]
    assert said.date_time
    assert [one["otherRemotePartyFloorSeqNumber"] for one in outcome(said)["remotePartySeqNumberChanges"]] == [7]
    assert AlertCode.CREDENTIALS_UPDATED in [alert.code for alert in heard]
    switch = bytes.fromhex("D920000000000103000900000A006AFF01011200" + "36")
    with pytest.raises(DeviceRefusal, match="signature"):
        home.say(meter, 0x0051, switch)
    home.counter = 7
    answer = parse(home.ends.read(meter, signed_anew(home, meter, 0x0051, switch, SUPPLIER, 1)))
    assert answer.counter == 8
    assert answer.signature


def test_a_change_of_supplier_forgets_the_one_before(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    payload = replacement(home, 0x0107, certificates(Role.SUPPLIER, OTHER, 0))
    said = home.say(meter, 0x0107, payload, role=Role.TRANSITIONAL_COS)
    assert statuses(said) == [0, 0, 0]
    ids = [one["replacingSubjectUniqueID"] for one in outcome(said)["replacementOutcomes"]]
    assert ids == [OTHER] * 3
    with pytest.raises(DeviceRefusal, match="nobody that this device trusts"):
        home.say(meter, 0x0051, "D920000000000103000900000A006AFF0101120036")


def test_each_cell_is_replaced_or_not_by_itself(home: Home) -> None:
    """A certificate of another authority, a cell that others may fill, a cell that the device has not."""
    meter = home.device(ElectricityMeter)
    stranger = organisation_certificate(Role.SUPPLIER, DS, SUPPLIER, 3, authority=9)
    new = [
        (Role.SUPPLIER, stranger),
        (Role.SUPPLIER, organisation_certificate(Role.SUPPLIER, KA, SUPPLIER, 2)),
        (Role.NETWORK_OPERATOR, organisation_certificate(Role.NETWORK_OPERATOR, DS, generation=2)),
        (Role.WAN_PROVIDER, organisation_certificate(Role.WAN_PROVIDER, DS, generation=2)),
    ]
    said = home.say(meter, 0x0102, replacement(home, 0x0102, new, newRemotePartyFloorSeqNumber=0))
    assert statuses(said) == [5, 0, 10, 10]
    assert outcome(said)["remotePartySeqNumberChanges"] == []  # its signing key is the old one: it counts on
    assert home.say(meter, 0x0051, "D920000000000103000900000A006AFF0101120036").signature


def test_a_certificate_is_judged_by_its_dates_unless_the_command_says_not(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    long_ago = datetime(2014, 12, 31, tzinfo=UTC)
    meter.time_believed = lambda: long_ago
    new = certificates(Role.NETWORK_OPERATOR)
    role = Role.NETWORK_OPERATOR
    assert statuses(home.say(meter, 0x0103, replacement(home, 0x0103, new), role=role)) == [5, 5]
    payload = replacement(home, 0x0103, new, applyTimeBasedCPVChecks=1)
    assert statuses(home.say(meter, 0x0103, payload, role=role)) == [0, 0]


def test_a_replacement_for_later_comes_then_and_is_told_to_whoever_asked(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    heard = alerts_of(meter)
    later = START + timedelta(hours=2)
    said = home.say(meter, 0x0102, replacement(home, 0x0102, certificates(Role.SUPPLIER), at=later))
    assert parse_payload(said).value == {"commandAccepted": None}  # type: ignore[union-attr]
    assert home.say(meter, 0x0051, "D920000000000103000900000A006AFF0101120036").signature
    home.clock.advance(3 * 3600)
    home.premises.site.catch_up()
    (alert,) = [one for one in heard if one.code is AlertCode.FUTURE_DATED_COMMAND_ACTIONED]
    body: Any = alert.payload
    assert (body.code, body.to) == (0x00CB, SUPPLIER)
    assert [one["statusCode"] for one in body.payload.value["executionOutcome"]["replacementOutcomes"]] == [0, 0, 0]


def test_what_was_for_later_is_cancelled(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    later, never = START + timedelta(hours=2), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    for moment in (later, never):
        home.say(meter, 0x0102, replacement(home, 0x0102, certificates(Role.SUPPLIER), at=moment))
    home.clock.advance(3 * 3600)
    assert home.say(meter, 0x0051, "D920000000000103000900000A006AFF0101120036").signature


def test_a_broker_and_a_root_are_replaced_and_the_next_mac_is_the_new_ones(home: Home) -> None:
    hub, meter = home.device(CommunicationsHub), home.device(ElectricityMeter)
    broker = Role.ACCESS_CONTROL_BROKER
    said = home.say(hub, 0x0104, replacement(home, 0x0104, certificates(broker)), role=broker)
    assert statuses(said) == [0, 0]
    with pytest.raises(DeviceRefusal, match="MAC"):
        home.say(hub, 0x010F, "D92000000000 01 01 0068 00001E0300FF 04 01 00", role=broker)
    root = [(Role.ROOT, root_certificate(1))]
    assert statuses(home.say(meter, 0x0100, replacement(home, 0x0100, root))) == [0]
    under_it = organisation_certificate(Role.NETWORK_OPERATOR, DS, generation=4, authority=1)
    new = [(Role.NETWORK_OPERATOR, under_it), (Role.NETWORK_OPERATOR, certificates(Role.NETWORK_OPERATOR)[1][1])]
    said = home.say(meter, 0x0103, replacement(home, 0x0103, new), role=Role.NETWORK_OPERATOR)
    assert statuses(said) == [0, 5]  # the second is of the authority before


def test_a_recovery_replaces_any_cell_but_the_root(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    new = [*certificates(Role.SUPPLIER), (Role.ROOT, root_certificate(1))]
    said = home.say(meter, 0x0108, replacement(home, 0x0108, new), role=Role.RECOVERY)
    assert statuses(said) == [0, 0, 0, 10]
    assert said.target == ORGANISATIONS[Role.RECOVERY]


@pytest.mark.parametrize(
    "said",
    [
        {"credentialsReplacementMode": 7},
        {"authorisingRemotePartySeqNumber": 5},
        {"authorisingRemotePartyTACellIdentifier": cell(Role.NETWORK_OPERATOR, DS)},
        {"authorisingRemotePartyTACellIdentifier": cell(Role.SUPPLIER, DS) | {"keyUsage": bytes.fromhex("0102")}},
    ],
)
def test_a_command_that_names_another_authority_changes_nothing(home: Home, said: dict[str, Any]) -> None:
    meter = home.device(ElectricityMeter)
    version = home.ends.end_of(meter).anchors.version
    with pytest.raises(DeviceRefusal):
        home.say(meter, 0x0102, replacement(home, 0x0102, certificates(Role.SUPPLIER), **said))
    assert home.ends.end_of(meter).anchors.version == version


# --- the device's own


def ask_for_key(home: Home, meter: ElectricityMeter, usage: KeyUsage) -> bytes:
    asked = asn1_payload(0x000A, Cra.COMMAND, der.SEQUENCE, {"keyUsage": BITS[usage]})
    request: bytes = parse_payload(home.say(meter, 0x000A, encode_payload(asked))).value  # type: ignore[union-attr]
    return request


def give(home: Home, meter: ElectricityMeter, certificate: bytes) -> int:
    code: int = parse_payload(home.say(meter, 0x000B, certificate)).value  # type: ignore[union-attr]
    return code


@pytest.mark.parametrize("usage", [DS, KA])
def test_a_device_makes_a_new_key_and_takes_its_certificate_into_use(home: Home, usage: KeyUsage) -> None:
    meter = home.device(ElectricityMeter)
    heard = alerts_of(meter)
    certificate = issued_for(ask_for_key(home, meter, usage))
    assert (certificate.entity, certificate.usage, certificate.role) == (meter.identity.eui, usage, None)
    assert give(home, meter, certificate.der) == 0
    replaced = {DS: AlertCode.SIGNING_CERTIFICATE_REPLACED, KA: AlertCode.KEY_AGREEMENT_CERTIFICATE_REPLACED}
    assert [one.code for one in heard] == [replaced[usage]]
    end = home.ends.end_of(meter)
    ring = keys(meter)
    command = home.command(meter, 0x0051, "D920000000000103000900000A006AFF0101120036")
    if usage is KA:
        with pytest.raises(DeviceRefusal, match="MAC"):
            home.ends.read(meter, command.raw)
        ring.add_certificate(certificate)
        header = Header(Cra.COMMAND, home.counter, SUPPLIER, meter.identity.eui, 0x0051)
        command = parse(protect(header, command.payload, ring))
    answer = parse(home.ends.read(meter, command.raw))
    new = KeyRing()
    new.add_certificate(certificate)
    if usage is DS:
        assert check_signature(answer, new) is Check.VALID
        assert check(answer, keys(meter)).signature is Check.INVALID
    shown = end.own[usage]
    asked = asn1_payload(0x000C, Cra.COMMAND, der.SEQUENCE, {"keyUsage": BITS[usage]})
    header = Header(Cra.COMMAND, home.counter + 5, SUPPLIER, meter.identity.eui, 0x000C)
    told = parse(home.ends.read(meter, protect(header, encode_payload(asked), ring)))
    assert read_certificate(parse_payload(told).value) == shown == certificate  # type: ignore[union-attr]


def test_a_certificate_that_does_not_fit_is_refused_by_its_own_code(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    heard = alerts_of(meter)
    first = issued_for(ask_for_key(home, meter, DS))
    assert give(home, meter, b"\x30\x03\x02\x01\x05") == 1  # none
    assert give(home, meter, organisation_certificate(Role.SUPPLIER, DS).der) == 1
    other = Home()
    other_meter = other.device(CommunicationsHub)
    request = other.say(
        other_meter,
        0x000A,
        encode_payload(asn1_payload(0x000A, Cra.COMMAND, der.SEQUENCE, {"keyUsage": BITS[DS]})),
        role=Role.ACCESS_CONTROL_BROKER,
    )
    assert give(home, meter, issued_for(parse_payload(request).value).der) == 2  # type: ignore[union-attr]
    ask_for_key(home, meter, DS)  # another key pair
    assert give(home, meter, first.der) == 5
    assert give(home, meter, issued_for(ask_for_key(Home(), meter, KA)).der) == 4
    assert AlertCode.SIGNING_CERTIFICATE_NOT_REPLACED in [one.code for one in heard]
    assert not home.ends.end_of(meter).own


def test_a_key_for_nothing_that_a_device_does_is_not_made(home: Home) -> None:
    meter = home.device(ElectricityMeter)
    for code in (0x000A, 0x000C):
        asked = asn1_payload(code, Cra.COMMAND, der.SEQUENCE, {"keyUsage": BITS[KeyUsage.CERTIFICATE_SIGNING]})
        assert parse_payload(home.say(meter, code, encode_payload(asked))).value == 1  # type: ignore[union-attr]
