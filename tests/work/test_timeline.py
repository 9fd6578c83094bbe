"""What expires next: no window ends without a warning before it, each is heard once. On a simulated clock."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from hht.work.job import Job
from hht.work.journal import JournalEntry
from hht.work.progress import VisitProgress
from hht.work.timeline import Timer, Urgency, Warned, Watch, in_order, next_to_end, span_words, worth_telling
from hht.work.timer_rules import TimerKind, timer_rules
from hht.work.timers import appointment_timer, pack_timers, visit_timers, wallet_timers
from hht.work.walkthrough import load_walkthrough, walkthrough_names
from hht.work.wallet import Wallet, instrument, registration
from tests.work.flow_model import GAS, HUB, START, entries_before, job

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def test_each_kind_has_a_rule_words_and_warnings_and_none_is_believed_that_nobody_checked() -> None:
    rules = timer_rules()
    assert set(rules) == set(TimerKind)
    for kind, rule in rules.items():
        assert rule.source, kind
        assert kind.words, kind
        assert kind.before != kind.after, kind
        assert rule.warnings[0] < (rule.lasts or DAY * 366), f"{kind}: it would be near from its beginning"
    own = {TimerKind.APPOINTMENT, TimerKind.PACK, TimerKind.REGISTRATION, TimerKind.INSTRUMENT, TimerKind.HUB_GRACE}
    assert {kind for kind, rule in rules.items() if rule.lasts is None} == own
    assert rules[TimerKind.APPOINTMENT].standing == "£40 to the customer, unverified"
    assert rules[TimerKind.HUB_WINDOW].standing == ""


def test_the_table_names_steps_that_there_are() -> None:
    flows = [{step.id for step in load_walkthrough(name).steps} for name in walkthrough_names()]
    for pair in [pair for rule in timer_rules().values() for pair in rule.steps]:
        assert any({name for name in pair if name} <= steps for steps in flows), pair
    joins = {step for steps in flows for step in steps if step.startswith("join-")}
    assert joins == {ends for _begins, ends in timer_rules()[TimerKind.JOIN].steps}, "each join has its time"


def next_word(timers: list[Timer], now: datetime) -> datetime | None:
    """When a warning, or an end, comes next; None where nothing runs."""
    moments = [timer.ends - lead for timer in timers for lead in (*timer.rule.warnings, timedelta(0))]
    return min((moment for moment in moments if moment > now), default=None)


class Simulated:
    """A clock that goes from one thing to the next, a watch, and what it said and when."""

    def __init__(self) -> None:
        self.now = START
        self.watch = Watch()
        self.said: list[tuple[datetime, Warned]] = []

    def look(self, timers: list[Timer]) -> None:
        """Look once."""
        self.said += [(self.now, one) for one in self.watch.look(timers, self.now)]

    def until(self, moment: datetime, timers: list[Timer]) -> None:
        """Let time go by until `moment`, looking whenever there is something to be said, and at the end."""
        self.look(timers)
        while (due := next_word(timers, self.now)) is not None and due <= moment:
            self.now = due
            self.look(timers)
        self.now = moment
        self.look(timers)

    def told(self, timer: Timer) -> list[datetime]:
        """When it was warned of."""
        return [at for at, one in self.said if one.timer == timer and not one.over]


def drawn(rng: random.Random, now: datetime, number: int) -> Timer:
    """A timer of any kind that ends after now: in a second, or in a year."""
    kind = rng.choice(list(TimerKind))
    return Timer(kind, f"J-{number}", now + SECOND * rng.choice((1, rng.randint(2, 400), rng.randint(1, 40_000_000))))


@pytest.mark.parametrize("seed", range(40))
def test_no_window_expires_without_a_warning_before(seed: int) -> None:
    rng, sim, timers, ever = random.Random(seed), Simulated(), list[Timer](), list[Timer]()
    for number in range(60):
        if rng.random() < 0.6:
            timers.append(drawn(rng, sim.now, number))
            ever.append(timers[-1])
        if timers and rng.random() < 0.2:  # it was done in time, or begun anew
            timers.pop(rng.randrange(len(timers)))
        sim.until(sim.now + SECOND * rng.choice((0, rng.randint(1, 900), rng.randint(1, 4_000_000))), timers)
    overs = [one for _at, one in sim.said if one.over]
    assert overs, "something expired"
    assert len({one.timer for one in overs}) == len(overs), "each end is told once"
    for one in overs:
        assert min(sim.told(one.timer)) < one.timer.ends
    for timer in ever:
        told = sim.told(timer)
        assert len(told) <= len(timer.rule.warnings)
        assert told == sorted(set(told)), "no warning twice"


def test_a_terminal_that_slept_says_that_it_is_over() -> None:
    sim = Simulated()
    timer = Timer(TimerKind.HUB_WINDOW, "J-1", START + timedelta(hours=1))
    sim.look([timer])
    sim.now = START + timedelta(hours=2)
    sim.look([timer])
    assert [one.over for _at, one in sim.said] == [True]
    assert "is over since" in timer.words(sim.now)
    assert "Switch the hub off and on" in timer.words(sim.now)


def test_begun_anew_it_is_warned_of_anew() -> None:
    sim = Simulated()
    first = Timer(TimerKind.HUB_WINDOW, "J-1", START + timedelta(hours=1))
    sim.until(START + timedelta(minutes=50), [first])
    again = replace(first, ends=first.ends + timedelta(minutes=40))
    sim.until(START + timedelta(minutes=96), [again])
    assert len(sim.told(first)) == 1
    assert len(sim.told(again)) == 2


def test_what_runs_stands_first_and_what_is_long_over_nowhere() -> None:
    ends = {name: START + timedelta(minutes=left) for name, left in (("a", 50), ("b", 10), ("c", -5), ("d", -1))}
    timers = [Timer(TimerKind.HUB_WINDOW, name, at) for name, at in ends.items()]
    assert [one.about for one in in_order(timers, START)] == ["b", "a", "d", "c"]
    assert [one.urgency(START) for one in in_order(timers, START)] == [
        Urgency.NEAR, Urgency.AHEAD, Urgency.OVER, Urgency.OVER,
    ]  # fmt: skip
    assert next_to_end(timers, START) == timers[1]
    later = START + timedelta(days=1)
    assert next_to_end(timers, later) is None
    assert worth_telling(timers, later) == []
    lasting = [Timer(TimerKind.PACK, "P-1", START)]
    assert worth_telling(lasting, START + DAY * 30) == lasting


def test_a_span_is_read_as_people_say_it() -> None:
    spans = [timedelta(seconds=581), timedelta(hours=3, minutes=5), timedelta(days=12, hours=3), -SECOND]
    assert [span_words(one) for one in spans] == ["9:41", "3 h 05 min", "12 days", "0:00"]


# A visit ------------------------------------------------------------------------------------------------------------

OF = job("install-dual-fuel", HUB, GAS)


@cache
def whole() -> tuple[JournalEntry, ...]:
    """The journal of a dual-fuel visit where all is well."""
    import asyncio

    return tuple(asyncio.run(entries_before(OF, "no such step")))


def paced(entries: tuple[JournalEntry, ...], rng: random.Random) -> Iterator[JournalEntry]:
    """The same visit by somebody who takes their time: seconds between entries, at times half an hour."""
    at = START
    for entry in entries:
        at += SECOND * rng.choice((1, rng.randint(1, 60), rng.randint(1, 60), rng.randint(60, 2400)))
        yield replace(entry, at=at)


def visit_of(of: Job) -> VisitProgress:
    return VisitProgress(load_walkthrough(of.walkthrough).for_job(of))


@pytest.mark.parametrize("seed", range(6))
def test_in_a_visit_at_any_pace_nothing_expires_unwarned(seed: int) -> None:
    sim, progress = Simulated(), visit_of(OF)
    kinds: set[TimerKind] = set()
    for entry in paced(whole(), random.Random(seed)):
        timers = visit_timers(OF, progress)
        kinds |= {one.kind for one in timers}
        sim.until(entry.at, timers)
        progress.apply(entry)
    assert kinds == {
        TimerKind.HUB_WINDOW, TimerKind.WAN_SEARCH, TimerKind.JOIN, TimerKind.GAS_WAKE, TimerKind.SUPPLY_OFF,
        TimerKind.LONE_WORKER,
    }  # fmt: skip
    overs = [one for _at, one in sim.said if one.over]
    assert overs, "at such a pace something does"
    for one in overs:
        assert min(sim.told(one.timer)) < one.timer.ends


def kinds_after(step: str) -> dict[TimerKind, str]:
    """What runs when that step was done, and of what."""
    progress = visit_of(OF)
    for entry in whole():
        progress.apply(entry)
        if entry.step == step and entry.kind.value == "done":
            break
    return {one.kind: one.about for one in visit_timers(OF, progress)}


def test_what_runs_follows_the_steps() -> None:
    assert set(kinds_after("check-job")) == set()
    assert kinds_after("arrive") == {TimerKind.LONE_WORKER: OF.reference}
    assert kinds_after("isolate")[TimerKind.SUPPLY_OFF] == f"{OF.reference}, electricity"
    assert TimerKind.SUPPLY_OFF not in kinds_after("load")
    assert TimerKind.HUB_WINDOW in kinds_after("fit-hub")
    assert kinds_after("ask-let-esme-in")[TimerKind.JOIN].startswith(OF.reference)
    assert TimerKind.JOIN not in kinds_after("join-esme")


def test_an_appointment_runs_until_somebody_is_at_the_door() -> None:
    of = job("install-electricity", appointment={"start": "2026-03-02T12:00:00Z", "end": "2026-03-02T14:00:00Z"})
    (timer,) = appointment_timer(of, None)
    assert timer.ends == datetime(2026, 3, 2, 14, tzinfo=UTC)
    progress = visit_of(of)
    assert appointment_timer(of, progress) == [timer]
    for entry in whole()[:3]:
        progress.apply(entry)
    assert appointment_timer(of, progress) == []


def test_what_the_wallet_holds_ends_with_its_day_and_is_warned_of_thirty_days_before() -> None:
    wallet = Wallet((registration("GS-1", ["gas"], "2026-04-01"), instrument("loop", "LOOP-2", "2026-03-02")))
    timers = wallet_timers(wallet)
    assert [one.ends for one in timers] == [datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)]
    watch = Watch()
    assert [one.timer.kind for one in watch.look(timers, START)] == [TimerKind.INSTRUMENT]
    assert "LOOP-2" in timers[1].about
    assert "LOOP-2" not in repr(timers[1])
    assert watch.look(timers, timers[1].ends - SECOND) == []
    assert [(one.timer, one.over) for one in watch.look(timers, timers[0].ends - DAY * 30)] == [
        (timers[1], True),
        (timers[0], False),
    ]
    (pack,) = pack_timers([("Pack 7 of Example Energy", START + DAY)])
    assert pack.urgency(START) is Urgency.NEAR
