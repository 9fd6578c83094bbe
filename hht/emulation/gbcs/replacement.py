"""Other organisations' keys in a device's trust anchor cells (CS02b, CS02g): at once, or dated ahead; cancelled.

Which role may put keys into which cells is the credentials replacement mode, one for each message code. A certificate
has to be issued under the device's root; each cell is replaced or not by itself, and the outcome says which.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from hht.emulation.gbcs.credentials import cell_of, identifier_of
from hht.emulation.gbcs.outgoing import AlertBody
from hht.emulation.gbcs.translation import Asked, asn1_answer, asn1_of
from hht.i18n import _
from hht.model.alert_codes import AlertCode
from hht.model.site import to_ms
from hht.protocol.gbcs import der
from hht.protocol.gbcs.certificates import Certificate, KeyUsage, read_certificate
from hht.protocol.gbcs.certification import is_issued, is_valid_at
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.errors import CertificateUnreadable, GbcsError, MalformedPayload
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Asn1, asn1_payload
from hht.protocol.gbcs.trust_anchors import Cell, CellUsage

_ANY_BUT_ROOT: Final = frozenset(Role) - {Role.ROOT, Role.ISSUING_AUTHORITY}
# By message code: the mode's number, who is to authorise it, whose cells it may fill.
MODES: Final[dict[int, tuple[int, Role, frozenset[Role]]]] = {
    0x0100: (0, Role.SUPPLIER, frozenset({Role.ROOT})),
    0x0101: (1, Role.WAN_PROVIDER, frozenset({Role.ROOT})),
    0x0102: (2, Role.SUPPLIER, frozenset({Role.SUPPLIER})),
    0x0103: (3, Role.NETWORK_OPERATOR, frozenset({Role.NETWORK_OPERATOR})),
    0x0104: (4, Role.ACCESS_CONTROL_BROKER, frozenset({Role.ACCESS_CONTROL_BROKER})),
    0x0105: (5, Role.WAN_PROVIDER, frozenset({Role.WAN_PROVIDER})),
    0x0106: (6, Role.TRANSITIONAL_COS, frozenset({Role.TRANSITIONAL_COS})),
    0x0107: (7, Role.TRANSITIONAL_COS, frozenset({Role.SUPPLIER})),
    0x0108: (8, Role.RECOVERY, _ANY_BUT_ROOT),
    0x0125: (10, Role.LOAD_CONTROLLER, frozenset({Role.LOAD_CONTROLLER})),
    0x0126: (11, Role.SUPPLIER, frozenset({Role.LOAD_CONTROLLER})),
}
_LOAD_CONTROLLERS: Final = (0x0125, 0x0126)
_DONE, _BAD_CERTIFICATE, _NO_CELL = 0, 5, 10
_APPLY: Final = 0  # time-based checks of certification paths
_NEVER: Final = 9999  # the year in which a cancelled command would be carried out
_ROOT_CELL: Final = Cell(Role.ROOT, KeyUsage.CERTIFICATE_SIGNING)


def replaced(asked: Asked) -> Asn1:
    """The response: accepted, and what came of it where it was not for later. Raises MalformedPayload."""
    said, name = asn1_of(asked).value, asked.command.use_case.name
    _authorised(asked, said["authorisingRemotePartyControl"])
    moment: datetime | None = said.get("executionDateTime")
    if moment is None:
        return asn1_answer(asked, der.SEQUENCE, {"commandAccepted": None, "executionOutcome": _outcome(asked, said)})
    asked.device.put_off(name, None if moment.year == _NEVER else to_ms(moment), _later(asked, said))
    return asn1_answer(asked, der.SEQUENCE, {"commandAccepted": None})


def _authorised(asked: Asked, control: dict[str, Any]) -> None:
    mode, role, _cells = MODES[asked.message.message_code]
    cell = cell_of(control.get("authorisingRemotePartyTACellIdentifier", {}))
    holder = None if cell is None else asked.end.anchors.get(cell)
    if control["credentialsReplacementMode"] != mode:
        raise MalformedPayload(_("The credentials replacement mode is another one than the message code's."))
    if cell is None or cell.role is not role or holder is None or holder.entity != asked.message.originator:
        raise MalformedPayload(_("The cell that the command names is not that of its originator."))
    if control["authorisingRemotePartySeqNumber"] != asked.message.counter:
        raise MalformedPayload(_("The sequence number in the command is another one than its originator counter."))


def _later(asked: Asked, said: dict[str, Any]) -> Callable[[], None]:
    """What is to happen then: the replacement, and the alert that says what came of it to whoever asked."""

    def act() -> None:
        asker = asked.message.originator  # who may be another one in the cell afterwards
        outcome = _outcome(asked, said)
        good = all(one["statusCode"] == _DONE for one in outcome["replacementOutcomes"])
        code = AlertCode.FUTURE_DATED_COMMAND_ACTIONED if good else AlertCode.FUTURE_DATED_COMMAND_NOT_ACTIONED
        moment = asked.device.time_believed().replace(microsecond=0)
        told = {"alertCode": int(code), "executionDateTime": moment, "executionOutcome": outcome}
        number = 0x0124 if asked.message.message_code in _LOAD_CONTROLLERS else 0x00CB
        body = AlertBody(number, asn1_payload(number, Cra.ALERT, der.SEQUENCE, told), asker)
        asked.device.alert(code, asked.command.use_case.name, body)

    return act


def _outcome(asked: Asked, said: dict[str, Any]) -> dict[str, Any]:
    control = said["authorisingRemotePartyControl"]
    root = asked.end.anchors.get(_ROOT_CELL)
    outcomes, signing = [], {}
    for one in said["replacements"]:
        cell, octets = cell_of(one["targetTrustAnchorCell"]), one["replacementCertificate"]
        before = None if cell is None else asked.end.anchors.get(cell)
        status = _put(asked, said, cell, octets, root)
        after = None if cell is None else asked.end.anchors.get(cell)
        outcomes.append(_told(one["targetTrustAnchorCell"], status, before, after))
        if status == _DONE and cell is not None and cell.usage is KeyUsage.DIGITAL_SIGNATURE and after is not None:
            signing[cell.role] = after.entity
    if any(one["statusCode"] == _DONE for one in outcomes):
        asked.device.alert(AlertCode.CREDENTIALS_UPDATED, asked.command.use_case.name)
    return {
        "authorisingRemotePartySeqNumber": control["authorisingRemotePartySeqNumber"],
        "credentialsReplacementMode": control["credentialsReplacementMode"],
        "remotePartySeqNumberChanges": _counters(asked, control, signing),
        "replacementOutcomes": outcomes,
    }


def _put(asked: Asked, said: dict[str, Any], cell: Cell | None, octets: bytes, root: Certificate | None) -> int:
    """Put one certificate into its cell: a status."""
    anchors = asked.end.anchors
    if cell is None or cell not in anchors or cell.role not in MODES[asked.message.message_code][2]:
        return _NO_CELL
    judged = said["authorisingRemotePartyControl"].get("applyTimeBasedCPVChecks", _APPLY) == _APPLY
    path = said["certificationPathCertificates"]
    if root is None or not is_issued(octets, path, root.public_key):
        return _BAD_CERTIFICATE
    if judged and not is_valid_at(octets, asked.device.time_believed()):
        return _BAD_CERTIFICATE
    try:
        anchors.put(cell, read_certificate(octets, prepayment=cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP))
    except (CertificateUnreadable, GbcsError):
        return _BAD_CERTIFICATE
    return _DONE


def _told(cell: dict[str, Any], status: int, before: Certificate | None, after: Certificate | None) -> dict[str, Any]:
    told: dict[str, Any] = {"affectedTrustAnchorCell": cell, "statusCode": status}
    if before is not None:
        told |= {"existingSubjectUniqueID": before.entity, "existingSubjectKeyIdentifier": identifier_of(before)}
    if after is not None:
        told |= {"replacingSubjectUniqueID": after.entity, "replacingSubjectKeyIdentifier": identifier_of(after)}
    return told


def _counters(asked: Asked, control: dict[str, Any], signing: dict[Role, bytes]) -> list[dict[str, Any]]:
    """From where whoever has a new signing key counts: as the command says, where it does. A floor is not taken
    without a new key: what was sent under the old one could come again."""
    _mode, own, _cells = MODES[asked.message.message_code]
    changes = {
        Role.of_number(one["otherRemotePartyRole"]): one for one in control.get("otherRemotePartySeqNumberChanges", ())
    }
    if "newRemotePartyFloorSeqNumber" in control:
        changes[own] = {
            "otherRemotePartyRole": own.number,
            "otherRemotePartyFloorSeqNumber": control["newRemotePartyFloorSeqNumber"],
        }
        if "newRemotePartySpecialistFloorSeqNumber" in control:
            specialist = control["newRemotePartySpecialistFloorSeqNumber"]
            changes[own]["newRemotePartySpecialistFloorSeqNumber"] = specialist
    done = [(role, signing[role], one) for role, one in changes.items() if role in signing]
    for role, entity, one in done:
        asked.end.counters.begin(role, entity, one["otherRemotePartyFloorSeqNumber"])
    return [one for _role, _entity, one in done]
