"""Service responses and alerts: what comes back from the DCC, with the command for local delivery in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from hht.i18n import _
from hht.identifiers.secret import Secret
from hht.protocol.duis import values
from hht.protocol.duis.errors import StructureError
from hht.protocol.duis.request import SCHEMA_VERSION, Request, read_service, require_root
from hht.protocol.duis.sequence import Sequence
from hht.protocol.duis.services import response_codes
from hht.protocol.duis.tree import SR, Element, element, of, read_xml, write_xml
from hht.protocol.duis.values import RequestId

_UNSIGNED_INT = 2**32 - 1
_ALERT_CODE = "(?:[0-9A-Fa-f]{2})+"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Nothing but the response code: done, taken and answered later, or refused."""


@dataclass(frozen=True, slots=True)
class GbcsPayload:
    """What a device answered over the WAN."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """A finished command, to be delivered to the device on site as it stands."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class PreCommand:
    """The command that a critical request became, for its originator to check and sign."""

    gbcs_version: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class CinMessage:
    """A customer identification number on its way to the meter's display. The number is a secret."""

    octets: bytes
    cin: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class FutureDatedDeviceAlert:
    """What became of a future-dated command (alert 8F66 or 8F67), instruction by instruction."""

    alert_code: int
    octets: bytes
    instruction: int
    instructions: int


@dataclass(frozen=True, slots=True)
class DeviceAlert:
    """An alert that a device sent. `throttled`: how many of them the DCC held back, None: none."""

    alert_code: int
    octets: bytes
    throttled: int | None = None


@dataclass(frozen=True, slots=True)
class DccAlert:
    """An alert of the DCC itself (``N24`` …): its code, and what it is about as it came."""

    alert_code: str
    about: Element


@dataclass(frozen=True, slots=True)
class OtherContent:
    """Content whose fields are not looked at here."""

    held: Element


Content = (
    Acknowledgement
    | GbcsPayload
    | LocalCommand
    | PreCommand
    | CinMessage
    | FutureDatedDeviceAlert
    | DeviceAlert
    | DccAlert
    | OtherContent
)


@dataclass(frozen=True, slots=True)
class Response:
    """What the DCC answers. `service`: the Service Reference Variant, empty in alerts; `request`: what is answered."""

    code: str
    time: datetime
    content: Content
    service: str = ""
    request: RequestId | None = None
    name: RequestId | None = None
    schema_version: str = SCHEMA_VERSION
    signed: bool = False

    @property
    def done(self) -> bool:
        """The request has been carried out (I0)."""
        return self.code == "I0"

    @property
    def taken(self) -> bool:
        """The request has been taken; the answer to it comes later (I99)."""
        return self.code == "I99"

    def to_xml(self) -> bytes:
        """The document, without a signature, of content that the DCC makes from a request.

        Raises what `read_response` would of it, and StructureError for alerts, which are only read here.
        """
        head = [element("RequestID", str(self.request))] if self.request is not None else []
        if self.name is not None:
            head.append(element("ResponseID", str(self.name)))
        head.append(element("ResponseCode", self.code))
        head.append(element("ResponseDateTime", values.written_moment(self.time)))
        reference = ".".join(self.service.split(".")[:2])
        services = (element("ServiceReference", reference), element("ServiceReferenceVariant", self.service))
        body = of("Body", [of("ResponseMessage", [*services, *_written(self.content)])])
        root = Element("Response", SR, "", (of("Header", head), body), {"schemaVersion": self.schema_version})
        octets = write_xml(root)
        read_response(octets)
        return octets


def read_response(octets: bytes) -> Response:
    """The response or alert that a document is. Raises XmlRefused, StructureError, ValueRefused, each with the line."""
    return response_of(read_xml(octets))


def response_of(root: Element) -> Response:
    """The response that a document's root element is. Raises as `read_response`."""
    version = require_root(root, "Response")
    parts = Sequence(root)
    head = parts.must("Header", Sequence)
    request = head.may("RequestID", values.request_id)
    name = head.may("ResponseID", values.request_id)
    code = head.must("ResponseCode", values.one_of(response_codes()))
    time = head.must("ResponseDateTime", values.moment)
    head.end()
    service, content = parts.must("Body", _body)
    signature = parts.signature()
    parts.end()
    return Response(code, time, content, service, request, name, version, signature is not None)


def answers(response: Response, request: Request) -> None:
    """Hold a response against the request that it is taken for.

    Raises StructureError when it names another request or another service, or brings a command for local delivery
    that was not asked for.
    """
    if response.request != request.name or response.name not in (None, request.name.answer()):
        said = _("this answers request {other}, not {name}.").format(other=response.request, name=request.name)
        raise StructureError(said, code="duis-other-request")
    if response.service and response.service != request.service:
        said = _("this answers service {other}; {service} was asked for.")
        words = said.format(other=response.service, service=request.service)
        raise StructureError(words, code="duis-other-request")
    if isinstance(response.content, LocalCommand) and not request.variant.local:
        said = _("a command for local delivery came; command variant {variant} asks for none.")
        raise StructureError(said.format(variant=int(request.variant)), code="duis-other-request")


