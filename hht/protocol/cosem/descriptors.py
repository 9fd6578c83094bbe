"""What a request names: attributes, methods, and the part of an attribute that is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from hht.protocol.cosem.data import Data
from hht.protocol.cosem.obis import Obis


@dataclass(frozen=True, slots=True, order=True)
class CosemAttribute:
    """One attribute of one object. `str()` is "3 1-0:1.8.0 attribute 2"."""

    class_id: int  # 0..65535
    obis: Obis
    attribute: int  # 1..127; 0 names all of them; negative numbers are the maker's

    def __str__(self) -> str:
        return f"{self.class_id} {self.obis} attribute {self.attribute}"


@dataclass(frozen=True, slots=True, order=True)
class CosemMethod:
    """One method of one object."""

    class_id: int
    obis: Obis
    method: int

    def __str__(self) -> str:
        return f"{self.class_id} {self.obis} method {self.method}"


@dataclass(frozen=True, slots=True)
class SelectiveAccess:
    """Which part of an attribute, as it stands in the request: the class says what selector and parameters mean."""

    selector: int
    parameters: Data
