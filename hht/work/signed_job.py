"""A job in an envelope that a desk has signed: who ordered it, which version it is, from when until when it holds.

The envelope is that of packs and product lists (`hht.packs.envelope`), the payload
``resources/schemas/signed-job.schema.json``. Pure: what was here before is `hht.work.job_door`'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hht.clock import iso_z, utc_text
from hht.errors import HhtError
from hht.i18n import _
from hht.packs.acceptance import seen_later
from hht.packs.envelope import DeskKey, close, open_envelope, open_unverified
from hht.packs.errors import EnvelopeError
from hht.resources import resource_text
from hht.work.file_check import FileKind, check_file
from hht.work.job import Job, JobError, parse_job
from hht.work.job_check import MAX_BYTES
from hht.work.job_origin import JobOrigin
from hht.work.positions import LocatedJson, Problem

if TYPE_CHECKING:
    from hht.protocol.gbcs.crypto import PrivateKey

PAYLOAD_TYPE: Final = "application/vnd.hht.job+json"
FORMAT: Final = "hht-signed-job/1"
MOST_OCTETS: Final = 2 * MAX_BYTES  # of the file: base64 and what stands around the job
MOST_VERSION: Final = 1_000_000  # as the schema of signed jobs
LONGEST_LIFE: Final = timedelta(days=92)  # our own rule: who holds a job back gains no more than a season
CLOCK_DOUBT: Final = timedelta(hours=24)  # as of packs: a laptop's clock may be wrong by so much
_SNIFFED: Final = 200  # octets among which an envelope names its fields


class JobSignatureError(HhtError):
    """A signed job that may not be used, here or now."""

    default_code = "job-envelope"


@dataclass(frozen=True, slots=True)
class SignedJob:
    """What a desk signed. `text`: the job's own file; `envelope`: the file as it came."""

    job: Job
    text: str = field(repr=False)
    version: int
    issued: datetime
    expires: datetime
    supplier: str
    desk: DeskKey
    payload: bytes = field(repr=False)
    envelope: str = field(repr=False)

    @property
    def origin(self) -> JobOrigin:
        """As it is kept with the job."""
        return JobOrigin(
            "signed", self.desk.name, self.desk.key_name, self.supplier, self.version, self.issued, self.expires,
            envelope=self.envelope,
        )  # fmt: skip


@cache
def signed_job_schema() -> dict[str, Any]:
    """The published schema of signed jobs' payloads."""
    schema: dict[str, Any] = json.loads(resource_text("schemas", "signed-job.schema.json"))
    return schema


def looks_signed(octets: bytes) -> bool:
    """Whether a file is meant to be a signed job, right or not: it names a field that envelopes alone have."""
    head = octets[:_SNIFFED]
    return any(f'"{name}"'.encode() in head for name in ("payloadType", "payload", "signatures"))


def sign_job(
    text: str | bytes, source: str, key: PrivateKey, *, version: int, supplier: str, issued: datetime, expires: datetime
) -> bytes:
    """The job file `text` as a desk signs it. Raises JobError where anything in it breaks a rule."""
    parse_job(text, source)
    body = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    plain = {
        "format": FORMAT, "version": version, "issued": iso_z(issued), "expires": iso_z(expires),
        "supplier": supplier, "job": json.loads(body),
    }  # fmt: skip
    payload = json.dumps(plain, indent=1, ensure_ascii=False).encode() + b"\n"
    check_file(payload, source, _kind())
    return close(payload, key, PAYLOAD_TYPE)


def open_signed(octets: bytes, desks: Iterable[DeskKey], source: str) -> SignedJob:
    """The job of a desk that is trusted, for whatever day.

    Raises JobSignatureError ``job-envelope``, ``job-desk-unknown``, ``job-signature``, ``job-supplier``,
    ``job-trust`` (a desk for training signed live work or the other way round); JobError.
    """
    if len(octets) > MOST_OCTETS:
        raise _not_opened(EnvelopeError("", remedy=""), source)
    try:
        opened = open_envelope(octets, desks, PAYLOAD_TYPE)
    except EnvelopeError as error:
        raise _not_opened(error, source) from None
    plain = check_file(opened.payload, source, _kind())
    text = json.dumps(plain["job"], indent=1, ensure_ascii=False) + "\n"
    job = parse_job(text, source)
    found = SignedJob(
        job, text, plain["version"], _time(plain["issued"]), _time(plain["expires"]), plain["supplier"], opened.desk,
        opened.payload, octets.decode(),
    )  # fmt: skip
    if job.training is not opened.desk.training:
        raise _other_trust(found)
    if opened.desk.suppliers is not None and found.supplier not in opened.desk.suppliers:
        raise _other_supplier(found)
    return found