def _body(held: Element) -> tuple[str, Content]:
    parts = Sequence(held)
    message = parts.any()
    parts.end()
    if message.namespace == SR and message.name == "ResponseMessage":
        inside = Sequence(message)
        service = read_service(inside)
        content = _content(inside.any()) if inside.peek() is not None else Acknowledgement()
        inside.end()
        return service.variant, content
    return "", _content(message)


def _content(held: Element) -> Content:
    if held.namespace != SR or held.name not in _READERS:
        if held.namespace == SR and held.name in _OTHERS:
            return OtherContent(held)
        said = _("{name} is nothing that the DCC answers.").format(name=held.name[:60])
        raise StructureError(said, line=held.line, code="duis-unexpected")
    return _READERS[held.name](held)


def _local(held: Element) -> Content:
    inside = Sequence(held)
    found = LocalCommand(inside.must("GBCSPayload", values.octets))
    inside.end()
    return found


def _pre_command(held: Element) -> Content:
    inside = Sequence(held)
    found = PreCommand(inside.must("GBCSVersion", values.text(20)), inside.must("GBCSPayload", values.octets))
    inside.end()
    return found


def _cin(held: Element) -> Content:
    inside = Sequence(held)
    payload = inside.must("GBCSPayload", values.octets)
    number = inside.must("CustomerIdentificationNumber", _secret_digits)
    inside.end()
    return CinMessage(payload, number)


def _secret_digits(held: Element) -> Secret:
    digits = values.leaf(held)
    if not (len(digits) == 4 and digits.isascii() and digits.isdigit()):
        said = _("{name} is not four digits.").format(name=held.name)  # what it is instead is a secret as well
        raise StructureError(said, line=held.line, code="duis-value")
    return Secret(digits)


def _code(held: Element) -> int:
    return int(values.matching(_ALERT_CODE, _("an alert code of hex digits is expected."))(held)[:8], 16)


def _future_dated(held: Element) -> Content:
    inside = Sequence(held)
    code = inside.must("FutureDatedAlertCode", _code)
    payload = inside.must("GBCSPayload", values.octets)
    number = inside.must("InstructionNumber", values.number(0, 65535))
    total = inside.must("TotalCommandInstructions", values.number(0, 65535))
    inside.end()
    return FutureDatedDeviceAlert(code, payload, number, total)


def _device_alert(held: Element) -> Content:
    inside = Sequence(held)
    code = inside.must("AlertCode", _code)
    inside.may("ThrottledAlertSequenceId", values.number(0, _UNSIGNED_INT))
    throttled = inside.may("ThrottledAlertCount", values.number(0, _UNSIGNED_INT))
    payload = inside.must("GBCSPayload", values.octets)
    inside.end()
    return DeviceAlert(code, payload, throttled)


def _dcc_alert(held: Element) -> Content:
    inside = Sequence(held)
    code = inside.must("DCCAlertCode", values.matching("AD1|N[1-9][0-9]{0,2}", _("an alert such as N24 is expected.")))
    inside.may("ThrottledAlertSequenceId", values.number(0, _UNSIGNED_INT))
    inside.may("ThrottledAlertCount", values.number(0, _UNSIGNED_INT))
    about = inside.must("DCCAlert", lambda alert: Sequence(alert).any())
    inside.end()
    return DccAlert(code, about)


_READERS: dict[str, Callable[[Element], Content]] = {
    "GBCSPayload": lambda held: GbcsPayload(values.octets(held)),
    "LocalCommand": _local,
    "PreCommand": _pre_command,
    "CINMessage": _cin,
    "FutureDatedDeviceAlertMessage": _future_dated,
    "DeviceAlertMessage": _device_alert,
    "DCCAlertMessage": _dcc_alert,
}
_OTHERS = frozenset(
    (
        "DSPInventory",
        "DSPOptIn",
        "DSPSchedulesRead",
        "DSPScheduledMessage",
        "DSPScheduleID",
        "DSPUpdateFirmwareWarning",
        "DSPUpdatePPMIDFirmwareWarning",
        "DSPWANMatrix",
        "SMETS1ResponseMessage",
    )
)


def _payload(octets: bytes) -> Element:
    return element("GBCSPayload", values.written_octets(octets))


def _written(content: Content) -> tuple[Element, ...]:
    match content:
        case Acknowledgement():
            return ()
        case GbcsPayload(octets):
            return (_payload(octets),)
        case LocalCommand(octets):
            return (of("LocalCommand", [_payload(octets)]),)
        case PreCommand(version, octets):
            return (of("PreCommand", [element("GBCSVersion", version), _payload(octets)]),)
        case OtherContent(held):
            return (held,)
        case _:
            said = _("an alert is no answer to a request.")
            raise StructureError(said, code="duis-unexpected")
