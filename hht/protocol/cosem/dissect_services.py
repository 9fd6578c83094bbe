"""GET, SET and ACTION as trees (Green Book 9.3.6 to 9.3.8)."""

from __future__ import annotations

from collections.abc import Callable

from hht.i18n import _
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.dissect_data import unless_token, walk_data
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.secret_members import is_secret_attribute, is_secret_method
from hht.protocol.cosem.walk import Walk, as_number, masked, words

CLASS_NAMES = {
    1: "Data", 3: "Register", 4: "Extended register", 5: "Demand register", 6: "Register activation",
    7: "Profile generic", 8: "Clock", 9: "Script table", 10: "Schedule", 11: "Special days table",
    15: "Association LN", 18: "Image transfer", 20: "Activity calendar", 21: "Register monitor",
    22: "Single action schedule", 23: "IEC HDLC setup", 30: "Data protection", 40: "Push setup", 64: "Security setup",
    70: "Disconnect control", 71: "Limiter", 104: "ZigBee network control", 111: "Account", 112: "Credit",
    113: "Charge", 115: "Token gateway",
}  # fmt: skip

_HLS_PROOF_LENGTH = 17


def _invoke(octet: int) -> str:
    confirmed = _("confirmed") if octet & 0x40 else _("unconfirmed")
    priority = _("high priority") if octet & 0x80 else _("normal priority")
    return f"{octet & 0x0F}, {confirmed}, {priority}"


def _yes_no(octet: int) -> str:
    return _("yes") if octet else _("no")


def _class(octets: bytes) -> str:
    number = int.from_bytes(octets, "big")
    return f"{number} {CLASS_NAMES.get(number, '')}".rstrip()


def walk_member(walk: Walk, label: str, what: str) -> tuple[int, Obis, int]:
    """An attribute or method (`what`) as a group; its class, name and number. Raises MalformedValue."""
    with walk.group(label) as group:
        class_id = int.from_bytes(walk.take(_("class"), 2, _class), "big")
        name = walk.take(_("logical name"), 6, lambda octets: str(Obis.from_bytes(octets)))
        number = int.from_bytes(walk.take(what, 1, lambda o: str(int.from_bytes(o, "big", signed=True))), "big")
        group.value = f"{class_id} {Obis.from_bytes(name)} {what} {number - 256 if number > 127 else number}"
    return class_id, Obis.from_bytes(name), number


def _attribute(walk: Walk) -> bool:
    """An attribute with or without selective access; True where its value is a secret."""
    secret = is_secret_attribute(*walk_member(walk, _("attribute"), _("attribute")))
    if walk.octet(_("selective access"), _yes_no):
        walk.octet(_("selector"))
        walk_data(walk, _("selection"))
    return secret


def _method(walk: Walk) -> bool:
    return is_secret_method(*walk_member(walk, _("method"), _("method")))


def _many(walk: Walk, one: Callable[[Walk], bool]) -> list[bool]:
    return [one(walk) for _index in range(walk.checked_length())]


def _values(walk: Walk, secrets: list[bool]) -> None:
    for index in range(walk.checked_length()):
        walk_data(walk, str(index + 1), secret=any(secrets))


def _block(walk: Walk, *, secret: bool = False) -> None:
    walk.octet(_("last block"), _yes_no)
    walk.take(_("block number"), 4, as_number)
    walk.counted(_("piece of the value"), masked if secret else unless_token)


def _outcome(walk: Walk, label: str) -> None:
    with walk.group(label):
        if walk.octet(_("kind of result"), lambda octet: _("refused") if octet else _("value")):
            walk.octet(_("data access result"), words(DataAccessResult))
        else:
            walk_data(walk, _("value"))


def _kinds(walk: Walk, names: dict[int, str]) -> int:
    kind = walk.octet(_("kind"), lambda octet: names.get(octet, str(octet)))
    if kind not in names:
        raise NotSupported(_("A kind {kind} of this service is not known.").format(kind=kind))
    walk.octet(_("invoke-id and priority"), _invoke)
    return kind


