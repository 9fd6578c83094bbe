"""Whether a pack may be used here and now.

A sound pack of a trusted desk can still be the wrong one: of another job, of another kind of work, too old, or older
than one that this terminal has seen already (somebody who holds back a new edition must gain nothing by it).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hht.clock import utc_text
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.packs.envelope import DeskKey, open_envelope
from hht.packs.errors import PackError
from hht.packs.pack import Pack, parse_pack
from hht.packs.second_proof import affects_supply, require_keys
from hht.packs.supply_limits import require_lawful
from hht.protocol.gbcs.training_trust import is_of_training

CLOCK_DOUBT = timedelta(hours=24)  # a laptop's clock may be wrong by so much before a pack "of tomorrow" is refused


@dataclass(frozen=True, slots=True)
class Situation:
    """What the pack is held against. `edition` is the newest of this job's packs seen so far (0: none); `devices`: the
    job's, None where this terminal has not got the job; `seen`: the latest time that this terminal has noted;
    `terminal`: what packs call this terminal's key, "" where it has none, None where nobody is to deliver it here."""

    job: str
    training: bool
    now: datetime
    edition: int = 0
    devices: frozenset[DeviceId] | None = None
    seen: datetime | None = None
    terminal: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A pack that may be used, the desk that made it, and all that signed it."""

    pack: Pack
    desk: DeskKey
    signers: tuple[DeskKey, ...] = ()


def read_signed(octets: bytes, desks: Iterable[DeskKey], source: str) -> Accepted:
    """A pack of a trusted desk, for whatever job and time.

    Raises EnvelopeError, PackFileError, and PackError (``pack-training``) where a desk for training signed a pack for
    live work or the other way round.
    """
    opened = open_envelope(octets, desks)
    pack = parse_pack(opened.payload, source)
    if pack.training is not opened.desk.training:
        raise _mixed(pack.training)
    signers = tuple(desk for desk in opened.signers if desk.training is pack.training)
    return Accepted(pack, opened.desk, signers)


def accept(octets: bytes, desks: Iterable[DeskKey], situation: Situation, source: str) -> Accepted:
    """A pack that may be used now. Raises as `read_signed`, and PackError with the reason (``pack-…``)."""
    found = read_signed(octets, desks, source)
    pack = found.pack
    if pack.training is not situation.training:
        raise _mixed(pack.training)
    if not situation.training:
        _no_training_certificates(pack)
        _no_other_terminal(pack, situation.terminal)
    if pack.job != situation.job:
        raise PackError(
            _("This pack is for job {other}, not for {job}.").format(other=pack.job, job=situation.job),
            remedy=_("Choose the pack of this job."),
            code="pack-other-job",
        )
    if pack.edition < situation.edition:
        said = _("This is edition {edition} of the pack; edition {newest} has been here before.")
        raise PackError(
            said.format(edition=pack.edition, newest=situation.edition),
            remedy=_("Use the newest edition; the desk can send it again."),
            code="pack-rolled-back",
        )
    require_current(pack, situation.now, situation.seen)
    _require_signers(found, situation.devices)
    require_keys(pack)
    return found


def require_signed_still(
    pack: Pack, octets: bytes, desks: Iterable[DeskKey], devices: frozenset[DeviceId] | None
) -> None:
    """Before anything of a pack that was taken earlier goes: those who signed it are trusted now, and are as many as it
    asks for. `octets`: its envelope; `devices`: its job's. Raises EnvelopeError, PackError, as `accept`."""
    opened = open_envelope(octets, desks)
    _require_signers(Accepted(pack, opened.desk, opened.signers), devices)


def _require_signers(found: Accepted, devices: frozenset[DeviceId] | None) -> None:
    require_lawful(found.pack, len(found.signers), devices)
    if not found.pack.training:
        _two_people(found)


def seen_later(seen: datetime) -> str:
    """What is said where something is over by what this terminal has noted, and not by its computer's clock."""
    return _("This terminal has noted {time}, later than this computer's clock.").format(time=utc_text(seen))


def require_current(pack: Pack, now: datetime, seen: datetime | None = None) -> None:
    """Raises PackError where the pack has expired by `now` or by the latest time `seen`, or was made after `now` (the
    clock must be wrong)."""
    if seen is not None and now < pack.expires <= seen:
        said = _("This pack expired at {time:%Y-%m-%d %H:%M} UTC.").format(time=pack.expires)
        raise PackError(
            f"{said} {seen_later(seen)}",
            remedy=_("Set this computer's clock right. If it was ahead once, ask the desk for a pack that ends later."),
            code="pack-expired",
        )
    if now >= pack.expires:
        raise PackError(
            _("This pack expired at {time:%Y-%m-%d %H:%M} UTC.").format(time=pack.expires),
            remedy=_("Deliver nothing of it. Ask the desk for a new one."),
            code="pack-expired",
        )
    if now < pack.created - CLOCK_DOUBT:
        said = _("This pack was made at {time:%Y-%m-%d %H:%M} UTC, which has not come yet by this computer's clock.")
        raise PackError(
            said.format(time=pack.created),
            remedy=_("Set this computer's clock right; an expiry can be judged by no other."),
            code="pack-clock",
        )


def _two_people(found: Accepted) -> None:
    """Raises PackError ``pack-one-signature`` where one person alone stands for a command that affects supply."""
    entry = next((one for one in found.pack.entries if affects_supply(one)), None)
    if entry is not None and len(found.signers) < 2:
        raise PackError(
            _("{name} affects the supply, and {desk} alone has signed this pack.").format(
                name=entry.name, desk=found.desk.name
            ),
            remedy=_("Ask the desk for a pack that two people there have signed, each with a key trusted here."),
            code="pack-one-signature",
        )


def _mixed(training: bool) -> PackError:
    said = _("This pack is for training; this is live work.") if training else _("This pack is for live work.")
    return PackError(
        said,
        remedy=_("Training and live work never mix: use a pack of the same kind as the work."),
        code="pack-training",
    )


def _no_training_certificates(pack: Pack) -> None:
    """In live work a device that anybody can be proves nothing. Raises PackError ``pack-training-certificate``."""
    for device in (None, *pack.devices):
        for one in pack.certificates if device is None else device.certificates:
            if is_of_training(one.der):
                whose = one.entity.hex("-").upper()
                raise PackError(
                    _("A certificate in this pack of live work is one of training: {whose}.").format(whose=whose),
                    remedy=_("Everybody has the keys of training. Ask the desk for a pack with the real ones."),
                    code="pack-training-certificate",
                )


def _no_other_terminal(pack: Pack, here: str | None) -> None:
    """What is sealed for one terminal is brought by that one: two would each bring it once, and count it once."""
    if here is not None and pack.terminal not in ("", here):
        raise PackError(
            _("This pack was made for the terminal {other}, and this one is {here}.").format(
                other=pack.terminal, here=here or _("without a key")
            ),
            remedy=_("Deliver it there, or have the desk make it for this terminal: hht pack terminal-key."),
            code="pack-other-terminal",
        )
