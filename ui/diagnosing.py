"""The one service for fault visits, for command line and window alike: links by URL, looks over them, the verdict.

What the terminal asks of the desk on the way is kept as every ask is; traces go where `sink` says. The terminal writes
nothing to a meter; two looks have the desk act (the clock synchronised, the hub opened for joining), and are made only
where the person lets it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hht.desk.client import DeskTiming
from hht.diagnosis.course import TIME_BOX_MIN, More, OnLook, OnStep, diagnose, enough
from hht.diagnosis.knowledge import knowledge
from hht.diagnosis.verdict import Verdict
from hht.i18n import _
from hht.identifiers import DeviceId, InstallCode
from hht.link import TraceEvent, TraceSink
from hht.link_url import LinkUrlError, parse_link_url, reaches_desk, reaches_han
from hht.work.looks.looking import Looking, Tally
from hht.work.looks.ways import Home, Person, Ways
from ui.association_options import AssociationOptions
from ui.desks import Desks

if TYPE_CHECKING:
    from hht.client.meter_session import MeterSession
    from hht.client.radio.dongle import Dongle
    from hht.client.radio.joining import HanMember
    from hht.clock import Clock
    from hht.desk.course import AskReport
    from hht.desk.kinds import AskKind
    from hht.desk.messages import Reach
    from hht.protocol.gbcs.device_types import DuisDeviceType
    from hht.store.store import Store
    from ui.compose import Composer

WAITS: Final = DeskTiming(result_s=720)  # the DCC itself gives a device ten minutes
NO_JOB: Final = "fault-visit"


@dataclass(frozen=True, slots=True)
class Places:
    """The links of a visit: a meter's port, a dongle, a desk; "" where there is none."""

    probe: str = ""
    dongle: str = ""
    desk: str = ""

    @property
    def premises(self) -> str:
        """The link whose premises an emulated desk belongs to."""
        return next((one for one in (self.probe, self.dongle) if one.startswith("emulated:")), "")


def places_of(links: Sequence[str]) -> Places:
    """What each link leads to. Raises LinkUrlError, ``link-twice`` for two of a kind."""
    found: dict[str, str] = {}
    for text in links:
        url = parse_link_url(text)
        kind = "desk" if reaches_desk(url) else "dongle" if reaches_han(url) else "probe"
        if kind in found:
            raise LinkUrlError(
                _("“{one}” and “{other}” lead to the same kind of place.").format(one=found[kind], other=text),
                remedy=_("Name at most one meter's port, one dongle and one desk."),
                code="link-twice",
            )
        found[kind] = text
    return Places(**found)


@dataclass(frozen=True, slots=True)
class FaultVisit:
    """What is asked for: where, which home, what was told. `code`: the terminal's own install code, for looks with the
    dongle that come onto the HAN."""

    places: Places
    home: Home
    symptoms: tuple[str, ...]
    job: str = NO_JOB
    options: AssociationOptions = field(default_factory=AssociationOptions)
    code: InstallCode | None = None
    time_box_min: float = TIME_BOX_MIN


class Diagnosing:
    """See the module."""

    def __init__(
        self, store: Store, composer: Composer, clock: Clock, on_ask: Callable[[float], None] = lambda _most_s: None
    ) -> None:
        """`on_ask` is told, each time that the desk is asked something, how many seconds that may take."""
        self._composer, self._clock, self._on_ask = composer, clock, on_ask
        self._desks = Desks(store, composer, clock, composer.random_bytes, WAITS)

    async def run(
        self,
        visit: FaultVisit,
        person: Person,
        on_step: OnStep,
        sink: TraceSink | None = None,
        on_look: OnLook = lambda _look, _minutes: None,
        more: More = enough,
    ) -> Verdict:
        """The verdict. Raises LinkUrlError for a link that does not lead where it should, StoreError, and for an
        emulated premises what its file or its faults are wrong in (PremisesError, FaultError). Cancelled, every
        conversation ends as it does everywhere."""
        self._bring_to_life(visit.places)
        async with self._looking(visit, person, sink) as looking:
            return await diagnose(
                knowledge(),
                visit.symptoms,
                looking,
                time_box_min=visit.time_box_min,
                more=more,
                on_step=on_step,
                on_look=on_look,
            )

    def _bring_to_life(self, places: Places) -> None:
        """An emulated premises that cannot be is no trouble of a look: nothing is looked at then."""
        for text in filter(None, (places.probe, places.dongle)):
            url = parse_link_url(text)
            if url.scheme == "emulated":
                self._composer.living.premises(url)

    @asynccontextmanager
    async def _looking(self, visit: FaultVisit, person: Person, sink: TraceSink | None) -> AsyncIterator[Looking]:
        tally = Tally()

        def told(event: TraceEvent) -> None:
            tally(event)
            if sink is not None:
                sink(event)

        yield Looking(self._ways(visit, person, tally, told), knowledge(), tally)

    def _ways(self, visit: FaultVisit, person: Person, tally: Tally, sink: TraceSink) -> Ways:
        places, composer = visit.places, self._composer
        desk = _Desk(self._desks, visit, tally, self._on_ask) if places.desk else None

        def meter() -> MeterSession:
            return composer.meter(places.probe, visit.options, sink)

        def dongle() -> Dongle:
            return composer.dongle(places.dongle, sink)

        def member(on: Dongle) -> HanMember:
            from hht.client.radio.joining import HanMember

            assert visit.code is not None
            return HanMember(on, visit.code)

        return Ways(
            visit.home,
            person,
            composer.clock_at(places.premises) if places.premises else self._clock,
            meter=meter if places.probe else None,
            ask=desk.ask if desk is not None else None,
            reach=desk.reach if desk is not None else None,
            dongle=dongle if places.dongle else None,
            member=member if visit.code is not None else None,
        )


class _Desk:
    """The desk of a visit. An ask has no trace (it may hold an install code): its records stand for it."""

    def __init__(self, desks: Desks, visit: FaultVisit, tally: Tally, on_ask: Callable[[float], None]) -> None:
        self._desks, self._visit, self._tally, self._on_ask = desks, visit, tally, on_ask

    async def reach(self, hub: DeviceId) -> Reach:
        places = self._visit.places
        async with self._desks.conversation(places.desk, places.premises) as client:
            self._tally.add(places.desk)
            return await client.reach(hub)

    async def ask(
        self, kind: AskKind, device: DeviceId, type_: DuisDeviceType, details: Mapping[str, str]
    ) -> AskReport:
        places = self._visit.places
        kept = self._desks.new(self._visit.job, kind, str(device), type_, details)
        reference = kept.ask.reference
        self._on_ask(WAITS.answer_s + WAITS.result_s)
        report = await self._desks.ask(places.desk, reference, home=places.premises)
        self._tally.add(f"desk ask {reference}", len(report.since))
        return report


__all__ = ["NO_JOB", "Diagnosing", "FaultVisit", "Places", "places_of"]
