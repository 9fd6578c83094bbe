"""What the ASN.1 payloads hold, by message code and kind (gbcs.md 1.5; names as GBCS spells them)."""

from __future__ import annotations

from typing import Final

from hht.alerts import alert_meaning
from hht.protocol.gbcs import der
from hht.protocol.gbcs.asn1 import Code, Field, ListOf, Null, Number, Octets, Shape, Structure, Time, Whole
from hht.protocol.gbcs.device_types import GbcsDeviceType
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.messages import Role

_DEVICE_TYPES: Final = {int(kind): kind.name.replace("_", " ") for kind in GbcsDeviceType}
_ROLES: Final = {role.number: role.value for role in Role}
_KEY_USAGES: Final = {
    bytes.fromhex("0780"): "digitalSignature",
    bytes.fromhex("0308"): "keyAgreement",
    bytes.fromhex("0204"): "keyCertSign",
}
_JOIN_METHODS: Final = {0: "method A initiator", 1: "method A responder", 2: "method B", 3: "method C"}
JOIN_RESPONSES: Final = {
    0: "success", 1: "invalidMessageCodeForJoinMethodAndRole", 2: "invalidJoinMethodAndRole",
    3: "incompatibleWithExistingEntry", 4: "deviceLogFull", 5: "writeFailure", 6: "keyAgreementNoResources",
    7: "keyAgreementUnknownIssuer", 8: "keyAgreementUnsupportedSuite", 9: "keyAgreementBadMessage",
    10: "keyAgreementBadKeyConfirm", 11: "invalidOrMissingCertificate", 12: "noPartnerLinkKeyReceived",
    13: "noCBKEResponse",
}  # fmt: skip
UNJOIN_RESPONSES: Final = {0: "success", 1: "notInDeviceLog", 2: "otherFailure"}
_ACTIVATIONS: Final = {0: "success", 1: "noImageHeld", 2: "hashMismatch", 3: "activationFailure"}
_TRANSFERS: Final = {0: "success", 1: "imageDiscarded", 2: "hardwareVersionMismatch", 3: "fileTransferFailure"}
_READS: Final = {0: "success", 1: "readFailure"}
_CLOCKS: Final = {0: "reliable", 1: "invalid", 2: "unreliable"}
_UPDATES: Final = {
    0: "success", 1: "invalidCertificate", 2: "wrongDeviceIdentity", 3: "invalidKeyUsage", 4: "noCorrespondingKeyPair",
    5: "wrongPublicKey", 6: "certificateStorageFailed", 7: "privateKeyChangeFailed",
}  # fmt: skip
_REQUESTS: Final = {1: "invalidKeyUsage", 2: "keyPairGenerationFailed", 3: "certificateRequestFailed"}
_RETRIEVALS: Final = {1: "invalidKeyUsage", 2: "noCertificateHeld", 3: "retrievalFailure"}
_STATUSES: Final = {
    0: "success", 5: "badCertificate", 10: "noTrustAnchor", 17: "insufficientMemory", 25: "trustAnchorNotFound",
    30: "resourcesBusy", 127: "other",
}  # fmt: skip
_MODES: Final = {
    0: "rootBySupplier", 1: "rootByWanProvider", 2: "supplierBySupplier", 3: "networkOperatorByNetworkOperator",
    4: "accessControlBrokerByACB", 5: "wanProviderByWanProvider", 6: "transCoSByTransCoS", 7: "supplierByTransCoS",
    8: "anyExceptAbnormalRootByRecovery", 9: "anyByContingency", 10: "loadControllerByLoadController",
    11: "loadControllerBySupplier",
}  # fmt: skip

_ID: Final = Octets(size=8)
_INTEGER: Final = Number()
_ROLE: Final = Number(names=_ROLES)
_STATUS: Final = Number(der.ENUMERATED, names=_STATUSES)
_USAGE: Final = Octets(der.BIT_STRING, names=_KEY_USAGES)
_CERTIFICATE: Final = Whole()
_VERSION: Final = Octets(size=4)


def _structure(*fields: Field, tag: int = der.SEQUENCE) -> Structure:
    return Structure(tag, fields)


def _optional(name: str, shape: Shape, tag: int = 0) -> Field:
    return Field(name, shape, tag, optional=True)


