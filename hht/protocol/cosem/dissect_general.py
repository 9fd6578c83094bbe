"""The access service, notifications and general block transfer as trees (Green Book 9.3.5, 9.3.9 to 9.3.11)."""

from __future__ import annotations

from collections.abc import Callable

from hht.i18n import _
from hht.protocol.cosem import access
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.dissect_data import describe, walk_data
from hht.protocol.cosem.dissect_services import walk_member
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.general_block import LAST, STREAMING, WINDOW
from hht.protocol.cosem.secret_members import is_secret_attribute, is_secret_method
from hht.protocol.cosem.values import octets as octet_string
from hht.protocol.cosem.walk import Walk, as_number, masked, words

_FIRST = 1  # number of the first block


def _time(octets: bytes) -> str:
    return describe(octet_string(octets)) if octets else _("none")


def _long_invoke(octets: bytes) -> str:
    word = int.from_bytes(octets, "big")
    parts = [
        str(word & access.LONG_INVOKE_ID),
        _("confirmed") if word & access.LONG_CONFIRMED else _("unconfirmed"),
        _("high priority") if word & access.LONG_HIGH_PRIORITY else _("normal priority"),
    ]
    if word & access.BREAK_ON_ERROR:
        parts.append(_("break on error"))
    if word & access.SELF_DESCRIPTIVE:
        parts.append(_("self-descriptive"))
    return ", ".join(parts)


def _head(walk: Walk) -> None:
    walk.take(_("long invoke-id and priority"), 4, _long_invoke)
    walk.counted(_("time"), _time)


def data_notification(walk: Walk) -> None:
    """After the tag; here as below, raises MalformedValue and NotSupported."""
    walk.take(_("long invoke-id and priority"), 4, _long_invoke)
    if walk.peek() == 0x09:
        walk.octet(_("type"), lambda _octet: "octet-string")
    walk.counted(_("time"), _time)
    walk_data(walk, _("body"))


def data_notification_confirm(walk: Walk) -> None:
    """After the tag."""
    _head(walk)


def event_notification(walk: Walk) -> None:
    """After the tag."""
    if walk.octet(_("time"), lambda octet: _("present") if octet else _("absent")):
        walk.counted(_("time"), _time)
    secret = is_secret_attribute(*walk_member(walk, _("attribute"), _("attribute")))
    walk_data(walk, _("value"), secret=secret)


# --- the access service

_KINDS = {
    access.GET: "get",
    access.SET: "set",
    access.ACTION: "action",
    access.GET_SELECTED: "get-with-selection",
    access.SET_SELECTED: "set-with-selection",
}


def _kind(octet: int) -> str:
    return _KINDS.get(octet, str(octet))


def _item(walk: Walk, label: str) -> bool:
    """One specification; True where what goes with it is a secret."""
    with walk.group(label) as group:
        kind = walk.octet(_("kind"), _kind)
        group.value = _kind(kind)
        if kind == access.ACTION:
            return is_secret_method(*walk_member(walk, _("method"), _("method")))
        if kind not in _KINDS:
            raise NotSupported(_("A kind {kind} of this service is not known.").format(kind=kind))
        secret = is_secret_attribute(*walk_member(walk, _("attribute"), _("attribute")))
        if kind in (access.GET_SELECTED, access.SET_SELECTED):
            walk.octet(_("selector"))
            walk_data(walk, _("selection"))
        return secret


def _items(walk: Walk) -> list[bool]:
    with walk.group(_("specifications")):
        return [_item(walk, str(index + 1)) for index in range(walk.checked_length())]


def _data(walk: Walk, secrets: list[bool]) -> None:
    with walk.group(_("data")):
        for index in range(walk.checked_length()):
            secret = secrets[index] if index < len(secrets) else any(secrets)
            walk_data(walk, str(index + 1), secret=secret)


def access_request(walk: Walk) -> None:
    """After the tag."""
    _head(walk)
    _data(walk, _items(walk))


def access_response(walk: Walk) -> None:
    """After the tag."""
    _head(walk)
    described = walk.octet(_("specifications"), lambda octet: _("present") if octet else _("absent"))
    _data(walk, _items(walk) if described else [])
    with walk.group(_("results")):
        for index in range(walk.checked_length()):
            with walk.group(str(index + 1)) as group:
                kind = walk.octet(_("kind"), _kind)
                group.value = _kind(kind)
                is_action = kind == access.ACTION
                label = _("action result") if is_action else _("data access result")
                walk.octet(label, words(ActionResult if is_action else DataAccessResult))


# --- general block transfer


def _control(octet: int) -> str:
    parts = [_("window {count}").format(count=octet & WINDOW)]
    if octet & LAST:
        parts.append(_("last block"))
    if octet & STREAMING:
        parts.append(_("streaming"))
    return f"{octet:02X} = {', '.join(parts)}"


def general_block(walk: Walk, nested: Callable[[Walk], None]) -> None:
    """After the tag. A block that is the whole message is taken apart; of a piece, only its size is shown."""
    control = walk.octet(_("block control"), _control)
    number = int.from_bytes(walk.take(_("block number"), 2, as_number), "big")
    walk.take(_("acknowledged block"), 2, as_number)
    size = walk.checked_length()
    if not size:
        return
    if number == _FIRST and control & LAST:
        with walk.within(size):
            nested(walk)
    else:
        walk.take(_("piece of the message"), size, masked)  # it may hold a part of a password or key
