"""`hht job sign FILE --key PEM` as a desk does it, `hht job check FILE` as a terminal does; ``--unsigned REASON``."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from hht.clock import iso_z
from hht.i18n import _
from hht.work.signed_job import LONGEST_LIFE, MOST_OCTETS
from ui.cli.common import DONE, Output, UsageProblem, named_path, whole_number
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.packs.envelope import DeskKey
    from hht.store.store import Store

_MOST_KEY: Final = 1 << 16
_USUAL_DAYS: Final = 30
_TRAINING: Final = "TRAINING"  # whom the desk of training signs for


def add_unsigned(parser: argparse.ArgumentParser) -> None:
    """``--unsigned REASON``."""
    parser.add_argument(
        "--unsigned",
        default="",
        metavar="REASON",
        help=_("take a job that nobody signed into live work; the reason stands in the log and in the report"),
    )


def add_signing(sign: argparse.ArgumentParser, check: argparse.ArgumentParser) -> None:
    """What the two commands take."""
    sign.add_argument("file", type=named_path, metavar="FILE", help=_("a job file (hht-job/1)"))
    sign.add_argument("--key", type=named_path, metavar="PEM", help=_("the desk's private key, of the curve P-256"))
    sign.add_argument("--supplier", default="", metavar="ID", help=_("who orders the work, as terminals know them"))
    sign.add_argument(
        "--version", type=whole_number, default=1, metavar="N", help=_("of this job, from 1; a changed one counts up")
    )
    days = _("the last day on which it is taken in and begun; {days} days from now").format(days=_USUAL_DAYS)
    sign.add_argument("--expires", default="", metavar="DAY", help=days)
    sign.add_argument("--out", type=named_path, required=True, metavar="FILE", help=_("the signed job"))
    check.add_argument("file", type=named_path, metavar="FILE", help=_("a job file, signed or not"))
    check.add_argument(
        "--desk-key", type=named_path, metavar="PEM", help=_("trust this desk alone, and open no store: for a desk")
    )


def sign(args: argparse.Namespace, output: Output) -> int:
    """Sign a job."""
    from hht.work.job import parse_job
    from hht.work.signed_job import MOST_VERSION, sign_job
    from ui.desk_trust import signing_key
    from ui.jobs import read_job_file
    from ui.whole_file import whole_binary_file

    if not 1 <= args.version <= MOST_VERSION:
        raise UsageProblem(
            _("{version} is no version of a job.").format(version=args.version),
            remedy=_("Versions count from 1 to {most}: --version N.").format(most=MOST_VERSION),
        )
    octets = read_job_file(args.file)
    job = parse_job(octets, args.file.name)
    pem = read_job_file(args.key, _MOST_KEY).decode("ascii", "replace") if args.key is not None else ""
    if not (job.training or pem):
        raise UsageProblem(
            _("This job is live work; the desk of training cannot sign it."),
            remedy=_("Name the file of the desk's private key: --key PEM."),
        )
    if pem and not args.supplier:
        raise UsageProblem(
            _("For which supplier is it?"), remedy=_("Say --supplier ID, as terminals know them: hht pack trust.")
        )
    issued = SystemClock().now().astimezone(UTC).replace(microsecond=0)
    expires = _expiry(args.expires, issued)
    supplier = args.supplier or _TRAINING
    signed = sign_job(octets, args.file.name, signing_key(pem), version=args.version, supplier=supplier,
                      issued=issued, expires=expires)  # fmt: skip
    with whole_binary_file(args.out) as out:
        out.write(signed)
    words = _("{file}: job {reference}, version {version}, for {supplier}, until {day}.")
    told = {"reference": job.reference, "version": args.version, "supplier": supplier}
    text = words.format(file=args.out, day=expires.date().isoformat(), **told)
    output.emit("result", text, ok=True, file=str(args.out), expires=iso_z(expires), **told)
    return DONE


def _expiry(text: str, issued: datetime) -> datetime:
    """The end of that day, UTC."""
    if not text:
        return issued + timedelta(days=_USUAL_DAYS)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(
            _("“{day}” is no day.").format(day=text[:40]), remedy=_("Write year, month, day: 2026-03-02.")
        ) from None
    expires = datetime.combine(day, time(23, 59, 59), UTC)
    if expires <= issued:
        raise UsageProblem(
            _("{day} is over already.").format(day=day.isoformat()),
            remedy=_("Say a later day with --expires, or leave it out."),
        )
    if expires > issued + LONGEST_LIFE:
        raise UsageProblem(
            _("A signed job holds for {days} days at most, from now.").format(days=LONGEST_LIFE.days),
            remedy=_("Say an earlier day with --expires, or leave it out."),
        )
    return expires


def check(args: argparse.Namespace, output: Output) -> int:
    """Say who signed it and whether it would be taken in. Raises what the door would."""
    from hht.work.signed_job import open_signed, require_current
    from ui.jobs import read_job_file

    octets = read_job_file(args.file, MOST_OCTETS)
    if args.desk_key is not None:
        found = open_signed(octets, (_desk(args, octets),), args.file.name)
        require_current(found.origin, found.job.reference, SystemClock().now())
        output.emit("result", found.origin.words, ok=True, reference=found.job.reference, **found.origin.evidence)
        return DONE
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        _check_here(store, octets, args.file.name, output)
    return DONE


def _check_here(store: Store, octets: bytes, source: str, output: Output) -> None:
    """As this terminal would take it."""
    from ui.jobs import job_door

    job, origin = job_door(store).look(octets, source)
    output.emit("result", origin.words, ok=True, reference=job.reference, **origin.evidence)


def _desk(args: argparse.Namespace, octets: bytes) -> DeskKey:
    """The one desk whose key was named, of the kind of work that the job is of, for whichever supplier."""
    from hht.packs.envelope import DeskKey
    from hht.work.signed_job import job_in
    from ui.desk_trust import public_key
    from ui.jobs import read_job_file

    pem = read_job_file(args.desk_key, _MOST_KEY).decode("ascii", "replace")
    training = job_in(octets, args.file.name).training
    return DeskKey(args.desk_key.stem, public_key(pem), training, suppliers=None)
