"""Where a job that is kept came from: signed by a desk, brought by the depot, or unsigned, with the reason for it.

Live work takes no job that nobody signed unless a person says why; in training everybody has the keys, so that a plain
job is taken and called unsigned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hht.clock import iso_z, utc_text
from hht.i18n import _
from hht.store.errors import StoreError

SHORTEST_REASON: Final = 10  # characters: "because" is none
LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class JobOrigin:
    """`kind`: "signed", "depot" (plain, in a letter that the depot signed), "unsigned". Of a signed one `who` is the
    desk as it is trusted here, `key` its key's name, `envelope` the file as it came; of the depot's `who` is the depot.
    Of an unsigned one `reason` is why it was taken all the same, `who` said so."""

    kind: str = "unsigned"
    who: str = ""
    key: str = ""
    supplier: str = ""
    version: int = 0
    issued: datetime | None = None
    expires: datetime | None = None
    reason: str = field(default="", repr=False)
    envelope: str = field(default="", repr=False)

    @property
    def signed(self) -> bool:
        """Whether a desk signed the job itself."""
        return self.kind == "signed"

    @property
    def short(self) -> str:
        """In two or three words."""
        if self.signed:
            return _("signed by {desk}").format(desk=self.who)
        return _("brought by the depot {depot}").format(depot=self.who) if self.kind == "depot" else _("unsigned")

    @property
    def words(self) -> str:
        """In a sentence."""
        if self.signed and self.issued is not None and self.expires is not None:
            said = _("Signed by {desk} (key {key}) for supplier {supplier}, version {version}, {issued} to {expires}.")
            return said.format(
                desk=self.who, key=self.key, supplier=self.supplier, version=self.version,
                issued=utc_text(self.issued), expires=utc_text(self.expires),
            )  # fmt: skip
        if self.kind == "depot":
            return _("Unsigned itself; the depot {depot} signed the letter that brought it.").format(depot=self.who)
        if self.reason:
            said = _("Unsigned; taken all the same by {who}, because: {reason}")
            return said.format(who=self.who or _("somebody who gave no name"), reason=self.reason)
        return _("Unsigned: nothing shows who made this job, or that nobody changed it.")

    def as_plain(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "kind": self.kind, "who": self.who, "key": self.key, "supplier": self.supplier, "version": self.version,
            "issued": iso_z(self.issued) if self.issued else "", "expires": iso_z(self.expires) if self.expires else "",
            "reason": self.reason, "envelope": self.envelope,
        }  # fmt: skip

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> JobOrigin:
        """As `as_plain` wrote it."""
        times = {name: datetime.fromisoformat(plain[name]) if plain[name] else None for name in ("issued", "expires")}
        return cls(**{**plain, **times})

    @property
    def evidence(self) -> dict[str, Any]:
        """What a report says of it: all but the file."""
        return {name: value for name, value in self.as_plain().items() if name != "envelope"} | {"words": self.words}


UNSIGNED: Final = JobOrigin()


def told_reason(reason: str) -> str:
    """A reason in one line; "" for what is none: too short, too long, or no text."""
    reason = " ".join(reason.split())
    return reason if SHORTEST_REASON <= len(reason) <= LONGEST_REASON and reason.isprintable() else ""


def unsigned_because(reason: str, who: str) -> JobOrigin:
    """Of an unsigned job that `who` takes all the same. Raises StoreError ``job-unsigned-reason`` for no reason."""
    reason = told_reason(reason)
    if not reason:
        raise StoreError(
            _("An unsigned job needs a reason of {least} to {most} characters.").format(
                least=SHORTEST_REASON, most=LONGEST_REASON
            ),
            remedy=_("Say who gave you the job and how you know; it stands in the log and in the report."),
            code="job-unsigned-reason",
        )
    return JobOrigin(who=who, reason=reason)


def require_origin(origin: JobOrigin, reference: str, *, training: bool) -> None:
    """Raises StoreError ``job-unsigned`` for a job of live work that nobody signed and nobody answers for."""
    if training or origin.kind != "unsigned" or origin.reason:
        return
    raise StoreError(
        _("Job {reference} is not signed: nothing shows who made it, or that nobody changed it.").format(
            reference=reference
        ),
        remedy=_(
            "Ask the desk for the signed job. If it has to be this one, say why: hht job import FILE --unsigned "
            "REASON, or the button in the window. The reason stands in the log and in the report."
        ),
        code="job-unsigned",
    )
