"""Whom a device trusts, when asked (CS02a, CS02f). That is the business of a device's end of GBCS alone: the model
knows no keys. Nothing here changes a credential (`own_keys`, `replacement`)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hht.emulation.gbcs.own_keys import USAGES
from hht.emulation.gbcs.translation import Asked, asn1_answer, asn1_of
from hht.i18n import _
from hht.protocol.gbcs import der
from hht.protocol.gbcs.certificates import Certificate
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Asn1
from hht.protocol.gbcs.trust_anchors import Cell, CellUsage

BITS: Final = {usage: bits for bits, usage in USAGES.items()}
_DONE, _NO_TRUST_ANCHOR = 0, 25
_KEY_IDENTIFIER: Final = 0x4  # RFC 5280: before the last 60 bits of the key's hash


def _trusted(asked: Asked) -> Asn1:
    """Of each role that is asked for; who asks names the cell that holds its own key."""
    said = asn1_of(asked).value
    if _holder(asked, said["authorisingRemotePartyTACellIdentifier"]) != asked.message.originator:
        raise MalformedPayload(_("The cell that the command names is not that of its originator."))
    told = [_role(asked, number) for number in said["remotePartyRolesCredentialsRequired"]]
    return asn1_answer(asked, der.SEQUENCE, told)


def cell_of(said: dict[str, Any]) -> Cell | None:
    """The cell that a message names; None: there is none such."""
    role, usage = Role.of_number(said.get("remotePartyRole", -1)), USAGES.get(said.get("keyUsage", b""))
    if role is None or usage is None or said.get("cellUsage", 0) not in tuple(CellUsage):
        return None
    return Cell(role, usage, CellUsage(said.get("cellUsage", 0)))


def _holder(asked: Asked, said: dict[str, Any]) -> bytes:
    cell = cell_of(said)
    found = None if cell is None else asked.end.anchors.get(cell)
    return b"" if found is None else found.entity


def _role(asked: Asked, number: int) -> dict[str, Any]:
    role = Role.of_number(number)
    held = [(cell, found) for cell, found in asked.end.anchors if cell.role is role]
    if role is None or not held:
        return {"remotePartyRole": number, "statusCode": _NO_TRUST_ANCHOR}
    highest = asked.end.counters.highest(role, held[0][1].entity)
    details = [_cell(cell, found) for cell, found in held]
    return {
        "remotePartyRole": number,
        "statusCode": _DONE,
        "currentSeqNumber": max(0, highest),
        "trustAnchorCellsDetails": details,
    }


def _cell(cell: Cell, found: Certificate) -> dict[str, Any]:
    told: dict[str, Any] = {"keyUsage": BITS[cell.usage]}
    if cell.cell_usage is not CellUsage.MANAGEMENT:
        told["cellUsage"] = int(cell.cell_usage)
    return told | {"existingSubjectUniqueID": found.entity, "existingSubjectKeyIdentifier": identifier_of(found)}


def identifier_of(found: Certificate) -> bytes:
    """Which key it is: as the certificate has it, or as it would be made of its key."""
    if found.subject_key:
        return found.subject_key
    point = found.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    last = hashlib.sha1(point, usedforsecurity=False).digest()[-8:]
    return bytes((_KEY_IDENTIFIER << 4 | last[0] & 0x0F,)) + last[1:]


WHOM_IT_TRUSTS: Final[dict[int, Callable[[Asked], Asn1]]] = {0x0008: _trusted, 0x011B: _trusted}
