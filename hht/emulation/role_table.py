"""The meter's role table and its served writes, as ``hht emulate`` prints them."""

from __future__ import annotations

from collections.abc import Iterable

from hht.clock import iso_z
from hht.emulation.object_names import METHODS, OBJECTS, short
from hht.emulation.object_parts import CosemObject
from hht.emulation.object_table import build_objects
from hht.emulation.training_keys import certificates, client_keys
from hht.model.electricity_meter import ElectricityMeter, LocalPort
from hht.model.electricity_meter.clients import ClientRole
from hht.model.electricity_meter.write_ledger import ServedWrite


def role_table(meter: ElectricityMeter) -> list[dict[str, object]]:
    """One dictionary per client: SAP, security, the training credentials, and the objects it may read and write.

    The credentials are the published ones of training premises. What local access forbids is left out.
    """
    port = LocalPort(meter)
    return [_row(port, role) for role in meter.clients]


def _row(port: LocalPort, role: ClientRole) -> dict[str, object]:
    row: dict[str, object] = {"sap": role.sap, "security": role.proof.value, "title": role.title}
    if role.password:
        row["password"] = role.password
    if role.encryption_key:
        row |= _keys(port.meter.identity.system_title, role)
    objects = build_objects(port.meter).values()
    row["reads"] = _names(one for one in objects if any(port.may_read(role, at.item) for at in one.attributes.values()))
    row["writes"] = _names(
        one for one in objects if any(at.writable and port.may_write(role, at.item) for at in one.attributes.values())
    )
    row["invokes"] = [
        f"{short(OBJECTS[item][1])} {action.value}" for item, action in METHODS if port.may_invoke(role, item, action)
    ]
    return row


def _names(objects: Iterable[CosemObject]) -> list[str]:
    """Their logical names, each once."""
    return list(dict.fromkeys(short(one.obis.full) for one in objects))


def _keys(system_title: bytes, role: ClientRole) -> dict[str, object]:
    """The client's keys by the names that a keys file has for them: the row is one."""
    keys: dict[str, object] = {
        "suite": role.suite,
        "ek": role.encryption_key.hex().upper(),
        "ak": role.authentication_key.hex().upper(),
        "system_title": system_title.hex().upper(),
    }
    if role.master_key:
        keys["kek"] = role.master_key.hex().upper()
    if role.has_key_pairs:
        public = client_keys(role.suite)
        keys |= public | certificates(role.suite, system_title) | {"server_public_key": public["server_certificate"]}
    return keys


def write_event(served: ServedWrite) -> dict[str, object]:
    """A served write as an event: object, attribute (or method), value, how many of that kind so far."""
    class_id, obis, attribute = OBJECTS[served.item]
    event: dict[str, object] = {"object": short(obis), "class": class_id}
    if served.action is None:
        event["attribute"] = attribute
    else:
        event["method"] = METHODS[served.item, served.action]
    event |= {"item": served.item.value, "value": served.value, "count": served.count}
    return event | {"client": served.client, "time": iso_z(served.time)}
