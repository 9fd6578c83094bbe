"""The supplier's desk as a visit's steps use it: the asks of the visit's job, over one link."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.desk.course import AskReport
from hht.errors import HhtError
from hht.i18n import _
from hht.work.supplier import Wanted
from ui.desks import AskKind, Desks, Mode, Way
from ui.system import random_bytes

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.store.store import Store
    from hht.work.visit_store import StoredJob
    from ui.compose import Composer


# What the desk sees to without a word to the hub
_WITHOUT_HUB = (AskKind.HUB_INSTALLED, AskKind.HUB_INSTALLED_NO_WAN, AskKind.READ_INVENTORY)


class DeskBeyondReach(HhtError):
    """The desk cannot act at this home now."""

    default_code = "desk-beyond-reach"


class VisitDesk:
    """See `hht.work.supplier.SupplierDesk`. `visit_id` keeps the asks of a job's visits apart; `home`: the link of the
    premises, of which an emulated desk is; `hub`: the CHF ID that the WAN has to reach."""

    def __init__(self, desks: Desks, url: str, job: str, visit_id: str, *, hub: str, home: str, test: bool) -> None:
        self._desks, self._url, self._job = desks, url, job
        self._visit, self._hub, self._home, self._test = visit_id[:20], hub, home, test

    def kept(self, step: str) -> AskReport | None:
        """The latest ask of the step in this visit."""
        found = [one for one in self._desks.asks(self._job) if one.ask.step == self._name(step)]
        return found[-1] if found else None

    def new(self, step: str, wanted: Wanted) -> AskReport:
        """As `Desks.new`."""
        return self._desks.new(
            self._job,
            wanted.kind,
            str(wanted.device),
            wanted.type,
            wanted.details,
            step=self._name(step),
            test_identifiers=self._test,
        )

    def again(self, reference: str) -> AskReport:
        """As `Desks.again`."""
        return self._desks.again(reference)

    async def follow(self, reference: str, on_report: Callable[[AskReport], None]) -> AskReport:
        """Over the WAN. Raises DeskBeyondReach where the desk cannot reach the hub, or nobody the desk."""
        report = self._desks.report(reference)
        if "sent" not in report.since and report.ask.kind not in _WITHOUT_HUB:
            ways = await self._desks.ways(self._url, self._hub, home=self._home)
            if ways.mode is not Mode.WAN:
                raise DeskBeyondReach(
                    _("The desk cannot reach this home: {why}").format(why=ways.why),
                    remedy=_("Wait for the WAN, deliver a pack (hht pack deliver), or choose Can't do this."),
                )
        return await self._desks.ask(self._url, reference, way=Way.WAN, home=self._home, on_report=on_report)

    def seen(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        """As `Desks.seen`."""
        return self._desks.seen(reference, what, agrees=agrees, by=by)

    def _name(self, step: str) -> str:
        return f"{self._visit}/{step}"


def visit_desk(
    store: Store, composer: Composer, clock: Clock, stored: StoredJob, visit_id: str, url: str, home: str
) -> VisitDesk | None:
    """The desk at the link `url` for a visit of the job; None where no link is named or the job has no hub."""
    hub = stored.job.device("communications-hub")
    if not url or hub is None:
        return None
    desks = Desks(store, composer, clock, random_bytes)
    test = stored.job.allow_test_identifiers
    return VisitDesk(desks, url, stored.job.reference, visit_id, hub=str(hub.device_id), home=home, test=test)
