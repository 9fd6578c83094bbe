"""A visit put together: journal, walkthrough, meter, trace and report; for window and command line alike."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hht.access.roles import Act
from hht.clock import Clock, utc_text
from hht.errors import HhtError
from hht.i18n import _
from hht.link import TraceEvent
from hht.link_url import all_emulated, parse_link_url
from hht.store.trace_store import TraceRecorder
from hht.work.actions.hand_over import outcome_words
from hht.work.asking import Ask
from hht.work.earlier import earlier_work
from hht.work.engineer import Engineer
from hht.work.job import JobOther
from hht.work.journal import OnPoint
from hht.work.scanned import JobKnowledge
from hht.work.site_rules import refuse_without_authority
from hht.work.tokens import KeptTokens
from hht.work.van_check import VanCheck
from hht.work.view import VisitView
from hht.work.visit import Visit
from hht.work.visit_store import StoredJob, VisitStore
from hht.work.wallet_store import WalletStore
from hht.work.wan_attempts import wan_attempts
from ui.compose import AssociationOptions, Composer
from ui.gone_home import leave_gone_home, life_at, visit_of_gone_home
from ui.jobs import job_door, other_jobs, report_command, visit_command
from ui.system import new_id
from ui.threads import in_thread
from ui.van import renew_training_list
from ui.visit_kit import equipped, issue_pack

if TYPE_CHECKING:
    from hht.client.api import Meter
    from hht.client.remarks import Remark
    from hht.identifiers import InstallCode
    from hht.store.store import Store
    from hht.work.bearer import PackBearer
    from hht.work.exchanger import HubExchanger
    from hht.work.fault_finder import FaultFinder
    from hht.work.progress import VisitProgress
    from hht.work.supplier import SupplierDesk
    from ui.packs import HanWay


_log = logging.getLogger(__name__)


class VisitError(HhtError):
    """A visit that cannot be begun or taken up as asked."""

    default_code = "visit"


@dataclass(frozen=True, slots=True)
class VisitOptions:
    """What the person said about a visit."""

    link: str = ""
    association: AssociationOptions = field(default_factory=AssociationOptions)
    auto: bool = False
    # Visit number -> the PDF to write at its end; None: only the store keeps what a report is made of
    report: Callable[[int], Path] | None = None
    engineer: Engineer = field(default_factory=Engineer)
    resume_only: bool = False  # refuse to begin a new visit
    desk: str = ""  # the link of the supplier's desk; "" where there is none
    han: str = ""  # the link of the dongle by which the supplier's commands are brought where there is no WAN
    han_code: InstallCode | None = field(default=None, repr=False)  # the terminal's own; in training everybody's
    leaves: Mapping[str, str] = field(default_factory=dict)  # unattended: step id -> the reason to leave it for
    again: bool = False  # begin another visit of a job whose last one has ended, or was at a home that is gone
    hastened: bool = False  # what has to be waited for is passed over: nothing but what is emulated can be reached


class VisitRunner:
    """One visit of one job, with everything it needs. Make it, `await run()`, then read `visit`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        composer: Composer,
        stored: StoredJob,
        options: VisitOptions,
        *,
        on_view: Callable[[VisitView], None] | None = None,
        on_trace: Callable[[TraceEvent], None] | None = None,
        ask: Ask | None = None,
        on_point: OnPoint | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._composer = composer
        self._options = options
        self._meter_id = stored.job.meter.device_id
        self._stored = stored
        self._on_trace = on_trace
        from drivers.discovery import lasting_url

        store.require(Act.VISIT)
        visits = VisitStore(store, new_id)
        unfinished, gone = self._to_go_on(visits)
        if not unfinished:
            refuse_without_authority(stored.job)
            job_door(store).require_current(stored)
        self.link = lasting_url(options.link or gone or link_last_used(visits, unfinished) or stored.job.link)
        self._check_link()
        self._options = equipped(options, stored.job, self.link)
        if options.hastened:
            self._check_all_emulated()
        if gone:  # only now: what is refused before leaves the unfinished visit as it is
            leave_gone_home(visits, stored, life_at(composer, gone), options.engineer, clock)
        renew_training_list(store, wanted=stored.job.training and stored.job.kit.product_list)
        if options.auto and not unfinished:  # a person takes it in by hand
            issue_pack(store, clock, composer, stored.job, self.link)
        journal = visits.journal(unfinished) if unfinished else visits.create_visit(stored.job_id)
        journal.on_point = on_point
        self.visit_id, self._number = journal.visit_id, journal.visit_number
        self._recorder = TraceRecorder(store, new_id(), visit_id=self.visit_id)
        self.visit = Visit(
            stored.job,
            visits.walkthrough(self.visit_id),
            journal,
            self._connect,
            clock,
            beside=self._connect_beside,
            link_proof=lambda: composer.proof(self.link),
            home=self._life(),
            auto=options.auto,
            on_view=on_view,
            ask=ask,
            link=self.link,
            flush_trace=self._recorder.flush,
            engineer=options.engineer,
            leaves=options.leaves,
            wallet=WalletStore(store).wallet,
            knowledge=JobKnowledge(
                stored.job,
                lambda: other_jobs(visits, stored),
                lambda: earlier_work(visits, stored.job),
                lambda: wan_attempts(visits, stored.job),
                KeptTokens(store, stored.job.reference, self._number),
            ),
            desk=self._desk(),
            bearer=self._bearer(),
            finder=self._finder(),
            exchanger=self._exchanger(),
            van=VanCheck(store),
            make_report=self._make_report if options.report else None,
        )

    def _to_go_on(self, visits: VisitStore) -> tuple[str, str]:
        """The visit to go on with, and the link of the home where the unfinished one is to be begun again; "" of what
        is not so. Raises as `visit_to_go_on` and `_gone_home`."""
        stored, options = self._stored, self._options
        if options.again and (options.resume_only or not options.auto):  # resume --again, or the window's button
            gone = self._gone_home(visits)
            if gone:
                return "", gone
        usual = visit_command(stored, "run", "--again")
        return visit_to_go_on(visits, stored, usual, again=options.again, resume_only=options.resume_only), ""

    def _gone_home(self, visits: VisitStore) -> str:
        """The link of the emulated home that the unfinished visit was made at, where that is gone; "" where it is not.
        Raises VisitError ``home-still-there`` where nothing else was wanted."""
        latest = visits.latest_visit(self._stored.job_id)
        link = self._options.link or link_last_used(visits, latest.visit_id if latest else "") or self._stored.job.link
        if visit_of_gone_home(visits, self._stored, life_at(self._composer, link)):
            return link
        if self._options.resume_only and latest is not None and visits.progress(latest.visit_id).outcome is None:
            raise VisitError(
                _("Nothing is begun again: only a training visit is, at an emulated home that began anew since."),
                remedy=_("Go on with it: {command}").format(command=visit_command(self._stored, "resume")),
                code="home-still-there",
            )
        return ""

    def _life(self) -> str:
        return life_at(self._composer, self.link)

    def _desk(self) -> SupplierDesk | None:
        if not self._options.desk:
            return None
        from ui.visit_desk import DeskPlace, visit_desk

        relay = self._han_way() if self._stored.job.without_wan == "relay" else None
        place = DeskPlace(self._options.desk, self._desk_home(), relay, self._trace)
        return visit_desk(self._store, self._composer, self._clock, self._stored, self.visit_id, place)

    def _desk_home(self) -> str:
        """The premises that an emulated desk is of."""
        return self.link if parse_link_url(self.link).scheme == "emulated" else ""

    def _finder(self) -> FaultFinder:
        """What looks for faults: the meter's port, the dongle and the desk of this visit."""
        from ui.diagnosing import Places
        from ui.visit_finder import VisitFinder

        options, way = self._options, self._han_way()
        places = Places(self.link, options.han, options.desk)
        code = None if way is None else way.code
        return VisitFinder(self._store, self._composer, self._clock, self._stored.job, places, code, self._trace)

    def _exchanger(self) -> HubExchanger | None:
        """The exchange of the job's old hub. Raises as `_han_way`."""
        job, way = self._stored.job, self._han_way()
        new = job.device("communications-hub")
        if way is None or job.old_hub is None or not isinstance(new, JobOther):
            return None
        from ui.visit_exchanger import ExchangeOf, VisitExchanger

        by = self._options.engineer.name or self._store.acting()
        of = ExchangeOf(job, job.old_hub, new, self.visit_id, by, self._options.desk, self._desk_home())
        return VisitExchanger(self._store, self._composer, self._clock, of, way)

    def _bearer(self) -> PackBearer | None:
        """The job's pack and the way to its hub. Raises as `_han_way`."""
        hub, way = self._stored.job.device("communications-hub"), self._han_way()
        if way is None or hub is None:
            return None
        from ui.visit_bearer import VisitBearer

        reference = self._stored.job.reference
        return VisitBearer(self._store, self._composer, self._clock, reference, way, hub.device_id, self._trace)

    def _han_way(self) -> HanWay | None:
        """The way onto the HAN of the job's hub. Raises VisitError where live work has no install code for it."""
        hub, options = self._stored.job.device("communications-hub"), self._options
        if not options.han or not isinstance(hub, JobOther) or hub.gpf_id is None:
            return None
        from hht.identifiers import InstallCode
        from ui.han import TRAINING_CODE
        from ui.packs import HanWay

        code = options.han_code or (InstallCode(TRAINING_CODE) if self._store.training else None)
        if code is None:
            raise VisitError(
                _("The terminal's own install code is not known."),
                remedy=_("Name the file that has it: --install-code-file F."),
                code="no-install-code",
            )
        return HanWay(options.han, hub.gpf_id, code)

    def _check_link(self) -> None:
        if not self.link:
            raise VisitError(
                _("Neither the job nor the settings say how to reach the meter."),
                remedy=_("Choose a link in the settings, or name one with --link."),
                code="no-link",
            )
        scheme = parse_link_url(self.link).scheme
        if scheme in ("emulated", "recorded") and not self._store.training:
            raise VisitError(
                _("An emulated meter is for training; this is live work."),
                remedy=_("Choose the link of a real meter, or open the program for training."),
                code="training-only",
            )

    def _check_all_emulated(self) -> None:
        """Raises VisitError where a device would have to be waited for that lives by the computer's time."""
        reached = (self.link, self._options.desk, self._options.han)
        if not all_emulated(reached):
            raise VisitError(
                _("Only where link, desk and dongle are emulated can waiting be passed over."),
                remedy=_("Leave --hasten out."),
                code="cannot-hasten",
            )

    async def _connect(self) -> Meter:
        meter = self._composer.meter(self.link, self._association(), self._trace, self._remarked)
        await meter.open()
        return meter

    async def _connect_beside(self, device_id: str) -> Meter:
        """To another meter of the job: the same probe is on it now; of an emulated premises the link says which."""
        from ui.kept_keys import with_kept_keys

        url = parse_link_url(self.link)
        if url.scheme == "emulated":
            url = replace(url, options=url.options | {"device": device_id})
        association = with_kept_keys(self._options.association, self._store, device_id)
        meter = self._composer.meter(str(url), association, self._trace, self._remarked)
        await meter.open()
        return meter

    def _remarked(self, remark: Remark) -> None:
        if remark.wait_s:
            self.visit.wait(remark.wait_s)

    def _association(self) -> AssociationOptions:
        """As the person said; where nothing was said, with the keys that the store keeps for the job's meter."""
        from ui.kept_keys import with_kept_keys

        return with_kept_keys(self._options.association, self._store, str(self._meter_id or ""))

    def _trace(self, event: TraceEvent) -> None:
        self._recorder(event)
        if self._on_trace is not None:
            self._on_trace(event)

    async def _make_report(self) -> str:
        from ui.reports import not_written, own_place, write_report

        place = self._options.report
        assert place is not None
        report = own_place(place(self._number), self.visit_id)
        try:
            self._recorder.flush()
            return str(await in_thread(write_report, self._store, self.visit_id, report, self._clock))
        except HhtError as error:
            raise not_written(error, self._stored) from error
        except Exception as bug:
            _log.exception("the report could not be made")
            fault = _("a fault of this program ({name}).").format(name=type(bug).__name__)
            raise not_written(HhtError(fault, remedy="", code="internal-error"), self._stored) from bug