_CELL_FIELDS: Final = (
    Field("remotePartyRole", _ROLE),
    Field("keyUsage", _USAGE),
    _optional("cellUsage", Number(names={0: "management", 1: "prePaymentTopUp"})),
)
_CELL: Final = _structure(*_CELL_FIELDS)
_SPECIALIST: Final = ListOf(
    item=_structure(Field("seqNumberUsage", Number(names={0: "prepaymentTopUp"})), Field("seqNumber", _INTEGER))
)
_SEQ_CHANGE: Final = _structure(
    Field("otherRemotePartyRole", _ROLE),
    Field("otherRemotePartyFloorSeqNumber", _INTEGER),
    _optional("newRemotePartySpecialistFloorSeqNumber", _SPECIALIST),
)
_JOIN: Final = _structure(
    Field("joinMethodAndRole", Number(names=_JOIN_METHODS)),
    Field("otherDeviceEntityIdentifier", _ID),
    Field("otherDeviceType", Number(names=_DEVICE_TYPES)),
    _optional("otherDeviceCertificate", _CERTIFICATE),
)
_JOINED: Final = Number(names=JOIN_RESPONSES)
_UNJOINED: Final = Number(names=UNJOIN_RESPONSES)
_LOG_ENTRY: Final = _structure(
    Field("deviceIdentifier", _ID),
    Field("deviceType", Number(names=_DEVICE_TYPES)),
)
_REPLACEMENT: Final = _structure(
    Field("replacementCertificate", _CERTIFICATE),
    Field("targetTrustAnchorCell", _CELL),
)
_CREDENTIALS: Final = _structure(
    Field(
        "authorisingRemotePartyControl",
        _structure(
            Field("credentialsReplacementMode", Number(names=_MODES)),
            _optional("plaintextSymmetricKey", Octets(secret=True), 0x80),
            _optional("applyTimeBasedCPVChecks", _INTEGER, 0x81),
            _optional("authorisingRemotePartyTACellIdentifier", _CELL, 0xA2),
            Field("authorisingRemotePartySeqNumber", _INTEGER, 0x83),
            _optional("newRemotePartyFloorSeqNumber", _INTEGER, 0x84),
            _optional("newRemotePartySpecialistFloorSeqNumber", _SPECIALIST, 0xA5),
            _optional("otherRemotePartySeqNumberChanges", ListOf(item=_SEQ_CHANGE), 0xA6),
        ),
    ),
    Field("replacements", ListOf(item=_REPLACEMENT)),
    Field("certificationPathCertificates", ListOf(item=_CERTIFICATE)),
    _optional("executionDateTime", Time()),
)
_OUTCOME: Final = _structure(
    Field("authorisingRemotePartySeqNumber", _INTEGER),
    Field("credentialsReplacementMode", Number(names=_MODES)),
    Field("remotePartySeqNumberChanges", ListOf(item=_SEQ_CHANGE)),
    Field(
        "replacementOutcomes",
        ListOf(
            item=_structure(
                Field("affectedTrustAnchorCell", _CELL),
                Field("statusCode", _STATUS),
                _optional("existingSubjectUniqueID", _ID),
                _optional("existingSubjectKeyIdentifier", Octets()),
                _optional("replacingSubjectUniqueID", _ID),
                _optional("replacingSubjectKeyIdentifier", Octets()),
            )
        ),
    ),
)
_CREDENTIALS_ANSWER: Final = _structure(Field("commandAccepted", Null()), _optional("executionOutcome", _OUTCOME))
_CREDENTIALS_ALERT: Final = _structure(
    Field("alertCode", Code(meaning=alert_meaning)),
    Field("executionDateTime", Time()),
    Field("executionOutcome", _OUTCOME),
)
_DETAILS: Final = _structure(
    Field("authorisingRemotePartyTACellIdentifier", _CELL),
    Field("remotePartyRolesCredentialsRequired", ListOf(item=_ROLE)),
)
_DETAILS_ANSWER: Final = ListOf(
    item=_structure(
        Field("remotePartyRole", _ROLE),
        Field("statusCode", _STATUS),
        _optional("currentSeqNumber", _INTEGER),
        _optional(
            "trustAnchorCellsDetails",
            ListOf(
                item=_structure(
                    *_CELL_FIELDS[1:],
                    Field("existingSubjectUniqueID", _ID),
                    Field("existingSubjectKeyIdentifier", Octets()),
                )
            ),
        ),
    )
)
_ACTIVATED: Final = _structure(
    Field("activateFirmwareResponseCode", Number(names=_ACTIVATIONS)), Field("firmwareVersion", _VERSION)
)
_COMMAND, _RESPONSE, _ALERT = Cra.COMMAND, Cra.RESPONSE, Cra.ALERT

