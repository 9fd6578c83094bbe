"""A job as QR codes: a job file (``hht-job/1``) compressed, in one part or several, each with number and hash.

One part is a text of letters, digits and dots alone, so that a QR code holds it in its alphanumeric mode and a wedge
scanner types it right on any keyboard::

    HHTJ1.<part>.<parts>.<whole>.<check>.<piece>

    part, parts   1 to 16
    whole         the first 16 hex digits of the SHA-256 of the compressed job: the same in every part
    check         the first 8 hex digits of the SHA-256 of "part.parts.whole.piece"
    piece         a piece of the compressed job in base 32 (RFC 4648, without padding)

The pieces in order, decoded, are the job's JSON (UTF-8) in a raw DEFLATE stream (RFC 1951). Nothing of it is
secret: who sees the code can read the job. What is drawn may be a signed job; it is checked as any other file is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hht.errors import HhtError
from hht.i18n import _
from hht.work.job_check import MAX_BYTES

MARK: Final = "HHTJ1."
MOST_PARTS: Final = 16
PIECE: Final = 640  # characters in a part by default: a QR code that a scanner reads off a screen at arm's length
_PART = re.compile(r"HHTJ1\.([1-9][0-9]?)\.([1-9][0-9]?)\.([0-9A-F]{16})\.([0-9A-F]{8})\.([A-Z2-7]{1,4000})")


class JobCodeError(HhtError):
    """A code that is no job's, or is damaged, or does not fit the others."""

    default_code = "job-code"


@dataclass(frozen=True, slots=True)
class JobPart:
    """One part. `whole` says of which job it is a part."""

    number: int
    count: int
    whole: str
    piece: str = field(repr=False)  # of the customer's job


def is_job_code(text: str) -> bool:
    """Whether a scanned text says that it is a part of a job, right or not."""
    return text.strip().upper().startswith(MARK)


def job_parts(text: str, *, piece: int = PIECE) -> tuple[str, ...]:
    """The codes of a job file that was checked. Raises JobCodeError ``job-code-long`` where it is too long for them."""
    plain = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(plain) + packer.flush()
    letters = base64.b32encode(packed).decode().rstrip("=")
    pieces = [letters[at : at + piece] for at in range(0, len(letters), piece)]
    if len(pieces) > MOST_PARTS:
        raise JobCodeError(
            _("The job would take {count} codes; {most} are the most.").format(count=len(pieces), most=MOST_PARTS),
            remedy=_("Send it as a file."),
            code="job-code-long",
        )
    whole = _hash(packed, 16)
    found = (JobPart(number, len(pieces), whole, one) for number, one in enumerate(pieces, 1))
    return tuple(f"{MARK}{one.number}.{one.count}.{one.whole}.{_check(one)}.{one.piece}" for one in found)


def parse_part(text: str) -> JobPart:
    """The part in a scanned text. Raises JobCodeError ``job-code-form``, ``job-code-damaged``."""
    match = _PART.fullmatch(text.strip().upper())
    if match is None:
        raise JobCodeError(
            _("This code begins as a job's and does not go on as one."),
            remedy=_("Scan it again. If it stays so, ask the desk for the job as a file."),
            code="job-code-form",
        )
    part = JobPart(int(match[1]), int(match[2]), match[3], match[5])
    if part.number > part.count or part.count > MOST_PARTS or _check(part) != match[4]:
        raise JobCodeError(
            _("Code {number} of {count} was not read right.").format(number=part.number, count=part.count),
            remedy=_("Scan it again."),
            code="job-code-damaged",
        )
    return part


def missing(parts: Iterable[JobPart]) -> tuple[int, ...]:
    """The numbers that are still to come of the job whose parts these are."""
    parts = tuple(parts)
    have = {part.number for part in parts}
    return tuple(number for number in range(1, parts[0].count + 1) if number not in have)


def joined(parts: Mapping[int, JobPart]) -> bytes:
    """The job file (UTF-8 JSON) of all parts, by their numbers. Raises JobCodeError ``job-code-damaged`` where they do
    not come to what they say."""
    letters = "".join(parts[number].piece for number in sorted(parts))
    try:
        packed = base64.b32decode(letters + "=" * (-len(letters) % 8))
        unpacker = zlib.decompressobj(-15)
        plain = unpacker.decompress(packed, MAX_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error):
        packed, plain = b"", b""
    first = next(iter(parts.values()))
    if not plain or _hash(packed, 16) != first.whole or not unpacker.eof:
        raise JobCodeError(
            _("The {count} codes do not come to one job.").format(count=first.count),
            remedy=_("Scan them again from the first one, or ask the desk for the job as a file."),
            code="job-code-damaged",
        )
    return plain


def _hash(octets: bytes, digits: int) -> str:
    return hashlib.sha256(octets).hexdigest()[:digits].upper()


def _check(part: JobPart) -> str:
    return _hash(f"{part.number}.{part.count}.{part.whole}.{part.piece}".encode(), 8)
