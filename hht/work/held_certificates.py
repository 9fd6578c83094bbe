"""Which certificates a device holds, for which role, who issued each, when it ends and what renews it (SEC-19).

What is held comes from whoever read it; who renews is data (``resources/catalogue/certificates.toml``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hht.i18n import _
from hht.protocol.gbcs.certificates import Certificate, KeyUsage
from hht.protocol.gbcs.certification import terms_of
from hht.protocol.gbcs.training_trust import is_of_training
from hht.work.coded import known

SOON: Final = timedelta(days=30)
OWN: Final = "device"


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate of a device. `role`: of whom it is, "device" for its own; `usage`: what its key is for, in words;
    `entity`: the identifier of the one whose key it is; `until` None: it has no end; `standing`: "valid", "ends-soon",
    "ended" or "not-yet"; `training`: issued by the training authority; `renewed`: who issues and renews, in words."""

    device: str
    role: str
    title: str
    usage: str
    entity: str
    issuer: str
    until: datetime | None
    standing: str
    training: bool
    renewed: str
    services: tuple[str, ...]
    source: str


def held(device: str, certificate: Certificate, now: datetime, role: str = "") -> Held:
    """What `device` holds there. `role`: of the trust anchor cell; "" its own certificate."""
    terms = terms_of(certificate.der)
    row = known("certificates", "held", role or OWN)
    return Held(
        device,
        role or OWN,
        row.title,
        usage_words(certificate.usage),
        "-".join(f"{octet:02X}" for octet in certificate.entity),
        "" if terms is None else terms.issuer,
        None if terms is None else terms.until,
        standing_of(None if terms is None else terms.since, None if terms is None else terms.until, now),
        is_of_training(certificate.der),
        row.text,
        tuple(row.plain["services"]),
        row.source,
    )


def standing_of(since: datetime | None, until: datetime | None, now: datetime) -> str:
    """Whether a certificate holds at `now` (aware)."""
    if since is not None and now < since:
        return "not-yet"
    if until is None or until - now > SOON:
        return "valid"
    return "ended" if until < now else "ends-soon"


def usage_words(usage: KeyUsage) -> str:
    """What a key is for."""
    return {
        KeyUsage.DIGITAL_SIGNATURE: _("signing"),
        KeyUsage.KEY_AGREEMENT: _("key agreement"),
        KeyUsage.PREPAYMENT: _("key agreement for top-up tokens"),
        KeyUsage.CERTIFICATE_SIGNING: _("issuing certificates"),
    }[usage]


def standing_words(standing: str) -> str:
    """For people."""
    return {
        "valid": _("valid"),
        "ends-soon": _("ends soon"),
        "ended": _("ENDED"),
        "not-yet": _("not valid yet"),
    }[standing]


def end_words(one: Held) -> str:
    """When it ends."""
    return _("no end") if one.until is None else f"{one.until:%Y-%m-%d}"


def issuer_words(one: Held) -> str:
    """Who issued it, and whether that authority is of training alone."""
    return _("{issuer} (training alone)").format(issuer=one.issuer) if one.training else one.issuer or _("nobody named")
