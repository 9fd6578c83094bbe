"""The meter's role table and its served writes, as ``hht emulate`` prints them."""

from __future__ import annotations

from collections.abc import Iterable

from hht.clock import iso_z
from hht.emulation.object_names import GENERIC_PROFILE, METHODS, OBJECTS, short
from hht.emulation.training_keys import certificates, client_keys
from hht.model.electricity_meter import ElectricityMeter, Item, LocalPort
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
    row["reads"] = _names(item for item in OBJECTS if port.may_read(role, item))
    row["writes"] = _names(item for item in OBJECTS if port.may_write(role, item))
    row["invokes"] = [
        f"{short(OBJECTS[item][1])} {action.value}" for item, action in METHODS if port.may_invoke(role, item, action)
    ]
    return row


def _names(items: Iterable[Item]) -> list[str]:
    """The objects of `items`, each named once; the profile has two names."""
    names = dict.fromkeys(
        short(obis)
        for item in items
        for obis in (OBJECTS[item][1], *([GENERIC_PROFILE] if item is Item.PROFILE else []))
    )
    return list(names)


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