_SHAPES: Final[dict[tuple[int, int], tuple[Shape, ...]]] = {
    (0x0008, _COMMAND): (_DETAILS,),
    (0x0008, _RESPONSE): (_DETAILS_ANSWER,),
    (0x011B, _COMMAND): (_DETAILS,),
    (0x011B, _RESPONSE): (_DETAILS_ANSWER,),
    (0x000A, _COMMAND): (_structure(Field("keyUsage", _USAGE)),),
    (0x000A, _RESPONSE): (Whole(), Number(names=_REQUESTS)),
    (0x000B, _COMMAND): (_CERTIFICATE,),
    (0x000B, _RESPONSE): (Number(names=_UPDATES),),
    (0x000C, _COMMAND): (_structure(Field("keyUsage", _USAGE)),),
    (0x000C, _RESPONSE): (_CERTIFICATE, Number(names=_RETRIEVALS)),
    **{(code, _COMMAND): (_JOIN,) for code in (0x000D, 0x000E, 0x00AB, 0x00AF)},
    **{(code, _RESPONSE): (_JOINED,) for code in (0x000D, 0x000E, 0x00AB, 0x00AF)},
    **{(code, _COMMAND): (_ID,) for code in (0x000F, 0x0010)},
    **{(code, _RESPONSE): (_UNJOINED,) for code in (0x000F, 0x0010)},
    (0x0012, _COMMAND): (
        _structure(
            Field("manufacturerImageHash", Octets(size=32)),
            Field("originatorCounter", _INTEGER),
            _optional("executionDateTime", Time()),
        ),
    ),
    (0x0012, _RESPONSE): (Null(), _ACTIVATED),
    (0x00CA, _ALERT): (
        _structure(
            Field("alertCode", Code(meaning=alert_meaning)),
            Field("executionDateTime", Time()),
            Field("originatorCounter", _INTEGER),
            Field("executionOutcome", _ACTIVATED),
        ),
    ),
    (0x0013, _COMMAND): (Null(),),
    (0x0013, _RESPONSE): (
        _structure(
            Field("readDeviceLogResponseCode", Number(names=_READS)),
            _optional("deviceLogEntries", ListOf(item=_LOG_ENTRY)),
        ),
    ),
    (0x007F, _COMMAND): (_structure(Field("validityIntervalStart", Time()), Field("validityIntervalEnd", Time())),),
    (0x007F, _RESPONSE): (
        _structure(Field("deviceTime", Time()), Field("deviceTimeStatus", Number(names=_CLOCKS))),
    ),
    (0x008C, _COMMAND): (_structure(Field("deviceLogEntries", ListOf(item=_LOG_ENTRY))),),
    (0x008C, _RESPONSE): (
        _structure(
            Field(
                "restoreOutcomes",
                ListOf(item=_structure(Field("deviceLogEntry", _LOG_ENTRY), Field("joinResponseCode", _JOINED))),
            )
        ),
    ),
    (0x00B2, _ALERT): (
        _structure(
            Field("alertCode", Code(meaning=alert_meaning)),
            Field("backupDateTime", Time()),
            Field("deviceLogEntries", ListOf(item=_LOG_ENTRY)),
        ),
    ),
    **{(code, _COMMAND): (_CREDENTIALS,) for code in (*range(0x0100, 0x010A), 0x0125, 0x0126)},
    **{(code, _RESPONSE): (_CREDENTIALS_ANSWER,) for code in (*range(0x0100, 0x010A), 0x0125, 0x0126)},
    **{(code, _ALERT): (_CREDENTIALS_ALERT,) for code in (0x00CB, 0x0124)},
    (0x0128, _ALERT): (
        _structure(
            Field("alertCode", Code(meaning=alert_meaning)),
            Field("executionDateTime", Time()),
            Field("entityIdentifier", _ID),
            Field("firmwareVersion", _VERSION),
            Field("responseCode", Number(names=_TRANSFERS)),
        ),
    ),
    (0x0129, _COMMAND): (Null(),),
    (0x0129, _RESPONSE): (
        _structure(_optional("firmwareVersion", _VERSION), Field("responseCode", Number(names=_READS))),
    ),
    (0x012B, _ALERT): (
        _structure(
            Field("alertCode", Code(meaning=alert_meaning)),
            Field("executionDateTime", Time()),
            Field("firmwareVersion", _VERSION),
            Field("responseCode", Number(names=_ACTIVATIONS)),
        ),
    ),
}  # fmt: skip


def shape_of(code: int, cra: int, tag: int) -> Shape | None:
    """What a payload that begins with `tag` holds; None: nothing that is known here."""
    return next((shape for shape in _SHAPES.get((code, cra), ()) if shape.tag == tag), None)
