"""Receipts for what went home as files: written where it arrived, signed there by the depot's key where it has one,
taken in by the terminal that sent it (on whose word: `ui.trusted_depot`)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.errors import HhtError
from hht.evidence import check_bundle
from hht.i18n import _
from hht.json_object import json_object
from ui.reports import BUNDLE_SUFFIX
from ui.short_file import why

if TYPE_CHECKING:
    from hht.depot.cards import Card, OwnKeys

UNSIGNED: Final = "hht-receipt/1"
SIGNED: Final = "hht-receipt/2"
PHOTO: Final = "-3-photo-"  # in the name of a photo's file
_MOST_RECEIPT: Final = 1 << 20  # octets
_LONGEST_NAME: Final = 200
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_KEY: Final = re.compile(r"[0-9a-f]{16}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")


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


def acknowledge(folder: Path, by: str, depot: tuple[OwnKeys, Card] | None = None) -> bytes:
    """At the other end: the receipt for all that an export has brought into `folder`, whose bundles are checked first.
    `depot`: by whose keys it is signed; None: by nobody's.

    Raises OutboxError ``outbox-name`` (`by` names nobody), ``outbox-folder`` (nothing there), ``outbox-broken`` (a
    bundle is not as it was signed, or a photo is not one that it binds).
    """
    if not _is_name(by):
        raise OutboxError(
            _("A receipt says who has it: a name of 1 to {most} characters.").format(most=_LONGEST_NAME),
            remedy=_("Say it with --by NAME."),
            code="outbox-name",
        )
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
    said: dict[str, Any] = {"format": UNSIGNED, "by": by, "files": listed}
    if depot is not None:
        keys, card = depot
        said |= {"format": SIGNED, "depot": card.key}
        said["signature"] = keys.sign_receipt(_said(said), card).hex()
    return json.dumps(said, indent=1).encode() + b"\n"


def _said(plain: Mapping[str, Any]) -> bytes:
    """What is signed of a receipt: all but the signature, in one way of writing it."""
    told = {name: value for name, value in plain.items() if name != "signature"}
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


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


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A receipt as it was read. `by`: who has it, as the file says; `hashes`: of what. Of a signed one `depot` is the
    key of who signed, `said` what; whether that is true nobody has looked yet."""

    by: str
    hashes: frozenset[str]
    depot: str = ""
    said: bytes = field(default=b"", repr=False)
    signature: bytes = field(default=b"", repr=False)


def read_receipt(octets: bytes) -> ReceiptFile:
    """What stands in a receipt. Raises OutboxError ``outbox-receipt``."""
    found = json_object(octets, _MOST_RECEIPT) or {}
    with contextlib.suppress(KeyError, TypeError, ValueError):
        names, signed = {"format", "by", "files"}, found["format"] == SIGNED
        if found.keys() == names | ({"depot", "signature"} if signed else set()) and _sound(found):
            read = ReceiptFile(found["by"], frozenset(one["sha256"] for one in found["files"]))
            if not signed and found["format"] == UNSIGNED:
                return read
            if signed and _KEY.fullmatch(found["depot"]) and _SIGNATURE.fullmatch(found["signature"]):
                signature = bytes.fromhex(found["signature"])
                return replace(read, depot=found["depot"], said=_said(found), signature=signature)
    raise OutboxError(
        _("This is no receipt."),
        remedy=_("Choose the file that hht outbox acknowledge has written where the export arrived."),
        code="outbox-receipt",
    )


def _sound(found: Mapping[str, Any]) -> bool:
    """Whether somebody is named, and files are listed. Raises KeyError, TypeError."""
    files = found["files"]
    listed = isinstance(files, list) and all(
        isinstance(one, dict) and one.keys() == {"name", "sha256"} for one in files
    )
    if not listed or not all(isinstance(one["name"], str) and _SHA256.fullmatch(one["sha256"]) for one in files):
        return False
    return isinstance(found["by"], str) and _is_name(found["by"])


def _is_name(by: str) -> bool:
    return by.isprintable() and bool(by.strip()) and len(by) <= _LONGEST_NAME
