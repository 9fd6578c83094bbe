"""Several attributes in one exchange: by a list, or by the access service, as the meter has agreed; else one by one.

Each turnaround of a probe takes longer than a register's value (Green Book 9.3.9, 9.3.12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hht.client.cosem_session import CosemSession
from hht.protocol.cosem.codes import Conformance, DataAccessResult
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import CosemError, CosemRefusal, SecurityError, UnprotectedRefusal

MOST_AT_ONCE: Final = 10  # a request of 11 octets each goes into one frame of 128
_EITHER: Final = Conformance.MULTIPLE_REFERENCES | Conformance.ACCESS
Found = Data | DataAccessResult


class Several:
    """Reads ahead what will be asked for. A meter that cannot do it is asked one by one from then on."""

    def __init__(self, session: CosemSession) -> None:
        self._session = session
        self._able = True

    async def read(self, attributes: Sequence[CosemAttribute]) -> Mapping[CosemAttribute, Found]:
        """What the meter said about each; what is missing must be asked for by itself. Raises LinkError,
        SecurityError."""
        found: dict[CosemAttribute, Found] = {}
        for start in range(0, len(attributes), MOST_AT_ONCE):
            some = attributes[start : start + MOST_AT_ONCE]
            if len(some) > 1 and self._able and self._session.agreed & _EITHER:
                found |= await self._some(some)
        return found

    async def _some(self, attributes: Sequence[CosemAttribute]) -> Mapping[CosemAttribute, Found]:
        try:
            return dict(zip(attributes, await self._session.get_several(attributes), strict=True))
        except UnprotectedRefusal:
            return {}  # nobody's "no": each is asked for with tags of its own
        except SecurityError:
            raise
        except (CosemError, CosemRefusal):
            self._able = False  # it agreed to more than it can do, or one value spoils the others
            return {}
