"""One seeded fault visit: a home with a fault (or none), an engineer, links to everything, and the verdict."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from hht.client.radio.dongle import Dongle
from hht.client.radio.joining import HanMember
from hht.desk.asks import Ask, make_reference
from hht.desk.client import DeskClient, DeskTiming
from hht.desk.course import AskReport
from hht.desk.kinds import AskKind
from hht.desk.messages import Reach, Way
from hht.diagnosis.course import Step, diagnose
from hht.diagnosis.knowledge import knowledge
from hht.diagnosis.verdict import Verdict
from hht.identifiers import DeviceId
from hht.model.communications_hub import CommunicationsHub
from hht.model.premises import Premises
from hht.protocol.gbcs.device_types import DuisDeviceType
from hht.work.looks.looking import Looking, Tally
from hht.work.looks.ways import Home, Ways
from tests.desk.making import asked
from tests.diagnosis.engineer import Customer, Engineer
from tests.diagnosis.house import Variant
from tests.diagnosis.truth import CASES, HEALTHY, INTERIM, Case
from tests.support.radio import CODE, LoopClock
from tests.support.virtual_time import in_virtual_time
from ui.compose import AssociationOptions, Composer

URL = "emulated:home"
DESK = DeskTiming(answer_s=60, result_s=780)
SEEN_H = 3
KINDS = {"esme-1": "esme", "gsme-1": "gsme", "hub-1": "chf", "ihd-1": "ihd", "cad-1": "cad"}


@dataclass(frozen=True)
class Plan:
    """What a seed stands for."""

    seed: int
    case: Case
    variant: Variant
    symptom: str
    faults: tuple[str, ...]

    @classmethod
    def of(cls, seed: int, case: Case | None = None) -> Plan:
        """By the seed alone, or of one case."""
        chance = random.Random(f"fault visit {seed}")
        drawn = chance.choice(CASES)
        drawn = HEALTHY if chance.random() < 0.06 else INTERIM if chance.random() < 0.01 else drawn
        case = case or drawn
        variant = Variant.drawn(chance, **dict(case.home))
        amount = None if case.amounts is None else chance.randint(*case.amounts)
        faults = (case.plan(chance.randint(*case.hours), amount),) if case.fault else ()
        if case.at and variant.quirk.endswith(f"@{case.at}") and variant.quirk.startswith(case.fault):
            variant = replace(variant, quirk="")  # more of the same would be another amount of it
        return cls(seed, case, variant, chance.choice(case.told), faults)


@dataclass(frozen=True)
class Report:
    """What came of a visit."""

    plan: Plan
    verdict: Verdict
    steps: tuple[Step, ...]

    @property
    def ranking(self) -> list[str]:
        """Causes that are told, the likeliest first."""
        return [one.cause.name for one in self.verdict.candidates]

    @property
    def first(self) -> bool:
        """Whether the right cause comes first."""
        return self.ranking[:1] == [self.plan.case.cause]

    @property
    def among(self) -> bool:
        """Whether it is among the first three."""
        return self.plan.case.cause in self.ranking[:3]


class _DeskAsk:
    """Asks over one line to the emulated desk, records in memory."""

    def __init__(self, composer: Composer, clock: LoopClock, chance: random.Random, tally: Tally) -> None:
        self._client = DeskClient(composer.desk("desk:emulated", URL), clock, training=True, timing=DESK)
        self._chance, self._tally = chance, tally
        self._open = False

    async def _line(self) -> DeskClient:
        if not self._open:
            await self._client.open()
            self._open = True
        return self._client

    async def reach(self, hub: DeviceId) -> Reach:
        client = await self._line()
        self._tally.add("desk reach")
        return await client.reach(hub)

    async def ask(
        self, kind: AskKind, device: DeviceId, type_: DuisDeviceType, details: Mapping[str, str]
    ) -> AskReport:
        client = await self._line()
        reference = make_reference(self._chance.randbytes(5))
        records = asked(Ask(reference, "J-1", kind, device, type_, details, ""))
        report = await client.put(records, Way.WAN)
        self._tally.add(f"desk ask {reference}", len(records.all()))
        return report

    async def close(self) -> None:
        if self._open:
            await self._client.close()


@dataclass
class Scene:
    """A visit that can begin."""

    plan: Plan
    premises: Premises
    ways: Ways
    looking: Looking
    tally: Tally


@asynccontextmanager
async def scene(plan: Plan) -> AsyncIterator[Scene]:
    """The premises lives, the hours before the visit have passed, the engineer is there."""
    clock, chance, tally = LoopClock(), random.Random(f"links {plan.seed}"), Tally()
    composer = Composer(clock, training=True, random_bytes=chance.randbytes)
    premises = plan.variant.alive(clock, list(plan.faults), plan.seed % 1000 + 1)
    composer.living._premises[URL] = premises
    customer = Customer(premises)
    _hours_before(premises, customer, plan)
    desk = _DeskAsk(composer, clock, chance, tally)
    ids = {KINDS[one.name]: DeviceId.parse(one.identity.device_id) for one in premises.devices if one.name in KINDS}
    ids["gpf"] = DeviceId.parse(premises.of(CommunicationsHub)[0].gpf.identity.device_id)
    home = Home(ids, "1012345678903", "3938424403", 3 if plan.variant.polyphase else 1, plan.variant.prepays, True)

    def member(dongle: Dongle) -> HanMember:
        return HanMember(dongle, CODE)

    ways = Ways(
        home,
        Engineer(premises, customer),
        clock,
        meter=lambda: composer.meter(URL, AssociationOptions(training=True), tally),
        ask=desk.ask,
        reach=desk.reach,
        dongle=lambda: composer.dongle(f"{URL}?via=han", tally),
        member=member,
    )
    try:
        yield Scene(plan, premises, ways, Looking(ways, knowledge(), tally), tally)
    finally:
        await desk.close()
        await composer.close()


def _hours_before(premises: Premises, customer: Customer, plan: Plan) -> None:
    """The customer looks around every ten minutes; then tops up, where the home pays in advance."""
    import asyncio

    loop, agenda, meter = asyncio.get_running_loop(), premises.site.agenda, premises.device()
    lit = any(meter.consumer.supplied)
    for _look in range(SEEN_H * 6):
        until = agenda.now_ms + 600_000
        while (due := agenda.next_ms) is not None and due <= until:
            agenda.run_to(due)
            now = any(meter.consumer.supplied)
            customer.flickers += now != lit
            lit = now
        loop.sleep_through(600)  # type: ignore[attr-defined]
        premises.site.catch_up()
        customer.look()
    loop.sleep_through(plan.seed * 97 % 1500)  # type: ignore[attr-defined]
    premises.site.catch_up()
    if plan.variant.prepays:
        customer.top_up(first_only=plan.symptom != "top-up-refused")


async def _play(plan: Plan, without: tuple[str, ...]) -> Report:
    steps: list[Step] = []
    async with scene(plan) as made:
        ways = replace(made.ways, **dict.fromkeys(without))
        looking = Looking(ways, knowledge(), made.tally)
        verdict = await diagnose(knowledge(), [plan.symptom], looking, on_step=steps.append)
    return Report(plan, verdict, tuple(steps))


def play(plan: Plan, without: tuple[str, ...] = ()) -> Report:
    """One visit, in virtual time; `without` these ways."""
    return in_virtual_time(_play(plan, without))


__all__ = ["Plan", "Report", "Scene", "play", "scene"]
