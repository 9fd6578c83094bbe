"""Answers of the emulated devices beside those of the reference devices: the same items, types and order."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from hht.emulation.gbcs.ends import OWN, TABLE
from hht.emulation.gbcs.pki import ORGANISATIONS
from hht.emulation.gbcs.replacement import MODES
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer_devices.access_device import AccessDevice
from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.model.refusal import DeviceRefusal
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.values import CompactArray, Data, DataType, octets
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.gbz import Component, Gbz
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import parse_payload
from hht.protocol.gbcs.results import operations
from tests.emulation.gbcs_home import Home, act
from tests.protocol.gbcs_vectors import messages

KNOWN = TABLE.keys() | OWN.keys()
ROLES = {entity: role for role, entity in ORGANISATIONS.items()}
REFUSED = {
    # another home's: devices to join, an image that is held, a token of its vend service, switches, four price tiers
    "GCS01b_1.2.1_IMMEDIATE_TOU_SUCCESS",
    "CS03CCritical_8.7.1_SUCCESS",
    "CS03A2NonCritical_8.7.2_SUCCESS",
    "CS03B_8.7.2_SUCCESS",
    "CS03CNonCritical_8.7.2_SUCCESS",
    "CS04ACCritical_8.8.1_SUCCESS",
    "CS04B_8.8.2_SUCCESS",
    "CS06_11.3_IMMEDIATE_SUCCESS",
    "CS01b_2.2_SUCCESS",
    "ECS46a_6.14.1_SOME_OPTIONALS_SUCCESS",
    # more than the model does: emergency credit in Credit mode, flows above 6,000 l/h, bills each quarter, a state of a
    # switch in the past
    "ECS09_2.5_SUCCESS",
    "GCS24_6.7_SUCCESS",
    "GCS24a_6.7_SUCCESS",
    "ECS30a_6.8_SUCCESS",
    "ECS47a_7.13_ALCS_DEACTIVATE_SUCCESS",
    # objects of another kind of meter: a second element, three phases, five switches; what a payment counts for
    "ECS24b_4.11.2_SUCCESS",
    "ECS26k_6.2.1_SUCCESS",
    "ECS46c_6.14.2_FUTURE_DATED_ALL_OPTIONALS_SUCCESS",
    "ECS46d_6.14.3_IMMEDIATE_ALCS_SUCCESS",
    "ECS61a_7.7_ALL_OPTIONALS_SUCCESS",
    "ECS26a_4.13_SINGLE_SUCCESS",
    "ECS26a_4.13_TWIN_SUCCESS",
    "ECS62Add_7.9_SUCCESS",
    # the gas meter has not yet woken at this premises, and so told the proxy nothing
    "GCS60a_4.18_SUCCESS_RELIABLE_GPF",
    "GCS60a_4.18_SUCCESS_RELIABLE_GSME",
}
OTHERS_CERTIFICATES = (*MODES, 0x000B)  # no root of this home vouches for them: tests/emulation/test_gbcs_credentials
OF_THEIR_TIMES = (0x0078, 0x00A0)  # samples of years ago: tests/emulation/test_gbcs_sealed
OF_TWO_ELEMENTS = ("rtds/ECS17b_4.1.1_TWIN_SUCCESS_COMMAND",)
_SPAN = slice(-11, -3)  # first and last second of a ZigBee log that is asked for


def of_data(data: Any) -> Any:
    """Types, tree-wise; of an array the kinds of entries that it has."""
    if not isinstance(data, Data):
        return "encoded"
    if isinstance(data.value, CompactArray):
        return data.tag, str(data.value.description)
    if isinstance(data.value, tuple):
        inner = [of_data(one) for one in data.value]
        return data.tag, (sorted(set(map(str, inner))) if data.tag is DataType.ARRAY else inner)
    return data.tag


def of_component(component: Component) -> Any:
    head = component.cluster, component.frame_control, component.sequence, component.command, component.sealed
    if component.sealed or component.frame_control & zcl.CLUSTER_COMMAND or component.command != zcl.READ_RESPONSE:
        return head
    found, octets, at = [], component.payload, 0
    while at < len(octets):
        kind = zcl.attribute_type(octets[at + 3])
        assert (octets[at + 2], kind is None) == (0, False)
        size = kind[1] if kind is not None else 0
        found.append((octets[at : at + 2].hex(), octets[at + 3]))
        at += 4 + (size or 1 + octets[at + 4])
    return *head, tuple(found)


def shape(message: Envelope) -> Any:
    payload = parse_payload(message)
    protection = bool(message.signature), bool(message.mac), bool(message.date_time)
    if isinstance(payload, AccessResponse):
        return protection, payload.kinds, [of_data(one) for one in payload.data]
    if isinstance(payload, Gbz):
        return protection, [of_component(one) for one in payload.components]
    value = payload.value
    return protection, sorted(value) if isinstance(value, dict) else type(value)


def targets_of(home: Home) -> dict[str, Device]:
    """The devices in the places of the reference devices, by identifier."""
    hub = home.device(CommunicationsHub)
    return {
        "00DB1234567890A0": home.device(ElectricityMeter),
        "00DB1234567890A1": home.device(GasMeter),
        "00DB1234567890A2": hub,
        "00DB1234567890A3": hub.gpf,
        "00DB1234567890A4": home.device(PrepaymentInterface),
    }


def test_answers_have_the_form_of_the_reference_devices(vectors: Any) -> None:
    """Of every reference command that succeeded. What the model does not take is named, and nothing else refused."""
    home = Home()
    hub = home.device(CommunicationsHub)
    targets = targets_of(home)
    gone = home.device(AccessDevice).identity.eui
    home.ask(hub, 0x0002, act(104, "0-0:30.3.0", 2, octets(gone)), role=Role.ACCESS_CONTROL_BROKER)
    for log in (home.device(GasMeter).event_log, home.device(GasMeter).security_log):
        log.add(home.premises.site.now(), 0x8F12, "something")
    pairs: dict[str, dict[str, Any]] = {}
    for item in messages(vectors):
        pairs.setdefault(item["scenario"], {})[item["form"]] = item
    came: Counter[str] = Counter()
    refused = set()
    for number, pair in enumerate(pairs.values()):
        command, response = pair.get("COMMAND"), pair.get("RESPONSE")
        if command is None or response is None or response["outcome"] != "success":
            continue
        target = targets.get(command["header"]["business_target_id"].replace("-", ""))
        asked = parse(bytes.fromhex(command["hex"]))
        if asked.message_code in OTHERS_CERTIFICATES or asked.message_code in OF_THEIR_TIMES:
            continue
        if target is None or asked.message_code not in KNOWN or command["id"] in OF_TWO_ELEMENTS:
            continue
        name, role = command["use_case"], ROLES.get(asked.originator)
        if role is None or asked.supplementary.certificate:
            continue
        counter = (number + 1) << 32 | asked.counter
        payload = asked.payload
        if asked.message_code in (0x0014, 0x00A1):  # this home's logs are of today
            payload = payload[: _SPAN.start] + bytes(4) + b"\xfe\xff\xff\xff" + payload[_SPAN.stop :]
            if "NOT_FOUND" in command["id"]:
                continue
        said = home.say(
            target,
            asked.message_code,
            payload,
            role=role,
            sign=bool(asked.signature),
            counter=counter,
            supplementary=asked.supplementary,
        )
        if any(one.done is False for one in operations(said)):
            refused.add(command["scenario"])
            continue
        assert shape(said) == shape(parse(bytes.fromhex(response["hex"]))), command["id"]
        came[name] += 1
    assert " ".join(sorted(refused - REFUSED)) == ""
    assert " ".join(sorted(REFUSED - refused)) == ""
    assert len(came) >= 30, came


def test_payloads_with_wrong_octets_never_break_a_device(vectors: Any) -> None:
    """Signed and with a sound MAC all the same: whoever has the keys may err too."""
    home, chance = Home(), Random(7)
    targets = targets_of(home)
    heard = 0
    for item in messages(vectors):
        asked = parse(bytes.fromhex(item["hex"])) if item["form"] == "COMMAND" else None
        target = targets.get(item["header"]["business_target_id"].replace("-", ""))
        if asked is None or target is None or asked.message_code not in KNOWN or asked.originator not in ROLES:
            continue
        spoilt = bytearray(asked.payload)
        for _time in range(chance.choice((1, 1, 2, 5))):
            spoilt[chance.randrange(len(spoilt))] = chance.choice((0, 1, 0xFF, chance.randrange(256)))
        try:
            home.say(target, asked.message_code, bytes(spoilt), role=ROLES[asked.originator])
        except DeviceRefusal:
            continue
        heard += 1
    assert heard > 20
