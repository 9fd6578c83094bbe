"""Checks of single fields in a premises file: each returns a complaint, or ""."""

from __future__ import annotations

import re

from hht.i18n import _
from hht.identifiers import IdentifierError, Mpan, Mprn


def title_line(value: str) -> str:
    """What a premises is called in lists."""
    return "" if value.strip() else _("write a title: premises are chosen by it")


def device_name(value: str) -> str:
    """A device's name in its premises, like esme-1."""
    return "" if re.fullmatch(r"[a-z][a-z0-9-]{0,30}", value) else _("write it like esme-1")


def eui_64(value: str) -> str:
    """A Device ID, in pairs, that is not all one digit."""
    good = re.fullmatch(r"[0-9A-F]{2}(-[0-9A-F]{2}){7}", value) is not None
    usual = good and len(set(value.replace("-", ""))) > 1
    return "" if usual else _("write 16 hex digits in pairs, like 00-DB-12-34-56-78-90-A0")


def three_capitals(value: str) -> str:
    """A maker's FLAG code."""
    return "" if re.fullmatch(r"[A-Z]{3}", value) else _("write the maker's three capital letters")


def short(value: str) -> str:
    """1 to 15 printable ASCII characters."""
    good = 1 <= len(value) <= 15 and all(" " <= character <= "~" for character in value)
    return "" if good else _("write 1 to 15 printable ASCII characters")


def signed_on(value: str) -> str:
    """A model that stands in the identification message of the meter's port: as `short`, without what ends or begins a
    message there, and not begun with what begins an escape (IEC 62056-21:2002, 6.3.2)."""
    if "/" in value or "!" in value or value.startswith("\\"):
        return _("write it without “/” and “!”, and no “\\” first: the meter says it as a terminal signs on to it")
    return short(value)


def eight_hex(value: str) -> str:
    """A firmware version."""
    return "" if re.fullmatch(r"[0-9A-F]{8}", value) else _("write 8 hex digits, like 0002012F")


def mpan_core(value: str) -> str:
    """An MPAN core with its check digit; a wrong one is trained with by the fault ``wrong-mpan``."""
    if re.fullmatch(r"[0-9]{13}", value) is None:
        return _("write the 13 digits of the MPAN core")
    try:
        Mpan.parse(value)
    except IdentifierError as error:
        return error.message
    return ""


def mprn(value: str) -> str:
    """An MPRN with its check digits; some short old ones keep no rule."""
    if re.fullmatch(r"[0-9]{6,10}", value) is None:
        return _("write the 6 to 10 digits of the MPRN")
    try:
        Mprn.parse(value, confirm_short=True)
    except IdentifierError as error:
        return error.message
    return ""
