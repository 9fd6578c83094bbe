"""A ciphered association's envelope, the same for both ends: what leaves is sealed, what comes is opened or refused."""

from __future__ import annotations

from hht.i18n import _
from hht.protocol.cosem.ciphered import GENERAL_GLOBAL, GLOBAL_TAG, PLAIN_TAG, Ciphered, overhead, parse_ciphered
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import NotSupported, PlaintextRefused, SecurityError, WrongSystemTitle
from hht.protocol.cosem.security import Protection, SecurityMaterial, open_sealed, seal


class Channel:
    """Seals and opens APDUs with global keys. `general` chooses general-glo-ciphering for what leaves."""

    def __init__(self, material: SecurityMaterial, own_title: bytes, peer_title: bytes, protection: Protection) -> None:
        """What leaves has `protection`; what comes must have as much."""
        self.material = material
        self.own_title = own_title
        self.peer_title = peer_title
        self.protection = protection
        self.general = False
        self.before = -1  # highest counter of the other end before the latest message

    def seal(self, apdu: bytes) -> bytes:
        """`apdu` in its envelope; takes a counter."""
        tag = GENERAL_GLOBAL if self.general else GLOBAL_TAG[apdu[0]]
        return seal(apdu, tag, self.material, self.own_title, self.protection)

    def open(self, octets: bytes) -> tuple[bytes, Ciphered]:
        """The APDU inside, and the envelope as it was. Raises SecurityError, NotSupported, MalformedValue."""
        if not octets or octets[0] not in Ciphered.TAGS:
            raise PlaintextRefused(
                _("An unprotected message came inside a protected association; nothing of it was used.")
            )
        cursor = Cursor(octets)
        tag = cursor.octet()
        message = parse_ciphered(tag, cursor)
        cursor.end()
        if tag != GENERAL_GLOBAL and GLOBAL_TAG.get(PLAIN_TAG.get(tag, -1)) != tag:
            raise NotSupported(_("A message under a dedicated key came; only global keys are spoken here."))
        if message.title is not None and message.title != self.peer_title:
            raise wrong_title(self.peer_title, message.title)
        self.before = self.material.counters.received
        apdu = open_sealed(message, self.material, self.peer_title, self.protection)
        self.material.counters.accept(message.counter)
        if not apdu or GLOBAL_TAG.get(apdu[0]) is None or (tag != GENERAL_GLOBAL and PLAIN_TAG[tag] != apdu[0]):
            raise SecurityError(
                _("A protected message holds another kind of message than it says."), code="cosem-envelope"
            )
        return apdu, message

    def overhead(self, size: int) -> int:
        """Octets of an envelope `size` octets long that are not the APDU."""
        return overhead(size, title=self.own_title if self.general else None)


def wrong_title(expected: bytes, found: bytes) -> WrongSystemTitle:
    """The error for another system title than the expected one."""
    return WrongSystemTitle(
        _("The system title is {found}, not {expected}: another meter, or keys of another meter.").format(
            found=found.hex().upper(), expected=expected.hex().upper()
        ),
        remedy=_("Check that the meter on the wall is the one in the job, and that these are its keys."),
    )
