"""Whether a read of a pack can tell what became of another of its commands, and what its answer then tells.

A command that only writes is proven by a later read, at the same device, of all that it writes: the device holds the
values, or it does not. What is sealed for the supplier, or was not read, tells nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from hht.packs.pack import Entry
from hht.protocol.cosem.access import AccessGet, AccessRequest, AccessResponse, AccessSet
from hht.protocol.frames import ProtocolError
from hht.protocol.gbcs import zcl
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.gbz import Gbz
from hht.protocol.gbcs.payload import encode_value, parse_payload

Name = tuple[str, int]  # of what is held: logical name and attribute, or cluster and attribute
_METERING, _DEVICE_MANAGEMENT = 0x0702, 0x0708
_UPDATE_SITE_ID, _SITE_ID = 0x03, 0x0307


def proves(read: Entry, written: Entry) -> bool:
    """Whether an answer to `read` would tell what became of `written`."""
    one, other = read.message, written.message
    if (one.target, one.originator) != (other.target, other.originator) or one.counter <= other.counter:
        return False
    wanted = _written(other)
    return bool(wanted) and wanted.keys() <= _read(one)


def told(response: bytes, read: Entry, written: Entry) -> bool | None:
    """Whether the device holds what `written` writes, by its answer to `read`; None: the answer does not say it."""
    try:
        held = _held(parse(response), read.message)
    except ProtocolError:
        return None
    wanted = _written(written.message)
    if not wanted or any(name not in held for name in wanted):
        return None
    return all(held[name] == value for name, value in wanted.items())


@lru_cache(maxsize=512)
def _written(message: Envelope) -> dict[Name, bytes]:
    """What a command writes; empty where it does something else too, or what it writes cannot be read back here."""
    try:
        payload = parse_payload(message)
        if isinstance(payload, AccessRequest):
            return _sets(payload)
        if isinstance(payload, Gbz):
            return _site_id(payload)
    except ProtocolError:
        pass
    return {}


def _sets(payload: AccessRequest) -> dict[Name, bytes]:
    found: dict[Name, bytes] = {}
    for item, data in zip(payload.items, payload.data, strict=True):
        if not isinstance(item, AccessSet):
            return {}
        found[str(item.attribute.obis), item.attribute.attribute] = encode_value(data)
    return found


def _site_id(payload: Gbz) -> dict[Name, bytes]:
    """GCS41 alone writes an attribute that GCS46 reads."""
    if len(payload.components) != 1:
        return {}
    one = payload.components[0]
    layout = zcl.layout_of(one.cluster, one.frame_control, one.command)
    if one.cluster != _DEVICE_MANAGEMENT or one.command != _UPDATE_SITE_ID or layout is None:
        return {}
    return {(f"{_METERING:04X}", _SITE_ID): bytes(zcl.read(layout, one.payload)["siteId"])}


@lru_cache(maxsize=512)
def _read(message: Envelope) -> frozenset[Name]:
    """What a command reads."""
    try:
        payload = parse_payload(message)
    except ProtocolError:
        return frozenset()
    if isinstance(payload, AccessRequest):
        gets = [item for item in payload.items if isinstance(item, AccessGet) and item.access is None]
        return frozenset((str(item.attribute.obis), item.attribute.attribute) for item in gets)
    found: set[Name] = set()
    for one in payload.components if isinstance(payload, Gbz) else ():
        if one.command == zcl.READ_ATTRIBUTES and not one.frame_control & zcl.CLUSTER_COMMAND:
            pairs = range(0, len(one.payload) - 1, 2)
            found |= {(f"{one.cluster:04X}", int.from_bytes(one.payload[at : at + 2], "little")) for at in pairs}
    return frozenset(found)


def _held(response: Envelope, read: Envelope) -> dict[Name, bytes]:
    """What a device says that it holds. Raises MalformedPayload."""
    payload, asked = parse_payload(response), parse_payload(read)
    found: dict[Name, bytes] = {}
    if isinstance(payload, AccessResponse) and isinstance(asked, AccessRequest):
        if len(asked.items) != len(payload.data):
            return {}
        for item, data, result in zip(asked.items, payload.data, payload.results, strict=True):
            if isinstance(item, AccessGet) and result == 0:
                found[str(item.attribute.obis), item.attribute.attribute] = encode_value(data)
    for one in payload.components if isinstance(payload, Gbz) else ():
        if one.cluster == _METERING and one.command == zcl.READ_RESPONSE and not one.sealed:
            text = _text_attribute(one.payload, _SITE_ID)
            if text is not None:
                found[f"{_METERING:04X}", _SITE_ID] = text
    return found


_OCTET_STRING: Final = 0x41


def _text_attribute(octets: bytes, attribute: int) -> bytes | None:
    """The one octet string that a Read Attributes Response holds; None: another attribute, or none."""
    head = attribute.to_bytes(2, "little") + bytes((0, _OCTET_STRING))
    if octets[:4] != head or len(octets) < 5 or len(octets) != 5 + octets[4]:
        return None
    return octets[5:]
