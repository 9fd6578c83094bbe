"""Service requests: what a supplier's system sends to the DCC, with the order in which they are to be carried out."""

from __future__ import annotations

from dataclasses import dataclass

from hht.i18n import _
from hht.protocol.duis import values
from hht.protocol.duis.bodies import AnyBody, SignedPreCommand, read_body
from hht.protocol.duis.errors import StructureError, ValueRefused
from hht.protocol.duis.sequence import Sequence
from hht.protocol.duis.services import CommandVariant, Service, service
from hht.protocol.duis.tree import SR, Element, element, of, read_xml, write_xml
from hht.protocol.duis.values import RequestId

SCHEMA_VERSION = "5.4"
_VERSION = r"\d{1,2}(\.\d{1,3})?"


@dataclass(frozen=True, slots=True)
class Request:
    """A service request. `service` is the Service Reference Variant ("8.13").

    `first` and `after` (FirstInSequence, PrecedingServiceRequestID) are the order fields; `signed` tells whether an XML
    signature stands under it, which only `hht.protocol.duis.signature` verifies.
    """

    name: RequestId
    variant: CommandVariant
    service: str
    body: AnyBody
    first: bool | None = None
    after: RequestId | None = None
    schema_version: str = SCHEMA_VERSION
    signed: bool = False

    def to_xml(self) -> bytes:
        """The document, without a signature. Raises what `read_request` would of it: nothing broken is sent."""
        octets = write_xml(Element("Request", SR, "", tuple(self._parts()), {"schemaVersion": self.schema_version}))
        read_request(octets)
        return octets

    def _parts(self) -> tuple[Element, Element]:
        reference = ".".join(self.service.split(".")[:2])
        head = [element("RequestID", str(self.name))]
        if self.first is not None:
            head.append(element("FirstInSequence", "true" if self.first else "false"))
        if self.after is not None:
            head.append(element("PrecedingServiceRequestID", str(self.after)))
        head.append(element("CommandVariant", str(int(self.variant))))
        head.append(element("ServiceReference", reference))
        head.append(element("ServiceReferenceVariant", self.service))
        return of("Header", head), of("Body", [self.body.written()])


def read_request(octets: bytes) -> Request:
    """The request that a document is.

    Raises XmlRefused, StructureError or ValueRefused, each with the line.
    """
    return request_of(read_xml(octets))


def request_of(root: Element) -> Request:
    """The request that a document's root element is. Raises as `read_request`."""
    version = require_root(root, "Request")
    parts = Sequence(root)
    head = parts.must("Header", Sequence)
    name = head.must("RequestID", values.request_id)
    first = head.may("FirstInSequence", values.truth)
    after_at = head.peek()
    after = head.may("PrecedingServiceRequestID", values.request_id)
    if first and after is not None and after_at is not None:
        said = _("the first of a sequence follows no other request.")
        raise StructureError(said, line=after_at.line, code="duis-order")
    variant = head.must("CommandVariant", _variant)
    found = read_service(head)
    head.end()
    body = parts.must("Body", lambda held: _body(held, found, variant))
    signature = parts.signature()
    parts.end()
    return Request(name, variant, found.variant, body, first, after, version, signature is not None)


def require_root(root: Element, name: str) -> str:
    """The schema version of a document whose root is `name`. Raises StructureError for another root."""
    if (root.name, root.namespace) != (name, SR):
        said = _("a {name} of DUIS is expected; this is {found}.").format(name=name, found=root.name[:60])
        raise StructureError(said, line=root.line, code="duis-other-document")
    version = Element("schemaVersion", text=root.attributes.get("schemaVersion", ""), line=root.line)
    return values.matching(_VERSION, _("the version of the interface, such as 5.4, is expected."))(version)


def read_service(head: Sequence) -> Service:
    """ServiceReference and ServiceReferenceVariant. Raises ValueRefused for a service that DUIS has not."""
    reference = head.must("ServiceReference", values.text(10, 1))
    at = head.peek()
    variant = head.must("ServiceReferenceVariant", values.text(10, 1))
    found = service(variant)
    line = at.line if at is not None else 0
    if found is None:
        said = _("DUIS 5.4 has no service {variant}.").format(variant=variant)
        raise ValueRefused(said, line=line, code="duis-service")
    if found.reference != reference:
        said = _("{variant} is no variant of service {reference}.").format(variant=variant, reference=reference)
        raise ValueRefused(said, line=line, code="duis-service")
    return found


def _variant(held: Element) -> CommandVariant:
    return CommandVariant(values.number(1, 8)(held))


def _body(held: Element, found: Service, variant: CommandVariant) -> AnyBody:
    if variant.kind is not found.kind:
        said = _("command variant {variant} does not go with service {service}, which is {kind}.")
        words = said.format(variant=int(variant), service=found.variant, kind=found.kind)
        raise StructureError(words, line=held.line, code="duis-variant")
    parts = Sequence(held)
    asked = parts.any()
    parts.end()
    expected = SignedPreCommand.NAME if variant.signed else found.element
    if (asked.name, asked.namespace) != (expected, SR):
        said = _("the body of {service} with command variant {variant} is {expected}; this is {found}.")
        words = said.format(service=found.variant, variant=int(variant), expected=expected, found=asked.name[:60])
        raise StructureError(words, line=asked.line, code="duis-unexpected")
    return read_body(asked)
