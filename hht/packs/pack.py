"""What a pack holds. Commands stay the octets that the DCC made; everything about them is read from those octets."""

from __future__ import annotations

import base64
import enum
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hht.identifiers.device_id import DeviceId
from hht.protocol.gbcs.certificates import Certificate, read_certificate
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.messages import UseCase, use_case


class OnFailure(enum.StrEnum):
    """What becomes of the rest of a pack when a command fails."""

    STOP = "stop"
    STOP_DEVICE = "stop-device"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class PackDevice:
    """A device of the visit. `install_code` is sealed (b"": none was given)."""

    device: DeviceId
    type: str
    certificates: tuple[Certificate, ...] = ()
    install_code: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One command. `message` is it taken apart; `request` names the service request it came from."""

    name: str
    request: str
    message: Envelope = field(repr=False)
    depends_on: tuple[str, ...] = ()
    on_failure: OnFailure = OnFailure.STOP
    note: str = ""

    @property
    def command(self) -> bytes:
        """The octets to be delivered, as the DCC made them."""
        return self.message.raw

    @property
    def device(self) -> DeviceId:
        """Whom it is for."""
        return DeviceId(self.message.target.hex().upper())

    @property
    def use_case(self) -> UseCase | None:
        """What it does; None: a code that GBCS 4.3 has not."""
        return use_case(self.message.message_code)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose rules hold; whether it may be used is another question (`hht.packs.acceptance`)."""

    name: str
    edition: int
    job: str
    training: bool
    created: datetime
    expires: datetime
    supplier: str
    terminal: str
    devices: tuple[PackDevice, ...]
    certificates: tuple[Certificate, ...]
    entries: tuple[Entry, ...]
    release: tuple[bytes, ...] = ()  # X25519 keys of the desk's people who read out one-time codes

    def payload(self) -> bytes:
        """The pack as JSON, for an envelope. Raises PackFileError where a rule is broken: none leaves a desk."""
        octets = json.dumps(_plain(self), indent=1, ensure_ascii=False).encode() + b"\n"
        parse_pack(octets, self.name)
        return octets

    def entry(self, name: str) -> Entry:
        """The entry of that name. Raises KeyError."""
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise KeyError(name)


def parse_pack(payload: bytes, source: str) -> Pack:
    """The pack that a payload is. Raises PackFileError with everything that is wrong, by line and field."""
    from hht.packs.pack_check import check_pack

    return _pack(check_pack(payload, source))


def time_of(text: str) -> datetime:
    """A time of a pack. Raises ValueError for a day or hour that does not exist."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _pack(plain: dict[str, Any]) -> Pack:
    return Pack(
        plain["pack"],
        plain["edition"],
        plain["job"],
        plain["training"],
        time_of(plain["created"]),
        time_of(plain["expires"]),
        plain.get("supplier", ""),
        plain.get("terminal", ""),
        tuple(map(_device, plain["devices"])),
        tuple(read_certificate(base64.b64decode(text)) for text in plain.get("certificates", ())),
        tuple(map(_entry, plain["entries"])),
        tuple(base64.b64decode(text) for text in plain.get("release", ())),
    )


def _device(plain: dict[str, Any]) -> PackDevice:
    return PackDevice(
        DeviceId.parse(plain["device"]),
        plain["type"],
        tuple(read_certificate(base64.b64decode(text)) for text in plain.get("certificates", ())),
        base64.b64decode(plain.get("install_code", "")),
    )


def _entry(plain: dict[str, Any]) -> Entry:
    return Entry(
        plain["entry"],
        plain["request"],
        parse(base64.b64decode(plain["command"])),
        tuple(plain.get("depends_on", ())),
        OnFailure(plain.get("on_failure", "stop")),
        plain.get("note", ""),
    )


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _told(plain: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {key: value for key, value in plain.items() if value not in ("", [], ())}


def _plain(pack: Pack) -> dict[str, Any]:
    return _told(
        {
            "format": "hht-pack/1",
            "pack": pack.name,
            "edition": pack.edition,
            "job": pack.job,
            "training": pack.training,
            "created": f"{pack.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "expires": f"{pack.expires.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "supplier": pack.supplier,
            "terminal": pack.terminal,
            "certificates": [_text(certificate.der) for certificate in pack.certificates],
            "release": [_text(key) for key in pack.release],
            "devices": [_plain_device(device) for device in pack.devices],
            "entries": [_plain_entry(entry) for entry in pack.entries],
        }
    )


def _plain_device(device: PackDevice) -> dict[str, Any]:
    certificates = [_text(certificate.der) for certificate in device.certificates]
    plain = {"device": str(device.device), "type": device.type, "certificates": certificates}
    return _told(plain | {"install_code": _text(device.install_code)})


def _plain_entry(entry: Entry) -> dict[str, Any]:
    plain = {"entry": entry.name, "request": entry.request, "command": _text(entry.command)}
    rest = {"depends_on": list(entry.depends_on), "on_failure": str(entry.on_failure), "note": entry.note}
    return _told(plain | rest)
