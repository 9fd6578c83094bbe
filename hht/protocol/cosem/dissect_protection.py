"""Protected messages as trees: ciphered by service or in general, and signed (Green Book 9.5); nothing deciphered."""

from __future__ import annotations

from collections.abc import Callable

from hht.i18n import _
from hht.protocol.cosem.ciphered import (
    AUTHENTICATED,
    BROADCAST,
    COMPRESSED,
    ENCRYPTED,
    GENERAL_DEDICATED,
    GENERAL_GLOBAL,
    TAG_LENGTH,
)
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.general import ONE_PASS, STATIC, UNICAST
from hht.protocol.cosem.walk import Walk, as_number


def _title(octets: bytes) -> str:
    return octets.hex().upper()


def _control(octet: int) -> str:
    parts = [_("suite {number}").format(number=octet & 0x0F)]
    names = {
        AUTHENTICATED: _("authenticated"),
        ENCRYPTED: _("encrypted"),
        BROADCAST: _("broadcast key"),
        COMPRESSED: _("compressed"),
    }
    parts += [name for bit, name in names.items() if octet & bit]
    return f"{octet:02X} = {', '.join(parts)}"


def ciphered(walk: Walk, tag: int) -> None:
    """glo-, ded-, general-glo- and general-ded-ciphering after the tag. Here as below, raises MalformedValue and
    NotSupported."""
    if tag in (GENERAL_GLOBAL, GENERAL_DEDICATED):
        walk.counted(_("sender's system title"), _title)
    _protected(walk)


def _protected(walk: Walk) -> None:
    with walk.within(walk.checked_length()):
        control = walk.octet(_("security control"), _control)
        walk.take(_("invocation counter"), 4, as_number)
        size = walk.left - (TAG_LENGTH if control & AUTHENTICATED else 0)
        if size < 0:
            raise NotSupported(_("There is no room for the authentication tag."))
        label = _("ciphertext") if control & ENCRYPTED else _("plaintext")
        walk.take(label, size, lambda octets: _("{count} octets").format(count=len(octets)))
        if control & AUTHENTICATED:
            walk.take(_("authentication tag"), TAG_LENGTH)


def _header(walk: Walk) -> None:
    walk.counted(_("transaction"))
    walk.counted(_("originator's system title"), _title)
    walk.counted(_("recipient's system title"), _title)
    walk.counted(_("time"))
    walk.counted(_("other information"))


def general_ciphering(walk: Walk) -> None:
    """After the tag."""
    _header(walk)
    if walk.octet(_("key information"), lambda octet: _("present") if octet else _("absent")):
        _key_information(walk)
    _protected(walk)


def _key_information(walk: Walk) -> None:
    kinds = {0: _("identified"), 1: _("wrapped"), 2: _("agreed")}
    with walk.group(_("key")):
        kind = walk.octet(_("kind"), lambda octet: kinds.get(octet, str(octet)))
        if kind == 0:
            walk.octet(_("which"), lambda octet: _("global unicast") if octet == UNICAST else str(octet))
        elif kind == 1:
            walk.octet(_("wrapped with"), lambda octet: str(octet) if octet else _("master key"))
            walk.counted(_("wrapped key"))
        elif kind == 2:
            schemes = {bytes((ONE_PASS,)): "C(1e, 1s)", bytes((STATIC,)): "C(0e, 2s)"}
            walk.counted(_("scheme"), lambda octets: schemes.get(octets, octets.hex()))
            walk.counted(_("ephemeral key and its signature"))
        else:
            raise NotSupported(_("There is no such kind of key."))


def general_signing(walk: Walk, nested: Callable[[Walk], None]) -> None:
    """After the tag."""
    _header(walk)
    with walk.within(walk.checked_length()):
        nested(walk)
    walk.counted(_("signature"))
