"""End-to-end protection: the right device gets the right command from the right party, whoever carries it.

A supplier seals a critical command for one device with a counter that only rises. The device checks the seal against
the credentials in its trust anchor cell for that role, so a centre (or hub) in the middle can neither change a command,
nor bring it to another meter, nor bring it twice. Sealed are GBCS's critical commands and, beside them, top-ups
(requirement SEC-10). Marks stand for signatures: integers of the site's chance, no cryptography.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256

from hht.i18n import _
from hht.identifiers import Secret
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.device import Device
from hht.model.parties import Party, RemoteParty
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.seeded import mix
from hht.model.use_cases import use_case

TOP_UPS = frozenset({"CS01a", "CS01b"})


_PLAIN = frozenset({int, str, bool, bytes, type(None)})


def canonical(value: object) -> str:
    """All of a value, secrets too, in one way of writing: for marks and tags alone, never to be shown."""
    if type(value) in _PLAIN:
        return repr(value)
    if isinstance(value, Secret):
        return value.reveal()
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(canonical(getattr(value, part.name)) for part in fields(value))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, tuple | list):
        return f"[{','.join(map(canonical, value))}]"
    if isinstance(value, set | frozenset):
        return f"{{{','.join(sorted(map(canonical, value)))}}}"
    return repr(value)


def mark(seed: int, text: str, number: int) -> int:
    """64 bits that nobody without `seed` can make for this text and number (the model's stand-in for a signature)."""
    return mix(seed ^ int.from_bytes(sha256(text.encode()).digest()[:8], "big"), number)


def protected(command: Command) -> bool:
    """Whether a device carries it out only when it is sealed."""
    return use_case(command.use_case).critical or command.use_case in TOP_UPS


@dataclass(frozen=True, slots=True)
class Seal:
    """For one device, one command, once."""

    target: str
    counter: int
    mark: int


class SigningKey:
    """A party's own. Nothing shows it."""

    __slots__ = ("_seed",)

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def seal(self, command: Command, target: str, counter: int) -> Seal:
        """The seal of `command` for the device with the ID `target`."""
        return Seal(target, counter, self._mark(command, target, counter))

    def made(self, seal: Seal, command: Command) -> bool:
        """Whether this key made the seal for this very command."""
        return seal.mark == self._mark(command, seal.target, seal.counter)

    def _mark(self, command: Command, target: str, counter: int) -> int:
        return mark(self._seed, f"{target} {canonical(command)}", counter)


class Guard:
    """What the devices of a premises check. `anchors`: by Device ID and role, the key that counts there."""

    def __init__(self) -> None:
        self.anchors: dict[tuple[str, RemoteParty], SigningKey] = {}
        self.counters: dict[tuple[str, RemoteParty], int] = {}
        self.group: str | None = None  # an address that every device takes as its own: no device of GB has one

    def trust(self, device_id: str, role: RemoteParty, key: SigningKey) -> None:
        """Put a party's credentials into a device's trust anchor cell; its counter begins anew."""
        self.anchors[device_id, role] = key
        self.counters.pop((device_id, role), None)

    def verify(self, device: Device, command: Command, sender: Party, seal: Seal | None) -> None:
        """DeviceRefusal, after an alert, unless the seal is this party's, for this device, this command, and new."""
        if not protected(command):
            return
        cell = device.identity.device_id, sender.remote
        key = self.anchors.get(cell)
        if seal is None or key is None:
            self._refuse(device, AlertCode.TRUSTED_SOURCE_AUTHENTICATION_FAILED, _("it is not sealed by its supplier"))
        elif seal.target not in (device.identity.device_id, self.group) or not key.made(seal, command):
            self._refuse(device, AlertCode.COMMAND_INTEGRITY_CHECK_FAILED, _("its seal is for something else"))
        elif seal.counter <= self.counters.get(cell, 0):
            self._refuse(device, AlertCode.COMMAND_INTEGRITY_CHECK_FAILED, _("its counter was there before"))
        else:
            self.counters[cell] = seal.counter

    @staticmethod
    def _refuse(device: Device, code: AlertCode, why: str) -> None:
        device.alert(code)
        raise DeviceRefusal(
            Reason.ACCESS_DENIED,
            _("{device} does not trust this command: {why}.").format(device=device.name, why=why),
            remedy=_("Have the supplier's desk prepare it anew for this device."),
        )
