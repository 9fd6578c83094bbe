"""The one door by which jobs come into a store: who signed them, which versions were here before, what is refused.

Of each job that came signed the highest version is remembered with the hash of what was in it, past the job's own
erasure and until it has expired by the newest time that a trusted desk has written. So an older version, another
content of the same one, and the job without its signature are refused.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _
from hht.packs.envelope import DeskKey
from hht.store.log_chain import latest_noted
from hht.work.job import Job, parse_job
from hht.work.job_changes import JobChange
from hht.work.job_origin import UNSIGNED, JobOrigin, require_origin, unsigned_because
from hht.work.signed_job import JobSignatureError, SignedJob, looks_signed, open_signed, require_current
from hht.work.visit_store import StoredJob, VisitStore

if TYPE_CHECKING:
    from hht.store.store import Store

_SETTING: Final = "job-versions"
_LOGGED: Final = (
    "job-envelope", "job-desk-unknown", "job-signature", "job-supplier", "job-trust", "job-expired", "job-clock",
    "job-older", "job-altered", "job-other-supplier", "job-signed-before", "job-unsigned",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LetIn:
    """A job that came in. `changes`: None for a new one, else what differs."""

    stored: StoredJob
    changes: tuple[JobChange, ...] | None


class JobDoor:
    """Of one store; `desks`: who is trusted in it now. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, visits: VisitStore, desks: Callable[[], tuple[DeskKey, ...]]) -> None:
        self._store, self._visits, self._desks = store, visits, desks

    def let_in(self, octets: bytes, source: str, *, unsigned: str = "", depot: str = "") -> LetIn:
        """Take a job in. `unsigned`: why one without a signature is taken all the same, as a person said it; `depot`:
        whose signed letter brought it.

        Raises what `VisitStore.import_job` and `open_signed` raise, and JobSignatureError ``job-expired``,
        ``job-clock``, ``job-older``, ``job-altered``, ``job-other-supplier``, ``job-signed-before``. What is refused
        for its signature is in the store's log.
        """
        try:
            with self._store.transaction():
                text, origin, signed = self._examined(octets, source, unsigned, depot)
                changes = self._visits.changes_to(text, source)
                let_in = LetIn(self._visits.import_job(text, source, origin), changes)
                if changes is None or changes:
                    told = {"reference": let_in.stored.job.reference, "origin": origin.kind, "from": origin.who}
                    self._store.note("job-taken", {**told, "new": changes is None, "source": source[:100]})
                if signed is not None:
                    self._remember(signed, let_in.stored.job_id)
                elif origin.reason and not self._store.training:
                    said = {"reference": let_in.stored.job.reference, "reason": origin.reason, "source": source[:100]}
                    self._store.log("job-unsigned", said)
                return let_in
        except HhtError as error:
            if error.code in _LOGGED:
                self._store.log("job-refused", {"source": source[:100], "code": error.code})
            raise

    def look(self, octets: bytes, source: str) -> tuple[Job, JobOrigin]:
        """The job, and who answers for it; nothing is kept or noted. Raises as `let_in`, but for what a visit that has
        begun would refuse."""
        text, origin, _signed = self._examined(octets, source, "", "")
        job = parse_job(text, source)
        self._visits.refuse_other_trust(job)
        if origin.kind == "unsigned":
            require_origin(origin, job.reference, training=self._store.training)
        return job, origin

    def require_current(self, stored: StoredJob) -> None:
        """Raises JobSignatureError where no visit of it may begin any more."""
        self._require_current(stored.origin, stored.job.reference)

    def _examined(
        self, octets: bytes, source: str, unsigned: str, depot: str
    ) -> tuple[str | bytes, JobOrigin, SignedJob | None]:
        """The job's own file, who answers for it, and what a desk signed."""
        if looks_signed(octets):
            signed = open_signed(octets, self._desks(), source)
            self._visits.refuse_other_trust(signed.job)
            self._require_current(signed.origin, signed.job.reference)
            self._refuse_rollback(signed)
            return signed.text, signed.origin, signed
        job = parse_job(octets, source)
        if self._visits.id_of(job.reference) in self._memory()["seen"] and not self._visits.is_kept(octets):
            raise JobSignatureError(
                _("Job {reference} has been here signed; this file of it is not.").format(reference=job.reference),
                remedy=_("The signed one stays. Ask the desk for the change as a signed job with a higher version."),
                code="job-signed-before",
            )
        if unsigned:
            return octets, unsigned_because(unsigned, self._store.acting()), None
        return octets, JobOrigin("depot", who=depot) if depot else UNSIGNED, None

    def _refuse_rollback(self, signed: SignedJob) -> None:
        """Raises JobSignatureError ``job-older``, ``job-altered``, ``job-other-supplier``."""
        reference, version = signed.job.reference, signed.version
        seen = self._memory()["seen"].get(self._visits.id_of(reference))
        if seen is None:
            return
        if signed.supplier != seen[3]:
            raise JobSignatureError(
                _("Job {reference} has been here for supplier {kept}; this one is signed for {new}.").format(
                    reference=reference, kept=seen[3], new=signed.supplier
                ),
                remedy=_("The one that is here stays. Tell both desks: each needs references of its own."),
                code="job-other-supplier",
            )
        if version < seen[0]:
            raise JobSignatureError(
                _("This is version {new} of job {reference}; version {kept} has been here.").format(
                    new=version, reference=reference, kept=seen[0]
                ),
                remedy=_("Use the newest one. If the older one is meant to hold, the desk issues it anew."),
                code="job-older",
            )
        if version == seen[0] and _digest(signed) != seen[1]:
            raise JobSignatureError(
                _("This is another job {reference} than was here, under the same version {version}.").format(
                    reference=reference, version=version
                ),
                remedy=_("Tell the desk: a job that was changed needs a higher version. The one that is here stays."),
                code="job-altered",
            )

    def _remember(self, signed: SignedJob, job_id: str) -> None:
        kept = self._memory()
        kept["floor"] = max(kept["floor"], iso_z(signed.issued))
        kept["seen"][job_id] = [signed.version, _digest(signed), iso_z(signed.expires), signed.supplier]
        kept["seen"] = {name: one for name, one in kept["seen"].items() if one[2] > kept["floor"]}
        self._store.save_setting(_SETTING, kept)

    def _memory(self) -> dict[str, Any]:
        kept: dict[str, Any] = self._store.setting(_SETTING) or {"floor": "", "seen": {}}
        return kept

    def _require_current(self, origin: JobOrigin, reference: str) -> None:
        """Held against this computer's time, the newest that a trusted desk has written, and the latest that this
        store's log has noted: a clock that was set back behind those brings no expired job to life."""
        seen = [latest_noted(self._store)]
        with contextlib.suppress(ValueError):
            seen.append(datetime.fromisoformat(self._memory()["floor"]))
        latest = max((one for one in seen if one is not None), default=None)
        require_current(origin, reference, self._store.clock.now().astimezone(UTC), latest)


def _digest(signed: SignedJob) -> str:
    return hashlib.sha256(signed.payload).hexdigest()