def get_request(walk: Walk) -> None:
    """After the tag; here as below, raises MalformedValue and NotSupported."""
    kind = _kinds(walk, {1: "normal", 2: "next", 3: "with-list"})
    if kind == 1:
        _attribute(walk)
    elif kind == 2:
        walk.take(_("block number"), 4, as_number)
    else:
        _many(walk, _attribute)


def get_response(walk: Walk) -> None:
    """After the tag."""
    kind = _kinds(walk, {1: "normal", 2: "with-datablock", 3: "with-list"})
    if kind == 1:
        _outcome(walk, _("result"))
    elif kind == 3:
        for index in range(walk.checked_length()):
            _outcome(walk, str(index + 1))
    else:
        walk.octet(_("last block"), _yes_no)
        walk.take(_("block number"), 4, as_number)
        if walk.octet(_("kind of result"), lambda octet: _("refused") if octet else _("value")):
            walk.octet(_("data access result"), words(DataAccessResult))
        else:
            walk.counted(_("piece of the value"), unless_token)


def set_request(walk: Walk) -> None:
    """After the tag."""
    names = {
        1: "normal",
        2: "with-first-datablock",
        3: "with-datablock",
        4: "with-list",
        5: "with-list-and-first-datablock",
    }
    kind = _kinds(walk, names)
    if kind in (1, 2):
        secret = _attribute(walk)
        if kind == 1:
            walk_data(walk, _("value"), secret=secret)
        else:
            _block(walk, secret=secret)
    elif kind == 3:
        _block(walk, secret=True)  # of what, stands in an earlier message
    else:
        secrets = _many(walk, _attribute)
        if kind == 4:
            _values(walk, secrets)
        else:
            _block(walk, secret=any(secrets))


def set_response(walk: Walk) -> None:
    """After the tag."""
    names = {1: "normal", 2: "datablock", 3: "last-datablock", 4: "last-datablock-with-list", 5: "with-list"}
    kind = _kinds(walk, names)
    if kind in (1, 3):
        walk.octet(_("data access result"), words(DataAccessResult))
    if kind in (4, 5):
        for _index in range(walk.checked_length()):
            walk.octet(_("data access result"), words(DataAccessResult))
    if kind in (2, 3, 4):
        walk.take(_("block number"), 4, as_number)


def action_request(walk: Walk) -> None:
    """After the tag."""
    names = {
        1: "normal", 2: "next-pblock", 3: "with-list", 4: "with-first-pblock", 5: "with-list-and-first-pblock",
        6: "with-pblock",
    }  # fmt: skip
    kind = _kinds(walk, names)
    if kind in (1, 4):
        secret = _method(walk)
        if kind == 4:
            _block(walk, secret=secret)
        elif walk.octet(_("with parameters"), _yes_no):
            walk_data(walk, _("parameters"), secret=secret)
    elif kind == 2:
        walk.take(_("block number"), 4, as_number)
    elif kind == 6:
        _block(walk, secret=True)  # of what, stands in an earlier message
    else:
        secrets = _many(walk, _method)
        if kind == 3:
            _values(walk, secrets)
        else:
            _block(walk, secret=any(secrets))


def _acted(walk: Walk, label: str) -> None:
    with walk.group(label):
        walk.octet(_("action result"), words(ActionResult))
        if not walk.octet(_("with return value"), _yes_no):
            return
        if walk.octet(_("kind of result"), lambda octet: _("refused") if octet else _("value")):
            walk.octet(_("data access result"), words(DataAccessResult))
            return
        looks_like_proof = walk.data[walk.at : walk.at + 3] == bytes((0x09, _HLS_PROOF_LENGTH, 0x10))
        walk_data(walk, _("return value"), secret=looks_like_proof)


def action_response(walk: Walk) -> None:
    """After the tag."""
    kind = _kinds(walk, {1: "normal", 2: "with-pblock", 3: "with-list", 4: "next-pblock"})
    if kind == 1:
        _acted(walk, _("outcome"))
    elif kind == 2:
        _block(walk)
    elif kind == 3:
        for index in range(walk.checked_length()):
            _acted(walk, str(index + 1))
    else:
        walk.take(_("block number"), 4, as_number)
