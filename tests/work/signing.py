"""Signed jobs for tests: desks, suppliers, a job of live work."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hht.packs.envelope import DeskKey
from hht.packs.training_desk import training_desk_key
from hht.protocol.gbcs.crypto import PrivateKey
from hht.resources import resource_text
from hht.work.signed_job import sign_job
from tests.protocol.gbcs_vectors import training_key

ISSUED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SUPPLIER = "EXMP"


def desk_key() -> PrivateKey:
    """What the desk of live work signs with."""
    return training_key(1)


DESK: Final = DeskKey("Supplier One", desk_key().public_key(), False, (SUPPLIER,))


def pem(key: PrivateKey) -> str:
    """Its public half, as a desk hands it out."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def live_job(reference: str = "L-7", **changes: Any) -> str:
    """A job of live work."""
    plain = json.loads(resource_text("jobs", "demo.json")) | {
        "reference": reference, "training": False, "link": "optical:/dev/ttyUSB0",
        "authority": {"supplier": "Example Energy", "number": "A-1"},
    }  # fmt: skip
    return json.dumps(plain | changes, ensure_ascii=False)


def signed(
    text: str | None = None,
    key: PrivateKey | None = None,
    *,
    version: int = 1,
    supplier: str = SUPPLIER,
    issued: datetime = ISSUED,
    days: int = 30,
) -> bytes:
    """A job as a desk signs it."""
    return sign_job(
        text or live_job(), "job.json", key or desk_key(), version=version, supplier=supplier, issued=issued,
        expires=issued + timedelta(days=days),
    )  # fmt: skip


def signed_in_training(reference: str = "J-1042", **options: Any) -> bytes:
    """The demo job as the desk of training signs it."""
    plain = json.loads(resource_text("jobs", "demo.json")) | {"reference": reference}
    return signed(json.dumps(plain), training_desk_key(), **options)
