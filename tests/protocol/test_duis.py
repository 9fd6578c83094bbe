"""DUIS documents of our own making, and what an enemy or a slip would make of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from hht.identifiers.device_id import DeviceId
from hht.identifiers.secret import Secret
from hht.protocol.duis import signature
from hht.protocol.duis.bodies import (
    Body,
    HubFaultReturn,
    HubInstalledWithoutWan,
    HubInstalledWithWan,
    HubReturn,
    OtherBody,
    ReturnLocalCommandResponse,
    SignedPreCommand,
)
from hht.protocol.duis.errors import DuisError, SignatureRefused, StructureError, ValueRefused, XmlRefused
from hht.protocol.duis.request import Request, read_request
from hht.protocol.duis.response import (
    Acknowledgement,
    CinMessage,
    Content,
    DccAlert,
    DeviceAlert,
    FutureDatedDeviceAlert,
    GbcsPayload,
    LocalCommand,
    PreCommand,
    Response,
    answers,
    read_response,
)
from hht.protocol.duis.services import CommandVariant, response_codes, service
from hht.protocol.duis.tree import element, read_xml
from hht.protocol.duis.values import RequestId

SUPPLIER = DeviceId("90B3D51F30010000")
BROKER = DeviceId("90B3D51F30000002")
ESME = DeviceId("00DB1234567890A0")
NAME = RequestId(SUPPLIER, ESME, 1000)
TIME = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)
INSTALLED = HubInstalledWithWan(ESME, "New CHF Install", TIME, "job 7", "1312345678333", None, False, "Deep indoors")


def asked(body: Body | OtherBody = INSTALLED, code: str = "8.14.1", variant: int = 8) -> Request:
    return Request(NAME, CommandVariant(variant), code, body)


@cache
def xsd(folder: Path) -> Any:
    import xmlschema

    return xmlschema.XMLSchema(str(folder / "DUIS Schema V5.4.xsd"))


@pytest.fixture
def valid(vectors_folder: Path) -> Callable[[bytes], bool]:
    """Whether a document is valid by the published schema; skipped, visibly, where that is absent."""
    if not (vectors_folder / "duis").exists():
        pytest.skip("no outside vectors: duis is not there")
    return lambda octets: bool(xsd(vectors_folder / "duis").is_valid(octets.decode()))


BODIES: dict[str, tuple[Body, int]] = {
    "8.13": (ReturnLocalCommandResponse(NAME, b"\xdd\x00\x00"), 8),
    "8.14.1": (INSTALLED, 8),
    "8.14.2": (
        HubInstalledWithoutWan(
            ESME,
            "CHF Install - no SM WAN",
            None,
            None,
            "1234567890",
            "SJ 81 93",
            True,
            "Basement or Cellar",
            "Low Rise Apartment (MDU <= 5 floors)",
            True,
            True,
            False,
            "no signal at the <door> & the stairs",
        ),
        8,
    ),
    "8.14.3": (
        HubFaultReturn(
            ESME, "Fault identified post installation", TIME, "job 7", BROKER, "INC1", "Hot-shoe", "LED Fault"
        ),
        8,
    ),
    "8.14.4": (HubReturn(ESME, "Lost or Stolen Hub", None, None, None, "from the van"), 8),
    "8.1.1": (SignedPreCommand(TIME, b"\xdf\x09"), 6),
}


@pytest.mark.parametrize("code", BODIES)
def test_what_is_written_is_valid_by_the_schema_and_read_back(code: str, valid: Callable[[bytes], bool]) -> None:
    body, variant = BODIES[code]
    request = Request(NAME, CommandVariant(variant), code, body, first=True)
    octets = request.to_xml()
    assert valid(octets)
    assert read_request(octets) == request
    after = Request(NAME, CommandVariant(variant), code, body, after=NAME.answer())
    assert valid(after.to_xml())
    assert read_request(after.to_xml()) == after


CONTENTS: tuple[Content, ...] = (
    Acknowledgement(),
    GbcsPayload(b"\x01"),
    LocalCommand(bytes(range(256))),
    PreCommand("4.3", b"\xdf\x00"),
)


@pytest.mark.parametrize("content", CONTENTS)
def test_responses_are_valid_by_the_schema_and_read_back(content: Content, valid: Callable[[bytes], bool]) -> None:
    response = Response("I0", TIME, content, "6.20.1", NAME, NAME.answer())
    assert valid(response.to_xml())
    assert read_response(response.to_xml()) == response
    assert (response.done, response.taken) == (True, False)


def test_every_code_of_the_schema_is_a_response_code_and_nothing_else() -> None:
    assert len(response_codes()) == 194
    with pytest.raises(ValueRefused, match="ResponseCode is “I1”"):
        Response("I1", TIME, Acknowledgement(), "6.20.1").to_xml()


def alert(inside: str) -> bytes:
    time = "<sr:ResponseDateTime>2026-11-21T09:30:15+01:00</sr:ResponseDateTime>"
    head = f"<sr:Header><sr:ResponseCode>I0</sr:ResponseCode>{time}"
    space = 'xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway"'
    return (
        f'<sr:Response {space} schemaVersion="5.4">{head}</sr:Header><sr:Body>{inside}</sr:Body></sr:Response>'.encode()
    )


def test_alerts_are_read(valid: Callable[[bytes], bool]) -> None:
    device = alert(
        "<sr:DeviceAlertMessage><sr:AlertCode>8F69</sr:AlertCode><sr:ThrottledAlertCount>3</sr:ThrottledAlertCount>"
        "<sr:GBCSPayload>3Q==</sr:GBCSPayload></sr:DeviceAlertMessage>"
    )
    assert valid(device)
    found = read_response(device)
    assert found.content == DeviceAlert(0x8F69, b"\xdd", 3)
    assert found.time == datetime(2026, 11, 21, 8, 30, 15, tzinfo=UTC)
    dcc = alert(
        "<sr:DCCAlertMessage><sr:DCCAlertCode>N24</sr:DCCAlertCode><sr:DCCAlert><sr:DualBandCHAlert>"
        "<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID></sr:DualBandCHAlert></sr:DCCAlert></sr:DCCAlertMessage>"
    )
    content = read_response(dcc).content
    assert isinstance(content, DccAlert)
    assert (content.alert_code, content.about.name) == ("N24", "DualBandCHAlert")


def message(inside: str) -> bytes:
    services = (
        "<sr:ServiceReference>9.1</sr:ServiceReference><sr:ServiceReferenceVariant>9.1</sr:ServiceReferenceVariant>"
    )
    return alert(f"<sr:ResponseMessage>{services}{inside}</sr:ResponseMessage>")


def test_a_cin_is_read_as_a_secret(valid: Callable[[bytes], bool]) -> None:
    number = "<sr:CustomerIdentificationNumber>7461</sr:CustomerIdentificationNumber>"
    octets = message(f"<sr:CINMessage><sr:GBCSPayload>3Q==</sr:GBCSPayload>{number}</sr:CINMessage>")
    assert valid(octets)
    content = read_response(octets).content
    assert isinstance(content, CinMessage)
    assert content.cin == Secret("7461")
    assert "7461" not in repr(read_response(octets))
    with pytest.raises(DuisError) as refused:
        read_response(octets.replace(b"7461", b"746x"))
    assert "746" not in str(refused.value.as_dict())


def test_a_future_dated_alert_says_which_instruction_it_is_about(valid: Callable[[bytes], bool]) -> None:
    octets = message(
        "<sr:FutureDatedDeviceAlertMessage><sr:FutureDatedAlertCode>8F66</sr:FutureDatedAlertCode>"
        "<sr:GBCSPayload>3Q==</sr:GBCSPayload><sr:InstructionNumber>2</sr:InstructionNumber>"
        "<sr:TotalCommandInstructions>3</sr:TotalCommandInstructions></sr:FutureDatedDeviceAlertMessage>"
    )
    assert valid(octets)
    assert read_response(octets).content == FutureDatedDeviceAlert(0x8F66, b"\xdd", 2, 3)


SPOILT: dict[str, tuple[str, str, str]] = {
    "another counter": (":1000", ":18446744073709551616", "counter"),
    "no counter": (":1000", ":0", "counter"),
    "half an identity": ("90-B3-D5-1F-30-01-00-00", "90-B3-D5-1F-30-01-00", "RequestID"),
    "nobody": ("90-B3-D5-1F-30-01-00-00", "00-00-00-00-00-00-00-00", "RequestID"),
    "variant of the DCC": ("Variant>8<", "Variant>9<", "CommandVariant"),
    "variant of commands": ("Variant>8<", "Variant>4<", "does not go with service"),
    "another service": ("Variant>8.14.1<", "Variant>8.14.4<", "the body of 8.14.4"),
    "no service": ("Variant>8.14.1<", "Variant>8.99<", "no service"),
    "another reference": ("Reference>8.14<", "Reference>8.1<", "no variant of service"),
    "unknown element": ("<sr:AerialInstall>", "<sr:Other/><sr:AerialInstall>", "AerialInstall is expected"),
    "missing element": ("<sr:AerialInstall>false</sr:AerialInstall>", "", "AerialInstall is expected"),
    "another order": ("<sr:MPxN>1312345678333</sr:MPxN>", "", "MPxN is expected"),
    "no word of the list": ("Deep indoors", "deep indoors", "CHFLocation"),
    "neither true nor false": (">false<", ">no<", "true or false"),
    "no time": ("2026-11-21T09:30:15.250Z", "2026-02-30T09:30:15Z", "a time such as"),
    "too long": ("job 7", "x" * 26, "0 to 25 characters"),
    "text beside elements": ("<sr:Body>", "<sr:Body>hello", "cannot hold the text"),
    "elements in a value": ("job 7", "<sr:b>7</sr:b>", "holds a value"),
    "another namespace": ("ServiceUserGateway", "Other", "a Request of DUIS is expected"),
    "no version": ('"5.4"', '"new"', "schemaVersion"),
    "two bodies": ("</sr:Body>", "</sr:Body><sr:Body/>", "no place here"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_is_told_with_its_line(name: str) -> None:
    old, new, said = SPOILT[name]
    whole = asked().to_xml().decode()
    assert old in whole
    spoilt = whole.replace(old, new, 1)
    with pytest.raises(DuisError) as refused:
        read_request(spoilt.encode())
    assert said in refused.value.message
    line = int(str(refused.value.details["line"]))
    assert refused.value.message.startswith(f"Line {line}: ")
    changed = 1 + next(
        at for at, (a, b) in enumerate(zip(whole.split("\n"), spoilt.split("\n"), strict=False)) if a != b
    )
    assert abs(line - changed) <= 6  # the service is judged by its variant, the body by its head


def test_nothing_that_breaks_a_rule_is_written() -> None:
    with pytest.raises(ValueRefused, match="UserRefID"):
        asked(HubReturn(ESME, "Lost or Stolen Hub", None, "x" * 26, None), "8.14.4").to_xml()
    with pytest.raises(StructureError, match="follows no other"):
        Request(NAME, CommandVariant.NON_DEVICE, "8.14.1", INSTALLED, first=True, after=NAME.answer()).to_xml()
    with pytest.raises(DuisError):
        asked(OtherBody(element("CHFFaultReturn")), "8.14.1").to_xml()


HOSTILE: dict[str, bytes] = {
    "billion laughs": b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    "a file of the computer": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
    "a host of the network": b'<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
    "an entity nobody declared": b"<a>&b;</a>",
    "an instruction": b'<?xml-stylesheet href="http://example.org/a.xsl"?><a/>',
    "another encoding": b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
    "UTF-16": "<a/>".encode("utf-16"),
    "no UTF-8": b"<a>\xff</a>",
    "NUL": b"<a>\x00</a>",
    "depth": b"<a>" * 41 + b"</a>" * 41,
    "attributes": b"<a " + b" ".join(b'b%d="1"' % n for n in range(33)) + b"/>",
    "elements": b"<a>" + b"<b/>" * 200_001 + b"</a>",
    "half a document": b"<a><b></b>",
    "two roots": b"<a/><b/>",
    "nothing": b"",
    "an unknown prefix": b"<sr:a/>",
    "a name twice": b'<a b="1" b="2"/>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(XmlRefused) as refused:
        read_xml(HOSTILE[name])
    assert refused.value.remedy
    assert refused.value.code.startswith("duis-")


def test_a_document_of_more_octets_than_any_is_refused_unread() -> None:
    with pytest.raises(XmlRefused, match="longest"):
        read_xml(b" " * (16 * 1024 * 1024 + 1))


octet_strings = st.binary(min_size=1, max_size=64)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff"), max_size=25
)


@given(octet_strings, st.integers(1, 2**64 - 1), words, st.datetimes(datetime(2012, 1, 1), datetime(2099, 1, 1)))
def test_round_trip(payload: bytes, counter: int, word: str, time: datetime) -> None:
    name = RequestId(SUPPLIER, BROKER, counter)
    home = Request(name, CommandVariant.NON_DEVICE, "8.13", ReturnLocalCommandResponse(name, payload))
    assert read_request(home.to_xml()) == home
    moment = time.replace(microsecond=time.microsecond // 1000 * 1000, tzinfo=UTC)
    back = Request(name, CommandVariant.NON_DEVICE, "8.14.4", HubReturn(ESME, "Lost or Stolen Hub", moment, word, None))
    assert read_request(back.to_xml()) == back


def test_a_response_is_held_against_its_request() -> None:
    local = Request(NAME, CommandVariant.LOCAL, "6.20.1", OtherBody(element("SetDeviceConfigurationImportMPxN")))
    good = Response("I0", TIME, LocalCommand(b"\xdd"), "6.20.1", NAME, NAME.answer())
    answers(good, local)
    other = RequestId(SUPPLIER, ESME, 1001)
    for response, said in (
        (Response("I0", TIME, LocalCommand(b"\xdd"), "6.20.1", other, other.answer()), "answers request"),
        (Response("I0", TIME, LocalCommand(b"\xdd"), "6.20.1", NAME, other.answer()), "answers request"),
        (Response("I0", TIME, LocalCommand(b"\xdd"), "6.20.2", NAME), "answers service"),
    ):
        with pytest.raises(StructureError, match=said):
            answers(response, local)
    over_wan = Request(NAME, CommandVariant.OVER_WAN, "6.20.1", local.body)
    with pytest.raises(StructureError, match="asks for none"):
        answers(good, over_wan)


def test_the_variants_say_what_is_delivered_on_site() -> None:
    assert [int(variant) for variant in CommandVariant if variant.local] == [2, 3, 6, 7]
    assert [int(variant) for variant in CommandVariant if variant.signed] == [5, 6, 7]
    found = service("8.14.2")
    assert found is not None
    assert found.reference == "8.14"


@cache
def signer(number: int = 1, name: str = "desk") -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.derive_private_key(number, ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1000 + number)
    builder = builder.not_valid_before(TIME - timedelta(days=1)).not_valid_after(TIME + timedelta(days=1))
    return key, builder.sign(key, hashes.SHA256())


def test_what_is_signed_here_is_valid_and_verifies_for_its_signer_alone(valid: Callable[[bytes], bool]) -> None:
    key, certificate = signer()
    signed = signature.sign(asked().to_xml(), key, certificate)
    assert valid(signed)
    assert read_request(signed).signed
    found = signature.verify(signed, [signer(2)[1], certificate], TIME)
    assert found.signer == certificate
    with pytest.raises(SignatureRefused) as unknown:
        signature.verify(signed, [signer(2)[1]], TIME)
    assert unknown.value.code == "duis-signer-unknown"
    _key, impostor = signer(3)
    renamed = signed.replace(b">1001<", b">1003<")
    with pytest.raises(SignatureRefused, match="does not fit"):
        signature.verify(renamed, [impostor, certificate], TIME)
    with pytest.raises(SignatureRefused) as unsigned:
        signature.verify(asked().to_xml(), [certificate], TIME)
    assert unsigned.value.code == "duis-unsigned"


def test_a_signed_part_lends_its_signature_to_nothing_around_it() -> None:
    key, certificate = signer()
    signed = signature.sign(asked().to_xml(), key, certificate)
    inner = signed.partition(b"?>")[2].strip()
    space = b'xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway"'
    evil = asked(HubReturn(ESME, "Lost or Stolen Hub", None, None, None), "8.14.4").to_xml().partition(b"?>")[2]
    mark = inner.partition(b"<ds:Signature ")
    stolen = mark[1] + mark[2].partition(b"</ds:Signature>")[0] + b"</ds:Signature>"
    for wrapped in (
        b"<sr:Request " + space + b">" + inner + evil.strip() + b"</sr:Request>",
        evil.replace(b"</sr:Request>", stolen + b"</sr:Request>"),
        evil.replace(b"</sr:Request>", inner + stolen + b"</sr:Request>"),
        inner.replace(b"</sr:Request>", evil.strip() + b"</sr:Request>"),
    ):
        with pytest.raises(SignatureRefused):
            signature.verify(wrapped, [certificate], TIME)
