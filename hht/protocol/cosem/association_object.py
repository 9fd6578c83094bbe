"""Association LN (class 15 version 1, 0-0:40.0.0.255) as the server shows it to its client (Blue Book 4.4.4)."""

from __future__ import annotations

from hht.protocol.cosem.codes import ApplicationContext, DataAccessResult, Mechanism
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.initiate import DLMS_VERSION
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.objects import AttributeAccess, MethodAccess, ObjectDescription, ObjectModel
from hht.protocol.cosem.proofs import HIGH_MECHANISMS
from hht.protocol.cosem.reception import Admitted
from hht.protocol.cosem.values import (
    Data,
    array,
    bit_string,
    enumerated,
    integer,
    long_unsigned,
    null,
    octets,
    structure,
    unsigned,
)

CLASS_ID, VERSION = 15, 1
NAME = Obis(0, 0, 40, 0, 0)
ASSOCIATION = (CLASS_ID, NAME)
_ASSOCIATED = 2
_SERVER_SAP = 1
_SECURITY_SETUP = Obis(0, 0, 43, 0, 0)
_READABLE = (1, 2, 3, 4, 5, 6, 8, 9)
_HLS_SECRET = 7


class AssociationObject:
    """The attributes of the association that asks."""

    def __init__(self, objects: ObjectModel, admitted: Admitted) -> None:
        self._objects = objects
        self._admitted = admitted

    def get(self, attribute: CosemAttribute) -> Data:
        """One attribute. Raises AccessDenied."""
        number, admitted = attribute.attribute, self._admitted
        if number == 1:
            return octets(bytes(NAME))
        if number == 2:
            return array([_element(item) for item in self._view()])
        if number == 3:
            return structure(integer(admitted.client.sap), long_unsigned(_SERVER_SAP))
        if number == 4:
            return _object_identifier(1, admitted.context)
        if number == 5:
            return self._context_information()
        if number == 6:
            return _object_identifier(2, admitted.client.mechanism)
        if number == 8:
            return enumerated(_ASSOCIATED)
        if number == 9:
            return octets(bytes(_SECURITY_SETUP) if admitted.channel else bytes(6))
        denied = number == _HLS_SECRET
        raise AccessDenied(DataAccessResult.READ_WRITE_DENIED if denied else DataAccessResult.OBJECT_UNDEFINED)

    def _view(self) -> list[ObjectDescription]:
        view = list(self._objects.association_view(self._admitted.client))
        if not any((item.class_id, item.obis) == ASSOCIATION for item in view):
            view.insert(0, self._own())
        return view

    def _own(self) -> ObjectDescription:
        attributes = tuple(
            (number, AttributeAccess.READ_ONLY if number in _READABLE else AttributeAccess.NO_ACCESS)
            for number in range(1, 10)
        )
        reply = self._admitted.client.mechanism in HIGH_MECHANISMS
        methods = tuple(
            (number, MethodAccess.ACCESS if number == 1 and reply else MethodAccess.NO_ACCESS) for number in range(1, 5)
        )
        return ObjectDescription(CLASS_ID, VERSION, NAME, attributes, methods)

    def _context_information(self) -> Data:
        """structure{conformance, max receive and send PDU size, DLMS version, quality of service, cyphering info}."""
        admitted = self._admitted
        return structure(
            bit_string(f"{int(admitted.conformance):024b}"),
            long_unsigned(admitted.max_pdu),
            long_unsigned(admitted.client_max_pdu),
            unsigned(DLMS_VERSION),
            integer(0),
            octets(b""),
        )


def _element(item: ObjectDescription) -> Data:
    """structure{class, version, logical name, structure{attribute accesses, method accesses}}."""
    attributes = [structure(integer(number), enumerated(access), null()) for number, access in item.attributes]
    methods = [structure(integer(number), enumerated(access)) for number, access in item.methods]
    return structure(
        long_unsigned(item.class_id),
        unsigned(item.version),
        octets(bytes(item.obis)),
        structure(array(attributes), array(methods)),
    )


def _object_identifier(branch: int, last: ApplicationContext | Mechanism) -> Data:
    """2.16.756.5.8.branch.last, arc by arc as the Blue Book has it."""
    return structure(
        unsigned(2), unsigned(16), long_unsigned(756), unsigned(5), unsigned(8), unsigned(branch), unsigned(last)
    )
