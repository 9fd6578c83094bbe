"""The supplier's desk as a visit's steps use it: the asks of the visit's job, over one link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.desk.course import AskReport
from hht.errors import HhtError
from hht.i18n import _
from hht.work.bearer import OnNews
from hht.work.supplier import OnReport, Wanted
from ui.desks import AskKind, Desks, Mode, Way

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.link import TraceSink
    from hht.store.store import Store
    from hht.work.visit_store import StoredJob
    from ui.compose import Composer
    from ui.packs import HanWay


# What the desk sees to without a word to the hub
_WITHOUT_HUB = (
    AskKind.HUB_INSTALLED,
    AskKind.HUB_INSTALLED_NO_WAN,
    AskKind.READ_INVENTORY,
    AskKind.PRE_NOTIFY,
    AskKind.DECOMMISSION,
    AskKind.READ_ENROLMENT,
    AskKind.READ_DIAGNOSTICS,
    AskKind.RAISE_INCIDENT,
)


class DeskBeyondReach(HhtError):
    """The desk cannot act at this home now."""

    default_code = "desk-beyond-reach"


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """The desk's link; `home`: the link of the premises, of which an emulated desk is; `relay`: the way by which its
    finished commands are brought where there is no WAN (None: the job does not say so, or there is no dongle); `sink`
    traces that."""

    url: str
    home: str = ""
    relay: HanWay | None = None
    sink: TraceSink | None = None


class VisitDesk:
    """See `hht.work.supplier.SupplierDesk`. `visit_id` keeps the asks of a job's visits apart; `hub`: the CHF ID that
    the WAN has to reach."""

    def __init__(self, desks: Desks, place: DeskPlace, job: str, visit_id: str, *, hub: str, test: bool) -> None:
        self._desks, self._place, self._job = desks, place, job
        self._visit, self._hub, self._test = visit_id[:20], hub, test

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

    async def follow(self, reference: str, on_report: OnReport, on_news: OnNews) -> AskReport:
        """Over the WAN; where that does not reach the hub and the job says so, the desk hands over the command, and
        this terminal brings it. Raises DeskBeyondReach where neither goes, or nobody reaches the desk."""
        place, report = self._place, self._desks.report(reference)
        if await self._by_relay(report):
            assert place.relay is not None
            return await self._desks.relay(
                place.url,
                reference,
                place.relay,
                lambda event: on_news(event.text),
                home=place.home,
                sink=place.sink,
                on_report=on_report,
            )
        return await self._desks.ask(place.url, reference, way=Way.WAN, home=place.home, on_report=on_report)

    async def _by_relay(self, report: AskReport) -> bool:
        """Whether the ask goes over the HAN: as it went before, else as the WAN is now. Raises DeskBeyondReach."""
        if report.ask.kind in _WITHOUT_HUB:
            return False
        if report.way is Way.RELAY and self._place.relay is not None:
            return True
        if "sent" in report.since:
            return False
        ways = await self._desks.ways(self._place.url, self._hub, home=self._place.home)
        if ways.mode is Mode.WAN:
            return False
        if ways.mode is Mode.RELAY and self._place.relay is not None:
            return True
        raise DeskBeyondReach(
            _("The desk cannot reach this home: {why}").format(why=ways.why),
            remedy=_("Wait for the WAN, deliver a pack (hht pack deliver), or choose Can't do this."),
        )

    def seen(self, reference: str, what: str, *, agrees: bool, by: str) -> AskReport:
        """As `Desks.seen`."""
        return self._desks.seen(reference, what, agrees=agrees, by=by)

    def settled(self, reference: str, what: str, *, done: bool) -> AskReport:
        """As `Desks.settled`."""
        return self._desks.settled(reference, what, done=done)

    def _name(self, step: str) -> str:
        return f"{self._visit}/{step}"


def visit_desk(
    store: Store, composer: Composer, clock: Clock, stored: StoredJob, visit_id: str, place: DeskPlace
) -> VisitDesk | None:
    """The desk at `place` for a visit of the job; None where the job has no hub."""
    hub = stored.job.device("communications-hub")
    if hub is None:
        return None
    desks = Desks(store, composer, clock, composer.random_bytes)
    test = stored.job.allow_test_identifiers
    return VisitDesk(desks, place, stored.job.reference, visit_id, hub=str(hub.device_id), test=test)
