"""Receipts for what went home: written where it arrived, taken in by the terminal that sent it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Final

from hht.errors import HhtError
from hht.evidence import check_bundle
from hht.i18n import _
from hht.json_object import json_object
from ui.reports import BUNDLE_SUFFIX
from ui.short_file import why

RECEIPT: Final = "hht-receipt/1"
PHOTO: Final = "-3-photo-"  # in the name of a photo's file
_MOST_RECEIPT: Final = 1 << 20  # octets


class OutboxError(HhtError):
    """What is asked of the outbox does not fit what is in it."""

    default_code = "outbox"


def read_receipt_file(path: Path) -> bytes:
    """The octets of a receipt's file. Raises OutboxError ``receipt-not-read``."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_RECEIPT + 1)
    except OSError as error:
        raise OutboxError(
            _("The receipt {file} cannot be read: {why}.").format(file=path, why=why(error)),
            remedy=_("Check its path."),
            code="receipt-not-read",
        ) from error


def acknowledge(folder: Path, by: str) -> bytes:
    """At the other end: the receipt for all that an export has brought into `folder`, whose bundles are checked first.

    Raises OutboxError ``outbox-folder`` (nothing there), ``outbox-broken`` (a bundle is not as it was signed, or a
    photo is not one that it binds).
    """
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    except OSError as error:
        raise _no_folder(folder, error.strerror or str(error)) from error
    hashes = {name: hashlib.sha256(octets).hexdigest() for name, octets in files.items()}
    bound: set[str] = set()
    for name, octets in files.items():
        if name.endswith(BUNDLE_SUFFIX):
            verdict = check_bundle(octets)
            bound.update(verdict.bound)
            if verdict.problem:
                raise _not_receipted(name, verdict.problem)
    for name, sha256 in hashes.items():
        if PHOTO in name and sha256 not in bound:
            raise _not_receipted(name, _("no bundle that came with it binds this photo"))
    listed = [{"name": name, "sha256": sha256} for name, sha256 in hashes.items()]
    if not listed:
        raise _no_folder(folder, _("nothing is in it"))
    return json.dumps({"format": RECEIPT, "by": by, "files": listed}, indent=1).encode() + b"\n"


def _not_receipted(name: str, why: str) -> OutboxError:
    return OutboxError(
        _("{name} is not receipted: {why}.").format(name=name, why=why),
        remedy=_("Have the terminal export it again, all into one folder."),
        code="outbox-broken",
    )


def _no_folder(folder: Path, why: str) -> OutboxError:
    return OutboxError(
        _("There is nothing to receipt in {folder}: {why}.").format(folder=folder, why=why),
        remedy=_("Name the folder that hht outbox export has filled."),
        code="outbox-folder",
    )


def read_receipt(octets: bytes) -> tuple[str, frozenset[str]]:
    """Who receipted, and the hashes of what they have. Raises OutboxError ``outbox-receipt``."""
    found = json_object(octets, _MOST_RECEIPT) or {}
    with contextlib.suppress(KeyError, TypeError):
        if found["format"] == RECEIPT and isinstance(found["by"], str) and found["by"].strip():
            hashes = frozenset(one["sha256"] for one in found["files"])
            if all(isinstance(one, str) for one in hashes):
                return found["by"][:200], hashes
    raise OutboxError(
        _("This is no receipt."),
        remedy=_("Choose the file that hht outbox acknowledge has written where the export arrived."),
        code="outbox-receipt",
    )