def visit_to_go_on(
    visits: VisitStore, stored: StoredJob, on_purpose: str, *, again: bool = False, resume_only: bool = False
) -> str:
    """The job's visit to go on with; "" where a new one is to begin. `on_purpose`: the command that begins another one
    of a finished job. Raises VisitError where that was not asked for: ``visit-finished`` without `again`,
    ``nothing-to-resume`` with `resume_only`, ``visit-unfinished`` with `again`."""
    latest = visits.latest_visit(stored.job_id)
    if latest is None:
        if resume_only:
            raise VisitError(
                _("Job {reference} has no unfinished visit.").format(reference=stored.job.reference),
                remedy=_("Begin one: {command}").format(command=visit_command(stored, "run")),
                code="nothing-to-resume",
            )
        return ""
    progress = visits.progress(latest.visit_id)
    if progress.outcome is None:
        if again:
            raise VisitError(
                _("Visit {number} of job {reference} is unfinished.").format(
                    number=latest.number, reference=stored.job.reference
                ),
                remedy=_("Go on with it: {command}").format(command=visit_command(stored, "resume")),
                code="visit-unfinished",
            )
        return latest.visit_id
    if resume_only or not again:
        code = "nothing-to-resume" if resume_only else "visit-finished"
        raise _finished(stored, latest.number, progress, on_purpose, code)
    return ""


def _finished(stored: StoredJob, number: int, progress: VisitProgress, on_purpose: str, code: str) -> VisitError:
    """That the job's latest visit has ended, and what can be done instead of going on with it."""
    ended = progress.ended_at
    return VisitError(
        _("Job {reference} is finished. Visit {number} ended {time}: {outcome}.").format(
            reference=stored.job.reference,
            number=number,
            time=utc_text(ended) if ended else "",
            outcome=outcome_words(progress.outcome) if progress.outcome else "",
        ),
        remedy=_("Its report: {report}. Another visit, on purpose: {again}.").format(
            report=report_command(stored), again=on_purpose
        ),
        code=code,
    )


def with_han(link: str) -> str:
    """The dongle at the emulated home whose meter is at the link `link`."""
    return link if "via=han" in link else f"{link}{'&' if '?' in link else '?'}via=han"


def link_last_used(visits: VisitStore, visit_id: str) -> str:
    """The link over which the visit last spoke to its meter; "" where it has not yet, or for no visit."""
    return visits.progress(visit_id).link if visit_id else ""
