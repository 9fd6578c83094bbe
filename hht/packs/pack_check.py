"""The rules that a pack must keep, and what is said where it does not: everything at once, by line and field.

A mistake of the desk's must be found at the depot, not at the meter: a command for nobody, a half command, a counter
that a device would refuse, an order that cannot be kept.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.errors import PackFileError
from hht.packs.pack import time_of
from hht.protocol.duis.pairing import belongs
from hht.protocol.duis.tree import element
from hht.protocol.duis.values import request_id
from hht.protocol.gbcs.certificates import read_certificate
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role, use_case
from hht.protocol.gbcs.protection import Check, check_signature, is_lawful
from hht.resources import resource_text
from hht.work.file_check import FileKind, check_file
from hht.work.positions import LocatedJson, Problem

MAX_BYTES = 6 * 1024 * 1024
_Path = tuple[str | int, ...]


@cache
def pack_schema() -> dict[str, Any]:
    """The published schema of packs."""
    schema: dict[str, Any] = json.loads(resource_text("schemas", "pack.schema.json"))
    return schema


def check_pack(payload: bytes, source: str) -> dict[str, Any]:
    """The checked JSON object in `payload`. Raises PackFileError with every problem found."""
    return check_file(payload, source, FileKind("pack", pack_schema, MAX_BYTES, PackFileError, _meaning))


def _meaning(located: LocatedJson) -> Iterator[Problem]:
    plain = located.root.value
    if not isinstance(plain, dict):
        return
    yield from _times(located, plain)
    devices = list(_listed(plain, "devices"))
    yield from _devices(located, plain, devices)
    yield from _certificates(located, plain, ())
    named = {_text(device, "device") for _index, device in devices}
    yield from _entries(located, plain, _Parties(named, *_organisations(plain)))


def _listed(plain: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    listed = plain.get(name)
    for index, one in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(one, dict):
            yield index, one


def _text(plain: dict[str, Any], name: str) -> str:
    value = plain.get(name)
    return value if isinstance(value, str) else ""


def _times(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    times = []
    for name in ("created", "expires"):
        try:
            times.append(time_of(_text(plain, name)))
        except ValueError:
            yield located.problem((name,), _("this day or time does not exist"))
    if len(times) == 2 and times[1] <= times[0]:
        yield located.problem(("expires",), _("the pack expires before it was made"))


def _devices(
    located: LocatedJson, plain: dict[str, Any], devices: list[tuple[int, dict[str, Any]]]
) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, device in devices:
        text = _text(device, "device")
        if text in seen:
            said = _("the same as in devices[{index}]; each device stands once").format(index=seen[text])
            yield located.problem(("devices", index, "device"), said)
        seen.setdefault(text, index)
        yield from _certificates(located, device, ("devices", index), owner=text)
        yield from _identity(located, device, index)
        yield from _install_code(located, device, index, sealed_for=_text(plain, "terminal"))


def _identity(located: LocatedJson, device: dict[str, Any], index: int) -> Iterator[Problem]:
    try:
        DeviceId.parse(_text(device, "device"))
    except HhtError as error:
        yield located.problem(("devices", index, "device"), error.message)


def _install_code(located: LocatedJson, device: dict[str, Any], index: int, sealed_for: str) -> Iterator[Problem]:
    path = ("devices", index, "install_code")
    if "install_code" not in device:
        return
    if not sealed_for:
        yield located.problem(path, _("it is sealed, but no terminal is named for which it was"))
    try:
        base64.b64decode(_text(device, "install_code"), validate=True)
    except ValueError:
        yield located.problem(path, _("this is no base64"))


def _certificates(located: LocatedJson, plain: dict[str, Any], at: _Path, owner: str = "") -> Iterator[Problem]:
    listed = plain.get("certificates")
    for index, text in enumerate(listed if isinstance(listed, list) else []):
        path = (*at, "certificates", index)
        try:
            found = read_certificate(base64.b64decode(text, validate=True))
        except (ValueError, TypeError, HhtError):
            yield located.problem(path, _("this is no certificate of a device or organisation"))
            continue
        if owner and found.entity != bytes.fromhex(owner.replace("-", "")):
            yield located.problem(path, _("this certificate is another device's"))
        elif not owner and found.role is None:
            yield located.problem(path, _("this is a device's; it belongs to the device"))


class _Parties(NamedTuple):
    """Whom a pack names: Device IDs, roles of organisations by identifier, the keys that they sign with."""

    devices: set[str]
    roles: dict[bytes, set[Role]]
    keys: KeyRing


def _organisations(plain: dict[str, Any]) -> tuple[dict[bytes, set[Role]], KeyRing]:
    """Roles and keys of the organisations whose certificates can be read; what cannot is told elsewhere."""
    roles: dict[bytes, set[Role]] = {}
    ring = KeyRing()
    listed = plain.get("certificates")
    for text in listed if isinstance(listed, list) else []:
        try:
            found = read_certificate(base64.b64decode(text, validate=True))
        except (ValueError, TypeError, HhtError):
            continue
        if found.role is not None:
            roles.setdefault(found.entity, set()).add(found.role)
            ring.add_certificate(found)
    return roles, ring


def _entries(located: LocatedJson, plain: dict[str, Any], parties: _Parties) -> Iterator[Problem]:
    before: set[str] = set()
    counters: dict[tuple[bytes, bytes], int] = {}
    for index, entry in _listed(plain, "entries"):
        at = ("entries", index)
        name = _text(entry, "entry")
        if name in before:
            yield located.problem((*at, "entry"), _("two entries have this name"))
        yield from _dependencies(located, entry, at, before)
        before.add(name)
        yield from _command(located, entry, at, parties, counters)


def _dependencies(located: LocatedJson, entry: dict[str, Any], at: _Path, before: set[str]) -> Iterator[Problem]:
    needed = entry.get("depends_on")
    for number, other in enumerate(needed if isinstance(needed, list) else []):
        if not isinstance(other, str) or other not in before:
            said = _("no entry before this one has this name")
            yield located.problem((*at, "depends_on", number), said)


def _command(
    located: LocatedJson, entry: dict[str, Any], at: _Path, named: _Parties, counters: dict[tuple[bytes, bytes], int]
) -> Iterator[Problem]:
    path = (*at, "command")
    try:
        message = parse(base64.b64decode(_text(entry, "command"), validate=True))
    except ValueError:
        yield located.problem(path, _("this is no base64"))
        return
    except HhtError as error:
        yield located.problem(path, error.message)
        return
    for said in _wrong(message, _text(entry, "request"), named):
        yield located.problem(path, said)
    parties = message.originator, message.target
    if message.counter <= counters.get(parties, -1):
        said = _(
            "its counter is not above that of the command before it for the same device: the device would refuse it"
        )
        yield located.problem(path, said)
    counters[parties] = message.counter


def _wrong(message: Envelope, request: str, parties: _Parties) -> Iterator[str]:
    """What a device, or the law of the interface, would have against it."""
    if message.kind is not Cra.COMMAND:
        yield _("this is no command")
    elif use_case(message.message_code) is None:
        yield _("GBCS has no message of code {code:04X}").format(code=message.message_code)
    elif message.precommand or not is_lawful(message):
        yield _("it is not signed or has no MAC as a finished command of its kind: no device takes it")
    else:
        yield from _unauthorised(message, parties)
    if message.target.hex("-").upper() not in parties.devices:
        yield _("it is for a device that the pack does not name")
    try:
        named = request_id(element("request", request))
    except HhtError:
        return  # told by the schema
    if not belongs(message, named):
        yield _("it does not belong to the request that is named for it")


def _unauthorised(message: Envelope, parties: _Parties) -> Iterator[str]:
    """That its originator may not send it, or has not: as far as the pack's own certificates tell."""
    found, roles = use_case(message.message_code), parties.roles.get(message.originator)
    if found is not None and found.roles and roles and not roles & found.roles:
        names = ", ".join(sorted(roles))
        yield _("{use_case} is no command of its originator ({role}): no device takes it").format(
            use_case=found.name, role=names
        )
    if check_signature(message, parties.keys) is Check.INVALID:
        yield _("the signature of its originator does not fit: no device takes it")
