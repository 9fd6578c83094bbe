"""Histories for command line and window: what the store keeps of them, and its log of who looked at how much of whose
use, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hht.history.buckets import HistoryError
from hht.history.consent import FORGOTTEN, LOG_KIND, Basis
from hht.i18n import _
from hht.work.unusual import LOOKUPS, judge
from ui.stores import kept_settings
from ui.trace_reveal import said_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hht.store.erasure import Rows
    from hht.store.store import Store
    from hht.work.history_reading import KeptHistory, Wanted
    from hht.work.job import Job

NO_JOB: Final = "device-pages"  # under which a desk is asked, and a setting written, where no job is open
_DAYS: Final = " by the day"  # no device is called so


def kept_history(store: Store | None, device: str) -> KeptHistory | None:
    """What `store` keeps of the device's use; None without a store, or for a device that does not say who it is."""
    if store is None or not device:
        return None
    from hht.store.profile_store import ProfileStore
    from hht.work.history_reading import KeptHistory

    return KeptHistory(ProfileStore(store, device), ProfileStore(store, device + _DAYS))


def history_rows(store: Store, job: Job) -> Iterator[Rows]:
    """Where the use of all devices of a job is kept: half-hours and days; of gas under the number of its proxy."""
    from hht.store.erasure import Rows

    devices = [number.value for number in job.numbers() if number.name in ("device_id", "gpf_id")]
    for device in (*devices, *([job.old_hub.gpf] if job.old_hub is not None else [])):
        for name in (str(device), str(device) + _DAYS):
            yield Rows("profile_chunks", "device", store.blind_index("profile_chunks", "device", name))


def log_read(store: Store | None, device: str, wanted: Wanted, basis: Basis) -> None:
    """Before anything is read: whose use, in how much detail, over how long, why, and who reads it."""
    if store is not None:
        who = said_by(kept_settings(store))
        told = {"device": device, "by": wanted.grain.value, "months": str(wanted.months), "who": who, **basis.told()}
        store.log(LOG_KIND, told)
        judge(store, LOOKUPS)


def forget(store: Store | None, device: str) -> None:
    """Drop what is kept of a device's use, traces of single commands that show its number too, and log that. Raises
    HistoryError where there is no store, StoreError."""
    kept = kept_history(store, device)
    if store is None or kept is None:
        raise HistoryError(
            _("Without a store nothing is kept, so there is nothing to drop."),
            remedy=_("Open the store: --pass-phrase-file, or --training."),
            code="history-no-store",
        )
    kept.forget()
    from hht.store.erasure import erase_rows
    from hht.work.left_beside import traces_naming

    erase_rows(store, [*traces_naming(store, [device])])
    store.log(FORGOTTEN, {"device": device})
