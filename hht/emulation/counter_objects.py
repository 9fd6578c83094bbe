"""Invocation counter objects beside a meter's own: how far the keys of each client have been used, for everybody to
read (Data, 0-0:43.1.e.255; e is the client's SAP here)."""

from __future__ import annotations

from collections.abc import Sequence

from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.data import Data, Encoded, double_long_unsigned, octets
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.objects import (
    AttributeAccess,
    ClientIdentity,
    ObjectDescription,
    ObjectModel,
    ServerAssociation,
)
from hht.protocol.cosem.profile import Selection
from hht.protocol.cosem.security import InvocationCounters

_CLASS_DATA = 1


class WithCounters:
    """`objects`, and a counter for each of `associations` that has keys."""

    def __init__(self, objects: ObjectModel, associations: Sequence[ServerAssociation]) -> None:
        self._objects = objects
        self._counters: dict[tuple[int, Obis], InvocationCounters] = {
            (_CLASS_DATA, Obis(0, 0, 43, 1, row.sap)): row.material.counters
            for row in associations
            if row.material is not None and row.material.has_keys
        }

    def association_view(self, client: ClientIdentity) -> Sequence[ObjectDescription]:
        """The meter's objects, and the counters, which everybody may read."""
        rights = ((1, AttributeAccess.READ_ONLY), (2, AttributeAccess.READ_ONLY))
        shown = [ObjectDescription(class_id, 0, obis, rights) for class_id, obis in self._counters]
        return [*self._objects.association_view(client), *shown]

    def get(self, client: ClientIdentity, attribute: CosemAttribute, selection: Selection | None) -> Data | Encoded:
        """A counter: the last one that was taken; 0 before the first."""
        counters = self._counters.get((attribute.class_id, attribute.obis))
        if counters is None:
            return self._objects.get(client, attribute, selection)
        if selection is not None or attribute.attribute not in (1, 2):
            raise AccessDenied(DataAccessResult.READ_WRITE_DENIED)
        return octets(bytes(attribute.obis)) if attribute.attribute == 1 else double_long_unsigned(_last(counters))

    def set(self, client: ClientIdentity, attribute: CosemAttribute, value: Data, selection: Selection | None) -> None:
        """Nobody sets a counter."""
        if (attribute.class_id, attribute.obis) in self._counters:
            raise AccessDenied(DataAccessResult.READ_WRITE_DENIED)
        self._objects.set(client, attribute, value, selection)

    def invoke(self, client: ClientIdentity, method: CosemMethod, parameters: Data | None) -> Data | Encoded | None:
        """Data objects have no methods."""
        if (method.class_id, method.obis) in self._counters:
            raise AccessDenied(ActionResult.OBJECT_UNDEFINED)
        return self._objects.invoke(client, method, parameters)


def _last(counters: InvocationCounters) -> int:
    return max(0, counters.received, counters.transaction)
