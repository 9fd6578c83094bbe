"""One ask: what the terminal wants of the desk, of which device, with which values.

It has a reference of its own for as long as anybody speaks of it; a desk that hears the same ask twice does it once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hht.desk import values
from hht.desk.errors import AskRefused
from hht.desk.kinds import AskKind, Field, service_of
from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.work.join_matrix import MatrixError

# Read aloud without a doubt: no I, L, O, U (Crockford's base 32)
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_OCTETS: Final = 5
_REFERENCE: Final = re.compile(f"[{ALPHABET}]{{8}}")
_KEYS: Final = {"reference", "job", "kind", "device", "type", "details", "step"}


def make_reference(octets: bytes) -> str:
    """A reference, eight characters, of five octets of chance."""
    number = int.from_bytes(octets[:REFERENCE_OCTETS], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


def is_reference(text: str) -> bool:
    """Whether a text is a reference."""
    return _REFERENCE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Ask:
    """`details`: value by name, written as `hht.desk.values` writes them; some are secret, so `repr` shows none.

    Raises AskRefused where a value is missing, wrong or of another kind of ask.
    """

    reference: str
    job: str
    kind: AskKind
    device: DeviceId = field(repr=False)
    type: DuisDeviceType
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    step: str = ""

    def __post_init__(self) -> None:
        if not is_reference(self.reference):
            raise _refused("reference", _("it is not eight letters and digits"))
        object.__setattr__(self, "job", _read("job", values.label, self.job))
        object.__setattr__(self, "step", _read("step", values.label, self.step) if self.step else "")
        if self.type not in self.kind.wording.services:
            words = _("a {type} cannot be asked to “{what}”").format(type=self.type, what=self.kind.words)
            raise _refused("type", words)
        object.__setattr__(self, "details", _details(self.kind, self.details))
        try:
            service_of(self.kind, self.type, self.other_type)
        except MatrixError as error:
            raise AskRefused(error.message, remedy=error.remedy, code=error.code, field="other_type") from None

    def __hash__(self) -> int:
        return hash((self.reference, self.digest))

    @property
    def other(self) -> DeviceId | None:
        """The other device of it, where there is one."""
        text = self.details.get("other")
        return None if text is None else DeviceId.parse(text)

    @property
    def other_type(self) -> DuisDeviceType | None:
        """What the other device is, where it is said."""
        text = self.details.get("other_type")
        return None if text is None else DuisDeviceType(text)

    @property
    def service(self) -> str:
        """The Service Reference Variant by which the desk sees to it; "": none."""
        return service_of(self.kind, self.type, self.other_type)

    @property
    def shown(self) -> dict[str, str]:
        """The values that may be shown: all but secrets."""
        return {name: text for name, text in self.details.items() if not self.kind.wording.fields[name].secret}

    @property
    def secret(self) -> bool:
        """Whether any of its values is secret."""
        return self.shown != self.details

    @property
    def digest(self) -> bytes:
        """SHA-256 over all of it but its capitals, which nobody hears on the phone."""
        written = json.dumps(self.plain(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.upper().encode()).digest()

    def plain(self) -> dict[str, Any]:
        """It as plain JSON, secrets and all: for the store and the line to the desk alone."""
        return {
            "reference": self.reference,
            "job": self.job,
            "kind": str(self.kind),
            "device": str(self.device),
            "type": str(self.type),
            "details": dict(self.details),
            "step": self.step,
        }


def ask_of(plain: Any) -> Ask:
    """The ask that a plain JSON value is. Raises AskRefused."""
    if not isinstance(plain, dict) or set(plain) != _KEYS:
        raise _refused("ask", _("its fields are {names}, no more and no fewer").format(names=", ".join(sorted(_KEYS))))
    for name in _KEYS - {"details"}:
        if not isinstance(plain[name], str):
            raise _refused(name, _("a text is expected"))
    details = plain["details"]
    if not isinstance(details, dict) or not all(isinstance(text, str) for text in details.values()):
        raise _refused("details", _("an object of texts is expected"))
    try:
        kind = AskKind(plain["kind"])
    except ValueError:
        raise _refused("kind", _("this terminal knows no such ask")) from None
    device = DeviceId.parse(_read("device", values.device, plain["device"]))
    type_ = DuisDeviceType(_read("type", values.device_type, plain["type"]))
    return Ask(plain["reference"], plain["job"], kind, device, type_, details, plain["step"])


def _details(kind: AskKind, given: Mapping[str, str]) -> dict[str, str]:
    """The values in the order of their kind. Raises AskRefused."""
    fields = kind.wording.fields
    for name in given:
        if name not in fields:
            known = ", ".join(fields) or _("none")
            raise _refused(str(name)[:40], _("this ask has no such value; it has: {known}").format(known=known))
    for name, slot in fields.items():
        if slot.must and name not in given:
            raise _refused(name, _("it is missing"))
    return {name: _value(name, slot, given[name]) for name, slot in fields.items() if name in given}


def _value(name: str, slot: Field, text: str) -> str:
    return _read(name, slot.read, text)


def _read(name: str, read: Any, text: str) -> str:
    try:
        found: str = read(text)
    except HhtError as error:
        raise AskRefused(
            _("{name}: {why}").format(name=name, why=error.message),
            remedy=error.remedy,
            code=error.code,
            field=name,
        ) from None
    except ValueError as error:
        raise _refused(name, str(error)) from None
    return found


def _refused(name: str, why: str) -> AskRefused:
    return AskRefused(
        _("{name}: {why}.").format(name=name, why=why),
        remedy=_("Correct this value; nothing was asked."),
        field=name,
    )
