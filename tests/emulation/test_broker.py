"""The emulated access control broker, and the documents that supplier, terminal and broker make of asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hht.desk.asks import Ask, make_reference
from hht.desk.errors import DeskError
from hht.desk.kinds import KINDS, AskKind
from hht.emulation.broker import (
    BROKER,
    SUPPLIER,
    AccessControlBroker,
    keys_for,
    signed_by,
    signed_pre_command,
    training_certificate,
)
from hht.emulation.service_bodies import local_body, notice_body
from hht.identifiers.device_id import DeviceId
from hht.model.communications_hub.backup import BackedUpDevice, LogBackup
from hht.model.device import DeviceKind
from hht.protocol.duis.bodies import ReturnLocalCommandResponse, SignedPreCommand
from hht.protocol.duis.errors import DuisError, SignatureRefused
from hht.protocol.duis.pairing import belongs
from hht.protocol.duis.request import Request
from hht.protocol.duis.response import Acknowledgement, LocalCommand, PreCommand, Response, answers, read_response
from hht.protocol.duis.services import CommandVariant, Kind, service
from hht.protocol.duis.signature import verify
from hht.protocol.duis.values import RequestId
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.protection import Check, check, is_lawful

NOW = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)
DEVICES = {type_: DeviceId(f"00DB1234567890{0xA0 + number:02X}") for number, type_ in enumerate(Type)}
CODE = "00112233445566778899AABBCCDD0101"
DETAILS: dict[str, str] = {
    "switch": "2",
    "minutes": "2",
    "switches": "2",
    "label_2": "Hot water",
    "times_2": "00:30-07:30,13:00-16:00",
    "other": str(DEVICES[Type.ESME]), "other_type": "ESME", "join_s": "90", "mpxn": "1012345678903",
    "mpan": "1012345678903", "secondary": "1012345678912", "mprn": "3938424403", "seconds": "600",
    "calorific_value": "39.5", "conversion_factor": "1.02264", "tolerance_s": "60",
    "install_type": "CHF Install - no SM WAN", "installed": "2026-11-21T09:30:00Z", "aerial": "yes",
    "location": "Deep indoors", "more": "behind the meter", "premises": "Detached / Semi Detached",
    "metal_checked": "yes", "connectivity_checked": "no", "shared_checked": "yes",
    "old": str(DEVICES[Type.CHF]), "log": "security", "since": "2026-11-20T00:00:00Z", "keys": "yes",
    "until": "2026-11-21T00:00:00Z",
    "fault_found": "Fault identified post installation", "connection": "Cradle",
    "image_hash": "AB" * 32, "about": "no-wan", "explained": "no", "party": "Example Gas",
}  # fmt: skip
REASONS = {AskKind.HUB_FAULT_RETURN: "LED Fault", AskKind.HUB_RETURN: "Lost or Stolen Hub"}
PARTNERS = {
    Type.ESME: Type.PPMID,
    Type.GSME: Type.GPF,
    Type.GPF: Type.IHD,
    Type.HCALCS: Type.ESME,
    Type.PPMID: Type.ESME,
}


def type_of(device: DeviceId) -> Type:
    return next(type_ for type_, known in DEVICES.items() if known == device)


def ask_of(kind: AskKind, type_: Type) -> Ask:
    """An ask with every value that it can have."""
    details = {name: DETAILS[name] for name in KINDS[kind].fields if name in DETAILS}
    if kind in (AskKind.JOIN, AskKind.UNJOIN):
        details |= {"other": str(DEVICES[PARTNERS[type_]]), "other_type": str(PARTNERS[type_])}
    if kind in REASONS:
        details["reason"] = REASONS[kind]
    return Ask(make_reference(b"abcde"), "J-1", kind, DEVICES[type_], type_, details)


def requests() -> list[tuple[str, Request]]:
    """A request for every ask of which the emulated supplier makes one, and every hub status notice."""
    found = []
    for kind in AskKind:
        for type_ in KINDS[kind].services if kind not in _ELSEWHERE else ():
            ask = ask_of(kind, type_)
            name = RequestId(SUPPLIER, ask.device, 1000 + len(found))
            body = local_body(ask, NOW, CODE)
            notice = notice_body(ask)
            if notice is not None:
                made = Request(replace(name, target=BROKER), CommandVariant.NON_DEVICE, ask.service, notice)
                found.append((f"{kind} {type_}", made))
            elif body is not None:
                known = service(ask.service)
                critical = known is not None and known.kind is Kind.CRITICAL
                variant = CommandVariant.TRANSFORM if critical else CommandVariant.LOCAL
                found.append((f"{kind} {type_}", Request(name, variant, ask.service, body)))
    return found


_ELSEWHERE = (AskKind.SET_TARIFF, AskKind.SET_PAYMENT_MODE, AskKind.CONFIRM_PACK)
REQUESTS = requests()
IDS = [name for name, _request in REQUESTS]


@cache
def xsd(folder: Path) -> Any:
    import xmlschema

    return xmlschema.XMLSchema(str(folder / "DUIS Schema V5.4.xsd"))


@pytest.fixture
def valid(vectors_folder: Path) -> Callable[[bytes], None]:
    """Holds a document against the published schema; skipped, visibly, where that is absent."""
    if not (vectors_folder / "duis").exists():
        pytest.skip("no outside vectors: duis is not there")
    return lambda octets: xsd(vectors_folder / "duis").validate(octets.decode())


@pytest.fixture
def broker() -> AccessControlBroker:
    chf, gpf, pan = str(DEVICES[Type.CHF]), str(DEVICES[Type.GPF]), "00-DB-12-34-56-78-90-B3"
    rows = (BackedUpDevice(str(DEVICES[Type.ESME]), DeviceKind.ESME, "AB" * 16),)
    rows += (BackedUpDevice(str(DEVICES[Type.IHD]), DeviceKind.IHD, ""),)
    partners = ((str(DEVICES[Type.IHD]), DeviceKind.IHD),)
    copy = LogBackup(chf, gpf, pan, 0, rows, (), partners)
    return AccessControlBroker(type_of, lambda: NOW, copy_of=lambda _hub: copy)


def asked(broker: AccessControlBroker, request: Request) -> Response:
    return read_response(broker.take(signed_by(Role.SUPPLIER, request.to_xml())))


@pytest.mark.requirement("DCC-03", "HHT-03")
@pytest.mark.parametrize(("name", "request_"), REQUESTS, ids=IDS)
def test_each_document_is_valid_and_becomes_a_finished_command(
    name: str, request_: Request, broker: AccessControlBroker, valid: Callable[[bytes], None]
) -> None:
    document = signed_by(Role.SUPPLIER, request_.to_xml())
    valid(document)
    answer = broker.take(document)
    valid(answer)
    verify(answer, [training_certificate(Role.ACCESS_CONTROL_BROKER)], NOW)
    response = read_response(answer)
    answers(response, request_)
    if request_.variant is CommandVariant.NON_DEVICE:
        assert isinstance(response.content, Acknowledgement)
        return
    if isinstance(response.content, PreCommand):
        signed = SignedPreCommand(None, signed_pre_command(response.content))
        second = replace(request_, variant=CommandVariant.SIGNED_LOCAL, body=signed)
        valid(signed_by(Role.SUPPLIER, second.to_xml()))
        response = asked(broker, second)
    assert isinstance(response.content, LocalCommand)
    message = parse(response.content.octets)
    assert is_lawful(message), name
    assert belongs(message, request_.name)
    verdict = check(message, keys_for(request_.name.target))
    assert verdict.mac is Check.VALID
    assert verdict.signature is (Check.VALID if message.signature else Check.NONE)


def test_there_is_a_document_for_every_service_that_can_be_delivered() -> None:
    assert {request.service for _name, request in REQUESTS} >= {
        "8.11", "8.9", "8.12.1", "8.12.2", "6.13", "6.2.9",
        "8.7.1", "8.7.2", "8.8.1", "8.8.2", "8.1.1", "6.11", "6.20.1", "6.2.7", "6.6", "7.12",
        "7.1", "7.2", "7.3", "7.4", "4.18", "11.2", "8.14.1", "8.14.2", "8.14.3", "8.14.4",
    }  # fmt: skip


def chosen(words: str) -> Request:
    return next(request for name, request in REQUESTS if name == words)


def test_both_ways_at_once_are_a_command_too(broker: AccessControlBroker) -> None:
    """Variants 3 and 7: over the WAN and locally."""
    read = replace(chosen("read-supply ESME"), variant=CommandVariant.OVER_WAN_AND_LOCAL)
    assert isinstance(asked(broker, read).content, LocalCommand)
    arm = chosen("arm-supply ESME")
    pre_command = asked(broker, arm).content
    assert isinstance(pre_command, PreCommand)
    signed = SignedPreCommand(None, signed_pre_command(pre_command))
    both = replace(arm, variant=CommandVariant.SIGNED_OVER_WAN_AND_LOCAL, body=signed)
    assert isinstance(asked(broker, both).content, LocalCommand)


def test_what_is_not_the_suppliers_is_not_taken(broker: AccessControlBroker) -> None:
    document = chosen("read-supply ESME").to_xml()
    for octets in (document, signed_by(Role.NETWORK_OPERATOR, document), b"", b"<a/>"):
        with pytest.raises(DuisError):
            broker.take(octets)
    signed = signed_by(Role.SUPPLIER, document)
    with pytest.raises(SignatureRefused):
        broker.take(signed.replace(b":1", b":2", 1))
    other = replace(chosen("read-supply ESME"), name=RequestId(BROKER, DEVICES[Type.ESME], 1))
    with pytest.raises(DeskError, match="another originator"):
        asked(broker, other)


def test_a_pre_command_of_another_request_or_nobodys_signature_gets_no_mac(broker: AccessControlBroker) -> None:
    arm, enable = chosen("arm-supply ESME"), chosen("enable-supply ESME")
    found = asked(broker, arm).content
    assert isinstance(found, PreCommand)
    whole = signed_pre_command(found)
    swapped = replace(enable, variant=CommandVariant.SIGNED_LOCAL, body=SignedPreCommand(None, whole))
    with pytest.raises(DeskError, match="of another request"):
        asked(broker, swapped)
    forged = SignedPreCommand(None, whole[:-1] + bytes((whole[-1] ^ 1,)))
    with pytest.raises(DeskError, match="not signed by its originator"):
        asked(broker, replace(arm, variant=CommandVariant.SIGNED_LOCAL, body=forged))


def test_what_goes_over_the_wan_alone_is_none_of_its_business(broker: AccessControlBroker) -> None:
    with pytest.raises(DeskError, match="by the centre"):
        asked(broker, replace(chosen("read-supply ESME"), variant=CommandVariant.OVER_WAN))


def test_an_answer_comes_home_with_the_request_that_it_belongs_to(broker: AccessControlBroker) -> None:
    name = RequestId(SUPPLIER, BROKER, 7)
    octets = bytes(range(256))
    body = ReturnLocalCommandResponse(chosen("read-supply ESME").name, octets)
    assert asked(broker, Request(name, CommandVariant.NON_DEVICE, "8.13", body)).done
    assert broker.returned == {chosen("read-supply ESME").name: octets}
    nameless = Request(name, CommandVariant.NON_DEVICE, "8.13", replace(body, original_request=None))
    with pytest.raises(DeskError, match="names no request"):
        asked(broker, nameless)
