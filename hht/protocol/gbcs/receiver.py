"""A device's end: octets in, a verified command or a refusal with its reason out; and the octets of what it answers.

What is checked, in this order: form; recipient; message code, and whether this device takes it; that it is signed and
has its MAC as it must; MAC; signature; the originator's authority; its counter; the payload. Only a command that passed
all of it moves a counter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from hht.i18n import _
from hht.protocol.cosem.data import Data
from hht.protocol.gbcs import crypto
from hht.protocol.gbcs.building import Header, protect, response_header
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.envelope import Cra, Envelope, id_text, parse
from hht.protocol.gbcs.errors import CertificateUnreadable, GbcsError, MalformedMessage, MalformedPayload
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Category, Role, UseCase, use_case
from hht.protocol.gbcs.payload import Payload, encode_payload, parse_payload
from hht.protocol.gbcs.protection import Check, check_mac, check_signature, is_lawful
from hht.protocol.gbcs.refusals import CommandRefused, Reason
from hht.protocol.gbcs.sealing import protected_value
from hht.protocol.gbcs.segments import sealing_key
from hht.protocol.gbcs.trust_anchors import OriginatorCounters, TrustAnchors


@dataclass(frozen=True, slots=True)
class VerifiedCommand:
    """A command that this device may carry out. `role`: the originator's; None: another device's."""

    message: Envelope
    use_case: UseCase
    role: Role | None
    payload: Payload

    @property
    def originator(self) -> bytes:
        """Who sent it, 8 octets."""
        return self.message.originator

    @property
    def counter(self) -> int:
        """Its originator counter."""
        return self.message.counter


@dataclass(slots=True)
class DeviceEnd:
    """One device: its identifier (8 octets), what it is ("ESME", ...), its two private keys, whom it trusts.

    `partners`: devices that it was joined to with their key agreement certificates (method C), by identifier. `own`:
    its own certificates, where it was given other ones than it was made with. `offered`: private keys whose certificate
    has been asked for and has not come (CS02c); `offers`: how many there were.
    `alerts_sent`: the counter of its last alert.
    """

    entity: bytes
    device: str
    signing_key: crypto.PrivateKey = field(repr=False)
    agreement_key: crypto.PrivateKey = field(repr=False)
    anchors: TrustAnchors
    counters: OriginatorCounters = field(default_factory=OriginatorCounters)
    partners: dict[bytes, Certificate] = field(default_factory=dict)
    own: dict[KeyUsage, Certificate] = field(default_factory=dict)
    offered: dict[KeyUsage, crypto.PrivateKey] = field(default_factory=dict, repr=False)
    offers: int = 0
    alerts_sent: int = 0
    _renewed: dict[KeyUsage, crypto.PrivateKey] = field(default_factory=dict, init=False, repr=False)
    _renewals: int = field(default=0, init=False, repr=False)
    _ring: KeyRing = field(default_factory=KeyRing, init=False, repr=False)
    _made_of: tuple[int, ...] = field(default=(), init=False, repr=False)

    @property
    def keys(self) -> KeyRing:
        """All keys that this device has, its own and those it trusts."""
        made_of = self.anchors.version, len(self.partners), self._renewals
        if made_of != self._made_of:
            ring = KeyRing(self.anchors.entity(Role.ACCESS_CONTROL_BROKER))
            for cell, certificate in self.anchors:
                ring.add_certificate(certificate, cell.key_usage)
            for partner in self.partners.values():
                ring.add_certificate(partner)
            ring.add_private(self.entity, KeyUsage.DIGITAL_SIGNATURE, self.signing_key)
            ring.add_private(self.entity, KeyUsage.KEY_AGREEMENT, self.agreement_key)
            self._ring, self._made_of = ring, made_of
        return self._ring

    def renew(self, certificate: Certificate) -> None:
        """The offered key of `certificate`'s usage is this device's from its next response on: that response still has
        the key that whoever asked knows. Raises KeyError where none was offered."""
        self._renewed[certificate.usage] = self.offered.pop(certificate.usage)
        self.own[certificate.usage] = certificate

    def _take_new_keys(self) -> None:
        for usage, key in self._renewed.items():
            if usage is KeyUsage.DIGITAL_SIGNATURE:
                self.signing_key = key
            else:
                self.agreement_key = key
        self._renewals += len(self._renewed)
        self._renewed.clear()

    def receive(self, octets: bytes) -> VerifiedCommand:
        """The command in `octets`, once everything about it is right. Raises CommandRefused."""
        try:
            message = parse(octets)
        except MalformedMessage as error:
            raise CommandRefused(Reason.MALFORMED, error.message) from None
        found = self._addressed(message)
        role = self._authority(message, found)
        self._not_heard_before(message, found, role)
        try:
            payload = parse_payload(message)
            _party_certificate(message)
        except (MalformedPayload, CertificateUnreadable) as error:
            raise CommandRefused(Reason.BAD_PAYLOAD, error.message, command=message) from None
        if found.replay_protection:
            self.counters.accept(role, message.originator, message.counter)
        return VerifiedCommand(message, found, role, payload)

    def _addressed(self, message: Envelope) -> UseCase:
        """It is a command, for this device, that a device of this kind takes."""
        refuse = _refusing(message)
        if message.cra != Cra.COMMAND:
            refuse(Reason.NOT_A_COMMAND, _("This is no command."))
        if message.target != self.entity:
            words = _("This command is for {target}, not for {entity}.")
            refuse(Reason.WRONG_RECIPIENT, words.format(target=id_text(message.target), entity=id_text(self.entity)))
        found = use_case(message.message_code)
        if found is None or found.alert:
            words = _("There is no command of the message code {code:04X}.")
            refuse(Reason.UNKNOWN_MESSAGE_CODE, words.format(code=message.message_code))
        if self.device not in found.devices:
            words = _("{use_case} is no command for a device of type {device}.")
            refuse(Reason.NOT_FOR_THIS_DEVICE, words.format(use_case=found.name, device=self.device))
        if not is_lawful(message):
            words = _("{use_case} is not signed, or has no MAC, as it must be.").format(use_case=found.name)
            refuse(Reason.WRONG_PROTECTION, words)
        return found

    def _authority(self, message: Envelope, found: UseCase) -> Role | None:
        """The originator made it, and may; the role in which it does. Raises CommandRefused."""
        refuse, keys = _refusing(message), self.keys
        between = found.category is Category.DEVICE
        usage = KeyUsage.DIGITAL_SIGNATURE if message.signature else KeyUsage.KEY_AGREEMENT
        roles = self.anchors.roles(message.originator, usage)
        if message.mac and check_mac(message, keys) is not Check.VALID:
            known = message.originator in self.partners if between else bool(keys.acb)
            if not known:
                refuse(Reason.UNKNOWN_ORIGINATOR, _("No key is held of whoever was to make the MAC."))
            refuse(Reason.BAD_MAC, _("The MAC of this command does not fit."))
        if between:
            return None
        if not roles:
            words = _("{originator} is nobody that this device trusts.").format(originator=id_text(message.originator))
            refuse(Reason.UNKNOWN_ORIGINATOR, words)
        if message.signature and check_signature(message, keys) is not Check.VALID:
            refuse(Reason.BAD_SIGNATURE, _("The signature of this command does not fit."))
        lawful = sorted(roles & found.roles)
        if not lawful:
            words = _("{use_case} is no command of {role}.").format(use_case=found.name, role=", ".join(sorted(roles)))
            refuse(Reason.WRONG_ROLE, words)
        return lawful[0]

    def _not_heard_before(self, message: Envelope, found: UseCase, role: Role | None) -> None:
        highest = self.counters.highest(role, message.originator)
        if not found.replay_protection or message.counter > highest:
            return
        refuse = _refusing(message)
        if message.counter == highest:
            words = _("The command with the counter {counter} was accepted before.").format(counter=message.counter)
            refuse(Reason.REPLAYED, words)
        words = _("The counter {counter} is not above {highest}, the last one accepted of this originator.")
        refuse(Reason.STALE_COUNTER, words.format(counter=message.counter, highest=highest))

    # --- what it answers

    def respond(
        self,
        command: VerifiedCommand,
        payload: Payload | bytes,
        *,
        time: bytes = b"",
        sealing_counter: int | None = None,
    ) -> bytes:
        """The octets of the response. `time`: when it was made (12 octets, COSEM), for the use cases that say so.

        `sealing_counter`: as for `seal`. Raises GbcsError where the time is missing; KeyMissing.
        """
        header = self._response_header(command, time if command.use_case.timed_response else b"", sealing_counter)
        if command.use_case.timed_response and not time:
            raise GbcsError(_("A response to {name} says when it was made.").format(name=command.use_case.name))
        sign = bool(command.message.signature) if command.use_case.category is Category.VARIANT else None
        made = protect(header, _octets(payload), self._keys_for(command), sign=sign)
        self._take_new_keys()
        return made

    def seal(self, command: VerifiedCommand, plaintext: bytes, *, sealing_counter: int | None = None) -> bytes:
        """Ciphertext and tag (12 octets) of a sensitive value for whoever asked. `sealing_counter`: this device's own
        counter for it, where the party's certificate came with the command; the response must say the same."""
        header = self._response_header(command, b"", sealing_counter)
        return crypto.seal(sealing_key(header, self._keys_for(command)), self.entity, plaintext)

    def sealed_value(self, command: VerifiedCommand, plaintext: bytes) -> Data:
        """What a data protection object answers for `plaintext`, an encoded COSEM value: sealed for whoever asked."""
        return protected_value(self._response_header(command, b"", None), self.seal(command, plaintext))

    def next_alert(self) -> int:
        """The counter of this device's next alert: its own, which rises with each."""
        self.alerts_sent += 1
        return self.alerts_sent

    def alert(self, code: int, payload: Payload | bytes, to: Role | bytes, counter: int) -> bytes:
        """The octets of an alert of message code `code` to whoever has the role, or to that entity (8 octets). Raises
        GbcsError, KeyMissing; also where nobody has the role."""
        target = self.anchors.entity(to) if isinstance(to, Role) else to
        header = Header(Cra.ALERT, counter, self.entity, target, code)
        return protect(header, _octets(payload), self.keys)

    def _response_header(self, command: VerifiedCommand, time: bytes, sealing_counter: int | None) -> Header:
        header = response_header(command.message, time)
        if sealing_counter is None:
            return header
        supplementary = header.supplementary._replace(originator_counter=sealing_counter)
        return Header(
            header.cra, header.counter, header.originator, header.target, header.message_code, time, supplementary
        )

    def _keys_for(self, command: VerifiedCommand) -> KeyRing:
        """The keys of this device, and of the party whose certificate came with the command."""
        found = _party_certificate(command.message)
        if found is None:
            return self.keys
        ring = KeyRing(self.keys.acb)
        acb = next(
            anchor
            for cell, anchor in self.anchors
            if cell.role is Role.ACCESS_CONTROL_BROKER and cell.usage is KeyUsage.KEY_AGREEMENT
        )
        ring.add_certificate(acb)
        ring.add_certificate(found)
        ring.add_private(self.entity, KeyUsage.DIGITAL_SIGNATURE, self.signing_key)
        ring.add_private(self.entity, KeyUsage.KEY_AGREEMENT, self.agreement_key)
        return ring


def _party_certificate(message: Envelope) -> Certificate | None:
    """The certificate that came with the command, of the party that the broker speaks for. Raises
    CertificateUnreadable."""
    asked = message.supplementary
    if not asked.certificate:
        return None
    found = read_certificate(asked.certificate)
    if (found.entity, found.usage) != (asked.party, KeyUsage.KEY_AGREEMENT):
        raise CertificateUnreadable(_("The certificate in the command is another party's, or for another use."))
    return found


def _octets(payload: Payload | bytes) -> bytes:
    return payload if isinstance(payload, bytes) else encode_payload(payload)


def _refusing(message: Envelope) -> Callable[[Reason, str], NoReturn]:
    def refuse(reason: Reason, words: str) -> NoReturn:
        raise CommandRefused(reason, words, command=message)

    return refuse
