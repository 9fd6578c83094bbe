"""The emulated access control broker: service requests in, signed; commands for local delivery out (training alone).

It takes DUIS documents from the emulated supplier: command variants 2 and 3 become finished commands at once, 4 a
pre-command, 6 and 7 the signed pre-command with the broker's MAC; 8.13 brings a device's answer home, 8.14.1 to 8.14.4
tell of hubs. What it answers is signed too. Keys are the training cast's (`hht.emulation.gbcs.pki`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hht.desk.errors import DeskError
from hht.emulation.gbcs.pki import ORGANISATIONS, keys_for, organisation_certificate
from hht.emulation.service_asked import CopyOf, Made, TypeOf
from hht.emulation.service_commands import made_of
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.duis.bodies import OtherBody, ReturnLocalCommandResponse, SignedPreCommand
from hht.protocol.duis.request import Request, request_of
from hht.protocol.duis.response import Acknowledgement, Content, LocalCommand, PreCommand, Response
from hht.protocol.duis.services import CommandVariant
from hht.protocol.duis.signature import sign, verify
from hht.protocol.duis.values import RequestId
from hht.protocol.gbcs.building import Header, contents, finish, signed, with_mac
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Supplementary, parse
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.protection import Check, check_signature
from hht.protocol.gbcs.training_trust import training_key

if TYPE_CHECKING:
    from cryptography import x509

GBCS_VERSION: Final = "4.3"
BROKER: Final = DeviceId(ORGANISATIONS[Role.ACCESS_CONTROL_BROKER].hex().upper())
SUPPLIER: Final = DeviceId(ORGANISATIONS[Role.SUPPLIER].hex().upper())
OnNotice = Callable[[Request], None]


def training_certificate(role: Role) -> x509.Certificate:
    """The certificate by which `role` signs documents."""
    from cryptography import x509

    return x509.load_der_x509_certificate(organisation_certificate(role, KeyUsage.DIGITAL_SIGNATURE).der)


def signed_by(role: Role, document: bytes) -> bytes:
    """A document with the signature of `role`, of the training cast."""
    key = training_key(ORGANISATIONS[role], KeyUsage.DIGITAL_SIGNATURE)
    return sign(document, key, training_certificate(role))


class AccessControlBroker:
    """`type_of`: which type a Device ID is of in the inventory (it raises DeskError for one that is not in it).
    `copy_of`: the centre's copy of a hub's logs; `on_notice` is told of each 8.14; `returned`: what came home of
    devices, by the request it answers."""

    def __init__(
        self,
        type_of: TypeOf,
        now: Callable[[], datetime],
        on_notice: OnNotice = lambda _asked: None,
        copy_of: CopyOf = lambda _hub: None,
    ) -> None:
        self._type_of = type_of
        self._copy_of = copy_of
        self._now = now
        self._on_notice = on_notice
        self._counters: dict[DeviceId, int] = {}
        self.returned: dict[RequestId, bytes] = {}

    def take(self, document: bytes) -> bytes:
        """The signed answer to a signed request.

        Raises SignatureRefused where its signature is not the supplier's, DuisError for a document that is none,
        DeskError for what this broker does not make.
        """
        verified = verify(document, [training_certificate(Role.SUPPLIER)], self._now())
        request = request_of(verified.document)
        if request.name.originator != SUPPLIER:
            raise _refused(_("the request names another originator than its signer"))
        content = self._content(request)
        answer = Response("I0", self._now(), content, request.service, request.name, request.name.answer())
        return signed_by(Role.ACCESS_CONTROL_BROKER, answer.to_xml())

    def _content(self, request: Request) -> Content:
        if request.variant is CommandVariant.NON_DEVICE:
            self._noted(request)
            return Acknowledgement()
        if isinstance(request.body, SignedPreCommand) and request.variant.local:
            return LocalCommand(self._with_mac(request, request.body.payload))
        if not isinstance(request.body, OtherBody):
            raise _refused(_("this service asks for no command"))
        counter = request.name.counter
        made = made_of(request, request.body.asked, self._type_of, self._now(), counter, self._copy_of)
        whole = contents(self._header(request, made), made.payload)
        if request.variant is CommandVariant.TRANSFORM:
            return PreCommand(GBCS_VERSION, whole)
        if request.variant.local:
            return LocalCommand(finish(whole, keys_for(request.name.target)))
        raise _refused(_("what goes over the WAN goes by the centre"))

    def _header(self, request: Request, made: Made) -> Header:
        name, target = request.name, request.name.target.to_bytes()
        if not made.by_broker:
            return Header(Cra.COMMAND, name.counter, name.originator.to_bytes(), target, made.code)
        mine = max(self._counters.get(name.target, 0) + 1, name.counter)
        self._counters[name.target] = mine
        for_whom = Supplementary(name.originator.to_bytes(), name.counter)
        return Header(Cra.COMMAND, mine, BROKER.to_bytes(), target, made.code, supplementary=for_whom)

    def _with_mac(self, request: Request, payload: bytes) -> bytes:
        """A signed pre-command made whole. Raises DeskError where its signature is not its originator's."""
        message, keys = parse(payload), keys_for(request.name.target)
        if message.target != request.name.target.to_bytes() or message.counter != request.name.counter:
            raise _refused(_("the pre-command is of another request"))
        if check_signature(message, keys) is not Check.VALID:
            raise _refused(_("the pre-command is not signed by its originator"))
        shared = keys.secret(BROKER.to_bytes(), message.target)
        assert shared is not None  # both keys are the cast's
        return with_mac(payload, shared)

    def _noted(self, request: Request) -> None:
        if isinstance(request.body, ReturnLocalCommandResponse):
            if request.body.original_request is None:
                raise _refused(_("the answer names no request that it belongs to"))
            self.returned[request.body.original_request] = request.body.response
        else:
            self._on_notice(request)


def signed_pre_command(pre_command: PreCommand) -> bytes:
    """A pre-command with the supplier's signature, as command variants 5 to 7 carry it."""
    return signed(pre_command.octets, training_key(SUPPLIER.to_bytes(), KeyUsage.DIGITAL_SIGNATURE))


def _refused(why: str) -> DeskError:
    return DeskError(
        _("The broker does not take the request: {why}.").format(why=why),
        remedy=_("Make the request anew."),
        code="desk-broker",
    )
