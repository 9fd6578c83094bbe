"""Image transfer (class 18) at the optical port: attributes and the arguments of its methods."""

from __future__ import annotations

from hht.emulation import object_names as names
from hht.emulation.object_parts import CosemObject, Read, constant, methods_of, plain_object
from hht.model.electricity_meter import Item
from hht.model.electricity_meter.image_port import BLOCK_OCTETS, ImagePort
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data, DataType


def image_transfer() -> CosemObject:
    """The object of one meter."""
    item = Item.IMAGE_TRANSFER
    class_id, obis, _attribute = names.OBJECTS[item]
    reads: dict[int, Read] = {
        2: constant(cosem.double_long_unsigned(BLOCK_OCTETS)),
        3: lambda port: cosem.bit_string(
            "".join("01"[number in _port(port).blocks] for number in range(_port(port).count))
        ),
        4: lambda port: cosem.double_long_unsigned(_port(port).first_missing),
        5: constant(cosem.boolean(True)),
        6: lambda port: cosem.enumerated(int(_port(port).status)),
        7: lambda port: _to_activate(_port(port)),
    }
    shell = plain_object(item, class_id, obis, reads)
    return CosemObject(class_id, 0, shell.obis, shell.attributes, methods_of(item))


def _to_activate(port: ImagePort) -> Data:
    found = port.to_activate
    if found is None:
        return cosem.array(())
    octets, identifier, digest = found
    row = cosem.structure(cosem.double_long_unsigned(octets), cosem.octets(identifier), cosem.octets(digest))
    return cosem.array([row])


def _port(value: object) -> ImagePort:
    assert isinstance(value, ImagePort)
    return value


def from_initiate(data: Data | None) -> object:
    """structure{octet-string identifier, double-long-unsigned size}: (bytes, int)."""
    return _pair(data, (DataType.OCTET_STRING, DataType.DOUBLE_LONG_UNSIGNED))


def from_block(data: Data | None) -> object:
    """structure{double-long-unsigned number, octet-string block}: (int, bytes)."""
    return _pair(data, (DataType.DOUBLE_LONG_UNSIGNED, DataType.OCTET_STRING))


def _pair(data: Data | None, types: tuple[DataType, DataType]) -> object:
    if data is None or data.tag is not DataType.STRUCTURE:
        return data
    items = data.as_items()
    if tuple(item.tag for item in items) != types:
        return data
    return tuple(item.as_bytes() if item.tag is DataType.OCTET_STRING else item.as_int() for item in items)