def job_in(octets: bytes, source: str) -> Job:
    """The job in a file, whoever signed it or nobody: to be named and drawn, never to be worked by. Raises JobError,
    JobSignatureError ``job-envelope``."""
    if not looks_signed(octets):
        return parse_job(octets, source)
    try:
        payload = open_unverified(octets, PAYLOAD_TYPE)
    except EnvelopeError as error:
        raise _not_opened(error, source) from None
    return parse_job(json.dumps(check_file(payload, source, _kind())["job"], indent=1), source)


def require_current(origin: JobOrigin, reference: str, now: datetime, seen: datetime | None = None) -> None:
    """Raises JobSignatureError ``job-expired``, ``job-clock`` where a signed job does not hold at `now`, or is over by
    the latest time `seen`."""
    latest = now if seen is None else max(now, seen)
    if origin.expires is not None and latest >= origin.expires:
        said = _("The signature of job {reference} held until {time}.")
        said = said.format(reference=reference, time=utc_text(origin.expires))
        remedy = _("Do not begin it. Ask the desk to issue the job anew.")
        if now < origin.expires:
            said = f"{said} {seen_later(latest)}"
            remedy = _(
                "Set this computer's clock right. If it was ahead once, ask the desk for a job that ends later, "
                "or for an unsigned one and a reason."
            )
        raise JobSignatureError(said, remedy=remedy, code="job-expired")
    if origin.issued is not None and latest < origin.issued - CLOCK_DOUBT:
        raise JobSignatureError(
            _("Job {reference} was signed at {time}, which has not come yet by this computer's clock.").format(
                reference=reference, time=utc_text(origin.issued)
            ),
            remedy=_("Set this computer's clock right; whether a job still holds can be judged by no other."),
            code="job-clock",
        )


def _kind() -> FileKind:
    return FileKind("job", signed_job_schema, MOST_OCTETS, JobError, _meaning, multiline=_NOTES)


_NOTES: Final = (("job", "premises", "notes"), ("job", "premises", "shared", "notes"))


def _meaning(located: LocatedJson) -> Iterator[Problem]:
    plain = located.root.value
    if not isinstance(plain, dict):
        return
    times: dict[str, datetime] = {}
    for name in ("issued", "expires"):
        try:
            times[name] = _time(plain[name])
        except (KeyError, TypeError, ValueError):
            yield located.problem((name,), _("this day or time does not exist"))
    if len(times) == 2 and not timedelta() < times["expires"] - times["issued"] <= LONGEST_LIFE:
        message = _("it must expire after it was issued, and within {days} days").format(days=LONGEST_LIFE.days)
        yield located.problem(("expires",), message)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _not_opened(error: EnvelopeError, source: str) -> JobSignatureError:
    words = {
        "pack-desk-unknown": _("No desk that is trusted here has signed the job “{source}”."),
        "pack-signature": _("The signature of the job “{source}” does not fit: it was changed afterwards."),
    }
    return JobSignatureError(
        words.get(error.code, _("“{source}” is no signed job.")).format(source=source),
        remedy=_("Take nothing from it. Ask the desk for it again; whose signatures are trusted: hht pack trust."),
        code=error.code.replace("pack-", "job-"),
    )


def _other_trust(found: SignedJob) -> JobSignatureError:
    words = (
        _("Job {reference} is for training, and a desk of live work signed it.")
        if found.job.training
        else _("Job {reference} is live work, and a desk for training signed it.")
    )
    return JobSignatureError(
        words.format(reference=found.job.reference),
        remedy=_("Training and live work never mix: ask the desk for the job with its right signature."),
        code="job-trust",
    )


def _other_supplier(found: SignedJob) -> JobSignatureError:
    return JobSignatureError(
        _("{desk} signed job {reference} for supplier {supplier}, for which it is not trusted here.").format(
            desk=found.desk.name, reference=found.job.reference, supplier=found.supplier
        ),
        remedy=_(
            "Ask that supplier whether the desk is theirs; then: hht pack trust --add PEM --name N --supplier ID."
        ),
        code="job-supplier",
    )
