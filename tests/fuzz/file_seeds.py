"""Seeds for files that a person brings, for what stands beside the store, and for what a desk's answers say."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hht.model.electricity_meter.image_port import image_file
from hht.model.features.firmware import FirmwareImage
from hht.releases.making import training_root
from hht.store.log_memory import FORMAT
from hht.work.actions.gas_supply import UNCONTROLLED_FLOW
from tests.fuzz.mutation import Messages
from tests.packs.test_homebound import delivered
from tests.protocol.gbcs_vectors import training_key
from tests.report.test_bundle_lines import bundle
from ui import updates

_CHF, _ESME = "00-DB-12-34-56-78-90-A2", "00-DB-12-34-56-78-90-A0"
_AT: Final = "2026-11-21T10:12:33Z"


def bundles() -> Iterator[Messages]:
    """One as it was signed."""
    yield (bundle(),)


def homebound() -> Iterator[Messages]:
    """A pack, and the answers to it."""
    _pack, closed, answers = delivered()
    yield closed, answers


def key_files() -> Iterator[Messages]:
    """Keys of each kind that a file may hold, and of one that none may."""
    for key in (
        Ed25519PrivateKey.from_private_bytes(b"e" * 32),
        X25519PrivateKey.from_private_bytes(b"x" * 32),
        training_key(1),
    ):
        yield (key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),)
        yield (key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),)


def beside() -> Iterator[Messages]:
    """What `targets.files` reads of it, in that order."""
    root = b64encode(training_root()).decode()
    bridges = [{"name": "probe", "key": "11" * 32, "address": "AA:BB", "training": True, "since": _AT}]
    seen = {"root": root, "version": 1, "digest": "00" * 32, "release": "1.0.0", "seen": _AT}
    hub: Any = {"taken": _AT, "pan": "00" * 8, "rows": [["00" * 8, "11" * 16]], "partners": [["00" * 8, 2]]}
    kept: tuple[Any, ...] = (
        {"format": FORMAT, "store": "ab", "entries": 7, "hash": "00" * 32},
        bridges,
        {"usb:1": {"title": "probe", "device": "/dev/ttyUSB0", "used": _AT}},
        {"format": updates.FORMAT, **seen},
        {_CHF: hub, _ESME: hub},
    )
    yield from ((bytes((which,)), json.dumps(one).encode()) for which, one in enumerate(kept))


def lists() -> Iterator[Messages]:
    """A log, claims of objects in both forms, answers."""
    yield (b"time,log,code,meaning,information\r\n2026-11-21T10:12:33Z,security,8154,an alert,\r\n",)
    yield (json.dumps(["3/1-0:1.8.0", "8/0-0:1.0.0"]).encode(),)
    yield (json.dumps({"objects": [{"class_id": 3, "obis": "1-0:1.8.0"}]}).encode(),)
    yield (json.dumps({"led.wan": "dark", "face.ihd": "both"}).encode(),)


def brokers() -> Iterator[Messages]:
    """As they are typed."""
    yield from ((one,) for one in (b"mqtt://van-7@depot.example:1884", b"mqtts://[::1]", b"mqtt://127.0.0.1/"))


def images() -> Iterator[Messages]:
    """A short one, and one with filling."""
    for octets in (120, 300):
        image = FirmwareImage("0A0B0C0D", "5040", "1234", "01", b"code", octets=octets, follows="0A0B0C0C")
        try:
            yield (image_file(image),)
        except ValueError:
            continue


def desk_told() -> Iterator[Messages]:
    """An answer to each kind of question."""
    device = {"type": "communications-hub", "manufacturer": "A", "model": "B", "firmware": "1", "status": "installed"}
    site = {"generation": "smets1", "state": "dormant", "dormant": ["A"], "grace_days": 14, "devices": [device]}
    rows: list[Any] = [
        [_ESME, "ESME"],
        {"device_id": _CHF, "kind": "CHF", "last_ms": 1, "heard": 2, "failed": 0, "rssi_dbm": [-60]},
    ]
    for told in (
        {"taken": _AT, "devices": [_ESME], "fingerprint": "ab"},
        {"taken": _AT, "fresh": True, "parts": {"wan": "up"}},
        site,
        rows,
        {"status": "Commissioned"},
        [{"code": UNCONTROLLED_FLOW, "time": _AT}, {"code": 1}],
        [{"service": "6.20.1", "device": _ESME, "outcome": "done"}],
    ):
        yield (json.dumps(told).encode(),)
